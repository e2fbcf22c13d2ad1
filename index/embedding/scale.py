"""One scale for the cosines of all models, known or measured on the passages of an index.

Each model puts unlike texts somewhere else: around 0, or around 0.74. What reads a similarity
(search, confidence) sees unlike texts around 0 and a passage with one of its own sentences around
0.75, whatever the model.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from index.text.language import UNDECIDED
from index.text.sentences import sentence_spans

if TYPE_CHECKING:
    from index.embedding.embedder import Embedder, Vectors

__all__ = ["COSINE", "SAMPLE", "Scale", "measure_scale"]

SAMPLE = 64
"""Passages that a scale is measured on."""
_LONGEST = 300  # characters of a sentence that is searched with
_LIKE = 0.75  # similarity of a passage and a sentence of its own, with the packaged models
_CLOSEST = 0.02  # cosines of like and unlike texts that are no further apart say nothing


@dataclass(frozen=True, slots=True)
class Scale:
    """Brings the cosines of a model to one scale for all: unlike texts 0, like ones above 0.5.

    Cosines of unlike texts lie around ``unrelated``; ``spread`` brings those of like ones to the
    scale of all-MiniLM-L6-v2.

    >>> import numpy as np
    >>> Scale(unrelated=0.5, spread=2.0).similarity(np.float32([0.5, 0.75])).tolist()
    [0.0, 0.5]
    """

    unrelated: float = 0.0
    spread: float = 1.0

    def similarity(self, cosines: Vectors) -> Vectors:
        """Cosines on that scale."""
        return ((cosines - self.unrelated) * self.spread).astype("float32")


COSINE = Scale()
"""The cosines as they are."""


def measure_scale(embedder: Embedder, passages: Iterable[str]) -> Scale:
    """The scale of a model whose own is not known, from passages of an index.

    The longest sentence of each passage is searched with, among a sample of 64: the median cosine
    with the other passages is 0, that with its own passage 0.75, which is where the packaged models
    have them (docs/decisions/0058). With less than two passages there is nothing to compare.
    """
    import numpy as np

    sample = sorted(set(passages), key=lambda text: hashlib.sha256(text.encode()).digest())
    texts = sample[:SAMPLE]
    if len(texts) < 2:
        return COSINE
    asked = np.stack([embedder.embed_query(_longest_sentence(text)) for text in texts])
    cosines = asked @ embedder.embed(texts).T
    own = np.eye(len(texts), dtype=bool)
    unlike, like = float(np.median(cosines[~own])), float(np.median(cosines[own]))
    return Scale(unlike, _LIKE / max(like - unlike, _CLOSEST))


def _longest_sentence(text: str) -> str:
    sentences = [span.of(text) for span in sentence_spans(text, UNDECIDED)]
    return max(sentences, key=len, default=text)[:_LONGEST]
