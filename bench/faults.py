"""What can go wrong with a home, done to it and counted: nothing may fail, nothing be repaired.

Builds are killed at random moments, two are started at once, the disk fills up at every file, the
home is made read-only, its files are damaged. All the while a reader asks, and after each round
the published generation must be whole: its seeds are those of one state of the folder, and every
chunk is the text at its span. Builds are processes of their own with the real files, workers,
Chroma, SQLite and tantivy; in most rounds counted words take the place of the model.

    python bench/faults.py [--kills 200] [--real 20] [--nodes 20] [--seed 0] [--quick]

Exit status 1 when anything failed. Needs Linux; a full disk also needs the right to mount.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import re
import select
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import traceback
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from index.embedding.scale import COSINE

REAL = (str(Path(sys.executable).parent / "footnote"),)
TINY = (sys.executable, str(Path(__file__).resolve()), "footnote")
WORDS = "harbour lantern orchard violin glacier pepper compass meadow thunder velvet".split()
_BUSY_S = 2.5  # so long do the workers of a cluster have something to do here, at least
GONE_S = 60.0  # the workers of a killed build end by themselves: a starting one once it runs
MB = 1_000_000
_WITHOUT = "-dac_override,-dac_read_search"  # what lets the superuser write everywhere
SETPRIV = ("setpriv", f"--bounding-set={_WITHOUT}", f"--inh-caps={_WITHOUT}")

Seeds = dict[str, str]
"""What a folder or a generation holds: sha256 by name."""


@dataclass
class Row:
    """One line of the table; ``failures`` says what went wrong, ``notes`` what was met."""

    fault: str
    rounds: int = 0
    queries: int = 0
    failures: list[str] = field(default_factory=list)
    notes: Counter[str] = field(default_factory=Counter)

    def expect(self, holds: bool, otherwise: str) -> None:
        """Count a failure unless it holds."""
        if not holds:
            self.failures.append(otherwise)
            print(f"FAILURE {self.fault}, round {self.rounds}: {otherwise}", file=sys.stderr)

    def largest(self, what: str, seconds: float) -> None:
        """Note the largest of some times."""
        self.notes[what] = max(self.notes[what], round(seconds * 1000))

    def line(self) -> str:
        """The line, as printed."""
        notes = ", ".join(f"{n} {what}" for what, n in self.notes.items())
        counts = f"{self.rounds:>6} {len(self.failures):>8} {self.queries:>8}"
        return f"{self.fault:<26} {counts}  {notes}"


# The folder


class Folder:
    """Small documents of several formats, changed at random."""

    def __init__(self, path: Path, chance: random.Random, count: int) -> None:
        self.path = path
        self._chance = chance
        self._made = 0
        self.wanted = count
        path.mkdir()
        for _ in range(count):
            self._add()

    def adopt(self, other: Folder) -> None:
        """Take over the documents of another folder."""
        shutil.copytree(other.path, self.path, dirs_exist_ok=True)
        self._made, self.wanted = other._made, other.wanted

    def change(self) -> None:
        """Edit, add, rename and remove: a few documents, now and then a third of all."""
        names = sorted(path.name for path in self.path.iterdir())
        some = len(names) // 3 if self._chance.random() < 0.2 else self._chance.randint(1, 3)
        for name in self._chance.sample(names, some):
            path = self.path / name
            what = self._chance.choice(["edit", "edit", "rename", "replace"])
            if what == "edit":
                path.write_text(self._content(path.suffix), encoding="utf-8")
            elif what == "rename":
                path.rename(path.with_stem(f"renamed-{self._made}-{path.stem[-4:]}"))
            else:
                path.unlink()
                self._add()
        self._add() if len(names) < self.wanted else (self.path / names[some]).unlink(
            missing_ok=True
        )

    def seeds(self) -> Seeds:
        """What is in the folder now."""
        files = sorted(self.path.iterdir())
        return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}

    def _add(self) -> None:
        suffix = self._chance.choice([".txt", ".md", ".html", ".csv", ".eml"])
        path = self.path / f"note-{self._made:04}{suffix}"
        path.write_text(self._content(suffix), encoding="utf-8")

    def _content(self, suffix: str) -> str:
        self._made += 1
        lines = [
            f"On day {self._made} the {' '.join(self._chance.choices(WORDS, k=4))} was counted"
            f" {self._chance.randint(2, 999)} times by keeper {i}."
            for i in range(self._chance.randint(2, 30))
        ]
        if suffix == ".md":
            return f"# Note {self._made}\n\n{lines[0]}\n\n## More\n\n" + "\n".join(lines[1:]) + "\n"
        if suffix == ".html":
            return "<html><body><p>" + "</p>\n<p>".join(lines) + "</p></body></html>"
        if suffix == ".csv":
            return "day,text\n" + "".join(f"{i},{line}\n" for i, line in enumerate(lines))
        if suffix == ".eml":
            return _mail(f"Note {self._made}", "\n".join(lines), f"Attached: {lines[0]}")
        return "\n".join(lines)


def _mail(subject: str, body: str, attachment: str) -> str:
    from email.message import EmailMessage

    message = EmailMessage()
    message["From"], message["Subject"] = "keeper@example.org", subject
    message.set_content(body)
    message.add_attachment(attachment, filename="list.txt")
    message.set_boundary("=-=-=")
    return message.as_string()


# What runs in processes of its own


class WordCounts:
    """Stands in for the model: hashed word counts as unit rows."""

    dimension = 384
    scale = COSINE

    def embed(self, texts: Sequence[str]) -> Any:
        """One row for each text."""
        import numpy as np

        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in re.findall(r"\w+", text.lower()) or [text]:
                row[zlib.crc32(word.encode()) % self.dimension] += 1.0
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    def embed_query(self, query: str) -> Any:
        """The same for a query."""
        return self.embed([query])[0]


def _footnote() -> None:
    """The command with counted words for a model; says where an expected error came from."""
    from rag.assemble import Services
    from ui.cli.main import main

    Services.embedder = lambda _: WordCounts()  # type: ignore[method-assign, assignment]
    sys.argv[:2] = ["footnote"]
    try:
        main()
    except SystemExit as end:
        error = end.__context__
        while error is not None and error.__cause__ is not None:
            error = error.__cause__
        frames = traceback.extract_tb(error.__traceback__) if error else []
        ours = [f"{Path(f.filename).name}:{f.name}" for f in frames if "/index/" in f.filename]
        print(f"where {ours[-1] if ours else '?'}")
        raise


def _read(home: Path) -> None:
    """Search until standard input ends; print what was met."""
    told: dict[str, Any] = {"queries": 0, "generations": 0, "slowest_s": 0.0, "errors": []}
    generations = set()
    kept = _searcher(home)
    while not select.select([sys.stdin], [], [], 0.05)[0]:
        told["queries"] += 1
        searcher = kept if told["queries"] % 20 else _searcher(home)
        started = time.perf_counter()
        try:
            generations.add(_asked(searcher, WORDS[told["queries"] % len(WORDS)]))
        except BaseException:  # noqa: BLE001 - whatever it is, a query failed
            told["errors"].append(traceback.format_exc())
        told["slowest_s"] = max(told["slowest_s"], time.perf_counter() - started)
    print(json.dumps(told | {"generations": len(generations)}))


def _searcher(home: Path) -> Any:
    from index.search import Searcher
    from rag.settings import Settings

    return Searcher(Settings(home=home), WordCounts())


def _asked(searcher: Any, query: str) -> str:
    """Search, look at every passage, and give the name of the generation."""
    found = searcher.search(query, k=20)
    assert found.passages, "nothing was found"
    for passage in found.passages:
        chunk = passage.chunk
        assert chunk.document_id in found.source.manifest.documents, chunk.id
        assert chunk.span.of(found.source.document(chunk.document_id).text) == chunk.text, chunk.id
    return str(found.generation)


@contextmanager
def reader(home: Path, row: Row) -> Iterator[None]:
    """A process that asks all the time; what it met goes to the row."""
    command = [sys.executable, __file__, "reader", str(home)]
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)
    try:
        yield
    finally:
        told = json.loads(process.communicate(timeout=60)[0] or '{"errors": ["it died"]}')
        row.queries += told.get("queries", 0)
        row.notes["generations read"] += told.get("generations", 0)
        row.largest("ms slowest query", told.get("slowest_s", 0.0))
        for error in told["errors"]:
            row.expect(False, f"the reader: {error}")


# What must hold


class World:
    """A folder, its published home, and what is run on them; ``count`` documents at first."""

    def __init__(self, place: Path, chance: random.Random, count: int) -> None:
        self.chance = chance
        self.folder = Folder(place / "seeds", chance, count)
        self.home = place / "home"

    def copied(self, place: Path, seed: int) -> World:
        """The same folder and home in another place, to be changed in its own way."""
        other = World(place, random.Random(seed), 0)
        other.folder.adopt(self.folder)
        shutil.copytree(self.home, other.home)
        return other

    def command(self, *words: str, footnote: Sequence[str] = TINY) -> list[str]:
        """The words of a command on this folder and home."""
        return [*footnote, "--seeds", str(self.folder.path), "--home", str(self.home), *words]

    def run(
        self, *words: str, footnote: Sequence[str] = TINY, prefix: Iterable[str] = ()
    ) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        command = [*prefix, *self.command(*words, footnote=footnote)]
        return subprocess.run(command, check=False, capture_output=True, text=True, timeout=600)

    def published(self) -> Seeds:
        """The seeds of the current generation."""
        from index.store.home import Home

        manifest = Home(self.home).manifest()
        return dict(manifest.seeds) if manifest else {}

    def start(self, footnote: Sequence[str], *, keep: str) -> subprocess.Popen[str]:
        """Start a build in a session of its own."""
        return subprocess.Popen(
            self.command("index", footnote=footnote),
            env=os.environ | {"FOOTNOTE_KEEP_GENERATIONS": keep},
            start_new_session=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def directories(self) -> set[str]:
        """The generations that are there, also incomplete ones."""
        return {path.name for path in (self.home / "generations").iterdir()}

    def moment(self, process: subprocess.Popen[str], before: Seeds, old: set[str]) -> str:
        """How far a build had come when it was killed."""
        if process.returncode == 0:
            return "ended"
        if self.published() != before:
            return "killed after publication"
        for name in self.directories() - old:
            is_complete = (self.home / "generations" / name / "manifest.json").exists()
            return "killed when complete" if is_complete else "killed while writing"
        return "killed before writing"

    def check_whole(self, row: Row, *states: Seeds) -> None:
        """The published generation answers, is whole, and holds one of these states."""
        try:
            row.expect(self.published() in states, "the generation is no state of the folder")
            self._check_contents(row)
        except Exception:  # noqa: BLE001 - whatever it is, the index does not work
            row.expect(False, traceback.format_exc())

    def _check_contents(self, row: Row) -> None:
        from index.store.chroma import VectorStore
        from index.store.home import Home

        source = _searcher(self.home).generation()
        chunks = {name: source.chunks_of(name) for name in source.manifest.documents}
        for name, found in chunks.items():
            text = source.document(name).text
            row.expect(all(c.span.of(text) == c.text for c in found), f"{name}: spans are wrong")
        store = VectorStore(Home(self.home).directory(source.name) / "vectors")
        counts = {source.manifest.chunks, sum(map(len, chunks.values()))}
        row.expect(len(counts) == 1, f"chunks in manifest and catalog: {counts}")
        different = len({c.text for found in chunks.values() for c in found})
        row.expect(store.count() <= different, f"{store.count()} vectors of {different} texts")
        store.close()
        _asked(_searcher(self.home), self.chance.choice(WORDS))

    def check_builds(self, row: Row, *words: str, footnote: Sequence[str] = TINY) -> None:
        """A build without any repair makes the index equal to the folder and leaves nothing."""
        from index.store.home import Home

        done = self.run("index", *words, footnote=footnote)
        row.expect(done.returncode == 0, f"the build after it: {done.returncode} {done.stderr}")
        row.expect(self.run("index", "--check", footnote=REAL).returncode == 0, "it is not fresh")
        self.check_whole(row, self.folder.seeds())
        pointer = Home(self.home).pointer()
        named = set(pointer.history) if pointer else set()
        left = {path.name for path in (self.home / "generations").iterdir()} - named
        left |= {path.name for path in self.home.rglob("*.tmp")}
        row.expect(not left, f"left behind: {left}")

    def check_refusal(self, row: Row, done: subprocess.CompletedProcess[str]) -> None:
        """The command failed as it should: status 2 and one line."""
        clear = done.returncode == 2 and done.stderr.count("\n") == 1
        row.expect(clear, f"no clear error: {done.returncode} {done.stderr}")


# The faults


def kills(world: World, row: Row, rounds: int, footnote: Sequence[str]) -> None:
    """Builds killed at a random moment, from their start to a little after their usual end."""
    seconds = 0.0
    killed: list[tuple[float, int]] = []
    for _ in range(min(3, 1 + rounds // 10)):
        world.folder.change()
        started = time.perf_counter()
        row.expect(world.run("index", footnote=footnote).returncode == 0, "a plain build fails")
        seconds = max(seconds, time.perf_counter() - started)
    with reader(world.home, row):
        for _ in range(rounds):
            row.rounds += 1
            before, directories = world.published(), world.directories()
            world.folder.change()
            after = world.folder.seeds()
            process = world.start(footnote, keep=world.chance.choice("02"))
            try:
                process.wait(world.chance.uniform(0, 1.1 * seconds))
                row.expect(process.returncode == 0, f"the build: {process.returncode}")
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            row.notes[world.moment(process, before, directories)] += 1
            killed.append((time.monotonic(), process.pid))
            world.check_whole(row, before, after)
            if row.rounds % 4 == 0 or row.rounds == rounds:
                world.folder.change()  # what is left behind goes when there is something to do
                world.check_builds(row, footnote=footnote)
    for at, pid in killed:
        _expect_no_orphans(at, pid, row)


def _expect_no_orphans(killed: float, session: int, row: Row) -> None:
    while (left := _session(session)) and time.monotonic() < killed + GONE_S:
        time.sleep(0.05)
        row.largest("ms until the last worker has ended", time.monotonic() - killed)
    row.expect(not left, f"{len(left)} processes are left after {GONE_S:g} s: {left}")
    for pid in left:
        os.kill(pid, signal.SIGKILL)


def _session(session: int) -> list[int]:
    """The processes of a session (Linux)."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, *numbers = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if state != "Z" and int(numbers[2]) == session:
            found.append(int(path.parent.name))
    return found


