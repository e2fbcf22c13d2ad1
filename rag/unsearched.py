"""Answers that no search is needed for: small talk, asking back, and overviews of the documents.

Overviews are made of the manifest and the summaries (`rag/digest.py`), verified like all else.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from index.search import OpenGeneration
from rag.answers import Answer, Message, Step
from rag.asking_back import question_back
from rag.clock import Clock
from rag.conversation import recent
from rag.digest import digest
from rag.overview import Overview
from rag.small_talk import small_talk
from rag.verification import Similarity
from rag.verified import Shown, Verified

__all__ = ["counted_documents", "reply", "told"]


def reply(
    question: str, history: Sequence[Message], source: OpenGeneration, history_tokens: int
) -> Answer | None:
    """The reply to small talk, or a question to the reader where nothing is named; else None."""
    remark = small_talk(question, len(source.manifest.documents))
    back = None
    if remark is None:
        back = question_back(question, recent(history, history_tokens))
        if back is None:
            return None
    return Answer(
        question=question,
        standalone_question=" ".join(question.split()),
        sentences=(),
        citations=(),
        passages=(),
        abstention=back,
        confidence=0.0,
        generator="rules",
        generation=source.name,
        remark=remark,
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
