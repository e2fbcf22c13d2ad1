"""A server under load: askers who ask again at once, while the index is built again and again.

The server is a process of its own on this machine, with the documents and the questions of the
shipped suite. Printed are the answers of each third of the time (seconds, median and 95th of a
hundred), how many each asker got, the builds, and the memory of the server (PSS, with the
processes that it started) in each third.

    python bench/load.py [--askers 64] [--seconds 90] [--no-builds]

Exit status 1 when a question was not answered, or an asker got less than half of what the median
asker got. Needs Linux.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from served import tree

from eval.cases import suite_at

ROOT = Path(__file__).resolve().parent.parent
FOOTNOTE = Path(sys.executable).parent / "footnote"
THIRDS = 3


@dataclass
class Measured:
    """What happened, with times in seconds since the begin."""

    answers: list[tuple[int, float, float]] = field(default_factory=list)  # asker, begin, seconds
    failures: Counter[str] = field(default_factory=Counter)
    builds: list[float] = field(default_factory=list)
    memory: list[tuple[float, float]] = field(default_factory=list)  # time, MB


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--askers", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=90.0)
    parser.add_argument("--no-builds", action="store_true")
    chosen = parser.parse_args()
    questions = [case.question for case in suite_at(None).cases]
    with tempfile.TemporaryDirectory() as place:
        seeds = Path(place) / "seeds"
        shutil.copytree(ROOT / "seeds", seeds)
        with _served(Path(place)) as (url, pid):
            measured, stop = Measured(), threading.Event()
            watch = threading.Thread(target=_watch_memory, args=(pid, measured, stop))
            watch.start()
            folder = None if chosen.no_builds else seeds
            try:
                asyncio.run(_load(url, chosen.askers, chosen.seconds, questions, folder, measured))
            finally:
                stop.set()
                watch.join()
    sys.exit(0 if _print(measured, chosen.askers, chosen.seconds) else 1)


@contextmanager
def _served(place: Path) -> Iterator[tuple[str, int]]:
    """A server whose first build is over: its address and its process."""
    command = [str(FOOTNOTE), "--seeds", str(place / "seeds"), "--home", str(place / "home")]
    log = place / "log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            [*command, "chat", "--no-browser", "--port", "0"], stderr=file, stdout=file
        )
        try:
            while not (found := re.search(r"http://\S+", log.read_text())):
                if process.poll() is not None:
                    raise RuntimeError(log.read_text())
                time.sleep(0.1)
            while True:
                with suppress(httpx.TransportError):
                    if not httpx.get(f"{found.group()}/api/ping").json()["building"]:
                        break
                time.sleep(0.2)
            yield found.group(), process.pid
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=60)


async def _load(
    url: str,
    askers: int,
    seconds: float,
    questions: Sequence[str],
    folder: Path | None,
    measured: Measured,
) -> None:
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(
        base_url=url, timeout=300, limits=limits, trust_env=False
    ) as client:
        begun = time.perf_counter()
        work = [_ask(client, n, begun, seconds, questions, measured) for n in range(askers)]
        if folder is not None:
            work.append(_build(client, begun + seconds, folder, measured))
        await asyncio.gather(*work)


async def _ask(
    client: httpx.AsyncClient,
    asker: int,
    begun: float,
    seconds: float,
    questions: Sequence[str],
    measured: Measured,
) -> None:
    """Ask one question after the other; each asker begins elsewhere among them."""
    number = asker * 7
    while (began := time.perf_counter()) < begun + seconds:
        body = {"question": questions[number % len(questions)]}
        number += 1
        try:
            reply = await client.post("/api/ask", json=body)
            if reply.status_code == 200 and reply.json()["generation"]:
                took = time.perf_counter() - began
                measured.answers.append((asker, began - begun, took))
            else:
                measured.failures[str(reply.status_code)] += 1
        except (httpx.HTTPError, ValueError) as exc:
            measured.failures[type(exc).__name__] += 1


async def _build(client: httpx.AsyncClient, until: float, folder: Path, measured: Measured) -> None:
    """Change a document, build, and so on."""
    text = max(folder.rglob("*.md"), key=lambda path: path.stat().st_size).read_text()
    while (began := time.perf_counter()) < until:
        (folder / "added while it answers.md").write_text(f"{text}\n\nWritten {began}.\n")
        begun = await client.post("/api/index/build")
        if begun.status_code != 202:
            measured.failures[f"build {begun.status_code}"] += 1
        while (state := (await client.get("/api/index/build")).json())["active"]:
            await asyncio.sleep(0.2)
        if state["phase"] != "done":
            measured.failures[f"build {state['phase']}"] += 1
        measured.builds.append(time.perf_counter() - began)
        await asyncio.sleep(1.0)


def _watch_memory(pid: int, measured: Measured, stop: threading.Event) -> None:
    began = time.perf_counter()
    while not stop.wait(0.5):
        measured.memory.append((time.perf_counter() - began, sum(map(_pss_mb, tree(pid)))))


def _pss_mb(pid: int) -> float:
    with suppress(OSError):
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
    return 0.0


def _print(measured: Measured, askers: int, seconds: float) -> bool:
    counts = Counter(asker for asker, _, _ in measured.answers)
    each = [counts[asker] for asker in range(askers)]
    fair = min(each) * 2 >= statistics.median(each)
    print(f"{askers} askers, {seconds:.0f} s: {sum(each):,} answers", end="")
    print(f", {sum(each) / seconds:.1f} a second; failures: {dict(measured.failures) or 'none'}")
    print(f"answers of an asker: {min(each)} to {max(each)}, median {statistics.median(each):g}")
    for third in range(THIRDS):
        start, end = seconds * third / THIRDS, seconds * (third + 1) / THIRDS
        times = sorted(s for _, at, s in measured.answers if start <= at < end)
        memory = [mb for at, mb in measured.memory if start <= at < end]
        if len(times) < 2 or not memory:
            continue
        p95 = times[int(len(times) * 0.95)]
        print(
            f"{start:4.0f} to {end:4.0f} s: p50 {statistics.median(times):.2f} s, p95 {p95:.2f},"
            f" max {times[-1]:.2f}; memory {min(memory):.0f} to {max(memory):.0f} MB,"
            f" median {statistics.median(memory):.0f}"
        )
    if measured.builds:
        low, high = min(measured.builds), max(measured.builds)
        middle = statistics.median(measured.builds)
        print(f"builds: {len(measured.builds)}, {middle:.1f} s median, {low:.1f} to {high:.1f}")
    return not measured.failures and fair


if __name__ == "__main__":
    main()
