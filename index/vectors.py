"""Vectors by content: the vector of a text is computed once for a model, whatever happens.

One SQLite file in the home, keyed by the sha256 of model and text, shared by all
generations: a renamed, moved or restored text costs a lookup. The file is a cache: when it is
lost or damaged, vectors are computed again.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from index.embedding import Vectors

__all__ = ["VectorCache"]

_SQL_VARIABLES = 500


class VectorCache:
    """A cache of float32 vectors for one embedding model.

    ``model`` names the model by the sha256 of its weights.
    """

    def __init__(self, path: Path, *, model: str, dimension: int) -> None:
        self._model = model
        self._dimension = dimension
        self._path = path
        try:
            self._db = self._open()
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError:
            self._remove()
            self._db = self._open()

    def _remake(self) -> None:
        """Begin anew: a damaged cache is only a slow build."""
        self._db.close()
        self._remove()
        self._db = self._open()

    def _remove(self) -> None:
        for suffix in ("", "-wal", "-shm"):
            Path(f"{self._path}{suffix}").unlink(missing_ok=True)

    def _open(self) -> sqlite3.Connection:
        db = sqlite3.connect(self._path)
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=NORMAL")
        db.execute(
            "CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB) WITHOUT ROWID"
        )
        return db

    def vectors(
        self, texts: Sequence[str], embed: Callable[[Sequence[str]], Vectors]
    ) -> tuple[Vectors, int]:
        """The vectors of ``texts`` in order, and how many of them had to be computed.

        ``embed`` is called only when a vector is missing.
        """
        keys = [self._key(text) for text in texts]
        try:
            found = self._lookup(keys)
        except sqlite3.DatabaseError as exc:
            if isinstance(exc, sqlite3.OperationalError):
                raise
            self._remake()
            found = {}
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in found}
        if missing:
            computed = embed(list(missing.values()))
            rows = [(k, v.tobytes()) for k, v in zip(missing, computed, strict=True)]
            with self._db:
                self._db.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)
            found |= dict(zip(missing, computed, strict=True))
        out = np.zeros((len(texts), self._dimension), dtype=np.float32)
        for row, key in enumerate(keys):
            out[row] = found[key]
        return out, len(missing)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def _key(self, text: str) -> bytes:
        return hashlib.sha256(f"{self._model}\0{text}".encode()).digest()

    def _lookup(self, keys: Sequence[bytes]) -> dict[bytes, Vectors]:
        found: dict[bytes, Vectors] = {}
        unique = list(dict.fromkeys(keys))
        for i in range(0, len(unique), _SQL_VARIABLES):
            part = unique[i : i + _SQL_VARIABLES]
            marks = ",".join("?" * len(part))
            query = f"SELECT key, vector FROM vectors WHERE key IN ({marks})"  # noqa: S608
            for key, blob in self._db.execute(query, part):
                vector = np.frombuffer(blob, dtype=np.float32)
                if len(vector) == self._dimension:
                    found[key] = vector
        return found
