"""What the events of the evaluation's form do: begin, follow, cancel; the user's own cases.

Each handler gives the components to change.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from eval.cases import add_case, delete_case
from eval.store import list_runs
from eval.types import Case
from index.errors import FootnoteError
from ui.chat.evaluation_layout import Parts
from ui.chat.evaluation_runs import running_html, runs_html
from ui.chat.evaluation_suites import Kind, chosen_suite, own_cases_html
from ui.chat.evaluation_words import message_html
from ui.chat.running import RunState
from ui.chat.shared import Shared

__all__ = ["Evaluating"]

Changes = dict[Any, Any]


@dataclass(frozen=True, slots=True)
class Evaluating:
    """The handlers of one window's form."""

    shared: Shared
    parts: Parts

    def begun(self, kind: Kind, folder: str, limit: int | None) -> Changes:
        """Begin a run; the window then shows the newest one."""
        services, running = self.shared.services, self.shared.work.running
        try:
            suite = chosen_suite(services.settings, kind, folder).limited(limit)
        except FootnoteError as exc:
            return {self.parts.running: message_html(str(exc), bad=True)}
        if not running.start(services, suite):
            told = "Another evaluation is running: wait for its end, or cancel it."
            return {self.parts.running: message_html(told, bad=True)}
        return {**self._followed(running.state), self.parts.run: ""}

    def cancelled(self) -> Changes:
        """End the run that is being made, whoever began it."""
        self.shared.work.running.cancel()
        return self._followed(self.shared.work.running.state)

    def looked(self, seen: RunState, run: str) -> Changes:
        """What changed since the last look; a finished run is shown to those who wait."""
        state = self.shared.work.running.state
        if state == seen:
            return {self.parts.seen: seen}
        changes = self._followed(state)
        if state.phase == "done" and not run:
            changes[self.parts.run] = state.run
        elif state.phase == "done":
            runs = list_runs(self.shared.services.settings.home)
            changes[self.parts.runs] = runs_html(runs, run)
        return changes

    def own(self) -> Changes:
        """The user's own cases as they are now."""
        return {
            self.parts.own: own_cases_html(self.shared.services.settings),
            self.parts.deleted: None,
        }

    def deleted(self, event: gr.EventData) -> Changes:
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

    def brought_back(self, case: Case | None) -> Changes:
        """Add the case again that was deleted last."""
        settings = self.shared.services.settings
        try:
            if case is not None:
                add_case(settings.home, case)
        except FootnoteError as exc:
            return {self.parts.own: own_cases_html(settings, trouble=str(exc))}
        return self.own()

    def _followed(self, state: RunState) -> Changes:
        return {
            self.parts.running: running_html(state),
            self.parts.seen: state,
            self.parts.start: gr.update(interactive=not state.is_active),
            self.parts.cancel: gr.update(interactive=state.is_active),
        }
