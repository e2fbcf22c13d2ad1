"""Versions of one document: texts that largely agree, under names that share a word.

They are looked for when a document answers, among those whose passages are nearest to its own, so
that a folder of any size costs the same. The newest leads an answer; what an earlier one says
otherwise is quoted behind it. What differs between two of them: :mod:`rag.changes`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise
from pathlib import PurePosixPath
from threading import Lock

from cachetools import LRUCache

from index.loaders.mail.heads import MAILS
from index.search import OpenGeneration
from index.store.manifest import Entry
from index.text.scripts import UNSPACED
from index.text.sentences import sentence_spans
from index.text.words import stems
from index.types import Document
from rag.named_documents import version_numbers
from rag.replies import days, reply
from rag.statements import statement
from rag.types import Quote, quote_at

__all__ = [
    "Version",
    "Versions",
    "counterpart",
    "given_versions",
    "likeness",
    "plain_words",
    "shown_label",
    "versions_in_words",
]

_MOST_COMPARED = 24  # documents beside one
_MOST_CHUNKS = 400  # of a document that are compared
_AGREE = 0.5  # share of the pairs of words of the shorter text
_LENGTH = 0.3  # of the longer text, at least
_HEAD = 800  # characters in which a document says of when it is
_ALIKE = 0.55  # of two sentences that say the same of something
_NEAR_CHUNKS = 2  # of a version in which such a sentence is looked for
_KEPT = 256  # documents whose versions are kept
_YEAR = r"(?<!\d)(?:19|20)\d\d"
_DAY = re.compile(rf"({_YEAR})(?:[-_.]?(0[1-9]|1[0-2])(?:[-_.]?(0[1-9]|[12]\d|3[01]))?)?(?!\d)")
_WRITTEN_DAY = re.compile(r"(?<!\d)(\d{1,2})\.\s?(\d{1,2})\.\s?((?:19|20)\d\d)(?!\d)")
_NUMBER = re.compile(r"\d+(?:\.\d+)*")
_WORDS = re.compile(r"\w+")
_GIVEN = re.compile(rf"(?<![^\W{UNSPACED}])[^\W\d_]{{0,1}}(\d+(?:[.-]\d+)*)")
_LINK = 3  # letters of a word that may stand between a name and a number: "of the"


@dataclass(frozen=True, slots=True)
class Version:
    """A document as one of several; ``label`` says when it is of, or its number, "" if unknown.

    ``rank`` counts from the newest, 0; versions that nothing tells apart have one rank, and those
    of which nothing tells when they are of have none.
    """

    id: str
    label: str
    rank: int | None

    def is_before(self, other: Version) -> bool:
        """Whether it is known to be earlier than another one."""
        return self.rank is not None and other.rank is not None and self.rank > other.rank


class Versions:
    """Which documents of a generation are versions of one, found when they are asked for."""

    def __init__(self, documents: Mapping[str, Entry]) -> None:
        self._documents = documents
        self._found = LRUCache[str, tuple[Version, ...]](_KEPT)
        self._finding = Lock()

    def of(self, name: str, source: OpenGeneration) -> tuple[Version, ...]:
        """The versions of a document, newest first, itself among them; without copies.

        Of documents with the same words only the original counts, the one with the shortest name.
        """
        with self._finding:
            found = self._found.get(name)
        if found is None:
            found = self._find(name, source)
            with self._finding:
                self._found[name] = found
        return found

    def _find(self, name: str, source: OpenGeneration) -> tuple[Version, ...]:
        if self._documents[name].media_type in MAILS:  # has threads instead
            return (Version(name, "", 0),)
        called = self.called(name)
        beside = [n for n in source.documents_beside(name) if called & self.called(n)]
        own = _pairs(source, name)
        alike = [n for n in beside[:_MOST_COMPARED] if _agree(own, _pairs(source, n))]
        originals = _originals([name, *alike], source)
        return _ordered([(source.document(n), self._documents[n]) for n in originals])

    def called(self, name: str) -> frozenset[str]:
        """The stems of a document's name and title, without numbers."""
        text = f"{self._documents[name].title} {PurePosixPath(name).stem}".replace("_", " ")
        return frozenset(stem for stem in stems(text) if not any(map(str.isdigit, stem)))


def _pairs(source: OpenGeneration, name: str) -> frozenset[tuple[str, str]]:
    words = " ".join(source.stems_of(name)[:_MOST_CHUNKS]).split()
    return frozenset(pairwise(words))


def _agree(one: frozenset[tuple[str, str]], other: frozenset[tuple[str, str]]) -> bool:
    """Whether most of the shorter text stands in the longer one, which is not much longer."""
    shorter, longer = sorted((len(one), len(other)))
    return shorter >= _LENGTH * longer and len(one & other) >= max(1, _AGREE * shorter)


def _originals(names: Sequence[str], source: OpenGeneration) -> list[str]:
    """One of those with the same words: that with the shortest name."""
    kept: dict[str, str] = {}
    for name in sorted(names, key=lambda n: (len(PurePosixPath(n).stem), len(n), n)):
        kept.setdefault(plain_words(source.document(name).text), name)
    return list(kept.values())


