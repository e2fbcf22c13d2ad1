"""Files put into the documents folder and taken out of it."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import HomeError, SeedsError
from index.folder import MAX_FILES, Deleted, Folder, Upload
from index.listing import HashMemory, list_seeds
from rag.settings import Settings


@pytest.fixture
def folder(seeds, home) -> Folder:
    return Folder(Settings(seeds=seeds, home=home, max_file_mb=1, libreoffice=False))


@pytest.fixture
def came(home):
    """``came(name, content)``: a file that was uploaded, where it is for now."""
    place = home / "uploads"
    place.mkdir(parents=True)

    def make(name: str, content: str | bytes = "The harbour.\n") -> Upload:
        path = place / f"{len(list(place.iterdir()))}"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return Upload(path, name)

    return make


def names_in(place: Path) -> list[str]:
    return sorted(str(p.relative_to(place)) for p in place.rglob("*") if not p.is_dir())


def test_files_land_in_the_folder_whole_and_leave_where_they_were(folder, seeds, came):
    uploads = [came("harbour.txt", "one"), came("Plan (2).PDF", b"%PDF-"), came("R&D 'x' #1.md")]
    done = folder.upload(uploads)
    assert done.added == ("harbour.txt", "Plan (2).PDF", "R&D 'x' #1.md")
    assert done.waiting == done.refused == ()
    assert names_in(seeds) == sorted(done.added)
    assert (seeds / "harbour.txt").read_text() == "one"
    assert not any(upload.path.exists() for upload in uploads)


def test_a_new_file_may_be_read_as_any_other_of_the_folder(folder, seeds, came):
    (seeds / "other.txt").write_text("x")
    upload = came("harbour.txt")
    upload.path.chmod(0o600)
    folder.upload([upload])
    assert (seeds / "harbour.txt").stat().st_mode == (seeds / "other.txt").stat().st_mode


def test_a_taken_name_waits_until_it_is_said_what_becomes_of_it(folder, seeds, came):
    (seeds / "harbour.txt").write_text("old")
    waiting = folder.upload([came("harbour.txt", "new")]).waiting
    assert [upload.name for upload in waiting] == ["harbour.txt"]
    assert waiting[0].path.exists()
    assert (seeds / "harbour.txt").read_text() == "old"
    assert folder.upload(waiting, "keep both").added == ("harbour (2).txt",)
    assert (seeds / "harbour (2).txt").read_text() == "new"
    assert folder.upload([came("harbour.txt", "newest")], "replace").added == ("harbour.txt",)
    assert (seeds / "harbour.txt").read_text() == "newest"
    assert names_in(seeds) == ["harbour (2).txt", "harbour.txt"]


def test_two_files_of_one_name_do_not_overwrite_each_other(folder, seeds, came):
    done = folder.upload([came("a.txt", "first"), came("a.txt", "second")])
    assert done.added == ("a.txt",)
    assert [upload.name for upload in done.waiting] == ["a.txt"]
    assert (seeds / "a.txt").read_text() == "first"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../out.txt", "separator"),
        ("/etc/out.txt", "separator"),
        ("..\\out.txt", "separator"),
        ("a\nb.txt", "control character"),
        ("a\x00.txt", "control character"),
        ("invoice\u202etxt.pdf", "control character"),
        (".hidden.txt", "begins with a dot"),
        ("..", "begins with a dot"),
        ("a" * 252 + ".txt", "longer than 255 bytes"),
        ("ü" * 126 + ".txt", "longer than 255 bytes"),
        ("program.exe", "format .exe is not supported"),
        ("Makefile", "format without extension is not supported"),
        ("", "format without extension is not supported"),
        ("scan.png", "set ocr = true"),
        ("letter.doc", "save it as .docx"),
    ],
)
def test_an_unsafe_name_or_another_format_is_refused(folder, seeds, came, name, reason):
    upload = came(name)
    [refused] = folder.upload([upload]).refused
    assert refused.document == name
    assert reason in refused.reason
    assert names_in(seeds) == []
    assert not upload.path.exists()


def test_one_refused_file_does_not_keep_out_the_others(folder, seeds, came):
    done = folder.upload([came("a.exe"), came("b.txt", b""), came("c.txt", b"x" * 1_000_001)])
    assert [failure.reason for failure in done.refused] == [
        "format .exe is not supported: see `footnote doctor` for those that are",
        "the file is empty (0 bytes)",
        "1 MB, more than max_file_mb = 1: split it or raise the setting",
    ]
    assert folder.upload([came("d.exe"), came("e.txt", b"x" * 1_000_000)]).added == ("e.txt",)


def test_pictures_are_taken_where_they_are_read(seeds, home, came):
    folder = Folder(Settings(seeds=seeds, home=home, ocr=True))
    assert folder.upload([came("scan.png")]).added == ("scan.png",)


def test_too_many_files_or_no_folder_are_errors_in_words(folder, seeds, came):
    with pytest.raises(SeedsError, match="upload fewer"):
        folder.upload([came("a.txt")] * (MAX_FILES + 1))
    seeds.rmdir()
    seeds.write_text("no folder")
    with pytest.raises(SeedsError, match="create it"):
        folder.upload([came("a.txt")])


def test_the_first_upload_makes_the_folder(folder, seeds, came):
    seeds.rmdir()
    assert folder.upload([came("a.txt")]).added == ("a.txt",)
    assert (seeds / "a.txt").is_file()


def test_a_folder_that_cannot_be_written_refuses_with_the_reason(folder, seeds, came):
    upload = came("a.txt")
    upload.path.unlink()
    [refused] = folder.upload([upload]).refused
    assert "cannot be kept (No such file or directory)" in refused.reason


@pytest.mark.parametrize(
    "name",
    'CON.txt nul.txt COM1.txt lpt³.md a:b.txt a*?.txt <a>.txt a|b.txt "a".txt aux.h.txt'.split(),
)
def test_f18_a_name_that_another_system_cannot_have_is_refused(folder, seeds, came, name):
    [refused] = folder.upload([came(name)]).refused
    assert "cannot be written on every system" in refused.reason
    assert names_in(seeds) == []


def test_f1_f2_what_is_outside_the_folder_of_uploads_is_neither_taken_nor_removed(
    folder, seeds, came, home, tmp_path
):
    secret = tmp_path / "secret.txt"
    secret.write_text("the key")
    link = home / "uploads" / "link.txt"
    link.symlink_to(secret)
    beside = home / "uploads" / ".." / ".." / "secret.txt"
    for path in (secret, link, beside, home / "uploads", Path("/proc/self/environ")):
        for name in ("a.txt", "a.exe"):
            done = folder.upload([Upload(path, name)], "replace")
            assert (len(done.refused), done.added, done.waiting) == (1, (), ())
            folder.forget(Upload(path, name))
    assert secret.read_text() == "the key"
    assert names_in(seeds) == []


@given(name=st.text(max_size=60))
def test_whatever_the_name_nothing_is_written_but_one_visible_file(name, tmp_path_factory):
    place = tmp_path_factory.mktemp("any")
    (place / "seeds").mkdir()
    came = place / "home" / "uploads" / "came"
    came.parent.mkdir(parents=True)
    came.write_text("x")
    folder = Folder(Settings(seeds=place / "seeds", home=place / "home"))
    done = folder.upload([Upload(came, name + ".txt")])
    assert len(done.added) + len(done.refused) == 1
    assert names_in(place) == [f"seeds/{one}" for one in done.added]
    listed = list_seeds(place / "seeds", HashMemory(place / "h"), max_bytes=10)
    assert tuple(seed.id for seed in listed.seeds) == done.added
    assert done.added == tuple(unicodedata.normalize("NFC", one) for one in done.added)


def test_what_is_deleted_goes_to_the_trash_and_comes_back_as_it_was(folder, seeds, home, write):
    write(seeds, {"a.txt": "one", "mail/2025/b.eml": "two", "c.txt": "three"})
    os.utime(seeds / "a.txt", (1_700_000_000, 1_700_000_000))
    deleted = folder.delete(["a.txt", "mail/2025/b.eml"])
    assert names_in(seeds) == ["c.txt"]
    assert names_in(home / "trash" / deleted.name) == ["a.txt", "mail/2025/b.eml"]
    folder.restore(deleted)
    assert names_in(seeds) == ["a.txt", "c.txt", "mail/2025/b.eml"]
    assert (seeds / "mail/2025/b.eml").read_text() == "two"
    assert (seeds / "a.txt").stat().st_mtime == 1_700_000_000
    assert names_in(home) == []
    with pytest.raises(SeedsError, match="not brought back"):
        folder.restore(deleted)


def test_a_deleted_file_does_not_come_back_over_a_newer_one(folder, seeds, home, write):
    write(seeds, {"a.txt": "old", "b.txt": "other"})
    deleted = folder.delete(["a.txt", "b.txt"])
    write(seeds, {"a.txt": "new"})
    with pytest.raises(SeedsError, match=r"not brought back: a\.txt \(File exists\)"):
        folder.restore(deleted)
    assert (seeds / "a.txt").read_text() == "new"
    assert (seeds / "b.txt").read_text() == "other"
    assert (home / "trash" / deleted.name / "a.txt").read_text() == "old"


@pytest.mark.parametrize(
    "name",
    [
        *("../out.txt", "..", "", ".", "sub", "out.txt", "link.txt", "linked/out.txt"),
        *(".git/config", "sub/../a.txt", "gone.txt", "bad\x00.txt"),
    ],
)
def test_nothing_but_a_file_of_the_folder_is_deleted(folder, seeds, home, tmp_path, write, name):
    write(tmp_path, {"out.txt": "mine", "seeds/a.txt": "x", "seeds/sub/b.txt": "x"})
    write(seeds, {".git/config": "x"})
    (seeds / "link.txt").symlink_to(tmp_path / "out.txt")
    (seeds / "linked").symlink_to(tmp_path)
    before = names_in(tmp_path)
    with pytest.raises(SeedsError, match="no file of"):
        folder.delete(["a.txt", name])
    with pytest.raises(SeedsError, match="no file of"):
        folder.delete(["a.txt", str(tmp_path / "out.txt")])
    assert names_in(tmp_path) == before
    assert not home.exists()


def test_when_one_file_cannot_be_moved_none_is(folder, seeds, home, write):
    write(seeds, {"a.txt": "one", "b.txt": "two"})
    home.write_text("not a folder")
    with pytest.raises(HomeError, match="nothing was deleted"):
        folder.delete(["a.txt", "b.txt"])
    assert names_in(seeds) == ["a.txt", "b.txt"]


def test_an_unknown_deletion_cannot_be_undone(folder):
    with pytest.raises(SeedsError, match="not brought back"):
        folder.restore(Deleted("20260101-000000-abcd", ("a.txt",)))
