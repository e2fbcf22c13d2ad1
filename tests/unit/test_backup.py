"""A backup is whole, is made while others write, and nothing hostile comes out of one."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import BackupError, IndexLockedError
from index.store.backup import RECORD, back_up, kept_in
from index.store.home import Home, Pointer
from index.store.restore import restore
from rag.conversations.archive import Archive
from ui.server.accounts import Accounts
from ui.server.audit import AuditLog

PASSWORD = "correct horse staple"
GENERATION = "20261130-050000-0a1b"


def contents(folder: Path) -> dict[str, bytes]:
    """All files below a folder but the lock of the home."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != "lock")
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


@pytest.fixture
def home(tmp_path) -> Path:
    """A home with something of every kind, and two generations."""
    home = tmp_path / "home"
    for name in (GENERATION, "20261129-050000-0a1b"):
        folder = home / "generations" / name / "vectors"
        folder.mkdir(parents=True)
        (folder / "data.bin").write_bytes(name.encode() * 1000)
        (folder.parent / "manifest.json").write_text("{}")
    pointer = Pointer(GENERATION, (GENERATION, "20261129-050000-0a1b"), pinned=True)
    (home / "CURRENT").write_bytes(pointer.as_bytes())
    Accounts(home).add("Ada", PASSWORD, "admin")
    Archive(home).begin("ann", "When?")
    AuditLog(home).record("Ada", "added", ["a.txt"])
    (home / "cases").mkdir()
    (home / "cases" / "questions.jsonl").write_text("{}\n")
    (home / "choices.json").write_text("{}")
    for name in ("vectors.db", "hashes.json", "lock", "uploads", "seeds"):
        (home / name).write_text("not kept")
    return home


@pytest.fixture
def seeds(tmp_path) -> Path:
    seeds = tmp_path / "seeds"
    (seeds / "a folder").mkdir(parents=True)
    (seeds / "a folder" / "ä:b\\c.txt").write_text("text")
    (seeds / ".footnote-source.json").write_text("{}")
    (seeds / "link.txt").symlink_to("/etc/passwd")
    return seeds


def test_a_backup_brings_back_users_conversations_index_and_documents(home, seeds, tmp_path):
    file = tmp_path / "backup.tar"
    done = back_up(home, file, seeds)
    assert (done.generation, done.documents, done.passed_over) == (GENERATION, 2, 1)
    assert file.stat().st_mode & 0o777 == 0o600
    assert {path.name for path in tmp_path.iterdir()} == {"home", "seeds", "backup.tar"}
    there, folder = tmp_path / "there", tmp_path / "folder"
    assert restore(there, file, folder).generation == GENERATION
    assert Home(there).pointer() == Pointer(GENERATION, (GENERATION,), pinned=True)
    assert [c.title for c in Archive(there).conversations("ann")] == ["When?"]
    assert [user.name for user in Accounts(there).users()] == ["Ada"]
    assert Accounts(there).log_in("Ada", PASSWORD, "")
    assert AuditLog(there).changes() == AuditLog(home).changes()
    assert {path.name for path in there.iterdir() if path.suffix not in {".db-wal", ".db-shm"}} == {
        "CURRENT", "accounts.db", "audit.jsonl", "cases", "choices.json", "conversations.db",
        "generations", "lock",
    }  # fmt: skip
    assert (there / "conversations.db").stat().st_mode & 0o777 == 0o600
    assert contents(folder) == {"a folder/ä:b\\c.txt": b"text", ".footnote-source.json": b"{}"}


def test_what_is_there_is_replaced_with_force_only_and_never_documents(home, seeds, tmp_path):
    file = tmp_path / "backup.tar"
    back_up(home, file, seeds)
    Archive(home).begin("ann", "Later?")
    before = contents(home)
    with pytest.raises(BackupError, match=r"not empty .*--force"):
        restore(home, file, tmp_path / "folder")
    with pytest.raises(BackupError, match=r"documents folder .* not empty"):
        restore(home, file, seeds, force=True)
    assert contents(home) == before
    restore(home, file, tmp_path / "folder", force=True)
    assert [c.title for c in Archive(home).conversations("ann")] == ["When?"]
    assert (home / "vectors.db").read_text() == "not kept"
    assert not (home / "restoring").exists()


