"""Numbers and dates by value, however they are written.

"1,000", "1.000" and "one thousand" are 1000; "3.5 million" is 3500000; "三千" is 3000. Number words
are read by text2num in the languages that it knows, names of months by Babel in all of CLDR's. A
date is a day, a month and a year, as far as the text says them. What a number counts is not looked
at here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache

__all__ = [
    "NUMERAL",
    "UNITS",
    "Date",
    "digits_for_words",
    "fold",
    "months",
    "numeral",
    "times",
    "value",
]

_SPELLED = frozenset("da de en es fr it nl pt".split())
_NUMERALS = "零〇一二两兩三四五六七八九十百千万萬亿億"
NUMERAL = (
    rf"(?:第[{_NUMERALS}]+|(?!一[^{_NUMERALS}])[{_NUMERALS}]+"
    "(?=[次个個名年月日号位分场場支人岁歲倍种種项項家条條座部届屆天周世级級艘架辆張张本件度只]))"
)
"""A Chinese numeral that counts something; elsewhere it is part of a word (一般, 万一)."""

_GROUPED = re.compile(r"(\d{1,3}(?:[.,']\d{3})+)(?:[.,](\d+))?")
_THIN_SPACE = re.compile(r"(?<=\d)[\u00a0\u202f\u2009](?=\d{3}(?!\d))")
_HALF = re.compile(r"(?<=\d)½")
_ISO_DATE = re.compile(r"\b(?P<y>\d{4})-(?P<m>0[1-9]|1[0-2])-(?P<d>\d\d)\b")
_CJK_DATE = re.compile(
    r"(?:(?P<y>\d{4}) ?[年년] ?)?(?<!\d)(?P<m>[1-9]|1[0-2]) ?[月월](?: ?(?P<d>\d{1,2}) ?[日号일])?"
)
UNITS = {"percent": "%", "％": "%", "dollar": "$", "dollars": "$", "euro": "€", "euros": "€"}


@dataclass(frozen=True, slots=True)
class Date:
    """What a text says of a date; None where it does not say."""

    month: int
    day: int | None
    year: int | None


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
    from babel.core import UnknownLocaleError
    from babel.dates import get_month_names

    found: dict[str, int] = {}
    for locale in (language, "en", "en_GB"):
        with suppress(UnknownLocaleError, ValueError):  # not a language of CLDR
            for width in ("wide", "abbreviated"):
                for context in ("format", "stand-alone"):
                    names = get_month_names(width, context, locale=locale)
                    for month, name in names.items():
                        found.setdefault(fold(name).rstrip("."), month)
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