def killed_nodes(world: World, row: Row, rounds: int) -> None:
    """Workers and machines of a Ray cluster killed while they read and embed for a build.

    What is built must be to the bit what a build without a cluster makes of the same folder.
    """
    from ray_nodes import RayNodes

    alone = copy(world)
    alone.home = world.home.with_name("alone")
    with RayNodes(3) as nodes:
        for _ in range(rounds):
            row.rounds += 1
            world.folder.change()
            before = world.published()
            what = world.chance.choice(["worker", "worker", "raylet", "machine", "driver"])
            process = _start_on(world, nodes.address)
            struck = False
            while process.poll() is None and not nodes.workers():
                time.sleep(0.02)
            time.sleep(world.chance.uniform(0, _BUSY_S))
            while process.poll() is None and not nodes.workers():
                time.sleep(0.02)
            if process.poll() is None and (busy := nodes.workers()):
                struck = True
                if what in {"worker", "driver"}:
                    pids = busy if what == "worker" else _children(process.pid, "spawn_main")
                    os.kill(world.chance.choice(pids), signal.SIGKILL)
                else:
                    nodes.kill(world.chance.choice([1, 2]), raylet_only=what == "raylet")
            told, _ = process.communicate(timeout=600)
            row.notes[f"{what} killed" if struck else "ended before"] += 1
            row.expect(process.returncode == 0, f"the build: {process.returncode} {told}")
            row.expect(world.published() == world.folder.seeds(), "it is not what the folder holds")
            row.expect(world.published() != before, "nothing was built")
            world.check_whole(row, world.folder.seeds())
            done = alone.run("index", "--force", footnote=REAL)
            row.expect(done.returncode == 0, f"the build without a cluster: {done.stderr}")
            row.expect(_contents(world.home) == _contents(alone.home), "the generations differ")
            while len(nodes) < 3:
                nodes.add()
            print(f"round {row.rounds}: {what if struck else 'nothing'} killed", file=sys.stderr)


