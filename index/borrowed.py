"""Vendors' files for reading where they cannot be written: on a full or read-only disk.

Chroma and tantivy write to a directory also when they only open it (migrations, a lock file).
A generation never changes, so a copy of it elsewhere is as good.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

__all__ = ["borrowed"]


def borrowed(directory: Path) -> tempfile.TemporaryDirectory[str]:
    """A writable copy of ``directory``, removed when nobody holds it any more."""
    copy = tempfile.TemporaryDirectory(prefix="footnote-")
    for path in sorted(directory.rglob("*")):
        to = Path(copy.name) / path.relative_to(directory)
        if path.is_dir():
            to.mkdir()
        else:
            shutil.copyfile(path, to)
    return copy
