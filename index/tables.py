"""Tables with typed columns, asked by SQL: the only room of DuckDB.

Cells are text. A column whose cells are numbers or dates is one of these, whatever separators its
numbers have and in whichever order its dates are written; where the order is not clear, dates stay
text. Nothing but a table's own rows can be read: DuckDB runs in memory, without files or network.
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Literal

from index.text.months import month_names
from index.types import Table

__all__ = ["Cell", "Column", "TypedTable", "quoted_name", "typed"]

Cell = float | date | str | None
Kind = Literal["number", "date", "text"]

ROW = "row"
"""The column of a table in DuckDB that numbers its rows from 0."""

_YEARS = range(1000, 2200)
_FEWEST = 2  # rows above one with their sums
_SAME = 0.005
_MOST = 0.9  # of the cells that a column's kind must fit
_NOTHING = frozenset({"null", "n/a", "nan"})  # what programs write for no value
_NUMBER = re.compile(
    r"(?P<before>[^\w\s.,+−-]{0,3})\s?(?P<sign>[-+−]?)(?P<digits>\d[\d.,'’\u00a0\u202f ]*)"
    r"\s?(?P<unit>[^\W\d_][\w/²³.]{0,11}|[^\w\s.,+−-]{1,3})?"
)
_GROUPED = re.compile(r"\d{1,3}(?:[.,'’\u00a0\u202f ]\d{3})+")
_CODE = re.compile(r"0\d")  # a number does not begin like that
_ISO = re.compile(r"(\d{4})-(\d{1,2})(?:-(\d{1,2}))?(?:[T ]\d{1,2}:\d{2}.*)?")
_IN_DIGITS = re.compile(r"(\d{1,2})([./-])\s?(\d{1,2})\2\s?(\d{4})")
_IN_WORDS = re.compile(r"(?:(\d{1,2})\.?\s+)?([^\W\d_]+)\.?,?\s+(?:(\d{1,2}),?\s+)?(\d{4})")


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name in the table and in DuckDB, what its cells are, and the cells."""

    name: str
    sql_name: str
    kind: Kind
    cells: tuple[Cell, ...]

    @property
    def is_years(self) -> bool:
        """Whether its numbers are years."""
        filled = [cell for cell in self.cells if isinstance(cell, float)]
        return self.kind == "number" and all(
            cell.is_integer() and _YEARS.start <= cell < _YEARS.stop for cell in filled
        )

    @property
    def is_amount(self) -> bool:
        """Whether its numbers can be added: years cannot."""
        return self.kind == "number" and not self.is_years


