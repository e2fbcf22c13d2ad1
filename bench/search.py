"""How long a query takes in a large index, besides its embedding, and with several who ask.

footnote --seeds FOLDER --home HOME index      # 100,000 passages of ../shared/data/scale, say
python bench/search.py --home HOME --questions ../shared/data/squad2 ../shared/data/clapnq

With ``--beside OTHER``, an index of the same documents, each question is asked of both in turn; the
vectors of one of them may be on the server that FOOTNOTE_CHROMA_URL names.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from eval.cases import load_suite
from index.embedding.packaged import PackagedEmbedder
from index.processors import available_processors
from index.search import OpenGeneration, Query
from index.store.home import Home
from index.types import Filter
from rag.settings import Settings

ASKERS = (1, 2, 4, 8)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--questions", type=Path, nargs="+", required=True)
    parser.add_argument("--queries", type=int, default=500)
    parser.add_argument("--beside", type=Path, help="the home of another index of these documents")
    options = parser.parse_args()
    generation = _opened(options.home)
    model = str(generation.manifest.fingerprint["embedding"])
    embedder = PackagedEmbedder(model)
    asked = [case.question for path in options.questions for case in load_suite(path).cases]
    texts = asked[:: max(1, len(asked) // options.queries)][: options.queries]
    print(f"{generation.manifest.chunks} chunks, {len(texts)} questions, {model}")
    if options.beside:
        _compare(texts, generation, _opened(options.beside), embedder)
        return
    some = frozenset(list(generation.manifest.documents)[::100])
    for name, chosen in (("all documents", Filter()), ("1 % of them", Filter(documents=some))):
        embed, search = _alone(texts, generation, embedder, chosen)
        print(f"{name}: embedding {_row(embed)}, the rest {_row(search)}")
    for count in ASKERS:
        rate = _together(texts, generation, embedder, count)
        print(f"{count} at once: {rate:.0f} questions a second on {available_processors()} cores")


def _opened(path: Path) -> OpenGeneration:
    pointer = Home(path).pointer()
    assert pointer is not None, f"{path} holds no index"
    return OpenGeneration(Home(path), pointer.current, server=Settings().chroma_server)


def _compare(
    texts: Sequence[str], one: OpenGeneration, other: OpenGeneration, embedder: PackagedEmbedder
) -> None:
    """Ask each question of both, first of the one and first of the other in turn."""
    _alone(texts[:20], one, embedder, Filter())
    _alone(texts[:20], other, embedder, Filter())
    ms: dict[OpenGeneration, list[float]] = {one: [], other: []}
    for i, text in enumerate(texts):
        for generation in (one, other) if i % 2 else (other, one):
            ms[generation].append(_one(text, generation, embedder, Filter())[1])
    more = np.subtract(ms[other], ms[one])
    low, middle, high = np.quantile(more, [0.25, 0.5, 0.75])
    print(f"the first {_row(ms[one])}; beside it {_row(ms[other])}")
    print(f"more for the same question: {middle:.1f} ms (quartiles {low:.1f} to {high:.1f})")


def _one(
    text: str, generation: OpenGeneration, embedder: PackagedEmbedder, chosen: Filter
) -> tuple[float, float]:
    """Milliseconds of the embedding and of everything else."""
    settings = Settings()
    started = time.perf_counter()
    vector = embedder.embed_query(text)
    embedded = time.perf_counter()
    generation.passages(
        Query(text, vector, vector),
        k=settings.k,
        candidates=settings.candidates,
        lexical_weight=settings.lexical_weight,
        filter_by=chosen,
    )
    return (embedded - started) * 1000, (time.perf_counter() - embedded) * 1000


def _alone(
    texts: Sequence[str], generation: OpenGeneration, embedder: PackagedEmbedder, chosen: Filter
) -> tuple[list[float], list[float]]:
    for text in texts[:20]:
        _one(text, generation, embedder, chosen)  # warm
    embed, search = zip(*(_one(t, generation, embedder, chosen) for t in texts), strict=True)
    return list(embed), list(search)


def _together(
    texts: Sequence[str], generation: OpenGeneration, embedder: PackagedEmbedder, askers: int
) -> float:
    started = time.perf_counter()
    with ThreadPoolExecutor(askers) as pool:
        list(pool.map(lambda text: _one(text, generation, embedder, Filter()), texts))
    return len(texts) / (time.perf_counter() - started)


def _row(ms: Sequence[float]) -> str:
    return "p50 {:.1f} ms, p95 {:.1f} ms".format(*np.quantile(ms, [0.5, 0.95]))


if __name__ == "__main__":
    main()
