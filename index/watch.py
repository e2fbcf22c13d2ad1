"""Waiting for the documents folder to change: the only room of watchfiles."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

from index.errors import SeedsError

__all__ = ["changes"]

_QUIET_MS = 500
_LONGEST_MS = 10_000


def changes(folder: Path, *, stop: threading.Event | None = None) -> Iterator[None]:
    """Yield after each burst of changes, when the folder has been quiet for half a second.

    A folder that never is quiet is reported every ten seconds; hidden files do not count. The
    first item says that the watch has begun.

    Raises:
        SeedsError: there is no such folder, or not any more.
    """
    from watchfiles import watch

    def counts(_: object, path: str) -> bool:
        parts = Path(path).relative_to(root).parts if Path(path).is_relative_to(root) else ()
        return not any(part.startswith(".") for part in parts)

    root = folder.resolve()
    begun = False
    try:
        for seen in watch(
            root,
            watch_filter=counts,
            debounce=_LONGEST_MS,
            step=_QUIET_MS,
            stop_event=stop,
            rust_timeout=1000,
            yield_on_timeout=True,
            raise_interrupt=True,
        ):
            if not root.is_dir():
                raise SeedsError(f"{folder} is gone: create it, or name another with --seeds DIR")
            if seen or not begun:
                begun = True
                yield
    except FileNotFoundError as exc:
        raise SeedsError(
            f"no folder {folder}: create it, or name another with --seeds DIR"
        ) from exc
