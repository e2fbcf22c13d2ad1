"""One sync of one source: what is there, what of it is new, what is gone, and the mirror of it.

What cannot be listed changes nothing: all is fetched beside its place, then moved. Of what can be
listed, each item that cannot be had is named, and stays as it was.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Any

from index.errors import SeedsError, SourceError
from index.folder import seed_name
from index.listing import Failure
from index.settings import IndexSettings
from index.sources.mirror import Arrived, Kept, Mirror
from index.sources.names import Names, safe_path
from index.sources.settings import SourceSettings
from index.sources.source import Content, Item, ItemError, Source, Waiting, at_most
from index.store.home import Home

__all__ = ["Progress", "SyncReport", "sync"]

Progress = Callable[[int, int], None]
"""Is told how many files were fetched, and of how many."""

_OTHERS = "a file of that name is there that this source did not bring: move it away"
_EDITED = "it was changed here: it stays; delete it, and the next sync fetches it"
_EDITED_GONE = "it is gone there, but was changed here: it stays, and is yours from now on"


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What a sync did, or would do; documents by their ids, what is not here by its name there.

    ``failed`` cannot be had, ``left_out`` is of no format that is read; ``waiting`` files come with
    the next sync, because of ``reason``.
    """

    source: str
    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    unchanged: int = 0
    failed: tuple[Failure, ...] = ()
    left_out: tuple[Failure, ...] = ()
    waiting: int = 0
    reason: str = ""
    fetched_bytes: int = 0
    seconds: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def sync(
    name: str,
    source: Source,
    settings: IndexSettings,
    *,
    dry_run: bool = False,
    force: bool = False,
    progress: Progress = lambda _done, _total: None,
) -> SyncReport:
    """Bring ``SEEDS/NAME`` up to date with the source of that name; ``dry_run`` changes nothing.

    Raises:
        SourceError: the source cannot be reached, or more than half of its files are gone there
            and ``force`` is not set; nothing was changed.
        SeedsError: the documents folder is missing or cannot be written.
        IndexLockedError: this source is being synced already.
        HomeError: the home cannot be written.
    """
    if not settings.seeds.is_dir():
        raise SeedsError(f"no folder {settings.seeds}: create it, or name another with --seeds")
    begun = time.monotonic()
    with Home(settings.home).source_lock(name):
        one = _Sync(name, source, settings)
        one.look()
        if not dry_run:
            one.fetch(progress, force=force)
        return replace(one.report(), seconds=time.monotonic() - begun)


