"""A seed made ready to be indexed: loaded, cut into chunks, its words stemmed, summarised.

This is what the worker processes do (:mod:`index.builder.workers`): everything that depends on the
bytes of one file only, and everything that hostile bytes could make slow, large or fatal.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import LoadError
from index.listing import Failure, read_seed
from index.types import Chunk, Document, Seed, Span, Table

if TYPE_CHECKING:
    from index.chunking import Chunker

__all__ = [
    "Prepared",
    "PreparedDocument",
    "Recipe",
    "Unconverted",
    "prepare",
    "prepared_document",
    "unread",
]


@dataclass(frozen=True, slots=True)
class Recipe:
    """The settings that decide what becomes of a file's bytes.

    ``soffice`` is the program that converts files of old formats; without it they are refused.
    """

    folder: Path
    chunk_tokens: int
    ocr: bool = False
    soffice: str | None = None


@dataclass(frozen=True, slots=True)
class Unconverted:
    """A file of an old format or a workbook to be computed, the seed or one attached to it.

    ``data`` are its bytes in base64.
    """

    sha256: str
    ending: str
    data: str


@dataclass(frozen=True, slots=True)
class PreparedDocument:
    """A document, its chunks in order, and for each chunk the stems that it is found by.

    ``summary`` are the sentences that say what it is about, the most telling first; ``tables`` are
    those whose rows are statements of its text, ``references`` the ids of a mail and of those that
    it answers.
    """

    document: Document
    chunks: tuple[Chunk, ...]
    stems: tuple[str, ...]
    summary: tuple[Span, ...] = ()
    tables: tuple[Table, ...] = ()
    references: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Prepared:
    """What became of a seed: its documents (none when it cannot be read) and what failed.

    ``transient``: the file itself could not be read, so the next build tries again;
    ``exceeded``: it met a limit, so a build with other limits tries again. ``unconverted``: files
    that must be converted first; there is nothing else then.
    """

    documents: tuple[PreparedDocument, ...] = ()
    failures: tuple[Failure, ...] = ()
    transient: bool = False
    exceeded: bool = False
    unconverted: tuple[Unconverted, ...] = ()


def prepare(
    seed: Seed,
    recipe: Recipe,
    chunker: Chunker,
    conversions: Mapping[str, bytes | str] | None = None,
    data: bytes | None = None,
) -> Prepared:
    """Read, parse and cut one seed; what cannot be read is in ``failures``.

    ``conversions`` are those of :class:`~index.loaders.extract.Source`; without ``data``, its
    bytes, they are read from the folder.
    """
    from index.loaders import load_seed

    try:
        data = read_seed(recipe.folder, seed) if data is None else data
    except LoadError as exc:
        return unread(seed, exc)
    try:
        loaded = load_seed(seed.id, data, seed.sha256, ocr=recipe.ocr, conversions=conversions)
    except LoadError as exc:
        return Prepared(failures=(Failure(seed.id, str(exc), exc.pictures),))
    if loaded.unconverted:
        return Prepared(
            unconverted=tuple(
                Unconverted(sha256, ending, base64.b64encode(data).decode())
                for sha256, (ending, data) in loaded.unconverted.items()
            )
        )
    documents = tuple(
        prepared_document(
            d, chunker(d), loaded.tables.get(d.id, ()), loaded.references.get(d.id, ())
        )
        for d in loaded.documents
    )
    return Prepared(documents, loaded.failures)


def unread(seed: Seed, error: LoadError) -> Prepared:
    """What becomes of a seed whose bytes cannot be read now."""
    return Prepared(failures=(Failure(seed.id, str(error)),), transient=True)


def prepared_document(
    document: Document,
    chunks: Sequence[Chunk],
    tables: tuple[Table, ...] = (),
    references: tuple[str, ...] = (),
) -> PreparedDocument:
    """A document with its summary and the stems of its chunks, their title, headings and name."""
    from index.builder.summary import summarise
    from index.text.names import NAME_MARK, words_of_name
    from index.text.words import stems

    above = [" ".join((document.title, *c.heading_path, c.text)) for c in chunks]
    name = words_of_name(document.id, document.title, document.language)
    of_name = [NAME_MARK, *stems(name, document.language)] if name else []
    found = [" ".join((*stems(text, document.language), *of_name)) for text in above]
    summary = summarise(document, chunks)
    return PreparedDocument(document, tuple(chunks), tuple(found), summary, tables, references)
