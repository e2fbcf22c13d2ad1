"""A text as the verifier reads it: words in order, with their numbers and dates by value.

Nothing is decided here. Negations are listed in a few languages: in the others none is seen, and
nothing but a quote is shown (:mod:`rag.verified`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from index.words import content_terms, stems
from rag.quantities import (
    NUMERAL,
    UNITS,
    Date,
    digits_for_words,
    fold,
    months,
    numeral,
    times,
    value,
)

__all__ = ["Statement", "Word", "statement"]

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
_TOKEN = re.compile(
    r"(?P<number>(?<![^\W\d_])\d+(?:[.,']\d+)*)(?:(?:st|nd|rd|th|º|ª)\b)?"
    rf"(?P<scale> ?[万萬亿億]|bn\b)?|(?P<numeral>{NUMERAL})"
    rf"|(?P<cjk>(?:(?!{NUMERAL})[{_CJK}])+)|(?P<unit>[%％$€£¥])"
    rf"|(?P<word>[^\W_{_CJK}]+)|(?P<stop>[,;:.!?()\[\]\"。，；：！？、]|--)"
)
_SCALES = {"万": 4, "萬": 4, "亿": 8, "億": 8, "bn": 9}
_POWERS = frozenset(str(10**n) for n in (2, 3, 6, 9, 12))
_NEGATIONS = {
    language: frozenset(words.split())
    for language, words in {
        "en": "not no never none neither nor without nobody nothing nowhere fail fails failed"
        " unable refuse refuses refused lack lacks lacked",
        "es": "no nunca jamas ni sin ningun ninguna ninguno nada nadie tampoco",
        "fr": "ne n pas jamais sans aucun aucune ni",
        "de": "nicht nie niemals kein keine keinen keiner ohne weder",
        "it": "non mai senza nessun nessuno nessuna ne",
        "pt": "nao nunca jamais sem nenhum nenhuma nem",
    }.items()
}
_OF = frozenset("de of di du do the".split())  # in dates
_PLAIN = str.maketrans("’‘‛´`“”„«»–—‐‑−", "'''''\"\"\"\"\"-----", "\u00ad\u200b\ufeff")
_REWRITTEN: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), by)
    for pattern, by in (
        # A word that a line break of a PDF cut in two.
        (r"(?<=[a-zà-ÿ])-\s+(?!(?:and|or|to|und|y|et)\b)(?=[a-zà-ÿ]{2})", ""),
        (r"\bwo ?n't\b", "will not"),
        (r"\bca ?n't\b|\bcannot\b", "can not"),
        (r" ?n't\b", " not"),
        (r" ?'s\b", ""),
        (r"\bper cent\b|\bpor ciento\b", "percent"),
    )
)


@dataclass(frozen=True, slots=True)
class Word:
    """A word (two characters where a script has no spaces) or a number.

    ``text`` is folded: lower case, without accents; for a number its value in digits.
    ``spelled``: it was "one" or "first". ``carries``: it has a meaning of its own.
    """

    text: str
    stem: str
    is_number: bool = False
    spelled: bool = False
    unit: str = ""
    carries: bool = True


@dataclass(frozen=True, slots=True)
class Statement:
    """The words of a text in order, its dates, and how many negations it holds."""

    words: tuple[Word, ...]
    dates: tuple[Date, ...]
    negations: int = 0


@lru_cache(maxsize=256)
def statement(text: str, language: str = "en") -> Statement:
    """Read a text.

    >>> [word.text for word in statement("Two thousand ministers didn’t meet.").words]
    ['2000', 'ministers', 'did', 'not', 'meet']
    >>> statement("on May 5, 2016").dates == statement("5 May 2016").dates
    True
    """
    words = list(_words(_rewritten(text, language), language))
    meant = _meant(text, words, language)
    has_one = "1" in text
    words = [
        replace(
            word,
            carries=word.carries and (_carries(word, meant) or word.text in months(language)),
            spelled=word.is_number and word.text == "1" and not has_one,
        )
        for word in words
    ]
    return Statement(
        words=tuple(word for word in words if word.stem),
        dates=tuple(_dates(words, months(language))),
        negations=sum(word.text in _NEGATIONS.get(language, ()) for word in words),
    )


def _rewritten(text: str, language: str) -> str:
    """The text with its typography, contractions and numbers made alike."""
    text = text.translate(_PLAIN)
    for pattern, by in _REWRITTEN:
        text = pattern.sub(by, text)
    return digits_for_words(text, language)


def _words(text: str, language: str) -> Iterator[Word]:
    """The words, numbers with their units and scales, and the punctuation (without a stem)."""
    unit = ""
    number: Word | None = None  # which what follows may still change
    for found in _TOKEN.finditer(text):
        kind, folded = str(found.lastgroup), fold(found.group())
        if number and folded in _POWERS and re.fullmatch(r"\d{1,3}(\.\d+)?", number.text):
            number = replace(number, text=times(number.text, len(folded) - 1))
            continue
        if number and folded in UNITS | {"%": "%"}:
            number = replace(number, unit=UNITS.get(folded, folded))
            continue
        if number:
            yield replace(number, stem=number.text)
            number = None
        if kind == "unit":  # before its number: "$5"
            unit = folded
            continue
        if kind == "stop":
            yield Word(folded, "", carries=False)
        elif kind == "cjk":
            yield from _bigrams(folded)
        elif kind == "word":
            stem = (stems(folded, language) or [folded])[0]
            yield Word(folded, stem)
        else:
            number = Word(_value(found), "", is_number=True, unit=unit)
        unit = ""
    if number:
        yield replace(number, stem=number.text)


def _value(found: re.Match[str]) -> str:
    if found["numeral"]:
        return numeral(found["numeral"].lstrip("第"))
    return times(value(found["number"]), _SCALES.get((found["scale"] or "").strip().lower(), 0))


def _bigrams(run: str) -> Iterator[Word]:
    for i in range(max(1, len(run) - 1)):
        yield Word(run[i : i + 2], run[i : i + 2])


def _meant(text: str, words: Sequence[Word], language: str) -> set[str]:
    """Stems that carry meaning. Function words are listed for English; else they are short."""
    if language == "en":
        return set(content_terms(text))
    return {word.stem for word in words if len(word.text) > 3 or not word.text.isascii()}


def _carries(word: Word, meant: set[str]) -> bool:
    return word.is_number or word.stem in meant or any(map(str.isdigit, word.text))


def _dates(words: Sequence[Word], month_by_name: Mapping[str, int]) -> Iterator[Date]:
    """Months with a day or a year beside them."""
    order = [word for word in words if word.text not in ",." and word.text not in _OF]
    for at, word in enumerate(order):
        month = month_by_name.get(word.text)
        if month is None:
            continue
        before, after = order[max(0, at - 1) : at], order[at + 1 : at + 3]
        day = next((w for w in (*before, *after[:1]) if _within(w, 1, 31)), None)
        following = after[1:] if day is not None and after[:1] == [day] else after[:1]
        year = next((w for w in (*following, *before) if _within(w, 1000, 2999)), None)
        if day is not None or year is not None:
            yield Date(month, *(None if w is None else int(w.text) for w in (day, year)))


def _within(word: Word, low: int, high: int) -> bool:
    return word.text.isdecimal() and not word.unit and low <= int(word.text) <= high
