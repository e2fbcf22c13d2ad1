"""How sure the read side is that the documents answer a question, in [0, 1].

A logistic function of three signals with the weights of ``weights.json``, fitted by
``bench/train_weights.py`` on development questions (docs/decisions.md, 11).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from index.documents import Passage
from rag.evidence import Evidence
from rag.features import logit, probability

__all__ = ["Signals", "confidence", "signals"]


_READ = 3  # sentences
_COMPARED = 5  # passages
_CONTRAST_OF_FEW = 0.2  # where fewer were found: there is little to stand out from


@dataclass(frozen=True, slots=True)
class Signals:
    """What tells an answerable question.

    ``evidence`` is the best evidence's score, a logit; ``reader`` the mean of the reader's three
    highest logits; ``contrast`` how much more similar the nearest passage is than the first five on
    average.
    """

    evidence: float
    reader: float
    contrast: float


_NOTHING = Signals(-6.0, -10.0, 0.0)


def signals(evidence: Sequence[Evidence], passages: Sequence[Passage]) -> Signals:
    """The signals of what was found."""
    if not evidence:
        return _NOTHING
    read = sorted((item.features.reader for item in evidence), reverse=True)[:_READ]
    near = [passage.dense for passage in passages[:_COMPARED]]
    contrast = max(near) - sum(near) / len(near)
    return Signals(
        evidence=evidence[0].score,
        reader=sum(read) / len(read),
        contrast=contrast if len(near) == _COMPARED else _CONTRAST_OF_FEW,
    )


def confidence(found: Signals) -> float:
    """How likely it is that the documents answer the question.

    >>> confidence(Signals(-3.0, -6.0, 0.1)) < confidence(Signals(2.0, 3.0, 0.3))
    True
    """
    return probability(logit("confidence", asdict(found)))
