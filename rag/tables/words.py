"""What a word is by its vector alone: a name, an end of time, what affirms or denies, or measures.

The heads of ``words.npz`` are linear or of two layers, fitted by ``training/words.py``; they carry
over to languages that they were not fitted on.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

from rag.tables.asked import Vector

__all__ = [
    "END",
    "ENDS",
    "KINDS",
    "MEASURES",
    "OF_ANYTHING",
    "affirming",
    "affirms",
    "asks",
    "asks_for_person",
    "denies",
    "end_of",
    "gives_reason",
    "is_name",
    "is_of_time",
    "likely_end",
    "likely_measure",
    "measures_of",
    "only_numbers",
    "shares_of",
]

MEASURES = (
    "",
    *"price length height weight size age speed depth warmth width number strength people".split(),
    *"money duration distance inhabitants guests seats".split(),
)
"""What words can measure, or nothing (""), in the order of the rows of the weights."""
KINDS = {
    "price": {"money": 0.65},
    "length": {"distance": 1.0, "duration": 1.0},
    "people": {"inhabitants": 1.0, "guests": 1.0, "seats": 1.0},
}
"""Kinds of a measure, and how likely they are meant: a rent is a price, but a price no rent."""
ENDS = ("", "much", "little")
"""Whether a word means much or little of what it measures, or neither; in the order of the rows."""
OF_ANYTHING = frozenset({"size", "number", "strength", "height", "people", *KINDS["people"]})
"""Of these the largest, most, the best, the highest may be those of anything."""
END = 0.6
"""Likely, from which a word means much or little."""

_TRAINED = Path(__file__).parents[1] / "models" / "words.npz"
_NAME = 1.0  # logit from which a word is a name
_NUMBERING = 2.0  # logit from which the numbers of a column only name something
_LAYERS = ("in_weights", "in_bias", "weights", "bias")
_APART = 0.45  # by how much what affirms and what denies differ at least
_NOTHING = 0.5  # likely, from which a word measures nothing


def is_name(vector: Vector) -> bool:
    """Whether the word in lower case with this vector is a name."""
    head = _head()
    return float(head["name_weights"] @ vector + head["name_bias"]) >= _NAME


def asks(vector: Vector, least: float = 2.7) -> bool:
    """Whether a word only makes a text a question: "when", "may"; ``least`` as in `denies`."""
    head = _head()
    return float(head["asks_weights"] @ vector + head["asks_bias"]) >= least


def gives_reason(vector: Vector, least: float = 3.0) -> bool:
    """Whether a word leads a reason: "because"; ``least`` is the logit from which it does."""
    head = _head()
    return float(head["reason_weights"] @ vector + head["reason_bias"]) >= least


def asks_for_person(vector: Vector, least: float = 2.0) -> bool:
    """Whether a word asks for a person: "who"; ``least`` is the logit from which that is so."""
    head = _head()
    return float(head["who_weights"] @ vector + head["who_bias"]) >= least


def is_of_time(vector: Vector) -> bool:
    """Whether a word for an end of an order means one of time: "last", not "highest"."""
    head = _head()
    return float(head["time_weights"] @ vector + head["time_bias"]) >= 0.0


def only_numbers(vector: Vector) -> bool:
    """Whether numbers of a column of this name only name something: phone numbers, codes."""
    head = _head()
    return float(head["numbering_weights"] @ vector + head["numbering_bias"]) >= _NUMBERING


def affirms(vector: Vector, other: Vector) -> bool | None:
    """Whether the first of two words affirms what the other denies; None where none denies."""
    apart = float(_head()["affirms"] @ (vector - other))
    return apart > 0.0 if abs(apart) >= _APART else None


def affirming(vector: Vector) -> float:
    """How much a text affirms rather than denies: above 0 for "present", below for "absent"."""
    return float(_head()["affirms"] @ vector)


def denies(vector: Vector, least: float = 2.0) -> bool:
    """Whether the word with this vector denies what stands beside it, or leaves it out.

    ``least`` is the logit from which that is so.
    """
    head = _head()
    return float(head["denying_weights"] @ vector + head["denying_bias"]) >= least


def end_of(vector: Vector) -> str:
    """One of ``ENDS``: much for "dear", little for "cheap"; "" where that is not sure."""
    end, likely = likely_end(vector)
    return end if likely >= END else ""


def likely_end(vector: Vector) -> tuple[str, float]:
    """The end of ``ENDS`` that a word likeliest means, and how likely that is."""
    shares = _shares("end", vector)
    best = int(shares.argmax())
    return ENDS[best], float(shares[best])


def measures_of(vector: Vector, least: float = 0.15) -> frozenset[str]:
    """What of ``MEASURES`` a word may measure: a price or a height, for "high".

    ``least`` is how likely it is of each.
    """
    return frozenset(measure for measure, share in shares_of(vector).items() if share >= least)


def shares_of(vector: Vector) -> dict[str, float]:
    """How likely a word measures each of ``MEASURES``; none where it likelier measures nothing."""
    shares = _shares("measure", vector).tolist()
    return {} if shares[0] > _NOTHING else dict(zip(MEASURES[1:], shares[1:], strict=True))


def likely_measure(vector: Vector) -> tuple[str, float]:
    """What of ``MEASURES`` a word likeliest measures, and how likely it is that it measures."""
    shares = _shares("measure", vector)
    return MEASURES[int(shares.argmax())], float(1.0 - shares[0])


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
