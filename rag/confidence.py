"""How sure the read side is that the documents answer a question, in [0, 1].

A logistic function of two signals with the weights of ``weights.json``, fitted by
``training/weights.py`` on development questions (docs/decisions/0044).
"""

from __future__ import annotations

from collections.abc import Sequence

from index.types import Passage
from rag.evidence import Evidence
from rag.features import logit, probability

__all__ = ["confidence", "signals"]


def confidence(passages: Sequence[Passage], evidence: Sequence[Evidence]) -> float:
    """How likely it is that the documents answer; ``evidence`` comes best first.

    >>> confidence([], [])
    0.0
    """
    if not evidence:
        return 0.0
    return probability(logit("confidence", signals(passages, evidence)))


def signals(passages: Sequence[Passage], evidence: Sequence[Evidence]) -> dict[str, float]:
    """The best evidence's score, and the similarity of the nearest passage to the question."""
    nearest = max((passage.dense for passage in passages), default=0.0)
    return {"evidence": evidence[0].score, "nearest": nearest}
