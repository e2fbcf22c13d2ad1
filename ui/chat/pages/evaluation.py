"""The evaluation page: run a suite, look at its measures and cases, compare two runs.

Runs are files in the home, and the one that is being made belongs to the process
(:mod:`ui.chat.work`). Each handler gives the components to change.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr

from eval.cases import SuiteKind, add_case, chosen_suite, delete_case
from eval.compare import compare
from eval.store import list_runs, load_run
from eval.types import Case
from index.errors import FootnoteError
from rag.settings import Settings
from ui.chat.html import message_html
from ui.chat.page import QUIET, Shared, pane, takes
from ui.chat.pages.drafts import bind_drafts
from ui.chat.pages.drafts_html import Review
from ui.chat.pages.evaluation_html import (
    ALL,
    cases_html,
    comparison_html,
    own_cases_html,
    run_label,
    running_html,
    runs_html,
    suite_choices,
    summary_html,
)
from ui.chat.words import VERDICTS, suite_name
from ui.chat.work import RunState

__all__ = ["Parts", "evaluation_page"]

Changes = dict[Any, Any]

NO_OTHER = ("no other run", "")

_OF_EACH_KIND = 20
_ROWS = 100
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
    run, results = RunHandlers(shared, parts), ResultHandlers(settings, parts)

    parts.suite.change(
        lambda kind: gr.update(visible=kind == "folder"), parts.suite, parts.folder, **QUIET
    )
    asked = [parts.suite, parts.folder, parts.limit]
    shown = [parts.running, parts.seen, parts.start, parts.cancel, parts.run, parts.runs]
    parts.start.click(run.start_run, asked, shown, **QUIET)
    parts.cancel.click(run.cancel_run, None, shown, **QUIET)
    shared.pulse.tick(run.follow_run, [parts.seen, parts.run], shown, **QUIET)

    own = [parts.own, parts.deleted]
    parts.own.delete(run.delete_case, None, own, **QUIET)
    parts.own.undo(run.restore_case, parts.deleted, own, **QUIET)
    # Cases are added in the chat, so they are read again when the page is turned to.
    gr.on([shared.tabs.select], run.show_own_cases, None, own, **QUIET)

    bind_drafts(shared, parts)

    parts.runs.select(results.choose_run, None, parts.run, **QUIET).then(
        None, None, None, js=_TO_RESULT
    )
    # Without triggers these run when the page is loaded and when an input changes.
    gr.on(None, run.show_own_cases, None, own, **QUIET)
    of_list = [parts.runs, parts.against, parts.only]
    gr.on(None, results.show_runs, parts.run, of_list, **QUIET)
    gr.on(None, results.show_summary, parts.run, parts.summary, **QUIET)
    gr.on(None, results.show_cases, [parts.run, parts.only, parts.rows], parts.cases, **QUIET)
    parts.against.change(
        results.compare_runs, [parts.run, parts.against], parts.comparison, **QUIET
    )
    parts.cases.select(results.show_more_cases, None, parts.rows, **QUIET)


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
        "",
        label="Folder of the suite",
        info="with documents/ and questions.jsonl, on this server",
        visible=choices[0][1] == "folder",
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


@dataclass(frozen=True, slots=True)
class RunHandlers:
    """The handlers of one window's form."""

    shared: Shared
    parts: Parts

    @takes("admin")
    def start_run(self, kind: SuiteKind, folder: str, limit: int | None) -> Changes:
        """Begin a run; the window then shows the newest one."""
        services, job = self.shared.services, self.shared.work.evaluation
        try:
            suite = chosen_suite(services.settings, kind, folder).limited(limit)
        except FootnoteError as exc:
            return {self.parts.running: message_html(str(exc), bad=True)}
        if not job.start(services, suite):
            message = "Another evaluation is running: wait for its end, or cancel it."
            return {self.parts.running: message_html(message, bad=True)}
        return {**self._follow(job.state), self.parts.run: ""}

    @takes("admin")
    def cancel_run(self) -> Changes:
        """End the run that is being made, whoever began it."""
        self.shared.work.evaluation.cancel()
        return self._follow(self.shared.work.evaluation.state)

    def follow_run(self, seen: RunState, run: str) -> Changes:
        """What changed since the last look; a finished run is shown to those who wait."""
        state = self.shared.work.evaluation.state
        if state == seen:
            return {self.parts.seen: seen}
        changes = self._follow(state)
        if state.phase == "done" and not run:
            changes[self.parts.run] = state.run
        elif state.phase == "done":
            runs = list_runs(self.shared.services.settings.home)
            changes[self.parts.runs] = runs_html(runs, run)
        return changes

    def show_own_cases(self) -> Changes:
        """The user's own cases as they are now."""
        return {
            self.parts.own: own_cases_html(self.shared.services.settings),
            self.parts.deleted: None,
        }

    @takes("admin")
    def delete_case(self, event: gr.EventData) -> Changes:
        """Delete a case of one's own; it can be brought back."""
        settings = self.shared.services.settings
        try:
            case = delete_case(settings.home, str(event.id))
        except FootnoteError as exc:
            return {self.parts.own: own_cases_html(settings, trouble=str(exc))}
        return {
            self.parts.own: own_cases_html(settings, deleted=case),
            self.parts.deleted: case,
        }

    @takes("admin")
    def restore_case(self, case: Case | None) -> Changes:
        """Add the case again that was deleted last."""
        settings = self.shared.services.settings
        try:
            if case is not None:
                add_case(settings.home, case)
        except FootnoteError as exc:
            return {self.parts.own: own_cases_html(settings, trouble=str(exc))}
        return self.show_own_cases()

    def _follow(self, state: RunState) -> Changes:
        return {
            self.parts.running: running_html(state),
            self.parts.seen: state,
            self.parts.start: gr.update(interactive=not state.is_active),
            self.parts.cancel: gr.update(interactive=state.is_active),
        }


