"""Rankings of the peers' hybrid searches over given chunks and vectors, in the peers' environment.

Reads FOLDER/chunks.json (ids and texts), FOLDER/queries.json, FOLDER/chunks.npy and
FOLDER/queries.npy (unit vectors of both), writes FOLDER/PEER.json: for each query the ids of the
first ten. Each peer combines BM25 and vectors as its documentation shows, with its own defaults.

    python bench/retrieval_peers.py FOLDER PEER
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

K = 10


@dataclass(frozen=True, slots=True)
class Job:
    """The chunks (id to text) and queries of one suite, with their vectors in the same order."""

    chunks: dict[str, str]
    queries: list[str]
    chunk_vectors: Any
    query_vectors: Any


def main() -> None:
    """Run one peer."""
    folder, peer = Path(sys.argv[1]), sys.argv[2]
    job = Job(
        json.loads((folder / "chunks.json").read_text("utf-8")),
        json.loads((folder / "queries.json").read_text("utf-8")),
        np.load(folder / "chunks.npy"),
        np.load(folder / "queries.npy"),
    )
    rankings = list(PEERS[peer](job))
    (folder / f"{peer}.json").write_text(json.dumps(rankings), "utf-8")


def haystack(job: Job) -> Iterator[list[str]]:
    """Its BM25 and embedding retrievers, joined by reciprocal ranks."""
    from haystack import Document
    from haystack.components.joiners import DocumentJoiner
    from haystack.components.retrievers.in_memory import (
        InMemoryBM25Retriever,
        InMemoryEmbeddingRetriever,
    )
    from haystack.document_stores.in_memory import InMemoryDocumentStore

    store = InMemoryDocumentStore(embedding_similarity_function="cosine")
    vectors = job.chunk_vectors.tolist()
    store.write_documents(
        [
            Document(id=name, content=text, embedding=vector)
            for (name, text), vector in zip(job.chunks.items(), vectors, strict=True)
        ]
    )
    words, near = InMemoryBM25Retriever(store), InMemoryEmbeddingRetriever(store)
    joiner = DocumentJoiner(join_mode="reciprocal_rank_fusion")
    for query, vector in zip(job.queries, job.query_vectors, strict=True):
        found = [
            words.run(query=query)["documents"],
            near.run(query_embedding=vector.tolist())["documents"],
        ]
        yield [document.id for document in joiner.run(documents=found)["documents"]][:K]


def txtai(job: Job) -> Iterator[list[str]]:
    """Its hybrid index: BM25 and vectors, half and half."""
    from txtai import Embeddings

    vectors = {text: vector for text, vector in zip(job.chunks.values(), job.chunk_vectors)}  # noqa: B905, C416
    vectors |= dict(zip(job.queries, job.query_vectors, strict=True))
    embeddings = Embeddings(
        method="external",
        transform=lambda texts: np.array([vectors[text] for text in texts]),
        hybrid=True,
        backend="numpy",
    )
    embeddings.index((name, text, None) for name, text in job.chunks.items())
    for query in job.queries:
        yield [name for name, _ in embeddings.search(query, K)]


def llama_index(job: Job) -> Iterator[list[str]]:
    """QueryFusionRetriever over its vector and BM25 retrievers, reciprocal ranks, one query."""
    import Stemmer
    from llama_index.core import VectorStoreIndex
    from llama_index.core.base.embeddings.base import BaseEmbedding
    from llama_index.core.llms import MockLLM
    from llama_index.core.retrievers import QueryFusionRetriever
    from llama_index.core.retrievers.fusion_retriever import FUSION_MODES
    from llama_index.core.schema import TextNode
    from llama_index.retrievers.bm25 import BM25Retriever

    vectors: list[list[float]] = job.query_vectors.tolist()
    vector_of = dict(zip(job.queries, vectors, strict=True))

    class Given(BaseEmbedding):
        def _get_query_embedding(self, query: str) -> list[float]:
            return vector_of[query]

        async def _aget_query_embedding(self, query: str) -> list[float]:
            return vector_of[query]

        def _get_text_embedding(self, text: str) -> list[float]:
            raise NotImplementedError(text)

    nodes = [
        TextNode(id_=name, text=text, embedding=vector)
        for (name, text), vector in zip(job.chunks.items(), job.chunk_vectors.tolist(), strict=True)
    ]
    index = VectorStoreIndex(nodes, embed_model=Given(model_name="given"))
    retrievers = [
        index.as_retriever(similarity_top_k=K),
        BM25Retriever.from_defaults(
            nodes=nodes, similarity_top_k=K, stemmer=Stemmer.Stemmer("english"), language="english"
        ),
    ]
    fusion = QueryFusionRetriever(
        retrievers,
        llm=MockLLM(),
        mode=FUSION_MODES.RECIPROCAL_RANK,
        similarity_top_k=K,
        num_queries=1,
        use_async=False,
    )
    for query in job.queries:
        yield [found.node.node_id for found in fusion.retrieve(query)]


PEERS: dict[str, Callable[[Job], Iterator[list[str]]]] = {
    "haystack": haystack,
    "llama-index": llama_index,
    "txtai": txtai,
}

if __name__ == "__main__":
    main()
