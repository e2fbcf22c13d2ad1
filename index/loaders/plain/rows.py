"""Rows and records as statements: one line that says what each value is the value of.

Shared by the loaders of tables, of JSON and of XML. A row of a table, an object or an element
becomes ``- Team: Blues; Location: STL``: a list item, so a block and a sentence of its own. A
very long row is several such lines, each beginning with the first value, and a value that is
a paragraph follows as one. No cell with text is lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain

from index.loaders.extract import Blocks
from index.loaders.plain.regions import (
    are_fields,
    begins_with_values,
    form_fields,
    is_header,
    is_name,
    is_year,
    line_of,
    lines_of,
    regions,
)
from index.types import Place, Span, Table, TableRow

__all__ = [
    "Marks",
    "Note",
    "Pair",
    "Row",
    "add_form",
    "add_item",
    "add_record",
    "add_records",
    "add_table",
    "begins_with_values",
    "column_letters",
    "column_name",
    "definition",
    "is_header",
    "is_name",
    "is_year",
    "lead_of",
]  # fmt: skip

Pair = tuple[str, str]
Row = tuple[int, Sequence[str]]

_MAX_STATEMENT = 500
_MAX_REPEATED = 80
_LONG_VALUE = 200
_ASKS = tuple("?？؟;\u037e!！")
_name_line = lru_cache(maxsize=1024)(line_of)  # records have much the same names
_BLANK_LINES = re.compile(r"\n\s*\n")


@dataclass(frozen=True, slots=True)
class Note:
    """A comment on a cell: the cell ("cell D2"), who wrote it, if that is known, and its text."""

    cell: str
    author: str
    text: str


@dataclass(frozen=True, slots=True)
class Marks:
    """What a sheet says of its rows (numbers from 1) and columns (from 0) beside their values.

    ``across`` are the rows whose one value stands over all columns, ``computed`` those with values
    that LibreOffice has computed.
    """

    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    across: set[int] = field(default_factory=set)
    computed: set[int] = field(default_factory=set)
    notes: dict[int, list[Note]] = field(default_factory=dict)

    def add_note(self, row: int, column: int, author: str, text: str) -> None:
        """Add a comment on a cell (numbers from 0), unless it says nothing."""
        if text.strip():
            note = Note(f"cell {column_letters(column)}{row + 1}", author.strip(), text)
            self.notes.setdefault(row + 1, []).append(note)


def add_record(
    blocks: Blocks, pairs: Iterable[Pair], place: str | None = None, *, is_text: bool = False
) -> None:
    """Append a row or an object: its values in one line, then those that are paragraphs.

    A paragraph has its name before it if there are several or if it is all there is, unless all
    records of its kind are nothing but texts (``is_text``).
    """
    filled = [(_name_line(name), value) for name, value in pairs if value.strip()]
    long = [(name, value) for name, value in filled if len(value) > _LONG_VALUE]
    is_named = len(long) > 1 or (len(filled) == 1 and not is_text)
    short = [(n, v) for n, v in filled if len(v) <= _LONG_VALUE] if long else filled
    if short:
        values = lines_of([value for _, value in short])
        parts = [f"{n}: {v}" if n else v for (n, _), v in zip(short, values, strict=True)]
        _add_items(blocks, _statements(parts), place)
        place = None
    for name, value in long:
        first, *others = (line_of(part) for part in _BLANK_LINES.split(value.strip()))
        blocks.add(f"{name}: {first}" if name and is_named else first, place=place)
        place = None
        for paragraph in others:
            blocks.add(paragraph)


def add_item(blocks: Blocks, line: str, place: str | None = None) -> None:
    """Append a line as an item of a list; the items that follow each other are one list."""
    goes_on = bool(blocks.parts) and blocks.parts[-1].startswith("- ")
    blocks.add(f"- {line}", separator="\n" if goes_on else "\n\n", place=place)


def _add_items(blocks: Blocks, lines: Iterable[str], place: str | None) -> None:
    """Append lines as items; the place is that of the first."""
    for line in lines:
        add_item(blocks, line, place)
        place = None


def definition(term: str, text: str) -> str:
    """A term and what is said of it as one line; a question is followed by its answer.

    >>> definition("Toll:", "a fee"), definition("Is it far?", "No."), definition("Fee", "")
    ('Toll: a fee', 'Is it far? No.', 'Fee')
    """
    return (lead_of(term) + text if text else term.strip().rstrip(":：")).strip()


def add_form(blocks: Blocks, rows: Sequence[Row], prefix: str) -> bool:
    """Append the rows of a form, each label with its value; whether they are one.

    ``prefix`` is that of the places ("table 2, ").
    """
    fields = form_fields(rows)
    separator = "\n\n"
    for (number, _), pairs in zip(rows, fields, strict=bool(fields)):
        for label, value in pairs:
            line = definition(label, line_of(value))
            blocks.add(line, separator=separator, place=f"{prefix}row {number}")
            separator = "\n"
    return bool(fields)


def lead_of(term: str) -> str:
    """A term as what is said of it follows: "Toll: ", "Is it far? "; "" for none."""
    term = term.strip().rstrip(":：").rstrip()
    return f"{term} " if term.endswith(_ASKS) else term and f"{term}: "


def add_records(
    blocks: Blocks, records: Sequence[tuple[int, Sequence[Pair]]], place: str, name: str
) -> None:
    """Append objects, each at its number ("item 3"); those with much the same names are a table."""
    values = [dict(pairs) for _, pairs in records]
    names = list(dict.fromkeys(chain.from_iterable(values)))
    filled = sum(map(len, values))
    is_table = len(names) > 1 and all(names) and 2 * filled >= len(names) * len(records)
    kept: list[TableRow] = []
    for (number, pairs), by_name in zip(records, values, strict=True):
        before = len(blocks.parts)
        add_record(blocks, pairs, f"{place} {number}", is_text=len(names) == 1)
        if is_table and len(blocks.parts) > before:
            cells = tuple([by_name.get(n, "").strip() for n in names])
            kept.append(TableRow(number, cells, _span_behind(blocks, before)))
    if len(kept) > 1:
        blocks.tables.append(Table(name, tuple(names), tuple(kept)))


def _span_behind(blocks: Blocks, before: int) -> Span:
    """The span of what was appended behind so many parts, without what separates it."""
    added = blocks.parts[before + bool(before) :]
    return Span(blocks.length - sum(map(len, added)), blocks.length)


def add_table(
    blocks: Blocks,
    rows: Iterable[Row],
    *,
    level: int | None = 1,
    name: str = "",
    header: Sequence[str] = (),
    marks: Marks | None = None,
    behind: str | None = None,
) -> None:
    """Append the rows of a table; each comes with its number, its place is "row 3".

    ``header`` names the columns where the format says how; a column without a name there has
    none. Else rows with a single value at the top are titles (headings of ``level``, if any), the
    header is the first row, if it looks like names and not like the values below, and without one
    the columns are called by their letters. Then the rows may also be several tables, or "label |
    value" without names. In a document with other text the table has a ``name``, so that the place
    is "table 2, row 3". What ``marks`` says of a row or a column stands in its place or name; the
    comments on a row follow it. ``behind`` is the place of what comes after the table, "" for none.
    """
    marks = marks or Marks()
    notes = sorted(marks.notes.items(), reverse=True)
    filled = [(number, cells) for number, cells in rows if any(map(str.strip, cells))]
    prefix = f"{name}, " if name else ""
    for region in [filled] if header else regions(filled):
        if blocks.parts:
            blocks.put("")  # so that no list goes on from one to the next
        _add_region(blocks, region, level, name, header, marks, notes)
    while notes:
        _add_notes(blocks, notes.pop()[1], prefix)
    if behind is not None:
        blocks.places.append(Place(blocks.length, behind))


def _add_region(
    blocks: Blocks,
    table: list[Row],
    level: int | None,
    name: str,
    header: Sequence[str],
    marks: Marks,
    notes: list[tuple[int, list[Note]]],
) -> None:
    """Append the rows of one table; of the ``notes`` those on them are taken."""
    prefix = f"{name}, " if name else ""
    width = _width(table)
    if not header and width > 1:
        _add_titles(blocks, table, level, prefix)
    if not header and not notes and not marks.hidden_columns and add_form(blocks, table, prefix):
        return
    names = [line_of(cell) for cell in header]
    have_labels = not any(names) and (
        are_fields(table, is_unnamed=bool(header)) or _is_field_beside(table)
    )
    if (
        not header
        and not have_labels
        and len(table) > 1
        and width > 1
        and is_header(table[0][1], width)
        and not begins_with_values(table)
    ):
        names = [line_of(cell) for cell in table.pop(0)[1]]
    # They may stand again on each page.
    may_repeat = not header and bool(names) and any(lines_of(cells) != names for _, cells in table)
    columns = _columns(names, table, marks.hidden_columns, is_named=bool(header))
    leads = [f"{column}: " if column else "" for column in columns]
    kept: list[TableRow] = []
    separator = "\n\n"
    for number, cells in table:
        lines = lines_of(cells)
        if may_repeat and lines == names:
            continue
        while notes and notes[-1][0] < number:
            _add_notes(blocks, notes.pop()[1], prefix)
        before = len(blocks.parts)
        marked = " (hidden)" if number in marks.hidden_rows else ""
        marked += " (values computed by LibreOffice)" if number in marks.computed else ""
        place = f"{prefix}row {number}{marked}"
        is_across = number in marks.across or (
            width > 2 and not names and not header and is_name(cells[0])
        )
        if (width == 1 and not header) or (is_across and _filled(cells) == 1):
            add_record(blocks, [("", "".join(cells))], place)  # a list, or a line across the table
            continue
        if have_labels:  # no list: each stands for itself
            label, value = [*filter(None, lines), ""][:2]
            blocks.add(definition(label, value), separator=separator, place=place)
            separator = "\n"
            continue
        if max(map(len, cells)) > _LONG_VALUE:
            add_record(blocks, zip(columns, cells, strict=False), place)
        else:
            parts = [lead + line for lead, line in zip(leads, lines, strict=False) if line]
            _add_items(blocks, _statements(parts), place)
        if len(cells) > 1:
            span = _span_behind(blocks, before)
            kept.append(TableRow(number, tuple(map(str.strip, cells)), span))
    if names and kept:
        called = name or "".join(heading.text for heading in blocks.headings[-1:])
        blocks.tables.append(Table(called, tuple(names), tuple(kept)))


def _is_field_beside(table: Sequence[Row]) -> bool:
    """Whether all there is, beside another table, is a label with its value."""
    [cells, *others] = [cells for _, cells in table] or [[]]
    filled = [cell for cell in cells if cell.strip()]
    return not others and len(filled) == 2 and not cells[0].strip() and is_name(filled[0])


def _columns(
    names: Sequence[str], table: Sequence[Row], hidden: Set[int], *, is_named: bool
) -> list[str]:
    """What the columns are called; of a schedule the first, which has no name, is not."""
    width = max((len(cells) for _, cells in table), default=0)
    columns = [_name(names, column, hidden, is_named=is_named) for column in range(width)]
    has_corner = len(names) > 2 and not names[0] and all(names[1:])
    if has_corner and all(is_name(cells[0]) for _, cells in table):
        columns[0] = ""
    return columns


def _add_titles(blocks: Blocks, table: list[Row], level: int | None, prefix: str) -> None:
    """Append the rows with one value at the top of a table, which are taken from it."""
    while table and _filled(table[0][1]) == 1:
        number, cells = table.pop(0)
        title = line_of("".join(cells))
        if title not in [heading.text for heading in blocks.headings[-1:]]:
            is_heading = is_name(title)
            blocks.add(title, level=level if is_heading else None, place=f"{prefix}row {number}")


def column_name(column: int) -> str:
    """What a spreadsheet calls a column, counted from 0.

    >>> [column_name(column) for column in (0, 25, 26, 701, 702)]
    ['column A', 'column Z', 'column AA', 'column ZZ', 'column AAA']
    """
    return f"column {column_letters(column)}"


def column_letters(column: int) -> str:
    """The letters of a column, counted from 0: "A", "AB"."""
    letters, column = "", column + 1
    while column:
        column, letter = divmod(column - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return letters


def _name(names: Sequence[str], column: int, hidden: Set[int], *, is_named: bool) -> str:
    """The name of a column; where the format names columns, one without has none."""
    name = names[column] if column < len(names) else ""
    name = name or ("" if is_named else column_name(column))
    return f"{name} (hidden column)" if column in hidden else name


def _add_notes(blocks: Blocks, notes: Iterable[Note], prefix: str) -> None:
    for note in notes:
        mark = f"Comment ({note.author})" if note.author else "Comment"
        blocks.add(f"{mark}: {line_of(note.text)}", place=f"{prefix}{note.cell}")


def _width(rows: Sequence[Row]) -> int:
    """The most cells with text that a row has."""
    longest = max((len(cells) for _, cells in rows), default=0)
    width = 0
    for _, cells in rows:
        width = max(width, _filled(cells))
        if width == longest:
            break
    return width


def _filled(cells: Sequence[str]) -> int:
    return sum(map(bool, map(str.strip, cells)))


def _statements(parts: Sequence[str]) -> Iterator[str]:
    """The parts as lines of bounded length; each line after the first repeats the first part."""
    line = "; ".join(parts)
    if len(line) > _MAX_STATEMENT:
        line = ""
        for part in parts:
            if line and len(line) + len(part) > _MAX_STATEMENT:
                yield line
                line = parts[0] if len(parts[0]) <= _MAX_REPEATED else ""
            line = f"{line}; {part}" if line else part
    if line:
        yield line
