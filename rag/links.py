"""A second look: into documents that the best evidence names, but that the search did not find.

"Who directed the film that was shot in Leland?" finds the page of Leland, which names a film;
the page of the film does not speak of Leland. So where the best evidence leaves a part of the
question open and names the titles of other documents, these are searched too. Nothing is
chosen here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from index.filters import Filter
from index.search import Found, Searcher
from rag.evidence import Evidence, best_first, read_evidence
from rag.reader import Reader

__all__ = ["followed", "named_documents", "plain_title"]

_OPEN = 0.05  # share of the question's idf that the best evidence lacks
_MAX_DOCUMENTS = 2
_PASSAGES = 2
_MIN_TITLE = 4  # characters
_IN_BRACKETS = re.compile(r"\s*\([^)]*\)")


def followed(
    question: str,
    found: Found,
    evidence: list[Evidence],
    filter_by: Filter,
    reader: Reader,
    searcher: Searcher,
) -> tuple[Found, list[Evidence]]:
    """What was found with what the documents say that the best evidence names.

    The same, when it names none or leaves nothing open. Further passages come last.
    """
    if not evidence or 1.0 - evidence[0].coverage < _OPEN:
        return found, evidence
    seen = {passage.chunk.document_id for passage in found.passages}
    titles = {
        name: entry.title
        for name, entry in found.source.manifest.documents.items()
        if name not in seen and filter_by.allows(name, entry.date)
    }
    names = named_documents(evidence[0].text, titles)
    if not names:
        return found, evidence
    only = replace(filter_by, documents=frozenset(names[:_MAX_DOCUMENTS]))
    more = searcher.search(question, k=_PASSAGES, filter_by=only)
    if more.generation != found.generation:  # published in between: keep to one
        return found, evidence
    both = [*evidence, *read_evidence(question, more, reader)]
    further = tuple(replace(p, rank=p.rank + len(found.passages)) for p in more.passages)
    return replace(found, passages=found.passages + further), sorted(both, key=best_first)


def named_documents(text: str, titles: Mapping[str, str]) -> list[str]:
    """The ids of documents whose titles (by id) a text names, longest title first.

    One word alone is a title only where its capital is not due to the beginning of the text.

    >>> titles = {"a": "Maximum Overdrive (film)", "b": "Leland", "c": "The"}
    >>> named_documents("Leland saw the shooting of Maximum Overdrive.", titles)
    ['a']
    """
    plain = {name: plain_title(title) for name, title in titles.items()}
    named = [name for name, title in plain.items() if title in text and _is_named(title, text)]
    return sorted(named, key=lambda name: (-len(plain[name]), name))


def plain_title(title: str) -> str:
    """A title without what is in brackets.

    >>> plain_title("In Love and War (1987 film)")
    'In Love and War'
    """
    return _IN_BRACKETS.sub("", title).strip()


def _is_named(title: str, text: str) -> bool:
    if len(title) < _MIN_TITLE:
        return False
    begins = 0 if " " in title else 1
    is_name = title[0].isupper() or title[0].isdigit() or not title[0].isascii()
    return is_name and re.search(rf"(?<!\w){re.escape(title)}(?!\w)", text[begins:]) is not None
