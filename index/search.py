"""Search in the current generation: dense and lexical candidates, fused, without repeats.

Every part of the score (:mod:`index.fusion`) is computed for every candidate of either search, so a
passage that one search missed is not punished for it. Before each search the pointer to the
current generation is compared and the generation reopened when it changed.
"""

from __future__ import annotations

import threading
import time
import weakref
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from operator import attrgetter
from typing import Any, TypeVar

import numpy as np
from cachetools import LRUCache, cached, cachedmethod

from index.embedding.embedder import Embedder, Vectors
from index.embedding.rerank import Reranker
from index.errors import IndexMismatchError, IndexMissingError, QueryError
from index.fusion import Candidate, fused, phrase_share
from index.settings import IndexSettings, Server
from index.sources.links import SourceLinks
from index.store.catalog import Catalog
from index.store.chroma import VectorStore
from index.store.home import Home
from index.store.lexical import LexicalIndex
from index.store.manifest import Entry, Manifest, count_chunks, fingerprint
from index.text.composed import composed
from index.text.names import NAME_MARK
from index.text.words import DEFAULT_LANGUAGE, adjacent_stems, languages_to_ask, query_terms
from index.types import Chunk, Document, Filter, Passage, Span, Table

__all__ = ["Found", "OpenGeneration", "Searcher"]

T = TypeVar("T")

# What a query must share with the index; chunk sizes may differ until the next build.
_QUERY_KEYS = ("schema", "lexical", "embedding", "vectors")

_FEW = 500
_MANY_ROWS = 200  # of one vector, from which
_A_FEW = 8  # of them stand for all
_COMPARED = 3000  # chunks whose vectors are compared one by one
_SAME_STEMS = 0.9  # Jaccard similarity from which two passages say the same
_NEAR = 40  # vectors beside one of a document's
_ASKED = 100  # queries whose vectors are kept
_FILTERS = 8  # filters whose documents are kept
_BACKGROUND = 0.5  # weight of what was said before, beside the query's vector


@dataclass(frozen=True, slots=True)
class Query:
    """A text to search with: its words, its unit vector of shape (dim,), and that to rank by.

    ``led`` leans towards what was said before; it is ``vector`` when nothing was.
    """

    text: str
    vector: Vectors
    led: Vectors


