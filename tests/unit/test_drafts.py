"""Drafts on disk: decided in the window or by hand, never proposed again, never lost."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from eval.cases import cases_path, delete_case, own_suite
from eval.draft import Draft
from eval.drafts_file import accept_marked, decide, drafts_path, load_drafts, write_drafts
from eval.errors import SuiteError
from eval.types import Case
from index.errors import HomeError
from rag.settings import Settings


def draft(n: int, **changes: object) -> Draft:
    case = Case(
        id=f"draft-{n}",
        question=f"When did pier {n} of „Lindal“ \u2028 open?",
        answerable=True,
        answers=("1931",),
        sources=("harbour.md",),
        evidence=(f"Pier {n} opened in 1931.",),
        kind="fact",
    )
    made = Draft(case, "harbour.md", 10 * n, 10 * n + 9, "template", "Asks when.")
    return replace(made, case=replace(case, **changes))


def own(home) -> dict[str, Case]:
    suite = own_suite(Settings(home=home))
    return {case.id: case for case in suite.cases} if suite else {}


def states(home) -> dict[str, str]:
    return {line.draft.case.id: line.state for line in load_drafts(home)}


def rewrite(home, change) -> None:
    """As a person with an editor does."""
    path = drafts_path(home)
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]
    path.write_text("\n".join(json.dumps(change(line)) for line in lines), encoding="utf-8")


def test_there_are_none_without_a_file(home):
    assert load_drafts(home) == ()
    assert accept_marked(home) == ()


def test_drafts_come_back_as_they_were_written(home):
    assert write_drafts(home, [draft(1), draft(2)]) == 2
    assert [line.draft for line in load_drafts(home)] == [draft(1), draft(2)]
    assert states(home) == {"draft-1": "draft", "draft-2": "draft"}


def test_a_line_is_a_case_with_its_state_and_place(home):
    write_drafts(home, [draft(1, question="When did it open?")])
    assert json.loads(drafts_path(home).read_text()) == {
        "id": "draft-1",
        "question": "When did it open?",
        "answers": ["1931"],
        "answerable": True,
        "sources": ["documents/harbour.md"],
        "evidence": ["Pier 1 opened in 1931."],
        "history": [],
        "kind": "fact",
        "state": "draft",
        "document": "harbour.md",
        "span": [10, 19],
        "made_by": "template",
        "why": "Asks when.",
    }


def test_a_line_names_the_documents_that_its_case_is_asked_without(home):
    write_drafts(home, [draft(1, answerable=False, without=("harbour.md",))])
    assert json.loads(drafts_path(home).read_text())["without"] == ["harbour.md"]
    decide(home, "draft-1", "accepted")
    assert own(home)["draft-1"].without == ("harbour.md",)


def test_what_was_decided_is_kept_and_not_proposed_again(home):
    write_drafts(home, [draft(1), draft(2), draft(3)])
    decide(home, "draft-1", "accepted", edited=draft(1, question="Since when?").case)
    decide(home, "draft-2", "rejected")
    again = [draft(1), draft(2, id="other"), draft(3), draft(4)]
    assert write_drafts(home, again) == 1
    assert states(home) == {
        "draft-1": "accepted",
        "draft-2": "rejected",
        "draft-3": "draft",
        "draft-4": "draft",
    }


def test_an_accepted_draft_becomes_one_of_the_own_cases_as_it_was_edited(home):
    write_drafts(home, [draft(1), draft(2)])
    decide(home, "draft-1", "accepted")
    line = decide(home, "draft-2", "accepted", edited=draft(9, question="Since when?").case)
    assert own(home)["draft-1"] == draft(1).case
    assert own(home)["draft-2"] == replace(draft(9).case, id="draft-2", question="Since when?")
    assert line == load_drafts(home)[1]
    assert line.draft.case.question == "Since when?"


def test_accepting_again_replaces_the_case(home):
    write_drafts(home, [draft(1)])
    decide(home, "draft-1", "accepted")
    decide(home, "draft-1", "accepted", edited=draft(1, answers=("1932",)).case)
    assert own(home)["draft-1"].answers == ("1932",)
    assert len(own(home)) == 1


@pytest.mark.parametrize("state", ["draft", "rejected"])
def test_a_decision_can_be_taken_back(home, state):
    write_drafts(home, [draft(1)])
    decide(home, "draft-1", "accepted")
    decide(home, "draft-1", state)
    assert own(home) == {}
    assert states(home) == {"draft-1": state}
    decide(home, "draft-1", "accepted")
    assert set(own(home)) == {"draft-1"}


def test_a_draft_that_is_not_there_is_an_error(home):
    write_drafts(home, [draft(1)])
    with pytest.raises(SuiteError, match="no draft 'draft-7'"):
        decide(home, "draft-7", "accepted")


def test_what_was_accepted_by_hand_is_added_once(home):
    write_drafts(home, [draft(1), draft(2)])
    edits = {"state": "accepted", "note": 1}
    rewrite(home, lambda v: v | edits | {"question": f"Since when?{v['id']}"})
    assert [case.id for case in accept_marked(home)] == ["draft-1", "draft-2"]
    assert accept_marked(home) == ()
    assert own(home)["draft-1"].question == "Since when?draft-1"
    assert all('"note": 1' in line for line in drafts_path(home).read_text().splitlines())


def test_a_case_that_was_deleted_does_not_come_back(home):
    write_drafts(home, [draft(1)])
    decide(home, "draft-1", "accepted")
    delete_case(home, "draft-1")
    assert accept_marked(home) == ()
    assert own(home) == {}


def test_a_case_that_is_there_already_is_not_added_again(home):
    write_drafts(home, [draft(1)])
    decide(home, "draft-1", "accepted")
    rewrite(home, lambda v: {k: x for k, x in v.items() if k != "added"})  # a crash between
    assert accept_marked(home) == ()
    assert len(own(home)) == 1


@pytest.mark.parametrize(
    "damage",
    [
        "not json",
        "[]",
        "{}",
        {"state": "yes"},
        {"span": [9, 3]},
        {"span": [1]},
        {"span": ["a", "b"]},
        {"answerable": "false"},
        {"question": ""},
        {"answers": "1931"},
        {"sources": [1]},
        {"id": "draft-1"},
        {"history": [{"role": "user"}]},
    ],
)
def test_a_damaged_line_is_told_with_its_number_and_nothing_is_changed(home, damage):
    write_drafts(home, [draft(1), draft(2)])
    rewrite(home, lambda v: v | {"state": "accepted"})
    path = drafts_path(home)
    first, second = path.read_text(encoding="utf-8").split("\n")
    if isinstance(damage, dict):
        damage = json.dumps(json.loads(second) | damage)
    path.write_text(f"{first}\n\n{damage}\n", encoding="utf-8")
    before = path.read_bytes()
    for change in (
        lambda: load_drafts(home),
        lambda: accept_marked(home),
        lambda: decide(home, "draft-1", "rejected"),
        lambda: write_drafts(home, [draft(3)]),
    ):
        with pytest.raises(SuiteError, match=r"draft\.jsonl:3 "):
            change()
    assert path.read_bytes() == before
    assert not cases_path(home).exists()


def test_a_file_of_other_bytes_is_told(home):
    write_drafts(home, [draft(1)])
    drafts_path(home).write_bytes(b"\xff\xfe")
    with pytest.raises(SuiteError, match="UTF-8"):
        load_drafts(home)


def test_own_cases_that_are_damaged_leave_the_drafts_alone(home):
    write_drafts(home, [draft(1)])
    cases_path(home).write_text("not json\n")
    before = drafts_path(home).read_bytes()
    with pytest.raises(SuiteError):
        decide(home, "draft-1", "accepted")
    assert drafts_path(home).read_bytes() == before


def test_two_writers_lose_nothing(home):
    with ThreadPoolExecutor(8) as pool:
        counts = list(pool.map(lambda n: write_drafts(home, [draft(n), draft(n + 1)]), range(12)))
        assert sum(counts) == 13
        names = list(states(home))
        list(pool.map(lambda name: decide(home, name, "accepted"), names))
    assert set(own(home)) == set(names)
    assert set(states(home).values()) == {"accepted"}


def test_a_home_that_cannot_be_written_is_told(home):
    home.parent.mkdir(parents=True, exist_ok=True)
    home.write_text("a file")
    with pytest.raises(HomeError):
        write_drafts(home, [draft(1)])
