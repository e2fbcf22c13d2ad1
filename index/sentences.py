"""Sentences of a text as exact spans: the cut points of chunks and the units of evidence.

Blocks (paragraphs, list items, headings, table rows, the lines of an address or a log) are found
by line; inside a block the sentencex library (Wikimedia) decides by the rules and abbreviations of
the language, and :mod:`index.sentence_ends` takes back what a reader would not cut. A sentence may
run over a line break, and over a page break where it goes on in lower case. Spans are ordered,
disjoint and trimmed of white space; together they hold every character that is not white space.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from index.documents import Span
from index.sentence_ends import is_ended, is_month, kept_ends, opens_low

__all__ = ["SENTENCES_VERSION", "sentence_spans"]

# Raise this when `sentence_spans` gives others for the same text: every index is then rebuilt.
SENTENCES_VERSION = 2

_MARK = r"\s*(?:[-*+•◦▪‣]|(?P<number>\d{1,3})[.)]|\((?:\d{1,3}|[a-z]{1,4})\)|[a-z]\))\s"
# A line that begins a block of its own: heading, list item, table row, quote or code fence.
_OPENS_BLOCK = re.compile(rf"\s*(?:#{{1,6}}\s|\||>|```|~~~)|{_MARK}")
_LIST_MARK = re.compile(_MARK)
# A line that is a block by itself, so that the next line begins another one.
_WHOLE_BLOCK = re.compile(r"\s*(?:#{1,6}\s|\||```|~~~)")
_FIELD = re.compile(r"\s*[^\s:：][^:：]{0,30}(?::\s|：)")  # "Subject: recall"
_WIDE = 40  # columns; narrower lines are wrapped only where they go on in lower case
_FEW = 0.25  # share of a block's lines
_FULL = 0.85  # share of the widest line; the lines of a PDF are not of one width


def sentence_spans(text: str, language: str) -> list[Span]:
    r"""The sentences of ``text``, in order, by the rules of ``language`` (ISO 639-1, or "und").

    Lines that are not wrapped and do not end as sentences do are a sentence each.

    >>> text = "# Trip\nDr. Lee left at 5 p.m. on Monday.\nShe came\nback.\n- one\n- two"
    >>> [span.of(text) for span in sentence_spans(text, "en")]
    ['# Trip', 'Dr. Lee left at 5 p.m. on Monday.', 'She came\nback.', '- one', '- two']
    >>> text = "Der 2. Stock wird am 3. Oktober frei. Wer zieht ein?"
    >>> [span.of(text) for span in sentence_spans(text, "de")]
    ['Der 2. Stock wird am 3. Oktober frei.', 'Wer zieht ein?']
    """
    return [span for block in _blocks(text, language) for span in _within(text, block, language)]


def _within(text: str, block: Span, language: str) -> Iterator[Span]:
    """The sentences of a block."""
    from sentencex import get_sentence_boundaries

    # Same length with line breaks and the list mark as spaces, so that offsets stay, lines
    # may wrap and "1." is no sentence; the mark belongs to the first sentence.
    line = re.sub(r"[^\S ]", " ", block.of(text))
    mark = _LIST_MARK.match(line)
    if mark is not None:
        line = " " * mark.end() + line[mark.end() :]
    ends = [boundary["end_index"] for boundary in get_sentence_boundaries(language, line)]
    first = 0
    for end in kept_ends(line, ends, language):
        if line[first:end].isspace():
            continue
        yield _trimmed(text, block.start + first, block.start + end)
        first = end
    if first == 0:  # nothing but a list mark
        yield _trimmed(text, block.start, block.end)


def _blocks(text: str, language: str) -> Iterator[Span]:
    """The parts of a text that no sentence crosses."""
    for lines in _over_pages(text, _paragraphs(text, language)):
        if len(lines) > 1 and _are_units([line.of(text).rstrip() for line in lines]):
            yield from lines
        else:
            yield Span(lines[0].start, lines[-1].end)


def _paragraphs(text: str, language: str) -> Iterator[list[Span]]:
    """Lines that stand together: up to a blank line, or one that begins a block of its own."""
    lines: list[Span] = []
    offset = item = 0
    for line in text.splitlines(keepends=True):
        is_blank = not line.strip()
        opener = _OPENS_BLOCK.match(line)
        number = int(opener["number"] or 0) if opener is not None else 0
        is_item = number == 1 or 0 < item < number
        if opener is not None and number and lines and not is_ended(lines[-1].of(text)):
            word = line[opener.end() :].split(maxsplit=1)[:1]
            if not is_item or is_month("".join(word), language):  # "bis zum" / "15. März"
                opener = None
        if lines and (is_blank or opener is not None):
            yield lines
            lines = []
        if not is_blank:
            if not lines:
                item = number
            lines.append(Span(offset, offset + len(line)))
            if _WHOLE_BLOCK.match(line):
                yield lines
                lines = []
        offset += len(line)
    if lines:
        yield lines


def _over_pages(text: str, paragraphs: Iterable[list[Span]]) -> Iterator[list[Span]]:
    """Paragraphs as one where the sentence goes on over the break of a page or a column."""
    kept: list[Span] = []
    for lines in paragraphs:
        below = lines[0].of(text)
        if kept and not (opens_low(below) and _go_on([line.of(text) for line in kept], below)):
            yield kept
            kept = []
        kept = kept + lines if kept else lines
    if kept:
        yield kept


def _go_on(above: Sequence[str], below: str) -> bool:
    """Whether a paragraph ends with a full line inside a sentence, and the next is in lower case.

    Not where paragraphs begin in lower case anyway, as in code.
    """
    last = above[-1].rstrip()
    return (
        len(last) >= _WIDE
        and (last[-1].isalnum() or last[-1] in ",-")
        and not opens_low(above[0])
        and not (_WHOLE_BLOCK.match(last) or _OPENS_BLOCK.match(below))
        and not (len(above) > 1 and _are_units(above))
    )


def _are_units(lines: Sequence[str]) -> bool:
    """Whether each line is a unit of its own, as in a log, an address or a receipt; not wrapped.

    >>> _are_units(["Marlow & Sons", "14 Quay Street", "Bristol"])
    True
    >>> _are_units(["The tenant keeps the garden in good", "order and pays the water."])
    False
    """
    if _OPENS_BLOCK.match(lines[0]):
        return False
    if all(map(_FIELD.match, lines)):
        return True
    heads = {re.sub(r"\d", "0", line.split(maxsplit=1)[0]) for line in lines}
    if len(heads) == 1 and "0" in heads.pop():
        return True
    low = [opens_low(line) for line in lines]
    if sum(map(is_ended, lines)) >= _FEW * len(lines) or (
        not all(low) and sum(low[1:]) > _FEW * len(low[1:])
    ):
        return False
    widths = [_width(line) for line in lines]
    most = max(widths)
    # A line is wrapped where the first word of the next had no place on it.
    full = [
        width + 1 + _width(below.split(maxsplit=1)[0]) >= _FULL * most
        for width, (_, below) in zip(widths, pairwise(lines), strict=False)
    ]
    return most < _WIDE or sum(full) < (1 - _FEW) * len(full)


def _width(text: str) -> int:
    """Columns: two for a character of Chinese, Japanese or Korean."""
    return len(text) + sum(unicodedata.east_asian_width(char) in "WF" for char in text)


def _trimmed(text: str, start: int, end: int) -> Span:
    piece = text[start:end]
    start += len(piece) - len(piece.lstrip())
    return Span(start, max(start, start + len(piece.strip())))
