"""Verification, the text of answers, and what the window and the API make of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from index.types import Document, Span
from rag.assemble import Services
from rag.conversations.archive import Archive
from rag.errors import QuestionError
from rag.settings import Settings
from rag.types import Answer, Citation, Sentence
from rag.verify import SUPPORTED, support
from ui.chat.answers import answer_html, question_html
from ui.chat.work import Work
from ui.cli.text import answer_text
from ui.server.access import Access
from ui.server.api import build_api
from ui.server.guard import Guard
from ui.server.metrics import Metrics
from ui.server.uploads import Uploads

QUOTE = "On 1 November 2025 Lee Jae Myung met Xi Jinping in Gyeongju, and 3 agreements were signed."


@pytest.mark.parametrize(
    "sentence",
    [
        "On 2 November 2025 Lee Jae Myung met Xi Jinping in Gyeongju.",  # another date
        "Lee Jae Myung met Xi Jinping in Gyeongju, and four agreements were signed.",  # number
        "The weather was pleasant and the food was praised by everybody.",  # something else
    ],
)
def test_a_sentence_that_its_quote_does_not_say_is_not_supported(sentence) -> None:
    assert support(sentence, [QUOTE], lambda a, b: 0.9) < SUPPORTED
    assert support(sentence, [QUOTE], lambda a, b: 0.3) < SUPPORTED


@pytest.mark.parametrize(
    "sentence",
    [
        QUOTE,
        "Lee Jae Myung met Xi Jinping in Gyeongju.",
        "They signed three agreements in Gyeongju.",
    ],
)
def test_a_sentence_that_its_quote_says_is_supported(sentence) -> None:
    assert support(sentence, [QUOTE], lambda a, b: 0.8) >= SUPPORTED


def answer(*sentences: Sentence, abstention: str | None = None) -> Answer:
    citation = Citation(1, "a.txt", "A title", Span(0, 5), "\x1b[31mquote")
    return Answer(
        question="What?",
        standalone_question="What?",
        sentences=sentences,
        citations=(citation,) if sentences else (),
        passages=(),
        abstention=abstention,
        confidence=0.6,
        generator="extractive",
        generation="g",
    )


def test_the_text_of_an_answer_has_lists_on_lines_of_their_own() -> None:
    parts = [Sentence("Two things:", (1,), 1.0), Sentence("one", (2,), 1.0, is_list_item=True)]
    parts += [Sentence("two", (3,), 1.0, is_list_item=True), Sentence("That is all.", (4,), 1.0)]
    expected = "Two things: [1]\n- one [2]\n- two [3]\n\nThat is all. [4]"
    assert answer(*parts).text == expected


def test_the_terminal_gets_no_control_characters() -> None:
    assert "\x1b" not in answer_text(answer(Sentence("Yes.", (1,), 1.0)))


def test_an_answer_that_may_be_beside_the_question_says_so() -> None:
    sure = answer(Sentence("Yes.", (1,), 1.0))
    doubtful = replace(sure, confidence=0.3)
    assert "(not sure that this answers the question)" in answer_text(doubtful)
    assert "not sure that" in answer_html(1, doubtful.sentences, [], doubtful)
    assert "sure" not in answer_text(sure)


def test_text_is_escaped_in_the_window() -> None:
    hostile = Sentence("<img src=x onerror=alert(1)> [x](http://evil)\n\n# y", (1,), 1.0)
    shown = answer_html(1, [hostile], ["<b>step</b>"], answer(hostile))
    assert "<img" not in shown
    assert "<b>" not in shown
    assert "<script" not in question_html(1, "<script>alert(1)</script>\n\n**x**")
    assert "\n" not in question_html(1, "a\n\nb")


def test_surroundings_begin_where_reading_can() -> None:
    text = "First paragraph.\n\nOne line\nanother line with the quote in it\nand a last one"
    document = Document("d", "t", text, "", "text/plain")
    start = text.index("quote")
    assert document.around(Span(start, start + 5), 400).of(text).startswith("One line")
    assert document.around(Span(start, start + 5), 30).of(text).startswith("another line")


@pytest.fixture(scope="module")
def client(real_embedder, tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    place: Path = tmp_path_factory.mktemp("api")
    (place / "seeds").mkdir()
    (place / "seeds" / "a.txt").write_text("The ferry to Lindal leaves at 7:40 from pier four.\n")
    services = Services(Settings(seeds=place / "seeds", home=place / "home"))
    services.use_embedder(real_embedder)
    services.builder.build()
    work = Work.of(services)
    api = build_api(services, Archive(services.settings.home), work, Metrics(work))
    guarded = Guard(api, Access(), Uploads(services.settings.uploads, limit=1_000_000))
    return TestClient(guarded, base_url="http://127.0.0.1")


def test_the_api_answers_as_the_command_line_does(client) -> None:
    body = client.post("/api/ask", json={"question": "When does the ferry to Lindal leave?"}).json()
    text = client.get("/api/documents/a.txt").json()["text"]
    assert not body["abstained"]
    for cited in body["citations"]:
        assert text[cited["start"] : cited["end"]] == cited["quote"]
    assert client.post("/api/search", json={"query": "ferry"}).json()["passages"][0]["rank"] == 1
    assert client.get("/api/index").json()["state"] == "fresh"


def test_the_api_says_what_is_wrong(client) -> None:
    assert client.post("/api/ask", json={"question": " "}).status_code == 422
    assert client.post("/api/ask", json={"question": "x", "typo": 1}).status_code == 422
    missing = client.get("/api/documents/b.txt")
    assert missing.status_code == 404
    assert "b.txt" in missing.json()["error"]


def test_a_page_of_another_host_cannot_read_the_api(client) -> None:
    assert client.get("/api/index", headers={"host": "evil.example"}).status_code == 400


def test_an_empty_question_is_an_error_in_words(real_embedder, tmp_path: Path) -> None:
    services = Services(Settings(seeds=tmp_path, home=tmp_path / "home"))
    services.use_embedder(real_embedder)
    with pytest.raises(QuestionError, match="empty"):
        services.assistant.ask("  ")


def test_a_question_of_bytes_that_are_not_text_is_an_error_in_words(client, services) -> None:
    with pytest.raises(QuestionError, match="not text"):
        services.assistant.ask("Who signed \udcff it?")
    for name, path in (("question", "ask"), ("query", "search")):
        body = f'{{"{name}": "Who signed \\ud800 it?"}}'
        assert client.post(f"/api/{path}", content=body).status_code == 422


def test_the_short_answer_is_in_bold_and_escaped_like_all_text():
    sentence = Sentence("It is <b>5</b> & more.", (1,), 1.0, short_answer=Span(6, 14))
    html = answer_html(1, [sentence], [])
    assert "It is <b>&lt;b&gt;5&lt;/b&gt;</b> &amp; more." in html
    shown = answer(sentence)
    assert "It is <b>5</b> & more. [1]" in answer_text(shown)
    assert "It is \x1b[1m<b>5</b>\x1b[0m & more. [1]" in answer_text(shown, colours=True)
    assert shown.as_json()["sentences"][0]["short_answer"] == "<b>5</b>"
