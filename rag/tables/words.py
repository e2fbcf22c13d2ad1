"""What a word is by its vector alone: a name, an end of time, what affirms or denies, or measures.

The heads of ``words.npz`` are linear or of two layers, fitted by ``training/words.py``; they carry
over to languages that they were not fitted on.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

from rag.tables.asked import Vector

__all__ = ["ENDS", "MEASURES", "affirms", "denies", "end_of", "is_name", "is_of_time", "measure_of"]

MEASURES = tuple(
    "price length height weight size age speed depth warmth width number strength".split()
)
"""What words can measure, in the order of the rows of the weights."""
ENDS = ("", "much", "little")
"""Whether a word means much or little of what it measures, or neither; in the order of the rows."""
END = 0.6
"""Likely, from which a word means much or little."""

_TRAINED = Path(__file__).parents[1] / "models" / "words.npz"
_NAME = 1.0  # logit from which a word is a name
_LAYERS = ("in_weights", "in_bias", "weights", "bias")
_APART = 0.45  # by how much what affirms and what denies differ at least
_MEASURED = 0.5  # likely, from which it is clear what a word measures
_OF_ANYTHING = frozenset({"size", "number", "strength"})  # the largest, most, the best of anything


def is_name(vector: Vector) -> bool:
    """Whether the word in lower case with this vector is a name."""
    head = _head()
    return float(head["name_weights"] @ vector + head["name_bias"]) >= _NAME


def is_of_time(vector: Vector) -> bool:
    """Whether a word for an end of an order means one of time: "last", not "highest"."""
    head = _head()
    return float(head["time_weights"] @ vector + head["time_bias"]) >= 0.0


def affirms(vector: Vector, other: Vector) -> bool | None:
    """Whether the first of two words affirms what the other denies; None where none denies."""
    apart = float(_head()["affirms"] @ (vector - other))
    return apart > 0.0 if abs(apart) >= _APART else None


def denies(vector: Vector, least: float = 2.0) -> bool:
    """Whether the word with this vector denies what stands beside it, or leaves it out.

    ``least`` is the logit from which that is so.
    """
    head = _head()
    return float(head["denying_weights"] @ vector + head["denying_bias"]) >= least


def end_of(vector: Vector) -> str:
    """One of ``ENDS``: much for "dear", little for "cheap"; "" where that is not sure."""
    shares = _shares("end", vector)
    best = int(shares.argmax())
    return ENDS[best] if shares[best] >= END else ""


def measure_of(vector: Vector, *, is_any: bool = False) -> str:
    """One of ``MEASURES`` that a word measures if it measures anything, "" where it is not clear.

    ``is_any``: also one that is meant of anything: the largest may be the dearest.
    """
    shares = _shares("measure", vector)
    best = int(shares.argmax())
    is_one = is_any or MEASURES[best] not in _OF_ANYTHING
    return MEASURES[best] if is_one and shares[best] >= _MEASURED else ""


def _shares(kind: str, vector: Vector) -> Vector:
    head = _head()
    return shares(vector, *(head[f"{kind}_{part}"] for part in _LAYERS))


def shares(
    vectors: Vector, inner: Vector, inner_bias: Vector, weights: Vector, bias: Vector
) -> Vector:
    """How likely each kind is by two layers, for vectors of shape (..., dimension)."""
    logits = np.maximum(vectors @ inner.T + inner_bias, 0.0) @ weights.T + bias
    share = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(share / share.sum(axis=-1, keepdims=True), dtype=np.float32)


@cache
def _head() -> dict[str, Vector]:
    with np.load(_TRAINED, allow_pickle=False) as stored:
        return {name: array.astype(np.float32) for name, array in stored.items()}
