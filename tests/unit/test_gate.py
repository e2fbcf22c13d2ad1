"""The gate: falls beyond a tolerance and beyond chance, by measure, with the cases that turned."""

from __future__ import annotations

import pytest

from eval.cases import seeds_suite
from eval.errors import SuiteError
from eval.gate import baseline_of, parse_tolerances, regressions, shipped_baseline
from eval.report import make_report
from eval.store import load_report

WRONG, RIGHT = 0.0, 1.0


def row(name: str, value: float = RIGHT, **more) -> dict:
    """The row of an answerable case whose answer is right, wrong or in between."""
    return {
        "id": name,
        "question": f"What is {name}?",
        "answerable": True,
        "answers": ["x"],
        "sources": ["a.txt"],
        "evidence": ["It is x."],
        "abstained": False,
        "confidence": 0.5,
        "sentences": 1,
        "support": [1.0],
        "left_out": 0,
        "retrieval": {"hit@1": 1.0},
        "measures": {"contains": value, "f1": value, "exact": 0.0},
        "citations": [{"document": "a.txt", "exact": True, "relevant": True}],
        "latency_ms": 10.0,
        "alone": True,
        "tokens": {"prompt": 0, "written": 0},
        "error": None,
    } | more


def report(*rows: dict, suite: str = "small") -> dict:
    return make_report(rows, suite=suite, generation="g", settings={}, seconds=1.0).as_json()


def answered(*values: float, **more) -> dict:
    """A report of as many cases as there are values."""
    return report(*(row(f"case-{i:02}", value, **more) for i, value in enumerate(values, start=1)))


BEFORE = answered(*[RIGHT] * 20)


@pytest.mark.parametrize("turned", [0, 1, 2])
def test_one_or_two_cases_that_turned_are_chance(turned):
    assert regressions(answered(*[WRONG] * turned, *[RIGHT] * (20 - turned)), BEFORE) == []


def test_as_many_cases_that_got_better_as_worse_are_chance():
    before = answered(*[RIGHT] * 6, *[WRONG] * 6, *[RIGHT] * 8)
    assert regressions(answered(*[WRONG] * 6, *[RIGHT] * 14), before) == []


def test_a_systematic_fall_is_a_line_with_its_measure_and_the_cases_that_turned():
    lines = regressions(answered(*[WRONG] * 9, *[RIGHT] * 11), BEFORE)
    cases = ", ".join(f"case-{i:02}" for i in range(1, 10))
    assert lines[0] == (
        "answer contains: 1.000 before, 0.550 now over 20 cases (p 0.004; may get worse by 0.02)."
        f" Worse: {cases}"
    )
    assert [line.split(":")[0] for line in lines] == ["answer contains", "answer f1"]


def test_cases_are_named_the_worst_first_and_of_many_only_the_first():
    values = [0.5, *[0.25] * 12, WRONG, *[RIGHT] * 6]
    line = next(line for line in regressions(answered(*values), BEFORE) if " f1" in line)
    assert line.endswith("and 4 more")
    assert line.split("Worse: ")[1].startswith("case-14, case-02")


def test_every_question_that_fails_is_seen_by_the_answers():
    lost = {"error": "OSError: gone", "abstained": None, "citations": [], "retrieval": {}}
    lines = regressions(answered(*[WRONG] * 20, **lost), BEFORE)
    assert any(line.startswith("answer contains: 1.000 before, 0.000 now") for line in lines)


def test_cases_are_paired_by_id_whatever_their_order_and_however_many_are_asked():
    rows = BEFORE["rows"]
    worse = [row(r["id"], WRONG) for r in reversed(rows[:9])]
    for asked in ([*worse, *rows[9:]], worse):
        lines = regressions(report(*asked), BEFORE)
        assert lines[0].startswith("answer contains: 1.000 before")
        assert f"over {len(asked)} cases" in lines[0]
    other = [one | {"answers": ["y"]} for one in worse]  # judged anew: no fall of the program
    assert regressions(report(*other, *rows[9:]), BEFORE) == []


@pytest.mark.parametrize(
    ("tolerances", "names"),
    [
        ({"answer.f1": 0.5}, {"answer contains"}),
        ({"answer": 0.5}, set()),
        ({"": 0.5}, set()),
        ({"answer.contains": 0.0, "": 0.5}, {"answer contains"}),
    ],
)
def test_a_fall_within_its_tolerance_passes(tolerances, names):
    lines = regressions(answered(*[WRONG] * 9, *[RIGHT] * 11), BEFORE, tolerances)
    assert {line.split(":")[0] for line in lines if line.startswith("answer")} == names


