"""Questions over the rows of tables: which, how many, the sum, the second highest.

What is asked says :mod:`rag.tables.asked`; what of it is in a table, :mod:`rag.tables.reading`. A
question that is none of a table's is answered from passages, or, where what it names is a name or
a number and stands nowhere in what was found, by saying that the table does not have it.
"""

from __future__ import annotations

import itertools
import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from functools import cached_property

from cachetools import LRUCache

from index.search import Found
from index.tables import TypedTable
from rag.evidence import Evidence
from rag.tables.answer import Missing, TableAnswer
from rag.tables.asked import Vector
from rag.tables.followed import followed
from rag.tables.known import KnownTable
from rag.tables.matching import MAYBE
from rag.tables.reading import TableReading
from rag.types import SURE, UNSURE
from rag.versions import Versions

__all__ = ["AskedTables", "TableQuestions"]

MAX_CHARACTERS = 200
"""Longer questions are answered from passages."""

_ALL = 0.999  # of the question's idf
_KEPT = 8  # documents whose tables are kept


class TableQuestions:
    """Recognises questions over tables; ``vector`` gives (and keeps) the query vector of a text.

    ``today`` is what "last year" is counted from.
    """

    def __init__(self, vector: Callable[[str], Vector], today: Callable[[], date]) -> None:
        self._vector = vector
        self._today = today
        self._known = LRUCache[tuple[str, str], list[KnownTable]](_KEPT)
        self._keeping = threading.Lock()

    def of(self, question: str, found: Found) -> AskedTables:
        """The tables of the documents of the passages that were found, asked the question.

        A question that is too long is asked of none.
        """
        if len(question) > MAX_CHARACTERS:
            return AskedTables(found, {})
        names = dict.fromkeys(passage.chunk.document_id for passage in found.passages)
        tables = {name: self._tables(found, name) for name in names}
        alike: dict[frozenset[str], list[KnownTable]] = defaultdict(list)
        for known in itertools.chain.from_iterable(tables.values()):
            alike[known.form].append(known)
        today = self._today()
        readings = {
            name: [
                TableReading(question, known, alike[known.form], self._vector, today)
                for known in items
            ]
            for name, items in tables.items()
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
    """The tables of what was found, asked one question; ``readings`` are by document, as found.

    ``followed`` is how it is answered behind another question.
    """

    def __init__(
        self,
        found: Found,
        readings: dict[str, list[TableReading]],
        followed: Sequence[TableAnswer] = (),
    ) -> None:
        self._found = found
        self._readings = readings
        self._followed = followed

    @property
    def asks_of_a_row(self) -> bool:
        """Whether the question names a column of one, or what it measures, and no row."""
        every = [reading for items in self._readings.values() for reading in items]
        is_named = any(r.matched.columns or r.matched.measured for r in every)
        return is_named and not any(reading.rows for reading in every)

    @property
    def is_alone(self) -> bool:
        """Whether no table was found that could be asked."""
        return not any(self._readings.values())

    @property
    def only_row(self) -> str:
        """What the only row that answers is called, "" where there are more or none."""
        rows = [answer.only_row for answer in self.answers]
        return rows[0] if len(rows) == 1 else ""

    def behind(self, before: AskedTables, leaning: float) -> AskedTables:
        """The same tables, asked behind another question; see `rag.tables.followed`."""
        first = before._asked_of
        if first is None:
            return self
        readings = itertools.chain.from_iterable(self._readings.values())
        reading = next((r for r in readings if r.known.table is first.table), None)
        plans = followed(reading, first, leaning) if reading else []
        return AskedTables(self._found, self._readings, plans) if plans else self

    @property
    def _asked_of(self) -> TableAnswer | None:
        """The only answer, or else, not surely, the rows that the question names."""
        if self.answers:
            is_one = len(self.answers) == 1 or self._followed
            return self.answers[0] if is_one else None
        readings = itertools.chain.from_iterable(self._readings.values())
        return next(filter(None, (reading.rows_named for reading in readings)), None)

    @cached_property
    def answers(self) -> list[TableAnswer]:
        """How it is answered from tables; none where it is not asked of any.

        They are several where tables of one form answer it and nothing says which is meant.
        """
        return list(map(self._with_unit, self._planned))

    def _with_unit(self, plan: TableAnswer) -> TableAnswer:
        """With the unit of the cell that is asked for."""
        readings = self._readings[plan.document.id]
        known = next(r.known for r in readings if r.known.table is plan.table)
        return replace(plan, unit=known.unit_of(plan.wanted)) if plan.wanted else plan

    @property
    def _planned(self) -> list[TableAnswer]:
        if self._followed:
            return list(self._followed)
        readings = [reading for items in self._readings.values() for reading in items]
        # A word that calls another table is not left over from this one.
        answered = [
            (r, *((-1, None) if any(o.names(r.left) for o in readings) else r.answered))
            for r in readings
        ]
        # A table that holds more of what the question names is the one that is meant.
        most = max((held for _, held, _ in answered), default=0)
        best = [(reading, plan) for reading, held, plan in answered if held == most]
        first = next((pair for pair in best if pair[1] is not None), None)
        if first is None or first[1] is None:
            return []
        form = first[0].known.form
        alike = [(r, plan) for r, plan in best if plan is not None and r.known.form == form]
        documents = [reading.known.document.id for reading, _ in alike]
        versions = self._found.source.derived(Versions).of(documents[0], self._found.source)
        newest = [version.id for version in versions if version.id in documents][:1]
        if len(versions) > 1 and {version.id for version in versions}.issuperset(documents):
            alike = [pair for pair in alike if pair[0].known.document.id in newest]
        if best[0][1] is None:  # a table that was found before it may be meant
            alike = [(r, replace(p, confidence=min(p.confidence, UNSURE))) for r, p in alike]
        return [plan for _, plan in alike]

    @property
    def is_clear(self) -> bool:
        """Whether the tables answer whatever passages say: it is sure, or one of them is meant."""
        return len(self.answers) > 1 or any(plan.confidence >= SURE for plan in self.answers)

    def is_nearer(self, best: Sequence[Evidence], confidence: float) -> bool:
        """Whether the tables answer rather than the best evidence, read with this confidence."""
        return any(
            confidence < SURE
            or any(
                item.document.id == plan.document.id and row.span.overlaps(item.span)
                for row in plan.table.table.rows
                for item in best
            )
            for plan in self.answers
        )

    @cached_property
    def missing(self) -> Missing | None:
        """What the question names and the table of the first passage lacks, if that is sure.

        It is asked of the rows of that table, but for words that stand nowhere in what was found.
        """
        first = next(iter(self._readings.values()), [])
        every = (reading.missing for reading in first)
        return next((m for m in every if m is not None and not _stands(m.words, self._found)), None)

    def lacks(self, best: Evidence) -> bool:
        """Whether the best evidence is a row of the table that lacks what the question names."""
        lacking = self.missing
        return (
            lacking is not None
            and lacking.document.id == best.document.id
            and any(row.span.overlaps(best.span) for row in lacking.table.table.rows)
        )

    def without_other_rows(self, evidence: Sequence[Evidence]) -> list[Evidence]:
        """Evidence without the rows of a table that are not the one that the question names."""
        return [item for item in evidence if not self._is_other_row(item)] or list(evidence)

    def _is_other_row(self, item: Evidence) -> bool:
        for reading in self._readings.get(item.document.id, []):
            for number, row in enumerate(reading.known.table.table.rows):
                if row.span.overlaps(item.span):
                    return bool(reading.rows) and number not in reading.rows
        return False

    def cell_read(self, best: Evidence) -> TableAnswer | None:
        """The cell that answers, where the best evidence is the row that the question names."""
        read = (reading.cell_read(best) for reading in self._readings.get(best.document.id, []))
        return next(map(self._with_unit, filter(None, read)), None)

    def rows_chosen(self, best: Evidence) -> TableAnswer | None:
        """The rows that the question names, not all, where the best evidence is one of the table.

        It names them by values, times and amounts; what it asks of them is not known.
        """
        for reading in self._readings.get(best.document.id, []):
            plan, rows = reading.rows_named, reading.known.table.table.rows
            is_of_table = any(row.span.overlaps(best.span) for row in rows)
            if is_of_table and plan is not None and 0 < len(plan.rows) < len(rows):
                return plan
        return None

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
