"""Reasons for which an answer that seems sure is not, with the real model."""

from __future__ import annotations

import pytest

from rag.assistant import Assistant
from rag.types import SURE

MILL = """The mill at Aspen Weir was rebuilt in 1998 by Rosa Tarn.

The summer fair brought in 412 pounds in 2022. The stalls were run by Emil Voss.
"""
POLICY = "# Policy\n\n## What we do not pay\n\n- Boosters\n- Dental scaling\n- Food at home\n"
LIGHT = "The lighthouse of Skarn Point has red and white stripes. Its keeper is Ada Holm.\n"
RULES = "# Regole\n\n- Non si corre.\n- Si arriva puntuali.\n- Le chiavi restano a Ugo.\n"


KETTLE = "水壶容量为1.7升，功率1500瓦。水壶保修两年。\n"


@pytest.fixture(scope="module")
def assistant(assistant_over) -> Assistant:
    return assistant_over(
        {
            "mill.txt": MILL,
            "policy.md": POLICY,
            "light.txt": LIGHT,
            "说明.txt": KETTLE,
            "circolo.md": RULES,
        }
    )


def test_what_is_said_of_another_year_is_not_sure(assistant):
    assert assistant.ask("How much did the summer fair bring in in 2022?").confidence >= SURE
    other = assistant.ask("How much did the summer fair bring in in 2021?")
    assert other.confidence < SURE
    assert other.abstained or "2021" in (other.notice or "")


def test_a_list_whose_heading_is_asked_for_is_shown_whole(assistant):
    text = assistant.ask("Quali sono le regole?").text
    assert all(rule in text for rule in ("corre", "puntuali", "Ugo"))


def test_another_thing_is_found_in_a_script_without_spaces(assistant):
    assert assistant.ask("水壶的功率是多少？").confidence >= SURE
    assert assistant.ask("咖啡机的功率是多少？").confidence < SURE


def test_a_slip_is_read_as_the_documents_spell_it_and_shown(assistant):
    answer = assistant.ask("when was the mill rebiult")
    assert "1998" in answer.text
    assert answer.confidence >= SURE
    assert answer.notice == "read as: when was the mill rebuilt"


def test_a_name_that_differs_in_a_letter_is_another_one(assistant):
    answer = assistant.ask("Who is Rosa Tarm?")
    assert "read as" not in (answer.notice or "")


def test_what_holds_no_figure_is_no_sure_answer_to_a_question_for_one(assistant):
    assert assistant.ask("How tall is the lighthouse of Skarn Point?").confidence < SURE
    assert assistant.ask("水壶的容量是多少？").confidence >= SURE


def test_an_item_of_a_list_is_led_by_what_stands_above_the_list(assistant):
    answer = assistant.ask("Does the policy pay for dental scaling?")
    assert answer.text.index("What we do not pay") < answer.text.index("Dental scaling")
