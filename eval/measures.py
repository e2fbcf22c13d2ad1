"""Measures, with their literature names; in [0, 1].

Of one question: those of retrieval take the ids of the ranking, best first, and of all relevant
items; those of answers compare with the accepted answers after SQuAD normalisation. Higher is
better.

Of all answers: whether their confidence means anything, that is how often answers that sure are
right. Reliability bins and the expected calibration error ask whether a confidence of .8 is right
in 80 % of the cases; the Brier score asks that and for separation; the area under the risk-coverage
curve asks only for the order, which is all that a threshold needs. They take rows of
``Report.as_json()``; :func:`eval.judge.verdict` says what is right.
"""

from __future__ import annotations

import math
import re
import string
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eval.judge import verdict, was_answered
from index.text.scripts import KANA_AND_HAN

__all__ = [
    "Bin",
    "aurc",
    "auroc",
    "brier",
    "confidence_and_right",
    "contains",
    "ece",
    "exact",
    "f1",
    "hit",
    "ndcg",
    "normalised",
    "recall",
    "reciprocal_rank",
    "reliability_bins",
]

_WITHOUT_SPACES = re.compile(f"[{KANA_AND_HAN}]")
_ARTICLES = re.compile(r"\b(a|an|the)\b")
_MARKS = "“”‘’—–" + "。、，；：？！（）《》〈〉「」『』【】·"
_PUNCTUATION = str.maketrans("", "", string.punctuation + _MARKS)


def hit(ranking: Sequence[str], relevant: Collection[str], k: int) -> float:
    """1 when one of the first ``k`` is relevant."""
    return float(any(item in relevant for item in ranking[:k]))


def recall(ranking: Sequence[str], relevant: Collection[str], k: int) -> float:
    """The share of the relevant items that are among the first ``k``."""
    if not relevant:
        return 0.0
    return sum(item in relevant for item in ranking[:k]) / len(relevant)


def reciprocal_rank(ranking: Sequence[str], relevant: Collection[str], k: int) -> float:
    """1 / rank of the first relevant item among the first ``k``, or 0.

    >>> reciprocal_rank(["a", "b", "c"], {"b"}, 10)
    0.5
    """
    for rank, item in enumerate(ranking[:k], start=1):
        if item in relevant:
            return 1.0 / rank
    return 0.0


def ndcg(ranking: Sequence[str], relevant: Collection[str], k: int) -> float:
    """Normalised discounted cumulative gain with binary gains (Järvelin & Kekäläinen 2002).

    >>> ndcg(["a", "b"], {"a"}, 10), round(ndcg(["b", "a"], {"a"}, 10), 4)
    (1.0, 0.6309)
    """
    gains = [1 / math.log2(i + 2) for i, item in enumerate(ranking[:k]) if item in relevant]
    ideal = sum(1 / math.log2(i + 2) for i in range(min(k, len(relevant))))
    return sum(gains) / ideal if ideal else 0.0


def normalised(text: str) -> str:
    """Lower case, no punctuation, no articles, single spaces (SQuAD, Rajpurkar et al. 2016).

    In scripts without spaces each character is a word (MLQA, Lewis et al. 2020).

    >>> normalised("The  Beyoncé's song!"), normalised("38岁。")
    ('beyoncés song', '38 岁')
    """
    spaced = _WITHOUT_SPACES.sub(r" \g<0> ", text.lower().translate(_PUNCTUATION))
    return " ".join(_ARTICLES.sub(" ", spaced).split())


def contains(answer: str, accepted: Sequence[str]) -> float:
    """1 when a normalised accepted answer occurs, as whole words, in the normalised answer."""
    given = f" {normalised(answer)} "
    return float(any(normalised(a) and f" {normalised(a)} " in given for a in accepted))


def exact(answer: str, accepted: Sequence[str]) -> float:
    """1 when the answer is an accepted answer, after normalisation."""
    return float(any(normalised(answer) == normalised(a) for a in accepted))


def f1(answer: str, accepted: Sequence[str]) -> float:
    """The best harmonic mean of word precision and recall over the accepted answers."""
    given = normalised(answer).split()
    best = 0.0
    for candidate in accepted:
        wanted = normalised(candidate).split()
        shared = sum((Counter(given) & Counter(wanted)).values())
        if shared:
            best = max(best, 2 * shared / (len(given) + len(wanted)))
    return best


def auroc(scores: NDArray[np.float64], positive: NDArray[np.bool_]) -> float:
    """Area under the ROC curve: the chance that a positive outscores a negative (ties half).

    By the ranks (Mann & Whitney 1947), as intervals take thousands of it: a hundred times as fast
    as scikit-learn's.

    >>> auroc(np.array([0.1, 0.8, 0.4]), np.array([False, True, True]))
    1.0
    """
    from scipy.stats import rankdata

    n_positive = int(positive.sum())
    n_negative = len(positive) - n_positive
    if not n_positive or not n_negative:
        return math.nan
    area = rankdata(scores)[positive].sum() - n_positive * (n_positive + 1) / 2
    return float(area / (n_positive * n_negative))


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
