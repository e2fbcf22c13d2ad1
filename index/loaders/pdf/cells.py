"""Rows of cells on a page that may be a table, and whether they are one.

Pure. A table is what names its columns and shows it: by a column of numbers or dates below a name,
by names in another font or on another shade than the values, by a rule below the names, by an
empty corner beside ruled names, by values that come again, by words of other shapes in its columns.
What does not, as a form, an address list or a table of contents, stays text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from index.loaders.extract import Blocks
from index.loaders.office.grid import Cell, add_grid
from index.loaders.pdf.lines import Piece, rows_of
from index.loaders.plain.shapes import have_names
from index.tables import typed
from index.text.direction import runs_right_to_left
from index.text.hyphens import BROKEN
from index.types import Table

__all__ = ["Box", "Candidate", "Style", "as_read", "head_of", "text_of"]

Box = tuple[float, float, float, float]
"""Left, bottom, right and top in points."""

Style = tuple[str, int | None]
"""The name of a font, and the colour behind the text."""

_MIN_VALUES = 2  # numbers or dates below a name
_MIN_PAIRS = 3  # of a table of two columns
_MIN_ROWS = 3  # whose values come again,
_MIN_COLUMNS = 3  # in so many columns
_EVEN = 2.0  # points


@dataclass(frozen=True, slots=True)
class Candidate:
    """Rows of cells from above, with the style of each row's last cell.

    ``columns`` are the places (left, right) of the columns; ``is_ruled`` says whether rules part
    them, ``has_head_rule`` whether one stands below the first row and below no other,
    ``is_level`` whether the cells of each column begin below its name.
    """

    rows: tuple[tuple[Cell, ...], ...]
    styles: tuple[Style, ...]
    pieces: frozenset[int]
    box: Box
    columns: tuple[tuple[float, float], ...]
    is_ruled: bool
    has_head_rule: bool = False
    is_level: bool = False


def as_read(found: Candidate) -> Candidate:
    """Rows from the right where most of the words run so: the column on the right is the first."""
    words = [c.text for row in found.rows for c in row if any(map(str.isalpha, c.text))]
    if 2 * sum(map(runs_right_to_left, words)) <= len(words):
        return found
    rows = tuple(row[::-1] for row in found.rows)
    return replace(found, rows=rows, columns=found.columns[::-1])


def head_of(found: Candidate) -> int | None:
    """How many rows at the top name the columns of a table; None where it is none."""
    blocks = Blocks()
    add_grid(blocks, found.rows, name="table")
    if not blocks.tables:
        return None
    table = blocks.tables[0]
    head = table.rows[0].number - 1
    return head if _is_shown(found, table, head) else None


def _is_shown(found: Candidate, table: Table, head: int) -> bool:
    """Whether anything but its words shows that the head of a table is one."""
    width, count = len(found.columns), len(table.rows)
    body = [style for style, row in zip(found.styles, found.rows, strict=True)][head:]
    font, shade = found.styles[max(head - 1, 0)]
    is_set_off = found.has_head_rule or (
        head > 0
        and (
            font not in {font for font, _ in body}
            or (shade is not None and shade not in {shade for _, shade in body})
        )
    )
    has_corner = found.is_ruled and head == 1 and not found.rows[0][0].text
    if is_set_off or (has_corner and all(cell.text for cell in found.rows[0][1:])):
        return True
    if width == 2 and (count < _MIN_PAIRS or not found.is_ruled):
        return False
    columns = [[row.cells[n] if n < len(row.cells) else "" for row in table.rows]
               for n in range(min(width, len(table.columns)))]  # fmt: skip
    if any(_has_values(cells) for cells in columns):
        return True
    if width < _MIN_COLUMNS or count < _MIN_ROWS:
        return False
    rows = [row.cells for row in table.rows]
    places = [left for left, _ in found.columns] if found.is_ruled or found.is_level else []
    if have_names(table.columns, rows, places, 0 if found.is_ruled else _EVEN):
        return True
    texts = [[cell for cell in cells if cell] for cells in columns]
    is_again = found.is_ruled and any(len(set(cells)) < len(cells) for cells in texts[1:])
    return is_again and not any(
        name in cells for name, cells in zip(table.columns, texts, strict=False)
    )


def _has_values(cells: Sequence[str]) -> bool:
    kind, values = typed(cells, "und")
    return kind != "text" and sum(value is not None for value in values) >= _MIN_VALUES


def text_of(pieces: Sequence[Piece]) -> str:
    """The text of a cell, its lines one after the other."""
    texts = [piece.line.text for row in rows_of(pieces) for piece in row]
    return "".join(text if text.endswith(BROKEN) else f"{text} " for text in texts).strip()
