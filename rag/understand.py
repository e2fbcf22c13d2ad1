"""A question in its conversation: what is searched, what leads the search, how it is read.

Nothing is rewritten by rules. The last exchange leads the search by its vector; where the question
leans on what was said, the words of the question before it are searched too. A follow-up is read
alone and together with the question before it (:mod:`rag.evidence`). A language model's rewriting,
where there is one, is searched and read instead of the two together.
How much of a history is looked at is bounded in tokens.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from index.text.tokens import Tokenize, load_tokenizer
from rag.intents import SMALL_TALK, Intents
from rag.llm.rewriting import rewritten
from rag.llm.server import LanguageModel
from rag.types import Message

__all__ = ["Understood", "recent", "together", "understood"]

_BACKGROUND = 1200  # characters of the last exchange that lead the search
_LAST_QUESTION = 200  # characters of it that are read with a follow-up
_LEANS = 0.45  # likely, from which the words of the question before are searched too
_CHARACTERS = 20  # of a token, at most


@dataclass(frozen=True, slots=True)
class Understood:
    """``query`` is searched, led by ``background``; each of ``readings`` is read in what is found.

    ``words`` are searched for beside those of the query. The first reading is the question by
    itself, the only one where nothing was asked before.
    """

    query: str
    background: str
    words: str
    readings: tuple[str, ...]


def understood(
    question: str,
    history: Sequence[Message],
    intents: Intents,
    rewriter: LanguageModel | None = None,
) -> Understood:
    """How a question is searched and read after a conversation."""
    question = " ".join(question.split())
    asked, answered = _last_exchange(history, intents)
    if not asked:
        return Understood(question, "", "", (question,))
    background = f"{asked} {answered}".strip()[:_BACKGROUND]
    query = rewritten(question, history, rewriter) if rewriter else None
    if query is not None:
        return Understood(query, background, "", tuple(dict.fromkeys((question, query))))
    words = asked if intents.leaning(question) >= _LEANS else ""
    return Understood(question, background, words, (question, together(question, asked)))


def together(question: str, before: str) -> str:
    """A follow-up and the question before it as one text to read.

    >>> together("And in 2007?", "When was the first summit?")
    'And in 2007? (When was the first summit?)'
    """
    return f"{question} ({before[:_LAST_QUESTION]})"


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


def _last_exchange(history: Sequence[Message], intents: Intents) -> tuple[str, str]:
    """The last question that was no small talk, and its answer; "" where there is none."""
    answer = ""
    for message in reversed(history):
        text = " ".join(message.content.split())
        if message.role != "user":
            answer = text
        elif text and intents.of(text) not in SMALL_TALK:
            return text, answer
        else:
            answer = ""
    return "", ""
