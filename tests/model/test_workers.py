"""Worker processes: order, limits, what a parser may not do, and attached files."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from email.message import EmailMessage
from functools import partial
from pathlib import Path

import orjson
import pytest

from index.builder.build import Builder
from index.builder.prepare import Prepared, PreparedDocument, Recipe
from index.builder.sandbox import LimitedProcess
from index.builder.workers import Limits, Workers, _decoded
from index.builder.writer import Tools
from index.errors import BuildCancelledError
from index.listing import Failure, HashMemory, list_seeds
from index.store.home import Home, read_document
from index.types import Document, Seed
from rag.settings import Settings
from tests.files import pdf


@pytest.fixture
def listed(seeds, tmp_path):
    """The seeds of the folder, as a build lists them."""

    def look() -> tuple[Seed, ...]:
        memory = HashMemory(tmp_path / "hashes.json")
        return list_seeds(seeds, memory, max_bytes=10**9).seeds

    return look


def prepared(workers, found, folder):
    with workers.prepare(found, Recipe(folder, 256)) as outcomes:
        return list(outcomes)


def failures(outcomes) -> dict[str, str]:
    return {f.document: f.reason for _, prepared in outcomes for f in prepared.failures}


def test_seeds_come_back_in_order_with_their_chunks_and_stems(workers, write, seeds, listed):
    write(seeds, {f"{i:02}.txt": f"Document number {i} was written." for i in range(40)})
    outcomes = prepared(workers, listed(), seeds)
    assert [seed.id for seed, _ in outcomes] == [f"{i:02}.txt" for i in range(40)]
    (item,) = outcomes[7][1].documents
    assert item.chunks[0].text == "Document number 7 was written."
    assert "document number 7 be written".split()[1] in item.stems[0]


def test_several_processes_give_the_same_as_one(workers, write, seeds, listed):
    write(seeds, {f"{i:02}.md": f"# Title {i}\n\n" + f"word{i} " * 3_000 for i in range(40)})
    with Workers(Limits(60, 2000), count=3) as three:
        several = prepared(three, listed(), seeds)
    assert several == prepared(workers, listed(), seeds)


def test_little_text_is_read_by_one_process(write, seeds, listed):
    write(seeds, {f"{i:02}.txt": f"Document number {i} was written." for i in range(40)})
    others = set(multiprocessing.active_children())
    with Workers(Limits(60, 2000), count=3) as three:
        prepared(three, listed(), seeds)
        assert len(set(multiprocessing.active_children()) - others) == 1


def test_a_build_that_is_cancelled_waits_for_no_file(write, seeds, listed):
    line = "One more sentence about nothing in particular was added here. "
    write(seeds, {"long.txt": line * 300_000})

    def cancelled() -> None:
        raise BuildCancelledError("enough")

    with Workers(Limits(seconds=120, memory_mb=2000), count=1) as workers:
        started = time.monotonic()
        with (
            pytest.raises(BuildCancelledError),
            workers.prepare(listed(), Recipe(seeds, 256), cancelled) as outcomes,
        ):
            next(outcomes)
        assert time.monotonic() - started < 10


def test_a_file_that_takes_too_long_is_named_and_the_others_are_read(write, seeds, listed):
    line = "One more sentence about nothing in particular was added here. "
    write(seeds, {"a.txt": "They met.", "long.txt": line * 150_000, "z.txt": "They parted."})
    with Workers(Limits(seconds=1.0, memory_mb=2000), count=1) as short:
        outcomes = prepared(short, listed(), seeds)
    assert [len(p.documents) for _, p in outcomes] == [1, 0, 1]
    assert "longer than load_timeout_s = 1" in failures(outcomes)["long.txt"]
    assert outcomes[1][1].exceeded


def test_a_file_that_needs_too_much_memory_is_named_and_the_others_are_read(write, seeds, listed):
    write(seeds, {"a.txt": "They met.", "large.txt": b"x " * 40_000_000, "z.txt": "They parted."})
    with Workers(Limits(seconds=60.0, memory_mb=256), count=1) as small:
        outcomes = prepared(small, listed(), seeds)
    assert [len(p.documents) for _, p in outcomes] == [1, 0, 1]
    assert "load_memory_mb = 256" in failures(outcomes)["large.txt"]
    assert outcomes[1][1].exceeded


def test_a_process_that_dies_costs_one_file(write, seeds, listed):
    line = "One more sentence about nothing in particular was added here. "
    write(seeds, {"a.txt": "They met.", "long.txt": line * 150_000, "z.txt": "They parted."})
    others = set(multiprocessing.active_children())
    with (
        Workers(Limits(seconds=60.0, memory_mb=2000), count=1) as workers,
        workers.prepare(listed(), Recipe(seeds, 256)) as reading,
    ):
        first = next(reading)  # so the process is there, and at the second file
        time.sleep(0.2)
        for process in set(multiprocessing.active_children()) - others:
            process.kill()
        outcomes = [first, *reading]
    assert "ended the process" in failures(outcomes)["long.txt"]
    assert [len(p.documents) for _, p in outcomes] == [1, 0, 1]


REFUSED = """
import sys
from index.builder.sandbox import _refuse
import socket, subprocess, os
sys.addaudithook(_refuse)
for act in (
    lambda: socket.create_connection(("127.0.0.1", 9)),
    lambda: subprocess.run(["true"]),
    lambda: os.system("true"),
    lambda: open(sys.argv[1], "w"),
    lambda: os.remove(sys.argv[0]),
    lambda: os.mkdir(sys.argv[1]),
):
    try:
        act()
    except PermissionError as exc:
        print(exc)
