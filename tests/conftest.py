"""What the tests share: a tiny embedder, builders, a house over the seeds, the command line.

The only fake is :class:`BagOfWords`, at the Embedder seam. Everything behind it is real: files,
parsers, SQLite, tantivy, Chroma. Sockets may reach this machine only.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path

import httpx
import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from pytest_socket import socket_allow_hosts

from index.builder.build import Builder
from index.builder.workers import Limits, Workers
from index.builder.writer import Prepare, Tools
from index.chunking import Chunker, load_chunker
from index.embedding.embedder import Embedder, OnnxEmbedder, Vectors
from index.embedding.rerank import Reranker
from index.search import Searcher
from index.text.tokens import Tokenize, load_tokenizer
from rag.assemble import Services
from rag.assistant import Assistant
from rag.intents import Intents
from rag.reader import Reader
from rag.settings import Settings
from rag.write import ExtractiveGenerator

REPO = Path(__file__).resolve().parents[1]
SHARED = REPO.parent / "shared"

# The same examples in every run, and no folder of examples beside the code.
settings.register_profile(
    "footnote",
    deadline=None,
    database=None,
    derandomize=True,
    max_examples=100,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "footnote"))


def pytest_configure() -> None:
    """Settings of the person who runs the tests must not change what the tests see."""
    for name in [name for name in os.environ if name.upper().startswith("FOOTNOTE_")]:
        del os.environ[name]


def pytest_runtest_setup() -> None:
    """Connections to other machines fail (pytest-socket lifts this after each test)."""
    socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)


class BagOfWords:
    """Hashed word counts as unit rows: texts that share words are near; no model is needed.

    ``embedded`` is every text that it was given, in order.
    """

    dimension = 384

    def __init__(self) -> None:
        self.embedded: list[str] = []

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One unit row for each text."""
        self.embedded += texts
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in re.findall(r"\w+", text.lower()) or [text]:
                row[zlib.crc32(word.encode()) % self.dimension] += 1.0
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    def embed_query(self, query: str) -> Vectors:
        """The same for a query."""
        return self.embed([query])[0]

    def similarity(self, cosines: Vectors) -> Vectors:
        """Cosines as they are."""
        return cosines


@pytest.fixture(scope="session")
def repo() -> Path:
    """The root of this repository."""
    return REPO


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real data beside the repository; the test is skipped where there is none."""
    if not (SHARED / "data").is_dir():
        pytest.skip("no ../shared/data beside the repository")
    return SHARED / "data"


@pytest.fixture(scope="session")
def shared_seeds() -> Path:
    """The user's own documents; the test is skipped where there are none."""
    if not (SHARED / "seeds").is_dir():
        pytest.skip("no ../shared/seeds beside the repository")
    return SHARED / "seeds"


@pytest.fixture(scope="session")
def tokenize() -> Tokenize:
    """The real tokenizer."""
    return load_tokenizer()


@pytest.fixture(scope="session")
def chunker_of(tokenize: Tokenize) -> Callable[[int], Chunker]:
    """A function that gives the real chunker for a number of tokens."""
    made: dict[int, Chunker] = {}

    def chunker(chunk_tokens: int) -> Chunker:
        if chunk_tokens not in made:
            made[chunk_tokens] = load_chunker(chunk_tokens, tokenize)
        return made[chunk_tokens]

    return chunker


@pytest.fixture(scope="session")
def chunker(chunker_of: Callable[[int], Chunker]) -> Chunker:
    """The real chunker with the default size."""
    return chunker_of(256)


@pytest.fixture(scope="session")
def workers() -> Iterator[Workers]:
    """The real worker processes, started once for all tests."""
    with Workers(Limits(seconds=60, memory_mb=2000), count=1) as started:
        yield started


@pytest.fixture(scope="session")
def prepare(workers: Workers) -> Prepare:
    """What a builder gets its documents from."""
    return workers.prepare


@pytest.fixture
def embedder() -> BagOfWords:
    """The tiny embedder."""
    return BagOfWords()


