"""The HTML of the evaluation page: the plot and its words, progress, and escaped text."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from eval.compare import compare
from eval.draft import Draft
from eval.drafts_file import DraftLine
from eval.render.plots import risk_svg
from eval.store import Runs, StoredRun
from eval.types import Case
from rag.settings import Settings
from ui.chat.pages.drafts_html import ROWS, Review, drafting_html, drafts_html, overview_html
from ui.chat.pages.evaluation_html import (
    ALL,
    cases_html,
    comparison_html,
    running_html,
    runs_html,
    suite_choices,
    summary_html,
)
from ui.chat.work import RunState

SVG = "{http://www.w3.org/2000/svg}"
BAD = "<img src=x onerror=alert(1)>\"'"


def row(**more) -> dict:
    return {
        "id": BAD,
        "question": BAD,
        "standalone_question": f"{BAD}?",
        "answerable": True,
        "answers": [BAD],
        "sources": [BAD],
        "evidence": [BAD],
        "answer": BAD,
        "abstained": False,
        "confidence": 0.5,
        "generation": BAD,
        "retrieval": {},
        "measures": {"contains": 1.0},
        "citations": [
            {"document": BAD, "start": 0, "end": 1, "exact": True, "relevant": True, "quote": BAD}
        ],
        "latency_ms": 10.0,
        "error": None,
    } | more


def run(*rows: dict) -> dict:
    measured = {"value": 0.5, "ci95": [0.25, 0.75], "n": 4}
    nothing = {"value": None, "ci95": [None, None], "n": 0}
    return {
        "run": "20251125-120000000-abcd",
        "created": f"2025-11-25T12:00{BAD}",
        "version": BAD,
        "suite": BAD,
        "generation": BAD,
        "settings": {"generator": BAD},
        "seconds": 3.0,
        "n": len(rows),
        "measures": {"answer": {"contains": measured, BAD: measured}, BAD: {"x": nothing}},
        "rows": list(rows),
    }


def test_the_curve_goes_through_its_points():
    svg = ET.fromstring(risk_svg([(0.5, 0.0), (1.0, 0.5)]))
    left, right, top, bottom = 76, 442, 14, 232
    points = svg.find(f"{SVG}polyline").get("points").split()
    assert [tuple(map(float, point.split(","))) for point in points] == [
        ((left + right) / 2, bottom),  # half of the questions, no risk
        (right, top),  # all of them; the axis ends at the risk of .5
    ]


def test_the_plot_says_in_words_what_it_shows():
    svg = ET.fromstring(risk_svg([(0.2, 0.0), (0.6, 0.5), (0.8, 0.25)]))
    assert svg.get("role") == "img"
    names = svg.get("aria-labelledby").split()
    told = [element.text for name in names for element in svg.iter() if element.get("id") == name]
    assert told == [
        "Risk by coverage",
        "80 % of the questions are answered, 25 % of these wrong; "
        "of the surest 25 %, 0 %; of the surest 50 %, 0 %; of the surest 75 %, 50 %.",
    ]


def test_one_answer_is_a_point():
    svg = ET.fromstring(risk_svg([(0.25, 0.0)]))
    circle = svg.find(f"{SVG}circle")
    assert float(circle.get("cx")) == pytest.approx(76 + (442 - 76) / 4)


def test_without_answers_there_is_nothing_to_draw():
    with pytest.raises(ValueError, match="no answer"):
        risk_svg([])
    assert "No question was answered." in summary_html(run(row(abstained=True)))


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (RunState(1, "indexing", "own"), "Indexing your cases<"),
        (RunState(1, "indexing", "own", 2, 9, 3.2), "Indexing your cases: 2 of 9 documents, 3 s"),
        (RunState(1, "asking", "squad2", 2, 9), "Asking squad2: 2 of 9 questions<"),
        (RunState(1, "asking", "squad2", 2, 9, 130.0), "2 of 9 questions, 2 min 10 s left"),
        (RunState(1, "asking", "squad2", 2, 9, 1.0, cancelling=True), "questions. Cancelling…"),
        (RunState(1, "done", "seeds", 9, 9), "of shipped cases is done: 9 questions."),
        (RunState(1, "cancelled", "seeds"), "was cancelled; the next run of it goes on there"),
        (RunState(1, "failed", "seeds", error=BAD), "failed: &lt;img"),
    ],
)
def test_progress_is_told_in_words(state, words):
    assert words in running_html(state)


def test_nothing_is_told_of_an_evaluation_that_never_was():
    assert running_html(RunState()) == ""


def test_text_of_runs_cases_and_errors_is_never_markup():
    before, after = run(row()), run(row(error=BAD, measures={"contains": 0.0}))
    listed = StoredRun(BAD, BAD, BAD, BAD, BAD, 1, {})
    shown = (
        summary_html(before),
        cases_html([row(), row(error=BAD)], ALL, 10),
        comparison_html(compare(before, after), before, after),
        runs_html(Runs((listed,), ((BAD, BAD),)), BAD),
        running_html(RunState(1, "asking", BAD)),
    )
    for text in shown:
        assert "<img" not in text
        assert "onerror=alert(1)&gt;&#34;&#39;" in text
        ET.fromstring(f"<div>{text.replace('<br>', '<br/>')}</div>")  # no tag is left open


def test_only_so_many_cases_are_shown_until_more_are_asked_for():
    rows = [row(id=f"c{n}") for n in range(5)]
    some = cases_html(rows, ALL, 2)
    assert "5 of 5 cases, the first 2 are shown. In all 5 right." in some
    assert some.count("data-case=") == 2
    assert 'data-rows="8"' in some
    assert "data-rows" not in cases_html(rows, ALL, 8)


def test_the_shipped_cases_are_offered_over_the_shipped_documents_only(repo, tmp_path):
    shipped, elsewhere = Settings(seeds=repo / "seeds"), Settings(seeds=tmp_path)
    assert [kind for _, kind in suite_choices(shipped)] == ["shipped", "own", "folder"]
    assert [kind for _, kind in suite_choices(elsewhere)] == ["own", "folder"]


def line(name: str, state="draft", **more) -> DraftLine:
    given = {"question": f"{name}?", "answerable": True, "answers": ("1931",), "evidence": ("It.",)}
    case = Case(**{"id": name, **given, **more})
    return DraftLine(Draft(case, "harbour.md", 0, 3, "template", "Asks when."), state)


def test_text_of_drafts_is_never_markup():
    case = Case(BAD, BAD, True, (BAD, "</textarea>"), (BAD,), (BAD,))
    bad = DraftLine(Draft(case, BAD, 0, 1, BAD, BAD), "draft")
    decided = DraftLine(bad.draft, "accepted")
    for review in (Review(ROWS, last=decided), Review(ROWS, editing=BAD, last=decided)):
        text = drafts_html([bad], review, focus=BAD, trouble=BAD)
        assert "<img" not in text
        assert "onerror=alert(1)&gt;&#34;&#39;" in text
        assert text.count("</textarea>") == text.count("<textarea")


def test_a_draft_says_what_is_expected_and_what_it_rests_on():
    lines = [
        line("a", answers=("1931", "in 1931")),
        line("b", answers=()),
        line("c", answerable=False, answers=(), evidence=()),
    ]
    text = drafts_html(lines, Review(ROWS))
    for words in (
        "1931 / in 1931",
        "<blockquote>It.<footer>harbour.md</footer></blockquote>",
        "any answer that cites the quote",
        "to be declined: the documents do not answer it",
        "From harbour.md. Asks when. Made by: template.",
        'aria-label="Reject “c?”"',
    ):
        assert words in text


def test_drafts_are_counted_and_the_undecided_are_listed():
    lines = [
        *(line(f"d{n}") for n in range(ROWS + 5)),
        line("yes", "accepted"),
        line("no", "rejected"),
    ]
    assert drafts_html(lines, Review()) == ""
    assert 'aria-expanded="false"' in overview_html(lines, Review())
    text = drafts_html(lines, Review(ROWS))
    assert "25 to look at, 1 accepted, 1 rejected." in text
    assert text.count("data-draft=") == ROWS
    assert "Show 5 more" in text
    assert "Show" not in drafts_html(lines, Review(2 * ROWS))
    assert "No draft is left to look at." in drafts_html(lines[-2:], Review(ROWS))


def test_while_a_form_is_open_nothing_else_is_decided():
    text = drafts_html(
        [line("a"), line("b")], Review(ROWS, editing="a", last=line("c", "rejected"))
    )
    assert text.count("<textarea") == 2
    assert "Rejected: “c?”." in text
    assert not any(f'data-event="{event}"' in text for event in ("apply", "delete", "undo", "edit"))


def test_drafting_is_told_in_words():
    assert "which can take some seconds<" in drafting_html(0, 0)
    assert ": 3 of 9 documents read<" in drafting_html(3, 9)
