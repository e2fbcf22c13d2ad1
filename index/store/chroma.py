"""Vectors in Chroma: one collection for a generation (:mod:`index.store.collection`).

Every vector is there once, however many chunks have it (:mod:`index.store.catalog` knows which and
numbers them): equal vectors make Chroma's graph slow to build and lose each other. Beside it stand
its text and where that stands, so that any tool of Chroma's shows what an index holds; Footnote
reads that from the catalog.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import methodcaller
from pathlib import Path
from typing import Any

from index.embedding.embedder import Vectors
from index.settings import Server
from index.store.catalog import Occurrence
from index.store.collection import open_collection
from index.types import chunk_id

__all__ = ["VectorStore"]

_PLACES = 500  # of a text, that its record names
_SAME = 0.999  # cosine of two vectors that are the same but for rounding


class VectorStore:
    """The vectors of one generation; cosine similarity in [-1, 1].

    ``create`` makes a new collection, on ``server`` if one is named; ``writable`` changes one, in
    a directory of this build.
    """

    def __init__(
        self,
        directory: Path,
        server: Server | None = None,
        *,
        create: bool = False,
        writable: bool = False,
    ) -> None:
        self._rows = open_collection(directory, server, create=create, writable=writable)
        self._count: int | None = None
        self._is_written = create or writable

    def add(self, numbers: Sequence[int], vectors: Vectors, texts: Sequence[str]) -> None:
        """Add vectors, shape (len(numbers), dim), a few hundred at a time; none is there yet."""
        if not numbers:
            return
        ids = [str(number) for number in numbers]
        self._rows.ask(lambda c: c.add(ids=ids, embeddings=vectors, documents=list(texts)))

    def describe(self, occurrences: Mapping[int, Sequence[Occurrence]]) -> None:
        """Say where texts stand, for who reads the collection with another tool; some hundred."""
        ids = [str(number) for number in occurrences]
        records = [_metadata(places) for places in occurrences.values()]
        self._rows.ask(lambda c: c.update(ids=ids, metadatas=records))

    def delete(self, numbers: Sequence[int]) -> None:
        """Remove vectors."""
        ids = [str(number) for number in numbers]
        step = self._rows.largest_batch if ids else 1
        for part in (ids[i : i + step] for i in range(0, len(ids), step)):
            self._rows.ask(methodcaller("delete", ids=part))

    def search(self, vector: Vectors, n: int) -> list[tuple[int, float]]:
        """The ``n`` nearest by number with their cosine, best first; ``vector``: shape (dim,)."""
        n = min(n, self.count())
        if n == 0:
            return []
        result = self._rows.ask(
            lambda c: c.query(query_embeddings=[vector], n_results=n, include=["distances"])
        )
        distances = result["distances"] or [[]]
        found = [
            (int(number), 1.0 - float(distance))
            for number, distance in zip(result["ids"][0], distances[0], strict=True)
        ]
        return sorted(found, key=lambda item: (-item[1], item[0]))

    def beside(self, numbers: Sequence[int], n: int) -> list[int]:
        """The numbers of the ``n`` vectors nearest to each of these, nearest first, each once."""
        n = min(n, self.count())
        if not numbers or n == 0:
            return []
        _, found = self._nearest_to(numbers, n)
        places = zip(found["ids"], found["distances"] or (), strict=True)
        near = sorted((at, int(i)) for ids, ats in places for i, at in zip(ids, ats, strict=True))
        return list(dict.fromkeys(number for _, number in near))

    def lost(self, numbers: Sequence[int]) -> list[int]:
        """Those of ``numbers`` that a search for their own vectors does not find.

        A vector that is nearly equal and is found in its place counts as found.
        """
        if not numbers:
            return []
        own, found = self._nearest_to(numbers, 1)
        nearest = zip(own["ids"], found["distances"], strict=True)
        return [int(number) for number, at in nearest if not at or 1.0 - at[0] < _SAME]

    def count(self) -> int:
        """How many vectors there are."""
        if self._count is not None:
            return self._count
        count = int(self._rows.ask(lambda c: c.count()))
        if not self._is_written:
            self._count = count  # 5 ms among 100,000 rows, and it will not change
        return count

    def check(self) -> None:
        """Look whether it can be asked now; raises StoreError."""
        self._rows.check()

    def close(self) -> None:
        """Release it."""
        self._rows.close()

    def _nearest_to(self, numbers: Sequence[int], n: int) -> tuple[Any, Any]:
        """What Chroma gives for these vectors, and for the ``n`` nearest to each of them."""
        ids = [str(number) for number in numbers]
        own = self._rows.ask(lambda c: c.get(ids=ids, include=["embeddings"]))
        return own, self._rows.ask(
            lambda c: c.query(
                query_embeddings=own["embeddings"], n_results=n, include=["distances"]
            )
        )


def _metadata(places: Sequence[Occurrence]) -> dict[str, Any]:
    """The record beside a vector: the first places, and what is known of the very first.

    Chroma (1.5.9) fails with some thousand values in a list.

    Chroma's ``where`` finds a document by ``{"documents": {"$contains": "harbour.txt"}}``.
    """
    first = places[0]
    known = {
        "start": first.span.start,
        "end": first.span.end,
        "title": first.title,
        "headings": " > ".join(first.headings),
        "page": first.page,
        "date": first.date,
        "language": first.language,
        "chunks": [chunk_id(place.document_id, place.span) for place in places[:_PLACES]],
        "documents": list(dict.fromkeys(place.document_id for place in places))[:_PLACES],
    }
    return {name: value for name, value in known.items() if value not in (None, "")}
