"""Tables of HTML as statements, with cells that span rows and columns."""

from __future__ import annotations

from typing import Any

from index.loaders.extract import Blocks
from index.loaders.plain.regions import lines_of
from index.loaders.plain.rows import (
    Marks,
    Row,
    add_form,
    add_record,
    add_table,
    begins_with_values,
    is_header,
)
from index.types import Place

__all__ = ["add_html_table"]

# Inside a cell, these show that a table without header cells is for layout.
_LAYOUT = ".//h1|.//h2|.//h3|.//h4|.//h5|.//h6|.//ul|.//ol|.//pre|.//blockquote"
_BREAKS = ".//br|.//p|.//div|.//li"
_ROWS = "./tr|./thead/tr|./tbody/tr|./tfoot/tr"
_MAX_SPAN = 100
_MAX_REPEATED = 200  # characters of a value that is given again for each row and column
_MAX_ADDED = 20_000  # characters that a table may grow by so, or as many as it has


def add_html_table(blocks: Blocks, table: Any, name: str) -> bool:
    """Append the statements of a table of data; False, and nothing, for one that is for layout.

    A table of two columns whose first names the second gives "Depth: 1.8 metres"; the place of a
    row is "table 1, row 2", counted with the header.
    """
    rows = [[c for c in row if c.tag in ("td", "th")] for row in table.xpath(_ROWS)]
    width = max(map(len, rows), default=0)
    is_marked = bool(table.xpath(".//th|./caption|./thead"))
    if table.get("role") in ("presentation", "none") or table.xpath(".//table"):
        return False
    if width < 2 or len(rows) < 2 or (not is_marked and table.xpath(_LAYOUT)):
        return False
    for element in table.xpath(_BREAKS):
        is_item = element.tag == "li" and element.getnext() is not None
        element.tail = f"{';' if is_item else ''} {element.tail or ''}"
    caption = " ".join(table.xpath("string(./caption)").split())
    blocks.add(caption, place=name if caption else None)
    head = _header_rows(rows)
    grid = _grid(rows, head)
    header = [_joined(column) for column in zip(*grid[:head], strict=True)]
    numbered: list[Row] = [(n, cells) for n, cells in enumerate(grid, 1) if n > head]
    if header or (len(grid[0]) > 2) or _has_names(grid):
        marks = Marks(across={n for n, row in enumerate(rows, 1) if n > head and len(row) == 1})
        add_table(blocks, numbered, name=name, header=header, marks=marks, behind="")
    elif add_form(blocks, numbered, f"{name}, "):
        blocks.places.append(Place(blocks.length, ""))
    else:
        for number, cells in numbered:
            add_record(blocks, [(cells[0].rstrip(":"), cells[1])], f"{name}, row {number}")
        blocks.places.append(Place(blocks.length, ""))
    return True


def _header_rows(rows: list[list[Any]]) -> int:
    """How many rows at the top hold names of columns only: those of thead, or all ``th``."""
    head = 0
    for row in rows[:-1]:
        is_head = row and row[0].getparent().getparent().tag == "thead"
        if row and (is_head or (len(row) > 1 and all(cell.tag == "th" for cell in row))):
            head += 1
        elif row and head == 0 and len(row) > 2 and all(c.tag == "th" for c in row[1:]):
            head += 1  # an empty corner that is no th
        else:
            break
    return head


def _has_names(grid: list[list[str]]) -> bool:
    """Whether the first of several rows of two cells names the numbers below it."""
    values = [row[1] for row in grid[1:] if row[1].strip()]
    return (
        len(values) > 1
        and is_header(grid[0], 2)
        and not any(map(str.isdigit, grid[0][1]))
        and all(any(map(str.isdigit, value)) for value in values)
        and not begins_with_values(list(enumerate(grid)))
    )


def _joined(column: tuple[str, ...]) -> str:
    """The names above each other as one, each once."""
    return " ".join(dict.fromkeys(filter(None, column)))


def _grid(rows: list[list[Any]], head: int) -> list[list[str]]:
    """The texts of the cells in rows of one length; one that spans several is given in each.

    One that goes across a whole row below the header is a line of its own: it is given once.
    """
    texts = [
        [cell.text_content() if len(cell) else cell.text or "" for cell in row] for row in rows
    ]
    if not any(cell.get("colspan") or cell.get("rowspan") for row in rows for cell in row):
        width = max(map(len, rows), default=0)
        return [lines_of(row) + [""] * (width - len(row)) for row in texts]
    grid: list[dict[int, str]] = [{} for _ in rows]
    left = max(_MAX_ADDED, sum(len(text) for row in texts for text in row))
    for number, row in enumerate(rows):
        column = 0
        for cell, whole in zip(row, texts[number], strict=True):
            while column in grid[number]:
                column += 1
            text = " ".join(whole.split())
            across, down = _span(cell, "colspan"), _span(cell, "rowspan")
            if number >= head and len(row) == 1:
                across = 1
            repeats = len(text) <= _MAX_REPEATED
            for below in range(number, min(number + down, len(rows))):
                if below >= head > number:
                    break  # a name of columns is none of their values
                for beside in range(column, column + across):
                    if (below, beside) == (number, column):
                        grid[below].setdefault(beside, text)
                    elif repeats and left > 0 and beside not in grid[below]:
                        grid[below][beside] = text
                        left -= len(text) + 1
            column += across
    width = max((max(row, default=-1) + 1 for row in grid), default=0)
    return [[row.get(column, "") for column in range(width)] for row in grid]


def _span(cell: Any, name: str) -> int:
    value = cell.get(name)
    if not value:
        return 1
    value = value.strip()
    return min(max(int(value), 1), _MAX_SPAN) if value.isdecimal() and len(value) < 9 else 1
