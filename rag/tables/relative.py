"""Times that a question counts from today: "last year", "this month", "yesterday" (CLDR).

A name is found by the stems of its words side by side, in a script without spaces as it stands.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import NamedTuple

from index.text.scripts import UNSPACED
from index.text.words import is_function_word, stems
from index.types import Span

__all__ = ["Relative", "find_relative"]

_NAMES = Path(__file__).parents[1] / "models" / "relative_times.json"
_WORD = re.compile(r"[^\W_]+")
_CJK = re.compile(f"[{UNSPACED}]")
_WORDS = 2  # of a name, that are left when it is known without its article
_MONTHS = {"year": 12, "quarter": 3, "month": 1}


class Relative(NamedTuple):
    """Days at ``span`` of a text: those of a day, or of some months."""

    span: Span
    year: int
    month: int | None
    months: int = 1
    day: int | None = None


def find_relative(text: str, languages: Sequence[str], today: date) -> Iterator[Relative]:
    """The times that a text names by how far they are from today.

    >>> found = find_relative("Wer trat im letzten Jahr ein?", ("de",), date(2026, 3, 1))
    >>> [(time.year, time.month) for time in found]
    [(2025, None)]
    """
    taken: list[Span] = []
    for span, unit, offset in _found(text, languages):
        if not any(map(span.overlaps, taken)):
            taken.append(span)
            yield _at(span, unit, offset, today)


def _at(span: Span, unit: str, offset: int, today: date) -> Relative:
    if unit == "day":
        day = today + timedelta(days=offset)
        return Relative(span, day.year, day.month, day=day.day)
    size = _MONTHS[unit]
    year, part = divmod((today.year * 12 + today.month - 1) // size + offset, 12 // size)
    if unit == "year":
        return Relative(span, year, None)
    return Relative(span, year, part * size + 1, size)


def _found(text: str, languages: Sequence[str]) -> Iterator[tuple[Span, str, int]]:
    """Where names stand, of what, and how far from today; the longest first."""
    if _CJK.search(text):
        for name, unit, offset in _unspaced():
            if (at := text.find(name)) >= 0:
                yield Span(at, at + len(name)), unit, offset
    words = list(_WORD.finditer(text))
    for language in languages:
        held = [tuple(stems(word.group(), language)) for word in words]
        for parts, unit, offset in _spaced(language):
            for at in range(len(words) - len(parts) + 1):
                if tuple(held[at : at + len(parts)]) == parts:
                    yield Span(words[at].start(), words[at + len(parts) - 1].end()), unit, offset


@cache
def _unspaced() -> list[tuple[str, str, int]]:
    """The names in scripts without spaces: signs that several languages share mean the same."""
    every = [each for language in _names() for each in _of(language)]
    found = {each for each in every if _CJK.match(each[0]) and len(each[0]) > 1}
    return sorted(found, key=lambda each: (-len(each[0]), each))


@cache
def _spaced(language: str) -> list[tuple[tuple[tuple[str, ...], ...], str, int]]:
    """The stems of the words of names, also without a first one that says nothing."""
    found = []
    for name, unit, offset in _of(language):
        words = [w for w in _WORD.findall(name.lower()) if len(w) > 1] if name else []
        if words and not _CJK.search(name):
            if len(words) > _WORDS and is_function_word(words[0], language):
                words = words[1:]
            found.append((tuple(tuple(stems(word, language)) for word in words), unit, offset))
    return sorted(found, key=lambda each: -len(each[0]))


def _of(language: str) -> Iterator[tuple[str, str, int]]:
    for unit, names in _names().get(language, {}).items():
        for offset, name in names.items():
            yield name, unit, int(offset)


@cache
def _names() -> dict[str, dict[str, dict[str, str]]]:
    found: dict[str, dict[str, dict[str, str]]] = json.loads(_NAMES.read_text("utf-8"))
    return found
