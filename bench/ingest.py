"""Ingestion beside llama-index, haystack and txtai: seconds, peak memory, bytes on disk.

Every system reads the same folder of text files, cuts chunks of 256 tokens and embeds them with the
same weights on the processor: the peers in 32 bits on torch, the first 256 word pieces of a chunk;
Footnote in 8 bits on onnxruntime, all of it. `footnote-torch` is Footnote in 32 bits on torch: it
shows how much of a difference is the model's runtime and how much is ours.

A measurement is a process of its own, from its start to its end, so imports and the loading of the
model count. Memory is that of the process and all its children: their resident set is sampled every
50 ms, and their proportional set size (a page that is shared counts once) whenever the former is at
a new maximum; its maximum is reported.

The peers have an environment of their own (bench/peers.txt), made when it is missing; how each is
driven is in bench/peers.py. A peer that cannot find out what changed is told the names of the
files, which is marked † in the table; "whole folder again" is what an update costs somebody who
does not know them.

    python bench/ingest.py --data ../shared/data --json ingest.jsonl [--sets squad2,scifact,scale]
    python bench/ingest.py --data ../shared/data --json ingest.jsonl --resume --sets '' \
        --growth 5000,10000,20000 --plot growth.png

A run that was stopped goes on with --resume, which skips what the file has; so a long run may be
cut into several by --sets, --systems and --steps. Steps need the store that `cold` left in --work.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import random
import re
import shutil
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from peers_environment import install_peers

BENCH = Path(__file__).resolve().parent
FOOTNOTE = Path(sys.executable).parent / "footnote"
US = "footnote"
ON_TORCH = "footnote-torch"
SYSTEMS = (US, ON_TORCH, "llama-index", "haystack", "txtai")
TOLD = {
    "haystack": ("unchanged", "changed", "deleted"),
    "txtai": ("unchanged", "changed", "deleted"),
    "llama-index": ("deleted",),
}
# In this order; `again` is for those who notice no change. The growth has `cold` and `filled`.
STEPS = {
    "cold": "cold build",
    "unchanged": "no change",
    "again": "whole folder again",
    "changed": "1 % changed",
    "deleted": "1 % deleted",
}
OFFLINE = {
    "HF_HUB_OFFLINE": "1",
    "HAYSTACK_TELEMETRY_ENABLED": "False",
    "ANONYMIZED_TELEMETRY": "False",
    "TOKENIZERS_PARALLELISM": "false",
}


@dataclass(frozen=True, slots=True)
class Measurement:
    """One process; ``round`` counts the repeats of a step from 0.

    ``embedded`` counts the chunks that the model was run on, where the system says so (only ours).
    """

    set: str
    system: str
    step: str
    round: int
    files: int
    chunks: int
    seconds: float
    peak_mb: float
    disk_mb: float
    embedded: int | None = None

    @property
    def key(self) -> tuple[str, str, str, int]:
        """What --resume compares."""
        return self.set, self.system, self.step, self.round


class Bench:
    """The measurements made so far, their file, and the folders they work in."""

    def __init__(self, work: Path, peers: Path, log: Path, timeout_s: float) -> None:
        self._work = work.resolve()
        self._peers = peers
        self._log = log
        self._timeout_s = timeout_s
        lines = log.read_text().splitlines() if log.exists() else []
        self.done = [Measurement(**json.loads(line)) for line in lines]

    def measure(self, source: Source, system: str, step: str, round_: int) -> None:
        """Make one measurement and append it to the file, unless it is there already."""
        if (source.name, system, step, round_) in {m.key for m in self.done}:
            return
        place = self._work / source.name / system
        documents, store, before = place / "documents", place / "store", place / "store.before"
        if step == "cold":
            shutil.rmtree(place, ignore_errors=True)
            source.write(documents)
            store.mkdir()
        elif not store.exists():
            raise SystemExit(f"{store} is missing: measure the step `cold` of {source.name} first")
        elif before.exists():  # this step was killed
            shutil.rmtree(store)
            shutil.copytree(before, store)
        else:
            shutil.copytree(store, place / "store.part")
            (place / "store.part").rename(before)
        if step == "filled":
            _keep_vectors_only(store)
        told = _edit(documents, source, step, round_)
        (place / "told.json").write_text(json.dumps(told))
        os.sync()
        command = self._command(system, step, place)
        seconds, peak_mb, output = _run(command, place, self._timeout_s, system == ON_TORCH)
        if failed := output.get("failed"):  # less work was done than by the others
            raise SystemExit(f"{system}, {step} of {source.name}: not read: {failed}")
        measurement = Measurement(
            set=source.name,
            system=system,
            step=step,
            round=round_,
            files=sum(1 for _ in documents.iterdir()),
            chunks=int(output["chunks"]),
            seconds=round(seconds, 3),
            peak_mb=round(peak_mb, 1),
            disk_mb=round(_disk_mb(store), 2),
            embedded=output.get("embedded"),
        )
        self.done.append(measurement)
        with self._log.open("a") as file:
            file.write(json.dumps(asdict(measurement)) + "\n")
        shutil.rmtree(before, ignore_errors=True)
        print(_line(measurement), file=sys.stderr, flush=True)

    def _command(self, system: str, step: str, place: Path) -> list[str]:
        documents, store = str(place / "documents"), str(place / "store")
        if system in {US, ON_TORCH}:
            return [str(FOOTNOTE), "--seeds", documents, "--home", store, "index", "--json"]
        peer_step = step if step in {"cold", "again"} else "update"
        command = [str(self._peers / "bin" / "python"), str(BENCH / "peers.py"), system, peer_step]
        return [*command, "--documents", documents, "--store", store, "--told", "told.json"]


@dataclass(frozen=True, slots=True)
class Source:
    """Where the documents of a set come from: a folder, or the first passages of a file."""

    name: str
    path: Path
    passages: int = 0
    passages_a_file: int = 1

    def write(self, folder: Path) -> None:
        """Make the folder of documents; they have no subfolders."""
        if not self.passages:
            shutil.copytree(self.path, folder)
            return
        folder.mkdir(parents=True)
        with gzip.open(self.path, "rt", encoding="utf-8") as lines:
            texts = (json.loads(line)["text"] for line in islice(lines, self.passages))
            number = 0
            while batch := list(islice(texts, self.passages_a_file)):
                (folder / f"{number:06}.txt").write_text("\n\n".join(batch), "utf-8")
                number += 1

    def names(self) -> list[str]:
        """All documents, in an order that is random and always the same."""
        count = -(-self.passages // self.passages_a_file)
        names = [f"{i:06}.txt" for i in range(count)] or [p.name for p in self.path.iterdir()]
        names.sort()
        random.Random(self.name).shuffle(names)
        return names


def main() -> None:
    """Measure what is not yet in the file, then print the tables and draw the plot."""
    options = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if options.json.exists() and not options.resume:
        raise SystemExit(f"{options.json} exists: --resume, or another --json")
    bench = Bench(options.work, options.peers, options.json, options.timeout)
    systems = _names(options.systems)
    if options.sets and set(systems) - {US, ON_TORCH}:
        install_peers(options.peers)
    for name in _names(options.sets):
        source = _source(options, name)
        for step, round_ in _rounds(options):
            for system in systems:
                if step != "again" or "unchanged" in TOLD.get(system, ()):
                    bench.measure(source, system, step, round_)
    for passages in map(int, _names(options.growth)):
        source = _source(options, "growth", passages)
        for step in ("cold", "filled"):
            bench.measure(source, US, step, 0)
    _print_tables(bench.done)
    if options.plot:
        _plot(bench.done, options.plot)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--data", type=Path, required=True, help="folder of squad2/, scifact/ and scale/")
    add("--json", type=Path, required=True, help="file of JSON lines, one a measurement")
    add("--resume", action="store_true", help="skip what is in that file")
    add("--sets", default="squad2,scifact,scale", help="or '' for none")
    add("--systems", default=",".join(SYSTEMS))
    add("--steps", default=",".join(STEPS))
    add("--scale", type=int, default=20_000, help="passages of the set `scale`")
    add("--passages-a-file", type=int, default=1)
    add("--repeats", type=int, default=3, help="of every step but the two that embed all")
    add("--cold-repeats", type=int, default=1, help="of `cold`; `again` is measured once")
    add("--growth", default="", help="numbers of passages, only us; e.g. 5000,10000,20000")
    add("--plot", type=Path, help="PNG of seconds against passages")
    add("--peers", type=Path, default=Path("/tmp/footnote-peers"), help="the peers' environment")
    add("--work", type=Path, default=Path("/tmp/footnote-ingest"), help="documents and stores")
    add("--timeout", type=float, default=7200.0, help="seconds for one measurement")
    return parser.parse_args()


def _names(text: str) -> list[str]:
    return [name for name in text.split(",") if name]


def _source(options: argparse.Namespace, name: str, passages: int = 0) -> Source:
    if name not in {"scale", "growth"}:
        return Source(name, options.data / name / "documents")
    count, a_file = passages or options.scale, options.passages_a_file
    suffix = f"-by-{a_file}" if a_file > 1 else ""
    path = options.data / "scale" / "passages.jsonl.gz"
    return Source(f"{name}-{count}{suffix}", path, count, a_file)


def _rounds(options: argparse.Namespace) -> Iterator[tuple[str, int]]:
    wanted = _names(options.steps)
    repeats = {"cold": options.cold_repeats, "again": 1}
    for step in STEPS:
        if step in wanted:
            for round_ in range(repeats.get(step, options.repeats)):
                yield step, round_


def _edit(documents: Path, source: Source, step: str, round_: int) -> dict[str, list[str]]:
    """Change or delete the next 1 % of the documents (at least one); can be done twice."""
    names = source.names()
    count = max(1, len(names) // 100)
    part = names[round_ * count : (round_ + 1) * count]
    if step == "changed":
        for name in part:
            _rewrite_sentence(documents / name, f"This sentence was rewritten in round {round_}.")
        return {"changed": part, "deleted": []}
    if step == "deleted":
        part = names[::-1][round_ * count : (round_ + 1) * count]
        for name in part:
            (documents / name).unlink(missing_ok=True)
        return {"changed": [], "deleted": part}
    return {"changed": [], "deleted": []}


def _rewrite_sentence(path: Path, new: str) -> None:
    """Put a sentence in the place of the one in the middle."""
    text = path.read_text("utf-8")
    if new not in text:
        sentences = list(re.finditer(r"\S[^.!?]*[.!?]*", text))
        start, end = sentences[len(sentences) // 2].span()
        path.write_text(text[:start] + new + text[end:], "utf-8")


def _keep_vectors_only(home: Path) -> None:
    """A home that has embedded every text and has no index: all costs but those of the model."""
    for path in home.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif not path.name.startswith("vectors.db"):
            path.unlink()


def _run(
    command: Sequence[str], place: Path, timeout_s: float, on_torch: bool
) -> tuple[float, float, dict[str, Any]]:
    """Seconds, peak memory in MB, and the JSON object that the process printed last."""
    environment = os.environ | OFFLINE
    if on_torch:
        environment["FOOTNOTE_EMBEDDING_BACKEND"] = "torch"
    with (place / "stdout").open("w+") as out, (place / "stderr").open("w") as err:
        started = time.perf_counter()
        process = subprocess.Popen(command, cwd=place, stdout=out, stderr=err, env=environment)
        killer = threading.Timer(timeout_s, process.kill)
        killer.start()
        peak = _Peak(process.pid)
        try:
            code = process.wait()
            seconds = time.perf_counter() - started
        finally:
            process.kill()  # when we are stopped; it must not write to the store any more
            killer.cancel()
            peak_mb = peak.stop()
        out.seek(0)
        output = out.read()
    if code:
        errors = (place / "stderr").read_text()[-2000:]
        raise SystemExit(f"{' '.join(command)}: exit status {code}\n{errors}")
    # Footnote prints one object over many lines, the peers one line after their own output.
    text = output if output.startswith("{") else output.splitlines()[-1]
    return seconds, peak_mb, json.loads(text)


class _Peak:
    """Samples the memory of a process and its descendants until it is stopped."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._stopped = threading.Event()
        self._peak_kb = 0
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self._thread.start()

    def stop(self) -> float:
        """The peak in MB."""
        self._stopped.set()
        self._thread.join()
        return self._peak_kb * 1024 / 1e6

    def _sample(self) -> None:
        largest = 0
        while not self._stopped.wait(0.05):
            pids = list(_tree(self._pid))
            resident = sum(_kb(pid, "status", "VmRSS:") for pid in pids)
            if resident > 1.01 * largest:
                largest = resident
                kb = sum(_kb(pid, "smaps_rollup", "Pss:") for pid in pids)
                self._peak_kb = max(self._peak_kb, kb)


