"""Stored runs, and the evaluation that makes them: whole, listed, and ended when cancelled."""

from __future__ import annotations

import json
import shutil

import pytest

from eval.report import make_report
from eval.run import evaluate
from eval.store import SCHEMA, Runs, list_runs, load_run, made_by, store_run
from eval.types import Case, Suite
from index.errors import HomeError, RunCancelledError, SuiteError
from index.settings import Settings

CASES = (
    Case("yes", "When was the harbour of Lindal built?", True, ("1931",), ("harbour.txt",)),
    Case("no", "Who won the football match?", False),
)


@pytest.fixture
def report():
    return make_report(
        [], suite="small", generation="g", settings={"k": 5}, seconds=1.0, made_by=made_by()
    )


@pytest.fixture
def suite(write, seeds) -> Suite:
    write(seeds, {"harbour.txt": "The harbour of Lindal was built in 1931.\n"})
    return Suite("small", seeds, CASES)


def test_a_run_is_its_report_with_what_it_was_made_by(home, report):
    name = store_run(home, report)
    found = load_run(home, name)
    head = {key: found.pop(key) for key in ("schema", "run")}
    assert found == json.loads(json.dumps(report.as_json()))
    assert head["schema"] == SCHEMA
    assert head["run"] == name
    assert found["version"] == "0.1.0"
    assert len(found["code"]) == 12
    assert [path.name for path in (home / "runs").iterdir()] == [f"{name}.json"]


def test_runs_are_listed_the_newest_first(home, report):
    assert list_runs(home) == Runs()
    first = store_run(home, report)
    later = "29991231-235959000-abcd"
    values = json.loads((home / "runs" / f"{first}.json").read_text()) | {"run": later}
    (home / "runs" / f"{later}.json").write_text(json.dumps(values))
    assert [run.id for run in list_runs(home).stored] == [later, first]
    assert [run.id for run in list_runs(home, limit=1).stored] == [later]
    assert list_runs(home).stored[0].suite == "small"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("{", "is damaged"),
        ("[]", "is damaged"),
        ('{"schema": 1}', "is damaged"),
        ('{"schema": 99}', "has schema 99, this program reads 1"),
    ],
)
def test_a_file_that_is_no_run_is_named_and_the_others_are_listed(home, report, content, reason):
    good = store_run(home, report)
    bad = "20200101-000000000-abcd"
    (home / "runs" / f"{bad}.json").write_text(content)
    found = list_runs(home)
    assert [run.id for run in found.stored] == [good]
    assert found.unreadable[0][0] == f"{bad}.json"
    assert reason in found.unreadable[0][1]


@pytest.mark.parametrize("name", ["", "../CURRENT", "20200101-000000000-abcd", "x" * 300])
def test_a_run_that_there_is_not_is_an_error_in_words(home, name):
    with pytest.raises(SuiteError):
        load_run(home, name)


def test_a_home_that_cannot_be_written_is_named(tmp_path, report):
    (tmp_path / "file").write_text("")
    with pytest.raises(HomeError, match="the run is not kept"):
        store_run(tmp_path / "file", report)


def test_a_row_holds_what_a_reader_needs_to_judge_it(suite, home, real_embedder):
    settings = Settings(seeds=suite.documents, home=home)
    run = load_run(home, store_run(home, evaluate(settings, suite, embedder=real_embedder)))
    row = run["rows"][0]
    assert row["answers"] == ["1931"]
    assert row["citations"][0]["quote"] == "The harbour of Lindal was built in 1931."
    assert row["citations"][0]["relevant"]
    assert run["rows"][1]["abstained"]


def test_an_evaluation_is_ended_by_its_progress(suite, home, real_embedder):
    asked = []

    def progress(done: int, total: int) -> None:
        asked.append((done, total))
        raise RunCancelledError("cancelled")

    settings = Settings(seeds=suite.documents, home=home)
    with pytest.raises(RunCancelledError):
        evaluate(settings, suite, embedder=real_embedder, progress=progress)
    assert asked == [(1, 2)]
    assert list_runs(home) == Runs()


def test_an_evaluation_that_was_cancelled_while_indexing_can_be_run_again(
    suite, home, real_embedder
):
    settings = Settings(seeds=suite.documents, home=home)

    def cancelled(_: object) -> None:
        raise RunCancelledError("cancelled")

    with pytest.raises(RunCancelledError):
        evaluate(settings, suite, embedder=real_embedder, index_progress=cancelled)
    assert not (home / "eval" / "small" / "CURRENT").exists()
    assert len(evaluate(settings, suite, embedder=real_embedder).rows) == 2
    assert len(list((home / "eval" / "small" / "generations").iterdir())) == 1
    shutil.rmtree(home)
