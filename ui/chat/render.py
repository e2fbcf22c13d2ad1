"""Questions, answers and the index state as HTML; every piece of text is escaped here.

Messages are single ``<div>`` blocks without line breaks, so the Markdown renderer of the chat
component leaves them alone: text of a document can be neither markup nor a link nor an image.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from index.builder.build import IndexState
from index.builder.plan import Plan
from index.errors import FootnoteError
from index.types import Progress
from rag.conversations.archive import Feedback
from rag.conversations.export import answer_markdown
from rag.types import Answer, Sentence, confidence_in_words
from ui.cli.text import progress_text

__all__ = [
    "answer_html",
    "banner_html",
    "error_html",
    "failed_html",
    "lines_html",
    "progress_html",
    "question_html",
    "state_html",
]


def question_html(turn: int, question: str) -> str:
    """A question as the person typed it, with a way to change it."""
    edit = _action("edit", turn, "Edit", "this question")
    return f'<div class="fn-question">{lines_html(question)}{edit}</div>'


def answer_html(
    turn: int,
    sentences: Sequence[Sentence],
    steps: Sequence[str],
    answer: Answer | None = None,
    *,
    changes: Mapping[str, str] | None = None,
    feedback: Feedback | None = None,
) -> str:
    """The verified sentences so far with their chips; the rest once the answer is complete.

    ``changes`` says what became of cited documents since the answer: "changed" or "gone".
    """
    parts = [f'<div class="fn-steps">{escape(" · ".join(steps))}</div>'] if steps else []
    if answer is not None and answer.abstention is not None:
        parts.append(f'<p class="fn-refusal">{escape(answer.abstention)}</p>')
        parts.append(_offer(turn, answer))
    elif answer is not None and answer.remark is not None:
        parts.append(f'<p class="fn-remark">{escape(answer.remark)}</p>')
    else:
        parts += [_lead(turn, sentences), _prose(turn, sentences)]
    if answer is None:
        parts.append('<span class="fn-waiting" aria-label="working">…</span>')
    else:
        parts += [_footer(answer), _changed(changes or {}), _actions(turn, answer, feedback)]
    return f'<div class="fn-answer">{"".join(parts)}</div>'


def error_html(error: FootnoteError) -> str:
    """An expected error, in words with its remedy."""
    return f'<div class="fn-answer fn-error" role="alert">{escape(str(error))}</div>'


def failed_html(turn: int, error: FootnoteError) -> str:
    """A question that could not be answered: why, and a way on."""
    again = _action("retry", turn, "Ask again", "this question")
    return (
        f'<div class="fn-answer fn-error" role="alert">{escape(str(error))}'
        f'<div class="fn-actions">{again}</div></div>'
    )


def banner_html(titles: Sequence[str] = (), *, editing: int = 0, trouble: str = "") -> str:
    """What holds for the next question: the documents it is asked of, the turn it replaces."""
    told = []
    if trouble:
        told.append(f'<p class="fn-error" role="alert">{escape(trouble)}</p>')
    if titles:
        named = ", ".join(f"“{title}”" for title in titles[:3])
        more = f" and {len(titles) - 3} more" if len(titles) > 3 else ""
        told.append(
            f"<p>Asking only {escape(named)}{more}. "
            '<button type="button" data-event="clear">Ask all documents</button></p>'
        )
    if editing:
        told.append(
            f"<p>Editing question {editing}: it and what follows are replaced. "
            '<button type="button" data-event="undo">Leave it</button></p>'
        )
    return f'<div class="fn-banner" role="status">{"".join(told)}</div>' if told else ""


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


def _lead(turn: int, sentences: Sequence[Sentence]) -> str:
    """The short answer, where a sentence has one, on a line of its own."""
    for sentence in sentences:
        if sentence.short_answer is not None:
            words = escape(sentence.short_answer.of(sentence.text))
            return f'<p class="fn-short">{words}{_chip(turn, sentence.citations[0])}</p>'
    return ""


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
    # The classes name the target: the chat component's sanitiser removes labels and data.
    return (
        f' <button class="fn-chip fn-to-a{turn}-c{number}" type="button">'
        f'<span class="fn-unseen">Show the evidence </span>{number}</button>'
    )


def _offer(turn: int, answer: Answer) -> str:
    chips = "".join(_chip(turn, n) for n, _ in enumerate(answer.offered, start=1))
    return f'<p class="fn-offer">Nearest passages:{chips}</p>' if chips else ""


def _changed(changes: Mapping[str, str]) -> str:
    told = {
        "changed": "has changed since this answer",
        "gone": "is no longer in the folder",
    }
    items = [f"{escape(name)} {told[what]}" for name, what in changes.items()]
    return (
        f'<p class="fn-warning">{"; ".join(items)}. Ask again for the present text.</p>'
        if items
        else ""
    )


def _actions(turn: int, answer: Answer, feedback: Feedback | None) -> str:
    """What can be done with an answer; the text to copy stands hidden beside the button."""
    good = feedback is not None and feedback.is_good
    bad = feedback is not None and not feedback.is_good
    return (
        '<div class="fn-actions">'
        + _action("copy", turn, "Copy", "this answer with its footnotes")
        + _action("retry", turn, "Ask again", "this question")
        + _action("like", turn, "Helpful", "answer", is_on=good)
        + _action("dislike", turn, "Not right", "answer", is_on=bad)
        + f'<div class="fn-plain">{lines_html(answer_markdown(answer))}</div></div>'
    )


def _action(name: str, turn: int, text: str, told: str, *, is_on: bool = False) -> str:
    # The classes name action and turn: the chat component's sanitiser removes labels and data.
    on, chosen = (" fn-on", " (chosen)") if is_on else ("", "")
    return (
        f'<button type="button" class="fn-do fn-do-{name} fn-turn-{turn}{on}">{text}'
        f'<span class="fn-unseen"> {told}{chosen}</span></button>'
    )


def _footer(answer: Answer) -> str:
    told = []
    if answer.citations:
        told.append(confidence_in_words(answer.confidence))
    if answer.left_out:
        told.append(f"{_count(answer.left_out, 'sentence')} left out: not supported")
    if answer.notice:
        told.append(answer.notice)
    return f'<div class="fn-footer">{escape(" · ".join(told))}</div>' if told else ""


def lines_html(text: str) -> str:
    """Text as it is, with its line breaks."""
    return escape(text).replace("\n", "<br>")


def _count(n: int, noun: str) -> str:
    return f"{n:,} {noun}" + ("" if n == 1 else "s")