open(sys.argv[2]).close()
"""


def test_a_parser_may_not_connect_start_write_or_remove(tmp_path):
    (tmp_path / "readable").write_text("fine")
    command = [sys.executable, "-c", REFUSED, str(tmp_path / "new"), str(tmp_path / "readable")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.count("a parser may not") == 6
    assert not (tmp_path / "new").exists()


def test_giving_up_ends_the_processes_at_once(write, seeds, listed):
    line = "One more sentence about nothing in particular was added here. "
    write(seeds, {f"{i}.txt": f"{i} {line}" * 100_000 for i in range(3)})
    with Workers(Limits(seconds=600, memory_mb=2000), count=1) as workers:
        write(seeds, {"0.txt": "They met."})
        with workers.prepare(listed(), Recipe(seeds, 256)) as reading:
            next(reading)
            began = time.monotonic()
        assert time.monotonic() - began < 5


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_seed_replaced_by_a_pipe_is_not_waited_for(workers, write, seeds, listed):
    write(seeds, {"a.txt": "They met."})
    found = listed()
    (seeds / "a.txt").unlink()
    os.mkfifo(seeds / "a.txt")
    outcomes = prepared(workers, found, seeds)
    assert "replaced" in failures(outcomes)["a.txt"]


def test_a_seed_replaced_by_a_link_to_the_outside_is_not_followed(workers, write, seeds, listed):
    write(seeds, {"a.txt": "They met."})
    found = listed()
    outside = seeds.parent / "secret.txt"
    outside.write_text("They met.")  # even with the very same bytes
    (seeds / "a.txt").unlink()
    (seeds / "a.txt").symlink_to(outside)
    outcomes = prepared(workers, found, seeds)
    assert "replaced" in failures(outcomes)["a.txt"]


# Attached files


def mail(*attached: tuple[str, bytes], body: str = "See the attached files.") -> bytes:
    message = EmailMessage()
    message["From"] = "kim@example.org"
    message["Subject"] = "The memorandum"
    message["Date"] = "Sat, 01 Nov 2025 09:00:00 +0900"
    message.set_content(body)
    for name, data in attached:
        message.add_attachment(data, maintype="application", subtype="x", filename=name)
    return message.as_bytes()


def test_attached_files_are_documents_of_their_own(make_builder, write, seeds, home):

    write(seeds, {"m.eml": mail(("swap.md", b"# Swap\n\nIt was renewed."), ("x.bin", b"\x00\x01"))})
    report = make_builder(seeds, home).build()
    assert [seed.id for seed in report.plan.added] == ["m.eml"]
    assert [f.document for f in report.failed] == ["m.eml/x.bin"]
    manifest = Home(home).manifest()
    assert sorted(manifest.documents) == ["m.eml", "m.eml/swap.md"]
    assert {entry.seed for entry in manifest.documents.values()} == {"m.eml"}
    document = read_document(Home(home), "m.eml/swap.md")
    assert (document.title, document.date) == ("Swap", "2025-11-01")


def test_an_attached_file_goes_with_its_mail_and_is_gone_with_it(make_builder, write, seeds, home):

    build = make_builder(seeds, home).build
    write(seeds, {"m.eml": mail(("a.txt", b"A memo."), ("b.txt", b"A note.")), "z.txt": "Other."})
    build()
    (seeds / "m.eml").rename(seeds / "n.eml")
    assert build().embedded == 0
    assert sorted(Home(home).manifest().documents) == [
        "n.eml",
        "n.eml/a.txt",
        "n.eml/b.txt",
        "z.txt",
    ]
    write(seeds, {"n.eml": mail(("b.txt", b"A note."))})
    build()
    assert sorted(Home(home).manifest().documents) == ["n.eml", "n.eml/b.txt", "z.txt"]
    (seeds / "n.eml").unlink()
    build()
    assert sorted(Home(home).manifest().documents) == ["z.txt"]


def test_names_of_attached_files_cannot_leave_their_mail_or_meet(make_builder, write, seeds, home):

    names = ("../../etc/passwd.txt", "a\x07b.txt", "same.txt", "same.txt", "..", "C:\\x\\win.txt")
    write(seeds, {"m.eml": mail(*((name, b"Some text.") for name in names))})
    make_builder(seeds, home).build()
    found = set(Home(home).manifest().documents)
    assert {"m.eml/passwd.txt", "m.eml/same.txt", "m.eml/same (2).txt", "m.eml/win.txt"} <= found
    assert len(found) == 1 + len(names)
    assert all(name == "m.eml" or name.startswith("m.eml/") for name in found)
    assert not any(".." in name or "\x07" in name for name in found)


def test_mails_in_mails_are_read_to_a_depth(make_builder, write, seeds, home):

    inner = mail()
    for _ in range(8):
        inner = mail(("inner.eml", inner))
    write(seeds, {"m.eml": inner})
    report = make_builder(seeds, home).build()
    assert len(Home(home).manifest().documents) == 6
    assert [f.reason for f in report.failed] == ["attached more than 5 levels deep"]


def test_a_file_that_is_only_partly_read_is_in_the_index_and_reported(
    make_builder, write, seeds, home
):
    page = "BT /F1 11 Tf 1 0 0 1 72 600 Tm (They met in Seoul.) Tj ET"
    scan = "q 612 0 0 792 0 0 cm BI /W 1 /H 1 /CS /G /BPC 8 ID \x80 EI Q"
    write(seeds, {"a.pdf": pdf([page, scan]), "b.txt": "They parted."})
    report = make_builder(seeds, home).build()
    assert [seed.id for seed in report.plan.added] == ["a.pdf", "b.txt"]
    assert [(f.document, f.reason[:22]) for f in report.failed] == [
        ("a.pdf", "of its 2 pages, 2 is a")
    ]
    assert list(Home(home).manifest().documents) == ["a.pdf", "b.txt"]
    again = make_builder(seeds, home).build()
    assert (again.published, len(again.failed)) == (False, 1)
    write(seeds, {"a.pdf": pdf([page])})
    assert make_builder(seeds, home).build().failed == ()


# What is tried again


def test_a_file_that_exceeded_a_limit_is_tried_again_with_another(write, seeds, home, embedder):
    line = "One more sentence about nothing in particular was added here. "
    write(seeds, {"long.txt": line * 40_000, "z.txt": "They parted."})

    def build(seconds: float):
        chosen = Settings(seeds=seeds, home=home, load_timeout_s=seconds)
        with Workers(Limits(seconds, chosen.load_memory_mb), count=1) as workers:
            return Builder(chosen, Tools(lambda: embedder, workers.prepare)).build()

    assert [f.document for f in build(0.4).failed] == ["long.txt"]
    assert not build(0.4).published, "the same limit is not tried twice"
    longer = build(60)
    assert longer.failed == ()
    assert [seed.id for seed in longer.plan.added] == ["long.txt"]


def test_a_file_that_could_not_be_read_for_a_moment_is_tried_again(
    make_builder, prepare, write, seeds, home, embedder
):
    @contextmanager
    def interrupted(*asked):
        gone = Prepared(failures=(Failure("a.txt", "no permission"),), transient=True)
        with prepare(*asked) as outcomes:
            yield ((s, gone if s.id == "a.txt" else prepared) for s, prepared in outcomes)

    write(seeds, {"a.txt": "They met.", "b.txt": "They parted."})
    tools = Tools(lambda: embedder, interrupted)
    first = Builder(Settings(seeds=seeds, home=home), tools).build()
    assert [f.document for f in first.failed] == ["a.txt"]
    again = make_builder(seeds, home).build()
    assert ([seed.id for seed in again.plan.added], again.failed) == (["a.txt"], ())


class Opened:
    """Says on being unpickled that it was; a taken-over process may send it as a pickle."""

    def __init__(self, path) -> None:
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


def hostile(kind: str):
    """What answers every request as a process does that its bytes have taken over."""

    def answer(path):
        if kind == "pickle":
            return pickle.dumps(Opened(path))
        if kind == "environment":
            return Path("/proc/self/environ").read_bytes()
        if kind == "parent":
            try:
                return Path(f"/proc/{os.getppid()}/environ").read_bytes()
            except PermissionError:
                return b""
        return b" " * 3_000_000

    return answer


def test_f23_what_a_process_sends_is_bytes_and_never_run(tmp_path):
    process = LimitedProcess(Limits(20, 1000), partial(hostile, "pickle"))
    try:
        answer = process.ask(tmp_path / "opened")
    finally:
        process.stop()
    assert answer == pickle.dumps(Opened(tmp_path / "opened"))
    assert not (tmp_path / "opened").exists()
    with pytest.raises(ValueError, match="Invalid JSON"):
        _decoded(answer, Seed("a.txt", ""))


def test_f23_an_answer_about_another_file_is_refused():
    document = Document("b.txt", "b", "", "", "text/plain")
    answer = orjson.dumps(Prepared((PreparedDocument(document, (), ()),)))
    with pytest.raises(ValueError, match=r"an answer about \['b.txt'\], not about a.txt"):
        _decoded(answer, Seed("a.txt", ""))
    assert _decoded(answer, Seed("b.txt", "")).documents[0].document == document


def test_f23_an_answer_larger_than_the_memory_of_the_process_is_not_read():
    process = LimitedProcess(Limits(20, 2), partial(hostile, "large"))
    with pytest.raises(ChildProcessError):
        process.ask(None)
    process.stop()


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="no /proc here")
def test_f23_the_process_does_not_have_the_key_in_its_environment(monkeypatch):
    monkeypatch.setenv("FOOTNOTE_LLM_API_KEY", "sesame")
    monkeypatch.setenv("FOOTNOTE_SOURCE_WIKI_PASSWORD", "sesame")
    process = LimitedProcess(Limits(20, 1000), partial(hostile, "environment"))
    try:
        answer = process.ask(None)
    finally:
        process.stop()
    assert b"PATH=" in answer
    assert b"sesame" not in answer
    assert os.environ["FOOTNOTE_LLM_API_KEY"] == "sesame"
    assert os.environ["FOOTNOTE_SOURCE_WIKI_PASSWORD"] == "sesame"


SLOW = """
from tests.model.test_workers import slow_to_start
from index.builder.sandbox import LimitedProcess, Limits
if __name__ == "__main__":
    LimitedProcess(Limits(20, 1000), slow_to_start).ask(None)
