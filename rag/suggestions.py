"""Questions to begin and to go on with: made from the documents, offered only when they answer.

Each is made from a sentence by its form (:mod:`rag.question_forms`) and then asked: it is offered
when the answer is sure and cites that very sentence. Documents that are not in English get none.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, islice, takewhile, zip_longest

from index.documents import Document, Span
from index.errors import FootnoteError
from index.prose import is_prose
from index.search import OpenGeneration
from index.sentences import sentence_spans
from rag.answers import SURE, Answer, Citation
from rag.assistant import Assistant
from rag.question_forms import questions_from

__all__ = ["Suggestions"]

_FIRST, _NEXT = 4, 3  # are offered
_MOST_ASKED = 16  # to find the first ones; for the next ones half of these
_DOCUMENTS = 40  # that are looked through
_CHUNKS = 6  # of a document

Found = tuple[str, str, Span]  # a question, and the document and the sentence that answer it


class Suggestions:
    """Questions that the current generation surely answers; found once for each generation.

    Whoever asks comes first: while somebody does, nothing is looked for to go on with.
    """

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self._counting = threading.Lock()
        self._people = 0  # who are being answered
        self._finding = threading.Lock()
        self._found: dict[str, list[str]] = {}

    @contextmanager
    def giving_way(self) -> Iterator[None]:
        """While a question of somebody is answered."""
        with self._counting:
            self._people += 1
        try:
            yield
        finally:
            with self._counting:
                self._people -= 1

    def first(self) -> list[str]:
        """Questions to begin with, from different documents; at the first call it takes seconds."""
        try:
            source = self._assistant.searcher.generation()
            with self._finding:
                if source.name not in self._found:
                    self._found = {source.name: self._first(source)}
                return self._found[source.name]
        except FootnoteError:
            return []

    def next(self, answer: Answer, asked: Sequence[str]) -> list[str]:
        """Questions that go on from an answer: what its documents say beside what they cited.

        ``asked`` are the questions of the conversation so far.
        """
        try:
            source = self._assistant.searcher.generation()
            names = dict.fromkeys(c.document_id for c in answer.citations)
            held = [name for name in names if name in source.manifest.documents]
            near = chain.from_iterable(_near(source, name, answer) for name in held)
            calm = takewhile(lambda _: not self._people, near)
            return list(islice(self._answered(calm, asked, _MOST_ASKED // 2), _NEXT))
        except FootnoteError:
            return []

    def _first(self, source: OpenGeneration) -> list[str]:
        """One of each document in turn, as far as they go."""
        names = list(source.manifest.documents)
        step = max(1, len(names) // _DOCUMENTS)
        each = [_early(source, name) for name in names[::step][:_DOCUMENTS]]
        turns = chain.from_iterable(zip_longest(*each))
        found = (question for question in turns if question is not None)
        return list(islice(self._answered(found, (), _MOST_ASKED), _FIRST))

    def _answered(self, found: Iterable[Found], asked: Sequence[str], most: int) -> Iterator[str]:
        """Those that are surely answered by the sentence that they were made from."""
        seen = {_plain(question) for question in asked}
        for question, name, span in islice(found, most):
            if _plain(question) in seen:
                continue
            seen.add(_plain(question))
            answer = self._assistant.ask(question)
            if answer.confidence >= SURE and any(_cites(c, name, span) for c in answer.citations):
                yield question


def _early(source: OpenGeneration, name: str) -> Iterator[Found]:
    """Questions of the sentences that summarise a document, then of its first chunks."""
    document = source.document(name)
    if document.language != "en":
        return
    yield from _made(document, source.summary_of(name))
    for chunk in source.chunks_of(name)[:_CHUNKS]:
        yield from _made(document, _sentences(document, chunk.span))


def _near(source: OpenGeneration, name: str, answer: Answer) -> Iterator[Found]:
    """Questions of what stands around the citations, and is not cited."""
    document = source.document(name)
    if document.language != "en":
        return
    cited = [c.span for c in answer.citations if c.document_id == name]
    chunks = source.chunks_of(name)
    first = next((n for n, chunk in enumerate(chunks) if chunk.span.overlaps(cited[0])), 0)
    nearest = sorted(range(len(chunks)), key=lambda n: (abs(n - first), n))[:_CHUNKS]
    for n in nearest:
        spans = _sentences(document, chunks[n].span)
        yield from _made(document, [s for s in spans if not any(s.overlaps(c) for c in cited)])


def _made(document: Document, spans: Iterable[Span]) -> Iterator[Found]:
    for span in spans:
        if is_prose(document, span):
            for question in questions_from(span.of(document.text)):
                yield question, document.id, span


def _sentences(document: Document, within: Span) -> list[Span]:
    """The sentences of a part of a document, as spans of the document."""
    return [
        Span(within.start + span.start, within.start + span.end)
        for span in sentence_spans(within.of(document.text), document.language)
    ]


def _cites(citation: Citation, name: str, span: Span) -> bool:
    return citation.document_id == name and citation.span.overlaps(span)


def _plain(question: str) -> str:
    return " ".join(question.lower().split()).rstrip("?")
