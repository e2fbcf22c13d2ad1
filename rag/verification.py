"""The check that a sentence makes before it is shown: do its cited quotes support it?

A sentence that is its quote is supported by definition. Else its numbers and dates must stand in
the quotes, each stretch of it must share words with them, and its whole their words and meaning.
Support is in [0, 1]; the caller shows nothing below :data:`SUPPORTED`.

That does not see another name or verb, two roles exchanged, or what is denied. So a sentence may
be shown in its own words only when it says no more than its quotes, in a language of
:data:`MEASURED`; elsewhere its quotes stand in for it. What was measured: bench/verifier.py.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

from index.sentences import sentence_spans
from rag.statements import Date, Statement, Word, statement

__all__ = ["MEASURED", "SUPPORTED", "Similarity", "Verdict", "check", "support"]

SUPPORTED = 0.65

MEASURED = frozenset("de en es fr it ja ko pt zh".split())
"""Languages in which less than a fifth of each kind of false sentences pass bench/verifier.py."""

Similarity = Callable[[str, str], float]
"""Cosine similarity of two texts."""

_FOREIGN_STRETCH = 4  # words that carry meaning, one after another, none of them in the quotes


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
    sentence: str, quotes: Sequence[str], similarity: Similarity, *, language: str = "en"
) -> Verdict:
    """The support of ``sentence`` and its reason.

    ``language`` is the documents' (ISO 639-1). ``similarity`` is called last, and only when all
    else holds. The reason is "same", "meaning", or what is not held: "empty", "number", "date",
    "words".
    """
    if sentence.strip() and any(_stands_whole(sentence, quote, language) for quote in quotes):
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
    held = {word.stem for word in quoted.words}
    shared = [(word.stem in held, word) for word in said.words if word.carries]
    broken = _broken(said, quoted, shared)
    if broken is not None:
        return Verdict(0.0, broken)
    share = sum(is_held for is_held, _ in shared) / len(shared)
    degree = (share + similarity(sentence, " ".join(quotes))) / 2
    return Verdict(max(0.0, min(1.0, degree)), "meaning", _says_no_more(said, quoted))


def _broken(said: Statement, quoted: Statement, shared: Sequence[tuple[bool, Word]]) -> str | None:
    """What of the sentence the quotes do not hold, whatever its meaning."""
    if not _has_numbers(said, quoted):
        return "number"
    if not all(_has_date(date, quoted) for date in said.dates):
        return "date"
    return "words" if not shared or _has_foreign_stretch(shared) else None


def _stands_whole(sentence: str, quote: str, language: str) -> bool:
    """Whether it is the quote or one of its sentences; part of one may say something else."""
    return sentence == quote or (
        sentence in quote
        and any(sentence == span.of(quote) for span in sentence_spans(quote, language))
    )


def _says_no_more(said: Statement, quoted: Statement) -> bool:
    """Whether all its words stand in the quotes, in the same order, and every negation of them."""
    held = iter([word.stem for word in quoted.words])
    return said.negations == quoted.negations and all(word.stem in held for word in said.words)


def _texts(words: Sequence[Word]) -> list[tuple[str, str]]:
    return [(word.text, word.unit) for word in words]


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


def _has_foreign_stretch(shared: Sequence[tuple[bool, Word]]) -> bool:
    """Whether words in a row are foreign to the quotes: a clause that they do not say.

    In a script without spaces two characters count as half a word.
    """
    for is_held, stretch in groupby(shared, key=lambda pair: pair[0]):
        length = sum(0.5 if "\u3040" <= word.text[0] <= "\ud7af" else 1 for _, word in stretch)
        if not is_held and length >= _FOREIGN_STRETCH:
            return True
    return False
