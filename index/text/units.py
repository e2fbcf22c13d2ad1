"""Units and currencies that names of columns end with: "Length (m)", "Preis in Euro" (CLDR)."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import lru_cache

from index.text.scripts import UNSPACED

__all__ = ["unit_in", "units_called", "with_unit"]

_IN_BRACKETS = re.compile(r"[(\[（【]([^)\]）】\d]{1,20})[)\]）】]\s*$")
_WORD = re.compile(r"[^\W\d_]+")
_UNSPACED = re.compile(f"[{UNSPACED}]")
_NUMBERS = (1, 5)  # of things, for which languages have other forms
_NO_UNITS = frozenset({"concentr-item", "concentr-part", "graphics-dot"})
_PARTS = re.compile(r"[/·⋅]")


def unit_in(name: str, language: str) -> str:
    """The unit or currency that a name ends with, as it stands there; "" where it has none.

    In brackets it is one that the language or English knows, or begins with one. Without, it is the
    last of several words, and none by which something is divided.

    >>> [unit_in(name, "en") for name in ("Length (m)", "Price per night", "Weight kg", "Town")]
    ['m', '', 'kg', '']
    >>> unit_in("Preis in Euro", "de"), unit_in("Population (2020)", "en")
    ('Euro', '')
    """
    known, dividing = _units(language)
    if match := _IN_BRACKETS.search(name):
        unit = match[1].strip()
        first = _PARTS.split(unit)[0].strip()
        return unit if {unit.casefold(), first.casefold()} & known else ""
    *before, last = name.split() or [""]
    is_unit = len(last) > 1 and last.casefold() in known
    is_of_each = bool(before) and before[-1].casefold() in dividing
    return last if before and is_unit and not is_of_each else ""


def units_called(name: str, language: str) -> frozenset[str]:
    """The units and currencies of CLDR that a language or English calls so; "$" is of several.

    >>> units_called("euros", "fr") == units_called("€", "de"), units_called("Euro", "de")
    (True, frozenset({'EUR'}))
    """
    return _ids(language).get(name.casefold(), frozenset())


def with_unit(text: str, unit: str, language: str) -> str:
    """A number with its unit as the language writes it; signs of currencies stand as it has them.

    >>> with_unit("3.10", "£", "en"), with_unit("62", "m²", "de"), with_unit("38", "元", "zh")
    ('£3.10', '62 m²', '38元')
    """
    is_sign = len(unit) == 1 and unicodedata.category(unit) == "Sc"
    if is_sign and _begins_with_currency(language):
        return f"{unit}{text}"
    return f"{text}{unit}" if _UNSPACED.match(unit) else f"{text} {unit}"


@lru_cache(maxsize=32)
def _begins_with_currency(language: str) -> bool:
    from babel import Locale, UnknownLocaleError

    with suppress(UnknownLocaleError, ValueError):
        pattern = str(Locale.parse(language).currency_formats["standard"].pattern)
        return pattern.startswith("¤")
    return False


@lru_cache(maxsize=32)
def _units(language: str) -> tuple[frozenset[str], frozenset[str]]:
    """Units and currencies by all their names in a language and English; words for "per"."""
    known = _ids(language).keys()
    dividing = {word.casefold() for each in (language, "en") for word in _dividing(each)}
    return frozenset(known), frozenset(dividing - known)


@lru_cache(maxsize=32)
def _ids(language: str) -> Mapping[str, frozenset[str]]:
    """The units and currencies of CLDR by their names in a language and English."""
    found: dict[str, set[str]] = defaultdict(set)
    for name, unit in itertools.chain.from_iterable(map(_names, (language, "en"))):
        found[name.casefold()].add(unit)
    return {name: frozenset(units) for name, units in found.items() if name}


def _names(language: str) -> Iterator[tuple[str, str]]:
    """Names of units and currencies, and which these are."""
    from babel import Locale, UnknownLocaleError
    from babel.numbers import get_currency_name
    from babel.units import format_unit

    with suppress(UnknownLocaleError, ValueError):
        locale = Locale.parse(language)
        for unit in locale.unit_display_names:
            for length in ("short", "long") if unit not in _NO_UNITS else ():
                for number in _NUMBERS:
                    text = format_unit(number, unit, length, locale=locale)  # type: ignore[arg-type]
                    yield text.replace(str(number), "").strip(" \u00a0\u202f."), str(unit)
        for code, name in locale.currencies.items():
            many = get_currency_name(code, _NUMBERS[-1], locale=locale)
            sign = locale.currency_symbols.get(code, code)
            yield from ((str(called), str(code)) for called in (code, name, many, sign))


def _dividing(language: str) -> Iterator[str]:
    from babel import UnknownLocaleError
    from babel.units import format_compound_unit

    with suppress(UnknownLocaleError, ValueError):
        for unit in ("duration-day", "duration-month"):
            text = format_compound_unit(
                1, "length-meter", denominator_unit=unit, length="long", locale=language
            )
            yield from _WORD.findall(text or "")