@dataclass(frozen=True, slots=True)
class ResultHandlers:
    """The handlers of one window's results; a ``run`` of "" is the newest."""

    settings: Settings
    parts: Parts

    def choose_run(self, event: gr.EventData) -> str:
        """The run of the list that is shown from now on."""
        return str(event.run)

    def show_more_cases(self, event: gr.EventData) -> int:
        """How many cases are shown from now on."""
        return int(event.rows)

    def show_runs(self, run: str) -> dict[Any, Any]:
        """The list of runs, and those of the same suite that the shown one is compared with."""
        runs = list_runs(self.settings.home)
        shown = next((found for found in runs.stored if run in {"", found.id}), None)
        others = [
            (run_label(found), found.id)
            for found in runs.stored
            if shown is not None and found.suite == shown.suite and found.id != shown.id
        ]
        nothing = NO_OTHER
        if shown is not None and not others:
            nothing = (f"no other run of {suite_name(shown.suite)} yet", "")
        return {
            self.parts.runs: runs_html(runs, shown.id if shown else ""),
            self.parts.against: gr.update(
                choices=[nothing, *others], value="", visible=shown is not None
            ),
            self.parts.only: gr.update(visible=shown is not None),
        }

    def show_summary(self, run: str) -> str:
        """The measures of the run."""
        try:
            loaded = self._load(run)
        except FootnoteError as exc:
            return message_html(str(exc), bad=True)
        if loaded is None:
            return message_html("Choose a suite and press Run: its measures and cases appear here.")
        return summary_html(loaded)

    def show_cases(self, run: str, only: str, rows: int) -> str:
        """The cases of the run that pass the filter; none where the summary says what is wrong."""
        try:
            loaded = self._load(run)
        except FootnoteError:
            return ""
        return cases_html(loaded["rows"], only, rows) if loaded is not None else ""

    def compare_runs(self, run: str, against: str) -> str:
        """The two runs side by side, the earlier one first."""
        try:
            shown = self._load(run)
            if shown is None or not against:
                return ""
            both = [shown, load_run(self.settings.home, against)]
            before, after = sorted(both, key=lambda found: str(found["run"]))
            return comparison_html(compare(before, after), before, after)
        except FootnoteError as exc:
            return message_html(str(exc), bad=True)

    def _load(self, run: str) -> Mapping[str, Any] | None:
        """The run; None when there is none yet."""
        if run:
            return load_run(self.settings.home, run)
        newest = list_runs(self.settings.home, limit=1).stored
        return load_run(self.settings.home, newest[0].id) if newest else None
