"""A second look: into documents that the best evidence names, but that the search did not find.

"Who directed the film that was shot in Leland?" finds the page of Leland, which names a film;
the page of the film does not speak of Leland. So where the best evidence leaves a part of the
question open and names the titles of other documents, these are searched too. Nothing is
chosen here.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

from index.search import Found, Searcher
from index.store.manifest import Entry
from index.types import Filter
from rag.evidence import Evidence, best_first, read_evidence
from rag.reader import Reader

__all__ = ["Titles", "follow_titles", "plain_title"]

_OPEN = 0.05  # share of the question's idf that the best evidence lacks
_MAX_DOCUMENTS = 2
_PASSAGES = 2
_MIN_TITLE = 4  # characters
_WORD = re.compile(r"\w+")
_IN_BRACKETS = re.compile(r"\s*\([^)]*\)")


def follow_titles(
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
    documents = found.source.manifest.documents
    names = [
        name
        for name in found.source.derived(_titles).named(evidence[0].text)
        if name not in seen and filter_by.allows(name, documents[name].date)
    ]
    if not names:
        return found, evidence
    only = replace(filter_by, documents=frozenset(names[:_MAX_DOCUMENTS]))
    more = searcher.search(question, k=_PASSAGES, filter_by=only, source=found.source)
    if more.generation != found.generation:  # removed in between: keep to one
        return found, evidence
    both = [*evidence, *read_evidence(question, more, reader)]
    further = tuple(replace(p, rank=p.rank + len(found.passages)) for p in more.passages)
    return replace(found, passages=found.passages + further), sorted(both, key=best_first)


class Titles:
    """The titles of documents, by id; a text is compared with few of them.

    A title stands in a text as a whole name, so its first and its last word stand there too: only
    titles of which both do are looked for.
    """

    def __init__(self, titles: Mapping[str, str]) -> None:
        self._names: defaultdict[str, list[str]] = defaultdict(list)
        for name, title in titles.items():
            self._names[plain_title(title)].append(name)
        self._by_ends: defaultdict[str, defaultdict[str, list[str]]]
        self._by_ends = defaultdict(lambda: defaultdict(list))
        for title in filter(_is_name, self._names):
            words = _WORD.findall(title) or [""]
            self._by_ends[words[0]][words[-1]].append(title)

    def named(self, text: str) -> list[str]:
        """The ids of the documents whose titles a text names, longest title first.

        One word alone is a title only where its capital is not due to the beginning of the text.

        >>> titles = Titles({"a": "Maximum Overdrive (film)", "b": "Leland", "c": "The"})
        >>> titles.named("Leland saw the shooting of Maximum Overdrive.")
        ['a']
        """
        words = dict.fromkeys(["", *_WORD.findall(text)])
        ends = (self._by_ends[word] for word in words if word in self._by_ends)
        near = (title for by_last in ends for word in words for title in by_last.get(word, ()))
        named = [title for title in near if title in text and _is_named(title, text)]
        found = [(-len(title), name) for title in named for name in self._names[title]]
        return [name for _, name in sorted(found)]


def _titles(documents: Mapping[str, Entry]) -> Titles:
    return Titles({name: entry.title for name, entry in documents.items()})


def plain_title(title: str) -> str:
    """A title without what is in brackets.

    >>> plain_title("In Love and War (1987 film)")
    'In Love and War'
    """
    return _IN_BRACKETS.sub("", title).strip()


def _is_name(title: str) -> bool:
    if len(title) < _MIN_TITLE:
        return False
    return title[0].isupper() or title[0].isdigit() or not title[0].isascii()


def _is_named(title: str, text: str) -> bool:
    begins = 0 if " " in title else 1
    return re.search(rf"(?<!\w){re.escape(title)}(?!\w)", text[begins:]) is not None
