"""The embedder beside its reference: speed, memory, and what it finds.

Every measurement has a process of its own, and the two take turns, so that they meet the same
noise. Speed is of the first passages of the scale set; quality is nDCG@10 of exact dense search
for the answerable questions of a suite, over whole documents.

    python bench/embedding.py --data ../shared/data [--passages 500] [--repeats 3] [--suite scifact]
"""

from __future__ import annotations

import argparse
import gzip
import json
import multiprocessing
import resource
import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TypeVar

import numpy as np

from eval.cases import load_suite
from eval.measures import ndcg
from index.embedding.embedder import Embedder, Vectors
from index.embedding.packaged import PackagedEmbedder, folder_of
from index.embedding.sentence_transformers import SentenceTransformerEmbedder

MODEL = "all-MiniLM-L6-v2"
BACKENDS: dict[str, Callable[[], Embedder]] = {
    "torch fp32": lambda: SentenceTransformerEmbedder(str(folder_of(MODEL))),
    "onnx int8": lambda: PackagedEmbedder(MODEL),
}
QUERIES = 200

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Speed:
    """One run: seconds until the model is ready, texts/s, median query, peak memory."""

    load_s: float
    texts_per_s: float
    query_ms: float
    peak_mb: float


@dataclass(frozen=True, slots=True)
class Quality:
    """One suite: its nDCG@10 and the vectors of its questions."""

    ndcg: float
    questions: Vectors


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--passages", type=int, default=500)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--suite", default="scifact", help="its folder in the data, or '' for none")
    options = parser.parse_args()
    runs: dict[str, list[Speed]] = {backend: [] for backend in BACKENDS}
    for _ in range(options.repeats):
        for backend, speeds in runs.items():
            speeds.append(_alone(_speed, backend, options.data, options.passages))
    print(f"minimum - median - maximum of {options.repeats} runs, {options.passages} passages")
    print(f"{'':<12}{'passages/s':>22}{'query, ms':>22}{'load, s':>22}{'peak, MB':>10}")
    for backend, speeds in runs.items():
        columns = (
            [s.texts_per_s for s in speeds],
            [s.query_ms for s in speeds],
            [s.load_s for s in speeds],
        )
        peak = max(s.peak_mb for s in speeds)
        print(f"{backend:<12}" + "".join(f"{_spread(c):>22}" for c in columns) + f"{peak:10.0f}")
    if options.suite:
        _print_quality(options.data / options.suite)


def _alone(measure: Callable[..., T], *arguments: object) -> T:
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        return process.submit(measure, *arguments).result()


def _speed(backend: str, data: Path, passages: int) -> Speed:
    with gzip.open(data / "scale" / "passages.jsonl.gz", "rt", encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line in islice(lines, passages)]
    queries = [" ".join(text.split()[:8]) for text in texts[:QUERIES]]
    started = time.perf_counter()
    embedder = BACKENDS[backend]()
    embedder.embed(queries[:1])
    loaded = time.perf_counter()
    embedder.embed(texts)
    done = time.perf_counter()
    waits = [_seconds(embedder, query) for query in queries]
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    per_s = len(texts) / (done - loaded)
    return Speed(loaded - started, per_s, statistics.median(waits) * 1000, peak_mb)


def _seconds(embedder: Embedder, query: str) -> float:
    started = time.perf_counter()
    embedder.embed([query])
    return time.perf_counter() - started


def _quality(backend: str, folder: Path) -> Quality:
    suite = load_suite(folder)
    names = sorted(
        p.relative_to(suite.documents).as_posix() for p in suite.documents.rglob("*.txt")
    )
    cases = [case for case in suite.cases if case.answerable]
    embedder = BACKENDS[backend]()
    documents = embedder.embed([(suite.documents / n).read_text("utf-8") for n in names])
    questions = embedder.embed([case.question for case in cases])
    total = 0.0
    for case, scores in zip(cases, questions @ documents.T, strict=True):
        ranking = [names[i] for i in np.argsort(-scores, kind="stable")[:10]]
        total += ndcg(ranking, set(case.sources), 10)
    return Quality(total / len(cases), questions)


def _print_quality(suite: Path) -> None:
    found = {backend: _alone(_quality, backend, suite) for backend in BACKENDS}
    reference = next(iter(found.values()))
    print(f"\n{suite.name:<12}{'nDCG@10':>10}{'to torch':>10}{'cosine of the questions, mean':>32}")
    for backend, quality in found.items():
        change = quality.ndcg / reference.ndcg - 1
        cosine = float((quality.questions * reference.questions).sum(axis=1).mean())
        print(f"{backend:<12}{quality.ndcg:10.4f}{change:>+10.2%}{cosine:32.4f}")


def _spread(values: Sequence[float]) -> str:
    return f"{min(values):.1f} - {statistics.median(values):.1f} - {max(values):.1f}"


if __name__ == "__main__":
    main()
