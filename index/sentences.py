"""Sentences of a text as exact spans: the cut points of chunks and the units of evidence.

Blocks (paragraphs, list items, headings, table rows) are found by line; inside a block the
sentencex library (Wikimedia) decides. A sentence never crosses a block and may run over a
line break. Spans are ordered, disjoint and trimmed of white space; together they hold every
character of the text that is not white space.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from index.documents import Span

__all__ = ["sentence_spans"]

# A line that begins a block of its own: heading, list item, table row, quote or code fence.
_OPENS_BLOCK = re.compile(r"\s*(?:#{1,6}\s|[-*+•◦▪‣]\s|\d{1,3}[.)]\s|\||>|```|~~~)")
_LIST_MARK = re.compile(r"\s*(?:[-*+•◦▪‣]|\d{1,3}[.)])\s")
# A line that is a block by itself, so that the next line begins another one.
_WHOLE_BLOCK = re.compile(r"\s*(?:#{1,6}\s|\||```|~~~)")


def sentence_spans(text: str) -> list[Span]:
    r"""The sentences of ``text``, in order.

    >>> text = "# Trip\nDr. Lee left at 5 p.m. on Monday.\nShe came\nback.\n- one\n- two"
    >>> [span.of(text) for span in sentence_spans(text)]
    ['# Trip', 'Dr. Lee left at 5 p.m. on Monday.', 'She came\nback.', '- one', '- two']
    """
    from sentencex import get_sentence_boundaries

    spans: list[Span] = []
    for block in _blocks(text):
        # Same length with line breaks and the list mark as spaces, so that offsets stay, lines
        # may wrap and "1." is no sentence; the mark belongs to the first sentence.
        line = re.sub(r"\s", " ", block.of(text))
        mark = _LIST_MARK.match(line)
        if mark is not None:
            line = " " * mark.end() + line[mark.end() :]
        first = block.start
        for boundary in get_sentence_boundaries("en", line):
            if not line[boundary["start_index"] : boundary["end_index"]].strip():
                continue
            end = boundary["end_index"] + block.start
            spans.append(_trimmed(text, Span(first, end)))
            first = end
        if first == block.start:  # nothing but a list mark
            spans.append(_trimmed(text, block))
    return spans


def _blocks(text: str) -> Iterator[Span]:
    start: int | None = None
    offset = 0
    for line in text.splitlines(keepends=True):
        blank = not line.strip()
        if start is not None and (blank or _OPENS_BLOCK.match(line)):
            yield Span(start, offset)
            start = None
        if not blank and start is None:
            start = offset
        offset += len(line)
        if start is not None and _WHOLE_BLOCK.match(line):
            yield Span(start, offset)
            start = None
    if start is not None:
        yield Span(start, offset)


def _trimmed(text: str, span: Span) -> Span:
    piece = span.of(text)
    lead = len(piece) - len(piece.lstrip())
    return Span(span.start + lead, max(span.start + lead, span.start + len(piece.rstrip())))
