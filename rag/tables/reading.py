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
from index.text.words import content_terms, cut_out, form_of, own_language
from rag.evidence import Evidence, is_question
from rag.features import probability
from rag.tables.answer import Condition, Missing, TableAnswer
from rag.tables.asked import Asked
from rag.tables.known import CJK, NEAR, KnownTable
from rag.tables.matching import FIRST_WORDS, MAYBE, OF_TIME, WORD, Matching, without
from rag.tables.measured import is_clear
from rag.tables.plan import conditions_of, planned
from rag.tables.words import asks, is_name, measures_of
from rag.types import SURE, UNSURE

__all__ = ["TableReading"]

# How far the vector of a question moves without a word (1 - cosine): an article by 0.005, a name by
# 0.1. A light word says nothing that must be explained; a heavy one is no part of what is asked.
_LIGHT = 0.02
_LIGHTER = 0.0155  # the same of a word that surely chooses no rows,
_NEARER = 0.065  # and how near to a column is one that says more
_LIGHT_AT_EDGE = 0.045  # of the word that asks: the first, in Chinese and its like the last too
_HEAVY = {"find": 0.055, "count": 0.055, "sum": 0.06, "mean": 0.06, "max": 0.07, "min": 0.07}
_CAPITALS = frozenset({"de", "lb"})  # languages that begin other words with one too
_READ = 1.8  # logit of the reader, from which a cell answers what is asked of its row,
_CERTAIN = 0.2  # and how certain it is which words these are
_MEASURED = 0.15  # likely, from which a column may be measured so
_ORDERS = ("max", "min", "ends")
_MAY_ORDER = 0.2  # likely, from which an order may be asked for
_ENDS = 2  # words that say together which end is meant: the least expensive
_ASKS = 0.5  # likely, from which a question asks something of rows by itself
_LEFT = 2  # words that are not explained
_SHORT = 3  # letters of a word that may stand between two that belong together


