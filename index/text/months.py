"""The names of months and quarters, by Babel in all of CLDR's languages."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache

__all__ = ["month_names", "quarter_names"]


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
