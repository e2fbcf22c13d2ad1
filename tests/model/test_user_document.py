"""The user's own document: what was asked about it is answered, from its exact words."""

from __future__ import annotations

import pytest

from rag.assistant import Assistant
from rag.types import Answer


@pytest.fixture(scope="module")
def assistant(make_assistant, shared_seeds, tmp_path_factory) -> Assistant:
    return make_assistant(shared_seeds, tmp_path_factory.mktemp("user") / "home")


def assert_exact(assistant: Assistant, answer: Answer) -> None:
    generation = assistant.searcher.generation()
    for citation in answer.citations:
        text = generation.document(citation.document_id).text
        assert citation.span.of(text) == citation.quote


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Who traveled to Beijing on an armored train?", "Kim Jong-un"),
        ("Who traveled by armored train?", "Kim Jong-un"),
        ("When was the summit?", "2025-11-01"),
        ("When did the summit take place?", "2025-11-01"),
        ("Where was the summit held?", "Gyeongju"),
        ("Where was it held?", "Gyeongju"),
        ("When was it?", "2025-11-01"),
        ("What is this document about?", "signed a series of agreements"),
        ("Where did Lee and Xi meet?", "Gyeongju"),
        ("What was signed?", "a series of agreements"),
        ("What did the two sign?", "memorandum of understanding"),
        ("What did Xi say about South Korea?", "maintain policy consistency and stability"),
        ("Who hosted the banquet?", "South Korean president"),
        ("Who led the Chinese delegation to Pyongyang?", "Li Qiang"),
    ],
)
def test_a_question_about_the_document_is_answered_from_its_words(assistant, question, expected):
    answer = assistant.ask(question)
    assert not answer.abstained
    assert expected.lower() in answer.text.lower()
    assert any(expected.lower() in citation.quote.lower() for citation in answer.citations)
    assert_exact(assistant, answer)


@pytest.mark.parametrize(
    "question",
    [
        "Is it free?",
        "What is the phone number?",
        "Who won the football match?",
        "What is the capital of Brazil?",
        "How do I bake bread?",
    ],
)
def test_a_question_that_the_document_does_not_answer_is_withheld(assistant, question):
    answer = assistant.ask(question)
    assert answer.abstained
    assert (answer.sentences, answer.citations) == ((), ())
    assert answer.text == answer.abstention
