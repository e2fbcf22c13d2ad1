"""What is offered to ask: subjects that the documents name and answer, in any language."""

from __future__ import annotations

import pytest

from rag.suggestions import Suggestions

HARBOUR = """# Lindal

## When was the harbour built?

The harbour of Lindal was built in 1931 by the town.

## Opening hours

The harbour office of Lindal is open every day from nine to five o'clock.

## Empty

## Sources

The yearbook of Lindal, 1999. The papers of the harbour office, 1931 to 1950.
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


def test_the_first_questions_are_headings_that_are_answered(assistant) -> None:
    questions = Suggestions(assistant.searcher).first()
    assert "When was the harbour built?" in questions
    assert any("faro" in question or "Historia" in question for question in questions)
    assert not any("Empty" in question or "Sources" in question for question in questions)
    for question in questions:
        answer = assistant.ask(question)
        assert not answer.abstained
        assert answer.confidence >= 0.5


def test_the_next_questions_ask_for_what_was_neither_asked_nor_cited(assistant) -> None:
    question = "When was the harbour built?"
    following = Suggestions(assistant.searcher).next(assistant.ask(question), [question])
    assert question not in following
    assert following == ["Lindal: Opening hours"]


def test_a_refusal_suggests_nothing(assistant) -> None:
    answer = assistant.ask("Who won the football match?")
    assert Suggestions(assistant.searcher).next(answer, []) == []


def test_without_an_index_nothing_is_suggested(make_searcher, home) -> None:
    assert Suggestions(make_searcher(home)).first() == []


def test_the_first_questions_are_from_different_documents_all_over_the_folder(
    make_builder, make_searcher, write, seeds, home
) -> None:
    text = "# Report {n}\n\nWhat was built in this year is written below.\n\n## Costs\n\nLow."
    write(seeds, {f"{n:02}.md": text.format(n=n) for n in range(40)} | {"99.txt": "Empty."})
    make_builder(seeds, home).build()
    questions = Suggestions(make_searcher(home)).first()
    assert questions == ["Report 0", "Report 10", "Report 20", "Report 30"]


def test_a_document_without_headings_is_asked_about_by_its_title(make_assistant, write, tmp_path):
    text = "The harbour of Lindal was built in 1931. The harbour master is Anna Berg.\n"
    write(tmp_path / "seeds", {"harbour.txt": text})
    assistant = make_assistant(tmp_path / "seeds", tmp_path / "home")
    assert Suggestions(assistant.searcher).first() == ["harbour"]
