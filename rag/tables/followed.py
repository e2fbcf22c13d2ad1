"""A follow-up over a table: what it exchanges in the query before it, or adds to it.

"And from York?" asks the same of other rows, "which of them is the oldest?" something else of the
same rows. What the follow-up names says :mod:`rag.tables.reading`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from rag.tables.answer import Condition, TableAnswer
from rag.tables.known import Matched
from rag.tables.plan import conditions_of
from rag.tables.reading import TableReading

__all__ = ["followed"]

_OF_THEM = 0.9  # likely, from which a question leans on the rows before it
_BARE = 0.75  # the same where it names no value and no time: "the oldest of them"
_COMPUTED = ("sum", "mean", "max", "min", "ends")


def followed(reading: TableReading, before: TableAnswer, leaning: float) -> list[TableAnswer]:
    """How a question is answered behind another of the same table; none where it is not behind it.

    ``leaning`` is how likely it leans on what was said. What asks something by itself is answered
    of the rows before and of all: nothing says which is meant.
    """
    if reading.is_fragment or reading.only_denies:
        plan = _exchanged(reading, before) if reading.is_fragment else _denied(before)
        return [plan] if plan else []
    is_of_rows = before.ranks is None and before.group is None
    matched = reading.matched
    is_bare = not (matched.values or matched.periods)
    if (
        leaning < (_BARE if is_bare else _OF_THEM)
        or reading.names_rows
        or not (is_of_rows and before.conditions)
    ):
        return []
    _, plan = reading.answered
    if plan is None:
        return []
    conditions = _with(before.conditions, plan.conditions)
    if conditions == plan.conditions:
        return []
    sure = min(plan.confidence, before.confidence)
    return [replace(plan, conditions=conditions, confidence=sure), plan]


def _exchanged(reading: TableReading, before: TableAnswer) -> TableAnswer | None:
    """The query before it with other values of its columns, more conditions, or another column."""
    matched = _dated(reading.matched, before.conditions)
    conditions = conditions_of(reading.asked, reading.known, matched)
    if conditions:
        return replace(before, conditions=_with(before.conditions, conditions))
    if conditions is None or len(matched.columns) != 1:
        return None
    column = matched.columns[0]
    if before.operation in _COMPUTED and column in reading.known.ordered and before.target:
        return replace(before, target=column)
    return replace(before, wanted=column) if before.wanted else None


def _denied(before: TableAnswer) -> TableAnswer | None:
    """The query before it of the rows that have not the value that those have: "and without?"."""
    *others, last = before.conditions or (None,)
    if last is None or last.sign != "=":
        return None
    return replace(before, conditions=(*filter(None, others), replace(last, sign="<>")))


def _with(before: Sequence[Condition], conditions: Sequence[Condition]) -> tuple[Condition, ...]:
    """Conditions, with those before of other columns."""
    own = {condition.column.name for condition in conditions}
    kept = [condition for condition in before if condition.column.name not in own]
    return (*kept, *conditions)


def _dated(matched: Matched, before: Sequence[Condition]) -> Matched:
    """Times without a year are of that before; they bound as those did, where nothing says how."""
    years = {
        cell.year if isinstance(cell, date) else int(cell)
        for condition in before
        if condition.sign == "within"
        for cell in condition.values
        if isinstance(cell, date | float)
    }
    year = min(years) if len(years) == 1 else None
    periods = [replace(p, year=p.year or year) for p in matched.periods]
    bound = matched.bound or ("within" if periods else "")
    return replace(matched, periods=periods, bound=bound)
