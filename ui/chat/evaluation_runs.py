"""The run that is being made, and the list of those that are kept, as HTML."""

from __future__ import annotations

from markupsafe import Markup

from eval.store import Runs, StoredRun
from ui.chat.html import message_html, render
from ui.chat.words import duration, suite_name, when
from ui.chat.work import RunState

__all__ = ["run_label", "running_html", "runs_html"]


def running_html(state: RunState) -> Markup:
    """How far the evaluation is, or how it ended."""
    name = suite_name(state.suite)
    match state.phase:
        case "idle":
            return Markup()
        case "failed":
            return message_html(f"The evaluation of {name} failed: {state.error}", bad=True)
        case "cancelled":
            how = "was cancelled; the next run of it goes on there."
            return message_html(f"The evaluation of {name} {how}")
        case "done":
            return message_html(f"The evaluation of {name} is done: {state.total} questions.")
        case "indexing":
            text = f"Indexing {name}"
            text += f": {state.done} of {state.total} documents" if state.total else ""
        case "asking":
            text = f"Asking {name}: {state.done} of {state.total} questions"
    left = "" if state.left_s is None else f", {duration(state.left_s)} left"
    text += ". Cancelling…" if state.cancelling else left
    return render("progress", label="Evaluation", text=text, done=state.done, total=state.total)


def runs_html(runs: Runs, shown: str) -> Markup:
    """The runs, each with a button that shows it; ``shown`` is the id of the one that is."""
    return render("runs", stored=runs.stored, unreadable=runs.unreadable, shown=shown)


def run_label(run: StoredRun) -> str:
    """A run in one line of plain text."""
    return f"{when(run.created)} · {run.n} questions"