def test_a_home_that_a_server_answers_from_is_not_restored(home, tmp_path):
    file = tmp_path / "backup.tar"
    back_up(home, file)
    Archive(home).begin("ann", "Later?")
    with (
        Home(home).served(),
        Home(home).served(),
        pytest.raises(IndexLockedError, match=r"a server answers from .*: stop it first"),
    ):
        restore(home, file, tmp_path / "folder", force=True)
    assert {c.title for c in Archive(home).conversations("ann")} == {"When?", "Later?"}
    (home / "servers" / "killed.lock").touch()
    restore(home, file, tmp_path / "folder", force=True)
    assert [c.title for c in Archive(home).conversations("ann")] == ["When?"]
    assert list((home / "servers").iterdir()) == []


def test_conversations_are_whole_while_others_write_them(home, tmp_path):
    archive, stop = Archive(home), threading.Event()
    begun = []

    def write() -> None:
        while not stop.is_set():
            begun.append(archive.begin("ben", f"Question {len(begun)}"))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(5):
            known = len(begun)
            back_up(home, tmp_path / "backup.tar")
            there = tmp_path / f"there {number}"
            restore(there, tmp_path / "backup.tar", tmp_path / "folder")
            assert len(Archive(there).conversations("ben")) >= known
    finally:
        stop.set()
        writer.join()


def test_a_restore_that_a_crash_cut_is_undone_by_the_next(home, tmp_path):
    file = tmp_path / "backup.tar"
    back_up(home, file)
    Archive(home).begin("ann", "Later?")
    before = contents(home)
    stage = home / "restoring"
    (stage / "old").mkdir(parents=True)
    for path in kept_in(home):
        path.rename(stage / "old" / path.name)
    (stage / "placing").touch()
    (home / "conversations.db").write_text("of the backup")
    with pytest.raises(BackupError, match="not empty"):
        restore(home, file, tmp_path / "folder")
    assert contents(home) == before
    assert {c.title for c in Archive(home).conversations("ann")} == {"When?", "Later?"}


def archive_of(path: Path, members: list[tuple[tarfile.TarInfo, bytes]], mode: str = "w") -> Path:
    with tarfile.open(path, mode, format=tarfile.PAX_FORMAT) as archive:
        for member, data in members:
            if member.isreg():
                member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return path


def regular(name: str, data: bytes = b"x") -> tuple[tarfile.TarInfo, bytes]:
    return tarfile.TarInfo(name), data


def link(name: str, target: str, kind: bytes) -> tuple[tarfile.TarInfo, bytes]:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    return member, b""


def record(**sums: str) -> tuple[tarfile.TarInfo, bytes]:
    values = {"schema": 1, "version": "0", "generation": None, "sha256": sums}
    return regular(RECORD, json.dumps(values).encode())


