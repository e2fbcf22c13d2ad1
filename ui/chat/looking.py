"""How the index stands to the folder, looked at once for all windows.

A look lists the folder, which takes a second for ten thousand documents; so a look serves all
windows, and the looks together take a small share of the time.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from index.builder.build import IndexState
from index.errors import FootnoteError
from index.status import SeedStatus, seed_statuses
from index.store.home import Home, Pointer
from rag.assemble import Services

__all__ = ["Look", "Looking"]

_EVERY_S = 2.0
_PAUSE = 10  # times as long as the look took


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen; ``number`` grows when that is something else than before.

    ``state`` is None where the folder or the index cannot be read, ``error`` says why.
    """

    number: int = 0
    state: IndexState | None = None
    error: str = ""
    standings: tuple[SeedStatus, ...] = ()


class Looking:
    """Looks at the folder when somebody asks and the last look is old."""

    def __init__(self, services: Services, clock: Callable[[], float] = time.monotonic) -> None:
        self._services = services
        self._home = Home(services.settings.home)
        self._clock = clock
        self._one = threading.Lock()
        self._last = Look()
        self._pointer: Pointer | None = None
        self._until = 0.0

    def look(self) -> Look:
        """The last look, or a new one when that is old or another generation is current."""
        with self._one:
            if self._clock() < self._until and self._pointer == self._current():
                return self._last
            return self._looked()

    @property
    def number(self) -> int:
        """The number of the last look, at once; where that is old, a new look begins."""
        is_old = self._clock() >= self._until or self._pointer != self._current()
        if is_old and not self._one.locked():
            threading.Thread(target=self.look, daemon=True).start()
        return self._last.number

    def again(self) -> Look:
        """A new look: the folder was changed."""
        with self._one:
            return self._looked()

    def _looked(self) -> Look:
        begun = self._clock()
        self._pointer = self._current()
        state, error = None, ""
        try:
            state = self._services.builder.state()
        except FootnoteError as exc:
            error = str(exc)
        ended = self._clock()
        self._until = ended + max(_EVERY_S, _PAUSE * (ended - begun))
        if (state, error) != (self._last.state, self._last.error) or not self._last.number:
            found = seed_statuses(state) if state else ()
            self._last = Look(self._last.number + 1, state, error, found)
        return self._last

    def _current(self) -> Pointer | None:
        try:
            return self._home.pointer()
        except FootnoteError:
            return None
