"""The mirror of a source: names, what is replaced and removed, what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from index.errors import IndexLockedError, SettingsError, SourceError
from index.folder import seed_name
from index.sources.kinds import open_source
from index.sources.links import SourceLinks
from index.sources.names import Names, safe_path
from index.sources.settings import S3Settings
from index.sources.source import Content, Item, ItemError, Mark, Waiting, needs
from index.sources.sync import SyncReport, sync
from index.store.home import Home
from rag.settings import Settings, load_settings
from ui.server import syncing
from ui.server.audit import AuditLog
from ui.server.syncing import Syncs


class Shelf:
    """A source at the seam: texts by their names; an exception is raised instead of its text."""

    def __init__(self, **texts: str | Exception) -> None:
        self.texts: dict[str, str | Exception] = dict(texts)
        self.fetched: list[str] = []

    def items(self) -> Iterator[Item]:
        for key, text in self.texts.items():
            yield Item(key, key, str(hash(str(text))))

    @contextmanager
    def fetch(self, item: Item, mark: Mark) -> Iterator[Content]:
        text = self.texts[item.key]
        self.fetched.append(item.key)
        if isinstance(text, Exception):
            raise text
        yield Content([text.encode()], item.key)

    def close(self) -> None:
        """Nothing."""


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def settings_of(seeds: Path, home: Path) -> Callable[..., Settings]:
    """``settings_of(**limits)``: settings with a source named shelf."""

    def make(max_file_mb: int = 100, **limits: object) -> Settings:
        source = {"kind": "git", "url": "file:///nowhere", **limits}
        return Settings(seeds=seeds, home=home, max_file_mb=max_file_mb, sources={"shelf": source})

    return make


@pytest.fixture
def synced(shelf: Shelf, settings_of) -> Callable[..., SyncReport]:
    """``synced(dry_run=..., force=..., **limits)``: one sync of the shelf."""

    def run(*, dry_run: bool = False, force: bool = False, **limits: object) -> SyncReport:
        shelf.fetched.clear()
        return sync("shelf", shelf, settings_of(**limits), dry_run=dry_run, force=force)

    return run


def there(seeds: Path) -> dict[str, str]:
    return {
        path.relative_to(seeds).as_posix(): path.read_text()
        for path in seeds.rglob("*")
        if path.is_file() and not path.name.startswith(".")
    }


def test_only_what_changed_is_fetched_and_what_is_gone_is_removed(shelf, synced, seeds):
    shelf.texts |= {"a.txt": "1", "deep/er/b.txt": "2", "c.txt": "3"}
    assert synced().added == ("shelf/a.txt", "shelf/c.txt", "shelf/deep/er/b.txt")
    shelf.texts["a.txt"] = "1 and more"
    del shelf.texts["deep/er/b.txt"]
    shelf.texts["d.txt"] = "4"
    report = synced()
    assert sorted(shelf.fetched) == ["a.txt", "d.txt"]
    assert (report.added, report.changed) == (("shelf/d.txt",), ("shelf/a.txt",))
    assert (report.removed, report.unchanged) == (("shelf/deep/er/b.txt",), 1)
    assert there(seeds) == {
        "shelf/a.txt": "1 and more", "shelf/c.txt": "3", "shelf/d.txt": "4"
    }  # fmt: skip
    assert not (seeds / "shelf/deep").exists()


def test_a_dry_run_changes_nothing(shelf, synced, seeds):
    shelf.texts["a.txt"] = "1"
    assert synced(dry_run=True).added == ("shelf/a.txt",)
    assert list(seeds.rglob("*")) == []
    assert shelf.fetched == []


def test_files_that_the_source_did_not_bring_are_never_touched(shelf, synced, seeds, write):
    write(seeds, {"shelf/mine.txt": "mine", "shelf/sub/own.txt": "own", "other.txt": "other"})
    shelf.texts |= {"mine.txt": "theirs", "sub/a.txt": "1"}
    report = synced()
    assert [one.document for one in report.failed] == ["mine.txt"]
    assert "did not bring" in report.failed[0].reason
    shelf.texts.clear()
    synced(force=True)
    assert there(seeds) == {
        "shelf/mine.txt": "mine", "shelf/sub/own.txt": "own", "other.txt": "other"
    }  # fmt: skip


def test_a_file_that_was_changed_here_stays_and_is_named(shelf, synced, seeds):
    shelf.texts |= {"a.txt": "1", "b.txt": "2", "c.txt": "3"}
    synced()
    (seeds / "shelf/a.txt").write_text("my notes")
    (seeds / "shelf/b.txt").write_text("my notes too")
    shelf.texts["a.txt"] = "one"
    del shelf.texts["b.txt"]
    report = synced()
    assert [(one.document, "changed here" in one.reason) for one in report.failed] == [
        ("a.txt", True), ("b.txt", True)
    ]  # fmt: skip
    assert report.removed == ()
    assert there(seeds)["shelf/a.txt"] == "my notes"
    assert there(seeds)["shelf/b.txt"] == "my notes too"
    (seeds / "shelf/a.txt").unlink()
    assert synced().changed == ("shelf/a.txt",)
    assert there(seeds)["shelf/a.txt"] == "one"
    assert there(seeds)["shelf/b.txt"] == "my notes too"


def test_a_file_that_was_deleted_here_comes_back(shelf, synced, seeds):
    shelf.texts |= {"a.txt": "1", "b.txt": "2"}
    synced()
    (seeds / "shelf/a.txt").unlink()
    synced()
    assert shelf.fetched == ["a.txt"]
    assert there(seeds)["shelf/a.txt"] == "1"


def test_more_than_half_is_removed_only_when_that_is_meant(shelf, synced, seeds):
    shelf.texts |= {f"{n}.txt": str(n) for n in range(4)}
    synced()
    del shelf.texts["0.txt"], shelf.texts["1.txt"]
    assert len(synced(dry_run=True).removed) == 2
    assert len(synced().removed) == 2
    shelf.texts.clear()
    shelf.texts["new.txt"] = "new"
    with pytest.raises(SourceError, match=r"2 of the 2 .*--dry-run.*--force"):
        synced()
    assert sorted(there(seeds)) == ["shelf/2.txt", "shelf/3.txt"]
    assert len(synced(dry_run=True).removed) == 2
    synced(force=True)
    assert there(seeds) == {"shelf/new.txt": "new"}


def test_a_source_that_fails_in_the_middle_changes_nothing(shelf, synced, seeds):
    shelf.texts |= {"a.txt": "1"}
    synced()
    before = {path: path.read_bytes() for path in seeds.rglob("*") if path.is_file()}
    shelf.texts |= {"a.txt": "2", "b.txt": "3", "c.txt": SourceError("the line is cut")}
    with pytest.raises(SourceError, match="the line is cut"):
        synced()
    assert {path: path.read_bytes() for path in seeds.rglob("*") if path.is_file()} == before


def test_an_item_that_cannot_be_had_is_named_and_stays_as_it_was(shelf, synced, seeds):
    shelf.texts |= {"a.txt": "1", "b.txt": "2"}
    synced()
    shelf.texts |= {"a.txt": ItemError("no permission"), "c.txt": "3"}
    report = synced()
    assert [(one.document, one.reason) for one in report.failed] == [("a.txt", "no permission")]
    assert there(seeds) == {"shelf/a.txt": "1", "shelf/b.txt": "2", "shelf/c.txt": "3"}


def test_what_came_before_the_source_asked_to_wait_is_kept(shelf, synced, seeds):
    shelf.texts |= {"a.txt": "1", "b.txt": Waiting("too many requests"), "c.txt": "3"}
    report = synced()
    assert (report.added, report.waiting) == (("shelf/a.txt",), 2)
    shelf.texts["b.txt"] = "2"
    assert synced().added == ("shelf/b.txt", "shelf/c.txt")


def test_bounds_hold_for_sizes_numbers_and_time(shelf, synced):
    shelf.texts |= {"a.txt": "x" * 1_100_000, "b.txt": "x" * 900_000, "c.txt": "x"}
    report = synced(max_file_mb=1, max_mb=2)
    assert [one.document for one in report.failed] == ["a.txt"]
    assert "max_file_mb = 1" in report.failed[0].reason
    report = synced(max_mb=1)
    assert "max_mb = 1" in report.reason
    with pytest.raises(SourceError, match="max_files = 2"):
        synced(max_files=2)
    with pytest.raises(SourceError, match="max_minutes"):
        synced(max_minutes=1e-9)


def test_globs_choose_and_what_is_no_longer_chosen_goes(shelf, synced, seeds):
    shelf.texts |= {"docs/a.md": "1", "docs/old/b.md": "2", "src/c.py": "3"}
    synced(include=("docs/*",))
    assert sorted(there(seeds)) == ["shelf/docs/a.md", "shelf/docs/old/b.md"]
    synced(include=("docs/*",), exclude=("docs/old/*",))
    assert sorted(there(seeds)) == ["shelf/docs/a.md"]


def test_a_sync_that_was_cut_while_files_were_moved_is_made_good(shelf, synced, seeds):
    shelf.texts |= {"a.txt": "1", "b.txt": "2", "c.txt": "3"}
    synced()
    record = seeds / "shelf/.footnote-source.json"
    values = json.loads(record.read_text())
    for key in ("a.txt", "d.txt"):  # as the record is before files are moved
        values["files"][key] = {"name": key, "version": "", "mark": "", "sha256": ""}
    record.write_text(json.dumps(values))
    (seeds / "shelf/.footnote-incoming-x").mkdir()
    (seeds / "shelf/a.txt").write_text("half of it came")
    (seeds / "shelf/d.txt").write_text("moved already")
    shelf.texts |= {"a.txt": "one", "d.txt": "four"}
    report = synced()
    assert report.failed == ()
    assert there(seeds) == {
        "shelf/a.txt": "one", "shelf/b.txt": "2", "shelf/c.txt": "3", "shelf/d.txt": "four"
    }  # fmt: skip
    assert not (seeds / "shelf/.footnote-incoming-x").exists()


def test_nothing_is_written_through_a_link(shelf, synced, seeds, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (seeds / "shelf").mkdir()
    (seeds / "shelf/sub").symlink_to(outside)
    shelf.texts |= {"sub/a.txt": "1", "b.txt": "2"}
    report = synced()
    assert [one.document for one in report.failed] == ["sub/a.txt"]
    assert list(outside.iterdir()) == []
    (seeds / "shelf/b.txt").unlink()
    (seeds / "shelf/b.txt").symlink_to(outside / "b.txt")
    shelf.texts["b.txt"] = "3"
    assert {one.document for one in synced().failed} == {"sub/a.txt", "b.txt"}
    assert list(outside.iterdir()) == []


def test_a_mirror_that_is_a_link_is_refused(shelf, synced, seeds, tmp_path):
    (seeds / "shelf").symlink_to(tmp_path)
    with pytest.raises(SourceError, match="is a link"):
        synced()


def test_a_source_is_synced_by_one_at_a_time(shelf, synced, home):
    with Home(home).source_lock("shelf"), pytest.raises(IndexLockedError, match="being synced"):
        synced()


def test_a_damaged_record_is_an_error_and_removes_nothing(shelf, synced, seeds):
    shelf.texts["a.txt"] = "1"
    synced()
    (seeds / "shelf/.footnote-source.json").write_text("{")
    with pytest.raises(SourceError, match="cannot be read"):
        synced()
    assert there(seeds) == {"shelf/a.txt": "1"}


def test_what_was_mirrored_is_indexed_as_any_document(shelf, synced, make_builder, seeds, home):
    shelf.texts |= {"hr/leave.md": "# Leave\n\nThirty days a year.", "b.txt": "Two."}
    synced()
    builder = make_builder(seeds, home)
    report = builder.build()
    assert sorted(seed.id for seed in report.plan.added) == ["shelf/b.txt", "shelf/hr/leave.md"]
    assert report.failed == ()
    del shelf.texts["b.txt"]
    synced()
    assert builder.build().plan.removed == ("shelf/b.txt",)


HOSTILE = [
    "../../etc/passwd.txt", "/etc/passwd.txt", "a/../../b.txt", "a\\..\\b.txt", "C:\\b.txt",
    "con.txt", "aux/b.txt", "a:b.txt", "x\x00y.txt", "x\u202etxt.exe.txt", "a./b .txt", " b.txt",
    "x" * 400 + ".txt", "ü" * 200 + ".txt", "a//b.txt", "./b.txt", "line\nbreak.txt", "?.txt",
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_becomes_one_that_every_system_can_write(name):
    safe = safe_path(name)
    parts = PurePosixPath(safe).parts
    assert not PurePosixPath(safe).is_absolute()
    assert ".." not in parts
    for part in parts:
        assert seed_name(part if "." in part else f"{part}.txt", ocr=False)
        assert len(part.encode()) <= 255
    assert safe_path(name) == safe
    assert safe.endswith(".txt")


@settings(max_examples=30)
@given(st.lists(st.text(min_size=1), unique=True, max_size=8))
def test_no_two_items_have_one_name_whatever_they_are_called(keys):
    names = Names(())
    given_names = []
    for key in keys:
        try:
            given_names.append(names.name(key, f"{key}.txt"))
        except ItemError:
            continue
    assert len({name.casefold() for name in given_names}) == len(given_names)
    again = Names(zip(keys, given_names, strict=False)) if len(keys) == len(given_names) else None
    if again is not None:
        assert [again.name(key, f"{key}.txt") for key in keys] == given_names


@pytest.mark.parametrize(
    "pair",
    [("A.txt", "a.txt"), ("é.txt", "e\u0301.txt"), ("ß.txt", "SS.txt"), ("a b.txt", "a b .txt")],
)
def test_names_that_some_systems_take_for_one_are_told_apart(shelf, synced, seeds, pair):
    shelf.texts |= dict(zip(pair, ("one", "two"), strict=True))
    assert synced().failed == ()
    assert sorted(there(seeds).values()) == ["one", "two"]
    assert synced().unchanged == 2


def test_a_file_with_the_name_of_a_folder_is_named(shelf, synced):
    shelf.texts |= {"a.txt": "1", "a.txt/b.txt": "2"}
    report = synced()
    assert [one.document for one in report.failed] == ["a.txt/b.txt"]


def test_hidden_files_and_formats_that_are_not_read_are_left_out(shelf, synced):
    shelf.texts |= {".git/config.txt": "1", "a/.b.txt": "2", "c.exe": "3", "d.txt": "4"}
    report = synced()
    assert [one.document for one in report.left_out] == [".git/config.txt", "a/.b.txt", "c.exe"]
    assert report.added == ("shelf/d.txt",)


def test_a_kind_whose_library_is_missing_names_the_extra():
    with pytest.raises(SourceError, match=r"kind s3 needs the extra `sources`: pip install .*"):
        needs("no_such_library", "s3")


def test_a_source_that_is_not_in_the_settings_is_an_error_with_the_names(settings_of):
    with (
        pytest.raises(SourceError, match=r"no source 'wiki'.*there are: shelf"),
        open_source("wiki", settings_of()),
    ):
        pass


@pytest.mark.parametrize(
    "line", ['password = "hunter2"', 'secret = "hunter2"', 'url = "https://ines:hunter2@x.org"']
)
def test_a_secret_of_a_source_in_the_file_is_refused_and_not_repeated(tmp_path, line):
    config = tmp_path / "footnote.toml"
    config.write_text(f'[sources.wiki]\nkind = "webdav"\n{line}\n')
    with pytest.raises(SettingsError, match="FOOTNOTE_SOURCE_WIKI_") as raised:
        load_settings(config)
    assert "hunter2" not in str(raised.value)


def test_a_secret_of_no_source_is_refused_by_name(tmp_path, monkeypatch):
    config = tmp_path / "footnote.toml"
    config.write_text('[sources.team-wiki]\nkind = "webdav"\nurl = "https://x.org"\n')
    monkeypatch.setenv("FOOTNOTE_SOURCE_TEAM_WIKI_PASSWORD", "hunter2")
    assert "hunter2" not in repr(load_settings(config))
    monkeypatch.setenv("FOOTNOTE_SOURCE_TEAM_WIKI_PASWORD", "hunter2")
    with pytest.raises(SettingsError, match="TEAM_WIKI_PASWORD is the secret of no source"):
        load_settings(config)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ('[sources.A]\nkind = "s3"\nbucket = "b"', "sources"),
        ('[sources.a]\nkind = "ftp"', "'s3', 'webdav', 'imap', 'git', 'web'"),
        ('[sources.a]\nkind = "s3"', "bucket"),
        ('[sources.a]\nkind = "web"\nurl = "file:///etc/passwd"', "begins with https"),
        ('[sources.a]\nkind = "git"\nurl = "https://x"\nref = "--x"', "ref"),
        ('[sources.a]\nkind = "s3"\nbucket = "b"\nspeed = 3', "speed"),
    ],
)
def test_settings_of_a_source_that_are_wrong_are_refused_by_name(tmp_path, lines, said):
    config = tmp_path / "footnote.toml"
    config.write_text(lines)
    with pytest.raises(SettingsError, match=said):
        load_settings(config)


@pytest.fixture
def by_the_clock(shelf, settings_of, monkeypatch) -> Syncs:
    """A shelf that is synced every ten minutes; ``built`` has whether each build could begin."""

    @contextmanager
    def opened(name: str, settings: Settings) -> Iterator[Shelf]:
        assert name == "shelf"
        yield shelf

    monkeypatch.setattr(syncing, "open_source", opened)
    syncs = Syncs(settings_of(every_minutes=10), lambda: syncs.is_free, lambda: syncs.now)
    syncs.is_free, syncs.now = True, 1_000_000.0
    return syncs


def test_a_source_is_synced_when_its_time_has_come_and_built_when_something_changed(
    by_the_clock, shelf, monkeypatch, home
):
    builds: list[bool] = []

    def rebuild() -> bool:
        builds.append(by_the_clock.is_free)
        return by_the_clock.is_free

    monkeypatch.setattr(by_the_clock, "_rebuild", rebuild)
    shelf.texts["a.txt"] = "1"
    by_the_clock.is_free = False
    by_the_clock.sync_due()
    state = by_the_clock.states["shelf"]
    assert (state.error, state.counts()["added"], state.next) == ("", 1, 1_000_600.0)
    by_the_clock.is_free = True
    by_the_clock.sync_due()  # the build that ran has ended
    by_the_clock.sync_due()
    assert builds == [False, True]
    shelf.texts["b.txt"] = "2"
    by_the_clock.now += 599
    by_the_clock.sync_due()
    assert by_the_clock.states["shelf"].counts()["added"] == 1
    by_the_clock.now += 1
    by_the_clock.sync_due()
    assert by_the_clock.states["shelf"].counts()["unchanged"] == 1
    assert builds == [False, True, True]
    by_the_clock.now += 600
    by_the_clock.sync_due()  # nothing is new
    assert builds == [False, True, True]
    assert [one.action for one in AuditLog(home).changes()] == ["added from shelf"] * 2


@pytest.mark.parametrize("error", [SourceError("it is away"), ValueError("a text")])
def test_a_sync_that_fails_is_kept_logged_and_tried_again(by_the_clock, shelf, error, caplog):
    shelf.texts["a.txt"] = "1"
    by_the_clock.sync_due()
    shelf.texts["b.txt"] = error
    by_the_clock.now += 600
    by_the_clock.sync_due()
    state = by_the_clock.states["shelf"]
    assert state.error
    assert "a text" not in state.error
    assert (state.succeeded, state.counts()["added"]) == (1_000_000.0, 1)
    assert (state.failed, state.next) == (1_000_600.0, 1_001_200.0)
    failed = [record for record in caplog.records if record.message == "sync failed"]
    assert [record.fields["source"] for record in failed] == ["shelf"]
    shelf.texts["b.txt"] = "2"
    by_the_clock.now += 600
    by_the_clock.sync_due()
    assert by_the_clock.states["shelf"].error == ""


def test_without_a_time_no_source_is_synced_by_the_server(settings_of):
    assert Syncs(settings_of(), lambda: True).states == {}


def test_a_document_of_a_source_has_the_address_of_its_original(shelf, synced, settings_of, seeds):
    links = SourceLinks(settings_of(link="https://git.example.org/wiki/{path}"))
    assert links.url_of("shelf/a.eml") is None
    shelf.texts |= {"a.eml": "1", 'in "b"/c?.txt': "2"}
    synced()
    assert links.url_of("shelf/a.eml") == "https://git.example.org/wiki/a.eml"
    assert links.url_of("shelf/a.eml/attached.pdf") == "https://git.example.org/wiki/a.eml"
    (other,) = (name for name in there(seeds) if name != "shelf/a.eml")
    assert links.url_of(other) == "https://git.example.org/wiki/in%20%22b%22/c%3F.txt"
    assert [links.url_of(name) for name in ("shelf/mine.txt", "a.eml", "shelf", "")] == [None] * 4
    assert SourceLinks(settings_of()).url_of("shelf/a.eml") is None
    (seeds / "shelf/.footnote-source.json").write_text("{")
    assert links.url_of("shelf/a.eml") is None


@pytest.mark.parametrize("link", ["javascript:alert(1)", "ftp://x/{path}", "{path}"])
def test_the_address_of_an_original_is_one_of_the_web(settings_of, link):
    with pytest.raises(ValidationError, match="begins with http"):
        settings_of(link=link)


def test_storage_has_the_address_of_an_object():
    store = S3Settings(kind="s3", bucket="papers", prefix="h r/", endpoint="http://x.org:9000/")
    assert store.url_of("a b.txt") == "http://x.org:9000/papers/h%20r/a%20b.txt"
    aws = S3Settings(kind="s3", bucket="papers")
    assert aws.url_of("a.txt") == "https://s3.amazonaws.com/papers/a.txt"
