"""Answers computed from the rows of a table: all of them are counted, those that count are cited.

Which table, and what is computed, says :mod:`rag.table_questions`. The query is DuckDB's and is
shown; a sentence with a computed value names the rows that it rests on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from index.loaders import plain_text
from index.search import Found
from index.tables import Cell, Column, TypedTable, quoted_name
from index.types import Document, Span
from rag.types import Answer, Clock, Draft, Quote, Step
from rag.verify import Similarity, VerifiedAnswer, VerifiedSentence

__all__ = ["Condition", "TableAnswer"]

_SHOWN = 8  # rows
_FUNCTIONS = {"sum": "sum", "mean": "avg", "max": "max", "min": "min"}


@dataclass(frozen=True, slots=True)
class Condition:
    """What a row must fulfil: ``sign`` is "=", ">", ">=", "<" or "<="."""

    column: Column
    sign: str
    value: Cell

    @property
    def sql(self) -> str:
        """As DuckDB reads it."""
        return f"{quoted_name(self.column.sql_name)} {self.sign} {_literal(self.value)}"


@dataclass(frozen=True, slots=True)
class TableAnswer:
    """How a question is answered from a table; ``confidence`` in [0, 1] that it is asked of it.

    ``target`` is what is counted, added or compared, ``group`` the column whose values part the
    rows, ``wanted`` the column of the cell that is asked for.
    """

    document: Document
    table: TypedTable
    operation: str
    conditions: tuple[Condition, ...]
    target: Column | None
    group: Column | None
    wanted: Column | None
    confidence: float

    @property
    def where(self) -> str:
        """The conditions in SQL; a row of totals counts only where the question names it."""
        parts = [condition.sql for condition in self.conditions]
        for row in self.table.totals:
            if not any(c.sign == "=" and c.column.cells[row] == c.value for c in self.conditions):
                parts.append(f"row <> {row}")
        return " AND ".join(parts) or "true"

    @property
    def measure(self) -> str:
        """What is computed, in SQL."""
        if self.operation == "count":
            return f"count(DISTINCT {_name(self.target)})" if self.target else "count(*)"
        return f"{_FUNCTIONS[self.operation]}({_name(self.target)})"

    @property
    def sql(self) -> str:
        """The query that says how the answer was computed."""
        where = "" if self.where == "true" else f" WHERE {self.where}"
        if self.operation == "find":
            return f"SELECT * FROM rows{where}"
        if self.group is not None:
            name = _name(self.group)
            return f"SELECT {name}, {self.measure} FROM rows{where} GROUP BY {name} ORDER BY {name}"
        return f"SELECT {self.measure} FROM rows{where}"

    def answer(
        self, question: str, found: Found, similarity: Similarity, clock: Clock
    ) -> Iterator[Step | VerifiedSentence | Answer]:
        """The answer as it is made: what was computed, and the rows that it rests on."""
        names = dict.fromkeys(filter(None, (self.table.table.name, self.document.title)))
        title = " of ".join(names)
        total = len(self.table.table.rows)
        yield Step(f"read {total:,} rows of {title}")
        clock.stop("read")
        verified = VerifiedAnswer(similarity)
        count = 0
        if self.operation in ("find", "max", "min") and self.group is None:
            rows = self._rows()
            count = len(rows)
            drafts = [self._row_draft(row, leads=len(rows) == 1) for row in rows[:_SHOWN]]
            yield from verified.add(drafts, (), clock)
        else:
            for name, value, rows in self._computed():
                count = max(count, len(rows))
                quotes = [self._quote(row) for row in rows[:_SHOWN]]
                label = f"{name}: " if name else ""
                yield verified.computed(f"{label}{value}", quotes, is_list_item=bool(name))
                if self.operation == "count" and not name and len(rows) <= _SHOWN:
                    drafts = [self._row_draft(row, leads=False) for row in rows]
                    yield from verified.add(drafts, (), clock)
        clock.stop("verify")
        notice = f"Computed over all {total:,} rows of {title}: {self.sql}"
        if count > _SHOWN:
            notice += f". It rests on {count:,} rows; {_SHOWN} are cited"
        has_found = bool(verified.sentences)
        yield Answer(
            question=question,
            standalone_question=" ".join(question.split()),
            sentences=tuple(verified.sentences),
            citations=tuple(verified.citations),
            passages=found.passages,
            abstention=None if has_found else f"No row of “{title}” is like that ({self.sql}).",
            confidence=self.confidence if has_found else 0.0,
            generator="table",
            generation=found.generation,
            notice=f"{notice}." if has_found else None,
            left_out=verified.left_out,
            timings_ms=clock.timings(),
        )

    def _rows(self) -> list[int]:
        """The rows that are asked for, or those with the extreme value."""
        where = self.where
        if self.operation != "find":
            name = _name(self.target)
            inner = f"SELECT {self.measure} FROM rows WHERE {where}"
            where = f"{where} AND {name} = ({inner})"
        found = self.table.ask(f"SELECT row FROM rows WHERE {where} ORDER BY row")
        return [int(row) for (row,) in found]

    def _computed(self) -> Iterator[tuple[str, str, list[int]]]:
        """The name of each group, "" for all rows, its value in words, and its rows."""
        group = _name(self.group) if self.group else "''"
        query = (
            f"SELECT {group}, {self.measure}, list(row ORDER BY row) FROM rows"
            f" WHERE {self.where} AND {group} IS NOT NULL GROUP BY 1 ORDER BY 1"
        )
        found = self.table.ask(query)
        if not found and self.operation == "count":
            yield "", "0", list(range(len(self.table.table.rows)))
        for name, value, rows in found:
            if value is not None:
                yield str(name), self._in_words(value), rows

    def _in_words(self, value: Cell) -> str:
        """A computed value with what it is the value of."""
        is_whole = not isinstance(value, float) or value.is_integer()
        shown = _shown(value) if is_whole else f"{value:,.2f}"
        of = f"{self.operation} of {self.target.name}" if self.target else "rows"
        is_ = " and ".join(f"{c.column.name} {c.sign} {_shown(c.value)}" for c in self.conditions)
        return f"{shown} ({of}{f' where {is_}' if is_ else ''})"

    def _row_draft(self, row: int, *, leads: bool) -> Draft:
        """A row as it stands; where it is the only one, it ``leads`` with the wanted cell."""
        quote = self._quote(row)
        short: Span | None = None
        if leads and self.wanted is not None:
            number = self.table.table.columns.index(self.wanted.name)
            cell = " ".join(self.table.table.rows[row].cells[number].split())
            at = quote.text.find(f"{self.wanted.name}: {cell}")
            if cell and at >= 0:
                start = at + len(self.wanted.name) + 2
                short = Span(start, start + len(cell))
        return Draft(quote.text, (quote,), True, short_answer=short, certainty=self.confidence)

    def _quote(self, row: int) -> Quote:
        document = self.document
        span = self.table.table.rows[row].span
        return Quote(document, span, plain_text(document.media_type, span.of(document.text)))


def _name(column: Column | None) -> str:
    return quoted_name(column.sql_name) if column else "*"


def _shown(value: Cell) -> str:
    return f"{value:,.15g}" if isinstance(value, float) else str(value)


def _literal(value: Cell) -> str:
    if isinstance(value, float):
        return f"{value:.15g}"
    escaped = str(value).replace("'", "''")
    return f"'{escaped}'"
