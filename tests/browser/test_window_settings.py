"""The settings page in a real browser: what is chosen holds, is kept, and is the user's own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser import asking
from tests.browser.asking import QUESTION
from tests.language_model import serve_language_model

NOTE = "#fn-settings-note"

pytestmark = pytest.mark.enable_socket


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("settings")
    (folder / "seeds").mkdir()
    for number in range(12):
        (folder / "seeds" / f"ferry{number}.txt").write_text(
            f"The ferry to island {number} leaves at 7:{10 + number} from pier {number}. "
            f"The captain of ferry {number} is Anna Berg. It may be late in winter.\n"
        )
    return folder


@pytest.fixture(scope="module")
def window(place, serve_window):
    return serve_window(place / "seeds", place / "home")


@pytest.fixture
def page(open_page, window) -> Iterator[object]:
    with open_page(window) as page:
        settings_of(page)
        yield page


def settings_of(page) -> None:
    page.get_by_role("tab", name="Settings").click()
    page.wait_for_selector("select[name=generator]:visible")


def opened_again(page):
    """The settings in another window of the same browser."""
    other = page.context.new_page()
    other.goto(page.url)
    other.wait_for_selector(QUESTION)
    settings_of(other)
    return other


def save(page, *, note: str = "Saved") -> str:
    page.get_by_role("button", name="Save").click()
    page.wait_for_selector(f"{NOTE}:has-text('{note}')")
    return page.inner_text(NOTE)


def ask(page, question: str) -> str:
    """The answer as the page shows it, after going back to the chat."""
    page.get_by_role("tab", name="Chat").click()
    return asking.ask(page, question)


def test_how_much_is_read_is_chosen_and_kept(page) -> None:
    page.get_by_label("Passages that are read").fill("9")
    page.get_by_label("Quoted sentences, at most").fill("1")
    save(page)
    assert "read 9" in ask(page, "When does the ferry to island 3 leave?")
    again = opened_again(page)
    expect(again.get_by_label("Passages that are read")).to_have_value("9")
    expect(again.get_by_label("Quoted sentences, at most")).to_have_value("1")


def test_another_browser_has_its_own_choices(page, open_page, window) -> None:
    page.get_by_label("Passages that are read").fill("9")
    save(page)
    with open_page(window) as other:
        settings_of(other)
        expect(other.get_by_label("Passages that are read")).to_have_value("4")


def test_a_strict_reader_is_declined_what_is_not_sure(page) -> None:
    assert "not sure" in ask(page, "When was ferry 3 built?")
    settings_of(page)
    page.get_by_label("When it is not sure").select_option(label="Strict")
    save(page)
    ask(page, "When was ferry 3 built?")
    expect(page.locator(".fn-answer").last.locator(".fn-refusal")).to_have_count(1)


def test_enter_in_a_field_saves_and_reset_forgets(page) -> None:
    passages = page.get_by_label("Passages that are read")
    passages.fill("8")
    passages.press("Enter")
    page.wait_for_selector(f"{NOTE}:has-text('Saved')")
    page.get_by_role("button", name="Reset to the configuration").click()
    page.wait_for_selector(f"{NOTE}:has-text('by the configuration')")
    expect(passages).to_have_value("4")
    page.wait_for_function("document.activeElement.innerText === 'Save'")


def test_what_cannot_be_is_said_and_not_kept(page) -> None:
    page.get_by_label("Written by").select_option("openai")
    for label, value, reason in (
        ("Passages that are read", "99", "less than or equal to 50 (got '99')"),
        ("Base URL of the server", "ftp://<b>host</b>/", "'ftp://<b>host</b>/' is no base URL"),
        ("Name of the model", "", "needs llm_model"),
    ):
        field = page.get_by_label(label)
        before = field.input_value()
        field.fill(value)
        page.get_by_role("button", name="Save").click()
        page.get_by_text(reason).wait_for()
        expect(field).to_have_value(value)  # to be mended, not to be typed again
        field.fill(before)
    assert page.locator(f"{NOTE} b").count() == 0
    expect(opened_again(page).get_by_label("Passages that are read")).to_have_value("4")


def test_the_fields_of_a_server_are_there_when_a_server_writes(page) -> None:
    url, test = page.get_by_label("Base URL"), page.get_by_role("button", name="Test the model")
    expect(url).to_be_hidden()
    expect(test).to_be_hidden()
    page.get_by_label("Written by").select_option("openai")
    expect(url).to_be_visible()
    expect(test).to_be_visible()
    expect(page.locator("#fn-settings")).to_contain_text("to any other address none is")
    expect(page.locator("option[value=local]")).to_be_disabled()
    expect(page.locator("#fn-settings")).to_contain_text("make local-llm")
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_server_that_is_not_there_is_named_with_what_to_do(page) -> None:
    page.get_by_label("Written by").select_option("openai")
    page.get_by_label("Base URL").fill("http://127.0.0.1:9/v1")
    page.get_by_label("Name of the model").fill("smollm2")
    page.get_by_role("button", name="Test the model").click()
    page.wait_for_selector(f"{NOTE} [role=alert]", timeout=30_000)
    note = page.inner_text(NOTE)
    assert "http://127.0.0.1:9/v1 failed" in note
    assert "is it running?" in note


def test_a_real_model_is_asked_and_writes_the_answers(page, window) -> None:
    with serve_language_model() as (url, _):
        page.get_by_label("Written by").select_option("openai")
        page.get_by_label("Base URL").fill(url)
        page.get_by_label("Name of the model").fill("smollm2")
        page.get_by_role("button", name="Test the model").click()
        page.wait_for_selector(f"{NOTE}:has-text('answers: “')", timeout=60_000)
        expect(page.locator(NOTE)).to_contain_text("First words after")
        save(page)
        ask(page, "Who is the captain of ferry 3?")
        page.wait_for_url("**/?c=*")
        name = page.url.rpartition("=")[2]
        kept = page.request.get(f"{window.url}/api/conversations/{name}.json").json()
    assert kept["turns"][0]["generator"] == "openai:smollm2"


def test_what_the_configuration_gives_is_shown_and_cannot_be_changed(
    window, place, serve_window, open_page
) -> None:
    fixed = serve_window(
        place / "seeds", place / "home", k=7, llm_base_url="http://10.0.0.5/v1", abstain_below=0.3
    )
    with open_page(fixed) as page:
        settings_of(page)
        page.get_by_label("Written by").select_option("openai")
        for label, value, source in (
            ("Passages that are read", "7", "FOOTNOTE_K"),
            ("Base URL of the server", "http://10.0.0.5/v1", "FOOTNOTE_LLM_BASE_URL"),
            ("When it is not sure", "0.3", "FOOTNOTE_ABSTAIN_BELOW"),
        ):
            field = page.get_by_label(label)
            assert (field.input_value(), field.is_disabled()) == (value, True)
            note = page.locator(f"#{field.get_attribute('aria-describedby')}")
            expect(note).to_have_text(f"fixed by {source}")
        page.get_by_label("Written by").select_option("extractive")
        page.get_by_label("Quoted sentences, at most").fill("2")
        save(page)
        expect(page.get_by_label("Quoted sentences, at most")).to_have_value("2")
        expect(page.get_by_label("Passages that are read")).to_have_value("7")


def is_dark(page) -> bool:
    return page.evaluate("document.body.classList.contains('dark')")


def paper(page) -> str:
    return page.evaluate("getComputedStyle(document.body).backgroundColor")


@pytest.mark.parametrize(("system", "chosen"), [("light", "Dark"), ("dark", "Light")])
def test_the_appearance_is_kept_and_there_from_the_first_paint(
    open_page, window, system: str, chosen: str
) -> None:
    with open_page(window, color_scheme=system) as page:
        assert is_dark(page) == (system == "dark")
        of_system = paper(page)
        settings_of(page)
        page.get_by_label(chosen, exact=True).check()
        assert is_dark(page) == (chosen == "Dark")
        again = page.context.new_page()
        again.goto(window.url, wait_until="domcontentloaded")  # Gradio has not begun yet
        assert is_dark(again) == (chosen == "Dark")
        assert paper(again) != of_system
        again.wait_for_selector(QUESTION)
        assert is_dark(again) == (chosen == "Dark")
        settings_of(again)
        expect(again.get_by_label(chosen, exact=True)).to_be_checked()
        again.get_by_label("As the system").check()
        assert paper(again) == of_system


def test_the_system_is_followed_while_nothing_else_was_chosen(page) -> None:
    page.emulate_media(color_scheme="dark")
    page.wait_for_selector("body.dark", state="attached")
    page.emulate_media(color_scheme="light")
    page.wait_for_selector("body:not(.dark)", state="attached")


def test_an_address_may_ask_for_an_appearance(open_page, window) -> None:
    with open_page(window, "/?__theme=dark") as page:
        assert is_dark(page)
        settings_of(page)
        page.get_by_label("Light", exact=True).check()
        assert "__theme" not in page.url
        assert not is_dark(page)
