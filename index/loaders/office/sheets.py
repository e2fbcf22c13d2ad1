"""Spreadsheets (xlsx, xlsm, xltx, xlsb, xls, ods): calamine reads the values.

Formulas are never computed here: one without a value is shown as such, unless LibreOffice has
computed it (:mod:`index.builder.conversion`), which its row says. Each sheet that is shown is a
heading and a table. A cell merged over rows is the value of each of them; a header over two rows
becomes one. In xlsx, a number that is shown with a unit has it here
(:mod:`index.loaders.office.number_formats`); in xls, xlsb and ods, 12.5 % is 0.125. Comments and
what is hidden are marked (:mod:`index.loaders.office.sheet_marks`); what is raised, lowered or
struck in xlsx and ods is read as such (:mod:`index.loaders.office.sheet_texts`).
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from index.errors import LoadError
from index.loaders.archive import open_archive
from index.loaders.extract import Blocks, Extract, Source
from index.loaders.office.number_formats import numbers_with_units
from index.loaders.office.sheet_marks import (
    SheetMarks,
    binary_marks,
    check_extent,
    opendocument_marks,
    workbook_marks,
)
from index.loaders.office.sheet_records import old_workbook_marks
from index.loaders.plain.rows import Marks, add_table, column_letters, is_name

__all__ = ["read"]

Cell = str | int | float | bool | date | datetime | time | timedelta
Range = tuple[tuple[int, int], tuple[int, int]]
Texts = dict[tuple[int, int], str]

_OOXML = (".xlsx", ".xlsm", ".xltx", ".xltm")
_NAMED = 3  # so many cells or sheets are named, then only counted


def read(source: Source) -> Extract:
    """The tables of all sheets that are shown; what is left out is in ``unread``.

    Raises:
        LoadError: encrypted, damaged, or spread over more cells than can be read.
    """
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetVisibleEnum

    marked = _marks(source)
    with_units = numbers_with_units(source.data) if source.suffix in _OOXML else {}
    computed = _take_computed(source, marked, has_units=bool(with_units))
    blocks, unread = Blocks(), _Unread(source.computed)
    try:
        with CalamineWorkbook.from_object(io.BytesIO(source.data)) as book:
            sheets = [sheet for sheet in book.sheets_metadata if "Work" in str(sheet.typ)]
            visible = [sheet for sheet in sheets if sheet.visible == SheetVisibleEnum.Visible]
            unread.hidden = [sheet.name for sheet in sheets if sheet not in visible]
            for sheet in visible:
                page = book.get_sheet_by_name(sheet.name)
                cells: list[list[Cell]] = page.to_python(skip_empty_area=False)
                for (row, column), text in with_units.get(sheet.name, {}).items():
                    if row < len(cells) and column < len(cells[row]):
                        cells[row][column] = text
                marks = marked.get(sheet.name) or SheetMarks()
                _fill_in(cells, computed.get(sheet.name, {}))
                _fill_in(cells, marks.without_value | marks.texts)
                unread.add(sheet.name, marks)
                _add_sheet(
                    blocks,
                    sheet.name,
                    cells,
                    page.merged_cell_ranges or [],
                    marks.marks,
                    is_named=len(visible) > 1,
                )
    except PasswordError as exc:
        raise LoadError("it needs a password: save it without") from exc
    except (CalamineError, zipfile.BadZipFile) as exc:
        raise LoadError(f"not readable as a spreadsheet ({exc}): open and save it anew") from exc
    return blocks.extract(unread=unread.in_words, is_uncomputed=unread.missing > 0)


@dataclass(slots=True)
class _Unread:
    """What of a workbook is not in its text; ``computed`` is that of its source."""

    computed: bytes | str | None = None
    hidden: list[str] = field(default_factory=list)
    cells: list[str] = field(default_factory=list)
    missing: int = 0
    formulas: int = 0
    others: list[str] = field(default_factory=list)

    def add(self, name: str, sheet: SheetMarks) -> None:
        self.missing += sheet.missing
        self.formulas += sheet.formulas
        self.cells += [
            f"{name}!{column_letters(column)}{row + 1}" for row, column in sheet.without_value
        ]
        self.others += [sheet.unread] if sheet.unread else []

    @property
    def _why(self) -> str:
        """Why LibreOffice has not computed them, where it was to."""
        if isinstance(self.computed, str):
            return f" ({self.computed.partition(':')[0]})"
        return "" if self.computed is None else " (LibreOffice cannot compute them)"

    @property
    def in_words(self) -> str:
        parts = []
        if self.missing:
            where = f" ({_some(self.cells, self.missing)})" if self.cells else ""
            parts.append(
                f"{self.missing} of {self.formulas} formulas have no computed value{where}:"
                f" open and save it in a spreadsheet program{self._why}"
            )
        if self.hidden:
            parts.append(f"hidden sheets are left out ({_some(self.hidden, len(self.hidden))})")
        return "; ".join([*parts, *self.others])


def _some(names: list[str], count: int) -> str:
    more = count - min(_NAMED, len(names))
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _marks(source: Source) -> dict[str, SheetMarks]:
    """What the workbook says beside the values; raises LoadError for one that is too far spread."""
    if source.suffix in (".xls", ".xlt"):
        marked = old_workbook_marks(source.data)
        return {name: SheetMarks(marks) for name, marks in marked.items()}
    with open_archive(source.data) as archive:
        if source.suffix in _OOXML:
            return workbook_marks(archive)
        if source.suffix == ".ods":
            return opendocument_marks(archive)
        return binary_marks(archive)


def _take_computed(
    source: Source, marked: dict[str, SheetMarks], *, has_units: bool
) -> dict[str, Texts]:
    """What LibreOffice has computed, by sheet; these cells no longer count as without a value.

    Of formulas that refer to other workbooks it knows nothing, and takes what is there for 0.
    """
    from python_calamine import CalamineError, CalamineWorkbook

    if not isinstance(source.computed, bytes):
        return {}
    computed: dict[str, Texts] = {}
    try:
        with open_archive(source.computed) as archive:
            if any(name.startswith("xl/externalLinks/") for name in archive.namelist()):
                return {}
            now = workbook_marks(archive)
        with_units = numbers_with_units(source.computed) if has_units else {}
        with CalamineWorkbook.from_object(io.BytesIO(source.computed)) as book:
            for name in marked.keys() & now.keys() & set(book.sheet_names):
                sheet, units = marked[name], with_units.get(name, {})
                cells = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
                texts = computed.setdefault(name, {})
                for row, column in sheet.without_value.keys() - now[name].errors:
                    if row < len(cells) and column < len(cells[row]):
                        text = units.get((row, column)) or shown(cells[row][column])
                        texts[row, column] = text
                        sheet.marks.computed.update([row + 1] if text else [])
                        del sheet.without_value[row, column]
                        sheet.missing -= 1
    except (LoadError, CalamineError, zipfile.BadZipFile):
        pass
    return computed


def _fill_in(cells: list[list[Cell]], texts: Texts) -> None:
    """Write texts into cells, also beyond those that have a value."""
    if not texts:
        return
    width = max(len(cells[0]) if cells else 0, *(column + 1 for _, column in texts))
    height = max(len(cells), *(row + 1 for row, _ in texts))
    check_extent(height, width)
    cells += [[] for _ in range(height - len(cells))]
    for row in cells:
        row.extend([""] * (width - len(row)))
    for (at, column), text in texts.items():
        cells[at][column] = text


def shown(cell: Cell) -> str:
    """A cell as a spreadsheet program shows it, dates as ISO 8601.

    >>> [shown(cell) for cell in (13.0, 0.1 + 0.2, True, datetime(2024, 1, 2), time(9, 30))]
    ['13', '0.3', 'TRUE', '2024-01-02', '09:30']
    """
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float):
        return f"{cell:.15g}"
    if isinstance(cell, datetime):
        if cell.time() == time():
            return cell.date().isoformat()
        return cell.isoformat(sep=" ", timespec="auto" if cell.second else "minutes")
    if isinstance(cell, time):
        return cell.isoformat(timespec="auto" if cell.second else "minutes")
    return str(cell)


def _add_sheet(
    blocks: Blocks,
    name: str,
    cells: list[list[Cell]],
    merged: Iterable[Range],
    marks: Marks,
    *,
    is_named: bool,
) -> None:
    """Append a sheet; in a workbook of several (``is_named``) places begin with its name."""
    rows = [[shown(cell) for cell in row] for row in cells]
    if not any(cell.strip() for row in rows for cell in row) and not marks.notes:
        return
    across: dict[int, list[tuple[int, int]]] = {}
    for (top, left), (bottom, right) in sorted(merged):
        if top >= len(rows) or left >= len(rows[top]):
            continue  # cells are merged beyond those that hold anything
        for row in rows[top + 1 : bottom + 1]:
            row[left] = row[left] or rows[top][left]
        if right > left:
            last = min(right, len(rows[top]) - 1)
            across.setdefault(min(bottom, len(rows) - 1), []).append((left, last))
            marks.across.add(top + 1)
    for top, groups in across.items():
        if sum(map(bool, rows[top])) > 1:
            _join_header(rows, top, groups)
            break
    blocks.add(name, level=1)
    add_table(blocks, enumerate(rows, start=1), level=2, name=name if is_named else "", marks=marks)


def _join_header(rows: list[list[str]], top: int, groups: list[tuple[int, int]]) -> None:
    """Join a header of two rows: "2020" over the columns "Q1" and "Q2" is "2020 Q1", "2020 Q2"."""
    below = rows[top + 1] if top + 1 < len(rows) else []
    if not all(
        is_name(below[column]) for left, right in groups for column in (left, right) if below
    ):
        return
    if below and not any(sum(map(bool, row)) > 1 for row in rows[:top]):
        joined = [under or over for over, under in zip(rows[top], below, strict=True)]
        for left, right in groups:
            for column in range(left, right + 1):
                joined[column] = f"{rows[top][left]} {below[column]}".strip()
        rows[top], rows[top + 1] = [""] * len(joined), joined
