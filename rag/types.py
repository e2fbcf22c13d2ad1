"""What the read side gives: answers, their sentences and citations, and the fixed JSON form.

Invariant: ``document.text[citation.span.start:citation.span.end] == citation.quote`` for the
document in the answer's generation.

A quote is exact characters of a document, with what stands around them:
``quote.document.text[quote.span]`` is what a citation shows.
"""

from __future__ import annotations

import re
import time
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise, takewhile
from operator import eq
from typing import Any

from index.loaders import plain_text
from index.text.composed import composed_with_origins
from index.text.prose import is_list_item, is_prose
from index.text.sentence_ends import is_ended
from index.text.sentences import sentence_spans
from index.tracing import Trace
from index.types import Document, Passage, Span
from rag.replies import reply

__all__ = [
    "ABOUT",
    "SURE",
    "UNSURE",
    "Answer",
    "Citation",
    "Clock",
    "Draft",
    "Message",
    "Part",
    "Quote",
    "Sentence",
    "ShortAnswer",
    "Step",
    "alike_around",
    "cited",
    "confidence_in_words",
    "is_line",
    "list_after",
    "list_around",
    "list_below",
    "list_head",
    "passage_json",
    "prose_after",
    "prose_before",
    "quote_at",
    "row_above",
    "short_answer",
    "text_parts",
]


# Below this cosine with the question, a passage is not about it.
ABOUT = 0.35
SURE = 0.5
"""Below this confidence an answer says that it may not be one."""
UNSURE = 0.45
"""The confidence of an answer where there is a reason for doubt."""
_VERY_SURE = 0.75

# The place of a row or a record, "table 2, row 3"; what follows a mail's head is no cell.
_ROW_PLACE = re.compile(r"\b(?:row|item|line|contact|event|task|entry) \d+")
_FIELD = re.compile(r"[:：]")
_REACH = 4000  # characters to look for the items of a list
_BETWEEN = {  # what stands between two parts of a text
    ("lead", "item"): "\n\n",
    ("lead", "sentence"): "\n\n",
    ("item", "item"): "\n",
    ("item", "sentence"): "\n\n",
    ("sentence", "item"): "\n",
    ("sentence", "sentence"): " ",
}
_STAGES = ("rewrite", "embed", "retrieve", "rerank", "read", "generate", "verify", "total")
_CALLS = {"rewrite": "understand", "generate": "write"}  # of a trace, where they have other names


Part = tuple[str, int]
"""A piece of a text, and the number of the citation whose marker it is; 0 for words."""


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation; ``role`` is "user" or "assistant"."""

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class Step:
    """What was just done, in words for the reader."""

    text: str


@dataclass(frozen=True, slots=True)
class Citation:
    """A marker of an answer resolved to the exact characters of a document.

    ``place`` says in words where they are in the file: "page 4", "slide 3", "row 12".
    ``source_url`` is where a browser shows a document that a source brought.
    """

    number: int
    document_id: str
    title: str
    span: Span
    quote: str
    page: int | None = None
    heading_path: tuple[str, ...] = ()
    date: str | None = None
    place: str | None = None
    source_url: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The citation object of ``footnote ask --json``."""
        return {
            "number": self.number,
            "document": self.document_id,
            "title": self.title,
            "start": self.span.start,
            "end": self.span.end,
            "quote": self.quote,
            "page": self.page,
            "place": self.place,
            "headings": list(self.heading_path),
            "source_url": self.source_url,
        }


@dataclass(frozen=True, slots=True)
class ShortAnswer:
    """The words that answer by themselves: exact characters of what a citation quotes.

    ``confidence`` in [0, 1] is how sure the reader is of them. ``with_unit`` are they with a unit
    that stands elsewhere, "" where there is none.
    """

    text: str
    document_id: str
    span: Span
    citation: int
    confidence: float
    with_unit: str = ""

    @property
    def shown(self) -> str:
        """As an answer begins with it."""
        return self.with_unit or self.text

    def as_json(self) -> dict[str, Any]:
        """The object ``short_answer`` of ``footnote ask --json``."""
        return {
            "text": self.text,
            "document": self.document_id,
            "start": self.span.start,
            "end": self.span.end,
            "citation": self.citation,
            "confidence": round(self.confidence, 4),
        }


