"""What is drawn on a page beside its text: rules, shades behind cells, lines through text.

The side of pdfium; :mod:`index.loaders.pdf.tables` makes tables of them. A page with more than a
table has, as a drawing or a map, has none.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import Any

__all__ = ["Rule", "Rules", "cross", "rules_of"]

_MAX_OBJECTS = 20_000  # of a page that are looked at
_MAX_SEGMENTS = 2_000  # of one path
_MAX_DRAWN = 10_000  # pieces of rules on a page,
_MAX_RULES = 300  # and those of one direction when the pieces are joined
_MAX_SHADES = 3_000
_DEPTH = 4  # of drawings inside drawings
_THIN = 2.0  # points: no thicker is a rule
_FLAT = 6.0  # points: no thicker is what may strike text,
_LONGER = 3.0  # and it is so many times longer
_SHORT = 4.0  # points: no longer is a dot,
_MIN_ACROSS, _MIN_DOWN = 15.0, 8.0  # and no shorter a rule
_CROSSED = 2  # rules across by each that goes down
_JOINED = 3.0  # points between the pieces of one rule, or rules that cross
_WHITE = 250  # of 255: a shade that is not seen

_Box = tuple[float, float, float, float]
_Point = tuple[float, float]
_Matrix = tuple[float, float, float, float, float, float]
_AS_IT_IS: _Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Rule:
    """A straight line along the page: its place, and from where to where it goes, in points."""

    at: float
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules ``across`` the page (from above), those ``down`` it (from the left), the shades.

    What goes down crosses two rules at least. A shade is a box (left, bottom, right, top) with its
    colour; the last is on top. ``flat`` are the boxes of what is drawn across so thin that it may
    strike text, each as in the file.
    """

    across: tuple[Rule, ...] = ()
    down: tuple[Rule, ...] = ()
    shades: tuple[tuple[_Box, int], ...] = ()
    flat: tuple[_Box, ...] = ()

    def cuts(self, left: float, right: float, height: float) -> list[float]:
        """Where rules part what stands at a height between two places."""
        return [
            rule.at
            for rule in self.down
            if left < rule.at < right and rule.start <= height <= rule.end
        ]

    def shade_at(self, x: float, y: float) -> int | None:
        """The colour behind a point."""
        inside = (
            colour
            for (left, bottom, right, top), colour in reversed(self.shades)
            if left <= x <= right and bottom <= y <= top
        )
        return next(inside, None)


def rules_of(page: Any) -> Rules:
    """The rules and shades of a page."""
    from pypdfium2 import raw as pdfium

    across: list[Rule] = []
    down: list[Rule] = []
    shades: list[tuple[_Box, int]] = []
    flat: list[_Box] = []
    for path, matrix in islice(_paths(page.raw, _AS_IT_IS, 0), _MAX_OBJECTS):
        if len(across) + len(down) > _MAX_DRAWN:
            return Rules(flat=tuple(flat))
        left, bottom, right, top = box = _box(path, matrix)
        if top - bottom <= _FLAT and right - left > _LONGER * (top - bottom):
            flat.append(box)
        if top - bottom <= _THIN or right - left <= _THIN:
            if right - left > max(_SHORT, top - bottom):
                across.append(Rule((bottom + top) / 2, left, right))
            elif top - bottom > _SHORT:
                down.append(Rule((left + right) / 2, bottom, top))
            continue
        if pdfium.FPDFPath_CountSegments(path) > _MAX_SEGMENTS:
            continue
        for (x0, y0), (x1, y1) in _sides(path, matrix):
            if abs(y1 - y0) < 1 and abs(x1 - x0) > _SHORT:
                across.append(Rule((y0 + y1) / 2, min(x0, x1), max(x0, x1)))
            elif abs(x1 - x0) < 1 and abs(y1 - y0) > _SHORT:
                down.append(Rule((x0 + x1) / 2, min(y0, y1), max(y0, y1)))
        colour = _fill(path)
        if colour is not None and len(shades) < _MAX_SHADES:
            shades.append((box, colour))
    across = [rule for rule in _joined(across) if rule.end - rule.start >= _MIN_ACROSS]
    down = [rule for rule in _joined(down) if rule.end - rule.start >= _MIN_DOWN]
    if max(len(across), len(down)) > _MAX_RULES:
        return Rules(flat=tuple(flat))
    down = [rule for rule in down if sum(cross(other, rule) for other in across) >= _CROSSED]
    return Rules(tuple(reversed(across)), tuple(down), tuple(shades), tuple(flat))


def cross(across: Rule, down: Rule) -> bool:
    """Whether two rules cross or touch."""
    return (
        across.start - _JOINED <= down.at <= across.end + _JOINED
        and down.start - _JOINED <= across.at <= down.end + _JOINED
    )


