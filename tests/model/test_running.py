"""The evaluation of a process: one at a time, followed, cancelled, and its failure in words."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from eval.store import list_runs, load_run
from eval.types import Case, Suite
from rag.assemble import Services
from rag.settings import Settings
from ui.chat.running import Running, RunState

CASES = (
    Case("yes", "When was the harbour of Lindal built?", True, ("1931",), ("harbour.txt",)),
    *(Case(f"no-{n}", f"Who won the football match {n}?", False) for n in range(30)),
)


@pytest.fixture(scope="module")
def suite(tmp_path_factory) -> Suite:
    documents = tmp_path_factory.mktemp("small")
    (documents / "harbour.txt").write_text("The harbour of Lindal was built in 1931.\n")
    return Suite("small", documents, CASES)


@pytest.fixture(scope="module")
def services(suite, tmp_path_factory, real_embedder) -> Services:
    home = tmp_path_factory.mktemp("services") / "home"
    made = Services(Settings(seeds=suite.documents, home=home))
    made.use_embedder(real_embedder)
    return made


def until(running: Running, wanted) -> RunState:
    """The first state that is wanted, by looking often."""
    deadline = time.monotonic() + 60
    while not wanted(running.state):
        assert time.monotonic() < deadline, running.state
        time.sleep(0.01)
    return running.state


def ended(running: Running) -> RunState:
    return until(running, lambda state: not state.is_active)


def test_nothing_runs_at_first():
    assert Running().state == RunState()
    assert not RunState().is_active


def test_a_run_is_followed_and_kept(services, suite):
    running = Running()
    assert running.start(services, replace(suite, cases=CASES[:3]))
    assert running.state.is_active
    asking = until(running, lambda state: state.phase == "asking" and state.done > 1)
    assert (asking.number, asking.suite, asking.total) == (1, "small", 3)
    state = ended(running)
    assert (state.phase, state.done, state.error) == ("done", 3, "")
    assert (
        load_run(services.settings.home, state.run)["rows"][0]["answer"]
        .removeprefix("1931 [1]\n\n")
        .startswith("The harbour of Lindal")
    )


def test_a_second_run_waits_for_the_end_of_the_first(services, suite):
    running = Running()
    assert running.start(services, suite)
    assert not running.start(services, suite)
    running.cancel()
    assert ended(running).phase == "cancelled"
    assert running.start(services, replace(suite, cases=CASES[:1]))
    state = ended(running)
    assert (state.number, state.phase, state.cancelling) == (2, "done", False)


def test_a_run_that_is_cancelled_while_asking_is_not_kept(services, suite):
    running, before = Running(), list_runs(services.settings.home)
    running.start(services, suite)
    until(running, lambda state: state.phase == "asking")
    running.cancel()
    assert running.state.cancelling
    state = ended(running)
    assert state.phase == "cancelled"
    assert state.done < len(CASES)
    assert list_runs(services.settings.home) == before


def test_nothing_is_cancelled_when_nothing_runs():
    running = Running()
    running.cancel()
    assert running.state == RunState()


def test_a_failure_is_told_in_words(services, suite):
    running = Running()
    running.start(services, replace(suite, documents=suite.documents / "elsewhere"))
    state = ended(running)
    assert state.phase == "failed"
    assert "elsewhere" in state.error


def test_a_bug_ends_the_run_too(services, suite):
    running = Running()
    running.start(services, replace(suite, documents=None))
    state = ended(running)
    assert state.phase == "failed"
    assert "an error in the program" in state.error
    assert running.start(services, replace(suite, cases=CASES[:1]))
    assert ended(running).phase == "done"


def test_the_time_that_is_left_is_told_by_the_pace_of_the_questions(services, suite):
    now = [0.0]
    left = []

    def clock() -> float:
        now[0] += 2.0
        left.append(running.state.left_s)
        return now[0]

    running = Running(clock)
    running.start(services, replace(suite, cases=CASES[:4]))
    assert ended(running).left_s == 0.0
    assert left[1:] == [None, 4.0, 2.0]  # before it, what indexing left
