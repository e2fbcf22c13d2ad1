"""A run as JUnit XML: counts, failures and errors where they belong, and characters it may hold."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from eval.render.junit import junit_xml


def row(**more) -> dict:
    return {
        "id": "c1",
        "question": "When was it built?",
        "answerable": True,
        "answers": ["1931"],
        "sources": ["harbour.txt"],
        "answer": "In 1931. [1]",
        "abstained": False,
        "confidence": 0.8,
        "retrieval": {},
        "measures": {"contains": 1.0},
        "citations": [
            {"document": "harbour.txt", "start": 3, "end": 7, "quote": "1931", "relevant": True}
        ],
        "latency_ms": 250.0,
        "error": None,
    } | more


ROWS = (
    row(id="right"),
    row(id="partly", measures={"contains": 0.0}),
    row(id="wrong", citations=[{**row()["citations"][0], "relevant": False}]),
    row(id="missed", abstained=True, answer="Not there."),
    row(id="declined", answerable=False, abstained=True),
    row(id="failed", error="RuntimeError: gone", answer=None, abstained=None, latency_ms=None),
)
REPORT = {"suite": "lindal", "generation": "g1", "created": "2026-11-25T07:46:11+00:00"}


def parsed(*rows: dict, regressions: tuple[str, ...] = ()) -> ET.Element:
    text = junit_xml(REPORT | {"rows": list(rows)}, regressions)
    return ET.fromstring(text.encode())


def counts(element: ET.Element) -> dict[str, str]:
    return {n: element.get(n) for n in ("tests", "failures", "errors", "skipped", "time")}


def test_every_suite_counts_what_it_holds():
    whole = parsed(*ROWS, regressions=("citation recall: 0.7 before, 0.6 now",))
    cases, gate = whole.findall("testsuite")
    shown = dict(zip(("tests", "failures", "errors", "skipped"), "6 2 1 0".split(), strict=True))
    assert counts(cases) == shown | {"time": "1.250"}
    assert counts(gate) == {
        "tests": "1", "failures": "1", "errors": "0", "skipped": "0", "time": "0.000",
    }  # fmt: skip
    assert counts(whole) == {
        "tests": "7", "failures": "3", "errors": "1", "skipped": "0", "time": "1.250",
    }  # fmt: skip
    assert (whole.tag, cases.get("name"), gate.get("name")) == ("testsuites", "lindal", "gate")
    assert cases.get("timestamp") == "2026-11-25T07:46:11"


def test_a_failure_says_the_reason_and_the_answer():
    whole = parsed(*ROWS)
    told = {
        case.get("name").partition(":")[0]: [(part.tag, part.get("message")) for part in case]
        for case in whole[0].iter("testcase")
    }
    assert told == {
        "right": [],
        "partly": [],
        "wrong": [
            ("failure", "cites none of the judged evidence, though it holds the expected words")
        ],
        "missed": [("failure", "declined, though the documents answer it")],
        "declined": [],
        "failed": [("error", "RuntimeError: gone")],
    }
    wrong = whole.find(".//testcase/failure")
    assert wrong.text.splitlines() == [
        "Wrong: cites none of the judged evidence, though it holds the expected words",
        "Question: When was it built?",
        "Expected: 1931",
        "Answer: In 1931. [1]",
        "Cited: harbour.txt 3:7 “1931”",
    ]


def test_a_gate_without_regressions_passes():
    gate = parsed(row())[1]
    assert [(case.get("name"), len(case)) for case in gate] == [("no regression", 0)]


def test_a_case_that_was_searched_only_is_skipped():
    whole = parsed(row(abstained=None, answer=None, latency_ms=None))
    assert whole.get("skipped") == "1"
    assert whole.get("errors") == whole.get("failures") == "0"


def test_what_xml_forbids_is_replaced_and_markup_stays_text():
    bad = "a\x00b\x1b[31m\ud800\ufffe]]></failure><b>&amp;\nnext \U0001f600"
    whole = parsed(row(id=bad, question=bad, answer=bad, error=bad), regressions=(bad,))
    error = whole.find(".//error")
    kept = "a\ufffdb\ufffd[31m\ufffd\ufffd]]></failure><b>&amp;\nnext \U0001f600"
    assert error.get("message") == kept
    assert f"Answer: {kept}" in error.text
    assert whole.find(".//b") is None
