"""The evaluation page: run a suite, look at its measures and cases, compare two runs.

Here the events of its parts are bound to what they do. Runs are files in the home, and the one that
is being made belongs to the process (:mod:`ui.chat.work`).
"""

from __future__ import annotations

import gradio as gr

from ui.chat.drafts import bind_drafts
from ui.chat.evaluating import Evaluating
from ui.chat.evaluation_layout import lay_out
from ui.chat.evaluation_results import Results
from ui.chat.evaluation_suites import FOLDER
from ui.chat.shared import QUIET, Shared

__all__ = ["evaluation_page"]

_TO_RESULT = """() => {
  const result = document.getElementById('fn-eval-result');
  result.tabIndex = -1;
  result.focus({preventScroll: true});
  result.scrollIntoView({block: matchMedia('(max-width: 900px)').matches ? 'start' : 'nearest'});
}"""


def evaluation_page(shared: Shared) -> None:
    """Build the page in the current tab."""
    settings = shared.services.settings
    parts = lay_out(settings)
    evaluating, results = Evaluating(shared, parts), Results(settings, parts)

    parts.suite.change(
        lambda kind: gr.update(visible=kind == FOLDER), parts.suite, parts.folder, **QUIET
    )
    asked = [parts.suite, parts.folder, parts.limit]
    shown = [parts.running, parts.seen, parts.start, parts.cancel, parts.run, parts.runs]
    parts.start.click(evaluating.begun, asked, shown, **QUIET)
    parts.cancel.click(evaluating.cancelled, None, shown, **QUIET)
    shared.pulse.tick(evaluating.looked, [parts.seen, parts.run], shown, **QUIET)

    own = [parts.own, parts.deleted]
    parts.own.delete(evaluating.deleted, None, own, **QUIET)
    parts.own.undo(evaluating.brought_back, parts.deleted, own, **QUIET)
    # Cases are added in the chat, so they are read again when the page is turned to.
    gr.on([shared.tabs.select], evaluating.own, None, own, **QUIET)

    bind_drafts(shared, parts)

    parts.runs.select(results.chosen, None, parts.run, **QUIET).then(
        None, None, None, js=_TO_RESULT
    )
    # Without triggers these run when the page is loaded and when an input changes.
    gr.on(None, evaluating.own, None, own, **QUIET)
    of_list = [parts.runs, parts.against, parts.only]
    gr.on(None, results.listed, parts.run, of_list, **QUIET)
    gr.on(None, results.summary, parts.run, parts.summary, **QUIET)
    gr.on(None, results.cases, [parts.run, parts.only, parts.rows], parts.cases, **QUIET)
    parts.against.change(results.compared, [parts.run, parts.against], parts.comparison, **QUIET)
    parts.cases.select(results.more, None, parts.rows, **QUIET)
