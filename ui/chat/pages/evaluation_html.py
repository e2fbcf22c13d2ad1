"""The evaluation as HTML: progress, runs, a run with its cases, two runs, own cases, suites."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from eval.cases import SuiteKind, own_suite, seeds_suite
from eval.compare import Comparison
from eval.errors import SuiteError
from eval.judge import risk_by_coverage, verdict
from eval.render.plots import risk_svg
from eval.render.words import NO_SHARES, was_measured, why_unanswerable
from eval.store import Runs, StoredRun
from eval.types import Case
from index.errors import FootnoteError
from rag.settings import Settings
from ui.chat.html import message_html, render
from ui.chat.words import VERDICTS, duration, suite_name, when
from ui.chat.work import RunState

__all__ = [
    "ALL",
    "cases_html",
    "comparison_html",
    "own_cases_html",
    "run_label",
    "running_html",
    "runs_html",
    "suite_choices",
    "summary_html",
]

ALL = "all"
"""The filter that every case passes; the others are the kinds of verdicts."""

_SIGNIFICANT = 0.05


def running_html(state: RunState) -> Markup:
    """How far the evaluation is, or how it ended."""
    name = suite_name(state.suite)
    match state.phase:
        case "idle":
            return Markup()
        case "failed":
            return message_html(f"The evaluation of {name} failed: {state.error}", bad=True)
        case "cancelled":
            how = "was cancelled; the next run of it goes on there."
            return message_html(f"The evaluation of {name} {how}")
        case "done":
            return message_html(f"The evaluation of {name} is done: {state.total} questions.")
        case "indexing":
            text = f"Indexing {name}"
            text += f": {state.done} of {state.total} documents" if state.total else ""
        case "asking":
            text = f"Asking {name}: {state.done} of {state.total} questions"
    left = "" if state.left_s is None else f", {duration(state.left_s)} left"
    text += ". Cancelling…" if state.cancelling else left
    return render("progress", label="Evaluation", text=text, done=state.done, total=state.total)


def suite_choices(settings: Settings) -> list[tuple[str, SuiteKind]]:
    """Labels and kinds; the shipped cases only where the documents are the shipped ones."""
    choices: list[tuple[str, SuiteKind]] = [("Your cases", "own")]
    if settings.open_choices is not False:
        choices.append(("A folder", "folder"))
    try:
        count = len(seeds_suite(settings.seeds).cases)
    except SuiteError:
        return choices
    return [(f"Shipped cases ({count})", "shipped"), *choices]


def runs_html(runs: Runs, shown: str) -> Markup:
    """The runs, each with a button that shows it; ``shown`` is the id of the one that is."""
    return render("runs", stored=runs.stored, unreadable=runs.unreadable, shown=shown)


def run_label(run: StoredRun) -> str:
    """A run in one line of plain text."""
    return f"{when(run.created)} · {run.n} questions"


def summary_html(run: Mapping[str, Any]) -> Markup:
    """What was run, its measures with intervals, and risk by coverage."""
    failed = sum(row["error"] is not None for row in run["rows"])
    name = suite_name(run["suite"])
    points = risk_by_coverage(run["rows"])
    return render(
        "run",
        title=f"{name[:1].upper() + name[1:]}, {when(run['created'])}",
        facts=[
            f"{run['n']} questions in {duration(run['seconds'])}",
            f"{failed} failed" if failed else "none failed",
            f"generation {run['generation']}",
            f"Footnote {run['version']}",
            f"answers by {run['settings'].get('generator', 'an unknown generator')}",
        ],
        groups=[
            (group, values)
            for group, values in run["measures"].items()
            if was_measured(group, values)
        ],
        no_shares=NO_SHARES,
        plot=points and risk_svg(points),
    )


def cases_html(rows: Sequence[Mapping[str, Any]], only: str, limit: int) -> Markup:
    """The cases that pass the filter, the worst verdict first, at most ``limit`` of them."""
    judged = sorted(((verdict(row), row) for row in rows), key=lambda pair: pair[0].rank)
    kept = [pair for pair in judged if only in {ALL, pair[0].kind}]
    kinds = [found.kind for found, _ in judged]
    counts = ", ".join(
        f"{kinds.count(kind)} {name.lower()}" for kind, name in VERDICTS.items() if kind in kinds
    )
    first = f", the first {limit} are shown" if len(kept) > limit else ""
    return render(
        "cases",
        text=f"{len(kept)} of {len(rows)} cases{first}. In all {counts}.",
        kept=kept[:limit],
        more=limit * 4 if first else 0,
        verdicts=VERDICTS,
        why_unanswerable=why_unanswerable,
    )


def comparison_html(
    found: Comparison, before: Mapping[str, Any], after: Mapping[str, Any]
) -> Markup:
    """What the later run gained on the shared cases, and the cases that changed."""
    left = [
        f", {count} only in the {which}"
        for count, which in ((found.only_before, "earlier"), (found.only_after, "later"))
        if count
    ]
    return render(
        "comparison",
        found=found,
        before=before,
        after=after,
        facts=(
            f"{found.shared} cases in both{''.join(left)} · asked in the generations "
            f"{before['generation']} and {after['generation']}"
        ),
        changes=_changes(found),
        no_shares=NO_SHARES,
        significant=_SIGNIFICANT,
        verdicts=VERDICTS,
    )


def _changes(found: Comparison) -> str:
    better = sum(change.direction > 0 for change in found.changes)
    worse = sum(change.direction < 0 for change in found.changes)
    other = len(found.changes) - better - worse
    return f"{worse} worse, {better} better" + (f", {other} otherwise changed" if other else "")


def own_cases_html(settings: Settings, *, deleted: Case | None = None, trouble: str = "") -> Markup:
    """The user's own cases, each with a button that deletes it; open after one was deleted."""
    cases: Sequence[Case] = ()
    unreadable = ""
    try:
        suite = own_suite(settings)
        cases = suite.cases if suite else ()
    except FootnoteError as exc:
        unreadable = str(exc)
    return render("own_cases", cases=cases, deleted=deleted, trouble=trouble, unreadable=unreadable)
