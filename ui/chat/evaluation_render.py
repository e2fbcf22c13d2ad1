"""A run and the list of runs as HTML: measures with their intervals; all text is escaped here."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from eval.runs import Runs, StoredRun
from eval.verdicts import risk_by_coverage
from ui.chat.evaluation_plot import risk_svg
from ui.chat.running import RunState

__all__ = ["GLOSSES", "message_html", "progress_html", "runs_html", "summary_html", "when"]

_NAMES = {"seeds": "shipped cases", "own": "your cases"}
_GROUPS = {
    "retrieval": "Search",
    "answer": "Answers",
    "citation": "Citations",
    "abstention": "Refusals",
    "latency_ms": "Time, ms",
}
GLOSSES = {
    "retrieval hit@1": "the first passage is relevant",
    "retrieval hit@5": "one of the first five is",
    "retrieval recall@10": "relevant passages among the first ten",
    "retrieval mrr@10": "one by the rank of the first relevant",
    "retrieval ndcg@10": "relevant passages, early ones count more",
    "answer contains": "holds an accepted answer",
    "answer f1": "words shared with an accepted answer",
    "answer exact": "is an accepted answer, word for word",
    "citation quote_exact": "quotes equal to the document’s text",
    "citation precision": "citations that are judged evidence",
    "citation recall": "answerable questions that cite evidence",
    "abstention precision": "refusals that were right",
    "abstention recall": "unanswerable questions refused",
    "abstention f1": "harmonic mean of the two",
    "abstention auroc": "confidence tells answerable from not",
    "latency_ms p50": "half of the answers came within",
    "latency_ms p95": "19 of 20 answers came within",
}
"""What a measure means, by "group name"."""


def message_html(text: str, *, bad: bool = False) -> str:
    """One sentence in the place of something else; an error when ``bad``."""
    kind, role = ("fn-error", "alert") if bad else ("fn-none", "status")
    return f'<p class="{kind}" role="{role}">{escape(text)}</p>'


def progress_html(state: RunState) -> str:
    """How far the evaluation is, or how it ended."""
    name = suite_name(state.suite)
    if state.phase == "idle":
        return ""
    if state.phase == "failed":
        return message_html(f"The evaluation of {name} failed: {state.error}", bad=True)
    if state.phase == "cancelled":
        return message_html(f"The evaluation of {name} was cancelled; nothing of it is kept.")
    if state.phase == "done":
        return message_html(f"{name.capitalize()}: done, {state.total} questions asked.")
    if state.phase == "indexing":
        told = f"Indexing {name}"
        told += f": {state.done} of {state.total} documents" if state.total else ""
    else:
        told = f"Asking {name}: {state.done} of {state.total} questions"
    left = "" if state.left_s is None else f", {_duration(state.left_s)} left"
    told += ". Cancelling…" if state.cancelling else left
    value = f'value="{state.done}"' if state.total else ""
    return (
        f'<p class="fn-running" role="status"><span>{escape(told)}</span>'
        f'<progress aria-label="Evaluation" max="{max(state.total, 1)}" {value}></progress></p>'
    )


def runs_html(runs: Runs) -> str:
    """The runs, each with a button that shows it."""
    if not runs.stored and not runs.unreadable:
        return message_html("No evaluation has been run yet.")
    rows = "".join(_listed(run) for run in runs.stored)
    bad = "".join(
        f"<li><b>{escape(name)}</b>: {escape(reason)}</li>" for name, reason in runs.unreadable
    )
    told = f'<ul class="fn-unreadable" role="alert">{bad}</ul>' if bad else ""
    return (
        f'{told}<table class="fn-runs"><thead><tr><th scope="col">Run</th>'
        '<th scope="col" class="fn-num">n</th><th scope="col" class="fn-num">contains</th>'
        f'<th scope="col" class="fn-num">cites</th></tr></thead><tbody>{rows}</tbody></table>'
    )


def summary_html(run: Mapping[str, Any]) -> str:
    """What was run, its measures with intervals, and risk by coverage."""
    failed = sum(row["error"] is not None for row in run["rows"])
    facts = [
        f"{run['n']} questions in {_duration(run['seconds'])}",
        f"{failed} failed" if failed else "none failed",
        f"generation {run['generation']}",
        f"Footnote {run['version']}",
        f"answers by {run['settings'].get('generator', 'an unknown generator')}",
    ]
    return (
        f"<h2>{escape(suite_name(run['suite']).capitalize())}, {when(run['created'])}</h2>"
        f'<p class="fn-facts">{escape(" · ".join(facts))}</p>'
        f'<div class="fn-columns">{_measures(run["measures"])}{_risk(run)}</div>'
    )


def suite_name(suite: str) -> str:
    """The suite as a reader knows it."""
    return _NAMES.get(suite, suite)


def when(created: str) -> str:
    """A time in UTC as it is read.

    >>> when("2026-11-25T07:46:11+00:00")
    '2026-11-25 07:46 UTC'
    """
    return escape(created[:16].replace("T", " ")) + " UTC"


def group_name(group: str) -> str:
    """A group of measures as a reader knows it."""
    return _GROUPS.get(group, group)


def _listed(run: StoredRun) -> str:
    values = (run.measures.get("answer contains"), run.measures.get("citation recall"))
    cells = "".join(f'<td class="fn-num">{_value(value)}</td>' for value in values)
    return (
        '<tr><th scope="row"><button type="button" class="fn-link" data-event="select" '
        f'data-run="{escape(run.id)}">{when(run.created)}</button>'
        f'<span class="fn-sub">{escape(suite_name(run.suite))} · {escape(run.generation)}</span>'
        f'</th><td class="fn-num">{run.n}</td>{cells}</tr>'
    )


def _measures(measures: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> str:
    bodies = []
    for group, values in measures.items():
        shown = "".join(_measure(group, name, value) for name, value in values.items())
        bodies.append(
            f'<tbody><tr><th scope="rowgroup" colspan="4">{escape(group_name(group))}</th></tr>'
            f"{shown}</tbody>"
        )
    return (
        '<table class="fn-measures"><caption>Measures, with 95 % intervals over the questions'
        '</caption><thead><tr><th scope="col">Measure</th><th scope="col" class="fn-num">Value</th>'
        '<th scope="col">95 % interval</th><th scope="col" class="fn-num">n</th></tr></thead>'
        f"{''.join(bodies)}</table>"
    )


def _measure(group: str, name: str, measured: Mapping[str, Any]) -> str:
    value, (low, high) = measured["value"], measured["ci95"]
    digits = 0 if group == "latency_ms" else 2
    if value is None:
        interval = '<span class="fn-sub">not measured</span>'
    else:
        bar = "" if group == "latency_ms" else _bar(value, low, high)
        interval = f'{bar}<span class="fn-range">{low:.{digits}f} to {high:.{digits}f}</span>'
    gloss = GLOSSES.get(f"{group} {name}", "")
    return (
        f'<tr><th scope="row">{escape(name)}<span class="fn-sub">{escape(gloss)}</span></th>'
        f'<td class="fn-num">{_value(value, digits)}</td><td>{interval}</td>'
        f'<td class="fn-num">{measured["n"]}</td></tr>'
    )


def _bar(value: float, low: float, high: float) -> str:
    """The interval on a line from 0 to 1, with a mark at the value."""
    return (
        '<span class="fn-bar" aria-hidden="true"><span class="fn-span" '
        f'style="left:{low:.1%};width:{high - low:.1%}"></span>'
        f'<span class="fn-at" style="left:{value:.1%}"></span></span>'
    )


def _risk(run: Mapping[str, Any]) -> str:
    points = risk_by_coverage(run["rows"])
    drawn = risk_svg(points) if points else message_html("No answer was given.")
    return (
        f'<figure class="fn-risk">{drawn}<figcaption>The most confident answers first: how many '
        "of them are wrong, the more of the questions are answered. An answer is wrong when the "
        "documents do not answer the question, or when it cites none of the judged evidence."
        "</figcaption></figure>"
    )


def _value(value: float | None, digits: int = 2) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


def _duration(seconds: float) -> str:
    """Seconds, or minutes from two on.

    >>> _duration(41.6), _duration(150)
    ('42 s', '2 min 30 s')
    """
    whole = round(seconds)
    return f"{whole} s" if whole < 120 else f"{whole // 60} min {whole % 60} s"
