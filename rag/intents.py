"""What a message is: a question, an overview of the documents, or small talk.

One head over the vector of the message (multinomial logistic regression, ``intents.npz``), fitted
by ``training/intents.py`` on examples in 22 languages (docs/decisions/0046). What it is not sure of
is a question, and is searched; what it is not certain of is searched first. More heads
(``asked.npz``, ``training/asked.py``) say whether a question leans on what was said before it,
whether it is answered by yes or no, or by a figure only, whether it asks for a reason, or what a
part of a document says, and whether a sentence is a courtesy. Nothing is answered here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.features import probability
from rag.tables.asked import words_of

__all__ = [
    "CHANGES",
    "INTENTS",
    "MAX_CHARACTERS",
    "MODEL",
    "OVERVIEWS",
    "PARTS",
    "QUESTION",
    "SMALL_TALK",
    "Intents",
]

MODEL = "multilingual"
"""The embedding model whose vectors the head reads, whichever one searches."""
QUESTION = "question"
SMALL_TALK = ("hello", "thanks", "bye", "self")
OVERVIEWS = ("about", "one", "this", "list", "count", "newest", "oldest")
CHANGES = "changes"
INTENTS = (QUESTION, *SMALL_TALK, *OVERVIEWS, CHANGES)
"""What a message can be, in the order of the rows of the weights."""
PARTS = ("", "heading", "page", "slide", "row")
"""The parts of a document that a question may ask for, "" for none, in the order of the rows."""

MAX_CHARACTERS = 100
"""Longer messages are questions."""

_CERTAIN = 0.98  # likely no question, from which a message is none whatever the documents say
_REASON = 0.75  # likely, from which a question asks for a reason,
_MAYBE_REASON = 0.15  # or where one of its words
_BY_A_WORD = 0.9  # so likely does
_COURTESY = 0.5  # likely, from which a sentence is one
_VECTORS = 2048  # texts whose vectors are kept
_OTHER_LANGUAGE = 0.05  # how likely small talk is in a language that no document is in

_TRAINED = Path(__file__).parent / "models" / "intents.npz"
_ASKED = Path(__file__).parent / "models" / "asked.npz"


class Intents:
    """The intent of a message; ``vector`` gives the query vector of a text by ``MODEL``.

    Those asked for last are kept: a message and its words are asked for by several.
    """

    def __init__(self, vector: Callable[[str], NDArray[np.float32]]) -> None:
        self.vector = lru_cache(_VECTORS)(vector)

    def of(self, message: str) -> str:
        """One of ``INTENTS``; a question where that is not sure."""
        likely, intent = self._likeliest(message)
        return intent if likely >= _head().threshold else QUESTION

    def is_certain(self, message: str) -> bool:
        """Whether a message is so surely no question that nothing needs to be searched."""
        return self._likeliest(message)[0] >= _CERTAIN

    def _likeliest(self, message: str) -> tuple[float, str]:
        """How likely a message is no question, and what it is then."""
        text = " ".join(message.split())
        if len(text) > MAX_CHARACTERS:
            return 0.0, QUESTION
        head = _head()
        share = _shares(head.weights @ self.vector(text) + head.bias)
        return 1.0 - float(share[0]), INTENTS[1 + int(share[1:].argmax())]

    def leaning(self, question: str) -> float:
        """How likely it is that a question leans on what was said before, in [0, 1]."""
        return self._likely("leaning", question)

    def polar(self, question: str) -> float:
        """How likely it is that a question is answered by yes or no, in [0, 1]."""
        return self._likely("polar", question)

    def figure(self, question: str) -> float:
        """How likely it is that only a figure answers a question, in [0, 1]."""
        return self._likely("figure", question)

    def asks_for_reason(self, question: str) -> bool:
        """Whether a question asks for a reason, as it says itself or one of its words does."""
        likely = self._likely("reason", question)
        if likely >= _REASON:
            return True
        words = words_of(question)
        parts = (*words, *map(" ".join, pairwise(words)))  # "warum", "por qué"
        return likely >= _MAYBE_REASON and any(
            self._likely("reason", part) >= _BY_A_WORD for part in parts
        )

    def is_courtesy(self, sentence: str) -> bool:
        """Whether a sentence is a courtesy of a letter that says nothing by itself."""
        is_short = len(sentence) <= MAX_CHARACTERS
        return is_short and self._likely("courtesy", sentence) >= _COURTESY

    def part(self, question: str) -> tuple[str, float]:
        """The part of a document that a question likeliest asks for, and how likely it does."""
        if len(question) > MAX_CHARACTERS:
            return PARTS[0], 0.0
        head = _asked()
        vector = self.vector(" ".join(question.split()))
        share = _shares(head["part_weights"] @ vector + head["part_bias"])
        return PARTS[1 + int(share[1:].argmax())], 1.0 - float(share[0])

    def _likely(self, kind: str, question: str) -> float:
        head = _asked()
        vector = self.vector(" ".join(question.split()))
        return probability(float(head[f"{kind}_weights"] @ vector + head[f"{kind}_bias"]))

    def language(self, message: str, documents: Iterable[str] = ()) -> str:
        """The ISO 639-1 code of the language that small talk is most likely in.

        ``documents``: the language of each; "Hi" and "Hallo" are in theirs.
        """
        head = _head()
        vector = self.vector(" ".join(message.split()))
        logits = head.language_weights @ vector + head.language_bias
        languages = head.languages.tolist()
        spoken = Counter(documents)
        share = np.array([spoken[language] for language in languages]) / (spoken.total() or 1)
        return str(languages[int((logits + np.log(share + _OTHER_LANGUAGE)).argmax())])


def _shares(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """How likely each row of a head is; they add up to 1."""
    share = np.exp(logits - logits.max())
    shares: NDArray[np.float32] = share / share.sum()
    return shares


@dataclass(frozen=True, slots=True)
class _Head:
    """The weights of ``intents.npz``: (intents, dimension) and (languages, dimension)."""

    weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    threshold: float
    languages: NDArray[np.str_]
    language_weights: NDArray[np.float32]
    language_bias: NDArray[np.float32]


@cache
def _head() -> _Head:
    with np.load(_TRAINED, allow_pickle=False) as stored:
        return _Head(
            stored["weights"],
            stored["bias"],
            float(stored["threshold"]),
            stored["languages"],
            stored["language_weights"],
            stored["language_bias"],
        )


@cache
def _asked() -> dict[str, NDArray[np.float32]]:
    with np.load(_ASKED, allow_pickle=False) as stored:
        return dict(stored)
