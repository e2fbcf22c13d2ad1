"""The documents folder as a place to put files into, and to take them out of again.

A file has its name only when it is complete: it is written beside its place under a hidden name,
which no listing reads, and renamed. Nothing outside the folder is written or taken away. What is
deleted is moved to the trash of the home, which the program never empties. The index stays as it
is until the next build.

The names that a new file may have in the documents folder.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path, PurePosixPath
from typing import Literal

from index.errors import HomeError, SeedsError
from index.listing import Failure
from index.loaders import CONVERTED, PICTURES, SUPPORTED
from index.loaders.unsupported import unsupported
from index.settings import IndexSettings
from index.store.files import make_new_folder
from index.text.composed import composed

__all__ = [
    "MAX_FILES",
    "RESERVED",
    "UNSAFE",
    "WILD",
    "Deleted",
    "Existing",
    "Folder",
    "Upload",
    "Uploaded",
    "seed_name",
]


MAX_FILES = 200
"""So many files are taken at once."""

Existing = Literal["ask", "replace", "keep both"]
"""What becomes of a file whose name is taken."""

RESERVED = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³]) *(?:\.|$)", re.I)
"""Names of devices on Windows, whatever extension follows."""

WILD = frozenset('<>:"|?*')
"""Characters that no name has on Windows, where ``a:b`` is a stream of another file."""

UNSAFE = re.compile(r"[/\\\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""Separators, control characters, line ends of Unicode, what turns the direction of writing, halves
of characters."""

_MAX_BYTES = 255
_DELETION = re.compile(r"[0-9]{8}-[0-9]{6}-[0-9a-f]{4,8}")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came, where it is for now, and the name that it is to have."""

    path: Path
    name: str


@dataclass(frozen=True, slots=True)
class Uploaded:
    """The ids of the files that are in the folder now, those whose name is taken, the refused."""

    added: tuple[str, ...] = ()
    waiting: tuple[Upload, ...] = ()
    refused: tuple[Failure, ...] = ()


@dataclass(frozen=True, slots=True)
class Deleted:
    """Files that were deleted together, by their ids; ``name`` is their place in the trash."""

    name: str
    ids: tuple[str, ...]


class Folder:
    """The folder of the documents, and the trash in the home."""

    def __init__(self, settings: IndexSettings) -> None:
        self._seeds = settings.seeds
        self._trash = settings.home / "trash"
        self._uploads = settings.uploads
        self._max_mb = settings.max_file_mb
        self._ocr = settings.ocr
        self._converts = settings.soffice is not None

    def upload(self, uploads: Sequence[Upload], existing: Existing = "ask") -> Uploaded:
        """Put files into the folder; what was taken or refused is removed from where it was.

        A file whose name is taken replaces the other one, gets another name, or waits. A file that
        is not below the folder of uploads is neither taken nor removed, whoever names it.

        The folder itself is made where the one above it is there.

        Raises:
            SeedsError: there is no such folder, or there are more than MAX_FILES.
        """
        try:
            self._seeds.mkdir(exist_ok=True)
        except OSError as exc:
            raise SeedsError(
                f"no folder {self._seeds} ({exc.strerror}): create it, or name another with --seeds"
            ) from exc
        if len(uploads) > MAX_FILES:
            raise SeedsError(f"{len(uploads)} files at once, {MAX_FILES} are taken: upload fewer")
        added: list[str] = []
        waiting: list[Upload] = []
        refused: list[Failure] = []
        for upload in uploads:
            try:
                added.append(self._add(upload, existing))
            except FileExistsError:
                waiting.append(upload)
                continue
            except SeedsError as exc:
                refused.append(Failure(upload.name, str(exc)))
            except OSError as exc:
                refused.append(Failure(upload.name, f"it cannot be kept ({exc.strerror})"))
            self.forget(upload)
        return Uploaded(tuple(added), tuple(waiting), tuple(refused))

    def forget(self, upload: Upload) -> None:
        """Remove a file that came and is not to be kept."""
        if self._came(upload.path) and upload.path.is_file():
            upload.path.unlink()

    def delete(self, ids: Sequence[str]) -> Deleted:
        """Move files to the trash, all of them or none.

        Raises:
            SeedsError: one of the ids is not that of a file in the folder.
            HomeError: a file cannot be moved there.
        """
        paths = {name: self._path_of(name) for name in ids}
        place = ""
        moved: list[str] = []
        try:
            place = make_new_folder(self._trash)
            for name, path in paths.items():
                target = self._trash / place / name
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.move(path, target)
                moved.append(name)
        except OSError as exc:
            if place:
                self.restore(Deleted(place, tuple(moved)))
            raise HomeError(
                f"cannot move {', '.join(paths)} to {self._trash} ({exc.strerror}): nothing was "
                "deleted; free space or fix permissions"
            ) from exc
        return Deleted(place, tuple(moved))

    def deleted(self, name: str) -> Deleted:
        """What was deleted together under this name.

        Raises:
            SeedsError: there is nothing of that name in the trash.
        """
        place = self._trash / name
        if not _DELETION.fullmatch(name) or not place.is_dir():
            raise SeedsError(f"nothing was deleted as {name[:100]!r}, or it was restored already")
        files = (path for path in place.rglob("*") if path.is_file() and not path.is_symlink())
        return Deleted(name, tuple(sorted(path.relative_to(place).as_posix() for path in files)))

    def restore(self, deleted: Deleted) -> None:
        """Put deleted files back, those that can be.

        Raises:
            SeedsError: not all of them can; what cannot, stays in the trash.
        """
        place = self._trash / deleted.name
        failed: list[str] = []
        for name in deleted.ids:
            source, target = place / name, self._seeds / name
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                _put(source, target)
                shutil.copystat(source, target)
                source.unlink()
            except OSError as exc:
                failed.append(f"{name} ({exc.strerror})")
        if failed:
            raise SeedsError(f"not brought back: {', '.join(failed)}; see {place}")
        shutil.rmtree(place, ignore_errors=True)

    def _add(self, upload: Upload, existing: Existing) -> str:
        if not self._came(upload.path):
            raise SeedsError("it did not come by an upload: upload it again")
        name = self._name(upload.name)
        size = upload.path.stat().st_size
        if size == 0:
            raise SeedsError("the file is empty (0 bytes)")
        if size > self._max_mb * 1_000_000:
            raise SeedsError(
                f"{size / 1e6:.0f} MB, more than max_file_mb = {self._max_mb}: split it or raise "
                "the setting"
            )
        there = {composed(other): other for other in os.listdir(self._seeds)}  # noqa: PTH208
        if existing == "keep both":
            name = self._name(self._free_name(name, there))
        name = there.get(name, name)
        _put(upload.path, self._seeds / name, replaces=existing == "replace")
        return name

    def _name(self, name: str) -> str:
        return seed_name(name, ocr=self._ocr, converts=self._converts)

    def _came(self, path: Path) -> bool:
        """Whether the path is that of a file which was uploaded."""
        return path.resolve().is_relative_to(self._uploads)

    def _free_name(self, name: str, there: Collection[str]) -> str:
        """The name with the first number that makes it free."""
        path = PurePosixPath(name)
        names = (f"{path.stem} ({number}){path.suffix}" for number in count(2))
        free = (n for n in chain([name], names) if n not in there)
        return next(n for n in free if not os.path.lexists(self._seeds / n))

    def _path_of(self, name: str) -> Path:
        """Where the file of that id is, if it is one of the folder's own."""
        root = self._seeds.resolve()
        path = root / name
        is_hidden = any(part.startswith(".") for part in PurePosixPath(name).parts)
        try:
            is_own = path.is_relative_to(root) and path.resolve() == path and path.is_file()
        except ValueError:  # a character that no name can hold
            is_own = False
        if is_hidden or not is_own:
            raise SeedsError(f"{name} is no file of {self._seeds} (links, hidden files: by hand)")
        return path


