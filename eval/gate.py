"""The gate: which measures got worse than a baseline, beyond their tolerance and beyond chance.

Each case is paired with its row in the baseline. A measure falls when it is worse by more than its
tolerance and a paired permutation test (:mod:`eval.intervals`) does not take that for chance: of
right and wrong, seven cases that turned are never enough, eight that all got worse are. They are
named. Not gated unless a tolerance is named for them: times, tokens and what a language model
judged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from eval.compare import PairedMeasure, paired_measures
from eval.errors import SuiteError
from eval.intervals import Difference

__all__ = ["TOLERANCE", "baseline_of", "parse_tolerances", "regressions", "shipped_baseline"]

TOLERANCE = 0.02
"""How far a measure may fall when no tolerance is given."""

Tolerances = Mapping[str, float]
"""By "group.name", "group", or "" for all others; in the measure's own unit."""

_CHANCE = 0.01  # a fall with a larger two-sided p-value passes
_NAMED_CASES = 10
_LOWER_IS_BETTER = frozenset({"calibration", "latency_ms", "tokens"})
_SAME = 1e-9
_ROW = (
    *("id", "question", "answerable", "answers", "sources", "evidence", "without"),
    *("abstained", "confidence", "sentences", "support", "left_out", "retrieval", "measures"),
    *("short_answer", "error"),
)
_ONLY_IF_NAMED = frozenset({"latency_ms", "tokens", "judged"})


def parse_tolerances(values: Sequence[str]) -> dict[str, float]:
    """From "answer.contains=0.05", "retrieval=0.01" or "0.03" for all others.

    Raises:
        SuiteError: one is not of that form.

    >>> parse_tolerances(["answer.contains=0.05", "0.03"])
    {'answer.contains': 0.05, '': 0.03}
    """
    found: dict[str, float] = {}
    for text in values:
        name, _, number = text.rpartition("=")
        try:
            found[name.strip()] = float(number)
        except ValueError as exc:
            remedy = "write MEASURE=NUMBER, as answer.contains=0.05, or a number for all others"
            raise SuiteError(f"{text!r} is no tolerance: {remedy}") from exc
    return found


def regressions(
    report: Mapping[str, Any], baseline: Mapping[str, Any], tolerances: Tolerances | None = None
) -> list[str]:
    """Each measure that got worse than the baseline, in words, with the cases that turned.

    Only cases that both asked, with the same question and judgement, count. Tolerances that the
    baseline itself holds ("tolerances") count where none are given. A measure without a value in
    one of the two (no answer was withheld, so that the precision of withholding has none) is passed
    over: the recall beside it speaks.

    Raises:
        SuiteError: the baseline has no rows, the reports are of different suites or share no case,
            or a tolerance names no measure of the baseline.
    """
    if report["suite"] != baseline.get("suite", report["suite"]):
        raise SuiteError(
            f"the baseline is of the suite {baseline['suite']}, this is {report['suite']}: "
            "give the one that belongs to it"
        )
    if not baseline.get("rows"):
        raise SuiteError(
            "the baseline has measures but no rows, so that cases cannot be paired with it: "
            "make it again with `footnote eval --write-baseline FILE`"
        )
    allowed = {**baseline.get("tolerances", {}), **(tolerances or {})}
    _check(allowed, baseline)
    found = []
    for measure in paired_measures(baseline, report):
        may = _tolerance(measure.group, measure.name, allowed)
        line = None if may is None else _fall(measure, may)
        if line is not None:
            found.append(line)
    return found


def baseline_of(report: Mapping[str, Any]) -> dict[str, Any]:
    """What of a report (``Report.as_json()``) a later run is gated by; without times and tokens."""
    measures = {
        group: {name: {"value": measure["value"]} for name, measure in values.items()}
        for group, values in report["measures"].items()
        if group not in _ONLY_IF_NAMED
    }
    stored = {
        name: report[name] for name in ("suite", "n", "settings", "version") if name in report
    }
    return stored | {"measures": measures, "rows": [_baseline_row(row) for row in report["rows"]]}


def _baseline_row(row: Mapping[str, Any]) -> dict[str, Any]:
    stored = {name: row[name] for name in _ROW if name in row}
    cited = [{name: c[name] for name in ("exact", "relevant")} for c in row["citations"]]
    return stored | {"citations": cited, "latency_ms": None}


def _fall(measure: PairedMeasure, may: float) -> str | None:
    """The line of a measure that got worse by more than it may, and not by chance."""
    sign = 1 if measure.group in _LOWER_IS_BETTER else -1
    before, after = measure.values()
    if not sign * (after - before) > may + _SAME:  # or there is no value
        return None
    changed = measure.difference()
    if changed is None or _may_be_chance(measure, changed):
        return None
    by_case = {case: sign * value for case, value in measure.difference_by_case().items()}
    turned = sorted((case for case in by_case if by_case[case] > _SAME), key=lambda c: -by_case[c])
    more = len(turned) - _NAMED_CASES
    named = ", ".join(turned[:_NAMED_CASES]) + (f" and {more} more" if more > 0 else "")
    return (
        f"{measure.group} {measure.name}: {before:.3f} before, {after:.3f} now "
        f"over {changed.n} cases (p {changed.p:.3f}; may get worse by {may:g}). Worse: {named}"
    )


def _may_be_chance(measure: PairedMeasure, changed: Difference) -> bool:
    """Whether cases that turned at random give such a difference too.

    For quantiles the interval says so: exchanging runs of which one is slower throughout mixes
    them, and a quantile of a mixture is that of one or the other, as far apart as it was.
    """
    if measure.group == "latency_ms":
        return changed.low <= 0 <= changed.high
    return changed.p >= _CHANCE


def _check(allowed: Tolerances, baseline: Mapping[str, Any]) -> None:
    measures = baseline["measures"]
    known = {"", *measures, *(f"{group}.{name}" for group in measures for name in measures[group])}
    for name in allowed:
        if name not in known:
            raise SuiteError(
                f"no measure {name!r} in the baseline: write group.name, as in its file"
            )


def _tolerance(group: str, name: str, allowed: Tolerances) -> float | None:
    for key in (f"{group}.{name}", group):
        if key in allowed:
            return allowed[key]
    return None if group in _ONLY_IF_NAMED else allowed.get("", TOLERANCE)


def shipped_baseline(suite: str | None) -> Path:
    """The baseline that ships with Footnote, which is for the shipped cases only.

    Raises:
        SuiteError: ``suite`` names other ones.
    """
    if suite is not None:
        source = "an earlier --write-baseline or --json of it"
        raise SuiteError(f"--gate on {suite} needs --baseline FILE: {source}")
    return Path(__file__).parent / "seeds" / "baseline.json"
