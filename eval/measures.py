"""Measures of one question, with their literature names; all in [0, 1], higher is better.

Retrieval measures take the ids of the ranking, best first, and of all relevant items; answer
measures compare with the accepted answers after SQuAD normalisation.
"""

from __future__ import annotations

import math
import re
import string
from collections import Counter
from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "auroc",
    "contains",
    "exact",
    "f1",
    "hit",
    "ndcg",
    "normalised",
    "recall",
    "reciprocal_rank",
]

_WITHOUT_SPACES = re.compile("[\u3040-\u30ff\u3400-\u9fff]")
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
