"""Search in the current generation: dense and lexical candidates, fused by calibrated scores.

The fused score is ``cosine + lexical_weight * lexical``, both computed for every candidate of
either search, so a passage that one search missed is not punished for it (a convex
combination of scores after Bruch et al. 2023, instead of ranks). Before each search the
pointer to the current generation is compared and the generation reopened when it changed.
"""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from index.catalog import Catalog
from index.documents import Chunk, Document, Passage
from index.embedding import Embedder, Vectors
from index.errors import IndexMismatchError, IndexMissingError, QuestionError
from index.generations import Home
from index.lexical import LexicalIndex, content_terms
from index.manifest import Manifest, fingerprint
from index.settings import Settings
from index.store import VectorStore

__all__ = ["Filter", "Found", "OpenGeneration", "Searcher"]

# What a query must share with the index; chunk sizes may differ until the next build.
_QUERY_KEYS = ("schema", "lexical", "embedding", "vectors")

_FEW = 500


@dataclass(frozen=True, slots=True)
class Filter:
    """Which documents to search: a glob on ids, and ISO dates (both bounds included)."""

    document: str | None = None
    after: str | None = None
    before: str | None = None

    def allows(self, document_id: str, date: str | None) -> bool:
        """Whether a document passes.

        >>> Filter(after="2025-01-01").allows("a.txt", "2025-11-01")
        True
        >>> Filter(after="2025-01-01").allows("a.txt", None)
        False
        """
        if self.document is not None and not fnmatchcase(document_id, self.document):
            return False
        if self.after is None and self.before is None:
            return True
        return date is not None and (self.after or "") <= date <= (self.before or "9999")


class OpenGeneration:
    """One generation, open for reading; every answer is made from one of these."""

    def __init__(self, home: Home, name: str) -> None:
        directory = home.directory(name)
        self.manifest: Manifest = home.manifest_of(name)
        self._catalog = Catalog(directory / "catalog.db")
        self._lexical = LexicalIndex(directory / "lexical")
        self._store = VectorStore(directory / "vectors")
        self._dates = self._catalog.dates()
        self._lock = threading.Lock()
        # Closed when the last reader has let go of it, never under one.
        weakref.finalize(self, _close, self._catalog, self._store)

    @property
    def name(self) -> str:
        """The generation's id."""
        return self.manifest.generation

    def document(self, document_id: str) -> Document:
        """One document; raises DocumentMissingError."""
        with self._lock:
            return self._catalog.document(document_id)

    def chunks_of(self, document_id: str) -> list[Chunk]:
        """The chunks of one document, in its order."""
        with self._lock:
            return self._catalog.chunks_of(document_id)

    def term_weight(self, term: str) -> float:
        """How much a stem tells: its idf, as if there were at least ``_FEW`` chunks.

        In a folder of three chunks the plain idf only tells present from absent.
        """
        return self._lexical.idf(term, at_least=_FEW)

    def passages(
        self,
        query: str,
        vector: Vectors,
        *,
        k: int,
        candidates: int,
        lexical_weight: float,
        filter_by: Filter,
    ) -> tuple[Passage, ...]:
        """The ``k`` best passages; ``vector`` is the query's, of shape (dim,)."""
        candidates = max(candidates, 2 * k)
        documents = [name for name, date in self._dates.items() if filter_by.allows(name, date)]
        is_filtered = len(documents) < len(self._dates)
        terms = content_terms(query)
        with self._lock:
            rows = self._catalog.rows_of(documents) if is_filtered else None
        dense = self._store.search(vector, candidates, documents if is_filtered else None)
        lexical = self._lexical.search(terms, candidates, rows)
        dense_rank = {row: rank for rank, (row, _) in enumerate(dense, start=1)}
        lexical_rank = {row: rank for rank, (row, _) in enumerate(lexical, start=1)}
        unseen = [row for row in lexical_rank if row not in dense_rank]
        cosine = dict(dense) | self._store.cosines(vector, unseen)
        unmatched = [row for row in dense_rank if row not in lexical_rank]
        share = dict(lexical) | dict(self._lexical.search(terms, len(unmatched) or 1, unmatched))
        score = {row: cosine[row] + lexical_weight * share.get(row, 0.0) for row in cosine}
        with self._lock:
            chunks = self._catalog.chunks(list(score))
        # Rows depend on the order of past builds; ids do not, so equal scores fall by id.
        best = sorted(score, key=lambda row: (-score[row], chunks[row].id))
        return tuple(
            Passage(
                chunk=chunks[row],
                rank=rank,
                score=score[row],
                dense=cosine[row],
                lexical=share.get(row, 0.0),
                dense_rank=dense_rank.get(row),
                lexical_rank=lexical_rank.get(row),
            )
            for rank, row in enumerate(best[:k], start=1)
        )


