"""A question in a conversation: what is searched for, and what was said before.

By rules, English first: pronouns (:mod:`rag.antecedents`) and what is left out
(:mod:`rag.follow_ups`) are filled in from the last questions and answers. A question that stands
by itself is left as it is, and what was said before does not lead it when it speaks of
something else. How much of a history is read is bounded in tokens.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from index.tokens import Tokenize, load_tokenizer
from index.words import content_terms
from rag.answers import Message
from rag.antecedents import Exchange, put_in_place, resolved
from rag.follow_ups import OPENING, appended, completed, other_language, that_noun, the_one
from rag.noun_phrases import noun_phrases
from rag.small_talk import small_talk, without_greeting

__all__ = ["ASKED_BACK", "background", "changes_subject", "exchanges", "recent", "standalone"]

ASKED_BACK = "then I can look it up."  # how a question to the reader ends

_BACKGROUND = 1200  # characters
_CHARACTERS = 20  # of a token, at most
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
    for message in _without_small_talk(history):
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
    return _said_last(history)


def recent(
    history: Sequence[Message], max_tokens: int, tokenizer: Callable[[], Tokenize] = load_tokenizer
) -> list[Message]:
    """The newest messages that fit into ``max_tokens``; of the one that does not, its beginning.

    The tokenizer is loaded only where the history may be too long.

    >>> said = [Message("user", "one two three"), Message("assistant", "four five")]
    >>> [m.content for m in recent(said, 3, lambda: lambda text: list(range(len(text.split()))))]
    ['one', 'four five']
    """
    # A token is at least one byte.
    if sum(len(message.content.encode(errors="replace")) for message in history) <= max_tokens:
        return list(history)
    tokenize = tokenizer()
    kept: list[Message] = []
    left = max_tokens
    for message in reversed(history):
        text = _shortened(message.content, left, tokenize)
        if text:
            kept.append(replace(message, content=text))
        left -= len(tokenize(text))
        if text != message.content or left <= 0:
            break
    return kept[::-1]


def _shortened(text: str, max_tokens: int, tokenize: Tokenize) -> str:
    """The words at the beginning that fit."""
    # So many characters never fit; tokens are not counted in what is thrown away.
    text = text if len(text) <= _CHARACTERS * max_tokens else text[: _CHARACTERS * max_tokens]
    while text and (count := len(tokenize(text))) > max_tokens:
        text = text[: len(text) * max_tokens // count].rpartition(" ")[0].rstrip()
    return text


def changes_subject(question: str, history: Sequence[Message]) -> bool:
    """Whether a question stands by itself and shares no content word with what was said.

    >>> changes_subject("How is phishing reported?", [Message("user", "What is APEC?")])
    True
    """
    said_last = _said_last(history)
    if not said_last or _understood(question, exchanges(history)).leans:
        return False
    return not set(content_terms(said_last)) & set(content_terms(question))


def _said_last(history: Sequence[Message]) -> str:
    last: dict[str, str] = {}
    for message in _without_small_talk(history):
        last[message.role] = message.content
    return " ".join(last[role] for role in ("user", "assistant") if role in last)[:_BACKGROUND]


def _without_small_talk(history: Sequence[Message]) -> Iterator[Message]:
    """The messages without "thanks" and the like, and without the replies to them."""
    skips = False
    for message in history:
        if message.role == "user":
            skips = small_talk(message.content, documents_count=1) is not None
        if not skips:
            yield message


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
    if (named := _named_when_asked(question, before)) is not None:
        return _Understood(named, (question.rstrip(" .!?"),))
    if (other := other_language(question, before)) is not None:
        return _Understood(other, leans=other != question)
    if (full := completed(question, before)) is not None:
        return _Understood(full, before[-1].meant)
    return _filled_in(question, before)


def _filled_in(question: str, before: Sequence[Exchange]) -> _Understood:
    """The question with what its pronouns and "that one" stand for."""
    found = resolved(question, before)
    text = the_one(found.text, before) or that_noun(found.text, before) or found.text
    if text != question:
        return _Understood(_without_opening(text), found.meant)
    if found.left or _leans(question):
        return _Understood(_without_opening(appended(question, before)), before[-1].meant)
    return _Understood(question, leans=False)


def _named_when_asked(question: str, before: Sequence[Exchange]) -> str | None:
    """The question before with what was asked back for, when the reader has named just that."""
    name = question.rstrip(" .!?")
    phrases = noun_phrases(name)
    if not before[-1].answer.endswith(ASKED_BACK) or not phrases or phrases[0].text != name:
        return None
    left = resolved(before[-1].question, before[:-1]).left
    return put_in_place(phrases[0], left[0], before[-1].question) if left else None


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
