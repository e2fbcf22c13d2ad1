"""Runs a suite through the one read path: every case becomes a row, failures included."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from eval.measures import contains, exact, f1, hit, ndcg, recall, reciprocal_rank
from eval.suite import Case, Suite
from index.documents import Document, Span
from index.errors import DocumentMissingError
from index.search import OpenGeneration
from rag.answers import Answer
from rag.assistant import Assistant

__all__ = ["Judge", "Row", "run_suite"]

_DEPTH = 10


@dataclass(frozen=True, slots=True)
class CitedRow:
    """A citation of an answer: whether its quote is exact, and whether it is relevant."""

    document: str
    start: int
    end: int
    exact: bool
    relevant: bool
    quote: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """What came of one case. ``retrieval`` and ``answer`` hold its measures by name."""

    case: Case
    retrieval: dict[str, float] = field(default_factory=dict)
    answer: dict[str, float] = field(default_factory=dict)
    given: Answer | None = None
    cited: tuple[CitedRow, ...] = ()
    latency_ms: float | None = None
    error: str | None = None

    def as_json(self) -> dict[str, Any]:
        """One object of ``rows``."""
        given = self.given
        return {
            "id": self.case.id,
            "question": self.case.question,
            "kind": self.case.kind,
            "answerable": self.case.answerable,
            "answers": list(self.case.answers),
            "sources": list(self.case.sources),
            "evidence": list(self.case.evidence),
            "sentences": len(given.sentences) if given else 0,
            "standalone_question": given.standalone_question if given else None,
            "answer": given.text if given else None,
            "abstained": given.abstained if given else None,
            "confidence": round(given.confidence, 6) if given else None,
            "signals": given.signals if given else None,
            "generation": given.generation if given else None,
            "retrieval": self.retrieval,
            "measures": self.answer,
            "citations": [
                {
                    "document": c.document,
                    "start": c.start,
                    "end": c.end,
                    "exact": c.exact,
                    "relevant": c.relevant,
                    "quote": c.quote,
                }
                for c in self.cited
            ],
            "latency_ms": self.latency_ms,
            "error": self.error,
        }


def run_suite(
    suite: Suite,
    assistant: Assistant,
    *,
    retrieval_only: bool = False,
    progress: Callable[[int, int], None] = lambda *_: None,
) -> list[Row]:
    """Ask every case; an exception becomes a row that scores 0 and names itself.

    What ``progress`` raises ends the run (``RunCancelledError``): it is called between cases.
    """
    rows: list[Row] = []
    judge = Judge(assistant.searcher.generation())
    for done, case in enumerate(suite.cases, start=1):
        try:
            rows.append(_row(case, assistant, judge, retrieval_only=retrieval_only))
        except Exception as exc:  # noqa: BLE001 - a failure is a result of the run, never its end
            rows.append(_failed(case, exc, retrieval_only=retrieval_only))
        progress(done, len(suite.cases))
    return rows


def _row(case: Case, assistant: Assistant, judge: Judge, *, retrieval_only: bool) -> Row:
    retrieval: dict[str, float] = {}
    if case.answerable and (relevant := judge.relevant_chunks(case)):
        query, before = assistant.understood(case.question, case.history)
        found = assistant.searcher.search(query, background=before, k=_DEPTH)
        retrieval = _retrieval([p.chunk.id for p in found.passages], relevant)
    if retrieval_only:
        return Row(case, retrieval)
    started = time.perf_counter()
    given = assistant.ask(case.question, case.history)
    latency_ms = round((time.perf_counter() - started) * 1000, 2)
    text = " ".join(sentence.text for sentence in given.sentences)
    answer: dict[str, float] = {}
    if case.answerable and case.answers:
        answer = {
            "contains": contains(text, case.answers),
            "f1": f1(text, case.answers),
            "exact": exact(text, case.answers),
        }
    cited = tuple(judge.cited(case, given))
    return Row(case, retrieval, answer, given, cited, latency_ms)


def _failed(case: Case, exc: Exception, *, retrieval_only: bool) -> Row:
    retrieval = _retrieval([], {"missing"}) if case.answerable else {}
    has_answer = case.answerable and case.answers and not retrieval_only
    answer = dict.fromkeys(("contains", "f1", "exact"), 0.0) if has_answer else {}
    return Row(case, retrieval, answer, error=f"{type(exc).__name__}: {exc}")


def _retrieval(ranking: Sequence[str], relevant: set[str]) -> dict[str, float]:
    return {
        "hit@1": hit(ranking, relevant, 1),
        "hit@5": hit(ranking, relevant, 5),
        "recall@10": recall(ranking, relevant, 10),
        "mrr@10": reciprocal_rank(ranking, relevant, 10),
        "ndcg@10": ndcg(ranking, relevant, 10),
    }


class Judge:
    """Where the evidence of a case is in the documents of one generation."""

    def __init__(self, generation: OpenGeneration) -> None:
        self._generation = generation
        self._documents: dict[str, Document | None] = {}

    def relevant_chunks(self, case: Case) -> set[str]:
        """The ids of all chunks that overlap the evidence (or come from a source without any)."""
        spans = self.evidence_spans(case)
        return {
            chunk.id
            for name in spans
            for chunk in self._generation.chunks_of(name)
            if any(chunk.span.overlaps(span) for span in spans[name])
        }

    def cited(self, case: Case, answer: Answer) -> list[CitedRow]:
        """The citations of an answer, judged."""
        spans = self.evidence_spans(case)
        out = []
        for citation in answer.citations:
            document = self._document(citation.document_id)
            out.append(
                CitedRow(
                    document=citation.document_id,
                    start=citation.span.start,
                    end=citation.span.end,
                    exact=document is not None
                    and citation.span.of(document.text) == citation.quote,
                    relevant=any(
                        citation.span.overlaps(span) for span in spans.get(citation.document_id, ())
                    ),
                    quote=citation.quote,
                )
            )
        return out

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
