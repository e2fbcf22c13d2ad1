"""What a word is by its vector alone: a name, an end of time, what affirms or denies.

The heads of ``words.npz`` are linear, fitted by ``training/words.py``; they carry over to languages
that they were not fitted on.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

from rag.tables.asked import Vector

__all__ = ["affirms", "is_name", "is_of_time"]

_TRAINED = Path(__file__).parents[1] / "models" / "words.npz"
_NAME = 1.0  # logit from which a word is a name
_APART = 0.45  # by how much what affirms and what denies differ at least


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


@cache
def _head() -> dict[str, Vector]:
    with np.load(_TRAINED, allow_pickle=False) as stored:
        return dict(stored)
