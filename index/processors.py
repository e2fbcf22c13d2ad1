"""How many processors there are for this process."""

from __future__ import annotations

import os

__all__ = ["available_processors"]


def available_processors() -> int:
    """How many this process may use, which on a shared machine may be fewer than there are."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
