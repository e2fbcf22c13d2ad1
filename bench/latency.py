"""How long a person waits: help, an index with nothing to do, the window, the first answers.

Each figure is measured over several runs and printed as minimum, median and maximum.

    python bench/latency.py [--runs 5]
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOOTNOTE = Path(sys.executable).parent / "footnote"
QUESTIONS = (
    "What did the two countries sign at the summit?",
    "Who won the football match?",
    "What is a currency swap?",
    "When was the first summit between the two Koreas?",
)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as place:
        seeds, home = Path(place) / "seeds", Path(place) / "home"
        shutil.copytree(ROOT / "seeds", seeds)
        command = [str(FOOTNOTE), "--seeds", str(seeds), "--home", str(home)]
        cold = _seconds([*command, "index"])
        print(f"first index of seeds/             {cold:6.2f} s (1 run)")
        _print("footnote --help", [_seconds([*command, "--help"]) for _ in range(runs)])
        _print(
            "footnote index, nothing changed", [_seconds([*command, "index"]) for _ in range(runs)]
        )
        windows = [_window(command) for _ in range(runs)]
        _print("window answers after the start", [opened for opened, _ in windows])
        _print("first answer of a new window", [answers[0] for _, answers in windows])
        _print("later answers", [s for _, answers in windows for s in answers[1:]])


def _window(command: Sequence[str]) -> tuple[float, list[float]]:
    """Seconds until the page is served with a fresh index, and of each answer after it is."""
    started = time.perf_counter()
    process = subprocess.Popen(
        [*command, "chat", "--no-browser", "--port", "0"], stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stderr is not None
        url = next(m.group() for line in process.stderr if (m := re.search(r"http://\S+", line)))
        _get(url)
        opened = time.perf_counter() - started
        return opened, [_answer(url, question) for question in QUESTIONS]
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)


def _get(url: str) -> None:
    deadline = time.perf_counter() + 60
    while time.perf_counter() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=10) as reply:
                reply.read()
            return
        except OSError:
            time.sleep(0.05)
    raise TimeoutError(url)


def _answer(url: str, question: str) -> float:
    body = json.dumps({"question": question}).encode()
    request = urllib.request.Request(
        f"{url}/api/ask", body, {"Content-Type": "application/json"}, method="POST"
    )
    started = time.perf_counter()
    with urllib.request.urlopen(request, timeout=60) as reply:
        json.load(reply)
    return time.perf_counter() - started


def _seconds(command: Sequence[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - started


def _print(name: str, seconds: Sequence[float]) -> None:
    low, middle, high = min(seconds), statistics.median(seconds), max(seconds)
    print(f"{name:<33} {middle:6.2f} s median, {low:.2f} to {high:.2f} ({len(seconds)} runs)")


if __name__ == "__main__":
    main()
