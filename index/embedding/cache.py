"""Vectors by content: the vector of a text is computed once for a model, whatever happens.

One SQLite file in the home, keyed by the sha256 of model and text, shared by all
generations: a renamed, moved or restored text costs a lookup. The file is a cache: when it is
lost or damaged, vectors are computed again. When it grows too large, the vectors that were used
least recently go first, those of the index in use last.
"""

from __future__ import annotations

import hashlib
import math
import sqlite3
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np

from index.embedding.embedder import Vectors
from index.store.files import PAGE_BYTES

__all__ = ["VectorCache"]

_SQL_VARIABLES = 500
_SCHEMA = 2


class VectorCache:
    """A cache of float32 vectors for one embedding model.

    ``model`` names the model and how it is run; ``today`` counts days.
    """

    def __init__(self, path: Path, *, model: str, dimension: int, today: int | None = None) -> None:
        self._today = int(time.time() // 86400) if today is None else today
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
        self._path.touch(mode=0o600)  # SQLite gives its other files the same permissions
        db = sqlite3.connect(self._path)
        db.execute("PRAGMA synchronous=NORMAL")
        found = db.execute("PRAGMA user_version").fetchone()[0]
        if found == _SCHEMA:
            return db
        if found or db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            db.close()  # of another version
            self._remove()
            return self._open()
        db.execute(f"PRAGMA page_size={PAGE_BYTES}")
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("CREATE TABLE vectors (key BLOB PRIMARY KEY, day INTEGER, vector BLOB)")
        db.execute(f"PRAGMA user_version={_SCHEMA}")
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
            rows = [(k, self._today, v.tobytes()) for k, v in zip(missing, computed, strict=True)]
            with self._db:
                self._db.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)", rows)
            found |= dict(zip(missing, computed, strict=True))
        out = np.zeros((len(texts), self._dimension), dtype=np.float32)
        for row, key in enumerate(keys):
            out[row] = found[key]
        return out, len(missing)

    def missing(self, texts: Sequence[str]) -> list[str]:
        """Those of ``texts`` whose vectors are not there, each once, in order."""
        text_by_key = {self._key(text): text for text in texts}
        try:
            found = self._lookup(list(text_by_key))
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError:  # :meth:`vectors` makes it anew
            found = {}
        return [text for key, text in text_by_key.items() if key not in found]

    def prune(self, max_bytes: int, in_use: Callable[[], Iterable[str]]) -> int:
        """Remove vectors until the file is within ``max_bytes``; returns how many went.

        The oldest go first, and those of the texts ``in_use`` only when all others are gone.
        """
        excess = self._bytes() - max_bytes
        count = int(self._db.execute("SELECT count(*) FROM vectors").fetchone()[0])
        if excess <= 0 or not count:
            return 0
        going = min(count, math.ceil(count * excess / self._bytes()))
        with self._db:
            self._db.execute("CREATE TEMP TABLE in_use (key BLOB PRIMARY KEY) WITHOUT ROWID")
            keys = ((self._key(text),) for text in in_use())
            self._db.executemany("INSERT OR IGNORE INTO in_use VALUES (?)", keys)
            self._db.execute(
                "DELETE FROM vectors WHERE key IN (SELECT key FROM vectors"
                " ORDER BY key IN in_use, day, key LIMIT ?)",
                (going,),
            )
            self._db.execute("DROP TABLE in_use")
        self._db.execute("VACUUM")
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return going

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def _bytes(self) -> int:
        pages, size = (
            self._db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size")
        )
        return int(pages) * int(size)

    def _key(self, text: str) -> bytes:
        return hashlib.sha256(f"{self._model}\0{text}".encode()).digest()

    def _lookup(self, keys: Sequence[bytes]) -> dict[bytes, Vectors]:
        found: dict[bytes, Vectors] = {}
        aged: list[tuple[int, bytes]] = []
        unique = list(dict.fromkeys(keys))
        for i in range(0, len(unique), _SQL_VARIABLES):
            part = unique[i : i + _SQL_VARIABLES]
            marks = ",".join("?" * len(part))
            query = f"SELECT key, day, vector FROM vectors WHERE key IN ({marks})"  # noqa: S608
            for key, day, blob in self._db.execute(query, part).fetchall():
                vector = np.frombuffer(blob, dtype=np.float32)
                if len(vector) == self._dimension:
                    found[key] = vector
                    aged += [(self._today, key)] if day != self._today else []
        if aged:
            with self._db:
                self._db.executemany("UPDATE vectors SET day = ? WHERE key = ?", aged)
        return found
