"""Abbreviations and words by their letters, in any language: two heads over hashed n-grams.

One says whether a word is an abbreviation ("zzgl"), the other whether a word stands in
lower case inside sentences, so that a capital makes it the first of one ("The"; never "Huber").
Logistic regressions with weights in 8 bits (``abbreviations.npz``, made by
``training/abbreviations.py``); a language that they were not fitted on is judged by all of them.
"""

from __future__ import annotations

import unicodedata
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING
from zlib import crc32

from index.text.language import UNDECIDED

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["BUCKETS", "LANGUAGES", "abbreviation_logit", "low_logit", "slots"]

BUCKETS = 1 << 18
LANGUAGES = frozenset("cs da de el en es et fi fr it nl no pl pt ru sl sv tr uk".split())
_TRAINED = Path(__file__).with_name("abbreviations.npz")
_VOWELS = frozenset("aeiouyæøœıаеёиоуыэюяєіїαεηιουω")
_LONG = 14  # letters; no abbreviation has so many
_TAIL = 4  # letters at either end that are looked at


@lru_cache(maxsize=1 << 14)
def abbreviation_logit(word: str, language: str) -> float:
    """How likely ``word``, without its last full stop, is an abbreviation."""
    return _logit("abbreviation", word, language)


@lru_cache(maxsize=1 << 14)
def low_logit(word: str, language: str) -> float:
    """How likely ``word`` is one that stands in lower case where no sentence begins."""
    return _logit("low", word, language)


def slots(word: str, language: str) -> list[int]:
    """The numbers in [0, BUCKETS) of what a word is made of, each with and without its language."""
    word = word.casefold()[-2 * _LONG :]
    shape = "".join(
        "v" if char in _VOWELS else "c" if char.isalpha() else char
        for char in unicodedata.normalize("NFD", word)
        if not unicodedata.combining(char)
    )
    parts = [f"#{min(len(word), _LONG)}", f"~{shape[-_TAIL:]}", f"~~{shape[-2:]}"]
    parts += [f"{word[-size:]}$" for size in range(1, _TAIL + 1) if size < len(word)]
    parts += [f"^{word[:size]}" for size in range(1, _TAIL) if size < len(word)]
    if len(shape) <= _TAIL + 2:
        parts.append(f"~~~{shape}")
    named = [tag + part for part in parts for tag in ("", language)]
    # The word itself twice in its language, where it may weigh more than its parts.
    named += [f"={word}", f"{language}={word}", f"{language}=={word}"]
    return [crc32(part.encode()) % BUCKETS for part in named]


def _logit(head: str, word: str, language: str) -> float:
    weights, step, intercept = _heads()[head]
    known = language if language in LANGUAGES else UNDECIDED
    return float(weights[slots(word, known)].sum(dtype="int32")) * step + intercept


@cache
def _heads() -> dict[str, tuple[NDArray[np.int8], float, float]]:
    """Weights, what one of their units is, and intercept of both heads."""
    import numpy as np

    with np.load(_TRAINED) as kept:
        return {
            name: (kept[name], float(kept[f"{name}_step"]), float(kept[f"{name}_intercept"]))
            for name in ("abbreviation", "low")
        }
