"""The evaluation page: run a suite, look at its measures and cases, compare two runs.

Holds no state of its own: runs are files in the home, and the one that is being made belongs to the
process (:mod:`ui.chat.running`), which a timer looks at.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr

from eval.cases import own_suite
from eval.comparison import compare
from eval.runs import StoredRun, list_runs, load_run
from eval.suite import Suite, load_suite, seeds_suite
from index.errors import FootnoteError, SuiteError
from index.settings import Settings
from ui.chat.evaluation_cases import ALL, FILTERS, cases_html, comparison_html
from ui.chat.evaluation_render import (
    message_html,
    progress_html,
    runs_html,
    suite_name,
    summary_html,
    when,
)
from ui.chat.running import Running, RunState
from ui.chat.shared import QUIET, Shared, pane

__all__ = ["evaluation_page"]

_LOOK_EVERY_S = 2.0
_OF_EACH_KIND = 20
_ROWS = 100
_SHIPPED, _OWN, _FOLDER = "shipped", "own", "folder"
_TO_RESULT = """() => document.getElementById('fn-eval-result').scrollIntoView(
  {block: matchMedia('(max-width: 900px)').matches ? 'start' : 'nearest'})"""


def evaluation_page(shared: Shared) -> None:
    """Build the page inside the current tab."""
    settings, running = shared.house.settings, shared.running
    # The run that is shown; "" for the newest. What was last seen of the running one.
    run, seen, rows = gr.State(""), gr.State(RunState()), gr.State(_ROWS)
    with gr.Row(elem_id="fn-eval"):
        with gr.Column(scale=2, min_width=320, elem_id="fn-eval-side"):
            suite, folder, limit, start, cancel = _form(settings)
            progress = pane(lambda: progress_html(running.state), elem_id="fn-eval-progress")
            gr.HTML("<h2>Runs</h2>")
            runs = pane(lambda: runs_html(list_runs(settings.home)), elem_id="fn-eval-runs")
        with gr.Column(scale=5, min_width=320, elem_id="fn-eval-result"):
            summary = pane("", elem_id="fn-eval-summary")
            against = gr.Dropdown(
                [("no other run", "")],
                value="",
                label="Compare with",
                elem_id="fn-eval-against",
            )
            comparison = pane("", elem_id="fn-eval-comparison")
            only = gr.Radio(
                [(name.capitalize(), name) for name in FILTERS],
                value=ALL,
                label="Cases",
                elem_id="fn-eval-only",
            )
            cases = pane("", elem_id="fn-eval-cases")
    suite.change(lambda kind: gr.update(visible=kind == _FOLDER), suite, folder, **QUIET)
    begun = partial(_begun, shared)
    start.click(begun, [suite, folder, limit], [progress, run, cancel], **QUIET)
    cancel.click(partial(_cancelled, running), None, progress, **QUIET)
    looked = [progress, cancel, runs, run, seen]
    gr.Timer(_LOOK_EVERY_S).tick(partial(_looked, shared), [seen, run], looked, **QUIET)
    runs.select(_chosen, None, run, **QUIET).then(None, None, None, js=_TO_RESULT)
    # Without triggers these run when the page is loaded and when an input changes.
    gr.on(None, partial(_summary, settings), run, summary, **QUIET)
    gr.on(None, partial(_others, settings), run, against, **QUIET)
    gr.on(None, partial(_cases, settings), [run, only, rows], cases, **QUIET)
    against.change(partial(_compared, settings), [run, against], comparison, **QUIET)
    cases.select(_more, None, rows, **QUIET)


def _form(settings: Settings) -> tuple[gr.Radio, gr.Textbox, gr.Number, gr.Button, gr.Button]:
    """Which suite, how many questions, and the buttons."""
    kinds = [*_shipped(settings), ("Your cases", _OWN), ("A folder", _FOLDER)]
    suite = gr.Radio(kinds, value=kinds[0][1], label="Suite", elem_id="fn-eval-suite")
    pane(lambda: _own_told(settings), elem_id="fn-eval-own")
    folder = gr.Textbox(
        label="Folder of the suite",
        info="with documents/ and questions.jsonl, on this server",
        visible=False,
        elem_id="fn-eval-folder",
    )
    limit = gr.Number(
        _OF_EACH_KIND,
        label="Questions of each kind",
        info="so many that the documents answer and so many that they do not; empty: all",
        precision=0,
        minimum=1,
        elem_id="fn-eval-limit",
    )
    with gr.Row(elem_id="fn-eval-buttons"):
        start = gr.Button("Run", variant="primary", min_width=80, elem_id="fn-eval-run")
        cancel = gr.Button("Cancel", min_width=80, interactive=False, elem_id="fn-eval-cancel")
    return suite, folder, limit, start, cancel


def _shipped(settings: Settings) -> list[tuple[str, str]]:
    """The choice of the shipped cases, where the documents are the shipped ones."""
    try:
        count = len(seeds_suite(settings.seeds).cases)
    except SuiteError:
        return []
    return [(f"Shipped cases ({count})", _SHIPPED)]


def _own_told(settings: Settings) -> str:
    try:
        suite = own_suite(settings)
    except SuiteError as exc:
        return message_html(str(exc), bad=True)
    if suite is None:
        return message_html("No cases of your own yet: a thumbs-down in the chat makes one.")
    count = len(suite.cases)
    return message_html(f"{count} case{'' if count == 1 else 's'} of your own.")


def _suite(settings: Settings, kind: str, folder: str) -> Suite:
    """The suite that was chosen.

    Raises:
        SuiteError: there is none, in words.
    """
    if kind == _SHIPPED:
        return seeds_suite(settings.seeds)
    if kind == _OWN:
        suite = own_suite(settings)
        if suite is None:
            raise SuiteError("you have no cases of your own yet: a thumbs-down in the chat")
        return suite
    if not folder.strip():
        raise SuiteError("name the folder of a suite, with documents/ and questions.jsonl")
    return load_suite(Path(folder.strip()).expanduser())


def _begun(shared: Shared, kind: str, folder: str, limit: int | None) -> tuple[Any, Any, Any]:
    """Begin a run; the window then follows the newest one."""
    try:
        suite = _suite(shared.house.settings, kind, folder).limited(limit)
    except FootnoteError as exc:
        return message_html(str(exc), bad=True), gr.skip(), gr.skip()
    if not shared.running.start(shared.house, suite):
        told = "Another evaluation is running: wait for its end, or cancel it."
        return message_html(told, bad=True), gr.skip(), gr.skip()
    return progress_html(shared.running.state), "", gr.update(interactive=True)


def _cancelled(running: Running) -> str:
    running.cancel()
    return progress_html(running.state)


def _looked(shared: Shared, seen: RunState, run: str) -> tuple[Any, ...]:
    """What changed since it was last looked at; a finished run is shown to those who wait."""
    state = shared.running.state
    if state == seen:
        return (gr.skip(),) * 5
    is_kept = state.phase == "done" and state != seen
    listed = runs_html(list_runs(shared.house.settings.home)) if is_kept else gr.skip()
    shown = state.run if is_kept and not run else gr.skip()
    return progress_html(state), gr.update(interactive=state.is_active), listed, shown, state


def _chosen(event: gr.EventData) -> str:
    return str(event.run)


def _more(event: gr.EventData) -> int:
    return int(event.rows)


def _loaded(settings: Settings, run: str) -> dict[str, Any] | None:
    """The run, or the newest one for ""; None when there is none."""
    newest = list_runs(settings.home, limit=1).stored if not run else ()
    if not run and not newest:
        return None
    return load_run(settings.home, run or newest[0].id)


def _summary(settings: Settings, run: str) -> str:
    try:
        loaded = _loaded(settings, run)
    except FootnoteError as exc:
        return message_html(str(exc), bad=True)
    if loaded is None:
        return message_html("Choose a suite and press Run: its measures and cases appear here.")
    return summary_html(loaded)


def _cases(settings: Settings, run: str, only: str, rows: int) -> str:
    try:
        loaded = _loaded(settings, run)
    except FootnoteError:
        return ""
    return cases_html(loaded["rows"], only, rows) if loaded is not None else ""


def _others(settings: Settings, run: str) -> Any:
    """The runs of the same suite that the shown one can be compared with."""
    stored = list_runs(settings.home).stored
    shown = next((found for found in stored if found.id == run or not run), None)
    others = [
        (_label(found), found.id)
        for found in stored
        if shown is not None and found.suite == shown.suite and found.id != shown.id
    ]
    nothing = "no other run" if others else f"no other run of {_of(shown)} yet"
    return gr.update(choices=[(nothing, ""), *others], value="")


def _of(shown: StoredRun | None) -> str:
    return suite_name(shown.suite) if shown is not None else "a suite"


def _label(run: StoredRun) -> str:
    return f"{when(run.created)} · {run.n} questions · {run.generation}"


def _compared(settings: Settings, run: str, against: str) -> str:
    """The two runs side by side, the earlier one first."""
    if not against:
        return ""
    try:
        shown = _loaded(settings, run)
        assert shown is not None, "there is another run"
        both = [shown, load_run(settings.home, against)]
        before, after = sorted(both, key=lambda found: str(found["run"]))
        return comparison_html(compare(before, after), before, after)
    except FootnoteError as exc:
        return message_html(str(exc), bad=True)
