"""Where the shapes of a slide stand, and the order in which they are read.

The recursive XY cut (Nagy and Seth 1984): a slide is cut where nothing stands, across it first,
then from top to bottom. So shapes below each other come one after the other, and those of a column
before those of the next. What cannot be cut is read row by row from the top, each row from the
left.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Any

__all__ = ["Placed", "in_reading_order"]

_SAME_ROW = 15.0  # points (5 mm): what begins within it begins together, and so much may overlap
_MAX_CUTS = 20  # inside each other
_SIDES = (("top", "bottom"), ("left", "right"))


@dataclass(frozen=True, slots=True)
class Placed:
    """A shape and its edges in points; those of a lower ``rank`` are read before."""

    shape: Any
    rank: int
    left: float
    top: float
    right: float
    bottom: float


def in_reading_order(placed: Iterable[Placed]) -> list[Any]:
    """The shapes as they are read.

    >>> right, low = Placed("table", 0, 90, 0, 200, 80), Placed("text", 0, 0, 30, 80, 80)
    >>> in_reading_order([right, low, Placed("foot", 0, 0, 90, 200, 99)])
    ['text', 'table', 'foot']
    """
    ranks = groupby(sorted(placed, key=attrgetter("rank")), attrgetter("rank"))
    return [one.shape for _, group in ranks for one in _cut(list(group), _MAX_CUTS)]


def _cut(shapes: list[Placed], depth: int) -> list[Placed]:
    if depth and len(shapes) > 1:
        for start, end in _SIDES:
            parts = _parted(shapes, start, end)
            if len(parts) > 1:
                return [one for part in parts for one in _cut(part, depth - 1)]
    rows: list[list[Placed]] = []
    for one in sorted(shapes, key=attrgetter("top")):
        if rows and one.top - rows[-1][0].top < _SAME_ROW:
            rows[-1].append(one)
        else:
            rows.append([one])
    return [one for row in rows for one in sorted(row, key=attrgetter("left"))]


def _parted(shapes: Iterable[Placed], start: str, end: str) -> list[list[Placed]]:
    """The shapes between the cuts, by the names of their edges."""
    parts: list[list[Placed]] = []
    free = 0.0  # from here on a shape is behind the cut
    for one in sorted(shapes, key=attrgetter(start)):
        begin = getattr(one, start)
        if parts and begin < free:
            parts[-1].append(one)
        else:
            parts.append([one])
            free = begin + _SAME_ROW
        free = max(free, getattr(one, end) - _SAME_ROW)
    return parts
