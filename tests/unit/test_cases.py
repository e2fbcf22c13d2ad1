"""The user's own cases: appended whole, with ids of their own, and asked as a suite."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from eval.cases import add_case, cases_path, delete_case, load_cases, load_suite, own_suite
from eval.errors import SuiteError
from eval.types import Case
from index.errors import HomeError
from rag.settings import Settings
from rag.types import Message

CASE = Case(
    id="mine",
    question="Wann schließt der Hafen? \u2028 „genau“",
    answerable=True,
    answers=("21:00",),
    sources=("harbour.txt",),
    evidence=("closes at 21:00",),
    history=(Message("user", "Hello"), Message("assistant", "Ask me.")),
    kind="thumbs-down",
)


@pytest.fixture
def chosen(seeds, home) -> Settings:
    return Settings(seeds=seeds, home=home)


def test_without_cases_there_is_no_suite_of_ones_own(chosen):
    assert own_suite(chosen) is None
    path = cases_path(chosen.home)
    path.parent.mkdir(parents=True)
    path.write_text("")
    assert own_suite(chosen) is None


def test_an_added_case_is_asked_over_the_documents_folder(chosen):
    add_case(chosen.home, CASE)
    suite = own_suite(chosen)
    assert suite.name == "own"
    assert suite.documents == chosen.seeds
    assert suite.cases == (CASE,)


def test_a_line_has_the_form_of_a_suite(chosen):
    add_case(chosen.home, CASE)
    assert cases_path(chosen.home).read_text(encoding="utf-8") == (
        '{"id": "mine", "question": "Wann schließt der Hafen? \u2028 „genau“", "answers": '
        '["21:00"], "answerable": true, "sources": ["documents/harbour.txt"], "evidence": '
        '["closes at 21:00"], "history": [{"role": "user", "content": "Hello"}, '
        '{"role": "assistant", "content": "Ask me."}], "kind": "thumbs-down"}\n'
    )


def test_an_id_that_is_empty_or_taken_is_replaced(chosen):
    for name in ("mine", "mine", "", ""):
        add_case(chosen.home, replace(CASE, id=name))
    ids = [case.id for case in own_suite(chosen).cases]
    assert ids[0] == "mine"
    assert len(set(ids)) == 4
    assert all(ids)


def test_cases_added_at_the_same_time_are_all_kept(chosen):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: add_case(chosen.home, replace(CASE, id=f"c{n}")), range(40)))
    assert {case.id for case in own_suite(chosen).cases} == {f"c{n}" for n in range(40)}


def test_a_case_is_added_after_a_last_line_that_was_edited_by_hand(chosen):
    add_case(chosen.home, CASE)
    path = cases_path(chosen.home)
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    add_case(chosen.home, replace(CASE, id="second"))
    assert [case.id for case in load_cases(path)] == ["mine", "second"]


def test_a_damaged_line_is_named(chosen):
    add_case(chosen.home, CASE)
    path = cases_path(chosen.home)
    path.write_text(path.read_text() + "{broken\n")
    with pytest.raises(SuiteError, match=r"questions\.jsonl:2 is not a case"):
        own_suite(chosen)


def test_a_home_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(HomeError, match="your cases stay as they were"):
        add_case(tmp_path / "file", CASE)


def test_a_deleted_case_is_gone_and_the_other_lines_stay_as_they_are(chosen):
    for name in ("first", "second", "third"):
        add_case(chosen.home, replace(CASE, id=name))
    path = cases_path(chosen.home)
    path.write_text(path.read_text().replace('"id": "third"', '"note": "by hand", "id": "third"'))
    kept = [line for line in path.read_text().split("\n") if '"second"' not in line]
    assert delete_case(chosen.home, "second") == replace(CASE, id="second")
    assert path.read_text().split("\n") == kept
    assert delete_case(chosen.home, "second") is None
    for name in ("first", "third"):
        delete_case(chosen.home, name)
    assert own_suite(chosen) is None
    add_case(chosen.home, CASE)
    assert own_suite(chosen).cases == (CASE,)


@pytest.mark.parametrize("name", ["nowhere", "x" * 300])
def test_a_folder_that_is_no_suite_is_named(tmp_path, name):
    with pytest.raises(SuiteError, match=name):
        load_suite(tmp_path / name)
