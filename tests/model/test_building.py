"""The one build of the process: begun, followed, cancelled, and what is left of it."""

from __future__ import annotations

import multiprocessing
import sqlite3
import threading
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from index.builder.build import Builder
from index.errors import BuildCancelledError
from index.store.home import Home
from index.types import Progress
from rag.assemble import Services
from rag.settings import Settings
from ui.chat.work import QUESTIONS, Askers, BuildJob, FolderLook


@pytest.fixture
def gate() -> threading.Event:
    """Closed, it holds up whoever embeds."""
    opened = threading.Event()
    opened.set()
    return opened


@pytest.fixture
def services(seeds: Path, home: Path, embedder, gate, write) -> Services:
    """Services over four documents, whose embedder waits at the gate."""

    class Gated(type(embedder)):
        def embed(self, texts):
            assert gate.wait(60)
            return super().embed(texts)

    write(seeds, {f"{n}.txt": f"Leaf number {n} fell in the garden." for n in range(4)})
    made = Services(Settings(seeds=seeds, home=home))
    made.use_embedder(Gated())
    return made


def ended(building: BuildJob) -> str:
    deadline = time.monotonic() + 60
    while building.state.is_active and time.monotonic() < deadline:
        time.sleep(0.02)
    return building.state.phase


def readers() -> set[int | None]:
    return {c.pid for c in multiprocessing.active_children() if c.name == "footnote-reader"}


def wait_for(wanted) -> None:
    deadline = time.monotonic() + 60
    while not wanted():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_build_is_followed_to_its_end(services, home):
    building = BuildJob()
    assert building.state.phase == "idle"
    assert building.start(services)
    assert ended(building) == "done"
    state = building.state
    assert (state.number, state.progress.done, state.progress.total) == (1, 4, 4)
    assert state.report is not None
    assert len(state.report.plan.added) == 4
    assert len(Home(home).history()) == 1


def test_there_is_one_build_at_a_time(services, gate):
    building = BuildJob()
    gate.clear()
    assert building.start(services)
    assert not building.start(services)
    gate.set()
    assert ended(building) == "done"
    assert building.start(services)
    assert ended(building) == "done"
    assert building.state.number == 2


def test_a_cancelled_build_leaves_the_old_generation_and_nothing_else(services, seeds, home, gate):
    services.builder.build()
    before = Home(home).pointer()
    (seeds / "new.txt").write_text("A new leaf.")
    others, threads = readers(), threading.active_count()
    building = BuildJob()
    gate.clear()
    building.start(services)
    wait_for(lambda: readers() != others)
    building.cancel()
    assert building.state.cancelling
    gate.set()
    assert ended(building) == "cancelled"
    assert Home(home).pointer() == before
    assert services.builder.state().kind == "stale"
    assert [path.name for path in (home / "generations").iterdir()] == [before.current]
    wait_for(lambda: threading.active_count() == threads)
    assert readers() == others
    assert building.start(services)
    assert ended(building) == "done"
    assert services.builder.state().kind == "fresh"


def test_a_build_ended_by_its_progress_gives_up_what_is_read_ahead(
    make_builder, seeds, home, write
):
    write(seeds, {f"{n}.txt": f"Leaf number {n} fell in the garden." for n in range(30)})

    def note(progress: Progress) -> None:
        raise BuildCancelledError(f"cancelled at {progress.done}")

    builder: Builder = make_builder(seeds, home)
    with pytest.raises(BuildCancelledError, match="at 1"):
        builder.build(progress=note)
    assert Home(home).pointer() is None
    assert list((home / "generations").iterdir()) == []
    assert len(builder.build().plan.added) == 30


def test_vectors_that_a_cancelled_build_made_are_not_made_again(services, home, gate):
    building = BuildJob()
    gate.clear()
    building.start(services)
    building.cancel()
    gate.set()
    assert ended(building) == "cancelled"
    kept = sqlite3.connect(home / "vectors.db").execute("SELECT count(*) FROM vectors").fetchone()
    building.start(services)
    assert ended(building) == "done"
    assert building.state.report.reused == kept[0]


