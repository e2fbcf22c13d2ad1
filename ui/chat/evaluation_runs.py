"""The run that is being made, and the list of those that are kept, as HTML."""

from __future__ import annotations

from html import escape

from eval.store import Runs, StoredRun
from ui.chat.evaluation_words import duration, message_html, suite_name, when
from ui.chat.running import RunState

__all__ = ["run_label", "running_html", "runs_html"]


def running_html(state: RunState) -> str:
    """How far the evaluation is, or how it ended."""
    name = suite_name(state.suite)
    match state.phase:
        case "idle":
            return ""
        case "failed":
            return message_html(f"The evaluation of {name} failed: {state.error}", bad=True)
        case "cancelled":
            told = "was cancelled; the next run of it goes on there."
            return message_html(f"The evaluation of {name} {told}")
        case "done":
            return message_html(f"The evaluation of {name} is done: {state.total} questions.")
        case "indexing":
            told = f"Indexing {name}"
            told += f": {state.done} of {state.total} documents" if state.total else ""
        case "asking":
            told = f"Asking {name}: {state.done} of {state.total} questions"
    left = "" if state.left_s is None else f", {duration(state.left_s)} left"
    told += ". Cancelling…" if state.cancelling else left
    value = f'value="{state.done}"' if state.total else ""
    return (
        f'<p class="fn-running" role="status"><span>{escape(told)}</span>'
        f'<progress aria-label="Evaluation" max="{max(state.total, 1)}" {value}></progress></p>'
    )


def runs_html(runs: Runs, shown: str) -> str:
    """The runs, each with a button that shows it; ``shown`` is the id of the one that is."""
    title = "<h2>Runs</h2>"
    if not runs.stored and not runs.unreadable:
        return title + message_html("No evaluation has been run yet.")
    rows = "".join(_run(run, is_shown=run.id == shown) for run in runs.stored)
    bad = "".join(
        f"<li><b>{escape(name)}</b>: {escape(reason)}</li>" for name, reason in runs.unreadable
    )
    told = f'<ul class="fn-unreadable" role="alert">{bad}</ul>' if bad else ""
    return (
        f'{title}{told}<table class="fn-runs"><thead><tr><th scope="col">Run</th>'
        '<th scope="col" class="fn-num">Questions</th>'
        '<th scope="col" class="fn-num">Answer held</th>'
        '<th scope="col" class="fn-num">Evidence cited</th></tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


def run_label(run: StoredRun) -> str:
    """A run in one line of plain text."""
    return f"{when(run.created)} · {run.n} questions"


def _run(run: StoredRun, *, is_shown: bool) -> str:
    values = (run.measures.get("answer contains"), run.measures.get("citation recall"))
    cells = "".join(
        f'<td class="fn-num">{"–" if value is None else f"{value:.2f}"}</td>' for value in values
    )
    current = ' aria-current="true"' if is_shown else ""
    return (
        f'<tr{current}><th scope="row"><button type="button" class="fn-link" data-event="select" '
        f'data-run="{escape(run.id)}"{current}>{escape(when(run.created))}</button>'
        f'<span class="fn-sub">{escape(suite_name(run.suite))} · {escape(run.generation)}</span>'
        f'</th><td class="fn-num">{run.n}</td>{cells}</tr>'
    )
