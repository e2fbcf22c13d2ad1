"""Which words of a question one table explains: what is asked, its columns, what rows are.

A word that is left is one that the table does not answer; one that is hardly explained may choose
rows, so that what is computed of all of them is not sure.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cached_property

from index.tables import Column
from index.text.words import cut_out, form_of
from rag.tables.asked import Asked
from rag.tables.known import CJK, NEAR
from rag.tables.matching import FIRST_WORDS, MAYBE, OF_TIME, WORD, Matching, without
from rag.tables.measured import is_clear
from rag.tables.words import asks, is_name

__all__ = ["ASKS", "Explaining"]

ASKS = 0.5
"""Likely, from which a text asks something of rows by itself."""

# How far the vector of a question moves without a word (1 - cosine): an article by 0.005, a name by
# 0.1. A light word says nothing that must be explained; a heavy one is no part of what is asked.
_LIGHT = 0.02
_LIGHTER = 0.0155  # the same of a word that surely chooses no rows,
_NEARER = 0.065  # and how near to a column is one that says more
_LIGHT_AT_EDGE = 0.045  # of the word that asks: the first, in Chinese and its like the last too
_HEAVY = {"find": 0.055, "count": 0.055, "sum": 0.06, "mean": 0.06, "max": 0.07, "min": 0.07}
_MAY_ORDER = 0.2  # likely, from which an order may be asked for
_ALONE = 0.9  # likely, from which a word alone asks for a sum
_ENDS = 2  # words that say together which end is meant: the least expensive


class Explaining(Matching):
    """One question and one table: what is asked of it, and the words that it explains."""

    @cached_property
    def _directed(self) -> Asked | None:
        """What is asked, of the end that its words mean; None where no column is so measured.

        "The least expensive" is little of much; the oldest has the most years or the first date.
        """
        known, matched, asked = self.known, self.matched, self._asked_without_values
        rows = len(known.table.table.rows)
        is_often = asked.is_so("often") and asked.likeliest != "find" and bool(matched.values)
        if is_often or matched.comparison is not None or self._chooses_by_poles(asked):
            is_counted = is_often or asked.operation == "count"
            return replace(asked, said="count" if is_counted else "rows")
        is_bounded = matched.bound in ("above", "below", "between") and not asked.orders
        if is_bounded and any(number.value > rows for number in matched.numbers):
            is_of_rows = asked.operation in ("find", "max", "min")
            return replace(asked, said="find") if is_of_rows else asked  # "longer than 150"
        ordered = self._ordered
        may_order = bool(matched.ends) and (
            asked.may_order or (bool(ordered) and self._is_most(matched))
        )
        if not asked.orders and asked.operation not in ("max", "min") and not may_order:
            is_sum = (not asked.is_clear or asked.prior < MAYBE) and self._may_be_sum(asked)
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

    def _chooses_by_poles(self, asked: Asked) -> bool:
        """Whether rows are chosen by what affirms or denies: "who has not returned the key"."""
        matched, poles = self.matched, self.known.poles
        is_named = any(column.name in poles for column in matched.columns)
        is_other = self.rows or matched.ends or matched.numbers or asked.orders
        is_unclear = asked.operation in ("max", "min") or not asked.is_clear
        return is_named and is_unclear and not is_other

    @property
    def _ordered(self) -> list[Column]:
        """The columns that an order may be by: those that are named, measured or meant."""
        matched, known = self.matched, self.known
        named = [c for c in matched.columns if c in known.ordered]
        if matched.measured and all(c in known.times for c in named):
            return matched.measured
        # "The dearest" of two prices is no quantity.
        clear = (measures for _, measures in matched.ends.values() if is_clear(measures))
        measured = [c for measures in clear for c in known.columns_measured(measures)]
        may_be = measured or known.ordered
        return named or [c for c in matched.meant if c in known.ordered and c in may_be]

    def _may_be_sum(self, asked: Asked) -> bool:
        """Whether a sum is asked for, though that is not clear from the question as a whole.

        "How much did she pay", "how many hours did she work", of several rows; "total rent 2025".
        """
        matched, known = self.matched, self.known
        is_of_rows = bool(matched.values) and not self.rows
        is_other = asked.is_so("who") or asked.is_so("when")
        if matched.measuring and matched.measured and not matched.ends:
            return asked.likeliest == "sum" or (is_of_rows and not is_other)
        if sum(column in known.amounts for column in matched.columns) != 1:
            return False
        adds = asked.share_of("sum") + asked.share_of("count") > asked.share_of("find")
        alone = any(self._asked(word).share_of("sum") >= _ALONE for word in matched.words)
        return (is_of_rows and adds) or (alone and not matched.values)

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
            if asks(self._vector(signs), 0.0) or self._asked(signs).prior >= ASKS:
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
