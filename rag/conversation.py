"""Follow-up questions become standalone ones, by rules (English).

The topic of a conversation is its last question without the question words. Where it is a name,
it takes the place of a pronoun in the follow-up; otherwise, and after an ellipsis ("and in
2007?"), it is appended. A
question that stands by itself is left as it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.answers import Message

__all__ = ["background", "standalone"]

_MAX_TURNS = 6
_BACKGROUND = 1200  # characters
_OPENING = re.compile(r"^(?:and|but|so|ok(?:ay)?|what about|how about|also)\b[\s,]*", re.IGNORECASE)
# "Why?", "Since when?", "In 2007?": nothing in it says what it is about.
_ELLIPSIS = re.compile(
    r"(?:(?:since|until|by|from|for|to|with)\s+)?(?:who|whom|what|when|where|why|how(?:\s+\w+)?)"
    r"(?:\s+(?:not|so|exactly|else))?\s*\?*|(?:in|on|at|by|since|until|during)\s[^?]{1,40}\?",
    re.IGNORECASE,
)
_PRONOUN = re.compile(
    r"\b(?:(?P<possessive>his|their|its)|it|they|them|he|him|she|(?:this|that|these|those)"
    r"(?=\s*[?.,!]|$|\s+(?:is|was|were|are|did|do|does|has|have|had|happen|mean|take|cost|work)))\b"
    r"|\b(?P<her>her)\b",
    re.IGNORECASE,
)
_ORDINAL_ONE = re.compile(
    r"\b(?:first|second|third|fourth|fifth|last|next|previous|other|old|new) ones?\b", re.IGNORECASE
)
_EVENT_VERB = re.compile(
    r"\s+(?:take place|taken place|happen(?:ed)?|held|start(?:ed)?|begin|begun|end(?:ed)?)$",
    re.IGNORECASE,
)
_BE_OR_ABOUT = re.compile(r"(?:\b(?:is|are|was|were|about)|'s)\s*(?:there\s+)?$", re.IGNORECASE)
_NAME = re.compile(r"(?:(?:the|a|an|this|that|our|my|your|his|her|its|their)\s|[A-Z0-9“\"])")
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
    >>> standalone("What is APEC?", asked)
    'What is APEC?'
    >>> standalone("What is a currency swap?", asked)
    'What is a currency swap?'
    """
    earlier = [m.content for m in history if m.role == "user"][-_MAX_TURNS:]
    topic = Topic("", is_name=False)
    for turn in earlier:
        resolved = _resolved(turn, topic)
        if not topic.text or not resolved.endswith(")"):  # else the topic was appended: it stays
            topic = _topic(resolved)
    return _resolved(question, topic)


def background(history: Sequence[Message]) -> str:
    """What was said last, question and answer: it leads a follow-up to the same subject.

    >>> background([Message("user", "What is APEC?"), Message("assistant", "A forum.")])
    'What is APEC? A forum.'
    """
    last: dict[str, str] = {}
    for message in history:
        last[message.role] = message.content
    return " ".join(last[role] for role in ("user", "assistant") if role in last)[:_BACKGROUND]


@dataclass(frozen=True, slots=True)
class Topic:
    """What a conversation is about; a name can stand in a pronoun's place."""

    text: str
    is_name: bool


def _resolved(question: str, topic: Topic) -> str:
    question = " ".join(question.split())
    if not topic.text:
        return question
    about = topic.text
    if _YEAR.search(question):
        about = _YEAR.sub("", about).strip()  # the follow-up asks about another year
    found = _PRONOUN.search(question)
    if found is not None and topic.is_name:
        owns = found.group("possessive") or (
            found.group("her") and _POSSESSIVE_HER.match(question, found.start())
        )
        return question[: found.start()] + about + ("'s" if owns else "") + question[found.end() :]
    is_elliptic = _OPENING.match(question) or _ELLIPSIS.fullmatch(question)
    if found is not None or is_elliptic or _ORDINAL_ONE.search(question):
        return f"{question} ({about})"
    return question


def _topic(question: str) -> Topic:
    without_opening = _OPENING.sub("", question)
    asked = _QUESTION_WORDS.match(without_opening)
    begin = asked.end() if asked else 0
    words = without_opening[begin:].rstrip(" ?.!")
    text = _EVENT_VERB.sub("", words)
    is_about = asked is not None and _BE_OR_ABOUT.search(asked.group()) is not None
    return Topic(text, is_name=(is_about or text != words) and _NAME.match(text) is not None)
