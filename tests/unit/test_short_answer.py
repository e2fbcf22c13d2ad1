"""The short answer: the words that answer, before the sentence that they stand in."""

from __future__ import annotations

import pytest

from index.types import Span
from rag.conversations.export import answer_markdown
from rag.types import Answer, Citation, Sentence, short_answer
from ui.chat.answers import answer_html

TEXT = "The lighthouse of Norvik is green. It was built in 1871, and in 1871 it was lit."
SECOND = TEXT.index("It was")


def cited(start: int, end: int = len(TEXT)) -> Citation:
    return Citation(1, "norvik.txt", "Norvik", Span(start, end), TEXT[start:end])


def sentence(text: str, words: Span | None) -> Sentence:
    return Sentence(text, (1,), 1.0, short_answer=words, certainty=0.8)


@pytest.mark.parametrize("start", [0, SECOND])
def test_it_stands_at_its_place_in_the_document_also_where_more_is_cited(start):
    text = TEXT[SECOND:]
    for at in (text.index("1871"), text.rindex("1871")):
        found = short_answer([sentence(text, Span(at, at + 4))], [cited(start)])
        assert found is not None
        assert (found.span.start, found.span.of(TEXT)) == (SECOND + at, "1871")
        assert found.as_json() == {
            "text": "1871",
            "document": "norvik.txt",
            "start": SECOND + at,
            "end": SECOND + at + 4,
            "citation": 1,
            "confidence": 0.8,
        }


def test_an_answer_without_sure_words_has_none():
    assert short_answer([sentence(TEXT, None)], [cited(0)]) is None


def test_every_surface_begins_with_it():
    text = TEXT[SECOND:]
    answer = Answer(
        question="When?",
        standalone_question="When?",
        sentences=(sentence(text, Span(16, 20)),),
        citations=(cited(SECOND),),
        passages=(),
        abstention=None,
        confidence=0.9,
        generator="extractive",
        generation="g",
    )
    assert answer.text == f"1871 [1]\n\n{text} [1]"
    assert answer.as_json()["short_answer"]["text"] == "1871"
    assert answer_markdown(answer).startswith("**1871**[^1]")
    shown = answer_html(1, answer.sentences, [], answer)
    assert shown.index("fn-short") < shown.index("fn-sentence")
