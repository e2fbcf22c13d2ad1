"""What is offered to ask: subjects that the documents name and surely answer, in any language."""

from __future__ import annotations

import pytest

from rag.suggestions import Suggestions

HARBOUR = """# Lindal

## When was the harbour built?

The harbour of Lindal was built in 1931 by the town.

## Opening hours

The harbour office of Lindal is open every day from nine to five o'clock.

## Empty
"""
FARO = """# Lindal

## Construcción del faro

El faro de Lindal fue construido en 1950 por la ciudad con piedra de la isla.

## Historia de la ciudad

La ciudad de Lindal fue fundada en 1612 por pescadores de la isla vecina.
"""


@pytest.fixture(scope="module")
def assistant(make_assistant, write, tmp_path_factory):
    place = tmp_path_factory.mktemp("suggestions")
    write(place / "seeds", {"harbour.md": HARBOUR, "faro.md": FARO})
    return make_assistant(place / "seeds", place / "home")


def test_the_first_questions_are_headings_that_are_surely_answered(assistant) -> None:
    questions = Suggestions(assistant).first()
    assert "When was the harbour built?" in questions
    assert any("faro" in question or "Historia" in question for question in questions)
    assert not any("Empty" in question for question in questions)
    for question in questions:
        answer = assistant.ask(question)
        assert not answer.abstained
        assert answer.confidence >= 0.5


def test_the_next_questions_ask_for_what_was_neither_asked_nor_cited(assistant) -> None:
    question = "When was the harbour built?"
    following = Suggestions(assistant).next(assistant.ask(question), [question])
    assert question not in following
    assert following == ["Lindal: Opening hours"]


def test_a_refusal_suggests_nothing(assistant) -> None:
    answer = assistant.ask("Who won the football match?")
    assert Suggestions(assistant).next(answer, []) == []


def test_a_document_without_headings_is_asked_about_by_its_title(make_assistant, write, tmp_path):
    text = "The harbour of Lindal was built in 1931. The harbour master is Anna Berg.\n"
    write(tmp_path / "seeds", {"harbour.txt": text})
    assistant = make_assistant(tmp_path / "seeds", tmp_path / "home")
    assert Suggestions(assistant).first() == ["harbour"]
