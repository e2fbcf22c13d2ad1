"""Two columns of a row that a question compares: "which were sold for less than they cost?".

The column that comes last is tried as if a number stood in its place. Whether the rest bounds that
number, and asks for no end of an order, says whether two columns are compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from index.tables import Column
from index.types import Span
from rag.tables.asked import Asked
from rag.tables.known import CJK, Comparison, End, KnownTable
from rag.tables.periods import surroundings

__all__ = ["compared_columns"]

_NUMBER = "100"
_NO_END = 0.1  # likely at most, that an end of an order is asked for of such a number,
_LISTED = 0.2  # and at least, that rows are listed or counted
_WITHIN = 0.5  # likely, from which nothing is compared
_CLEARLY = 0.9  # likely, from which a number is bounded where no word means much or little
_APART = 0.2  # by how much likelier, in scripts whose words stand in either order
_SIGNS = {False: ">", True: "<"}
_TWO = 2  # columns that are compared, and words that say together how: "less expensive"


def compared_columns(
    question: str, known: KnownTable, ends: Mapping[str, End], ask: Callable[[str], Asked]
) -> Comparison | None:
    """The two columns of amounts that a question compares, None where it compares none.

    ``ends`` are its words that mean much or little, ``ask`` says what a text asks for.
    """
    named = list(_named(question, known))
    columns = [column for column, _ in named]
    if len(named) == 1 and not ends:  # "exceeded their budget" is spent
        others = _alike(known, columns[0])
        columns = [*others, *columns] if len(others) == 1 else []
    if len(columns) != _TWO or len(ends) > _TWO or not _may_be_alike(known, columns):
        return None
    first, last = columns
    span = named[-1][1]
    above, below, around = _bounds(question, span, ask)
    if around is None:
        return None
    if ends:
        is_little = sum(little for little, _ in ends.values()) % 2 == 1
        share = below if is_little else above
    else:
        is_little, share = below > above, max(above, below)
        if share < _CLEARLY:
            return None
    is_clear = len(named) == _TWO and bool(ends)
    if is_clear and CJK.search(question):
        before_above, before_below, _ = _bounds(question, named[0][1], ask)
        before = before_below if is_little else before_above
        is_clear = share - before >= _APART
        if before > share:
            first, last = last, first
    return Comparison(first, _SIGNS[is_little], last, around, is_clear)


def _named(question: str, known: KnownTable) -> Iterator[tuple[Column, Span]]:
    """The columns of amounts that a question names, in the order in which it does, and where."""
    found: dict[str, tuple[Column, Span]] = {}
    for span in known.words_in(question):
        column = known.column_called(span.of(question), question)
        if column is not None and column.is_amount:
            _, first = found.get(column.name, (column, span))
            found[column.name] = column, Span(first.start, span.end)
    for column in known.table.columns if CJK.search(question) else ():
        part = known.called_in(question, column) if column.is_amount else ""
        if part and column.name not in found:
            at = question.index(part)
            found[column.name] = column, Span(at, at + len(part))
    yield from sorted(found.values(), key=lambda item: item[1].start)


def _alike(known: KnownTable, column: Column) -> list[Column]:
    """The other columns of amounts with its unit."""
    unit = known.unit_of(column)
    amounts = [c for c in known.table.columns if c.is_amount and c is not column]
    return [c for c in amounts if c is not known.subject and unit and known.unit_of(c) == unit]


def _may_be_alike(known: KnownTable, columns: list[Column]) -> bool:
    """Whether columns have one unit, or none says another."""
    units = {known.unit_of(column) for column in columns}
    return len(units - {""}) <= 1 and known.subject not in columns


def _bounds(
    question: str, span: Span, ask: Callable[[str], Asked]
) -> tuple[float, float, str | None]:
    """How likely a number in the place of a column is bounded from below, and from above.

    And by which words; None where it is not, or something else is asked.
    """
    text = question[: span.start] + _NUMBER + question[span.end :]
    asked = ask(text)
    is_end = asked.share_of("max") + asked.share_of("min") > _NO_END
    is_listed = asked.share_of("find") + asked.share_of("count") >= _LISTED
    around = surroundings(text, [Span(span.start, span.start + len(_NUMBER))])
    within, above, below = ask(around).bounds
    is_bound = is_listed and not is_end and within < _WITHIN
    return above, below, around if is_bound else None
