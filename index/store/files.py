"""Files of the home: readable by their owner only, replaced whole, and durable.

Permissions are those of POSIX; on Windows, folders of a user are closed to others already.

Chroma and tantivy write to a directory also when they only open it (migrations, a lock file): on a
full or read-only disk they get a copy, which is as good, for a generation never changes.
"""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

__all__ = [
    "COLLECTION",
    "PAGE_BYTES",
    "is_state",
    "make_folder",
    "make_new_folder",
    "make_private",
    "replace_file",
    "size_of",
    "sync_tree",
    "writable_copy",
]


COLLECTION = "collection.json"
"""Names the collection on a server that has the vectors of a generation: of one home only."""

PAGE_BYTES = 8192
"""Of a SQLite file with vectors: five fill one; of the usual 4,096 a quarter would stay empty."""

_STATE = frozenset(
    "CURRENT accounts audit cases choices conversations eval generations hashes lock models"
    " restoring runs servers sources trash uploads vectors".split()
)
_OTHERS = 0o077  # permissions of the group and of everybody else


def is_state(name: str) -> bool:
    """Whether a file or folder of this name in a home belongs to the program.

    >>> is_state("vectors.db-wal"), is_state("seeds")
    (True, False)
    """
    return name.partition(".")[0] in _STATE


def make_folder(path: Path) -> None:
    """Make a folder, and those above it that are missing, for its owner only."""
    if not path.is_dir():
        make_folder(path.parent)
        path.mkdir(mode=0o700, exist_ok=True)


def make_new_folder(parent: Path) -> str:
    """Make a folder in ``parent`` that was not there; its name sorts by the second it was made."""
    make_folder(parent)
    while True:
        name = f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(4)}"
        with suppress(FileExistsError):
            (parent / name).mkdir(mode=0o700)
            return name


def make_private(path: Path) -> None:
    """Take the permissions of others from a file, or from a folder and all that is in it.

    What belongs to somebody else, or cannot be changed, stays as it is; links are not followed.
    """
    if os.name == "nt" or path.is_symlink():
        return
    try:
        mode = path.stat().st_mode
        if mode & _OTHERS:
            path.chmod(mode & 0o7777 & ~_OTHERS)
        below = list(path.iterdir()) if path.is_dir() else []
    except OSError:
        return
    for entry in below:
        make_private(entry)


def replace_file(path: Path, data: bytes) -> None:
    """Write a file whole and durably: under a name of its own beside it, then renamed."""
    handle, name = tempfile.mkstemp(prefix=f"{path.name}.", suffix=".tmp", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync(path.parent)


def size_of(path: Path) -> int:
    """The bytes of a file, or of all files in a folder; what goes meanwhile counts as nothing."""
    try:
        if path.is_dir() and not path.is_symlink():
            return sum(map(size_of, path.iterdir()))
        return path.lstat().st_size
    except OSError:
        return 0


def sync_tree(directory: Path) -> None:
    """Wait until a directory with all that is in it is on the disk."""
    for parent, _, files in os.walk(directory):
        for name in files:
            _sync(Path(parent) / name)
        _sync(Path(parent))
    _sync(directory.parent)


def _sync(path: Path) -> None:
    """Wait until a file or a directory is on the disk.

    A directory that the system does not open or write out (as on Windows) is left to the system.
    """
    is_directory = path.is_dir()
    try:
        # Windows writes out only what is open for writing.
        handle = os.open(path, os.O_RDONLY if is_directory else os.O_RDWR)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError:
        if not is_directory:
            raise


def writable_copy(directory: Path) -> tempfile.TemporaryDirectory[str]:
    """A writable copy of ``directory``, removed when nobody holds it any more."""
    copy = tempfile.TemporaryDirectory(prefix="footnote-")
    for path in sorted(directory.rglob("*")):
        to = Path(copy.name) / path.relative_to(directory)
        if path.is_dir():
            to.mkdir()
        else:
            shutil.copyfile(path, to)
    return copy
