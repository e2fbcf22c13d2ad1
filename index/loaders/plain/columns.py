"""Running text in columns that spaces part, in a plain text: each column is read by itself.

Only what is sure is such: a gap of two spaces or more at the same place in every line, four lines
and more, and in each column words that go on in lower case from line to line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

__all__ = ["text_columns"]

_GAP = re.compile(r"\S\s{2,}\S")
_MIN_LINES = 4
_MIN_GAP = 2  # characters
_MAX_LINES = 2000
_MEAN = 20  # characters of a line of a column, at least
_MIN_LOW = 0.25  # of the lines go on in lower case
_MIN_BOTH = 0.5  # of the lines stand on both sides of a gap


def text_columns(lines: Sequence[str]) -> Iterator[tuple[int, int, list[list[str]]]]:
    """First line, line behind the last, and the lines of each column, of all that are found.

    >>> left = ["The bridge is closed since", "Friday, and cars must use", "the ford near the",
    ...         "mill until May."]
    >>> right = ["A baker opens her second", "shop in the lane beside", "the church, with buns", ""]
    >>> found = text_columns([f"{a:30}{b}" for a, b in zip(left, right)])
    >>> [(first, end, columns[1][-1]) for first, end, columns in found]
    [(0, 4, 'the church, with buns')]
    """
    at = 0
    while at < len(lines):
        end, gaps = _grown(lines, at) if _may_begin(lines, at) else (at, [])
        columns = [*_cut(lines[at:end], gaps)] if gaps else []
        if len(columns) > 1 and all(map(_is_prose, columns)):
            yield at, end, columns
            at = end
        else:
            at = end if end - at >= 2 * _MIN_LINES else at + 1


def _may_begin(lines: Sequence[str], at: int) -> bool:
    """Whether a line has a gap, and one of the next goes on in lower case."""
    line = lines[at]
    if "  " not in line and "\t" not in line:
        return False
    is_low = any(below.lstrip()[:1].islower() for below in lines[at + 1 : at + _MIN_LINES])
    return is_low and _GAP.search(line) is not None


def _grown(lines: Sequence[str], at: int) -> tuple[int, list[tuple[int, int]]]:
    """The line behind the last one that leaves the same gaps, and these."""
    gaps: list[tuple[int, int]] = []
    end = at
    for number in range(at, min(len(lines), at + _MAX_LINES)):
        line = lines[number].expandtabs(8).rstrip()
        if not line:
            continue
        begin = len(line) - len(line.lstrip())
        own = [(m.start() + 1, m.end() - 1) for m in _GAP.finditer(line)]
        own = [(0, begin), *own, (len(line), 1 << 30)]
        is_apart = number > end
        left = _common(gaps, own) if number > at else own[1:-1]
        if not left or (is_apart and len(own) < 3):
            break
        gaps, end = left, number + 1
    return end, gaps


def _common(
    gaps: Sequence[tuple[int, int]], others: Sequence[tuple[int, int]]
) -> list[tuple[int, int]]:
    """Where both are empty, wide enough."""
    both = [(max(a, c), min(b, d)) for a, b in gaps for c, d in others]
    return [(start, end) for start, end in both if end - start >= _MIN_GAP]


def _cut(lines: Sequence[str], gaps: Sequence[tuple[int, int]]) -> Iterator[list[str]]:
    bounds = [0, *(end for _, end in gaps), None]
    for start, end in pairwise(bounds):
        column = [line.expandtabs(8)[start:end].strip() for line in lines]
        while column and not column[-1]:
            column.pop()
        yield column


def _is_prose(column: Sequence[str]) -> bool:
    """Whether the lines of a column are running text that goes on from line to line."""
    filled = [line for line in column if line]
    if len(filled) < _MIN_LINES - 1 or len(filled) < _MIN_BOTH * len(column):
        return False
    low = sum(line[0].islower() for line in filled[1:])
    return low >= _MIN_LOW * len(filled) and sum(map(len, filled)) >= _MEAN * len(filled)
