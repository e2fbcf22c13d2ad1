"""Nearest neighbours: recall@10 of Chroma against exact search, by settings of its graph.

The chunks are those of an index that exists (100,000 passages of ../shared/data/scale, say); the
queries are real questions. For each graph: seconds to build it, bytes on disk, and for
each width of the search recall@10 and milliseconds a query.

    footnote --seeds SCALE_FOLDER --home HOME index
    python bench/recall.py --home HOME --questions ../shared/data/squad2 ../shared/data/clapnq
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from eval.cases import load_suite
from index.embedding.cache import VectorCache
from index.embedding.models import EMBEDDING_MODELS
from index.embedding.packaged import PackagedEmbedder
from index.store.catalog import Catalog
from index.store.home import Home
from rag.settings import Settings

K = 10
GRAPHS = ((16, 100), (32, 200), (64, 400))  # neighbours, width while building
WIDTHS = (50, 100, 200, 400)


def main() -> None:
    """Print one line for each graph and width."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--questions", type=Path, nargs="+", required=True)
    parser.add_argument("--queries", type=int, default=1000)
    parser.add_argument("--chunks", type=int, default=100_000)
    options = parser.parse_args()
    embedder = PackagedEmbedder(Settings().embedding)
    vectors = _vectors(options.home, embedder, options.chunks)
    asked = [case.question for path in options.questions for case in load_suite(path).cases]
    step = max(1, len(asked) // options.queries)
    queries = np.stack([embedder.embed_query(q) for q in asked[::step][: options.queries]])
    exact = [set(np.argpartition(-row, K)[:K]) for row in queries @ vectors.T]
    print(f"{len(vectors)} chunks, {len(queries)} questions, recall@{K} against exact search")
    print(
        "| neighbours | built with | built in s | MB | searched with | recall | p50 ms | p95 ms |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for neighbours, width in GRAPHS:
        with tempfile.TemporaryDirectory() as folder:
            _measure(Path(folder), vectors, queries, exact, neighbours, width)


def _vectors(home_path: Path, embedder: PackagedEmbedder, count: int) -> Any:
    """The vectors of the first chunks of an index, from its cache."""
    home = Home(home_path)
    pointer = home.pointer()
    if pointer is None:
        raise SystemExit(f"no index in {home_path}")
    catalog = Catalog(home.directory(pointer.current) / "catalog.db")
    texts = [text for text, _ in zip(catalog.texts(), range(count), strict=False)]
    settings = Settings()
    model = EMBEDDING_MODELS[settings.embedding]
    cache = VectorCache(home.vectors_path, model=model.identity, dimension=model.dimension)
    return np.vstack(
        [cache.vectors(texts[i : i + 5000], embedder.embed)[0] for i in range(0, len(texts), 5000)]
    )


def _measure(
    folder: Path, vectors: Any, queries: Any, exact: list[set[int]], neighbours: int, width: int
) -> None:
    import chromadb

    client: Any = chromadb.PersistentClient(str(folder))
    graph = {"space": "cosine", "ef_construction": width, "max_neighbors": neighbours}
    chunks = client.create_collection(
        "chunks", embedding_function=None, configuration={"hnsw": graph | {"ef_search": WIDTHS[0]}}
    )
    began = time.perf_counter()
    step = 256
    for i in range(0, len(vectors), step):
        part = vectors[i : i + step]
        chunks.add(ids=[str(i + j) for j in range(len(part))], embeddings=part)
    built_s = time.perf_counter() - began
    for searched in WIDTHS:
        chunks.modify(configuration={"hnsw": {"ef_search": searched}})
        client.close()  # the width is read when a collection is opened
        client = chromadb.PersistentClient(str(folder))
        chunks = client.get_collection("chunks", embedding_function=None)
        found, took = [], []
        for query in queries:
            began = time.perf_counter()
            result = chunks.query(query_embeddings=[query], n_results=K, include=["distances"])
            took.append((time.perf_counter() - began) * 1000)
            found.append({int(name) for name in result["ids"][0]})
        recall = np.mean([len(a & b) / K for a, b in zip(found, exact, strict=True)])
        size = sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()) / 1e6
        p50, p95 = np.percentile(took, [50, 95])
        print(
            f"| {neighbours} | {width} | {built_s:.0f} | {size:.0f} | {searched} | {recall:.4f} "
            f"| {p50:.1f} | {p95:.1f} |",
            flush=True,
        )
    client.close()


if __name__ == "__main__":
    main()
