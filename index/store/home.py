"""The home on disk: immutable generations, the pointer to the current one, and the lock.

::

    HOME/CURRENT                     {"schema", "current", "history", "pinned"}, replaced atomically
    HOME/generations/ID/             manifest.json, catalog.db, lexical/, vectors/
    HOME/vectors.db  HOME/hashes.json  HOME/lock

A directory that CURRENT does not name is the leftover of a crash and is removed by the next
build. Readers see the old generation until the pointer is replaced, and whole generations only.
"""

from __future__ import annotations

import json
import logging
import secrets
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from index.errors import (
    FootnoteError,
    HomeError,
    IndexLockedError,
    IndexMismatchError,
    IndexMissingError,
)
from index.store.catalog import Catalog
from index.store.files import (
    is_state,
    make_folder,
    make_new_folder,
    make_private,
    replace_file,
    size_of,
    sync_tree,
)
from index.store.manifest import SCHEMA, Manifest, schema_of
from index.types import Document

__all__ = ["Home", "Pointer", "read_document"]

logger = logging.getLogger(__name__)

_SCHEMA = 1  # of CURRENT
_WAIT_S = 2.0  # for a build, which holds the lock until its end


@dataclass(frozen=True, slots=True)
class Pointer:
    """What CURRENT says: the generation in use, those kept (newest first), and the pin.

    ``pinned`` is set by a rollback: questions are then answered from that generation, and
    only an explicit `footnote index` goes forward again.
    """

    current: str
    history: tuple[str, ...]
    pinned: bool = False

    def as_bytes(self) -> bytes:
        """What stands in CURRENT."""
        return json.dumps({"schema": _SCHEMA, **asdict(self)}).encode()