def _children(parent: int, word: str) -> list[int]:
    """The processes that a process has started with this word in their commands (Linux)."""
    lists = [path.read_text() for path in Path(f"/proc/{parent}/task").glob("*/children")]
    pids = " ".join(lists).split()
    return [int(pid) for pid in pids if word in Path(f"/proc/{pid}/cmdline").read_text()]


def _start_on(world: World, address: str) -> subprocess.Popen[str]:
    """Start to build everything anew on a cluster, without any vector."""
    for path in world.home.glob("vectors.db*"):
        path.unlink()
    words = ("index", "--force", "--ray", address)
    pipe, err = subprocess.PIPE, subprocess.STDOUT
    return subprocess.Popen(
        world.command(*words, footnote=REAL), stdout=pipe, stderr=err, text=True
    )


def _contents(home: Path) -> tuple[Any, list[str]]:
    """A generation but for its name and time; the catalog has the sha256 of each vector."""
    from index.store.home import Home

    found = Home(home)
    manifest = found.manifest()
    assert manifest is not None
    catalog = sqlite3.connect(found.directory(manifest.generation) / "catalog.db")
    told = list(catalog.iterdump())
    catalog.close()
    return replace(manifest, generation="", created="", parent=None), told


def two_builds(world: World, row: Row, rounds: int, footnote: Sequence[str] = TINY) -> None:
    """Two builds of the same change, started at once."""
    with reader(world.home, row):
        for _ in range(rounds):
            row.rounds += 1
            world.folder.change()
            both = [world.start(footnote, keep="2") for _ in range(2)]
            told = [process.communicate(timeout=120)[0] for process in both]
            codes = [process.returncode for process in both]
            row.expect(codes == [0, 0], f"exit status {codes}: {told}")
            row.notes["published"] += sum("\npublished" in f"\n{text}" for text in told)
            world.check_builds(row, footnote=footnote)


