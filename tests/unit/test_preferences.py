"""A user's own choices: which hold, for whom, and that a key goes to the configured server only."""

from __future__ import annotations

import sqlite3

import pytest

from index.errors import SettingsError
from rag.conversations.archive import Archive
from rag.conversations.preferences import (
    Preferences,
    preferences_of,
    settings_with,
)
from rag.errors import GeneratorError
from rag.llm.server import try_model
from rag.settings import Settings, load_settings
from ui.chat.settings_render import form_html

pytestmark = pytest.mark.enable_socket


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("k", "99", "passages read for an answer.*less than or equal to 50"),
        ("k", "many", "valid integer"),
        ("max_sentences", 0, "greater than or equal to 1"),
        ("generator", "magic", "'extractive', 'openai' or 'local'"),
        ("abstain_below", 0.31, "none of answers more, balanced, strict"),
        ("llm_model", "a\x00b", "not text"),
        ("llm_model", "a" * 501, "too long"),
        ("seeds", "/etc", "nothing to choose"),
        ("llm_api_key", "sk-1", "nothing to choose"),
    ],
)
def test_a_choice_that_is_not_possible_is_refused_in_words(name, value, told):
    with pytest.raises(SettingsError, match=told):
        settings_with(Settings(), {name: value})


@pytest.mark.parametrize(
    "url",
    [
        "", "file:///etc/passwd", "ftp://host/v1", "host:8080/v1", "javascript:alert(1)",
        "http://", "http://user:key@host/v1", "http://host/v1?key=1", "http://host/#a",
        "http://[::1/v1", "http://host:99999/v1", "http://ho st/v1",
    ],
)  # fmt: skip
def test_only_a_plain_http_url_is_a_base_url(url):
    with pytest.raises(SettingsError, match="is no base URL"):
        settings_with(Settings(), {"llm_base_url": url})


def test_outdated_choices_are_left_out_and_named_and_the_others_hold(archive):
    archive.prefer("ann", {"k": 7, "abstain_below": 0.31, "colour": "red", "max_sentences": 99})
    found = preferences_of(Settings(), archive, "ann")
    assert (found.settings.k, found.settings.max_sentences) == (7, 3)
    assert [told.partition(":")[0] for told in found.left_out] == [
        "answers with a lower confidence are withheld",
        "colour is nothing to choose here",
        "sentences in an extractive answer",
    ]


@pytest.mark.parametrize("kept", ["{broken", "[1, 2]", "7", "null"])
def test_damaged_choices_are_told_and_the_defaults_hold(archive, tmp_path, kept):
    archive.prefer("ann", {"k": 7})
    with sqlite3.connect(tmp_path / "state" / "conversations.db") as db:
        db.execute("UPDATE preferences SET chosen = ?", (kept,))
    db.close()
    found = preferences_of(Settings(), archive, "ann")
    assert found.settings == Settings()
    assert found.left_out == ("what was kept is damaged: choose again",)


def test_where_nothing_can_be_read_the_defaults_hold(tmp_path):
    (tmp_path / "file").write_text("")
    found = preferences_of(Settings(), Archive(tmp_path / "file"), "ann")
    assert found.settings == Settings()
    assert "cannot be used" in found.left_out[0]


def test_what_the_configuration_gives_is_fixed_and_its_source_told(tmp_path, monkeypatch, archive):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "footnote.toml").write_text("k = 6\nmax_sentences = 2\nchunk_tokens = 128\n")
    monkeypatch.setenv("footnote_max_sentences", "4")
    settings = load_settings(ocr=True)
    assert settings.given == {
        "k": "footnote.toml", "max_sentences": "FOOTNOTE_MAX_SENTENCES",
        "chunk_tokens": "footnote.toml", "ocr": "a flag",
    }  # fmt: skip
    archive.prefer("ann", {"k": 9, "max_sentences": 5, "generator": "openai", "llm_model": "m"})
    found = preferences_of(settings, archive, "ann")
    assert (found.settings.k, found.settings.max_sentences) == (6, 4)
    assert found.settings.llm_model == "m"
    assert found.left_out == (
        "k is fixed by footnote.toml", "max_sentences is fixed by FOOTNOTE_MAX_SENTENCES",
    )  # fmt: skip


# What the page shows


def test_no_value_is_markup_in_the_form():
    hostile = '{0}"><script>alert(1)</script>'
    chosen = settings_with(Settings(), {"llm_model": hostile, "generator": "openai"})
    found = Preferences(chosen, (f"{hostile} is nothing to choose here",))
    html = form_html(found, Settings(llm_base_url=hostile), no_local=hostile, is_known=True)
    assert "<script" not in html
    assert "{0}&quot;&gt;&lt;script&gt;" in html
    assert "Not used any more: {0}" in html


def test_a_browser_without_cookies_is_told_that_nothing_is_kept():
    html = form_html(Preferences(Settings()), Settings(), no_local="", is_known=False)
    assert "keeps no cookies" in html
    assert 'data-event="submit" disabled' in html


class Says:
    """A model that writes these pieces, and then the error."""

    name = "a model"

    def __init__(self, *pieces: str, error: GeneratorError | None = None) -> None:
        self.pieces, self.error = pieces, error
        self.given = 0

    def stream(self, system: str, user: str):
        for piece in self.pieces:
            self.given += 1
            yield piece
        if self.error:
            raise self.error


def test_a_trial_says_what_the_model_wrote():
    assert try_model(Says("I am", " ready.\n")).startswith(
        "a model answers: “I am ready.” First words"
    )


def test_a_model_that_talks_on_is_left():
    talker = Says(*["word "] * 10_000)
    assert "word…”" in try_model(talker)
    assert talker.given < 50


def test_a_silent_model_is_an_error_and_words_before_an_error_count():
    with pytest.raises(GeneratorError, match="wrote nothing"):
        try_model(Says("", " \n"))
    with pytest.raises(GeneratorError, match="refuses the key"):
        try_model(Says(error=GeneratorError("it refuses the key")))
    assert "“I am” First" in try_model(Says("I am", error=GeneratorError("stopped")))