HOSTILE = {
    "traversal": [regular("home/cases/../../../gone")],
    "absolute": [regular("/etc/gone")],
    "absolute inside": [regular("home//etc/gone")],
    "documents traversal": [regular("documents/../gone")],
    "unknown name": [regular("home/models/x")],
    "the lock": [regular("home/lock")],
    "unknown root": [regular("elsewhere/x")],
    "symbolic link": [link("home/cases", "/tmp", tarfile.SYMTYPE), regular("home/cases/gone")],
    "hard link": [link("home/audit.jsonl", "/etc/passwd", tarfile.LNKTYPE)],
    "device": [link("home/audit.jsonl", "", tarfile.CHRTYPE)],
    "pipe": [link("home/audit.jsonl", "", tarfile.FIFOTYPE)],
    "folder": [link("home/cases", "", tarfile.DIRTYPE)],
    "sparse": [link("home/audit.jsonl", "", tarfile.GNUTYPE_SPARSE)],
    "twice": [regular("home/audit.jsonl"), regular("home/audit.jsonl")],
    "file and folder": [regular("home/cases/a"), regular("home/cases/a/b")],
    "no end": [regular("home/audit.jsonl")],
    "other content": [regular("home/audit.jsonl"), record(**{"home/audit.jsonl": "0" * 64})],
    "more than listed": [regular("home/audit.jsonl"), record()],
    "behind the end": [record(), regular("home/audit.jsonl")],
    "no record": [regular(RECORD, b"[]")],
    "other schema": [regular(RECORD, b'{"schema": 2, "version": "9"}')],
    "nul": [regular("home/cases/a", b"")],
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_archive_is_refused_and_leaves_nothing(tmp_path, kind):
    file = archive_of(tmp_path / "evil.tar", HOSTILE[kind])
    home, folder = tmp_path / "deep" / "er" / "home", tmp_path / "deep" / "folder"
    with pytest.raises(BackupError):
        restore(home, file, folder)
    assert contents(tmp_path) == {"evil.tar": file.read_bytes()}


def test_a_compressed_archive_is_no_backup_so_none_is_a_bomb(home, tmp_path):
    zeros = regular("home/cases/zeros", bytes(10_000_000))
    file = archive_of(tmp_path / "bomb.tar.gz", [zeros], "w:gz")
    with pytest.raises(BackupError, match="no backup"):
        restore(tmp_path / "there", file, tmp_path / "folder")


def test_a_pointer_to_elsewhere_is_refused(home, tmp_path):
    (home / "generations" / GENERATION / "manifest.json").write_text("{}")
    back_up(home, tmp_path / "backup.tar")
    pointer = Pointer("../../elsewhere", ("../../elsewhere",)).as_bytes()
    with tarfile.open(tmp_path / "backup.tar") as archive:
        members = [(m, archive.extractfile(m).read()) for m in archive.getmembers()]
    (_, listed) = members.pop()
    values = json.loads(listed) | {"generation": "../../elsewhere"}
    values["sha256"]["home/CURRENT"] = hashlib.sha256(pointer).hexdigest()
    changed = [(m, pointer if m.name == "home/CURRENT" else data) for m, data in members]
    end = regular(RECORD, json.dumps(values).encode())
    file = archive_of(tmp_path / "evil.tar", [*changed, end])
    with pytest.raises(BackupError, match="not the one that it names"):
        restore(tmp_path / "there", file, tmp_path / "folder")


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> bytes:
    place = tmp_path_factory.mktemp("whole")
    AuditLog(place / "home").record("Ada", "added", ["a.txt"])
    back_up(place / "home", place / "backup.tar")
    return (place / "backup.tar").read_bytes()


@given(st.data())
def test_a_cut_or_changed_archive_is_refused_or_restores_the_same(tmp_path_factory, whole, data):
    place = tmp_path_factory.mktemp("changed")
    at = data.draw(st.integers(0, len(whole) - 1))
    cut = data.draw(st.booleans())
    changed = whole[:at] if cut else whole[:at] + data.draw(st.binary(min_size=1)) + whole[at + 1 :]
    (place / "backup.tar").write_bytes(changed)
    try:
        restore(place / "home", place / "backup.tar", place / "folder")
    except BackupError:
        assert contents(place / "home") == {}
        return
    assert [c.subject for c in AuditLog(place / "home").changes()] == ["a.txt"]


def test_nothing_to_keep_and_a_place_that_cannot_be_written_are_said(home, tmp_path):
    with pytest.raises(BackupError, match="holds nothing to keep"):
        back_up(tmp_path / "nowhere", tmp_path / "backup.tar")
    with pytest.raises(BackupError, match="cannot write"):
        back_up(home, tmp_path / "nowhere" / "backup.tar")
