"""Times and numbers that a question names: "March 2024", "since 12 May", "the second".

Names of months and quarters are CLDR's (Babel), number words are read by text2num, in the
languages that the caller gives. No words of bounds ("since", "before") are known here.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

from index.tables import typed
from index.text.months import month_names, quarter_names
from index.text.scripts import UNSPACED
from index.text.words import stems
from index.types import Span
from rag.statements import NUMERALS, digits_for_words, numeral
from rag.tables.relative import find_relative

__all__ = [
    "Number",
    "Period",
    "are_called",
    "digits_joined",
    "find_numbers",
    "find_periods",
    "surroundings",
]

_YEAR = r"(?<![\d.,/-])(?:1\d|2[01])\d\d(?![\d/-]|[.,]\d)"
_OF = r"[\s,]+(?:[^\W\d_]{1,3}\s+)?"  # between day, month and year may stand a short word
_ORDINAL = r"(?:\.|[^\W\d_]{1,2}(?![^\W\d_])|[ºª°])?"
_IN_DIGITS = re.compile(
    r"(?<![\w.-])(?:\d{4}-\d\d(?:-\d\d)?|\d{1,2}([./-])\d{1,2}\1\d{4})(?![\w-])"
)
_CJK = re.compile(
    r"(?:(?P<y>\d{4})\s?[年년]\s?)?(?P<m>\d{1,2})\s?[月월](?:\s?(?P<d>\d{1,2})\s?[日일])?"
    r"|(?P<only>\d{4})\s?[年년]"
)
_ALONE = re.compile(_YEAR)
_QUARTER = re.compile(r"\D*?(\d)\W*[^\W\d]{0,2}[\s.]+([^\W\d_]{4,})|([^\W\d_])(\d)")
_GAPS = re.compile(r"(?<![\d.,])(?<!\d[ \u00a0\u202f])\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?!\d)")
# What a letter stands before is no number but a name: "W-75", "B/1011".
_LETTER = f"[^\\W\\d_{UNSPACED}]"
_DIGITS = re.compile(
    rf"(?<![\d_.,])(?<!{_LETTER})(?<!{_LETTER}[-/–])(?P<digits>\d[\d.,]*)(?P<suffix>{_LETTER}{{0,3}})"
)
_PLACE = re.compile(r"\s?[番位]")  # behind the number of one in an order
_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
_VALUE = re.compile(r"(\d+)(\D*)")
_CJK_SIGN = re.compile(f"[{UNSPACED}]")
_SHORT = 3  # letters of an abbreviated month
_MAY = 5
_AROUND = re.compile(f"[{UNSPACED}]|[^\\W{UNSPACED}]+(?:'[^\\W{UNSPACED}]+)?")
_BEFORE, _BEHIND = 3, 2  # words around a time
_MOST = 20  # of which a number word is looked for in a compound


@dataclass(frozen=True, slots=True)
class Period:
    """Days that a question names, at ``span``; without a ``year`` those of every year.

    ``is_relative``: they are counted from today.
    """

    span: Span
    year: int | None
    month: int | None = None
    months: int = 1
    day: int | None = None
    is_relative: bool = False

    @property
    def first(self) -> date:
        """Its first day."""
        return date(self.year or 1, self.month or 1, self.day or 1)

    @property
    def last(self) -> date:
        """Its last day."""
        if self.day:
            return self.first
        month = self.month + self.months - 1 if self.month else 12
        return date(self.year or 1, month, calendar.monthrange(self.year or 1, month)[1])


@dataclass(frozen=True, slots=True)
class Number:
    """A number that a question names: its value, and whether it is one in an order ("2nd")."""

    span: Span
    value: float
    is_ordinal: bool = False
    is_word: bool = False


def find_periods(
    text: str, languages: Sequence[str], *, is_last: bool = False, today: date | None = None
) -> list[Period]:
    """The times that a text names, in order; a month takes the year that stands nearest to it.

    ``is_last`` says which quarter a quarter without a number is: the last, else the first. Times
    that are counted from today are found where ``today`` is given.

    >>> [(str(p.first), str(p.last)) for p in find_periods("zwischen März und Mai 2024", ("de",))]
    [('2024-03-01', '2024-03-31'), ('2024-05-01', '2024-05-31')]
    >>> [(str(p.first), str(p.last)) for p in find_periods("Q4 of 2024", ("en",))]
    [('2024-10-01', '2024-12-31')]
    """
    found: list[Period] = []
    rest = text
    for time in find_relative(text, languages, today) if today else ():
        found.append(Period(*time, is_relative=True))
        rest = _without(rest, time.span)
    for read in (_in_digits, _quarters, _in_cjk, _in_words, _years):
        for period in read(rest, languages, is_last):
            with suppress(ValueError):  # 31 February
                _ = period.first, period.last
                found.append(period)
                rest = _without(rest, period.span)
    dated = [period for period in found if period.year is not None]

    def with_year(period: Period) -> Period:
        nearest = min(dated, key=lambda other: _distance(period, other), default=period)
        return period if period.year else replace(period, year=nearest.year)

    return sorted(map(with_year, found), key=lambda period: period.span.start)


def digits_joined(text: str) -> str:
    """A text whose numbers have no spaces between thousands.

    >>> digits_joined("plus de 12 500 euros en 2 020"), digits_joined("call 0316 555 123")
    ('plus de 12500 euros en 2020', 'call 0316 555 123')
    """
    return _GAPS.sub(lambda match: re.sub(r"\s", "", match.group()), text)


def are_called(names: Sequence[str], asked: Period, languages: Sequence[str]) -> bool:
    """Whether names say a time: its month or quarter, and its year if they have one.

    >>> march = find_periods("in March 2024", ("en",))[0]
    >>> [are_called(names, march, ("en",)) for names in (["March"], ["2023 March"])]
    [True, False]
    """
    # A month of few letters counts behind something.
    held = [period for name in names for period in find_periods(f" {name}", languages)]
    years = {period.year for period in held} - {None}
    if asked.year and years and asked.year not in years:
        return False
    if not asked.month:
        return asked.year in years
    parts = asked.month, asked.months, asked.day
    return any((period.month, period.months, period.day) == parts for period in held)


def surroundings(text: str, spans: Sequence[Span]) -> str:
    """The times or numbers at ``spans`` with the words around them, which say how they bound.

    >>> surroundings("Which of our orders were made before 2020, in all?", [Span(37, 41)])
    'were made before 2020, in all'
    """
    first, last = min(span.start for span in spans), max(span.end for span in spans)
    before = [word.start() for word in _AROUND.finditer(text[:first])][-_BEFORE:]
    behind = [last + word.end() for word in _AROUND.finditer(text[last:])][:_BEHIND]
    return text[before[0] if before else first : behind[-1] if behind else last].strip()


def _distance(period: Period, other: Period) -> int:
    return max(period.span.start, other.span.start) - min(period.span.end, other.span.end)


def _without(text: str, span: Span) -> str:
    return text[: span.start] + " " * (span.end - span.start) + text[span.end :]


def _in_digits(text: str, languages: Sequence[str], _: bool) -> Iterator[Period]:
    for match in _IN_DIGITS.finditer(text):
        kind, (day,) = typed([match.group()], languages[0])
        if kind == "date" and isinstance(day, date):
            is_month = len(match.group()) == len("2024-03")
            of_month = None if is_month else day.day
            yield Period(Span(*match.span()), day.year, day.month, day=of_month)


def _in_cjk(text: str, _: Sequence[str], __: bool) -> Iterator[Period]:
    for match in _CJK.finditer(text):
        year, month, day = (int(match[k]) if match[k] else None for k in ("y", "m", "d"))
        yield Period(Span(*match.span()), year or (int(match["only"] or 0) or None), month, day=day)


def _in_words(text: str, languages: Sequence[str], _: bool) -> Iterator[Period]:
    names = _month_names(tuple(languages))
    inflected = _inflected_months(text, tuple(languages))
    known = sorted({*names, *inflected}, key=len, reverse=True)
    pattern = re.compile(
        rf"(?:(?<![\w.,])(?P<before>\d{{1,2}}){_ORDINAL}{_OF})?"
        rf"(?<!\w)(?P<month>{'|'.join(map(re.escape, known))})(?!\w)\.?"
        rf"(?:\s+(?P<behind>\d{{1,2}}){_ORDINAL}(?![\w.]))?(?:{_OF}(?P<year>{_YEAR}))?",
        re.IGNORECASE,
    )
    for match in pattern.finditer(text):
        name = match["month"].rstrip(".")
        day = match["before"] or match["behind"]
        year = int(match["year"]) if match["year"] else None
        month = names.get(name.casefold()) or inflected[name.casefold()]
        # "mar" and "may" are words too: alone only a whole name counts, written as one.
        is_whole = len(name) > _SHORT or (month == _MAY and name != "may" and match.start() > 0)
        if not (day or year or is_whole):
            continue
        yield Period(Span(*match.span()), year, month, day=int(day) if day else None)


def _quarters(text: str, languages: Sequence[str], is_last: bool) -> Iterator[Period]:
    names, letters, words = _quarter_names(tuple(languages))
    known = "|".join(map(re.escape, names))
    pattern = re.compile(
        rf"(?:(?<!\w)(?:(?:{letters})(?P<digit>[1-4])|(?P<ordinal>\w+)\W+(?:{words})\w{{0,2}})(?!\w)"
        rf"|(?:(?P<before>\d{{4}})\s?[年년]\s?)?(?P<name>{known}))(?:{_OF}(?P<year>{_YEAR}))?",
        re.IGNORECASE,
    )
    for match in pattern.finditer(text):
        if match["name"]:
            quarter = names[match["name"]]
        else:
            number = match["digit"] or _value_of(match["ordinal"], languages)[0]
            quarter = int(number or (4 if is_last else 1))
        if quarter in range(1, 5):
            year = int(match["before"] or match["year"] or 0) or None
            yield Period(Span(*match.span()), year, 3 * quarter - 2, months=3)


def _years(text: str, _: Sequence[str], __: bool) -> Iterator[Period]:
    for match in _ALONE.finditer(text):
        yield Period(Span(*match.span()), int(match.group()))


@lru_cache(maxsize=32)
def _month_names(languages: tuple[str, ...]) -> Mapping[str, int]:
    return {
        name: month
        for language in reversed(languages)
        for name, month in month_names(language).items()
        if len(name) > 2 and name.isalpha()
    }


def _inflected_months(text: str, languages: tuple[str, ...]) -> Mapping[str, int]:
    """The words of a text that are other cases of months' names: "в марте"."""
    found: dict[str, int] = {}
    for language in languages:
        by_stem = {
            stem: month
            for name, month in month_names(language).items()
            if language != "en" and len(name) > _SHORT
            for stem in stems(name, language)
        }
        for word in _WORD.findall(text.casefold()) if by_stem else ():
            month = by_stem.get("".join(stems(word, language)[:1]))
            found |= {word: month} if month else {}
    return found


