"""Where the judged evidence of a case is in the documents of one generation.

A row of a report is right, partly right, wrong, declined or failed.

An answer is wrong when the documents do not answer the question, or when it cites none of the
judged evidence (as in ``bench/abstention.py``). Rows are those of ``Report.as_json()``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eval.types import Case
from index.errors import DocumentMissingError
from index.search import OpenGeneration
from index.types import Document, Span
from rag.types import Citation

__all__ = ["KINDS", "Judge", "Verdict", "risk_by_coverage", "verdict", "was_answered"]


class Judge:
    """Finds evidence in one generation; safe to share between threads."""

    def __init__(self, generation: OpenGeneration) -> None:
        self._generation = generation
        self._documents: dict[str, Document | None] = {}

    def relevant_chunks(self, case: Case) -> set[str]:
        """The ids of all chunks that overlap the evidence (or come from a source without any)."""
        return self.chunks_over(self.evidence_spans(case))

    def chunks_over(self, spans: Mapping[str, Sequence[Span]]) -> set[str]:
        """The ids of all chunks that overlap one of these spans of their document."""
        return {
            chunk.id
            for name in spans
            for chunk in self._generation.chunks_of(name)
            if any(chunk.span.overlaps(span) for span in spans[name])
        }

    def is_exact(self, citation: Citation) -> bool:
        """Whether the quote is the text at its place."""
        document = self._document(citation.document_id)
        return document is not None and citation.span.of(document.text) == citation.quote

    def evidence_spans(self, case: Case) -> dict[str, list[Span]]:
        """Where the evidence of a case is, by document."""
        spans: dict[str, list[Span]] = {}
        for name in case.sources:
            document = self._document(name)
            if document is None:
                continue
            if not case.evidence:
                spans[name] = [Span(0, len(document.text))]
                continue
            found = [span for text in case.evidence for span in _occurrences(text, document.text)]
            if found:
                spans[name] = found
        return spans

    def _document(self, name: str) -> Document | None:
        if name not in self._documents:
            try:
                self._documents[name] = self._generation.document(name)
            except DocumentMissingError:
                self._documents[name] = None
        return self._documents[name]


def _occurrences(evidence: str, text: str) -> list[Span]:
    """Every place of the evidence; white space may differ (PDF lines)."""
    words = evidence.split()
    if not words:
        return []
    at = text.find(evidence)
    if at >= 0 and text.find(evidence, at + 1) < 0:
        return [Span(at, at + len(evidence))]
    pattern = re.compile(r"\s+".join(map(re.escape, words)))
    return [Span(*found.span()) for found in pattern.finditer(text)]


KINDS = ("failed", "wrong", "missed", "partly", "declined", "right")
"""The kinds of a verdict, the worst first.

``declined``: rightly, the documents do not answer; ``missed``: declined, though they do.
"""


@dataclass(frozen=True, slots=True)
class Verdict:
    """``kind`` is one of ``KINDS``; ``reason`` says in words what it rests on."""

    kind: str
    reason: str

    @property
    def is_right(self) -> bool:
        """Whether it is right, or partly right."""
        return self.kind in {"right", "partly"}

    @property
    def rank(self) -> int:
        """0 for the worst kind."""
        return KINDS.index(self.kind)


def verdict(row: Mapping[str, Any]) -> Verdict:
    """Judge one row.

    >>> verdict({"error": None, "answerable": False, "abstained": True}).kind
    'declined'
    """
    if row["error"] is not None:
        return Verdict("failed", row["error"])
    if row["abstained"] is None:
        return Verdict("failed", "it was searched only, not answered")
    if not row["answerable"]:
        if row["abstained"]:
            return Verdict("declined", "rightly declined: the documents do not answer it")
        return Verdict("wrong", "answered, though the documents do not answer it")
    if row["abstained"]:
        return Verdict("missed", "declined, though the documents answer it")
    return _answered(row)


def _answered(row: Mapping[str, Any]) -> Verdict:
    expected = bool(row["measures"])
    holds = bool(row["measures"].get("contains"))
    if not row["sources"]:
        if not expected:
            return Verdict("partly", "answered; the case names nothing to judge it by")
        reason = "holds the expected words" if holds else "lacks the expected words"
        return Verdict("right" if holds else "wrong", reason)
    if not any(citation["relevant"] for citation in row["citations"]):
        more = ", though it holds the expected words" if holds else ""
        return Verdict("wrong", f"cites none of the judged evidence{more}")
    if not expected:
        return Verdict("right", "cites the judged evidence")
    if holds:
        return Verdict("right", "cites the judged evidence and holds the expected words")
    return Verdict("partly", "cites the judged evidence, but lacks the expected words")


def was_answered(row: Mapping[str, Any]) -> bool:
    """Whether an answer was given: no failure, no search only, no abstention."""
    return row["error"] is None and row["abstained"] is False


def risk_by_coverage(rows: Sequence[Mapping[str, Any]]) -> list[tuple[float, float]]:
    """Coverage (share of all questions answered) and risk (share of these answers wrong).

    The most confident answers come first; there is a point where the confidence changes, so equal
    ones come in together (El-Yaniv & Wiener 2010). It ends at the share that was answered.

    >>> row = {"error": None, "answerable": False, "abstained": False, "confidence": 0.5}
    >>> risk_by_coverage([row, row | {"abstained": True}])
    [(0.5, 1.0)]
    """
    answered = [row for row in rows if was_answered(row)]
    answered.sort(key=lambda row: -row["confidence"])
    points: list[tuple[float, float]] = []
    wrong = 0
    for given, row in enumerate(answered, start=1):
        wrong += verdict(row).kind == "wrong"
        if given == len(answered) or answered[given]["confidence"] != row["confidence"]:
            points.append((given / len(rows), wrong / given))
    return points
