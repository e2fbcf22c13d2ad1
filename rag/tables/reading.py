"""What a question is of one table: which of its words stand there, what is asked of them.

Values are found in the question as they stand in the table, columns by their stems or their
meaning. Where a word of the question is neither a value, a column, a time or number that is used,
the table's subject nor part of what is asked, the question is not one of this table.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache, cached_property

from index.tables import Column
from index.text.words import (
    content_terms,
    cut_out,
    form_of,
    is_function_word,
    meaning_words,
    own_language,
    stems,
)
from index.types import Span
from rag.evidence import Evidence, is_question
from rag.features import probability
from rag.statements import lists_negations, statement
from rag.tables.answer import Condition, Missing, TableAnswer
from rag.tables.asked import Asked, Vector, what_is_asked, words_of
from rag.tables.known import CJK, LONGEST_VALUE, KnownTable, Matched, Place, Value
from rag.tables.measured import (
    columns_measured,
    ends_apart,
    ends_of,
    is_clear,
    measuring_apart,
    measuring_of,
)
from rag.tables.periods import Number, Period, find_numbers, find_periods, surroundings
from rag.tables.plan import planned
from rag.tables.words import asks, asks_for_person, denies, end_of, is_name, is_of_time
from rag.types import SURE, UNSURE

__all__ = ["MAYBE", "TableReading"]

MAYBE = 0.2  # likely, from which it is tried whether a question is one of a table
_FIRST_WORDS = 3  # in which "how many", "list all" stand
# How far the vector of a question moves without a word (1 - cosine): an article by 0.005, a name by
# 0.1. A light word says nothing that must be explained; a heavy one is no part of what is asked.
_LIGHT = 0.02
_LIGHT_AT_EDGE = 0.045  # of the word that asks: the first, in Chinese and its like the last too
_HEAVY = {"find": 0.055, "count": 0.055, "sum": 0.06, "mean": 0.06, "max": 0.07, "min": 0.07}
_DENIES = 8.0  # by how much the logit of a denial is less without the word that denies,
_DENIES_SO = 5.0  # where a denial is likely,
_DENIES_TOO = 2.0  # where the question is known to hold a negation,
_MAY_DENY = -3.0  # and from which logit such a word is looked for
_NEVER = -10.0  # logit below which no word denies, whatever it is by itself ("uit": from, out)
_NEUTRAL = "Olga"  # a name that the examples of what is asked hold in all languages
_CAPITALS = frozenset({"de", "lb"})  # languages that begin other words with one too
_READ = 1.8  # logit of the reader, from which a cell answers what is asked of its row,
_CERTAIN = 0.2  # and how certain it is which words these are
_OF_ROWS = frozenset({"number", "people", "strength", "guests", "seats"})  # what rows have
_ORDERS = ("max", "min", "ends")
_MAY_ORDER = 0.2  # likely, from which an order may be asked for
_OF_TIME = frozenset({"age", "length", "duration"})  # of which the most has what began first
_ENDS = 2  # words that say together which end is meant: the least expensive
_LIKELY = 0.5  # from which a time is one that rows are of, though that is not clear
_PERSON = 5.0  # logit from which two signs ask for a person
_BEFORE = (2, 4)  # signs before a word in a script without spaces
_LEFT = 2  # words that are not explained
_SHORT = 3  # letters of a word that may stand between two that belong together
_WORD = re.compile(r"[^\W_]+(?:[.'’/-][^\W_]+)*")


class TableReading:
    """One question, read as one of one table; each part is worked out once, when it is needed."""

    def __init__(
        self,
        question: str,
        known: KnownTable,
        alike: Sequence[KnownTable],
        vector: Callable[[str], Vector],
    ) -> None:
        self.question = question
        self.known = known
        self._alike = alike
        self._vector = vector
        self._places = cache(known.places)

    @cached_property
    def text(self) -> str:
        """The question with a neutral word in the place of the row that it names.

        What is asked of a row does not depend on what the row is called.
        """
        named = [
            span
            for span, places in self._whole_values(self.question)
            if any(
                column.kind == "text" and self.known.names_row(column, c) for column, c in places
            )
        ]
        if len(named) != 1:
            return self.question
        return self.question[: named[0].start] + _NEUTRAL + self.question[named[0].end :]

    @cached_property
    def asked(self) -> Asked:
        """What is asked, whatever row it is asked of."""
        return self._asked(self.text)

    def _asked(self, text: str) -> Asked:
        return what_is_asked(text, self._vector)

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
        if plan is None and (leant := self._leant()) is not None:
            matched = replace(matched, meant=[leant], is_leaning=True)
            plan = planned(asked, self.known, matched)
        return held, plan

    def _is_directed(self, plan: TableAnswer) -> bool:
        """Whether a word says which end of an order is meant, and of a time one that may."""
        ends = [measures for _, measures in self.matched.ends.values()]
        if plan.operation not in _ORDERS or plan.target not in self.known.times:
            return plan.operation not in _ORDERS or bool(ends or self.matched.numbers)
        measures = [*ends, *self.matched.measuring.values()]
        return any(not measured or measured & _OF_TIME for measured in measures)

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
            little != (is_of_time and bool(_OF_TIME & (m if is_clear(m) else others)))
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

    def _may_order(self, matched: Matched) -> bool:
        """Whether an end of an order may be asked for, by the question or a word for an end."""
        return self.asked.may_order or bool(self.asked.orders) or self._is_most(matched)

    def _is_most(self, matched: Matched) -> bool:
        """Whether a word that means an end asks by itself for the first of an order.

        It may do so with the word before it, or the signs of a script without spaces.
        """
        forms = [form for word in matched.ends if (form := form_of(word, self.question))]
        return any(
            self._asked(self.question[max(0, start) : form.end()].lower()).is_end
            for form in forms
            for start in self._starts(form)
        )

    def _starts(self, form: re.Match[str]) -> list[int]:
        """Where a word begins that means an end, and what stands before it."""
        if CJK.match(form.group()):
            return [form.start() - signs for signs in _BEFORE]
        before = [word.start() for word in _WORD.finditer(self.question[: form.start()])]
        return [form.start(), *before[-1:]]

    @property
    def _row_that_asks(self) -> TableAnswer | None:
        """The row of a table of questions and answers that has the very question."""
        known, values = self.known, self.matched.values
        if not values or _WORD.search(_without(self.question, (value.span for value in values))):
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
        rest = _without(self.question, (value.span for value in values))
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
        named = (Condition(column, "=", (cell,)),)
        sure = max(SURE, probability(item.score))
        return TableAnswer(known.document, known.table, "find", named, sure, wanted=wanted)

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
    def matched(self) -> Matched:
        """What of the question is in the table."""
        matched, known = Matched(), self.known
        own = known.document.language
        languages = tuple(dict.fromkeys((own_language(self.question, (own,)), own, "en")))
        every = find_periods(self.question, languages, is_last=self.asked.end == "max")
        periods = [p for p in every if known.may_be_in(p, p.span.of(self.question))]
        matched.periods = [period for period in periods if period.month]
        rest = _without(self.question, (period.span for period in matched.periods))
        rest = self._match_called([p for p in every if p not in periods], rest, matched)
        rest = self._match_values(rest, matched)
        years = [p for p in periods if not p.month and p.span.of(rest) == p.span.of(self.question)]
        matched.periods = sorted([*matched.periods, *years], key=lambda p: p.span.start)
        rest = _without(rest, (year.span for year in years))
        numbers = find_numbers(rest, languages)
        around = self._around(numbers, matched.periods)
        if around is not None:
            count = len(matched.periods or [n for n in numbers if not n.is_ordinal])
            matched.bound, matched.inclusive = around.bound(count), around.way("inclusive")
            if not matched.bound and around.bound(count, _LIKELY) == "within" and matched.periods:
                matched.bound, matched.is_leaning = "within", True
        matched.numbers = [
            number
            for number in numbers
            if (number.value.is_integer() if self.asked.is_ranked else not number.is_ordinal)
            and (self.asked.is_ranked or matched.bound not in ("", "within"))
        ]
        rest = _without(rest, (number.span for number in matched.numbers))
        self._match_columns(rest, matched)
        self._match_denial(matched)
        matched.is_of_time = self._is_of_time(matched)
        return matched

    def _match_called(self, periods: Sequence[Period], rest: str, matched: Matched) -> str:
        """Find times that a column or a table is called by; what is left of the question.

        What a table is called by, this one or another of its form, bounds none of its rows.
        """
        for period in periods:
            column = self.known.column_of(period) if period.month else None
            if any(table.is_called(period) for table in self._alike):
                is_own = self.known.is_called(period)
                (matched.called if is_own else matched.lost).append(period.span)
            elif column is not None:
                matched.columns.append(column)
            elif period.month:
                matched.lost.append(period.span)
                continue
            else:
                continue
            rest = _without(rest, [period.span])
        return rest

    def _match_measured(self, rest: str, matched: Matched) -> tuple[str, bool]:
        """Find the words that mean an end or measure something; a text without spaces lacks them.

        Words that name a column or the subject measure nothing else. Also gives whether what is
        measured is hardly clear.
        """
        known, named = self.known, list[str]()
        if CJK.search(rest):
            is_table = self.asked.prior >= MAYBE or matched.values
            matched.ends = ends_apart(rest, self._vector) if is_table else {}
            rest = _blanked(rest, matched.ends)
            measuring = measuring_apart(rest, self._vector) if is_table else {}
        else:
            words = list(dict.fromkeys(map(str.lower, _WORD.findall(rest))))
            named = [w for w in words if known.column_called(w, self.question)]
            ends = ends_of([w for w in words if w not in named], self._vector)
            # "More" is a function word, and so is "het": it is no adjective.
            language = own_language(self.question, (known.document.language,))
            matched.ends = {
                word: (is_little, measures)
                for word, (is_little, measures) in ends.items()
                if not (is_clear(measures) and is_function_word(word, language))
            }
            meaning = meaning_words(rest, (known.document.language,))
            others = [w for w in meaning if w not in matched.ends and form_of(w, rest)]
            measuring = measuring_of(others, self._vector)
            for word in named:  # "paid" says what is added up, and calls "paid on"
                column = known.column_called(word, self.question)
                is_text = column is not None and column.kind == "text"
                is_added = is_text and self.asked.operation == "sum"
                if "age" in measuring.get(word, ()) or not (column in known.times or is_added):
                    measuring.pop(word, None)
        # What rows are is counted, not added up.
        is_list = self.asked.operation in ("find", "count") and self.asked.is_clear
        rows = known.own_stems if is_list else frozenset()
        measuring = {
            word: m for word, m in measuring.items() if m - _OF_ROWS or not self._stems(word) & rows
        }
        is_of_person = self._is_of_person and bool(matched.ends) and self._may_order(matched)
        matched.is_of_person = self._is_of_person
        # "How many" and "most of the orders" count, they do not measure.
        is_count = self.asked.operation == "count" and not self._may_order(matched)
        is_count |= self.asked.is_so("by_count")
        ends = {w: end for w, end in matched.ends.items() if not is_count or is_clear(end[1])}
        matched.measured, is_hardly = columns_measured(
            ends, measuring, known, is_of_person=is_of_person
        )
        if len(matched.measured) != 1:
            matched.measured = []
        matched.measuring = {
            word: m
            for word, m in measuring.items()
            if set(known.columns_measured(m)) & {*matched.measured, *known.times}
            or (is_of_person and m & _OF_TIME)
        }
        matched.unmeasured = [
            word
            for word, m in measuring.items()
            if word not in named and m - _OF_ROWS and not known.columns_measured(m)
        ]
        return _blanked(rest, matched.measuring) if CJK.search(rest) else rest, is_hardly

    @cached_property
    def _is_of_person(self) -> bool:
        """Whether a person is asked for."""
        words = words_of(self.question)
        if CJK.search(self.question):
            return any(asks_for_person(self._vector(word), _PERSON) for word in words)
        return any(asks_for_person(self._vector(word)) for word in words[:_FIRST_WORDS])

    def _match_columns(self, rest: str, matched: Matched) -> None:
        """Find the columns that words name or mean, and the other words."""
        known, own = self.known, self.known.document.language
        columns = sorted(known.table.columns, key=lambda column: -len(column.name))
        for column in columns if CJK.search(rest) else ():
            if part := known.called_in(rest, column):
                matched.columns.append(column)
                rest = rest.replace(part, " ")
        rest, is_hardly = self._match_measured(rest, matched)
        is_bounded = bool(matched.numbers) and matched.bound in ("above", "below", "between")
        meaning = meaning_words(rest if CJK.search(rest) else self.question, (own,))
        for word in (word for word in meaning if form_of(word, rest)):
            called = None if CJK.search(word) else known.column_called(word, self.question)
            meant = None if called or CJK.search(word) else known.column_meant(word)
            if word in matched.ends:
                meant = None
            elif called is None and meant is None and word in matched.measuring:
                is_hardly |= is_bounded
            if called is None:
                matched.words.append(word)
            elif called not in matched.columns:
                matched.columns.append(called)
            if meant is not None and meant not in matched.meant:
                matched.meant.append(meant)
        words = set(_WORD.findall(rest.lower())).difference(matched.words, meaning)
        named = dict.fromkeys(filter(None, map(known.column_named, words)))
        # A word without meaning may be a column's name.
        matched.columns += [column for column in named if column not in matched.columns]
        is_named = any(column in known.ordered for column in matched.columns)
        matched.is_leaning |= is_hardly and bool(matched.measured) and not is_named
        if is_bounded:
            matched.meant = [*matched.measured, *matched.meant]

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
        found = (word.group() for word in _WORD.finditer(self.question))
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

    def _stems(self, text: str) -> set[str]:
        return set(stems(text, self.known.document.language))

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
        is_inside = bool(_WORD.search(self.question[: self.question.find(text)]))
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
        if form is None or self._is_of_other(word):
            return False
        is_bare = asks(self._vector(word)) or (len(word) == 1 and form.group().islower())
        if is_bare and not CJK.search(word):
            return True
        is_last = CJK.search(word) and not _WORD.search(self.text, form.end())
        is_edge = not _WORD.search(self.text[: form.start()]) or is_last
        without = self._asked(cut_out(self.text, form.start(), form.end()))
        weight = 1.0 - float(self.asked.vector @ without.vector)
        is_light = weight <= (_LIGHT_AT_EDGE if is_edge else _LIGHT)
        return is_light or self._is_asking(word, form, without, weight)

    def _is_asking(self, word: str, form: re.Match[str], without: Asked, weight: float) -> bool:
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
        _, measures = matched.ends.get(word, (False, frozenset[str]()))
        if word in matched.ends and (is_order or is_clear(measures)):
            # "How old" asks for what is measured.
            is_of_row = bool(self.rows) and bool(matched.measured) and not alone.is_end
            return self._directed is not None if is_order else is_of_row
        if word in matched.ends and asked.operation in ("sum", "mean"):
            return True  # "how high" is the sum
        is_about = known.is_about(word) and (bool(matched.values) or not is_late)
        is_about = is_about and word not in matched.unmeasured
        # Of an order only the word for its end is part of what is asked.
        may_be_part = weight <= _HEAVY[asked.operation] and (not is_order or alone.is_of_end)
        denies = matched.denied is not None or matched.is_empty
        is_part = may_be_part and asked.is_less_without(without, ways_only=is_late, denies=denies)
        is_part |= is_bounded and known.column_meant(word) in (*matched.columns, *matched.meant)
        return is_about or is_part

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

    def _is_of_time(self, matched: Matched) -> bool:
        """Whether the word that says which end of an order is asked for means time."""
        form = self._end_of_order(matched)
        if form is None or CJK.search(form.group()):
            return False
        return is_of_time(self._vector(form.group().lower()))

    def _end_of_order(self, matched: Matched) -> re.Match[str] | None:
        """The word without which an end of an order is least asked for."""
        forms = [
            form
            for word in matched.words
            if self._asked(word).is_of_end and (form := form_of(word, self.text))
        ]
        if self.asked.operation not in ("max", "min") or not forms:
            return None

        def left(form: re.Match[str]) -> float:
            without = self._asked(cut_out(self.text, *form.span()))
            return without.share_of("max") + without.share_of("min")

        return min(forms, key=left)

    def _around(self, numbers: Sequence[Number], periods: Sequence[Period]) -> Asked | None:
        """What the words around the times say, or those around the amounts; None without any."""
        amounts = [number for number in numbers if not number.is_ordinal]
        spans = [item.span for item in periods or amounts]
        if not spans:
            return None
        text = surroundings(self.question, spans)
        for number in amounts if not periods else ():
            if number.is_word:
                text = text.replace(number.span.of(self.question), f"{number.value:.0f}")
        return self._asked(text)

    def _match_values(self, question: str, matched: Matched) -> str:
        """Find the values of the table that a question names; the question without them.

        Each may stand in several columns. A number that is a bound is none of them.
        """
        rest, known = question, self.known
        meaning = meaning_words(question, (known.document.language,))
        words = list(_WORD.finditer(question))
        digits = [Span(*word.span()) for word in words if word.group()[0].isdigit()]
        around = self._asked(surroundings(question, digits)) if digits else self.asked
        is_bounded = bool(digits) and around.bound(len(digits)) != "within"
        taken = 0
        for i, first in enumerate(words):
            if first.start() < taken:
                continue
            for last in reversed(words[i : i + LONGEST_VALUE]):
                span = Span(first.start(), last.end())
                text = span.of(question)
                is_bound = text.replace(",", "").replace(".", "").isdigit() and is_bounded
                places = [] if is_bound else self._places(text)
                if text.lower() not in meaning:  # "no" is a cell, and denies
                    places = [place for place in places if place[0].name not in known.poles]
                if places:
                    matched.values.append(Value(places, span))
                    rest = _without(rest, [span])
                    taken = last.end()
                    break
        if CJK.search(question):
            for text, places in known.parts_of(rest):
                at = rest.index(text)
                matched.values.append(Value(places, Span(at, at + len(text))))
                rest = rest.replace(text, " " * len(text))
        return self._match_names(rest, matched)

    def _whole_values(self, text: str) -> Iterator[tuple[Span, list[Place]]]:
        """The values of the table that stand in a text, the longest first where they overlap."""
        words = list(_WORD.finditer(text))
        taken = 0
        for i, first in enumerate(words):
            for last in reversed(words[i : i + LONGEST_VALUE] if first.start() >= taken else []):
                if places := self._places(text[first.start() : last.end()]):
                    yield Span(first.start(), last.end()), places
                    taken = last.end()
                    break
        for part, places in self.known.parts_of(text) if CJK.search(text) and not taken else ():
            at = text.index(part)
            yield Span(at, at + len(part)), places

    def _match_names(self, rest: str, matched: Matched) -> str:
        """Rows of which the question names a part: a cell of one, or several to be compared."""
        if self.known.subject is None or self.asked.operation in ("count", "sum", "mean"):
            return rest
        meaning = meaning_words(rest, (self.known.document.language,))
        for word in _WORD.finditer(rest):
            span, text = Span(*word.span()), word.group()
            carries = any(unit in meaning for unit in text.lower().split("'"))
            places = self.known.named_in_part(text) if carries and not CJK.search(text) else []
            if places and not self.known.column_called(text, rest):
                matched.values.append(Value(places, span, is_whole=False))
                rest = _without(rest, [span])
        return rest

    def _match_denial(self, matched: Matched) -> None:
        """Find what is denied: the value nearest to the word that denies, or any."""
        asked, known = self._asked(self.question), self.known
        language = own_language(self.question, (known.document.language,))
        is_known = bool(statement(self.question, language).negations)
        bounds = [*matched.numbers, *matched.periods]
        may_be = not bounds if is_known else not lists_negations(language)
        is_never = max(asked.logit("negated"), asked.logit("empty")) < _NEVER
        words = list(self._denying(matched)) if may_be and not is_never else []
        if words and bounds:  # "not above 5" bounds; beside a value it is not clear which is meant
            matched.is_negated = bool(matched.values)
            return
        matched.is_negated = is_known or bool(words)
        best = words[-1] if words else self._likely_denying(asked, matched)
        if best is None:
            return
        held = {column.name for value in matched.values for column, _ in value.places}
        named = matched.columns or matched.meant
        matched.lacking = [
            c for c in named if c.name not in held and c is not known.subject and known.may_lack(c)
        ]
        is_listed = lists_negations(language) and not matched.is_negated
        if is_listed and all(column.name in known.poles for column in matched.lacking):
            matched.lacking = []  # what says no in a column is denied by words that are known
            if not matched.values:
                return
        is_empty = asked.logit("empty") >= asked.logit("negated") and matched.lacking
        if matched.values and not is_empty:
            nearest = min(matched.values, key=lambda value: abs(value.span.start - best.end))
            matched.denied, matched.lacking = nearest, []
        matched.is_empty = matched.denied is None

    def _denying(self, matched: Matched) -> Iterator[Span]:
        """The words that deny by themselves, or every two signs.

        Two signs may be part of a word that does not: 不 in 不同, ない in 少ない.
        """
        for span in _spans(self.question, signs=2):
            if _in_values(span, matched.values) or not denies(self._vector_at(span)):
                continue
            is_within = CJK.search(span.of(self.question)) and span.start > 0
            before = Span(span.start - 1, span.end) if is_within else span
            behind = Span(span.start, span.end + 1) if is_within else span
            if not end_of(self._vector_at(before)) and denies(self._vector_at(behind), 0.0):
                yield span

    def _vector_at(self, span: Span) -> Vector:
        return self._vector(span.of(self.question).lower())

    def _likely_denying(self, asked: Asked, matched: Matched) -> Span | None:
        """The word without which a denial is much less likely; none if that is a value."""
        if max(asked.logit("negated"), asked.logit("empty")) < _MAY_DENY:
            return None

        def less(span: Span) -> float:
            without = self._asked(cut_out(self.question, span.start, span.end))
            return max(asked.logit(way) - without.logit(way) for way in ("negated", "empty"))

        best = max(_spans(self.question), key=less, default=None)
        is_likely = asked.is_so("negated") or asked.is_so("empty")
        bound = _DENIES_TOO if matched.is_negated else _DENIES_SO if is_likely else _DENIES
        if best is None or less(best) < bound or _in_values(best, matched.values):
            return None  # a value that reads like a denial ("closed") is asked for
        return best


def _spans(question: str, signs: int = 1) -> list[Span]:
    """Where the words stand, or so many signs of a script without spaces."""
    words = [Span(*word.span()) for word in _WORD.finditer(question)]
    return [
        part
        for word in words
        for part in (
            [Span(at, at + signs) for at in range(word.start, word.end - signs + 1)]
            if CJK.search(word.of(question))
            else [word]
        )
    ]


def _in_values(span: Span, values: Iterable[Value]) -> bool:
    return any(value.span.overlaps(span) for value in values)


def _is_late(asked: Asked, question: str, form: re.Match[str]) -> bool:
    """Whether a word stands behind those that say that rows are listed or counted."""
    before = len(_WORD.findall(question[: form.start()]))
    return asked.operation in ("find", "count") and before >= _FIRST_WORDS


def _blanked(text: str, parts: Iterable[str]) -> str:
    for part in parts:
        text = text.replace(part, " " * len(part))
    return text


def _without(text: str, spans: Iterable[Span]) -> str:
    for span in spans:
        text = text[: span.start] + " " * (span.end - span.start) + text[span.end :]
    return text


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
