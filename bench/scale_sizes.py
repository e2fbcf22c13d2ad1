"""Index size against latency: indexes of real passages, larger ones resampled with noise.

The first passages are real, with the vectors of the model. Where an index shall have more than
were embedded, the others are resampled: sentences drawn from one of the real passages, and its
vector plus noise, at unit length again (cosine .86 with the real one). An index is written by the
writer of every build, whose vectors are handed to it; no files are read and nothing is summarised,
so the time of a build is that of the writer (cache, catalog, Chroma's graph, words).

Each form is opened in a process of its own. The server is `chroma run` over a copy of the vectors
that the embedded form has, so both search the same graph.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import os
import random
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import chain, islice
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from pydantic import SecretStr

from eval.cases import load_suite
from index.builder.plan import Plan
from index.builder.prepare import Prepared, PreparedDocument, Recipe
from index.builder.writer import GenerationWriter, Outcomes, Tools
from index.embedding.embedder import Vectors
from index.embedding.models import EMBEDDING_MODELS
from index.embedding.packaged import PackagedEmbedder
from index.search import OpenGeneration, Query
from index.settings import Server
from index.store.catalog import Catalog
from index.store.files import COLLECTION, size_of
from index.store.home import Home
from index.store.manifest import fingerprint
from index.text.composed import composed
from index.text.sentences import sentence_spans
from index.text.words import query_terms, stems
from index.types import Chunk, Document, Filter, Progress, Seed, Span, chunk_id
from rag.settings import Settings

K = 10
NOISE = 0.6  # length of what is added to a unit vector
_EMBEDDED_AT_ONCE = 200
_REPORTED = 10_000  # chunks between two lines of a build
_WARM = 20
_STARTED_S = 60.0
_PARTS = {"vectors": "vectors", "catalog": "catalog.db", "words": "lexical"}


def measure_sizes(options: argparse.Namespace) -> None:
    """Build what is not there yet, then print for each size a row of `scale_cost.toml`."""
    place: Path = options.place
    place.mkdir(parents=True, exist_ok=True)
    passages = Passages(options.data, place, options.real)
    sizes = [int(size) for size in options.sizes.split(",")]
    for size in sizes:
        _built(passages, place, size)
    if options.build_only:
        return
    asked = _questions(options.data, options.queries, place)
    for size in sizes:
        row = {"passages": size, "real": min(size, options.real)} | _measured(place, size, asked)
        print("[[size]]", *(f"{name} = {json.dumps(value)}" for name, value in row.items()), "",
              sep="\n", flush=True)  # fmt: skip


class Passages:
    """Passages with their vectors: ``real`` ones first, then resampled ones, always the same."""

    def __init__(self, data: Path, place: Path, real: int) -> None:
        with gzip.open(data / "scale" / "passages.jsonl.gz", "rt", encoding="utf-8") as lines:
            self.texts = [json.loads(line)["text"] for line in islice(lines, real)]
        self._vectors = _embedded(self.texts, place / "real.npy")

    def __call__(self, count: int) -> Iterator[tuple[str, Vectors]]:
        """The first ``count``; vectors are unit rows of shape (dim,)."""
        yield from islice(chain(zip(self.texts, self._vectors, strict=True), self._more()), count)

    def _more(self) -> Iterator[tuple[str, Vectors]]:
        chance, noise = random.Random(0), np.random.default_rng(0)
        cut = cache(lambda at: [s.of(self.texts[at]) for s in sentence_spans(self.texts[at], "en")])
        while True:
            at, other = (chance.randrange(len(self.texts)) for _ in range(2))
            own = cut(at)
            text = " ".join([*chance.choices(own, k=len(own)), chance.choice(cut(other))])
            added = noise.standard_normal(self._vectors.shape[1], dtype=np.float32)
            vector = self._vectors[at] + NOISE * added / np.linalg.norm(added)
            yield text, vector / np.linalg.norm(vector)


def _embedded(texts: Sequence[str], path: Path) -> Vectors:
    """The vectors of the model; what is in the file already is not embedded again."""
    model = Settings().embedding
    held = (
        np.load(path) if path.exists() else np.zeros((0, EMBEDDING_MODELS[model].dimension), "f4")
    )
    embedder = PackagedEmbedder(model) if len(held) < len(texts) else None
    while embedder and len(held) < len(texts):
        part = texts[len(held) : len(held) + _EMBEDDED_AT_ONCE]
        held = np.vstack([held, embedder.embed(list(map(composed, part)))])
        np.save(path, held)
        print(f"{len(held)} passages embedded", file=sys.stderr, flush=True)
    return np.asarray(held[: len(texts)], dtype=np.float32)


# Building


class _Prepared:
    """Hands passages to the writer as documents of one chunk, and then their vectors."""

    def __init__(self, passages: Iterator[tuple[str, Vectors]]) -> None:
        self._passages = passages
        self._vectors: dict[str, Vectors] = {}
        model = EMBEDDING_MODELS[Settings().embedding]
        self.dimension, self.scale = model.dimension, model.scale

    @contextmanager
    def prepare(
        self, seeds: Sequence[Seed], _: Recipe, __: Callable[[], None]
    ) -> Iterator[Outcomes]:
        yield self._outcomes(seeds)

    def embed(self, texts: Sequence[str]) -> Vectors:
        return np.stack([self._vectors.pop(text) for text in texts])

    def embed_query(self, query: str) -> Vectors:
        raise NotImplementedError("a build asks nothing")

    def _outcomes(self, seeds: Sequence[Seed]) -> Outcomes:
        for seed, (text, vector) in zip(seeds, self._passages, strict=True):
            self._vectors[composed(text)] = vector
            whole = Span(0, len(text))
            chunk = Chunk(chunk_id(seed.id, whole), seed.id, whole, text, (), None)
            digest = hashlib.sha256(text.encode()).hexdigest()
            document = Document(seed.id, seed.id, text, digest, "text/plain", (), (), None, "en")
            found = " ".join(stems(text, "en"))
            yield seed, Prepared((PreparedDocument(document, (chunk,), (found,)),))


def _built(passages: Passages, place: Path, size: int) -> None:
    home, record = Home(place / f"home-{size}"), place / f"build-{size}.json"
    if record.exists():
        return
    shutil.rmtree(home.path, ignore_errors=True)
    settings = Settings(seeds=place, home=home.path)
    ready = _Prepared(passages(size))
    plan = Plan(added=tuple(Seed(f"{i:07}.txt", "0" * 64) for i in range(size)))
    reported = 0

    def follow(progress: Progress) -> None:
        nonlocal reported
        if progress.chunks - reported >= _REPORTED:
            reported = progress.chunks
            print(f"{size}: {reported} after {progress.seconds:.0f} s, processor "
                  f"{time.process_time() - before:.0f} s", file=sys.stderr, flush=True)  # fmt: skip

    before, started = time.process_time(), time.perf_counter()
    with home.lock(wait_s=1.0):
        writer = GenerationWriter(home, settings, Tools(lambda: ready, ready.prepare))
        writer.write(plan, None, fingerprint(settings), follow)
        home.publish(writer.name, keep=0)
    seconds = time.perf_counter() - started
    built = {
        "written_s": round(seconds),
        "written_processor_s": round(time.process_time() - before),
        "writer_mb": _megabytes(os.getpid()),
    }
    record.write_text(json.dumps(built), encoding="utf-8")


# Measuring


def _questions(data: Path, count: int, place: Path) -> Path:
    """Real questions with their vectors, in a file for the processes that ask them."""
    path = place / "questions.npz"
    cases = [case for name in ("squad2", "clapnq") for case in load_suite(data / name).cases]
    texts = [case.question for case in cases][:: max(1, len(cases) // count)][:count]
    embedder = PackagedEmbedder(Settings().embedding)
    np.savez(path, texts=texts, vectors=np.stack([embedder.embed_query(text) for text in texts]))
    return path


def _measured(place: Path, size: int, asked: Path) -> dict[str, Any]:
    home = Home(place / f"home-{size}")
    pointer = home.pointer()
    assert pointer is not None, "it has been built"
    folder = home.directory(pointer.current)
    row: dict[str, Any] = json.loads((place / f"build-{size}.json").read_text("utf-8"))
    files = {name: folder / file for name, file in _PARTS.items()} | {"cache": home.vectors_path}
    row |= {f"{name}_mb": round(size_of(file) / 1e6, 2) for name, file in files.items()}
    with _server(place, home, pointer.current) as (server, server_home, pid):
        exact = _exact(Catalog(folder / "catalog.db"), np.load(asked)["vectors"])
        embedded = _asked_apart(home.path, "", asked, exact)
        served = _asked_apart(server_home, server, asked, exact)
        row["server_mb"] = _megabytes(pid)
    row |= {"embedded_mb": embedded["mb"], "asking_mb": served["mb"]}
    row |= {"load": [embedded["load"], served["load"]], "recall": embedded["recall"]}
    row |= {f"{step}_ms": served[step][1] for step in ("vectors", "words", "rest")}
    row |= {"embedded_search": embedded["search"], "server_search": served["search"]}
    row |= {"embedded_vectors": embedded["vectors"], "server_vectors": served["vectors"]}
    row["opened_s"] = embedded["opened_s"]
    return row


def _exact(catalog: Catalog, queries: Vectors) -> list[list[int]]:
    """The numbers of the ``K`` nearest vectors of each query, by comparing all."""
    count = catalog.count_vectors()
    best = np.full((len(queries), 0), 0, dtype=np.int64)
    cosines = np.zeros((len(queries), 0), dtype=np.float32)
    for at in range(1, count + 1, 20_000):
        held = catalog.vectors(range(at, min(at + 20_000, count + 1)))
        matrix = np.frombuffer(b"".join(held.values()), np.float32).reshape(len(held), -1)
        numbers = np.broadcast_to(np.fromiter(held, np.int64), (len(queries), len(held)))
        best = np.hstack([best, numbers])
        cosines = np.hstack([cosines, queries @ matrix.T])
        top = np.argpartition(-cosines, K - 1)[:, :K]
        best = np.take_along_axis(best, top, axis=1)
        cosines = np.take_along_axis(cosines, top, axis=1)
    catalog.close()
    return [list(map(int, row)) for row in best]


@contextmanager
def _server(place: Path, home: Home, generation: str) -> Iterator[tuple[str, Path, int]]:
    """A Chroma server over a copy of the vectors; its address, a home that names it, its number."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    path, beside = place / "server", Home(place / "server-home")
    shutil.rmtree(path, ignore_errors=True)
    shutil.rmtree(beside.path, ignore_errors=True)
    of, to = home.directory(generation), beside.directory(generation)
    shutil.copytree(of / "vectors", path)
    (to / "vectors").mkdir(parents=True)
    (to / "vectors" / COLLECTION).write_text(json.dumps({"collection": "vectors"}), "utf-8")
    for name in of.iterdir():
        if name.name != "vectors":
            (to / name.name).symlink_to(name.absolute())
    shutil.copyfile(home.path / "CURRENT", beside.path / "CURRENT")
    command = [str(Path(sys.executable).parent / "chroma"), "run", "--path", str(path)]
    with (place / "server.log").open("w") as log:
        process = subprocess.Popen([*command, "--port", str(port)], stdout=log, stderr=log)
    try:
        url = f"http://127.0.0.1:{port}"
        _wait_for(f"{url}/api/v2/heartbeat", process)
        yield url, beside.path, process.pid
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(path)
        shutil.rmtree(beside.path)


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + _STARTED_S
    while process.poll() is None and time.monotonic() < end:
        try:
            httpx.get(url).raise_for_status()
        except httpx.HTTPError:
            time.sleep(0.2)
        else:
            return
    raise RuntimeError("the Chroma server does not start: see server.log")


