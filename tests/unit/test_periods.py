"""Times and numbers in questions: CLDR's names, number words, what stands around them."""

from __future__ import annotations

import pytest

from index.types import Span
from rag.tables.periods import find_numbers, find_periods, surroundings


@pytest.mark.parametrize(
    ("text", "language", "days"),
    [
        ("in February 2023", "en", [("2023-02-01", "2023-02-28")]),
        ("before 12 May 2022", "en", [("2022-05-12", "2022-05-12")]),
        ("May 3, 2021", "en", [("2021-05-03", "2021-05-03")]),
        ("last quarter of 2024", "en", [("2024-10-01", "2024-12-31")]),
        ("im dritten Quartal 2024", "de", [("2024-07-01", "2024-09-30")]),
        ("nach dem 1. Oktober 2024", "de", [("2024-10-01", "2024-10-01")]),
        ("le 1er mars 2024", "fr", [("2024-03-01", "2024-03-01")]),
        ("en marzo de 2024", "es", [("2024-03-01", "2024-03-31")]),
        ("в марте 2024 года", "ru", [("2024-03-01", "2024-03-31")]),
        ("2024年3月到5月", "zh", [("2024-03-01", "2024-03-31"), ("2024-05-01", "2024-05-31")]),
        ("2020年第三季度", "zh", [("2020-07-01", "2020-09-30")]),
        ("on 2024-02-03, in 2024-05", "en", [("2024-02-03",) * 2, ("2024-05-01", "2024-05-31")]),
        ("31 February 2024", "en", [("2024-01-01", "2024-12-31")]),
        ("may I mark order 10245 of 2,019 units", "en", []),
    ],
)
def test_times_are_read_in_the_words_of_a_language(text, language, days):
    periods = find_periods(text, (language, "en"), is_last=True)
    assert [(str(p.first), str(p.last)) for p in periods] == days


def test_a_month_without_a_year_is_one_of_every_year():
    (period,) = find_periods("all visits in February", ("en",))
    assert (period.year, period.month) == (None, 2)


@pytest.mark.parametrize(
    ("text", "language", "numbers"),
    [
        ("the second of three", "en", [(2, True), (3, False)]),
        ("die zweitmeisten, die drei ersten", "de", [(2, True), (3, False)]),
        ("el segundo y el tercer, los dos", "es", [(2, True), (3, True), (2, False)]),
        ("面积第二大的三个", "zh", [(2, True), (3, False)]),
        ("between 1,500.50 and 30", "en", [(1500.5, False), (30, False)]),
        ("a weekend at one end", "en", []),
    ],
)
def test_numbers_are_read_in_digits_and_words(text, language, numbers):
    found = find_numbers(text, (language, "en"))
    assert [(n.value, n.is_ordinal) for n in found if n.value > 1 or n.is_ordinal] == numbers


def test_what_stands_around_a_time_is_cut_from_a_script_without_spaces_too():
    text = "有多少门店是2020年以前开业的？"
    assert surroundings(text, [Span(6, 11)]) == "门店是2020年以前"
