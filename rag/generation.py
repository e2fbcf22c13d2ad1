"""Generators: from a question and its evidence to drafted sentences, which are then verified.

The extractive generator quotes: whole sentences, the one before when a sentence begins with a
pronoun, lists as lists. The other lets a language model write (`rag/written.py`).
Both draft one sentence at a time with the evidence that it rests on; whether it is shown is
not theirs to decide.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from index.documents import Span
from index.loaders import plain_text
from rag.evidence import Evidence
from rag.quotes import Quote, list_after, list_around, prose_before

__all__ = ["Draft", "ExtractiveGenerator", "Generator"]

# Further evidence must come this near to the best, or cover as much more of the question.
_NEAR = 0.15
_FURTHER = 0.3
_NEW_COVERAGE = 0.25
_MAX_LIST_ITEMS = 12
_LEANS_BACK = re.compile(
    r"[\"“‘]?(?:(?:he|she|it|they|his|her|their|its|this|these|those|such)\b"
    r"|(?:however|but|then|also|both|the (?:two|latter|former))\b"
    r"|the (?:first|second|third|last|other) (?:is|was|were|of)\b)",
    re.IGNORECASE,
)
_MAX_LEAD = 320


@dataclass(frozen=True, slots=True)
class Draft:
    """A sentence before verification, with the quotes that it names as its support.

    ``details`` follow it in brackets; they are the manifest's, not the quotes'.
    """

    text: str
    evidence: tuple[Quote, ...]
    is_list_item: bool = False
    details: str = ""


class Generator(Protocol):
    """Writes an answer, sentence by sentence."""

    @property
    def name(self) -> str:
        """What ``Answer.generator`` says."""

    def write(self, question: str, evidence: Sequence[Evidence]) -> Iterator[Draft]:
        """Drafts in the order in which they are to be read; nothing when it declines.

        Raises:
            GeneratorError: the language model failed; drafts given before stay valid.
        """


class ExtractiveGenerator:
    """Answers with sentences of the documents; the same answer every time."""

    name = "extractive"

    def __init__(self, max_sentences: int) -> None:
        self._max_sentences = max_sentences

    def write(self, question: str, evidence: Sequence[Evidence]) -> Iterator[Draft]:  # noqa: ARG002
        """The chosen evidence in reading order: by document, then as the document has it."""
        chosen = _with_whole_lists(_choose(evidence, self._max_sentences))
        order = {name: i for i, name in reversed(list(enumerate(e.document.id for e in chosen)))}
        chosen.sort(key=lambda e: (order[e.document.id], e.span))
        parts = [part for item in chosen for part in _with_surroundings(item)]
        parts = list({(part.document.id, part.span): part for part in parts}.values())
        for i, part in enumerate(parts):
            beside = (*parts[max(0, i - 1) : i], *parts[i + 1 : i + 2])
            # An item by itself reads as a sentence; beside another one it is a list.
            in_list = part.is_list_item and any(other.is_list_item for other in beside)
            yield Draft(part.text, (part,), is_list_item=in_list)


def _choose(evidence: Sequence[Evidence], limit: int) -> list[Evidence]:
    """The best, and others that are nearly as good or say more of what was asked."""
    chosen: list[Evidence] = []
    covered: set[str] = set()
    best = max((item.score for item in evidence), default=0.0)
    terms = {term for item in evidence for term in item.terms} or {""}
    for item in evidence:
        if len(chosen) == limit:
            break
        says_more = len(item.terms - covered) / len(terms) >= _NEW_COVERAGE
        near = item.score >= best - _NEAR
        if near or (says_more and item.score >= best - _FURTHER):
            chosen.append(item)
            covered |= item.terms
    return chosen


def _with_whole_lists(chosen: list[Evidence]) -> list[Evidence]:
    """Where two or more items of one list were chosen, the whole list."""
    out = {(item.document.id, item.span): item for item in chosen}
    for item in chosen:
        if not item.is_list_item:
            continue
        siblings = list_around(item)
        picked = [s for s in siblings if (item.document.id, s) in out]
        if len(picked) > 1 and len(siblings) <= _MAX_LIST_ITEMS:
            for span in siblings:
                out.setdefault((item.document.id, span), _part(item, span))
    return list(out.values())


def _with_surroundings(item: Evidence) -> Iterator[Evidence]:
    """The evidence, led by the sentence it leans on and followed by the list it opens."""
    if _LEANS_BACK.match(item.text):
        before = prose_before(item)
        if before is not None and before.end - before.start <= _MAX_LEAD:
            yield _part(item, before)
    yield item
    if item.opens_list:
        for span in list_after(item)[:_MAX_LIST_ITEMS]:
            yield _part(item, span)


def _part(item: Evidence, span: Span) -> Evidence:
    text = plain_text(item.document.media_type, span.of(item.document.text))
    return replace(item, span=span, text=text)
