"""Settings: which source wins, what is refused, and that the page about them is complete."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from index.errors import SettingsError
from rag.settings import Settings, load_settings


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch) -> Path:
    """Settings are read in an empty working folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_without_file_environment_and_flags_the_defaults_hold():
    assert load_settings() == Settings()
    assert (load_settings().seeds, load_settings().home) == (Path("seeds"), Path(".footnote"))


def test_flags_beat_the_environment_which_beats_the_file_which_beats_the_defaults(
    folder, monkeypatch
):
    assert load_settings().k == 4
    (folder / "footnote.toml").write_text("k = 6\nmax_sentences = 6\nchunk_tokens = 66\n")
    assert load_settings().k == 6
    monkeypatch.setenv("FOOTNOTE_K", "7")
    monkeypatch.setenv("FOOTNOTE_CHUNK_TOKENS", "77")
    assert load_settings().k == 7
    given = load_settings(k=8)
    assert (given.k, given.chunk_tokens, given.max_sentences, given.candidates) == (8, 77, 6, 100)


def test_a_flag_that_was_not_given_changes_nothing(monkeypatch):
    monkeypatch.setenv("FOOTNOTE_SEEDS", "elsewhere")
    assert load_settings(seeds=None, home=None).seeds == Path("elsewhere")


def test_the_environment_is_read_in_any_case_and_still_beats_the_file(folder, monkeypatch):
    (folder / "footnote.toml").write_text("k = 6\n")
    monkeypatch.setenv("footnote_k", "7")
    assert load_settings().k == 7


def test_another_file_is_read_when_it_is_named_and_must_be_there(folder):
    (folder / "footnote.toml").write_text("k = 6\n")
    (folder / "other.toml").write_text("k = 9\n")
    assert load_settings(folder / "other.toml").k == 9
    with pytest.raises(SettingsError, match=r"cannot read .*nowhere\.toml"):
        load_settings(folder / "nowhere.toml")


@pytest.mark.parametrize("content", ["k = ", b"\xff\xfe", "k = 1\nk = 2\n"])
def test_a_file_that_is_not_toml_is_refused(folder, write, content):
    write(folder, {"footnote.toml": content})
    with pytest.raises(SettingsError, match=r"cannot read footnote\.toml"):
        load_settings()


def test_an_unknown_key_in_the_file_is_refused_by_name(folder):
    (folder / "footnote.toml").write_text("k = 6\nchunk_size = 100\n")
    with pytest.raises(SettingsError, match=r"footnote\.toml.*'chunk_size'.*docs/settings\.md"):
        load_settings()


def test_an_unknown_variable_in_the_environment_is_refused_by_name(monkeypatch):
    monkeypatch.setenv("FOOTNOTE_CHUNK_SIZE", "100")
    with pytest.raises(SettingsError, match=r"FOOTNOTE_CHUNK_SIZE.*docs/settings\.md"):
        load_settings()


def test_the_variables_that_are_no_settings_are_known(monkeypatch):
    monkeypatch.setenv("FOOTNOTE_CONFIG", "footnote.toml")
    monkeypatch.setenv("FOOTNOTE_VERBOSE", "1")
    assert load_settings() == Settings()


def test_a_secret_in_the_file_is_refused_and_not_repeated(folder):
    (folder / "footnote.toml").write_text('llm_api_key = "hunter2"\n')
    with pytest.raises(SettingsError, match="FOOTNOTE_LLM_API_KEY") as raised:
        load_settings()
    assert "hunter2" not in str(raised.value)


def test_a_secret_in_the_environment_is_read_and_never_shown(monkeypatch):
    monkeypatch.setenv("FOOTNOTE_LLM_API_KEY", "hunter2")
    settings = load_settings()
    assert settings.llm_api_key.get_secret_value() == "hunter2"
    assert "hunter2" not in f"{settings!r} {settings} {settings.model_dump_json()}"


@pytest.mark.parametrize(
    ("name", "value", "bound"),
    [
        ("chunk_tokens", 16, "32"),
        ("chunk_tokens", 1000, "480"),
        ("k", 0, "1"),
        ("k", 51, "50"),
        ("abstain_below", 1.5, "1"),
        ("keep_generations", -1, "0"),
        ("llm_timeout_s", 0, "0"),
        ("generator", "magic", "extractive"),
        ("embedding", "", "at least 1 character"),
        ("k", "many", "integer"),
    ],
)
def test_a_value_out_of_bounds_is_refused_with_name_value_and_bound(name, value, bound):
    with pytest.raises(SettingsError) as raised:
        load_settings(**{name: value})
    told = str(raised.value)
    assert told.startswith(f"setting {name}: ")
    assert repr(value) in told
    assert bound in told
    assert "\n" not in told


def test_bounds_hold_in_the_environment_too(monkeypatch):
    monkeypatch.setenv("FOOTNOTE_K", "0")
    with pytest.raises(SettingsError, match=r"setting k: .*greater than or equal to 1 \(got '0'\)"):
        load_settings()


def test_settings_cannot_be_changed():
    with pytest.raises(ValidationError, match="frozen"):
        Settings().k = 7


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_described(name):
    assert Settings.model_fields[name].description


def test_the_page_about_settings_lists_every_setting_with_its_default_and_no_other(repo):
    page = repo / "docs" / "settings.md"
    if not page.is_file():
        pytest.skip("docs/settings.md is not written yet")
    rows = re.findall(r"^\| `(\w+)` \| *([^|]*?) *\|", page.read_text(encoding="utf-8"), re.M)
    listed = {name: default.strip("`") for name, default in rows}
    fields = Settings.model_fields
    assert list(listed) == list(fields)
    for name, default in listed.items():
        if name != "llm_api_key":
            actual = fields[name].default
            actual = str(actual).lower() if isinstance(actual, bool) else actual
            actual = "" if actual in (None, (), {}) else actual
            number = isinstance(actual, int | float)
            assert (float(default) if number else default) == (actual if number else str(actual))


@pytest.mark.parametrize(
    ("seeds", "home"),
    [
        ("docs", "docs/index"),
        ("docs", "docs"),
        ("docs", "docs/a/../index"),
        (".", "index"),
        ("link", "docs/index"),
        (".hidden/docs", ".hidden/docs/index"),
    ],
)
def test_risk_10_a_home_inside_the_documents_folder_is_refused(folder, seeds, home):
    (folder / "docs").mkdir()
    (folder / "link").symlink_to(folder / "docs")
    with pytest.raises(SettingsError, match=r"inside the documents folder .* a dot"):
        load_settings(seeds=seeds, home=home)


@pytest.mark.parametrize("seeds", ["h/generations", "h/generations/1/x", "h/trash", "h/cases"])
def test_risk_10_documents_among_the_files_of_a_home_are_refused(seeds):
    with pytest.raises(SettingsError, match=r"inside the home h, .* --seeds"):
        load_settings(seeds=seeds, home="h")


@pytest.mark.parametrize(
    ("seeds", "home"),
    [
        ("docs", ".footnote"),
        (".", ".footnote"),
        ("docs", "docs/.footnote"),
        ("docs", "docs/.state/index"),
        ("docs", "docs-index"),
        ("h/seeds", "h"),
        ("seeds", "."),
    ],
)
def test_risk_10_hidden_homes_and_homes_elsewhere_are_taken(seeds, home):
    assert load_settings(seeds=seeds, home=home).home == Path(home)
