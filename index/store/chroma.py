"""Vectors in Chroma: one collection in one generation's directory, the only room of chromadb.

A directory is written by one build, at a path that is never used again, and only read
afterwards: Chroma's embedded client does not see what another process wrote. Every vector is
there once, however many chunks have it (:mod:`index.store.catalog` knows which and numbers them):
equal vectors make Chroma's graph slow to build and lose each other. Beside it stand its text and
where that stands, so that any tool of Chroma's shows what an index holds; Footnote reads that from
the catalog.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from index.embedding.embedder import Vectors
from index.errors import HomeError, IndexMismatchError, one_line
from index.store.catalog import Occurrence
from index.store.files import writable_copy
from index.types import chunk_id

__all__ = ["VectorStore"]

_COLLECTION = "vectors"
# With fewer neighbours, texts that are alike are not all found again (docs/decisions/0008).
_PLACES = 500  # of a text, that its record names
_SAME = 0.999  # cosine of two vectors that are the same but for rounding
_HNSW = {"space": "cosine", "ef_construction": 400, "ef_search": 400, "max_neighbors": 64}


class VectorStore:
    """The vectors of one generation; cosine similarity in [-1, 1].

    ``create`` makes a new collection; ``writable`` changes one, in a directory of this build.
    """

    def __init__(self, directory: Path, *, create: bool = False, writable: bool = False) -> None:
        from chromadb.errors import ChromaError, NotFoundError

        self._copy: tempfile.TemporaryDirectory[str] | None = None
        self._directory = directory
        self._count: int | None = None
        self._is_written = create or writable
        if not self._is_written and not (directory / "chroma.sqlite3").is_file():
            raise IndexMismatchError(f"no vectors in {directory}: run `footnote index --force`")
        try:
            self._open(directory, create=create)
        except NotFoundError as exc:
            raise self._unusable(exc) from exc
        except (ChromaError, ValueError) as exc:
            if self._is_written:
                raise self._unwritable(exc) from exc
            try:
                self._copy = writable_copy(directory)
                self._open(Path(self._copy.name))
            except (ChromaError, ValueError, OSError) as again:
                raise self._unusable(again) from again

    def _open(self, directory: Path, *, create: bool = False) -> None:
        import chromadb
        from chromadb.config import Settings as ChromaSettings

        settings = ChromaSettings(anonymized_telemetry=False, allow_reset=False)
        # Any: chromadb's stubs ask for narrower types than it takes, and lack Client.close.
        try:
            client: Any = chromadb.PersistentClient(str(directory), settings=settings)
        except Exception:
            _forget_failed_start(str(directory))
            raise
        self._client = client
        if create:
            self._vectors = client.create_collection(
                _COLLECTION, embedding_function=None, configuration={"hnsw": _HNSW}
            )
        else:
            self._vectors = client.get_collection(_COLLECTION, embedding_function=None)

    @contextmanager
    def _mapped(self) -> Iterator[None]:
        from chromadb.errors import ChromaError

        try:
            yield
        except ChromaError as exc:
            raise (self._unwritable(exc) if self._is_written else self._unusable(exc)) from exc

    def _unwritable(self, exc: Exception) -> HomeError:
        return HomeError(
            f"cannot write {self._directory} ({one_line(exc)}): free space or fix permissions; "
            "the published index is unchanged"
        )

    def _unusable(self, exc: Exception) -> IndexMismatchError:
        return IndexMismatchError(
            f"no usable vectors in {self._directory} ({one_line(exc)}): "
            "run `footnote index --force`"
        )

    def add(self, numbers: Sequence[int], vectors: Vectors, texts: Sequence[str]) -> None:
        """Add vectors, shape (len(numbers), dim), a few hundred at a time; none is there yet."""
        if not numbers:
            return
        with self._mapped():
            ids = [str(number) for number in numbers]
            self._vectors.add(ids=ids, embeddings=vectors, documents=list(texts))

    def describe(self, occurrences: Mapping[int, Sequence[Occurrence]]) -> None:
        """Say where texts stand, for who reads the collection with another tool; some hundred."""
        with self._mapped():
            self._vectors.update(
                ids=[str(number) for number in occurrences],
                metadatas=[_metadata(places) for places in occurrences.values()],
            )

    def delete(self, numbers: Sequence[int]) -> None:
        """Remove vectors."""
        with self._mapped():
            step = self._client.get_max_batch_size()
            for i in range(0, len(numbers), step):
                self._vectors.delete(ids=[str(number) for number in numbers[i : i + step]])

    def search(self, vector: Vectors, n: int) -> list[tuple[int, float]]:
        """The ``n`` nearest by number with their cosine, best first; ``vector``: shape (dim,)."""
        n = min(n, self.count())
        if n == 0:
            return []
        with self._mapped():
            result = self._vectors.query(
                query_embeddings=[vector], n_results=n, include=["distances"]
            )
        distances = result["distances"] or [[]]
        found = [
            (int(number), 1.0 - float(distance))
            for number, distance in zip(result["ids"][0], distances[0], strict=True)
        ]
        return sorted(found, key=lambda item: (-item[1], item[0]))

    def cosines(self, vector: Vectors, numbers: Sequence[int]) -> dict[int, float]:
        """The exact cosine of each of these vectors with ``vector`` (shape (dim,))."""
        if not numbers:
            return {}
        with self._mapped():
            ids = [str(number) for number in numbers]
            result = self._vectors.get(ids=ids, include=["embeddings"])
        matrix = np.asarray(result["embeddings"], dtype=np.float32)
        scores = matrix @ vector
        return {int(number): float(s) for number, s in zip(result["ids"], scores, strict=True)}

    def beside(self, numbers: Sequence[int], n: int) -> list[int]:
        """The numbers of the ``n`` vectors nearest to each of these, nearest first, each once."""
        n = min(n, self.count())
        if not numbers or n == 0:
            return []
        with self._mapped():
            own = self._vectors.get(ids=[str(number) for number in numbers], include=["embeddings"])
            found = self._vectors.query(
                query_embeddings=own["embeddings"], n_results=n, include=["distances"]
            )
        places = zip(found["ids"], found["distances"] or (), strict=True)
        near = sorted((at, int(i)) for ids, ats in places for i, at in zip(ids, ats, strict=True))
        return list(dict.fromkeys(number for _, number in near))

    def lost(self, numbers: Sequence[int]) -> list[int]:
        """Those of ``numbers`` that a search for their own vectors does not find.

        A vector that is nearly equal and is found in its place counts as found.
        """
        if not numbers:
            return []
        with self._mapped():
            ids = [str(number) for number in numbers]
            own = self._vectors.get(ids=ids, include=["embeddings"])
            found = self._vectors.query(
                query_embeddings=own["embeddings"], n_results=1, include=["distances"]
            )
        nearest = zip(own["ids"], found["distances"], strict=True)
        return [int(number) for number, at in nearest if not at or 1.0 - at[0] < _SAME]

    def count(self) -> int:
        """How many vectors there are."""
        if self._count is not None:
            return self._count
        with self._mapped():
            count = int(self._vectors.count())
        if not self._is_written:
            self._count = count  # 5 ms among 100,000 rows, and it will not change
        return count

    def close(self) -> None:
        """Release the directory."""
        self._client.close()


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


def _forget_failed_start(directory: str) -> None:
    """Chroma gives out again what failed to start; remove this when it does not (1.5.9 does)."""
    from chromadb.api.shared_system_client import SharedSystemClient

    if directory not in SharedSystemClient._identifier_to_refcount:
        SharedSystemClient._identifier_to_system.pop(directory, None)
