"""Which ends that a splitter finds are none, and which it leaves out: the only room of Babel.

By what stands on both sides of a full stop: a sentence does not begin in lower case (Unicode
Standard Annex 29, rule SB8), the day of a date is no end, nor is what is too short for a word
before a number, or an abbreviation by its letters (:mod:`index.text.abbreviations`). What
Unicode knows of languages (CLDR) comes from Babel: the names of the months, and whether a full stop
makes an ordinal ("3. Oktober").
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from index.text.abbreviations import abbreviation_logit, low_logit
from index.text.months import day_names, month_names
from index.text.scripts import KANA_AND_HAN
from index.text.words import is_function_word

__all__ = ["is_ended", "is_month", "kept_ends", "opens_low"]

_QUOTES = "\"'”’»«“›‹」』"
_BEFORE_WORD = f"{_QUOTES}„‚「『《—–-…"  # not a bracket: "It left.[note] Then"
_CLOSERS = f"{_QUOTES})]}}）》〉】*_"
_STOPS = tuple(".!?…。！？｡؟۔।॥։።:：;；")
_NEXT = re.compile(r"\s*(?P<opener>[^\w\s]*)\s*(?P<word>\w{1,40})(?P<mark>\)|\.(?:\s*\d)?)?")
_OPENS_LOW = re.compile(r"\s*[\"'“‘„«(\[]?[^\W\d_](?![.)])")
_JOINS = frozenset(",;")  # what no sentence begins with
_STOP = re.compile(r"\.\s+(?=[^\W\d_])")
_STRONG = frozenset("!?。！？؟۔।॥։")  # what no abbreviation ends with
_OPENING = re.compile(r".*[\"'’“„«(\[/-]")  # in a token, up to where the word begins
_UNSPACED = re.compile(f"[{KANA_AND_HAN}]")
_DANDA = "।"  # where it ends sentences, a full stop ends none
_VOWELS = frozenset("aeiouyæøœıаеёиоуыэюяєіїαεηιουω")
_SYLLABIC = frozenset("bs cs hr mk sk sl sr".split())  # languages with words as "prst"
_REACH = 80  # characters before an end that are looked at
_ITEM = re.compile(r"(?<![^\s(])(\d{1,2})\.\s+(?=[^\W\d_])")
_ITEM_REACH = 400  # characters of an item that another one follows
_SHORT = 4  # letters, of what is rather an abbreviation than the last word before a number
_BEFORE_NUMBER = -2.0  # logit from which it is an abbreviation before a number, as few words are
_ENUMERATION = 30  # characters before an end that hold a comma where it closes one
_LEAST = -1.0  # the most that a word which opens none, as a name, speaks for one
_FUNCTION_WORD = 4.0  # how much a function word does
_OPENS = 0.5  # so much speaks a word that opens a sentence against an abbreviation before it
# Logit below which no word that follows makes it an abbreviation.
_SURELY_NONE = _OPENS * _LEAST
_FUNCTION = 3  # letters, of what stands before an ordinal ("im 2. Stock")


@dataclass(frozen=True, slots=True)
class _Dates:
    """How a language writes dates: names in lower case; whether the day has a full stop."""

    months: frozenset[str]
    weekdays: frozenset[str]
    day_has_stop: bool


def is_ended(line: str) -> bool:
    """Whether a line ends as a sentence does, or announces what follows."""
    return line.rstrip().rstrip(_CLOSERS).endswith(_STOPS)


def opens_low(line: str) -> bool:
    """Whether a line goes on in lower case, after an opening bracket or quotation mark too.

    >>> opens_low("(and water)"), opens_low("b. Water"), opens_low("<!-- more -->")
    (True, False, False)
    """
    found = _OPENS_LOW.match(line)
    return found is not None and line[found.end() - 1].islower()


def is_month(word: str, language: str) -> bool:
    """Whether a word is the name of a month.

    >>> is_month("Oktober", "de"), is_month("Stock", "de"), is_month("мая", "ru")
    (True, False, True)
    """
    return word.casefold() in _dates(language).months


def kept_ends(text: str, ends: Iterable[int], language: str) -> Iterator[int]:
    """The ends after which another sentence begins, in order: of a splitter's, and left out by it.

    >>> list(kept_ends("Ring tel. 08 555. Tack.", [10, 18, 23], "sv"))
    [18, 23]
    >>> list(kept_ends("First: 1. Sign. 2. Row.", [10, 19, 23], "en"))
    [7, 16, 23]
    """
    is_cased = not text.islower()
    has_danda = _DANDA in text
    items = _items(text) if "2. " in text else {}
    start = 0
    for end in ends:
        for at in items:
            if start < at < end:
                yield at
                start = at
        if end in items.values():
            continue
        if (
            end >= len(text)
            or _is_plain(text, start, end, language)
            or not _goes_on(text, start, end, language, is_cased=is_cased, has_danda=has_danda)
        ):
            if text.find(". ", start, end - 2) >= 0:
                for stop in _STOP.finditer(text, start, end):
                    at = stop.end()
                    if _may_end(text, start, stop, language, is_cased=is_cased) and not _goes_on(
                        text, start, at, language, is_cased=is_cased, has_danda=has_danda
                    ):
                        yield at
                        start = at
            yield end
            start = end


def _items(text: str) -> dict[int, int]:
    """Where the numbers of items begin that follow each other in running text, and their words."""
    found: dict[int, int] = {}
    run: list[re.Match[str]] = []
    for item in _ITEM.finditer(text):
        before = text[: item.start()].rstrip().rstrip(_CLOSERS)
        if before and not before.endswith(_STOPS):
            continue  # "on the 1. of May"
        number = int(item[1])
        is_next = bool(run) and number == int(run[-1][1]) + 1
        if is_next and item.start() - run[-1].end() <= _ITEM_REACH:
            run.append(item)
            found |= {one.start(): one.end() for one in run[-2:]}
        else:
            run = [item] if number == 1 else []
    return found


def _may_end(text: str, start: int, stop: re.Match[str], language: str, *, is_cased: bool) -> bool:
    """Whether an end may be one that the splitter does not see.

    Those are behind an abbreviation ("tea etc. The"), and in a text without capitals.
    """
    token = text[max(start, stop.start() - _REACH) : stop.start()].rpartition(" ")[2]
    if not is_cased:
        return _is_word(token, language)
    return text[stop.end()].isupper() and len(token) > 1 and token[-1].islower()


def _is_plain(text: str, start: int, end: int, language: str) -> bool:
    """Whether an end is one at first sight, as most are: "... written. The"."""
    stop = end - 2 if text[end - 1] == " " else end - 1
    last = text[stop : stop + 1]
    if last in _STRONG:
        return text[end].isalnum()
    if last != "." or not text[end].isupper():
        return False
    return _is_word(text[text.rfind(" ", start, stop) + 1 or start : stop], language)


@lru_cache(maxsize=1 << 14)
def _is_word(token: str, language: str) -> bool:
    """Whether a token is no abbreviation, whatever word follows."""
    return (
        token.isalpha()
        and len(token) > (1 if token.islower() else _SHORT)
        and abbreviation_logit(token.casefold(), language) < _SURELY_NONE
    )


def _goes_on(
    text: str, start: int, end: int, language: str, *, is_cased: bool, has_danda: bool
) -> bool:
    """Whether the sentence from ``start`` on goes on after ``end``.

    ``is_cased`` says that the text has capitals, if its script has; ``has_danda``, that its
    sentences end with another mark than a full stop.
    """
    after = _NEXT.match(text, end)
    if after is None:
        return False
    word, mark = after["word"], after["mark"] or ""
    if after["opener"][:1] in _JOINS:
        return True
    before = text[max(start, end - _REACH) : end].rstrip()
    is_bare = not after["opener"].strip(_BEFORE_WORD)
    if is_cased and word.islower() and word.isalpha() and is_bare and mark != ")":
        bare = before.rstrip(_CLOSERS)
        return bare != before or bare.endswith((".", "…")) or "—" in after["opener"]
    if text[end - 1] in _QUOTES and text.startswith(word, end):
        # Letters right after a quote: who says it, or a particle.
        opened = text[start:end].lstrip()[:1]
        return not opened.isalnum() or _UNSPACED.match(word) is None
    if not before.endswith("."):
        return False
    # Not the mark of a list: "an exam. - MRI".
    is_next = not after["opener"].strip(_QUOTES) or not text[end - 1].isspace()
    above, token = ["", "", *before[:-1].split()][-2:]
    token = _OPENING.sub("", token)
    return (
        has_danda
        or _is_ordinal(above, token, word, language, is_cased=is_cased)
        or _is_short(token, word, mark)
        or (language != "en" and _is_title(above, token, word, language))
        or (is_next and _is_abbreviation(before, token, word, language, is_cased=is_cased))
        # "5 p.m. Monday"
        or ("." in token and word.casefold() in _dates(language).weekdays)
    )


def _is_ordinal(before: str, number: str, word: str, language: str, *, is_cased: bool) -> bool:
    """Whether the stop after a number makes it an ordinal: "3. Oktober", "im 2. Stock".

    >>> _is_ordinal("am", "3", "Oktober", "de", is_cased=True)
    True
    >>> _is_ordinal("on", "3", "Then", "en", is_cased=True)
    False
    """
    if not number.isdigit():
        return False
    if not is_cased and len(number) <= 2:
        return True
    if not _dates(language).day_has_stop:
        return False
    if not word[0].isupper():
        return True
    is_in_phrase = before.isalpha() and len(before) <= _FUNCTION
    return len(number) <= 2 and (is_in_phrase or is_month(word, language))


def _is_short(token: str, word: str, mark: str) -> bool:
    """Whether a token is too short for the last word before a number or another abbreviation.

    >>> _is_short("tel", "020", ""), _is_short("building", "12", ""), _is_short("gem", "Art", ". 5")
    (True, False, True)
    """
    letters = sum(map(str.isalpha, token))
    is_abbreviation = mark.startswith(".") and (
        len(mark) > 1 or (len(word) == 1 and word.isupper())
    )
    is_before = word[0].isdigit() or is_abbreviation
    return is_before and letters > 0 and (letters <= _SHORT or "." in token)


def _is_abbreviation(before: str, token: str, word: str, language: str, *, is_cased: bool) -> bool:
    """Whether a token is an abbreviation by its letters, rather than ``word`` opens a sentence.

    >>> _is_abbreviation("Euro zzgl.", "zzgl", "Nebenkosten", "de", is_cased=True)
    True
    >>> _is_abbreviation("das Haus.", "Haus", "Nebenkosten", "de", is_cased=True)
    False
    """
    # Not "(No).", "1950s." or a script without capitals, nor "the EU."; an initial was seen before.
    is_name = token.isalpha() and token.isupper()
    if is_name or not token.replace(".", "").isalpha() or token.lower() == token.upper():
        return False
    logit = abbreviation_logit(token.casefold(), language)
    if word[0].isdigit():
        return logit > _BEFORE_NUMBER
    if not is_cased:
        return logit > 0
    is_acronym = len(word) > 1 and word.isupper()  # "vat" is another word than "VAT"
    opens = 0.0 if is_acronym else _opens(word.casefold(), language)
    may_close = (
        _is_unit(before, token, opens)
        or (
            token.islower()  # "tea, milk, water etc. The"
            and "," in before[-_ENUMERATION:]
            and is_function_word(word.casefold(), language)
        )
    )
    return word[0].isupper() and not may_close and logit > _OPENS * opens


@lru_cache(maxsize=1 << 14)
def _opens(word: str, language: str) -> float:
    """How much a word in lower case speaks for the begin of a sentence; a function word at least 4.

    >>> _opens("die", "de"), _opens("huber", "de") < 4
    (4.0, True)
    """
    least = _FUNCTION_WORD if is_function_word(word, language) else _LEAST
    return max(least, low_logit(word, language))


def _is_unit(before: str, token: str, opens: float) -> bool:
    """Whether a token behind a number may end a sentence: "at 5 p.m. Then"."""
    return opens > 0 and before[: -len(token) - 1].rstrip()[-1:].isdigit()


def _is_title(before: str, token: str, word: str, language: str) -> bool:
    """Whether a token before a capital is an initial ("J.") or a title ("Hrn.").

    English is not asked about: its rules know its abbreviations and what begins a sentence.
    """
    is_after_word = before.isalpha()
    if before.isdigit():  # a unit
        return False
    if sum(map(str.isalpha, token)) == 1:
        if any(unicodedata.category(char)[0] not in "LM" for char in token):  # "°C"
            return False
        if token.isupper() and is_after_word and before.islower():  # not "vitamin C. Then"
            may_be_last = not is_function_word(before, language)  # "et M. Dupont"
            return _opens(word.casefold(), language) < (0.0 if may_be_last else _FUNCTION_WORD)
        if token.isupper():
            return True
        return is_after_word or not word[0].isupper()  # not "lit. b. Then"
    is_name = token[:1].isupper() and token[1:].islower() and len(token) <= _SHORT
    may_be_title = is_name and word[0].isupper()
    return may_be_title and (not _has_vowel(token, language) or _is_english_title(token))


def _has_vowel(token: str, language: str) -> bool:
    """Whether it can be a word; in an unknown script anything can.

    >>> _has_vowel("Hrn", "de"), _has_vowel("Prst", "cs"), _has_vowel("Sté", "fr")
    (False, True, True)
    """
    plain = unicodedata.normalize("NFD", token.casefold())
    is_known = unicodedata.name(plain[0], "").split(" ")[0] in ("LATIN", "CYRILLIC", "GREEK")
    syllabic = set("rlрл") if language in _SYLLABIC else set()
    return not is_known or not (_VOWELS | syllabic).isdisjoint(plain)


@lru_cache(maxsize=1024)
def _is_english_title(token: str) -> bool:
    """Whether English, whose titles other languages share, has the abbreviation."""
    from sentencex import get_sentence_boundaries

    return len(get_sentence_boundaries("en", f"{token}. Lee")) == 1


@lru_cache(maxsize=64)
def _dates(language: str) -> _Dates:
    """What CLDR says of a language; of one that it does not have, nothing."""
    from babel import Locale, UnknownLocaleError

    try:
        locale = Locale.parse(language)
    except (UnknownLocaleError, ValueError):
        return _Dates(frozenset(), frozenset(), day_has_stop=False)
    patterns = [locale.date_formats[width].pattern for width in ("long", "medium")]
    return _Dates(
        months=frozenset(name for name in month_names(language) if not name.isdigit()),
        weekdays=day_names(language),
        day_has_stop=any("d." in pattern for pattern in patterns),
    )
