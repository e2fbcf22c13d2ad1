"""The evidence of an answer as HTML: the cited passages as cards, and a document at its place.

Every piece of text is escaped here. A quote is shown inside its paragraph only where the document
still reads as it was cited; where it does not, the card says so and shows the quote alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from urllib.parse import quote, urlencode

from index.search import OpenGeneration
from index.types import Document, Passage, Span
from rag.types import Answer, Citation
from ui.chat.render import lines_html

__all__ = ["document_html", "evidence_html", "no_evidence_html"]

_CONTEXT_CHARACTERS = 420
_PAGE_CHARACTERS = 6000  # on each side of the quote, where a document is opened
PDF = "application/pdf"
_CHANGES = {
    "changed": "This document has changed since; these are the words that were cited.",
    "gone": "This document is no longer in the folder; these are the words that were cited.",
}


def evidence_html(
    turn: int, answer: Answer, generation: OpenGeneration, changes: Mapping[str, str] | None = None
) -> str:
    """The cited passages of one answer as cards; for a refusal, the nearest passages.

    ``changes`` says by document what became of it since: "changed" or "gone".
    """
    changes = changes or {}
    cards = [_card(turn, c, generation, changes.get(c.document_id)) for c in answer.citations]
    heading = "Evidence" if cards else "Nearest passages"
    if not cards:
        cards = [_near_card(turn, n, p, generation) for n, p in enumerate(answer.offered, start=1)]
    if not cards:
        told = "No passage is about this question." if answer.passages else "Nothing to show here."
        return no_evidence_html(told, turn)
    return (
        f'<section class="fn-evidence" id="fn-e{turn}" aria-label="{heading}">'
        f'<h2>{heading}</h2><p class="fn-for">for “{escape(answer.question)}”</p>'
        f"{''.join(cards)}{_why(answer, generation)}</section>"
    )


def no_evidence_html(text: str, turn: int = 0) -> str:
    """The evidence pane without evidence, for an answer or before the first one (0)."""
    return (
        f'<section class="fn-evidence fn-empty" id="fn-e{turn}">'
        f"<h2>Evidence</h2><p>{escape(text)}</p></section>"
    )


def document_html(turn: int, number: int, answer: Answer, generation: OpenGeneration) -> str:
    """The document of citation ``number``, at that place, with ways to the other citations.

    A PDF is shown as the picture of its page, with the text below.
    """
    by_number = {c.number: c for c in answer.citations}
    citation = by_number.get(number)
    back, on = number - 1, number + 1
    if citation is None:
        return no_evidence_html("This answer has no such citation.", turn)
    document = _as_cited(citation, generation)
    body = f"<blockquote><mark>{lines_html(citation.quote)}</mark></blockquote>"
    if document is None:
        body = f'<p class="fn-warning">{_CHANGES["changed"]}</p>{body}'
    else:
        picture = _picture(document, citation, generation)
        body = f"{picture}{_text(document, citation.span)}"
    return (
        f'<section class="fn-evidence fn-document" id="fn-e{turn}" tabindex="-1" '
        f'aria-label="Document {escape(citation.title)}">'
        f'<div class="fn-turning">{_move("← Evidence", turn, 0, event="collapse")}'
        f"<span>{number} of {len(by_number)}</span>"
        f"{_move('‹', turn, back, label='Previous citation', there=back in by_number)}"
        f"{_move('›', turn, on, label='Next citation', there=on in by_number)}</div>"
        f'<h2>{escape(citation.title)}</h2><p class="fn-place">{_place(citation)}</p>'
        f"{body}</section>"
    )


def _card(turn: int, citation: Citation, generation: OpenGeneration, change: str | None) -> str:
    document = _as_cited(citation, generation)
    marked = f"<mark>{lines_html(citation.quote)}</mark>"
    tools = ""
    if document is not None:
        around = document.around(citation.span, _CONTEXT_CHARACTERS)
        before = document.text[around.start : citation.span.start]
        after = document.text[citation.span.end : around.end]
        marked = f"{lines_html(before)}{marked}{lines_html(after)}"
        tools = _move("Open in the document", turn, citation.number)
    elif change is None:
        change = "changed"
    warning = f'<p class="fn-warning">{_CHANGES[change]}</p>' if change else ""
    return (
        f'<article class="fn-card" id="fn-a{turn}-c{citation.number}" tabindex="-1">'
        f'<h3><span class="fn-number">{citation.number}</span>{escape(citation.title)}</h3>'
        f'<p class="fn-place">{_place(citation)} · '
        f"characters {citation.span.start}–{citation.span.end}</p>"
        f"{warning}<blockquote>{marked}</blockquote>{tools}</article>"
    )


def _near_card(turn: int, number: int, passage: Passage, generation: OpenGeneration) -> str:
    chunk = passage.chunk
    entry = generation.manifest.documents.get(chunk.document_id)
    title = entry.title if entry is not None else chunk.document_id
    return (
        f'<article class="fn-card" id="fn-a{turn}-c{number}" tabindex="-1">'
        f'<h3><span class="fn-number">{number}</span>{escape(title)}</h3>'
        f'<p class="fn-place">{escape(chunk.document_id)}</p>'
        f"<blockquote>{lines_html(chunk.text)}</blockquote></article>"
    )


def _place(citation: Citation) -> str:
    place = [citation.document_id]
    headings = [heading for heading in citation.heading_path if heading != citation.title]
    place += [" › ".join(headings[-2:])] if headings else []
    place += [citation.place] if citation.place else []
    place += [citation.date] if citation.date else []
    return escape(" · ".join(place))


def _move(
    sign: str,
    turn: int,
    number: int,
    *,
    event: str = "expand",
    label: str = "",
    there: bool = True,
) -> str:
    named = f' aria-label="{label}"' if label else ""
    off = "" if there else " disabled"
    return (
        f'<button type="button" class="fn-move" data-event="{event}" data-turn="{turn}" '
        f'data-number="{number}"{named}{off}>{sign}</button>'
    )


def _text(document: Document, span: Span) -> str:
    """The document around the quote, its headings as such; what is left out is said."""
    length = len(document.text)
    start = max(0, span.start - _PAGE_CHARACTERS)
    end = min(length, span.end + _PAGE_CHARACTERS)
    before, after = (
        _with_headings(document, start, span.start),
        _with_headings(document, span.end, end),
    )
    told = [
        f'<p class="fn-cut">{n:,} characters more</p>' if n else "" for n in (start, length - end)
    ]
    return (
        f'{told[0]}<div class="fn-text">{before}'
        f"<mark>{lines_html(span.of(document.text))}</mark>{after}</div>{told[1]}"
    )


def _with_headings(document: Document, start: int, end: int) -> str:
    """A part of the text, the lines of its headings in bold."""
    parts, at = [], start
    for heading in document.headings:
        until = document.text.find("\n", heading.start, end)
        if at <= heading.start < until:
            parts.append(lines_html(document.text[at : heading.start]))
            parts.append(f"<b>{lines_html(document.text[heading.start : until])}</b>")
            at = until
    return "".join([*parts, lines_html(document.text[at:end])])


def _picture(document: Document, citation: Citation, generation: OpenGeneration) -> str:
    entry = generation.manifest.documents[document.id]
    if document.media_type != PDF or citation.page is None or entry.seed != document.id:
        return ""
    where = {"page": citation.page, "start": citation.span.start, "end": citation.span.end}
    source = f"/api/pages/{quote(document.id)}?{urlencode(where)}"
    told = f"Page {citation.page} of {citation.title}, the cited words marked"
    return f'<img class="fn-page" src="{escape(source)}" alt="{escape(told)}" loading="lazy">'


def _why(answer: Answer, generation: OpenGeneration) -> str:
    """How every passage came to be read, and whether the answer rests on it."""
    if not answer.passages:
        return ""
    rows = "".join(_passage_row(p, answer, generation) for p in answer.passages)
    return (
        '<details class="fn-why"><summary>Why these passages</summary><div class="fn-scroll">'
        '<table><thead><tr><th scope="col">Passage</th><th scope="col">Meaning</th>'
        '<th scope="col">Words</th><th scope="col">Phrases</th><th scope="col">Together</th>'
        '<th scope="col">Reranked</th><th scope="col">In the answer</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div></details>"
    )


def _passage_row(passage: Passage, answer: Answer, generation: OpenGeneration) -> str:
    chunk = passage.chunk
    entry = generation.manifest.documents.get(chunk.document_id)
    cited = [
        c.number
        for c in answer.citations
        if c.document_id == chunk.document_id and c.span.overlaps(chunk.span)
    ]
    kept = f"cited as {', '.join(map(str, cited))}" if cited else "cut"
    reranked = "–" if passage.rerank_score is None else f"{passage.rerank_score:.2f}"
    cells = [
        f"{passage.dense:.2f}{_rank(passage.dense_rank)}",
        f"{passage.lexical:.2f}{_rank(passage.lexical_rank)}",
        f"{passage.phrase:.2f}",
        f"{passage.score:.2f}",
        reranked,
        kept,
    ]
    title = escape(entry.title if entry is not None else chunk.document_id)
    values = "".join(f"<td>{cell}</td>" for cell in cells)
    return f'<tr><th scope="row">{passage.rank}. {title}</th>{values}</tr>'


def _rank(rank: int | None) -> str:
    return f" (no. {rank})" if rank else ""


def _as_cited(citation: Citation, generation: OpenGeneration) -> Document | None:
    """The document when it still reads as it was cited, else None."""
    if citation.document_id not in generation.manifest.documents:
        return None
    document = generation.document(citation.document_id)
    return document if citation.span.of(document.text) == citation.quote else None
