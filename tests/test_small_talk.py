"""Small talk gets a reply without a search; a question is never taken for it."""

from __future__ import annotations

import pytest

from index.settings import Settings
from rag.answers import Answer
from rag.assistant import Assistant, Shown, Step
from rag.generation import ExtractiveGenerator
from rag.small_talk import small_talk, without_greeting
from ui.chat.evidence import evidence_html
from ui.chat.render import answer_html
from ui.text import answer_text


@pytest.fixture
def over_bell(make_builder, make_searcher, reader, write, seeds, home) -> Assistant:
    """An assistant over one document."""
    write(seeds, {"bell.txt": "The bell of Tarn weighs two tons."})
    make_builder(seeds, home).build()
    writer = ExtractiveGenerator(3)
    return Assistant(Settings(seeds=seeds, home=home), make_searcher(home), reader, writer, writer)


@pytest.mark.parametrize(
    ("said", "begins"),
    [
        ("hello", "Hello! I am Footnote."),
        ("Hi there!", "Hello!"),
        ("Good morning", "Hello!"),
        ("Hello, how are you?", "I am a program"),
        ("Thanks!", "You are welcome."),
        ("ok, thank you very much", "You are welcome."),
        ("Thanks, bye", "You are welcome."),
        ("Great job!", "You are welcome."),
        ("bye bye", "Goodbye!"),
        ("See you later", "Goodbye!"),
        ("I see.", "Good."),
        ("Who are you?", "I am Footnote, a program that answers questions about the 7 documents"),
        ("Hi, who are you?", "I am Footnote"),
        ("What’s your name?", "I am Footnote"),
        ("Are you human?", "No, I am a program"),
        ("are you a real person", "No, I am a program"),
        ("What can you do?", "I answer questions about the 7 documents"),
        ("help", "I answer questions"),
        ("How do you work?", "I search the 7 documents in the folder"),
        ("You are useless", "I am sorry"),
        ("¡Hola!", "¡Hola! Soy Footnote."),
        ("Muchas gracias", "De nada."),
        ("Adiós", "¡Hasta luego!"),
        ("Bonjour", "Bonjour ! Je suis Footnote."),
        ("Merci beaucoup !", "Je vous en prie."),
        ("Au revoir", "Au revoir !"),
        ("Guten Tag", "Hallo! Ich bin Footnote."),
        ("Danke schön", "Gern geschehen."),
        ("Tschüss", "Auf Wiedersehen!"),
        ("你好", "你好！我是 Footnote。"),
        ("谢谢你！", "不客气。"),
        ("再见", "再见！"),
    ],
)
def test_small_talk_gets_a_reply(said, begins) -> None:
    assert (small_talk(said, 7) or "").startswith(begins)


@pytest.mark.parametrize(
    "question",
    [
        "Hello Kitty: who owns it?",
        "Thanks to whom was the bell cast?",
        "Who are you going to call according to the ad?",
        "help desk phone number",
        "Hi, when was the summit?",
        "How do you work the ferry's winch?",
        "What can you do about phishing?",
        "Who made the bell?",
        "What is the goodbye ceremony?",
        "Good Friday opening hours",
        "Great Tarn",
        "ok corral",
        "Is the mill great?",
        "Thank you letter template",
        "Who is Merci?",
        "Hola magazine founding year",
        "谢谢的历史是什么？",
        "Are you allowed to fish in Tarn?",
        "Why?",
        "",
    ],
)
def test_a_question_is_no_small_talk(question) -> None:
    assert small_talk(question, 7) is None


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Hi, when was the summit?", "When was the summit?"),
        ("hello what is a silo", "What is a silo"),
        ("Thank you. Who built it?", "Who built it?"),
        ("Good to know. And in 2007?", "And in 2007?"),
        ("Hello Kitty: who owns it?", "Hello Kitty: who owns it?"),
        ("Thanks to whom was the bell cast?", "Thanks to whom was the bell cast?"),
        ("thanks", "thanks"),
    ],
)
def test_a_greeting_before_a_question_is_left_out(question, expected) -> None:
    assert without_greeting(question) == expected


@pytest.mark.parametrize(
    ("count", "told"),
    [(0, "none is in the index yet"), (1, "the one document"), (12, "the 12 documents")],
)
def test_it_says_how_much_there_is_to_ask_about(count, told) -> None:
    assert told in (small_talk("Who are you?", count) or "")


def test_small_talk_is_answered_without_a_search(over_bell: Assistant) -> None:
    (given,) = over_bell.stream("Hello!")
    assert isinstance(given, Answer)
    assert given.remark == given.text == small_talk("Hello!", 1)
    assert not given.abstained
    assert given.passages == given.sentences == given.citations == ()
    told = given.as_json()
    assert (told["answer"], told["sentences"], told["abstained"]) == (given.remark, [], False)
    assert answer_text(given) == given.remark
    assert '<p class="fn-remark">Hello! I am Footnote.' in answer_html(1, [], [], given)
    assert "supported" not in answer_html(1, [], [], given)
    shown = evidence_html(1, given, over_bell.searcher.generation())
    assert "Nothing to show here." in shown


def test_a_question_that_names_nothing_is_asked_back_without_a_search(over_bell: Assistant) -> None:
    (given,) = over_bell.stream("How heavy is it?")
    assert isinstance(given, Answer)
    assert given.abstained
    assert given.text == "What does “it” stand for? Please name it, then I can look it up."


def test_a_greeted_question_is_answered(over_bell: Assistant) -> None:
    *events, given = over_bell.stream("Hi, how heavy is the bell of Tarn?")
    assert Step("searched for: How heavy is the bell of Tarn?") in events
    assert isinstance(given, Answer)
    assert given.remark is None
    assert all(isinstance(event, Step | Shown) for event in events)
