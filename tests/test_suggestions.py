"""Questions made from documents: they read well, and the documents surely answer them."""

from __future__ import annotations

import pytest

from rag.question_forms import questions_from
from rag.suggestions import Suggestions


@pytest.mark.parametrize(
    ("sentence", "questions"),
    [
        ("The harbour of Lindal was built in 1931.", ["When was the harbour of Lindal built?"]),
        ("The war began on 25 June 1950 and ended in 1953.", []),  # which war?
        ("The Korean War began on 25 June 1950.", ["When did the Korean War begin?"]),
        ("Yangdong is a village of noble families.", ["What is Yangdong?"]),
        ("Anna Berg was the first harbour master.", ["Who was Anna Berg?"]),
        ("Anna Berg was the first woman to lead it.", []),
        ("A Song of Ice and Fire is a series of novels.", ["What is A Song of Ice and Fire?"]),
        ("The ARR (a ratio) is a percentage return.", ["What is the ARR?"]),
        ("The Historic Areas consist of five belts.", ["What do the Historic Areas consist of?"]),
        ("The old office is located in Lindal.", []),
        ("The office of the union is based in Oslo.", ["Where is the office of the union based?"]),
        ("It was built in 1931.", []),
        ("There was a fire in 1931.", []),
        ("The partners are the two central banks.", []),
        ("A well-known example is the case of Qatar.", []),
        ("Das Haus wurde 1931 gebaut.", []),
    ],
)  # fmt: skip
def test_a_sentence_gives_the_questions_that_it_answers(sentence, questions) -> None:
    assert questions_from(sentence) == questions


@pytest.fixture(scope="module")
def assistant(make_assistant, write, tmp_path_factory):
    place = tmp_path_factory.mktemp("suggestions")
    write(
        place / "seeds",
        {
            "harbour.txt": "The harbour of Lindal was built in 1931.\n\n"
            "Anna Berg is the master of the harbour. "
            "The lighthouse of Lindal was opened in 1950.\n",
            "faro.txt": "El faro de Lindal fue construido en 1950 por la ciudad.\n",
        },
    )
    return make_assistant(place / "seeds", place / "home")


def test_the_first_questions_are_surely_answered(assistant) -> None:
    questions = Suggestions(assistant).first()
    assert "When was the harbour of Lindal built?" in questions
    for question in questions:
        answer = assistant.ask(question)
        assert not answer.abstained
        assert answer.confidence >= 0.5


def test_the_next_questions_ask_for_what_was_neither_asked_nor_cited(assistant) -> None:
    question = "When was the harbour of Lindal built?"
    answer = assistant.ask(question)
    following = Suggestions(assistant).next(answer, [question])
    assert question not in following
    assert following
    for quote in (c.quote for c in answer.citations):
        assert not set(questions_from(quote)) & set(following)


def test_a_refusal_suggests_nothing(assistant) -> None:
    answer = assistant.ask("Who won the football match?")
    assert Suggestions(assistant).next(answer, []) == []