@lru_cache(maxsize=32)
def _quarter_names(languages: tuple[str, ...]) -> tuple[Mapping[str, int], str, str]:
    """Names of quarters without spaces; their letters ("Q") and words ("quarter") as patterns."""
    names, letters, words = {"Q1": 1}, {"Q"}, {"quarter"}
    for language in languages:
        for name, quarter in quarter_names(language).items():
            names |= {name: quarter} if _CJK_SIGN.search(name) else {}
            match = _QUARTER.match(name)
            words |= {match[2]} if match and match[2] else set()
            letters |= {match[3]} if match and match[3] else set()
    return names, "|".join(letters), "|".join(map(re.escape, words))


def find_numbers(text: str, languages: Sequence[str]) -> list[Number]:
    """The numbers that a text names in digits or words, in order; "one" is an article.

    >>> [(n.value, n.is_ordinal) for n in find_numbers("der zweithöchste von 1.500", ("de",))]
    [(2.0, True), (1500.0, False)]
    >>> [n.value for n in find_numbers("pump B-12 above 75", ("en",))]
    [75.0]
    >>> [(n.value, n.is_ordinal) for n in find_numbers("超过10元，第3，2nd", ("zh",))]
    [(10.0, False), (3.0, True), (2.0, True)]
    """
    found: list[Number] = []
    for match in _DIGITS.finditer(text):
        _, (value,) = typed([match["digits"].rstrip(".,")], "und")
        if isinstance(value, float):
            is_place = _PLACE.match(text, match.end()) or text[: match.start()].endswith("第")
            is_ordinal = bool(match["suffix"] or is_place)
            found.append(Number(Span(*match.span()), value, is_ordinal))
    for match in _WORD.finditer(text):
        for start, end, value, is_ordinal in _spelled(match.group(), languages):
            span = Span(start, end).shifted(match.start())
            found.append(Number(span, value, is_ordinal, is_word=True))
    return sorted(found, key=lambda number: number.span.start)