def test_cancelling_after_a_rollback_stays_at_the_earlier_generation(services, seeds, home, gate):
    services.builder.build()
    (seeds / "new.txt").write_text("A new leaf.")
    services.builder.build()
    Home(home).rollback()
    (seeds / "newer.txt").write_text("A newer leaf.")
    building = BuildJob()
    gate.clear()
    building.start(services)
    building.cancel()
    gate.set()
    assert ended(building) == "cancelled"
    assert services.builder.state().kind == "pinned"
    building.start(services)
    assert ended(building) == "done"
    assert services.builder.state().kind == "fresh"


def test_a_build_ends_a_rollback_to_what_the_folder_says(services, seeds, home):
    services.builder.build()
    (seeds / "new.txt").write_text("A new leaf.")
    services.builder.build()
    Home(home).rollback()
    (seeds / "new.txt").unlink()
    building = BuildJob()
    building.start(services)
    assert ended(building) == "done"
    assert services.builder.state().kind == "fresh"


def test_why_a_build_failed_is_said(services, seeds, home):
    for path in seeds.iterdir():
        path.unlink()
    building = BuildJob()
    building.start(services)
    assert ended(building) == "failed"
    assert "put files there" in building.state.error
    (seeds / "a.txt").write_text("A leaf.")
    home.write_text("not a folder")
    building.start(services)
    assert ended(building) == "failed"
    assert "choose another --home" in building.state.error


def test_a_build_of_another_process_is_named(services, home):
    building = BuildJob()
    with Home(home).lock(wait_s=0):
        building.start(services)
        assert ended(building) == "failed"
    assert "is being built" in building.state.error


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_look_serves_all_until_it_is_old(services, seeds):
    clock = Clock()
    looking = FolderLook(services, clock)
    first = looking.look()
    assert first.number == 1
    assert first.state.kind == "missing"
    (seeds / "new.txt").write_text("A new leaf.")
    assert looking.look() is first
    clock.now += 3
    second = looking.look()
    assert second.number == 2
    assert [one.seed for one in second.seeds if one.kind == "new"][-1] == "new.txt"
    clock.now += 3
    assert looking.look() is second


def test_a_new_generation_or_a_known_change_is_seen_at_once(services, seeds):
    looking = FolderLook(services, Clock())
    looking.look()
    services.builder.build()
    assert looking.look().state.kind == "fresh"
    (seeds / "new.txt").write_text("A new leaf.")
    assert looking.look().state.kind == "fresh"
    assert looking.again().state.kind == "stale"


def test_a_look_says_why_there_is_nothing_to_see(services, seeds):
    for path in seeds.iterdir():
        path.unlink()
    seeds.rmdir()
    look = FolderLook(services, Clock()).look()
    assert look.state is None
    assert "put your documents there" in look.error


def test_f12_the_number_of_a_look_is_there_at_once_while_somebody_looks(services, seeds):
    now = [0.0]
    looking = FolderLook(services, lambda: now[0])
    first = looking.look().number
    (seeds / "9.txt").write_text("A new leaf.")
    now[0] = 1000.0
    with looking._one:  # a look that takes its time
        began = time.monotonic()
        assert looking.number == first
        assert time.monotonic() - began < 1
    deadline = time.monotonic() + 30
    while looking.number == first:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_risk_16_what_several_threads_ask_for_at_once_is_made_once(services):
    came, made = threading.Barrier(8), []

    def ask() -> None:
        came.wait()
        made.append(services.builder)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(one) for one in made}) == 1


def test_f8_a_visitor_has_four_places_and_others_have_their_own():
    askers = Askers()
    with ExitStack() as open_ones:
        assert all(open_ones.enter_context(askers.place("ann")) for _ in range(QUESTIONS))
        with askers.place("ann") as is_free:
            assert not is_free
        assert open_ones.enter_context(askers.place("bob"))
    with askers.place("ann") as is_free:
        assert is_free


def test_f21_a_server_that_starts_stays_with_the_generation_that_was_gone_back_to(services, home):
    services.builder.build()
    (services.settings.seeds / "9.txt").write_text("A new leaf.")
    services.builder.build()
    earlier = Home(home).rollback().generation
    building = BuildJob()
    assert building.refresh(services)
    deadline = time.monotonic() + 60
    while building.state.is_active:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert building.state.phase == "idle"
    assert Home(home).pointer().current == earlier
    assert Home(home).pointer().pinned
