"""The documents page in a real browser: upload, delete, select, build, cancel, go back."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from index.folder import Upload, Uploaded
from index.listing import Failure
from index.status import SeedStatus
from tests.browser.asking import ask
from ui.chat.pages.documents_html import matching, table_html, tools_html, uploads_html
from ui.chat.work import Look

HOSTILE = "<img src=x onerror=document.title='owned'>.txt"
PIER = "The pier of Lindal cost four million. The pier was opened by Kari Moe.\n"
ROWS = "#fn-seeds tbody tr"
FILTER = "#fn-filter textarea"

pytestmark = pytest.mark.enable_socket


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory, serve_window):
    place = tmp_path_factory.mktemp("documents")
    seeds = place / "seeds"
    seeds.mkdir()
    (seeds / "harbour.txt").write_text(
        "The harbour of Lindal\n\nThe harbour of Lindal was built in 1931. "
        "The harbour master is Anna Berg.\n"
    )
    (seeds / "lighthouse.md").write_text("# The lighthouse\n\nThe lighthouse is 40 m high.\n")
    return serve_window(seeds, place / "home", max_file_mb=1)


@pytest.fixture(scope="module")
def came(tmp_path_factory: pytest.TempPathFactory):
    """``came(name, text)``: a file of the person at the browser."""
    place = tmp_path_factory.mktemp("came")

    def make(name: str, text: str = PIER) -> Path:
        (place / name).write_text(text)
        return place / name

    return make


@pytest.fixture
def page(open_page, window) -> Iterator[object]:
    with open_page(window) as page:
        show(page)
        yield page


def show(page) -> None:
    page.get_by_role("tab", name="Documents").click()
    page.wait_for_selector(ROWS)


def upload(page, *files: Path) -> None:
    page.set_input_files("#fn-upload input[type=file]", [str(file) for file in files])


def row(page, name: str):
    return page.locator(ROWS).filter(has=page.locator(f'[data-id="{name}"]'))


def state_of(page, name: str, state: str) -> None:
    kind = row(page, name).locator(".fn-kind").filter(has_text=state)
    kind.wait_for(timeout=20_000)


def build(page) -> None:
    page.click('#fn-plan [data-event="submit"]')
    page.wait_for_selector(".fn-fresh", timeout=60_000)
    page.wait_for_selector("#fn-plan :text('up to date')", timeout=20_000)


def tool(page, event: str) -> None:
    page.click(f'#fn-tools [data-event="{event}"]')


def test_several_files_are_uploaded_built_and_asked_beside_a_conversation(
    page, open_page, window, came
) -> None:
    with open_page(window) as other:
        ask(other, "When was the harbour of Lindal built?")
        (window.seeds / HOSTILE).write_text(PIER)  # by an upload it is refused
        upload(page, came("pier.txt"), came("R&D (1) 'x'.md", "# Plans\n\nA plan."), came(HOSTILE))
        state_of(page, "pier.txt", "New")
        state_of(page, "R&D (1) 'x'.md", "New")
        row(page, HOSTILE).wait_for()
        note = page.inner_text("#fn-uploads")
        assert f"{HOSTILE}: its name cannot be written on every system" in note
        assert "Added to the folder: pier.txt, R&D (1) 'x'.md." in note
        page.wait_for_selector("#fn-plan :text('would add 3, change 0, remove 0')")
        build(page)
        state_of(page, "pier.txt", "Indexed")
        expect(page.locator("#fn-plan")).to_contain_text("3 added")
        assert page.locator("#fn-documents img").count() == 0
        assert page.title() == "Footnote"
        expect(other.locator(".fn-question")).to_have_count(1)
        other.wait_for_selector(".fn-fresh")
        assert "four million" in ask(other, "What did the pier of Lindal cost?")


def test_it_is_asked_what_becomes_of_a_file_whose_name_is_taken(page, window, came) -> None:
    answer = '#fn-uploads [data-answer="{}"]'
    upload(page, came("harbour.txt", "Another harbour."), came("lighthouse.md", "Another one."))
    page.wait_for_selector(answer.format("keep"))
    text = page.inner_text("#fn-uploads")
    assert "“harbour.txt” is in the folder already." in text
    assert "All 2 of these:" in text
    page.click(answer.format("keep") + '[aria-label="Keep both: harbour.txt"]')
    row(page, "harbour (2).txt").wait_for()
    assert (window.seeds / "harbour (2).txt").read_text() == "Another harbour."
    assert "1931" in (window.seeds / "harbour.txt").read_text()
    page.click(answer.format("replace"))
    state_of(page, "lighthouse.md", "Changed")
    assert (window.seeds / "lighthouse.md").read_text() == "Another one."
    upload(page, came("lighthouse.md", "A third one."))
    page.click(answer.format("skip"))
    page.wait_for_selector(answer.format("skip"), state="detached")
    assert (window.seeds / "lighthouse.md").read_text() == "Another one."


def test_what_cannot_be_taken_is_refused_in_words(page, window, came) -> None:
    upload(page, came("program.exe"), came("empty.txt", ""), came("good.txt"))
    page.wait_for_selector("#fn-uploads [role=alert]")
    text = page.inner_text("#fn-uploads")
    assert "program.exe: format .exe is not supported" in text
    assert "empty.txt: the file is empty (0 bytes)" in text
    assert "Added to the folder: good.txt" in text
    upload(page, came("long.txt", "x" * 1_020_000))  # of 10^6 bytes, below 2^20
    page.wait_for_selector("#fn-uploads :text('more than max_file_mb = 1')")
    upload(page, came("longer.txt", "x" * 1_500_000))
    toast = page.locator(".toast-body").filter(has_text="longer.txt")
    toast.wait_for()
    expect(toast).to_contain_text("exceed the maximum allowed size")
    assert "longer.txt" in page.problems.pop()
    names = {path.name for path in window.seeds.iterdir()}
    assert "good.txt" in names
    assert names.isdisjoint({"program.exe", "empty.txt", "long.txt", "longer.txt"})


def test_files_are_deleted_when_it_is_confirmed_and_come_back(page, window) -> None:
    row(page, "pier.txt").locator("input").check()
    row(page, HOSTILE).locator("input").check()
    page.wait_for_selector("#fn-tools :text('2 documents selected')")
    tool(page, "delete")
    page.wait_for_selector("#fn-tools :text('Delete “pier.txt”')")
    tool(page, "stop")
    page.wait_for_selector("#fn-tools :text('2 documents selected')")
    assert (window.seeds / "pier.txt").exists()
    tool(page, "delete")
    tool(page, "apply")
    page.wait_for_selector("#fn-tools :text('2 files deleted')")
    assert not (window.seeds / "pier.txt").exists()
    assert not (window.seeds / HOSTILE).exists()
    state_of(page, "pier.txt", "Removed")
    tool(page, "undo")
    page.wait_for_selector("#fn-tools :text('deleted')", state="detached")
    assert (window.seeds / "pier.txt").read_text() == PIER
    state_of(page, "pier.txt", "Indexed")


def test_the_chat_asks_only_the_documents_that_were_selected(page, window) -> None:
    page.fill(FILTER, "PIER.txt")
    page.wait_for_selector("caption:has-text('1 of ')")
    row(page, "pier.txt").locator("input").check()
    page.wait_for_selector("#fn-tools :text('1 document selected')")
    page.fill(FILTER, "nothing like it")
    page.wait_for_selector("#fn-seeds :text('No document holds these words.')")
    page.fill(FILTER, "")
    row(page, "harbour.txt").wait_for()
    expect(row(page, "pier.txt").locator("input")).to_be_checked()
    tool(page, "submit")
    page.wait_for_selector("#fn-banner :text('Asking only')")
    page.fill("#fn-question textarea", "When was the harbour of Lindal built?")
    page.press("#fn-question textarea", "Enter")
    page.wait_for_selector(".fn-refusal")
    show(page)
    page.wait_for_selector("#fn-tools :text('The chat asks only 1 document.')")
    tool(page, "clear")
    page.get_by_role("tab", name="Chat").click()
    page.wait_for_selector("#fn-banner :text('Asking only')", state="detached")


def test_the_check_boxes_show_what_is_selected_after_any_change(page, window) -> None:
    boxes = page.locator("#fn-seeds input:checked")
    page.locator("#fn-seeds input").nth(0).check()
    page.locator("#fn-seeds input").nth(2).check()
    page.wait_for_selector("#fn-tools :text('2 documents selected')")
    expect(boxes).to_have_count(2)
    tool(page, "select")
    page.wait_for_selector("#fn-tools [data-event=select]", state="detached")
    expect(boxes).to_have_count(page.locator(ROWS).count())
    page.locator("#fn-seeds input").nth(1).uncheck()
    page.wait_for_selector("#fn-tools [data-event=select]")
    tool(page, "collapse")
    page.wait_for_selector("#fn-tools :text('selected.')", state="detached")
    page.wait_for_function("!document.querySelector('#fn-seeds input:checked')")


def test_a_change_of_the_folder_is_noticed_and_new_files_cannot_be_asked_yet(page, window) -> None:
    (window.seeds / "by hand.txt").write_text("Put there by hand.")
    state_of(page, "by hand.txt", "New")
    page.wait_for_selector("#fn-plan :text('The folder has changed')")
    row(page, "by hand.txt").locator("input").check()
    page.wait_for_selector("#fn-tools :text('1 document selected')")
    tool(page, "submit")
    page.wait_for_selector("#fn-tools :text('None of these is indexed yet')")


def test_a_build_is_cancelled_from_another_window_and_nothing_changed(
    page, open_page, window
) -> None:
    line = "Leaf number {} fell in the garden of {} on day {}.\n"
    for n in range(14):
        text = "".join(line.format(n * m, m, n + m) for m in range(400))
        (window.seeds / f"leaves {n:02}.txt").write_text(text)
    before = (window.home / "CURRENT").read_text()
    state_of(page, "leaves 13.txt", "New")
    page.focus('#fn-plan [data-event="submit"]')
    page.keyboard.press("Enter")
    page.wait_for_selector("#fn-plan progress")
    expect(page.locator('#fn-plan [data-event="stop"]')).to_be_focused()
    with open_page(window) as other:
        other.wait_for_selector("#fn-index progress", timeout=20_000)
        other.wait_for_selector("#fn-rebuild:has-text('Cancel')")
        other.click("#fn-rebuild")
        page.wait_for_selector("#fn-plan :text('The build was cancelled')", timeout=60_000)
        other.wait_for_selector(".fn-stale", timeout=20_000)
    assert (window.home / "CURRENT").read_text() == before
    for path in window.seeds.glob("leaves *.txt"):
        path.unlink()
    build(page)


def test_an_earlier_generation_is_gone_back_to_and_left_again(page, window) -> None:
    page.locator('#fn-generations [data-event="select"]').first.click()
    page.wait_for_selector("#fn-plan :text('You ask an earlier generation')")
    page.wait_for_selector("#fn-index :text('an earlier generation')")
    state_of(page, "by hand.txt", "New")
    page.click("#fn-generations :text('Return to this')")
    page.wait_for_selector("#fn-plan :text('up to date')")
    state_of(page, "by hand.txt", "Indexed")


def test_the_page_says_what_to_do_where_there_is_no_folder_or_nothing_in_it(page, window) -> None:
    away = window.seeds.with_name("away")
    window.seeds.rename(away)
    try:
        page.wait_for_selector("#fn-seeds :text('put your documents there')", timeout=20_000)
        window.seeds.mkdir()
        page.wait_for_selector("#fn-plan :text('would add 0')", timeout=20_000)
        window.seeds.rmdir()
    finally:
        away.rename(window.seeds)
    page.wait_for_selector("#fn-plan :text('up to date')", timeout=20_000)


@pytest.mark.parametrize("width", [390, 1024])
def test_nothing_is_wider_than_the_screen(open_page, window, width) -> None:
    with open_page(window, viewport={"width": width, "height": 800}) as page:
        show(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_ten_thousand_documents_are_a_short_page() -> None:
    names = [f"letter {n:05}.txt" for n in range(10_000)]
    look = Look(1, seeds=tuple(SeedStatus(name, "new", size=1) for name in names))
    begun = time.perf_counter()
    found = matching(look, "LETTER 0 txt")
    html = table_html(look, found, 200, {"letter 00000.txt"}, Path("seeds"))
    assert time.perf_counter() - begun < 2
    assert html.count("<tr") == 201
    assert html.count(" checked>") == 1
    assert "the first 200 are shown" in html
    assert 'data-event="expand"' in html


def test_names_titles_and_reasons_are_never_markup() -> None:
    bad = "<b onclick='x'>\"&"
    look = Look(1, seeds=(SeedStatus(bad, "failed", reason=bad),))
    drawn = table_html(look, matching(look, ""), 200, set(), Path(bad))
    drawn += table_html(Look(1), [], 200, set(), Path(bad))
    drawn += table_html(Look(1, error=bad), [], 200, set(), Path("seeds"))
    drawn += tools_html([], (), (), trouble=bad)
    drawn += uploads_html(Uploaded((bad,), (Upload(Path("x"), bad),), (Failure(bad, bad),)))
    assert "<b onclick" not in drawn
    assert drawn.count("&lt;b onclick=&#39;x&#39;&gt;&#34;&amp;") == 14
