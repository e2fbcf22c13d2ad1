"""Evaluations as text for a terminal: comparisons, the list of runs, what was imported."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from eval.compare import Change, Comparison
from eval.draft import Drafted
from eval.importers.importer import Imported
from eval.intervals import Difference
from eval.render.words import NO_SHARES
from eval.store import Runs
from ui.cli.text import printable

__all__ = ["comparison_text", "drafted_text", "imported_text", "runs_text"]

_LEFT_OUT = 20


def comparison_text(found: Comparison, before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """Each measure with what it gained, then the cases that changed, and because of what."""
    lines = [
        f"suite {found.suite}: {_run(before)}, then {_run(after)}",
        f"{found.shared} cases in both{_only(found.only_before, 'earlier')}"
        f"{_only(found.only_after, 'later')}",
        "",
        f"  {'':<24}{'before':>9}{'after':>9}{'gained':>9}  {'95 % interval':<18}{'p':>7}"
        f"{'detectable':>12}",
    ]
    for group, values in found.measures.items():
        lines += [_difference(group, name, value) for name, value in values.items()]
    lines.append(
        "\np: how often chance alone makes a difference as large (paired permutation test). "
        "detectable: the true\ndifference that such a comparison finds four times out of five."
    )
    lines += _changes("changed their verdict", found.changes)
    lines += _changes("have other words and the same verdict", found.reworded)
    return "\n".join(lines)


def runs_text(runs: Runs) -> str:
    """The runs, numbered as ``--compare`` takes them."""
    lines = [
        f"{number:>3}  {run.id}  {run.created[:16].replace('T', ' ')}  {run.suite:<16} n {run.n:<5}"
        + "  ".join(
            f"{name} {value:.3f}" for name, value in run.measures.items() if value is not None
        )
        for number, run in enumerate(runs.stored)
    ]
    lines += [f"  {name} cannot be read: {reason}" for name, reason in runs.unreadable]
    return "\n".join(lines) or "no run is kept yet: `footnote eval`"


def drafted_text(made: Drafted, new: int, path: Path) -> str:
    """How many drafts there are, of which kinds, what was passed over, and what to do now."""
    kinds = Counter(draft.case.kind for draft in made.drafts)
    message = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
    lines = [f"{len(made.drafts)} drafts ({message}), {new} of them new, in {path}"]
    lines += [
        f"  no draft from {count} document{'' if count == 1 else 's'}: {reason}"
        for reason, count in made.reasons.items()
    ]
    if made.unusable_replies:
        lines.append(f"  {made.unusable_replies} replies of the language model were of no use")
    lines.append(
        "accept, edit or reject them on the Evaluation page of `footnote chat`, or in that file "
        "(then `footnote eval accept`)"
    )
    return printable("\n".join(lines))


def imported_text(made: Imported, out: Path) -> str:
    """What is in the new suite, and what was left out."""
    lines = [
        f"{out}: {made.cases} cases over {made.documents} documents, "
        f"{made.unanswerable} of them unanswerable"
    ]
    lines += [f"  left out: {what} ({why})" for what, why in made.left_out[:_LEFT_OUT]]
    if len(made.left_out) > _LEFT_OUT:
        lines.append(f"  and {len(made.left_out) - _LEFT_OUT} more (--json lists them)")
    return printable("\n".join(lines))


def _run(report: Mapping[str, Any]) -> str:
    return f"{report.get('run') or report.get('created') or 'a file'} ({report['generation']})"


def _only(count: int, which: str) -> str:
    return f", {count} only in the {which}" if count else ""


def _difference(group: str, name: str, value: Difference) -> str:
    digits = 1 if group in NO_SHARES else 3
    interval = f"[{value.low:+.{digits}f}, {value.high:+.{digits}f}]"
    least = "-" if value.detectable is None else f"{value.detectable:.{digits}f}"
    return (
        f"  {group + ' ' + name:<24}{value.before:>9.{digits}f}{value.after:>9.{digits}f}"
        f"{value.value:>+9.{digits}f}  {interval:<18}{value.p:>7.3f}{least:>12}"
    )


def _changes(message: str, changes: Sequence[Change]) -> list[str]:
    lines = ["", f"{len(changes)} cases {message}" + (":" if changes else "")]
    for change in changes:
        kinds = f"{change.before.verdict.kind} -> {change.after.verdict.kind}"
        lines += [
            f"  {change.id}: {change.question}",
            f"    {kinds}, because {change.because}",
            f"    before: {_short(change.before.answer)}",
            f"    after:  {_short(change.after.answer)}",
        ]
    return [printable(line) for line in lines]


def _short(answer: str | None) -> str:
    text = " ".join((answer or "no answer").split())
    return text if len(text) <= 200 else f"{text[:199]}…"
