"""A question for a reason whose best sentence only says again what is asked.

"Why is the bath closed?" is answered best, says the reader, by "The bath is closed." Where the best
sentence has hardly a word that the question lacks, none of them leads a reason ("because", says a
head over their vectors), and no words of it surely answer, the sentence behind it in its paragraph
is shown too, and the answer is not sure, unless the reader takes that one for nearly as likely:
nothing else tells whether it is the reason. Nothing is read anew.
"""

from __future__ import annotations

import math
import re
from dataclasses import replace
from itertools import pairwise

from index.loaders import plain_text
from index.text.scripts import UNSPACED
from index.text.words import content_terms, stems
from rag.evidence import Evidence, is_question
from rag.features import probability
from rag.intents import Intents
from rag.read import Reading
from rag.tables.asked import words_of
from rag.tables.words import gives_reason
from rag.types import UNSURE, prose_after

__all__ = ["with_reason"]

_ANSWERS = 0.4  # certainty of words, from which they are the reason
_FEW = 3.0  # words that the question lacks, at most, of a sentence that says it again;
_BY_TWO = 7.0  # logit, from which two words lead a reason
_PAIR = 0.5  # a pair of signs of a script without spaces is half a word
_NEARLY = 0.8  # of the best one's probability
_UNSPACED = re.compile(f"[{UNSPACED}]")


def with_reason(reading: Reading, intents: Intents) -> Reading:
    """The reading with what stands behind a sentence that only repeats a question for a reason."""
    evidence = reading.evidence
    if not evidence or not _repeats(reading.question, evidence[0]):
        return reading
    if not intents.asks_for_reason(reading.question) or _says_why(evidence[0].text, intents):
        return reading
    best, *others = evidence
    behind = _behind(best, intents)
    near = _NEARLY * probability(best.score)
    if behind is not None:
        same = [e for e in others if e.document.id == best.document.id and e.span == behind.span]
        if same and probability(same[0].score) >= near:
            return reading
        others = [behind, *(item for item in others if item not in same)]
    unsure = min(reading.confidence, UNSURE)
    return replace(reading, evidence=[replace(best, certainty=0.0), *others], confidence=unsure)


def _repeats(question: str, best: Evidence) -> bool:
    """Whether a sentence says hardly more than the question."""
    language = best.document.language
    new = set(content_terms(best.text, language)) - set(stems(question, language))
    words = sum(
        _PAIR if _UNSPACED.match(term) else 1.0 for term in new if not any(map(str.isdigit, term))
    )
    return best.certainty < _ANSWERS and words <= _FEW and not best.opens_list


def _says_why(text: str, intents: Intents) -> bool:
    """Whether a word or two of a sentence lead a reason: "Shut, because it rains"."""
    words = words_of(text.lower())
    pairs = map(" ".join, pairwise(words))  # "due to"
    return any(gives_reason(intents.vector(word)) for word in words) or any(
        gives_reason(intents.vector(pair), _BY_TWO) for pair in pairs
    )


def _behind(best: Evidence, intents: Intents) -> Evidence | None:
    """The sentence behind the best one, which is nearly as likely, if it says anything."""
    span = None if best.is_row else prose_after(best)
    if span is None:
        return None
    text = plain_text(best.document.media_type, span.of(best.document.text))
    if is_question(text) or intents.is_courtesy(text):
        return None
    score = math.nextafter(best.score, -math.inf)
    return replace(
        best, span=span, text=text, score=score, terms=frozenset(), certainty=0.0, context=None
    )
