"""Whether a row of words names the columns of words below it, by the shapes of words alone.

In a table what stands in one column is of another shape than what stands in another one (names of
people, things, sentences), and the names of the columns are of another shape than what is below
them. In lists beside each other (members, dishes, links) all columns are alike; where a list has no
names, its first row is like the others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations, pairwise
from math import sqrt

__all__ = ["have_names"]

_MIN_ROWS = 3
_MIN_COLUMNS = 3
# How unlike two columns of a table of words are at least, where columns are evenly apart or not;
# columns of four cells can be no more unlike than so.
_UNLIKE_EVEN, _UNLIKE = 3.0, 2.6
_UNLIKE_FOUR = 2.3
_FEW = 0.8  # of the cells of a column are different where its values come again
_MANY_ROWS = 6  # in which one column is enough whose name has another shape


def _is_low(text: str) -> bool:
    return text[0].islower()


def _has_capitals(text: str) -> bool:
    return sum(word[0].isupper() for word in text.split()) > 1


def _has_words(text: str) -> bool:
    return len(text.split()) > 1


# What a cell looks like, as numbers that are compared.
_SHAPES: tuple[Callable[[str], float], ...] = (
    len,
    lambda text: len(text.split()),
    _is_low,
    _has_capitals,
)


def have_names(
    names: Sequence[str], rows: Sequence[Sequence[str]], places: Sequence[float], even: float
) -> bool:
    """Whether ``names`` name the columns of a table of words, of three columns and rows at least.

    Values come again, or the columns are unlike. ``places`` are where they begin, none if that is
    not below the names: lists beside each other are evenly apart, but for ``even`` at most.

    >>> rows = [["Attic", "Ada Lenk", "in May"], ["Barn", "Bo Falk", "by day"],
    ...         ["Shed", "Cy Marx", "at dusk"], ["Hall", "Di Holm", "when asked"]]
    >>> names = ["Room", "Keyholder", "Open"]
    >>> have_names(names, rows, (0, 9, 21), 1), have_names(rows[0], rows[1:], (0, 9, 21), 1)
    (True, False)
    """
    columns = _columns(len(names), rows)
    is_small = len(names) < _MIN_COLUMNS or len(rows) < _MIN_ROWS or not all(columns)
    if is_small or any(name in cells for name, cells in zip(names, columns, strict=True)):
        return False
    if not _are_apart(names, columns):
        return False
    if any(len(set(cells)) <= _FEW * len(cells) for cells in columns[1:]):
        return True
    if not places or len(rows) == _MIN_ROWS:
        return False
    steps = [right - left for left, right in pairwise(places)]
    is_even = max(steps) - min(steps) < even
    least = _UNLIKE_EVEN if is_even else _UNLIKE if len(rows) > _MIN_ROWS + 1 else _UNLIKE_FOUR
    return _unlikeness(columns) >= least


def _are_apart(names: Sequence[str], columns: Sequence[Sequence[str]]) -> bool:
    """Whether the shapes of names are others than those of the cells below them."""
    if _are_pairs(names):
        return False
    below = list(zip(names, columns, strict=True))
    apart = [_is_apart(name, cells) for name, cells in below]
    shorter = [len(name) < min(map(len, cells)) for name, cells in below]
    either = sum(map(max, apart, shorter))
    has_low = any(not _is_low(name) and all(map(_is_low, cells)) for name, cells in below)
    is_sure = has_low or len(columns[0]) >= _MANY_ROWS or 2 * either >= len(names)
    return (any(apart) and is_sure) or all(shorter)


def _are_pairs(row: Sequence[str]) -> bool:
    """Whether every second text of a row is written otherwise than the others, as in a form.

    >>> _are_pairs(["Your name", "Ida Berg", "Your school", "Hill School"])
    True
    """
    if len(row) % 2 or len(row) < 2 * 2:
        return False
    labels, values = ({*map(_has_capitals, row[n::2])} for n in (0, 1))
    return len(labels) == len(values) == 1 and labels != values


def _columns(width: int, rows: Sequence[Sequence[str]]) -> list[list[str]]:
    return [[row[n] for row in rows if n < len(row) and row[n]] for n in range(width)]


def _is_apart(name: str, cells: Sequence[str]) -> bool:
    """Whether the cells below a name have one shape, and the name another."""
    return any(
        all(shape(cell) != shape(name) for cell in cells)
        for shape in (_is_low, _has_capitals, _has_words)
    )


def _unlikeness(columns: Sequence[Sequence[str]]) -> float:
    """How unlike the two columns are that differ most: the z of Mann and Whitney (1947).

    >>> round(_unlikeness([["Ada Lenk", "Bo Falk"], ["Cy Marx", "Di Holm"]]), 1)
    1.0
    """
    return max(
        (
            abs(_z([shape(cell) for cell in one], [shape(cell) for cell in other]))
            for one, other in combinations(columns, 2)
            for shape in _SHAPES
        ),
        default=0.0,
    )


def _z(one: Sequence[float], other: Sequence[float]) -> float:
    """By how much the ranks of one sample are above those of the other; equal values share one."""
    both = sorted([*one, *other])
    ranks = {value: both.index(value) + (both.count(value) + 1) / 2 for value in both}
    total, n = len(both), len(one)
    spread = sum(ranks[value] ** 2 for value in both) - total * (total + 1) ** 2 / 4
    if spread <= 0:
        return 0.0
    above = sum(ranks[value] for value in one) - n * (total + 1) / 2
    return above / sqrt(n * len(other) / (total * (total - 1)) * spread)