def _is_text(query: str) -> bool:
    """Whether it can be written: half a surrogate pair, as of bytes that are no UTF-8, cannot."""
    try:
        query.encode()
    except UnicodeEncodeError:
        return False
    return True


def _close(catalog: Catalog, store: VectorStore) -> None:
    catalog.close()
    store.close()


@dataclass(frozen=True, slots=True)
class Found:
    """The passages of a query, best first, its vector, and the milliseconds that it took.

    ``source`` is the generation that was searched; whatever is read of the passages' documents
    is read there, also when another generation has been published meanwhile.
    """

    source: OpenGeneration
    passages: tuple[Passage, ...]
    vector: Vectors
    embed_ms: float
    retrieve_ms: float

    @property
    def generation(self) -> str:
        """The id of the generation that was searched."""
        return self.source.name


class Searcher:
    """Searches whatever generation is current; safe to share between threads."""

    def __init__(self, settings: Settings, embedder: Embedder) -> None:
        self._settings = settings
        self._embedder = embedder
        self._home = Home(settings.home)
        self._open: OpenGeneration | None = None
        self._lock = threading.Lock()

    def generation(self) -> OpenGeneration:
        """The current generation, reopened when the pointer has changed.

        Raises:
            IndexMissingError: nothing has been published.
            IndexMismatchError: it was built with another embedding model or schema.
        """
        with self._lock:
            pointer = self._home.pointer()
            if pointer is None:
                raise IndexMissingError(
                    f"no index in {self._home.path}: run `footnote index` first"
                )
            if self._open is None or self._open.name != pointer.current:
                opened = OpenGeneration(self._home, pointer.current)
                self._check(opened.manifest)
                self._open = opened
            return self._open

    def search(self, query: str, *, k: int | None = None, filter_by: Filter | None = None) -> Found:
        """The best passages for a query in the current generation.

        Raises:
            QuestionError: the query is not text.
        """
        if not _is_text(query):
            raise QuestionError("the question holds bytes that are not text: write it in UTF-8")
        generation = self.generation()
        started = time.perf_counter()
        vector = self._embedder.embed([query])[0]
        embedded = time.perf_counter()
        passages = generation.passages(
            query,
            vector,
            k=k or self._settings.k,
            candidates=self._settings.candidates,
            lexical_weight=self._settings.lexical_weight,
            filter_by=filter_by or Filter(),
        )
        done = time.perf_counter()
        return Found(
            source=generation,
            passages=passages,
            vector=vector,
            embed_ms=(embedded - started) * 1000,
            retrieve_ms=(done - embedded) * 1000,
        )

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit rows for other texts, with the model of the index."""
        return self._embedder.embed(texts)

    def _check(self, manifest: Manifest) -> None:
        wanted = fingerprint(self._settings)
        for key in _QUERY_KEYS:
            if manifest.fingerprint.get(key) != wanted[key]:
                raise IndexMismatchError(
                    f"the index was built with {key} {manifest.fingerprint.get(key)}, this program "
                    f"uses {wanted[key]}: run `footnote index`"
                )
