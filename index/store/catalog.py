"""Documents and chunks of one generation, in one SQLite file.

Chunks that have the same vector share its number, which is its id in :mod:`index.store.chroma`.

The text in here is what citations point into: it is written by the build of the generation
and never changes, also when the file in the folder does. Reading needs no lock and leaves no
file behind (``immutable=1``).
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from index.builder.prepare import PreparedDocument
from index.errors import DocumentMissingError, IndexMismatchError
from index.store.files import PAGE_BYTES
from index.text.composed import composed
from index.types import Chunk, Document, Heading, Place, Span, Table, TableRow, chunk_id

__all__ = ["Catalog", "Occurrence", "Outline"]

_TABLES = """
CREATE TABLE documents (
    id TEXT PRIMARY KEY, title TEXT, text TEXT, sha256 TEXT, media_type TEXT,
    pages TEXT, headings TEXT, date TEXT, language TEXT, places TEXT,
    summary TEXT
);
CREATE TABLE chunks (
    row INTEGER PRIMARY KEY AUTOINCREMENT, document TEXT, start INTEGER, end INTEGER,
    text TEXT, headings TEXT, page INTEGER, stems TEXT, vector INTEGER
);
CREATE TABLE vectors (
    number INTEGER PRIMARY KEY AUTOINCREMENT, key BLOB UNIQUE, vector BLOB
);
CREATE TABLE tables (document TEXT, name TEXT, columns TEXT, rows TEXT);
CREATE INDEX tables_by_document ON tables (document);
CREATE INDEX chunks_by_document ON chunks (document);
CREATE INDEX chunks_by_vector ON chunks (vector);
"""
_DOCUMENT = (
    "SELECT id, title, text, sha256, media_type, pages, headings, date, language, places"
    " FROM documents WHERE id = ?"
)
_OF_ROWS = "FROM chunks WHERE row IN ({marks})"
_CHUNK = f"SELECT row, document, start, end, headings, page, text {_OF_ROWS}"
_OUTLINE = f"SELECT row, document, start, end, stems {_OF_ROWS}"
_VECTOR = f"SELECT row, vector {_OF_ROWS}"
_OCCURRENCE = (
    "SELECT vector, document, start, end, chunks.headings, page, title, date, language"
    " FROM chunks JOIN documents ON document = id WHERE vector IN ({marks}) ORDER BY row"
)
_SQL_VARIABLES = 500
_FEW_DOCUMENTS = 2000


@dataclass(frozen=True, slots=True)
class Outline:
    """A chunk without its text: id, document and the stems that it is found by."""

    chunk_id: str
    document_id: str
    stems: str


@dataclass(frozen=True, slots=True)
class Occurrence:
    """Where a text stands, and in which document; ``headings`` are those above it."""

    document_id: str
    span: Span
    title: str
    headings: tuple[str, ...]
    page: int | None
    date: str | None
    language: str


class Catalog:
    """The documents and chunks of a generation; rows number its chunks and never change."""

    def __init__(self, path: Path, *, writable: bool = False) -> None:
        if writable:
            is_new = not path.exists()
            self._db = sqlite3.connect(path)
            if is_new:
                self._db.execute(f"PRAGMA page_size={PAGE_BYTES}")
                self._db.executescript(_TABLES)
        else:
            uri = f"file:{quote(str(path.absolute()))}?mode=ro&immutable=1"
            try:
                self._db = sqlite3.connect(uri, uri=True, check_same_thread=False)
                self._db.execute("SELECT row FROM chunks LIMIT 1").fetchone()
            except sqlite3.DatabaseError as exc:
                raise IndexMismatchError(
                    f"{path} cannot be read ({exc}): run `footnote index --force`"
                ) from exc

    def add_vectors(self, vectors: Sequence[bytes]) -> list[tuple[int, bool]]:
        """The number of each vector (its float32 numbers), and whether it is new."""
        out = []
        for vector in vectors:
            key = hashlib.sha256(vector).digest()
            query = "SELECT number FROM vectors WHERE key = ?"
            found = self._db.execute(query, (key,)).fetchone()
            if found is not None:
                out.append((int(found[0]), False))
            else:
                query = "INSERT INTO vectors (key, vector) VALUES (?, ?)"
                cursor = self._db.execute(query, (key, vector))
                out.append((int(cursor.lastrowid or 0), True))
        return out

    def remove_unused_vectors(self) -> list[int]:
        """Remove the vectors that no chunk has any more; returns their numbers."""
        found = self._db.execute(
            "SELECT number FROM vectors"
            " WHERE NOT EXISTS (SELECT 1 FROM chunks WHERE vector = number)"
        )
        numbers = [int(number) for (number,) in found]
        self._db.executemany("DELETE FROM vectors WHERE number = ?", [(n,) for n in numbers])
        return numbers

    def add(self, item: PreparedDocument, vectors: Sequence[int]) -> None:
        """Store a document with its chunks, their stems and the numbers of their vectors."""
        document = item.document
        self._db.execute(
            "INSERT INTO documents VALUES (?,?,?,?,?,?,?,?,?,?,?)",
            (
                document.id,
                document.title,
                document.text,
                document.sha256,
                document.media_type,
                json.dumps([(p.start, p.end) for p in document.pages]),
                json.dumps([(h.text, h.level, h.start) for h in document.headings]),
                document.date,
                document.language,
                json.dumps([(p.start, p.name) for p in document.places]),
                json.dumps([(s.start, s.end) for s in item.summary]),
            ),
        )
        self._db.executemany(
            "INSERT INTO tables VALUES (?,?,?,?)",
            [
                (
                    document.id,
                    table.name,
                    json.dumps(table.columns),
                    json.dumps([(r.number, r.span.start, r.span.end, r.cells) for r in table.rows]),
                )
                for table in item.tables
            ],
        )
        for chunk, stem, vector in zip(item.chunks, item.stems, vectors, strict=True):
            self._db.execute(
                "INSERT INTO chunks (document, start, end, text, headings, page, stems, vector)"
                " VALUES (?,?,?,?,?,?,?,?)",
                (
                    chunk.document_id,
                    chunk.span.start,
                    chunk.span.end,
                    chunk.text,
                    json.dumps(chunk.heading_path),
                    chunk.page,
                    stem,
                    vector,
                ),
            )

    def occurrences(self, vectors: Sequence[int]) -> dict[int, list[Occurrence]]:
        """Where the text of each of these vectors stands, in the order of the rows."""
        found: dict[int, list[Occurrence]] = {number: [] for number in vectors}
        for number, name, start, end, headings, page, title, date, language in self._among(
            _OCCURRENCE, vectors
        ):
            above = tuple(json.loads(headings))
            place = Occurrence(name, Span(start, end), title, above, page, date, language)
            found[number].append(place)
        return found

    def remove(self, document_id: str) -> None:
        """Remove a document and its chunks; their vectors stay."""
        self._db.execute("DELETE FROM chunks WHERE document = ?", (document_id,))
        self._db.execute("DELETE FROM tables WHERE document = ?", (document_id,))
        self._db.execute("DELETE FROM documents WHERE id = ?", (document_id,))

    def commit(self) -> None:
        """Write what was added and removed."""
        self._db.commit()

    def document(self, document_id: str) -> Document:
        """One document; where none has that id, the one whose id is the same when composed.

        Raises:
            DocumentMissingError: there is none of that id.
        """
        found = self._db.execute(_DOCUMENT, (document_id,)).fetchone()
        if found is None:
            ids = (name for (name,) in self._db.execute("SELECT id FROM documents"))
            same = [name for name in ids if composed(name) == composed(document_id)]
            found = self._db.execute(_DOCUMENT, same).fetchone() if len(same) == 1 else None
        if found is None:
            raise DocumentMissingError(
                f"no document {document_id!r} in the index: see `footnote index documents`"
            )
        name, title, text, sha256, media_type, pages, headings, date, language, places = found
        return Document(
            id=name,
            title=title,
            text=text,
            sha256=sha256,
            media_type=media_type,
            pages=tuple(Span(a, b) for a, b in json.loads(pages)),
            headings=tuple(Heading(*h) for h in json.loads(headings)),
            date=date,
            language=language,
            places=tuple(Place(*p) for p in json.loads(places)),
        )

    def summary_of(self, document_id: str) -> tuple[Span, ...]:
        """The sentences that summarise a document, the most telling first."""
        query = "SELECT summary FROM documents WHERE id = ?"
        found = self._db.execute(query, (document_id,)).fetchone()
        return tuple(Span(a, b) for a, b in json.loads(found[0])) if found else ()

    def tables_of(self, document_id: str) -> tuple[Table, ...]:
        """The tables of a document, in its order."""
        query = "SELECT name, columns, rows FROM tables WHERE document = ? ORDER BY rowid"
        return tuple(
            Table(
                name,
                tuple(json.loads(columns)),
                tuple(
                    TableRow(number, tuple(cells), Span(start, end))
                    for number, start, end, cells in json.loads(rows)
                ),
            )
            for name, columns, rows in self._db.execute(query, (document_id,))
        )

    def dates(self) -> dict[str, str | None]:
        """The date of every document, by id, in the order of the ids."""
        return dict(self._db.execute("SELECT id, date FROM documents ORDER BY id"))

    def chunks(self, rows: Sequence[int]) -> dict[int, Chunk]:
        """The chunks of these rows, by row."""
        return {
            row: Chunk(
                id=chunk_id(name, Span(start, end)),
                document_id=name,
                span=Span(start, end),
                text=text,
                heading_path=tuple(json.loads(headings)),
                page=page,
            )
            for row, name, start, end, headings, page, text in self._among(_CHUNK, rows)
        }

    def chunks_of(self, document_id: str) -> list[Chunk]:
        """The chunks of a document, in its order."""
        found = self._db.execute("SELECT row FROM chunks WHERE document = ?", (document_id,))
        chunks = self.chunks([int(row) for (row,) in found])
        return sorted(chunks.values(), key=lambda chunk: chunk.span)

    def vectors_of(self, rows: Sequence[int]) -> dict[int, int]:
        """The number of the vector of each of these rows."""
        return dict(self._among(_VECTOR, rows))

    def vectors_in(self, document_ids: Sequence[str]) -> dict[int, int]:
        """The number of the vector of each row of these documents."""
        wanted = set(document_ids)
        if len(wanted) > _FEW_DOCUMENTS:  # one look at all is quicker
            every = self._db.execute("SELECT row, vector, document FROM chunks")
            return {row: vector for row, vector, name in every if name in wanted}
        found: dict[int, int] = {}
        for name in document_ids:
            query = "SELECT row, vector FROM chunks WHERE document = ?"
            found |= dict(self._db.execute(query, (name,)))
        return found

    def vectors(self, numbers: Sequence[int]) -> dict[int, bytes]:
        """The vectors of these numbers, each as its float32 numbers."""
        return dict(
            self._among("SELECT number, vector FROM vectors WHERE number IN ({marks})", numbers)
        )

    def rows_with(self, vector: int, n: int) -> list[int]:
        """The first ``n`` rows that have the vector of this number."""
        query = "SELECT row FROM chunks WHERE vector = ? ORDER BY row LIMIT ?"
        return [int(row) for (row,) in self._db.execute(query, (vector, n))]

    def rows(self) -> list[int]:
        """The rows of all chunks, in order."""
        return [int(row) for (row,) in self._db.execute("SELECT row FROM chunks ORDER BY row")]

    def stems_of(self, document_id: str) -> list[str]:
        """The stems of a document's chunks, in its order."""
        query = "SELECT stems FROM chunks WHERE document = ? ORDER BY start, end"
        return [str(stems) for (stems,) in self._db.execute(query, (document_id,))]

    def texts(self) -> Iterator[str]:
        """The text of every chunk."""
        yield from (text for (text,) in self._db.execute("SELECT text FROM chunks"))

    def stems(self, *, after: int = 0) -> Iterator[tuple[int, str]]:
        """Row and stems of every chunk with a row above ``after``, in the order of the rows."""
        query = "SELECT row, stems FROM chunks WHERE row > ? ORDER BY row"
        yield from self._db.execute(query, (after,))

    def outlines(self, rows: Sequence[int]) -> dict[int, Outline]:
        """What ranking needs of these chunks, by row; much less to read than the chunks."""
        return {
            row: Outline(chunk_id(name, Span(start, end)), name, stems)
            for row, name, start, end, stems in self._among(_OUTLINE, rows)
        }

    def last_row(self) -> int:
        """The highest row, 0 when there is none; rows that are added come after it."""
        return int(self._db.execute("SELECT coalesce(max(row), 0) FROM chunks").fetchone()[0])

    def count(self) -> int:
        """How many chunks there are."""
        return int(self._db.execute("SELECT count(*) FROM chunks").fetchone()[0])

    def count_vectors(self) -> int:
        """How many different vectors they have."""
        return int(self._db.execute("SELECT count(*) FROM vectors").fetchone()[0])

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def _among(self, query: str, numbers: Sequence[int]) -> Iterator[tuple[Any, ...]]:
        """What ``query`` gives for these rows or vectors, in parts that SQLite takes."""
        for i in range(0, len(numbers), _SQL_VARIABLES):
            part = numbers[i : i + _SQL_VARIABLES]
            yield from self._db.execute(query.format(marks=",".join("?" * len(part))), part)
