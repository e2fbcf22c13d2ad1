"""Times that a question counts from today, in the words of many languages."""

from __future__ import annotations

from datetime import date

import pytest

from rag.tables.relative import find_relative

TODAY = date(2026, 1, 15)


@pytest.mark.parametrize(
    ("text", "language", "times"),
    [
        ("Who joined last year?", "en", [(2025, None, 1, None)]),
        ("Wer trat im letzten Jahr ein?", "de", [(2025, None, 1, None)]),
        ("¿Quién entró el año pasado?", "es", [(2025, None, 1, None)]),
        ("Quanto abbiamo speso l'anno scorso?", "it", [(2025, None, 1, None)]),
        ("Кто пришёл в прошлом году?", "ru", [(2025, None, 1, None)]),
        ("Ile wydano w zeszłym roku?", "pl", [(2025, None, 1, None)]),
        ("去年的活动一共花了多少钱？", "zh", [(2025, None, 1, None)]),
        ("先月の売上はいくらですか", "ja", [(2025, 12, 1, None)]),
        ("the sales of last quarter", "en", [(2025, 10, 3, None)]),
        ("Was kam gestern an?", "de", [(2026, 1, 1, 14)]),
        ("What is the last item of the list?", "en", []),
        ("出版年は何年ですか", "ja", []),
    ],
)
def test_times_are_counted_from_today(text, language, times):
    found = find_relative(text, (language, "en"), TODAY)
    assert [(time.year, time.month, time.months, time.day) for time in found] == times
