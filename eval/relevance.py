"""Where the judged evidence of a case is in the documents of one generation."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from eval.suite import Case
from index.documents import Document, Span
from index.errors import DocumentMissingError
from index.search import OpenGeneration
from rag.answers import Citation

__all__ = ["Judge"]


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
        """Whether the quote is what stands at its place."""
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
