"""Builds: what is done and what is not, generations, failures, crashes and two at once."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import docx
import pytest

from index.builder.build import Builder, IndexReport
from index.builder.writer import Tools
from index.errors import (
    DocumentMissingError,
    IndexLockedError,
    IndexMismatchError,
    IndexMissingError,
    IndexSchemaError,
    SeedsError,
)
from index.search import Searcher
from index.store.catalog import Catalog
from index.store.home import Home, read_document
from index.store.manifest import SCHEMA
from index.text.sentences import SENTENCES_VERSION
from rag.settings import Settings

SUMMIT = "Lee met Xi in Gyeongju. They spoke about North Korea."
SWAP = "# Swap\n\nThe currency swap was renewed.\n\n## Size\n\nIts size is 70 trillion won.\n"
BELL = "The bell of King Seongdeok weighs 18.9 tons."


@pytest.fixture
def build(make_builder, seeds: Path, home: Path) -> Callable[..., IndexReport]:
    """``build(force=..., embedder=..., **settings)``."""

    def run(*, force: bool = False, **flags: object) -> IndexReport:
        return make_builder(seeds, home, **flags).build(force=force)

    return run


@pytest.fixture
def built(build, write, seeds) -> IndexReport:
    """Two documents, three chunks."""
    write(seeds, {"summit.txt": SUMMIT, "swap.md": SWAP})
    return build()


@pytest.fixture(params=[0, 30], ids=["written anew", "copied"])
def others(request, write, seeds) -> None:
    """Without other documents a change is most of the index; beside thirty it is a small part."""
    for i in range(request.param):
        write(seeds, {f"other/{i:02}.txt": f"{i} leaves fell in garden {i + 50}."})


@pytest.fixture
def find(make_searcher, home) -> Callable[[str], list[str]]:
    """The ids of the documents that a fresh reader finds for a query, best first."""

    def search(query: str) -> list[str]:
        found = make_searcher(home).search(query, k=50)
        return list(dict.fromkeys(p.chunk.document_id for p in found.passages))

    return search


def directories(home: Path) -> set[str]:
    return {path.name for path in (home / "generations").iterdir()}


def ids(seeds_of_plan) -> list[str]:
    return [seed.id for seed in seeds_of_plan]


# What is done


def test_a_first_build_indexes_everything(built, home, find):
    assert built.published
    assert ids(built.plan.added) == ["summit.txt", "swap.md"]
    assert (built.chunks, built.embedded, built.reused, built.failed) == (3, 3, 0, ())
    assert directories(home) == {built.generation}
    assert find("currency swap")[0] == "swap.md"
    assert read_document(Home(home), "summit.txt").text == SUMMIT


def test_a_second_build_does_nothing_and_loads_nothing(built, home, seeds):
    def no_tools():
        raise AssertionError("nothing to do, so nothing to load")

    before = (home / "CURRENT").read_bytes()
    report = Builder(Settings(seeds=seeds, home=home), Tools(no_tools, no_tools)).build()
    assert not report.published
    assert (report.generation, report.chunks) == (built.generation, 3)
    assert ids(report.plan.unchanged) == ["summit.txt", "swap.md"]
    assert (home / "CURRENT").read_bytes() == before


def test_touching_a_file_changes_nothing(built, build, seeds):
    os.utime(seeds / "summit.txt", (1, 1))
    assert not build().published


def test_an_added_file_is_embedded_and_found(others, built, build, write, seeds, find):
    write(seeds, {"places/bell.txt": BELL})
    report = build()
    assert ids(report.plan.added) == ["places/bell.txt"]
    assert (report.embedded, report.chunks) == (1, built.chunks + 1)
    assert find("king bell tons")[0] == "places/bell.txt"
    assert find("currency swap")[0] == "swap.md"


def test_of_a_changed_file_only_the_changed_section_is_embedded(
    others, built, build, write, seeds, home, embedder
):
    del embedder.embedded[:]
    write(seeds, {"swap.md": SWAP.replace("70 trillion", "80 billion")})
    report = build()
    assert ids(report.plan.changed) == ["swap.md"]
    assert (report.embedded, report.chunks) == (1, built.chunks)
    assert embedder.embedded == ["## Size\n\nIts size is 80 billion won."]
    text = read_document(Home(home), "swap.md").text
    assert "80 billion" in text
    assert "70 trillion" not in text


def test_a_renamed_file_is_not_embedded_again(others, built, build, seeds, embedder, find):
    del embedder.embedded[:]
    (seeds / "moved").mkdir()
    (seeds / "swap.md").rename(seeds / "moved" / "currency.md")
    report = build()
    assert [(old, seed.id) for old, seed in report.plan.renamed] == [
        ("swap.md", "moved/currency.md")
    ]
    assert (report.plan.added, report.plan.removed) == ((), ())
    assert (report.embedded, report.chunks) == (0, built.chunks)
    assert embedder.embedded == []
    found = find("currency swap renewed")
    assert found[0] == "moved/currency.md"
    assert "swap.md" not in found


def test_files_that_exchange_their_contents_are_not_embedded_again(
    others, build, write, seeds, find
):
    write(seeds, {"swap.md": BELL, "bell.md": SWAP})
    build()
    assert find("king bell")[0] == "swap.md"
    write(seeds, {"swap.md": SWAP, "bell.md": BELL})
    report = build()
    assert ids(report.plan.changed) == ["bell.md", "swap.md"]
    assert report.embedded == 0
    assert find("king bell")[0] == "bell.md"


def test_a_file_that_comes_back_is_not_embedded_again(others, built, build, seeds, write, find):
    (seeds / "swap.md").unlink()
    build()
    write(seeds, {"swap.md": SWAP})
    assert build().embedded == 0
    assert find("currency swap")[0] == "swap.md"


def test_a_removed_document_cannot_be_found_or_read(others, built, build, seeds, home, find):
    (seeds / "swap.md").unlink()
    report = build()
    assert report.plan.removed == ("swap.md",)
    assert (report.chunks, report.embedded) == (built.chunks - 2, 0)
    found = find("currency swap trillion")
    assert "summit.txt" in found
    assert "swap.md" not in found
    with pytest.raises(DocumentMissingError, match="see `footnote index documents`"):
        read_document(Home(home), "swap.md")


def test_a_document_that_shrinks_leaves_nothing_of_its_end_behind(build, write, seeds, find, home):
    parts = [f"# Part {i}\n\nWords of part number {i}." for i in range(9)]
    write(seeds, {"long.md": "\n\n".join(parts)})
    assert build().chunks == 9
    write(seeds, {"long.md": "\n\n".join(parts[:2])})
    assert build().chunks == 2
    catalog = Catalog(home / "generations" / Home(home).manifest().generation / "catalog.db")
    assert [chunk.heading_path for chunk in catalog.chunks_of("long.md")] == [
        ("Part 0",),
        ("Part 1",),
    ]
    catalog.close()


def test_removing_every_file_gives_an_empty_index(built, build, seeds, find):
    (seeds / "swap.md").unlink()
    (seeds / "summit.txt").unlink()
    report = build()
    assert (report.published, report.chunks) == (True, 0)
    assert find("currency swap") == []
    assert not build().published


def test_two_files_of_the_same_content_are_two_documents_and_one_text_to_embed(
    build, write, seeds, embedder, find
):
    write(seeds, {"a.txt": BELL, "b.txt": BELL})
    report = build()
    assert report.chunks == 2
    assert embedder.embedded == [BELL]
    assert find("bell") == ["a.txt"]  # a passage that says the same is not shown again


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_a_series_of_builds_gives_the_same_results_as_a_fresh_one(
    make_builder, make_searcher, write, seeds, home, tmp_path, seed
):
    choice = random.Random(seed)
    words = "lee xi swap bell summit memo won yuan tons renewed signed gyeongju beijing".split()

    def text() -> str:
        return ". ".join(" ".join(choice.choices(words, k=6)) for _ in range(choice.randint(1, 9)))

    for _ in range(5):
        present = sorted(seeds.iterdir())
        for path in choice.sample(present, k=len(present) // choice.choice((3, 9))):
            choice.choice([path.unlink, lambda path=path: path.rename(f"{path}.old.txt")])()
        write(seeds, {f"{choice.randrange(30):02}.txt": text() for _ in range(4)})
        make_builder(seeds, home).build()
    fresh = tmp_path / "fresh"
    make_builder(seeds, fresh).build()
    for query in ("lee xi summit", "the swap of won and yuan", "bell tons", "zebra"):
        results = [
            [
                (p.chunk, round(p.score, 5), round(p.lexical, 5))
                for p in make_searcher(where).search(query, k=20).passages
            ]
            for where in (home, fresh)
        ]
        assert results[0] == results[1]


# Failures


def test_a_file_that_cannot_be_read_is_reported_and_the_others_are_indexed(
    build, write, seeds, find
):
    write(
        seeds, {"bad.docx": b"no zip", "table.xlsx": b"x", "empty.txt": b"", "summit.txt": SUMMIT}
    )
    report = build()
    assert report.published
    reasons = {failure.document: failure.reason for failure in report.failed}
    assert list(reasons) == ["bad.docx", "empty.txt", "table.xlsx"]
    assert "damaged" in reasons["bad.docx"]
    assert "empty" in reasons["empty.txt"]
    assert "damaged" in reasons["table.xlsx"]
    assert find("Lee met Xi") == ["summit.txt"]


def test_a_failed_file_is_reported_but_not_tried_again_until_it_changes(build, write, seeds, find):
    write(seeds, {"bad.docx": b"no zip", "summit.txt": SUMMIT})
    first = build()
    again = build()
    assert not again.published
    assert again.failed == first.failed
    file = docx.Document()
    file.add_paragraph(BELL)
    file.save(str(seeds / "bad.docx"))
    repaired = build()
    assert (repaired.published, repaired.failed) == (True, ())
    assert find("king bell")[0] == "bad.docx"


def test_a_document_that_became_unreadable_is_no_longer_found(built, build, write, seeds, find):
    write(seeds, {"swap.md": b"\x00\x01\x02"})
    report = build()
    assert [failure.document for failure in report.failed] == ["swap.md"]
    assert find("currency swap") == ["summit.txt"]


def test_one_file_that_a_parser_cannot_bear_does_not_stop_the_others(build, write, seeds, find):
    write(seeds, {"odd.html": "<div>a\x0c<nav>b</nav>\x0cc</div>", "blank.md": " \n"})
    write(seeds, {"bell.txt": BELL})
    build()
    assert find("king bell")[0] == "bell.txt"


@pytest.mark.slow
def test_many_short_documents_that_are_alike_can_be_indexed(build, write, seeds, find):
    write(seeds, {f"{i:03}.txt": f"Document number {i}." for i in range(300)})
    assert build().chunks == 300
    assert find("document 7")[0] == "007.txt"


@pytest.mark.parametrize("files", [{}, {"a.xlsx": b"x"}, {"a.txt": b""}, {".hidden": b"x"}])
def test_a_folder_without_readable_documents_is_an_error_and_leaves_no_index(
    build, write, seeds, home, files
):
    write(seeds, files)
    with pytest.raises(SeedsError, match=r"no (readable )?document"):
        build()
    assert Home(home).pointer() is None
    assert not list(home.glob("generations/*"))


# Rebuilds


def test_another_chunk_size_rebuilds_everything_and_says_why(built, build, home):
    report = build(chunk_tokens=64)
    assert report.plan.rebuild == "chunk_tokens was 320, is now 64"
    assert ids(report.plan.added) == ["summit.txt", "swap.md"]
    assert Home(home).manifest().fingerprint["chunk_tokens"] == 64


def test_an_index_whose_sentences_were_cut_otherwise_is_rebuilt(built, build, home):
    path = Home(home).manifest_path(Home(home).pointer().current)
    now = f'"sentences":{SENTENCES_VERSION}'.encode()
    path.write_bytes(path.read_bytes().replace(now, b'"sentences":1'))
    report = build()
    assert report.plan.rebuild == f"sentences was 1, is now {SENTENCES_VERSION}"
    assert ids(report.plan.added) == ["summit.txt", "swap.md"]


def test_a_rebuild_makes_the_smaller_chunks(build, write, seeds):
    write(seeds, {"long.txt": "The two ministers signed a memo in Gyeongju. " * 40})
    assert build().chunks < build(chunk_tokens=32).chunks


def test_force_rebuilds_everything_from_the_same_vectors(built, build, find):
    report = build(force=True)
    assert report.plan.rebuild == "asked for with --force"
    assert report.published
    assert report.generation != built.generation
    assert (report.embedded, report.reused, report.chunks) == (0, 3, 3)
    assert find("currency swap")[0] == "swap.md"


def test_force_tries_failed_files_again(build, write, seeds):
    write(seeds, {"bad.docx": b"no zip", "summit.txt": SUMMIT})
    build()
    report = build(force=True)
    assert ids(report.plan.added) == ["summit.txt"]
    assert [failure.document for failure in report.failed] == ["bad.docx"]


# Damage


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"schema": 999}', '{"schema": 1}'])
def test_a_damaged_pointer_is_an_error_with_a_remedy(built, make_builder, seeds, home, damage):
    (home / "CURRENT").write_text(damage)
    builder = make_builder(seeds, home)
    told = r"CURRENT cannot be read .*: remove .* and rebuild"
    for act in (builder.build, builder.state, builder.refresh, builder.unpin):
        with pytest.raises(IndexMismatchError, match=told):
            act()


def test_an_index_of_another_version_is_rebuilt_beside_and_not_kept_for_rollback(
    built, build, home, find
):
    path = home / "generations" / built.generation / "manifest.json"
    path.write_text(path.read_text().replace(f'"schema":{SCHEMA}', '"schema":1'))
    with pytest.raises(IndexSchemaError, match="run `footnote index`"):
        find("currency swap")
    report = build()
    assert (report.published, report.reused) == (True, 3)
    assert "schema 1" in report.plan.rebuild
    assert find("currency swap")[0] == "swap.md"
    assert [m.generation for m in Home(home).history()] == [report.generation]


def test_force_rebuilds_where_the_manifest_is_damaged(built, build, home, find):
    path = home / "generations" / built.generation / "manifest.json"
    path.write_text(path.read_text()[:50])
    with pytest.raises(IndexMismatchError, match="run `footnote index --force`"):
        build()
    assert build(force=True).published
    assert find("currency swap")[0] == "swap.md"


def test_force_rebuilds_where_the_vectors_are_lost(built, build, write, home, seeds, find):
    shutil.rmtree(home / "generations" / built.generation / "vectors")
    with pytest.raises(IndexMismatchError, match="run `footnote index --force`"):
        find("currency swap")
    assert build(force=True).published
    assert find("currency swap")[0] == "swap.md"


@pytest.mark.parametrize("keep", [0, 50, 4096], ids=["all of it", "the head", "the first page"])
def test_a_damaged_vector_cache_costs_time_only(built, build, write, seeds, home, find, keep):
    path = home / "vectors.db"
    kept = path.read_bytes()[:keep]
    path.write_bytes(kept + b"\xde\xad" * ((path.stat().st_size - keep) // 2))
    write(seeds, {"bell.txt": BELL})
    assert build(force=True).embedded == 4
    assert find("king bell")[0] == "bell.txt"
    assert build(force=True).reused == 4


def test_a_lost_vector_cache_costs_time_only(built, build, home):
    (home / "vectors.db").unlink()
    assert build(force=True).embedded == 3


# Generations


def test_the_previous_generations_are_kept_and_older_ones_are_removed(build, write, seeds, home):
    generations = []
    for i in range(5):
        write(seeds, {"a.txt": f"Version {i}."})
        generations.append(build(keep_generations=2).generation)
    assert Home(home).pointer().history == tuple(reversed(generations[2:]))
    assert directories(home) == set(generations[2:])
    assert [m.generation for m in Home(home).history()] == list(reversed(generations[2:]))


def test_no_two_generations_have_one_directory(home):
    names = {Home(home).create() for _ in range(2000)}
    assert len(names) == 2000
    assert directories(home) == names


def test_no_previous_generation_is_kept_when_none_is_wanted(build, write, seeds, home):
    for i in range(3):
        write(seeds, {"a.txt": f"Version {i}."})
        last = build(keep_generations=0)
    assert directories(home) == {last.generation}


def test_directories_that_nothing_names_are_removed_by_the_next_build(
    built, build, write, seeds, home
):
    leftover = Home(home).create()
    (Home(home).directory(leftover) / "catalog.db").write_text("half written")
    write(seeds, {"bell.txt": BELL})
    report = build()
    assert directories(home) == {built.generation, report.generation}


def test_a_rollback_answers_from_the_generation_before_and_stays_there(
    built, build, make_builder, write, seeds, home, find
):
    write(seeds, {"swap.md": BELL})
    build()
    assert Home(home).rollback().generation == built.generation
    assert find("currency swap")[0] == "swap.md"
    assert read_document(Home(home), "swap.md").text == SWAP
    builder = make_builder(seeds, home)
    assert builder.state().kind == "pinned"
    assert builder.refresh() is None
    write(seeds, {"more.txt": "More."})
    assert builder.refresh() is None
    assert Home(home).pointer().current == built.generation


def test_after_unpinning_the_index_follows_the_folder_again(
    built, build, make_builder, write, seeds, home
):
    write(seeds, {"swap.md": BELL})
    build()
    Home(home).rollback()
    builder = make_builder(seeds, home)
    builder.unpin()
    assert builder.state().kind == "stale"
    report = builder.refresh()
    assert ids(report.plan.changed) == ["swap.md"]
    assert read_document(Home(home), "swap.md").text == BELL
    assert builder.state().kind == "fresh"


def test_a_rollback_goes_to_any_generation_that_is_kept_and_to_no_other(
    built, build, write, seeds, home
):
    write(seeds, {"a.txt": "A."})
    second = build()
    write(seeds, {"b.txt": "B."})
    build()
    assert Home(home).rollback(built.generation).generation == built.generation
    assert Home(home).rollback(second.generation).generation == second.generation
    assert Home(home).rollback().generation == built.generation
    with pytest.raises(IndexMissingError, match="no earlier generation"):
        Home(home).rollback()
    with pytest.raises(IndexMissingError, match="'20000101-000000-0000'"):
        Home(home).rollback("20000101-000000-0000")
    assert Home(home).pointer().current == built.generation


def test_a_rollback_without_an_index_is_an_error(home):
    with pytest.raises(IndexMissingError, match="run `footnote index`"):
        Home(home).rollback()


@pytest.fixture
def slow_build(built, make_builder, write, seeds, home, embedder) -> Iterator[Building]:
    """A build that keeps no earlier generation and is still running."""
    write(seeds, {"bell.txt": BELL})
    slow = Slow(embedder)
    building = Building(make_builder(seeds, home, embedder=slow, keep_generations=0))
    building.go_on = slow.go_on
    assert slow.begun.wait(20)
    yield building
    slow.go_on.set()
    building.join(30)


def test_risk_3_a_rollback_during_a_build_is_refused_and_changes_nothing(
    built, slow_build, home, find
):
    for act in (Home(home).rollback, lambda **wait: Home(home).rollback(built.generation, **wait)):
        with pytest.raises(IndexLockedError, match="is being built: try again"):
            act(wait_s=0.1)
    slow_build.go_on.set()
    new = slow_build.report().generation
    assert directories(home) == {new} == {Home(home).pointer().current}
    assert find("King Seongdeok")[0] == "bell.txt"


def test_risk_3_a_rollback_that_waits_for_a_build_sees_what_it_published(
    built, slow_build, home, find
):
    outcome: list[BaseException] = []

    def go_back() -> None:
        with pytest.raises(IndexMissingError, match=f"no generation '{built.generation}'") as told:
            Home(home).rollback(built.generation, wait_s=30)
        outcome.append(told.value)

    waiting = threading.Thread(target=go_back, daemon=True)
    waiting.start()
    time.sleep(0.2)
    assert waiting.is_alive(), "it waits for the build"
    slow_build.go_on.set()
    waiting.join(30)
    assert outcome
    pointer = Home(home).pointer()
    assert directories(home) == set(pointer.history) == {slow_build.report().generation}
    assert not list(home.glob("*.tmp"))
    assert find("King Seongdeok")[0] == "bell.txt"


def test_risk_3_unpinning_waits_for_a_build_too(built, build, write, seeds, home):
    write(seeds, {"bell.txt": BELL})
    build()
    Home(home).rollback()
    with Home(home).lock(wait_s=0), pytest.raises(IndexLockedError, match="is being built"):
        Home(home).unpin(wait_s=0.1)
    assert Home(home).pointer().pinned
    Home(home).unpin()
    assert not Home(home).pointer().pinned


def test_the_state_is_missing_fresh_or_stale(make_builder, write, seeds, home):
    write(seeds, {"a.txt": "A."})
    builder = make_builder(seeds, home)
    assert (builder.state().kind, builder.state().manifest) == ("missing", None)
    assert not home.exists(), "looking changes nothing"
    builder.build()
    assert builder.state().kind == "fresh"
    write(seeds, {"a.txt": "B."})
    assert builder.state().kind == "stale"
    assert ids(builder.state().plan.changed) == ["a.txt"]


# Two at once, and readers


class Slow:
    """The tiny embedder, which says that it has begun and waits to be let go on."""

    def __init__(self, inner) -> None:
        self._inner = inner
        self.dimension, self.scale = inner.dimension, inner.scale
        self.begun = threading.Event()
        self.go_on = threading.Event()

    def embed(self, texts):
        self.begun.set()
        assert self.go_on.wait(20)
        return self._inner.embed(texts)


class Building(threading.Thread):
    """A build in a thread, with its report or what it raised."""

    def __init__(self, builder: Builder) -> None:
        super().__init__(daemon=True)
        self._builder = builder
        self.outcome: IndexReport | BaseException | None = None
        self.start()

    def run(self) -> None:
        try:
            self.outcome = self._builder.build()
        except BaseException as exc:
            self.outcome = exc

    def report(self) -> IndexReport:
        self.join(30)
        assert isinstance(self.outcome, IndexReport), self.outcome
        return self.outcome


def test_of_two_builds_at_once_one_waits_and_both_end_well(
    make_builder, write, seeds, home, embedder, find
):
    write(seeds, {"summit.txt": SUMMIT, "swap.md": SWAP})
    slow = Slow(embedder)
    first = Building(make_builder(seeds, home, embedder=slow))
    assert slow.begun.wait(20)
    second = Building(make_builder(seeds, home))
    time.sleep(0.2)
    assert second.is_alive(), "it waits for the first"
    slow.go_on.set()
    assert first.report().published
    assert not second.report().published, "there was nothing left to do"
    assert second.report().generation == first.report().generation
    assert directories(home) == {first.report().generation}
    assert find("currency swap")[0] == "swap.md"


def test_a_build_that_waits_sees_what_came_meanwhile(make_builder, write, seeds, home, embedder):
    write(seeds, {"summit.txt": SUMMIT})
    slow = Slow(embedder)
    first = Building(make_builder(seeds, home, embedder=slow))
    assert slow.begun.wait(20)
    write(seeds, {"swap.md": SWAP})
    second = Building(make_builder(seeds, home))
    slow.go_on.set()
    assert ids(first.report().plan.added) == ["summit.txt"]
    assert ids(second.report().plan.added) == ["swap.md"]
    assert sorted(Home(home).manifest().documents) == ["summit.txt", "swap.md"]


def test_a_refresh_answers_from_what_there_is_while_another_process_builds(
    built, make_builder, write, seeds, home
):
    write(seeds, {"bell.txt": BELL})
    builder = make_builder(seeds, home)
    with Home(home).lock(wait_s=0):
        assert builder.refresh(wait_s=0.1) is None
        with pytest.raises(IndexLockedError, match="is being built"):
            builder.build(wait_s=0.1)
    assert builder.refresh().published


def test_a_refresh_without_any_index_says_that_another_process_builds(
    make_builder, write, seeds, home
):
    write(seeds, {"bell.txt": BELL})
    with Home(home).lock(wait_s=0), pytest.raises(IndexLockedError):
        make_builder(seeds, home).refresh(wait_s=0.1)


def test_a_reader_has_the_old_generation_during_a_build_and_the_new_one_after(
    built, make_builder, make_searcher, write, seeds, home, embedder
):
    reader: Searcher = make_searcher(home)
    before = reader.search("currency swap")
    write(seeds, {"swap.md": BELL, "new.txt": SUMMIT})
    slow = Slow(embedder)
    building = Building(make_builder(seeds, home, embedder=slow))
    assert slow.begun.wait(20)
    during = reader.search("currency swap")
    assert during.generation == built.generation
    assert during.passages == before.passages
    slow.go_on.set()
    after = reader.search("king bell") if building.report() else None
    assert after.generation == building.report().generation
    assert after.passages[0].chunk.document_id == "swap.md"


@pytest.mark.slow
@pytest.mark.parametrize("keep", [0, 2])
def test_readers_in_other_threads_never_see_half_an_index(
    built, build, make_searcher, write, seeds, home, keep
):
    reader: Searcher = make_searcher(home)
    stop = threading.Event()
    failures: list[BaseException] = []
    searched: list[str] = []

    def read() -> None:
        while not stop.is_set():
            try:
                found = reader.search("currency swap", k=50)
                searched.append(found.generation)
                assert sum(p.chunk.document_id == "summit.txt" for p in found.passages) == 1
            except BaseException as exc:
                failures.append(exc)
                return

    threads = [threading.Thread(target=read, daemon=True) for _ in range(2)]
    for thread in threads:
        thread.start()
    for i in range(8):
        write(seeds, {"swap.md": f"{SWAP}\n\n# More\n\nVersion {i} of the swap.\n"})
        build(keep_generations=keep)
    stop.set()
    for thread in threads:
        thread.join(20)
    assert failures == []
    assert len(set(searched)) > 1


def test_an_answer_that_is_being_made_keeps_its_generation_to_the_end(
    built, build, make_searcher, write, seeds, home, embedder
):
    reader: Searcher = make_searcher(home)
    held = reader.generation()
    for i in range(2):
        write(seeds, {"swap.md": f"Version {i}."})
        build(keep_generations=0)
    assert reader.search("version").generation != held.name
    assert held.document("swap.md").text == SWAP
    assert [chunk.heading_path for chunk in held.chunks_of("swap.md")] == [
        ("Swap",),
        ("Swap", "Size"),
    ]


# Crashes


class Failing:
    """The tiny embedder, which raises when it is asked for the ``at``-th time."""

    def __init__(self, inner, exc: BaseException, at: int = 1) -> None:
        self._inner = inner
        self._exc = exc
        self._left = at
        self.dimension, self.scale = inner.dimension, inner.scale

    def embed(self, texts):
        self._left -= 1
        if self._left <= 0:
            raise self._exc
        return self._inner.embed(texts)


@pytest.mark.parametrize("exc", [RuntimeError("model failed"), KeyboardInterrupt(), MemoryError()])
def test_a_build_that_fails_in_the_middle_leaves_the_old_generation_and_no_directory(
    built, build, write, seeds, home, embedder, find, exc
):
    write(seeds, {"bell.txt": BELL})
    (seeds / "summit.txt").unlink()
    with pytest.raises(type(exc)):
        build(embedder=Failing(embedder, exc))
    assert directories(home) == {built.generation}
    assert Home(home).pointer().current == built.generation
    assert set(find("Lee met Xi")) == {"summit.txt", "swap.md"}
    assert build().published, "the lock was released"
    assert set(find("Lee met Xi")) == {"swap.md", "bell.txt"}


def test_vectors_that_were_computed_before_a_failure_are_not_computed_again(
    build, write, seeds, embedder
):
    choice = random.Random(0)
    words = ["".join(choice.choices(("ba", "ce", "di", "fo", "gu", "ha"), k=3)) for _ in range(99)]
    write(seeds, {f"{i:03}.txt": f"{i} {' '.join(choice.sample(words, 12))}." for i in range(300)})
    with pytest.raises(RuntimeError, match="model failed"):
        build(embedder=Failing(embedder, RuntimeError("model failed"), at=2))
    done = len(embedder.embedded)
    assert 0 < done < 300
    report = build()
    assert (report.reused, report.embedded) == (done, 300 - done)


KILLED = """
import os, sys
from contextlib import contextmanager
from pathlib import Path
from index.builder.build import Builder
from rag.settings import Settings
from index.builder.workers import Limits, Workers
from index.builder.writer import Tools

