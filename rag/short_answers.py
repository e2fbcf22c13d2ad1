"""The words that lead an answer, made whole: with what bounds them, or those of another clause.

"200" of "more than 200 tiles" is another number; of two times in one sentence the one is meant in
whose clause the words of the question stand ("the second at 13.15"). What bounds says the head over
tables' bounds (:mod:`rag.tables.asked`); no word of a language is listed. Nothing is read anew.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import replace

from index.text.words import content_terms, stems
from index.types import Span
from rag.evidence import Evidence
from rag.statements import statement
from rag.tables.asked import Vector, what_is_asked

__all__ = ["whole_answer"]

_BOUNDS = 0.75  # likely, from which the words before a number bound it
_VALUE = re.compile(r"\d+(?:[.,:]\d+)*")
_CLAUSE = re.compile(r"(?<!\d)[,;，、；]|[,;，、；](?!\d)")


def whole_answer(question: str, best: Evidence, vector: Callable[[str], Vector]) -> Evidence:
    """The evidence with the words that answer as they should lead, or with none that are certain.

    ``vector`` gives the query vector of any text.
    """
    best = _of_the_clause_asked_for(question, best)
    start, end = min(best.earlier, best.answer.start), best.answer.end
    bounded = best.text[start:end]
    if start < best.answer.start and _has_number(best.answer.of(best.text), best.document.language):
        bounds = what_is_asked(bounded, vector).bounding
        return replace(best, answer=Span(start, end)) if bounds >= _BOUNDS else best
    return best


def _has_number(text: str, language: str) -> bool:
    is_numeral = any(unicodedata.numeric(char, None) is not None for char in text)
    return is_numeral or any(word.is_number for word in statement(text, language).words)


def _of_the_clause_asked_for(question: str, best: Evidence) -> Evidence:
    """Where several values of a kind stand in clauses, the one beside the words of the question.

    A clause counts that holds words of the question which none before it holds: what it leaves out
    stands in the first one.
    """
    text, answer = best.text, best.answer
    values = [Span(*found.span()) for found in _VALUE.finditer(text)]
    own = [value for value in values if value.overlaps(answer)]
    if len(own) != 1:
        return best
    values = [value for value in values if _shape(value.of(text)) == _shape(own[0].of(text))]
    if len(values) < 2:
        return best
    language = best.document.language
    asked = set(content_terms(question, language))
    meant, held = values[0], set[str]()
    for value, clause in zip(values, _clauses(text, values), strict=True):
        terms = asked.intersection(stems(clause, language))
        meant = value if terms - held else meant
        held |= terms
    if meant == own[0]:
        return best
    if answer.start < own[0].start:
        return replace(best, certainty=0.0)
    behind = text[own[0].end : answer.end]
    end = meant.end + len(behind) if text.startswith(behind, meant.end) else meant.end
    return replace(best, answer=Span(meant.start, end), earlier=meant.start)


def _shape(value: str) -> str:
    """How a value is written, whatever its digits: "0:0" of a time."""
    return re.sub(r"\d+", "0", value)


def _clauses(text: str, values: Sequence[Span]) -> list[str]:
    """What belongs to each value: its clause or, where clauses hold several, what leads to it.

    >>> _clauses("A costs 9 €, B 8 €.", [Span(8, 9), Span(15, 16)])
    ['A costs 9 €', ' B 8']
    >>> _clauses("It takes A 9 and B 8 days.", [Span(11, 12), Span(19, 20)])
    ['It takes A 9', ' and B 8']
    """
    cuts = [found.start() for found in _CLAUSE.finditer(text)]
    between = [
        [cut for cut in cuts if one.end <= cut < other.start]
        for one, other in zip(values, values[1:], strict=False)
    ]
    is_by_clause = all(between)
    ends = [places[0] for places in between] if is_by_clause else [v.end for v in values[:-1]]
    begins = [0, *(end + is_by_clause for end in ends)]
    last = len(text) if is_by_clause and _says_more(text, values[0], ends[0]) else values[-1].end
    last = max(last, values[-1].end)
    return [text[a:b] for a, b in zip(begins, [*ends, last], strict=True)]


def _says_more(text: str, value: Span, end: int) -> bool:
    """Whether words stand between a value and the end of its clause."""
    return any(map(str.isalpha, text[value.end : end]))