def _put(source: Path, target: Path, *, replaces: bool = False) -> None:
    """Copy a file to its place, which it takes at once; FileExistsError when that is taken."""
    hidden = target.with_name(f".footnote-{secrets.token_hex(8)}")
    try:
        with source.open("rb") as data, hidden.open("xb") as file:
            shutil.copyfileobj(data, file)
            file.flush()
            os.fsync(file.fileno())
        if not replaces:
            target.open("xb").close()  # takes the name, so that nothing else can be lost
        hidden.replace(target)
    finally:
        hidden.unlink(missing_ok=True)


def seed_name(name: str, *, ocr: bool, converts: bool = False) -> str:
    r"""The name as it is written to the folder, in Unicode's composed form (NFC).

    Raises:
        SeedsError: the name is unsafe, is not listed, or is not that of a format that is read.

    >>> seed_name("Cafe\u0301.txt", ocr=False) == "Caf\u00e9.txt"
    True
    """
    name = composed(name).strip()
    if UNSAFE.search(name):
        raise SeedsError("its name holds a separator or a control character: rename it")
    if name.startswith("."):
        raise SeedsError("its name begins with a dot, such files are not read: rename it")
    if WILD & set(name) or name.endswith(".") or RESERVED.match(name):
        raise SeedsError("its name cannot be written on every system: rename it")
    if len(name.encode()) > _MAX_BYTES:
        raise SeedsError(f"its name is longer than {_MAX_BYTES} bytes: rename it")
    suffix = PurePosixPath(name).suffix.lower()
    if suffix in PICTURES and not ocr:
        raise SeedsError("a picture: set ocr = true to read the text in it")
    if suffix not in (*SUPPORTED, *PICTURES, *(CONVERTED if converts else ())):
        raise SeedsError(unsupported(suffix))
    return name
