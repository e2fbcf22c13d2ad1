"""Answers, evidence and the index state as HTML; every piece of text is escaped here.

Messages are single ``<div>`` blocks without line breaks, so the Markdown renderer of the chat
component leaves them alone: text of a document can be neither markup nor a link nor an image.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from index.build import IndexState
from index.documents import Chunk, Document
from index.errors import FootnoteError
from index.plan import Plan
from index.progress import Progress
from index.search import OpenGeneration
from rag.answers import Answer, Citation, Sentence, confidence_in_words
from ui.text import progress_text

__all__ = [
    "answer_html",
    "error_html",
    "evidence_html",
    "no_evidence_html",
    "progress_html",
    "question_html",
    "state_html",
]

_CONTEXT_CHARACTERS = 420


def question_html(question: str) -> str:
    """A question as the person typed it."""
    return f'<div class="fn-question">{_lines(question)}</div>'


def answer_html(
    turn: int, sentences: Sequence[Sentence], steps: Sequence[str], answer: Answer | None = None
) -> str:
    """The verified sentences so far with their chips; the rest once the answer is complete."""
    parts = [f'<div class="fn-steps">{escape(" · ".join(steps))}</div>'] if steps else []
    if answer is not None and answer.abstention is not None:
        parts.append(f'<p class="fn-refusal">{escape(answer.abstention)}</p>')
        parts.append(_offer(turn, answer))
    elif answer is not None and answer.remark is not None:
        parts.append(f'<p class="fn-remark">{escape(answer.remark)}</p>')
    else:
        parts.append(_prose(turn, sentences))
    if answer is None:
        parts.append('<span class="fn-waiting" aria-label="working">…</span>')
    else:
        parts.append(_footer(answer))
    return f'<div class="fn-answer">{"".join(parts)}</div>'


def error_html(error: FootnoteError) -> str:
    """An expected error, in words with its remedy."""
    return f'<div class="fn-answer fn-error" role="alert">{escape(str(error))}</div>'


def evidence_html(turn: int, answer: Answer, generation: OpenGeneration) -> str:
    """The cited passages of one answer as cards; for a refusal, the nearest passages."""
    cards = [_card(turn, c, _document(c, generation), answer) for c in answer.citations]
    heading = "Evidence" if cards else "Nearest passages"
    if not cards:
        cards = [
            _near_card(turn, n, _title(p.chunk.document_id, generation), p.chunk)
            for n, p in enumerate(answer.offered, start=1)
        ]
    if not cards:
        told = "No passage is about this question." if answer.passages else "Nothing to show here."
        return no_evidence_html(told, turn)
    return (
        f'<section class="fn-evidence" id="fn-e{turn}" aria-label="{heading}">'
        f'<h2>{heading}</h2><p class="fn-for">for “{escape(answer.question)}”</p>'
        f"{''.join(cards)}</section>"
    )


def no_evidence_html(text: str, turn: int = 0) -> str:
    """The evidence pane without evidence, for an answer or before the first one (0)."""
    return (
        f'<section class="fn-evidence fn-empty" id="fn-e{turn}">'
        f"<h2>Evidence</h2><p>{escape(text)}</p></section>"
    )


def state_html(state: IndexState) -> str:
    """One line: what is indexed, whether it is up to date, and what to do if not."""
    manifest = state.manifest
    if manifest is None:
        told = "No index yet" if state.kind == "missing" else "Index of another version"
        return _state("missing", f"{told}: press Rebuild.", state.plan)
    held = f"{_count(len(manifest.documents), 'document')}, {_count(manifest.chunks, 'passage')}"
    if state.kind == "fresh":
        return _state("fresh", f"{held}, up to date", state.plan)
    if state.kind == "pinned":
        return _state("stale", f"{held}, an earlier generation: Rebuild to go forward", state.plan)
    return _state("stale", f"{held}. {_changes(state.plan)} since: press Rebuild", state.plan)


def progress_html(progress: Progress) -> str:
    """How far a rebuild is."""
    return (
        '<div class="fn-state" role="status">Rebuilding '
        f'<progress max="{max(progress.total, 1)}" value="{progress.done}"></progress> '
        f"{escape(progress_text(progress))}</div>"
    )


def _state(kind: str, text: str, plan: Plan) -> str:
    failed = ""
    if plan.failed:
        items = "".join(
            f"<li><b>{escape(f.document)}</b>: {escape(f.reason)}</li>" for f in plan.failed
        )
        told = f"{_count(len(plan.failed), 'file')} not, or only partly, read"
        failed = f"<details><summary>{told}</summary><ul>{items}</ul></details>"
    return (
        f'<div class="fn-state fn-{kind}" role="status"><span class="fn-dot"></span>'
        f"{escape(text)}{failed}</div>"
    )


def _changes(plan: Plan) -> str:
    if plan.rebuild:
        return "The settings or the program changed"
    counts = {
        "added": len(plan.added),
        "changed": len(plan.changed),
        "renamed": len(plan.renamed),
        "removed": len(plan.removed),
    }
    return ", ".join(f"{n} {name}" for name, n in counts.items() if n).capitalize()


def _prose(turn: int, sentences: Sequence[Sentence]) -> str:
    """Sentences in paragraphs, list items in lists."""
    out: list[str] = []
    open_tag = ""
    for sentence in sentences:
        tag = "ul" if sentence.is_list_item else "p"
        if tag != open_tag:
            out.append((f"</{open_tag}>" if open_tag else "") + f"<{tag}>")
            open_tag = tag
        chips = "".join(_chip(turn, number) for number in sentence.citations)
        text = f'<span class="fn-sentence">{_with_answer(sentence)}</span>{chips}'
        out.append(f"<li>{text}</li>" if tag == "ul" else text + " ")
    return "".join(out) + (f"</{open_tag}>" if open_tag else "")


def _with_answer(sentence: Sentence) -> str:
    """The sentence with the words that answer by themselves in bold."""
    found, text = sentence.short_answer, sentence.text
    if found is None:
        return escape(text)
    before, after = text[: found.start], text[found.end :]
    return f"{escape(before)}<b>{escape(found.of(text))}</b>{escape(after)}"


def _chip(turn: int, number: int) -> str:
    # The classes name the target: the chat component's sanitiser removes data attributes.
    return (
        f' <button class="fn-chip fn-to-a{turn}-c{number}" type="button" '
        f'aria-label="Show the evidence {number}">{number}</button>'
    )


def _offer(turn: int, answer: Answer) -> str:
    chips = "".join(_chip(turn, n) for n, _ in enumerate(answer.offered, start=1))
    return f'<p class="fn-offer">Nearest passages:{chips}</p>' if chips else ""


def _footer(answer: Answer) -> str:
    told = []
    if answer.citations:
        told.append(confidence_in_words(answer.confidence))
    if answer.left_out:
        told.append(f"{_count(answer.left_out, 'sentence')} left out: not supported")
    if answer.notice:
        told.append(answer.notice)
    return f'<div class="fn-footer">{escape(" · ".join(told))}</div>' if told else ""


def _card(turn: int, citation: Citation, document: Document | None, answer: Answer) -> str:
    place = [citation.document_id]
    headings = [heading for heading in citation.heading_path if heading != citation.title]
    place += [" › ".join(headings[-2:])] if headings else []
    place += [citation.place] if citation.place else []
    place += [citation.date] if citation.date else []
    quote = f"<mark>{_lines(citation.quote)}</mark>"
    if document is not None:
        around = document.around(citation.span, _CONTEXT_CHARACTERS)
        before = document.text[around.start : citation.span.start]
        after = document.text[citation.span.end : around.end]
        quote = f"{_lines(before)}{quote}{_lines(after)}"
    return (
        f'<article class="fn-card" id="fn-a{turn}-c{citation.number}" tabindex="-1">'
        f'<h3><span class="fn-number">{citation.number}</span>{escape(citation.title)}</h3>'
        f'<p class="fn-place">{escape(" · ".join(place))} · '
        f"characters {citation.span.start}–{citation.span.end}</p>"
        f"<blockquote>{quote}</blockquote>{_why(citation, answer)}</article>"
    )


def _near_card(turn: int, number: int, title: str, chunk: Chunk) -> str:
    return (
        f'<article class="fn-card" id="fn-a{turn}-c{number}" tabindex="-1">'
        f'<h3><span class="fn-number">{number}</span>{escape(title)}</h3>'
        f'<p class="fn-place">{escape(chunk.document_id)}</p>'
        f"<blockquote>{_lines(chunk.text)}</blockquote></article>"
    )


def _why(citation: Citation, answer: Answer) -> str:
    """The ranks and scores of the passage that the quote was found in."""
    for p in answer.passages:
        if p.chunk.document_id == citation.document_id and p.chunk.span.overlaps(citation.span):
            told = (
                f"passage {p.rank} of {len(answer.passages)}: meaning {p.dense:.2f}"
                f"{f' (rank {p.dense_rank})' if p.dense_rank else ''}, words {p.lexical:.2f}"
                f"{f' (rank {p.lexical_rank})' if p.lexical_rank else ''}, "
                f"phrases {p.phrase:.2f}, together {p.score:.2f}"
            )
            return f"<details><summary>Why this passage</summary>{escape(told)}</details>"
    return ""


def _document(citation: Citation, generation: OpenGeneration) -> Document | None:
    """The document when it still reads as it was cited, else None (a rebuild came between)."""
    if citation.document_id not in generation.manifest.documents:
        return None
    document = generation.document(citation.document_id)
    return document if citation.span.of(document.text) == citation.quote else None


def _title(document_id: str, generation: OpenGeneration) -> str:
    """A document's title, or its id when a rebuild has removed it meanwhile."""
    entry = generation.manifest.documents.get(document_id)
    return entry.title if entry is not None else document_id


def _lines(text: str) -> str:
    return escape(text).replace("\n", "<br>")


def _count(n: int, noun: str) -> str:
    return f"{n:,} {noun}" + ("" if n == 1 else "s")