def disk_full(world: World, row: Row, steps: int) -> None:
    """Builds on a small file system with less and less lacking: bytes first, then files."""
    ready = world.home.rename(world.home.with_name("ready"))
    if not _mount(world.home, f"size={64 * MB}"):
        row.notes["skipped: mounting is not permitted"] += 1
        return
    try:
        shutil.copytree(ready, world.home, dirs_exist_ok=True)
        status = os.statvfs(world.home)
        used = (status.f_blocks - status.f_bfree) * status.f_frsize
        with reader(world.home, row):
            for i in range(steps):
                _full_round(world, row, size=int(used * 1.3 * (i + 0.5) / steps))
            for i in range(steps):
                _full_round(world, row, nr_inodes=int(24 * (i + 0.5) / steps))
            world.check_builds(row)
    finally:
        subprocess.run(["umount", "--lazy", str(world.home)], check=True)


def _full_round(world: World, row: Row, **free: int) -> None:
    row.rounds += 1
    before = world.published()
    world.folder.change()
    status = os.statvfs(world.home)
    used = {
        "size": (status.f_blocks - status.f_bfree) * status.f_frsize,
        "nr_inodes": status.f_files - status.f_ffree,
    }
    limits = [f"{name}={used[name] + value}" for name, value in free.items()]
    _mount(world.home, "remount", *limits)
    done = world.run("index")
    if done.returncode:
        world.check_refusal(row, done)
        row.notes[(re.findall(r"^where (.*)", done.stdout, re.MULTILINE) or ["?"])[0]] += 1
        world.check_whole(row, before)
    _mount(world.home, "remount", f"size={64 * MB}", "nr_inodes=10000")
    if row.rounds % 3 == 0:
        world.check_builds(row)


