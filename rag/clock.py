"""How long the stages of an answer take."""

from __future__ import annotations

import time

__all__ = ["Clock"]

_STAGES = ("rewrite", "embed", "retrieve", "rerank", "read", "generate", "verify", "total")


class Clock:
    """Milliseconds by stage."""

    def __init__(self) -> None:
        self._began = self._mark = time.perf_counter()
        self._ms = dict.fromkeys(_STAGES, 0.0)

    def start(self) -> None:
        """What comes now belongs to the stage that is stopped next."""
        self._mark = time.perf_counter()

    def stop(self, stage: str) -> None:
        """The time since the last start or stop was spent in this stage."""
        now = time.perf_counter()
        self._ms[stage] += (now - self._mark) * 1000
        self._mark = now

    def add(self, stage: str, ms: float) -> None:
        """This stage took so much that was measured elsewhere."""
        self._ms[stage] += ms

    def timings(self) -> dict[str, float]:
        """Milliseconds of each stage, and in all."""
        return self._ms | {"total": (time.perf_counter() - self._began) * 1000}
