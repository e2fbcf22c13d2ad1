"""Two columns of a row that a question compares: "which were sold for less than they cost?".

The column that comes last is tried as if a number stood in its place. Whether the rest bounds that
number, and asks for no end of an order, says whether two columns are compared. Where none is named,
as in "who spent more than planned?", two words may each be about one of the only two of one unit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from index.tables import Column
from index.text.words import meaning_words
from index.types import Span
from rag.tables.asked import Asked
from rag.tables.known import CJK, Comparison, End, KnownTable
from rag.tables.periods import surroundings

__all__ = ["compared_columns"]

_NUMBER = "100"
_NO_END = 0.1  # likely at most, that an end of an order is asked for of such a number,
_LISTED = 0.2  # and at least, that rows are listed or counted
_LEANS = 0.015  # by how much more one word is about the first of two columns than the other word
_WITHIN = 0.5  # likely, from which nothing is compared
_CLEARLY = 0.8  # likely, from which a number is bounded where no word means much or little
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
    meant = [] if named or not ends else _meant(question, known, ends)
    columns = [column for column, _ in named or meant]
    if len(named) == 1 and not ends:  # "exceeded their budget" is spent
        others = _alike(known, columns[0])
        columns = [*others, *columns] if len(others) == 1 else []
    if len(columns) != _TWO or len(ends) > _TWO or not _may_be_alike(known, columns):
        return None
    first, last = columns
    bounding = _bounding(question, (named or meant)[-1][1], ask)
    if bounding is None or bounding[0].is_listed:
        return None
    words, around = bounding
    if len(named) == _TWO and words.is_equal:
        return None if ends else Comparison(first, "=", last, around, is_clear=True)
    within, above, below = words.bounds
    if ends:
        is_little = sum(little for little, _ in ends.values()) % 2 == 1
        share = below if is_little else above
    else:
        is_little, share = below > above, max(above, below)
    if within >= _WITHIN or (not ends and share < _CLEARLY):
        return None
    is_clear = len(named) == _TWO and bool(ends)
    if is_clear and CJK.search(question):
        other = _bounding(question, named[0][1], ask)
        before = other[0].bounds[1 + is_little] if other else 0.0
        is_clear = share - before >= _APART
        if before > share:
            first, last = last, first
    return Comparison(first, _SIGNS[is_little], last, around, is_clear)


def _named(question: str, known: KnownTable) -> Iterator[tuple[Column, Span]]:
    """The columns of amounts that a question names, in the order in which it does, and where."""
    found: dict[str, tuple[Column, Span]] = {}
    for span in known.words_in(question):
        column = known.column_called(span.of(question), question)
        if column is not None and column in known.amounts:
            _, first = found.get(column.name, (column, span))
            found[column.name] = column, Span(first.start, span.end)
    rest = question  # of which a name may hold another one
    for column in sorted(known.table.columns, key=lambda column: -len(column.name)):
        part = known.called_in(rest, column) if column in known.amounts and CJK.search(rest) else ""
        if part and column.name not in found:
            at = rest.index(part)
            found[column.name] = column, Span(at, at + len(part))
            rest = rest.replace(part, " " * len(part))
    yield from sorted(found.values(), key=lambda item: item[1].start)


def _meant(question: str, known: KnownTable, ends: Mapping[str, End]) -> list[tuple[Column, Span]]:
    """The only two columns of one unit, in the order of the two words that are about them."""
    amounts = [c for c in known.amounts if c is not known.subject]
    content = meaning_words(question, (known.document.language,))
    words = [
        span
        for span in known.words_in(question)
        if (word := span.of(question).lower()) in content
        and word not in ends
        and not known.only_asks(word)
        and known.column_called(word, question) is None
    ]
    if len(words) != _TWO or len(amounts) != _TWO or not known.unit_of(amounts[0]):
        return []
    leaning = [known.leaning(span.of(question).lower(), *amounts) for span in words]
    if abs(leaning[0] - leaning[1]) < _LEANS:
        return []
    columns = amounts if leaning[0] > leaning[1] else amounts[::-1]
    return list(zip(columns, words, strict=True))


def _alike(known: KnownTable, column: Column) -> list[Column]:
    """The other columns of amounts with its unit."""
    unit = known.unit_of(column)
    others = [c for c in known.amounts if c not in (column, known.subject)]
    return [c for c in others if unit and known.unit_of(c) == unit]


def _may_be_alike(known: KnownTable, columns: list[Column]) -> bool:
    """Whether columns have one unit, or none says another."""
    units = {known.unit_of(column) for column in columns}
    return len(units - {""}) <= 1 and known.subject not in columns


def _bounding(question: str, span: Span, ask: Callable[[str], Asked]) -> tuple[Asked, str] | None:
    """What the words around a number in the place of a column say of it, and these words.

    None where an end of an order, or something else than rows, is asked for of such a number.
    """
    text = question[: span.start] + _NUMBER + question[span.end :]
    asked = ask(text)
    is_end = asked.share_of("max") + asked.share_of("min") > _NO_END
    is_listed = asked.share_of("find") + asked.share_of("count") >= _LISTED
    around = surroundings(text, [Span(span.start, span.start + len(_NUMBER))])
    return (ask(around), around) if is_listed and not is_end else None
