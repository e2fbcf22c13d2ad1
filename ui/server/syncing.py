"""Sources: one sync, of the command or of the server, and those that the server does by the clock.

A sync changes the documents folder only; the index follows by the build that all windows see.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from index.errors import FootnoteError
from index.sources.kinds import open_source
from index.sources.sync import Progress, SyncReport
from index.sources.sync import sync as sync_source
from rag.settings import Settings
from ui.server.audit import AuditLog

__all__ = ["SyncState", "Syncs", "in_utc", "synced"]

_LOG = logging.getLogger(__name__)
_LOOK_EVERY_S = 1.0


def synced(
    name: str,
    settings: Settings,
    *,
    dry_run: bool = False,
    force: bool = False,
    progress: Progress = lambda _done, _total: None,
) -> SyncReport:
    """Sync the source of that name, and record what changed; raises what ``sync`` raises."""
    with open_source(name, settings) as source:
        report = sync_source(
            name, source, settings, dry_run=dry_run, force=force, progress=progress
        )
    if not dry_run:
        log = AuditLog(settings.home)
        log.record("", f"added from {name}", report.added)
        log.record("", f"changed from {name}", report.changed)
        log.record("", f"removed with {name}", report.removed)
    return report


@dataclass(frozen=True, slots=True)
class SyncState:
    """What a server knows of a source that it syncs; times are seconds (epoch), 0 for never.

    ``report`` is that of the last sync that ended well, ``error`` why the last one failed, which
    was noticed at ``failed``.
    """

    kind: str
    every_minutes: float
    is_active: bool = False
    began: float = 0.0
    succeeded: float = 0.0
    failed: float = 0.0
    report: SyncReport | None = None
    error: str = ""

    @property
    def next(self) -> float:
        """When it is synced again."""
        return self.began + self.every_minutes * 60 if self.began else 0.0

    def counts(self) -> dict[str, object]:
        """What the log and the API say of it: numbers, no names of documents."""
        if self.report is None:
            return {}
        names = ("added", "changed", "removed", "failed", "left_out")
        return {
            **{name: len(getattr(self.report, name)) for name in names},
            "unchanged": self.report.unchanged,
            "waiting": self.report.waiting,
            "reason": self.report.reason,
            "seconds": round(self.report.seconds, 1),
        }


def in_utc(seconds: float) -> str | None:
    """A time of a state as ISO 8601; None for never.

    >>> in_utc(1_000_000.4), in_utc(0.0)
    ('1970-01-12T13:46:40+00:00', None)
    """
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds") if seconds else None


class Syncs:
    """The sources that have ``every_minutes``, synced one after the other while the server runs."""

    def __init__(
        self,
        settings: Settings,
        rebuild: Callable[[], bool],
        clock: Callable[[], float] = time.time,
    ) -> None:
        """``rebuild`` begins a build; False where one is running, which may have begun before."""
        self._settings, self._rebuild, self._clock = settings, rebuild, clock
        self._is_changed = False
        self._states = {
            name: SyncState(one.kind, one.every_minutes)
            for name, one in settings.sources.items()
            if one.every_minutes is not None
        }

    @property
    def states(self) -> Mapping[str, SyncState]:
        """By the names of the sources."""
        return self._states

    def start(self) -> None:
        """Begin, in a thread that ends with the process; without such a source there is none."""
        if self._states:
            threading.Thread(target=self._run, daemon=True).start()

    def sync_due(self) -> None:
        """Sync what is due, then have the index built where that changed documents."""
        for name, state in self._states.items():
            if self._clock() >= state.next:
                self._sync(name, state)
        if self._is_changed and self._rebuild():
            self._is_changed = False

    def _run(self) -> None:
        while True:
            self.sync_due()
            time.sleep(_LOOK_EVERY_S)

    def _sync(self, name: str, state: SyncState) -> None:
        state = self._states[name] = replace(state, is_active=True, began=self._clock())
        error = ""
        try:
            report = synced(name, self._settings)
        except FootnoteError as exc:
            error = str(exc)
        except Exception as exc:  # noqa: BLE001 - logged and said: nobody is above a thread
            _LOG.exception("the sync of %s ended by a bug", name)
            error = f"an error in the program ({type(exc).__name__}): see its log"
        else:
            state = replace(state, succeeded=self._clock(), report=report)
            self._is_changed |= bool(report.added or report.changed or report.removed)
        failed = self._clock() if error else 0.0
        state = self._states[name] = replace(state, is_active=False, error=error, failed=failed)
        fields: dict[str, Any] = {"source": name}
        fields |= {"error": error} if error else state.counts()
        level = logging.ERROR if error else logging.INFO
        _LOG.log(level, "sync %s", "failed" if error else "done", extra={"fields": fields})