class TypedTable:
    """A table whose columns are typed; safe to share between threads."""

    def __init__(self, table: Table, language: str) -> None:
        self.table = table
        self._language = language
        self._asking = threading.Lock()

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """The columns that hold anything."""
        taken = {ROW}
        found: list[Column] = []
        for number, name in enumerate(self.table.columns):
            texts = [
                row.cells[number] if number < len(row.cells) else "" for row in self.table.rows
            ]
            kind, cells = typed(texts, self._language)
            if not name or all(cell is None for cell in cells):
                continue
            sql_name = name
            while sql_name.casefold() in taken:
                sql_name += "_"
            taken.add(sql_name.casefold())
            found.append(Column(name, sql_name, kind, tuple(cells)))
        return tuple(found)

    @cached_property
    def totals(self) -> tuple[int, ...]:
        """The last row, where its numbers are the sums of all above it: it is none of them."""
        last = len(self.table.rows) - 1
        sums = [
            (found, sum(cell for cell in column.cells[:last] if isinstance(cell, float)))
            for column in self.columns
            if isinstance(found := column.cells[last], float)
        ]
        is_total = last >= _FEWEST and sums and all(abs(a - b) < _SAME for a, b in sums)
        return (last,) if is_total else ()

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a query over the table ``rows``, whose column ``row`` numbers its rows."""
        with self._asking:
            found: list[tuple[Any, ...]] = self._connection.execute(sql).fetchall()
        return found

    @cached_property
    def _connection(self) -> Any:
        import duckdb

        closed = {"enable_external_access": "false", "autoload_known_extensions": "false"}
        connection = duckdb.connect(":memory:", config={**closed, "threads": "1"})
        types = {"number": "DOUBLE", "date": "DATE", "text": "VARCHAR"}
        names = [f"{quoted_name(c.sql_name)} {types[c.kind]}" for c in self.columns]
        connection.execute(f"CREATE TABLE rows ({', '.join([f'{ROW} INTEGER', *names])})")
        values = [list(range(len(self.table.rows))), *(list(c.cells) for c in self.columns)]
        lists = ", ".join("unnest(?)" for _ in values)
        connection.execute(f"INSERT INTO rows SELECT {lists}", values)
        connection.execute("SET lock_configuration = true")
        return connection


def quoted_name(name: str) -> str:
    """A name as SQL has it: in quotation marks, those inside it doubled.

    >>> quoted_name("Net price")
    '"Net price"'
    """
    return '"' + name.replace('"', '""') + '"'


def typed(texts: Sequence[str], language: str) -> tuple[Kind, list[Cell]]:
    """What the cells of a column are, and their values; a cell without a value is None.

    >>> typed(["1.234,50", "12", ""], "de")
    ('number', [1234.5, 12.0, None])
    >>> typed(["3.2.2026", "15.1.2026"], "de")[1]
    [datetime.date(2026, 2, 3), datetime.date(2026, 1, 15)]
    >>> typed(["0316 55", "0317 22"], "de")
    ('text', ['0316 55', '0317 22'])
    """
    stripped = [" ".join(text.split()) for text in texts]
    filled = [
        text for text in stripped if any(map(str.isalnum, text)) and text.lower() not in _NOTHING
    ]
    readers: tuple[tuple[Kind, Callable[[str], Cell] | None], ...] = (
        ("date", _date_reader(filled, language)),
        ("number", _number_reader(filled)),
    )
    for kind, read in readers:
        if read is not None:
            values = {text: read(text) for text in set(filled)}
            fitting = sum(values[text] is not None for text in filled)
            if filled and fitting >= _MOST * len(filled):
                return kind, [values.get(text) for text in stripped]
    known = set(filled)
    return "text", [text if text in known else None for text in stripped]


def _number_reader(texts: Sequence[str]) -> Callable[[str], Cell] | None:
    """What reads the numbers of a column; None where it has none, or has codes."""
    found = [match for text in texts if (match := _NUMBER.fullmatch(text))]
    if not found or any(_CODE.match(match["digits"]) for match in found):
        return None
    units = Counter(match["unit"] or match["before"] for match in found)
    if len(units) > 2 or (len(units) == 2 and None not in units and "" not in units):
        return None
    decimal = _decimal_sign([match["digits"].strip() for match in found])

    def read(text: str) -> Cell:
        match = _NUMBER.fullmatch(text)
        if match is None:
            return None
        whole, _, part = match["digits"].partition(decimal)
        digits = re.sub(r"\D", "", whole)
        if not digits or not (part == "" or part.strip().isdigit()):
            return None
        value = float(f"{digits}.{part.strip() or 0}")
        return -value if match["sign"] in ("-", "−") else value

    return read


def _decimal_sign(numbers: Sequence[str]) -> str:
    """The sign before the decimals of a column's numbers.

    >>> [_decimal_sign(n) for n in (["1.234,5"], ["1,234.5"], ["1,234", "12,500"], ["1,5", "2"])]
    [',', '.', '.', ',']
    """
    for number in numbers:
        if "," in number and "." in number:
            return max(",.", key=number.rfind)
    for sign, other in ((",", "."), (".", ",")):
        having = [number for number in numbers if sign in number]
        if having:
            return other if all(_GROUPED.fullmatch(number) for number in having) else sign
    return "."


def _date_reader(texts: Sequence[str], language: str) -> Callable[[str], Cell] | None:
    """What reads the dates of a column; None where the order of day and month is not clear."""
    parts = [match.groups() for text in texts if (match := _IN_DIGITS.fullmatch(text))]
    is_day_first = any(int(first) > 12 for first, *_ in parts)
    is_month_first = any(int(second) > 12 for _, _, second, _ in parts)
    if parts and not is_day_first and not is_month_first:
        is_day_first = all(sign == "." for _, sign, *_ in parts) or language not in ("en", "und")
        if not is_day_first:
            return None
    months = {**month_names("en"), **month_names(language)}

    def read(text: str) -> Cell:
        if match := _ISO.fullmatch(text):
            return _date(match[1], match[2], match[3] or "1")
        if match := _IN_DIGITS.fullmatch(text):
            first, _, second, year = match.groups()
            return _date(year, first, second) if is_month_first else _date(year, second, first)
        match = _IN_WORDS.fullmatch(text)
        month = months.get(match[2].lower()) if match else None
        if match is None or month is None:
            return None
        return _date(match[4], str(month), match[1] or match[3] or "1")

    return read


def _date(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