def test_times_and_a_models_judgement_are_gated_only_where_they_are_named():
    slow = {"latency_ms": 900.0, "judged": {"relevancy": 0.0, "faithfulness": None}}
    before = answered(*[RIGHT] * 20, judged={"relevancy": 1.0, "faithfulness": None})
    now = answered(*[RIGHT] * 20, **slow)
    assert regressions(now, before, {"": 0.1}) == []
    lines = regressions(now, before, {"latency_ms.p50": 50, "judged.relevancy": 0.1})
    assert [line.split(":")[0] for line in lines] == ["latency_ms p50", "judged relevancy"]


def test_what_is_lower_when_better_falls_by_rising():
    sure = [row(f"case-{i}", WRONG, citations=[], confidence=0.9) for i in range(20)]
    unsure = [one | {"confidence": 0.1} for one in sure]
    lines = regressions(report(*sure), report(*unsure))
    assert "calibration brier" in {line.split(":")[0] for line in lines}
    assert regressions(report(*unsure), report(*sure)) == []


def test_a_search_alone_is_gated_by_what_it_measures():
    searched = {"abstained": None, "confidence": None, "measures": {}, "citations": []}
    now = answered(*[RIGHT] * 20, retrieval={"hit@1": 0.0}, **searched)
    assert regressions(now, BEFORE)[0].startswith("retrieval hit@1: 1.000 before, 0.000 now")
    assert regressions(answered(*[RIGHT] * 20, **searched), BEFORE, {"citation": 1.0}) == []


def test_a_baseline_may_hold_its_tolerances_and_those_given_come_first():
    before = BEFORE | {"tolerances": {"answer": 0.5}}
    now = answered(*[WRONG] * 9, *[RIGHT] * 11)
    assert not any(line.startswith("answer") for line in regressions(now, before))
    named = regressions(now, before, {"answer.f1": 0.01})
    assert any(line.startswith("answer f1") for line in named)


def test_a_written_baseline_gates_as_the_report_that_it_is_of():
    written = baseline_of(BEFORE)
    now = answered(*[WRONG] * 9, *[RIGHT] * 11)
    assert regressions(now, written) == regressions(now, BEFORE)
    assert regressions(BEFORE, written) == []
    assert "latency_ms" not in written["measures"]
    with pytest.raises(SuiteError, match=r"no measure 'latency_ms\.p50'"):
        regressions(now, written, {"latency_ms.p50": 50})


def test_answers_that_lose_their_short_answer_are_seen_with_a_written_baseline():
    before = answered(*[RIGHT] * 20, short_answer={"text": "x", "exact": 1.0, "f1": 1.0})
    rows = [one | {"short_answer": None} for one in before["rows"][:9]] + before["rows"][9:]
    written = baseline_of(before)
    lines = regressions(report(*rows), written)
    assert any(line.startswith("short_answer given: 1.000 before, 0.550 now") for line in lines)
    for row in written["rows"]:  # a baseline that was written before they were kept
        del row["short_answer"]
    assert not any("short_answer" in line for line in regressions(report(*rows), written))


def test_a_case_that_is_asked_without_a_document_is_paired_with_itself():
    before, after = (answered(*[value] * 20, without=["b.txt"]) for value in (RIGHT, WRONG))
    assert regressions(after, baseline_of(before))


def test_what_does_not_belong_together_is_an_error():
    with pytest.raises(SuiteError, match="of the suite other"):
        regressions(BEFORE, report(row("case-01"), suite="other"))
    with pytest.raises(SuiteError, match=r"no measure 'answer\.f2'"):
        regressions(BEFORE, BEFORE, {"answer.f2": 0.1})
    with pytest.raises(SuiteError, match="no case in common"):
        regressions(report(row("other")), BEFORE)


def test_a_baseline_without_rows_is_an_error_with_the_remedy():
    for rows in ({}, {"rows": []}):
        older = {"suite": "small", "measures": BEFORE["measures"]} | rows
        with pytest.raises(SuiteError, match="--write-baseline FILE"):
            regressions(BEFORE, older)


def test_the_shipped_baseline_holds_a_row_for_each_shipped_case_as_it_is_judged_now(repo):
    rows = {row["id"]: row for row in load_report(shipped_baseline(None))["rows"]}
    cases = seeds_suite(repo / "seeds").cases
    assert list(rows) == [case.id for case in cases]
    for case in cases:
        held = rows[case.id]
        assert held["question"] == case.question
        assert held["answerable"] == case.answerable
        judged = (case.answers, case.sources, case.evidence)
        assert tuple(tuple(held[k]) for k in ("answers", "sources", "evidence")) == judged


@pytest.mark.parametrize("text", ["answer.f1", "answer.f1=", "answer.f1=much", ""])
def test_a_tolerance_that_is_none_is_an_error(text):
    with pytest.raises(SuiteError, match="is no tolerance"):
        parse_tolerances([text])
