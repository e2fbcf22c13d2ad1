"""Questions, answers and the state of the index as HTML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

from markupsafe import Markup

from index.builder.build import IndexState
from index.builder.plan import Plan
from index.errors import FootnoteError
from index.types import Progress
from rag.conversations.archive import Feedback
from rag.conversations.export import answer_markdown
from rag.types import Answer, Sentence, confidence_in_words
from ui.chat.html import render
from ui.chat.words import counted
from ui.cli.text import progress_text

__all__ = [
    "answer_html",
    "banner_html",
    "error_html",
    "failed_html",
    "progress_html",
    "question_html",
    "state_html",
]


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


def error_html(error: FootnoteError) -> Markup:
    """An expected error, in words with its remedy."""
    return render("failure", error=str(error), turn=0)


def failed_html(turn: int, error: FootnoteError) -> Markup:
    """A question that could not be answered: why, and a way on."""
    return render("failure", error=str(error), turn=turn)


def banner_html(titles: Sequence[str] = (), *, editing: int = 0, trouble: str = "") -> Markup:
    """What holds for the next question: the documents it is asked of, the turn it replaces."""
    return render("banner", titles=titles, editing=editing, trouble=trouble)


def state_html(state: IndexState) -> Markup:
    """One line: what is indexed, whether it is up to date, and what to do if not."""
    kind, text = _state(state)
    return render("index_state", kind=kind, text=text, failed=state.plan.failed)


def progress_html(progress: Progress) -> Markup:
    """How far a rebuild is."""
    return render(
        "index_progress", total=progress.total, done=progress.done, text=progress_text(progress)
    )


def _state(state: IndexState) -> tuple[str, str]:
    manifest = state.manifest
    if manifest is None:
        what = "No index yet" if state.kind == "missing" else "Index of another version"
        return "missing", f"{what}: press Rebuild."
    held = f"{counted(len(manifest.documents), 'document')}, {counted(manifest.chunks, 'passage')}"
    if state.kind == "fresh":
        return "fresh", f"{held}, up to date"
    if state.kind == "pinned":
        return "stale", f"{held}, an earlier generation: Rebuild to go forward"
    return "stale", f"{held}. {_changes(state.plan)} since: press Rebuild"


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


def _footer(answer: Answer) -> list[str]:
    notes = []
    if answer.citations:
        notes.append(confidence_in_words(answer.confidence))
    if answer.left_out:
        notes.append(f"{counted(answer.left_out, 'sentence')} left out: not supported")
    if answer.notice:
        notes.append(answer.notice)
    return notes