def _ordered(found: Sequence[tuple[Document, Entry]]) -> tuple[Version, ...]:
    """Newest first by what tells them apart: a date or a number in names, a date in texts or files.

    The first of these that all have and that is not the same everywhere decides; else the first
    that each has, and those that have none come last, without a rank.
    """
    signs = [
        (_day_in(PurePosixPath(d.id).stem), _day_of_head(d), _number(d.id), d.date or "")
        for d, _ in found
    ]
    days = [name or head or file for name, head, _, file in signs]
    deciding = next((s for s in zip(*signs, strict=True) if all(s) and len(set(s)) > 1), days)
    keys = sorted({_comparable(sign) for sign in deciding if sign}, reverse=True)
    versions = [
        Version(d.id, day or (sign and f"v{sign}"), keys.index(_comparable(sign)) if sign else None)
        for (d, _), day, sign in zip(found, days, deciding, strict=True)
    ]
    return tuple(sorted(versions, key=lambda v: (len(keys) if v.rank is None else v.rank, v.id)))


def _comparable(label: str) -> tuple[int, ...]:
    """A date or a number of a version to sort by.

    >>> _comparable("2.10") > _comparable("2.9"), _comparable("2025") > _comparable("2021-05-01")
    (True, True)
    """
    return tuple(int(part) for part in re.findall(r"\d+", label))


def _day_in(text: str) -> str:
    """The last day, month or year that a name gives, ISO 8601; "" for none.

    >>> _day_in("policy 2021"), _day_in("2025-03-01 policy"), _day_in("plan_20240517")
    ('2021', '2025-03-01', '2024-05-17')
    """
    return max(
        ("-".join(filter(None, found.groups())) for found in _DAY.finditer(text)), default=""
    )


def _day_of_head(document: Document) -> str:
    """The last day, month or year with its day or month that a text names where it begins."""
    head = document.text[:_HEAD]
    days = [f"{y}-{int(m):02}-{int(d):02}" for d, m, y in _WRITTEN_DAY.findall(head)]
    for date in statement(head, document.language).dates:
        if date.year is not None:
            day = f"-{date.day:02}" if date.day else ""
            days.append(f"{date.year}-{date.month:02}{day}")
    return max(days, default="") or _day_in(document.title)


def _number(name: str) -> str:
    """The number in the name of a file that is no date: "2" of policy_v2.docx."""
    rest = _DAY.sub(" ", PurePosixPath(name).stem)
    return next(reversed(_NUMBER.findall(rest)), "")


def counterpart(sentence: str, document: str, source: OpenGeneration) -> Quote | None:
    """The sentence of another version that says the same as this, or otherwise; None for none."""
    wanted = set(stems(sentence))
    each = enumerate(source.stems_of(document)[:_MOST_CHUNKS])
    near = sorted(each, key=lambda chunk: (-len(wanted & set(chunk[1].split())), chunk[0]))
    chunks = source.chunks_of(document)
    held = source.document(document)
    quotes = [
        quote_at(held, local.shifted(chunks[at].span.start))
        for at, _ in near[:_NEAR_CHUNKS]
        for local in sentence_spans(chunks[at].text, held.language)
    ]
    best = max(quotes, key=lambda quote: likeness(sentence, quote.text), default=None)
    return best if best is not None and likeness(sentence, best.text) >= _ALIKE else None


def given_versions(
    question: str, versions: Sequence[Version], called: Iterable[str], said: str = ""
) -> tuple[tuple[Version, ...], str]:
    """The versions whose number or date a question gives, and one that it gives and none has.

    It stands beside a word for a version or, where the text that is ``said`` does not hold it too,
    beside a word of the names, ``called``: "policy 2019".
    """
    if len(versions) < 2:
        return (), ""
    marked = set(version_numbers(question))
    known = [{_comparable(v.label), _comparable(_number(v.id))} for v in versions]
    common = set.intersection(*(set(_NUMBER.findall(v.id)) for v in versions))
    given: set[Version] = set()
    lacking = ""
    for found in _GIVEN.finditer(question):
        number, wanted = found[1], _comparable(found[1])
        is_named = _stands_beside(found, question, set(called)) and number not in said
        if number in common or not (number in marked or is_named):
            continue
        meant = [
            version
            for version, signs in zip(versions, known, strict=True)
            if any(sign[: len(wanted)] == wanted for sign in signs)
        ]
        given |= set(meant)
        lacking = lacking if meant else number
    return tuple(version for version in versions if version in given), lacking


def _stands_beside(number: re.Match[str], text: str, called: set[str]) -> bool:
    """Whether a word of the names stands beside a number, or only short words between."""
    before = reversed(_WORDS.findall(text[: number.start()]))
    for words in (before, _WORDS.findall(text[number.end() :])):
        for word in words:
            if called.intersection(stems(word)):
                return True
            if len(word) > _LINK:
                break
    return False


def shown_label(version: Version, language: str) -> str:
    """When a version is of, or its number; "" if unknown."""
    return days(version.label, language)


def versions_in_words(versions: Sequence[Version], language: str) -> str:
    """Which versions there are, with what tells them apart."""
    without = reply("without_date", language)
    named = [f"{v.id} ({shown_label(v, language) or without})" for v in versions]
    return reply("versions", language, versions=", ".join(named))


def likeness(one: str, other: str) -> float:
    """The share of words that two sentences have in the same order, in [0, 1].

    >>> likeness("27 days of leave", "25 days of leave"), likeness("27 days.", "27 days")
    (0.75, 1.0)
    """
    words, others = plain_words(one).split(), plain_words(other).split()
    return float(SequenceMatcher(None, words, others, autojunk=False).ratio())


def plain_words(text: str) -> str:
    """The words of a text in lower case, without marks and breaks between them."""
    return " ".join(_WORDS.findall(text.casefold()))
