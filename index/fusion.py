"""How the candidates of both searches become one ranking: sums of calibrated scores.

::

    own   = similarity + lexical_weight * lexical + PHRASE * phrase
    score = (own + DOCUMENT * best own in the document) / (1 + DOCUMENT)

All parts are on fixed scales, so a score does not depend on which other candidates there are, as
those of ranks or of min-max do (Bruch et al. 2023, "An Analysis of Fusion Functions"). The weights
are those of `bench/fusion.py`, fitted on development questions, cross-validated over whole sets.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["DOCUMENT", "PHRASE", "Candidate", "fused", "phrase_share"]

PHRASE = 0.2
DOCUMENT = 0.5


@dataclass(frozen=True, slots=True)
class Candidate:
    """A chunk that one of the searches found, with what speaks for it.

    ``similarity`` is the calibrated cosine with the query, ``lexical`` BM25 as a share of its
    largest possible value, ``phrase`` the share of the query's adjacent words that are adjacent in
    the chunk too; the last two are in [0, 1]. A rank is None where a search did not find it.
    """

    row: int
    document_id: str
    similarity: float
    lexical: float
    phrase: float
    chunk_id: str = ""
    stems: str = ""
    dense_rank: int | None = None
    lexical_rank: int | None = None


def fused(
    candidates: Sequence[Candidate],
    *,
    lexical_weight: float,
    phrase_weight: float = PHRASE,
    document_weight: float = DOCUMENT,
) -> list[float]:
    """The score of each candidate, in their order; passages of one document support each other.

    >>> two = [Candidate(1, "a", 0.5, 0.5, 0.0), Candidate(2, "a", 0.2, 0.0, 0.0)]
    >>> [round(score, 3) for score in fused(two, lexical_weight=1.0)]
    [1.0, 0.467]
    """
    own = [c.similarity + lexical_weight * c.lexical + phrase_weight * c.phrase for c in candidates]
    best: dict[str, float] = {}
    for candidate, value in zip(candidates, own, strict=True):
        best[candidate.document_id] = max(value, best.get(candidate.document_id, value))
    return [
        (value + document_weight * best[candidate.document_id]) / (1 + document_weight)
        for candidate, value in zip(candidates, own, strict=True)
    ]


def phrase_share(pairs: Sequence[tuple[str, str, float]], stems: str) -> float:
    """The share of the weight of ``pairs`` (stem, next stem, weight) that stand so in ``stems``.

    >>> phrase_share([("curren", "swap", 3.0), ("swap", "the", 1.0)], "a curren swap of 2025")
    0.75
    """
    total = sum(weight for _, _, weight in pairs)
    if not total:
        return 0.0
    text = f" {stems} "
    return sum(weight for one, other, weight in pairs if f" {one} {other} " in text) / total
