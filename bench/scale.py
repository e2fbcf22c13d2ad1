"""How builds grow with machines, what an index takes by its size, and what larger ones would.

`ingest` builds an index of real passages, one a file, without a cluster and on clusters of nodes of
one processor each on this machine, one after the other in each round, every time into a new home.
A rate counts from the first chunks that were written to the last, so the start of processes does
not count; the seconds are those of the whole build. Processor time is that of the process that
builds and of those that it starts (the writer), and that of the nodes, workers and Ray's own
processes together: the ratio says how many workers one writer keeps busy.

    python bench/scale.py ingest --data ../shared/data [--passages 3000] [--workers 1,2]

It needs the extra `ray`. `sizes` (:mod:`scale_sizes`) measures indexes of more and more passages,
in the home and on a Chroma server; `cost` (:mod:`scale_cost`) predicts larger ones from those.

    python bench/scale.py sizes --data ../shared/data --place DIR [--sizes 10000,100000,1000000]
    python bench/scale.py cost [--passages 1e7,1e9] [--fit 10000]

Needs Linux. The machine should do nothing else; its load is printed.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import resource
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from ray_nodes import RayNodes
from scale_cost import predict_cost
from scale_sizes import ask, measure_sizes

from index.types import Progress
from rag.assemble import Services
from rag.settings import Settings


@dataclass(frozen=True, slots=True)
class Build:
    """One build; ``workers`` 0 is one without a cluster. Processor times are in seconds."""

    workers: int
    seconds: float
    rate: float
    chunks: int
    writer_s: float
    nodes_s: float
    load: float


def ingest(options: argparse.Namespace) -> None:
    """Build in each way, round by round, and print a table of medians."""
    counts = [0, *map(int, options.workers.split(","))]
    builds: list[Build] = []
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "documents"
        _write(folder, options.data / "scale" / "passages.jsonl.gz", options.passages)
        for round_ in range(options.rounds):
            for workers in counts:
                home = Path(place) / f"home-{round_}-{workers}"
                builds.append(_build(folder, home, workers))
                print(builds[-1], flush=True)
    print(_table(builds, counts))


def _write(folder: Path, passages: Path, count: int) -> None:
    folder.mkdir()
    with gzip.open(passages, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(islice(lines, count)):
            (folder / f"{number:06}.txt").write_text(json.loads(line)["text"], "utf-8")


def _build(folder: Path, home: Path, workers: int) -> Build:
    with ExitStack() as stack:
        nodes = stack.enter_context(RayNodes(workers)) if workers else None
        settings = Settings(seeds=folder, home=home, ray=nodes.address if nodes else "")
        spent = stack.enter_context(_Spent(nodes.processor_seconds if nodes else dict))
        written: list[tuple[float, int]] = []

        def follow(progress: Progress) -> None:
            if progress.chunks > (written[-1][1] if written else 0):
                written.append((time.perf_counter(), progress.chunks))

        before = _own_seconds()
        started = time.perf_counter()
        report = Services(settings).builder.build(progress=follow)
        seconds = time.perf_counter() - started
        (first_s, first), (last_s, last) = written[0], written[-1]
        rate = (last - first) / (last_s - first_s)
        own, elsewhere = _own_seconds() - before, spent.total()
        load = os.getloadavg()[0]
    return Build(workers, seconds, rate, report.chunks, own, elsewhere, load)


def _own_seconds() -> float:
    of = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(used.ru_utime + used.ru_stime for used in map(resource.getrusage, of))


class _Spent:
    """The processor time of processes that end meanwhile; looks twice a second."""

    def __init__(self, seconds_by_pid: Callable[[], dict[int, float]]) -> None:
        self._look = seconds_by_pid
        self._most: dict[int, float] = {}
        self._first: dict[int, float] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)

    def __enter__(self) -> _Spent:
        self._first = self._look()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def total(self) -> float:
        """Seconds since it began."""
        self._most |= self._look()
        return sum(s - self._first.get(pid, 0.0) for pid, s in self._most.items())

    def _follow(self) -> None:
        while not self._ended.wait(0.5):
            self._most |= self._look()


def _table(builds: list[Build], counts: list[int]) -> str:
    lines = [
        "| workers | seconds | chunks/s | of linear | writer, s / 1,000 | nodes, s / 1,000 "
        "| load |",
        "|---:|---:|---:|---:|---:|---:|---:|",
    ]
    least = min(counts[1:])
    rates = {n: statistics.median(b.rate for b in builds if b.workers == n) for n in counts}
    for n in counts:
        mine = [build for build in builds if build.workers == n]
        linear = f"{rates[n] / rates[least] * least / n:.2f}" if n else "–"
        writer, nodes = (
            1000 * statistics.median(values) / mine[0].chunks
            for values in ([b.writer_s for b in mine], [b.nodes_s for b in mine])
        )
        lines.append(
            f"| {n or 'none'} | {statistics.median(b.seconds for b in mine):.1f} | {rates[n]:.1f} "
            f"| {linear} | {writer:.1f} | {nodes:.1f} "
            f"| {statistics.median(b.load for b in mine):.1f} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("ingest", help="chunks a second by workers of a Ray cluster")
    command.set_defaults(run=ingest)
    command.add_argument("--data", type=Path, required=True, help="folder of scale/")
    command.add_argument("--passages", type=int, default=3000)
    command.add_argument("--workers", default="1,2", help="processors of the clusters")
    command.add_argument("--rounds", type=int, default=3)
    command = commands.add_parser("sizes", help="latency and memory by the size of an index")
    command.set_defaults(run=measure_sizes)
    command.add_argument("--data", type=Path, required=True, help="folder of scale/, squad2/ ...")
    command.add_argument("--place", type=Path, required=True, help="folder that keeps the indexes")
    command.add_argument("--sizes", default="10000,100000,1000000")
    command.add_argument("--real", type=int, default=100_000, help="passages that are embedded")
    command.add_argument("--queries", type=int, default=300)
    command.add_argument("--build-only", action="store_true")
    command = commands.add_parser("cost", help="what more passages take, by `scale_cost.toml`")
    command.set_defaults(run=predict_cost)
    command.add_argument("--passages", default="1e6,1e7,1e9")
    command.add_argument("--fit", type=float, default=1e12, help="rows of at most so many passages")
    command.add_argument("--memory-gb", type=float, default=64, help="of a machine")
    command.add_argument("--filled", type=float, default=0.7, help="share of it for the vectors")
    command.add_argument("--cores", type=int, default=16, help="of a machine")
    command.add_argument("--price", type=float, default=0.8, help="dollars an hour of a machine")
    command = commands.add_parser("ask", help="what `sizes` starts for each form")
    command.set_defaults(run=ask)
    command.add_argument("--home", type=Path, required=True)
    command.add_argument("--server", default="")
    command.add_argument("--asked", type=Path, required=True)
    options = parser.parse_args()
    options.run(options)


if __name__ == "__main__":
    main()