def _asked_apart(home: Path, server: str, asked: Path, exact: list[list[int]]) -> dict[str, Any]:
    """What :func:`ask` finds in a process of its own."""
    command = [sys.executable, str(Path(__file__).with_name("scale.py")), "ask"]
    words = [*command, "--home", str(home), "--server", server, "--asked", str(asked)]
    found: dict[str, Any] = json.loads(
        subprocess.check_output(words, input=json.dumps(exact), text=True)
    )
    return found


def ask(options: argparse.Namespace) -> None:
    """Ask the questions of one home; the exact answers come by standard input."""
    exact = json.load(sys.stdin)
    home = Home(options.home)
    pointer = home.pointer()
    assert pointer is not None, "it has been built"
    asked = np.load(options.asked)
    settings = Settings()
    server = Server(options.server, SecretStr("")) if options.server else None
    started = time.perf_counter()
    opened = OpenGeneration(home, pointer.current, server=server)
    steps: dict[str, Callable[[str, Vectors], Any]] = {
        "search": lambda text, vector: opened.passages(
            Query(text, vector, vector),
            k=settings.k,
            candidates=settings.candidates,
            lexical_weight=settings.lexical_weight,
            filter_by=Filter(),
        ),
        "vectors": lambda _, vector: opened._store.search(vector, settings.candidates),
        "words": lambda text, _: opened._lexical.search(
            query_terms(text, opened.languages), settings.candidates
        ),
    }
    texts, vectors = list(map(str, asked["texts"])), asked["vectors"]
    steps["search"](texts[0], vectors[0])
    opened_s = round(time.perf_counter() - started, 2)
    rows = []
    for text, vector in zip(texts, vectors, strict=True):
        row = []
        for call in steps.values():
            began = time.perf_counter()
            call(text, vector)
            row.append((time.perf_counter() - began) * 1000)
        rows.append(row)
    search, nearest, words = np.array(rows[_WARM:]).T
    took = {"search": search, "vectors": nearest, "words": words, "rest": search - nearest - words}
    found = [{number for number, _ in opened._store.search(vector, K)} for vector in vectors]
    recall = [len(near & set(best)) / K for near, best in zip(found, exact, strict=True)]
    result = {step: _quantiles(ms) for step, ms in took.items()} | {
        "recall": round(float(np.mean(recall)), 4),
        "opened_s": opened_s,
        "mb": _megabytes(os.getpid()),
        "load": round(os.getloadavg()[0], 2),
    }
    print(json.dumps(result))


def _quantiles(ms: Vectors) -> list[float]:
    """Quartiles and the 95th percentile."""
    return [round(float(q), 2) for q in np.quantile(ms, [0.25, 0.5, 0.75, 0.95])]


def _megabytes(pid: int) -> float:
    """The resident memory of a process (Linux)."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 1e6, 1)
