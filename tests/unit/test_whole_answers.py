"""The words that lead an answer, of several values or before a bound."""

from __future__ import annotations

import numpy as np
import pytest

from index.types import Document, Span
from rag.evidence import Evidence
from rag.features import Features
from rag.short_answers import whole_answer


def evidence(text: str, answer: str, earlier: str = "") -> Evidence:
    at = text.index(answer)
    return Evidence(
        document=Document("ferry.txt", "Ferry", text, "", "text/plain", language="en"),
        span=Span(0, len(text)),
        text=text,
        score=0.0,
        features=Features(reader=0.0, behind=0.0, coverage=0.0),
        terms=frozenset(),
        answer=Span(at, at + len(answer)),
        certainty=0.8,
        earlier=text.index(earlier) if earlier else at,
    )


def lead(question: str, best: Evidence) -> str:
    found = whole_answer(question, best, lambda _: np.zeros(384, np.float32))
    return found.short_answer(0.5)


@pytest.mark.parametrize(
    ("text", "answer", "question", "words"),
    [
        ("The first leaves at 9.30, the second at 13.15.", "9.30", "second", "13.15"),
        ("The first leaves at 9.30, the second at 13.15.", "9.30", "first", "9.30"),
        ("The first leaves at 9.30, the second at 13.15.", "13.15", "first", "9.30"),
        ("It was lit in 1871, and the tower is 34 metres high.", "1871", "tower", "1871"),
        ("It costs 9 euros for adults, 4 euros for children.", "9 euros", "children", "4 euros"),
    ],
)
def test_of_several_values_the_one_in_the_clause_of_the_question_leads(
    text, answer, question, words
):
    assert lead(f"When is the {question} one?", evidence(text, answer)) == words