"""


def slow_to_start():
    """What says that it starts, and takes its time."""
    Path(os.environ["STARTED"]).write_text(str(os.getpid()))
    time.sleep(100)
    return hostile("large")


def _lives(pid: str) -> bool:
    stat = Path("/proc", pid, "stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="no /proc here")
def test_a_process_that_is_still_starting_ends_with_its_parent(repo, tmp_path):
    started = tmp_path / "started"
    env = {**os.environ, "STARTED": str(started)}
    parent = subprocess.Popen([sys.executable, "-c", SLOW], cwd=repo, env=env)
    while not (started.exists() and started.read_text()):
        time.sleep(0.05)
        assert parent.poll() is None
    parent.kill()
    parent.wait()
    until = time.monotonic() + 50
    while (lives := _lives(started.read_text())) and time.monotonic() < until:
        time.sleep(0.05)
    assert not lives


ENVIRONMENT_OF_PARENT = """
import os, sys
from functools import partial
from pathlib import Path
from index.builder.sandbox import LimitedProcess, Limits
from tests.model.test_workers import hostile
if __name__ == "__main__":
    process = LimitedProcess(Limits(20, 1000), partial(hostile, "parent"))
    sys.stdout.buffer.write(process.ask(None))
    process.stop()
"""


@pytest.mark.skipif(not shutil.which("setpriv"), reason="no setpriv here")
def test_f23_the_process_cannot_read_the_key_in_what_its_parent_was_started_with(repo):
    code = [sys.executable, "-c", ENVIRONMENT_OF_PARENT]
    if os.getuid() == 0:  # the superuser reads everything, but not without capabilities
        code = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", *code]
    for name, closed in (("PATH_TO_NOTHING", False), ("FOOTNOTE_LLM_API_KEY", True)):
        env = {**os.environ, name: "sesame"}
        answer = subprocess.run(code, cwd=repo, env=env, check=True, capture_output=True).stdout
        assert (b"sesame" in answer) is not closed
