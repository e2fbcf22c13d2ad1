"""Overview questions: what is this about, which documents are there, summarise this one.

They are recognised by rules (:mod:`rag.overview_forms`), from end to end: what has one word more
than a form, or asks for the summary of something that is no document, is an ordinary question.
Nothing is read or written here; :mod:`rag.digest` answers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import PurePosixPath

from index.manifest import Entry
from index.words import content_terms
from rag.narrowing import FORMATS, Names, recognised
from rag.overview_forms import ALL, BARE, DOCUMENTS, FORMS, POLITE, Kind

__all__ = ["Overview", "overview"]

_MAX_CHARACTERS = 200
_CLOSING = re.compile(r"(?:,? (?:please|por favor|bitte))?[\s?？!！.。]*$", re.IGNORECASE)
_QUOTED = re.compile(r"[\"“”«‘'](?P<name>.+)[\"“”»’']")
_ARTICLE = re.compile(r"(?:the|this|that|our|my|your) ", re.IGNORECASE)
_ONE = re.compile(rf"(?:{DOCUMENTS}|{'|'.join(FORMATS)})", re.IGNORECASE)
_NOUN = re.compile(rf"{_ONE.pattern} (?=.)", re.IGNORECASE)
_SAYS_NOTHING = re.compile(rf"(?:in|the|\s|{DOCUMENTS})*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Overview:
    """What is asked for, and the documents that it is asked of, in order of their ids.

    ``words`` are those that name the documents, "" when all are meant.
    """

    kind: Kind
    documents: tuple[str, ...]
    words: str = ""


def overview(
    question: str, documents: Mapping[str, Entry], *, today: date, begins: bool = True
) -> Overview | None:
    """The overview that ``question`` asks for, None when it is an ordinary question.

    ``documents`` are those that may be told of. ``begins``: nothing was said before, so that
    "this" can only be the documents.

    >>> page = Entry("a.pdf", "0", "Annual report", "application/pdf", "2025-02-01", "en", 1)
    >>> documents = {"a.pdf": page, "b.pdf": page}
    >>> overview("What are the documents about?", documents, today=date(2025, 11, 1))
    Overview(kind='about', documents=('a.pdf', 'b.pdf'), words='')
    >>> overview("Please summarise b.pdf.", documents, today=date(2025, 11, 1))
    Overview(kind='about', documents=('b.pdf',), words='b.pdf')
    >>> overview("What is the agreement about?", documents, today=date(2025, 11, 1))
    """
    asked = " ".join(question.split())
    if len(asked) > _MAX_CHARACTERS or not documents:
        return None
    polite = POLITE.match(asked)
    asked = _CLOSING.sub("", asked[polite.end() if polite else 0 :])
    for kind, form in FORMS:
        found = form.fullmatch(asked)
        if found is None:
            continue
        groups = found.groupdict()
        if "nouns" in groups:
            words = " ".join(filter(None, (_plural(groups["nouns"]), groups.get("when"))))
            names = _said_of(f"in the {words}", documents, today)
        else:
            words = groups.get("x") or groups.get("text") or ""
            is_title = "x" in groups
            names = _meant(words, documents, today, begins=begins or not groups, is_title=is_title)
        if names is not None:
            is_every = len(names) == len(documents)
            return Overview(kind, tuple(sorted(names)), "" if is_every else words)
    return None


def _meant(
    words: str, documents: Mapping[str, Entry], today: date, *, begins: bool, is_title: bool
) -> frozenset[str] | None:
    """The documents that ``words`` name; None when they name anything else.

    ``is_title``: words that are a title mean the document, not a subject of the same name.
    """
    every = frozenset(documents)
    if BARE.fullmatch(words):
        return every if begins else None
    if ALL.fullmatch(words):
        return every
    quoted = _QUOTED.fullmatch(words)
    plain = quoted["name"] if quoted else _ARTICLE.sub("", words, count=1)
    if len(documents) == 1 and _ONE.fullmatch(plain):
        return every
    noun = _NOUN.match(plain)
    for name in (plain, plain[noun.end() :]) if noun else (plain,):
        titled = _of_file(name, documents)
        if not titled and (is_title or noun or quoted):
            titled = _of_title(name, documents)
        if titled:
            return titled
    return _said_of(f"in the {plain}", documents, today) or None


def _of_file(words: str, documents: Mapping[str, Entry]) -> frozenset[str]:
    """The documents of which these words are the id, or the name of the file."""
    ending = "/" + words.casefold()
    return frozenset(name for name in documents if f"/{name.casefold()}".endswith(ending))


def _of_title(words: str, documents: Mapping[str, Entry]) -> frozenset[str]:
    """The documents of which these are all words of the title, or of the file's name."""
    terms = set(content_terms(words))
    return frozenset(
        name
        for name, entry in documents.items()
        if terms and terms in (set(content_terms(entry.title)), _stem_terms(name))
    )


def _stem_terms(document_id: str) -> set[str]:
    stem = PurePosixPath(document_id).stem
    return set(content_terms(re.sub(r"[_-]+", " ", stem)))


def _said_of(phrase: str, documents: Mapping[str, Entry], today: date) -> frozenset[str] | None:
    """The documents that all of a phrase names; None when some of its words name none."""
    names_by_words: dict[str, frozenset[str]] = {}
    for words, names in recognised(phrase, Names(documents), today=today):
        names_by_words[words] = names_by_words.get(words) or names
    is_covered = [False] * len(phrase)
    named = frozenset(documents)
    for words, names in names_by_words.items():
        start = phrase.index(words)
        is_covered[start : start + len(words)] = [True] * len(words)
        named &= names
    rest = "".join(" " if covered else c for c, covered in zip(phrase, is_covered, strict=True))
    return named if _SAYS_NOTHING.fullmatch(rest) else None


def _plural(noun: str) -> str:
    return noun if noun.endswith("s") else noun + "s"
