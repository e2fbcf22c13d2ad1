"""A question in a conversation: what is searched for, and what was said before.

By rules, English first: pronouns (:mod:`rag.antecedents`) and what is left out
(:mod:`rag.follow_ups`) are filled in from the last questions and answers. A question that stands
by itself is left as it is, and what was said before does not lead it when it speaks of
something else. How much of a history is read is bounded in tokens.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from index.words import content_terms
from rag.answers import Message
from rag.antecedents import Exchange, pronouns, resolved
from rag.follow_ups import OPENING, appended, completed, other_language, that_noun, the_one
from rag.noun_phrases import noun_phrases
from rag.small_talk import without_greeting

__all__ = ["background", "exchanges", "recent", "standalone"]

_BACKGROUND = 1200  # characters
_FEW_TERMS = 1  # a question with no more content words than this leans on what was said


def standalone(question: str, history: Sequence[Message] = ()) -> str:
    """The question as one that can be searched without the conversation.

    >>> asked = [Message("user", "When was the first inter-Korean summit?")]
    >>> standalone("Where did it take place?", asked)
    'Where did the first inter-Korean summit take place?'
    >>> standalone("And in 2007?", asked)
    'And in 2007? (the first inter-Korean summit)'
    >>> standalone("Who took part?", asked)
    'Who took part in the first inter-Korean summit?'
    >>> standalone("What is a currency swap?", asked)
    'What is a currency swap?'
    """
    return _understood(question, exchanges(history)).text


def exchanges(history: Sequence[Message]) -> list[Exchange]:
    """The questions of a conversation as they were understood, each with its answer."""
    before: list[Exchange] = []
    for message in history:
        if message.role == "user":
            before.append(Exchange(_understood(message.content, before).text))
        elif before:
            before[-1] = Exchange(before[-1].question, message.content)
    return before


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
class _Understood:
    """A question in full, and whether it needed what was said before."""

    text: str
    leans: bool


def _understood(question: str, before: Sequence[Exchange]) -> _Understood:
    question = without_greeting(" ".join(question.split()))
    if not before:
        return _Understood(question, leans=False)
    if (other := other_language(question, before)) is not None:
        return _Understood(other, leans=other != question)
    if (full := completed(question, before)) is not None:
        return _Understood(full, leans=True)
    text, left = resolved(question, before)
    if text == question:
        text = the_one(question, before) or that_noun(question, before) or question
    if text != question:
        return _Understood(OPENING.sub("", text), leans=True)
    if left or _says_little(question):
        return _Understood(appended(question, before), leans=True)
    return _Understood(question, leans=False)


def _says_little(question: str) -> bool:
    """Whether it has too few words of its own to be searched with."""
    if any(phrase.is_name for phrase in noun_phrases(question)):
        return False
    return len(content_terms(OPENING.sub("", question))) <= _FEW_TERMS
