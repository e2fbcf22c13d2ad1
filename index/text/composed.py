"""Texts in Unicode's composed form (NFC), and where their characters stand in the text as it is.

macOS and some PDFs write "ü" as two characters and a syllable of Korean as three. What compares or
reads texts composes them; what is stored, cited and shown as a quote stays as the document has it
(docs/decisions/0064).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from itertools import pairwise

__all__ = ["composed", "composed_with_origins"]


def composed(text: str) -> str:
    r"""The text in Unicode's composed form.

    >>> composed("Ku\u0308che") == "K\u00fcche"
    True
    """
    return unicodedata.normalize("NFC", text)


def composed_with_origins(text: str) -> tuple[str, Sequence[int]]:
    r"""The composed text, and for each of its characters, and its end, where that is in ``text``.

    >>> composed_with_origins("Ku\u0308che")[1]
    [0, 1, 3, 4, 5, 6]
    """
    if unicodedata.is_normalized("NFC", text):
        return text, range(len(text) + 1)
    starts = [i for i, character in enumerate(text) if i == 0 or not _joins(character)]
    parts: list[str] = []
    origins: list[int] = []
    for start, end in pairwise([*starts, len(text)]):
        part = composed(text[start:end])
        parts.append(part)
        origins += (min(start + i, end - 1) for i in range(len(part)))
    return "".join(parts), [*origins, len(text)]


def _joins(character: str) -> bool:
    """Whether it may be composed with what stands before: a mark, a vowel or an end in Korean."""
    return character > "\u02ff" and (
        unicodedata.category(character)[0] == "M" or "\u1160" <= character <= "\u11ff"
    )
