"""Answers computed from the rows of a table: all of them are counted, those that count are cited.

Which table, and what is computed, says :mod:`rag.tables.questions`. The query is DuckDB's and is
shown; a sentence with a computed value names the rows that it rests on.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Generator as Steps
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from index.tables import Cell, Column, TypedTable, quoted_name
from index.text.units import with_unit
from index.types import Document, Passage, Span
from rag.asking import Asking
from rag.replies import days, joined, month_name, number, percent, reply
from rag.types import UNSURE, Answer, Draft, Quote, Step, quote_at
from rag.verify import Event, VerifiedAnswer, VerifiedSentence

__all__ = ["NUMBERED", "Condition", "Missing", "TableAnswer", "table_answer"]

NUMBERED = re.compile(r"(^|, )table (\d+)$")
"""What loaders call a table without a name."""

_SHOWN = 8  # rows
_UNITS = ("Sc", "So")  # signs of currencies, and "°"
_FUNCTIONS = {"sum": "sum", "mean": "avg", "max": "max", "min": "min"}
_ROWS = ("find", "max", "min", "ends")


@dataclass(frozen=True, slots=True)
class Condition:
    """What a row must fulfil.

    ``sign`` is "=" or "<>" (one of ``values``, or none of them), ">", ">=", "<" or "<=", "within"
    (``values`` are the first and the last days of times, one pair after another), "month" or
    "empty" (where ``values`` hold 0, that too). With an ``other`` column its value is compared.
    """

    column: Column
    sign: str
    values: tuple[Cell, ...] = ()
    other: Column | None = None

    @property
    def sql(self) -> str:
        """As DuckDB reads it."""
        name = quoted_name(self.column.sql_name)
        if self.other is not None:
            return f"{name} {self.sign} {quoted_name(self.other.sql_name)}"
        literals = [_literal(value) for value in self.values]
        if self.sign == "empty":
            return f"({name} IS NULL OR {name} = 0)" if literals else f"{name} IS NULL"
        if self.sign == "month":
            return f"month({name}) = {literals[0]}"
        if self.sign == "within":
            pairs = zip(literals[::2], literals[1::2], strict=True)
            spans = " OR ".join(f"{name} BETWEEN {first} AND {last}" for first, last in pairs)
            return f"({spans})" if len(literals) > 2 else spans
        if len(literals) > 1:
            return f"{name} {'IN' if self.sign == '=' else 'NOT IN'} ({', '.join(literals)})"
        return f"{name} {self.sign} {literals[0]}"

    def in_words(self, language: str) -> str:
        """For a reader."""
        if self.other is not None:
            return f"{self.column.name} {self.sign} {self.other.name}"
        is_years = self.column.is_years
        shown = [_day(v) if is_years else _shown(v, language) for v in self.values]
        sign = self.sign if self.sign in ("<>", ">", ">=", "<", "<=") else "="
        if self.sign == "empty":
            shown.insert(0, reply("no_value", language))
        elif self.sign == "month":
            shown = [month_name(int(float(str(month))), language) for month in self.values]
        elif self.sign == "within":
            pairs = zip(self.values[::2], self.values[1::2], strict=True)
            shown = [days(_day(first), language, _day(last)) for first, last in pairs]
        return f"{self.column.name} {sign} {joined(shown, language, 'or')}"


@dataclass(frozen=True, slots=True)
class TableAnswer:
    """How a question is answered from a table; ``confidence`` in [0, 1] that it is asked of it.

    ``operation`` is "find", "count", "sum", "mean", "max", "min", "ends" (the highest and the
    lowest) or "share". ``target`` is what is counted, added or compared, ``group`` the column whose
    values part the rows, ``wanted`` the column of the cell that is asked for. ``order`` ("ASC",
    "DESC") is that of the rows by the target, or of the groups by what is computed; of them those
    of ``ranks`` are meant: first and last, all where there are none. ``unit`` is that of the cell
    that is asked for, where only its column says it.
    """

    document: Document
    table: TypedTable
    operation: str
    conditions: tuple[Condition, ...]
    confidence: float
    target: Column | None = None
    group: Column | None = None
    wanted: Column | None = None
    order: str = ""
    ranks: tuple[int, int] | None = None
    unit: str = ""

    @property
    def where(self) -> str:
        """The conditions in SQL; a row of totals counts only where the question names it."""
        parts = [condition.sql for condition in self.conditions]
        for row in self.table.totals:
            if not any(c.sign == "=" and c.column.cells[row] in c.values for c in self.conditions):
                parts.append(f"row <> {row}")
        return " AND ".join(parts) or "true"

    @property
    def measure(self) -> str:
        """What is computed, in SQL."""
        if self.operation == "count":
            return f"count(DISTINCT {_name(self.target)})" if self.target else "count(*)"
        if self.operation == "share":
            return f"100.0 * count(*) FILTER (WHERE {self.where}) / count(*)"
        return f"{_FUNCTIONS[self.operation]}({_name(self.target)})"

    @property
    def sql(self) -> str:
        """The query that says how the answer was computed."""
        if self._is_of_rows:
            return f"SELECT * {self._of_rows}"
        if self.group is not None:
            by = "" if self.order else f" ORDER BY {_name(self.group)}"
            return f"SELECT {_name(self.group)}, {self.measure} {self._of_groups}{by}"
        is_all = self.operation == "share" or self.where == "true"
        return f"SELECT {self.measure} FROM rows{'' if is_all else f' WHERE {self.where}'}"

    @property
    def only_row(self) -> str:
        """What the only row that is found is called, "" where there are more or none."""
        rows = self.rows
        name = next((column for column in self.table.columns if column.kind == "text"), None)
        return str(name.cells[rows[0]] or "") if name and len(rows) == 1 else ""

    @property
    def rows(self) -> list[int]:
        """The numbers of the rows that are found, in their order; [] where values are computed."""
        found = self.table.ask(f"SELECT row {self._of_rows}") if self._is_of_rows else []
        return [int(row) for (row,) in found]

    @property
    def _is_of_rows(self) -> bool:
        return self.operation in _ROWS and self.group is None

    @property
    def _of_rows(self) -> str:
        where, name = self.where, _name(self.target)
        ranked = self._ranked(name)
        if self.operation == "ends":
            ranked = f" QUALIFY {name} IN (max({name}) OVER (), min({name}) OVER ())"
        if ranked:
            where = f"{name} IS NOT NULL" + ("" if where == "true" else f" AND {where}")
        order = f" ORDER BY {name} {self.order}" if self.order else ""
        return f"FROM rows{'' if where == 'true' else f' WHERE {where}'}{ranked}{order}"

    @property
    def _of_groups(self) -> str:
        name = _name(self.group)
        where = f"{name} IS NOT NULL" + ("" if self.where == "true" else f" AND {self.where}")
        return f"FROM rows WHERE {where} GROUP BY {name}{self._ranked(self.measure)}"

    def _ranked(self, by: str) -> str:
        if self.ranks is None:
            return ""
        first, last = self.ranks
        # The third is behind two others, however many have the same; of the first three none more.
        rank, which = ("dense_rank", f"= {first}") if first == last else ("rank", f"<= {last}")
        return f" QUALIFY {rank}() OVER (ORDER BY {by} {self.order}) {which}"

    def sentences(
        self, verified: VerifiedAnswer, asking: Asking, *, among: str = ""
    ) -> Steps[VerifiedSentence, None, int]:
        """What was computed, and the rows that it rests on; ``among`` others by this name.

        Gives how many rows the sentence rests on that rests on most.
        """
        clock, language = asking.clock, asking.language
        most = 0
        if self._is_of_rows:
            rows = self.rows
            leads = len(rows) == 1
            if leads and (lacking := self._lacking(rows[0], language)):
                yield verified.computed(lacking, [self._quote(rows[0])])
            leads = leads and not among
            drafts = [self._row_draft(row, leads=leads, details=among) for row in rows[:_SHOWN]]
            yield from verified.add(drafts, (), clock)
            return len(rows)
        for name, value, rows in self._computed():
            most = max(most, len(rows))
            quotes = [self._quote(row) for row in rows[:_SHOWN]]
            label = "".join(f"{part}: " for part in (among, name) if part)
            text = f"{label}{self._in_words(value, len(rows), language)}"
            yield verified.computed(text, quotes, is_list_item=bool(label))
            if self.operation in ("count", "share") and not label and len(rows) <= _SHOWN:
                drafts = [self._row_draft(row, leads=False) for row in rows]
                yield from verified.add(drafts, (), clock)
        return most

    def title(self, language: str) -> str:
        """What the table is called."""
        return _title(self.document, self.table, language)

    def notice(self, asking: Asking, most: int) -> str:
        """Over how many rows it was computed; a sentence rests on ``most``."""
        total, language = len(self.table.table.rows), asking.language
        remark = asking.reply("computed", title=self.title(language), n=total)
        if self._is_of_rows and (self.conditions or self.target):
            remark = f"{remark} ({self._explained(language)})"
        cited = asking.reply("rests_on", n=most, cited=_SHOWN) if most > _SHOWN else ""
        return f"{remark} {cited}".rstrip()

    def _computed(self) -> Iterator[tuple[str, str | float, list[int]]]:
        """The name of each group, "" for all rows, its value, and its rows."""
        if self.group is not None:
            by = f" ORDER BY 2 {self.order}, 1" if self.order else " ORDER BY 1"
            select = f"SELECT {_name(self.group)}, {self.measure}, list(row ORDER BY row)"
            found = self.table.ask(f"{select} {self._of_groups}{by}")
        elif self.operation == "share":
            rows = f"list(row ORDER BY row) FILTER (WHERE {self.where})"
            found = self.table.ask(f"SELECT '', {self.measure}, {rows} FROM rows")
        else:
            select = f"SELECT '', {self.measure}, list(row ORDER BY row)"
            found = self.table.ask(f"{select} FROM rows WHERE {self.where}")
        for name, value, rows in found:
            if value is not None and rows:
                yield str(name), value, rows

    def _in_words(self, value: Cell, count: int, language: str) -> str:
        """A computed value with what it is the value of."""
        if self.operation == "share":
            all_rows = reply("rows", language, n=len(self.table.table.rows))
            shown = percent(float(str(value)) / 100, language)
            of = f"{number(count, language)} / {all_rows}"
        else:
            is_part = isinstance(value, float) and not value.is_integer()
            decimals = 2 if is_part else None
            shown = _shown(value, language, decimals=decimals)
            return f"{shown} ({self._explained(language)})"
        return f"{shown} ({self._where(of, language)})"

    def _explained(self, language: str) -> str:
        """What is computed, or which rows these are, in words."""
        ends = ("max", "min") if self.operation == "ends" else (self.operation,)
        of = reply("of_rows", language)
        if self.target is not None and self.operation != "find":
            of = joined([reply(end, language, column=self.target.name) for end in ends], language)
        if self.ranks not in (None, (1, 1)):
            of += f" ({'–'.join(map(str, dict.fromkeys(self.ranks)))})"
        return self._where(of, language)

    def _where(self, what: str, language: str) -> str:
        """With what rows must fulfil, if anything."""
        if not self.conditions:
            return what
        return reply("where", language, what=what, asked=self.asked_in_words(language))

    def asked_in_words(self, language: str) -> str:
        """What rows must fulfil."""
        return joined([condition.in_words(language) for condition in self.conditions], language)

    def _lacking(self, row: int, language: str) -> str:
        """That the cell that is asked for is empty, if it is."""
        if self.wanted is None or self.wanted.cells[row] is not None:
            return ""
        if self._cell(row, self.wanted):
            return ""
        name = self._cell(row, self.table.columns[0])
        values = {"title": self.title(language), "name": name, "column": self.wanted.name}
        return reply("empty_cell", language, **values)

    def _cell(self, row: int, column: Column) -> str:
        number = self.table.table.columns.index(column.name)
        cells = self.table.table.rows[row].cells
        return " ".join(cells[number].split()) if number < len(cells) else ""

    def _row_draft(self, row: int, *, leads: bool, details: str = "") -> Draft:
        """A row as it stands; where it is the only one, it ``leads`` with the wanted cell."""
        quote = self._quote(row)
        short: Span | None = None
        shown = ""
        if leads and self.wanted is not None:
            cell = self._cell(row, self.wanted)
            at = quote.text.find(f"{self.wanted.name}: {cell}")
            if cell and at >= 0:
                start = at + len(self.wanted.name) + 2
                short = Span(start, start + len(cell))
                if self.unit and _is_bare(cell):
                    shown = with_unit(cell, self.unit, self.document.language)
        return Draft(
            quote.text,
            (quote,),
            True,
            details,
            short_answer=short,
            shown=shown,
            certainty=self.confidence,
        )

    def _quote(self, row: int) -> Quote:
        document = self.document
        span = self.table.table.rows[row].span
        return quote_at(document, span)


def table_answer(
    asking: Asking, plans: Sequence[TableAnswer], passages: tuple[Passage, ...]
) -> Iterator[Event]:
    """The answer as it is made; of several tables each by its name, and not sure.

    ``passages`` are what was found, which led to the tables.
    """
    rows = asking.reply("rows", n=sum(len(plan.table.table.rows) for plan in plans))
    language = asking.language
    titles = [plan.title(language) for plan in plans]
    named = joined(list(dict.fromkeys(titles)), language)
    yield Step(asking.reply("read", what=f"{named} ({rows})"))
    asking.clock.stop("read")
    verified = VerifiedAnswer(asking.similarity)
    notices: list[str] = []
    for plan, title in zip(plans, titles, strict=True):
        among = title if len(plans) > 1 else ""
        if titles.count(title) > 1:  # which of its rows are meant tells them apart
            among = ", ".join(filter(None, (title, plan.asked_in_words(language))))
        most = yield from plan.sentences(verified, asking, among=among)
        notices.append(plan.notice(asking, most))
    asking.clock.stop("verify")
    first = plans[0]
    asked = first.asked_in_words(language)
    lacking = asking.reply("no_row", title=first.title(language), asked=asked)
    answer = verified.answer(asking, "table", " ".join(notices), lacking)
    sure = first.confidence if len(plans) == 1 else min(first.confidence, UNSURE)
    sure = min(sure, answer.confidence)
    yield replace(answer, passages=passages, query=first.sql, confidence=sure)


@dataclass(frozen=True, slots=True)
class Missing:
    """What a question names and a table does not have: ``words`` that stand nowhere in it.

    They are a value of ``column`` where that is known.
    """

    document: Document
    table: TypedTable
    words: str
    column: Column | None = None

    def answer(self, asking: Asking, passages: tuple[Passage, ...]) -> Answer:
        """The answer that says so, with the passages that were found."""
        reason = asking.reply(
            "not_in_column" if self.column else "not_in_table",
            title=_title(self.document, self.table, asking.language),
            n=len(self.table.table.rows),
            words=self.words,
            column=self.column.name if self.column else "",
        )
        return replace(asking.answer("table"), passages=passages, abstention=reason)


def _title(document: Document, table: TypedTable, language: str) -> str:
    """Its name, the heading above it and the document's title; loaders count in English."""
    rows = table.table.rows
    above = document.heading_path_at(rows[0].span.start)[-1:] if rows else ()
    name = NUMBERED.sub(
        lambda match: match[1] + reply("numbered_table", language, number=match[2]),
        table.table.name,
    )
    kept: dict[str, str] = {}
    for part in filter(None, (name, *above, document.title)):
        kept.setdefault(re.sub(r"[\W_]+", " ", part.casefold()), part)
    return " · ".join(kept.values())


def _is_bare(cell: str) -> bool:
    """Whether a number stands there without a unit."""
    return not any(char.isalpha() or unicodedata.category(char) in _UNITS for char in cell)


def _name(column: Column | None) -> str:
    return quoted_name(column.sql_name) if column else "*"


def _shown(value: Cell, language: str, *, decimals: int | None = None) -> str:
    if isinstance(value, float | int):
        return number(value, language, decimals=decimals)
    return days(str(value), language)


def _day(value: Cell) -> str:
    """A date, or a year that is a number."""
    return f"{value:.0f}" if isinstance(value, float) else str(value)


def _literal(value: Cell) -> str:
    if isinstance(value, float | int):
        return f"{value:.15g}"
    if isinstance(value, date):
        return f"DATE '{value.isoformat()}'"
    escaped = str(value).replace("'", "''")
    return f"'{escaped}'"
