"""What drafts are made from: sentences of a document that tell something by themselves.

The most telling come first: those that summarise the document, with rare words, near its
beginning. A seed shifts the order a little, so that another one gives other drafts.
"""

from __future__ import annotations

import math
import random
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from eval.drafting import english_words as english
from eval.drafting.names import names_by_kind
from index.loaders import plain_text
from index.search import OpenGeneration
from index.text.prose import is_complete, is_list_item, is_prose, leans_back
from index.text.sentences import sentence_spans
from index.text.words import content_terms, stems
from index.types import Document, Heading, Span

__all__ = ["Salient", "Source", "flat", "read_source"]

_MOST_CHARACTERS = 400
_MOST_SENTENCES = 1500  # of one document that are looked at, from its beginning
_ASKED_SENTENCES = 200  # of one document, the most telling
_NAMED_CHARACTERS = 100_000  # of a document that names are taken from
_LARGEST_IDF = 6.2
_JITTER = 0.35
_SPEAKS = re.compile(r"\b(?:I|we|We|our|Our|us|my|My)\b")
_LABELLED = re.compile(r"(?:[A-Z][\w&'’/-]*(?: [\w&'’/-]+){0,6}): ")
_MINOR = frozenset("the a an of and or for in on to with at by from your".split())
_NO_TEXT = re.compile(r"[|•{}<>\\_]|\.{3}|…|https?:|www\.|@|\[\d+\]|(?:\b[A-Z]\w*\b ){7}|-\s*\n")


@dataclass(frozen=True, slots=True)
class Salient:
    """A sentence that can be asked about: its place, its text without markup, how telling it is."""

    span: Span
    text: str
    worth: float


@dataclass(frozen=True)
class Source:
    """A document with its sentences, the most telling first."""

    document: Document
    sentences: tuple[Salient, ...]

    @cached_property
    def names(self) -> dict[str, Counter[str]]:
        """Its names by kind."""
        return names_by_kind(self.document.text[:_NAMED_CHARACTERS])

    @cached_property
    def stems(self) -> frozenset[str]:
        """The stems of all its words."""
        return frozenset(stems(self.document.text, self.document.language))

    @cached_property
    def sentence_stems(self) -> tuple[frozenset[str], ...]:
        """The stems of each of its sentences, of those that are not salient too."""
        text, language = self.document.text, self.document.language
        return tuple(
            frozenset(stems(span.of(text), language)) for span in sentence_spans(text, language)
        )

    def is_person(self, name: str) -> bool:
        """Whether the document shows that a name is that of a person."""
        return name in self.names.get("person", ())

    def is_once(self, evidence: str) -> bool:
        """Whether the words of a sentence stand in one place only."""
        return self._flat.count(flat(evidence)) == 1

    @cached_property
    def _flat(self) -> str:
        return flat(self.document.text)

    def written(self, title: str) -> str:
        """A title inside a question: its words in lower case where the text has them so too.

        That is where it has them at all; a name keeps its capitals.
        """
        first, *rest = title.split()
        if any(w.islower() and w not in _MINOR for w in rest):  # as a sentence is written
            return " ".join([self._as_in_text(first, unknown_low=True), *rest])
        kept = [self._as_in_text(word) for word in (first, *rest)]
        is_name = re.search(rf"[a-z,] {re.escape(title)}\b", self._flat) is not None
        is_mixed = any(word[:1].isupper() for word in kept) and not title.isupper()
        if is_name or is_mixed:  # "Vice President of Operations"
            return " ".join(w.lower() if w.lower() in _MINOR else w for w in (first, *rest))
        return " ".join(kept)

    def asked(self, title: str) -> str:
        """A title that is a question, inside a sentence: whatever can be in lower case is."""
        words = [w if self._words[w.lower()] == 0 else w.lower() for w in title.split()]
        return " ".join([words[0].lower(), *words[1:]])

    def lowered(self, word: str) -> str:
        """The first word of a sentence, as it would be written inside one."""
        return self._as_in_text(word)

    def _as_in_text(self, word: str, *, unknown_low: bool = False) -> str:
        if word.lower() in english.FUNCTION | english.DETERMINERS and word != "I":
            return word.lower()
        if word[1:2].isupper() and (len(word) < 5 or not word.isupper()):
            return word  # an abbreviation
        low, capital = self._words[word.lower()], self._within[word.capitalize()]
        is_common = low > capital or (unknown_low and low == capital)
        return word.lower() if is_common else word

    @cached_property
    def _words(self) -> Counter[str]:
        return Counter(re.findall(r"(?<![\w’'-])[a-z][\w’'-]*", self.document.text))

    @cached_property
    def _within(self) -> Counter[str]:
        """Words with a capital that does not begin a sentence."""
        return Counter(re.findall(r"(?<=[a-z,] )[A-Z][\w’'-]*", self._flat))

    def sections(self) -> Iterator[tuple[Heading, Span]]:
        """Each heading, with the first sentence below it that says something."""
        text, language = self.document.text, self.document.language
        headings = self.document.headings
        ends = [heading.start for heading in headings[1:]] + [len(text)] * bool(headings)
        for heading, end in zip(headings, ends, strict=True):
            line = text.find("\n", heading.start)
            begin = min(end, line + 1 if line >= 0 else end)
            for local in sentence_spans(text[begin : min(end, begin + 3000)], language)[:3]:
                span = local.shifted(begin)
                plain = plain_text(self.document.media_type, span.of(text))
                is_said = is_complete(plain) and len(plain.split()) >= 6 and plain[:1].isupper()
                if is_said and is_prose(self.document, span) and len(plain) <= _MOST_CHARACTERS:
                    if _NO_TEXT.search(plain) is None and not plain.endswith("?"):
                        yield heading, span
                    break


def flat(text: str) -> str:
    """A text on one line."""
    return " ".join(text.split())


def read_source(generation: OpenGeneration, name: str, seed: int) -> Source:
    """The document of this id with the sentences that can be asked about."""
    document = generation.document(name)
    summary = generation.summary_of(name)
    found: list[Salient] = []
    spans = sentence_spans(document.text, document.language)
    for at, span in enumerate(spans[:_MOST_SENTENCES]):
        quote = span.of(document.text)
        if len(quote) > _MOST_CHARACTERS or _NO_TEXT.search(quote) or is_list_item(quote):
            continue
        text = plain_text(document.media_type, quote)
        if not _is_statement(text) or not is_prose(document, span):
            continue
        terms = content_terms(text, document.language)
        if len(terms) < 3:
            continue
        rare = sum(min(_LARGEST_IDF, generation.term_weight(t)) for t in terms) / len(terms)
        rank = next((n for n, s in enumerate(summary) if s.overlaps(span)), None)
        worth = (
            rare / _LARGEST_IDF
            + 0.3 / math.sqrt(1 + at)
            + (0.3 / (1 + rank) + 0.2 if rank is not None else 0.0)
            + _JITTER * random.Random(f"{seed} {name} {span.start}").random()  # noqa: S311
        )
        found.append(Salient(span, text, worth))
    found.sort(key=lambda s: (-s.worth, s.span.start))
    return Source(document, tuple(found[:_ASKED_SENTENCES]))


def _is_statement(text: str) -> bool:
    return (
        bool(text)
        and is_complete(text)
        and not text.endswith((":", "?", "？", "|"))
        and not text[0].islower()
        and (text[0].isalnum() or text[0] in '“"‘¿¡')
        and not leans_back(text)
        and _SPEAKS.search(text) is None
        and _LABELLED.match(text) is None
    )
