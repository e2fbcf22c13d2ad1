"""Runs with the real model: what they hold, and that they can be cancelled."""

from __future__ import annotations

import shutil

import pytest

from eval.errors import RunCancelledError
from eval.run import evaluate
from eval.store import Runs, list_runs, load_run, store_run
from eval.types import Case, Suite
from rag.settings import Settings

CASES = (
    Case("yes", "When was the harbour of Lindal built?", True, ("1931",), ("harbour.txt",)),
    Case("no", "Who won the football match?", False),
)


@pytest.fixture
def suite(write, seeds) -> Suite:
    write(seeds, {"harbour.txt": "The harbour of Lindal was built in 1931.\n"})
    return Suite("small", seeds, CASES)


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
