"""Why there is no answer, in words: nothing is about it, or what is does not say it.

Nothing is decided here; the reason names the documents that were nearest, and claims nothing about
what they lack. That nothing is about it is said only in a language that documents are in, where no
word of the question, nor one that is spelled nearly so, stands in what was found. Files that a
question names and that were not read are named with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import PurePosixPath

from index.search import Found
from index.store.manifest import Entry, FailedEntry
from index.text.composed import composed
from index.text.words import content_terms, stems
from rag.replies import reply
from rag.spelling import MISSPELLED
from rag.types import ABOUT
from rag.versions import plain_words

__all__ = ["refusal", "unread_files"]

_MAX_NAMED = 2
_MIN_NAME = 4  # characters of a name without its ending


def refusal(question: str, found: Found, language: str = "en", *, begins: bool = True) -> str:
    """Why there is no answer, in a language, with the titles of the nearest passages.

    ``begins``: nothing was asked before, so that the question says by itself what it is about.
    """
    documents = found.source.manifest.documents
    if not documents:
        return reply("empty", language)
    if not found.passages:
        return reply("filtered", language)
    nearest = max(passage.dense for passage in found.passages)
    is_shared = language in {entry.language for entry in documents.values()}
    if begins and nearest < ABOUT and is_shared and not _is_mentioned(question, found):
        return reply("nothing", language)
    titles = dict.fromkeys(f"“{documents[p.chunk.document_id].title}”" for p in found.passages)
    return reply("nearest", language, titles=list(titles)[:_MAX_NAMED])


def _is_mentioned(question: str, found: Found) -> bool:
    """Whether a word of the question that says what it is about stands in what was found."""
    documents = found.source.manifest.documents
    for passage in found.passages:
        chunk, entry = passage.chunk, documents[passage.chunk.document_id]
        text = " ".join((chunk.text, *chunk.heading_path, entry.title, chunk.document_id))
        held = set(stems(text, entry.language))
        for term in content_terms(question, entry.language):
            near = [word for word in held if word[0] == term[0]]
            if term in held or get_close_matches(term, near, 1, MISSPELLED):
                return True
    return False


def unread_files(
    question: str,
    failed: Mapping[str, FailedEntry],
    documents: Mapping[str, Entry],
    language: str = "en",
) -> tuple[str, bool]:
    """What is said of files that a question names and that were not, or not wholly, read.

    Second, whether one of them is given by its whole name and nothing of it was read.

    >>> entry = FailedEntry("budget.xyz", "a format that is not read")
    >>> unread_files("What does Budget.xyz say?", {"budget.xyz": entry}, {})
    ('“budget.xyz” is in the folder but was not read: a format that is not read.', True)
    """
    asked = composed(question).casefold()
    words = f" {plain_words(asked)} "
    said: list[str] = []
    is_whole = False
    for name, entry in failed.items():
        path = PurePosixPath(composed(name).casefold())
        is_given = re.search(rf"(?<!\w){re.escape(path.name)}(?!\w)", asked) is not None
        own = plain_words(path.stem)
        if is_given or (len(own) >= _MIN_NAME and f" {own} " in words):
            kind = "unread_part" if name in documents else "unread"
            said.append(reply(kind, language, name=name, reason=entry.reason.rstrip(".")))
            is_whole |= is_given and name not in documents
    return " ".join(said[:_MAX_NAMED]), is_whole
