"""The window as a person has it, in a real browser: how soon it is there, and how soon it answers.

Measured: the page from its address to a box that can be typed into; the first words and the first
sentence after Enter; many windows that ask at once; the server's memory over many questions.
Needs chromium and the extra ``dev``.

    python bench/window.py [--runs 10] [--windows 20] [--questions 500]
"""

from __future__ import annotations

import argparse
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
FOOTNOTE = Path(sys.executable).parent / "footnote"
BOX = "#fn-question textarea"
QUESTIONS = (
    "What did the two countries sign at the summit?",
    "Who won the football match?",
    "What is a currency swap?",
    "When was the first summit between the two Koreas?",
    "When was APEC founded?",
)
# Notes when the last answer has its first words and its first sentence, from Enter on.
WATCH = """() => {
  window.seen = {};
  addEventListener('keydown', (event) => {
    if (event.key === 'Enter')
      window.seen = {from: performance.now(),
        answers: document.querySelectorAll(".fn-answer").length};
  }, true);
  new MutationObserver(() => {
    const seen = window.seen, all = document.querySelectorAll('.fn-answer');
    if (!seen.from || all.length <= seen.answers) return;
    const last = all[all.length - 1], now = performance.now() - seen.from;
    seen.shown ??= now;
    if (/searched/.test(last.querySelector('.fn-steps')?.innerText)) seen.words ??= now;
    if (last.querySelector('.fn-sentence, .fn-refusal')) seen.sentence ??= now;
    if (last.querySelector('.fn-do-copy')) seen.whole ??= now;
  }).observe(document.body, {subtree: true, childList: true, characterData: true});
}"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--windows", type=int, default=20)
    parser.add_argument("--questions", type=int, default=500)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place, sync_playwright() as playwright:
        chromium = started(playwright)
        with served(Path(place)) as (url, process):
            _usable(chromium, url, options.runs)
            _first_words(chromium, url, options.runs)
            _at_once(chromium, url, options.windows)
            _memory(chromium, url, process.pid, options.questions)
        chromium.close()


def started(playwright: Playwright) -> Browser:
    """Debian's chromium."""
    path = shutil.which("chromium")
    return playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])


@contextmanager
def served(place: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The window over a copy of the shipped documents: its address and its process."""
    shutil.copytree(ROOT / "seeds", place / "seeds")
    command = [str(FOOTNOTE), "--seeds", str(place / "seeds"), "--home", str(place / "home")]
    subprocess.run([*command, "index"], check=True, capture_output=True)
    process = subprocess.Popen(
        [*command, "chat", "--no-browser", "--port", "0"], stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    found = None
    while found is None:
        found = re.search(r"http://\S+", process.stderr.readline())
    yield found.group(), process
    process.send_signal(signal.SIGINT)
    process.wait()


def opened(
    chromium: Browser, url: str, *, viewport: tuple[int, int] = (1280, 860), mode: str = "light"
) -> Page:
    """A page of a browser of its own, ready for a question."""
    size: Any = {"width": viewport[0], "height": viewport[1]}
    scheme: Any = mode
    page = chromium.new_context(viewport=size, color_scheme=scheme).new_page()
    page.goto(url)
    page.wait_for_selector(BOX)
    page.wait_for_selector("#fn-list [data-current]", state="attached")
    return page


def _usable(chromium: Browser, url: str, runs: int) -> None:
    seconds = []
    for _ in range(runs):
        started = time.perf_counter()
        page = opened(chromium, url)
        seconds.append(time.perf_counter() - started)
        page.context.close()
    _print("page usable, a new browser", seconds, "s")


def _first_words(chromium: Browser, url: str, runs: int) -> None:
    page = opened(chromium, url)
    page.evaluate(WATCH)
    seen = [_ask(page, QUESTIONS[n % len(QUESTIONS)], 2.0) for n in range(runs)]
    page.context.close()
    for name, told in (
        ("shown", "question shown after Enter"),
        ("words", "first words after Enter"),
        ("sentence", "first sentence after Enter"),
        ("whole", "whole answer after Enter"),
    ):
        _print(told, [times[name] for times in seen], "ms")


def _ask(page: Page, question: str, pause_s: float = 0.0) -> dict[str, float]:
    """Milliseconds from Enter on; then a pause, as somebody reads the answer."""
    page.fill(BOX, question)
    page.press(BOX, "Enter")
    page.wait_for_function("() => window.seen.whole", timeout=120_000)
    page.wait_for_timeout(pause_s * 1000)
    times: dict[str, float] = page.evaluate("window.seen")
    return times


def _at_once(chromium: Browser, url: str, count: int) -> None:
    pages = [opened(chromium, url) for _ in range(count)]
    errors: list[str] = []

    def keep(message: ConsoleMessage) -> None:
        if message.type == "error":
            errors.append(message.text)

    for n, page in enumerate(pages):
        page.on("console", keep)
        page.evaluate(WATCH)
        page.fill(BOX, QUESTIONS[n % len(QUESTIONS)])
    for page in pages:
        page.press(BOX, "Enter")
    times = []
    for page in pages:
        page.wait_for_function("() => window.seen.whole", timeout=120_000)
        times.append(page.evaluate("window.seen.whole"))
        page.context.close()
    _print(f"whole answer, {count} windows at once", times, "ms")
    print(f"errors in these windows            {len(errors)}")


def _memory(chromium: Browser, url: str, pid: int, questions: int) -> None:
    """In one browser, a new conversation after every 25 questions."""
    page = opened(chromium, url)
    page.evaluate(WATCH)
    sizes = []
    for n in range(questions):
        if n % 25 == 0:
            sizes.append((n, _resident_mb(pid)))
            page.click("#fn-new")
            page.wait_for_selector(".fn-question", state="detached")
        _ask(page, QUESTIONS[n % len(QUESTIONS)])
    sizes.append((questions, _resident_mb(pid)))
    page.context.close()
    print("memory of the server, MB:", " ".join(f"{n}: {mb:.0f}" for n, mb in sizes))


def _resident_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    found: Any = re.search(r"VmRSS:\s+(\d+) kB", status)
    return int(found.group(1)) / 1000


def _print(what: str, values: Sequence[float], unit: str) -> None:
    low, middle, high = min(values), statistics.median(values), max(values)
    print(
        f"{what:34} {low:7.2f} {middle:7.2f} {high:7.2f} {unit} (min, median, max of {len(values)})"
    )


if __name__ == "__main__":
    main()
