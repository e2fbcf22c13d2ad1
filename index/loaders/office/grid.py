"""Tables with merged cells: each value counts for every row and column that it spans."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import dropwhile, zip_longest

from index.loaders.extract import Blocks
from index.loaders.office.package import table_row
from index.loaders.plain.rows import (
    Marks,
    Row,
    add_form,
    add_record,
    add_table,
    begins_with_values,
    is_header,
    is_name,
    is_year,
)  # fmt: skip
from index.types import Place

__all__ = ["Cell", "add_grid"]

_MAX_COLUMNS = 256
_MAX_NAMES = 3  # rows of names above each other
_MAX_REPEATED = 200  # characters; a longer value is given where it begins
_MAX_REPEATS = 1_000_000  # characters of a table


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: its text, how many columns it spans, and whether it is a part of the one above."""

    text: str
    across: int = 1
    continued: bool = False


def add_grid(
    blocks: Blocks, table: Sequence[Sequence[Cell]], *, name: str, place: str = ""
) -> None:
    """Append a table as statements; ``name`` is "table 2". A single row stays one line.

    Where the first row does not name the columns, a row is its values; of two columns, a name and
    its value. What comes behind the table stands at ``place``.
    """
    rows = _with_one_row_of_names(_spread(table))
    if len(rows) < 2:
        for _, cells in rows:
            blocks.add(table_row(cells) if len(cells) > 1 else cells[0])
        return
    width = max(len(cells) for _, cells in rows)
    body = [*dropwhile(lambda row: sum(map(bool, row[1])) < 2, rows)]
    if add_form(blocks, rows, f"{name}, "):
        blocks.places.append(Place(blocks.length, place))
    elif body and (not is_header(body[0][1], width) or begins_with_values(body)):
        for number, cells in rows:
            is_pair = width == 2 and all(cells) and is_name(cells[0])
            pairs = [(cells[0], cells[1])] if is_pair else [("", cell) for cell in cells]
            add_record(blocks, pairs, f"{name}, row {number}")
        blocks.places.append(Place(blocks.length, place))
    else:
        across = {n for n, cells in enumerate(table, start=1) if len(cells) == 1}
        marks = Marks(across=across)
        add_table(blocks, rows, level=None, name=name, marks=marks, behind=place)


def _may_be_names(cells: Sequence[str]) -> bool:
    """Whether all that is filled is a name, or a year among others."""
    years = sum(map(is_year, cells))
    return all(is_name(text) or (years > 1 and is_year(text)) for text in cells if text)


def _spread(table: Sequence[Sequence[Cell]]) -> list[tuple[int, list[str], set[int]]]:
    """Rows with text: number, texts, the columns of values that span more than one of them."""
    rows: list[tuple[int, list[str], set[int]]] = []
    above: list[str] = []
    left = _MAX_REPEATS

    def repeated(text: str) -> str:
        nonlocal left
        left -= len(text)
        return text if left > 0 and len(text) <= _MAX_REPEATED else ""

    for number, cells in enumerate(table, start=1):
        if all(cell.across <= 1 and not cell.continued for cell in cells):
            above = [cell.text for cell in cells]
            if any(above):
                rows.append((number, above, set()))
            continue
        row: list[str] = []
        wide: set[int] = set()
        for cell in cells:
            at = len(row)
            across = max(1, min(cell.across, _MAX_COLUMNS - at))
            if cell.continued:
                row += [repeated(text) for text in above[at : at + across]]
                row += [""] * (at + across - len(row))
            elif len(cells) == 1:  # a line across the table
                row = [cell.text] + [""] * (across - 1)
            else:
                row += [cell.text, *(repeated(cell.text) for _ in range(across - 1))]
                wide |= set(range(at, at + across)) if across > 1 and cell.text else set()
        if any(cell.text for cell in cells if not cell.continued):
            rows.append((number, row, wide))
        above = row
    return rows


def _with_one_row_of_names(rows: list[tuple[int, list[str], set[int]]]) -> list[Row]:
    """The rows with their numbers; names that span several names below are joined with each."""
    at = next((n for n, (_, cells, _) in enumerate(rows) if sum(map(bool, cells)) > 1), len(rows))
    for _ in range(_MAX_NAMES - 1):
        if at + 2 >= len(rows) or not rows[at][2]:
            break
        _, upper, wide = rows[at]
        number, lower, wide_below = rows[at + 1]
        columns = list(zip_longest(upper, lower, fillvalue=""))
        goes_on = all(
            n in wide or not (one and other) or one == other
            for n, (one, other) in enumerate(columns)
        )
        if not goes_on or upper == lower or not _may_be_names(lower):
            break
        names = [
            one if one == other or not other else f"{one} {other}".strip() for one, other in columns
        ]
        rows[at : at + 2] = [(number, names, wide_below)]
    return [(number, cells) for number, cells, _ in rows]
