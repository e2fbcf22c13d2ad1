"""A sentence is read in its surroundings: what its pronoun means, in any language."""

from __future__ import annotations

import json

import pytest

from rag.types import SURE

NORVIK = "The lighthouse of Norvik is painted green. It was built in 1871 by Ada Holm.\n"
OTHERS = {
    "mill.txt": "The mill of Tarn is painted red. It was built in 1902 by Bo Lund.\n",
    "ferry.txt": "The ferry to Osel leaves at six. It carries forty cars.\n",
}


@pytest.mark.parametrize(
    ("text", "question", "words"),
    [
        (NORVIK, "Who built the lighthouse of Norvik?", "Ada Holm"),
        (
            "Der Leuchtturm von Norvik ist grün gestrichen. Er wurde 1871 von Ada Holm gebaut.\n",
            "Wer hat den Leuchtturm von Norvik gebaut?",
            "Ada Holm",
        ),
        (
            "El faro de Norvik está pintado de verde. Fue construido en 1871 por Ada Holm.\n",
            "¿Quién construyó el faro de Norvik?",
            "Ada Holm",
        ),
    ],
)
def test_the_answer_may_stand_behind_a_pronoun(
    tmp_path, write, make_assistant, text, question, words
):
    write(tmp_path / "seeds", {"norvik.txt": text, **OTHERS})
    answer = make_assistant(tmp_path / "seeds", tmp_path / "home").ask(question)
    assert words in " ".join(sentence.text for sentence in answer.sentences)
    assert answer.citations[0].document_id == "norvik.txt"


def test_the_citation_holds_what_the_pronoun_means(tmp_path, write, make_assistant):
    write(tmp_path / "seeds", {"norvik.txt": NORVIK, **OTHERS})
    answer = make_assistant(tmp_path / "seeds", tmp_path / "home").ask(
        "Who built the lighthouse of Norvik?"
    )
    (cited,) = answer.citations
    assert cited.quote == NORVIK.strip()
    assert answer.short_answer is not None
    assert answer.short_answer.span.of(NORVIK) == "Ada Holm"


def test_no_words_lead_an_answer_that_is_not_sure(tmp_path, write, make_assistant):
    write(tmp_path / "seeds", {"norvik.txt": NORVIK, **OTHERS})
    assistant = make_assistant(tmp_path / "seeds", tmp_path / "home")
    asked = ("How old is Ada Holm?", "Who lives in the mill?", "Which colour has the ferry?")
    answers = [assistant.ask(question) for question in asked]
    unsure = [a for a in answers if not a.abstained and a.confidence < SURE]
    assert unsure
    assert [a.short_answer for a in unsure] == [None] * len(unsure)


@pytest.mark.parametrize(
    ("text", "question", "answer"),
    [
        ("Is the sauna free?\nThe sauna is free on Mondays.\n", "Is the sauna free?", "on Mondays"),
        (
            "# FAQ\n\n### Is there a student discount?\n\nNo.\n",
            "Is there a student discount?",
            "No.",
        ),
        (
            "[04.01.26, 09:10] Ana: Who has the ladder?\n[04.01.26, 09:12] Joe: Pia has it.\n",
            "Who has the ladder?",
            "Pia has it.",
        ),
        (
            "¿Hay aparcamiento?\nHay treinta plazas detrás.\n",
            "¿Hay aparcamiento?",
            "treinta plazas",
        ),
    ],
)
def test_a_question_of_the_document_is_answered_by_what_stands_below_it(
    tmp_path, write, make_assistant, text, question, answer
):
    write(tmp_path / "seeds", {"notes.md": text, **OTHERS})
    found = make_assistant(tmp_path / "seeds", tmp_path / "home").ask(question)
    assert answer in found.sentences[0].text
    assert not any(sentence.text.endswith("?") for sentence in found.sentences)


def test_of_two_questions_of_the_documents_the_one_that_is_asked_is_answered(
    tmp_path, write, make_assistant
):
    faq = "Who has the key?\nThe harbour master has it.\n\nIs the pier lit?\nUntil midnight.\n"
    chat = "[03.02.26, 18:06] Mara: Who has the spare key to the shed?\n"
    chat += "[03.02.26, 18:07] Lena: Petra has it.\n"
    write(tmp_path / "seeds", {"faq.txt": faq, "chat.txt": chat, **OTHERS})
    assistant = make_assistant(tmp_path / "seeds", tmp_path / "home")
    for question, answer in (
        ("Who has the key?", "The harbour master has it."),
        ("Who has the spare key to the shed?", "[03.02.26, 18:07] Lena: Petra has it."),
    ):
        assert assistant.ask(question).sentences[0].text == answer


def test_a_message_that_asks_is_no_answer_and_the_answer_of_a_table_of_questions_is(
    tmp_path, write, make_assistant
):
    said = ("Who has the code for the shed?", "Only Ute and me", "When do we meet?", "at nine")
    chat = [{"user": f"U{i}", "text": text} for i, text in enumerate(said)]
    faq = "question;answer\nIs there a crane?;No.\nCan I moor at night?;Yes, at pier four.\n"
    write(tmp_path / "seeds", {"chat.json": json.dumps(chat), "faq.csv": faq})
    assistant = make_assistant(tmp_path / "seeds", tmp_path / "home")
    for question, answer in (
        ("Who has the code for the shed?", "user: U1; text: Only Ute and me"),
        ("Is there a crane?", "question: Is there a crane?; answer: No."),
        ("can I moor at night", "question: Can I moor at night?; answer: Yes, at pier four."),
    ):
        found = assistant.ask(question)
        assert [sentence.text for sentence in found.sentences] == [answer]


