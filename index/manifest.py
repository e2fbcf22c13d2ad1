"""The record of one generation: which documents it holds, made from which bytes and how.

Written last into a generation's directory, as JSON with ``schema``; never changed. Reading it
needs the standard library only, so an unchanged folder is recognised in milliseconds.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from index.errors import IndexMismatchError
from index.lexical import LEXICAL_VERSION
from index.loaders import LOADERS_VERSION
from index.models import EMBEDDING_MODELS

__all__ = ["SCHEMA", "Entry", "FailedEntry", "Fingerprint", "Manifest", "fingerprint"]

SCHEMA = 1

Fingerprint = dict[str, str | int]
"""Everything that changes chunks or vectors; another fingerprint means a full rebuild."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A document of the generation."""

    sha256: str
    title: str
    media_type: str
    date: str | None
    chunks: int


@dataclass(frozen=True, slots=True)
class FailedEntry:
    """A seed that could not be read, and the bytes that it had then."""

    sha256: str
    reason: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a generation holds; ``created`` is ISO 8601 in UTC."""

    generation: str
    created: str
    parent: str | None
    fingerprint: Fingerprint
    documents: dict[str, Entry] = field(default_factory=dict)
    failed: dict[str, FailedEntry] = field(default_factory=dict)
    schema: int = SCHEMA

    @property
    def chunks(self) -> int:
        """How many chunks all documents have."""
        return sum(entry.chunks for entry in self.documents.values())

    def write(self, path: Path) -> None:
        """Write the record."""
        path.write_text(json.dumps(asdict(self), ensure_ascii=False, indent=1), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Manifest:
        """Read the record.

        Raises:
            IndexMismatchError: another schema wrote it, or it is damaged.
        """
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
            if values["schema"] != SCHEMA:
                raise IndexMismatchError(
                    f"{path} has schema {values['schema']}, this program writes {SCHEMA}: "
                    "run `footnote index --force`"
                )
            values["documents"] = {k: Entry(**v) for k, v in values["documents"].items()}
            values["failed"] = {k: FailedEntry(**v) for k, v in values["failed"].items()}
            return cls(**values)
        except (OSError, ValueError, KeyError, TypeError) as exc:
            raise IndexMismatchError(
                f"{path} cannot be read ({exc}): run `footnote index --force`"
            ) from exc


def fingerprint(*, embedding: str, chunk_tokens: int) -> Fingerprint:
    """What these settings and this program make of the same bytes."""
    return {
        "schema": SCHEMA,
        "loaders": LOADERS_VERSION,
        "lexical": LEXICAL_VERSION,
        "embedding": embedding,
        "embedding_sha256": EMBEDDING_MODELS[embedding].sha256,
        "chunk_tokens": chunk_tokens,
    }
