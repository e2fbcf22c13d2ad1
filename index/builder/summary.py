"""The sentences that say what a document is about, chosen when it is indexed; no model.

They are chosen one by one by how common their words are in the document; the words of a chosen
one count less from then on, so that the next says something else (SumBasic, Nenkova and Vanderwende
2005). Early sentences and the title's words count more, as in MEAD (Radev et al. 2004). Time grows
with the document, up to a limit. What was measured: docs/decisions/0028.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from index.loaders import plain_text
from index.text.prose import from_its_words, is_complete, is_list_item, is_prose, leans_back
from index.text.sentences import sentence_spans
from index.text.words import content_terms
from index.types import Chunk, Document, Span

__all__ = ["is_statement", "most_representative", "summarise"]

_MAX_CHUNKS = 120  # that are read; of a longer document the first and others evenly
_FEWEST, _MOST = 3, 8  # sentences of a summary
_MIN_TERMS = 5
_MAX_WORDS = 60
_MAX_CHARACTERS = 400
_LETTERS = 0.6  # share of a sentence; what has fewer is a row of figures or a formula
_EARLY_WEIGHT = 1.0
_TITLE_WEIGHT = 0.5
_LENGTH_POWER = 0.7  # 1 would compare means, which short sentences win
_STILL_COUNTS = 0.3  # of a word that a chosen sentence holds
# In so many texts a word that is in more than half of them tells nothing.
_MANY = 8
_TOO_COMMON = 0.5
# Whoever speaks, or counts, was named before.
_OF_A_SPEAKER = re.compile(
    r"[\"“‘«]?(?:(?:we|i|you|our)\b|the (?:first|second|third|other|same)\b)", re.IGNORECASE
)
# What stands on many pages and says nothing of their subject.
_BOILERPLATE = re.compile(
    r"\b(?:copyright|all rights reserved|(?:representations|warranties) (?:or|and) |disclaimer"
    r"|information contained in this|terms of (?:use|service)|privacy policy|cookies?|subscribe"
    r"|unsubscribe|sign up|log ?in|click (?:here|on)|skip to|javascript|back to top"
    r"|table of contents|isbn|issn|page \d+ of \d+|sent from my|see also|read more|contact us)\b"
    r"|https?://|www\.|©|\.{4}|…{2}",
    re.IGNORECASE,
)
_MAIL_HEADER = re.compile(r"(?:from|to|cc|subject|date|sent):\s", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Sentence:
    """``terms`` are the stems that carry meaning; none when it cannot be read by itself."""

    span: Span
    terms: frozenset[str]


def summarise(document: Document, chunks: Sequence[Chunk]) -> tuple[Span, ...]:
    """The sentences that summarise a document, the most telling first.

    Three to eight, by the document's length. Where no sentence can be read by itself, as in a
    table, the first lines that are no heading; nothing where there are none.
    """
    step = max(1, math.ceil(len(chunks) / _MAX_CHUNKS))
    sentences = list(_sentences(document, chunks[::step]))
    fit = [sentence for sentence in sentences if sentence.terms]
    if not fit:
        spans = [sentence.span for sentence in sentences]
        short = [span for span in spans if span.end - span.start <= _MAX_CHARACTERS]
        return tuple((short or spans)[:_FEWEST])
    count = min(_MOST, _FEWEST + int(math.log2(1 + len(fit) / 10)))
    title = frozenset(content_terms(document.title, document.language))
    early = [1 / (1 + math.sqrt(before)) for before in range(len(fit))]
    chosen = most_representative([s.terms for s in fit], count, early=early, title=title)
    return tuple(fit[i].span for i in chosen)


def most_representative(
    texts: Sequence[frozenset[str]],
    count: int,
    *,
    early: Sequence[float] = (),
    title: frozenset[str] = frozenset(),
) -> list[int]:
    """Which ``count`` of texts, each given as its terms, tell most of all of them; the best first.

    ``early`` in [0, 1] says how near to the beginning each text stands.

    >>> ferry, ticket = frozenset({"ferri", "pier"}), frozenset({"ferri", "pier", "ticket"})
    >>> most_representative([frozenset({"bus", "stop"}), ferry, ticket], 2)
    [1, 0]
    """
    weights = _weights(texts)
    factors = [
        (1 + _EARLY_WEIGHT * near + _TITLE_WEIGHT * len(title & own) / (len(title) or 1))
        / (len(own) or 1) ** _LENGTH_POWER
        for own, near in zip(texts, early or [0.0] * len(texts), strict=True)
    ]
    left = list(range(len(texts)))
    chosen: list[int] = []
    while left and len(chosen) < count:
        worth = [factors[i] * sum(weights[term] for term in texts[i]) for i in left]
        chosen.append(left.pop(worth.index(max(worth))))
        for term in texts[chosen[-1]]:
            weights[term] *= _STILL_COUNTS
    return chosen


def _weights(texts: Sequence[frozenset[str]]) -> dict[str, float]:
    """In how many of the texts each term is."""
    counts = Counter(term for own in texts for term in own)
    most = _TOO_COMMON * len(texts) if len(texts) >= _MANY else len(texts)
    return {term: float(n) if n <= most else 0.0 for term, n in counts.items()}


def _sentences(document: Document, chunks: Sequence[Chunk]) -> Iterator[_Sentence]:
    """The running text in these chunks, sentence by sentence, without repeats."""
    seen: set[str] = set()
    for chunk in chunks:
        for local in sentence_spans(chunk.text, document.language):
            span = _without_head(document, local.shifted(chunk.span.start))
            quote = span.of(document.text)
            text = plain_text(document.media_type, quote)
            if not text or text in seen or text.endswith(",") or not is_prose(document, span):
                continue
            if _MAIL_HEADER.match(text):
                continue
            seen.add(text)
            terms: frozenset[str] = frozenset()
            if not is_list_item(quote) and is_statement(text):
                terms = frozenset(content_terms(text, document.language))
            yield _Sentence(span, terms if len(terms) >= _MIN_TERMS else frozenset())


def _without_head(document: Document, span: Span) -> Span:
    """The span without the date or the title that the first sentence of a text begins with."""
    span = from_its_words(document.text, span)
    head = document.title + "\n"
    if document.text.startswith(head, span.start) and span.start + len(head) < span.end:
        return Span(span.start + len(head), span.end)
    return span


def is_statement(text: str) -> bool:
    """Whether a text is one whole statement that can be read by itself.

    >>> is_statement("The ferry to Lindal leaves at 7:40."), is_statement("It leaves at 7:40.")
    (True, False)
    >>> is_statement("Timetable of the ferry"), is_statement("Copyright 2025 by the ferry.")
    (False, False)
    """
    letters = sum(map(str.isalpha, text)) + text.count(" ")
    return (
        len(text) <= _MAX_CHARACTERS
        and len(text.split()) <= _MAX_WORDS
        and letters >= _LETTERS * len(text)
        and is_complete(text)
        and not text.endswith((":", "?", "？", "|"))
        and not text[0].islower()
        and not leans_back(text)
        and _OF_A_SPEAKER.match(text) is None
        and _BOILERPLATE.search(text) is None
    )
