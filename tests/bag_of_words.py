"""The embedder of tests that need no model."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence

import numpy as np

from index.embedding.embedder import Vectors
from index.embedding.scale import COSINE


class BagOfWords:
    """Hashed word counts as unit rows: texts that share words are near; no model is needed.

    ``embedded`` is every text that it was given, in order.
    """

    dimension = 384
    scale = COSINE

    def __init__(self) -> None:
        self.embedded: list[str] = []

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One unit row for each text."""
        self.embedded += texts
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in re.findall(r"\w+", text.lower()) or [text]:
                row[zlib.crc32(word.encode()) % self.dimension] += 1.0
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    def embed_query(self, query: str) -> Vectors:
        """The same for a query."""
        return self.embed([query])[0]
