"""A table as questions name it: its values as they stand, its columns by stem or by meaning."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from itertools import pairwise, takewhile
from math import ceil
from pathlib import PurePosixPath
from typing import NamedTuple

import numpy as np

from index.tables import Cell, Column, TypedTable
from index.text.scripts import UNSPACED
from index.text.units import unit_in, units_called
from index.text.words import meaning_words, stems
from index.types import Document, Span
from rag.evidence import is_question
from rag.tables.answer import NUMBERED
from rag.tables.asked import Vector
from rag.tables.periods import Number, Period, are_called
from rag.tables.words import KINDS, affirms, asks, only_numbers, shares_of

__all__ = [
    "CJK",
    "LONGEST_VALUE",
    "NEAR",
    "Comparison",
    "End",
    "KnownTable",
    "Matched",
    "Place",
    "Value",
]

Place = tuple[Column, Cell]
"""A column, and a value as it stands there."""

End = tuple[bool, frozenset[str]]
"""Whether little is meant, not much, and of what of ``MEASURES``."""

LONGEST_VALUE = 8
"""Words of a value that is looked for in questions."""

CJK = re.compile(f"[{UNSPACED}]")
_CORE = re.compile(r"[^\W_]+(?:[.'’/-][^\W_]+)*")
_LETTERS = re.compile(r"[^\W\d_]{4,}")
_POSSESSIVE = re.compile(r"['’]s$")
NEAR = 0.045
"""Cosine above that of unlike words, from which a word is about a column."""
_HARDLY = 0.02  # the same of a column that is asked anyway
_AHEAD = 0.03  # by how much more than about the next, to mean it
_SAME = 0.92  # cosine from which it names the column
_LEANS = 0.025  # the same of a column of an order, for an answer that is not sure,
_LEANS_AHEAD = 0.015  # where it must be about one
_POLES = 2  # values of a column that affirms or denies
_ALIKE = 4  # letters at least that two forms of a word begin with,
_ALIKE_PART = 0.6  # and part of the longer one
_FIRST, _JOINT = 3, 2  # letters of a value in a compound, and at most behind it
_DIGITS_OF_YEARS = 4
_FAR = 50  # years from those of a table, in which a number of four digits is a year
_MOSTLY = 0.5  # of the cells of a column
_SAMPLE = 16  # cells of a table that stand for unlike words
_MEASURED = 0.4  # likely, from which a column measures something,
_SURELY = 0.6  # likely, from which a word measures, and is no column of texts
_LESS_LIKELY = 0.3  # and by how much less another may do so too
_UNIT = 0.65  # how likely it measures what its unit does: metres of length, or of height
_LONGEST_UNIT = 5  # letters of one in brackets that is no unit of CLDR
_IN_BRACKETS = re.compile(r"[(\[（【][^)\]）】]*[)\]）】]")  # a unit


@dataclass(frozen=True, slots=True)
class Value:
    """A value of the table in a question: where it stands in both."""

    places: list[Place]
    span: Span
    is_whole: bool = True


class Comparison(NamedTuple):
    """Rows whose value in ``column`` is above (">") or below ("<") that in ``other``.

    ``around`` are the words that say how; ``is_clear`` where both columns are named and a word
    means much or little.
    """

    column: Column
    sign: str
    other: Column
    around: str
    is_clear: bool


@dataclass(slots=True)
class Matched:
    """What of a question is in a table.

    Values, columns that are named or only meant, times, numbers and how they bound
    (``inclusive``: how likely it is that the bound itself counts). ``words`` carry
    meaning and are none of these. ``denied`` is the value that rows must not have; where rows must
    have no value (``is_empty``), it is that of the column that is ``lacking``. ``is_negated``: the
    question is known to hold a negation; ``is_leaning``: what is ``meant`` is hardly clear;
    ``is_of_time``: the end of an order that is asked for is one of time ("the last"). ``called``
    are times that the table is called by, ``lost`` those that are nothing of it. ``ends`` are words
    that mean much or little (True) of what they may measure, some of ``MEASURES``;
    ``measuring`` are others by which a column is meant ("earns more than 50"), ``measured`` the
    columns that words measure so, ``unmeasured`` words that measure what no column does.
    ``is_of_person``: a word asks for a person. ``comparison`` is that of two columns.
    """

    values: list[Value] = field(default_factory=list)
    columns: list[Column] = field(default_factory=list)
    meant: list[Column] = field(default_factory=list)
    periods: list[Period] = field(default_factory=list)
    numbers: list[Number] = field(default_factory=list)
    bound: str = ""
    inclusive: float = 0.0
    is_negated: bool = False
    is_leaning: bool = False
    is_of_time: bool = False
    is_empty: bool = False
    called: list[Span] = field(default_factory=list)
    lost: list[Span] = field(default_factory=list)
    denied: Value | None = None
    lacking: list[Column] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    ends: dict[str, End] = field(default_factory=dict)
    measuring: dict[str, frozenset[str]] = field(default_factory=dict)
    measured: list[Column] = field(default_factory=list)
    is_of_person: bool = False
    unmeasured: list[str] = field(default_factory=list)
    comparison: Comparison | None = None


class KnownTable:
    """A table of a document, ready to be recognised in questions."""

    def __init__(
        self, document: Document, table: TypedTable, vector: Callable[[str], Vector]
    ) -> None:
        self.document = document
        self.table = table
        self._vector = vector
        self._measured: dict[str, dict[str, float]] = {}

    @cached_property
    def stems_of_names(self) -> tuple[frozenset[str], ...]:
        """The stems of each column's name."""
        language = self.document.language
        return tuple(frozenset(stems(c.name, language)) for c in self.table.columns)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """What the table, the headings above it and its document are called."""
        path = PurePosixPath(self.document.id)
        rows = self.table.table.rows
        above = self.document.heading_path_at(rows[0].span.start) if rows else ()
        own = NUMBERED.sub("", self.table.table.name)
        found = (own, *above, self.document.title, path.stem, path.suffix)
        plain = (re.sub(r"[_.-]+", " ", name).strip() for name in found)
        return tuple(dict.fromkeys(filter(None, plain)))

    @cached_property
    def own_stems(self) -> frozenset[str]:
        """The stems of what the table is called."""
        return frozenset(stems(" ".join(self.names), self.document.language))

    @cached_property
    def numbered(self) -> Mapping[str, set[int]]:
        """The numbers beside each word in what the table is called: 30 of "Week 30", no years."""
        found: dict[str, set[int]] = defaultdict(set)
        for words in map(_CORE.findall, self.names):
            for word, number in (*pairwise(words), *pairwise(reversed(words))):
                is_number = number.isdecimal() and len(number) < _DIGITS_OF_YEARS
                if is_number and not any(map(str.isdigit, word)):
                    found["".join(stems(word, self.document.language))].add(int(number))
        return found

    def is_called(self, period: Period) -> bool:
        """Whether the table is called by a time: that of its sheet, heading or file."""
        return are_called(self.names, period, self._languages)

    @property
    def _languages(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((self.document.language, "en")))

    @property
    def form(self) -> frozenset[str]:
        """What the columns are called; tables of one form hold the same of other things."""
        return frozenset(column.name.casefold() for column in self.table.columns)

    def column_of(self, period: Period) -> Column | None:
        """The column that is called by a time: a month or a year."""
        called = (c for c in self.table.columns if are_called([c.name], period, self._languages))
        return next(called, None)

    @cached_property
    def _texts(self) -> Mapping[tuple[str, ...], list[Place]]:
        """Where a text stands, by its stems."""
        found: dict[tuple[str, ...], list[Place]] = defaultdict(list)
        for column in self.table.columns:
            cells = dict.fromkeys(column.cells) if column.kind == "text" else {}
            asking = [cell for cell in cells if is_question(str(cell))]
            if len(asking) <= _MOSTLY * len(cells):  # messages: what asks does not answer
                for cell in asking:
                    del cells[cell]
            for cell in cells:
                key = self._key(str(cell or ""))
                if 0 < len(key) <= LONGEST_VALUE:
                    found[key].append((column, cell))
        return found

    @cached_property
    def _numbers(self) -> Mapping[float, list[Place]]:
        """Where a number stands."""
        found: dict[float, list[Place]] = defaultdict(list)
        for column in self.table.columns:
            for cell in dict.fromkeys(column.cells) if column.kind == "number" else ():
                if isinstance(cell, float):
                    found[cell].append((column, cell))
        return found

    @cached_property
    def subject(self) -> Column | None:
        """The column that names a row: the first, or the first of text, where all differ."""
        texts = [column for column in self.table.columns if column.kind == "text"]
        for column in (*self.table.columns[:1], *texts[:1]):
            if len(set(column.cells)) == len(column.cells):
                return column
        return None

    def names_row(self, column: Column, cell: Cell) -> bool:
        """Whether a text stands in only one row of a column, so that it says which is meant."""
        return column is self.subject or (column.kind == "text" and column.cells.count(cell) == 1)

    @cached_property
    def ends_of_values(self) -> Mapping[str, Column]:
        """What a column's values end with in a script without spaces, and what rows are called."""
        found: dict[str, Column] = {}
        for column in self.table.columns:
            cells = {str(cell)[::-1] for cell in column.cells if cell}
            if column.kind == "text" and len(cells) > 1 and all(map(CJK.search, cells)):
                signs = takewhile(lambda same: len(set(same)) == 1, zip(*cells, strict=False))
                end = "".join(same[0] for same in signs)[::-1].strip()
                found |= {end: column} if end else {}
                found |= {column.name: column} if column is self.subject else {}
        return found

    def column_like(self, text: str) -> Column | None:
        """The column of texts that are written like this one: W-07 like W-75."""
        form = _form_of(text)
        texts = (column for column in self.table.columns if column.kind == "text")
        return next((c for c in texts if any(_form_of(str(t)) == form for t in c.cells)), None)

    @cached_property
    def times(self) -> list[Column]:
        """The columns of dates and of years; numbers of rows beside dates are none."""
        dates = [c for c in self.table.columns if c.kind == "date"]
        years = [c for c in self.table.columns if c.is_years]
        return dates + [c for c in years if not dates or c is not self.subject]

    @cached_property
    def poles(self) -> Mapping[str, tuple[Cell, Cell]]:
        """What affirms and what denies in each column that holds nothing else; None: no value."""
        found: dict[str, tuple[Cell, Cell]] = {}
        for column in self.table.columns:
            first, *others = held = [c for c in dict.fromkeys(column.cells) if c is not None]
            is_filled = None not in column.cells
            if column is self.subject or column.kind == "date" or len(held) > _POLES:
                continue
            if column.kind == "number":
                if is_filled and set(held) == {0.0, 1.0}:
                    found[column.name] = 1.0, 0.0
            elif not others:
                if not is_filled:
                    found[column.name] = first, None
            else:
                is_first = affirms(self._vector(str(first)), self._vector(str(others[0])))
                if is_first is not None:
                    found[column.name] = (first, others[0]) if is_first else (others[0], first)
        return found

    @cached_property
    def amounts(self) -> list[Column]:
        """The columns of numbers that can be added: neither years nor what only names something."""
        return [
            column
            for column in self.table.columns
            if column.is_amount
            and (self.unit_of(column) or not only_numbers(self._vector(column.name.lower())))
        ]

    def may_lack(self, column: Column) -> bool:
        """Whether rows may have nothing in a column: no value, what denies, or 0."""
        return None in column.cells or column.name in self.poles or 0.0 in column.cells

    def places(self, text: str) -> list[Place]:
        """The columns that hold a value, with the value as it stands there."""
        found = self._texts.get(self._key(text), [])
        return found or (self._numbers.get(float(text), []) if text.isdecimal() else [])

    def _key(self, text: str) -> tuple[str, ...]:
        return tuple(stems(text, self.document.language))

    @cached_property
    def _names(self) -> Mapping[str, list[Cell]]:
        """The rows' names that hold a stem."""
        found: dict[str, list[Cell]] = defaultdict(list)
        subject = self.subject
        for cell in subject.cells if subject and subject.kind == "text" else ():
            for stem in dict.fromkeys(stems(str(cell or ""), self.document.language)):
                found[stem].append(cell)
        return found

    def named_in_part(self, word: str) -> list[Place]:
        """The only row whose name holds a word: Abel GmbH for "Abel's"."""
        stem = stems(_POSSESSIVE.sub("", word), self.document.language)
        cells = self._names.get(stem[0], []) if len(stem) == 1 else []
        is_name = len(cells) == 1 and stem[0] not in self.own_stems and self.subject is not None
        return [(self.subject, cells[0])] if is_name and self.subject else []

    def compounded(self, word: str) -> list[Place]:
        """Where the value stands that a compound of it and its column begins with.

        "Früh" in "Frühschicht"; up to two letters may join them.
        """
        folded = word.casefold()
        for column, held in zip(self.table.columns, self.stems_of_names, strict=True):
            for cell in dict.fromkeys(column.cells) if column.kind == "text" else ():
                first = str(cell or "").casefold()
                if len(first) < _FIRST or not folded.startswith(first) or folded == first:
                    continue
                lasts = (folded[len(first) + joint :] for joint in range(_JOINT + 1))
                if any(last and held.issuperset(self._key(last)) for last in lasts):
                    return [(column, cell)]
        return []

    def parts_of(self, text: str) -> Iterator[tuple[str, list[Place]]]:
        """The values that stand in a text without spaces between words, with their places.

        The longest comes first; of one that holds another the rest of the text is looked at.
        """
        found = [(str(places[0][1]), places) for places in self._texts.values()]
        for value, places in sorted(found, key=lambda item: -len(item[0])):
            if len(value) > 1 and CJK.search(value) and value in text:
                yield value, places
                text = text.replace(value, " " * len(value))

    @cached_property
    def _vectors(self) -> tuple[Vector, Vector]:
        """Vectors of the columns' names and of the titles; the mean cosine with unlike words."""
        titles = [t for t in (self.table.table.name, self.document.title) if t]
        names = [*(column.name for column in self.table.columns), *titles]
        cells = [str(c) for column in self.table.columns for c in column.cells[:_SAMPLE] if c]
        others = list(dict.fromkeys(cells[:: max(1, len(cells) // _SAMPLE)]))[:_SAMPLE]
        own = np.stack([self._vector(name) for name in names])
        unlike = np.stack([self._vector(text) for text in [*names, *others]])
        cosines = own @ unlike.T
        cosines[np.arange(len(names)), np.arange(len(names))] = np.nan
        return own, np.nanmean(cosines, axis=1)

    def may_be_in(self, period: Period, text: str) -> bool:
        """Whether a column may hold a time, which is no text of a cell and no other number."""
        years = [
            cell.year if isinstance(cell, date) else int(cell)
            for column in self.times
            for cell in column.cells
            if isinstance(cell, date | float)
        ]
        is_near = not period.year or min(years, default=0) - _FAR <= period.year
        is_near = is_near and (not period.year or period.year <= max(years, default=0) + _FAR)
        return bool(years) and is_near and not self._texts.get(self._key(text))

    def words_in(self, text: str) -> list[Span]:
        """Where the words of a text stand that has spaces between them."""
        words = (Span(*match.span()) for match in _CORE.finditer(text))
        return [span for span in words if not CJK.search(span.of(text))]

    def column_called(self, word: str, question: str) -> Column | None:
        """The column that a word of a question names, by its stem or in another language.

        Of several that share the word it is the longest that is named in full; else none.
        """
        wanted = self._stems(word)
        pairs = list(zip(self.table.columns, self.stems_of_names, strict=True))
        named = [(c, held) for c, held in pairs if wanted & held and not self._is_other(word, c)]
        if not named:
            own = self._vectors[0][: len(self.table.columns)]
            near = own @ self._vector(word)
            column = self.table.columns[int(near.argmax())]
            return column if near.max() >= _SAME and not self._is_other(word, column) else None
        asked = self._stems(question)
        most = max(len(held & asked) for _, held in named)
        best = [(column, held) for column, held in named if len(held & asked) == most]
        whole = [column for column, held in best if held <= asked]
        best_columns = whole or [column for column, _ in best]
        said = [c for c in best_columns if word in _CORE.findall(c.name.casefold())]
        best_columns = best_columns if len(best_columns) == 1 or not said else said
        return best_columns[0] if len(best_columns) == 1 else None

    def _is_other(self, word: str, column: Column) -> bool:
        """Whether a word only has the stem of a column of texts, and measures: "Miete", "Mieter".

        "Paid" is what says yes or no.
        """
        is_text = column.kind == "text" and column.name not in self.poles
        if not is_text or word.casefold() in _CORE.findall(column.name.casefold()):
            return False
        measures = shares_of(self._vector(word.lower()))
        return max(measures.values(), default=0.0) >= _SURELY and not self.measures(column)

    def called_in(self, text: str, column: Column) -> str:
        """How a text without spaces calls a column: by its name, or as only its name begins.

        That is two signs at least: 面积 for 面积平方米. What says yes or no may be called by how it
        ends: 外借 for 可外借.
        """
        core = _CORE.search(column.name)
        name = core.group() if core and CJK.search(core.group()) else ""
        others = [c.name for c in self.table.columns if c is not column]
        parts = [name[:end] for end in range(len(name), 0, -1) if end > 1 or end == len(name)]
        is_own = [p for p in parts if p == name or not any(o.startswith(p) for o in others)]
        if column.name in self.poles:
            ends = [name[start:] for start in range(1, len(name) - 1)]
            is_own += [end for end in ends if not any(end in other for other in others)]
        return next((part for part in is_own if part and part in text), "")

    def _stems(self, text: str) -> set[str]:
        return set(stems(text, self.document.language)) | set(stems(text))

    def holds(self, word: str) -> bool:
        """Whether a word, or one that begins like it, stands anywhere in the document."""
        folded = word.casefold()
        if folded in self.document.text.casefold():
            return True
        return any(
            folded[:length] == held[:length]
            for held in self._words
            if (length := max(_ALIKE, ceil(_ALIKE_PART * min(len(held), len(folded)))))
        )

    @cached_property
    def _words(self) -> frozenset[str]:
        return frozenset(_LETTERS.findall(self.document.text.casefold()))

    def column_named(self, word: str) -> Column | None:
        """The column whose whole name a word is."""
        wanted = frozenset(stems(word, self.document.language))
        pairs = zip(self.table.columns, self.stems_of_names, strict=True)
        return next((column for column, held in pairs if held == wanted), None)

    def is_about(self, word: str, least: float = NEAR) -> bool:
        """Whether a word of a question is about one of the columns, or the table."""
        return bool(self._nearness(word).max() >= least)

    def is_about_one(self, word: str, columns: Sequence[Column], least: float = _HARDLY) -> bool:
        """Whether a word is nearer to one of some columns than to the others."""
        near = self._nearness(word)[: len(self.table.columns)]
        best = int(near.argmax())
        return bool(near[best] >= least) and self.table.columns[best] in columns

    def column_meant(self, word: str) -> Column | None:
        """The column that a word is about, and about none else: the price for "expensive"."""
        near = self._nearness(word)[: len(self.table.columns)]
        *_, best = order = near.argsort()
        is_ahead = len(order) < 2 or near[best] - near[order[-2]] >= _AHEAD
        return self.table.columns[int(best)] if near[best] >= NEAR and is_ahead else None

    def columns_measured(self, measures: Collection[str]) -> list[Column]:
        """The columns of numbers, or of times, that measure so: the price, for "dear".

        Of several it is the one that much likelier does.
        """
        amounts = [column for column in self.ordered if column not in self.times]
        if not measures:
            return []
        weights = {kind: w for m in measures for kind, w in KINDS.get(m, {}).items()}
        weights |= dict.fromkeys(measures, 1.0)
        measured = [self.measures(column) for column in amounts]
        likely = [max(by.get(m, 0.0) * w for m, w in weights.items()) for by in measured]
        most = max(likely, default=0.0)
        if most >= _MEASURED:
            pairs = zip(amounts, likely, strict=True)
            return [column for column, each in pairs if each >= most - _LESS_LIKELY]
        return [c for c in self.times if c in self.ordered] if "age" in measures else []

    def is_called_by(self, word: str) -> bool:
        """Whether a word calls the table."""
        return not self._stems(word).isdisjoint(self.own_stems)

    def measures(self, column: Column) -> Mapping[str, float]:
        """What a column measures, and how likely: by its name or else its unit, and a currency."""
        if column.name not in self._measured:
            found = self._measured_by(_IN_BRACKETS.sub(" ", column.name))
            units = self._measured_by(" ".join(_IN_BRACKETS.findall(column.name)))
            found = found or {measure: _UNIT * likely for measure, likely in units.items()}
            at = self.table.table.columns.index(column.name)
            rows = self.table.table.rows[:_SAMPLE]
            shown = [column.name, *(row.cells[at] for row in rows if at < len(row.cells))]
            if any(unicodedata.category(sign) == "Sc" for sign in "".join(shown)):
                found["price"] = 1.0
            self._measured[column.name] = found
        return self._measured[column.name]

    def unit_of(self, column: Column) -> str:
        """The unit of a column of numbers that its name says, "" where it says none.

        In brackets it may be one by what it measures.
        """
        if column.kind != "number":
            return ""
        if unit := unit_in(column.name, self.document.language):
            return unit
        held = [part[1:-1].strip() for part in _IN_BRACKETS.findall(column.name)]
        may_be = [part for part in held if part.isalpha() and len(part) <= _LONGEST_UNIT]
        return next((part for part in may_be if self._measured_by(part)), "")

    def columns_in(self, unit: str) -> list[Column]:
        """The columns of amounts in the unit or currency that a question calls so."""
        language = self.document.language
        asked = units_called(unit, language)
        return [c for c in self.amounts if asked & units_called(self.unit_of(c), language)]

    def _measured_by(self, text: str) -> dict[str, float]:
        """What the words of a name measure; in a script without spaces as they end, or begin."""
        found: dict[str, float] = {}
        for word in meaning_words(text, (self.document.language,)):
            parts = (word, word[-3:], word[-2:], word[:2]) if CJK.search(word) else (word,)
            measured = (shares_of(self._vector(part)) for part in parts)
            for measure, likely in next(filter(None, measured), {}).items():
                found[measure] = max(likely, found.get(measure, 0.0))
        return found

    @cached_property
    def ordered(self) -> list[Column]:
        """The columns that rows can be ordered by: numbers of rows are none, their dates are."""
        others = [column for column in self.table.columns if column.kind != "text"]
        return [c for c in others if c.kind == "date" or c is not self.subject]

    def column_leant(self, word: str, columns: Sequence[Column], *, is_end: bool) -> Column | None:
        """Of some columns the one that a word is likelier about than about the others.

        ``is_end``: it says which end of an order is meant, so that it must be about one.
        """
        near = self._nearness(word)
        shares = [float(near[self.table.columns.index(column)]) for column in columns]
        *others, best = sorted(shares)
        least, ahead = (0.0, _LEANS_AHEAD) if is_end else (_LEANS, _AHEAD)
        is_so = best >= least and all(best - other >= ahead for other in others)
        return columns[shares.index(best)] if is_so else None

    def only_asks(self, word: str) -> bool:
        """Whether a word only makes a text a question."""
        return asks(self._vector(word))

    def leaning(self, word: str, first: Column, other: Column) -> float:
        """By how much a word is nearer to one column than to another, as a cosine."""
        near = self._nearness(word)
        at = self.table.columns.index
        return float(near[at(first)] - near[at(other)])

    def _nearness(self, word: str) -> Vector:
        own, mean = self._vectors
        return np.asarray(own @ self._vector(word) - mean, dtype=np.float32)


def _form_of(text: str) -> str:
    """Which signs are letters, and which digits.

    >>> _form_of("W-07"), _form_of("B 1011")
    ('a-0', 'a 0')
    """
    return re.sub(r"\d+", "0", re.sub(r"[^\W\d_]+", "a", text))
