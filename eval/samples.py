"""The sample documents that ship with Footnote: those that the shipped cases are about."""

from __future__ import annotations

import shutil
from pathlib import Path

from index.errors import SeedsError

__all__ = ["SAMPLES", "copy_samples", "is_empty"]

SAMPLES = Path(__file__).parent / "seeds" / "documents"
"""The folder that holds them: in a checkout a link to the documents folder itself."""


def is_empty(folder: Path) -> bool:
    """Whether the folder is not there yet, or holds nothing but hidden files."""
    try:
        return all(path.name.startswith(".") for path in folder.iterdir())
    except FileNotFoundError:
        return True
    except OSError:  # no folder, or one that may not be read
        return False


def copy_samples(folder: Path) -> tuple[str, ...]:
    """Copy them into a documents folder that is empty; gives their names.

    Raises:
        SeedsError: the folder holds something already, or cannot be written.
    """
    if not is_empty(folder):
        raise SeedsError(
            f"{folder} is not an empty folder, and samples would be mixed with what is there: name "
            "another one with --seeds DIR"
        )
    try:
        shutil.copytree(SAMPLES, folder, dirs_exist_ok=True, copy_function=shutil.copyfile)
    except OSError as exc:
        why = exc.strerror or exc  # shutil.Error has none
        raise SeedsError(f"cannot copy the samples into {folder} ({why})") from exc
    found = (path for path in SAMPLES.rglob("*") if path.is_file())
    return tuple(sorted(path.relative_to(SAMPLES).as_posix() for path in found))
