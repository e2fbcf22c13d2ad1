"""The part of an answer that has been verified: sentences, with the citations they rest on.

The one place where a draft becomes a sentence. Invariant: every sentence has a citation whose
quote supports it; what has none is left out and counted. A draft whose
words cannot be vouched for is replaced by the quotes that support it, and counted too.

A sentence that is its quote is supported by definition. Else its numbers and dates must stand in
the quotes, each stretch of it must share words with them, and its whole their words and meaning.
Support is in [0, 1]; the caller shows nothing below :data:`SUPPORTED`.

That does not see another name or verb, two roles exchanged, or what is denied. So a sentence may
be shown in its own words only when it says no more than its quotes, in a language of
:data:`MEASURED`; elsewhere its quotes stand in for it. What was measured: bench/verifier.py.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any

from index.text.scripts import CJK
from index.text.sentences import sentence_spans
from index.types import Span
from rag.asking import Asking, Similarity
from rag.statements import Date, Statement, Word, statement
from rag.types import Answer, Citation, Clock, Draft, Quote, Sentence, Step, cited

__all__ = [
    "MEASURED",
    "SUPPORTED",
    "Event",
    "Verdict",
    "VerifiedAnswer",
    "VerifiedSentence",
    "check",
    "support",
]


_log = logging.getLogger(__name__)

SUPPORTED = 0.65
MEASURED = frozenset("de en es fr it ja ko pt zh".split())
"""Languages in which less than a fifth of each kind of false sentences pass bench/verifier.py."""

_UNSPACED = re.compile(f"[{CJK}]")
_FOREIGN_STRETCH = 4  # words that carry meaning, one after another, none of them in the quotes


@dataclass(frozen=True, slots=True)
class VerifiedSentence:
    """A verified sentence, and the citations that it is the first to use."""

    sentence: Sentence
    citations: tuple[Citation, ...]

    def as_json(self) -> dict[str, Any]:
        """Both, as ``footnote ask --json`` has them."""
        return {
            "sentence": self.sentence.as_json(),
            "citations": [one.as_json() for one in self.citations],
        }


Event = Step | VerifiedSentence | Answer
"""What comes of an answer while it is made; the answer itself comes last."""


@dataclass(slots=True)
class VerifiedAnswer:
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
    ) -> Iterator[VerifiedSentence]:
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

    def computed(
        self, text: str, rows: Sequence[Quote], *, is_list_item: bool = False
    ) -> VerifiedSentence:
        """A sentence that was computed from rows, all of which it cites: no model wrote it."""
        draft = Draft(text, tuple(rows), is_list_item)
        return self._shown(draft, rows, 1.0)

    def answer(self, asking: Asking, generator: str, remark: str, lacking: str = "") -> Answer:
        """These sentences with the remark; where there are none, why: what is lacking, or that."""
        answer = replace(asking.answer(generator), left_out=self.left_out)
        if not self.sentences:
            return replace(answer, abstention=lacking or remark)
        return replace(
            answer,
            sentences=tuple(self.sentences),
            citations=tuple(self.citations),
            confidence=1.0,
            notice=remark or None,
        )

    def rests_on(self, quote: Quote) -> bool:
        """Whether a citation shares characters with the quote."""
        return any(
            c.document_id == quote.document.id and c.span.overlaps(quote.span)
            for c in self.citations
        )

    def _quoted(self, draft: Draft, supporting: Sequence[Quote]) -> Iterator[VerifiedSentence]:
        """The quotes in place of a draft, those that are not shown yet."""
        for item in supporting:
            if not any(sentence.text == item.text for sentence in self.sentences):
                quote = replace(draft, text=item.text, short_answer=None)
                yield self._shown(quote, (item,), 1.0)

    def _shown(self, draft: Draft, supporting: Sequence[Quote], degree: float) -> VerifiedSentence:
        before = len(self.citations)
        sentence = Sentence(
            text=f"{draft.text} ({draft.details})" if draft.details else draft.text,
            citations=tuple(dict.fromkeys(self._number(item) for item in supporting)),
            support=degree,
            is_list_item=draft.is_list_item,
            short_answer=draft.short_answer,
            certainty=draft.certainty,
            shown=draft.shown if draft.short_answer else "",
        )
        self.sentences.append(sentence)
        return VerifiedSentence(sentence, tuple(self.citations[before:]))

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
            self.citations.append(cited(item, self._numbers[key]))
        return self._numbers[key]


def _may_use_own_words(verdict: Verdict, supporting: Sequence[Quote]) -> bool:
    """Whether a supported draft is shown as it was written."""
    languages = {item.document.language for item in supporting}
    return verdict.reason == "same" or (verdict.says_no_more and languages <= MEASURED)


@dataclass(frozen=True, slots=True)
class Verdict:
    """How well the quotes support a sentence, and in a word what decided it (for the log).

    ``says_no_more``: it is the quote, or leaves out words of the quotes and adds or moves none.
    """

    support: float
    reason: str
    says_no_more: bool = False


def support(sentence: str, quotes: Sequence[str], similarity: Similarity) -> float:
    """How well ``quotes`` support ``sentence``, in [0, 1]; see :func:`check`.

    >>> support("Two ministers met.", ["Two ministers met."], lambda a, b: 0.0)
    1.0
    >>> support("Three ministers met.", ["Two ministers met."], lambda a, b: 1.0)
    0.0
    """
    return check(sentence, quotes, similarity).support


def check(
    sentence: str, quotes: Sequence[str], similarity: Similarity, *, language: str = "en"
) -> Verdict:
    """The support of ``sentence`` and its reason.

    ``language`` is the documents' (ISO 639-1). ``similarity`` is called last, and only when all
    else holds. The reason is "same", "meaning", or what is not held: "empty", "number", "date",
    "words".
    """
    if sentence.strip() and any(_stands_whole(sentence, quote, language) for quote in quotes):
        return Verdict(1.0, "same", says_no_more=True)
    language = "en" if language == "und" else language
    claim = statement(sentence, language)
    each = [statement(quote, language) for quote in quotes]
    if not claim.words or not any(quote.words for quote in each):
        return Verdict(0.0, "empty")
    if any(_texts(quote.words) == _texts(claim.words) for quote in each):
        return Verdict(1.0, "same", says_no_more=True)
    quoted = Statement(
        tuple(word for quote in each for word in quote.words),
        tuple(date for quote in each for date in quote.dates),
        sum(quote.negations for quote in each),
    )
    held = {word.stem for word in quoted.words}
    shared = [(word.stem in held, word) for word in claim.words if word.carries]
    broken = _broken(claim, quoted, shared)
    if broken is not None:
        return Verdict(0.0, broken)
    share = sum(is_held for is_held, _ in shared) / len(shared)
    degree = (share + similarity(sentence, " ".join(quotes))) / 2
    return Verdict(max(0.0, min(1.0, degree)), "meaning", _says_no_more(claim, quoted))


def _broken(claim: Statement, quoted: Statement, shared: Sequence[tuple[bool, Word]]) -> str | None:
    """What of the sentence the quotes do not hold, whatever its meaning."""
    if not _has_numbers(claim, quoted):
        return "number"
    if not all(_has_date(date, quoted) for date in claim.dates):
        return "date"
    return "words" if not shared or _has_foreign_stretch(shared) else None


def _stands_whole(sentence: str, quote: str, language: str) -> bool:
    """Whether it is the quote or one of its sentences; part of one may say something else."""
    return sentence == quote or (
        sentence in quote
        and any(sentence == span.of(quote) for span in sentence_spans(quote, language))
    )


def _says_no_more(claim: Statement, quoted: Statement) -> bool:
    """Whether all its words stand in the quotes, in the same order, and every negation of them."""
    held = iter([word.stem for word in quoted.words])
    return claim.negations == quoted.negations and all(word.stem in held for word in claim.words)


def _texts(words: Sequence[Word]) -> list[tuple[str, str]]:
    return [(word.text, word.unit) for word in words]


def _has_numbers(claim: Statement, quoted: Statement) -> bool:
    """Every number with its unit, and every word with a digit in it ("A380")."""
    units_by_number: dict[str, set[str]] = {}
    for word in quoted.words:
        if word.is_number:
            units_by_number.setdefault(word.text, set()).add(word.unit)
    texts = {word.text for word in quoted.words}
    for word in claim.words:
        if word.is_number and not word.spelled:  # "one of them" counts nothing
            units = units_by_number.get(word.text, set())
            if not units or (word.unit and not units & {word.unit, ""}):
                return False
        elif any(map(str.isdigit, word.text)) and not word.is_number and word.text not in texts:
            return False
    return True


def _has_date(date: Date, quoted: Statement) -> bool:
    """A date of the quotes agrees; the year may also stand elsewhere in them."""
    return any(
        date.month == other.month
        and date.day in (None, other.day)
        and (date.year is None or other.year in (None, date.year))
        for other in quoted.dates
    )


def _has_foreign_stretch(shared: Sequence[tuple[bool, Word]]) -> bool:
    """Whether words in a row are foreign to the quotes: a clause that they do not say.

    In a script without spaces two characters count as half a word.
    """
    for is_held, stretch in groupby(shared, key=lambda pair: pair[0]):
        length = sum(0.5 if _UNSPACED.match(word.text) else 1 for _, word in stretch)
        if not is_held and length >= _FOREIGN_STRETCH:
            return True
    return False
