"""A text as the verifier reads it: words in order, with their numbers, names and denials.

Capitals tell names, negations tell what is denied, numbers and dates are values. Nothing is
decided here. Negations are listed in a few languages: in the others none is seen, and nothing but a
quote is shown (:mod:`rag.verified`).
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
_CJK_NEGATIONS = "不没沒未無无"
_NO_DENIAL = frozenset("only just merely solely solo solamente".split())  # "not only"
_REACH = 3  # words that carry meaning after a negation
_OF = frozenset("de of di du do the".split())  # in dates
_ABBREVIATED = frozenset("mr mrs ms dr prof st jr sr vs no sra dra".split())
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
    ``spelled``: it was "one" or "first". ``dated``: it is part of a date, which is compared as one.
    ``clause`` counts the punctuation before it. ``begins``: a capital may be due to the place.
    ``carries``: it has a meaning of its own. ``denied`` is how far after a negation it stands
    (1: the next word that carries meaning), or 0.
    """

    text: str
    stem: str
    is_number: bool = False
    spelled: bool = False
    dated: bool = False
    unit: str = ""
    clause: int = 0
    capital: bool = False
    begins: bool = False
    carries: bool = True
    denied: int = 0


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
    dates: list[Date] = []
    for date, places in _dates(words, months(language)):
        dates.append(date)
        for place in places:
            words[place] = replace(words[place], dated=True)
    negations = sum(word.text in _negations(language) for word in words)
    return Statement(tuple(_with_denials(words, language)), tuple(dates), negations)


def _rewritten(text: str, language: str) -> str:
    """The text with its typography, contractions and numbers made alike."""
    text = text.translate(_PLAIN)
    for pattern, by in _REWRITTEN:
        text = pattern.sub(by, text)
    return digits_for_words(text, language)


def _words(text: str, language: str) -> Iterator[Word]:
    """The words, numbers with their units and scales, and the punctuation (without a stem)."""
    unit, begins, before = "", True, ""
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
            begins = begins or (folded in '.!?:;"。！？' and before not in _ABBREVIATED)
            yield Word(folded, "", carries=False)
        elif kind == "cjk":
            yield from _bigrams(folded)
        elif kind == "word":
            stem = (stems(folded, language) or [folded])[0]
            yield Word(folded, stem, capital=found.group()[0].isupper(), begins=begins)
        else:
            number = Word(_value(found), "", is_number=True, unit=unit)
        begins, before, unit = begins and kind == "stop", folded, ""
    if number:
        yield replace(number, stem=number.text)


def _value(found: re.Match[str]) -> str:
    if found["numeral"]:
        return numeral(found["numeral"].lstrip("第"))
    return times(value(found["number"]), _SCALES.get((found["scale"] or "").strip().lower(), 0))


def _bigrams(run: str) -> Iterator[Word]:
    for i in range(max(1, len(run) - 1)):
        pair = run[i : i + 2]
        yield Word(pair, pair, denied=int(i > 0 and run[i - 1] in _CJK_NEGATIONS))
    if len(run) > 1:  # what a negation at the end denies is this character alone
        yield Word(run[-1], run[-1], carries=False, denied=int(run[-2] in _CJK_NEGATIONS))


def _meant(text: str, words: Sequence[Word], language: str) -> set[str]:
    """Stems that carry meaning. Function words are listed for English; else they are short."""
    if language == "en":
        return set(content_terms(text))
    return {word.stem for word in words if len(word.text) > 3 or not word.text.isascii()}


def _carries(word: Word, meant: set[str]) -> bool:
    is_name = word.capital and not word.begins
    return word.is_number or is_name or word.stem in meant or any(map(str.isdigit, word.text))


def _negations(language: str) -> frozenset[str]:
    return _NEGATIONS.get(language, frozenset())


def _with_denials(words: Sequence[Word], language: str) -> Iterator[Word]:
    """The words without punctuation, with how far each stands after a negation."""
    negations = _negations(language)
    after = clause = 0
    for word, following in zip(words, (*words[1:], None), strict=False):
        if not word.stem:
            after = 0
            clause += 1
        elif word.text in negations:
            is_number_sign = word.text == "no" and following is not None and following.is_number
            is_none = following is not None and following.text in _NO_DENIAL
            after = int(not is_number_sign and not is_none)
            yield replace(word, clause=clause, carries=False)
        elif after and word.carries:
            yield replace(word, clause=clause, denied=after)
            after = after + 1 if after < _REACH else 0
        else:
            yield replace(word, clause=clause)


def _dates(
    words: Sequence[Word], month_by_name: Mapping[str, int]
) -> Iterator[tuple[Date, list[int]]]:
    """Months with a day or a year beside them, and where these numbers are."""
    order = [i for i, word in enumerate(words) if word.text not in ",." and word.text not in _OF]
    for at, i in enumerate(order):
        month = month_by_name.get(words[i].text)
        if month is None:
            continue
        before, after = order[max(0, at - 1) : at], order[at + 1 : at + 3]
        day = next((p for p in (*before, *after[:1]) if _within(words[p], 1, 31)), None)
        following = after[1:] if after[:1] == [day] else after[:1]
        year = next((p for p in (*following, *before) if _within(words[p], 1000, 2999)), None)
        places = [p for p in (day, year) if p is not None]
        if places:
            given = [None if p is None else int(words[p].text) for p in (day, year)]
            yield Date(month, *given), places


def _within(word: Word, low: int, high: int) -> bool:
    return word.text.isdecimal() and not word.unit and low <= int(word.text) <= high