def test_sentences_that_say_the_same_of_others_are_shown_together(tmp_path, write, make_assistant):
    opened = {"Lindal": 2011, "Holm": 2015, "Varde": 2019, "Brenn": 2022}
    said = [f"The {place} station was opened in {year}." for place, year in opened.items()]
    text = f"# Stations\n\nThe company runs four stations. {' '.join(said)} All have a cafe.\n"
    write(tmp_path / "seeds", {"stations.md": text, **OTHERS})
    assistant = make_assistant(tmp_path / "seeds", tmp_path / "home")
    for question in ("Which station was opened last?", "Which station was opened first?"):
        assert [s.text for s in assistant.ask(question).sentences] == said
    one = assistant.ask("When was the Holm station opened?")
    assert [s.text for s in one.sentences] == [said[1]]


def test_all_steps_of_a_numbered_list_are_given(tmp_path, write, make_assistant):
    steps = "To borrow a boat:\n\n1. Sign the book.\n2. Take a vest.\n3. Leave your card.\n"
    write(tmp_path / "seeds", {"boats.md": f"# Boats\n\n{steps}", **OTHERS})
    found = make_assistant(tmp_path / "seeds", tmp_path / "home").ask("How do I borrow a boat?")
    shown = " ".join(sentence.text for sentence in found.sentences)
    assert all(step in shown for step in ("Sign the book.", "Take a vest.", "Leave your card."))


EXERCISES = (
    "# Orbits\n\nThe moon Orn goes round the planet Veld in nine days.\n\n## Exercises\n\n"
    "1. How heavy is Veld?\n2. Why has Veld no rings?\n3. Explain how Orn was formed.\n"
)


def test_exercises_are_no_answer(tmp_path, write, make_assistant):
    write(tmp_path / "seeds", {"orbits.md": EXERCISES, **OTHERS})
    ask = make_assistant(tmp_path / "seeds", tmp_path / "home").ask
    assert "nine days" in ask("How long does the moon Orn take to go round Veld?").text
    for question in ("How heavy is Veld?", "Why has Veld no rings?"):
        found = ask(question)
        assert found.confidence < SURE
        assert "?" not in found.text


LINES = (
    "Opening hours\n\nMonday 8:30 - 18:30\nSaturday 9:00 - 13:00\nSunday closed\n\n"
    "Menu\n\nSoup of the day 4.80\nBaked trout 11.20\nMushroom pie 9.60\n"
)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("When is it open on Saturday?", "Saturday 9:00 - 13:00"),
        ("What is the price of the soup of the day?", "Soup of the day 4.80"),
    ],
)
def test_a_line_answers_without_its_neighbours(tmp_path, write, make_assistant, question, answer):
    write(tmp_path / "seeds", {"notes.txt": LINES, **OTHERS})
    found = make_assistant(tmp_path / "seeds", tmp_path / "home").ask(question)
    assert [sentence.text for sentence in found.sentences] == [answer]


@pytest.mark.parametrize(
    "definition",
    ["“Retention” means five per cent of the price;", "Retention — five per cent of the price."],
)
def test_a_definition_in_marks_or_with_a_dash_leads(tmp_path, write, make_assistant, definition):
    uses = "The Retention is withheld from each part. The Retention is released in June."
    text = f"# Contract\n\n{uses}\n\n## Terms\n\n{definition}\n"
    write(tmp_path / "seeds", {"contract.md": text, **OTHERS})
    found = make_assistant(tmp_path / "seeds", tmp_path / "home").ask("What is the Retention?")
    assert found.sentences[0].text == definition


NEAR_MISSES = {
    "brewery.txt": "The Kallweit brewery was founded by Edda Kallweit in 1889. In 2024 it brewed"
    " 61,000 hectolitres of beer.\n",
    "eintritt.txt": "Der Eintritt kostet für Erwachsene 7 Euro und für Kinder 3 Euro.\n",
    "molino.txt": "La restauración del molino, que dirigió Inés Roth, costó 412.000 euros.\n",
}


@pytest.fixture(scope="module")
def ask_near_misses(tmp_path_factory, make_assistant):
    place = tmp_path_factory.mktemp("near")
    (place / "seeds").mkdir()
    for name, text in NEAR_MISSES.items():
        (place / "seeds" / name).write_text(text)
    return make_assistant(place / "seeds", place / "home").ask


@pytest.mark.parametrize(
    ("right", "near_miss"),
    [
        ("When did Edda Kallweit found the brewery?", "When was Edda Kallweit born?"),
        (
            "Wie viel kostet der Eintritt für Erwachsene?",
            "Wie viel kostet der Eintritt für Studenten?",
        ),
        ("How much beer was brewed in 2024?", "How much beer was brewed in 2023?"),
        (
            "¿Cuánto costó la restauración del molino?",
            "¿Cuánto costó la restauración de la ermita?",
        ),
    ],
)
def test_what_is_about_something_else_than_the_question_is_not_sure(
    ask_near_misses, right, near_miss
):
    assert ask_near_misses(right).confidence >= SURE
    found = ask_near_misses(near_miss)
    assert found.confidence < SURE
    assert found.short_answer is None
