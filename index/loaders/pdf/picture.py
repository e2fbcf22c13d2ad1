"""A page of a PDF as a picture with the cited words marked.

The loader drops running lines and mends broken words, so a span of the text says nothing about
places on the page: the words of the quote are looked for among those of the page. Where too few of
them are found nothing is marked, which is better than a wrong mark.
"""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.errors import LoadError
from index.text.hyphens import BROKEN
from index.text.scripts import CJK

__all__ = ["Marked", "found_words", "page_picture", "words_in"]

_DPI = 110
_MAX_PIXELS = 1_800  # of the longer side
_YELLOW = np.array([255, 232, 110], dtype=np.uint16)
_JOINED = 2.5  # times the area of two characters: what they may span with the gap between
# Letters, and what goes on after a hyphen or a broken line; CJK letters one by one.
_WORD = re.compile(rf"[{CJK}]|[^\W{CJK}]+(?:[-\u00ad{BROKEN}]\s*[^\W{CJK}]+)*")
_CHARACTERS = {0: " ", 2: BROKEN}  # what pdfium's codes of no character stand for
_MIN_FOUND = 0.7  # of the words of a quote
_NEAR = 300  # words on each side of the expected place in which a changed quote is looked for

Box = tuple[int, int, int, int]
_Word = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class Marked:
    """What to mark on a page: the quote, and how many words of the page's text come before it."""

    quote: str
    words_before: int


def page_picture(data: bytes, number: int, marked: Marked) -> bytes:
    """Page ``number`` (from 1) as PNG.

    Raises:
        LoadError: there is no such page, or it cannot be drawn.
    """
    from PIL import Image
    from pypdfium2 import PdfDocument, PdfiumError

    try:
        with closing(PdfDocument(data)) as file:
            if not 1 <= number <= len(file):
                raise LoadError(f"it has no page {number}, but {len(file)}")
            with closing(file[number - 1]) as page:
                scale = min(_DPI / 72, _MAX_PIXELS / max(*page.get_size(), 1))
                bitmap = page.render(scale=scale, rev_byteorder=True)
                picture = bitmap.to_numpy()[:, :, :3].copy()
                _mark(picture, _boxes(page, bitmap.get_posconv(page), marked))
    except PdfiumError as exc:
        raise LoadError(f"damaged: its page {number} cannot be drawn ({exc})") from exc
    out = io.BytesIO()
    Image.fromarray(picture).save(out, "PNG", compress_level=4)
    return out.getvalue()


def words_in(text: str) -> list[tuple[str, int, int]]:
    r"""Each word with its start and end, without hyphens, in one case.

    >>> words_in("The in-\nnetwork Care")
    [('the', 0, 3), ('innetwork', 4, 15), ('care', 16, 20)]
    """
    return [(_plain(found.group()), found.start(), found.end()) for found in _WORD.finditer(text)]


def _plain(word: str) -> str:
    """Without hyphens, with 24¹ as the page has it: 241; letters of Arabic in one form."""
    return unicodedata.normalize("NFKC", re.sub(r"\W", "", word)).casefold()


def found_words(quote: Sequence[str], page: Sequence[str], expected: int) -> list[int]:
    """Which words of the page are those of the quote, in order; none when too few are.

    A quote that stands there as it is, is found nearest to the ``expected`` index; of one that was
    changed, those words that are in the same order.

    >>> found_words(["a", "b"], ["a", "b", "c", "a", "b"], 3)
    [3, 4]
    >>> found_words(["on", "the", "green", "hill"], ["x", "on", "the", "hill"], 0)
    [1, 2, 3]
    >>> found_words(["on", "the", "hill"], ["on", "a", "sea"], 0)
    []
    """
    if whole := _found_whole(quote, page, expected):
        return whole
    count = len(quote)
    first = max(0, expected - _NEAR)
    near = page[first : expected + count + _NEAR]
    matcher = SequenceMatcher(None, quote, near, autojunk=False)
    found = [first + b + i for _, b, size in matcher.get_matching_blocks() for i in range(size)]
    return found if found and len(found) >= _MIN_FOUND * count else []


def _found_whole(quote: Sequence[str], page: Sequence[str], expected: int) -> list[int]:
    """Where a quote stands as it is, nearest to the expected index."""
    count = len(quote)
    starts = [i for i in range(len(page) - count + 1) if list(page[i : i + count]) == list(quote)]
    if not (starts and count):
        return []
    start = min(starts, key=lambda i: abs(i - expected))
    return list(range(start, start + count))


def _characters(textpage: Any) -> str:
    """The characters of a page, each at its index in pdfium."""
    from pypdfium2 import raw as pdfium

    codes = (pdfium.FPDFText_GetUnicode(textpage, i) for i in range(textpage.count_chars()))
    return "".join(_CHARACTERS.get(code) or chr(code) for code in codes)


def _boxes(page: Any, place: Any, marked: Marked) -> Iterator[Box]:
    """The characters of the found words in pixels, in order."""
    with closing(page.get_textpage()) as textpage:
        text = _characters(textpage)
        words = words_in(text)
        quote = [word for word, _, _ in words_in(marked.quote)]
        # A table may be drawn column by column.
        for order in (words, _by_rows(textpage, words)):
            if _found_whole(quote, [word for word, _, _ in order], marked.words_before):
                words = order
                break
        found = found_words(quote, [word for word, _, _ in words], marked.words_before)
        for number in found:
            for index in range(*words[number][1:]):
                if not text[index].isalnum():
                    continue
                left, bottom, right, top = textpage.get_charbox(index, loose=True)
                corners = place.to_bitmap(left, bottom), place.to_bitmap(right, top)
                (x0, x1), (y0, y1) = (sorted(pair) for pair in zip(*corners, strict=True))
                yield x0, y0, x1, y1


def _by_rows(textpage: Any, words: Sequence[_Word]) -> list[_Word]:
    """The words of a page as they stand: row by row, from the left."""
    rows: list[list[tuple[float, _Word]]] = []
    bottom = 0.0
    for word, (left, low, _, high) in sorted(
        ((word, textpage.get_charbox(word[1], loose=True)) for word in words),
        key=lambda placed: -placed[1][3],
    ):
        if not rows or (low + high) / 2 < bottom:
            rows.append([])
            bottom = low
        rows[-1].append((left, word))
    return [word for row in rows for _, word in sorted(row)]


def _mark(picture: NDArray[np.uint8], boxes: Iterable[Box]) -> None:
    """Colour boxes as a marker pen does: what is dark stays dark, gaps in a line are closed."""
    mask = np.zeros(picture.shape[:2], dtype=bool)
    before: Box | None = None
    for box in boxes:
        joined = box if before is None else _around(before, box)
        if before is not None and _area(joined) > _JOINED * (_area(before) + _area(box)):
            joined = box  # another line, or other words between
        x0, y0, x1, y1 = (max(0, edge) for edge in joined)
        mask[y0:y1, x0:x1] = True
        before = box
    picture[mask] = picture[mask].astype(np.uint16) * _YELLOW // 255


def _around(box: Box, other: Box) -> Box:
    return (
        min(box[0], other[0]),
        min(box[1], other[1]),
        max(box[2], other[2]),
        max(box[3], other[3]),
    )


def _area(box: Box) -> int:
    return (box[2] - box[0]) * (box[3] - box[1])
