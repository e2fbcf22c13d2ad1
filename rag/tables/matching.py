"""What a question names of one table: values, columns, times, numbers, and what measures.

Values are found in the question as they stand in the table, columns by their stems, their meaning
or what they measure. What is asked of them says :mod:`rag.tables.reading`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from functools import cache, cached_property
from itertools import pairwise

from index.tables import Column
from index.text.words import (
    cut_out,
    form_of,
    is_function_word,
    meaning_words,
    own_language,
    stems,
)
from index.types import Span
from rag.statements import lists_negations, statement
from rag.tables.asked import Asked, Vector, what_is_asked, words_of
from rag.tables.compared import compared_columns
from rag.tables.known import CJK, LONGEST_VALUE, Comparison, KnownTable, Matched, Place, Value
from rag.tables.measured import (
    columns_measured,
    ends_apart,
    ends_of,
    is_clear,
    measuring_apart,
    measuring_of,
)
from rag.tables.periods import (
    Number,
    Period,
    digits_joined,
    find_numbers,
    find_periods,
    surroundings,
)
from rag.tables.words import asks, asks_for_person, denies, end_of, is_of_time

__all__ = ["FIRST_WORDS", "MAYBE", "OF_TIME", "WORD", "Matching", "without"]

MAYBE = 0.2  # likely, from which it is tried whether a question is one of a table
FIRST_WORDS = 3  # in which "how many", "list all" stand
_DENIES = 8.0  # by how much the logit of a denial is less without the word that denies,
_DENIES_SO = 5.0  # where a denial is likely,
_DENIES_TOO = 2.0  # where the question is known to hold a negation,
_MAY_DENY = -3.0  # and from which logit such a word is looked for
_NEVER = -10.0  # logit below which no word denies, whatever it is by itself ("uit": from, out)
_NEUTRAL = "Olga"  # a name that the examples of what is asked hold in all languages
_OF_ROWS = frozenset({"number", "people", "strength", "guests", "seats"})  # what rows have
OF_TIME = frozenset({"age", "length", "duration"})  # of which the most has what began first
_LIKELY = 0.5  # from which a time is one that rows are of, though that is not clear
_PERSON = 5.0  # logit from which two signs ask for a person
_BEFORE = (2, 4)  # signs before a word in a script without spaces
_UNIT = re.compile(r"\s?([^\W\d_]+|[^\w\s])")  # behind an amount
WORD = re.compile(r"[^\W_]+(?:[.'’/-][^\W_]+)*")


class Matching:
    """What one question names of one table, worked out once, when it is needed."""

    def __init__(
        self,
        question: str,
        known: KnownTable,
        alike: Sequence[KnownTable],
        vector: Callable[[str], Vector],
        today: date | None = None,
    ) -> None:
        self.question = digits_joined(question)
        self.known = known
        self._alike = alike
        self._vector = vector
        self._today = today
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
        before = [word.start() for word in WORD.finditer(self.question[: form.start()])]
        return [form.start(), *before[-1:]]

    @cached_property
    def matched(self) -> Matched:
        """What of the question is in the table."""
        matched, known = Matched(), self.known
        own = known.document.language
        languages = tuple(dict.fromkeys((own_language(self.question, (own,)), own, "en")))
        is_last = self.asked.end == "max"
        every = find_periods(self.question, languages, is_last=is_last, today=self._today)
        every = [p for p in every if not (p.is_relative and self._is_end(p.span))]
        # "The fees for 2026", where a column is called so, are not those of members of that year.
        of_names = [p.span for p in every if not p.month and known.column_of(p)]
        every = [p for p in every if p.span not in of_names]
        periods = [p for p in every if known.may_be_in(p, p.span.of(self.question))]
        matched.periods = [period for period in periods if period.month]
        rest = without(self.question, [*(p.span for p in matched.periods), *of_names])
        rest = self._match_called([p for p in every if p not in periods], rest, matched)
        rest = self._match_numbered(rest, matched)
        rest = self._match_values(rest, matched)
        years = [p for p in periods if not p.month and p.span.of(rest) == p.span.of(self.question)]
        matched.periods = sorted([*matched.periods, *years], key=lambda p: p.span.start)
        rest = without(rest, (year.span for year in years))
        numbers = find_numbers(rest, languages)
        around = self._around(numbers, matched.periods)
        if around is not None:
            count = len(matched.periods or [n for n in numbers if not n.is_ordinal])
            matched.bound, matched.inclusive = around.bound(count), around.way("inclusive")
            if not matched.bound and around.bound(count, _LIKELY) == "within" and matched.periods:
                matched.bound, matched.is_leaning = "within", True
            if not matched.bound and any(period.is_relative for period in matched.periods):
                matched.bound = "within"
        matched.numbers = [
            number
            for number in numbers
            if (number.value.is_integer() if self.asked.is_ranked else not number.is_ordinal)
            and (self.asked.is_ranked or matched.bound not in ("", "within"))
        ]
        rest = without(rest, (number.span for number in matched.numbers))
        rest = self._match_units(rest, matched)
        for span in of_names:
            rest = rest[: span.start] + span.of(self.question) + rest[span.end :]
        self._match_columns(rest, matched)
        self._match_denial(matched)
        matched.is_of_time = self._is_of_time(matched)
        matched.comparison = self._comparison(matched)
        matched.is_leaning |= bool(matched.comparison and not matched.comparison.is_clear)
        return matched

    def _is_end(self, span: Span) -> bool:
        """Whether words ask for an end of an order, the last year of several, and mean no time."""
        if self.asked.operation not in ("max", "min") or CJK.search(span.of(self.question)):
            return False
        without = self._asked(cut_out(self.question, span.start, span.end))
        return without.operation != self.asked.operation

    def _comparison(self, matched: Matched) -> Comparison | None:
        """The two columns that are compared; none where a row, a number or a time is named."""
        known = self.known
        is_of_row = any(known.names_row(*place) for v in matched.values for place in v.places)
        is_other = is_of_row or matched.numbers or matched.periods
        if is_other or self.asked.operation in ("sum", "mean"):
            return None
        return compared_columns(self.question, known, matched.ends, self._asked)

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
            else:
                if (period.month or period.is_relative) and not self._places(
                    period.span.of(self.question)
                ):
                    matched.lost.append(period.span)
                continue
            rest = without(rest, [period.span])
        return rest

    def _match_numbered(self, rest: str, matched: Matched) -> str:
        """Find what a table is called by with a number, "week 30"; what is left of the question.

        Another number behind that word is one of another table.
        """
        numbered = self.known.numbered
        words = list(WORD.finditer(rest)) if numbered else []
        for first, last in pairwise(words):
            for word, number in ((first, last), (last, first)):
                held = numbered.get("".join(stems(word.group(), self.known.document.language)))
                if held and number.group().isdecimal() and not self.asked.is_ranked:
                    is_own = int(number.group()) in held
                    span = Span(first.start(), last.end())
                    (matched.called if is_own else matched.lost).append(span)
                    rest = without(rest, [span])
        return rest

    def _match_units(self, rest: str, matched: Matched) -> str:
        """Find the only column of the unit that an amount has; what is left of the question."""
        if matched.bound not in ("above", "below", "between"):
            return rest
        for number in matched.numbers:
            unit = _UNIT.match(self.question, number.span.end)
            columns = self.known.columns_in(unit[1]) if unit else []
            if unit and columns:
                rest = without(rest, [Span(*unit.span(1))])
            if len(columns) == 1 and columns[0] not in matched.columns:
                matched.columns.append(columns[0])
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
            words = list(dict.fromkeys(map(str.lower, WORD.findall(rest))))
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
            or (is_of_person and m & OF_TIME)
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
        return any(asks_for_person(self._vector(word)) for word in words[:FIRST_WORDS])

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
        words = set(WORD.findall(rest.lower())).difference(matched.words, meaning)
        named = dict.fromkeys(filter(None, map(known.column_named, words)))
        # A word without meaning may be a column's name.
        matched.columns += [column for column in named if column not in matched.columns]
        is_named = any(column in known.ordered for column in matched.columns)
        matched.is_leaning |= is_hardly and bool(matched.measured) and not is_named
        if is_bounded:
            matched.meant = list(dict.fromkeys((*matched.measured, *matched.meant)))

    def _stems(self, text: str) -> set[str]:
        return set(stems(text, self.known.document.language))

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
        words = list(WORD.finditer(question))
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
                if places and self._calls_table(text, places):
                    matched.is_leaning = True  # "the dearest expense", where one is an "Expense"
                    break
                if places:
                    matched.values.append(Value(places, span))
                    rest = without(rest, [span])
                    taken = last.end()
                    break
        if CJK.search(question):
            for text, places in known.parts_of(rest):
                at = rest.index(text)
                matched.values.append(Value(places, Span(at, at + len(text))))
                rest = rest.replace(text, " " * len(text))
        return self._match_names(rest, matched)

    def _calls_table(self, text: str, places: Sequence[Place]) -> bool:
        """Whether a word in lower case calls what rows are, and is a value with a capital."""
        known = self.known
        is_other = text.islower() and all(str(cell)[:1].isupper() for _, cell in places)
        return is_other and set(stems(text, known.document.language)) <= known.own_stems

    def _whole_values(self, text: str) -> Iterator[tuple[Span, list[Place]]]:
        """The values of the table that stand in a text, the longest first where they overlap."""
        words = list(WORD.finditer(text))
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
        """Find values in compounds, and rows of which the question names a part.

        A cell of one is asked for, or several are compared.
        """
        for word in WORD.finditer(rest):
            if places := self.known.compounded(word.group()):
                matched.values.append(Value(places, Span(*word.span())))
                rest = without(rest, [matched.values[-1].span])
        if self.known.subject is None or self.asked.operation in ("count", "sum", "mean"):
            return rest
        meaning = meaning_words(rest, (self.known.document.language,))
        for word in WORD.finditer(rest):
            span, text = Span(*word.span()), word.group()
            carries = any(unit in meaning for unit in text.lower().split("'"))
            places = self.known.named_in_part(text) if carries and not CJK.search(text) else []
            if places and not self.known.column_called(text, rest):
                matched.values.append(Value(places, span, is_whole=False))
                rest = without(rest, [span])
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
            if any(map(span.overlaps, self._called_in(matched.columns))):
                continue  # 以外 in 可以外借
            vector = self._vector_at(span)
            # "ne" denies in French, and asks in Turkish.
            if _in_values(span, matched.values) or not denies(vector) or asks(vector, 0.0):
                continue
            is_within = CJK.search(span.of(self.question)) and span.start > 0
            before = Span(span.start - 1, span.end) if is_within else span
            behind = Span(span.start, span.end + 1) if is_within else span
            if not end_of(self._vector_at(before)) and denies(self._vector_at(behind), 0.0):
                yield span

    def _called_in(self, columns: Iterable[Column]) -> list[Span]:
        """Where columns are named in a script without spaces."""
        parts = (self.known.called_in(self.question, c) for c in columns)
        found = [(self.question.find(part), part) for part in parts if CJK.search(part)]
        return [Span(at, at + len(part)) for at, part in found if at >= 0]

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
        if any(map(best.overlaps, self._called_in(matched.columns))):
            return None
        return best


def _spans(question: str, signs: int = 1) -> list[Span]:
    """Where the words stand, or so many signs of a script without spaces."""
    words = [Span(*word.span()) for word in WORD.finditer(question)]
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


def _blanked(text: str, parts: Iterable[str]) -> str:
    for part in parts:
        text = text.replace(part, " " * len(part))
    return text


def without(text: str, spans: Iterable[Span]) -> str:
    """The text with blanks at the spans, as long as it was."""
    for span in spans:
        text = text[: span.start] + " " * (span.end - span.start) + text[span.end :]
    return text
