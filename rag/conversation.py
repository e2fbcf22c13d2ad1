"""Follow-up questions become standalone ones, by rules (English).

The topic of a conversation is its last question without the question words. A pronoun in
the follow-up is replaced by the topic; an ellipsis ("and in 2007?") gets it appended. A
question that stands by itself is left as it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from index.lexical import content_terms
from rag.answers import Message

__all__ = ["standalone"]

_MAX_TURNS = 6
_OPENING = re.compile(r"^(?:and|but|so|ok(?:ay)?|what about|how about|also)\b[\s,]*", re.IGNORECASE)
_PRONOUN = re.compile(
    r"\b(?:(?P<possessive>his|their|its)|it|they|them|he|him|she|(?:this|that|these|those)"
    r"(?=\s*[?.,!]|$|\s+(?:is|was|were|are|did|do|does|has|have|had|happen|mean|take|cost|work)))\b"
    r"|\b(?P<her>her)\b",
    re.IGNORECASE,
)
_ORDINAL_ONE = re.compile(
    r"\b(?:first|second|third|fourth|fifth|last|next|previous|other|old|new) ones?\b", re.IGNORECASE
)
_YEAR = re.compile(r"\s*\b(?:(?:in|of|on|since|until|by|from|to)\s+)?(?:1\d{3}|20\d{2})\b")
_POSSESSIVE_HER = re.compile(r"\bher\s+\w", re.IGNORECASE)
_QUESTION_WORDS = re.compile(
    r"^(?:please\s+)?(?:(?:can|could|would) you\s+)?(?:tell me\s+(?:about\s+)?)?"
    r"(?:who|what|when|where|why|which|how(?:\s+(?:many|much|long|old|far|big|often))?)?\s*"
    r"(?:'s\b|\b(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should)\b)?\s*"
    r"(?:there\s+)?",
    re.IGNORECASE,
)


def standalone(question: str, history: Sequence[Message] = ()) -> str:
    """The question as one that can be searched without the conversation.

    >>> asked = [Message("user", "When was the first inter-Korean summit?")]
    >>> standalone("Where did it take place?", asked)
    'Where did the first inter-Korean summit take place?'
    >>> standalone("And in 2007?", asked)
    'And in 2007? (the first inter-Korean summit)'
    >>> standalone("What is a currency swap?", asked)
    'What is a currency swap?'
    """
    earlier = [m.content for m in history if m.role == "user"][-_MAX_TURNS:]
    topic = ""
    for turn in earlier:
        topic = _topic(_resolved(turn, topic))
    return _resolved(question, topic)


def _resolved(question: str, topic: str) -> str:
    question = " ".join(question.split())
    if not topic:
        return question
    if _YEAR.search(question):
        topic = _YEAR.sub("", topic).strip()  # the follow-up asks about another year
    found = _PRONOUN.search(question)
    if found is not None:
        owns = found.group("possessive") or (
            found.group("her") and _POSSESSIVE_HER.match(question, found.start())
        )
        named = topic + ("'s" if owns else "")
        return question[: found.start()] + named + question[found.end() :]
    is_short = len(content_terms(question)) < 2 and len(question.split()) < 4
    if _OPENING.match(question) or _ORDINAL_ONE.search(question) or is_short:
        return f"{question} ({topic})"
    return question


def _topic(question: str) -> str:
    without_opening = _OPENING.sub("", question)
    return _QUESTION_WORDS.sub("", without_opening, count=1).rstrip(" ?.!")
