"""Struck text of a page: what a line goes through, drawn or as an annotation.

The side of pdfium that finds such lines, and whether one strikes a character.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

from index.loaders.pdf.lines import Character
from index.loaders.pdf.notes import annotations_of
from index.loaders.pdf.rules import Rules

__all__ = ["Strike", "strikes_of", "unstruck"]

_MAX_STRIKES = 2_000
_MAX_QUADS = 200  # of an annotation
# Of the height of a character: a line through it is so far above its foot, and no thicker.
_LOW, _HIGH, _THICKNESS = 0.25, 0.68, 0.25
_MIN_COVERED = 0.5  # of the line that goes through text: rules of a chart go on beside it


@dataclass(frozen=True, slots=True)
class Strike:
    """A line that may strike text: its ends and its height on the page, its thickness; points."""

    left: float
    right: float
    at: float
    thickness: float = 0.0


def strikes_of(page: Any, rules: Rules) -> list[Strike]:
    """The lines across a page that are drawn or that annotations strike text with."""
    drawn = (
        Strike(left, right, (bottom + top) / 2, top - bottom)
        for left, bottom, right, top in rules.flat
    )
    return list(islice(chain(_annotated(page), drawn), _MAX_STRIKES))


def unstruck(characters: Sequence[Character], strikes: Sequence[Strike]) -> list[Character]:
    """The characters of a line without those that are struck."""
    struck: set[int] = set()
    for strike in strikes:
        under = [n for n, character in enumerate(characters) if _goes_through(strike, character)]
        shown = [characters[n] for n in under if not characters[n].text.isspace()]
        if shown:
            covered = max(c.right for c in shown) - min(c.left for c in shown)
            if covered >= _MIN_COVERED * (strike.right - strike.left):
                struck.update(under)
    return [character for n, character in enumerate(characters) if n not in struck]


def _goes_through(strike: Strike, character: Character) -> bool:
    if not strike.left <= (character.left + character.right) / 2 <= strike.right:
        return False
    if character.text.isspace():  # its box may have no height
        return True
    height = character.height
    return (
        _LOW * height <= strike.at - character.bottom <= _HIGH * height
        and strike.thickness <= _THICKNESS * height
    )


def _annotated(page: Any) -> Iterator[Strike]:
    from pypdfium2 import raw as pdfium

    quad = pdfium.FS_QUADPOINTSF()
    for annotation in annotations_of(page):
        if pdfium.FPDFAnnot_GetSubtype(annotation) != pdfium.FPDF_ANNOT_STRIKEOUT:
            continue
        count = pdfium.FPDFAnnot_CountAttachmentPoints(annotation)
        for number in range(min(count, _MAX_QUADS)):
            if pdfium.FPDFAnnot_GetAttachmentPoints(annotation, number, quad):
                across = quad.x1, quad.x2, quad.x3, quad.x4
                down = quad.y1, quad.y2, quad.y3, quad.y4
                yield Strike(min(across), max(across), (min(down) + max(down)) / 2)
