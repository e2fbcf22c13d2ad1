"""Characters in the order of their places on a line, put in the order in which they are read.

Unicode Standard Annex 9 the other way round: from the line as it is displayed to its text. Numbers
run from the left inside words that run from the right, as do words of another script.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from itertools import groupby, pairwise

__all__ = ["RIGHT_TO_LEFT", "in_logical_order", "runs_right_to_left"]

RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
"""Letters of Hebrew, Arabic, Syriac, Thaana, N'Ko and their presentation forms."""

_PRESENTED = re.compile("[\ufb1d-\ufdff\ufe70-\ufefc]+")
_LEFT, _RIGHT, _NUMBER, _NEUTRAL = "L", "R", "N", " "
_KINDS = {"L": _LEFT, "R": _RIGHT, "AL": _RIGHT, "EN": _NUMBER, "AN": _NUMBER}
# Between two digits they are part of the number, as is what is beside one; not so in Arabic, nor
# in numbers behind Arabic letters (rules W2, W4 and W5), but for the signs in numbers.
_SIGNS = {"ES": ("EN",), "CS": ("EN", "AN")}
_UNITS = "ET"
_MIRRORED = str.maketrans("()[]{}", ")(][}{")
# A file may give the first bracket of two as it is written and the other one as it is displayed.
_TWINS = re.compile(r"(?<!\S)([()\[\]{}])([^()\[\]{}]*)\1(?!\w)")


def runs_right_to_left(text: str) -> bool:
    """Whether half of the letters of a text or more are read from the right.

    >>> runs_right_to_left("PDF: שלום לכולם"), runs_right_to_left("the word שלום")
    (True, False)
    """
    if not RIGHT_TO_LEFT.search(text):
        return False
    kinds = [_KINDS.get(unicodedata.bidirectional(character)) for character in text]
    return kinds.count(_RIGHT) >= kinds.count(_LEFT)


def in_logical_order(displayed: Sequence[str], *, from_right: bool = False) -> str:
    """The text of characters that are given from left to right; letters in their plain forms.

    ``from_right`` says that the text around the line is read from the right.

    >>> in_logical_order(".2027 רבמצדב 31-ב")
    'ב-31 בדצמבר 2027.'
    """
    whole = "".join(displayed)
    if not RIGHT_TO_LEFT.search(whole) and (not from_right or any(map(str.isalpha, whole))):
        return whole
    if from_right or runs_right_to_left(whole):
        text = _from_right(displayed)
    else:  # some of its words run from the right
        kinds = _kinds(displayed, _LEFT)
        text, start = "", 0
        for is_left, group in groupby(kinds, lambda kind: kind == _LEFT):
            end = start + len(list(group))
            part = displayed[start:end]
            text += "".join(part) if is_left else _from_right(part)
            start = end
    return _PRESENTED.sub(lambda found: unicodedata.normalize("NFKC", found.group()), text)


def _from_right(displayed: Sequence[str]) -> str:
    """Read from the right, but for the numbers and words in it that run from the left."""
    parts: list[str] = []
    end = len(displayed)
    kinds = reversed(_kinds(displayed, _RIGHT))
    for is_right, group in groupby(kinds, lambda kind: kind == _RIGHT):
        start = end - len(list(group))
        part = displayed[start:end]
        parts += reversed(part) if is_right else part
        end = start
    return _with_brackets("".join(parts))


def _kinds(displayed: Sequence[str], base: str) -> list[str]:
    """Whether each character is of the left, of the right, or of a number between these."""
    classes = [unicodedata.bidirectional(text[0]) if text else "" for text in displayed]
    kinds = [_KINDS.get(found, _NEUTRAL) for found in classes]
    if base == _RIGHT:
        _take_as_arabic(classes)
    for n in range(1, len(kinds) - 1):
        if classes[n - 1] == classes[n + 1] and classes[n + 1] in _SIGNS.get(classes[n], ()):
            kinds[n] = _NUMBER
    for order in (range(len(kinds)), reversed(range(len(kinds)))):
        before = ""
        for n in order:
            if classes[n] == _UNITS and before == "EN":
                kinds[n], classes[n] = _NUMBER, "EN"
            before = classes[n]
    strong = base
    for n, kind in enumerate(kinds):
        if kind == _NUMBER and strong == _LEFT and not _joins_right(displayed, kinds, n):
            kinds[n] = _LEFT  # as the words before it
        elif kind in (_LEFT, _RIGHT):
            strong = kind
    solid = [n for n, kind in enumerate(kinds) if kind != _NEUTRAL]
    for first, second in pairwise(solid):
        ends = {kinds[first], kinds[second]}
        if _LEFT not in ends and not any(map(str.isspace, displayed[first + 1 : second])):
            between = _RIGHT  # a number at its word, as "31" in "ב-31"
        else:
            between = ends.pop() if len(ends) == 1 and _NUMBER not in ends else base
        kinds[first + 1 : second] = [between] * (second - first - 1)
    return [base if kind == _NEUTRAL else kind for kind in kinds]


def _take_as_arabic(classes: list[str]) -> None:
    """Numbers behind Arabic letters are Arabic numbers (rule W2)."""
    letters = ""
    for n in reversed(range(len(classes))):
        if classes[n] in ("L", "R", "AL"):
            letters = classes[n]
        elif classes[n] == "EN" and letters == "AL":
            classes[n] = "AN"


def _joins_right(displayed: Sequence[str], kinds: Sequence[str], n: int) -> bool:
    """Whether a word from the right follows a number without a space."""
    for text, kind in zip(displayed[n:], kinds[n:], strict=True):
        if kind in (_LEFT, _RIGHT) or text.isspace():
            return kind == _RIGHT
    return False


def _with_brackets(text: str) -> str:
    """Brackets as they are written: the first one opens."""
    places = [text.find(sign) for sign in "([{"], [text.find(sign) for sign in ")]}"]
    opening, closing = ([place for place in found if place >= 0] for found in places)
    turned = opening and closing and min(closing) < min(opening)
    return _TWINS.sub(_as_pair, text.translate(_MIRRORED) if turned else text)


def _as_pair(found: re.Match[str]) -> str:
    sign, inner = found.groups()
    first = sign if sign in "([{" else sign.translate(_MIRRORED)
    return f"{first}{inner}{first.translate(_MIRRORED)}"
