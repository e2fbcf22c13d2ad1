"""A served window, and a real browser that looks at it."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect, sync_playwright

from tests.browser.forked import Parent, started_parent

CHROMIUM = shutil.which("chromium")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip

# What a page shows is waited for: it is drawn some time after the click. 5 s are too few beside
# another process of tests.
expect.set_options(timeout=30_000)


# An event that failed says so in a corner for some seconds; here it is an error of the page.
REPORT_FAILED_EVENTS = """
new MutationObserver((changes) => {
  for (const node of changes.flatMap((change) => [...change.addedNodes]))
    if (node.querySelector?.(".toast-body.error")) console.error(node.innerText);
}).observe(document, {childList: true, subtree: true});
"""


class Window:
    """A served chat window over a folder that tests may change; ``settings`` are FOOTNOTE_*.

    It is answered when its first build has ended; ``key`` is what an account lets a program in by.
    """

    def __init__(
        self,
        parent: Parent,
        seeds: Path,
        home: Path,
        arguments: Sequence[str] = (),
        *,
        key: str = "",
        **settings: object,
    ) -> None:
        self.seeds, self.home = seeds, home
        self.log = home.parent / "chat.log"
        self._parent = parent
        folders = ("--seeds", str(seeds), "--home", str(home))
        self._arguments = [*folders, "chat", "--no-browser", *arguments, "--port"]
        clean = {k: v for k, v in os.environ.items() if not k.startswith("FOOTNOTE_")}
        self._environment = clean | {f"FOOTNOTE_{k.upper()}": str(v) for k, v in settings.items()}
        self._key = key or self._environment.get("FOOTNOTE_TOKEN", "")
        self._start("0")

    def restart(self) -> None:
        """End the server and start another one at the same address."""
        self.close()
        self._start(self.url.rpartition(":")[2])

    def _start(self, port: str) -> None:
        self.log.unlink(missing_ok=True)
        self.process = self._parent.start([*self._arguments, port], self._environment, self.log)
        self.url = ""
        self.was_building = False  # when it first answered
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline and self.process.is_running():
            found = re.search(r"http://\S+", self.log.read_text() if self.log.exists() else "")
            self.url = found.group() if found else ""
            if self.url and not self._is_building():
                return
            time.sleep(0.2)
        raise AssertionError(self.log.read_text())

    def _is_building(self) -> bool:
        headers = {"Authorization": f"Bearer {self._key}"} if self._key else {}
        try:
            reply = httpx.get(f"{self.url}/api/ping", headers=headers, trust_env=False)
        except httpx.TransportError:  # not listening yet
            return True
        is_building = bool(reply.json()["building"])
        self.was_building = self.was_building or is_building
        return is_building

    def close(self) -> None:
        """End the server."""
        self.process.interrupt(within_s=30)


@pytest.fixture(scope="session")
def browser() -> Iterator[object]:
    """Debian's chromium."""
    if CHROMIUM is None:
        pytest.skip("needs chromium: apt-get install chromium")
    with sync_playwright() as session:
        chromium = session.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def parent() -> Parent:
    """What servers are forked from; one for the tests of all folders."""
    return started_parent()


@pytest.fixture(scope="module")
def serve_window(parent: Parent) -> Iterator[Callable[..., Window]]:
    """``serve_window(seeds, home, **settings)``: a window; it is ended with the module."""
    served: list[Window] = []

    def serve(seeds: Path, home: Path, arguments: Sequence[str] = (), **settings: object) -> Window:
        served.append(Window(parent, seeds, home, arguments, **settings))
        return served[-1]

    yield serve
    for window in served:
        window.close()


class Visitors:
    """Contexts of a browser; one that is used again has forgotten everything but its cache."""

    def __init__(self, browser) -> None:
        self._browser = browser
        self._free: dict[str, list[object]] = defaultdict(list)

    @contextmanager
    def visitor(self, **options: object) -> Iterator[object]:
        """A context with these options; after an error it is closed."""
        free = self._free[repr(sorted(options.items()))]
        context = free.pop() if free else self._browser.new_context(**options)
        try:
            yield context
        except BaseException:
            context.close()
            raise
        for page in context.pages:
            page.evaluate("localStorage.clear(); sessionStorage.clear()")
            page.close()
        context.clear_cookies()
        free.append(context)

    def close(self) -> None:
        """Close all."""
        for contexts in self._free.values():
            for context in contexts:
                context.close()


@pytest.fixture(scope="module")
def visitors(browser) -> Iterator[Visitors]:
    """The visitors of the windows of a module."""
    made = Visitors(browser)
    yield made
    made.close()


@pytest.fixture
def open_page(visitors) -> Callable[..., AbstractContextManager[object]]:
    """Opens a page of its own (cookies too): it may reach nobody else and report no error."""
    return partial(_opened, visitors)


@pytest.fixture
def page(open_page, window) -> Iterator[object]:
    """A page of the window of the module."""
    with open_page(window) as page:
        yield page


@contextmanager
def _opened(
    visitors: Visitors, window: Window, path: str = "/", **options: object
) -> Iterator[object]:
    chosen = {"viewport": {"width": 1280, "height": 860}} | options
    with visitors.visitor(**chosen) as context:
        yield from _looked_at(context, window, path)


def _looked_at(context, window: Window, path: str) -> Iterator[object]:
    page = context.new_page()
    page.add_init_script(REPORT_FAILED_EVENTS)
    page.outside = []
    page.problems = []
    local = (window.url, "data:", "blob:")
    page.on("request", lambda r: r.url.startswith(local) or page.outside.append(r.url))
    page.on("console", lambda m: m.type == "error" and page.problems.append(m.text))
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    page.goto(window.url + path)
    page.wait_for_selector("#fn-question textarea")
    yield page
    assert page.outside == []
    assert page.problems == []
