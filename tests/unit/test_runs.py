"""Stored runs, and the evaluation that makes them: whole, listed, and ended when cancelled."""

from __future__ import annotations

import importlib.metadata
import json

import pytest

from eval.errors import SuiteError
from eval.report import make_report
from eval.store import SCHEMA, Runs, list_runs, load_run, made_by, store_run
from index.errors import HomeError


@pytest.fixture
def report():
    return make_report(
        [], suite="small", generation="g", settings={"k": 5}, seconds=1.0, made_by=made_by()
    )


def test_a_run_is_its_report_with_what_it_was_made_by(home, report):
    name = store_run(home, report)
    found = load_run(home, name)
    head = {key: found.pop(key) for key in ("schema", "run")}
    assert found == json.loads(json.dumps(report.as_json()))
    assert head["schema"] == SCHEMA
    assert head["run"] == name
    assert found["version"] == importlib.metadata.version("footnote-rag")
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
