"""The names of days, months and quarters, by Babel in all of CLDR's languages."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import lru_cache

from index.text.language import likely_languages

__all__ = ["are_of_a_calendar", "day_names", "month_names", "quarter_names"]

_WORD = re.compile(r"[^\W\d_]+")


@lru_cache(maxsize=64)
def month_names(language: str) -> Mapping[str, int]:
    """The months, 1 to 12, by all their names in a language, in lower case and without full stops.

    None for what is not a language of CLDR. Where names are numbers ("1月"), these too.

    >>> month_names("ru")["мая"], month_names("it")["luglio"], month_names("de")["okt"]
    (5, 7, 10)
    """
    from babel.core import UnknownLocaleError
    from babel.dates import get_month_names

    with suppress(UnknownLocaleError, ValueError):
        return {
            name.rstrip(".").casefold(): month
            for width in ("abbreviated", "wide")
            for context in ("stand-alone", "format")
            for month, name in get_month_names(width, context, locale=language).items()
        }
    return {}


@lru_cache(maxsize=256)
def day_names(language: str) -> frozenset[str]:
    """The days of a week by all their names in a language, as :func:`month_names` has those.

    >>> "mo" in day_names("de"), "星期一" in day_names("zh"), day_names("xx")
    (True, True, frozenset())
    """
    from babel import Locale, UnknownLocaleError

    with suppress(UnknownLocaleError, ValueError):
        forms = (
            name.rstrip(".").casefold()
            for context in Locale.parse(language).days.values()
            for width in ("wide", "abbreviated")
            for name in context[width].values()
        )
        return frozenset(form for form in forms if not form.isdigit())
    return frozenset()


def are_of_a_calendar(labels: Sequence[str], text: str) -> bool:
    """Whether the first label begins with a day or a month, and so do most, in a language.

    ``text`` is what stands beside them, in the same language.

    >>> are_of_a_calendar(["Mo - Fr", "Sa"], "9 bis 17 Uhr geschlossen")
    True
    >>> are_of_a_calendar(["Day", "Monday"], "open closed")
    False
    """
    lower = [label.casefold() for label in labels]
    for language in likely_languages(f"{' '.join(labels)} {text}"):
        names = {*day_names(language), *month_names(language)}
        begin = [label in names or _word_of(label) in names for label in lower]
        if len(begin) > 1 and begin[0] and 2 * sum(begin) > len(begin):
            return True
    return False


def _word_of(label: str) -> str:
    """The letters that a label begins with."""
    found = _WORD.match(label)
    return found.group() if found else ""


@lru_cache(maxsize=64)
def quarter_names(language: str) -> Mapping[str, int]:
    """The quarters of a year, 1 to 4, by all their names in a language as they are written.

    >>> quarter_names("de")["3. Quartal"], quarter_names("fr")["T4"]
    (3, 4)
    """
    from babel.core import UnknownLocaleError
    from babel.dates import get_quarter_names

    with suppress(UnknownLocaleError, ValueError):
        return {
            name: quarter
            for width in ("abbreviated", "wide")
            for quarter, name in get_quarter_names(width, "format", locale=language).items()
        }
    return {}
