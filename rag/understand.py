"""A question in its conversation: what is searched, what leads the search, how it is read.

Nothing is rewritten by rules. The last exchange leads the search by its vector; where the question
leans on what was said, the words of the question before it are searched too. A follow-up is read
alone and together with the question before it (:mod:`rag.evidence`). A language model's rewriting,
where there is one, is searched and read instead of the two together. A first question can lean on
nothing but the document, where there is one only: it is led by what that is about.
How much of a history is looked at is bounded in tokens.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from index.text.tokens import Tokenize, load_tokenizer
from rag.errors import QuestionError
from rag.intents import SMALL_TALK, Intents
from rag.llm.rewriting import rewrite
from rag.llm.server import LanguageModel
from rag.types import Message

__all__ = [
    "LEANS",
    "MAX_QUESTION_CHARACTERS",
    "Query",
    "behind_subject",
    "check_question",
    "newest_messages",
    "understand",
    "with_question_before",
]

MAX_QUESTION_CHARACTERS = 4000

_BACKGROUND = 1200  # characters of the last exchange that lead the search
_LAST_QUESTION = 200  # characters of it that are read with a follow-up
LEANS = 0.45
"""How likely a question leans on the one before, from which its words are searched too."""
_BEFORE = 3  # questions before that a follow-up may hang on
_CHARACTERS = 20  # of a token, at most


@dataclass(frozen=True, slots=True)
class Query:
    """``text`` is searched, led by ``background``; each of ``readings`` is read in what is found.

    ``words`` are searched for beside those of the text. The first reading is the question by
    itself. ``before`` are the questions before it, the newest last; none where it is rewritten.
    """

    text: str
    background: str
    words: str
    readings: tuple[str, ...]
    before: tuple[str, ...] = ()

    def with_word(self, word: str, other: str) -> Query:
        """The same with another word wherever a word stands."""
        text, *readings = (each.replace(word, other) for each in (self.text, *self.readings))
        return replace(self, text=text, readings=tuple(readings))


def check_question(question: str) -> None:
    """Raises QuestionError for a question that is empty, too long or no text."""
    if not question.strip():
        raise QuestionError("the question is empty: ask something about the documents")
    try:
        question.encode()
    except UnicodeEncodeError as exc:  # half a surrogate pair
        raise QuestionError(
            "the question holds bytes that are not text: write it in UTF-8"
        ) from exc
    if len(question) > MAX_QUESTION_CHARACTERS:
        raise QuestionError(
            f"the question has {len(question)} characters, at most "
            f"{MAX_QUESTION_CHARACTERS} are read: shorten it"
        )


def understand(
    question: str,
    history: Sequence[Message],
    intents: Intents,
    rewriter: LanguageModel | None = None,
) -> Query:
    """How a question is searched and read after a conversation."""
    question = " ".join(question.split())
    before, answered = _asked_before(history, intents)
    if not before:
        return Query(question, "", "", (question,))
    asked = before[-1]
    background = f"{asked} {answered}".strip()[:_BACKGROUND]
    rewritten = rewrite(question, history, rewriter) if rewriter else None
    if rewritten is not None:
        return Query(rewritten, background, "", tuple(dict.fromkeys((question, rewritten))))
    words = asked if intents.leaning(question) >= LEANS else ""
    readings = (question, with_question_before(question, asked))
    return Query(question, background, words, readings, before)


def behind_subject(question: str, subject: str) -> Query:
    """A first question that leans, led by and read behind what the only document is about.

    >>> behind_subject("Where was it held?", "The summit was long.").readings[1]
    'Where was it held? (The summit was long.)'
    """
    return Query(question, subject, "", (question, with_question_before(question, subject)))


def with_question_before(question: str, before: str) -> str:
    """A follow-up and the question before it as one text to read.

    >>> with_question_before("And in 2007?", "When was the first summit?")
    'And in 2007? (When was the first summit?)'
    """
    return f"{question} ({before[:_LAST_QUESTION]})"


def newest_messages(
    history: Sequence[Message], max_tokens: int, tokenizer: Callable[[], Tokenize] = load_tokenizer
) -> list[Message]:
    """The newest messages that fit into ``max_tokens``; of the one that does not, its beginning.

    The tokenizer is loaded only where the history may be too long.

    >>> history = [Message("user", "one two three"), Message("assistant", "four five")]
    >>> words = lambda: lambda text: list(range(len(text.split())))
    >>> [message.content for message in newest_messages(history, 3, words)]
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


def _asked_before(history: Sequence[Message], intents: Intents) -> tuple[tuple[str, ...], str]:
    """The last questions that were no small talk, and the answer to the last of them."""
    asked: list[str] = []
    answer = ""
    for message in reversed(history):
        text = " ".join(message.content.split())
        if message.role != "user":
            answer = answer if asked else text
        elif text and intents.of(text) not in SMALL_TALK:
            asked.append(text)
            if len(asked) == _BEFORE:
                break
        elif not asked:
            answer = ""
    return tuple(reversed(asked)), answer if asked else ""
