"""Evidence: the sentences of the found passages that bear on a question, with exact spans.

The score of a sentence adds what was measured to help, on one scale (docs/decisions.md, 9): its
similarity to the question, the passage's score, the share of the question's idf that the
sentence and its headings cover, and whether it holds the type of answer that the question
wants. Only a shortlist is embedded. Nothing is written here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from index.documents import Chunk, Document, Passage, Span, chunk_id
from index.loaders import plain_text
from index.prose import from_leading_date, is_complete, is_list_item, is_prose
from index.search import Found, Searcher
from index.sentences import sentence_spans
from index.words import content_terms, stems
from rag.quotes import Quote
from rag.wanted import Wanted, holds, wanted

__all__ = ["Evidence", "read_evidence"]

_PASSAGE_WEIGHT = 0.5
_COVERAGE_WEIGHT = 0.7
_TYPE_WEIGHT = 0.25
_FRAGMENT_PENALTY = 0.4
_SHORTLIST = 12
_MIN_WORDS = 3
_LONG_SENTENCE = 18  # words
_MIN_CLAUSE = 7
_CLAUSE_END = re.compile(r"\s*(?:[,;:—(]|\)|--| - )\s+")


@dataclass(frozen=True, slots=True)
class Evidence(Quote):
    """A sentence that may support an answer.

    ``cosine`` is with the question, ``coverage`` in [0, 1] the share of the question's idf that it
    and its title hold, ``score`` sorts evidence of one question; ``terms`` are the question's
    stems in it.
    """

    score: float
    cosine: float
    coverage: float
    terms: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Candidate:
    document: Document
    span: Span
    text: str
    passage: Passage
    coverage: float
    terms: frozenset[str]
    fits: float
    is_fragment: bool
    section: str

    @property
    def in_section(self) -> str:
        """The text with the heading that it stands under, which may say what it is about."""
        return f"{self.section}: {self.text}" if self.section else self.text


def read_evidence(question: str, found: Found, searcher: Searcher) -> list[Evidence]:
    """The evidence for ``question`` in the found passages, best first."""
    want = wanted(question)
    names = dict.fromkeys(passage.chunk.document_id for passage in found.passages)
    documents = {name: found.source.document(name) for name in names}
    idf_by_language = {
        language: {
            term: found.source.term_weight(term) for term in content_terms(question, language)
        }
        for language in {document.language for document in documents.values()}
    }
    candidates = [
        candidate
        for passage in _joined(found.passages, documents)
        for document in (documents[passage.chunk.document_id],)
        for candidate in _candidates(
            passage, document, question, idf_by_language[document.language], want
        )
    ]
    candidates.sort(key=lambda c: (-_before_embedding(c), c.document.id, c.span))
    shortlist = _without_repeats(candidates)[:_SHORTLIST]
    if not shortlist:
        return []
    evidence = [
        Evidence(
            document=c.document,
            span=c.span,
            text=c.text,
            score=cosine + _before_embedding(c),
            cosine=cosine,
            coverage=c.coverage,
            terms=c.terms,
        )
        for c, cosine in zip(shortlist, _cosines(shortlist, found, searcher), strict=True)
    ]
    return sorted(evidence, key=lambda e: (-e.score, e.document.id, e.span))


def _joined(passages: Sequence[Passage], documents: Mapping[str, Document]) -> list[Passage]:
    """Passages that follow each other under one heading as one, so that nothing is cut between.

    The whole has the rank and scores of its best part.
    """
    joined: list[Passage] = []
    for passage in sorted(passages, key=lambda p: (p.chunk.document_id, p.chunk.span)):
        chunk = passage.chunk
        before = joined[-1] if joined else None
        if before is None or not _follows(before.chunk, chunk, documents[chunk.document_id].text):
            joined.append(passage)
            continue
        span = Span(before.chunk.span.start, chunk.span.end)
        text = span.of(documents[chunk.document_id].text)
        name = chunk_id(chunk.document_id, span)
        whole = replace(before.chunk, id=name, span=span, text=text)
        joined[-1] = replace(min(before, passage, key=lambda p: p.rank), chunk=whole)
    return sorted(joined, key=lambda p: p.rank)


def _follows(one: Chunk, other: Chunk, text: str) -> bool:
    return (
        one.document_id == other.document_id
        and one.heading_path == other.heading_path
        and not text[one.span.end : other.span.start].strip()
    )


def _cosines(shortlist: Sequence[_Candidate], found: Found, searcher: Searcher) -> list[float]:
    """The similarity of each candidate with the question.

    A long sentence says several things: its similarity is the mean of the whole sentence's and
    of its most similar clause's, if that is higher.
    """
    texts = [[c.in_section, *_clauses(c.text)] for c in shortlist]
    scores = searcher.similarities([text for group in texts for text in group], found.vector)
    cosines: list[float] = []
    at = 0
    for group in texts:
        own = scores[at : at + len(group)]
        cosines.append(float(own[0] + own.max()) / 2)
        at += len(group)
    return cosines


def _clauses(sentence: str) -> list[str]:
    """The parts of a long sentence between commas and the like, each of some words.

    >>> _clauses("Two ministers met.")
    []
    """
    if len(sentence.split()) < _LONG_SENTENCE:
        return []
    clauses: list[str] = []
    part = ""
    for piece in _CLAUSE_END.split(sentence):
        part = f"{part}, {piece}" if part else piece
        if len(part.split()) >= _MIN_CLAUSE:
            clauses.append(part)
            part = ""
    return clauses if len(clauses) > 1 else []


def _before_embedding(candidate: _Candidate) -> float:
    return (
        _PASSAGE_WEIGHT * candidate.passage.score
        + _COVERAGE_WEIGHT * candidate.coverage
        + _TYPE_WEIGHT * candidate.fits
        - _FRAGMENT_PENALTY * candidate.is_fragment
    )


def _candidates(
    passage: Passage,
    document: Document,
    question: str,
    idf: dict[str, float],
    want: Wanted | None,
) -> list[_Candidate]:
    chunk = passage.chunk
    above = set(stems(" ".join((document.title, *chunk.heading_path)), document.language))
    total = sum(idf.values()) or 1.0
    out: list[_Candidate] = []
    for local in sentence_spans(chunk.text):
        span = from_leading_date(document.text, local.shifted(chunk.span.start))
        if not is_prose(document, span):
            continue
        quote = span.of(document.text)
        text = plain_text(document.media_type, quote)
        if len(text.split()) < _MIN_WORDS:
            continue
        held = set(stems(text, document.language))
        covered = [term for term in idf if term in held or term in above]
        out.append(
            _Candidate(
                document=document,
                span=span,
                text=text,
                passage=passage,
                coverage=sum(idf[term] for term in covered) / total,
                terms=frozenset(term for term in idf if term in held),
                fits=0.5 if want is None else float(holds(want, text, question)),
                section=chunk.heading_path[-1] if len(chunk.heading_path) > 1 else "",
                is_fragment=not is_complete(text) and not is_list_item(quote),
            )
        )
    return out


def _without_repeats(candidates: Sequence[_Candidate]) -> list[_Candidate]:
    """Keep the first of candidates with the same words."""
    seen: set[str] = set()
    kept: list[_Candidate] = []
    for candidate in candidates:
        key = " ".join(candidate.text.lower().split())
        if key not in seen:
            seen.add(key)
            kept.append(candidate)
    return kept
