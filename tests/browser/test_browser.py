"""The chat window in a real browser: ask, read, open a citation, rebuild, ask again."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.asking import QUESTION, ask

ANSWER = ".fn-answer:has(.fn-footer)"

pytestmark = pytest.mark.enable_socket


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory, serve_window):
    place = tmp_path_factory.mktemp("window")
    seeds = place / "seeds"
    seeds.mkdir()
    (seeds / "harbour.txt").write_text(
        "The harbour of Lindal\n\nThe harbour of Lindal was built in 1931. "
        "The harbour master is Anna Berg. The harbour closes at 21:00 every evening.\n"
    )
    (seeds / "hostile.md").write_text(
        "# The lighthouse\n\nThe lighthouse keeper is <img src=x onerror=document.title='owned'> "
        "[Ola](http://evil.example/) and ![logo](http://evil.example/x.png) **Nilsen**.\n"
    )
    return serve_window(seeds, place / "home")


def test_an_answer_opens_its_evidence_with_the_cited_words_marked(page) -> None:
    answer = ask(page, "When was the harbour of Lindal built?")
    assert "The harbour of Lindal was built in 1931." in answer
    assert "searched" in answer
    page.locator("button.fn-chip").last.focus()
    page.keyboard.press("Enter")
    card = page.locator(".fn-card.fn-on")
    expect(card.locator("mark")).to_have_text("The harbour of Lindal was built in 1931.")
    expect(card).to_contain_text("The harbour master is Anna Berg.")
    expect(card).to_contain_text("harbour.txt")


def test_a_question_without_an_answer_is_declined(page) -> None:
    assert "do not answer" in ask(page, "Who won the football match?")
    assert page.locator("button.fn-chip").count() == 0


def test_only_the_evidence_of_one_answer_is_seen(page) -> None:
    ask(page, "Who won the football match?")
    ask(page, "Who is the harbour master?")
    seen = page.locator(".fn-evidence:visible")
    expect(seen).to_have_count(1)
    assert "Anna Berg" in seen.inner_text() or "Jonas Lie" in seen.inner_text()


def test_text_of_a_document_is_never_markup(page) -> None:
    answer = ask(page, "Who is the lighthouse keeper?")
    assert "<img src=x" in answer
    page.locator("button.fn-chip").first.click()
    assert page.locator("#fn-evidence img, #fn-evidence a, #fn-chat .fn-answer img").count() == 0
    assert page.title() == "Footnote"


def test_a_question_is_never_markup(page) -> None:
    ask(page, "What is <b onclick=alert(1)>**the harbour**</b>?")
    assert page.locator(".fn-question b, .fn-question strong").count() == 0


def test_no_page_of_the_window_breaks_its_policy_and_foreign_scripts_do_not_run(page) -> None:
    ask(page, "Who is the harbour master?")
    page.locator("button.fn-chip").first.click()
    for tab in ("Documents", "Evaluation", "Settings"):
        page.get_by_role("tab", name=tab).click()
        page.wait_for_timeout(500)
    assert page.problems == []
    page.evaluate("""() => {
      document.body.insertAdjacentHTML("beforeend", "<img src=x: onerror=window.owned=1>");
      document.body.append(Object.assign(document.createElement("script"), {text: "owned = 1"}));
      return fetch("http://evil.example/").catch(() => 0);
    }""")
    page.wait_for_timeout(500)
    assert page.evaluate("window.owned") is None
    assert sum("Content Security Policy" in text for text in page.problems) >= 3
    page.problems.clear()
    page.outside.clear()


def test_after_a_rebuild_the_new_fact_is_answered(page, window) -> None:
    assert "Anna Berg" in ask(page, "Who is the harbour master?")
    changed = window.seeds / "harbour.txt"
    changed.write_text(changed.read_text().replace("Anna Berg", "Jonas Lie"))
    page.wait_for_selector(".fn-stale", timeout=30_000)
    expect(page.locator("#fn-index")).to_contain_text("1 changed")
    page.click("#fn-rebuild")
    page.wait_for_selector(".fn-fresh", timeout=60_000)
    answer = ask(page, "Who is the harbour master?")
    assert "Jonas Lie" in answer
    assert "Anna Berg" not in answer


def test_a_suggested_question_is_asked_by_a_click(page) -> None:
    page.locator("#fn-suggested button").first.click()
    page.wait_for_selector(".fn-question")
    page.wait_for_selector(".fn-footer, .fn-refusal", timeout=60_000)


def test_a_follow_up_is_answered_about_what_was_asked_before(page) -> None:
    ask(page, "When does the harbour close?")
    assert "harbour master is" in ask(page, "Who is its harbour master?")


def test_two_windows_do_not_share_a_conversation(page, browser, window) -> None:
    ask(page, "When was the harbour of Lindal built?")
    other = browser.new_page()
    other.goto(window.url)
    other.wait_for_selector(QUESTION)
    expect(other.locator(".fn-question")).to_have_count(0)
    other.close()


def test_a_new_conversation_is_empty(page) -> None:
    ask(page, "When was the harbour of Lindal built?")
    page.click("#fn-new")
    page.wait_for_selector(".fn-question", state="detached")
    expect(page.locator(".fn-card")).to_have_count(0)
