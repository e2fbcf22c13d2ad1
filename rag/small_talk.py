"""Replies to small talk, which no search is needed for; they are data (``replies.toml``).

The words of refusals are there too.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from index.search import OpenGeneration
from rag.types import Answer

__all__ = ["joined", "reply", "reply_to_small_talk"]

_REPLIES = Path(__file__).parent / "replies.toml"


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
        remark=reply(kind, language).format(n=len(source.manifest.documents)),
    )


def reply(kind: str, language: str) -> str:
    """The text for a kind of reply in a language, in English where there is none in that.

    >>> reply("bye", "de"), reply("bye", "xx")
    ('Auf Wiedersehen!', 'Goodbye!')
    """
    replies = _replies()
    return replies.get(language, replies["en"])[kind]


def joined(parts: Sequence[str], language: str) -> str:
    """Parts as a language joins them (CLDR).

    >>> joined(["“A”", "“B”"], "fr"), joined(["“A”", "“B”"], "zh"), joined(["“A”"], "xx")
    ('“A” et “B”', '“A”和“B”', '“A”')
    """
    from babel.lists import format_list

    return format_list(parts, locale=language if language in _replies() else "en")


@cache
def _replies() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(_REPLIES.read_text(encoding="utf-8"))
