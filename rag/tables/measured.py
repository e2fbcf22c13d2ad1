"""The words of a question that measure, and the columns that they measure by.

"The dearest" means much of a price, "costs" one, "the most" much of anything. In a script without
spaces every two and three signs may be such a word. What words mean says :mod:`rag.tables.words`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from index.tables import Column
from index.text.scripts import UNSPACED
from index.types import Span
from rag.tables.asked import Vector
from rag.tables.known import End, KnownTable
from rag.tables.words import END, OF_ANYTHING, end_of, likely_end, likely_measure, measures_of

__all__ = [
    "columns_measured",
    "ends_apart",
    "ends_of",
    "is_clear",
    "measuring_apart",
    "measuring_of",
]

_RUN = re.compile(f"[{UNSPACED}]+")
_SIGNS = (2, 3)  # of a word in a script without spaces
_KINDS = frozenset({"money", "guests", "seats", "strength"})  # whose words may mean another
_OF_PEOPLE = frozenset({"size", "number"})  # may be measured by people
_HARDLY = frozenset({"number", "strength"})  # what "most" and "best" measure


def is_clear(measures: frozenset[str]) -> bool:
    """Whether a word measures something, and not anything: the dearest, not the most."""
    return bool(measures) and measures.isdisjoint(OF_ANYTHING)


def ends_of(words: Iterable[str], vector: Callable[[str], Vector]) -> dict[str, End]:
    """Those of some words that mean much or little of something, with what they may measure."""
    ends = {word: (end_of(vector(word)), measures_of(vector(word))) for word in words}
    return {word: (end == "little", m) for word, (end, m) in ends.items() if end and m}


def measuring_of(
    words: Iterable[str], vector: Callable[[str], Vector]
) -> dict[str, frozenset[str]]:
    """Those of some words that measure something, without an end, and what."""
    return {w: m for w in words if (m := measures_of(vector(w), END))}


def ends_apart(text: str, vector: Callable[[str], Vector]) -> dict[str, End]:
    """The same of a text without spaces between words."""
    found = _apart(text, lambda part: likely_end(vector(part)))
    return {w: (end == "little", m) for w, end in found if (m := measures_of(vector(w)))}


def measuring_apart(text: str, vector: Callable[[str], Vector]) -> dict[str, frozenset[str]]:
    """What the words of a text without spaces between them measure, without an end."""
    found = _apart(text, lambda part: likely_measure(vector(part)))
    return {word: measures_of(vector(word)) for word, _ in found}


def _apart(text: str, likely: Callable[[str], tuple[str, float]]) -> Iterator[tuple[str, str]]:
    """The signs that are likeliest a word of a kind, the likeliest first, and their kinds.

    None of them holds a sign of another.
    """
    spans = [
        Span(at, at + size)
        for run in _RUN.finditer(text)
        for size in _SIGNS
        for at in range(run.start(), run.end() - size + 1)
    ]
    found = [(span, *likely(span.of(text))) for span in spans]
    taken: list[Span] = []
    for span, kind, share in sorted(found, key=lambda item: -item[2]):
        if kind and share >= END and not any(map(span.overlaps, taken)):
            taken.append(span)
            yield span.of(text), kind


def columns_measured(
    ends: Mapping[str, End],
    measuring: Mapping[str, frozenset[str]],
    known: KnownTable,
    *,
    is_of_person: bool,
) -> tuple[list[Column], bool]:
    """The columns that are measured by, and whether that is hardly clear.

    An end that measures something says it alone, another one after what else measures. Who has
    been there longest is the first; when somebody came is hardly how old they are.
    """

    def found_by(measures: frozenset[str]) -> list[Column]:
        found = known.columns_measured(measures)
        if is_of_person and {"length", "duration"} & measures:
            return list(dict.fromkeys((*found, *known.times)))
        return found

    clear = [measures for _, measures in ends.values() if is_clear(measures)]
    pairs = [("", measures) for measures in clear] or list(measuring.items())
    for word, measures in pairs:
        found = found_by(measures)
        is_of_time = bool(found) and found[-1] in known.times
        if found and (clear or is_of_person or not is_of_time):
            is_hardly = is_of_person and is_of_time and (len(found) > 1 or "age" in measures)
            is_hardly |= not clear and measures <= _KINDS and not known.is_called_by(word)
            return found[-1:] if is_of_person else found, is_hardly
    others = [measures for _, measures in ends.values() if measures and not clear]
    for measures in sorted(others, key=lambda each: "number" in each)[:1]:
        found = known.columns_measured(measures)
        if not found and measures & _OF_PEOPLE:  # what is large, or what there is most of
            found = known.columns_measured(["people"])
        return found, bool(measures & _HARDLY)
    return [], False
