"""Reasons for which a reading that seems sure is not: what nothing else has compared or said."""

from __future__ import annotations

import unicodedata
from dataclasses import replace

from index.text.words import form_of
from rag.evidence import Evidence
from rag.features import probability
from rag.intents import Intents
from rag.labels import agrees, of_the_label_asked_for
from rag.read import Reading, confidence
from rag.reader import Reader
from rag.reasons import with_reason
from rag.statements import statement
from rag.tables.asked import what_is_asked, words_of
from rag.tables.questions import AskedTables
from rag.tables.words import asks, end_of
from rag.types import SURE, UNSURE, prose_before
from rag.unsaid import unsaid_word

__all__ = ["doubted"]

_MAY_BE_SHOWN = 0.5  # of the best one's probability
_HARDLY = 0.1  # certainty of words, below which they hardly answer
_MAY_COMPARE = 0.2  # likely, from which a word for much or little compares
_WANTS_FIGURE = 0.7  # likely, from which only a figure answers
_CLEARLY = 0.5  # certainty of words, from which the text says by itself which is the highest


def doubted(
    reading: Reading, tables: AskedTables, reader: Reader, intents: Intents, *, named: str | None
) -> Reading:
    """The reading, less sure where a word is unsaid, a table doubts it, or a number is compared.

    What is ``named`` in the question says which documents are asked; None where the question is
    read behind another one, whose words may be unsaid.
    """
    reading = with_reason(_without_courtesies(reading, intents), intents)
    reading = of_the_label_asked_for(reading, intents.vector)
    if reading.confidence >= SURE and named is not None:
        best, sure = reading.evidence[0], reading.confidence

        def says_nothing(word: str) -> bool:
            only_asks = _only_asks(word, intents) or _asks_how(word, reading.question, intents)
            return only_asks or agrees(word, best, intents.vector)

        unsaid = unsaid_word(reading.question, best, sure, reader, says_nothing, named)
        sure = UNSURE if unsaid else sure
        reading = replace(reading, unsaid=unsaid, confidence=sure)
    if reading.evidence and (
        _says_little(reading.evidence[0])
        or _has_no_figure(reading.question, reading.evidence[0], intents)
    ):
        reading = replace(reading, confidence=min(reading.confidence, UNSURE))
    if reading.evidence and tables.doubt(reading.evidence[0]):
        evidence = tables.without_other_rows(reading.evidence)
        unsure = min(reading.confidence, UNSURE)
        reading = replace(reading, evidence=evidence, confidence=unsure)
    if reading.evidence and _is_one_of_several(reading.question, reading.evidence[0], intents):
        best, *others = reading.evidence
        reading = replace(reading, evidence=[replace(best, certainty=0.0), *others])
    return reading


def _only_asks(word: str, intents: Intents) -> bool:
    """Whether a word only makes a text a question; the first one of that has a capital."""
    return any(asks(intents.vector(form)) for form in {word, word.lower()})


def _asks_how(word: str, question: str, intents: Intents) -> bool:
    """Whether a word for much or little is what is asked: "how large", not "a large box"."""
    form = form_of(word, question)
    before = words_of(question[: form.start()]) if form else []
    is_asked = bool(before) and _only_asks(before[-1], intents)
    return is_asked and bool(end_of(intents.vector(word.lower())))


def _without_courtesies(reading: Reading, intents: Intents) -> Reading:
    """The reading without what greets and thanks, if that may be shown."""
    enough = _MAY_BE_SHOWN * probability(max((e.score for e in reading.evidence), default=0.0))
    said = [
        item
        for item in reading.evidence
        if probability(item.score) < enough or not intents.is_courtesy(item.text)
    ]
    if len(said) == len(reading.evidence):
        return reading
    sure = confidence(reading.found.passages, said)
    return replace(reading, evidence=said, confidence=min(reading.confidence, sure))


def _says_little(best: Evidence) -> bool:
    """Whether it is a line that is no sentence, item or field, and no words of it answer."""
    return best.is_fragment and not best.is_list_item and best.certainty < _HARDLY


def _has_no_figure(question: str, best: Evidence, intents: Intents) -> bool:
    """Whether a figure is asked for, an amount or a time, and what is said holds none."""
    if best.certainty >= _CLEARLY or best.opens_list or intents.figure(question) < _WANTS_FIGURE:
        return False
    lead = prose_before(best) if best.leans_back else None
    text = best.text if lead is None else f"{lead.of(best.document.text)} {best.text}"
    is_numeral = any(unicodedata.numeric(char, None) is not None for char in text)
    words = statement(text, best.document.language).words
    return not is_numeral and not any(word.is_number for word in words)


def _is_one_of_several(question: str, best: Evidence, intents: Intents) -> bool:
    """Whether the words that answer hold one of several numbers, which nobody has compared."""
    if best.certainty >= _CLEARLY:  # "The youngest is Mara, who is 17."
        return False
    texts = (best.text, best.answer.of(best.text))
    words = [statement(text, best.document.language).words for text in texts]
    of_all, of_answer = ({word.text for word in each if word.is_number} for each in words)
    is_one = len(of_all) > 1 and bool(of_answer)
    if not is_one:
        return False
    asked = what_is_asked(question, intents.vector)
    ends = asked.share_of("max") + asked.share_of("min")
    return asked.compares or (ends >= _MAY_COMPARE and any(map(end_of, asked.words)))
