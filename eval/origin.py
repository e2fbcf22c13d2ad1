"""What a run was made by: the program to the byte, the time, the documents."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from index.search import OpenGeneration

__all__ = ["code_version", "documents_of", "made_by"]

_ROOT = Path(__file__).resolve().parent.parent
_PACKAGES = ("index", "rag", "eval")
_KINDS = frozenset({".py", ".json", ".npz"})


@cache
def code_version() -> str:
    """Twelve digits that change with any file of the program that an answer rests on."""
    digest = hashlib.sha256()
    for package in _PACKAGES:
        for path in sorted((_ROOT / package).rglob("*")):
            if path.suffix in _KINDS:
                digest.update(f"{path.relative_to(_ROOT).as_posix()}\0".encode())
                digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:12]


def made_by() -> dict[str, Any]:
    """``{"created", "version", "code"}``, the time in UTC."""
    return {
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "version": version("footnote-rag"),
        "code": code_version(),
    }


def documents_of(generation: OpenGeneration) -> dict[str, str]:
    """The sha256 of each document of a generation, by its id."""
    return {name: entry.sha256 for name, entry in generation.manifest.documents.items()}
