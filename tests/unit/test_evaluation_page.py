"""The page of a report: what it says, what it marks, and that a hostile text stays a text."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest

from eval.judge import KINDS
from eval.render.cases import evidence_marks, marked_html, quote_marks
from eval.render.page import report_page
from eval.render.plots import latency_svg, reliability_svg
from eval.render.words import KIND_NAMES
from tests.reports import AT, BAD, DECLINED, EVIDENCE, FAILED, WRONG, cited, report, row

SVG = "{http://www.w3.org/2000/svg}"


def words(page: str) -> str:
    """The text of a page, as it is read."""
    body = re.sub(r"<(style|script)>.*?</\1>", "", page, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def test_the_sentence_in_front_counts_how_the_questions_ended():
    rows = [row(), row(**WRONG), row(**WRONG), row(**DECLINED), row(**FAILED)]
    told = words(report_page(report(*rows)))
    assert (
        "Of 5 questions, 1 was answered rightly; 1 was rightly declined; 2 were answered wrongly; "
        "1 ended in an error." in told
    )
    assert "Half of the answers came within 0.25 s." in told
    assert "Of the 3 answers that were said to be sure (confidence from 0.5), 33 %" in told


def test_every_measure_has_its_value_interval_n_and_source():
    told = words(report_page(report(row())))
    assert "ndcg@10 · Järvelin & Kekäläinen 2002" in told
    assert "0.500 0.250 to 0.750 n 4" in told
    assert "250 200 to 1,300 n 4" in told
    assert "ece · lower is better · Naeini et al. 2015; Guo et al. 2017" in told
    assert "– not measured n 0" in told
    assert "relevancy · judged by a language model" in told


def test_tokens_are_told_where_a_language_model_took_part():
    def told(tokens: float) -> str:
        found = {"value": tokens, "ci95": [tokens, tokens], "n": 1}
        return words(report_page(report(row(), measures={"tokens": {"prompt": found}})))

    assert "Read by the language model prompt 1,200 1,200 to 1,200 n 1" in told(1200.0)
    assert "Tokens" not in told(0.0)


def test_the_worst_cases_come_first_and_all_are_closed():
    rows = [row(id="good"), row(id="bad", **WRONG), row(id="none", **DECLINED), row(**FAILED)]
    page = report_page(report(*rows))
    assert re.findall(r'data-kind="(\w+)"', page) == ["failed", "wrong", "declined", "right"]
    assert "<details open" not in page
    assert [kind for kind in KIND_NAMES if kind != "searched"] == list(KINDS)


def test_a_case_shows_what_its_verdict_rests_on():
    history = [{"role": "user", "content": "Is there a harbour?"}]
    told = words(
        report_page(report(row(history=history, left_out=2, standalone_question="Built?")))
    )
    for text in (
        "Before it Asked: Is there a harbour?",
        "Verdict Right: cites the judged evidence and holds the expected words.",
        "Expected 1931",
        "Searched for Built?",
        "2 sentences were left out",
        f"harbour.txt, characters {AT}–{AT + len(EVIDENCE)}",
        "c1 (fact) · confidence 0.80 (very sure) · 250 ms · generation g1",
    ):
        assert text in told


def test_a_run_from_before_has_a_page_too():
    new = ("history", "left_out", "evidence_spans", "tokens", "kind")
    old = {name: value for name, value in row().items() if name not in new}
    plain = {k: v for k, v in report(old).items() if k not in {"created", "version", "documents"}}
    assert "1 question in" not in words(report_page(plain | {"rows": []}))
    assert "Of 1 question, 1 was answered rightly." in words(report_page(plain))


def test_a_search_without_answers_is_no_failure():
    only = {**FAILED, "error": None, "citations": [], "measures": {}, "latency_ms": None}
    late = {"retrieval": {"mrr@10": 0.25, "ndcg@10": 0.4}}
    page = report_page(report(row(**only), row(**only | late), measures={}))
    told = words(page)
    assert "Of 2 questions, 2 were only searched." in told
    assert told.index("came as number 4") < told.index("came as number 1")
    assert "<figure" not in page
    assert "Failed" not in told


def test_the_marks_are_the_characters_that_the_evidence_and_the_citation_share():
    places = row()["evidence_spans"]
    over_the_start = cited(AT - 8, AT + 6)
    assert quote_marks(over_the_start, places) == [(8, 14)]
    assert evidence_marks([EVIDENCE], places, [over_the_start]) == [[(0, 6)]]
    inside = cited(AT + 3, AT + 20)
    assert quote_marks(inside, places) == [(0, 17)]
    assert evidence_marks([EVIDENCE], places, [inside, over_the_start]) == [[(0, 20)]]
    elsewhere = cited(AT, AT + 6, document="other.txt")
    assert quote_marks(elsewhere, places) == []
    assert evidence_marks([EVIDENCE], places, [elsewhere]) == [[]]


def test_offsets_decide_where_words_stand_twice():
    text = "one two one two"
    places = [{"document": "harbour.txt", "start": 100, "end": 115}]
    second = cited(108, 115) | {"quote": "one two"}
    assert evidence_marks([text], places, [second]) == [[(8, 15)]]


def test_white_space_of_a_document_may_differ_from_that_of_the_evidence():
    in_document = "was built\n   in 1931"
    places = [{"document": "harbour.txt", "start": 50, "end": 50 + len(in_document)}]
    for part in ("was built", "built\n   in", "in 1931"):
        at = 50 + in_document.index(part)
        found = cited(at, at + len(part)) | {"quote": part}
        [[(start, end)]] = evidence_marks(["was built in 1931"], places, [found])
        assert "was built in 1931"[start:end].split() == part.split()


def test_a_place_belongs_to_the_text_that_is_as_long():
    places = [{"document": "harbour.txt", "start": 0, "end": 7}]
    found = cited(0, 3) | {"quote": "It "}
    assert evidence_marks(["It is 1", "It was built"], places, [found]) == [[(0, 3)], []]


def test_a_quote_that_is_not_as_long_as_its_place_is_not_marked():
    damaged = cited(AT, AT + 20) | {"quote": "short"}
    assert quote_marks(damaged, row()["evidence_spans"]) == []


def test_half_a_character_can_be_written():
    assert "a?b" in report_page(report(row(question="a\ud800b"))).encode().decode()


def test_all_text_is_escaped():
    bad = dict.fromkeys(("id", "question", "kind", "standalone_question", "generation"), BAD)
    bad |= {"answers": [BAD], "sources": [BAD], "evidence": [BAD], "answer": BAD + BAD}
    bad |= {"history": [{"role": BAD, "content": BAD}], "judged": {BAD: None, f"{BAD}_reason": BAD}}
    rows = [
        row(**bad, citations=[cited(0, len(BAD)) | {"document": BAD, "quote": BAD}]),
        row(**bad, evidence_spans=[]) | {"error": BAD},
    ]
    nothing = {"value": 0.5, "ci95": [0.1, 0.9], "n": 1}
    head = dict.fromkeys(("suite", "generation", "version", "created", "code"), BAD)
    head |= {"settings": {BAD: BAD}, "documents": {BAD: BAD}, "measures": {BAD: {BAD: nothing}}}
    page = report_page(report(*rows, **head))
    assert "<img" not in page
    assert page.count("<script>") == page.count("</script>") == 1
    tags = Tags()
    tags.feed(page[page.index("<main>") : page.index("<script>")])
    assert tags.open == []
    assert tags.seen.isdisjoint({"img", "script", "style", "link", "a", "iframe"})


class Tags(HTMLParser):
    """Which tags a page has; each is closed where it was opened."""

    def __init__(self) -> None:
        super().__init__()
        self.open, self.seen = [], set()

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.seen.add(tag)
        assert not any(name.startswith("on") for name, _ in attrs)
        if tag not in {"br", "input"}:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list) -> None:
        self.seen.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_says_what_a_plot_shows():
    reliable = ET.fromstring(reliability_svg([(0.9, 1.0, 4), (0.25, 0.5, 16)]))
    assert [float(one.get("r")) for one in reliable.iter(f"{SVG}circle")] == [9.0, 6.0]
    assert reliable.find(f"{SVG}desc").text == (
        "Of 16 answers with a confidence of about 0.25, 50 % are right; of 4 of about 0.90, 100 %."
    )
    took = ET.fromstring(latency_svg([*[200.0] * 98, 9000.0, 60_000.0]))
    assert took.find(f"{SVG}desc").text == (
        "Half of the 100 answers came within 0.2 s, 19 of 20 within 0.2 s, the slowest took 60 s."
    )
    assert [one.text for one in took.iter(f"{SVG}text")][:4] == "0 0.2 0.4 0.6".split()
    for draw in (reliability_svg, latency_svg):
        with pytest.raises(ValueError, match="nothing to draw"):
            draw([])


def test_marks_are_escaped_too():
    assert marked_html("<a>\n&", [(0, 3)]) == "<mark>&lt;a&gt;</mark><br>&amp;"
