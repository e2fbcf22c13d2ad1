"""Which evidence an extractive answer shows: the best, and what else the question needs.

Further sentences must be nearly as likely to answer. A sentence of another document is added when
the two belong together (one names the other's title, or the question names both) and it holds
words of the question that the first lacks. Nothing is written or scored here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rag.evidence import Evidence
from rag.features import probability
from rag.links import plain_title

__all__ = ["chosen"]

# Of the best one's probability; both were measured (docs/decisions.md, 10).
_NEARLY = 0.8
_AT_LEAST = 0.2
_MIN_TITLE = 4  # characters


def chosen(question: str, evidence: Sequence[Evidence], limit: int) -> list[Evidence]:
    """At most ``limit`` of ``evidence`` (which comes best first), in that order."""
    if not evidence:
        return []
    best = evidence[0]
    taken = [best]
    other = next(_linked(question, best, evidence[1:]), None)
    if other is not None and limit > 1:
        taken.append(other)
    enough = max(_AT_LEAST, _NEARLY * probability(best.score))
    for item in evidence[1:]:
        if len(taken) >= limit or probability(item.score) < enough:
            break
        if item not in taken:
            taken.append(item)
    return taken


def _linked(question: str, best: Evidence, others: Sequence[Evidence]) -> Iterator[Evidence]:
    """Evidence of other documents that belongs to ``best`` and says more of the question."""
    title = plain_title(best.document.title)
    known = best.terms
    beside = [item for item in others if item.document.id != best.document.id]
    beside.sort(key=lambda item: -len(item.terms - known))
    for item in beside:
        other = plain_title(item.document.title)
        if not item.terms - known or min(len(title), len(other)) < _MIN_TITLE:
            continue
        if other in best.text or title in item.text or (title in question and other in question):
            yield item