class Home:
    """One index and all its state, in one directory."""

    def __init__(self, path: Path, forget: Callable[[Path], None] = lambda _: None) -> None:
        """``forget`` removes what a directory of a generation names elsewhere, before it goes."""
        self.path = path
        self._forget = forget
        self._pointer_path = path / "CURRENT"
        self._generations = path / "generations"

    @property
    def vectors_path(self) -> Path:
        """The vector cache."""
        return self.path / "vectors.db"

    @property
    def hashes_path(self) -> Path:
        """The memory of file hashes."""
        return self.path / "hashes.json"

    @property
    def sources_path(self) -> Path:
        """What sources keep of what they fetched, and their locks."""
        return self.path / "sources"

    @property
    def servers_path(self) -> Path:
        """The locks of the servers that answer from this home."""
        return self.path / "servers"

    def directory(self, generation: str) -> Path:
        """Where a generation is."""
        return self._generations / generation

    def manifest_path(self, generation: str) -> Path:
        """The record of a generation; it is written last."""
        return self.directory(generation) / "manifest.json"

    def sizes(self) -> dict[str, int]:
        """The bytes of each part of the home, by its name without endings."""
        sizes: dict[str, int] = {}
        for entry in self._entries():
            if is_state(entry.name):
                name = entry.name.partition(".")[0]
                sizes[name] = sizes.get(name, 0) + size_of(entry)
        return sizes

    def make_private(self) -> None:
        """Close a home to other users, if there is one: folders 0700, files 0600.

        A folder that holds other things too keeps its own permissions, and they keep theirs.
        """
        entries = self._entries()
        ours = [entry for entry in entries if is_state(entry.name)]
        for path in [self.path] if ours == entries else ours:
            make_private(path)

    def _entries(self) -> list[Path]:
        """What is in the home; nothing where there is none, or none that can be read."""
        try:
            return list(self.path.iterdir())
        except OSError:
            return []

    def pointer(self) -> Pointer | None:
        """What is current, or None when nothing has been published.

        Raises:
            IndexMismatchError: CURRENT is damaged or of another schema.
        """
        try:
            values = json.loads(self._pointer_path.read_text(encoding="utf-8"))
            if values["schema"] != _SCHEMA:
                raise ValueError(f"schema {values['schema']}, this program reads {_SCHEMA}")
            return Pointer(values["current"], tuple(values["history"]), values["pinned"])
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, ValueError, KeyError, TypeError) as exc:
            raise IndexMismatchError(
                f"{self._pointer_path} cannot be read ({exc}): remove {self.path} and rebuild"
            ) from exc

    def manifest(self) -> Manifest | None:
        """The record of the current generation, or None."""
        pointer = self.pointer()
        return self.manifest_of(pointer.current) if pointer else None

    def manifest_of(self, generation: str) -> Manifest:
        """The record of a generation."""
        return Manifest.read(self.manifest_path(generation))

    def history(self) -> list[Manifest]:
        """The records of all generations that are kept, newest first."""
        pointer = self.pointer()
        return [self.manifest_of(name) for name in pointer.history] if pointer else []

    def generations_json(self) -> list[dict[str, Any]]:
        """The list of ``footnote index history --json``."""
        pointer = self.pointer()
        return [
            {
                "generation": one.generation,
                "created": one.created,
                "documents": len(one.documents),
                "chunks": one.chunks,
                "current": pointer is not None and one.generation == pointer.current,
            }
            for one in self.history()
        ]

    def create(self) -> str:
        """A new, empty generation directory; its name sorts by time and is never used again."""
        return make_new_folder(self._generations)

    def publish(self, generation: str, *, keep: int) -> None:
        """Make a complete generation current, durably, and remove what is no longer kept.

        The caller holds the lock.
        """
        make_private(self.directory(generation))
        sync_tree(self.directory(generation))
        pointer = self.pointer()
        older = [
            n
            for n in (pointer.history if pointer else ())
            if schema_of(self.manifest_path(n)) == SCHEMA
        ]
        self._write_pointer(Pointer(generation, (generation, *older[:keep])))
        self.clean()

    def rollback(self, generation: str | None = None, *, wait_s: float = _WAIT_S) -> Manifest:
        """Point to an older generation (default: the one before the current) and pin it.

        Raises:
            IndexMissingError: there is nothing to go back to, or no such generation.
            IndexLockedError: the index is still being built after ``wait_s`` seconds.
        """
        if self.pointer() is None:
            raise IndexMissingError(f"no index in {self.path}: run `footnote index`")
        with self.lock(wait_s=wait_s):
            pointer = self.pointer()
            assert pointer is not None, "a pointer is replaced, never removed"
            if generation is None:
                at = pointer.history.index(pointer.current)
                older = pointer.history[at + 1 :]
                if not older:
                    raise IndexMissingError(
                        "no earlier generation is kept: see `footnote index history`"
                    )
                generation = older[0]
            if generation not in pointer.history:
                raise IndexMissingError(
                    f"no generation {generation!r} is kept: see `footnote index history`"
                )
            manifest = self.manifest_of(generation)
            self._write_pointer(Pointer(generation, pointer.history, pinned=True))
        return manifest

    def use(self, generation: str | None = None) -> Manifest:
        """:meth:`rollback`, but with the newest generation the index follows the folder again."""
        manifest = self.rollback(generation)
        pointer = self.pointer()
        if pointer is not None and pointer.current == pointer.history[0]:
            self.unpin()
        return manifest

    def unpin(self, *, wait_s: float = _WAIT_S) -> None:
        """Let the index follow the folder again.

        Raises:
            IndexLockedError: the index is still being built after ``wait_s`` seconds.
        """
        pointer = self.pointer()
        if pointer is None or not pointer.pinned:
            return
        with self.lock(wait_s=wait_s):
            pointer = self.pointer()
            if pointer is not None and pointer.pinned:
                self._write_pointer(Pointer(pointer.current, pointer.history))

    def clean(self) -> None:
        """Remove directories that CURRENT does not name, and what a crash left half written."""
        for name in (self._pointer_path.name, self.hashes_path.name):
            for leftover in self.path.glob(f"{name}.*.tmp"):
                leftover.unlink(missing_ok=True)
        pointer = self.pointer()
        named = set(pointer.history) if pointer else set()
        if self._generations.is_dir():
            for directory in self._generations.iterdir():
                if directory.name not in named:
                    self.remove(directory.name)

    def remove(self, generation: str) -> None:
        """Remove a directory that CURRENT does not name.

        It stays where what it names elsewhere cannot be removed now; the next build tries again.
        """
        try:
            self._forget(self.directory(generation))
        except FootnoteError as exc:
            logger.warning("%s is not removed: %s", generation, exc)
        else:
            shutil.rmtree(self.directory(generation), ignore_errors=True)

    @contextmanager
    def lock(self, *, wait_s: float) -> Iterator[None]:
        """Hold the lock of all that changes CURRENT; the system releases it when the process dies.

        Raises:
            IndexLockedError: the index is still being built after ``wait_s`` seconds.
            HomeError: the home cannot be written.
        """
        busy = f"the index in {self.path} is being built: try again when that is done"
        with self._locked(self.path / "lock", wait_s, busy), self._writing():
            yield

    @contextmanager
    def source_lock(self, name: str) -> Iterator[None]:
        """Hold the lock of the mirror of a source.

        Raises:
            IndexLockedError: another process holds it.
            HomeError: the home cannot be written.
        """
        busy = f"the source {name} is being synced: try again when that is done"
        with self._locked(self.sources_path / f"{name}.lock", 0, busy):
            yield

    @contextmanager
    def served(self) -> Iterator[None]:
        """Hold a lock of a server's own while it answers; none where the home cannot be written."""
        path = self.servers_path / f"{secrets.token_hex(8)}.lock"
        with ExitStack() as held:
            with suppress(HomeError):
                held.enter_context(self._locked(path, 0, ""))
            yield
        with suppress(OSError):
            path.unlink(missing_ok=True)

    def refuse_while_served(self) -> None:
        """Remove the locks that ended servers left.

        Raises:
            IndexLockedError: a server answers from this home.
        """
        for path in self.servers_path.glob("*.lock"):
            with self._locked(path, 0, f"a server answers from {self.path}: stop it first"):
                pass
            path.unlink(missing_ok=True)

    @contextmanager
    def _locked(self, path: Path, wait_s: float, busy: str) -> Iterator[None]:
        from filelock import FileLock, Timeout

        try:
            make_folder(path.parent)
            lock = FileLock(path, timeout=wait_s, mode=0o600)
            lock.acquire()
        except Timeout:
            raise IndexLockedError(busy) from None
        except OSError as exc:
            raise HomeError(
                f"cannot write to {self.path} ({exc.strerror}): choose another --home"
            ) from exc
        try:
            yield
        finally:
            lock.release()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except (OSError, sqlite3.OperationalError) as exc:
            raise HomeError(
                f"cannot write the index in {self.path} ({_reason(exc)}): free space or fix "
                "permissions; the published index is unchanged"
            ) from exc

    def _write_pointer(self, pointer: Pointer) -> None:
        replace_file(self._pointer_path, pointer.as_bytes())


def _reason(exc: OSError | sqlite3.OperationalError) -> str:
    if isinstance(exc, shutil.Error):  # of copytree: a list of (from, to, reason)
        return str(exc.args[0][0][-1])
    return str((exc.strerror if isinstance(exc, OSError) else None) or exc)


def read_document(home: Home, document_id: str) -> Document:
    """One document of the current generation.

    Raises:
        IndexMissingError: nothing has been published.
        DocumentMissingError: the index has no document of that id.
    """
    pointer = home.pointer()
    if pointer is None:
        raise IndexMissingError(f"no index in {home.path}: run `footnote index`")
    catalog = Catalog(home.directory(pointer.current) / "catalog.db")
    try:
        return catalog.document(document_id)
    finally:
        catalog.close()
