"""What to ask to begin and to go on with: subjects of the documents that they answer.

A subject is a heading under its title, in whatever language it is. Each is asked: it is offered
when the answer is sure and cites what stands under that heading.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, islice, takewhile, zip_longest

from index.errors import FootnoteError
from index.search import OpenGeneration
from index.types import Document, Span
from rag.assistant import Assistant
from rag.types import Answer

__all__ = ["Suggestions"]

_FIRST, _NEXT = 4, 3  # are offered
_MOST_ASKED = 16  # to find the first ones; for the next ones half of these
_DOCUMENTS = 40  # that are looked through
_SUBJECTS = 6  # of a document
_FEWEST_WORDS = 6  # under a heading

Found = tuple[str, str, Span]  # what is asked, and the document and the part that answer it


class Suggestions:
    """Questions that the current generation answers; found once for each generation.

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
        subjects = [_subjects(source.document(name)) for name in names[::step][:_DOCUMENTS]]
        turns = chain.from_iterable(zip_longest(*(islice(each, _SUBJECTS) for each in subjects)))
        found = (question for question in turns if question is not None)
        return list(islice(self._answered(found, (), _MOST_ASKED), _FIRST))

    def _answered(self, found: Iterable[Found], asked: Sequence[str], most: int) -> Iterator[str]:
        """Those that are answered from the part that they name."""
        seen = {_plain(question) for question in asked}
        for question, name, span in islice(found, most):
            if _plain(question) in seen:
                continue
            seen.add(_plain(question))
            answer = self._assistant.ask(question)
            if not answer.abstained and any(
                c.document_id == name and c.span.overlaps(span) for c in answer.citations
            ):
                yield question


def _near(source: OpenGeneration, name: str, answer: Answer) -> Iterator[Found]:
    """What the headings nearest to the citations name, but for what is cited."""
    cited = [c.span for c in answer.citations if c.document_id == name]
    others = [
        found
        for found in _subjects(source.document(name))
        if not any(found[2].overlaps(span) for span in cited)
    ]
    nearest = sorted(others, key=lambda found: abs(found[2].start - cited[0].start))
    yield from nearest[:_SUBJECTS]


def _subjects(document: Document) -> Iterator[Found]:
    """A heading under its title as what to ask, with the text that stands under the heading.

    A document without headings is asked about by its title.
    """
    ends = [*(heading.start for heading in document.headings), len(document.text)][1:]
    sections = [
        (heading.text, Span(heading.start, end))
        for heading, end in zip(document.headings, ends, strict=True)
        if len(document.text[heading.start + len(heading.text) : end].split()) >= _FEWEST_WORDS
    ]
    for heading, span in sections or [(document.title, Span(0, len(document.text)))]:
        is_whole = heading.endswith(("?", "？")) or document.title in heading
        yield heading if is_whole else f"{document.title}: {heading}", document.id, span


def _plain(question: str) -> str:
    return " ".join(question.lower().split()).rstrip("?")
