"""Questions, answers and their evidence as HTML.

A quote is shown inside its paragraph only where the document still reads as it was cited; where it
does not, the card says so and shows the quote alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from urllib.parse import quote, urlencode

from markupsafe import Markup

from index.errors import FootnoteError
from index.loaders.extract import shortened
from index.search import OpenGeneration
from index.types import Document, Passage, Span
from rag.conversations.archive import Feedback
from rag.conversations.export import answer_markdown
from rag.types import Answer, Citation, Sentence, cited, confidence_in_words, quote_at
from ui.chat.html import render
from ui.chat.words import counted

__all__ = [
    "answer_html",
    "document_html",
    "evidence_html",
    "failed_html",
    "no_evidence_html",
    "place_html",
    "question_html",
]

_CONTEXT_CHARACTERS = 420
_PAGE_CHARACTERS = 6000  # on each side of the quote, where a document is opened
_FAR = "No passage is near enough to the question to be shown."
_PDF = "application/pdf"
_CHANGES = {
    "changed": "This document has changed since; these are the words that were cited.",
    "gone": "This document is no longer in the folder; these are the words that were cited.",
}


def question_html(turn: int, question: str) -> Markup:
    """A question as the person typed it, with a way to change it."""
    return render("question", turn=turn, question=question)


def answer_html(
    turn: int,
    sentences: Sequence[Sentence],
    steps: Sequence[str],
    answer: Answer | None = None,
    *,
    changes: Mapping[str, str] | None = None,
    feedback: Feedback | None = None,
) -> Markup:
    """The verified sentences so far with their chips; the rest once the answer is complete.

    ``changes`` says what became of cited documents since the answer: "changed" or "gone".
    """
    paragraphs = groupby(sentences, key=lambda sentence: sentence.is_list_item)
    return render(
        "answer",
        turn=turn,
        steps=steps,
        answer=answer,
        lead=next((one for one in sentences if one.short_answer is not None), None),
        paragraphs=[(is_list, list(group)) for is_list, group in paragraphs],
        footer=_footer(answer) if answer else [],
        changes=changes,
        feedback=feedback,
        plain=answer_markdown(answer) if answer else "",
    )


def failed_html(turn: int, error: FootnoteError) -> Markup:
    """A question that could not be answered: why, and a way on."""
    return render("failure", error=str(error), turn=turn)


def evidence_html(
    turn: int, answer: Answer, generation: OpenGeneration, changes: Mapping[str, str] | None = None
) -> Markup:
    """The cited passages of one answer as cards; for a refusal, the nearest passages.

    ``changes`` says by document what became of it since: "changed" or "gone".
    """
    changes = changes or {}
    cards = [_cited(one, generation, changes.get(one.document_id)) for one in answer.citations]
    heading = "Evidence" if cards else "Nearest passages"
    if not cards:
        cards = [_nearest(n, one, generation) for n, one in enumerate(answer.offered, start=1)]
    if not cards:
        why = _FAR if answer.passages else "Nothing to show here."
        return no_evidence_html(why, turn, answer.query)
    return render(
        "evidence",
        turn=turn,
        heading=heading,
        question=answer.question,
        cards=cards,
        query=answer.query,
        passages=[_scores(passage, answer, generation) for passage in answer.passages],
    )


def no_evidence_html(text: str, turn: int = 0, query: str | None = None) -> Markup:
    """The evidence pane without evidence, for an answer or before the first one (0)."""
    return render("no_evidence", text=text, turn=turn, query=query)


def document_html(turn: int, number: int, answer: Answer, generation: OpenGeneration) -> Markup:
    """The document of citation ``number``, at that place, with ways to the other citations.

    A PDF is shown as the picture of its page, with the text below.
    """
    by_number = {one.number: one for one in answer.citations}
    citation = by_number.get(number)
    if citation is None:
        return no_evidence_html("This answer has no such citation.", turn)
    document = _as_cited(citation, generation)
    return _opened(citation, document, generation, turn, list(by_number))


def place_html(document: Document, span: Span, generation: OpenGeneration) -> Markup:
    """A document at a span, of no answer."""
    if not span.start < span.end <= len(document.text):
        length = f"{len(document.text):,}"
        return no_evidence_html(f"{document.id} has no such place: it has {length} characters.")
    return _opened(cited(quote_at(document, span), 1), document, generation)


def _opened(
    citation: Citation,
    document: Document | None,
    generation: OpenGeneration,
    turn: int = 0,
    numbers: Sequence[int] = (),
) -> Markup:
    """A citation in its document, with ways to the others of turn ``turn`` by their numbers."""
    return render(
        "document",
        turn=turn,
        citation=citation,
        numbers=numbers,
        place=_place(citation),
        warning=_CHANGES["changed"],
        language=document.language if document else "und",
        picture=_picture(document, citation, generation) if document else "",
        text=_text(document, citation.span) if document else None,
    )


def _footer(answer: Answer) -> list[str]:
    notes = []
    if answer.citations:
        notes.append(confidence_in_words(answer.confidence, answer.language))
    if answer.left_out:
        notes.append(f"{counted(answer.left_out, 'sentence')} left out: not supported")
    if answer.notice:
        notes.append(answer.notice)
    return notes


@dataclass(frozen=True, slots=True)
class _Card:
    """A passage: a ``quote`` with what stands around it, or all of it in ``before``."""

    number: int
    title: str
    place: str
    language: str
    before: str = ""
    quote: str = ""
    after: str = ""
    warning: str = ""
    can_open: bool = False
    source_url: str | None = None


@dataclass(frozen=True, slots=True)
class _Text:
    """A document around a quote, in pieces (whether it is a heading, its text).

    ``cut_before`` and ``cut_after`` are the characters that are left out.
    """

    before: list[tuple[bool, str]]
    after: list[tuple[bool, str]]
    cut_before: int
    cut_after: int


def _cited(citation: Citation, generation: OpenGeneration, change: str | None) -> _Card:
    document = _as_cited(citation, generation)
    span, before, after = citation.span, "", ""
    if document is not None:
        around = document.around(span, _CONTEXT_CHARACTERS)
        before = document.text[around.start : span.start]
        after = document.text[span.end : around.end]
    elif change is None:
        change = "changed"
    return _Card(
        citation.number,
        citation.title,
        f"{_place(citation)} · characters {span.start}–{span.end}",
        document.language if document else "und",
        before,
        citation.quote,
        after,
        warning=_CHANGES[change] if change else "",
        can_open=document is not None,
        source_url=citation.source_url,
    )


def _nearest(number: int, passage: Passage, generation: OpenGeneration) -> _Card:
    chunk = passage.chunk
    entry = generation.manifest.documents.get(chunk.document_id)
    language = entry.language if entry is not None else "und"
    title = _title(passage, generation)
    return _Card(number, title, chunk.document_id, language, chunk.text)


def _title(passage: Passage, generation: OpenGeneration) -> str:
    entry = generation.manifest.documents.get(passage.chunk.document_id)
    return entry.title if entry is not None else passage.chunk.document_id


def _place(citation: Citation) -> str:
    """Where a quote stands; a heading that the title or the place begins with is not said again."""
    place = [citation.document_id]
    known = (citation.title, (citation.place or "").partition(",")[0])
    headings = [one for one in citation.heading_path if shortened(one) not in known]
    place += [" › ".join(headings[-2:])] if headings else []
    place += [citation.place] if citation.place else []
    place += [citation.date] if citation.date else []
    return " · ".join(place)


def _text(document: Document, span: Span) -> _Text:
    length = len(document.text)
    start = max(0, span.start - _PAGE_CHARACTERS)
    end = min(length, span.end + _PAGE_CHARACTERS)
    return _Text(
        _pieces(document, start, span.start), _pieces(document, span.end, end), start, length - end
    )


def _pieces(document: Document, start: int, end: int) -> list[tuple[bool, str]]:
    """A part of the text, cut at the lines of its headings."""
    pieces, at = [], start
    for heading in document.headings:
        until = document.text.find("\n", heading.start, end)
        if at <= heading.start < until:
            pieces.append((False, document.text[at : heading.start]))
            pieces.append((True, document.text[heading.start : until]))
            at = until
    return [*pieces, (False, document.text[at:end])]


def _picture(document: Document, citation: Citation, generation: OpenGeneration) -> str:
    """The address of the page's picture, "" where there is none."""
    entry = generation.manifest.documents[document.id]
    if document.media_type != _PDF or citation.page is None or entry.seed != document.id:
        return ""
    where = {"page": citation.page, "start": citation.span.start, "end": citation.span.end}
    return f"/api/pages/{quote(document.id)}?{urlencode(where)}"


def _scores(
    passage: Passage, answer: Answer, generation: OpenGeneration
) -> tuple[str, tuple[str, ...]]:
    """How a passage came to be read, and whether the answer rests on it."""
    chunk = passage.chunk
    cited = [
        str(one.number)
        for one in answer.citations
        if one.document_id == chunk.document_id and one.span.overlaps(chunk.span)
    ]
    return f"{passage.rank}. {_title(passage, generation)}", (
        f"{passage.dense:.2f}{_rank(passage.dense_rank)}",
        f"{passage.lexical:.2f}{_rank(passage.lexical_rank)}",
        f"{passage.phrase:.2f}",
        f"{passage.score:.2f}",
        "–" if passage.rerank_score is None else f"{passage.rerank_score:.2f}",
        f"cited as {', '.join(cited)}" if cited else "cut",
    )


def _rank(rank: int | None) -> str:
    return f" (no. {rank})" if rank else ""


def _as_cited(citation: Citation, generation: OpenGeneration) -> Document | None:
    """The document when it still reads as it was cited, else None."""
    if citation.document_id not in generation.manifest.documents:
        return None
    document = generation.document(citation.document_id)
    return document if citation.span.of(document.text) == citation.quote else None
