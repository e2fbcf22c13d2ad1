"""Columns of running text: the lines of a page in the order in which a reader takes them.

A file may draw its columns one after the other or row by row. Geometry decides: a strip that no
line crosses, with running text on both sides, or on one side and anything beside it. The cells of
a table stay in their rows. Where no columns are found, or the file gives one after the other, the
lines are those of the file as they were.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import accumulate, chain, groupby, pairwise
from statistics import median

from index.loaders.pdf.lines import Line, Piece, rows_of
from index.text.direction import runs_right_to_left
from index.text.hyphens import BROKEN, ends_broken
from index.text.sentence_ends import is_ended

__all__ = ["in_reading_order"]

_MIN_ROWS = 3  # of a gutter
_MAX_DEPTH = 4  # gutters inside gutters
_APART = 3.0  # heights of a line: columns end where so much is empty on both sides
_MAX_NUMBERS = 0.3  # of the pieces of running text
_MIN_LOW = 0.25  # of its lines begin inside a sentence,
_FULL = 0.75  # or are so long as the longest one,
_MIN_FULL = 0.5  # at least so many,
_MIN_CHARACTERS = 9  # and on average so long
_ROW_GAP = 0.3  # heights of a line more than usual: rows of a table are so far apart,
_ROW_LINES = 3.5  # and have no more lines each
_LARGE = 1.15  # of the usual height of a line: a heading
_MAX_TITLE = 4  # lines that a file may draw last and that stand above all others
_FEW_CHANGES = 0.6  # of the rows with something on both sides: a file changes sides no more often

_SENTENCE_END = re.compile(r"\w{3}[.!?…](?:\s|$)")


_Row = list[Piece]


def in_reading_order(lines: Sequence[Line]) -> list[Line]:
    """The lines of a page, columns of running text one after the other.

    What a file draws last but stands above all else, as a title beside floating boxes, is first.
    """
    lines = _from_top(lines)
    beside = sum(_are_beside(*pair) for pair in pairwise(lines))
    if beside + sum(bool(line.parts) for line in lines) < _MIN_ROWS - 1:
        return list(lines)
    pieces = [
        Piece(part, number) for number, line in enumerate(lines) for part in line.parts or (line,)
    ]
    ordered = _ordered(pieces, _MAX_DEPTH)
    numbers = [piece.number for piece in ordered]
    if numbers == sorted(numbers):
        return list(lines)
    return [
        _joined(lines[number], [piece.line for piece in group])
        for number, group in groupby(ordered, lambda piece: piece.number)
    ]


def _from_top(lines: Sequence[Line]) -> Sequence[Line]:
    if not any(line.bottom >= lines[0].top for line in lines[-_MAX_TITLE:]):
        return lines
    tops = list(accumulate((line.top for line in lines), max))
    feet = list(accumulate((line.bottom for line in reversed(lines)), min))[::-1]
    last = range(max(1, len(lines) - _MAX_TITLE), len(lines))
    above = (n for n in last if feet[n] >= tops[n - 1])
    first = next(above, 0)
    return [*lines[first:], *lines[:first]] if first else lines


def _ordered(pieces: list[Piece], depth: int) -> list[Piece]:
    rows = rows_of(pieces)
    gutter = _gutter(rows) if depth else None
    if gutter is None:
        return _as_in_file(pieces)
    ordered: list[Piece] = []
    kept: list[Piece] = []
    for band in _bands(rows, gutter):
        sides = _sides(band, gutter)
        if 2 * sum(runs_right_to_left(p.line.text) for p in sides[1]) > len(sides[1]):
            sides.reverse()
        if (
            all(sides)
            and (ordered or len(band) >= _MIN_ROWS)
            and not _are_in_order(band, sides)
            and (_are_prose(band, sides) or _is_side_bar(band, sides))
        ):
            ordered += _as_in_file(kept)
            kept = []
            for side in sides:
                ordered += _ordered(side, depth - 1)
        else:
            kept += [piece for row in band for piece in row]
    return ordered + _as_in_file(kept) if ordered else _as_in_file(pieces)


def _as_in_file(pieces: Iterable[Piece]) -> list[Piece]:
    return sorted(pieces, key=lambda piece: piece.number)


def _gutter(rows: Sequence[_Row]) -> float | None:
    """The place that is empty, between two pieces, in the most rows."""
    edges: list[tuple[float, int]] = []
    for row in rows:
        right = row[0].line.right
        for piece in row[1:]:
            if piece.line.left > right:
                edges += [(right, 1), (piece.line.left, -1)]
            right = max(right, piece.line.right)
    edges.sort()
    most = count = 0
    place = None
    for (start, step), (end, _) in pairwise(edges):
        count += step
        if count > most and end > start:
            most, place = count, (start + end) / 2
    return place if most >= _MIN_ROWS - 1 else None


def _bands(rows: Sequence[_Row], gutter: float) -> Iterator[list[_Row]]:
    """Rows that follow each other, in which the gutter is open or not."""
    band: list[_Row] = []
    was_open = False
    bottom = 0.0
    for row, is_open in zip(rows, _are_open(rows, gutter), strict=True):
        far = bottom - max(p.line.top for p in row) > _APART * row[0].line.height
        if band and (is_open is not was_open or far):
            yield from _parted(band, gutter)
            band = []
        band.append(row)
        was_open, bottom = is_open, min(p.line.bottom for p in row)
    if band:
        yield from _parted(band, gutter)


def _are_open(rows: Sequence[_Row], gutter: float) -> list[bool]:
    """For each row whether it may be one of columns.

    It is not where it crosses the gutter, nor where it stands by itself between columns that are
    above and below, with more than usual white space across the page: a heading, a narrow table.
    """
    crossed = [any(p.line.left < gutter < p.line.right for p in row) for row in rows]
    if len(rows) < _MIN_ROWS:
        return [not is_crossed for is_crossed in crossed]
    gaps, usual = _gaps(rows)
    has_both = [all(_sides([row], gutter)) for row in rows]
    large = _LARGE * median(piece.line.height for row in rows for piece in row)
    is_large = [min(piece.line.height for piece in row) >= large for row in rows]
    kinds = list(zip(has_both, is_large, strict=True))
    start = 0
    for (is_both, _), group in groupby(kinds):
        end = start + len(list(group))
        is_inside = any(has_both[:start]) and any(has_both[end:]) and not is_both
        if is_inside and gaps[start - 1] > usual < gaps[end - 1]:
            crossed[start:end] = [True] * (end - start)
        start = end
    return [not is_crossed for is_crossed in crossed]


def _are_in_order(band: Sequence[_Row], sides: Sequence[Sequence[Piece]]) -> bool:
    """Whether the file gives one side after the other, each from above.

    It may do so in turn, above and below of what goes across.
    """
    places = {id(piece): n for n, row in enumerate(band) for piece in row}
    for side in sides:
        drawn = [places[id(piece)] for piece in _as_in_file(side)]
        if drawn != sorted(drawn):
            return False
    first = set(map(id, sides[0]))
    drawn_in_turn = _as_in_file(chain(*sides))
    changes = sum(
        one.number != other.number and (id(one) in first) is not (id(other) in first)
        for one, other in pairwise(drawn_in_turn)
    )
    both = sum(0 < sum(id(piece) in first for piece in row) < len(row) for row in band)
    return id(drawn_in_turn[0]) in first and changes <= max(1, _FEW_CHANGES * both)


def _parted(band: list[_Row], gutter: float) -> Iterator[list[_Row]]:
    """A band; what of it stands apart and is no running text, as a table, is one of its own."""
    gaps, usual = _gaps(band)
    parts: list[list[_Row]] = [band[:1]]
    for gap, row in zip(gaps, band[1:], strict=True):
        if gap > usual:
            parts.append([])
        parts[-1].append(row)
    if _are_rows(band):
        yield band
        return
    for _, group in groupby(parts, lambda part: _may_be_prose(part, gutter)):
        yield [row for part in group for row in part]


def _may_be_prose(band: Sequence[_Row], gutter: float) -> bool:
    sides = _sides(band, gutter)
    return len(band) < _MIN_ROWS or not all(sides) or _are_prose(band, sides)


def _sides(band: Iterable[_Row], gutter: float) -> list[list[Piece]]:
    pieces = [piece for row in band for piece in row]
    left = [piece for piece in pieces if piece.line.left < gutter]
    return [left, [piece for piece in pieces if piece.line.left >= gutter]]


def _gaps(band: Sequence[_Row]) -> tuple[list[float], float]:
    """White space below each row but the last, in points, and how much of it is usual."""
    gaps = [
        min(p.line.bottom for p in above) - max(p.line.top for p in below)
        for above, below in pairwise(band)
    ]
    height = median(piece.line.height for row in band for piece in row)
    plain = sorted(gap for gap in gaps if gap > -_ROW_GAP * height) or [0.0]
    return gaps, plain[len(plain) // 4] + _ROW_GAP * height


def _are_rows(band: Sequence[_Row]) -> bool:
    """Whether white space goes across again and again, as between the rows of a table."""
    gaps, usual = _gaps(band)
    breaks = sum(gap > usual for gap in gaps)
    return breaks >= 2 and len(band) / (breaks + 1) <= _ROW_LINES


def _are_prose(band: Sequence[_Row], sides: Iterable[Sequence[Piece]]) -> bool:
    return not _are_rows(band) and all(map(_is_prose, sides))


def _is_side_bar(band: Sequence[_Row], sides: Sequence[Sequence[Piece]]) -> bool:
    """Whether one side is running text and the other stands beside it anywhere.

    What is beside the text in a table begins where a part of the text begins.
    """
    if max(map(len, band)) > 2 or _are_rows(band):
        return False
    for text, bar in (sides, sides[::-1]):
        if min(len(text), len(bar)) < _MIN_ROWS or _are_numbers(bar) or not _runs_on(text):
            continue
        inside = {id(line) for above, line in pairwise(text) if _goes_on(above, line)}
        of_bar = set(map(id, bar))
        both = [row for row in band if 0 < sum(id(piece) in of_bar for piece in row) < len(row)]
        beside = sum(any(id(piece) in inside for piece in row) for row in both)
        if 2 * beside > len(both):
            return True
    return False


def _goes_on(above: Piece, line: Piece) -> bool:
    """Whether a line is inside a sentence that the line above begins."""
    gap = above.line.bottom - line.line.top
    return gap < line.line.height / 2 and not is_ended(above.line.text)


def _is_prose(side: Sequence[Piece]) -> bool:
    """Whether pieces are lines of running text: they go on from one to the next, no numbers."""
    texts = [piece.line.text for piece in side]
    if len(texts) < 2:
        return True  # the end of a text whose other column decides
    if _are_numbers(side) or _mean(texts) < _MIN_CHARACTERS:
        return False
    if _goes_on_low(side):
        return True
    ended = sum(map(is_ended, texts))
    is_cased = 2 * len(_cased(side)) >= len(texts)
    return _are_full(side) and (not is_cased or (_has_end(side) and 2 * ended <= len(texts)))


def _runs_on(side: Sequence[Piece]) -> bool:
    """Whether pieces are surely running text: full lines, of which sentences end in some."""
    return _has_end(side) and _are_full(side) and _goes_on_low(side)


def _has_end(side: Sequence[Piece]) -> bool:
    return any(_SENTENCE_END.search(piece.line.text) for piece in side)


def _are_full(side: Sequence[Piece]) -> bool:
    widths = [piece.line.right - piece.line.left for piece in side]
    full = sum(width >= _FULL * max(widths) for width in widths)
    return full >= _MIN_FULL * len(widths)


def _are_numbers(side: Sequence[Piece]) -> bool:
    numbers = sum(not _has(piece.line.text, str.isalpha) for piece in side)
    return numbers > _MAX_NUMBERS * len(side)


def _goes_on_low(side: Sequence[Piece]) -> bool:
    """Whether lines often begin in lower case, where the script has it."""
    cased = _cased(side)
    low = sum(text[0].islower() for text in cased)
    return 2 * len(cased) >= len(side) and low >= max(1, _MIN_LOW * len(cased))


def _cased(side: Sequence[Piece]) -> list[str]:
    texts = (piece.line.text for piece in side)
    return [text for text in texts if text[0].isupper() or text[0].islower()]


def _mean(texts: Sequence[str]) -> float:
    return sum(map(len, texts)) / len(texts)


def _has(text: str, test: Callable[[str], bool]) -> bool:
    """Whether half of a text or more is so."""
    return 2 * sum(map(test, text)) >= len(text.replace(" ", ""))


def _are_beside(line: Line, other: Line) -> bool:
    overlap = min(line.top, other.top) - max(line.bottom, other.bottom)
    apart = line.right <= other.left or other.right <= line.left
    return apart and overlap > min(line.height, other.height) / 2


def _joined(line: Line, parts: Sequence[Line]) -> Line:
    """The parts of a line that stay together."""
    if len(parts) == max(len(line.parts), 1):
        return line
    text = " ".join(part.text for part in parts)
    return replace(
        parts[0],
        text=text[:-1] + BROKEN if ends_broken(text) else text,
        right=max(part.right for part in parts),
        parts=tuple(parts) if len(parts) > 1 else (),
    )
