"""A word of the question that speaks against what was found."""

from __future__ import annotations

import pytest

from index.types import Document, Span
from rag.evidence import Evidence
from rag.features import Features
from rag.reader import Passage, Read
from rag.unsaid import unsaid_word

TEXT = "The bakery is run by Hester Quill."
EVIDENCE = Evidence(
    document=Document("bakery.txt", "Bakery", TEXT, "", "text/plain", language="en"),
    span=Span(0, len(TEXT)),
    text=TEXT,
    score=0.0,
    features=Features(reader=0.0, behind=0.0, coverage=0.0),
    terms=frozenset(),
    answer=Span(0, 0),
    certainty=0.0,
    context=(Passage("Bakery", (TEXT,)), 0),
)


class Rising:
    """Its logit is ``rise`` where a question lacks "founded", else 0."""

    def __init__(self, rise: float) -> None:
        self._rise = rise

    def read(self, question: str, passages: list[Passage]) -> list[list[Read]]:
        score = 0.0 if "founded" in question else self._rise
        return [[Read(score, Span(0, 0), 0.0)] for _ in passages]


@pytest.mark.parametrize(
    ("confidence", "rise", "word"),
    [
        (0.52, 0.5, "founded"),
        (0.52, -0.5, ""),
        (0.5, 0.0, ""),
        (0.9, 1.5, ""),
        (0.9, 5.0, "founded"),
    ],
)
def test_the_surer_an_answer_is_the_more_must_speak_against_it(confidence, rise, word):
    asked = "Who founded the bakery?"
    assert unsaid_word(asked, EVIDENCE, confidence, Rising(rise), lambda _: False) == word


def test_a_word_that_only_asks_is_not_looked_for():
    assert unsaid_word("Who founded the bakery?", EVIDENCE, 0.6, Rising(5.0), lambda _: True) == ""
