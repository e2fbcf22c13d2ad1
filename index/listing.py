"""The documents folder as it is now: which seeds there are and what they contain.

Every file is listed with the sha256 of its bytes, or named with the reason why it is not read;
only hidden files (a leading dot) are passed over, and counted. The hash of a file whose size,
times and inode are unchanged is remembered, so that looking at an unchanged folder reads no
file. Nothing outside the folder is ever opened.
"""

from __future__ import annotations

import hashlib
import os
import stat
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import orjson

from index.errors import LoadError, SeedsError
from index.store.files import replace_file
from index.types import Seed

__all__ = [
    "Failure",
    "HashMemory",
    "Listing",
    "Unread",
    "list_seeds",
    "read_seed",
    "unread_by_reason",
]

# A file changed so recently could change again without a new time stamp: not remembered.
_RACY_NS = 2_000_000_000


@dataclass(frozen=True, slots=True, order=True)
class Failure:
    """A document that is not in the index, or not all of it, and why.

    ``pictures`` counts its pages that text recognition would read.
    """

    document: str
    reason: str
    pictures: int = 0


@dataclass(frozen=True, slots=True)
class Unread:
    """Documents with one ending (".doc", "" for none) that one reason keeps out of the index."""

    ending: str
    reason: str
    documents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """What is in the folder: seeds by id, failures by name, and how many hidden files."""

    seeds: tuple[Seed, ...]
    failures: tuple[Failure, ...]
    hidden: int


class HashMemory:
    """Remembers the sha256 of files whose stat did not change since (like git's index)."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[str, list[object]] = {}
        self._seen: dict[str, list[object]] = {}
        try:
            known = orjson.loads(path.read_bytes())
        except (OSError, ValueError):
            known = None
        if isinstance(known, dict):
            self._known = known

    def sha256(self, path: str, status: os.stat_result) -> str:
        """The hash of the file's bytes, from memory when its stat is unchanged."""
        key = os.path.abspath(path)  # noqa: PTH100 - a path object for each of many files is slow
        mark = [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino]
        entry = self._known.get(key)
        if isinstance(entry, list) and entry[:-1] == mark:
            self._seen[key] = entry
            return str(entry[-1])
        with Path(path).open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if time.time_ns() - max(status.st_mtime_ns, status.st_ctime_ns) > _RACY_NS:
            self._seen[key] = [*mark, digest]
        return digest

    def save(self) -> None:
        """Write what was seen, if it differs; that it cannot be written is no error."""
        if self._seen == self._known:
            return
        try:
            replace_file(self._path, orjson.dumps(self._seen))
        except (OSError, orjson.JSONEncodeError):  # the latter: a folder whose name is no UTF-8
            return


def unread_by_reason(failures: Iterable[Failure]) -> tuple[Unread, ...]:
    """The failures by ending and reason, the most frequent first.

    >>> failures = Failure("a.doc", "old"), Failure("b.pdf", "empty"), Failure("c.DOC", "old")
    >>> [(one.ending, one.documents) for one in unread_by_reason(failures)]
    [('.doc', ('a.doc', 'c.DOC')), ('.pdf', ('b.pdf',))]
    """
    groups: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for failure in sorted(failures):
        ending = PurePosixPath(failure.document).suffix.lower()
        groups[ending, failure.reason].append(failure.document)
    unread = (Unread(*group, tuple(names)) for group, names in groups.items())
    return tuple(sorted(unread, key=lambda one: -len(one.documents)))


def list_seeds(folder: Path, memory: HashMemory, *, max_bytes: int) -> Listing:
    """List the folder, in the order of the ids.

    Raises:
        SeedsError: the folder does not exist, is not a folder or cannot be read.
    """
    if not folder.exists():
        raise SeedsError(
            f"no folder {folder}: put your documents there, name another with --seeds DIR, or try "
            "the samples (`footnote samples`)"
        )
    if not folder.is_dir():
        raise SeedsError(f"{folder} is not a folder: name the folder that holds the documents")
    seeds: list[Seed] = []
    failures: list[Failure] = []
    hidden = 0
    root = os.path.realpath(folder)
    for name, entry in _walk(folder, failures):
        if entry.name.startswith("."):
            hidden += 1
            continue
        try:
            name.encode("utf-8")
            seeds.append(_checked_seed(name, entry, root, memory, max_bytes))
        except UnicodeEncodeError:
            failures.append(Failure(_printable(name), "its name is not valid UTF-8: rename it"))
        except LoadError as exc:
            failures.append(Failure(_printable(name), str(exc)))
        except OSError as exc:
            failures.append(Failure(_printable(name), _os_reason(exc)))
    memory.save()
    return Listing(tuple(sorted(seeds, key=lambda s: s.id)), tuple(sorted(failures)), hidden)


def read_seed(folder: Path, seed: Seed) -> bytes:
    """The bytes that were hashed.

    Raises:
        LoadError: the file went away, cannot be read, or changed since it was listed.
    """
    path = folder / seed.id
    try:
        inside = path.resolve(strict=True).is_relative_to(folder.resolve())
        if not inside or not path.is_file():
            raise LoadError("it was replaced while it was read: rebuild when it is complete")
        data = path.read_bytes()
    except OSError as exc:
        raise LoadError(_os_reason(exc)) from exc
    if hashlib.sha256(data).hexdigest() != seed.sha256:
        raise LoadError("it changed while it was read: rebuild when it is complete")
    return data


def _walk(folder: Path, failures: list[Failure]) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Every file, and every folder that is hidden or a link, with its id."""
    waiting = [""]
    while waiting:
        parent = waiting.pop()
        try:
            with os.scandir(folder / parent) as found:
                entries = list(found)
        except OSError as exc:
            if not parent:
                raise SeedsError(f"cannot read {folder}: {_os_reason(exc)}") from exc
            failures.append(Failure(_printable(parent.rstrip("/")), _os_reason(exc)))
            continue
        for entry in entries:
            name = parent + entry.name
            if entry.is_dir(follow_symlinks=False) and not entry.name.startswith("."):
                waiting.append(name + "/")
            else:
                yield name, entry


def _checked_seed(
    name: str, entry: os.DirEntry[str], root: str, memory: HashMemory, max_bytes: int
) -> Seed:
    if entry.is_symlink():
        target = Path(os.path.realpath(entry.path))  # also where links form a loop
        if not target.is_relative_to(root):
            raise LoadError("it links to a place outside the folder: copy the file here instead")
        if target.is_dir():
            raise LoadError("it links to a folder that is read already: remove the link")
    status = entry.stat()
    if not stat.S_ISREG(status.st_mode):
        raise LoadError("not a regular file: remove it from the folder")
    if status.st_size == 0:
        raise LoadError("the file is empty (0 bytes)")
    if status.st_size > max_bytes:
        raise LoadError(
            f"{status.st_size / 1e6:.0f} MB, more than max_file_mb = {max_bytes / 1e6:.0f}: "
            "split it or raise the setting"
        )
    return Seed(name, memory.sha256(entry.path, status), status.st_size)


def _os_reason(error: OSError) -> str:
    if isinstance(error, PermissionError):
        return "no permission to read it: change its permissions"
    if isinstance(error, FileNotFoundError):
        return "it is not there (a broken link, or removed meanwhile)"
    return f"cannot be read ({error.strerror or error})"


def _printable(name: str) -> str:
    return name.encode("utf-8", "backslashreplace").decode("utf-8")
