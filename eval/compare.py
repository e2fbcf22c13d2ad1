"""Two runs of a suite side by side: what each measure gained, which cases changed, and why.

Only cases that both runs asked, with the same question and the same judgement, are compared. The
test is in :mod:`eval.intervals`; nothing is corrected for looking at many measures at once.

The cause of a change is what differs between the runs: the documents, or else the settings or the
program. A document is named when it changed and the case cites it, before or after, or was judged
by it; others that changed only compete in the search.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eval.errors import SuiteError
from eval.intervals import Difference, Statistic, difference
from eval.judge import Verdict, verdict
from eval.report import row_measures
from eval.types import Row

__all__ = ["Change", "Comparison", "PairedMeasure", "Side", "compare", "paired_measures"]

_JUDGEMENT = ("question", "answerable", "answers", "sources", "evidence", "without")


@dataclass(frozen=True, slots=True)
class Side:
    """The outcome of a case in a run. ``answer`` is None when it failed."""

    verdict: Verdict
    answer: str | None
    generation: str | None
    contains: bool | None
    cited: bool | None

    @property
    def outcome(self) -> tuple[str, bool | None, bool | None]:
        """What must be equal for a case to count as unchanged."""
        return self.verdict.kind, self.contains, self.cited


@dataclass(frozen=True, slots=True)
class Change:
    """A case with another outcome, or another answer, in the later run; ``because`` in words."""

    id: str
    question: str
    before: Side
    after: Side
    because: str

    @property
    def direction(self) -> int:
        """1 better, -1 worse, by the order of the verdicts; 0 neither."""
        gained = self.after.verdict.rank - self.before.verdict.rank
        return (gained > 0) - (gained < 0)


@dataclass(frozen=True, slots=True)
class Comparison:
    """The measures by group and name, and the changed cases, those that got worse first.

    ``reworded`` are those with another answer and the same outcome. ``shared`` counts the cases
    compared; ``only_before`` and ``only_after`` those left out.
    """

    suite: str
    measures: Mapping[str, Mapping[str, Difference]]
    changes: tuple[Change, ...]
    reworded: tuple[Change, ...]
    shared: int
    only_before: int
    only_after: int

    def as_json(self) -> dict[str, Any]:
        """The object of ``footnote eval --compare A B --json FILE``."""
        return {
            "suite": self.suite,
            "shared": self.shared,
            "only_before": self.only_before,
            "only_after": self.only_after,
            "measures": {
                group: {name: asdict(value) for name, value in values.items()}
                for group, values in self.measures.items()
            },
            "changes": [asdict(change) for change in self.changes],
            "reworded": [asdict(change) for change in self.reworded],
        }


@dataclass(frozen=True, slots=True)
class PairedMeasure:
    """What a measure is made of: a row of ``before`` and of ``after``, (cases, columns), a case."""

    group: str
    name: str
    cases: tuple[str, ...]
    before: NDArray[np.float64]
    after: NDArray[np.float64]
    statistic: Statistic

    def values(self) -> tuple[float, float]:
        """Before and after; nan where there is none."""
        before, after = self.statistic(np.stack([self.before, self.after]))
        return float(before), float(after)

    def difference(self) -> Difference | None:
        """How much it changed, and how sure that is; None without a value in one of the runs."""
        return difference(self.before, self.after, self.statistic)

    def difference_by_case(self) -> dict[str, float]:
        """By how much each case that differs would change the measure of before, alone."""
        differing = np.flatnonzero((self.before != self.after).any(axis=1))
        samples = np.repeat(self.before[None], len(differing) + 1, axis=0)
        for at, case in enumerate(differing, start=1):
            samples[at, case] = self.after[case]
        values = self.statistic(samples)
        return {
            self.cases[case]: float(value - values[0])
            for case, value in zip(differing, values[1:], strict=True)
        }


def compare(before: Mapping[str, Any], after: Mapping[str, Any]) -> Comparison:
    """Compare two reports (``Report.as_json()``, or runs that were stored) of one suite.

    Raises:
        SuiteError: they are of different suites, or share no case.
    """
    if before["suite"] != after["suite"]:
        raise SuiteError(
            f"the runs are of different suites ({before['suite']} and {after['suite']}): "
            "compare two of the same"
        )
    pairs = _pairs(before, after)
    causes = Causes(before, after)
    found = [_change(*pair, causes) for pair in pairs if _differ(*pair)]
    changes = [change for change in found if change.before.outcome != change.after.outcome]
    changes.sort(key=lambda change: (change.direction, change.after.verdict.rank))
    return Comparison(
        suite=before["suite"],
        measures=_differences(pairs),
        changes=tuple(changes),
        reworded=tuple(c for c in found if c.before.outcome == c.after.outcome),
        shared=len(pairs),
        only_before=len(before["rows"]) - len(pairs),
        only_after=len(after["rows"]) - len(pairs),
    )


def paired_measures(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[PairedMeasure]:
    """Every measure that both reports have, over the cases that both asked.

    Raises:
        SuiteError: they share no case.
    """
    return _paired_measures(_pairs(before, after))


def _pairs(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[Row, Row]]:
    later = {row["id"]: row for row in after["rows"]}
    pairs = [
        (row, later[row["id"]])
        for row in before["rows"]
        if row["id"] in later and _judged(row) == _judged(later[row["id"]])
    ]
    if not pairs:
        raise SuiteError("the two runs have no case in common: run the suite again")
    return pairs


def _judged(row: Row) -> list[Any]:
    return [row.get(name) for name in _JUDGEMENT]


def _side(row: Row) -> Side:
    contains = row["measures"].get("contains")
    judged = row["answerable"] and row["sources"]
    return Side(
        verdict=verdict(row),
        answer=row["answer"],
        generation=row["generation"],
        contains=None if contains is None else bool(contains),
        cited=any(c["relevant"] for c in row["citations"]) if judged else None,
    )


def _differ(before: Row, after: Row) -> bool:
    return before["answer"] != after["answer"] or _side(before).outcome != _side(after).outcome


def _change(before: Row, after: Row, causes: Causes) -> Change:
    because = causes.of(before, after)
    return Change(before["id"], before["question"], _side(before), _side(after), because)


def _differences(pairs: list[tuple[Row, Row]]) -> dict[str, dict[str, Difference]]:
    """Every measure that both runs have."""
    found: dict[str, dict[str, Difference]] = {}
    for measure in _paired_measures(pairs):
        changed = measure.difference()
        if changed is not None:
            found.setdefault(measure.group, {})[measure.name] = changed
    return found


def _paired_measures(pairs: list[tuple[Row, Row]]) -> Iterator[PairedMeasure]:
    for (group, name), made in row_measures([row for pair in pairs for row in pair]).items():
        rows = [(one["id"], made.values(one), made.values(other)) for one, other in pairs]
        both = [(case, one, other) for case, one, other in rows if None not in (one, other)]
        if not both:
            continue
        cases, before, after = zip(*both, strict=True)
        arrays = np.array([before, after], dtype=float)
        if group == "tokens" and not arrays[..., 0].any():
            continue  # no language model took part
        yield PairedMeasure(group, name, cases, arrays[0], arrays[1], made.statistic)


_NAMED = 3


class Causes:
    """What differs between two reports, and what of it a case depends on."""

    def __init__(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        self._documents = _changed(before.get("documents"), after.get("documents"))
        self._settings = _changed_settings(before.get("settings", {}), after.get("settings", {}))
        self._is_other_code = before.get("code") != after.get("code")
        self._versions = f"{_program(before)} to {_program(after)}"

    def of(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
        """Why the case has another answer, in words.

        >>> old = {"documents": {"a.txt": "1"}, "settings": {}}
        >>> row = {"sources": [], "citations": [{"document": "a.txt"}]}
        >>> Causes(old, {"documents": {"a.txt": "2"}, "settings": {}}).of(row, row)
        'a.txt has changed'
        >>> Causes(old, old).of(row, row)
        'nothing that was recorded has changed'
        """
        touched = {c["document"] for row in (before, after) for c in row["citations"]}
        touched.update(before["sources"])
        touching = [text for name, text in self._documents.items() if name in touched]
        reasons = [_several(touching)] if touching else []
        if not touching and self._documents:
            count = len(self._documents)
            reasons.append(
                f"none of its documents has changed, but {count} other{'' if count == 1 else 's'}, "
                "which the search also finds"
            )
        if self._settings:
            reasons.append(_several(self._settings))
        if self._is_other_code:
            reasons.append(f"the program has changed ({self._versions})")
        return "; ".join(reasons) or "nothing that was recorded has changed"


def _changed(before: Mapping[str, str] | None, after: Mapping[str, str] | None) -> dict[str, str]:
    """What became of each document that is not the same in both, in words."""
    if before is None or after is None:
        return {}
    changes: dict[str, str] = {}
    for name in sorted({*before, *after}):
        if name not in before:
            changes[name] = f"{name} is new"
        elif name not in after:
            changes[name] = f"{name} is gone"
        elif before[name] != after[name]:
            changes[name] = f"{name} has changed"
    return changes


def _changed_settings(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    return [
        f"the setting {name} was {before.get(name)} and is {after.get(name)}"
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    ]


def _program(report: Mapping[str, Any]) -> str:
    return f"{report.get('version', 'unknown')}, {report.get('code', 'unknown')}"


def _several(changes: list[str]) -> str:
    more = len(changes) - _NAMED
    return ", ".join(changes[:_NAMED]) + (f" and {more} more" if more > 0 else "")
