"""Whether the confidence of an answer means anything: how often answers that sure are right.

Reliability bins and the expected calibration error ask whether a confidence of .8 is right in 80 %
of the cases; the Brier score asks that and for separation; the area under the risk-coverage curve
asks only for the order, which is all that a threshold needs. Rows are those of
``Report.as_json()``; :func:`eval.judge.verdict` says what is right. Nothing here changes a
confidence.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eval.judge import verdict, was_answered

__all__ = ["Bin", "aurc", "brier", "confidence_and_right", "ece", "reliability_bins"]


@dataclass(frozen=True, slots=True)
class Bin:
    """Answers with a confidence above ``low`` and up to ``high``; the lowest bin also holds 0.

    ``confidence`` is the mean of theirs, ``right`` the share of them that is right, ``n`` how many
    they are, at least 1.
    """

    low: float
    high: float
    confidence: float
    right: float
    n: int


def confidence_and_right(
    rows: Sequence[Mapping[str, Any]],
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """The confidence of every answered row, and whether it is right or partly right.

    Rows that failed, were searched only, or abstained are left out: no answer was given.

    >>> row = {"error": None, "answerable": False, "abstained": False, "confidence": 0.5}
    >>> confidence_and_right([row, row | {"abstained": True}])
    (array([0.5]), array([False]))
    """
    answered = [row for row in rows if was_answered(row)]
    confidence = np.array([row["confidence"] for row in answered], dtype=np.float64)
    right = np.array([verdict(row).is_right for row in answered], dtype=np.bool_)
    return confidence, right


def reliability_bins(rows: Sequence[Mapping[str, Any]], n_bins: int = 10) -> list[Bin]:
    """The answered rows in bins of equal width over [0, 1], lowest first; without empty bins.

    Raises:
        ValueError: ``n_bins`` is not positive.

    >>> row = {"error": None, "answerable": False, "abstained": False, "confidence": 0.3}
    >>> reliability_bins([row, row])
    [Bin(low=0.2, high=0.3, confidence=0.3, right=0.0, n=2)]
    """
    confidence, right = confidence_and_right(rows)
    at = _bin_of(confidence, n_bins)
    counts = np.bincount(at, minlength=n_bins)
    sums = np.bincount(at, weights=confidence, minlength=n_bins)
    hits = np.bincount(at, weights=right, minlength=n_bins)
    return [
        Bin(
            low=float(index / n_bins),
            high=float((index + 1) / n_bins),
            confidence=float(sums[index] / counts[index]),
            right=float(hits[index] / counts[index]),
            n=int(counts[index]),
        )
        for index in np.flatnonzero(counts)
    ]


def ece(confidence: NDArray[np.float64], right: NDArray[np.bool_], n_bins: int = 10) -> float:
    """Expected calibration error: the mean gap of confidence and accuracy over equal-width bins.

    Each bin counts by its share of the answers (Naeini et al. 2015; Guo et al. 2017). In [0, 1],
    lower is better; nan without answers. With few answers it is well above 0 even for a perfect
    confidence, so compare it at equal n only.

    Raises:
        ValueError: ``n_bins`` is not positive.

    >>> round(ece(np.array([0.9, 0.9, 0.2, 0.2]), np.array([True, True, False, True])), 3)
    0.2
    """
    if not len(confidence):
        return math.nan
    gaps = np.bincount(_bin_of(confidence, n_bins), weights=confidence - right, minlength=n_bins)
    return float(np.abs(gaps).sum() / len(confidence))


def brier(confidence: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """The mean squared distance of the confidence from the outcome, 1 or 0 (Brier 1950).

    The form for two outcomes: in [0, 1], lower is better, .25 for a constant .5; nan without
    answers.

    >>> round(brier(np.array([1.0, 0.5]), np.array([True, False])), 3)
    0.125
    """
    return float(np.mean((confidence - right) ** 2)) if len(confidence) else math.nan


def aurc(confidence: NDArray[np.float64], wrong: NDArray[np.bool_]) -> float:
    """Area under the risk-coverage curve, of the answers that were given; lower is better.

    The mean over k of the share of wrong ones among the k most confident (El-Yaniv & Wiener 2010;
    Geifman et al. 2018). Equal confidences have no order: the expectation over all of theirs is
    taken, so the order of the rows never matters. A useless confidence has the share of wrong
    answers. In [0, 1]; nan without answers.

    >>> surest_right = aurc(np.array([0.9, 0.5]), np.array([False, True]))
    >>> surest_right, aurc(np.array([0.5, 0.5]), np.array([False, True]))
    (0.25, 0.5)
    """
    if not len(confidence):
        return math.nan
    _, group, counts = np.unique(-confidence, return_inverse=True, return_counts=True)
    share = np.bincount(group, weights=wrong) / counts  # each of a group is wrong with this chance
    expected = np.cumsum(np.repeat(share, counts))
    return float(np.mean(expected / np.arange(1, len(confidence) + 1)))


def _bin_of(confidence: NDArray[np.float64], n_bins: int) -> NDArray[np.intp]:
    """The index of the bin (i / n, (i + 1) / n]; 0 for 0.

    >>> _bin_of(np.array([0.0, 0.3, 0.31, 1.0]), 10).tolist()
    [0, 2, 3, 9]
    """
    if n_bins < 1:
        raise ValueError(f"{n_bins} bins: give at least 1")
    return np.searchsorted(np.arange(1, n_bins) / n_bins, confidence, side="left")
