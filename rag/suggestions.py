"""Questions to offer: subjects that the documents name themselves, in whatever language they are.

A subject is a heading under the title of its document, with text below it. Nothing is asked or
searched to find one; a document without headings is asked about by its title.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain, islice, zip_longest

from index.errors import FootnoteError
from index.search import OpenGeneration, Searcher
from index.text.prose import is_prose
from index.types import Document, Span
from rag.types import Answer

__all__ = ["Suggestions"]

_FIRST, _NEXT = 4, 3  # are offered
_DOCUMENTS = 8  # that are looked through for the first ones
_FEWEST_WORDS = 6  # under a heading


class Suggestions:
    """Questions about the documents of the current generation."""

    def __init__(self, searcher: Searcher) -> None:
        self._searcher = searcher

    def first(self) -> list[str]:
        """Questions to begin with, from documents spread over the folder."""
        try:
            source = self._searcher.generation()
            names = list(source.manifest.documents)
            spread = names[:: max(1, len(names) // _DOCUMENTS)][:_DOCUMENTS]
            order = spread[::2] + spread[1::2]  # half of them are enough where all have subjects
            subjects = [[q for q, _ in _subjects(source.document(name))] for name in order]
        except FootnoteError:
            return []
        turns = chain.from_iterable(zip_longest(*subjects))
        return _offered((question for question in turns if question), (), _FIRST)

    def next(self, answer: Answer, asked: Sequence[str]) -> list[str]:
        """Questions that go on from an answer: what its documents say beside what they cited.

        ``asked`` are the questions of the conversation so far.
        """
        try:
            source = self._searcher.generation()
            cited = dict.fromkeys(c.document_id for c in answer.citations)
            held = [name for name in cited if name in source.manifest.documents]
            near = [_near(source, name, answer) for name in held]
        except FootnoteError:
            return []
        return _offered(chain.from_iterable(near), asked, _NEXT)


def _offered(questions: Iterable[str], asked: Sequence[str], count: int) -> list[str]:
    """The first ``count`` that differ from each other and from those asked."""
    before = {_plain(question) for question in asked}
    different = {_plain(question): question for question in questions}
    return list(islice((q for plain, q in different.items() if plain not in before), count))


def _near(source: OpenGeneration, name: str, answer: Answer) -> list[str]:
    """The subjects of a document that are nearest to what the answer cites there, without these."""
    cited = [c.span for c in answer.citations if c.document_id == name]
    others = [
        (question, span)
        for question, span in _subjects(source.document(name))
        if not any(span.overlaps(quote) for quote in cited)
    ]
    others.sort(key=lambda subject: abs(subject[1].start - cited[0].start))
    return [question for question, _ in others]


def _subjects(document: Document) -> list[tuple[str, Span]]:
    """The questions that a document names, each with the part of the text that it is about."""
    ends = [*(heading.start for heading in document.headings), len(document.text)][1:]
    sections = [
        (heading.text, Span(heading.start, end))
        for heading, end in zip(document.headings, ends, strict=True)
        if _is_read(document, Span(heading.start + len(heading.text), end))
    ]
    if not sections and len(document.text.split()) >= _FEWEST_WORDS:
        sections = [(document.title, Span(0, len(document.text)))]
    return [(_question(document.title, heading), span) for heading, span in sections]


def _is_read(document: Document, section: Span) -> bool:
    """Whether there is text below a heading, and not a list of sources."""
    text = document.text[section.start : section.end]
    return len(text.split()) >= _FEWEST_WORDS and is_prose(document, section)


def _question(title: str, heading: str) -> str:
    """A heading as a question that says by itself what it is about.

    >>> _question("Lindal", "Opening hours"), _question("Lindal", "When was it built?")
    ('Lindal: Opening hours', 'When was it built?')
    """
    is_whole = heading.endswith(("?", "？")) or title in heading
    return heading if is_whole else f"{title}: {heading}"


def _plain(question: str) -> str:
    return " ".join(question.lower().split()).rstrip("?")
