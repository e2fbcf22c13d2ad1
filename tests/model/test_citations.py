"""Citations over many questions: every sentence has one, and every quote is exact."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from rag.assistant import Assistant
from rag.types import Answer
from rag.verify import SUPPORTED

Asked = tuple[Assistant, list[Answer]]


def cases(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]


def ask(assistant: Assistant, questions: Sequence[dict]) -> Asked:
    return assistant, [assistant.ask(case["question"]) for case in questions]


@pytest.fixture(scope="module")
def over_the_seeds(services, repo) -> Asked:
    found = cases(repo / "eval" / "seeds" / "questions.jsonl")
    return ask(services.assistant, [case for case in found if not case.get("history")][::2])


@pytest.fixture(scope="module")
def over_articles(make_assistant, shared_data, tmp_path_factory) -> Asked:
    folder = tmp_path_factory.mktemp("articles")
    names = ("Amazon_rainforest.txt", "Construction.txt")
    (folder / "seeds").mkdir()
    for name in names:
        shutil.copy(shared_data / "squad2" / "documents" / name, folder / "seeds")
    wanted = {f"documents/{name}" for name in names}
    found = cases(shared_data / "squad2" / "questions.jsonl")
    about = [case for case in found if set(case["sources"]) <= wanted]
    return ask(make_assistant(folder / "seeds", folder / "home"), about[:25])


@pytest.fixture(params=["over_the_seeds", "over_articles"])
def asked(request) -> Asked:
    return request.getfixturevalue(request.param)


def test_most_questions_are_answered_and_some_are_not(asked):
    _, answers = asked
    withheld = sum(answer.abstained for answer in answers)
    assert len(answers) >= 25
    assert withheld < len(answers) / 2


def test_every_quote_is_the_text_of_its_document_at_its_span(asked):
    assistant, answers = asked
    generation = assistant.searcher.generation()
    citations = [citation for answer in answers for citation in answer.citations]
    assert citations
    for citation in citations:
        document = generation.document(citation.document_id)
        assert citation.span.of(document.text) == citation.quote
        assert citation.quote == citation.quote.strip() != ""
        assert citation.page == document.page_at(citation.span.start)
        assert citation.title == document.title


def test_every_sentence_has_a_citation_and_is_supported_by_it(asked):
    _, answers = asked
    for answer in answers:
        known = {citation.number for citation in answer.citations}
        used = set()
        for sentence in answer.sentences:
            assert sentence.citations
            assert sentence.support >= SUPPORTED
            used.update(sentence.citations)
        assert used == known == set(range(1, len(known) + 1))


def test_an_answer_has_sentences_and_a_refusal_has_none_but_a_reason(asked):
    _, answers = asked
    for answer in answers:
        assert bool(answer.sentences) == bool(answer.citations) == (not answer.abstained)
        assert answer.text.strip()
        assert 0 <= answer.confidence <= 1


def test_the_same_question_has_the_same_answer(asked):
    assistant, answers = asked
    for answer in answers[:3]:
        again = assistant.ask(answer.question)
        assert (again.text, again.citations) == (answer.text, answer.citations)


LEASES = {
    "mietvertrag.txt": [
        "Die Kaution beträgt 900 Euro und ist bis zum 15. März 2026 an die Vermieterin zu zahlen.",
        "Die Wohnung liegt im 2. Stock und hat vier Zimmer.",
        "Die Heizung wird jedes Jahr gewartet.",
    ],
    "caretaker.txt": [
        "The caretaker of the house is reached at tel. 020 5550 1122 at night.",
        "The lift carries max. 8 persons at a time.",
        "The garden is open to all tenants.",
    ],
}


@pytest.fixture(scope="module")
def over_leases(make_assistant, tmp_path_factory) -> Assistant:
    folder = tmp_path_factory.mktemp("leases")
    (folder / "seeds").mkdir()
    for name, sentences in LEASES.items():
        (folder / "seeds" / name).write_text(" ".join(sentences), encoding="utf-8")
    return make_assistant(folder / "seeds", folder / "home")


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("Bis wann ist die Kaution zu zahlen?", "15. März 2026"),
        ("In welchem Stock liegt die Wohnung?", "2. Stock"),
        ("At which tel. is the caretaker reached?", "020 5550 1122"),
        ("How many persons does the lift carry?", "8 persons"),
    ],
)
def test_a_quote_is_a_whole_sentence_of_its_language(over_leases, question, value):
    quotes = [citation.quote for citation in over_leases.ask(question).citations]
    assert any(value in quote for quote in quotes)
    assert set(quotes) <= {sentence for sentences in LEASES.values() for sentence in sentences}
