"""How far a build is, as it is shown while it runs."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Progress"]


@dataclass(frozen=True, slots=True)
class Progress:
    """Files done of all, and their bytes; chunks written; seconds since the build began."""

    done: int = 0
    total: int = 0
    done_bytes: int = 0
    total_bytes: int = 0
    chunks: int = 0
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        """Chunks a second."""
        return self.chunks / self.seconds if self.seconds > 0 else 0.0

    @property
    def left_s(self) -> float | None:
        """Seconds that the rest will take at this pace, by bytes; None before the first file.

        >>> Progress(1, 4, 100, 400, 10, seconds=5.0).left_s
        15.0
        """
        if not self.done_bytes:
            return None
        return self.seconds * (self.total_bytes - self.done_bytes) / self.done_bytes
