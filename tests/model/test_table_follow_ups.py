"""Questions over tables behind others, two columns that are compared, times from today, units."""

from __future__ import annotations

from datetime import datetime

import pytest

from rag.assistant import Assistant
from rag.types import SURE, Answer, Message

HIVES = (
    "Hive,Keeper,Place,Set up,Sprayed,Honey (kg),Planned (kg)\n"
    "Clover,Ida Voss,Hill,2019,yes,14,20\n"
    "Heather,Leo Tarn,Marsh,2016,no,31,25\n"
    "Lime,Ida Voss,Marsh,2023,yes,18,18\n"
    "Thyme,Mia Fell,Hill,2014,yes,27,22\n"
)
JOBS = (
    "Auftrag;Datum;Dauer in Minuten;Mieter\nDach;03.02.2026;150;Frau Dorn\n"
    "Aufzug;17.02.2026;240;Herr Lau\nLicht;20.03.2026;50;Frau Kern\n"
)


@pytest.fixture(scope="module")
def assistant(assistant_over) -> Assistant:
    return assistant_over({"hives.csv": HIVES, "aufträge.csv": JOBS})


def asked(assistant: Assistant, *questions: str) -> Answer:
    """The answer to the last question behind the others."""
    history: list[Message] = []
    for question in questions:
        answer = assistant.ask(question, history)
        history += [Message("user", question), Message("assistant", answer.text)]
    return answer


@pytest.mark.parametrize(
    ("questions", "query"),
    [
        (
            ("How many hives are in the place Hill?", "And in Marsh?"),
            "SELECT count(*) FROM rows WHERE \"Place\" = 'Marsh'",
        ),
        (
            ("Which hives are in the place Hill?", "Which of them were sprayed?"),
            "SELECT * FROM rows WHERE \"Place\" = 'Hill' AND \"Sprayed\" = 'yes'",
        ),
        (
            ("Wie viele Minuten dauerten die Aufträge im Februar insgesamt?", "Und im März?"),
            'SELECT sum("Dauer in Minuten") FROM rows'
            " WHERE \"Datum\" BETWEEN DATE '2026-03-01' AND DATE '2026-03-31'",
        ),
        (
            ("How many hives are in the place Hill?", "And in Marsh?", "And in Hill?"),
            "SELECT count(*) FROM rows WHERE \"Place\" = 'Hill'",
        ),
    ],
)
def test_a_follow_up_keeps_the_rest_of_the_query_before(assistant, questions, query):
    answer = asked(assistant, *questions)
    assert answer.query == query
    assert answer.confidence >= SURE


def test_what_asks_by_itself_is_answered_of_the_rows_before_and_of_all_not_surely(assistant):
    before = "Which hives are in the place Hill?"
    answer = asked(assistant, before, "Which of them had the most honey?")
    assert "\"Place\" = 'Hill'" in (answer.query or "")
    assert "Thyme" in answer.text
    assert "Heather" in answer.text
    assert answer.confidence < SURE


def test_a_question_that_says_what_rows_are_stands_by_itself(assistant):
    answer = asked(assistant, "Which hives are in the place Hill?", "How many hives are there?")
    assert answer.text.startswith("4 ")


def test_what_a_table_does_not_have_exchanges_nothing(assistant):
    answer = asked(assistant, "How many hives are in the place Hill?", "And in Paris?")
    assert answer.query is None


@pytest.mark.parametrize(
    ("question", "where"),
    [
        ("Which hives had more honey than planned?", '"Honey (kg)" > "Planned (kg)"'),
        ("Which hives had less honey than planned?", '"Honey (kg)" < "Planned (kg)"'),
    ],
)
def test_two_columns_of_a_row_are_compared(assistant, question, where):
    answer = assistant.ask(question)
    assert answer.query == f"SELECT * FROM rows WHERE {where}"
    assert answer.confidence >= SURE


def test_a_word_that_may_choose_rows_makes_a_count_unsure(assistant):
    sure = assistant.ask("How many hives are in the place Hill?")
    assert sure.confidence >= SURE
    assert assistant.ask("How many rented hives are in the place Hill?").confidence < SURE


def test_a_rent_is_no_tenant(assistant):
    answer = assistant.ask("Wie hoch ist die Miete beim Auftrag Dach?")
    assert answer.confidence < SURE
    assert answer.short_answer is None or answer.short_answer.text != "Frau Dorn"


def test_a_short_answer_has_the_unit_that_its_column_says(assistant):
    answer = assistant.ask("Wie lange dauerte der Auftrag Dach?")
    assert answer.text.startswith("150 Minuten [1]")
    assert answer.short_answer is not None
    assert answer.short_answer.text == "150"


def test_last_year_is_counted_from_today(assistant_over):
    year = datetime.now().astimezone().year - 1
    rows = f"书名,作者,出版年\n石桥,周启明,{year}\n江边记,林岚,2011\n夜航船,林岚,{year}\n"
    answer = assistant_over({"书目.csv": rows}).ask("去年出版的书有哪些？")
    assert "石桥" in answer.text
    assert "夜航船" in answer.text
    assert "江边记" not in answer.text
