"""Spreadsheets (xlsx, xls, ods): calamine reads the values, formulas are never computed.

Each sheet that is shown is a heading and a table. A cell merged over rows is the value of each of
them; a header over two rows becomes one. In xlsx, a number that is shown with a unit has it here
(:mod:`index.loaders.office.number_formats`); in xls and ods, 12.5 % is 0.125.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from index.errors import LoadError
from index.loaders.archive import open_archive
from index.loaders.extract import Blocks, Extract, Source
from index.loaders.office.number_formats import numbers_with_units
from index.loaders.plain.rows import add_table, is_name

__all__ = ["read"]

Cell = str | int | float | bool | date | datetime | time | timedelta
Range = tuple[tuple[int, int], tuple[int, int]]

_SHEET_PART = re.compile(r"xl/worksheets/[^/]+\.xml", re.IGNORECASE)
_REFERENCE = re.compile(rb'<(?:\w+:)?c\s[^>]*?\br="([A-Z]{1,3})(\d{1,7})"')
_MAX_CELLS = 20_000_000


def read(source: Source) -> Extract:
    """The tables of all sheets that are shown.

    Raises:
        LoadError: encrypted, damaged, or spread over more cells than can be read.
    """
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetVisibleEnum

    if source.suffix in (".xlsx", ".ods"):
        with open_archive(source.data) as archive:
            _check(archive)
    with_units = numbers_with_units(source.data) if source.suffix == ".xlsx" else {}
    blocks = Blocks()
    try:
        with CalamineWorkbook.from_object(io.BytesIO(source.data)) as book:
            for number, sheet in enumerate(book.sheets_metadata):
                if sheet.visible == SheetVisibleEnum.Visible and "Work" in str(sheet.typ):
                    page = book.get_sheet_by_index(number)
                    cells: list[list[Cell]] = page.to_python(skip_empty_area=False)
                    for (row, column), text in with_units.get(sheet.name, {}).items():
                        if row < len(cells) and column < len(cells[row]):
                            cells[row][column] = text
                    _add_sheet(blocks, sheet.name, cells, page.merged_cell_ranges or [])
    except PasswordError as exc:
        raise LoadError("it needs a password: save it without") from exc
    except (CalamineError, zipfile.BadZipFile) as exc:
        raise LoadError(f"not readable as a spreadsheet ({exc}): open and save it anew") from exc
    return Extract(
        blocks.text,
        headings=tuple(blocks.headings),
        places=tuple(blocks.places),
        tables=tuple(blocks.tables),
    )


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


def _add_sheet(blocks: Blocks, name: str, cells: list[list[Cell]], merged: Iterable[Range]) -> None:
    rows = [[shown(cell) for cell in row] for row in cells]
    if not any(cell.strip() for row in rows for cell in row):
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
    for top, groups in across.items():
        if sum(map(bool, rows[top])) > 1:
            _join_header(rows, top, groups)
            break
    blocks.add(name, level=1)
    add_table(blocks, enumerate(rows, start=1), level=2)


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


def _check(archive: zipfile.ZipFile) -> None:
    """Refuse a sheet whose last cell is so far off that calamine would need all the memory."""
    for part in archive.namelist():
        if not _SHEET_PART.fullmatch(part):
            continue
        try:
            found = _REFERENCE.findall(archive.read(part))
        except (zipfile.BadZipFile, OSError, NotImplementedError, EOFError) as exc:
            raise LoadError(f"damaged: its archive cannot be read ({exc})") from exc
        last_row = max((int(row) for _, row in found), default=0)
        last_column = max({_column(letters) for letters, _ in found}, default=0)
        if last_row * last_column > _MAX_CELLS:
            raise LoadError(
                f"a sheet spreads over {last_row} rows and {last_column} columns: "
                "remove the empty ones between its cells"
            )


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number
