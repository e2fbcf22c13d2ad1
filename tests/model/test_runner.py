"""Asking a suite: several at a time changes nothing, and an interrupted run goes on."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from eval.errors import RunCancelledError
from eval.journal import Journal
from eval.run import CountingModel, evaluate, run_suite
from eval.types import Case, Suite
from rag.settings import Settings

CASES = (
    Case(
        "built",
        "When was the harbour of Lindal built?",
        True,
        ("1931",),
        ("harbour.txt",),
        ("The harbour of Lindal was built in 1931.",),
    ),
    Case("master", "Who is the harbour master?", True, ("Anna Berg",), ("harbour.txt",)),
    *(Case(f"no-{n}", f"Who won football match {n}?", False) for n in range(20)),
)
TIMES = ("latency_ms", "alone")


@pytest.fixture
def suite(write, seeds) -> Suite:
    text = "The harbour of Lindal was built in 1931. The harbour master is Anna Berg.\n"
    write(seeds, {"harbour.txt": text})
    return Suite("small", seeds, CASES)


class Interrupted:
    """Ends a run after so many questions."""

    def __init__(self, after: int) -> None:
        self.after = after
        self.seen: list[int] = []

    def __call__(self, done: int, total: int) -> None:
        self.seen.append(done)
        if len(self.seen) == self.after:
            raise RunCancelledError("interrupted")


def without_times(rows) -> list[dict]:
    return [{k: v for k, v in row.items() if k not in TIMES} for row in rows]


def test_identical_runs_give_identical_numbers_however_many_are_asked_at_a_time(
    suite, home, real_embedder, monkeypatch
):
    settings = Settings(seeds=suite.documents, home=home)
    reports = []
    for workers in (1, 4):
        monkeypatch.setattr("eval.run.available_processors", lambda workers=workers: workers)
        reports.append(evaluate(settings, suite, embedder=real_embedder))
    assert without_times(reports[0].rows) == without_times(reports[1].rows)
    assert [row["alone"] for row in reports[0].rows] == [True] * 22
    assert sum(row["alone"] for row in reports[1].rows) == 20
    assert reports[1].measures["latency_ms"]["p50"].n == 20
    named = reports[0].rows[0]["evidence_spans"]
    assert named == [{"document": "harbour.txt", "start": 0, "end": 40}]


def test_an_interrupted_run_goes_on_where_it_ended(suite, home, real_embedder):
    settings = Settings(seeds=suite.documents, home=home)
    whole = evaluate(settings, suite, embedder=real_embedder)
    asked = home / "eval" / "small" / "asked.jsonl"
    assert not asked.exists()
    with pytest.raises(RunCancelledError):
        evaluate(settings, suite, embedder=real_embedder, progress=Interrupted(7))
    assert len(asked.read_text().splitlines()) == 1 + 7
    again = Interrupted(0)
    report = evaluate(settings, suite, embedder=real_embedder, progress=again)
    assert again.seen == [7, *range(8, 23)]
    assert without_times(report.rows) == without_times(whole.rows)
    assert not asked.exists()


@pytest.mark.parametrize("change", ["documents", "settings", "case", "line"])
def test_rows_are_used_again_only_when_all_they_rest_on_is_the_same(
    suite, home, real_embedder, write, change
):
    settings = Settings(seeds=suite.documents, home=home)
    with pytest.raises(RunCancelledError):
        evaluate(settings, suite, embedder=real_embedder, progress=Interrupted(5))
    kept = 0
    if change == "documents":
        write(suite.documents, {"harbour.txt": "The harbour of Lindal was built in 1932.\n"})
    elif change == "settings":
        settings = settings.model_copy(update={"k": 3})
    elif change == "case":
        suite = replace(suite, cases=(replace(CASES[0], answers=("1932",)), *CASES[1:]))
        kept = 4
    else:
        path = home / "eval" / "small" / "asked.jsonl"
        path.write_bytes(path.read_bytes()[:-30])  # it was being written
        kept = 4
    again = Interrupted(0)
    evaluate(settings, suite, embedder=real_embedder, progress=again)
    assert again.seen[0] == (kept or 1)


class Failing:
    """Stands where an asker does and fails on one case."""

    def row(self, case: Case, *, alone: bool) -> dict:
        return {"id": case.id, "alone": alone, "error": "no" if case.id == "no-3" else None}


def test_rows_come_in_the_order_of_the_cases_and_each_is_kept_as_it_comes(suite):
    kept: list[dict] = []
    rows = run_suite(suite, Failing(), workers=3, keep=kept.append)
    assert [row["id"] for row in rows] == [case.id for case in suite.cases]
    assert sorted(row["id"] for row in kept) == sorted(case.id for case in suite.cases)


def test_a_failure_is_asked_again(suite, tmp_path):
    journal = Journal(tmp_path, {"k": 5})
    row = {key: value for key, value in CASES[0].as_json().items() if key != "sources"}
    rows = {
        "built": row | {"sources": ["harbour.txt"], "error": None},
        "master": {"id": "master", "error": "ValueError: no"},
    }
    with journal.writing(rows):
        pass
    assert list(journal.rows(suite)) == ["built"]
    assert Journal(tmp_path, {"k": 6}).rows(suite) == {}


class Echo:
    name = "echo"

    def stream(self, system: str, user: str):
        yield from (f"{word} " for word in user.split())


def test_tokens_are_counted_by_the_question():
    model = CountingModel(Echo(), str.split)
    assert "".join(model.stream("Say it. ", "one two")) == "one two "
    next(model.stream("", "three four five"))  # closed after its first word
    assert model.take() == {"prompt": 7, "written": 3}
    assert model.take() == {"prompt": 0, "written": 0}


def test_a_report_is_json(suite, home, real_embedder):
    settings = Settings(seeds=suite.documents, home=home)
    report = evaluate(settings, suite.limited(1), embedder=real_embedder).as_json()
    assert json.loads(json.dumps(report)) == report
    assert set(report["documents"]) == {"harbour.txt"}
    assert set(report["measures"]) == {
        "retrieval",
        "answer",
        "short_answer",
        "citation",
        "faithfulness",
        "abstention",
        "calibration",
        "latency_ms",
        "tokens",
    }
