"""Tables without rules down the page: rows whose pieces stand below the names of columns. Pure.

All rows that stand close to each other fit the columns, or there is no table: a table of which only
a part is seen would give wrong sums.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from index.loaders.office.grid import Cell
from index.loaders.pdf.cells import Candidate, Style, text_of
from index.loaders.pdf.lines import Piece
from index.loaders.pdf.rules import Rules
from index.loaders.plain.rows import is_header, is_name, is_year

__all__ = ["aligned"]

_MAX_ROWS = 500  # of a page that are looked at
_MAX_TABLES = 50  # of a page
_APART = 1.6  # heights of a line: rows of one table are no further apart
_WRAPPED = 0.6  # heights between the lines of a cell
_NEARER = 0.15  # heights: a line is so much nearer to the row that it belongs to
_BESIDE = 3.0  # points that a line begins beside its column
_MAX_CELL = 120  # characters,
_MEAN_CELL = 40  # on average,
_PROSE = 25  # and from which on average lines that begin low are running text,
_MIN_LOW = 0.25  # so many of them
_MIN_FILLED = 0.7  # of the cells
_MIN_ROWS = 2
_MAX_NAMES = 3  # lines of the names of columns,
_MAX_NAME = 40  # of so many characters
# Rows of several lines:
_SPACE = 0.4  # heights that they are further apart than their lines, at least
_MIN_SPACED, _MIN_SPACED_COLUMNS = 4, 3
_SPACED_CELL, _SPACED_MEAN = 400, 120  # characters
_LEADERS = re.compile(r"(?:[.·…_] ?){4}")

_Row = Sequence[Piece]


def aligned(
    rows: Sequence[_Row],
    rules: Rules,
    style_of: Callable[[Piece], Style],
    columns: Sequence[tuple[float, float]] = (),
) -> Iterator[Candidate]:
    """The tables among the rows of a page, from above.

    ``columns`` are those of a table on the page before; rows at the top may go on with it.
    """
    at = count = 0
    while at < min(len(rows), _MAX_ROWS) and count < _MAX_TABLES:
        found = None
        if columns and at == 0:
            found = _Table([list(column) for column in columns]).grown(rows, at)
        if found is None:
            found = _from_names(rows, at) or _spaced(rows, at)
        if found is None:
            at += 1
            continue
        count += 1
        yield found.candidate(rules, style_of)
        at = found.end


def _from_names(rows: Sequence[_Row], at: int) -> _Table | None:
    """The table whose names of columns begin in a row."""
    if len(rows[at]) < 2:
        return None
    for height in range(1, _MAX_NAMES + 1):
        names = rows[at : at + height]
        widest = max(names, key=len)
        if len(names) < height or not all(_may_name(p.line.text) for row in names for p in row):
            return None
        if height > 1 and not _is_near(*names[-2:]):
            return None
        if is_header([piece.line.text for piece in widest], len(widest)):
            table = _Table([[piece.line.left, piece.line.right] for piece in widest])
            if all(table.take(row, is_head=True) for row in names):
                found = table.grown(rows, at + height)
                if found is not None and found.is_table():
                    return found
    return None


def _spaced(rows: Sequence[_Row], at: int) -> _Table | None:
    """The table whose rows have several lines and are further apart than these."""
    names = [piece.line for piece in rows[at]]
    if len(names) < _MIN_SPACED_COLUMNS or not all(_may_name(name.text) for name in names):
        return None
    if at + 1 == len(rows) or not is_header([name.text for name in names], len(names)):
        return None
    end = at + 1
    while end < len(rows) and _is_near(rows[end - 1], rows[end]):
        end += 1
    gaps = [_gap(*pair) for pair in pairwise(rows[at:end])]
    height = names[0].height
    if not gaps or max(gaps) - min(gaps) < _SPACE * height:
        return None
    middle = (max(gaps) + min(gaps)) / 2
    table = _Table([[name.left, name.right] for name in names], is_spaced=True)
    begin = at
    for n, gap in enumerate([*gaps, middle], start=at + 1):
        if gap >= middle:
            if not table.take_lines(rows[begin:n]):
                break
            begin = n
    table.head, table.end = 1, begin
    return table if table.is_table() and len(table.rows) > _MIN_SPACED else None


@dataclass(slots=True)
class _Table:
    """Columns as (left, right) that grow, and rows: for each column its pieces; or one across."""

    columns: list[list[float]]
    rows: list[list[list[Piece]]] = field(default_factory=list)
    head: int = 0
    end: int = 0
    is_spaced: bool = False

    def take(self, row: _Row, *, is_head: bool = False) -> bool:
        """Whether a row fits the columns; it is then one of the table."""
        places = self._places(row)
        if places is None and len(self.rows) == self.head and not is_head:
            first = row[0].line  # the column of what the rows are called has no name
            if first.right < self.columns[0][0]:
                self.columns.insert(0, [first.left, first.right])
                for names in self.rows:
                    names.insert(0, [])
                places = self._places(row)
        if places is None:
            return False
        cells: list[list[Piece]] = [[] for _ in self.columns]
        for place, piece in zip(places, row, strict=True):
            cells[place] = [piece]
            column = self.columns[place]
            column[:] = min(column[0], piece.line.left), max(column[1], piece.line.right)
        self.rows.append(cells)
        self.head += is_head
        return True

    def take_lines(self, lines: Sequence[_Row]) -> bool:
        """Whether the lines of a row fit the columns, all cells from the top; it is then one."""
        cells: list[list[Piece]] = [[] for _ in self.columns]
        for row in lines:
            places = self._places(row)
            if places is None:
                return False
            for place, piece in zip(places, row, strict=True):
                if not cells[place] and row is not lines[0]:
                    return False
                cells[place].append(piece)
        if not cells[0] or sum(map(bool, cells)) < 2:
            return False
        for column, cell in zip(self.columns, cells, strict=True):
            column[0] = min([column[0], *(piece.line.left for piece in cell)])
            column[1] = max([column[1], *(piece.line.right for piece in cell)])
        self.rows.append(cells)
        return True

    def _places(self, row: _Row) -> list[int] | None:
        """The column of each piece; None where one stands in none, in two, or beside another."""
        places: list[int] = []
        for piece in row:
            over = [
                n
                for n, (left, right) in enumerate(self.columns)
                if piece.line.left < right and left < piece.line.right
            ]
            if len(over) != 1 or over[0] in places:
                return None
            places += over
        return places

    def grown(self, rows: Sequence[_Row], at: int) -> _Table | None:
        """The table with the rows that follow; None where one of them does not fit."""
        tail = 0  # rows at the end without what they are called
        ahead: list[Piece] = []  # lines of cells of the next row
        while at < len(rows) and (at == 0 or not self.rows or _is_near(rows[at - 1], rows[at])):
            row = rows[at]
            if len(row) == 1 and self._is_ahead(rows, at):
                ahead += row
                at += 1
                continue
            if len(row) == 1 and self._goes_on(rows[at - 1][-1:], row[0]):
                at += 1
                continue
            if len(row) == 1:
                if ahead or not self._is_across(rows, at):
                    break
                self.rows.append([[row[0]]])
            elif not self.take(row) or not self._put(ahead):
                return None
            elif self.rows[-1][0]:
                if tail:
                    return None
            else:
                tail += 1
            at += 1
        if ahead:
            return None
        if tail:
            del self.rows[-tail:]
        while self.rows and len(self.rows[-1]) == 1 < len(self.columns):
            self.rows.pop()
        self.end = at
        return self if len(self.rows) > self.head else None

    def _is_ahead(self, rows: Sequence[_Row], at: int) -> bool:
        """Whether a lone piece is a line of a cell of the next row, whose cells are not on top."""
        [piece] = rows[at]
        places = self._places([piece])
        if at in (0, len(rows) - 1) or not places or not places[0]:
            return False
        above, below = _gap(rows[at - 1], rows[at]), _gap(rows[at], rows[at + 1])
        height = piece.line.height
        is_in_column = abs(piece.line.left - self.columns[places[0]][0]) <= _BESIDE
        return is_in_column and below <= _WRAPPED * height and below < above - _NEARER * height

    def _put(self, ahead: list[Piece]) -> bool:
        """Whether lines fit the columns of the last row; they are then put there."""
        while ahead:
            places = self._places(ahead[:1])
            if not places:
                return False
            self.rows[-1][places[0]].append(ahead.pop(0))
        return True

    def _goes_on(self, above: _Row, piece: Piece) -> bool:
        """Whether a lone piece is a further line of a cell above; it is then put there."""
        places = self._places([piece])
        if not self.rows or not above or len(self.rows) <= self.head or not places:
            return False
        is_low = piece.line.text[0].islower()  # no name of a part
        if not places[0] and not is_low:
            return False
        cells = self.rows[-1]
        gap = above[0].line.bottom - piece.line.top
        is_tight = gap <= (_WRAPPED if places[0] else _APART) * piece.line.height
        is_below = abs(piece.line.left - self.columns[places[0]][0]) <= _BESIDE
        if len(cells) == 1 or not (is_tight and is_below and cells[places[0]]):
            return False
        cells[places[0]].append(piece)
        return True

    def _is_across(self, rows: Sequence[_Row], at: int) -> bool:
        """Whether a lone piece stands above the rows that follow, as the name of a part."""
        line = rows[at][0].line
        following = rows[at + 1] if at + 1 < len(rows) else []
        return (
            len(following) > 1
            and _is_near(rows[at], following)
            and abs(line.left - self.columns[0][0]) <= _BESIDE
            and _may_name(line.text)
            and self._places(following) is not None
        )

    def is_table(self) -> bool:
        """Whether its cells are such: short, filled, no running text, no table of contents."""
        body = [row for row in self.rows[self.head :] if len(row) == len(self.columns)]
        texts = [[text_of(cell) for cell in row] for row in body]
        filled = [text for row in texts for text in row if text]
        if len(body) < _MIN_ROWS or len(filled) < _MIN_FILLED * len(body) * len(self.columns):
            return False
        longest, mean = (_SPACED_CELL, _SPACED_MEAN) if self.is_spaced else (_MAX_CELL, _MEAN_CELL)
        if max(map(len, filled)) > longest or sum(map(len, filled)) > mean * len(filled):
            return False
        if any(_LEADERS.search(text) for text in filled):
            return False
        columns = [list(filter(None, column)) for column in zip(*texts, strict=True)]
        if any(_is_prose(column) for column in columns):
            return False
        return len(columns) > 2 or not _counts_up(columns[-1])

    def candidate(self, rules: Rules, style_of: Callable[[Piece], Style]) -> Candidate:
        """The rows as cells."""
        pieces = [piece for row in self.rows for cell in row for piece in cell]
        box = (
            min(piece.line.left for piece in pieces),
            min(piece.line.bottom for piece in pieces),
            max(piece.line.right for piece in pieces),
            max(piece.line.top for piece in pieces),
        )
        width = len(self.columns)
        cells = [
            tuple(Cell(text_of(cell)) for cell in row)
            if len(row) == width
            else (Cell(text_of(row[0]), across=width),)
            for row in _with_one_line_of_names(self.rows, self.head)
        ]
        styles = [
            style_of(last)
            for row in self.rows[max(self.head - 1, 0) :]
            for last in [cell for cell in row if cell][-1][-1:]
        ]
        return Candidate(
            tuple(cells),
            tuple(styles),
            frozenset(id(piece) for piece in pieces),
            box,
            tuple((left, right) for left, right in self.columns),
            is_ruled=False,
            has_head_rule=self._has_head_rule(rules, box),
            is_level=all(map(self._is_level, range(width))),
        )

    def _is_level(self, column: int) -> bool:
        """Whether the cells of a column begin below its name."""
        rows = [row for row in self.rows if len(row) == len(self.columns)]
        lefts = [row[column][0].line.left for row in rows if row[column]]
        return max(lefts) - min(lefts) <= _BESIDE

    def _has_head_rule(self, rules: Rules, box: tuple[float, float, float, float]) -> bool:
        """Whether a rule stands below the names, and none below each row."""
        if not self.head:
            return False
        below = [
            self._is_ruled(above, under, rules, box)
            for above, under in zip(
                self.rows[self.head - 1 :], self.rows[self.head :], strict=False
            )
        ]
        return bool(below) and below[0] and not any(below[1:])

    @staticmethod
    def _is_ruled(
        above: Sequence[_Row],
        under: Sequence[_Row],
        rules: Rules,
        box: tuple[float, float, float, float],
    ) -> bool:
        high = min(piece.middle[1] for cell in above for piece in cell)
        low = max(piece.middle[1] for cell in under for piece in cell)
        return any(
            low < rule.at < high and rule.start <= box[0] + 10 and rule.end >= box[2] - 10
            for rule in rules.across
        )


def _with_one_line_of_names(
    rows: Sequence[list[list[Piece]]], head: int
) -> list[list[list[Piece]]]:
    """The rows with the lines of each column's name as one cell."""
    if head < 2:
        return list(rows)
    names = [[piece for row in rows[:head] for piece in row[n]] for n in range(len(rows[0]))]
    return [names, *rows[head:]]


def _may_name(text: str) -> bool:
    """Whether a piece of a line can be the name of a column or of a part of the table."""
    return (
        len(text) <= _MAX_NAME
        and not text.endswith((",", ":"))
        and (is_name(text) or is_year(text))
    )


def _is_near(above: _Row, row: _Row) -> bool:
    return _gap(above, row) <= _APART * max(piece.line.height for piece in row)


def _gap(above: _Row, row: _Row) -> float:
    """The white space between two rows in points, less than none where they overlap."""
    return min(piece.line.bottom for piece in above) - max(piece.line.top for piece in row)


def _is_prose(texts: Sequence[str]) -> bool:
    low = sum(text[0].islower() for text in texts)
    long = sum(map(len, texts)) >= _PROSE * len(texts)
    return long and low >= max(1, _MIN_LOW * len(texts))


def _counts_up(texts: Sequence[str]) -> bool:
    """Whether whole numbers never fall, as the pages of a table of contents.

    >>> _counts_up(["2", "5", "5", "12"]), _counts_up(["12", "5"]), _counts_up(["2.5", "3"])
    (True, False, False)
    """
    if not all(text.isdecimal() for text in texts):
        return False
    numbers = [int(text[:9]) for text in texts]
    return numbers == sorted(numbers)
