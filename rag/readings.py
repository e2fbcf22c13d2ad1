"""Two readings of the same passages as one: of a follow-up alone, and behind the question before.

Alone, the reader does not know whom "she" means; behind the question before, it answers that one
again. A sentence counts by the mean of both (docs/decisions.md). Nothing is read here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, replace

from rag.evidence import Evidence, best_first
from rag.features import Features

__all__ = ["combined"]


def combined(alone: Sequence[Evidence], behind: Sequence[Evidence]) -> list[Evidence]:
    """The evidence of both, each with the means of its features, best first.

    What one of them has not kept is taken to be worth as little as the least that it kept. The
    words that answer are those of the reading alone.
    """
    kept = [{(e.document.id, e.span): e for e in reading} for reading in (alone, behind)]
    least = [min((e.features.reader for e in reading), default=0.0) for reading in (alone, behind)]
    out = []
    for place in {**kept[0], **kept[1]}:
        read = [reading.get(place) for reading in kept]
        item = next(found for found in read if found is not None)
        each = [
            found.features if found else replace(item.features, reader=lowest)
            for found, lowest in zip(read, least, strict=True)
        ]
        mean = Features(*(sum(v) / len(v) for v in zip(*map(astuple, each), strict=True)))
        out.append(replace(item, features=mean, score=mean.score))
    return sorted(out, key=best_first)
