"""The one build that a process runs at a time: begun, followed and cancelled by any window.

It belongs to the process, so it goes on when the window that began it is closed. Until it is
published, everybody is answered from the generation before.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal

from index.builder.build import IndexReport
from index.errors import BuildCancelledError, FootnoteError
from index.types import Progress
from rag.assemble import Services

__all__ = ["BuildState", "Building"]

_LOG = logging.getLogger(__name__)
_WAIT_S = 5.0  # for a build of another process

Phase = Literal["idle", "building", "done", "cancelled", "failed"]


@dataclass(frozen=True, slots=True)
class BuildState:
    """Where the build is; ``number`` counts those of this process, from 1.

    ``report`` is what the last finished one did, ``error`` why the last one failed.
    """

    number: int = 0
    phase: Phase = "idle"
    progress: Progress = field(default_factory=Progress)
    cancelling: bool = False
    report: IndexReport | None = None
    error: str = ""

    @property
    def is_active(self) -> bool:
        """Whether it is still running."""
        return self.phase == "building"


class Building:
    """Builds the index, one build at a time, in a thread of its own."""

    def __init__(self) -> None:
        self._changing = threading.Lock()
        self._state = BuildState()

    @property
    def state(self) -> BuildState:
        """Where it is now."""
        return self._state

    def start(self, services: Services) -> bool:
        """Begin to build; False when a build is running."""
        return self._begin(services, self._built)

    def refresh(self, services: Services) -> bool:
        """Begin to build where questions are not to be answered from what there is."""
        return self._begin(services, self._refreshed)

    def _begin(self, services: Services, build: Callable[[Services], IndexReport | None]) -> bool:
        with self._changing:
            if self._state.is_active:
                return False
            self._state = BuildState(self._state.number + 1, "building")
        threading.Thread(target=self._work, args=(services, build), daemon=True).start()
        return True

    def cancel(self) -> None:
        """End it after the passages that it is at; the index stays as it was."""
        with self._changing:
            if self._state.is_active:
                self._state = replace(self._state, cancelling=True)

    def _built(self, services: Services) -> IndexReport:
        report = services.builder.build(wait_s=_WAIT_S, progress=self._told)
        services.builder.unpin()  # where the folder is what an earlier generation says already
        return report

    def _refreshed(self, services: Services) -> IndexReport | None:
        return services.builder.refresh(wait_s=_WAIT_S, progress=self._told)

    def _work(self, services: Services, build: Callable[[Services], IndexReport | None]) -> None:
        try:
            report = build(services)
            self._change(phase="done" if report else "idle", report=report)
        except BuildCancelledError:
            self._change(phase="cancelled")
        except FootnoteError as exc:
            self._change(phase="failed", error=str(exc))
        except Exception as exc:  # noqa: BLE001 - logged and said: nobody is above a thread
            _LOG.exception("the build ended by a bug")
            name = type(exc).__name__
            self._change(phase="failed", error=f"an error in the program ({name}): see its log")

    def _told(self, progress: Progress) -> None:
        if self._state.cancelling:
            raise BuildCancelledError("the build was cancelled: the index is as it was")
        self._change(progress=progress)

    def _change(self, **values: object) -> None:
        with self._changing:
            self._state = replace(self._state, **values)  # type: ignore[arg-type]
