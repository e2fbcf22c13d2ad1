"""Parts of documents that a question asks for: "What does section 3 say?", "What is on page 2?".

That it asks what a part says, and of which kind, is said by its intent (:mod:`rag.intents`). A
heading is named by the words of its title, or by its number; a page, a slide or a row by its
number. Where several documents have such a part, those whose names share most with the question
are meant. The answer is what stands there first, verified like all else. Nothing is searched.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

from index.store.manifest import Entry
from index.text.prose import is_prose
from index.text.sentence_ends import is_ended
from index.text.sentences import sentence_spans
from index.text.words import (
    content_terms,
    languages_to_ask,
    meaning_words,
    stems,
)
from index.types import Document, Heading, Span
from rag.asking import Asking
from rag.named_documents import DocumentNames
from rag.types import Draft, Step, quote_at
from rag.verify import Event, VerifiedAnswer

__all__ = ["MAX_DOCUMENTS", "Part", "answer_parts", "find_parts", "in_language", "most_named"]

MAX_DOCUMENTS = 200
"""So many documents are looked at for a part."""

_MAX_SENTENCES = 5  # of one part
_MAX_PARTS = 3  # of several documents,
_MAX_OF_SEVERAL = 2  # and of each so many sentences
_MAX_HEAD = 100  # characters of a line that may be a heading
_MOST_OF_IT = 0.5  # share of the words of a heading that name it
_NUMBER = r"\d+(?:\.\d+)*|\b(?:[IVXLC]{2,}|[VX])\b|(?<=第)[一二三四五六七八九十百]+"
_NUMBERS = re.compile(_NUMBER)
_LABEL = re.compile(rf"\W*(?:[^\W\d_]+\W*)?(?P<number>{_NUMBER})[.):：]*")  # "Article 5"
_WHOLE = re.compile(r"(?:slide|page) \d+")
_LAST_NUMBER = re.compile(r"(\d+)\D*\Z")
_LONE_LINE = re.compile(rf"(?:\A|(?<=\n\n))([^\n]{{1,{_MAX_HEAD}}})\n(?=\n)")


@dataclass(frozen=True, slots=True)
class Part:
    """What a question names: its name as the document has it, and where its text stands."""

    document: Document
    name: str
    span: Span


def most_named(question: str, documents: Mapping[str, Entry], names: DocumentNames) -> list[str]:
    """The documents whose names share most words with a question, all where none shares one."""
    counts: Counter[str] = Counter()
    languages = languages_to_ask(entry.language for entry in documents.values())
    for word in meaning_words(question, languages):
        counts.update(names.holding(set(stems(word)), with_year=False) & documents.keys())
    most = max(counts.values(), default=0)
    return [name for name in documents if counts[name] == most]


def find_parts(
    question: str, kind: str, documents: Sequence[Document], *, by_number: bool = True
) -> list[Part]:
    """The parts of a kind (one of ``rag.intents.PARTS``) that a question names, one a document.

    ``by_number``: a number may be all that names a heading.
    """
    numbers = frozenset(map(_value, _NUMBERS.findall(question)))
    found: list[Part | None] = []
    if kind != "heading":
        found = [_at_number(document, kind, numbers) for document in documents if by_number]
    else:
        for way in (_is_titled, _is_numbered if numbers else _is_half_titled):
            if way is not _is_numbered or by_number:
                found = [_below(document, question, numbers, way) for document in documents]
            if any(found):
                break
    parts = [part for part in found if part is not None]
    return [part for part in parts if part.name.startswith(kind)] or parts


def in_language(parts: list[Part], language: str) -> list[Part]:
    """Of several parts, those in the language of the question, if there are any."""
    return [part for part in parts if part.document.language == language] or parts


def answer_parts(asking: Asking, parts: Sequence[Part]) -> Iterator[Event]:
    """The first sentences of the parts, as they are verified."""
    yield Step(asking.reply("read", what=f"“{parts[0].name}”"))
    asking.clock.stop("read")
    shown = parts[:_MAX_PARTS]
    drafts: list[Draft] = []
    most = _MAX_OF_SEVERAL if len(shown) > 1 else _MAX_SENTENCES
    for part in shown:
        quotes = [quote_at(part.document, span) for span in _sentences(part)[:most]]
        drafts += [Draft(quote.text, (quote,), quote.is_list_item) for quote in quotes]
    verified = VerifiedAnswer(asking.similarity)
    yield from verified.add(drafts, (), asking.clock)
    places = [f"{part.document.title}, “{part.name}”" for part in shown]
    remark = asking.reply("first_at", places=places)
    if len(parts) > len(shown):
        remark += " " + asking.reply("first", n=len(shown))
    yield verified.answer(asking, "overview", remark)


def _sentences(part: Part) -> list[Span]:
    text = part.span.of(part.document.text)
    spans = [s.shifted(part.span.start) for s in sentence_spans(text, part.document.language)]
    return [span for span in spans if is_prose(part.document, span)][:_MAX_SENTENCES]


def _at_number(document: Document, kind: str, numbers: Set[str]) -> Part | None:
    """The page, slide or row of a document that has one of the numbers, if it says something."""
    for name, span in _places(document, kind) if numbers else ():
        found = _LAST_NUMBER.search(name)
        part = Part(document, name, span)
        if found and found[1] in numbers and _sentences(part):
            return part
    return None


def _places(document: Document, kind: str) -> Iterator[tuple[str, Span]]:
    """The names and spans of the pages, slides or rows; a slide may be called a page."""
    ends = [place.start for place in document.places[1:]] + [len(document.text)]
    for place, end in zip(document.places, ends, strict=False):
        if place.name and (kind == "row") == (_WHOLE.fullmatch(place.name) is None):
            yield place.name, Span(place.start, end)
    if kind != "row" and not any(_WHOLE.fullmatch(place.name) for place in document.places):
        yield from ((f"page {n}", page) for n, page in enumerate(document.pages, start=1))


@dataclass(frozen=True, slots=True)
class _Asked:
    """The stems and the numbers of a question, in the language of a document."""

    stems: Set[str]
    numbers: Set[str]
    language: str


def _below(
    document: Document, question: str, numbers: Set[str], way: Callable[[str, _Asked], bool]
) -> Part | None:
    """What stands below the first heading of a document that is named in a way."""
    asked = _Asked(set(stems(question, document.language)), numbers, document.language)
    heads = _headings(document)
    for at, head in enumerate(heads):
        is_title = at == 0 and len(heads) > 1 and head.text == document.title
        if is_title or not way(head.text, asked):
            continue
        end = next((h.start for h in heads[at + 1 :] if h.level <= head.level), len(document.text))
        start = document.text.find("\n", head.start, end)
        part = Part(document, head.text, Span(start if start >= 0 else end, end))
        if _sentences(part):
            return part
    return None


def _is_titled(heading: str, asked: _Asked, least: float = 1.0) -> bool:
    """Whether a question holds the words of a heading, or a share of them; its number fits."""
    label = _LABEL.match(heading)
    title = heading[label.end() :] if label else heading
    words = content_terms(title, asked.language) if any(map(str.isalpha, title)) else []
    held = sum(word in asked.stems for word in words)
    fits = label is None or not asked.numbers or _value(label["number"]) in asked.numbers
    return fits and held > 0 and held >= least * len(words)


def _is_half_titled(heading: str, asked: _Asked) -> bool:
    return _is_titled(heading, asked, _MOST_OF_IT)


def _is_numbered(heading: str, asked: _Asked) -> bool:
    """Whether a heading begins with one of the numbers: "§ 3 Fees"."""
    label = _LABEL.match(heading)
    return label is not None and _value(label["number"]) in asked.numbers


def _headings(document: Document) -> Sequence[Heading]:
    """The headings of a document; where its format tells of none, lines that may be some.

    Those stand between empty lines, and do not end as sentences do.
    """
    if len(document.headings) > 1:
        return document.headings
    return [
        Heading(found[1].strip(), 1, found.start(1))
        for found in _LONE_LINE.finditer(document.text)
        if any(map(str.isalpha, found[1])) and not is_ended(found[1])
    ]


def _value(number: str) -> str:
    """A number as it is compared: "三" is "3", "XII" stays.

    >>> [_value(number) for number in ("3", "十二", "2.1", "IV", "２")]
    ['3', '12', '2.1', 'IV', '2']
    """
    number = unicodedata.normalize("NFKC", number)
    if number.isascii() or number.isdecimal():
        return number if number.isascii() else str(int(number))
    total = unit = 0
    for char in number:
        value = int(unicodedata.numeric(char))
        if value >= 10:
            total, unit = total + max(unit, 1) * value, 0
        else:
            unit = value
    return str(total + unit)
