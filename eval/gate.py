"""The gate: which measures fell below a baseline by more than they may.

Whether a fall is chance is for :mod:`eval.comparison` to say; the gate asks only how far it is. Not
gated unless a tolerance is named for them: times, tokens and what a language model judged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from index.errors import SuiteError

__all__ = ["TOLERANCE", "parse_tolerances", "regressions", "shipped_baseline"]

TOLERANCE = 0.02
"""How far a measure may fall when nothing is said."""

Tolerances = Mapping[str, float]
"""By "group.name", "group", or "" for all others; in the measure's own unit."""

_LOWER_IS_BETTER = frozenset({"calibration", "latency_ms", "tokens"})
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
            told = "write MEASURE=NUMBER, as answer.contains=0.05, or a number for all others"
            raise SuiteError(f"{text!r} is no tolerance: {told}") from exc
    return found


def regressions(
    report: Mapping[str, Any], baseline: Mapping[str, Any], tolerances: Tolerances | None = None
) -> list[str]:
    """Each measure that got worse than the baseline by more than its tolerance, in words.

    Tolerances that the baseline itself holds ("tolerances") count where none are given.

    Raises:
        SuiteError: the reports are of different suites, or a tolerance names no measure of them.
    """
    if report["suite"] != baseline.get("suite", report["suite"]):
        raise SuiteError(
            f"the baseline is of the suite {baseline['suite']}, this is {report['suite']}: "
            "give the one that belongs to it"
        )
    allowed = {**baseline.get("tolerances", {}), **(tolerances or {})}
    _check(allowed, baseline)
    found = []
    for group, values in baseline["measures"].items():
        for name, before in values.items():
            may = _tolerance(group, name, allowed)
            now = report["measures"].get(group, {}).get(name)
            if may is None or before["value"] is None or now is None:
                continue
            fallen = _fallen(group, before["value"], now["value"])
            if fallen is None or fallen > may + 1e-9:
                value = "nothing" if now["value"] is None else f"{now['value']:.3f}"
                found.append(
                    f"{group} {name}: {before['value']:.3f} before, {value} now "
                    f"(may get worse by {may:g})"
                )
    return found


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


def _fallen(group: str, before: float, now: float | None) -> float | None:
    """By how much it got worse; None when there is no value any more."""
    if now is None:
        return None
    return now - before if group in _LOWER_IS_BETTER else before - now


def shipped_baseline(suite: str | None) -> Path:
    """The baseline that ships with Footnote, which is for the shipped cases only.

    Raises:
        SuiteError: ``suite`` names other ones.
    """
    if suite is not None:
        raise SuiteError(f"--gate on {suite} needs --baseline FILE: an earlier --json report of it")
    return Path(__file__).parent / "seeds" / "baseline.json"
