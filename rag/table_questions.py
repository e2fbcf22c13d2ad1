"""Questions over the rows of a table: which, how many, the sum, the highest.

What is asked of the rows says a head over the question's vector (``tables.npz``, fitted by
``training/tables.py`` on examples in 14 languages). Values are found in the question as they stand
in the table, columns by their stems or their meaning. Where a word of the question is neither a
value, a column, the table's subject nor part of what is asked, the question is not one of this
table, and is answered from passages.
"""

from __future__ import annotations

import re
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property, lru_cache
from pathlib import Path, PurePosixPath

import numpy as np
from cachetools import LRUCache
from numpy.typing import NDArray

from index.search import Found
from index.tables import Cell, Column, TypedTable, typed
from index.text.scripts import UNSPACED
from index.text.words import meaning_words, stems
from index.types import Document
from rag.features import probability
from rag.tables import Condition, TableAnswer

__all__ = ["OPERATIONS", "OTHER", "TableQuestions"]

Vector = NDArray[np.float32]

OTHER = "other"
OPERATIONS = ("find", "count", "sum", "mean", "max", "min", OTHER)
"""What can be asked of rows, in the order of the rows of the weights."""

MAX_CHARACTERS = 200
"""Longer questions are answered from passages."""

_TRAINED = Path(__file__).parent / "models" / "tables.npz"
_MAYBE = 0.2  # likely, from which it is tried whether a question is one of a table,
_HARDLY = 0.005  # and from which where it names a value of it
_OF_A_CELL = 0.8  # confidence where a row and a column are named
_FIRST_WORDS = 3  # in which "how many", "list all" stand
_CLEAR = 0.5  # by how much likelier what is asked is than the next
_SO = 0.5  # likely, from which it has a bound,
_GROUPED = 0.25  # and is grouped, where a column is named to part the rows by
_PART = 0.7  # of how likely it was, that is left without a word that belongs to what is asked
# How far the vector of a question moves without a word (1 - cosine): an article by 0.005, a name by
# 0.1. A light word says nothing that must be explained; a heavy one is no part of what is asked.
_LIGHT = 0.016
_LIGHT_AT_EDGE = 0.045  # of the word that asks: the first, in Chinese and its like the last too
_HEAVY = {"find": 0.055, "count": 0.055, "sum": 0.085, "mean": 0.085, "max": 0.085, "min": 0.085}
_NEAR = 0.045  # cosine above that of unlike words, from which a word is about a column
_SAME = 0.92  # cosine from which it names the column
_SAMPLE = 16  # cells of a table that stand for unlike words
_LONGEST_VALUE = 8  # words
_KEPT = 8  # documents whose tables are kept,
_VECTORS = 2048  # and texts whose vectors are
_WORD = re.compile(r"[^\W_]+(?:[.'’/-][^\W_]+)*")
_CJK = re.compile(f"[{UNSPACED}]")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a question asks of rows, and how likely that is; see ``training/tables.py``.

    ``prior`` is how likely it is that anything is asked of rows. Where it is not ``is_clear`` what,
    it can only be a cell of a row that is named.
    """

    operation: str
    likely: float
    prior: float
    grouped: float
    bound: str
    is_clear: bool = True


@dataclass(frozen=True, slots=True)
class Matched:
    """What of a question is in a table: for each value where it stands; columns; other words."""

    values: list[list[tuple[Column, Cell]]]
    columns: list[Column]
    words: list[str]


class KnownTable:
    """A table of a document, ready to be recognised in questions."""

    def __init__(
        self, document: Document, table: TypedTable, vector: Callable[[str], Vector]
    ) -> None:
        self.document = document
        self.table = table
        self._vector = vector

    @cached_property
    def stems_of_names(self) -> tuple[frozenset[str], ...]:
        """The stems of each column's name."""
        language = self.document.language
        return tuple(frozenset(stems(c.name, language)) for c in self.table.columns)

    @cached_property
    def own_stems(self) -> frozenset[str]:
        """The stems of what the table and its document are called."""
        path = PurePosixPath(self.document.id)
        words = f"{self.table.table.name} {self.document.title} {path.stem} {path.suffix}"
        return frozenset(stems(re.sub(r"[_.-]+", " ", words), self.document.language))

    @cached_property
    def _texts(self) -> Mapping[tuple[str, ...], list[tuple[Column, Cell]]]:
        """Where a text stands, by its stems."""
        found: dict[tuple[str, ...], list[tuple[Column, Cell]]] = defaultdict(list)
        for column in self.table.columns:
            for cell in dict.fromkeys(column.cells) if column.kind == "text" else ():
                key = tuple(stems(str(cell or ""), self.document.language))
                if 0 < len(key) <= _LONGEST_VALUE:
                    found[key].append((column, cell))
        return found

    @cached_property
    def _numbers(self) -> Mapping[float, list[tuple[Column, Cell]]]:
        """Where a number stands."""
        found: dict[float, list[tuple[Column, Cell]]] = defaultdict(list)
        for column in self.table.columns:
            for cell in dict.fromkeys(column.cells) if column.kind == "number" else ():
                if isinstance(cell, float):
                    found[cell].append((column, cell))
        return found

    def places(self, text: str) -> list[tuple[Column, Cell]]:
        """The columns that hold a value, with the value as it stands there."""
        found = self._texts.get(tuple(stems(text, self.document.language)), [])
        return found or (self._numbers.get(float(text), []) if text.isdecimal() else [])

    def parts_of(self, text: str) -> Iterator[tuple[str, list[tuple[Column, Cell]]]]:
        """The values that stand in a text without spaces between words, with their places."""
        for places in self._texts.values():
            value = str(places[0][1])
            if len(value) > 1 and _CJK.search(value) and value in text:
                yield value, places

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

    def column_called(self, word: str) -> Column | None:
        """The column that a word of a question names, by its stem or in another language."""
        wanted = set(stems(word, self.document.language)) | set(stems(word))
        named = [
            column
            for column, held in zip(self.table.columns, self.stems_of_names, strict=True)
            if wanted & held
        ]
        if named:
            return min(named, key=lambda column: len(column.name))
        own = self._vectors[0][: len(self.table.columns)]
        near = own @ self._vector(word)
        return self.table.columns[int(near.argmax())] if near.max() >= _SAME else None

    def is_about(self, word: str) -> bool:
        """Whether a word of a question is about one of the columns, or the table."""
        own, mean = self._vectors
        return bool((own @ self._vector(word) - mean).max() >= _NEAR)


