"""Overview questions: what is this about, which documents are there, summarise this one.

That one is asked is told by its intent (:mod:`rag.intents`), of which documents by what it names
(:mod:`rag.narrowing`): without a name it is asked of all. The summary of something that is no
document is an ordinary question. Nothing is read or written here; :mod:`rag.unsearched` answers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import PurePosixPath
from typing import Literal, cast

from index.store.manifest import Entry
from index.text.words import stems
from rag.narrowing import Names, by_date, by_format, names_file, recognised

__all__ = ["Kind", "Overview", "overview"]

_MIN_TITLE = 4  # characters

Kind = Literal["about", "list", "count", "newest", "oldest"]


@dataclass(frozen=True, slots=True)
class Overview:
    """What is asked for, and the documents that it is asked of, in order of their ids.

    ``words`` are those that name the documents, "" when all are meant.
    """

    kind: Kind
    documents: tuple[str, ...]
    words: str = ""


def overview(
    intent: str,
    question: str,
    documents: Mapping[str, Entry],
    *,
    today: date,
    begins: bool = True,
) -> Overview | None:
    """The overview that ``question`` asks for, None when it has to be searched.

    ``intent`` is one of ``rag.intents.OVERVIEWS``. ``documents`` are those that may be told of.
    ``begins``: nothing was asked before, so that "this" can only be the documents.

    >>> page = Entry("a.pdf", "0", "Annual report", "application/pdf", "2025-02-01", "en", 1)
    >>> documents = {"a.pdf": page, "b.pdf": page}
    >>> day = date(2025, 11, 1)
    >>> overview("about", "What are the documents about?", documents, today=day)
    Overview(kind='about', documents=('a.pdf', 'b.pdf'), words='')
    >>> overview("one", "Please summarise b.pdf.", documents, today=day)
    Overview(kind='about', documents=('b.pdf',), words='b.pdf')
    >>> overview("one", "What is the agreement about?", documents, today=day)
    """
    if not documents:
        return None
    kind = cast("Kind", "about" if intent in ("one", "this") else intent)
    every = tuple(sorted(documents))
    if intent == "this":
        return Overview(kind, every) if begins else None
    words, names = _named(question, documents, today) or ("", frozenset())
    if words:
        is_every = len(names) == len(documents)
        return Overview(kind, tuple(sorted(names)), "" if is_every else words)
    if intent != "one" or (len(documents) == 1 and not names_file(question)):
        return Overview(kind, every)
    return None


def _named(
    question: str, documents: Mapping[str, Entry], today: date
) -> tuple[str, frozenset[str]] | None:
    """The words that name documents or their kind, and the documents, perhaps none."""
    of_kind = by_format(question, anywhere=True)
    of_time = by_date(question, today, anywhere=True)
    titled = _titled(question, documents)
    names = next(
        (found for found in recognised(question, Names(documents), today=today) if found[1]), None
    )
    if of_kind is None and of_time is None:
        return titled if titled and not (names and "." in names[0]) else names or titled
    forms = [form for form in (of_kind, of_time) if form]
    known = frozenset(
        name for name, entry in documents.items() if all(form[1](name, entry) for form in forms)
    )
    if names is not None and not known & names[1]:
        return names
    return " ".join(form[0] for form in forms), known & names[1] if names else known


def _titled(question: str, documents: Mapping[str, Entry]) -> tuple[str, frozenset[str]] | None:
    """The longest title, or name of a file, that the question holds word for word."""
    asked = f" {' '.join(stems(question))} "
    best: dict[str, set[str]] = {}
    for name, entry in documents.items():
        for title in (entry.title, re.sub(r"[_-]+", " ", PurePosixPath(name).stem)):
            held = " ".join(stems(title))
            if len(title) >= _MIN_TITLE and f" {held} " in asked:
                best.setdefault(title, set()).add(name)
    longest = max(best, key=len, default=None)
    return (longest, frozenset(best[longest])) if longest else None
