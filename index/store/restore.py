"""Restores a backup into a home, and its documents into their folder: all of it or nothing.

An archive may come from anywhere: only regular files of known places are taken from it, and each
must be what the last member says. They are written beside what is there, which they then replace.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from index.errors import BackupError, FootnoteError
from index.store.backup import DOCUMENTS, HOME, KEPT, RECORD, SCHEMA, Backup, kept_in
from index.store.files import make_folder, sync_tree
from index.store.home import Home

__all__ = ["restore"]

_STAGE = "restoring"  # in the home; in the documents folder it is hidden
_CHUNK = 1 << 20
_DAMAGED = (tarfile.TarError, EOFError, ValueError, OverflowError, MemoryError, KeyError, TypeError)


def restore(home: Path, file: Path, documents: Path, *, force: bool = False) -> Backup:
    """Put a backup into an empty home, with ``force`` in the place of what is there.

    Its documents, if it has any, come into the documents folder, which must be empty.

    Raises:
        BackupError: it is no backup, is damaged, or the home or the folder is not empty.
        IndexLockedError: the index of the home is being built, or a server answers from it.
        HomeError: the home cannot be written.
    """
    stages = {HOME: home / _STAGE, DOCUMENTS: documents / f".{_STAGE}"}
    with Home(home).lock(wait_s=5.0):
        Home(home).refuse_while_served()
        _put_back(home)
        if not force and (held := kept_in(home)):
            name = held[0].name
            raise BackupError(f"{home} is not empty ({name}): --force replaces what it holds")
        try:
            record = _unpacked(file, stages, documents)
            _checked_pointer(stages[HOME], record["generation"])
            for stage in filter(Path.exists, stages.values()):
                sync_tree(stage)
            with _undone_by_an_error(home):
                _replace(home)
                _bring(stages[DOCUMENTS], documents)
        except OSError as exc:
            raise BackupError(f"cannot restore {file}: {exc}") from exc
        finally:
            for stage in stages.values():
                shutil.rmtree(stage, ignore_errors=True)
    sums = record["sha256"]
    brought = sum(name.startswith(f"{DOCUMENTS}/") for name in sums)
    return Backup(record["generation"], len(sums), brought, file.stat().st_size / 1e6)


def _unpacked(file: Path, stages: dict[str, Path], documents: Path) -> dict[str, Any]:
    """Unpack an archive beside its places, compare it with its record, and give that."""
    for stage in stages.values():
        shutil.rmtree(stage, ignore_errors=True)
    make_folder(stages[HOME])
    sums: dict[str, str] = {}
    record: dict[str, Any] | None = None
    try:
        with tarfile.open(file, "r:") as archive:
            for member in archive:
                if record is not None or member.name in sums or member.size < 0:
                    raise BackupError(f"{file} is no backup: {member.name!r} should not be there")
                if not member.isreg() or member.issparse():
                    raise BackupError(f"{file} is no backup: {member.name!r} is no regular file")
                content = archive.extractfile(member)
                assert content is not None, "it is a regular file"
                if member.name == RECORD:
                    record = _record(content.read(), file)
                    continue
                path = _place(member.name, stages, file)
                if not stages[DOCUMENTS].exists() and path.is_relative_to(stages[DOCUMENTS]):
                    _refuse_documents(documents)
                make_folder(path.parent)
                sums[member.name] = _written(content, path)
                os.utime(path, (member.mtime, member.mtime))
    except FileExistsError as exc:
        raise BackupError(f"{file} is no backup: it names {exc.filename} twice") from exc
    except _DAMAGED as exc:
        raise BackupError(f"{file} is no backup, or damaged: {exc or type(exc).__name__}") from exc
    if record is None:
        raise BackupError(f"{file} is not whole: its end is missing")
    if record["sha256"] != sums:
        raise BackupError(f"{file} is damaged: its files are not those that it lists")
    return record


def _record(data: bytes, file: Path) -> dict[str, Any]:
    record: dict[str, Any] = json.loads(data)
    if record["schema"] != SCHEMA:
        raise BackupError(
            f"{file} has the schema {record['schema']}, this program reads {SCHEMA}: restore it"
            f" with Footnote {record['version']}"
        )
    return record


def _place(name: str, stages: dict[str, Path], file: Path) -> Path:
    """Where a member belongs, which is below its stage whatever its name says."""
    root, *parts = name.split("/")
    is_safe = all(part not in {"", ".", ".."} and Path(part).name == part for part in parts)
    is_known = (root == HOME and parts[:1] and parts[0] in KEPT) or (root == DOCUMENTS and parts)
    if not is_safe or not is_known:
        raise BackupError(f"{file} is no backup: {name!r} should not be there")
    return stages[root].joinpath(*parts)


def _refuse_documents(documents: Path) -> None:
    if documents.is_dir() and any(documents.iterdir()):
        raise BackupError(
            f"the documents folder {documents} is not empty: move it away, or name another one"
            " with --seeds"
        )


def _written(content: Any, path: Path) -> str:
    """Write a file that is not there yet; its sha256."""
    digest = hashlib.sha256()
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        while part := content.read(_CHUNK):
            digest.update(part)
            file.write(part)
    return digest.hexdigest()


def _checked_pointer(stage: Path, generation: str | None) -> None:
    """The pointer must name the generation that came with it, and nothing else."""
    there = {path.name for path in (stage / "generations").glob("*")}
    try:
        pointer = Home(stage).pointer()
    except FootnoteError as exc:
        raise BackupError(f"the backup is damaged: {exc}") from exc
    named = {pointer.current, *pointer.history} if pointer else set()
    if named != there or named != ({generation} if generation else set()):
        raise BackupError("the backup is damaged: its index is not the one that it names")


@contextmanager
def _undone_by_an_error(home: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        _put_back(home)
        raise


def _replace(home: Path) -> None:
    """What is there goes aside, what came takes its place, the pointer last."""
    stage = home / _STAGE
    make_folder(stage / "old")
    for path in kept_in(home):
        path.rename(stage / "old" / path.name)
    (stage / "placing").touch()
    for path in kept_in(stage):
        path.rename(home / path.name)


def _put_back(home: Path) -> None:
    """Undo a restore that was cut by an error or a crash."""
    stage = home / _STAGE
    if (stage / "placing").exists():
        for path in kept_in(home):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    for path in kept_in(stage / "old"):
        path.rename(home / path.name)
    shutil.rmtree(stage, ignore_errors=True)


def _bring(stage: Path, documents: Path) -> None:
    """Put the documents into their folder, which has nothing else."""
    brought: list[Path] = []
    try:
        for path in sorted(stage.iterdir()) if stage.is_dir() else ():
            brought.append(path.rename(documents / path.name))
    except BaseException:
        for path in brought:
            path.rename(stage / path.name)
        raise
