"""How sure the read side is that the documents answer a question, in [0, 1].

A logistic function of three signals. ``bench/calibrate.py`` fits it on development questions of
four suites; the weight of the coverage is raised above the fit, and the intercept set so that
0.4 would hold back one answerable question in ten (docs/decisions.md, 11).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from index.documents import Passage
from rag.evidence import Evidence

__all__ = ["Signals", "confidence", "signals"]

_INTERCEPT = -4.5
_EVIDENCE_COSINE = 2.7
_EVIDENCE_COVERAGE = 3.0
_PASSAGE_COSINE = 2.6


@dataclass(frozen=True, slots=True)
class Signals:
    """What the best evidence and the nearest passage have in common with the question."""

    evidence_cosine: float
    evidence_coverage: float
    passage_cosine: float


def signals(evidence: Sequence[Evidence], passages: Sequence[Passage]) -> Signals:
    """The signals of what was found; zeros when nothing was."""
    best = evidence[0] if evidence else None
    return Signals(
        evidence_cosine=best.cosine if best else 0.0,
        evidence_coverage=best.coverage if best else 0.0,
        passage_cosine=max((p.dense for p in passages), default=0.0),
    )


def confidence(found: Signals) -> float:
    """How likely it is that the documents answer the question.

    >>> confidence(Signals(0.1, 0.0, 0.1)) < 0.1 < 0.7 < confidence(Signals(0.8, 1.0, 0.8))
    True
    """
    z = (
        _INTERCEPT
        + _EVIDENCE_COSINE * found.evidence_cosine
        + _EVIDENCE_COVERAGE * found.evidence_coverage
        + _PASSAGE_COSINE * found.passage_cosine
    )
    return 1.0 / (1.0 + math.exp(-z))