def _tree(pid: int) -> Iterator[int]:
    yield pid
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            below = children.read_text().split()
        except OSError:  # it has ended
            continue
        for child in below:
            yield from _tree(int(child))


def _kb(pid: int, file: str, field: str) -> int:
    try:
        lines = Path(f"/proc/{pid}/{file}").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(field)), 0)


def _disk_mb(folder: Path) -> float:
    """Blocks in use; a file with two names counts once."""
    stats = [path.stat() for path in folder.rglob("*") if path.is_file()]
    blocks = {(s.st_dev, s.st_ino): s.st_blocks for s in stats}
    return sum(blocks.values()) * 512 / 1e6


def _line(m: Measurement) -> str:
    return (
        f"{m.set:<14}{m.system:<15}{m.step:<10}{m.round:>2}{m.seconds:10.2f} s{m.peak_mb:9.0f} MB"
        f"{m.disk_mb:9.1f} MB on disk{m.chunks:8} chunks"
    )


def _print_tables(done: Sequence[Measurement]) -> None:
    """One table a set: medians, in brackets the range of repeats and the ratio to us."""
    for name in dict.fromkeys(m.set for m in done):
        here = [m for m in done if m.set == name]
        if name.startswith("growth"):
            continue
        print(f"\n{name}: {max(m.files for m in here):,} files\n")
        print("| | " + " | ".join(STEPS.values()) + " | chunks | chunks/s | peak MB | disk MB |")
        print("|---|" + "---:|" * (len(STEPS) + 4))
        for system in SYSTEMS:
            cells = [_cell(here, system, step) for step in STEPS]
            if cold := [m for m in here if m.system == system and m.step == "cold"]:
                seconds = statistics.median(m.seconds for m in cold)
                last = [m for m in here if m.system == system][-1]
                cells += [f"{cold[0].chunks}", f"{cold[0].chunks / seconds:.1f}"]
                cells += [f"{max(m.peak_mb for m in cold):.0f}"]
                cells += [f"{cold[-1].disk_mb:.1f}, at last {last.disk_mb:.1f}"]
                print(f"| {system} | " + " | ".join(cells) + " |")
    _print_growth(done)


