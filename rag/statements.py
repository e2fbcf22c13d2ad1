"""A text as the verifier reads it: words in order, with their numbers and dates by value.

"1,000", "1.000" and "one thousand" are 1000; "3.5 million" is 3500000; "三千" is 3000. Number words
are read by text2num in the languages that it knows, names of months by Babel in all of CLDR's. A
date is a day, a month and a year, as far as the text says them. Negations are listed in a few
languages: in the others none is seen, and nothing but a quote is shown (:mod:`rag.verify`).
Nothing is decided here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from index.text.months import month_names
from index.text.raised import apart
from index.text.scripts import CJK
from index.text.words import content_terms, stems

__all__ = ["NUMERALS", "Date", "Statement", "Word", "lists_negations", "months", "statement"]

_SPELLED = frozenset("da de en es fr it nl pt".split())
# A Chinese numeral counts something; elsewhere it is part of a word (一般, 万一).
NUMERALS = "零〇一二两兩三四五六七八九十百千万萬亿億"
_NUMERAL = (
    rf"(?:第[{NUMERALS}]+|(?!一[^{NUMERALS}])[{NUMERALS}]+"
    "(?=[次个個名年月日号位分场場支人岁歲倍种種项項家条條座部届屆天周世级級艘架辆張张本件度只]))"
)
_GROUPED = re.compile(r"(\d{1,3}(?:[.,']\d{3})+)(?:[.,](\d+))?")
_THIN_SPACE = re.compile(r"(?<=\d)[\u00a0\u202f\u2009](?=\d{3}(?!\d))")
_HALF = re.compile(r"(?<=\d)½")
_ISO_DATE = re.compile(r"\b(?P<y>\d{4})-(?P<m>0[1-9]|1[0-2])-(?P<d>\d\d)\b")
_CJK_DATE = re.compile(
    r"(?:(?P<y>\d{4}) ?[年년] ?)?(?<!\d)(?P<m>[1-9]|1[0-2]) ?[月월](?: ?(?P<d>\d{1,2}) ?[日号일])?"
)
_UNITS = {"percent": "%", "％": "%", "dollar": "$", "dollars": "$", "euro": "€", "euros": "€"}
_TOKEN = re.compile(
    r"(?P<number>(?<![^\W\d_])\d+(?:[.,']\d+)*)(?:(?:st|nd|rd|th|º|ª)\b)?"
    rf"(?P<scale> ?[万萬亿億]|bn\b)?|(?P<numeral>{_NUMERAL})"
    rf"|(?P<cjk>(?:(?!{_NUMERAL})[{CJK}])+)|(?P<unit>[%％$€£¥])"
    rf"|(?P<word>[^\W_{CJK}]+)|(?P<stop>[,;:.!?()\[\]\"。，；：！？、]|--)"
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
class Date:
    """What a text says of a date; None where it does not say."""

    month: int
    day: int | None
    year: int | None


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


def lists_negations(language: str) -> bool:
    """Whether the negations of a language are known."""
    return language in _NEGATIONS


def _rewritten(text: str, language: str) -> str:
    """The text with its typography, contractions and numbers made alike."""
    text = apart(text).translate(_PLAIN)
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
        if number and folded in _UNITS | {"%": "%"}:
            number = replace(number, unit=_UNITS.get(folded, folded))
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
            pairs = (folded[i : i + 2] for i in range(max(1, len(folded) - 1)))
            yield from (Word(pair, pair) for pair in pairs)
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


def fold(token: str) -> str:
    """Lower case, without accents.

    >>> fold("Août")
    'aout'
    """
    token = token.lower()
    if token.isascii():
        return token
    parts = unicodedata.normalize("NFKD", token)
    return "".join(c for c in parts if not unicodedata.combining(c))


@lru_cache(maxsize=64)
def months(language: str) -> Mapping[str, int]:
    """The months, 1 to 12, by their folded names in a language (ISO 639-1) and in English.

    >>> months("ru")["мая"], months("it")["luglio"], months("en")["sept"]
    (5, 7, 9)
    """
    found: dict[str, int] = {}
    for locale in (language, "en", "en_GB"):
        for name, month in month_names(locale).items():
            found.setdefault(fold(name), month)
    return found


def digits_for_words(text: str, language: str) -> str:
    """The text with its number words, fractions and dates in digits and names of months.

    >>> digits_for_words("twenty-five of 6½ million", "en")
    '25 of 6.5 1000000'
    >>> digits_for_words("On 2016-05-05", "en")
    'On  05 may 2016 '
    """
    text = _THIN_SPACE.sub("", text)
    text = _HALF.sub(".5", text).replace("½", "0.5")
    text = _ISO_DATE.sub(_with_name, text)
    if "月" in text or "월" in text:
        text = _CJK_DATE.sub(_with_name, text)
    if language not in _SPELLED:
        return text
    from text_to_num import alpha2digit

    return str(alpha2digit(text, language, 0))


def _with_name(found: re.Match[str]) -> str:
    from babel.dates import get_month_names

    name = get_month_names("wide", locale="en")[int(found["m"])].lower()
    return f" {found['d'] or ''} {name} {found['y'] or ''} "


def value(number: str) -> str:
    """The value of digits in plain ones, without groups and needless zeros.

    >>> value("1,000.50"), value("1.000"), value("3,5"), value("007"), value("1.2.3")
    ('1000.5', '1000', '3.5', '7', '1.2.3')
    """
    if not number.isascii():
        number = "".join(str(unicodedata.digit(c)) if c.isdigit() else c for c in number)
    grouped = _GROUPED.fullmatch(number)
    if grouped:
        number = re.sub(r"\D", "", grouped[1]) + (f".{grouped[2]}" if grouped[2] else "")
    if re.fullmatch(r"\d+(?:[.,]\d+)?", number):
        return times(number.replace(",", "."), 0)
    return number


def times(number: str, zeros: int) -> str:
    """Ten to the power of ``zeros`` times a number.

    >>> times("3.5", 6), times("2.125", 2)
    ('3500000', '212.5')
    """
    whole, _, part = number.partition(".")
    part = part.ljust(zeros, "0")
    rest = part[zeros:].rstrip("0")
    return ((whole + part[:zeros]).lstrip("0") or "0") + (f".{rest}" if rest else "")


def numeral(text: str) -> str:
    """The value of a Chinese numeral.

    >>> numeral("三千二百"), numeral("十二"), numeral("二〇一六")
    ('3200', '12', '2016')
    """
    values = [int(unicodedata.numeric(c, 2)) for c in text]  # 两 is two
    if max(values) < 10:
        return value("".join(map(str, values)))
    total = section = digit = 0
    for each in values:
        if each >= 10**4:
            total += (section + digit or 1) * each
            section = digit = 0
        elif each >= 10:
            section += (digit or 1) * each
            digit = 0
        else:
            digit = each
    return str(total + section + digit)
