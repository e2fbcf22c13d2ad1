"""Replies to small talk, which no search is needed for."""

from __future__ import annotations

from index.search import OpenGeneration
from rag.replies import reply
from rag.types import Answer

__all__ = ["reply_to_small_talk"]


def reply_to_small_talk(message: str, kind: str, language: str, source: OpenGeneration) -> Answer:
    """The reply in the language that the message is in.

    ``kind`` is one of ``rag.intents.SMALL_TALK``.
    """
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
        remark=reply(kind, language, n=len(source.manifest.documents)),
        language=language,
    )
