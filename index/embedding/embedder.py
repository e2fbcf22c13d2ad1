"""Texts to vectors: what the index needs of an embedding model, and the one that is named.

A name of `EMBEDDING_MODELS` is a packaged model (:mod:`index.embedding.packaged`); any other one
is a folder, or a name in the cache of Hugging Face, that sentence-transformers loads
(:mod:`index.embedding.sentence_transformers`). Nothing is downloaded.

Vectors are float32 rows of length 1, so a dot product is the cosine. No text is cut: one of more
tokens than the model reads is read in parts, whose mean is its vector.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.embedding.models import EMBEDDING_MODELS
from index.embedding.scale import Scale
from index.text.tokens import Tokenize

__all__ = ["Embedder", "Vectors", "load_embedder", "load_model_tokenizer", "mean", "vectors_from"]

Vectors = NDArray[np.float32]
"""Shape (n, dimension), rows of unit length."""


class Embedder(Protocol):
    """What the index and the read side need of an embedding model."""

    @property
    def dimension(self) -> int:
        """Length of a vector."""

    @property
    def scale(self) -> Scale | None:
        """How its cosines are to be read, where that is known before anything is indexed."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit rows, one for each text to be found, in order; shape (len(texts), dimension)."""

    def embed_query(self, query: str) -> Vectors:
        """The unit vector of a text to search with; shape (dimension,)."""


def load_embedder(name: str, *, threads: int | None = None) -> Embedder:
    """The embedding model of that name or folder; ``threads`` of a packaged one, else all.

    Raises:
        ModelError: there is none, or its files are not as they must be.
    """
    if name in EMBEDDING_MODELS:
        from index.embedding.packaged import PackagedEmbedder

        return PackagedEmbedder(name, threads=threads)
    from index.embedding.sentence_transformers import SentenceTransformerEmbedder

    return SentenceTransformerEmbedder(name)


def load_model_tokenizer(name: str) -> Tokenize:
    """A function from text to the token ids of a model, without those that begin and end a text.

    Raises:
        ModelError: there is no such model, or its files are not as they must be.
    """
    if name in EMBEDDING_MODELS:
        from index.embedding.packaged import packaged_weights

        tokenize = packaged_weights(name).tokenize
        return lambda text: tokenize(text)[1:-1]
    from index.embedding.sentence_transformers import load_tokenizer_of

    return load_tokenizer_of(name)


def vectors_from(data: bytes, count: int, dimension: int) -> Vectors:
    """Vectors that another process wrote one after the other, as float32, little-endian.

    >>> vectors_from(bytes(8), 1, 2).tolist()
    [[0.0, 0.0]]

    Raises:
        ValueError: they are not so many, or not of numbers.
    """
    rows = np.frombuffer(data, "<f4") if len(data) == 4 * count * dimension else None
    if rows is None or not np.isfinite(rows).all():
        raise ValueError(f"{len(data)} bytes, no {count} vectors of {dimension} numbers")
    return rows.reshape(count, dimension).astype(np.float32)


def mean(vectors: Vectors, lengths: Sequence[int]) -> NDArray[np.float32]:
    """The unit vector of a text from those of its parts, each by its length."""
    found = np.average(vectors, axis=0, weights=lengths)
    return np.asarray(found / np.linalg.norm(found), dtype=np.float32)
