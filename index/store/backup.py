"""A backup: one tar of what a home holds and nothing makes again, on request with the documents.

It is not compressed, so it never unpacks to more than it is. Its last member lists the sha256 of
every other one; a file that was cut has none. It may be made while a server answers and builds:
SQLite copies its own files, a generation never changes, and the pointer names the copied one.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import IO

from index.errors import BackupError
from index.store.files import COLLECTION
from index.store.home import Home, Pointer

__all__ = ["DOCUMENTS", "HOME", "KEPT", "RECORD", "SCHEMA", "Backup", "back_up", "kept_in"]

SCHEMA = 1
HOME, DOCUMENTS, RECORD = "home", "documents", "footnote.json"
"""The names in the archive: folders for the home and the documents, and its last member."""

KEPT = frozenset(
    "CURRENT accounts.db audit.jsonl cases choices.json conversations.db generations runs"
    " trash".split()
)
"""What is in it of a home: what nothing makes again, and the current generation."""

_ATTEMPTS = 3
_IN_MEMORY = 8_000_000
_CHUNK = 1 << 20
_SQLITE = b"SQLite format 3\0"
_BESIDE = ("-wal", "-shm", "-journal")  # what SQLite has beside its file


def kept_in(folder: Path) -> list[Path]:
    """The entries of a folder that belong to a backup, the pointer last.

    What SQLite has beside a file goes with it.
    """
    found = []
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        name = path.name
        for ending in _BESIDE:
            name = name.removesuffix(ending)
        found += [path] if name in KEPT else []
    return sorted(found, key=lambda path: path.name == "CURRENT")


@dataclass(frozen=True, slots=True)
class Backup:
    """What was written or restored; ``passed_over`` are links and the like in the documents."""

    generation: str | None
    files: int
    documents: int
    megabytes: float
    passed_over: int = 0


class _ReplacedError(Exception):
    """The generation that was copied has been removed meanwhile."""


def back_up(home: Path, file: Path, documents: Path | None = None) -> Backup:
    """Write a backup of a home, with the documents of that folder if one is named.

    Raises:
        BackupError: there is nothing to keep, or it cannot be read or written.
    """
    if not kept_in(home):
        raise BackupError(f"{home} holds nothing to keep: name the home with --home")
    try:
        with tempfile.TemporaryDirectory(prefix=f".{file.name}.", dir=file.parent) as place:
            for _ in range(_ATTEMPTS):
                written = Path(place) / "archive"
                try:
                    done = _Writer(written).write(Home(home), documents, without=Path(place))
                except _ReplacedError:
                    continue
                written.replace(file)
                return done
    except (OSError, sqlite3.Error, tarfile.TarError) as exc:
        raise BackupError(f"cannot write {file}: {exc}") from exc
    raise BackupError("builds replaced the index again and again: try again when they are over")


@dataclass
class _Writer:
    """Writes one archive."""

    path: Path
    sums: dict[str, str] = field(default_factory=dict)

    def write(self, home: Home, documents: Path | None, *, without: Path) -> Backup:
        passed_over = 0
        # Passwords' hashes and conversations are in it.
        handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as self._tar:
                for name in sorted(KEPT - {"CURRENT", "generations"}):
                    for path in _files(home.path / name):
                        with suppress(FileNotFoundError):  # removed just now
                            self._add(f"{HOME}/{path.relative_to(home.path).as_posix()}", path)
                pointer = home.pointer()
                if pointer is not None:
                    self._add_generation(home, pointer)
                if documents is not None:
                    passed_over = self._add_documents(documents, {home.path, without})
                self._add_record(pointer)
            file.flush()
            os.fsync(file.fileno())
        brought = sum(name.startswith(f"{DOCUMENTS}/") for name in self.sums)
        megabytes = self.path.stat().st_size / 1e6
        current = pointer.current if pointer else None
        return Backup(current, len(self.sums), brought, megabytes, passed_over)

    def _add_generation(self, home: Home, pointer: Pointer) -> None:
        folder = home.directory(pointer.current)
        try:
            for path in _files(folder):
                if path.name == COLLECTION:
                    continue  # two homes with one collection would remove it from each other
                self._add(f"{HOME}/{path.relative_to(home.path).as_posix()}", path)
        except FileNotFoundError:
            raise _ReplacedError from None
        if not home.manifest_path(pointer.current).is_file():
            raise _ReplacedError
        only = Pointer(pointer.current, (pointer.current,), pointer.pinned)
        self._add_bytes(f"{HOME}/CURRENT", only.as_bytes())

    def _add_documents(self, folder: Path, without: set[Path]) -> int:
        """Add the regular files of a folder; how many things there are none."""
        passed_over = 0
        excluded = {path.resolve() for path in without}
        for parent, folders, names in os.walk(folder):
            here = Path(parent)
            folders[:] = sorted(n for n in folders if (here / n).resolve() not in excluded)
            passed_over += sum((here / name).is_symlink() for name in folders)
            for path in (here / name for name in sorted(names)):
                if path.is_symlink() or not path.is_file():
                    passed_over += path.is_symlink() or path.exists()
                    continue
                with suppress(FileNotFoundError):  # deleted just now
                    self._add(f"{DOCUMENTS}/{path.relative_to(folder).as_posix()}", path)
        return passed_over

    def _add(self, name: str, path: Path) -> None:
        changed = path.stat().st_mtime
        with _copied(path, self.path.parent) as copy:
            copy.seek(0)
            digest = hashlib.sha256()
            while part := copy.read(_CHUNK):
                digest.update(part)
            self.sums[name] = digest.hexdigest()
            size = copy.tell()
            copy.seek(0)
            self._append(name, copy, size, changed)

    def _add_bytes(self, name: str, data: bytes) -> None:
        self.sums[name] = hashlib.sha256(data).hexdigest()
        self._append(name, io.BytesIO(data), len(data), datetime.now(UTC).timestamp())

    def _append(self, name: str, file: IO[bytes], size: int, changed: float) -> None:
        member = tarfile.TarInfo(name)
        member.size, member.mtime, member.mode = size, int(changed), 0o600
        self._tar.addfile(member, file)

    def _add_record(self, pointer: Pointer | None) -> None:
        record = {
            "schema": SCHEMA,
            "version": version("footnote-rag"),
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            "generation": pointer.current if pointer else None,
            "sha256": self.sums,
        }
        data = json.dumps(record).encode()
        self._append(RECORD, io.BytesIO(data), len(data), datetime.now(UTC).timestamp())


def _files(path: Path) -> Iterator[Path]:
    """A file, or the files below a folder; links are passed over."""
    if path.is_file():
        yield path
    for below in sorted(path.rglob("*")) if path.is_dir() else ():
        if below.is_file() and not below.is_symlink():
            yield below


@contextmanager
def _copied(path: Path, place: Path) -> Iterator[IO[bytes]]:
    """What a file holds at one moment, whoever writes to it meanwhile."""
    with path.open("rb") as file:
        is_database = path.suffix == ".db" and file.read(16) == _SQLITE
        if not is_database:
            file.seek(0)
            with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY, dir=str(place)) as copy:
                shutil.copyfileobj(file, copy)
                yield copy
            return
    database = place / "database"
    database.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(database)) as target:
        source.backup(target)
    with database.open("rb") as file:
        yield file