class OpenGeneration:
    """One generation, open for reading; every answer is made from one of these."""

    def __init__(
        self,
        home: Home,
        name: str,
        url_of: Callable[[str], str | None] = lambda _: None,
        server: Server | None = None,
    ) -> None:
        """``url_of`` says where a browser shows a document that a source brought.

        ``server`` is where the vectors are, if they are on one.
        """
        directory = home.directory(name)
        self._url_of = url_of
        self.manifest: Manifest = home.manifest_of(name)
        self._catalog = Catalog(directory / "catalog.db")
        self._lexical = LexicalIndex(directory / "lexical")
        self._store = VectorStore(directory / "vectors", server)
        self.languages = languages_to_ask(e.language for e in self.manifest.documents.values())
        self._lock = threading.Lock()
        # Not a method with a cache: that would hold this generation, and its files and threads
        # would be there until the garbage collector came.
        self._passing = cached(LRUCache[Any, Mapping[str, Entry]](_FILTERS), lock=threading.Lock())(
            partial(_passing, self.manifest.documents)
        )
        self._derived: dict[Callable[[Mapping[str, Entry]], Any], Any] = {}
        self._deriving = threading.Lock()
        # Closed when the last reader has let go of it, never under one.
        weakref.finalize(self, _close, self._catalog, self._store)

    @property
    def name(self) -> str:
        """The generation's id."""
        return self.manifest.generation

    def check(self) -> None:
        """Look whether questions can be answered from it now; raises StoreError."""
        self._store.check()

    def documents(self, filter_by: Filter) -> Mapping[str, Entry]:
        """The records of the documents that pass, by id; kept for a while."""
        return self._passing(filter_by)

    def derived(self, make: Callable[[Mapping[str, Entry]], T]) -> T:
        """What ``make`` makes of the records of all documents, made once for this generation."""
        with self._deriving:
            if make not in self._derived:
                self._derived[make] = make(self.manifest.documents)
        value: T = self._derived[make]
        return value

    @property
    def chunks(self) -> int:
        """How many chunks all documents have; counted once."""
        return self.derived(count_chunks)

    def document(self, document_id: str) -> Document:
        """One document; raises DocumentMissingError."""
        with self._lock:
            found = self._catalog.document(document_id)
        url = self._url_of(found.id)
        return replace(found, source_url=url) if url else found

    def chunks_of(self, document_id: str) -> list[Chunk]:
        """The chunks of one document, in its order."""
        with self._lock:
            return self._catalog.chunks_of(document_id)

    def stems_of(self, document_id: str) -> list[str]:
        """The stems of the chunks of one document, in its order, without those of its name."""
        with self._lock:
            stems = self._catalog.stems_of(document_id)
        return [own.partition(f" {NAME_MARK} ")[0] for own in stems]

    def documents_beside(self, document_id: str) -> list[str]:
        """The ids of the documents whose passages are nearest to some of one's, nearest first.

        Of a long document its first, middle and last passages are looked at.
        """
        with self._lock:
            numbers = list(dict.fromkeys(self._catalog.vectors_in([document_id]).values()))
        places = sorted({0, len(numbers) // 2, len(numbers) - 1}) if numbers else []
        near = self._store.beside([numbers[at] for at in places], _NEAR)
        with self._lock:
            rows = [row for number in near for row in self._catalog.rows_with(number, _NEAR)]
            outlines = self._catalog.outlines(rows)
        names = dict.fromkeys(outlines[row].document_id for row in rows)
        return [name for name in names if name != document_id]

    def summary_of(self, document_id: str) -> tuple[Span, ...]:
        """The sentences that summarise one document, the most telling first."""
        with self._lock:
            return self._catalog.summary_of(document_id)

    def tables_of(self, document_id: str) -> tuple[Table, ...]:
        """The tables of one document, in its order."""
        with self._lock:
            return self._catalog.tables_of(document_id)

    def term_weight(self, term: str) -> float:
        """How much a stem tells: its idf, as if there were at least ``_FEW`` chunks.

        In a folder of three chunks the plain idf only tells present from absent.
        """
        return self._lexical.idf(term, at_least=_FEW)

    def candidates(self, query: Query, n: int, filter_by: Filter) -> list[Candidate]:
        """What the ``n`` best of either search have to say for themselves, in no order."""
        documents = self.documents(filter_by)
        is_narrowed = len(documents) < len(self.manifest.documents)
        with self._lock:
            among = self._catalog.vectors_in(list(documents)) if is_narrowed else None
        terms = query_terms(query.text, self.languages)
        dense = self._nearest(query.led, n, among)
        lexical = self._lexical.search(terms, n, None if among is None else list(among))
        dense_rank = {row: rank for rank, (row, _) in enumerate(dense, start=1)}
        lexical_rank = {row: rank for rank, (row, _) in enumerate(lexical, start=1)}
        unseen = [row for row in lexical_rank if row not in dense_rank]
        cosine = dict(dense) | self._cosines(query.led, unseen)
        unmatched = [row for row in dense_rank if row not in lexical_rank]
        share = dict(lexical) | dict(self._lexical.search(terms, len(unmatched) or 1, unmatched))
        with self._lock:
            outlines = self._catalog.outlines(list(cosine))
        pairs = {language: self._pairs(query.text, language) for language in self.languages}
        similar = self._similar(cosine)
        return [
            Candidate(
                row=row,
                document_id=(outline := outlines[row]).document_id,
                similarity=similar[row],
                lexical=share.get(row, 0.0),
                phrase=phrase_share(pairs[self._language(outline.document_id)], outline.stems),
                chunk_id=outline.chunk_id,
                stems=outline.stems,
                dense_rank=dense_rank.get(row),
                lexical_rank=lexical_rank.get(row),
            )
            for row in cosine
        ]

    def passages(
        self,
        query: Query,
        *,
        k: int,
        candidates: int,
        lexical_weight: float,
        filter_by: Filter,
    ) -> tuple[Passage, ...]:
        """The ``k`` best passages, best first; of those that say the same only the best."""
        found = self.candidates(query, max(candidates, 2 * k), filter_by)
        scored = zip(fused(found, lexical_weight=lexical_weight), found, strict=True)
        # Rows depend on the order of past builds; ids do not, so equal scores fall by id, the
        # shortest first: a copy has a longer name than its original.
        ordered = sorted(
            scored, key=lambda pair: (-pair[0], len(pair[1].document_id), pair[1].chunk_id)
        )
        kept = _without_repeats(ordered, k)
        with self._lock:
            chunks = self._catalog.chunks([candidate.row for _, candidate in kept])
        own = {candidate.row: candidate.similarity for _, candidate in kept}
        if query.led is not query.vector:
            own = self._similar(self._cosines(query.vector, list(own)))
        return tuple(
            Passage(
                chunk=chunks[candidate.row],
                rank=rank,
                score=score,
                dense=own[candidate.row],
                lexical=candidate.lexical,
                phrase=candidate.phrase,
                dense_rank=candidate.dense_rank,
                lexical_rank=candidate.lexical_rank,
            )
            for rank, (score, candidate) in enumerate(kept, start=1)
        )

    def _cosines(self, vector: Vectors, rows: Sequence[int]) -> dict[int, float]:
        """The exact cosine of each row with ``vector``, in the order of ``rows``."""
        with self._lock:
            number = self._catalog.vectors_of(rows)
        found = self._exact(vector, set(number.values()))
        return {row: found[number[row]] for row in rows}

    def _exact(self, vector: Vectors, numbers: Collection[int]) -> dict[int, float]:
        """The exact cosine of each of these vectors with ``vector``.

        They are read from the catalog: Chroma takes ten times as long to give some out.
        """
        with self._lock:
            held = self._catalog.vectors(list(numbers))
        matrix = np.frombuffer(b"".join(held.values()), np.float32).reshape(-1, len(vector))
        return dict(zip(held, map(float, matrix @ vector), strict=True))

    def _similar(self, cosine: Mapping[int, float]) -> dict[int, float]:
        """Cosines by row, on the scale of all models."""
        scaled = self.manifest.scale.similarity(np.fromiter(cosine.values(), np.float32))
        return dict(zip(cosine, map(float, scaled), strict=True))

    def _nearest(
        self, vector: Vectors, n: int, among: Mapping[int, int] | None
    ) -> list[tuple[int, float]]:
        """The nearest rows, among those with these vectors (by row) when given.

        Chroma's own filter takes 75 ms for 1,000 documents and fails for 40,000: few vectors are
        compared one by one, many are picked from the nearest of all.
        """
        if among is None:
            return self._rows_with(self._store.search(vector, n), n)
        places = defaultdict[int, list[int]](list)
        for row in sorted(among):
            places[among[row]].append(row)
        if len(places) <= _COMPARED:
            found = self._exact(vector, places).items()
            nearest = sorted(found, key=lambda item: (-item[1], item[0]))
            return _expanded(nearest, places)[:n]
        total = self._store.count()
        depth = 2 * n * total // len(places)
        while True:
            nearest = [(v, c) for v, c in self._store.search(vector, depth) if v in places][:n]
            if len(nearest) >= n or depth >= total:
                return _expanded(nearest, places)[:n]
            depth *= 4

    def _rows_with(self, nearest: Sequence[tuple[int, float]], n: int) -> list[tuple[int, float]]:
        """The first ``n`` rows that have these vectors (number and cosine), in that order.

        Where very many have one vector (the rows of a long table) a few stand for all.
        """
        out: list[tuple[int, float]] = []
        with self._lock:
            for number, cosine in nearest:
                rows = self._catalog.rows_with(number, max(n - len(out), _MANY_ROWS))
                most = n - len(out) if len(rows) < _MANY_ROWS else _A_FEW
                out += [(row, cosine) for row in rows[: min(most, n - len(out))]]
                if len(out) == n:
                    break
        return out

    def _language(self, document_id: str) -> str:
        language = self.manifest.documents[document_id].language
        return language if language in self.languages else DEFAULT_LANGUAGE

    def _pairs(self, text: str, language: str) -> list[tuple[str, str, float]]:
        """The query's adjacent stems, each with the weight of the more common one."""
        return [
            (one, other, min(self._lexical.idf(one), self._lexical.idf(other)))
            for one, other in adjacent_stems(text, language)
        ]


def _passing(every: Mapping[str, Entry], filter_by: Filter) -> Mapping[str, Entry]:
    if filter_by.is_empty:
        return every
    named = sorted(n for n in filter_by.documents if n in every) if filter_by.documents else every
    return {name: every[name] for name in named if filter_by.allows(name, every[name].date)}


def _expanded(
    nearest: Iterable[tuple[int, float]], places: Mapping[int, Sequence[int]]
) -> list[tuple[int, float]]:
    """Rows with their cosine for vectors with theirs.

    >>> _expanded([(7, 0.9), (3, 0.5)], {3: [1], 7: [2, 4]})
    [(2, 0.9), (4, 0.9), (1, 0.5)]
    """
    return [(row, cosine) for number, cosine in nearest for row in places[number]]


def _without_repeats(
    scored: Iterable[tuple[float, Candidate]], k: int
) -> list[tuple[float, Candidate]]:
    """The first ``k`` whose stems are not nearly all those of one before.

    What differs in a number, as the rows of a table do, is no repeat; what only differs in the name
    of its file is one.
    """
    kept: list[tuple[float, Candidate]] = []
    held: list[set[str]] = []
    for score, candidate in scored:
        own = set(candidate.stems.partition(f" {NAME_MARK} ")[0].split())
        if any(_are_alike(own, other) for other in held):
            continue
        kept.append((score, candidate))
        held.append(own)
        if len(kept) == k:
            break
    return kept


def _are_alike(one: set[str], other: set[str]) -> bool:
    if len(one & other) < _SAME_STEMS * len(one | other):
        return False
    return not any(stem[0].isdigit() for stem in one ^ other)


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
    """The passages of a query, best first, and the milliseconds that it took.

    ``source`` is the generation that was searched; whatever is read of the passages' documents
    is read there, also when another generation has been published meanwhile.
    """

    source: OpenGeneration
    passages: tuple[Passage, ...]
    embed_ms: float
    retrieve_ms: float
    rerank_ms: float = 0.0

    @property
    def generation(self) -> str:
        """The id of the generation that was searched."""
        return self.source.name


class Searcher:
    """Searches whatever generation is current; safe to share between threads."""

    def __init__(
        self, settings: IndexSettings, embedder: Embedder, reranker: Reranker | None = None
    ) -> None:
        self._settings = settings
        self._embedder = embedder
        self._reranker = reranker
        self._home = Home(settings.home)
        self._links = SourceLinks(settings)
        self._asked = LRUCache[str, Vectors](_ASKED)
        self._open: OpenGeneration | None = None
        self._asking = threading.Lock()
        self._lock = threading.Lock()

    def generation(self) -> OpenGeneration:
        """The current generation, reopened when the pointer has changed.

        Raises:
            IndexMissingError: nothing has been published.
            IndexMismatchError: it was built with another embedding model or schema.
        """
        with self._lock:
            current = self._current()
            while self._open is None or self._open.name != current:
                try:
                    opened = OpenGeneration(
                        self._home, current, self._links.url_of, self._settings.chroma_server
                    )
                except IndexMismatchError:
                    # With few kept generations one may be removed while it is opened.
                    before, current = current, self._current()
                    if current == before:
                        raise
                else:
                    self._check(opened.manifest)
                    self._open = opened
            return self._open

    def _current(self) -> str:
        pointer = self._home.pointer()
        if pointer is None:
            raise IndexMissingError(
                f"no index in {self._home.path}: run `footnote index` or press Rebuild"
            )
        return pointer.current

    def search(
        self,
        query: str,
        *,
        background: str = "",
        words: str = "",
        k: int | None = None,
        filter_by: Filter | None = None,
        source: OpenGeneration | None = None,
    ) -> Found:
        """The best passages for a query in ``source``, by default in the current generation.

        ``background`` is what was said before the query: it leads the search to the same subject,
        the query's own words decide. ``words`` are further ones to search for.

        Raises:
            QueryError: the query is not text.
        """
        if not all(map(_is_text, (query, background, words))):
            raise QueryError("the question holds bytes that are not text: write it in UTF-8")
        query, background, words = map(composed, (query, background, words))
        k = k or self._settings.k
        started = time.perf_counter()
        vector = self.query_vector(query)
        led = vector
        if background:
            led = vector + _BACKGROUND * self.query_vector(background)
            led /= np.linalg.norm(led)
        embedded = time.perf_counter()
        depth = max(k, self._settings.rerank_depth) if self._reranker else k
        generation, passages = self._passages(
            Query(f"{query} {words}".strip(), vector, led), depth, filter_by or Filter(), source
        )
        retrieved = time.perf_counter()
        if self._reranker is not None:
            passages = _reranked(passages, self._reranker, query)[:k]
        done = time.perf_counter()
        return Found(
            source=generation,
            passages=passages,
            embed_ms=(embedded - started) * 1000,
            retrieve_ms=(retrieved - embedded) * 1000,
            rerank_ms=(done - retrieved) * 1000,
        )

    def _passages(
        self, query: Query, k: int, filter_by: Filter, source: OpenGeneration | None
    ) -> tuple[OpenGeneration, tuple[Passage, ...]]:
        """The passages, and the generation that they have been found in.

        With few kept generations one may be removed under a search that has just begun in it
        (Chroma opens its file again for a second thread); then the search begins anew in the
        current one.
        """
        generation = source or self.generation()
        while True:
            try:
                return generation, generation.passages(
                    query,
                    k=k,
                    candidates=self._settings.candidates,
                    lexical_weight=self._settings.lexical_weight,
                    filter_by=filter_by,
                )
            except IndexMismatchError:
                removed, generation = generation, self.generation()
                if generation is removed:
                    raise

    @cachedmethod(attrgetter("_asked"), lock=attrgetter("_asking"))
    def query_vector(self, query: str) -> Vectors:
        """The unit vector of a text to search with, of shape (dim,); kept for a while."""
        return self._embedder.embed_query(query)

    def similarity(self, one: str, other: str) -> float:
        """The calibrated similarity of two texts."""
        a, b = self._embedder.embed([one, other])
        return float(self.generation().manifest.scale.similarity(a @ b))

    def _check(self, manifest: Manifest) -> None:
        wanted = fingerprint(self._settings)
        for key in _QUERY_KEYS:
            if manifest.fingerprint.get(key) != wanted[key]:
                raise IndexMismatchError(
                    f"the index was built with {key} {manifest.fingerprint.get(key)}, this program "
                    f"uses {wanted[key]}: run `footnote index`"
                )


def _reranked(passages: Sequence[Passage], reranker: Reranker, query: str) -> tuple[Passage, ...]:
    """The passages in the order of the reranker; the fused scores are dealt anew in that order."""
    given = reranker.scores(query, [passage.chunk.text for passage in passages])
    order = sorted(range(len(passages)), key=lambda i: (-given[i], i))
    return tuple(
        replace(passages[i], rank=rank, score=passages[rank - 1].score, rerank_score=given[i])
        for rank, i in enumerate(order, start=1)
    )
