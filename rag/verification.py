"""The check that a sentence makes before it is shown: do its cited quotes support it?

A sentence is supported when every number and name in it stands in the quotes, it denies what
they deny and affirms what they affirm, and it shares enough of their words or meaning. A
sentence that is its quote is supported by definition. Support is in [0, 1]; the caller shows
nothing below :data:`SUPPORTED`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from index.words import content_terms, stems

__all__ = ["SUPPORTED", "Similarity", "support"]

SUPPORTED = 0.6

Similarity = Callable[[str, str], float]
"""Cosine similarity of two texts."""

_NUMBER = re.compile(r"\d[\d.,]*\d|\d")
_NUMBER_WORDS = {
    word: str(value)
    for value, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
        " fifteen sixteen seventeen eighteen nineteen twenty".split()
    )
} | {word: word for word in ("hundred", "thousand", "million", "billion", "trillion")}
_NAME = re.compile(r"\b[A-Z][\w’'-]*")
_NEGATION = re.compile(r"\b(?:not|no|never|none|neither|nor|without|cannot)\b|n[’']t\b", re.I)
_SPACES = re.compile(r"\s+")


def support(sentence: str, quotes: Sequence[str], similarity: Similarity) -> float:
    """How well ``quotes`` support ``sentence``, in [0, 1].

    The mean of the share of words and the similarity, where nothing contradicts.

    >>> support("Two ministers met.", ["Two ministers met."], lambda a, b: 0.0)
    1.0
    >>> support("Three ministers met.", ["Two ministers met."], lambda a, b: 1.0)
    0.0
    """
    quoted = " ".join(quotes)
    if not quoted.strip():
        return 0.0
    if any(_plain(sentence) in _plain(quote) for quote in quotes):
        return 1.0
    if not _numbers(sentence) <= _numbers(quoted):
        return 0.0
    if not _names(sentence) <= set(stems(quoted)):
        return 0.0
    if bool(_NEGATION.search(sentence)) != bool(_NEGATION.search(quoted)):
        return 0.0
    terms = content_terms(sentence)
    held = set(stems(quoted))
    shared = sum(term in held for term in terms) / len(terms) if terms else 0.0
    return max(0.0, min(1.0, (shared + similarity(sentence, quoted)) / 2))


def _plain(text: str) -> str:
    return _SPACES.sub(" ", text).strip().lower()


def _numbers(text: str) -> set[str]:
    digits = {found.group().replace(",", "").rstrip(".") for found in _NUMBER.finditer(text)}
    words = {_NUMBER_WORDS[w] for w in re.findall(r"[a-z]+", text.lower()) if w in _NUMBER_WORDS}
    return digits | words


def _names(sentence: str) -> set[str]:
    """Stems of the capitalised words, but for the one that begins the sentence."""
    names = [found.group() for found in _NAME.finditer(sentence) if found.start() > 0]
    return set(stems(" ".join(names)))
