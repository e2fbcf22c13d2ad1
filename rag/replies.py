"""What Footnote says to a reader, in the language of the question; the words are ``replies.toml``.

One message has one text, or one for each form that a language has for a number ``n`` (CLDR).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path

__all__ = ["DEFAULT", "days", "is_spoken", "joined", "month_name", "number", "percent", "reply"]

DEFAULT = "en"
"""What is said where there are no words in a language."""

_REPLIES = Path(__file__).parent / "replies.toml"
_QUOTED = re.compile("“([^“”]*)”")
_ISO = re.compile(r"(\d{4})-(\d\d)(?:-(\d\d))?")

Value = str | int | float | Sequence[str]


def reply(kind: str, language: str, **values: Value) -> str:
    """The message in a language; numbers, lists and quotation marks as it writes them.

    >>> reply("bye", "de"), reply("bye", "xx"), reply("documents", "ru", n=3)
    ('Auf Wiedersehen!', 'Goodbye!', '3 документа')
    >>> reply("nearest", "de", titles=["“A”", "“B”"])
    'Die Dokumente sagen das nicht. Die nächsten Stellen stehen in „A“ und „B“.'
    """
    language = _spoken(language)
    text = _replies()[language][kind]
    if not isinstance(text, str):
        text = text.get(_form(language, values["n"]), text["other"])
    text = text.format_map({name: _written(value, language) for name, value in values.items()})
    quoted = str(_replies()[language]["quoted"])
    return _QUOTED.sub(lambda found: quoted.format(text=found[1]), text)


def joined(parts: Sequence[str], language: str, style: str = "standard") -> str:
    """Parts as a language joins them (CLDR); the style "or" for one of them.

    >>> joined(["“A”", "“B”"], "fr"), joined(["“A”", "“B”"], "zh"), joined(["“A”"], "xx")
    ('“A” et “B”', '“A”和“B”', '“A”')
    """
    from babel.lists import format_list

    return format_list(parts, style, locale=_spoken(language))  # type: ignore[arg-type]


def number(value: float, language: str, *, decimals: int | None = None) -> str:
    """A number as a language writes it (CLDR), with so many decimals or all that it has.

    >>> number(1234.5, "de"), number(1200, "en"), number(1234.5, "en", decimals=2)
    ('1.234,5', '1,200', '1,234.50')
    """
    from babel.numbers import format_decimal

    form = None if decimals is None else f"#,##0.{'0' * decimals}"
    digits = f"{value:.15g}"
    return format_decimal(digits, form, _spoken(language), decimal_quantization=bool(form))


def percent(share: float, language: str) -> str:
    """A share in [0, 1] in percent, to a tenth.

    >>> percent(1 / 3, "en"), percent(0.25, "tr")
    ('33.3%', '%25')
    """
    from babel.numbers import format_percent

    return format_percent(round(share, 3), locale=_spoken(language), decimal_quantization=False)


def days(first: str, language: str, last: str = "") -> str:
    """A day, month or year in ISO 8601, or all from one to another, as a language writes it (CLDR).

    >>> days("2026-03-02", "en"), days("2026-03", "de"), days("2026", "de")
    ('Mar 2, 2026', 'März 2026', '2026')
    >>> days("2026-03-02", "de", "2026-04-01")
    '02.03.2026 – 01.04.2026'
    """
    from babel.dates import format_date, format_skeleton

    shown = []
    for day in dict.fromkeys(filter(None, (first, last))):
        found = _ISO.fullmatch(day)
        if found is None:
            shown.append(day)
            continue
        year, month, of_month = (int(part or 1) for part in found.groups())
        locale, value = _spoken(language), date(year, month, of_month)
        shown.append(
            format_date(value, locale=locale)
            if found[3]
            else format_skeleton("yMMM", value, locale=locale)
        )
    return " – ".join(shown)


def month_name(month: int, language: str) -> str:
    """The name of a month, 1 to 12 (CLDR).

    >>> month_name(3, "de"), month_name(3, "ja")
    ('März', '3月')
    """
    from babel.dates import get_month_names

    return str(get_month_names("wide", "stand-alone", locale=_spoken(language))[month])


def _written(value: Value, language: str) -> str:
    if isinstance(value, str):
        return value
    return number(value, language) if isinstance(value, int | float) else joined(value, language)


def _form(language: str, count: Value) -> str:
    from babel import Locale

    return str(Locale.parse(language).plural_form(int(str(count))))


def is_spoken(language: str) -> bool:
    """Whether there are messages in a language."""
    return language in _replies()


def _spoken(language: str) -> str:
    return language if is_spoken(language) else DEFAULT


@cache
def _replies() -> Mapping[str, Mapping[str, str | Mapping[str, str]]]:
    return tomllib.loads(_REPLIES.read_text(encoding="utf-8"))