class TableQuestions:
    """Recognises questions over tables; ``vector`` gives the query vector of a text.

    The tables are those of the documents of the passages that were found.
    """

    def __init__(self, vector: Callable[[str], Vector]) -> None:
        self._vector = lru_cache(_VECTORS)(vector)
        self._known = LRUCache[tuple[str, str], list[KnownTable]](_KEPT)
        self._keeping = threading.Lock()

    def read(self, question: str, found: Found) -> TableAnswer | None:
        """How it is answered from one of the tables; None where it is not asked of any."""
        if len(question) > MAX_CHARACTERS:
            return None
        asked = self._asked(question)
        names = dict.fromkeys(passage.chunk.document_id for passage in found.passages)
        readings = [
            self._read(question, asked, known)
            for name in names
            for known in self._tables(found, name)
        ]
        # A table that holds more of what the question names is the one that is meant.
        best = max(readings, key=lambda reading: reading[0], default=(0, None))
        return best[1]

    def doubts(self, question: str, found: Found) -> bool:
        """Whether what the first passage says, a row of a table, is hardly what is asked.

        It is asked of the rows but cannot be computed, or the row is named and what is asked of it
        is none of the columns.
        """
        if len(question) > MAX_CHARACTERS or not found.passages:
            return False
        tables = self._tables(found, found.passages[0].chunk.document_id)
        if not tables:
            return False
        shares = _shares(self._vector(question))
        asked = Asked("find", 0.0, float(1.0 - shares[-1]), 0.0, "")
        return asked.prior >= _MAYBE or all(self._lacks(question, asked, k) for k in tables)

    def _lacks(self, question: str, asked: Asked, known: KnownTable) -> bool:
        """Whether a row is named, and a word of the question is nothing of the table."""
        matched = self._matched(question, asked, known)
        return bool(matched.values) and not self._explains(question, asked, known, matched)

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

    def _asked(self, question: str) -> Asked:
        """What is asked of rows; where that is not clear, for a cell of one that is named."""
        vector = self._vector(question)
        shares = _shares(vector)
        prior = float(shares[:-1].sum())
        shares = shares[:-1] / prior
        second, best = shares.argsort()[-2:]
        # Whether rows are listed or counted, the same rows answer.
        is_same = {OPERATIONS[second], OPERATIONS[best]} == {"find", "count"}
        is_ahead = is_same or bool(shares[best] - shares[second] >= _CLEAR)
        is_clear = prior >= _HARDLY and is_ahead
        likely = {way: _likely(way, vector) for way in ("grouped", "above", "below")}
        bound = max(("above", "below"), key=lambda way: likely[way])
        is_count = is_same and shares[best] - shares[second] < _CLEAR
        operation = "count" if is_count else OPERATIONS[best] if is_clear else "find"
        return Asked(
            operation,
            float(shares[OPERATIONS.index(operation)]),
            prior,
            likely["grouped"],
            bound if likely[bound] >= _SO else "",
            is_clear,
        )

    def _read(
        self, question: str, asked: Asked, known: KnownTable
    ) -> tuple[int, TableAnswer | None]:
        """How much of the question is in a table, and how it is answered from it, if it is."""
        if not known.table.columns:
            return 0, None
        matched = self._matched(question, asked, known)
        held = len(matched.values) + len(matched.columns)
        is_likely = matched.values or asked.prior >= _MAYBE
        if not is_likely or not self._explains(question, asked, known, matched):
            return held, None
        conditions = self._conditions(question, asked, matched.values, matched.columns)
        if conditions is None:
            return held, None
        return held, _planned(asked, known, conditions, matched.columns)

    def _matched(self, question: str, asked: Asked, known: KnownTable) -> Matched:
        """What of a question is in a table."""
        values, rest = self._values(question, asked, known)
        columns: list[Column] = []
        for column in known.table.columns if _CJK.search(rest) else ():
            core = _WORD.search(column.name)
            if core and _CJK.search(core.group()) and core.group() in rest:
                columns.append(column)
                rest = rest.replace(core.group(), " ")
        words: list[str] = []
        for word in meaning_words(rest, (known.document.language,)):
            found = None if _CJK.search(word) else known.column_called(word)
            if found is None:
                words.append(word)
            elif found not in columns:
                columns.append(found)
        return Matched(values, columns, words)

    def _explains(self, question: str, asked: Asked, known: KnownTable, matched: Matched) -> bool:
        """Whether all other words say nothing, or are the table's subject or what is asked."""
        return all(
            self._is_explained(word, question, asked, known, has_values=bool(matched.values))
            for word in matched.words
        )

    def _values(
        self, question: str, asked: Asked, known: KnownTable
    ) -> tuple[list[list[tuple[Column, Cell]]], str]:
        """The values of the table that the question names, and the question without them.

        Each may stand in several columns. A number that is a bound is none of them.
        """
        values: list[list[tuple[Column, Cell]]] = []
        rest = question
        words = list(_WORD.finditer(question))
        taken = 0
        for i, first in enumerate(words):
            if first.start() < taken:
                continue
            for last in reversed(words[i : i + _LONGEST_VALUE]):
                text = question[first.start() : last.end()]
                places = known.places(text)
                if places and not (
                    asked.bound and text.replace(",", "").replace(".", "").isdigit()
                ):
                    values.append(places)
                    rest = rest[: first.start()] + " " * len(text) + rest[last.end() :]
                    taken = last.end()
                    break
        if _CJK.search(question):
            for text, places in known.parts_of(rest):
                values.append(places)
                rest = rest.replace(text, " ")
        return values, rest

    def _is_explained(
        self, word: str, question: str, asked: Asked, known: KnownTable, *, has_values: bool
    ) -> bool:
        """Whether a word says nothing, or is a bound, the table's subject, or what is asked."""
        if any(map(str.isdigit, word)):
            return bool(asked.bound)
        # A script without spaces has no ends of words to look for.
        edges = ("", "") if _CJK.search(word) else (r"(?<!\w)", r"(?!\w)")
        form = re.search(re.escape(word).join(edges), question, re.IGNORECASE)
        if set(stems(word, known.document.language)) & known.own_stems or form is None:
            return form is not None
        before = len(_WORD.findall(question[: form.start()]))
        is_late = asked.operation in ("find", "count") and before >= _FIRST_WORDS
        is_edge = not before or (edges[0] == "" and not _WORD.search(question, form.end()))
        rest = " ".join((question[: form.start()] + question[form.end() :]).split())
        vector = self._vector(rest)
        weight = 1.0 - float(self._vector(question) @ vector)
        left = float(_shares(vector)[OPERATIONS.index(asked.operation)])
        is_asked = weight <= _HEAVY[asked.operation] and left <= _PART * asked.prior * asked.likely
        return (
            weight <= (_LIGHT_AT_EDGE if is_edge else _LIGHT)
            or (known.is_about(word) and (has_values or not is_late))
            or (is_asked and not is_late)
        )

    def _conditions(
        self,
        question: str,
        asked: Asked,
        values: Sequence[Sequence[tuple[Column, Cell]]],
        columns: Sequence[Column],
    ) -> list[Condition] | None:
        """What the rows must fulfil; None where it is not clear."""
        conditions: list[Condition] = []
        for places in values:
            named = [place for place in places if place[0] in columns] or list(places)
            if len(named) > 1:
                return None  # in several columns, none of them named
            conditions.append(Condition(named[0][0], "=", named[0][1]))
        if asked.bound:
            numbers = re.findall(r"\d[\d.,]*", question)
            bounded = [c for c in columns if c.kind == "number"]
            if len(numbers) != 1 or len(bounded) != 1:
                return None
            _, (value,) = typed([numbers[0].rstrip(".,")], "und")
            # A number of the table may be in or out: "more than" or "at least".
            if not isinstance(value, float) or value in bounded[0].cells:
                return None
            sign = ">" if asked.bound == "above" else "<"
            conditions.append(Condition(bounded[0], sign, value))
        return conditions


