"""Measured values with 95 % bootstrap intervals (Efron 1979, percentile method, fixed seed).

How sure it is that one run is better than another on the same cases: the interval of a difference
is a paired percentile bootstrap over cases (Efron 1979; Koehn 2004). The p-value is of
a paired permutation test: under the null hypothesis it is chance which run a case's result comes
from, so the results of each case are exchanged at random (Fisher 1935; Noreen 1989; for measures
that are not means, Yeh 2000). With few cases that differ all exchanges are counted; otherwise
random ones, with the observed one among them (Phipson & Smyth 2010). The seed is fixed.

What so many cases can show at all is a number of its own (:attr:`Difference.detectable`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Difference",
    "Measured",
    "Statistic",
    "difference",
    "mean_of",
    "measured",
    "ratio",
]


_RESAMPLES = 1000
_SEED = 20251101

Statistic = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""From samples, (s, cases, columns), the value of each, (s,); nan when it has none."""

_EXCHANGES = 2000  # a p-value of .05 is then known to ±.01, in a second for 400 cases
_ALL_EXCHANGES_UP_TO = 12  # cases that differ: 4096 exchanges
_BATCH = 250
_SAME = 1e-12
_ALPHA, _POWER = 0.05, 0.8


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
    spread = _spread(
        n, lambda rows: np.array([statistic(row) for row in rows], dtype=float), resamples
    )
    if np.isnan(value) or not len(spread):
        return Measured(None, None, None, n)
    low, high = np.quantile(spread, [0.025, 0.975])
    return Measured(round(value, 6), round(float(low), 6), round(float(high), 6), n)


def mean_of(values: Sequence[float]) -> Measured:
    """The mean with its interval."""
    array = np.asarray(values, dtype=float)
    return measured(len(array), lambda picked: float(array[picked].mean()))


@dataclass(frozen=True, slots=True)
class Difference:
    """``value`` = after - before over ``n`` cases, its 95 % interval and two-sided p-value.

    ``detectable`` is the smallest difference that so many cases would show, in its units, or None.
    """

    before: float
    after: float
    value: float
    low: float
    high: float
    p: float
    n: int
    detectable: float | None


def ratio(samples: NDArray[np.float64]) -> NDArray[np.float64]:
    """The sum of the first column by that of the second; a mean where the second is 1.

    >>> ratio(np.array([[[1.0, 1.0], [0.0, 1.0]]])).tolist()
    [0.5]
    """
    over, under = samples[..., 0].sum(axis=1), samples[..., 1].sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(under > 0, over / under, np.nan))


def difference(
    before: NDArray[np.float64], after: NDArray[np.float64], statistic: Statistic = ratio
) -> Difference | None:
    """Compare two runs, each (cases, columns) in the same order; None without a value in one.

    >>> ones = np.ones((3, 2))
    >>> found = difference(ones * [0, 1], ones)
    >>> found.value, found.p  # of 8 exchanges, two are as extreme
    (1.0, 0.25)
    """
    n = len(before)
    if not n:
        return None
    values = statistic(np.stack([before, after]))
    if np.isnan(values).any():
        return None
    observed = float(values[1] - values[0])
    spread = _spread(n, lambda rows: statistic(after[rows]) - statistic(before[rows]), _RESAMPLES)
    low, high = np.quantile(spread, [0.025, 0.975])
    return Difference(
        before=float(values[0]),
        after=float(values[1]),
        value=observed,
        low=float(low),
        high=float(high),
        p=_p_value(before, after, statistic, observed),
        n=n,
        detectable=_detectable(spread),
    )


def _spread(
    n: int, statistic: Callable[[NDArray[np.intp]], NDArray[np.float64]], resamples: int
) -> NDArray[np.float64]:
    """The values of ``statistic`` over resampled indices, (s, n) to (s,), without nan.

    As ``scipy.stats.bootstrap`` draws them, which also wants two cases at least and has no interval
    where one sample has no value (nothing was declined in it).
    """
    picked = np.random.default_rng(_SEED).integers(0, n, (resamples, n))
    batches = (picked[at : at + _BATCH] for at in range(0, resamples, _BATCH))
    spread = np.concatenate([statistic(rows) for rows in batches])
    return np.asarray(spread[~np.isnan(spread)])


def _detectable(spread: NDArray[np.float64]) -> float | None:
    """The smallest true difference that a comparison on so many cases would show.

    A test at the level of .05 (two-sided) finds a true difference of this size four times out of
    five: z(.975) + z(.8) = 2.8 standard errors (minimum detectable effect, Bloom 1995; for language
    tasks Card et al. 2020, "With little power comes great responsibility"). The standard error is
    that of the paired bootstrap, so runs that agree on most cases can show less than runs that
    disagree. It says what the number of cases is good for, not whether the observed difference is
    real; one that is smaller and not significant is undecided, not nothing.

    None when the cases show no spread (none differs, all differ by the same, or there is one): what
    they could show is then unknown.
    """
    error = float(spread.std(ddof=1)) if len(spread) > 1 else 0.0
    if error <= _SAME:
        return None
    normal = NormalDist()
    return (normal.inv_cdf(1 - _ALPHA / 2) + normal.inv_cdf(_POWER)) * error


def _p_value(
    before: NDArray[np.float64],
    after: NDArray[np.float64],
    statistic: Statistic,
    observed: float,
) -> float:
    from scipy.stats import permutation_test

    differing = np.flatnonzero((before != after).any(axis=1))
    count = len(differing)
    if count < 2:  # of one case both exchanges are as extreme
        return 1.0

    def distance(exchanged: NDArray[np.bool_], _: NDArray[np.bool_], axis: int) -> Any:
        """How far the runs are apart with the results of these cases exchanged, (s, count)."""
        assert axis == -1
        rows = np.atleast_2d(exchanged)
        mask = np.zeros((len(rows), len(before), 1), dtype=bool)
        mask[:, differing, 0] = rows
        found = statistic(np.where(mask, before, after)) - statistic(np.where(mask, after, before))
        # What has no value counts as extreme, so the test is never too sure.
        extreme = np.isnan(found) | (np.abs(found) >= abs(observed) - _SAME)
        return extreme.astype(float).reshape(exchanged.shape[:-1])[()]

    unchanged = np.zeros(count, dtype=bool)
    return float(
        permutation_test(
            (unchanged, ~unchanged),
            distance,
            permutation_type="samples",
            vectorized=True,
            n_resamples=2**count if count <= _ALL_EXCHANGES_UP_TO else _EXCHANGES,
            batch=_BATCH,
            alternative="greater",
            axis=-1,
            rng=np.random.default_rng(_SEED),
        ).pvalue
    )
