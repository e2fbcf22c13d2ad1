"""Where the parts of the evaluation page stand: the form and the runs, the results beside them."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr

from rag.settings import Settings
from ui.chat.drafts_render import Review
from ui.chat.evaluation_cases import ALL
from ui.chat.evaluation_suites import FOLDER, suite_choices
from ui.chat.evaluation_words import VERDICTS
from ui.chat.running import RunState
from ui.chat.shared import pane

__all__ = ["NO_OTHER", "Parts", "lay_out"]

NO_OTHER = ("no other run", "")

_OF_EACH_KIND = 20
_ROWS = 100


@dataclass(frozen=True, slots=True)
class Parts:
    """The components of one window's evaluation page.

    ``run`` holds the id of the run that is shown, "" for the newest; ``seen`` the
    :class:`RunState` that was last looked at; ``rows`` how many cases are shown; ``deleted`` the
    case of one's own that can be brought back; ``review`` how far the drafts are looked through.
    """

    run: gr.State
    seen: gr.State
    rows: gr.State
    deleted: gr.State
    review: gr.State
    suite: gr.Radio
    own: gr.HTML
    draft: gr.Button
    drafting: gr.HTML
    drafts: gr.HTML
    folder: gr.Textbox
    limit: gr.Number
    start: gr.Button
    cancel: gr.Button
    running: gr.HTML
    runs: gr.HTML
    summary: gr.HTML
    against: gr.Dropdown
    comparison: gr.HTML
    only: gr.Radio
    cases: gr.HTML


def lay_out(settings: Settings) -> Parts:
    """Build the columns in the current tab."""
    with gr.Row(elem_id="fn-eval"):
        with gr.Column(scale=2, min_width=320, elem_id="fn-eval-side"):
            suite, own, draft, drafting, folder, limit = _form(settings)
            with gr.Row(elem_id="fn-eval-buttons"):
                start = gr.Button("Run", variant="primary", min_width=80, elem_id="fn-eval-run")
                cancel = gr.Button(
                    "Cancel", min_width=80, interactive=False, elem_id="fn-eval-cancel"
                )
            running = pane("", elem_id="fn-eval-running")
            runs = pane("", elem_id="fn-eval-runs")
        with gr.Column(scale=5, min_width=320, elem_id="fn-eval-result"):
            drafts = pane("", elem_id="fn-drafts")
            summary = pane("", elem_id="fn-eval-summary")
            against = gr.Dropdown(
                [NO_OTHER],
                value="",
                label="Compare with",
                visible=False,
                elem_id="fn-eval-against",
            )
            comparison = pane("", elem_id="fn-eval-comparison")
            only = gr.Radio(
                [("All", ALL), *((name, kind) for kind, name in VERDICTS.items())],
                value=ALL,
                label="Cases",
                visible=False,
                elem_id="fn-eval-only",
            )
            cases = pane("", elem_id="fn-eval-cases")
    return Parts(
        gr.State(""), gr.State(RunState()), gr.State(_ROWS), gr.State(None),
        gr.State(Review()), suite, own, draft, drafting, drafts,
        folder, limit, start, cancel, running, runs,
        summary, against, comparison, only, cases,
    )  # fmt: skip


def _form(
    settings: Settings,
) -> tuple[gr.Radio, gr.HTML, gr.Button, gr.HTML, gr.Textbox, gr.Number]:
    """Which suite, the user's own cases and their drafts, and how many questions."""
    choices = suite_choices(settings)
    suite = gr.Radio(
        choices,
        value=choices[0][1],
        label="Suite",
        info="asked as this server is configured, not as you chose under Settings",
        elem_id="fn-eval-suite",
    )
    own = pane("", elem_id="fn-eval-own")
    draft = gr.Button("Draft cases from your documents", elem_id="fn-eval-draft")
    drafting = pane("", elem_id="fn-eval-drafting")
    folder = gr.Textbox(
        label="Folder of the suite",
        info="with documents/ and questions.jsonl, on this server",
        visible=choices[0][1] == FOLDER,
        elem_id="fn-eval-folder",
    )
    limit = gr.Number(
        _OF_EACH_KIND,
        label="Questions of each kind",
        info="so many with an answer in the documents, so many without; empty: all",
        precision=0,
        minimum=1,
        elem_id="fn-eval-limit",
    )
    return suite, own, draft, drafting, folder, limit
