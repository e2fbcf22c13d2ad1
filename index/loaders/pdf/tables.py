"""The tables of a page, those that go on over pages, and their rows as statements.

Pure. The lines of a table are marked with its number on the page, so that it stands where they
stand in reading order (:mod:`index.loaders.pdf.layout`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from index.loaders.extract import Blocks
from index.loaders.office.grid import Cell, add_grid
from index.loaders.pdf.aligned import aligned
from index.loaders.pdf.cells import Candidate, Style, as_read, head_of
from index.loaders.pdf.grids import grids
from index.loaders.pdf.lines import Line, Piece, rows_of
from index.loaders.pdf.rules import Rules
from index.types import Place, TableRow

__all__ = ["PageTable", "TablePart", "table_parts", "tables_among"]

_MAX_PIECES = 5_000  # of a page
_MARGIN = 0.12  # of a page: what stands there is beside its text, tables too
_SAME_EDGE = 6.0  # points between the edges of a column on two pages
_MAX_TABLES = 100  # of a page

_Rows = tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class PageTable:
    """A table on a page, or the part of one there.

    ``names`` are the rows that name the columns, ``head`` counts those on this page; ``goes_on``:
    it is the next part of the last table of the page before; ``is_last`` on its page.
    """

    found: Candidate
    names: _Rows
    head: int
    is_last: bool
    goes_on: bool = False

    @property
    def body(self) -> _Rows:
        """The rows below the names."""
        return self.found.rows[self.head :]


@dataclass(frozen=True, slots=True)
class TablePart:
    """What of a table stands on one page: its statements, with their rows and places.

    Spans and places begin with the text; ``number`` counts the tables of the file from 1.
    """

    text: str
    number: int
    columns: tuple[str, ...]
    rows: tuple[TableRow, ...]
    places: tuple[Place, ...]


def tables_among(
    lines: Sequence[Line],
    rules: Rules,
    height: float,
    before: Sequence[PageTable] = (),
    *,
    font_of: Callable[[int], str],
) -> tuple[list[Line], tuple[PageTable, ...]]:
    """The lines of a page, those of tables marked, and its tables.

    ``height`` is the page's, in points; ``before`` are the tables of the page before,
    ``font_of`` names the font of a character by its number.
    """
    is_plain = not rules.down and not any(line.parts for line in lines)
    if is_plain and len({round(line.bottom) for line in lines}) == len(lines):
        return list(lines), ()  # no two stand beside each other
    pieces = [Piece(part, n) for n, line in enumerate(lines) for part in line.pieces]
    if len(pieces) > _MAX_PIECES:
        return list(lines), ()

    def style_of(piece: Piece) -> Style:
        return font_of(piece.line.last), rules.shade_at(*piece.middle)

    candidates = list(islice(grids(pieces, rules, style_of), _MAX_TABLES))
    taken = frozenset[int]().union(*(found.pieces for found in candidates))
    open_table = before[-1] if before and before[-1].is_last else None
    inside = [
        piece
        for piece in pieces
        if id(piece) not in taken
        and _MARGIN / 2 < piece.middle[1] / max(height, 1) < 1 - _MARGIN / 2
    ]
    rows = rows_of(inside)
    columns = open_table.found.columns if open_table and not open_table.found.is_ruled else ()
    candidates += aligned(rows, rules, style_of, sorted(columns))
    tables: list[PageTable] = []
    for found in map(as_read, sorted(candidates, key=lambda found: -found.box[3])):
        _, bottom, _, top = found.box
        if top < _MARGIN * height or bottom > (1 - _MARGIN) * height:
            continue
        others = [piece.middle[1] for piece in pieces if id(piece) not in found.pieces]
        is_first = not tables and not any(top <= y < (1 - _MARGIN) * height for y in others)
        is_last = not any(_MARGIN * height < y <= bottom for y in others)
        table = _continued(found, open_table, is_last=is_last) if is_first and open_table else None
        if table is None and (head := head_of(found)):
            table = PageTable(found, found.rows[:head], head, is_last)
        if table is not None:
            tables.append(table)
    marked = {id_: n for n, table in enumerate(tables) for id_ in table.found.pieces}
    if not marked:
        return list(lines), ()
    return list(_marked(lines, pieces, marked)), tuple(tables)


def _continued(found: Candidate, open_table: PageTable, *, is_last: bool) -> PageTable | None:
    """A candidate at the top of a page as the next part of the last table before, if it is one."""
    before = open_table.found
    if found.is_ruled != before.is_ruled or len(found.columns) != len(before.columns):
        return None
    if found.is_ruled and any(
        abs(a - b) > _SAME_EDGE
        for one, other in zip(found.columns, before.columns, strict=True)
        for a, b in zip(one, other, strict=True)
    ):
        return None
    names = open_table.names
    head = len(names) if found.rows[: len(names)] == names else 0
    if not head and found.styles[0] not in before.styles[open_table.head :]:
        return None
    return PageTable(found, names, head, is_last, goes_on=True)


def _marked(
    lines: Sequence[Line], pieces: Sequence[Piece], table_by_piece: dict[int, int]
) -> Iterator[Line]:
    """The lines with their pieces in tables marked; what stands beside a table is a line too."""
    at = 0
    for line in lines:
        parts = pieces[at : at + len(line.pieces)]
        at += len(parts)
        tables = [table_by_piece.get(id(piece)) for piece in parts]
        if not any(table is not None for table in tables):
            yield line
            continue
        beside = [piece.line for piece, table in zip(parts, tables, strict=True) if table is None]
        for piece, table in zip(parts, tables, strict=True):
            if table is not None:
                yield replace(piece.line, table=table, heading=None)
        yield from beside


def table_parts(pages: Sequence[Sequence[PageTable]]) -> list[list[TablePart]]:
    """For each page, its tables as statements; a table over several pages is one."""
    parts: list[list[TablePart]] = [[] for _ in pages]
    chain: list[tuple[int, PageTable]] = []
    number = 0
    for page, tables in enumerate(pages):
        for table in tables:
            if chain and not table.goes_on:
                number += 1
                _write(chain, number, parts)
                chain = []
            chain.append((page, table))
    if chain:
        _write(chain, number + 1, parts)
    return parts


def _write(
    chain: Sequence[tuple[int, PageTable]], number: int, parts: Sequence[list[TablePart]]
) -> None:
    """Add a table to the pages that it stands on."""
    name = f"table {number}"
    first = chain[0][1]
    blocks = Blocks()
    add_grid(blocks, [*first.names, *(row for _, table in chain for row in table.body)], name=name)
    [written] = blocks.tables
    starts = {place.name: place.start for place in blocks.places}
    text = blocks.text
    row = begin = 0
    for n, (page, table) in enumerate(chain):
        row += len(table.body) + (table.head if n == 0 else 0)
        following = range(row + 1, row + 1 + sum(len(later.body) for _, later in chain[n + 1 :]))
        labels = (f"{name}, row {k}" for k in following)
        end = next((starts[label] for label in labels if label in starts), len(text))
        parts[page].append(
            TablePart(
                text[begin:end].rstrip("\n"),
                number,
                written.columns,
                tuple(
                    replace(r, span=r.span.shifted(-begin))
                    for r in written.rows
                    if begin <= r.span.start < end
                ),
                tuple(
                    Place(p.start - begin, f"page {page + 1}, {p.name}")
                    for p in blocks.places
                    if p.name and begin <= p.start < end
                ),
            )
        )
        begin = end
