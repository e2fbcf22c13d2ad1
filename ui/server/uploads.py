"""The folder in which an upload stays until it is in the documents folder: how much, how long.

Gradio puts the files there. It is below the home, so that only its owner reads it, and it has an
end: a file that nobody took is removed after a day, a half one after an hour.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from index.store.files import make_folder

__all__ = ["Uploads"]

_KEPT_S = 86_400.0
_HALF_KEPT_S = 3600.0


class Uploads:
    """A folder that holds ``limit`` bytes at the most, those on their way counted too."""

    def __init__(self, folder: Path, limit: int, clock: Callable[[], float] = time.time) -> None:
        self.limit = limit
        self._folder = folder
        self._clock = clock
        self._changing = threading.Lock()
        self._coming = 0

    def make(self) -> None:
        """Make the folder, for its owner only, and let Gradio use it from now on.

        Gradio must not be imported before. Where the home cannot be written, nothing is taken.
        """
        place = str(self._folder)
        try:
            make_folder(self._folder)
            self._folder.chmod(0o700)
            self._held()  # removes what a server before left
        except OSError:
            self.limit = 0
            place = tempfile.mkdtemp(prefix="footnote-")
            atexit.register(shutil.rmtree, place, ignore_errors=True)
        os.environ["GRADIO_TEMP_DIR"] = place

    @contextmanager
    def room_for(self, size: int) -> Iterator[bool]:
        """Whether ``size`` bytes fit in; they are counted as long as the context is open."""
        with self._changing:
            fits = self._held() + self._coming + size <= self.limit
            self._coming += size if fits else 0
        try:
            yield fits
        finally:
            with self._changing:
                self._coming -= size if fits else 0

    def _held(self) -> int:
        """Bytes of the files that are there, once those that are too old are gone."""
        total = 0
        now = self._clock()
        for place, folders, files in os.walk(self._folder, topdown=False):
            for name in files:
                path = Path(place, name)
                with suppress(OSError):
                    found = path.stat()
                    # Gradio's own name for a file that is still being written.
                    is_half = name.startswith("tmp") and path.parent == self._folder
                    if now - found.st_mtime > (_HALF_KEPT_S if is_half else _KEPT_S):
                        path.unlink()
                    else:
                        total += found.st_size
            for name in folders:
                path = Path(place, name)
                with suppress(OSError):  # it holds something
                    if now - path.stat().st_mtime > _HALF_KEPT_S:
                        path.rmdir()
        return total
