"""What a worker of a Ray cluster does for a build: it reads files, and embeds texts.

It knows nothing of Ray (:mod:`index.builder.driver`), nor of the folder, the index and the cache:
it is given bytes or texts, and answers with bytes that :mod:`index.builder.cluster` validates.
Files are read in a process with limits, as everywhere. A worker whose Footnote would make something
else of the same bytes refuses.
"""

from __future__ import annotations

import pickle
import socket
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import orjson

from index.builder.prepare import Recipe
from index.builder.workers import Limits, Workers
from index.errors import ClusterError
from index.loaders.image import is_installed
from index.settings import IndexSettings
from index.store.manifest import Fingerprint, fingerprint
from index.types import Seed

if TYPE_CHECKING:
    from index.embedding.embedder import Embedder

__all__ = ["Embedding", "Identity", "Reading", "answer", "identity"]

Identity = Fingerprint
"""What must be the same on two machines for the same bytes to give the same generation."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Files to be read: each with its bytes, and how. Answered with JSON, a list of Prepared."""

    seeds: Sequence[tuple[Seed, bytes]]
    recipe: Recipe
    limits: Limits


@dataclass(frozen=True, slots=True)
class Embedding:
    """Texts to be embedded. Answered with the rows, float32, one after the other."""

    texts: Sequence[str]


def identity(settings: IndexSettings) -> Identity:
    """What these settings, this program and this machine make of the same bytes."""
    made = fingerprint(settings)
    del made["store"]  # a worker writes nothing
    return made | {
        "LibreOffice": settings.soffice is not None,
        "text recognition": bool(settings.ocr) and is_installed(),
    }


def answer(wanted: Identity, request: bytes) -> bytes:
    """Do what is asked: a pickled :class:`Reading` or :class:`Embedding`, of whoever builds.

    Raises:
        ClusterError: this worker would make something else of it.
        ModelError: the embedding model is not installed here.
    """
    soffice = _checked(tuple(wanted.items()))
    asked = pickle.loads(request)  # noqa: S301 - of the one that may run anything here
    embedding = str(wanted["embedding"])
    if isinstance(asked, Embedding):
        return _embedder(embedding).embed(asked.texts).tobytes()
    recipe = replace(asked.recipe, soffice=soffice)
    workers = _workers(asked.limits, embedding)
    read = [workers.read(seed, recipe, data) for seed, data in asked.seeds]
    return orjson.dumps(read)


@lru_cache(maxsize=1)
def _checked(wanted: tuple[tuple[str, str | int], ...]) -> str | None:
    """The program that converts old files, where they are to be converted; raises ClusterError."""
    there = dict(wanted)
    settings = IndexSettings(
        embedding=str(there["embedding"]),
        chunk_tokens=int(there["chunk_tokens"]),
        ocr=bool(there["ocr"]),
        libreoffice=bool(there["LibreOffice"]),
    )
    here = identity(settings)
    for key in sorted({*here, *there}):
        if here.get(key) != there.get(key):
            raise ClusterError(
                f"the worker on {socket.gethostname()} has {key} {here.get(key)}, this machine has "
                f"{key} {there.get(key)}: install the same Footnote on all machines of the cluster"
            )
    return settings.soffice


@lru_cache(maxsize=1)  # a worker serves one build
def _workers(limits: Limits, embedding: str) -> Workers:
    return Workers(limits, count=1, embedding=embedding)


@lru_cache(maxsize=1)
def _embedder(name: str) -> Embedder:
    from index.embedding.embedder import load_embedder

    return load_embedder(name, threads=1)
