"""Raised and lowered characters on one line: what a number loses when its exponent joins it."""

from __future__ import annotations

import re

__all__ = ["apart", "lowered", "opens_with_mark", "raised"]

_RAISED = str.maketrans("0123456789+-−=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱ")
_LOWERED = str.maketrans("0123456789+-−=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎")
# Raised behind a number, or a word that is too long for a unit.
_NOTE = re.compile(r"[⁰¹²³⁴-ⁿ](?:(?<=\d.)|(?<=[^\W\d_⁰¹²³⁴-ⁿ]{4}.))")
# In brackets, as "[3]", "[2, 4]", "(a)" or "a)".
_MARK = re.compile(r"\[[^\W_]{1,3}(?:[,;–-] ?[^\W_]{1,3})*\]|\(?[^\W\d_]{1,2}\)")


def raised(text: str) -> str:
    """Raised text as it is read: digits and signs in Unicode's raised forms, words as they are.

    The mark of a note that has no such form stands apart.

    >>> "24" + raised("1"), "10" + raised("-6"), "15" + raised("th"), "x" + raised("a+b")
    ('24¹', '10⁻⁶', '15th', 'x^(a+b)')
    >>> "24" + raised("[3]"), "24" + raised("a)"), "24" + raised("*")
    ('24 [3]', '24 a)', '24*')
    """
    if _MARK.fullmatch(text.strip()):
        return f" {text.lstrip()}"
    return _written(text, _RAISED, "^")


def opens_with_mark(text: str) -> bool:
    """Whether a text begins with the mark of a note in brackets.

    >>> opens_with_mark("[3] hours"), opens_with_mark("a) per cent"), opens_with_mark("a room")
    (True, True, False)
    """
    return _MARK.match(text) is not None


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
