"""How many questions of one visitor are answered at a time, so that nobody takes all the places."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["QUESTIONS", "Askers"]

QUESTIONS = 4
"""So many of one visitor, whatever the number of windows."""


class Askers:
    """Who is being answered now."""

    def __init__(self) -> None:
        self._changing = threading.Lock()
        self._asking: Counter[str] = Counter()

    @contextmanager
    def place(self, visitor: str) -> Iterator[bool]:
        """Whether the visitor has a place, which is theirs as long as the context is open."""
        with self._changing:
            is_free = self._asking[visitor] < QUESTIONS
            self._asking[visitor] += is_free
        try:
            yield is_free
        finally:
            with self._changing:
                self._asking[visitor] -= is_free
                if not self._asking[visitor]:
                    del self._asking[visitor]