@pytest.fixture
def make_builder(embedder: BagOfWords, prepare: Prepare) -> Callable[..., Builder]:
    """``make_builder(seeds, home, embedder=..., **settings)``: a builder without a model."""

    def make(seeds: Path, home: Path, *, embedder: Embedder = embedder, **flags: object) -> Builder:
        chosen = Settings(seeds=seeds, home=home, **flags)
        return Builder(chosen, Tools(lambda: embedder, prepare))

    return make


@pytest.fixture
def make_searcher(embedder: BagOfWords) -> Callable[..., Searcher]:
    """``make_searcher(home, reranker=..., **settings)``: search without a model."""

    def make(home: Path, *, reranker: Reranker | None = None, **flags: object) -> Searcher:
        return Searcher(Settings(home=home, **flags), embedder, reranker)

    return make


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    """An empty folder for documents."""
    folder = tmp_path / "seeds"
    folder.mkdir()
    return folder


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Where the state of a test goes; not made yet."""
    return tmp_path / "home"


@pytest.fixture(scope="session")
def write() -> Callable[[Path, Mapping[str, str | bytes]], None]:
    """``write(folder, {name: content})``: files, and the folders that they are in."""

    def write_files(folder: Path, files: Mapping[str, str | bytes]) -> None:
        for name, content in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)

    return write_files


@pytest.fixture(scope="session")
def _seeds_house(tmp_path_factory: pytest.TempPathFactory) -> Services:
    home = tmp_path_factory.mktemp("house") / "home"
    return Services(Settings(seeds=REPO / "seeds", home=home))


@pytest.fixture(scope="session")
def real_embedder(_seeds_house: Services) -> Embedder:
    """The packaged model, loaded once for all tests."""
    return _seeds_house.embedder()


@pytest.fixture(scope="session")
def house(_seeds_house: Services, real_embedder: Embedder) -> Services:
    """The house over the shipped seeds, indexed with the real model."""
    _seeds_house.builder.build()
    return _seeds_house


@pytest.fixture(scope="session")
def reader(real_embedder: Embedder) -> Reader:
    """The shipped reader."""
    assert isinstance(real_embedder, OnnxEmbedder)
    return Reader(real_embedder.weights)


@pytest.fixture(scope="session")
def intents(real_embedder: Embedder) -> Intents:
    """The shipped head over the vectors of the real model."""
    return Intents(real_embedder.embed_query)


@pytest.fixture(scope="session")
def make_assistant(
    real_embedder: Embedder, reader: Reader, intents: Intents, prepare: Prepare
) -> Callable[[Path, Path], Assistant]:
    """``make_assistant(seeds, home)``: index a folder with the real model and answer from it."""

    def make(seeds: Path, home: Path) -> Assistant:
        chosen = Settings(seeds=seeds, home=home)
        Builder(chosen, Tools(lambda: real_embedder, prepare)).build()
        generator = ExtractiveGenerator(chosen.max_sentences)
        searcher = Searcher(chosen, real_embedder)
        return Assistant(chosen, searcher, reader, intents, generator, generator)

    return make


@pytest.fixture(scope="session")
def as_ordinary_user() -> list[str]:
    """Words before a command that take from the superuser the right to read everything."""
    if os.geteuid() != 0:
        return []
    without = "-dac_override,-dac_read_search"
    prefix = ["setpriv", f"--bounding-set={without}", f"--inh-caps={without}"]
    if shutil.which("setpriv") is None:
        pytest.skip("running as root without setpriv: nothing is unreadable")
    if subprocess.run([*prefix, "true"], check=False, capture_output=True).returncode != 0:
        pytest.skip("setpriv may not drop capabilities here")
    return prefix


RunCommand = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def cli(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunCommand]:
    """``cli(*arguments, env=..., prefix=...)``: the installed command, in a clean environment."""
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    command = Path(sys.executable).parent / "footnote"

    def run(
        *arguments: object,
        env: Mapping[str, str] | None = None,
        prefix: Sequence[str] = (),
        cwd: Path = elsewhere,
    ) -> subprocess.CompletedProcess[str]:
        clean = {"PATH": os.environ["PATH"], "HOME": str(elsewhere), "LANG": "C.UTF-8"}
        done = subprocess.run(
            [*prefix, str(command), *map(str, arguments)],
            capture_output=True,
            check=False,
            cwd=cwd,
            env=clean | dict(env or {}),
            timeout=120,
        )
        # Decoded here, because text mode would change line ends.
        return subprocess.CompletedProcess(
            done.args, done.returncode, done.stdout.decode(), done.stderr.decode()
        )

    yield run
    assert not list(elsewhere.glob("seeds")), "the command made a folder nobody asked for"


CHROMIUM = shutil.which("chromium")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


class Window:
    """A served chat window over a folder that tests may change; ``settings`` are FOOTNOTE_*.

    It is answered when its first build has ended.
    """

    def __init__(
        self, seeds: Path, home: Path, arguments: Sequence[str] = (), **settings: object
    ) -> None:
        self.seeds, self.home = seeds, home
        self._command = [
            *(Path(sys.executable).parent / "footnote", "--seeds", seeds, "--home", home),
            *("chat", "--no-browser", *arguments, "--port"),
        ]
        clean = {k: v for k, v in os.environ.items() if not k.startswith("FOOTNOTE_")}
        self._environment = clean | {f"FOOTNOTE_{k.upper()}": str(v) for k, v in settings.items()}
        self._start("0")

    def restart(self) -> None:
        """End the server and start another one at the same address."""
        self.close()
        self._start(self.url.rpartition(":")[2])

    def _start(self, port: str) -> None:
        self.log = (self.home.parent / "chat.log").open("w+")
        self.process = subprocess.Popen(
            [*self._command, port], env=self._environment, stderr=self.log
        )
        self.url = ""
        self.was_building = False  # when it first answered
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline and self.process.poll() is None:
            found = re.search(r"http://\S+", Path(self.log.name).read_text())
            self.url = found.group() if found else ""
            if self.url and not self._is_building():
                return
            time.sleep(0.2)
        raise AssertionError(Path(self.log.name).read_text())

    def _is_building(self) -> bool:
        token = self._environment.get("FOOTNOTE_TOKEN", "")
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            reply = httpx.get(f"{self.url}/api/ping", headers=headers, trust_env=False)
        except httpx.TransportError:  # not listening yet
            return True
        is_building = bool(reply.json()["building"])
        self.was_building = self.was_building or is_building
        return is_building

    def close(self) -> None:
        self.process.send_signal(signal.SIGINT)
        self.process.wait(timeout=30)
        self.log.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[object]:
    """Debian's chromium."""
    playwright = pytest.importorskip("playwright.sync_api")
    if CHROMIUM is None:
        pytest.skip("needs chromium: apt-get install chromium")
    with playwright.sync_playwright() as session:
        chromium = session.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def serve_window() -> Iterator[Callable[..., Window]]:
    """``serve_window(seeds, home, **settings)``: a window; it is ended with the session."""
    served: list[Window] = []

    def serve(seeds: Path, home: Path, arguments: Sequence[str] = (), **settings: object) -> Window:
        served.append(Window(seeds, home, arguments, **settings))
        return served[-1]

    yield serve
    for window in served:
        window.close()


@pytest.fixture
def open_page(browser) -> Callable[..., AbstractContextManager[object]]:
    """Opens a page of its own (cookies too): it may reach nobody else and report no error."""
    return partial(_opened, browser)


@contextmanager
def _opened(browser, window: Window, path: str = "/", **options: object) -> Iterator[object]:
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 860}} | options)
    page = context.new_page()
    page.outside = []
    page.problems = []
    local = (window.url, "data:", "blob:")
    page.on("request", lambda r: r.url.startswith(local) or page.outside.append(r.url))
    page.on("console", lambda m: m.type == "error" and page.problems.append(m.text))
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    page.goto(window.url + path)
    page.wait_for_selector("#fn-question textarea")
    yield page
    context.close()
    assert page.outside == []
    assert page.problems == []
