"""Tables that are ruled: cells between rules across and down a page, also merged ones. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from index.loaders.office.grid import Cell
from index.loaders.pdf.cells import Candidate, Style, text_of
from index.loaders.pdf.lines import Piece, rows_of
from index.loaders.pdf.rules import Rule, Rules, cross

__all__ = ["grids"]

_NARROW = 4.0  # points: no narrower is a row or a column,
_OPEN = 6.0  # and an open side of the table
_MAX_CELLS = 5_000
_MIN_LINES = 3  # of text in each column of a row: they are rows without rules between them


def grids(
    pieces: Sequence[Piece], rules: Rules, style_of: Callable[[Piece], Style]
) -> Iterator[Candidate]:
    """The tables between rules, of two rows and columns or more that hold text."""
    for across, down in _crossing(rules):
        grid = _Grid(
            _edges([r.at for r in across], [e for r in down for e in (r.start, r.end)]),
            _edges([r.at for r in down], [e for r in across for e in (r.start, r.end)]),
            across,
            down,
        )
        if min(grid.size) >= 2 and grid.size[0] * grid.size[1] <= _MAX_CELLS:
            found = _filled(grid, pieces, style_of)
            if found is not None:
                yield found


@dataclass(frozen=True, slots=True)
class _Grid:
    """Rules that cross; ``ys`` and ``xs`` are the edges of rows and columns, both rising."""

    ys: list[float]
    xs: list[float]
    across: list[Rule]
    down: list[Rule]

    @property
    def size(self) -> tuple[int, int]:
        """How many rows and columns."""
        return len(self.ys) - 1, len(self.xs) - 1

    def place(self, piece: Piece) -> tuple[int, int] | None:
        """The row, from above, and the column of a piece."""
        x, y = piece.middle
        rows, columns = self.size
        row, column = rows - bisect_right(self.ys, y), bisect_right(self.xs, x) - 1
        return (row, column) if 0 <= row < rows and 0 <= column < columns else None

    def is_open(self, row: int, column: int, *, above: bool) -> bool:
        """Whether a cell is one with that above it, or else to the left of it."""
        below = self.size[0] - row - 1
        y = (self.ys[below] + self.ys[below + 1]) / 2
        x = (self.xs[column] + self.xs[column + 1]) / 2
        if above:
            at, along, rules = self.ys[below + 1], x, self.across
        else:
            at, along, rules = self.xs[column], y, self.down
        return not any(abs(r.at - at) < _NARROW and r.start <= along <= r.end for r in rules)


def _crossing(rules: Rules) -> Iterator[tuple[list[Rule], list[Rule]]]:
    """Groups of rules that cross each other: those across, those down."""
    left = list(rules.down)
    groups: list[tuple[list[Rule], list[Rule]]] = []
    for rule in rules.across:
        touched = [group for group in groups if any(cross(rule, down) for down in group[1])]
        new = [down for down in left if cross(rule, down)]
        left = [down for down in left if down not in new]
        merged = [rule, *(r for group in touched for r in group[0])]
        groups = [group for group in groups if group not in touched]
        groups.append((merged, [*(r for group in touched for r in group[1]), *new]))
    yield from (group for group in groups if group[1])


def _edges(places: Sequence[float], ends: Sequence[float]) -> list[float]:
    """The edges of rows or columns, with the ends of the rules that cross where a side is open."""
    edges: list[float] = []
    for place in sorted(places):
        if not edges or place - edges[-1] >= _NARROW:
            edges.append(place)
    if min(ends) < edges[0] - _OPEN:
        edges.insert(0, min(ends))
    if max(ends) > edges[-1] + _OPEN:
        edges.append(max(ends))
    return edges


def _filled(
    grid: _Grid, pieces: Sequence[Piece], style_of: Callable[[Piece], Style]
) -> Candidate | None:
    rows, columns = grid.size
    inside = {id(piece): place for piece in pieces if (place := grid.place(piece))}
    roots = _roots(grid)
    texts: dict[tuple[int, int], list[Piece]] = defaultdict(list)
    for piece in pieces:
        if id(piece) in inside:
            texts[roots[inside[id(piece)]]].append(piece)
    if len({row for row, _ in texts}) < 2 or len({column for _, column in texts}) < 2:
        return None
    cells: list[tuple[Cell, ...]] = []
    styles: list[Style] = []
    for row in range(rows):
        found = [(column, roots[row, column]) for column in range(columns)]
        if parted := _parted([texts.get((row, column), []) for column in range(columns)]):
            for line in parted:
                cells.append(tuple(Cell(text_of(cell)) for cell in line))
                styles.append(style_of(line[-1][-1]))
            continue
        of_row: list[Cell] = []
        at = 0
        while at < columns:
            root = found[at][1]
            across = sum(1 for _, other in found[at:] if other == root)
            is_own = root[0] == row
            own_pieces = texts.get(root, []) if is_own else []
            parts = [[p for p in own_pieces if inside[id(p)][1] == at + n] for n in range(across)]
            if sum(map(bool, parts)) > 1 and not _go_across(own_pieces, grid.xs):
                of_row += [Cell(text_of(part)) for part in parts]  # a row without rules inside
            else:
                of_row.append(Cell(text_of(own_pieces), across, continued=not is_own))
            at += across
        cells.append(tuple(of_row))
        own = [piece for (r, _), cell in sorted(texts.items()) if r == row for piece in cell]
        styles.append(style_of(own[-1]) if own else ("", None))
    return Candidate(
        tuple(cells),
        tuple(styles),
        frozenset(inside),
        (grid.xs[0], grid.ys[0], grid.xs[-1], grid.ys[-1]),
        tuple(zip(grid.xs, grid.xs[1:], strict=False)),
        is_ruled=True,
    )


def _roots(grid: _Grid) -> dict[tuple[int, int], tuple[int, int]]:
    """For each cell the one above and left that it is a part of."""
    roots: dict[tuple[int, int], tuple[int, int]] = {}
    rows, columns = grid.size
    for row in range(rows):
        for column in range(columns):
            root = (row, column)
            if row and grid.is_open(row, column, above=True):
                root = roots[row - 1, column]
            elif column and grid.is_open(row, column, above=False):
                root = roots[row, column - 1]
            roots[row, column] = root
    return roots


def _go_across(pieces: Sequence[Piece], edges: Sequence[float]) -> bool:
    """Whether any text stands over the edge of a column."""
    return any(p.line.left < edge - 1 and edge + 1 < p.line.right for p in pieces for edge in edges)


def _parted(cells: Sequence[Sequence[Piece]]) -> list[list[list[Piece]]]:
    """The rows of text in a row between rules, where each has something in each column."""
    lines = rows_of([piece for cell in cells for piece in cell])
    if len(lines) < _MIN_LINES:
        return []
    parted = [[[p for p in line if p in cell] for cell in cells] for line in lines]
    return parted if all(cell for line in parted for cell in line) else []
