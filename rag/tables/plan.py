"""What is computed from a table for a question whose values, columns and times are known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from index.tables import Cell, Column
from rag.tables.answer import Condition, TableAnswer
from rag.tables.asked import Asked
from rag.tables.known import KnownTable, Matched
from rag.tables.measured import is_clear
from rag.tables.periods import Period
from rag.types import UNSURE

__all__ = ["conditions_of", "planned"]

_OF_A_CELL = 0.8  # confidence where a row and a column are named
_SO = 0.5  # likely, from which rows are parted by a column,
_PARTED = 0.7  # the same where no column is named to part them by,
_GROUPED = 0.25  # and where a column is named to part them by
_UNCLEAR = (0.3, 0.7)  # whether a bound is in or out
_MAY_BE_SHARE = -2.0  # logit, from which it is not clear that rows are counted
_BOTH = 2  # numbers or times that bound something between them
_PERHAPS_SUM = 0.1  # likely, from which what is counted may be a sum of them
_COUNTED = frozenset({"number", "people"})  # of which a column holds how many there are
_SIGNS = {"above": (">", ">="), "below": ("<", "<=")}
_ORDERS = {"max": "DESC", "min": "ASC"}


def planned(asked: Asked, known: KnownTable, matched: Matched) -> TableAnswer | None:
    """What is computed; None where that is not clear."""
    if matched.is_negated and matched.denied is None and not matched.is_empty:
        return None  # of what is denied nothing is known
    conditions = conditions_of(asked, known, matched)
    if conditions is None:
        return None
    sure = min(asked.likely, UNSURE) if matched.is_leaning else asked.likely
    plan = TableAnswer(known.document, known.table, "find", tuple(conditions), sure)
    return _of_rows(asked, known, matched, plan)


def _of_rows(
    asked: Asked, known: KnownTable, matched: Matched, plan: TableAnswer
) -> TableAnswer | None:
    """What is asked of the rows that fulfil the conditions of a plan."""
    held = [c for each in plan.conditions for c in (each.column, each.other) if c is not None]
    free = [column for column in matched.columns if column not in held]
    # A column that is only meant counts where none is named.
    meant = matched.measured or matched.meant
    meant = [column for column in meant if column not in (*held, *free)]
    names = [c for c in plan.conditions if c.column is known.subject and c.sign == "="]
    if _is_of_row(known, plan):
        # "How much was X" asks for nothing that is counted.
        is_so = matched.measuring or any(is_clear(m) for _, m in matched.ends.values())
        measured = [c for c in matched.measured if is_so and c not in known.times]
        wanted = [column for column in free if column is not known.subject] or measured
        if asked.is_so("when") and wanted and len(known.times) == 1:
            wanted = known.times  # "when has X paid" asks for no yes
        is_measured = wanted == matched.measured and not matched.is_of_person
        is_of_person = asked.is_so("who") and not is_measured
        if is_of_person and wanted and all(column.kind != "text" for column in wanted):
            return None  # "who drilled it" asks for no year
        if cell := _cell(asked, known, plan, wanted):
            is_hardly = matched.is_leaning and wanted == matched.measured
            return replace(cell, confidence=plan.confidence) if is_hardly else cell
        if not free and plan.conditions[0].column in matched.columns:
            # "What does the pump Olga cost" names a row, and nothing of it.
            plan = replace(plan, confidence=min(plan.confidence, UNSURE))
    if names and len(names[0].values) >= _BOTH and asked.operation in ("find", "max", "min"):
        return _compared(asked, known, plan, [*free, *meant])
    if asked.is_so("sorted"):
        target = _one_of_order(known, free) or _one_of_order(known, meant)
        return replace(plan, target=target, order=_ORDERS[asked.end]) if target else None
    if asked.operation == "count" and asked.logit("share") >= _MAY_BE_SHARE:
        is_one = asked.is_so("share") and len(held) == 1 and known.subject not in held
        return replace(plan, operation="share") if is_one else None
    amounts = [c for c in matched.measured if c in known.amounts and c not in (*free, *held)]
    if not asked.may_be_sum:  # "how many have paid" counts
        counted = known.columns_measured(_COUNTED) if asked.share_of("sum") >= _PERHAPS_SUM else []
        amounts = [column for column in amounts if column in counted]
    found = _rows(asked, known, plan, free) if asked.operation == "find" else None
    found = _count(asked, known, plan, [*free, *amounts]) if asked.operation == "count" else found
    if found is None and asked.operation != "find":
        found = _value(asked, known, matched, plan, free, meant)
        if found is None and known.subject in held and not free:
            found = replace(plan, confidence=min(plan.confidence, UNSURE))  # a row named "Total"
    return found


def _is_of_row(known: KnownTable, plan: TableAnswer) -> bool:
    """Whether the conditions are the name of one row."""
    one, *others = plan.conditions or (None,)
    is_one = one is not None and one.sign == "=" and len(one.values) == 1 and not others
    return one is not None and is_one and known.names_row(one.column, one.values[0])


def _cell(
    asked: Asked, known: KnownTable, plan: TableAnswer, wanted: Sequence[Column]
) -> TableAnswer | None:
    """The cell of a row that is named in the only other column that is, whatever it holds.

    Which row and which column say what is asked, more than how it is asked.
    """
    is_row = known.subject in [condition.column for condition in plan.conditions]
    if len(wanted) != 1 or (not is_row and wanted[0].kind == "text" and asked.operation != "find"):
        return None  # "how many teams are in Graz" counts rows, however many they are
    return replace(plan, wanted=wanted[0], confidence=max(plan.confidence, _OF_A_CELL))


def conditions_of(asked: Asked, known: KnownTable, matched: Matched) -> list[Condition] | None:
    """What the rows must fulfil; None where it is not clear."""
    conditions: list[Condition] = []
    if matched.values:
        found = _of_values(matched)
        if found is None:
            return None
        conditions += found
    if matched.periods:
        column = _time_column(known, matched)
        found = _of_times(column, matched) if column else None
        if found is None:
            return None
        conditions += found
    elif matched.numbers and not asked.is_ranked:
        found = _of_amounts(known, matched)
        if found is None:
            return None
        conditions += found
    if (pair := matched.comparison) is not None:
        conditions.append(Condition(pair.column, pair.sign, other=pair.other))
    if matched.is_empty:
        if len(matched.lacking) != 1:
            return None
        conditions.append(_of_denial(matched.lacking[0], known))
    return [*conditions, *_of_poles(asked, known, matched, conditions)]


def _of_denial(column: Column, known: KnownTable) -> Condition:
    """Rows that have nothing in a column: what denies, no value, or 0."""
    _, denies = known.poles.get(column.name, (None, None))
    if denies is not None:
        return Condition(column, "=", (denies,))
    return Condition(column, "empty", (0.0,) if 0.0 in column.cells else ())


def _of_poles(
    asked: Asked, known: KnownTable, matched: Matched, conditions: Sequence[Condition]
) -> list[Condition]:
    """Rows that have what is named: the paid ones, those with a projector."""
    held = [condition.column for condition in conditions]
    is_of_row = _names_subject(known, conditions)
    if is_of_row or any(map(asked.is_so, ("grouped", "distinct", "when"))):
        return []
    named = [c for c in matched.columns if c.name in known.poles and c not in held]
    return [Condition(column, "=", (known.poles[column.name][0],)) for column in named]


def _names_subject(known: KnownTable, conditions: Sequence[Condition]) -> bool:
    """Whether conditions name rows by what they are called."""
    return known.subject in [c.column for c in conditions if c.sign == "="]


def _of_values(matched: Matched) -> list[Condition] | None:
    """One for each column: the rows have one of its values, or none of those that are denied."""
    sure = {v.places[0][0].name for v in matched.values if len(v.places) == 1}
    named = {column.name for column in matched.columns}
    cells: dict[str, list[Cell]] = {}
    columns: dict[str, Column] = {}
    denied_in = ""
    for value in matched.values:
        places = (
            [place for place in value.places if place[0].name in named]
            or [place for place in value.places if place[0].name in sure]
            or list(value.places)
        )
        if len(places) > 1:
            return None  # in several columns, none of them named
        column, cell = places[0]
        columns[column.name] = column
        cells.setdefault(column.name, []).append(cell)
        denied_in = column.name if value is matched.denied else denied_in
    return [
        Condition(columns[name], "<>" if name == denied_in else "=", tuple(dict.fromkeys(held)))
        for name, held in cells.items()
    ]


def _time_column(known: KnownTable, matched: Matched) -> Column | None:
    """The column of times that is named, meant, or the only one."""
    options = [c for c in matched.columns if c in known.times]
    options = options or [c for c in matched.meant if c in known.times] or known.times
    return options[0] if len(options) == 1 else None


def _of_times(column: Column, matched: Matched) -> list[Condition] | None:
    """When it was, by a column of times."""
    bound = matched.bound
    month = _month_of_any_year(column, matched)
    if month is not None:
        return [month]
    periods = _with_years(column, matched.periods)
    if not bound or (len(periods) != 1 if bound in _SIGNS else len(periods) not in (1, _BOTH)):
        return None

    def at(day: date) -> Cell:
        return day if column.kind == "date" else float(day.year)

    if bound == "within":
        days = [day for period in periods for day in (period.first, period.last)]
        return [Condition(column, "within", tuple(map(at, days)))]
    first, last = min(p.first for p in periods), max(p.last for p in periods)
    if bound == "between":
        return [Condition(column, ">=", (at(first),)), Condition(column, "<=", (at(last),))]
    held = [cell for cell in column.cells if isinstance(cell, type(at(first)))]
    is_in = _is_in(matched, is_needed=any(at(first) <= cell <= at(last) for cell in held))  # type: ignore[operator]
    if is_in is None:
        return None
    day = first if is_in == (bound == "above") else last
    return [Condition(column, _SIGNS[bound][is_in], (at(day),))]


def _month_of_any_year(column: Column, matched: Matched) -> Condition | None:
    """A month without a year, where the dates of a column are of several years."""
    period, *others = matched.periods
    is_month = period.month and not period.day and period.months == 1 and not period.year
    years = {cell.year for cell in column.cells if isinstance(cell, date)}
    if others or not is_month or len(years) < _BOTH or matched.bound != "within":
        return None
    return Condition(column, "month", (float(period.month or 1),))


def _with_years(column: Column, periods: Sequence[Period]) -> list[Period]:
    """The times with the only year of a column where they have none; [] where it is not clear."""
    years = {cell.year for cell in column.cells if isinstance(cell, date)}
    if any(period.month for period in periods) and column.kind == "number":
        return []
    if all(period.year for period in periods):
        return list(periods)
    if len(years) != 1:
        return []
    return [replace(period, year=period.year or min(years)) for period in periods]


def _of_amounts(known: KnownTable, matched: Matched) -> list[Condition] | None:
    """Above, below or between which numbers, in the column of amounts that is named or meant."""
    options = [c for c in matched.columns if c.kind == "number" and c is not known.subject]
    options = options or [c for c in matched.meant if c.kind == "number"]
    if not options and (amount := _only_amount(known, matched)):
        options, matched.is_leaning = [amount], True
    values = [number.value for number in matched.numbers]
    if len(options) != 1:
        return None
    bound = matched.bound
    if bound == "between" and len(values) == _BOTH:
        return [
            Condition(options[0], ">=", (min(values),)),
            Condition(options[0], "<=", (max(values),)),
        ]
    if bound not in _SIGNS or len(values) != 1:
        return None
    is_in = _is_in(matched, is_needed=values[0] in options[0].cells)
    if is_in is None:
        return None
    return [Condition(options[0], _SIGNS[bound][is_in], (values[0],))]


def _is_in(matched: Matched, *, is_needed: bool) -> bool | None:
    """Whether the bound itself counts ("at least"); None where that is needed and not clear."""
    if is_needed and _UNCLEAR[0] < matched.inclusive < _UNCLEAR[1]:
        return None
    return matched.inclusive >= _SO


def _one_of_order(known: KnownTable, columns: Sequence[Column]) -> Column | None:
    """The only column of numbers or dates among some."""
    found = [c for c in columns if c in known.ordered]
    return found[0] if len(found) == 1 else None


def _only_amount(known: KnownTable, matched: Matched) -> Column | None:
    """Of rows that are named the only column of amounts, or that a word of a bound leans to."""
    values = [column for value in matched.values for column, _ in value.places]
    if known.subject in values or not (values or matched.columns):
        return None
    amounts = [c for c in known.amounts if c is not known.subject]
    if len(amounts) > 1 and matched.numbers:
        leant = [known.column_leant(word, amounts, is_end=False) for word in matched.words]
        amounts = list(dict.fromkeys(column for column in leant if column))
    return amounts[0] if len(amounts) == 1 else None


def _compared(
    asked: Asked, known: KnownTable, plan: TableAnswer, columns: Sequence[Column]
) -> TableAnswer | None:
    """The rows that are compared, in the order of what they are compared by."""
    target = _one_of_order(known, columns)
    if target is None:
        # "What are the prices and the colours of A and B" wants their rows.
        is_of_cells = bool(columns) and not asked.is_so("compared") and asked.operation == "find"
        return plan if is_of_cells else None
    return replace(plan, target=target, order=_ORDERS[asked.end])


def _rows(
    asked: Asked,
    known: KnownTable,
    plan: TableAnswer,
    free: Sequence[Column],
) -> TableAnswer | None:
    """Which rows, or a cell of one that is named."""
    is_of_row = _names_subject(known, plan.conditions)
    wanted = next((c for c in free if c is not known.subject), None)
    is_cell = wanted is not None and is_of_row
    is_named = is_cell or (asked.is_clear and plan.conditions and not is_of_row)
    sure = plan.confidence if asked.is_clear else _OF_A_CELL
    found = replace(plan, wanted=wanted or next(iter(free), None), confidence=sure)
    return found if is_named else None


def _parting(known: KnownTable, free: Sequence[Column]) -> Column | None:
    """The column that is named whose values part the rows: of several that with fewest values."""
    texts = [c for c in free if c.kind == "text" and c is not known.subject]
    return min(texts, key=lambda column: len(set(column.cells)), default=None)


def _count(
    asked: Asked, known: KnownTable, plan: TableAnswer, free: Sequence[Column]
) -> TableAnswer | None:
    """How many rows, or values of a column; None where something else is asked."""
    counting = replace(plan, operation="count")
    others = [column for column in free if column is not known.subject]
    if asked.is_so("distinct"):
        return replace(counting, target=others[0]) if len(others) == 1 else None
    if asked.may_be_sum or any(column in known.amounts for column in others):
        return None
    parting = _parting(known, free)
    if asked.way("grouped") >= _GROUPED and parting:
        counted = [c for c in others if c.kind == "text" and c is not parting]
        return replace(counting, group=parting, target=next(iter(counted), None))
    counted = [column for column in others if column.kind == "text"]
    if counted and len([*counted, *(c for c in free if c is known.subject)]) > 1:
        counting = replace(counting, confidence=min(plan.confidence, UNSURE))  # rows, or of each?
    held = [condition.column for condition in plan.conditions]
    if known.subject in held and len(others) == 1:
        return replace(plan, wanted=others[0])  # "was order A-2 paid" asks for its cell
    is_named = counted or free or (held and known.subject not in held)
    is_named = is_named and not asked.is_so("grouped")
    return replace(counting, target=next(iter(counted), None)) if is_named else None


def _measured(
    asked: Asked,
    known: KnownTable,
    matched: Matched,
    free: Sequence[Column],
    meant: Sequence[Column],
) -> list[Column]:
    """The columns that may be what is added up, averaged or of which an end is asked."""
    is_extreme = asked.operation in _ORDERS
    numbers = [c for c in free if c in known.ordered]
    if not is_extreme:
        numbers = [column for column in numbers if column in known.amounts]
    is_of_time = bool(matched.measured) and all(column in known.times for column in numbers)
    if (not numbers or (is_extreme and is_of_time)) and (only := _one_of_order(known, meant)):
        numbers = [only]
    if is_extreme and matched.is_of_time and not any(c in known.times for c in numbers):
        # "The last balance" is that of the last day, "the last invoice" too.
        is_open = not numbers or numbers[0] in free
        if is_open and known.times:
            return known.times
    return numbers


def _value(
    asked: Asked,
    known: KnownTable,
    matched: Matched,
    plan: TableAnswer,
    free: Sequence[Column],
    meant: Sequence[Column],
) -> TableAnswer | None:
    """A sum, mean, highest or lowest value, of all rows, of each group, or of the groups."""
    operation = asked.operation
    is_extreme = operation in _ORDERS
    rows = len(known.table.table.rows)
    is_of_names = any(c.is_amount and c not in known.amounts for c in free)
    is_no_place = any(number.value > rows for number in matched.numbers)
    if asked.is_so("distinct") or (is_no_place if is_extreme else is_of_names):
        # "Less than 5000" is no place in the order of a few; phone numbers are not added up.
        return None
    parting = _parting(known, free)
    numbers = _measured(asked, known, matched, free, meant)
    plan, by, numbers = _ordering(asked, known, matched, plan, free, numbers)
    if by:
        is_known = is_extreme and parting and len(numbers) == (by != "by_count")
        ranks = _ranks(asked, matched)
        found = replace(
            plan,
            operation=by.removeprefix("by_"),
            target=next(iter(numbers), None),
            group=parting,
            order=_ORDERS[asked.end],
            ranks=ranks,
        )
        return found if is_known and ranks else None
    is_count = operation == "count" and asked.likeliest == "count"
    if not numbers and not is_count and (amount := _only_amount(known, matched)):
        numbers = [amount]
        plan = replace(plan, confidence=min(plan.confidence, UNSURE))
    group = parting if asked.way("grouped") >= _GROUPED else None
    is_parted = asked.is_so("grouped") or (parting and operation in ("sum", "mean"))
    if group is None and is_parted and not parting:  # no column is named to part rows by
        is_parted = False
        sure = plan.confidence if asked.way("grouped") < _PARTED else UNSURE
        plan = replace(plan, confidence=min(plan.confidence, sure))
    if len(numbers) != 1 or (group is None and is_parted):
        return None
    target = numbers[0]
    if known.subject in [each.column for each in plan.conditions if each.sign == "="]:
        # "How many goals" asks of one row for its cell, "who climbed it" for none of numbers.
        is_of_person = matched.is_of_person and asked.is_so("who")
        return None if is_of_person else replace(plan, wanted=target)
    if is_extreme and group is None:
        beside = [column for column in free if column is not target]
        # "Who has the highest salary" wants another cell than "What is the highest salary".
        is_itself = known.subject is None or asked.is_so("when")
        wanted = target if is_itself else next(iter(beside), None)
        return _extreme(asked, matched, replace(plan, target=target, wanted=wanted))
    if operation == "count":
        is_sum = asked.may_be_sum or target in free
        sure = plan.confidence if is_sum else min(plan.confidence, UNSURE)
        plan, operation = replace(plan, confidence=sure), "sum"
    return replace(plan, operation=operation, target=target, group=group)


def _ordering(
    asked: Asked,
    known: KnownTable,
    matched: Matched,
    plan: TableAnswer,
    free: Sequence[Column],
    numbers: list[Column],
) -> tuple[TableAnswer, str, list[Column]]:
    """In which way groups of rows are ordered ("" for none), and by which columns.

    The plan is not sure where that is not clear.
    """
    parting, is_extreme = _parting(known, free), asked.operation in _ORDERS
    unsure = replace(plan, confidence=min(plan.confidence, UNSURE))
    by = next((way for way in ("by_count", "by_mean", "by_sum") if asked.is_so(way)), "")
    if by in ("by_mean", "by_sum") and not parting and known.subject is not None:
        # Rows are what would be parted: "the month with the highest sum".
        return plan if known.subject in free else unsure, "", numbers
    if by != "by_count":
        return plan, by, numbers
    if parting:
        numbers = [column for column in numbers if column in free]
        if not numbers and matched.measuring and matched.measured:
            return unsure, "by_sum", matched.measured  # where most was spent
    if is_extreme and len(numbers) == 1:
        # "The year with the most houses" has a column of them.
        is_parted = parting and len(set(parting.cells)) < len(parting.cells)
        return unsure if is_parted else plan, "", numbers
    return plan, by, numbers


def _extreme(asked: Asked, matched: Matched, plan: TableAnswer) -> TableAnswer | None:
    """The highest or lowest, both of them, the second of them, or the first three."""
    ranks = _ranks(asked, matched)
    if ranks is None and asked.said and not matched.numbers:
        # The second or the first, without a number.
        ranks, plan = (1, 1), replace(plan, confidence=min(plan.confidence, UNSURE))
    if asked.is_so("both"):
        return replace(plan, operation="ends", order="DESC") if ranks == (1, 1) else None
    found = replace(plan, operation=asked.operation, order=_ORDERS[asked.operation], ranks=ranks)
    return found if ranks else None


def _ranks(asked: Asked, matched: Matched) -> tuple[int, int] | None:
    """The first and the last place in the order; None where it is not clear."""
    places = matched.numbers
    if len(places) > 1 or (not places and asked.is_so("ranked")):
        return None
    if not places:
        return 1, 1
    place = int(places[0].value)
    return (place, place) if places[0].is_ordinal else (1, place)
