"""What the tests share: a tiny embedder, builders, folders, the command line.

The only fake is :class:`tests.bag_of_words.BagOfWords`, at the Embedder seam. Everything behind it
is real: files, parsers, SQLite, tantivy, Chroma. Sockets may reach this machine only.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import chdir
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, settings
from pytest_socket import socket_allow_hosts

from index.builder.build import Builder
from index.builder.workers import Limits, Workers
from index.builder.writer import Prepare, Tools
from index.chunking import Chunker, load_chunker
from index.embedding.embedder import Embedder
from index.embedding.rerank import Reranker
from index.search import Searcher
from index.text.tokens import Tokenize, load_tokenizer
from rag.conversations.archive import Archive
from rag.settings import Settings
from tests.bag_of_words import BagOfWords
from ui.cli.main import main

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
settings.register_profile("quick", settings.get_profile("footnote"), max_examples=20)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "footnote"))


def pytest_configure() -> None:
    """Settings of the person who runs the tests must not change what the tests see."""
    for name in [name for name in os.environ if name.upper().startswith("FOOTNOTE_")]:
        del os.environ[name]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What reads files beside the repository is marked."""
    for item in items:
        if {"shared_data", "shared_seeds"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.sets)


def pytest_runtest_setup() -> None:
    """Connections to other machines fail (pytest-socket lifts this after each test)."""
    socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)


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
    """``make_builder(seeds, home, embedder=..., **settings)``: without a model, or LibreOffice."""

    def make(seeds: Path, home: Path, *, embedder: Embedder = embedder, **flags: object) -> Builder:
        chosen = Settings(seeds=seeds, home=home, **{"libreoffice": False} | flags)
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


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    """An archive of conversations, empty."""
    return Archive(tmp_path / "state")


@pytest.fixture(scope="session")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An empty folder to run commands in."""
    folder = tmp_path_factory.mktemp("elsewhere")
    yield folder
    assert not list(folder.glob("seeds")), "the command made a folder nobody asked for"


@pytest.fixture(scope="session")
def cli(elsewhere: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """``cli(*arguments, env=..., cwd=...)``: the command line in this process."""

    def run(
        *arguments: object, env: Mapping[str, str] | None = None, cwd: Path = elsewhere
    ) -> subprocess.CompletedProcess[str]:
        words = ["footnote", *map(str, arguments)]
        with (
            CliRunner().isolation(env={"HOME": str(elsewhere)} | dict(env or {})) as (out, err, _),
            chdir(cwd),
            pytest.MonkeyPatch.context() as patch,
        ):
            patch.setattr(sys, "argv", words)
            status = 0
            try:
                main()
            except SystemExit as exit_:
                status = exit_.code
            sys.stdout.flush()
            sys.stderr.flush()
            return subprocess.CompletedProcess(
                words, status or 0, out.getvalue().decode(), err.getvalue().decode()
            )

    return run
