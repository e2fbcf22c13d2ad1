"""The one evaluation that a process runs at a time: begun, followed and cancelled by any window.

It belongs to the process, so it goes on when the window that began it is closed. It is asked over a
home of its own with the model that is loaded already; chatting goes on beside it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from eval.errors import RunCancelledError
from eval.run import evaluate
from eval.store import store_run
from eval.types import Suite
from index.errors import FootnoteError
from index.types import Progress
from rag.assemble import Services

__all__ = ["RunState", "Running"]

_LOG = logging.getLogger(__name__)

Phase = Literal["idle", "indexing", "asking", "done", "cancelled", "failed"]


@dataclass(frozen=True, slots=True)
class RunState:
    """Where the evaluation is; ``number`` counts those of this process, from 1.

    ``done`` of ``total`` are documents while indexing, questions while asking. ``left_s`` is how
    many seconds the rest will take at this pace. ``run`` is the id under which it was kept;
    ``error`` why it failed.
    """

    number: int = 0
    phase: Phase = "idle"
    suite: str = ""
    done: int = 0
    total: int = 0
    left_s: float | None = None
    cancelling: bool = False
    run: str = ""
    error: str = ""

    @property
    def is_active(self) -> bool:
        """Whether it is still running."""
        return self.phase in {"indexing", "asking"}


class Running:
    """Runs evaluations, one at a time, in a thread of its own."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._changing = threading.Lock()
        self._state = RunState()
        self._asking_since = 0.0

    @property
    def state(self) -> RunState:
        """Where it is now."""
        return self._state

    def start(self, services: Services, suite: Suite) -> bool:
        """Begin to evaluate; False when another evaluation is running."""
        with self._changing:
            if self._state.is_active:
                return False
            self._state = RunState(self._state.number + 1, "indexing", suite.name)
        threading.Thread(target=self._work, args=(services, suite), daemon=True).start()
        return True

    def cancel(self) -> None:
        """End it after what it is at; the next one of the suite goes on there."""
        with self._changing:
            if self._state.is_active:
                self._state = replace(self._state, cancelling=True)

    def _work(self, services: Services, suite: Suite) -> None:
        try:
            report = evaluate(
                services.settings,
                suite,
                embedder=services.embedder(),
                index_progress=self._indexed,
                progress=self._asked,
            )
            run = store_run(services.settings.home, report)
            self._change(phase="done", run=run)
        except RunCancelledError:
            self._change(phase="cancelled")
        except FootnoteError as exc:
            self._change(phase="failed", error=str(exc))
        except Exception as exc:  # noqa: BLE001 - logged and said: nobody is above a thread
            _LOG.exception("the evaluation ended by a bug")
            name = type(exc).__name__
            self._change(phase="failed", error=f"an error in the program ({name}): see its log")

    def _indexed(self, progress: Progress) -> None:
        self._go_on()
        self._change(done=progress.done, total=progress.total, left_s=progress.left_s)

    def _asked(self, done: int, total: int) -> None:
        """Count a question; the first one also loads what answers, so it sets no pace."""
        self._go_on()
        now = self._clock()
        if done == 1:
            self._asking_since = now
        each_s = (now - self._asking_since) / (done - 1) if done > 1 else None
        left_s = each_s * (total - done) if each_s is not None else None
        self._change(phase="asking", done=done, total=total, left_s=left_s)

    def _go_on(self) -> None:
        if self._state.cancelling:
            raise RunCancelledError("the evaluation was cancelled: the next one goes on there")

    def _change(self, **values: object) -> None:
        with self._changing:
            self._state = replace(self._state, **values)  # type: ignore[arg-type]
