"""Measured values with 95 % bootstrap intervals (Efron 1979, percentile method, fixed seed)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Measured", "mean_of", "measured", "ratio_of"]

_RESAMPLES = 1000
_SEED = 20251101


@dataclass(frozen=True, slots=True)
class Measured:
    """A value over ``n`` items with its 95 % interval; None when nothing could be measured."""

    value: float | None
    low: float | None
    high: float | None
    n: int

    def as_json(self) -> dict[str, Any]:
        """``{"value", "ci95": [low, high], "n"}``."""
        return {"value": self.value, "ci95": [self.low, self.high], "n": self.n}


def measured(
    n: int, statistic: Callable[[NDArray[np.intp]], float], *, resamples: int = _RESAMPLES
) -> Measured:
    """``statistic`` of the indices 0..n-1, and its spread over resampled indices."""
    if n == 0:
        return Measured(None, None, None, 0)
    value = statistic(np.arange(n))
    random = np.random.default_rng(_SEED)
    spread = np.array([statistic(random.integers(0, n, n)) for _ in range(resamples)])
    spread = spread[~np.isnan(spread)]
    if np.isnan(value) or not len(spread):
        return Measured(None, None, None, n)
    low, high = np.quantile(spread, [0.025, 0.975])
    return Measured(round(value, 6), round(float(low), 6), round(float(high), 6), n)


def mean_of(values: Sequence[float]) -> Measured:
    """The mean with its interval."""
    array = np.asarray(values, dtype=float)
    return measured(len(array), lambda picked: float(array[picked].mean()))


def ratio_of(pairs: Sequence[tuple[float, float]]) -> Measured:
    """The sum of the first by the sum of the second, resampled over the pairs (one a question).

    What belongs to one question, as its citations do, is not independent: it stays together.
    ``n`` counts the pairs whose second is not 0.
    """
    array = np.array([pair for pair in pairs if pair[1]], dtype=float).reshape(-1, 2)

    def ratio(picked: NDArray[np.intp]) -> float:
        over, under = array[picked].sum(axis=0)
        return float(over / under)

    return measured(len(array), ratio)