def _planned(
    asked: Asked, known: KnownTable, conditions: Sequence[Condition], columns: Sequence[Column]
) -> TableAnswer | None:
    """What is computed; None where a column that it needs is not named."""
    held = [condition.column for condition in conditions]
    free = [column for column in columns if column not in held]
    subject = _subject(known)
    texts = [column for column in free if column.kind == "text"]
    parting = [column for column in texts if column is not subject]
    group = parting[0] if asked.grouped >= _GROUPED and parting else None
    others = [column for column in texts if column is not group]
    plan = TableAnswer(
        known.document, known.table, asked.operation, tuple(conditions), None, group, None,
        asked.likely,
    )  # fmt: skip
    if asked.operation == "find":
        wanted = next((column for column in free if column is not subject), None)
        is_cell = wanted is not None and subject in held
        is_named = is_cell or (asked.is_clear and conditions and subject not in held)
        sure = asked.likely if asked.is_clear else _OF_A_CELL
        found = replace(plan, group=None, wanted=wanted or next(iter(free), None), confidence=sure)
        return found if is_named else None
    if group is None and (asked.grouped >= _SO or (parting and asked.operation in ("sum", "mean"))):
        return None
    numbers = [column for column in free if column.kind == "number" and column is not subject]
    if asked.operation not in ("max", "min"):
        numbers = [column for column in numbers if column.is_amount]
    if asked.operation == "count" and not numbers:
        counted = next(iter(others), None)
        is_row = counted is None or counted is subject
        is_named = counted is not None or group is not None or (conditions and subject not in held)
        return replace(plan, target=None if is_row else counted) if is_named else None
    if asked.operation in ("max", "min"):
        numbers += [column for column in free if column.kind == "date"]
    # "How many goals" asks for their sum; of one row, for its cell.
    is_one = subject in held
    operation = "find" if is_one else "sum" if asked.operation == "count" else asked.operation
    target = next(iter(numbers), None)
    beside = [column for column in free if column not in (target, group)]
    # "Who has the highest salary" wants another cell than "What is the highest salary".
    wanted = target if is_one or subject is None else next(iter(beside), None)
    found = replace(plan, operation=operation, target=target, wanted=wanted)
    return found if len(numbers) == 1 else None


def _subject(known: KnownTable) -> Column | None:
    """The column that names a row: the first, or the first of text, where nothing comes twice."""
    texts = [column for column in known.table.columns if column.kind == "text"]
    for column in (*known.table.columns[:1], *texts[:1]):
        if len(set(column.cells)) == len(column.cells):
            return column
    return None


@cache
def _head() -> dict[str, Vector]:
    with np.load(_TRAINED, allow_pickle=False) as stored:
        return dict(stored)


def _shares(vector: Vector) -> Vector:
    """How likely each of ``OPERATIONS`` is."""
    logits = _head()["weights"] @ vector + _head()["bias"]
    share = np.exp(logits - logits.max())
    return np.asarray(share / share.sum(), dtype=np.float32)


def _likely(way: str, vector: Vector) -> float:
    return probability(float((_head()[f"{way}_weights"] @ vector + _head()[f"{way}_bias"])[0]))