class Dies:
    dimension = 384
    def embed(self, texts):
        os._exit(9)

@contextmanager
def prepare(*asked):
    with Workers(Limits(60, 2000)) as workers, workers.prepare(*asked) as outcomes:
        yield outcomes

if __name__ == "__main__":
    tools = Tools(Dies, prepare)
    Builder(Settings(seeds=Path(sys.argv[1]), home=Path(sys.argv[2])), tools).build()
"""


@pytest.mark.slow
def test_a_process_that_dies_in_a_build_leaves_only_what_the_next_build_removes(
    built, build, write, seeds, home, find
):
    write(seeds, {"bell.txt": BELL})
    command = [sys.executable, "-c", KILLED, str(seeds), str(home)]
    assert subprocess.run(command, check=False, timeout=60).returncode == 9
    assert len(directories(home)) == 2
    assert find("currency swap")[0] == "swap.md"
    report = build()
    assert report.published
    assert directories(home) == {built.generation, report.generation}
    assert find("king bell")[0] == "bell.txt"


def test_the_manifest_names_every_document_with_its_hash_and_chunks(built, home):
    values = json.loads((home / "generations" / built.generation / "manifest.json").read_text())
    assert values["schema"] == SCHEMA
    assert set(values["seeds"]) == {"summit.txt", "swap.md"}
    assert values["parent"] is None
    assert {name: entry["chunks"] for name, entry in values["documents"].items()} == {
        "summit.txt": 1,
        "swap.md": 2,
    }
