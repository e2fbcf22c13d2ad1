"""A folder with the files that a source brought, and the record of them, a hidden file in it.

Only what the record names is ever replaced or removed, and only while it is what was brought: all
else in the folder is the user's. The record is written before and after the files are moved, so
that a crash between leaves files that the next sync takes for its own.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import orjson

from index.errors import SeedsError, SourceError
from index.store.files import replace_file, sync_tree

__all__ = ["Arrived", "Kept", "Mirror"]

_RECORD = ".footnote-source.json"
_INCOMING = ".footnote-incoming-"
_SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that was brought: its name in the folder, its version and mark there, its hash.

    Without a hash it is the source's whatever it holds: a sync was cut while it was moved.
    """

    name: str
    version: str
    mark: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Arrived:
    """A file that was fetched, where it is for now, and what it is to be."""

    path: Path
    kept: Kept


class Mirror:
    """The files of one source.

    Raises (every method):
        SeedsError: the folder cannot be read or written.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def kept(self) -> dict[str, Kept]:
        """What was brought, by its key.

        Raises:
            SourceError: the record is damaged, or the folder is a link.
        """
        if self._folder.is_symlink():
            raise SourceError(f"{self._folder} is a link: remove it, the source makes a folder")
        record = self._folder / _RECORD
        try:
            values = orjson.loads(record.read_bytes())
            if values["schema"] != _SCHEMA:
                raise ValueError(f"schema {values['schema']}, this program reads {_SCHEMA}")
            return {key: Kept(**value) for key, value in values["files"].items()}
        except (FileNotFoundError, NotADirectoryError):
            return {}
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as exc:
            raise SourceError(
                f"{record} cannot be read ({exc}): remove {self._folder}, and sync again"
            ) from exc

    @property
    def changed(self) -> int:
        """When the record was changed, in nanoseconds (epoch); 0 without one."""
        try:
            return (self._folder / _RECORD).stat().st_mtime_ns
        except OSError:
            return 0

    def has(self, name: str) -> bool:
        """Whether something has that name, a broken link too."""
        return os.path.lexists(self._folder / name)

    def is_as_brought(self, kept: Kept) -> bool:
        """Whether the file may be replaced or removed: it is there, and nobody changed it."""
        path = self._folder / kept.name
        if path.is_symlink() or not path.is_file() or not self._is_inside(path):
            return False
        try:
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError:
            return False
        return kept.sha256 in ("", digest)

    @contextmanager
    def incoming(self) -> Iterator[Path]:
        """A folder for what is being fetched; it and those that crashes left are removed."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            for leftover in self._folder.glob(f"{_INCOMING}*"):
                shutil.rmtree(leftover, ignore_errors=True)
            folder = Path(tempfile.mkdtemp(prefix=_INCOMING, dir=self._folder))
        except OSError as exc:
            raise self._unwritable(exc) from exc
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            with suppress(OSError):  # it was made for nothing
                self._folder.rmdir()

    def change(
        self, kept: Mapping[str, Kept], arrived: Mapping[str, Arrived], gone: Sequence[Kept]
    ) -> None:
        """Remove what is gone, put in its place what arrived, and record what there is then.

        ``kept`` are the files that stay.
        """
        try:
            for folder in {one.path.parent for one in arrived.values()}:
                sync_tree(folder)
            if arrived or gone:
                moving = {key: replace(a.kept, version="", sha256="") for key, a in arrived.items()}
                leaving = {f"gone {file.name}": replace(file, version="") for file in gone}
                self._record({**kept, **leaving, **moving})
            for file in gone:
                (self._folder / file.name).unlink(missing_ok=True)
            for one in arrived.values():
                target = self._folder / one.kept.name
                target.parent.mkdir(parents=True, exist_ok=True)
                one.path.replace(target)
            for file in gone:
                self._remove_empty((self._folder / file.name).parent)
            self._record({**kept, **{key: one.kept for key, one in arrived.items()}})
        except OSError as exc:
            raise self._unwritable(exc) from exc

    def can_take(self, name: str) -> bool:
        """Whether a file of that name would be in the folder, whatever links are there."""
        return self._is_inside(self._folder / name)

    def _is_inside(self, path: Path) -> bool:
        return path.parent.resolve().is_relative_to(self._folder.resolve())

    def _record(self, files: Mapping[str, Kept]) -> None:
        values = {key: asdict(files[key]) for key in sorted(files)}
        self._folder.mkdir(parents=True, exist_ok=True)
        replace_file(
            self._folder / _RECORD,
            orjson.dumps({"schema": _SCHEMA, "files": values}, option=orjson.OPT_INDENT_2),
        )

    def _remove_empty(self, folder: Path) -> None:
        with suppress(OSError):  # not empty, or gone already
            while folder != self._folder:
                folder.rmdir()
                folder = folder.parent

    def _unwritable(self, exc: OSError) -> SeedsError:
        return SeedsError(
            f"cannot write to {self._folder} ({exc.strerror}): free space or fix permissions, "
            "and sync again"
        )
