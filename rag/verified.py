"""The part of an answer that has been verified: sentences, with the citations they rest on.

The one place where a draft becomes a sentence. Invariant: every sentence has a citation whose
quote supports it (:mod:`rag.verification`); what has none is left out and counted. A draft whose
words cannot be vouched for is replaced by the quotes that support it, and counted too.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from index.documents import Span
from rag.answers import Citation, Sentence
from rag.clock import Clock
from rag.generation import Draft
from rag.quotes import Quote
from rag.verification import MEASURED, SUPPORTED, Similarity, Verdict, check

__all__ = ["Shown", "Verified"]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Shown:
    """A verified sentence, and the citations that it is the first to use."""

    sentence: Sentence
    citations: tuple[Citation, ...]


@dataclass(slots=True)
class Verified:
    """Sentences and citations so far.

    ``left_out`` drafts were not supported; for ``replaced`` ones their quotes stand in.
    """

    similarity: Similarity
    sentences: list[Sentence] = field(default_factory=list)
    citations: list[Citation] = field(default_factory=list)
    left_out: int = 0
    replaced: int = 0
    _numbers: dict[tuple[str, Span], int] = field(default_factory=dict)

    def add(
        self, drafts: Iterable[Draft], evidence: Sequence[Quote], clock: Clock
    ) -> Iterator[Shown]:
        """Each draft that its evidence supports, or other ``evidence`` does, as it comes."""
        clock.start()
        for draft in drafts:
            clock.stop("generate")
            supporting, verdict = self._supported(draft, evidence)
            clock.stop("verify")
            if verdict.support < SUPPORTED:
                self.left_out += 1
            elif _may_use_own_words(verdict, supporting):
                yield self._shown(draft, supporting, verdict.support)
            else:
                self.replaced += 1
                yield from self._quoted(draft, supporting)
            clock.start()
        clock.stop("generate")

    def rests_on(self, quote: Quote) -> bool:
        """Whether a citation shares characters with the quote."""
        return any(
            c.document_id == quote.document.id and c.span.overlaps(quote.span)
            for c in self.citations
        )

    def _quoted(self, draft: Draft, supporting: Sequence[Quote]) -> Iterator[Shown]:
        """The quotes in place of a draft, those that are not shown yet."""
        for item in supporting:
            if not any(sentence.text == item.text for sentence in self.sentences):
                quote = replace(draft, text=item.text, short_answer=None)
                yield self._shown(quote, (item,), 1.0)

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

    def _supported(
        self, draft: Draft, evidence: Sequence[Quote]
    ) -> tuple[Sequence[Quote], Verdict]:
        """The evidence that supports the draft best: its own, or another when that fails."""
        if draft.evidence:
            verdict = self._checked(draft.text, draft.evidence)
            if verdict.support >= SUPPORTED:
                return draft.evidence, verdict
        others = [((item,), self._checked(draft.text, (item,))) for item in evidence]
        best = max(others, key=lambda pair: pair[1].support, default=None)
        return best if best is not None else ((), Verdict(0.0, "empty"))

    def _checked(self, text: str, evidence: Sequence[Quote]) -> Verdict:
        verdict = check(
            text,
            [item.text for item in evidence],
            self.similarity,
            language=evidence[0].document.language,
        )
        _log.debug("a sentence has the support %.2f (%s)", verdict.support, verdict.reason)
        return verdict

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


def _may_use_own_words(verdict: Verdict, supporting: Sequence[Quote]) -> bool:
    """Whether a supported draft is shown as it was written."""
    languages = {item.document.language for item in supporting}
    return verdict.reason == "same" or (verdict.says_no_more and languages <= MEASURED)
