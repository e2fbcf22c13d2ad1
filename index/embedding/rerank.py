"""The last stage of search: a model that reads query and passage together reorders the best ones.

No such model comes in a package, so there is none by default; a folder that
sentence-transformers can load is named in the settings.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from index.embedding.sentence_transformers import offline
from index.errors import ModelError

__all__ = ["CrossEncoderReranker", "Reranker", "load_reranker"]


class Reranker(Protocol):
    """What search needs of a reranking model."""

    def scores(self, query: str, texts: Sequence[str]) -> list[float]:
        """How well each text answers the query; only their order matters."""


class CrossEncoderReranker:
    """A cross-encoder in a local folder; nothing is downloaded.

    Raises:
        ModelError: the folder holds no model that gives one score for two texts.
    """

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise ModelError(f"reranker: there is no folder {folder}")
        with offline(f"reranker: {folder} cannot be loaded"):
            from sentence_transformers import CrossEncoder

            self._model = CrossEncoder(str(folder), device="cpu", local_files_only=True)
        if self._model.num_labels != 1:
            raise ModelError(
                f"reranker: {folder} gives {self._model.num_labels} scores for a pair, not one"
            )

    def scores(self, query: str, texts: Sequence[str]) -> list[float]:
        """One score for each text, higher is better."""
        if not texts:
            return []
        pairs = [(query, text) for text in texts]
        found = self._model.predict(pairs, show_progress_bar=False, convert_to_numpy=True)
        return [float(score) for score in np.asarray(found).ravel()]


def load_reranker(folder: Path | None) -> Reranker | None:
    """The cross-encoder in a folder, where one is named; raises ModelError."""
    return None if folder is None else CrossEncoderReranker(folder)
