"""What a workbook says of its cells beside their values, which calamine does not give.

Formulas without a computed value, comments, hidden rows and columns: from the XML of OOXML and
OpenDocument workbooks. Patterns find them in the bytes of a sheet, since a tree of a large one
would take several times as long as its values. Of xls and xlsb comments and what is hidden, from
their records (:mod:`index.loaders.office.sheet_records`).
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import unescape

from index.errors import LoadError
from index.loaders.extract import shortened
from index.loaders.office.odt import Walk
from index.loaders.office.package import elements, entry, local, parse
from index.loaders.office.sheet_records import binary_sheets, records, sheet_marks
from index.loaders.office.sheet_texts import cell_texts, shared_texts, span_reader
from index.loaders.plain.rows import Marks

__all__ = ["SheetMarks", "binary_marks", "check_extent", "opendocument_marks",
           "workbook_marks"]  # fmt: skip

_SHEET_PART = re.compile(r"xl/worksheets/[^/]+\.xml", re.IGNORECASE)
_BINARY_PART = re.compile(r"xl/worksheets/[^/]+\.bin", re.IGNORECASE)
_LAST_CELL_RECORD = 11  # BrtRowHdr is 0, cells are 1 to 11
_REFERENCE = re.compile(rb'<(?:\w+:)?c\s[^<>]*?\br="([A-Z]{1,3})(\d{1,7})"')
_ERROR = re.compile(rb'<(?:\w+:)?c\s[^<>]*?\br="([A-Z]{1,3}\d{1,7})"[^<>]*\bt="e"')
_CELL_NAME = re.compile(r"([A-Za-z]{1,3})(\d{1,7})")
_FORMULA = re.compile(
    rb"<(?:\w+:)?c(\s[^<>]*)?>\s*"
    rb"<(?:\w+:)?f(?:\s[^<>]*)?(?:/>|>([^<]*)</(?:\w+:)?f>)\s*"
    rb"(?:<(?:\w+:)?v\s*(?:/>|[^<>]*>([^<]*)<))?"
)
_ATTRIBUTE = re.compile(rb'(?:^|\s)([a-z]+)="([^"]*)"')
_HIDDEN = re.compile(rb'<(?:\w+:)?(row|col)\s([^<>]*\bhidden="(?:1|true)"[^<>]*)>')
_OPENDOCUMENT_FORMULA = re.compile(rb'<table:table-cell\s[^<]*?table:formula="[^"<]*"[^<>]*>')
_SPAN = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}span"
_MAX_CELLS = 20_000_000
_MAX_ROWS, _MAX_COLUMNS = 1 << 20, 1 << 14
_MAX_FORMULA = 120


@dataclass(slots=True)
class SheetMarks:
    """Of one sheet: what :class:`Marks` holds, and its formulas.

    ``without_value`` has the text of each formula that has no computed value, by row and column
    from 0, ``texts`` that of each cell in which something is raised, lowered or struck;
    ``missing`` is the number of these formulas, also of cells without a reference, ``formulas``
    that of all. ``errors`` are the cells whose value is an error.
    """

    marks: Marks = field(default_factory=Marks)
    without_value: dict[tuple[int, int], str] = field(default_factory=dict)
    texts: dict[tuple[int, int], str] = field(default_factory=dict)
    missing: int = 0
    formulas: int = 0
    errors: set[tuple[int, int]] = field(default_factory=set)
    unread: str = ""


def workbook_marks(archive: zipfile.ZipFile) -> dict[str, SheetMarks]:
    """The marks of an OOXML workbook by the name of the sheet.

    Raises:
        LoadError: damaged, or a sheet spreads over more cells than can be read.
    """
    names = set(archive.namelist())
    try:
        book = parse(entry(archive, "xl/workbook.xml"))
        related = {number: part for number, _, part in _related(archive, "xl/workbook.xml")}
    except LoadError:  # calamine says whether it can be read at all
        book, related = None, {}
    # Who writes formulas without computing them asks for it, and writes no order of computation.
    is_computed = book is None or "xl/calcChain.xml" in names or not _asks_to_compute(book)
    shared = shared_texts(archive)
    by_part: dict[str, SheetMarks] = {}
    for part in names:
        if _SHEET_PART.fullmatch(part):
            data = entry(archive, part)
            found = _REFERENCE.findall(data)
            check_extent(
                max((int(row) for _, row in found), default=0),
                max({_column(letters.decode()) for letters, _ in found}, default=-1) + 1,
            )
            by_part[part] = sheet = _sheet_marks(data, is_computed=is_computed)
            sheet.texts = {
                at: text for name, text in cell_texts(data, shared) if (at := _cell(name))
            }
    found_marks: dict[str, SheetMarks] = {}
    for sheet in book.iter("{*}sheet") if book is not None else ():
        number = next((value for key, value in sheet.items() if key.endswith("}id")), "")
        part = related.get(number, "")
        if part in by_part:
            found_marks[sheet.get("name", "")] = by_part[part]
            try:
                _add_comments(archive, part, related.values(), by_part[part].marks)
            except LoadError as exc:
                by_part[part].unread = f"its comments cannot be read ({exc})"
    return found_marks


def check_extent(rows: int, columns: int) -> None:
    """Refuse a sheet whose last cell is so far off that calamine would need all the memory.

    Raises:
        LoadError: more cells than can be read.
    """
    if rows * columns > _MAX_CELLS:
        raise LoadError(
            f"a sheet spreads over {rows} rows and {columns} columns: "
            "remove the empty ones between its cells"
        )


def binary_marks(archive: zipfile.ZipFile) -> dict[str, SheetMarks]:
    """The marks of an xlsb workbook by the name of the sheet.

    Raises:
        LoadError: damaged, or a sheet spreads over more cells than can be read.
    """
    for part in archive.namelist():
        if _BINARY_PART.fullmatch(part):
            check_extent(*_binary_extent(entry(archive, part)))
    book = "xl/workbook.bin"
    parts = {number: part for number, _, part in _related(archive, book)}
    found: dict[str, SheetMarks] = {}
    for number, name in binary_sheets(entry(archive, book)):
        part = parts.get(number, "")
        if part in archive.namelist():
            linked = {kind: target for _, kind, target in _related(archive, part)}
            found[name] = SheetMarks(sheet_marks(archive, part, linked.get("comments")))
    return found


def _binary_extent(data: bytes) -> tuple[int, int]:
    """The numbers of rows and columns of a sheet of an xlsb workbook."""
    rows = columns = 0
    for kind, record in records(data):
        if kind <= _LAST_CELL_RECORD:
            number = int.from_bytes(record[:4], "little") + 1
            rows, columns = (number, columns) if kind == 0 else (rows, max(columns, number))
    return rows, columns


def opendocument_marks(archive: zipfile.ZipFile) -> dict[str, SheetMarks]:
    """The marks of an OpenDocument spreadsheet by the name of the sheet.

    Raises:
        LoadError: damaged.
    """
    data = entry(archive, "content.xml")
    formulas = _OPENDOCUMENT_FORMULA.findall(data)
    has_spans = b"<text:span" in data
    if not (
        has_spans
        or b"<office:annotation" in data
        or b"table:visibility=" in data
        or any(b"office:value-type=" not in formula for formula in formulas)
    ):
        return {}
    content = parse(data)
    reader = span_reader(archive, data, content) if has_spans else None
    return {
        table.get(_table("name"), ""): _table_marks(table, reader)
        for table in content.iter(_table("table"))
    }


def _sheet_marks(data: bytes, *, is_computed: bool) -> SheetMarks:
    sheet = SheetMarks(formulas=sum(map(data.count, (b"<f>", b"<f ", b":f>", b":f "))))
    if sheet.formulas != _formulas_with_value(data, is_computed=is_computed):
        sheet.formulas = 0
        for attributes, formula, value in _FORMULA.findall(data):
            sheet.formulas += 1
            cell = dict(_ATTRIBUTE.findall(attributes))
            has_value = bool(value.strip()) or cell.get(b"t") == b"str"
            if has_value and (is_computed or value.strip() != b"0"):
                continue
            sheet.missing += 1
            if at := _cell(cell.get(b"r", b"").decode()):
                sheet.without_value[at] = _without_value(
                    unescape(formula.decode("utf-8", "replace"))
                )
    if b't="e"' in data:
        named = (_cell(name.decode()) for name in _ERROR.findall(data))
        sheet.errors.update(at for at in named if at)
    if b"hidden=" in data:
        for kind, attributes in _HIDDEN.findall(data):
            numbers = {key: int(n) for key, n in _ATTRIBUTE.findall(attributes) if n.isdigit()}
            if kind == b"row":
                sheet.marks.hidden_rows.add(numbers.get(b"r", 0))
            else:
                last = min(numbers.get(b"max", 0), _MAX_COLUMNS)
                sheet.marks.hidden_columns.update(range(numbers.get(b"min", 1) - 1, last))
    return sheet


def _formulas_with_value(data: bytes, *, is_computed: bool) -> int:
    """How many there are, as most programs write them: counted, since almost always all are."""
    behind = data.count(b"</f><v>") + data.count(b"/><v>")
    empty = data.count(b"</f><v></v>") + data.count(b"/><v></v>")
    nought = 0 if is_computed else data.count(b"</f><v>0</v>") + data.count(b"/><v>0</v>")
    return behind - empty - nought


def _without_value(formula: str) -> str:
    written = shortened("=" + formula.strip().removeprefix("="), _MAX_FORMULA)
    return f"formula without a value ({written})" if len(written) > 1 else "formula without a value"


def _asks_to_compute(book: Any) -> bool:
    return any(c.get("fullCalcOnLoad") in ("1", "true") for c in book.iter("{*}calcPr"))


def _related(archive: zipfile.ZipFile, part: str) -> Iterator[tuple[str, str, str]]:
    """The parts that a part names: id, kind ("comments") and path of each."""
    folder, name = posixpath.split(part)
    links = f"{folder}/_rels/{name}.rels"
    if links in archive.namelist():
        for link in elements(parse(entry(archive, links))):
            target = posixpath.normpath(posixpath.join(folder, link.get("Target", "")))
            kind = link.get("Type", "").rpartition("/")[2]
            yield link.get("Id", ""), kind, target.lstrip("/")


def _add_comments(
    archive: zipfile.ZipFile, part: str, of_book: Collection[str], marks: Marks
) -> None:
    """Add the comments of a sheet; among the parts ``of_book`` is that of who wrote threads."""
    parts = [(kind, target) for _, kind, target in _related(archive, part)]
    threads = [target for kind, target in parts if kind == "threadedComment"]
    people = {
        person.get("id", ""): person.get("displayName", "")
        for target in of_book
        if threads and target.startswith("xl/persons/")
        for person in elements(parse(entry(archive, target)))
    }
    for thread in threads:
        for comment in elements(parse(entry(archive, thread))):
            text = "".join(comment.xpath("string(./*[local-name()='text'])"))
            _add_note(marks, comment.get("ref", ""), people.get(comment.get("personId"), ""), text)
    for target in [target for kind, target in parts if kind == "comments"]:
        root = parse(entry(archive, target))
        authors = [author.text or "" for author in root.iter("{*}author")]
        for comment in root.iter("{*}comment"):
            number = comment.get("authorId", "")
            known = number.isdigit() and int(number) < len(authors)
            author = authors[int(number)] if known else ""
            if not (threads and author.startswith("tc=")):  # a copy for older programs
                text = "".join(t.text or "" for t in comment.iter("{*}t"))
                _add_note(marks, comment.get("ref", ""), author, text.removeprefix(f"{author}:"))


def _add_note(marks: Marks, cell: str, author: str, text: str) -> None:
    if at := _cell(cell):
        marks.add_note(*at, author, text)


def _cell(name: str) -> tuple[int, int] | None:
    """Row and column from 0.

    >>> _cell("AB12"), _cell("?")
    ((11, 27), None)
    """
    found = _CELL_NAME.fullmatch(name)
    return (int(found[2]) - 1, _column(found[1].upper())) if found and int(found[2]) else None


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def _table(name: str) -> str:
    return f"{{urn:oasis:names:tc:opendocument:xmlns:table:1.0}}{name}"


def _table_marks(table: Any, reader: Walk | None) -> SheetMarks:
    sheet = SheetMarks()
    column = 0
    for element in table.iter(_table("table-column")):
        after = column + _repeated(element, "columns")
        if element.get(_table("visibility"), "visible") != "visible":
            sheet.marks.hidden_columns.update(range(column, min(after, _MAX_COLUMNS)))
        column = after
    row = 0
    for element in table.iter(_table("table-row")):
        after = row + _repeated(element, "rows")
        if element.get(_table("visibility"), "visible") != "visible":
            sheet.marks.hidden_rows.update(range(row + 1, min(after, _MAX_ROWS) + 1))
        column = 0
        for cell in elements(element):
            _add_cell(sheet, cell, row, column)
            lines = [line for line in elements(cell) if local(line) == "p"] if reader else []
            if reader and any(line.find(f".//{_SPAN}") is not None for line in lines):
                sheet.texts[row, column] = reader.line(lines)
            column += _repeated(cell, "columns")
        row = after
    return sheet


def _add_cell(sheet: SheetMarks, cell: Any, row: int, column: int) -> None:
    formula = cell.get(_table("formula"))
    if formula is not None:
        sheet.formulas += 1
        if not any(key.endswith("}value-type") for key in cell.keys()):  # noqa: SIM118 - of lxml
            sheet.missing += 1
            sheet.without_value[row, column] = _without_value(formula.partition(":=")[2] or formula)
    for note in elements(cell):
        if local(note) == "annotation":
            author = "".join(note.xpath("string(./*[local-name()='creator'])"))
            lines = ["".join(p.itertext()) for p in elements(note) if local(p) in ("p", "list")]
            sheet.marks.add_note(row, column, author, "\n".join(lines))


def _repeated(element: Any, kind: str) -> int:
    count = element.get(_table(f"number-{kind}-repeated"), "1")
    return max(1, int(count)) if count.isdecimal() and len(count) < 10 else 1
