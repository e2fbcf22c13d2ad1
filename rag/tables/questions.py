"""Questions over the rows of tables: which, how many, the sum, the second highest.

What is asked says :mod:`rag.tables.asked`; what of it is in a table, :mod:`rag.tables.reading`. A
question that is none of a table's is answered from passages, or, where what it names is a name or
a number and stands nowhere in what was found, by saying that the table does not have it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import cached_property, lru_cache

from cachetools import LRUCache

from index.search import Found
from index.tables import TypedTable
from rag.evidence import Evidence
from rag.tables.answer import Missing, TableAnswer
from rag.tables.asked import Asked, Vector
from rag.tables.known import KnownTable
from rag.tables.reading import MAYBE, TableReading

__all__ = ["AskedTables", "TableQuestions"]

MAX_CHARACTERS = 200
"""Longer questions are answered from passages."""

_ALL = 0.999  # of the question's idf
_KEPT = 8  # documents whose tables are kept,
_VECTORS = 2048  # and texts whose vectors are


class TableQuestions:
    """Recognises questions over tables; ``vector`` gives the query vector of a text."""

    def __init__(self, vector: Callable[[str], Vector]) -> None:
        self._vector = lru_cache(_VECTORS)(vector)
        self._known = LRUCache[tuple[str, str], list[KnownTable]](_KEPT)
        self._keeping = threading.Lock()

    def of(self, question: str, found: Found) -> AskedTables:
        """The tables of the documents of the passages that were found, asked the question.

        A question that is too long is asked of none.
        """
        if len(question) > MAX_CHARACTERS:
            return AskedTables(found, {})
        asked = Asked(self._vector(question))
        names = dict.fromkeys(passage.chunk.document_id for passage in found.passages)
        readings = {
            name: [
                TableReading(question, asked, known, self._vector)
                for known in self._tables(found, name)
            ]
            for name in names
        }
        return AskedTables(found, readings)

    def _tables(self, found: Found, name: str) -> list[KnownTable]:
        """The tables of a document, kept for a while; several threads may ask at once."""
        key = found.generation, name
        with self._keeping:
            known = self._known.get(key)
        if known is None:
            tables = found.source.tables_of(name)
            document = found.source.document(name) if tables else None
            known = [
                KnownTable(document, TypedTable(table, document.language), self._vector)
                for table in tables
                if document is not None
            ]
            with self._keeping:
                self._known[key] = known
        return known


class AskedTables:
    """The tables of what was found, asked one question; ``readings`` are by document, as found."""

    def __init__(self, found: Found, readings: dict[str, list[TableReading]]) -> None:
        self._found = found
        self._readings = readings

    @cached_property
    def answer(self) -> TableAnswer | None:
        """How it is answered from one of the tables; None where it is not asked of any."""
        answered = [reading.answered for items in self._readings.values() for reading in items]
        # A table that holds more of what the question names is the one that is meant.
        return max(answered, key=lambda held: held[0], default=(0, None))[1]

    @cached_property
    def missing(self) -> Missing | None:
        """What the question names and the table of the first passage lacks, if that is sure.

        It is asked of the rows of that table, but for words that stand nowhere in what was found.
        """
        first = next(iter(self._readings.values()), [])
        every = (reading.missing for reading in first)
        return next((m for m in every if m is not None and not _stands(m.words, self._found)), None)

    def doubt(self, best: Evidence) -> bool:
        """Whether the best evidence, a row of a table, is hardly what is asked.

        It is asked of the rows but cannot be computed, or the row is named and what is asked of it
        is none of the columns, or a name is missing; and not all that the question says stands
        there.
        """
        readings = [
            reading
            for reading in self._readings.get(best.document.id, [])
            if any(row.span.overlaps(best.span) for row in reading.known.table.table.rows)
        ]
        if best.coverage >= _ALL or not readings:
            return False
        is_asked = readings[0].asked.prior >= MAYBE
        return is_asked or self.missing is not None or all(r.lacks for r in readings)


def _stands(words: str, found: Found) -> bool:
    """Whether words stand in a passage that was found."""
    folded = words.casefold()
    return any(folded in passage.chunk.text.casefold() for passage in found.passages)
