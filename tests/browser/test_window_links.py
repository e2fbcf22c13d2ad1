"""Links to places in documents, opened in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from ui.server.accounts import Accounts
from ui.server.links import document_link

pytestmark = pytest.mark.enable_socket

PASSWORD = "correct horse staple"
BEFORE = "The gulls of Lindal were counted in the spring.\n\n" * 40
CITED = "The harbour of Lindal was built in 1974 by the town."
NAME = "a & b/the harbour?.txt"


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory, serve_window):
    place = tmp_path_factory.mktemp("links")
    (place / "seeds" / "a & b").mkdir(parents=True)
    (place / "seeds" / NAME).write_text(f"{BEFORE}{CITED}\n")
    accounts = Accounts(place / "home")
    accounts.add("Rea", PASSWORD, "reader")
    key = accounts.add_key("Rea", "tests", ("ask",))
    return serve_window(place / "seeds", place / "home", key=key, login="true")


def test_a_link_leads_through_the_login_to_the_place_in_the_document(window, visitors) -> None:
    link = document_link(window.url, NAME, len(BEFORE), len(BEFORE) + len(CITED))
    with visitors.visitor(viewport={"width": 1280, "height": 860}) as context:
        page = context.new_page()
        page.goto(link)
        page.get_by_label("Name").fill("Rea")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        mark = page.locator("#fn-evidence mark")
        expect(mark).to_have_text(CITED)
        expect(mark).to_be_in_viewport()
        expect(page.locator("#fn-evidence .fn-place")).to_contain_text(NAME)
        expect(page.locator("#fn-evidence .fn-turning")).to_have_count(0)
        # A conversation begins: the address is that of the conversation from now on.
        page.locator("#fn-question textarea").fill("When was the harbour of Lindal built?")
        page.keyboard.press("Enter")
        expect(page.locator("#fn-chat")).to_contain_text("1974")
        page.wait_for_url(lambda url: "c=" in url and "document=" not in url)
        wrong = {
            (5, 5): "no such",
            (0, 10**6): "no such",
            (-1, 5): "no place",
            ("x", 2): "no place",
        }
        for (start, end), said in wrong.items():
            page.goto(document_link(window.url, NAME, start, end))
            expect(page.locator("#fn-evidence")).to_contain_text(said)
        page.goto(document_link(window.url, "<b>gone</b>.txt", 0, 5))
        expect(page.locator("#fn-evidence")).to_contain_text("<b>gone</b>.txt")


def test_on_a_narrow_screen_the_drawer_with_the_document_is_open(window, visitors) -> None:
    with visitors.visitor(viewport={"width": 480, "height": 800}) as context:
        page = context.new_page()
        page.goto(document_link(window.url, NAME, len(BEFORE), len(BEFORE) + len(CITED)))
        page.get_by_label("Name").fill("Rea")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        expect(page.locator("#fn-evidence mark")).to_be_in_viewport()