def _cell(here: Sequence[Measurement], system: str, step: str) -> str:
    mine = [m.seconds for m in here if (m.system, m.step) == (system, step)]
    ours = [m.seconds for m in here if (m.system, m.step) == (US, step)]
    if step == "again":  # for us that is a run without change
        ours = [m.seconds for m in here if (m.system, m.step) == (US, "unchanged")]
    if not mine:
        return "–"
    middle = statistics.median(mine)
    text = f"{middle:.2f} s"
    if len(mine) > 1:
        text += f" [{min(mine):.2f}–{max(mine):.2f}]"
    if system != US and ours:
        text += f" ({middle / statistics.median(ours):.1f}×)"
    return text + (" †" if step in TOLD.get(system, ()) else "")


def _growth(done: Sequence[Measurement]) -> dict[int, dict[str, Measurement]]:
    """Passages to the measurements of the steps `cold` and `filled`."""
    points: dict[int, dict[str, Measurement]] = {}
    for m in done:
        if m.set.startswith("growth-"):
            points.setdefault(int(m.set.split("-")[1]), {})[m.step] = m
    return dict(sorted(points.items()))


def _print_growth(done: Sequence[Measurement]) -> None:
    points = _growth(done)
    if points:
        print("\n| passages | build | s | passages/s | peak MB | disk MB |")
        print("|---:|---|---:|---:|---:|---:|")
    for passages, steps in points.items():
        for step, m in steps.items():
            name = {"cold": "cold", "filled": "vectors known"}[step]
            rate = passages / m.seconds
            print(
                f"| {passages:,} | {name} | {m.seconds:.1f} | {rate:.0f} | {m.peak_mb:.0f} "
                f"| {m.disk_mb:.0f} |"
            )


def _plot(done: Sequence[Measurement], path: Path) -> None:
    """Seconds against passages, and the line through the first two points.

    A line through zero would be too kind: the fixed seconds of a start would make it steep.
    """
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    points = _growth(done)
    figure, axes = pyplot.subplots(1, 2, figsize=(9, 3.6), dpi=100, layout="constrained")
    titles = {"cold": "cold build", "filled": "all vectors known (no embedding)"}
    for ax, (step, title) in zip(axes, titles.items(), strict=True):
        seconds = {n: steps[step].seconds for n, steps in points.items() if step in steps}
        if not seconds:
            continue
        ax.plot(list(seconds), list(seconds.values()), "o-", label="measured")
        if len(seconds) > 2:
            (n1, s1), (n2, s2) = islice(seconds.items(), 2)
            last = max(seconds)
            linear = s1 + (s2 - s1) / (n2 - n1) * (last - n1)
            ax.plot([n1, last], [s1, linear], "--", color="gray", label="line of the first two")
        ax.set(title=title, xlabel="passages", ylabel="seconds", xlim=0, ylim=0)
        ax.xaxis.set_major_formatter("{x:,.0f}")
        ax.legend(frameon=False)
    figure.savefig(path)


if __name__ == "__main__":
    main()
