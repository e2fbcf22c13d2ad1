"""A user's own choices, with the assistant over the shipped documents."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from index.errors import SettingsError
from rag.conversations.preferences import (
    STRICTNESS,
    assistant_of,
    prefer,
    settings_with,
)
from rag.errors import GeneratorError
from rag.settings import Settings

pytestmark = pytest.mark.enable_socket


ASKED = "When was the first inter-Korean summit?"


def test_without_choices_the_assistant_is_that_of_the_house(services, archive):
    assert assistant_of(services, archive, "ann") is services.assistant
    prefer(services, archive, "ann", {"k": services.settings.k, "max_sentences": "3"})
    assert archive.preferences("ann") == {}
    assert assistant_of(services, archive, "ann") is services.assistant


def test_two_users_are_answered_by_their_own_choices(services, archive):
    prefer(services, archive, "ann", {"k": "9"})
    prefer(services, archive, "ben", {"k": 1, "max_sentences": 1})
    by_user = {user: assistant_of(services, archive, user) for user in ("ann", "ben", "cleo")}
    read = {user: len(a.ask(ASKED).passages) for user, a in by_user.items()}
    assert (read["ann"] >= 9, read["ben"] < read["cleo"] < read["ann"]) == (True, True)
    assert len(by_user["ben"].ask(ASKED).sentences) == 1
    assert by_user["ann"].searcher is services.searcher


def test_a_strict_user_gets_no_unsure_answer(services, archive):
    unsure = next(
        q
        for q in ("Who paid for the summit?", "What was the weather in Seoul?", "Who won in 2018?")
        if services.assistant.ask(q).confidence < STRICTNESS["strict"]
    )
    prefer(services, archive, "ann", {"abstain_below": "0.5"})
    assert assistant_of(services, archive, "ann").ask(unsure).abstained


def test_a_browser_without_a_name_has_no_choices(services, archive):
    archive.prefer("", {"k": 9})
    assert assistant_of(services, archive, "") is services.assistant


def test_what_cannot_be_used_is_not_kept(services, archive):
    with pytest.raises(SettingsError, match="is no base URL"):
        prefer(services, archive, "ann", {"k": 9, "llm_base_url": "file:///"})
    with pytest.raises(GeneratorError, match="llm_model"):
        prefer(services, archive, "ann", {"generator": "openai"})
    with pytest.raises(GeneratorError, match="make local-llm"):
        prefer(services, archive, "ann", {"generator": "local"})
    assert archive.preferences("ann") == {}


@pytest.fixture
def server():
    """A server that notes the key of each request and answers none."""
    keys: list[str | None] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            keys.append(self.headers["Authorization"])
            self.send_response(404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    served = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=served.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{served.server_port}/v1", keys
    served.shutdown()
    served.server_close()


@pytest.mark.parametrize("path", ["", "/", "/other"])
def test_the_key_goes_only_to_the_server_of_the_configuration(services, server, path):
    url, keys = server
    configured = Settings(llm_api_key="hunter2", llm_base_url=url)
    other = settings_with(configured, {"generator": "openai", "llm_model": "m"})
    model = services.language_model(other)
    with pytest.raises(GeneratorError):
        list(model.stream("a", "b"))
    assert keys == ["Bearer hunter2"]
    mine = {"generator": "openai", "llm_model": "m", "llm_base_url": url + path}
    elsewhere = settings_with(Settings(llm_api_key="hunter2"), mine)
    with pytest.raises(GeneratorError):
        list(services.language_model(elsewhere).stream("a", "b"))
    assert keys[1] == "Bearer none"
    if path:
        assert settings_with(configured, mine).llm_api_key.get_secret_value() == "none"
