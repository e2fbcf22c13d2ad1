"""Notices, minutes and letters as people write them, with the real model."""

from __future__ import annotations

import pytest

from rag.assistant import Assistant
from rag.types import SURE

BRIEF = """Liebe alle,

Petra kann leider nicht mitkommen, weil sie sich das Handgelenk gebrochen hat.
Wir treffen uns am Freitag um acht Uhr am Bahnhof.
"""

NOTICE = """Linden House
Notice to all residents

Dear residents,

The laundry is closed until Thursday. A machine flooded the floor and the boards must dry. The
bicycle cellar stays open.

The first van leaves at 9.30, the second at 13.15. A seat in the van costs 4 euros.

The lift has been out of order since May.

Thank you for your patience.
"""
MINUTES = """Minutes of the residents' meeting, 3 March

Present: Olga Brandt, Piet Maas, Rui Lopes
Apologies: Ines Falk, Tom Weir

The plumber found more than 40 cracks. The keys are held by Olga, Piet and Rui.
Part-time cleaners get 9 days of leave a year.
"""
MITTEILUNG = """Mitteilung

Der Trockenraum ist zurzeit gesperrt. Ein Rohr ist geplatzt und wird getauscht.
Höchstens zehn Personen dürfen auf das Dach. Eine Karte für Erwachsene kostet 7 Euro.
"""


@pytest.fixture(scope="module")
def assistant(assistant_over) -> Assistant:
    return assistant_over({"notice.txt": NOTICE, "minutes.txt": MINUTES, "haus.txt": MITTEILUNG})


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("Why is the laundry closed?", "flooded"),
        ("Warum ist der Trockenraum gesperrt?", "geplatzt"),
    ],
)
def test_what_stands_behind_a_sentence_that_repeats_a_why_is_shown(assistant, question, reason):
    answer = assistant.ask(question)
    assert reason in answer.text
    assert answer.short_answer is None or reason in answer.short_answer.text


def test_a_sentence_that_only_repeats_a_why_is_not_sure(assistant):
    answer = assistant.ask("Why is the lift out of order?")
    assert answer.confidence < SURE
    assert answer.short_answer is None


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("Why may I not freeze the soup?", "Do not freeze the soup, because the barley separates."),
        ("Warum ist das Bad zu?", "Das Bad ist montags zu, weil dann geputzt wird."),
    ],
)
def test_a_sentence_that_leads_to_its_reason_answers_a_why(assistant_over, question, text):
    answer = assistant_over({"note.txt": f"House notes. {text} Ask Ines for keys."}).ask(question)
    assert answer.confidence >= SURE
    assert text in answer.text


@pytest.mark.parametrize(
    "question",
    [
        "How much is a seat on the ferry?",
        "How many days of leave do full-time cleaners get?",
        "Was kostet eine Karte für Kinder?",
    ],
)
def test_what_is_said_of_another_thing_of_its_kind_is_not_sure(assistant, question):
    assert assistant.ask(question).confidence < SURE


@pytest.mark.parametrize(
    ("question", "lead"),
    [
        ("When does the second van leave?", "13.15"),
        ("When does the first van leave?", "9.30"),
        ("How many cracks did the plumber find?", "more than 40"),
        ("Who holds the keys?", "Olga, Piet and Rui"),
        ("Wie viele Personen dürfen auf das Dach?", "Höchstens zehn"),
    ],
)
def test_the_short_answer_is_whole_and_of_what_is_asked(assistant, question, lead):
    answer = assistant.ask(question)
    assert answer.confidence >= SURE
    assert answer.short_answer is None or lead in answer.short_answer.text


@pytest.mark.parametrize("question", ["Who was absent?", "Who was not at the meeting?"])
def test_who_was_absent_is_not_who_was_present(assistant, question):
    text = assistant.ask(question).text
    assert "Tom Weir" in text
    assert "Rui Lopes" not in text


def test_greetings_and_thanks_are_no_evidence(assistant):
    for question in ("Why is the lift out of order?", "What should residents know?"):
        text = assistant.ask(question).text
        assert "Dear residents" not in text
        assert "Thank you" not in text


@pytest.mark.parametrize("word", ["Weshalb", "Wieso", "Warum"])
def test_a_word_that_asks_is_not_missing_though_it_begins_with_a_capital(assistant_over, word):
    answer = assistant_over({"brief.txt": BRIEF}).ask(f"{word} kommt Petra nicht mit?")
    assert answer.confidence >= SURE
    assert not answer.notice


def test_how_much_is_asked_of_the_thing_itself_and_not_of_another(assistant_over):
    sizes = "The attic is 40 square metres. A small box of nails costs 3 euros.\n"
    assistant = assistant_over({"sizes.txt": sizes})
    assert not assistant.ask("How large is the attic?").notice
    assert assistant.ask("What does a large box of nails cost?").confidence < SURE
