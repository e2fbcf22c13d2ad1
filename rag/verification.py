"""The check that a sentence makes before it is shown: do its cited quotes support it?

A sentence that is its quote is supported by definition. Else nothing in it may contradict the
quotes: its numbers, dates and names must stand there, beside the words that they stand beside
here; it denies what they deny, affirms what they affirm, and says no opposite. Each stretch of
it must share words with them, and its whole their words and meaning. Support is in [0, 1]; the
caller shows nothing below :data:`SUPPORTED`.

That does not see another verb, a noun, or two roles exchanged. So a sentence may be shown in its
own words only when it says no more than its quotes, in a language of :data:`MEASURED`; elsewhere
its quotes stand in for it. What was measured: bench/verifier.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from index.sentences import sentence_spans
from index.words import stems
from rag.places import Places
from rag.quantities import Date
from rag.statements import Statement, Word, statement

__all__ = ["MEASURED", "SUPPORTED", "Similarity", "Verdict", "check", "support"]

SUPPORTED = 0.65

MEASURED = frozenset("de en es fr it ja ko pt zh".split())
"""Languages in which less than a fifth of each kind of false sentences pass bench/verifier.py."""

Similarity = Callable[[str, str], float]
"""Cosine similarity of two texts."""

_FOREIGN_STRETCH = 4  # words that carry meaning, one after another, none of them in the quotes
_OPPOSITES = (
    "increase/decrease rise/fall rose/fell higher/lower highest/lowest larger/smaller"
    " largest/smallest more/less more/fewer most/least north/south northern/southern east/west"
    " eastern/western before/after earlier/later last/1 since/until win/lose won/lost gain/lose"
    " accept/reject allow/forbid allow/prohibit include/exclude support/oppose major/minor"
    " majority/minority maximum/minimum above/below upper/lower inside/outside internal/external"
    " public/private positive/negative best/worst strong/weak always/never"
)
_PREFIXES = ("un", "in", "im", "il", "ir", "dis", "non")
_TITLES = frozenset("mr mrs ms dr prof sir dame lord lady sr sra i".split())
_OF_A_PLACE = re.compile(r"(?:ians?|ans?|ese|ish|ia|is?|ns?|a|y|s)$")
_CAPITALS_ARE_NAMES = frozenset("en es fr it pt nl ca da sv nb no fi pl cs ro".split())


@dataclass(frozen=True, slots=True)
class Verdict:
    """How well the quotes support a sentence, and in a word what decided it (for the log).

    ``says_no_more``: it is the quote, or leaves out words of the quotes and adds or moves none.
    """

    support: float
    reason: str
    says_no_more: bool = False


def support(sentence: str, quotes: Sequence[str], similarity: Similarity) -> float:
    """How well ``quotes`` support ``sentence``, in [0, 1]; see :func:`check`.

    >>> support("Two ministers met.", ["Two ministers met."], lambda a, b: 0.0)
    1.0
    >>> support("Three ministers met.", ["Two ministers met."], lambda a, b: 1.0)
    0.0
    """
    return check(sentence, quotes, similarity).support


def check(
    sentence: str,
    quotes: Sequence[str],
    similarity: Similarity,
    *,
    language: str = "en",
    titles: Sequence[str] = (),
) -> Verdict:
    """The support of ``sentence`` and its reason.

    ``language`` is the documents' (ISO 639-1); names may also stand in the ``titles`` of the
    documents that the quotes are from. ``similarity`` is called last, and only when all else holds.
    The reason is "same", "meaning", or what is not held: "empty", "number", "date", "name",
    "place", "negation", "opposite", "words".
    """
    if sentence.strip() and any(_stands_whole(sentence, quote) for quote in quotes):
        return Verdict(1.0, "same", says_no_more=True)
    language = "en" if language == "und" else language
    said = statement(sentence, language)
    each = [statement(quote, language) for quote in quotes]
    if not said.words or not any(quote.words for quote in each):
        return Verdict(0.0, "empty")
    if any(_texts(quote.words) == _texts(said.words) for quote in each):
        return Verdict(1.0, "same", says_no_more=True)
    quoted = Statement(
        tuple(word for quote in each for word in quote.words),
        tuple(date for quote in each for date in quote.dates),
        sum(quote.negations for quote in each),
    )
    broken = _broken(said, quoted, statement(". ".join(titles), language), language)
    if broken is not None:
        return Verdict(0.0, broken)
    held = {word.stem for word in quoted.words}
    shared = [(word.stem in held, word) for word in said.words if word.carries]
    if not shared or _has_foreign_stretch(shared):
        return Verdict(0.0, "words")
    share = sum(is_held for is_held, _ in shared) / len(shared)
    degree = (share + similarity(sentence, " ".join(quotes))) / 2
    return Verdict(max(0.0, min(1.0, degree)), "meaning", _says_no_more(said, quoted))


def _stands_whole(sentence: str, quote: str) -> bool:
    """Whether it is the quote or one of its sentences; part of one may say something else."""
    if sentence == quote:
        return True
    return sentence in quote and any(sentence == span.of(quote) for span in sentence_spans(quote))


def _says_no_more(said: Statement, quoted: Statement) -> bool:
    """Whether all its words stand in the quotes, in the same order, and every negation of them."""
    held = iter([word.stem for word in quoted.words])
    return said.negations == quoted.negations and all(word.stem in held for word in said.words)


def _texts(words: Sequence[Word]) -> list[tuple[str, str]]:
    return [(word.text, word.unit) for word in words]


def _broken(said: Statement, quoted: Statement, titled: Statement, language: str) -> str | None:
    """The first rule that the sentence breaks."""
    places = Places(said.words, quoted.words)
    numbers = [
        i
        for i, word in enumerate(said.words)
        if word.is_number and not (word.dated or word.spelled)
    ]
    rules: tuple[tuple[str, Callable[[], bool]], ...] = (
        ("number", lambda: not _has_numbers(said, quoted)),
        ("date", lambda: not all(_has_date(date, quoted) for date in said.dates)),
        ("name", lambda: language in _CAPITALS_ARE_NAMES and not _has_names(places, titled)),
        ("place", lambda: any(map(places.has_place_of_another_number, numbers))),
        ("place", lambda: language in _CAPITALS_ARE_NAMES and places.has_swapped_names()),
        ("negation", lambda: _denies_otherwise(places)),
        ("opposite", lambda: _says_opposite(places, language)),
    )
    return next((name for name, is_broken in rules if is_broken()), None)


def _has_numbers(said: Statement, quoted: Statement) -> bool:
    """Every number with its unit, and every word with a digit in it ("A380")."""
    units_by_number: dict[str, set[str]] = {}
    for word in quoted.words:
        if word.is_number:
            units_by_number.setdefault(word.text, set()).add(word.unit)
    texts = {word.text for word in quoted.words}
    for word in said.words:
        if word.is_number and not word.spelled:  # "one of them" counts nothing
            units = units_by_number.get(word.text, set())
            if not units or (word.unit and not units & {word.unit, ""}):
                return False
        elif any(map(str.isdigit, word.text)) and not word.is_number and word.text not in texts:
            return False
    return True


def _has_date(date: Date, quoted: Statement) -> bool:
    """A date of the quotes agrees; the year may also stand elsewhere in them."""
    return any(
        date.month == other.month
        and date.day in (None, other.day)
        and (date.year is None or other.year in (None, date.year))
        for other in quoted.dates
    )


def _has_names(places: Places, titled: Statement) -> bool:
    """Every name, also as initial or of the same place ("Chinese" of "China")."""
    held = (*places.quoted, *titled.words)
    texts = {text for word in held for text in (word.text, word.stem)}
    names = [word.text for word in held if word.capital]
    initials = {name[0] for name in names}
    roots = {_OF_A_PLACE.sub("", name) for name in names if len(name) > 4}
    for i, word in enumerate(places.said):
        if not word.capital or word.text in _TITLES or texts & {word.text, word.stem}:
            continue
        if len(word.text) == 1 and word.text in initials:
            continue
        if len(word.text) > 4 and _OF_A_PLACE.sub("", word.text) in roots:
            continue
        if not word.begins or (word.carries and places.has_place_of_a_name(i)):
            return False
    return True


def _denies_otherwise(places: Places) -> bool:
    """Whether one side denies what the other affirms, where both speak of the same."""
    said, quoted = places.said, places.quoted
    for reach in _denials(said):
        known = (places.own(i) for i in reach)
        there = next((j for j in known if j is not None), None)
        if there is not None and not quoted[there].denied:
            return True
    denied = {word.stem for word in said if word.denied}
    for reach in _denials(quoted):
        if any(quoted[j].stem in denied for j in reach):
            continue
        for j in reach[:2]:
            if any(places.is_at(i, j) for i in places.said_by_stem.get(quoted[j].stem, ())):
                return True
    return False


def _denials(words: Sequence[Word]) -> list[list[int]]:
    """For each negation the places of the words that it denies."""
    found: list[list[int]] = []
    for i, word in enumerate(words):
        if word.denied == 1:
            found.append([])
        if word.denied:
            found[-1].append(i)
    return found


def _says_opposite(places: Places, language: str) -> bool:
    """Whether the quotes have the opposite of a word in its place ("unsafe" for "safe")."""
    opposites_by_stem = _opposites(language)
    texts = [word.text for word in places.quoted]
    for i, word in enumerate(places.said):
        if not word.carries or (word.is_number and not word.spelled):
            continue
        opposites = opposites_by_stem.get(word.stem, ())
        rivals = [j for stem in opposites for j in places.quoted_by_stem.get(stem, ())]
        if word.stem not in places.quoted_by_stem:
            forms = {prefix + word.text for prefix in _PREFIXES}
            forms |= {word.text.removeprefix(prefix) for prefix in _PREFIXES} - {word.text}
            rivals += [j for j, text in enumerate(texts) if len(text) > 3 and text in forms]
        if rivals and places.nearer_to(rivals, i):
            return True
    return False


@lru_cache(maxsize=8)
def _opposites(language: str) -> dict[str, set[str]]:
    """Stems by stem; English only. A "first" is read as the number 1."""
    by_stem: dict[str, set[str]] = {}
    for pair in _OPPOSITES.split() if language == "en" else ():
        one, other = (stems(word)[0] for word in pair.split("/"))
        by_stem.setdefault(one, set()).add(other)
        by_stem.setdefault(other, set()).add(one)
    return by_stem


def _has_foreign_stretch(shared: Sequence[tuple[bool, Word]]) -> bool:
    """Whether words in a row are foreign to the quotes: a clause that they do not say.

    In a script without spaces two characters count as half a word.
    """
    for is_held, stretch in groupby(shared, key=lambda pair: pair[0]):
        length = sum(0.5 if "\u3040" <= word.text[0] <= "\ud7af" else 1 for _, word in stretch)
        if not is_held and length >= _FOREIGN_STRETCH:
            return True
    return False
