"""Answers that no search is needed for: small talk, and overviews of the documents.

Replies are data (``replies.toml``). Overviews are made of the manifest and the summaries
(`rag/digest.py`), verified like all else.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from index.search import OpenGeneration
from rag.answers import Answer, Step
from rag.clock import Clock
from rag.digest import digest
from rag.overview import Overview
from rag.verification import Similarity
from rag.verified import Shown, Verified

__all__ = ["counted_documents", "reply", "told"]

_REPLIES = Path(__file__).parent / "replies.toml"


def reply(message: str, kind: str, language: str, source: OpenGeneration) -> Answer:
    """The reply to small talk, in the language that it is in.

    ``kind`` is one of ``rag.intents.SMALL_TALK``.
    """
    replies = _replies()
    told = replies.get(language, replies["en"])[kind]
    return Answer(
        question=message,
        standalone_question=" ".join(message.split()),
        sentences=(),
        citations=(),
        passages=(),
        abstention=None,
        confidence=0.0,
        generator="rules",
        generation=source.name,
        remark=told.format(n=len(source.manifest.documents)),
    )


def told(
    question: str, asked: Overview, source: OpenGeneration, similarity: Similarity, clock: Clock
) -> Iterator[Step | Shown | Answer]:
    """The answer to an overview question, as it is verified."""
    made = digest(asked, source)
    yield Step(f"read {counted_documents(made.read)} for an overview")
    clock.stop("read")
    written = Verified(similarity)
    yield from written.add(made.lines, (), clock)
    yield Answer(
        question=question,
        standalone_question=" ".join(question.split()),
        sentences=tuple(written.sentences),
        citations=tuple(written.citations),
        passages=(),
        abstention=None if written.sentences else made.remark,
        confidence=1.0 if written.sentences else 0.0,
        generator="overview",
        generation=source.name,
        notice=made.remark if written.sentences else None,
        left_out=written.left_out,
        timings_ms=clock.timings(),
    )


def counted_documents(count: int) -> str:
    """A number of documents in words.

    >>> counted_documents(1), counted_documents(3)
    ('one document', '3 documents')
    """
    return "one document" if count == 1 else f"{count} documents"


@cache
def _replies() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(_REPLIES.read_text(encoding="utf-8"))
