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
from itertools import pairwise

from index.text.words import content_terms, stems
from index.types import Span
from rag.evidence import Evidence
from rag.statements import statement
from rag.tables.asked import Vector, what_is_asked

__all__ = ["whole_answer"]

_BOUNDS = 0.95  # likely, from which the words before a number bound it (not "at 8:10"),
_IN_WORDS = 0.75  # or before one that is written in words
_VALUE = re.compile(r"\d+(?:[.,:]\d+)*")
_UNIT = re.compile(r"\s?([^\W\d_]+|[%€$£¥])")
_BREAK = re.compile(r"[:：.!?。！？()]")
_CLAUSE = re.compile(r"(?<!\d)[,;，、；]|[,;，、；](?!\d)")


def whole_answer(question: str, best: Evidence, vector: Callable[[str], Vector]) -> Evidence:
    """The evidence with the words that answer as they should lead, or with none that are certain.

    ``vector`` gives the query vector of any text.
    """
    best = _of_the_clause_asked_for(question, best)
    answer, language = best.answer, best.document.language
    before = best.text[best.earlier : answer.start]
    is_own = not _BREAK.search(before) and not _terms(question, language).intersection(
        stems(before, language)
    )
    if before and is_own and _has_number(answer.of(best.text), language):
        bounded = Span(best.earlier, answer.end)
        least = _BOUNDS if any(map(str.isdigit, answer.of(best.text))) else _IN_WORDS
        if what_is_asked(bounded.of(best.text), vector).bounding >= least:
            return replace(best, answer=bounded)
    return best


def _terms(question: str, language: str) -> set[str]:
    return set(content_terms(question, language))


def _has_number(text: str, language: str) -> bool:
    is_numeral = any(unicodedata.numeric(char, None) is not None for char in text)
    return is_numeral or any(word.is_number for word in statement(text, language).words)


def _of_the_clause_asked_for(question: str, best: Evidence) -> Evidence:
    """Where each of several values of a kind has its clause, the one with words of the question.

    A clause counts that holds words of the question which none before it holds: what it leaves out
    stands in the first one.
    """
    text, answer = best.text, best.answer
    values = [Span(*found.span()) for found in _VALUE.finditer(text)]
    own = [value for value in values if value.overlaps(answer)]
    if len(own) != 1:
        return best
    values = [value for value in values if _kind(text, value) == _kind(text, own[0])]
    clauses = _clauses(text, values)
    if len(clauses) < 2:
        return best
    language = best.document.language
    asked = _terms(question, language)
    meant, held = values[0], set[str]()
    for value, clause in zip(values, clauses, strict=True):
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


def _kind(text: str, value: Span) -> str:
    """How a value is written, whatever its digits: "0:0" of a time, "0 metres" of a bare number."""
    shape = re.sub(r"\d+", "0", value.of(text))
    unit = _UNIT.match(text, value.end) if shape == "0" else None
    return f"{shape} {unit[1]}" if unit else shape


def _clauses(text: str, values: Sequence[Span]) -> list[str]:
    """The clause of each value, none where a clause has several.

    >>> _clauses("A costs 9 €, B 8 € now.", [Span(8, 9), Span(15, 16)])
    ['A costs 9 €', ', B 8']
    >>> _clauses("A and B take 9 and 8 days.", [Span(13, 14), Span(19, 20)])
    []
    """
    cuts = [found.start() for found in _CLAUSE.finditer(text)]
    between = [[c for c in cuts if one.end <= c < other.start] for one, other in pairwise(values)]
    if not between or not all(between):
        return []
    ends = [places[0] for places in between]
    # What stands behind the last value is of all of them, but where it is so in the first clause.
    says_more = any(map(str.isalpha, text[values[0].end : ends[0]]))
    last = len(text) if says_more else values[-1].end
    return [text[a:b] for a, b in pairwise([0, *ends, last])]