class _Sync:
    """The work on one source; of a mirror nothing changes before the end of :meth:`fetch`."""

    def __init__(self, name: str, source: Source, settings: IndexSettings) -> None:
        self._name, self._source, self._settings = name, source, settings
        self._limits: SourceSettings = settings.sources[name]
        self._max_bytes = settings.max_file_mb * 1_000_000
        self._until = time.monotonic() + self._limits.max_minutes * 60
        self._mirror = Mirror(settings.seeds / name)
        self._kept = self._mirror.kept()
        self._ours = {one.name for one in self._kept.values()}
        self._names = Names(())
        self._wanted: list[Item] = []
        self._gone: list[str] = []
        self._unchanged: dict[str, Kept] = {}
        self._arrived: dict[str, Arrived] = {}
        self._failed: list[Failure] = []
        self._left_out: list[Failure] = []
        self._waiting, self._reason = 0, ""
        self._bytes = 0
        self._is_done = False

    def look(self) -> None:
        """List the source, and compare it with what was brought."""
        found = at_most(self._source.items(), self._limits.max_files, self._until)
        items = {item.key: item for item in found if self._is_chosen(item)}
        listed = {key for key in items if self._is_read(items[key])}
        self._gone = [key for key in self._kept if key not in listed]
        self._names = Names((k, one.name) for k, one in self._kept.items() if k in listed)
        for key in sorted(listed):
            item, kept = items[key], self._kept.get(key)
            is_there = kept is not None and self._mirror.has(kept.name)
            if kept and is_there and item.version and item.version == kept.version:
                self._unchanged[key] = kept
            elif reason := self._refusal(item, kept if is_there else None):
                self._failed.append(Failure(key, reason))
            else:
                self._wanted.append(item)

    def fetch(self, progress: Progress, *, force: bool) -> None:
        """Fetch what is new, then change the mirror."""
        if len(self._gone) * 2 > len(self._kept) and not force:
            raise SourceError(
                f"{len(self._gone)} of the {len(self._kept)} files that it brought are gone there; "
                "nothing was changed: `--dry-run` shows them, `--force` removes them"
            )
        with self._mirror.incoming() as folder:
            for number, item in enumerate(self._wanted):
                progress(number, len(self._wanted))
                try:
                    self._fetch(item, folder / str(number))
                except ItemError as exc:
                    self._failed.append(Failure(item.key, str(exc)))
                except Waiting as exc:
                    self._waiting, self._reason = len(self._wanted) - number, str(exc)
                    break
            progress(len(self._wanted), len(self._wanted))
            self._change()
        self._is_done = True

    def report(self) -> SyncReport:
        """What was done, or what there is to do."""
        waiting, reason = self._waiting, self._reason
        if self._is_done:
            named = {key: self._id(one.kept) for key, one in self._arrived.items()}
        else:
            named = {item.key: self._planned_id(item) for item in self._wanted}
            unknown = [i.key for i in self._wanted if i.key in self._kept and not i.version]
            for key in unknown:
                del named[key]
            waiting, reason = len(unknown), "only a sync tells whether they changed"
        added = [name for key, name in named.items() if key not in self._kept]
        changed = [name for key, name in named.items() if key in self._kept]
        return SyncReport(
            source=self._name,
            added=tuple(sorted(added)),
            changed=tuple(sorted(changed)),
            removed=tuple(sorted(self._id(self._kept[key]) for key in self._gone)),
            unchanged=len(self._unchanged),
            failed=tuple(sorted(self._failed)),
            left_out=tuple(sorted(self._left_out)),
            waiting=waiting,
            reason=reason if waiting else "",
            fetched_bytes=self._bytes,
        )

    def _is_chosen(self, item: Item) -> bool:
        chosen, refused = self._limits.include, self._limits.exclude
        is_in = not chosen or any(fnmatchcase(item.key, glob) for glob in chosen)
        return is_in and not any(fnmatchcase(item.key, glob) for glob in refused)

    def _is_read(self, item: Item) -> bool:
        """Whether it is of a format that is read; what is not is noted."""
        if item.path is None:
            return True
        try:
            self._check_format(safe_path(item.path, item.key))
        except ItemError as exc:
            self._left_out.append(Failure(item.key, str(exc)))
            return False
        return True

    def _check_format(self, name: str) -> None:
        leaf = PurePosixPath(name).name
        try:
            converts = self._settings.soffice is not None
            seed_name(leaf, ocr=self._settings.ocr, converts=converts)
        except SeedsError as exc:
            raise ItemError(str(exc)) from exc

    def _refusal(self, item: Item, kept: Kept | None) -> str:
        """Why an item is not to be fetched; "" where nothing is known that speaks against it."""
        if item.size is not None and item.size > self._max_bytes:
            return self._too_large(item.size)
        if kept and not self._mirror.is_as_brought(kept):
            return _EDITED
        try:
            if item.path is not None:
                self._place(item.key, item.path)
        except ItemError as exc:
            return str(exc)
        return ""

    def _too_large(self, size: int) -> str:
        return f"{size / 1e6:.0f} MB, more than max_file_mb = {self._settings.max_file_mb}"

    def _place(self, key: str, path: str) -> str:
        """The name that an item has in the mirror."""
        name = self._names.name(key, path)
        if not self._mirror.can_take(name):
            raise ItemError("its folder is a link to another place here: remove the link")
        if name not in self._ours and self._mirror.has(name):
            raise ItemError(_OTHERS)
        return name

    def _fetch(self, item: Item, path: Path) -> None:
        if time.monotonic() > self._until:
            raise Waiting("it takes longer than max_minutes")
        kept = self._kept.get(item.key)
        is_there = kept is not None and self._mirror.has(kept.name)
        with self._source.fetch(item, kept.mark if kept and is_there else "") as content:
            if content is None and kept is not None:
                self._unchanged[item.key] = replace(kept, version=item.version)
                return
            assert content is not None, "only what was had before can be unchanged"
            name = safe_path(content.path, item.key)
            self._check_format(name)
            name = self._place(item.key, content.path)
            digest = self._write(content, path)
        new = Kept(name, item.version, content.mark, digest)
        if kept and is_there and (kept.name, kept.sha256) == (name, digest):
            self._unchanged[item.key] = new
        else:
            self._arrived[item.key] = Arrived(path, new)

    def _write(self, content: Content, path: Path) -> str:
        """Write what comes, within the limits; its hash."""
        digest, size = hashlib.sha256(), 0
        most = self._limits.max_mb * 1_000_000
        try:
            with path.open("xb") as file:
                for chunk in content.chunks:
                    size += len(chunk)
                    self._bytes += len(chunk)
                    if size > self._max_bytes:
                        raise ItemError(self._too_large(size))
                    if self._bytes > most:
                        raise Waiting(f"more than max_mb = {self._limits.max_mb} at once")
                    if time.monotonic() > self._until:
                        raise Waiting("it takes longer than max_minutes")
                    digest.update(chunk)
                    file.write(chunk)
        except OSError as exc:
            raise SeedsError(
                f"cannot write to {path.parent} ({exc.strerror or exc}): free space or fix "
                "permissions; nothing was changed"
            ) from exc
        return digest.hexdigest()

    def _change(self) -> None:
        stays = {k: v for k, v in self._kept.items() if k not in self._gone}
        stays |= self._unchanged
        leaving: list[Kept] = []
        for key in list(self._gone):
            kept = self._kept[key]
            if self._mirror.is_as_brought(kept):
                leaving.append(kept)
            elif self._mirror.has(kept.name):
                self._gone.remove(key)
                self._failed.append(Failure(key, _EDITED_GONE))
        for key, one in self._arrived.items():
            before = stays.pop(key, None)
            if before and before.name != one.kept.name and self._mirror.is_as_brought(before):
                leaving.append(before)
        if self._arrived or leaving or stays != self._kept:
            self._mirror.change(stays, self._arrived, leaving)

    def _planned_id(self, item: Item) -> str:
        if item.path is None:
            return item.key
        return f"{self._name}/{self._names.name(item.key, item.path)}"

    def _id(self, kept: Kept) -> str:
        return f"{self._name}/{kept.name}"
