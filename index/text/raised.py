"""Raised and lowered characters on one line: what a number loses when its exponent joins it."""

from __future__ import annotations

import re

__all__ = ["apart", "lowered", "raised"]

_RAISED = str.maketrans("0123456789+-−=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱ")
_LOWERED = str.maketrans("0123456789+-−=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎")
# Raised behind a number, or a word that is too long for a unit.
_NOTE = re.compile(r"[⁰¹²³⁴-ⁿ](?:(?<=\d.)|(?<=[^\W\d_⁰¹²³⁴-ⁿ]{4}.))")


def raised(text: str) -> str:
    """Raised text as it is read: digits and signs in Unicode's raised forms, words as they are.

    >>> "24" + raised("1"), "10" + raised("-6"), "15" + raised("th"), "x" + raised("a+b")
    ('24¹', '10⁻⁶', '15th', 'x^(a+b)')
    """
    return _written(text, _RAISED, "^")


def lowered(text: str) -> str:
    """Lowered text as it is read.

    >>> "H" + lowered("2") + "O", "x" + lowered("max"), "x" + lowered("i,j")
    ('H₂O', 'xmax', 'x_(i,j)')
    """
    return _written(text, _LOWERED, "_")


def apart(text: str) -> str:
    """The text with a space before what is raised behind a number or a word, and no part of it.

    >>> apart("24¹ euros, 10⁻⁶, m², signed¹²")
    '24 ¹ euros, 10 ⁻⁶, m², signed ¹²'
    """
    return _NOTE.sub(r" \g<0>", text)


def _written(text: str, forms: dict[int, int], sign: str) -> str:
    inner = text.strip()
    if not inner:
        return text
    if all(ord(character) in forms for character in inner):
        written = inner.translate(forms)
    elif inner.isalpha() or len(inner) == 1:
        written = inner
    else:
        written = f"{sign}({inner})"
    return text.replace(inner, written, 1)
