"""Questions whose words are not those of a table's columns: values, units and bounds say it."""

from __future__ import annotations

import pytest

from rag.assistant import Assistant
from rag.types import SURE
from ui.cli.text import answer_text

LOANS = """Datum;Name;Schicht;Stunden
02.03.2026;Berta;Früh;8
02.03.2026;Emil;Spät;7
03.03.2026;Berta;Nacht;9
04.03.2026;Berta;Früh;6
"""
STALLS = "Stand;Besitzer;Umsatz (€)\nBrot;Anke Moll;610\nHolz;Rolf Iser;340\nWolle;Ida Vey;455\n"
BILLS = "month,gas,water\nJune,41,19\nJuly,38,24\nAugust,52,21\n"
PAID = """Date,Tenant,Amount,Method
2025-01-03,Noor,510,card
2025-03-02,Noor,510,cash
2025-03-09,Bram,640,card
"""
TEAMS = """Team;Plan (€);Spent (€);Phone
Red;900;950;5550123
Blue;700;640;5550188
Green;500;500;5550142
"""
STOCK = "商品,库存,最低库存,单价\n钉子,90,150,2\n锤子,30,10,45\n绳子,70,70,14\n"
COURSES = "Curso;Vagas;Inscritos\nXadrez;10;10\nCanto;18;21\nPintura;9;4\n"
FEES = "Rower;Joined;Fee 2025 (EUR);Fee 2026 (EUR)\nHolt;2016;110;130\nMbeki;2025;80;85\n"
OUTPUT = "# Output\n" + "".join(
    f"\n## Week {week}\n\n| Part | Pieces |\n|---|---|\n| Hinge | {hinges} |\n| Latch | 30 |\n"
    for week, hinges in ((30, 64), (31, 71))
)


@pytest.fixture(scope="module")
def assistant(assistant_over) -> Assistant:
    return assistant_over(
        {
            "dienste.csv": LOANS,
            "markt.csv": STALLS,
            "house.csv": BILLS,
            "payments.csv": PAID,
            "teams.csv": TEAMS,
            "库存.csv": STOCK,
            "cursos.csv": COURSES,
            "output.md": OUTPUT,
            "rowers.csv": FEES,
        }
    )


@pytest.mark.parametrize(
    ("question", "query"),
    [
        (
            "Wie oft hat Berta die Frühschicht?",
            "count(*) | \"Name\" = 'Berta' AND \"Schicht\" = 'Früh'",
        ),
        ("Wie viele Stände haben mehr als 400 Euro verdient?", 'count(*) | "Umsatz (€)" > 400'),
        ("How often did Noor pay?", "count(*) | \"Tenant\" = 'Noor'"),
        ("How much has Noor paid?", 'sum("Amount") | "Tenant" = \'Noor\''),
        ("Which payments came in after 1 March 2025?", "* | \"Date\" > DATE '2025-03-01'"),
        ("单价超过20元的商品有哪些？", '* | "单价" > 20'),
        ("Quais cursos têm inscritos igual a vagas?", '* | "Inscritos" = "Vagas"'),
        ("Which teams spent more than planned?", '* | "Spent (€)" > "Plan (€)"'),
        ("Who settled by card?", "* | \"Method\" = 'card'"),
    ],
)
def test_what_values_units_and_bounds_say_is_computed(assistant, question, query):
    answer = assistant.ask(question)
    assert answer.generator == "table"
    what, where = query.split(" | ")
    assert answer.query == f"SELECT {what} FROM rows WHERE {where}"


def test_a_word_that_is_left_makes_an_answer_less_sure(assistant):
    left = assistant.ask("In which month was the gas bill highest?")
    assert left.text.startswith("- month: August") or "August" in left.text
    assert "July" not in left.text
    assert left.confidence < SURE
    clear = assistant.ask("In which month was gas highest?")
    assert clear.confidence >= SURE


@pytest.mark.parametrize(
    "question",
    [
        "What is the average phone number?",
        "How often did Noor pay late?",
        "Wie viel Standmiete zahlt Ida Vey?",
    ],
)
def test_what_a_table_does_not_hold_is_never_sure(assistant, question):
    answer = assistant.ask(question)
    assert answer.abstained or answer.confidence < SURE


def test_the_year_of_a_column_is_no_time_of_the_rows(assistant):
    answer = assistant.ask("What is the sum of the fees for 2025?")
    assert "190" in answer.text
    assert answer.query == 'SELECT sum("Fee 2025 (EUR)") FROM rows'


def test_the_number_of_a_table_is_no_value(assistant):
    answer = assistant.ask("How many hinges were made in week 31?")
    assert "Pieces: 71" in answer.text
    assert "Pieces: 64" not in answer.text


def test_the_command_line_says_in_words_which_rows_were_found(assistant):
    shown = answer_text(assistant.ask("Who settled by card?"))
    assert "rows where Method = card" in shown
    assert "SELECT" not in shown
