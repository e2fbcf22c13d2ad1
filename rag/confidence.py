"""How sure the read side is that the documents answer a question, in [0, 1].

A logistic function of the best evidence's score with the weights of ``weights.json``, fitted by
``training/weights.py`` on development questions (docs/decisions.md, 43).
"""

from __future__ import annotations

from collections.abc import Sequence

from rag.evidence import Evidence
from rag.features import logit, probability

__all__ = ["confidence"]


def confidence(evidence: Sequence[Evidence]) -> float:
    """How likely it is that the documents answer; ``evidence`` comes best first.

    >>> confidence([])
    0.0
    """
    if not evidence:
        return 0.0
    return probability(logit("confidence", {"evidence": evidence[0].score}))