def _spelled(word: str, languages: Sequence[str]) -> Iterator[tuple[int, int, float, bool]]:
    """The number words in a word, with their places in it."""
    run = ""
    for at, sign in enumerate([*word, " "]):
        if sign in NUMERALS:
            run += sign
            continue
        if run and (value := float(numeral(run))) > 1:
            start = at - len(run)
            yield start, at, value, word[start - 1 : start] == "第" or sign == "番"
        run = ""
    digits, is_ordinal = _value_of(word, languages)
    if digits and int(digits) > 1:
        yield 0, len(word), float(digits), is_ordinal


@lru_cache(maxsize=1024)
def _value_of_in(word: str, language: str) -> tuple[str, bool]:
    # text2num does not know every gender of an ordinal ("segundo", "tercer").
    forms = (word, word + "a", word[:-1] + "a")
    read = [_VALUE.fullmatch(digits_for_words(form, language).strip()) for form in forms]
    if any(match and match[2] for match in read):
        return next(match[1] for match in read if match and match[2]), True
    if read[0]:
        return read[0][1], False
    # German joins an ordinal with what follows it: "zweithöchste".
    for end in range(4, min(len(word) - 3, _MOST)) if language == "de" else ():
        match = _VALUE.fullmatch(digits_for_words(word[:end] + "e", language).strip())
        if match and match[2]:
            return match[1], True
    return "", False


def _value_of(word: str, languages: Sequence[str]) -> tuple[str, bool]:
    """The digits of a number word, "" where it is none, and whether it is one in an order."""
    if not word or word.isdecimal():
        return word, False
    read = (_value_of_in(word.lower(), language) for language in languages)
    return next((pair for pair in read if pair[0]), ("", False))
