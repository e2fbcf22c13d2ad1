"""How sure the read side is that the documents answer a question, in [0, 1].

A logistic function of two signals with the weights of ``weights.json``, fitted by
``bench/train_weights.py`` on development questions (docs/decisions.md, 11).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from index.documents import Passage
from rag.evidence import Evidence
from rag.features import logit, probability

__all__ = ["Signals", "confidence", "signals"]


@dataclass(frozen=True, slots=True)
class Signals:
    """The best evidence's score, a logit, and the nearest passage's similarity."""

    evidence: float
    passage: float


_NOTHING = Signals(-6.0, 0.0)


def signals(evidence: Sequence[Evidence], passages: Sequence[Passage]) -> Signals:
    """The signals of what was found."""
    if not evidence:
        return _NOTHING
    return Signals(evidence[0].score, max(passage.dense for passage in passages))


def confidence(found: Signals) -> float:
    """How likely it is that the documents answer the question.

    >>> confidence(Signals(-3.0, 0.1)) < confidence(Signals(2.0, 0.6))
    True
    """
    return probability(logit("confidence", asdict(found)))
