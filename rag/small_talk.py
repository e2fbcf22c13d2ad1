"""Replies to small talk, which no search is needed for; they are data (``replies.toml``)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from index.search import OpenGeneration
from rag.types import Answer

__all__ = ["reply_to_small_talk"]

_REPLIES = Path(__file__).parent / "replies.toml"


def reply_to_small_talk(message: str, kind: str, language: str, source: OpenGeneration) -> Answer:
    """The reply in the language that the message is in.

    ``kind`` is one of ``rag.intents.SMALL_TALK``.
    """
    replies = _replies()
    reply = replies.get(language, replies["en"])[kind]
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
        remark=reply.format(n=len(source.manifest.documents)),
    )


@cache
def _replies() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(_REPLIES.read_text(encoding="utf-8"))
