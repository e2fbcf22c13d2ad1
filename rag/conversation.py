"""A question in a conversation: what is searched for, and what was said before.

By rules, English first: pronouns (:mod:`rag.antecedents`) and what is left out
(:mod:`rag.follow_ups`) are filled in from the last questions and answers. A question that stands
by itself is left as it is, and what was said before does not lead it when it speaks of
something else. How much of a history is read is bounded in tokens.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from index.words import content_terms
from rag.answers import Message
from rag.antecedents import Exchange, resolved
from rag.follow_ups import OPENING, appended, completed, other_language, that_noun, the_one
from rag.noun_phrases import noun_phrases
from rag.small_talk import without_greeting

__all__ = ["background", "exchanges", "recent", "standalone"]

_BACKGROUND = 1200  # characters
_GOES_ON = re.compile(
    r"(?:and|but|or|so|then)\b|(?:what|how) about\b|(?:this|that|these|those)\s+(?:is|are|was|were"
    r"|means?|sounds?|seems?|looks?)\b|.*\bwhich ones?\b",
    re.IGNORECASE,
)
_FEW_AFTER_AND = 2  # ... that begins with "and"
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
            found = _understood(message.content, before)
            before.append(Exchange(found.text, meant=found.meant))
        elif before:
            before[-1] = replace(before[-1], answer=message.content)
    return before


def background(history: Sequence[Message], question: str = "") -> str:
    """What was said last, question and answer: it leads a follow-up to the same subject.

    "" where ``question`` speaks of something else.

    >>> said = [Message("user", "What is APEC?"), Message("assistant", "A forum.")]
    >>> background(said, "Where does it meet?")
    'What is APEC? A forum.'
    >>> background(said, "How is phishing reported?")
    ''
    """
    if question and changes_subject(question, history):
        return ""
    last: dict[str, str] = {}
    for message in history:
        last[message.role] = message.content
    return " ".join(last[role] for role in ("user", "assistant") if role in last)[:_BACKGROUND]


def changes_subject(question: str, history: Sequence[Message]) -> bool:
    """Whether a question stands by itself and shares no content word with what was said.

    >>> changes_subject("How is phishing reported?", [Message("user", "What is APEC?")])
    True
    """
    if not history or _understood(question, exchanges(history)).leans:
        return False
    said = {term for message in history for term in content_terms(message.content)}
    return not said & set(content_terms(question))


@dataclass(frozen=True, slots=True)
class _Understood:
    """A question in full, what its pronouns stood for, and whether it leaned on what was said."""

    text: str
    meant: tuple[str, ...] = ()
    leans: bool = True


def _understood(question: str, before: Sequence[Exchange]) -> _Understood:
    question = without_greeting(" ".join(question.split()))
    if not before:
        return _Understood(question, leans=False)
    if (other := other_language(question, before)) is not None:
        return _Understood(other, leans=other != question)
    if (full := completed(question, before)) is not None:
        return _Understood(full, before[-1].meant)
    found = resolved(question, before)
    text = the_one(found.text, before) or that_noun(found.text, before) or found.text
    if text != question:
        return _Understood(_without_opening(text), found.meant)
    if found.left or _leans(question):
        return _Understood(_without_opening(appended(question, before)), before[-1].meant)
    return _Understood(question, leans=False)


def _without_opening(question: str) -> str:
    rest = OPENING.sub("", question)
    return rest[:1].upper() + rest[1:] if rest != question else question


def _leans(question: str) -> bool:
    """Whether it is too little, or begins as what goes on, to be searched by itself."""
    plain = OPENING.sub("", question)
    terms = len(content_terms(plain))
    phrases = noun_phrases(plain)
    if _GOES_ON.match(question):
        return terms <= _FEW_AFTER_AND or not any(phrase.is_name for phrase in phrases)
    # "Which is more important?" leans; "What is an enterprise?" and "meteoroid" do not.
    return terms <= _FEW_TERMS and not phrases
