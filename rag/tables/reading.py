"""What a question is of one table: which of its words stand there, what is asked of them.

What it names is found by :mod:`rag.tables.matching`. Where a word of the question is neither a
value, a column, a time or number that is used, the table's subject nor part of what is asked, the
question is not one of this table.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

from index.tables import Column
from index.text.words import content_terms, form_of, own_language
from rag.evidence import Evidence, is_question
from rag.features import probability
from rag.tables.answer import Condition, Missing, TableAnswer
from rag.tables.asked import Asked
from rag.tables.explained import ASKS, Explaining
from rag.tables.known import CJK, KnownTable
from rag.tables.matching import MAYBE, OF_TIME, WORD, without
from rag.tables.measured import is_clear
from rag.tables.plan import conditions_of, planned
from rag.tables.words import is_name, measures_of
from rag.types import SURE, UNSURE

__all__ = ["TableReading"]

_CAPITALS = frozenset({"de", "lb"})  # languages that begin other words with one too
_READ = 1.8  # logit of the reader, from which a cell answers what is asked of its row,
_CERTAIN = 0.2  # and how certain it is which words these are
_MEASURED = 0.15  # likely, from which a column may be measured so
_ORDERS = ("max", "min", "ends")
_LEFT = 2  # words that are not explained
_SHORT = 3  # letters of a word that may stand between two that belong together


class TableReading(Explaining):
    """One question, read as one of one table; each part is worked out once, when it is needed."""

    @cached_property
    def answered(self) -> tuple[int, TableAnswer | None]:
        """How much of the question is in the table, and how it is answered from it, if it is."""
        if not self.known.table.columns:
            return 0, None
        matched, asked = self.matched, self._asked_without_values
        held = sum(value.is_whole for value in matched.values) + len(matched.columns)
        held += len(self._called) + len(matched.measured)
        if self._row_that_asks is not None:
            return held, self._row_that_asks
        is_bounded = matched.columns and (matched.periods or matched.numbers)
        # "Which planet has the largest diameter?" names the rows and what they are ordered by.
        directed = self._directed or asked
        is_ordered = directed.operation in ("max", "min") and len(matched.columns) > 1
        is_likely = matched.values or is_bounded or is_ordered or asked.prior >= MAYBE
        if not is_likely:
            return held, None
        if self._directed is None:
            return held, None
        asked = self._directed
        words = self.unexplained
        if self._may_be_subject(words):
            matched, words = replace(matched, is_leaning=True), []
        plan = None if words else planned(asked, self.known, matched)
        if self.left:
            plan = self._with_words_left(asked)
        is_added = plan is not None and plan.operation in ("sum", "mean") and plan.group is None
        if is_added and matched.is_of_person and asked.is_so("who"):
            return held, None  # who has it is no sum
        if plan is not None and not self._is_sure(plan):
            plan = replace(plan, confidence=min(plan.confidence, UNSURE))
        if plan is None and (leant := self._leant()) is not None:
            matched = replace(matched, meant=[leant], is_leaning=True)
            plan = planned(asked, self.known, matched)
        return held, plan

    def _is_sure(self, plan: TableAnswer) -> bool:
        """Whether nothing of the question speaks against a plan."""
        parts = (part for word in self.matched.words for part in self._apart(word))
        return (
            self._is_named(plan)
            and self._is_directed(plan)
            and not self._may_be_of_other_cells(plan)
            and not any(map(self._may_choose, parts))
        )

    def _may_be_of_other_cells(self, plan: TableAnswer) -> bool:
        """Whether other cells may be asked for than those that a plan shows or adds up.

        Of what is added up: where words measure what no column does ("the turnover" is no sum of
        pieces), where a sum is likely only by what is measured, or other columns have its unit. Of
        a row: where nothing is measured so ("what did the repair cost"), or a column is meant
        beside the one that is only measured ("which stall rent does she pay").
        """
        matched, asked = self.matched, self.asked
        if plan.operation in ("sum", "mean") and plan.group is None:
            words = (word for word in matched.unmeasured if not CJK.search(word))
            is_other = not all(asked.is_asked_by(self._asked(word)) for word in words)
            is_likely = plan.operation != "sum" or asked.is_clear or asked.likeliest == "sum"
            return is_other or not is_likely or self._is_one_of_alike(plan)
        if matched.unmeasured and self.rows:
            return True
        used = [plan.wanted, *(condition.column for condition in plan.conditions)]
        is_measured = plan.wanted in matched.measured and plan.wanted not in matched.columns
        return is_measured and any(column not in used for column in matched.meant)

    def _with_words_left(self, asked: Asked) -> TableAnswer | None:
        """What is computed, not surely, though words are left.

        Rows are chosen otherwise, or the column is meant.
        """
        matched, known = replace(self.matched, is_leaning=True), self.known
        plan = planned(asked, known, matched)
        if plan is None or plan.operation in ("find", "count"):
            return plan and replace(plan, confidence=min(plan.confidence, UNSURE))
        amounts = [c for c in known.ordered if c in known.amounts and asked.operation == "sum"]
        is_meant = plan.wanted or plan.target in (self._ordered or amounts)
        return plan if is_meant else None

    def _is_one_of_alike(self, plan: TableAnswer) -> bool:
        """Whether what is added up is only measured, others have its unit, and no verb says it."""
        known, matched, target = self.known, self.matched, plan.target
        if target is None or target in matched.columns:
            return False
        unit = known.unit_of(target)
        alike = [c for c in known.amounts if unit and known.unit_of(c) == unit]
        leant = (known.column_leant(word, alike, is_end=False) for word in matched.measuring)
        return len(alike) > 1 and target not in leant

    def _is_directed(self, plan: TableAnswer) -> bool:
        """Whether a word says which end of an order is meant, and of a time one that may."""
        ends = [measures for _, measures in self.matched.ends.values()]
        if plan.operation not in _ORDERS or plan.target not in self.known.times:
            return plan.operation not in _ORDERS or bool(ends or self.matched.numbers)
        measures = [*ends, *self.matched.measuring.values()]
        return any(not measured or measured & OF_TIME for measured in measures)

    def _is_named(self, plan: TableAnswer) -> bool:
        """Whether the question names the table, a column or a row; a value alone lists none."""
        known, matched = self.known, self.matched
        names = bool(matched.columns or matched.meant or self._called)
        if names or any(map(known.is_about, matched.words)):
            return True
        if _names_subject(self.question, known) or _names_kind(plan, known):
            return True
        return bool(matched.values) and plan.operation != "find"

    def _may_be_subject(self, words: Sequence[str]) -> bool:
        """Whether the only word that is not explained may be what rows are, in other words.

        They are ordered by what a word measures, or counted by a time or a value.
        """
        own, ends = self.known.document.language, self.matched.ends
        is_other = own_language(self.question, (own,)) != own
        is_measured = any(is_clear(measures) for _, measures in ends.values())
        is_counted = self.asked.operation == "count" and bool(self.matched.periods)
        is_few = 0 < len(words) <= 1 + is_counted  # "wells drilled"
        return is_other and (is_measured or is_counted) and is_few and ends.keys().isdisjoint(words)

    @cached_property
    def left(self) -> list[str]:
        """One or two words that are not explained, though something is computed, not surely.

        They are no names. Where rows are listed or counted something else chooses them.
        """
        words, asked, matched = self.unexplained, self._directed, self.matched
        if asked is None or len(words) > _LEFT:
            return []
        is_of_rows = asked.operation in ("find", "count")
        chooses = matched.values or matched.periods or matched.numbers or matched.comparison
        is_computed = asked.is_clear and bool(chooses if is_of_rows else not self.rows)
        is_computed |= bool(self.rows and matched.columns)
        is_other = any(
            self._is_of_other(word) or self._is_name(self._as_written(word), [word])
            for word in words
        )
        return words if is_computed and not is_other else []

    @property
    def is_fragment(self) -> bool:
        """Whether it only names values, times or a column, so that another question asks."""
        asked, matched = self.asked, self.matched
        names = matched.values or matched.periods or matched.columns
        is_own = asked.operation != "find" and asked.is_clear and asked.prior >= ASKS
        if not names or is_own or self.names_rows or matched.lost:
            return False
        return not (matched.ends or matched.measured or self.unexplained)

    @property
    def rows_named(self) -> TableAnswer | None:
        """The rows with the values, times and amounts that it names, whatever is asked; not surely.

        None where it names none, or denies what is not known.
        """
        known, matched = self.known, self.matched
        if matched.lost or (matched.is_negated and matched.denied is None):
            return None
        conditions = conditions_of(self.asked, known, matched)
        if not conditions:
            return None
        return TableAnswer(known.document, known.table, "find", tuple(conditions), UNSURE)

    @property
    def only_denies(self) -> bool:
        """Whether it denies, and names nothing."""
        matched = self.matched
        names = matched.values or matched.periods or matched.columns or self.names_rows
        return matched.is_empty and not (names or matched.lacking or self.unexplained)

    @property
    def names_rows(self) -> bool:
        """Whether it says what rows are."""
        rest = without(self.question, (value.span for value in self.matched.values))
        is_subject = self.known.subject in self.matched.columns
        return is_subject or _names_subject(rest, self.known)

    def names(self, words: Sequence[str]) -> bool:
        """Whether some words call this table or one of its columns."""
        known = self.known
        held = known.own_stems.union(*known.stems_of_names)
        return any(not held.isdisjoint(self._stems(word)) for word in words)

    @property
    def _row_that_asks(self) -> TableAnswer | None:
        """The row of a table of questions and answers that has the very question."""
        known, values = self.known, self.matched.values
        if not values or WORD.search(without(self.question, (value.span for value in values))):
            return None
        (column, cell), *others = values[0].places
        if len(values) > 1 or others or not is_question(str(cell)):
            return None
        condition = Condition(column, "=", (cell,))
        return TableAnswer(known.document, known.table, "find", (condition,), 1.0)

    @cached_property
    def missing(self) -> Missing | None:
        """What the question names and the table lacks, if that is sure."""
        if not self.known.table.columns:
            return None
        known, matched, words = self.known, self.matched, self.unexplained
        lacking = [(text, known.column_like(text)) for text in self._unknown]
        lacking += [(w, column) for w in words if (column := self._column_without(w))]
        for text, column in lacking:
            if text not in known.document.text:
                return Missing(known.document, known.table, text, column)
        text = _as_one(self.question, words)
        is_asked = self.asked.prior >= MAYBE or matched.values or matched.columns
        is_of_table = matched.values or matched.columns or _names_subject(self.question, known)
        if not text or not is_asked or not is_of_table:
            return None
        parts = [text] if any(map(str.isdigit, text)) else words
        is_held = any(known.holds(word) or self._is_part(word) for word in parts)
        if is_held or not self._is_name(text, words):
            return None  # of what is no name and no number another word may stand there
        names_row = any(column is known.subject for v in matched.values for column, _ in v.places)
        computes = self.asked.operation not in ("find", "count") and self.asked.is_clear
        is_of_column = names_row or matched.is_empty or (computes and not matched.columns)
        if is_of_column and not any(map(str.isdigit, text)):
            return None  # it is no value, but what is asked of the rows
        texts = [c for c in matched.columns if c.kind == "text" and c is not known.subject]
        return Missing(known.document, known.table, text, texts[0] if len(texts) == 1 else None)

    def cell_read(self, item: Evidence) -> TableAnswer | None:
        """The cell of the row that the question names which the reader takes for its answer.

        It answers where the question says nothing that may be another row, table or time.
        """
        known = self.known
        rows = known.table.table.rows
        row = next((n for n, row in enumerate(rows) if row.span.overlaps(item.span)), None)
        is_read = item.features.reader >= _READ and item.certainty >= _CERTAIN
        if row is None or self.rows != {row} or not is_read or self._may_be_of_another:
            return None
        wanted, at = None, 0
        for column in known.table.columns:  # in which the answer begins, and ends
            found = item.text.find(f"{column.name}: ", at)
            if 0 <= found <= item.answer.start:
                wanted, at = column, found + len(column.name)
            elif item.answer.start < found < item.answer.end:
                return None
        value = next(iter(self.matched.values))
        column, cell = next(place for place in value.places if known.names_row(*place))
        if wanted is None or wanted is column:
            return None
        if wanted.kind != "text" and self.asked.is_so("who"):
            return None
        is_other = wanted in known.amounts and self.asked.operation == "count" and self.unexplained
        if is_other or not self._is_measured_by(wanted):
            return None  # how many of something else
        named = (Condition(column, "=", (cell,)),)
        sure = max(SURE, probability(item.score))
        return TableAnswer(known.document, known.table, "find", named, sure, wanted=wanted)

    def _is_measured_by(self, column: Column) -> bool:
        """Whether a cell of a column may be what words measure: no area is an age."""
        known = self.known
        words = [word for word in self.unexplained if not CJK.search(word)]
        asked = frozenset[str]().union(*(measures_of(self._vector(word)) for word in words))
        is_time = column in known.times and bool(asked & OF_TIME)
        held = {measure for measure, share in known.measures(column).items() if share >= _MEASURED}
        return not asked or is_time or bool(asked & held)

    @property
    def _may_be_of_another(self) -> bool:
        """Whether a word may name another row, table, time or measure than this table holds."""
        matched = self.matched
        if matched.unmeasured:
            return True
        is_among = len(self._alike) > 1 and not self._called
        is_other = matched.denied or matched.is_empty or matched.lost or matched.numbers
        return bool(is_among or is_other or self._unknown) or any(
            self._stems(word) & self._of_others or self._is_name(self._as_written(word), [word])
            for word in self.unexplained
        )

    def _as_written(self, word: str) -> str:
        form = form_of(word, self.question)
        return form.group() if form else word

    @property
    def lacks(self) -> bool:
        """Whether a row is named, and what is asked of it is nothing of the table."""
        if not self.matched.values:
            return False
        return bool(self.unexplained) or planned(self.asked, self.known, self.matched) is None

    def _leant(self) -> Column | None:
        """What a word may order by: the price of the dear.

        That is the one word that is not explained, or else the one that says which end is meant.
        """
        asked, known, matched, words = self.asked, self.known, self.matched, self.unexplained
        ordered = known.ordered
        is_open = not self._ordered
        is_end = asked.operation in ("max", "min")
        if not is_open or not ordered or not (is_end or (matched.numbers and matched.bound)):
            return None
        if not words and is_end and (form := self._end_of_order(matched)):
            words = [form.group().lower()]
        if len(words) != 1:
            return None
        alone = self._asked(words[0])
        if alone.is_of_end and alone.end != asked.end:
            return None  # "the oldest" may be the first or the last
        if alone.is_of_end and matched.is_of_time and len(known.times) == 1:
            return known.times[0]
        amounts = [column for column in ordered if column in known.amounts]
        if alone.is_of_end and not matched.is_of_time and len(amounts) == 1:
            return amounts[0]
        leant = known.column_leant(words[0], ordered, is_end=alone.is_of_end)
        if leant is None and len(matched.ends) == 1:
            _, measures = next(iter(matched.ends.values()))
            leant = next(iter(known.columns_measured(measures)), None)
        return leant

    def _is_name(self, text: str, words: Sequence[str]) -> bool:
        """Whether words of a question are a name or a number.

        Most languages begin only names with a capital inside a sentence.
        """
        if any(map(str.isdigit, text)):
            return not text.isdecimal()  # an amount is none
        if text.islower() and not self.question.islower():
            return False
        language = own_language(self.question, (self.known.document.language,))
        is_inside = bool(WORD.search(self.question[: self.question.find(text)]))
        if language not in _CAPITALS and is_inside and text.istitle():
            return True
        return any(is_name(self._vector(part)) for part in (text.lower(), *words))


def _as_one(question: str, words: Sequence[str]) -> str:
    """The words as they stand in the question, where they stand side by side; else ""."""
    forms = [form for word in words if (form := form_of(word, question))]
    if not forms or len(forms) < len(words):
        return ""
    start, end = min(form.start() for form in forms), max(form.end() for form in forms)
    text = question[start:end]
    others = [w for w in re.findall(r"[^\W_]+", text) if w.lower() not in words]
    return "" if any(len(word) > _SHORT for word in others) else text


def _names_kind(plan: TableAnswer, known: KnownTable) -> bool:
    """Whether the rows are chosen by what they are called."""
    return any(condition.column is known.subject for condition in plan.conditions)


def _names_subject(question: str, known: KnownTable) -> bool:
    language = known.document.language
    return not known.own_stems.isdisjoint(content_terms(question, language))
