"""The cases over the seeds and the small suite: whole, balanced, judged by what documents say."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from eval.cases import load_suite, seeds_suite
from eval.measures import contains, normalised
from eval.types import Case, Suite
from index.loaders import load_seed
from index.text.words import content_terms

UNANSWERABLE = {
    "seeds": {"near-miss", "unanswerable"},
    "small": {"near-miss", "absent", "false-premise"},
}
"""What the documents treat but do not answer, and what is far from them or not so."""


@pytest.fixture(scope="module", params=["seeds", "small"])
def suite(request: pytest.FixtureRequest, repo: Path) -> Suite:
    if request.param == "seeds":
        return seeds_suite(repo / "seeds")
    return load_suite(repo / "eval" / "small")


@pytest.fixture(scope="module")
def cases(suite: Suite) -> tuple[Case, ...]:
    return suite.cases


@pytest.fixture(scope="module")
def answerable(cases) -> list[Case]:
    return [case for case in cases if case.answerable]


@pytest.fixture(scope="module")
def text_by_name(suite: Suite) -> dict[str, str]:
    """The extracted text of each source, white space as single spaces (lines of a PDF)."""
    names = {name for case in suite.cases for name in case.sources}
    loaded = {name: load_seed(name, (suite.documents / name).read_bytes(), "") for name in names}
    return {name: spaced(loaded[name].documents[0].text) for name in names}


def spaced(text: str) -> str:
    return " ".join(text.split())


def test_a_third_of_120_cases_is_not_answered_by_the_documents(cases, answerable):
    assert (len(cases), len(answerable)) == (120, 80)
    assert len({case.id for case in cases}) == 120
    asked = Counter(normalised(case.question) for case in cases)
    assert [question for question, count in asked.items() if count > 1] == []


def test_every_kind_has_several_cases_and_no_kind_is_both_answerable_and_not(suite):
    unanswerable = UNANSWERABLE[suite.name]
    counts = Counter((case.kind, case.answerable) for case in suite.cases)
    assert {kind for kind, is_answerable in counts if not is_answerable} == unanswerable
    assert not {kind for kind, is_answerable in counts if is_answerable} & unanswerable
    assert min(counts.values()) >= 3
    assert counts["near-miss", False] == max(counts[kind, False] for kind in unanswerable)


def test_an_answerable_case_is_judged_and_an_unanswerable_one_has_nothing_to_judge(cases):
    for case in cases:
        judged = [bool(values) for values in (case.answers, case.sources, case.evidence)]
        assert judged == [case.answerable] * 3, case.id


def test_every_evidence_stands_in_a_source_and_every_source_holds_evidence(
    answerable, text_by_name
):
    for case in answerable:
        holding = [
            {name for name in case.sources if spaced(evidence) in text_by_name[name]}
            for evidence in case.evidence
        ]
        assert all(holding), case.id
        assert set().union(*holding) == set(case.sources), case.id


def test_every_accepted_answer_occurs_in_the_evidence(answerable):
    for case in answerable:
        evidence = " ".join(case.evidence)
        missing = [answer for answer in case.answers if not contains(evidence, [answer])]
        if case.kind == "yes-no":  # a yes or no is what the evidence amounts to
            assert len(missing) <= 1, case.id
        else:
            assert missing == [], case.id


@pytest.mark.parametrize("suite", ["seeds"], indirect=True)
def test_a_comparison_needs_two_documents(cases, text_by_name):
    comparisons = [case for case in cases if case.kind == "comparison"]
    assert len(comparisons) >= 10
    for case in comparisons:
        assert len(case.sources) >= 2, case.id
        for evidence in case.evidence:
            assert sum(spaced(evidence) in text_by_name[name] for name in case.sources) == 1


@pytest.mark.parametrize("suite", ["seeds"], indirect=True)
def test_a_follow_up_has_a_conversation_that_ends_with_an_answer(cases):
    follow_ups = [case for case in cases if case.history]
    assert sum(not case.answerable for case in follow_ups) >= 4
    assert {case.kind for case in follow_ups} == {"followup", "near-miss"}
    assert all(case.history for case in cases if case.kind == "followup")
    for case in follow_ups:
        roles = [message.role for message in case.history]
        assert roles == ["user", "assistant"] * (len(roles) // 2), case.id


def test_the_file_is_one_object_a_line_with_ids_that_go_on(repo, suite, cases):
    lines = (repo / "eval" / suite.name / "questions.jsonl").read_text(encoding="utf-8").split("\n")
    assert lines.pop() == ""
    assert [json.loads(line)["id"] for line in lines] == [case.id for case in cases]
    numbers: dict[str, list[int]] = {}
    for case in cases:
        name, _, number = case.id.rpartition("-")
        numbers.setdefault(name, []).append(int(number))
    assert all(found == list(range(1, len(found) + 1)) for found in numbers.values())


@pytest.mark.parametrize("suite", ["small"], indirect=True)
def test_the_small_documents_are_short_and_each_is_asked_about(cases, suite, text_by_name):
    documents = sorted(path.name for path in suite.documents.iterdir())
    assert len(documents) == 24
    assert sorted(text_by_name) == documents
    for name in documents:
        lines = (suite.documents / name).read_text("utf-8").split("\n")
        assert 3 <= sum(map(bool, lines)) <= 8, name


@pytest.mark.parametrize("suite", ["small"], indirect=True)
def test_few_small_questions_repeat_the_words_of_their_evidence(answerable):
    """A question that is its sentence turned round is found by any search."""
    repeating = [
        case.id
        for case in answerable
        if len(asked := set(content_terms(case.question))) > 1
        and len(asked & set(content_terms(" ".join(case.evidence)))) > 0.75 * len(asked)
    ]
    assert len(repeating) <= 4, repeating