@dataclass(frozen=True, slots=True)
class Sentence:
    """One verified sentence: its text, the numbers it cites, and its support in [0, 1].

    ``short_answer`` are the words of it that answer by themselves, where there are such;
    ``certainty`` in [0, 1] is how sure the reader is of them, ``shown`` they with their unit,
    where that does not stand beside them.
    """

    text: str
    citations: tuple[int, ...]
    support: float
    is_list_item: bool = False
    short_answer: Span | None = None
    certainty: float = 0.0
    shown: str = ""

    @property
    def lead(self) -> str:
        """The short answer as an answer begins with it, "" where there is none."""
        return self.shown or (self.short_answer.of(self.text) if self.short_answer else "")

    def emphasised(self, bold: tuple[str, str]) -> str:
        """The text with ``bold`` around the short answer."""
        text, found = self.text, self.short_answer
        if found is None:
            return text
        return text[: found.start] + found.of(text).join(bold) + text[found.end :]

    def as_json(self) -> dict[str, Any]:
        """The object of ``sentences`` of ``footnote ask --json``."""
        return {
            "text": self.text,
            "citations": list(self.citations),
            "support": round(self.support, 4),
            "short_answer": self.short_answer.of(self.text) if self.short_answer else None,
        }


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one question; ``abstention`` is the reason when it was withheld.

    ``confidence`` in [0, 1] estimates that the documents answer the question. ``left_out``
    counts sentences of a generator that failed verification. ``notice`` is a message to the
    reader about how the answer was made, or None; ``query`` is the SQL that a table was asked with.
    ``remark`` is the reply to small talk, which is shown instead of sentences and cites nothing.
    ``language`` (ISO 639-1) is the question's, in which all that is said. ``signals`` are what the
    confidence was computed from. Timings are milliseconds.
    """

    question: str
    standalone_question: str
    generator: str
    generation: str
    sentences: tuple[Sentence, ...] = ()
    citations: tuple[Citation, ...] = ()
    passages: tuple[Passage, ...] = ()
    abstention: str | None = None
    confidence: float = 0.0
    notice: str | None = None
    query: str | None = None
    left_out: int = 0
    remark: str | None = None
    language: str = "en"
    signals: dict[str, float] = field(default_factory=dict)
    timings_ms: dict[str, float] = field(default_factory=dict)

    @property
    def abstained(self) -> bool:
        """Whether the answer was withheld."""
        return self.abstention is not None

    @property
    def short_answer(self) -> ShortAnswer | None:
        """The words that answer by themselves, where a sentence has such."""
        return short_answer(self.sentences, self.citations)

    @property
    def offered(self) -> tuple[Passage, ...]:
        """The nearest passages that a refusal offers; none when nothing is about the question."""
        if not self.abstained:
            return ()
        return tuple(p for p in self.passages if p.dense >= ABOUT)[:3]

    @property
    def text(self) -> str:
        """The whole answer with markers: sentences, list items on lines of their own."""
        return self.written()

    def written(self, bold: tuple[str, str] = ("", "")) -> str:
        """The short answer, then the sentences; ``bold`` is put around the short answer."""
        if self.abstention is not None:
            return self.abstention
        if self.remark is not None:
            return self.remark
        parts = text_parts(self.sentences, self.short_answer, bold)
        return "".join(text for text, _ in parts)

    def as_json(self) -> dict[str, Any]:
        """The object of ``footnote ask --json``."""
        return {
            "question": self.question,
            "standalone_question": self.standalone_question,
            "answer": self.text,
            "short_answer": short.as_json() if (short := self.short_answer) else None,
            "abstained": self.abstained,
            "abstention_reason": self.abstention,
            "confidence": round(self.confidence, 4),
            "sentences": [s.as_json() for s in self.sentences],
            "citations": [c.as_json() for c in self.citations],
            "passages": [passage_json(p) for p in self.passages],
            "generator": self.generator,
            "generation": self.generation,
            "notice": self.notice,
            "query": self.query,
            "left_out": self.left_out,
            "signals": {name: round(value, 6) for name, value in self.signals.items()},
            "timings_ms": {name: round(ms, 1) for name, ms in self.timings_ms.items()},
        }


def text_parts(
    sentences: Sequence[Sentence],
    lead: ShortAnswer | None = None,
    bold: tuple[str, str] = ("", ""),
) -> list[Part]:
    """The text of sentences behind a short answer: words, and the markers of citations.

    More sentences add parts and change none.

    >>> text_parts([Sentence("Two met.", (1,), 1.0), Sentence("They left.", (1, 2), 1.0)])
    [('Two met. ', 0), ('[1]', 1), (' They left. ', 0), ('[1]', 1), (' ', 0), ('[2]', 2)]
    """
    parts: list[Part] = []
    last = ""
    if lead is not None:
        parts += [(f"{lead.shown.join(bold)} ", 0), (f"[{lead.citation}]", lead.citation)]
        last = "lead"
    for sentence in sentences:
        kind, dash = ("item", "- ") if sentence.is_list_item else ("sentence", "")
        words = _BETWEEN.get((last, kind), "") + dash + sentence.emphasised(bold)
        for number in sentence.citations:
            parts += [(f"{words} ", 0), (f"[{number}]", number)]
            words = ""
        last = kind
    return parts


def short_answer(
    sentences: Sequence[Sentence], citations: Sequence[Citation]
) -> ShortAnswer | None:
    """The short answer of the first sentence that has one, at its place in what it cites."""
    for sentence in sentences:
        if sentence.short_answer is None or not sentence.citations:
            continue
        words = sentence.short_answer.of(sentence.text)
        cited = next(c for c in citations if c.number == sentence.citations[0])
        # A quote may begin with the sentence before: the same words are counted from the end.
        later = sentence.text[sentence.short_answer.end :].count(words)
        quote, origins = composed_with_origins(cited.quote)
        at = len(quote)
        for _ in range(later + 1):
            at = quote.rfind(words, 0, at)
        if at >= 0:
            own = Span(origins[at], origins[at + len(words)])
            return ShortAnswer(
                own.of(cited.quote),
                cited.document_id,
                own.shifted(cited.span.start),
                cited.number,
                sentence.certainty,
                sentence.shown,
            )
    return None


def confidence_in_words(confidence: float, language: str = "en") -> str:
    """The confidence in words.

    >>> confidence_in_words(0.9), confidence_in_words(0.3), confidence_in_words(0.6, "de")
    ('very sure', 'not sure that this answers the question', 'ziemlich sicher')
    """
    if confidence < SURE:
        return reply("not_sure", language)
    return reply("very_sure" if confidence >= _VERY_SURE else "fairly_sure", language)


def passage_json(passage: Passage) -> dict[str, Any]:
    """The passage object of ``footnote search --json`` and ``ask --json``."""
    chunk = passage.chunk
    return {
        "rank": passage.rank,
        "document": chunk.document_id,
        "start": chunk.span.start,
        "end": chunk.span.end,
        "text": chunk.text,
        "score": round(passage.score, 6),
        "dense": round(passage.dense, 6),
        "lexical": round(passage.lexical, 6),
        "phrase": round(passage.phrase, 6),
        "dense_rank": passage.dense_rank,
        "lexical_rank": passage.lexical_rank,
        "rerank_score": passage.rerank_score,
        "page": chunk.page,
        "headings": list(chunk.heading_path),
    }


@dataclass(frozen=True, slots=True)
class Quote:
    """A sentence of a document; ``text`` is the quote as a reader sees it."""

    document: Document
    span: Span
    text: str

    @property
    def quote(self) -> str:
        """The exact characters."""
        return self.span.of(self.document.text)

    @property
    def is_list_item(self) -> bool:
        """Whether the quote is an item of a list or a row of a table."""
        return is_list_item(self.quote)

    @property
    def is_row(self) -> bool:
        """Whether it stands by itself: an item, a row, or a line among lines that are no text."""
        lines = _lines_around(self.document.text, self.span)
        is_line = lines[1].strip() == self.quote and bool(lines[0].strip() or lines[2].strip())
        return self.is_list_item or (is_line and not is_ended(self.quote))

    @property
    def is_fragment(self) -> bool:
        """Whether it is neither a sentence nor a field ("Zone: B")."""
        return not (is_ended(self.text) or _FIELD.search(self.text))

    @property
    def opens_list(self) -> bool:
        """Whether the quote announces the list that follows it."""
        return self.quote.rstrip("*_ ").endswith(":")


@dataclass(frozen=True, slots=True)
class Draft:
    """A sentence before verification, with the quotes that it names as its support.

    ``details`` follow it in brackets; they are the manifest's, not the quotes'. ``short_answer``
    are the words of the text that answer by themselves, ``certainty`` in [0, 1] how sure the
    reader is of them, ``shown`` they with a unit that stands elsewhere.
    """

    text: str
    evidence: tuple[Quote, ...]
    is_list_item: bool = False
    details: str = ""
    short_answer: Span | None = None
    certainty: float = 0.0
    shown: str = ""


def is_line(text: str, span: Span) -> bool:
    """Whether a span is all of its line."""
    return _lines_around(text, span)[1].strip() == span.of(text)


def _lines_around(text: str, span: Span) -> tuple[str, str, str]:
    """The line before a span, its own, which may be several, and the one behind."""
    start = text.rfind("\n", 0, span.start) + 1
    end = text.find("\n", span.end)
    end = end if end >= 0 else len(text)
    before = text[text.rfind("\n", 0, max(0, start - 1)) + 1 : max(0, start - 1)]
    behind = text[end + 1 : end + 1 + _REACH].partition("\n")[0]
    return before, text[start:end], behind


def list_after(quote: Quote) -> list[Span]:
    """The sentences of the list, or the rows of the table, that directly follow the quote."""
    text = quote.document.text
    after = text[quote.span.end : quote.span.end + _REACH]
    spans = [
        span.shifted(quote.span.end) for span in sentence_spans(after, quote.document.language)
    ]
    listed = takewhile(lambda span: _in_list(text, span), spans)
    return [span for span in listed if is_prose(quote.document, span)]


def list_around(quote: Quote) -> list[Span]:
    """The sentences of the list that holds the quote, itself included."""
    text = quote.document.text
    start = max(0, quote.span.start - _REACH)
    spans = sentence_spans(text[start : quote.span.start], quote.document.language)
    before = [span.shifted(start) for span in spans]
    leading = list(takewhile(lambda span: _in_list(text, span), reversed(before)))
    above = [span for span in reversed(leading) if is_prose(quote.document, span)]
    own = _indent(text, quote.span)
    above = [*takewhile(lambda span: _indent(text, span) >= own, reversed(above))][::-1]
    below = takewhile(lambda span: _indent(text, span) >= own, list_after(quote))
    return [*above, quote.span, *below]


def list_below(quote: Quote) -> list[Span]:
    """The items of the list inside an item of a list, which stand deeper than that."""
    if not quote.is_list_item:
        return []
    text = quote.document.text
    own = _indent(text, quote.span)
    return [*takewhile(lambda span: _indent(text, span) > own, list_after(quote))]


def list_head(quote: Quote) -> Span | None:
    """What stands right above the list that holds the quote: a heading, or what opens the list."""
    document, first = quote.document, list_around(quote)[0]
    start = max(0, first.start - _REACH)
    spans = sentence_spans(document.text[start : first.start], document.language)
    if not spans:
        return None
    above = spans[-1].shifted(start)
    is_heading = any(heading.start == above.start for heading in document.headings)
    return above if is_heading or quote_at(document, above).opens_list else None


def _indent(text: str, span: Span) -> int:
    """In which column the line of a span begins."""
    line = text[text.rfind("\n", 0, span.start) + 1 : span.end].expandtabs(4)
    return len(line) - len(line.lstrip())


def alike_around(quote: Quote) -> list[Span]:
    """The sentences around the quote that say of others what it says, itself included.

    They follow each other in a paragraph, are as long, and share most words with the one beside
    them: "The Linz office was opened in 2014. The Brno office was opened in 2018."
    """
    spans = _paragraph(quote)
    if quote.span not in spans:
        return [quote.span]
    words = [span.of(quote.document.text).split() for span in spans]
    alike = [_are_alike(*pair) for pair in pairwise(words)]
    first = last = spans.index(quote.span)
    while first and alike[first - 1]:
        first -= 1
    while last < len(alike) and alike[last]:
        last += 1
    return spans[first : last + 1]


def _are_alike(words: Sequence[str], others: Sequence[str]) -> bool:
    return len(words) == len(others) and 2 * sum(map(eq, words, others)) > len(words)


def _in_list(text: str, span: Span) -> bool:
    """Whether a sentence begins a list item or goes on with one on its line."""
    line_start = text.rfind("\n", 0, span.start) + 1
    return is_list_item(text[line_start : span.end].lstrip())


def quote_at(document: Document, span: Span) -> Quote:
    """What stands at a span, as a reader sees it."""
    return Quote(document, span, plain_text(document.media_type, span.of(document.text)))


def cited(quote: Quote, number: int) -> Citation:
    """The citation of a quote under this number."""
    document, start = quote.document, quote.span.start
    return Citation(
        number=number,
        document_id=document.id,
        title=document.title,
        span=quote.span,
        quote=quote.quote,
        page=document.page_at(start),
        heading_path=document.heading_path_at(start),
        date=document.date,
        place=document.place_at(start),
        source_url=document.source_url,
    )


def prose_before(quote: Quote) -> Span | None:
    """The sentence before, when it stands in the same paragraph."""
    before = [span for span in _paragraph(quote) if span.end <= quote.span.start]
    return before[-1] if before and is_prose(quote.document, before[-1]) else None


def prose_after(quote: Quote) -> Span | None:
    """The sentence behind, when it stands in the same paragraph."""
    behind = [span for span in _paragraph(quote) if span.start >= quote.span.end]
    return behind[0] if behind and is_prose(quote.document, behind[0]) else None


def _paragraph(quote: Quote) -> list[Span]:
    """The sentences of the paragraph that holds the quote; a part alone may be split otherwise."""
    text = quote.document.text
    start = text.rfind("\n\n", 0, quote.span.start) + 2
    start = max(0 if start < 2 else start, quote.span.start - _REACH)
    stop = text.find("\n\n", quote.span.end, quote.span.end + _REACH)
    part = text[start : stop if stop >= 0 else quote.span.end + _REACH]
    return [span.shifted(start) for span in sentence_spans(part, quote.document.language)]


def row_above(quote: Quote) -> Span | None:
    """The first line of the row or record whose long cell, a paragraph by itself, has the quote."""
    text, places = quote.document.text, quote.document.places
    after = bisect_right(places, quote.span.start, key=lambda place: place.start)
    if not after or not _ROW_PLACE.search(places[after - 1].name):
        return None
    start = places[after - 1].start
    end = text.find("\n", start, quote.span.start)
    line = text[start : max(start, end)]
    return Span(start, end) if is_list_item(line) and ": " in line else None


class Clock:
    """Milliseconds by stage, which also become parts of a trace."""

    def __init__(self, trace: Trace | None = None) -> None:
        self._trace = trace
        self._began = self._mark = time.perf_counter()
        self._ms = dict.fromkeys(_STAGES, 0.0)

    def start(self) -> None:
        """What comes now belongs to the stage that is stopped next."""
        self._mark = time.perf_counter()

    def stop(self, stage: str) -> None:
        """The time since the last start or stop was spent in this stage."""
        now = time.perf_counter()
        self._ended(_CALLS.get(stage, stage), {stage: (now - self._mark) * 1000})
        self._mark = now

    def searched(self, *, embed: float, retrieve: float, rerank: float) -> None:
        """A search that took so much is over now."""
        self._ended("search", {"embed": embed, "retrieve": retrieve, "rerank": rerank})

    def _ended(self, call: str, ms_by_stage: Mapping[str, float]) -> None:
        for stage, ms in ms_by_stage.items():
            self._ms[stage] += ms
        if self._trace is not None:
            self._trace.part(call, sum(ms_by_stage.values()))

    def timings(self) -> dict[str, float]:
        """Milliseconds of each stage, and in all."""
        return self._ms | {"total": (time.perf_counter() - self._began) * 1000}
