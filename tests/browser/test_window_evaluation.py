"""The evaluation page in a real browser: run, look, filter, compare, own cases and drafts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from eval.cases import add_case, load_suite, own_case_ids, own_suite
from eval.draft import Draft
from eval.drafts_file import drafts_path, load_drafts, write_drafts
from eval.run import evaluate
from eval.store import list_runs, store_run
from eval.types import Case
from index.embedding.packaged import PackagedEmbedder
from rag.settings import Settings

HOSTILE = "What is <img src=x onerror=document.title='owned'> the harbour?"
MASTER = "Who is the harbour master?"
CASES = [
    ("right", "When was the harbour of Lindal built?", ["1931"], "was built in 1931"),
    ("partly", MASTER, ["Jonas Lie"], "The harbour master is"),
    ("hostile", HOSTILE, ["<img src=x onerror=document.title='owned'>"], "<img src=x"),
    ("missed", "Who painted the ceiling of the opera?", ["Chagall"], "closes at 21:00"),
    ("declined", "Who won the football match?", [], ""),
    ("wrong", "When does the harbour close?", [], ""),
]
DRAFTS = [
    Draft(
        Case(f"late-{n}", f"When did ferry {n} sail?", True, ("1931",), evidence=("In 1931.",)),
        "harbour.txt", 0, 9, "template", "Asks when.",
    )
    for n in range(21)
]  # fmt: skip
TEXT = (
    "The harbour of Lindal was built in 1931. The harbour master is {master}. "
    "The harbour closes at 21:00 every evening. What is <img src=x> the harbour sign?\n"
)
PIERS = (
    "Pier One of Lindal was opened in 1948 by Anna Berg. The lighthouse of Lindal was designed by "
    "Jonas Lie in 1907. The pilot station of Lindal was founded in 1955.\n"
)

pytestmark = pytest.mark.enable_socket


def write_suite(folder: Path, cases: list[tuple]) -> Path:
    (folder / "documents").mkdir(parents=True)
    (folder / "documents" / "harbour.txt").write_text(TEXT.format(master="Anna Berg"))
    lines = [
        {
            "id": name,
            "question": question,
            "answers": answers,
            "answerable": bool(answers),
            "sources": ["documents/harbour.txt"] if answers else [],
            "evidence": [evidence] if evidence else [],
        }
        for name, question, answers, evidence in cases
    ]
    (folder / "questions.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return folder


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_suite(tmp_path_factory.mktemp("suites") / "harbour", CASES)


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory, serve_window):
    """A window over two documents; there are no runs, no cases and no drafts yet."""
    place = tmp_path_factory.mktemp("window")
    (place / "seeds").mkdir()
    (place / "seeds" / "piers.txt").write_text(PIERS)
    (place / "seeds" / "harbour.txt").write_text(TEXT.format(master="Anna Berg"))
    return serve_window(place / "seeds", place / "home")


@pytest.fixture(scope="module")
def real_embedder() -> PackagedEmbedder:
    return PackagedEmbedder(Settings().embedding)


@pytest.fixture(scope="module")
def runs(window, suite, real_embedder) -> None:
    """Two runs of the suite, the later over a changed document."""
    settings = Settings(seeds=window.seeds, home=window.home)
    for master in ("Anna Berg", "Jonas Lie"):
        (suite / "documents" / "harbour.txt").write_text(TEXT.format(master=master))
        store_run(window.home, evaluate(settings, load_suite(suite), embedder=real_embedder))


@pytest.fixture
def page(open_page, window, runs) -> Iterator[object]:
    with open_page(window) as page:
        turn_to(page)
        page.wait_for_selector("#fn-eval-cases summary")
        yield page


@pytest.fixture(scope="module")
def shown(browser, window, runs) -> Iterator[object]:
    """One page for all tests that only look."""
    page = browser.new_page(viewport={"width": 1280, "height": 860})
    page.goto(window.url)
    turn_to(page)
    page.wait_for_selector("#fn-eval-cases summary")
    yield page
    page.close()


def turn_to(page) -> None:
    page.get_by_role("tab", name="Evaluation").click()
    page.wait_for_selector("#fn-eval-runs h2")


def choose_folder(page, folder: object) -> None:
    page.get_by_label("A folder").check()
    page.get_by_label("Folder of the suite").fill(str(folder))
    page.get_by_label("Folder of the suite").press("Tab")


def wait_for_words(page, words: str, timeout: int = 60_000) -> None:
    page.locator("#fn-eval-running", has_text=words).wait_for(timeout=timeout)


def case(page, name: str, pane: str = "#fn-eval-cases"):
    row = page.locator(f'{pane} [data-case="{name}"]')
    row.locator("summary").click()
    return row


def choose_earlier(page) -> None:
    page.get_by_label("Compare with").click()
    page.get_by_role("option").nth(1).click()
    page.wait_for_selector("#fn-eval-comparison .fn-differences")


def test_without_runs_and_cases_the_page_says_what_to_do(open_page, window) -> None:
    with open_page(window) as page:
        turn_to(page)
        expect(page.locator("#fn-eval-runs")).to_contain_text("No evaluation has been run yet")
        expect(page.locator("#fn-eval-summary")).to_contain_text("press Run")
        expect(page.locator("#fn-eval-own")).to_contain_text("“Not right” under an answer")
        expect(page.get_by_label("Compare with")).to_be_hidden()
        assert page.get_by_label("Shipped cases").count() == 0  # the documents are others
        page.get_by_label("Your cases").check()
        page.click("#fn-eval-run")
        wait_for_words(page, "no cases of your own yet")


def test_a_folder_that_is_no_suite_is_named_in_words(page) -> None:
    for folder, words in (
        ("", "name the folder of a suite"),
        ("/nowhere/<b>at all</b>", "/nowhere/<b>at all</b> is no suite"),
    ):
        choose_folder(page, folder)
        page.click("#fn-eval-run")
        wait_for_words(page, words)
    expect(page.locator("#fn-eval-running b")).to_have_count(0)


def test_a_run_goes_on_when_its_window_is_closed_and_others_see_its_result(
    open_page, window, runs, suite
) -> None:
    before = len(list_runs(window.home).stored)
    with open_page(window) as first:
        turn_to(first)
        choose_folder(first, suite)
        first.click("#fn-eval-run")
        first.wait_for_selector("#fn-eval-running progress")
        expect(first.locator("#fn-eval-run")).to_be_disabled()
    with open_page(window) as other:
        turn_to(other)
        wait_for_words(other, "The evaluation of harbour is done: 6 questions.")
        other.wait_for_function(
            "n => document.querySelectorAll('#fn-eval-runs tbody tr').length === n",
            arg=before + 1,
        )
        expect(other.locator("#fn-eval-run")).to_be_enabled()
    assert len(list_runs(window.home).stored) == before + 1
    newest = list_runs(window.home).stored[0].id
    (window.home / "runs" / f"{newest}.json").unlink()


def test_a_run_is_cancelled_from_another_window(open_page, window, runs, tmp_path) -> None:
    before = list_runs(window.home)
    questions = [(f"no-{n}", f"Who won the football match {n}?", [], "") for n in range(600)]
    with open_page(window) as first, open_page(window) as other:
        turn_to(first)
        turn_to(other)
        choose_folder(first, write_suite(tmp_path / "long", questions))
        first.get_by_label("Questions of each kind").fill("")
        first.get_by_label("Questions of each kind").press("Tab")
        first.click("#fn-eval-run")
        wait_for_words(other, "of 600 questions")
        other.click("#fn-eval-cancel")
        for page in (first, other):
            wait_for_words(page, "was cancelled; the next run of it goes on there")
            page.wait_for_function("!document.querySelector('#fn-eval-run').disabled")
    assert list_runs(window.home) == before


def test_measures_are_in_words_with_their_intervals(shown) -> None:
    row = shown.locator(".fn-measures tr", has_text="The answer holds an accepted one")
    expect(row).to_contain_text("contains")
    expect(row.locator(".fn-range")).to_contain_text(" to ")
    expect(row.locator("td").last).to_have_text("4")
    expect(
        shown.locator(".fn-measures tr", has_text="Half of the answers came within")
    ).to_have_count(1)
    facts = shown.inner_text("#fn-eval-summary .fn-facts")
    assert "6 questions in" in facts
    assert "none failed" in facts
    assert "generation 2" in facts


def test_risk_by_coverage_is_drawn_and_described(shown) -> None:
    plot = shown.get_by_role("img", name="Risk by coverage")
    expect(plot).to_be_visible()
    assert "of the questions are answered" in plot.locator("desc").text_content()
    assert plot.locator("polyline").get_attribute("points")


def test_a_case_says_all_that_its_verdict_rests_on(shown) -> None:
    row = case(shown, "right")
    text = row.inner_text()
    for words in (
        "Right: cites the judged evidence and holds the expected words",
        "1931",
        "The harbour of Lindal was built in 1931. [1]",
        "judged evidence",
        "harbour.txt, characters 0–40",
        "generation 2",
    ):
        assert words in text
    expect(row.locator("blockquote").first).to_contain_text("was built in 1931")


def test_cases_are_filtered_by_verdict(shown) -> None:
    only = shown.locator("#fn-eval-only")
    for name, verdict in (
        ("right", "Right"),
        ("declined", "Rightly declined"),
        ("missed", "Wrongly declined"),
        ("wrong", "Wrong"),
    ):
        only.get_by_label(verdict, exact=True).check()
        first = shown.locator("#fn-eval-cases tbody tr:first-child td:first-child")
        first.get_by_text(verdict, exact=True).wait_for()
        verdicts = shown.locator("#fn-eval-cases [data-case] td:first-child").all_inner_texts()
        assert set(verdicts) == {verdict}
        expect(shown.locator(f'#fn-eval-cases [data-case="{name}"]')).to_have_count(1)
        expect(shown.locator("#fn-eval-cases .fn-facts")).to_contain_text("of 6 cases. In all")
    only.get_by_label("Failed").check()
    shown.locator("#fn-eval-cases", has_text="No case of this run is like that").wait_for()
    only.get_by_label("All").check()
    shown.wait_for_selector("#fn-eval-cases tr:nth-child(6)")


def test_a_question_is_never_markup(shown) -> None:
    row = case(shown, "hostile")
    expect(row.locator("summary")).to_contain_text(HOSTILE)
    assert shown.locator("#fn-eval img").count() == 0
    assert shown.title() == "Footnote"


def test_an_earlier_run_is_shown_and_marked(page) -> None:
    page.locator("#fn-eval-runs [data-event=select]").nth(1).click()
    page.wait_for_selector("#fn-eval-runs tbody tr:nth-child(2)[aria-current]")
    page.wait_for_selector('#fn-eval-cases [data-case="partly"] .fn-v-partly')
    expect(case(page, "partly")).to_contain_text("Anna Berg")


def test_two_runs_are_compared_case_by_case(page) -> None:
    choose_earlier(page)
    text = page.inner_text("#fn-eval-comparison")
    assert "6 cases in both" in text
    assert "0 worse, 1 better" in text
    row = page.locator(".fn-differences tr", has_text="The answer holds an accepted one")
    before, after, gained, interval, p = row.locator("td").all_inner_texts()
    assert float(after) - float(before) == pytest.approx(0.25)
    assert gained == "+0.250"
    assert " to " in interval
    assert float(p) == 1.0  # one case that differs may go either way
    change = case(page, "partly", "#fn-eval-comparison")
    assert "Partly right → Right" in change.inner_text().replace("\n", " ")
    expect(change).to_contain_text("Anna Berg")
    expect(change).to_contain_text("Jonas Lie")
    before, after = change.locator("dd .fn-sub").all_inner_texts()
    assert before.partition("generation ")[2] != after.partition("generation ")[2]


def test_the_comparison_is_gone_when_another_run_is_chosen(page) -> None:
    choose_earlier(page)
    page.locator("#fn-eval-runs [data-event=select]").nth(1).click()
    page.wait_for_selector("#fn-eval-comparison .fn-differences", state="detached")


def test_a_case_of_ones_own_is_listed_deleted_and_brought_back(page, window) -> None:
    settings = Settings(seeds=window.seeds, home=window.home)
    page.get_by_role("tab", name="Chat").click()
    for question in (HOSTILE, "Who is <b>Anna</b>?"):
        add_case(window.home, Case("", question, True, ("the master",)))
    page.get_by_role("tab", name="Evaluation").click()
    page.locator("#fn-eval-own summary", has_text="2 cases of your own").click()
    assert page.locator("#fn-eval-own img, #fn-eval-own b").count() == 0
    page.locator("#fn-eval-own li", has_text="<b>Anna</b>").get_by_role("button").click()
    page.locator("#fn-eval-own", has_text="“Who is <b>Anna</b>?” was deleted.").wait_for()
    assert [c.question for c in own_suite(settings).cases] == [HOSTILE]
    page.get_by_role("button", name="Bring it back").click()
    page.locator("#fn-eval-own summary", has_text="2 cases of your own").wait_for()
    assert len(own_suite(settings).cases) == 2


def test_drafts_are_accepted_edited_rejected_and_brought_back(page, window) -> None:
    settings = Settings(seeds=window.seeds, home=window.home)
    before = own_case_ids(window.home)
    hostile = Case("draft-hostile", HOSTILE, True, (HOSTILE,), evidence=(HOSTILE,))
    write_drafts(window.home, [Draft(hostile, "<b>.txt", 0, 9, "<b>rule", "<b>Why.")])
    page.get_by_role("button", name="Draft cases from your documents").click()
    page.locator("#fn-eval-drafting", has_text="new drafts.").wait_for()
    drafts = page.locator("#fn-drafts [data-draft]")
    lines = load_drafts(window.home)
    names = [line.draft.case.id for line in lines]
    assert len(lines) >= 4
    expect(drafts).to_have_count(len(lines))
    assert names[0] == hostile.id
    text = drafts.first.inner_text()
    assert text.count(HOSTILE) == 3  # question, answer, quote
    assert all(word in text for word in ("<b>.txt", "<b>Why. Made by: <b>rule."))
    assert page.locator("#fn-drafts img").count() == 0

    def counts(words: str) -> None:
        page.locator("#fn-drafts .fn-drafts-state", has_text=words).wait_for()

    def row(name: str):
        return page.locator(f'#fn-drafts [data-draft="{name}"]')

    def own() -> dict:
        return {c.id: c for c in own_suite(settings).cases if c.id not in before}

    total = len(names)
    row(names[0]).get_by_role("button", name="Accept").click()
    counts(f"{total - 1} to look at, 1 accepted, 0 rejected. Accepted: “")
    focused = "document.activeElement.dataset.id"
    page.wait_for_function(f"name => {focused} === name", arg=names[1])
    row(names[1]).get_by_role("button", name="Reject").click()
    counts(f"{total - 2} to look at, 1 accepted, 1 rejected. Rejected: “")
    page.get_by_role("button", name="Undo").click()
    counts(f"{total - 1} to look at, 1 accepted, 0 rejected.")
    assert list(own()) == [names[0]]

    # One of them, as there are two documents.
    declined = next(line.draft.case for line in lines if not line.draft.case.answerable)
    assert declined.id not in {names[0], names[2]}
    row(declined.id).get_by_role("button", name="Edit").click()
    question = page.locator("#fn-drafts").get_by_label("Question")
    expect(question).to_have_value(declined.question)
    question.fill("")
    answers = page.get_by_label("Accepted answers")
    answers.fill("Anna Berg\nMrs Berg")
    page.get_by_role("button", name="Save and accept").click()
    page.locator("#fn-drafts [role=alert]", has_text="a case needs a question").wait_for()
    expect(answers).to_have_value("Anna Berg\nMrs Berg")
    question.fill("Who keeps </textarea><b>Pier One</b>?")
    page.get_by_label("The documents answer it").check()
    page.get_by_role("button", name="Save and accept").click()
    counts(f"{total - 2} to look at, 2 accepted, 0 rejected. Accepted: “")
    edited = own()[declined.id]
    assert (edited.question, edited.answers) == (
        "Who keeps </textarea><b>Pier One</b>?",
        ("Anna Berg", "Mrs Berg"),
    )
    assert edited.without == ()
    page.locator("#fn-eval-own summary", has_text=f"{len(before) + 2} cases of your own").click()
    expect(page.locator("#fn-eval-own li", has_text="<b>Pier One</b>")).to_be_visible()
    assert page.locator("#fn-drafts b", has_text="Pier One").count() == 0

    row(names[2]).get_by_role("button", name="Edit").click()
    page.locator("#fn-drafts").get_by_role("button", name="Cancel").click()
    page.wait_for_function(f"name => {focused} === name", arg=names[2])
    for width in (390, 1024):
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.title() == "Footnote"


def test_drafts_are_looked_through_later_and_a_damaged_line_is_named(page, window) -> None:
    write_drafts(window.home, DRAFTS)  # more than are shown at once
    page.get_by_role("tab", name="Chat").click()
    page.get_by_role("tab", name="Evaluation").click()
    page.get_by_role("button", name="Look through the drafts").click()
    drafts = page.locator("#fn-drafts [data-draft]")
    drafts.nth(19).wait_for()
    expect(drafts).to_have_count(20)
    page.locator("#fn-drafts").get_by_role("button", name="more").click()
    drafts.nth(20).wait_for()
    page.get_by_role("button", name="Close the drafts").click()
    page.wait_for_selector("#fn-drafts section", state="hidden")
    page.get_by_role("button", name="Look through the drafts").click()
    drafts.first.wait_for()
    path = drafts_path(window.home)
    text = path.read_text()
    path.write_text(text + "no draft\n")
    number = text.count("\n") + 1
    drafts.first.get_by_role("button", name="Reject").click()
    page.locator("#fn-eval-drafting", has_text=f"draft.jsonl:{number} is not a draft").wait_for()
    path.unlink()


def test_nothing_is_wider_than_the_window(page) -> None:
    case(page, "right")
    choose_earlier(page)
    case(page, "partly", "#fn-eval-comparison")
    for width in (390, 1024):
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        for part in ("#fn-eval-runs table", "#fn-eval-cases table", ".fn-measures", ".fn-plot"):
            inner = page.locator(part).bounding_box()
            outer = page.locator(part).locator("xpath=ancestor::*[@id][2]").bounding_box()
            assert inner["x"] + inner["width"] <= outer["x"] + outer["width"] + 1, part


def test_the_page_is_used_with_the_keyboard(shown) -> None:
    row = shown.locator('#fn-eval-cases [data-case="wrong"]')
    row.locator("summary").focus()
    shown.keyboard.press("Enter")
    expect(row.locator("details[open]")).to_have_count(1)
    shown.locator("#fn-eval-runs [data-event=select]").first.focus()
    shown.keyboard.press("Tab")
    focused = "getComputedStyle(document.activeElement).outlineStyle"
    assert shown.evaluate(focused) == "solid"
