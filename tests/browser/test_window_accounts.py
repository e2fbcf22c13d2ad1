"""A server with accounts in a real browser: logging in, roles, and who sees what."""

from __future__ import annotations

import json

import httpx
import pytest
from playwright.sync_api import expect

from tests.service.parts import committed
from ui.server.accounts import Accounts
from ui.server.audit import AuditLog

PASSWORD = "correct horse staple"
HOSTILE = "<img src=x onerror=document.title='owned'>"
CHANGES = frozenset(
    "press_button start_build cancel_build read_pictures use_generation upload_documents"
    " answer_for_existing confirm_deletion delete_documents restore_documents start_run"
    " cancel_run delete_case restore_case draft_cases accept_draft reject_draft save_form"
    " undo_decision".split()
)
"""The events of the window that a reader may not raise, by their handlers."""


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory, serve_window):
    place = tmp_path_factory.mktemp("accounts")
    (place / "seeds").mkdir()
    text = "The harbour of Lindal was built in 1974 by the town.\n"
    (place / "seeds" / "harbour.txt").write_text(text)
    accounts = Accounts(place / "home")
    accounts.add("Rea", PASSWORD, "reader")
    accounts.add("Ed", PASSWORD, "editor")
    key = accounts.add_key("Ed", "tests", ("ask",))
    config = place / "footnote.toml"
    source = (
        f'[sources.away]\nkind = "git"\nurl = "file://{place}/{HOSTILE}"\nevery_minutes = 0.02\n'
    )
    config.write_text(source)
    return serve_window(place / "seeds", place / "home", key=key, config=config, login="true")


def enter(page, window, name: str) -> None:
    page.goto(window.url)
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.locator("#fn-question")).to_be_visible()


def test_a_reader_asks_and_is_offered_no_change(window, visitors) -> None:
    with visitors.visitor() as context:
        page = context.new_page()
        enter(page, window, "Rea")
        expect(page.locator("#fn-visitor")).to_contain_text("Rea")
        page.locator("#fn-question textarea").fill("When was the harbour of Lindal built?")
        page.keyboard.press("Enter")
        expect(page.locator("#fn-chat")).to_contain_text("1974")
        expect(page.locator("#fn-rebuild")).to_be_hidden()
        page.get_by_role("tab", name="Documents").click()
        expect(page.locator("#fn-upload")).to_be_hidden()
        page.get_by_role("button", name="Log out").click()
        expect(page.get_by_label("Password")).to_be_visible()
        page.goto(window.url)
        expect(page.get_by_label("Password")).to_be_visible()


def test_an_event_that_a_reader_may_not_raise_is_refused_by_the_server(window) -> None:
    with httpx.Client(base_url=window.url, trust_env=False, follow_redirects=True) as client:
        client.post("/login", data={"name": "Rea", "password": PASSWORD})
        config = client.get("/config").json()
        tried = refused = 0
        for event in config["dependencies"]:
            if event["api_name"] not in CHANGES:
                continue
            tried += 1
            body = {
                "data": [None] * len(event["inputs"]),
                "fn_index": event["id"],
                "session_hash": "reader1",
            }
            client.post("/gradio_api/queue/join", json=body)
        with client.stream("GET", "/gradio_api/queue/data?session_hash=reader1") as stream:
            for line in stream.iter_lines():
                if not line.startswith("data:"):
                    continue
                message = json.loads(line[5:])
                if message["msg"] == "process_completed":
                    assert not message["success"]
                    assert "may not do this" in message["output"]["error"]
                    refused += 1
                    if refused == tried:
                        break
        assert tried == len(CHANGES)
    assert AuditLog(window.home).changes() == []


def test_what_an_editor_changes_is_recorded(window, visitors) -> None:
    with visitors.visitor() as context:
        page = context.new_page()
        enter(page, window, "Ed")
        page.locator("#fn-rebuild").click()
        expect(page.locator("#fn-index")).to_contain_text("up to date")
    changes = AuditLog(window.home).changes()
    assert [(change.user, change.action, change.subject) for change in changes] == [
        ("Ed", "built", "index")
    ]


def test_a_source_that_failed_is_shown_with_the_reason_to_those_who_change_documents(
    window, visitors
) -> None:
    with visitors.visitor() as context, visitors.visitor() as other:
        page, readers = context.new_page(), other.new_page()
        notice = page.locator("#fn-sources")
        for one, name in ((page, "Ed"), (readers, "Rea")):
            enter(one, window, name)
            one.get_by_role("tab", name="Documents").click()
            expect(one.locator("#fn-seeds tbody tr")).to_have_count(1)
        expect(notice).to_contain_text("The source “away” could not be synced (20")
        expect(notice).to_contain_text(HOSTILE)
        assert 'error ui.server.syncing "sync failed" source=away' in window.log.read_text()
        expect(notice).to_contain_text("It has not been synced since the server started.")
        expect(notice).to_contain_text("tried again")
        expect(readers.locator("#fn-sources")).to_have_text("")
        assert page.locator("#fn-documents img").count() == 0
        assert page.title() == "Footnote"
        committed(window.home.parent / HOSTILE, {"lantern.md": "# The lantern\n\nIt is red.\n"})
        expect(page.locator("#fn-seeds tbody tr")).to_have_count(2)
        expect(notice).to_have_text("")
