"""The record of one generation: which documents it holds, made from which bytes and how.

Written last into a generation's directory, as JSON with ``schema``; never changed. Reading it
takes milliseconds, so does the recognition of an unchanged folder.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from index.embedding.models import vectors_name
from index.embedding.scale import COSINE, Scale
from index.errors import IndexMismatchError, IndexSchemaError
from index.loaders import LOADERS_VERSION
from index.settings import IndexSettings
from index.text.sentences import SENTENCES_VERSION
from index.text.words import ANALYSIS_VERSION

__all__ = [
    "SCHEMA",
    "Entry",
    "FailedEntry",
    "Fingerprint",
    "Manifest",
    "count_chunks",
    "fingerprint",
    "schema_of",
]

SCHEMA = 8
_SCHEMA = re.compile(r'\{"schema": ?(\d+)\b')

Fingerprint = dict[str, str | int]
"""All that changes chunks or vectors, or where they are; another one means a full rebuild."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A document of the generation; ``seed`` is the file that it is, or is attached to.

    ``references`` are the ids of a mail and of those that it answers.
    """

    seed: str
    sha256: str
    title: str
    media_type: str
    date: str | None
    language: str
    chunks: int
    references: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class FailedEntry:
    """A seed, or a file attached to ``seed``, that could not be read.

    ``limits`` are those that it exceeded, if it was that: with others it is tried again.
    """

    seed: str
    reason: str
    limits: str | None = None
    pictures: int = 0


def count_chunks(documents: Mapping[str, Entry]) -> int:
    """How many chunks these documents have."""
    return sum(entry.chunks for entry in documents.values())


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a generation holds; ``created`` is ISO 8601 in UTC.

    ``seeds`` has the sha256 of every file that was read, also of those that failed; ``scale`` says
    how the cosines of its vectors are to be read.
    """

    generation: str
    created: str
    parent: str | None
    fingerprint: Fingerprint
    seeds: dict[str, str] = field(default_factory=dict)
    documents: dict[str, Entry] = field(default_factory=dict)
    failed: dict[str, FailedEntry] = field(default_factory=dict)
    scale: Scale = COSINE
    schema: int = SCHEMA

    @property
    def chunks(self) -> int:
        """How many chunks all documents have."""
        return count_chunks(self.documents)

    def documents_of(self, seeds: Iterable[str]) -> list[str]:
        """The ids of the documents that come from these seeds."""
        wanted = set(seeds)
        return [name for name, entry in self.documents.items() if entry.seed in wanted]

    def write(self, path: Path) -> None:
        """Write the record, its schema first (:func:`schema_of`)."""
        values = {"schema": self.schema} | {n: getattr(self, n) for n in self.__slots__}
        path.write_bytes(orjson.dumps(values))

    @classmethod
    def read(cls, path: Path) -> Manifest:
        """Read the record.

        Raises:
            IndexSchemaError: another schema wrote it.
            IndexMismatchError: it is damaged.
        """
        try:
            values = orjson.loads(path.read_bytes())
            if values["schema"] != SCHEMA:
                raise IndexSchemaError(
                    f"{path} has schema {values['schema']}, this program writes {SCHEMA}: "
                    "run `footnote index`"
                )
            values["documents"] = {k: Entry(**v) for k, v in values["documents"].items()}
            values["failed"] = {k: FailedEntry(**v) for k, v in values["failed"].items()}
            values["scale"] = Scale(**values.get("scale", {}))
            return cls(**values)
        except (OSError, ValueError, KeyError, TypeError) as exc:
            raise IndexMismatchError(
                f"{path} cannot be read ({exc}): run `footnote index --force`"
            ) from exc


def schema_of(path: Path) -> int | None:
    """The schema of a record, from its first characters; None when there is no such record."""
    try:
        with path.open(encoding="utf-8") as file:
            found = _SCHEMA.match(file.read(64))
    except (OSError, ValueError):
        return None
    return int(found.group(1)) if found else None


def fingerprint(settings: IndexSettings) -> Fingerprint:
    """What these settings and this program make of the same bytes."""
    return {
        "schema": SCHEMA,
        "loaders": LOADERS_VERSION,
        "sentences": SENTENCES_VERSION,
        "lexical": ANALYSIS_VERSION,
        "embedding": settings.embedding,
        "vectors": vectors_name(settings.embedding),
        "store": "a Chroma server" if settings.chroma_url else "the home",
        "chunk_tokens": settings.chunk_tokens,
        "ocr": settings.ocr,
    }