class TableReading(Matching):
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
            plan = planned(asked, self.known, replace(matched, is_leaning=True))
            is_sum = asked.operation == "sum"  # of the only amounts
            amounts = [c for c in self.known.ordered if c.is_amount and is_sum]
            is_meant = plan is not None and plan.target in (self._ordered or amounts)
            plan = plan if is_meant else None
        if plan is not None and not (self._is_named(plan) and self._is_directed(plan)):
            plan = replace(plan, confidence=min(plan.confidence, UNSURE))
        if plan is not None and plan.operation in ("sum", "mean") and plan.group is None:
            if matched.is_of_person and asked.is_so("who"):
                return held, None  # who has it is no sum
            if self._is_one_of_alike(plan):
                plan = replace(plan, confidence=min(plan.confidence, UNSURE))
        parts = (part for word in self.matched.words for part in self._apart(word))
        if plan is not None and any(map(self._may_choose, parts)):
            plan = replace(plan, confidence=min(plan.confidence, UNSURE))
        if plan is None and (leant := self._leant()) is not None:
            matched = replace(matched, meant=[leant], is_leaning=True)
            plan = planned(asked, self.known, matched)
        return held, plan

    def _is_one_of_alike(self, plan: TableAnswer) -> bool:
        """Whether what is added up is only measured, others have its unit, and no verb says it."""
        known, matched, target = self.known, self.matched, plan.target
        if target is None or target in matched.columns:
            return False
        unit, amounts = known.unit_of(target), [c for c in known.table.columns if c.is_amount]
        alike = [c for c in amounts if unit and known.unit_of(c) == unit]
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

        They are no names, and no row is named.
        """
        words, asked = self.unexplained, self._directed
        if asked is None or len(words) > _LEFT or self.rows:
            return []
        is_computed = asked.operation in ("sum", "mean", "max", "min") and asked.is_clear
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
        is_own = asked.operation != "find" and asked.is_clear and asked.prior >= _ASKS
        if not names or is_own or self.names_rows or matched.lost:
            return False
        return not (matched.ends or matched.measured or self.unexplained)

    @property
    def rows_named(self) -> TableAnswer | None:
        """The rows with the values that it names, whatever is asked of them; not surely."""
        known, matched = self.known, self.matched
        conditions = conditions_of(self.asked, known, matched) if matched.values else None
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

    @cached_property
    def _directed(self) -> Asked | None:
        """What is asked, of the end that its words mean; None where no column is so measured.

        "The least expensive" is little of much; the oldest has the most years or the first date.
        """
        known, matched, asked = self.known, self.matched, self._asked_without_values
        rows = len(known.table.table.rows)
        if matched.comparison is not None:
            return asked if asked.operation == "count" else replace(asked, said="rows")
        is_bounded = matched.bound in ("above", "below", "between") and not asked.orders
        if is_bounded and any(number.value > rows for number in matched.numbers):
            is_of_rows = asked.operation in ("find", "max", "min")
            return replace(asked, said="find") if is_of_rows else asked  # "longer than 150"
        ordered = self._ordered
        may_order = bool(matched.ends) and (
            asked.may_order or (bool(ordered) and self._is_most(matched))
        )
        if not asked.orders and asked.operation not in ("max", "min") and not may_order:
            # "How much did X pay", of several rows.
            is_sum = not (asked.is_clear or matched.ends) and asked.likeliest == "sum"
            is_sum = is_sum and bool(matched.measuring and matched.measured)
            return replace(asked, said="sum") if is_sum else asked
        ends = matched.ends.values()
        clear = [measures for _, measures in ends if is_clear(measures)]
        # "In which year had the village the most houses" names the rows and what is ordered.
        is_named = len(matched.columns) > 1 and bool(ordered) and self._is_most(matched)
        if (clear and not ordered) or not (asked.is_order or is_named):
            return None
        is_of_time = ordered[0] in known.times if ordered else bool(known.times)
        others = frozenset[str]().union(*matched.measuring.values())
        is_little = [
            little != (is_of_time and bool(OF_TIME & (m if is_clear(m) else others)))
            for little, m in ends
        ]
        if not 0 < len(ends) <= _ENDS or len(clear) > 1:
            return asked
        wanted = "min" if sum(is_little) % 2 else "max"
        return replace(asked, said=wanted)

    @property
    def _ordered(self) -> list[Column]:
        """The columns that an order may be by: those that are named, measured or meant."""
        matched, known = self.matched, self.known
        named = [c for c in matched.columns if c in known.ordered]
        if matched.measured and all(c in known.times for c in named):
            return matched.measured
        return named or [c for c in matched.meant if c in known.ordered]

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
    def _asked_without_values(self) -> Asked:
        """What is asked; no order where only a value of the table seems to ask for one."""
        values = self.matched.values
        ends = self.asked.share_of("max") + self.asked.share_of("min")
        if not values or not (self.asked.orders or ends >= _MAY_ORDER):
            return self.asked
        rest = without(self.question, (value.span for value in values))
        asked = self._asked(" ".join(rest.split()))
        if self.asked.orders:
            return self.asked if self.asked.orders & asked.orders else asked
        is_of_value = asked.share_of("max") + asked.share_of("min") < ends / 2
        return asked if is_of_value else self.asked

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

    @cached_property
    def rows(self) -> frozenset[int]:
        """The rows that the question names, by a value that stands in no other."""
        named = [
            (column, cell)
            for value in self.matched.values
            if value is not self.matched.denied
            for column, cell in value.places
            if self.known.names_row(column, cell)
        ]
        return frozenset(column.cells.index(cell) for column, cell in named)

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
        if wanted.is_amount and self.asked.operation == "count" and self.unexplained:
            return None  # how many of something else
        if not self._is_measured_by(wanted):
            return None
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

    @cached_property
    def unexplained(self) -> list[str]:
        """The words that say something, and are neither the table's subject nor what is asked.

        A time that is nothing of the table always says something.
        """
        lost = [span.of(self.question).lower() for span in self.matched.lost]
        words = [word for word in self.matched.words if not self._is_explained(word)]
        lost += [text.lower() for text in self._unknown]
        return [*words, *(text for text in lost if text not in words)]

    @cached_property
    def _unknown(self) -> list[str]:
        """Names of letters and digits that are written like those of the table, and none of it."""
        found = (word.group() for word in WORD.finditer(self.question))
        mixed = (t for t in found if any(map(str.isdigit, t)) and any(map(str.isalpha, t)))
        return [text for text in mixed if self.known.column_like(text) and not self._places(text)]

    @cached_property
    def _called(self) -> set[str]:
        """What of the question this table is called by, and not all others of its form."""
        asked = self._stems(self.question)
        named = {span.of(self.question).lower() for span in self.matched.called}
        return named | (asked & (self.known.own_stems - self._shared))

    @cached_property
    def _shared(self) -> frozenset[str]:
        """The stems that all tables of this form are called by."""
        return frozenset.intersection(*(known.own_stems for known in self._alike))

    @cached_property
    def _of_others(self) -> frozenset[str]:
        """The stems that others of this form are called by, and this one is not."""
        every = frozenset[str]().union(*(known.own_stems for known in self._alike))
        return every - self.known.own_stems

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
        amounts = [column for column in ordered if column.is_amount]
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

    def _is_part(self, word: str) -> bool:
        """Whether a word is part of what is asked, however much it says."""
        form = form_of(word, self.text)
        if form is None:
            return False
        without = self._asked(cut_out(self.text, *form.span()))
        is_late = _is_late(self.asked, self.text, form)
        return self.asked.is_other_without(without, is_late=is_late)

    def _is_explained(self, word: str) -> bool:
        """Whether a word says nothing, or is the table's subject, or part of what is asked."""
        if self._stems(word) & self.known.own_stems:
            return True
        form = form_of(word, self.text)
        return form is not None and not self._is_of_other(word) and self._says_little(word, form)

    def _says_little(
        self, word: str, form: re.Match[str], light: float = _LIGHT, near: float = NEAR
    ) -> bool:
        """Whether a word says nothing, is about a column from so near on, or is what is asked."""
        is_bare = asks(self._vector(word)) or (len(word) == 1 and form.group().islower())
        if is_bare and not CJK.search(word):
            return True
        is_last = CJK.search(word) and not WORD.search(self.text, form.end())
        is_edge = not WORD.search(self.text[: form.start()]) or is_last
        without = self._asked(cut_out(self.text, form.start(), form.end()))
        weight = 1.0 - float(self.asked.vector @ without.vector)
        # Of signs without spaces those that ask are left out before.
        is_edge = is_edge and not (CJK.search(word) and light < _LIGHT)
        is_light = weight <= (_LIGHT_AT_EDGE if is_edge else light)
        return is_light or self._is_asking(word, form, without, weight, near)

    def _is_asking(
        self, word: str, form: re.Match[str], without: Asked, weight: float, near: float
    ) -> bool:
        """Whether a word is about a column, or asks for what is asked: without it that is less."""
        asked, known, matched = self.asked, self.known, self.matched
        directed = self._directed or asked
        is_order = directed.operation in ("max", "min")
        is_late = _is_late(asked, self.text, form)
        alone = self._asked(word)
        is_bounded = bool(matched.numbers) and matched.bound in ("above", "below")
        is_when = any(c in known.times for c in matched.columns) and alone.is_so("when")
        if (
            word in matched.measuring
            or asked.is_asked_by(alone)
            or is_when
            or (is_bounded and asked.bounds_by(alone))
        ):
            return True
        if pair := matched.comparison:
            is_how = word in matched.ends or form_of(word, pair.around) is not None
            return is_how or known.is_about(word, near)
        _, measures = matched.ends.get(word, (False, frozenset[str]()))
        if word in matched.ends and (is_order or is_clear(measures)):
            # "How old" asks for what is measured.
            is_of_row = bool(self.rows) and bool(matched.measured) and not alone.is_end
            return self._directed is not None if is_order else is_of_row
        if word in matched.ends and asked.operation in ("sum", "mean"):
            return True  # "how high" is the sum
        is_about = known.is_about(word, near) and (bool(matched.values) or not is_late)
        is_about = is_about and word not in matched.unmeasured
        # Of an order only the word for its end is part of what is asked.
        may_be_part = weight <= _HEAVY[asked.operation] and (not is_order or alone.is_of_end)
        denies = matched.denied is not None or matched.is_empty
        is_part = may_be_part and asked.is_less_without(without, ways_only=is_late, denies=denies)
        is_part |= is_bounded and known.column_meant(word) in (*matched.columns, *matched.meant)
        return is_about or is_part

    def _apart(self, word: str) -> list[str]:
        """A word; in a script without spaces what is left of it without the signs that ask."""
        if not CJK.search(word):
            return [word]
        left = word
        for at in range(len(word) - 1):
            signs = word[at : at + 2]
            if asks(self._vector(signs), 0.0) or self._asked(signs).prior >= _ASKS:
                left = f"{left[:at]}  {left[at + 2 :]}"
        return [part for part in left.split() if len(part) > 1]

    def _may_choose(self, word: str) -> bool:
        """Whether a word that is explained may yet choose rows: "rented" flats.

        The more it says the nearer must it be to what it is about.
        """
        form = form_of(word, self.text)
        if form is None or self._stems(word) & self.known.own_stems:
            return False
        known, used = self.known, self._used
        poles = [c for c in known.table.columns if c.name in known.poles and c not in used]
        if known.is_about_one(word, poles, NEAR):
            return True  # it may be what rows affirm or deny
        is_of_used = known.is_about_one(word, used)
        return not (is_of_used or self._says_little(word, form, _LIGHTER, _NEARER))

    @cached_property
    def _used(self) -> list[Column]:
        """The columns that it names, or of which it names a value."""
        matched = self.matched
        return [*matched.columns, *(c for v in matched.values for c, _ in v.places)]

    def _is_of_other(self, word: str) -> bool:
        """Whether a word names another table of this form, a number, a time or a value of none."""
        return bool(
            self._stems(word) & self._of_others
            or any(map(str.isdigit, word))
            or any(word in span.of(self.question).lower() for span in self.matched.lost)
            or self._column_without(word)
        )

    def _column_without(self, word: str) -> Column | None:
        """The column that lacks a value of which a word of a script without spaces is the name.

        It stands before what all values of the column end with, or before what rows are called,
        and asks for nothing by itself.
        """
        if not CJK.search(word) or len(word) == 1 or word in self.known.document.text:
            return None
        ends = self.known.ends_of_values.items()
        column = next((c for end, c in ends if f"{word}{end}" in self.question), None)
        is_lacking = is_name(self._vector(word)) and self._asked(word).prior < MAYBE
        return column if is_lacking else None


def _is_late(asked: Asked, question: str, form: re.Match[str]) -> bool:
    """Whether a word stands behind those that say that rows are listed or counted."""
    before = len(WORD.findall(question[: form.start()]))
    return asked.operation in ("find", "count") and before >= FIRST_WORDS


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
