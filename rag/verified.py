"""The part of an answer that has been verified: sentences, with the citations they rest on.

The one place where a draft becomes a sentence. Invariant: every sentence has a citation whose
quote supports it (:mod:`rag.verification`); what has none is left out and counted.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from index.documents import Span
from rag.answers import Citation, Sentence
from rag.clock import Clock
from rag.generation import Draft
from rag.quotes import Quote
from rag.verification import SUPPORTED, Similarity, check

__all__ = ["Shown", "Verified"]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Shown:
    """A verified sentence, and the citations that it is the first to use."""

    sentence: Sentence
    citations: tuple[Citation, ...]


@dataclass(slots=True)
class Verified:
    """Sentences and citations so far; ``left_out`` drafts were not supported."""

    similarity: Similarity
    sentences: list[Sentence] = field(default_factory=list)
    citations: list[Citation] = field(default_factory=list)
    left_out: int = 0
    _numbers: dict[tuple[str, Span], int] = field(default_factory=dict)

    def add(
        self, drafts: Iterable[Draft], evidence: Sequence[Quote], clock: Clock
    ) -> Iterator[Shown]:
        """Each draft that its evidence supports, or other ``evidence`` does, as it comes."""
        clock.start()
        for draft in drafts:
            clock.stop("generate")
            supporting, degree = self._supported(draft, evidence)
            clock.stop("verify")
            if degree < SUPPORTED:
                self.left_out += 1
            else:
                yield self._shown(draft, supporting, degree)
            clock.start()
        clock.stop("generate")

    def rests_on(self, quote: Quote) -> bool:
        """Whether a citation shares characters with the quote."""
        return any(
            c.document_id == quote.document.id and c.span.overlaps(quote.span)
            for c in self.citations
        )

    def _shown(self, draft: Draft, supporting: Sequence[Quote], degree: float) -> Shown:
        before = len(self.citations)
        sentence = Sentence(
            text=f"{draft.text} ({draft.details})" if draft.details else draft.text,
            citations=tuple(dict.fromkeys(self._number(item) for item in supporting)),
            support=degree,
            is_list_item=draft.is_list_item,
            short_answer=draft.short_answer,
            certainty=draft.certainty,
        )
        self.sentences.append(sentence)
        return Shown(sentence, tuple(self.citations[before:]))

    def _supported(self, draft: Draft, evidence: Sequence[Quote]) -> tuple[Sequence[Quote], float]:
        """The evidence that supports the draft best: its own, or another when that fails."""
        if draft.evidence:
            degree = self._support(draft.text, draft.evidence)
            if degree >= SUPPORTED:
                return draft.evidence, degree
        others = [((item,), self._support(draft.text, (item,))) for item in evidence]
        return max(others, key=lambda pair: pair[1], default=((), 0.0))

    def _support(self, text: str, evidence: Sequence[Quote]) -> float:
        verdict = check(
            text,
            [item.text for item in evidence],
            self.similarity,
            language=evidence[0].document.language,
            titles=[item.document.title for item in evidence],
        )
        _log.debug("a sentence has the support %.2f (%s)", verdict.support, verdict.reason)
        return verdict.support

    def _number(self, item: Quote) -> int:
        key = (item.document.id, item.span)
        if key not in self._numbers:
            self._numbers[key] = len(self._numbers) + 1
            self.citations.append(
                Citation(
                    number=self._numbers[key],
                    document_id=item.document.id,
                    title=item.document.title,
                    span=item.span,
                    quote=item.quote,
                    page=item.document.page_at(item.span.start),
                    heading_path=item.document.heading_path_at(item.span.start),
                    date=item.document.date,
                    place=item.document.place_at(item.span.start),
                )
            )
        return self._numbers[key]