def _paths(holder: Any, matrix: _Matrix, depth: int) -> Iterator[tuple[Any, _Matrix]]:
    """The paths of a page or of a drawing on it, with what places them on the page."""
    from pypdfium2 import raw as pdfium

    count, get = (
        (pdfium.FPDFFormObj_CountObjects, pdfium.FPDFFormObj_GetObject)
        if depth
        else (pdfium.FPDFPage_CountObjects, pdfium.FPDFPage_GetObject)
    )
    kind_of, text = pdfium.FPDFPageObj_GetType, pdfium.FPDF_PAGEOBJ_TEXT
    for number in range(min(count(holder), _MAX_OBJECTS)):
        thing = get(holder, number)
        kind = kind_of(thing)
        if kind == text:
            continue
        if kind == pdfium.FPDF_PAGEOBJ_PATH:
            yield thing, matrix
        elif kind == pdfium.FPDF_PAGEOBJ_FORM and depth < _DEPTH:
            yield from _paths(thing, _combined(_matrix_of(thing), matrix), depth + 1)


def _box(path: Any, matrix: _Matrix) -> _Box:
    from pypdfium2 import raw as pdfium

    edges = [ctypes.c_float() for _ in range(4)]
    pdfium.FPDFPageObj_GetBounds(path, *edges)
    left, bottom, right, top = (edge.value for edge in edges)
    x0, y0 = _moved((left, bottom), matrix)
    x1, y1 = _moved((right, top), matrix)
    return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


def _sides(path: Any, matrix: _Matrix) -> Iterator[tuple[_Point, _Point]]:
    """The straight pieces of a path."""
    from pypdfium2 import raw as pdfium

    whole = _combined(_matrix_of(path), matrix)
    x, y = ctypes.c_float(), ctypes.c_float()
    start = before = None
    for number in range(pdfium.FPDFPath_CountSegments(path)):
        segment = pdfium.FPDFPath_GetPathSegment(path, number)
        if not pdfium.FPDFPathSegment_GetPoint(segment, x, y):
            return
        point = _moved((x.value, y.value), whole)
        kind = pdfium.FPDFPathSegment_GetType(segment)
        if kind == pdfium.FPDF_SEGMENT_MOVETO:
            start = point
        elif kind == pdfium.FPDF_SEGMENT_LINETO and before is not None:
            yield before, point
        if start is not None and pdfium.FPDFPathSegment_GetClose(segment):
            yield point, start
        before = point


def _fill(path: Any) -> int | None:
    """The colour that a path is filled with, if it is seen."""
    from pypdfium2 import raw as pdfium

    mode, stroke = ctypes.c_int(), ctypes.c_int()
    if not pdfium.FPDFPath_GetDrawMode(path, mode, stroke) or not mode.value:
        return None
    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    if not pdfium.FPDFPageObj_GetFillColor(path, red, green, blue, alpha) or not alpha.value:
        return None
    if min(red.value, green.value, blue.value) >= _WHITE:
        return None
    return (red.value << 16) + (green.value << 8) + blue.value


def _matrix_of(thing: Any) -> _Matrix:
    from pypdfium2 import raw as pdfium

    found = pdfium.FS_MATRIX()
    if not pdfium.FPDFPageObj_GetMatrix(thing, found):
        return _AS_IT_IS
    return found.a, found.b, found.c, found.d, found.e, found.f


def _combined(first: _Matrix, then: _Matrix) -> _Matrix:
    a, b, c, d, e, f = first
    a2, b2, c2, d2, e2, f2 = then
    return (
        a * a2 + b * c2,
        a * b2 + b * d2,
        c * a2 + d * c2,
        c * b2 + d * d2,
        e * a2 + f * c2 + e2,
        e * b2 + f * d2 + f2,
    )


def _moved(point: _Point, matrix: _Matrix) -> _Point:
    a, b, c, d, e, f = matrix
    x, y = point
    return a * x + c * y + e, b * x + d * y + f


def _joined(drawn: Iterable[Rule]) -> Iterator[Rule]:
    """Rules of one direction by their place; pieces of one, and its two edges, are one rule.

    >>> list(_joined([Rule(10, 0, 50), Rule(10.5, 51, 90), Rule(40, 0, 9)]))
    [Rule(at=10.25, start=0, end=90), Rule(at=40.0, start=0, end=9)]
    """
    ordered = sorted(drawn, key=lambda rule: rule.at)
    group: list[Rule] = []
    for rule, following in pairwise([*ordered, None]):
        if rule is None:
            return
        group.append(rule)
        if following is None or following.at - group[0].at > _THIN:
            yield from _in_line(group)
            group = []


def _in_line(group: Iterable[Rule]) -> Iterator[Rule]:
    """One rule for those of one place that touch."""
    first, *others = sorted(group, key=lambda rule: rule.start)
    at = (first.at + sum(rule.at for rule in others)) / (1 + len(others))
    start, end = first.start, first.end
    for rule in others:
        if rule.start > end + _JOINED:
            yield Rule(at, start, end)
            start = rule.start
            end = rule.end
        end = max(end, rule.end)
    yield Rule(at, start, end)
