"""What was chosen for a home beside its configuration: that pictures are read.

It holds for every process that uses the home, also after a restart. What the configuration says
goes before it.
"""

from __future__ import annotations

from pathlib import Path

import orjson

from index.errors import HomeError
from index.store.files import make_folder, replace_file

__all__ = ["choose_pictures", "pictures_are_chosen"]

_NAME = "choices.json"


def pictures_are_chosen(home: Path) -> bool:
    """Whether text recognition was chosen; a record that is damaged chooses nothing."""
    try:
        values = orjson.loads((home / _NAME).read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(values, dict) and values.get("ocr") is True


def choose_pictures(home: Path) -> None:
    """Choose text recognition.

    Raises:
        HomeError: the home cannot be written.
    """
    try:
        make_folder(home)
        replace_file(home / _NAME, orjson.dumps({"schema": 1, "ocr": True}))
    except OSError as exc:
        raise HomeError(f"the choice cannot be kept in {home} ({exc.strerror})") from exc
