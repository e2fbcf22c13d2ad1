"""Of lines that say what they hold ("Present: ...", "Apologies: ..."), the one that is asked for.

The reader takes them for alike. Whether a question affirms or denies, and whether a label does,
says one head over their vectors; where labels that follow each other surely differ in it, the one
that is as the question leads, and the other one is no evidence. No word of a language is listed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from index.loaders import plain_text
from index.types import Span
from rag.evidence import Evidence
from rag.read import Reading
from rag.tables.asked import Vector
from rag.tables.words import affirming

__all__ = ["agrees", "of_the_label_asked_for"]

_LABEL = re.compile(r"\W*([^:：\n]{1,40})[:：][^\S\n]*\S")
_CLEARLY = 0.05  # how much a question affirms or denies at least
_APART = 0.2  # by how much two labels differ in it
_LINES = 2  # before and behind
_DENIES = -0.2  # from which a word does


def agrees(word: str, best: Evidence, vector: Callable[[str], Vector]) -> bool:
    """Whether a word denies as the label of a line does, which may say it in another word."""
    label = _label(best.quote)
    return bool(label) and all(affirming(vector(text)) <= _DENIES / 2 for text in (word, label))


def of_the_label_asked_for(reading: Reading, vector: Callable[[str], Vector]) -> Reading:
    """The reading led by the line whose label affirms or denies as the question does."""
    best = reading.evidence[0] if reading.evidence else None
    if best is None or not _label(best.quote):
        return reading
    beside = dict(_lines_beside(best))
    asked = affirming(vector(reading.question))
    if not beside or abs(asked) < _CLEARLY:
        return reading
    side = 1.0 if asked > 0 else -1.0
    own = side * affirming(vector(_label(best.quote)))
    like = {span: side * affirming(vector(label)) for span, label in beside.items()}
    span = max(like, key=lambda span: like[span])
    lead, rest = best, [item for item in reading.evidence if item is not best]
    if own < 0 and like[span] >= own + _APART:
        text = plain_text(best.document.media_type, span.of(best.document.text))
        lead = replace(best, span=span, text=text, answer=Span(0, 0), certainty=0.0)
        like[best.span], own = own, like[span]
    others = {span for span, likely in like.items() if likely <= own - _APART and likely < 0}
    rest = [
        item
        for item in rest
        if item.document.id != lead.document.id or item.span not in {*others, lead.span}
    ]
    return replace(reading, evidence=[lead, *rest])


def _lines_beside(best: Evidence) -> Iterator[tuple[Span, str]]:
    """The lines with a label right before and behind, each with it."""
    text = best.document.text
    for step in (-1, 1):
        at = best.span
        for _ in range(_LINES):
            found = _next_line(text, at, step)
            if found is None or not (label := _label(found.of(text))):
                break
            yield found, label
            at = found


def _next_line(text: str, span: Span, step: int) -> Span | None:
    """The line before or behind that of a span, without the white space around it."""
    if step < 0:
        end = text.rfind("\n", 0, span.start)
        start = text.rfind("\n", 0, max(0, end)) + 1
    else:
        start = text.find("\n", span.end) + 1
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
    if end < 0 or (not start and step > 0):
        return None
    line = text[start:end]
    start += len(line) - len(line.lstrip())
    return Span(start, start + len(line.strip())) if line.strip() else None


def _label(line: str) -> str:
    """What a line says that it holds, "" where it does not."""
    found = _LABEL.match(line)
    return found[1].strip() if found else ""