def _mount(place: Path, *options: str) -> bool:
    place.mkdir(exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", ",".join(options), "tmpfs", str(place)]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def read_only(world: World, row: Row) -> None:
    """A home that may not be written to, with a folder as it was and with one that changed."""
    prefix = list(SETPRIV) if os.geteuid() == 0 else []
    if prefix and subprocess.run([*prefix, "true"], check=False).returncode:
        row.notes["skipped: capabilities may not be dropped"] += 1
        return
    before = world.published()
    _chmod(world.home, "a-w")
    try:
        for is_changed in (False, True):
            row.rounds += 1
            if is_changed:
                world.folder.change()
            done = world.run("index", prefix=prefix)
            if is_changed:
                world.check_refusal(row, done)
            else:
                row.expect(done.returncode == 0, f"index, nothing changed: {done.stderr}")
            question = ["ask", f"Who counted the {WORDS[0]}?"]
            for words in [["search", WORDS[0]], question][: 1 + is_changed]:
                done = world.run(*words, prefix=prefix)
                told = f"{words[0]}, changed {is_changed}: {done.returncode} {done.stderr}"
                row.expect(done.returncode == 0 and "Traceback" not in done.stderr, told)
            world.check_whole(row, before)
    finally:
        _chmod(world.home, "u+w")
    world.check_builds(row)


def _chmod(place: Path, mode: str) -> None:
    subprocess.run(["chmod", "-R", mode, str(place)], check=True)


DAMAGE = {
    "CURRENT": "overwrite",
    "manifest.json": "overwrite",
    "catalog.db": "overwrite",
    "lexical/meta.json": "overwrite",
    "vectors/chroma.sqlite3": "overwrite",
    "generation": "remove",
    "lexical": "remove",
    "vectors": "remove",
    "vectors.db": "overwrite",
    "hashes.json": "overwrite",
}


def damages(world: World, row: Row, names: Iterable[str]) -> None:
    """Files overwritten or removed by hand: repaired by itself, or by what the one line says."""
    sound = world.home.rename(world.home.with_name("sound"))
    [generation] = [
        world.home / "generations" / path.name for path in (sound / "generations").iterdir()
    ]
    for name in names:
        row.rounds += 1
        shutil.rmtree(world.home, ignore_errors=True)
        shutil.copytree(sound, world.home)
        is_global = name in {"CURRENT", "vectors.db", "hashes.json"}
        path = (
            generation if name == "generation" else (world.home if is_global else generation) / name
        )
        if DAMAGE[name] == "remove":
            shutil.rmtree(path)
        else:
            path.write_bytes(b"garbage " * 1000)
        done = world.run("search", WORDS[0])
        if done.returncode == 0:
            row.notes["repaired by itself"] += 1
            world.folder.change()
            row.expect(world.run("index").returncode == 0, f"{name}: it does not build")
            continue
        world.check_refusal(row, done)
        if f"remove {world.home}" in done.stderr:
            row.notes["new home as told"] += 1
            shutil.rmtree(world.home)
        else:
            row.notes["index --force as told"] += 1
            row.expect("index --force" in done.stderr, f"{name}: what to do? {done.stderr}")
        row.expect(world.run("index", "--force").returncode == 0, f"{name}: --force fails")
        row.expect(world.run("search", WORDS[0]).returncode == 0, f"{name}: it is not repaired")


def main() -> int:
    """Do everything, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--real", type=int, default=20, help="of the kills, with the model")
    parser.add_argument("--nodes", type=int, default=20, help="kills on a Ray cluster, if there")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--quick", action="store_true", help="few rounds of each, without a model")
    parser.add_argument("--only", default="", help="only faults whose name contains this")
    flags = parser.parse_args()
    quick, real = flags.quick, 0 if flags.quick else min(flags.real, flags.kills)
    tiny = 4 if quick else flags.kills - real
    nodes = 0 if quick or find_spec("ray") is None else flags.nodes
    faults: dict[str, Callable[[World, Row], None]] = {
        "kill -9": lambda w, r: kills(w, r, tiny, TINY),
        "kill -9, real model": lambda w, r: kills(w, r, real, REAL),
        "killed nodes of Ray": lambda w, r: killed_nodes(w, r, nodes),
        "two builds at once": lambda w, r: two_builds(w, r, 1 if quick else 20),
        "disk full": lambda w, r: disk_full(w, r, 1 if quick else 24),
        "read-only home": read_only,
        "damaged files": lambda w, r: damages(w, r, list(DAMAGE)[: 1 if quick else None]),
    }
    rows = [Row(name) for name in faults if flags.only in name]
    rows = [row for row in rows if real or "real" not in row.fault]
    rows = [row for row in rows if nodes or "Ray" not in row.fault]
    with tempfile.TemporaryDirectory() as place:
        sound = World(Path(place), random.Random(flags.seed), 12 if quick else 40)
        sound.check_builds(Row("a first build"))

        def suffer(row: Row) -> None:
            started = time.perf_counter()
            there = Path(place) / row.fault.replace(" ", "-")
            there.mkdir()
            faults[row.fault](sound.copied(there, flags.seed + len(row.fault)), row)
            print(f"{row.fault}: {time.perf_counter() - started:.0f} s", file=sys.stderr)

        with ThreadPoolExecutor(2 if quick else 1) as pool:
            list(pool.map(suffer, rows))
    print(f"{'fault':<26} {'rounds':>6} {'failures':>8} {'queries':>8}  notes")
    print("\n".join(row.line() for row in rows))
    return 1 if any(row.failures for row in rows) else 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["footnote"]:
        _footnote()
    elif sys.argv[1:2] == ["reader"]:
        _read(Path(sys.argv[2]))
    else:
        sys.exit(main())
