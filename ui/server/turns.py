"""Turns: so many questions are answered at a time as the machine bears, others wait."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from index.errors import FootnoteError
from index.processors import available_processors

__all__ = ["TURNS", "BusyError", "Turns"]

TURNS = "footnote.turns"
"""The key of the scope under which the guard has the turns of its server.

They are for those behind it whose path does not tell what is a question.
"""

_WAITING = 100  # questions that wait for their turn


class BusyError(FootnoteError):
    """Too many questions wait already."""


class Turns:
    """``running`` questions are answered at a time, ``waiting`` more wait."""

    def __init__(self, running: int | None = None, waiting: int = _WAITING) -> None:
        running = running or 2 * available_processors()
        self._turns = asyncio.Semaphore(running)
        self._places = self._all_places = running + waiting

    @property
    def is_idle(self) -> bool:
        """Whether no question is answered, and none waits."""
        return self._places == self._all_places

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for a turn, which is held as long as the context is open.

        Raises:
            BusyError: too many wait.
        """
        if self._places == 0:
            raise BusyError("too many questions at a time: ask again in a moment")
        self._places -= 1
        try:
            async with self._turns:
                yield
        finally:
            self._places += 1
