"""What the tests with the real model share, and those of the installed command."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from index.builder.build import Builder
from index.builder.writer import Prepare, Tools
from index.embedding.embedder import Embedder
from index.embedding.packaged import PackagedEmbedder
from index.search import Searcher
from rag.assemble import Services
from rag.assistant import Assistant
from rag.intents import Intents
from rag.reader import LocalReader, Reader
from rag.settings import Settings
from rag.write import ExtractiveGenerator


@pytest.fixture(scope="session")
def real_embedder() -> PackagedEmbedder:
    """The packaged model, loaded once for all tests."""
    return PackagedEmbedder(Settings().embedding)


@pytest.fixture(scope="session")
def services(
    repo: Path, real_embedder: Embedder, tmp_path_factory: pytest.TempPathFactory
) -> Services:
    """The services over the shipped seeds, indexed with the real model."""
    home = tmp_path_factory.mktemp("services") / "home"
    made = Services(Settings(seeds=repo / "seeds", home=home))
    made.use_embedder(real_embedder)
    made.builder.build()
    return made


@pytest.fixture(scope="session")
def reader(real_embedder: PackagedEmbedder) -> Reader:
    """The shipped reader."""
    return LocalReader(real_embedder.weights)


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
def assistant_over(
    tmp_path_factory: pytest.TempPathFactory, make_assistant: Callable[[Path, Path], Assistant]
) -> Callable[[Mapping[str, str]], Assistant]:
    """``assistant_over({"a.txt": "..."})``: the same over a new folder with these texts."""

    def make(texts: Mapping[str, str]) -> Assistant:
        place = tmp_path_factory.mktemp("over")
        (place / "seeds").mkdir()
        for name, text in texts.items():
            (place / "seeds" / name).write_text(text, encoding="utf-8")
        return make_assistant(place / "seeds", place / "home")

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


@pytest.fixture(scope="session")
def command(elsewhere: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """``command(*arguments, env=..., prefix=...)``: the installed one, in a clean environment."""
    footnote = Path(sys.executable).parent / "footnote"

    def run(
        *arguments: object,
        env: Mapping[str, str] | None = None,
        prefix: Sequence[str] = (),
    ) -> subprocess.CompletedProcess[str]:
        clean = {"PATH": os.environ["PATH"], "HOME": str(elsewhere), "LANG": "C.UTF-8"}
        done = subprocess.run(
            [*prefix, str(footnote), *map(str, arguments)],
            capture_output=True,
            check=False,
            cwd=elsewhere,
            env=clean | dict(env or {}),
            timeout=120,
        )
        # Decoded here, because text mode would change line ends.
        return subprocess.CompletedProcess(
            done.args, done.returncode, done.stdout.decode(), done.stderr.decode()
        )

    return run
