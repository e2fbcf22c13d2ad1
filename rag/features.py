"""Small models over named features: logistic regressions with the weights of ``weights.json``.

The file is written by ``training/weights.py``, which fits them on development questions. Nothing
here is learned or stored at run time.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

__all__ = ["Features", "logit", "probability"]

_WEIGHTS = Path(__file__).parent / "models" / "weights.json"


@dataclass(frozen=True, slots=True)
class Features:
    """What is known of a sentence when it is asked whether it answers.

    ``reader`` is the reader's logit, ``behind`` how far the passage's fused score is behind that
    of the best passage (0 or more), ``coverage`` the share of the question's idf that the
    sentence, the one before it, its title and its headings hold. ``defines`` is 1 where the
    sentence says what a word is that makes up most of the question, else 0.
    """

    reader: float
    behind: float
    coverage: float
    defines: float = 0.0

    @property
    def score(self) -> float:
        """The logit that the sentence answers the question."""
        return logit("evidence", asdict(self))


def logit(model: str, features: dict[str, float]) -> float:
    """The sum of the weighted features of one of the models in the file."""
    weights = _weights()[model]
    return weights["intercept"] + sum(weights[name] * value for name, value in features.items())


def probability(logit: float) -> float:
    """The logistic function.

    >>> probability(0.0)
    0.5
    """
    return 1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, logit))))


@cache
def _weights() -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = json.loads(_WEIGHTS.read_text(encoding="utf-8"))
    return found
