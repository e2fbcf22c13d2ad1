"""What was made last, kept for a while so that it need not be made again; nothing is stored."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

__all__ = ["Recent"]

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Recent(Generic[K, V]):
    """The values that were used last, up to ``room`` in all; safe to share between threads.

    >>> recent = Recent[str, int](room=2)
    >>> for name in "abc":
    ...     recent.put(name, ord(name))
    >>> recent.get("a"), recent.get("c")
    (None, 99)
    >>> recent.get_or_make("b", lambda: 98), recent.get_or_make("c", lambda: 0)
    (98, 99)
    """

    def __init__(self, room: int) -> None:
        self._room = room
        self._lock = threading.Lock()
        self._held: OrderedDict[K, tuple[V, int]] = OrderedDict()

    def get(self, key: K) -> V | None:
        """The value, which counts as used now; None when it is not (or no longer) held."""
        with self._lock:
            if key not in self._held:
                return None
            self._held.move_to_end(key)
            return self._held[key][0]

    def put(self, key: K, value: V, size: int = 1) -> None:
        """Hold a value that takes ``size`` of the room; those used longest ago go for it."""
        with self._lock:
            if key not in self._held:
                self._held[key] = value, size
                self._room -= size
            while self._room < 0:
                self._room += self._held.popitem(last=False)[1][1]

    def get_or_make(self, key: K, make: Callable[[], V], size: int = 1) -> V:
        """The value, made and held when it is not there; two threads may both make it."""
        value = self.get(key)
        if value is None:
            value = make()
            self.put(key, value, size)
        return value
