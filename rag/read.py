"""What the found passages say to a question, and how sure it is that the documents answer it.

A follow-up is read alone and behind the question before it; the sentences are ordered by both.
Documents that the best evidence names are read too (:mod:`rag.links`). The confidence, in [0, 1],
is a logistic function of two signals with the weights of ``weights.json``, fitted by
``training/weights.py`` on development questions (docs/decisions/0044). Nothing is written here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from index.search import Found, Searcher
from index.types import Filter, Passage
from rag.evidence import Evidence, combine_readings, read_evidence
from rag.features import logit, probability
from rag.links import follow_titles
from rag.reader import Reader
from rag.replies import reply
from rag.types import Step
from rag.understand import Query

__all__ = ["Reading", "confidence", "read", "reading_steps", "signals"]


@dataclass(frozen=True, slots=True)
class Reading:
    """The ``evidence`` for ``question`` in what was ``found``, best first; how sure that is.

    ``unsaid`` is a word of the question that the best evidence is not about, else "". Where it
    ``is_spelled``, words of the question are spelled as the documents spell them.
    """

    question: str
    found: Found
    evidence: list[Evidence]
    confidence: float
    unsaid: str = ""
    is_spelled: bool = False


def read(
    query: Query, found: Found, filter_by: Filter, reader: Reader, searcher: Searcher
) -> Reading:
    """The surest reading of a query in what was found, the first of equals.

    The sentences are ordered by both readings of a follow-up, and the confidence is that of the
    surer of the two: the follow-up alone, or both together.
    """
    first = _read_one(query.readings[0], found, filter_by, reader, searcher)
    if len(query.readings) == 1:
        return first
    behind = _read_one(query.readings[1], first.found, filter_by, reader, searcher)
    evidence = combine_readings(first.evidence, behind.evidence)
    both = confidence(behind.found.passages, evidence)
    if both > first.confidence:
        return replace(behind, evidence=evidence, confidence=both)
    return replace(first, found=behind.found, evidence=evidence)


def reading_steps(reading: Reading, query: Query, found: Found, language: str) -> Iterator[Step]:
    """What was read otherwise than it was asked, and beyond what was found, in words."""
    if reading.question not in (query.readings[0], query.text):
        yield Step(reply("read_as", language, question=reading.question))
    further = reading.found.passages[len(found.passages) :]
    if names := dict.fromkeys(passage.chunk.document_id for passage in further):
        entries = found.source.manifest.documents
        titles = [f"“{entries[name].title}”" for name in names]
        yield Step(reply("read", language, what=titles))


def confidence(passages: Sequence[Passage], evidence: Sequence[Evidence]) -> float:
    """How likely it is that the documents answer; ``evidence`` comes best first.

    >>> confidence([], [])
    0.0
    """
    if not evidence:
        return 0.0
    return probability(logit("confidence", signals(passages, evidence)))


def signals(passages: Sequence[Passage], evidence: Sequence[Evidence]) -> dict[str, float]:
    """The best evidence's score, and the similarity of the nearest passage to the question."""
    nearest = max((passage.dense for passage in passages), default=0.0)
    return {"evidence": evidence[0].score, "nearest": nearest}


def _read_one(
    question: str, found: Found, filter_by: Filter, reader: Reader, searcher: Searcher
) -> Reading:
    evidence = read_evidence(question, found, reader)
    found, evidence = follow_titles(question, found, evidence, filter_by, reader, searcher)
    return Reading(question, found, evidence, confidence(found.passages, evidence))
