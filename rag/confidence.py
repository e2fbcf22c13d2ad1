"""How sure the read side is that the documents answer a question, in [0, 1].

A logistic function of four signals with the weights of ``weights.json``, fitted by
``bench/train_weights.py`` on development questions (docs/decisions.md, 11).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from index.search import Found
from rag.evidence import Evidence
from rag.features import logit, probability

__all__ = ["Signals", "confidence", "signals"]


_READ = 3  # sentences
_COMPARED = 4  # passages
_CONTRAST_OF_FEW = 0.2  # where fewer were found: there is little to stand out from


@dataclass(frozen=True, slots=True)
class Signals:
    """What tells an answerable question.

    ``evidence`` is the best evidence's score, a logit; ``reader`` the mean of the reader's three
    highest logits; ``contrast`` how much more similar the nearest passage is than the first four on
    average; ``unmentioned`` 1 when the question names something that nothing found mentions.
    """

    evidence: float
    reader: float
    contrast: float
    unmentioned: float


_NOTHING = Signals(-6.0, -10.0, 0.0, 0.0)


def signals(found: Found, evidence: Sequence[Evidence], missing: Sequence[str]) -> Signals:
    """The signals of what was found; ``missing`` are the names that it does not mention."""
    if not evidence:
        return _NOTHING
    read = sorted((item.features.reader for item in evidence), reverse=True)[:_READ]
    near = [passage.dense for passage in found.passages[:_COMPARED]]
    contrast = max(near) - sum(near) / len(near)
    return Signals(
        evidence=evidence[0].score,
        reader=sum(read) / len(read),
        contrast=contrast if len(near) == _COMPARED else _CONTRAST_OF_FEW,
        unmentioned=float(bool(missing)),
    )


def confidence(found: Signals) -> float:
    """How likely it is that the documents answer the question.

    >>> confidence(Signals(-3.0, -6.0, 0.1, 0)) < confidence(Signals(2.0, 3.0, 0.3, 0))
    True
    """
    return probability(logit("confidence", asdict(found)))
