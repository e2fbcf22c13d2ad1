"""What the events of the evaluation's results do: choose a run, filter its cases, compare it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr

from eval.compare import compare
from eval.store import list_runs, load_run
from index.errors import FootnoteError
from rag.settings import Settings
from ui.chat.evaluation_cases import cases_html
from ui.chat.evaluation_comparison import comparison_html
from ui.chat.evaluation_layout import NO_OTHER, Parts
from ui.chat.evaluation_runs import run_label, runs_html
from ui.chat.evaluation_summary import summary_html
from ui.chat.evaluation_words import message_html, suite_name

__all__ = ["Results"]


@dataclass(frozen=True, slots=True)
class Results:
    """The handlers of one window's results; a ``run`` of "" is the newest."""

    settings: Settings
    parts: Parts

    def chosen(self, event: gr.EventData) -> str:
        """The run of the list that is shown from now on."""
        return str(event.run)

    def more(self, event: gr.EventData) -> int:
        """How many cases are shown from now on."""
        return int(event.rows)

    def listed(self, run: str) -> dict[Any, Any]:
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

    def summary(self, run: str) -> str:
        """The measures of the run."""
        try:
            loaded = self._loaded(run)
        except FootnoteError as exc:
            return message_html(str(exc), bad=True)
        if loaded is None:
            return message_html("Choose a suite and press Run: its measures and cases appear here.")
        return summary_html(loaded)

    def cases(self, run: str, only: str, rows: int) -> str:
        """The cases of the run that pass the filter; none where the summary says what is wrong."""
        try:
            loaded = self._loaded(run)
        except FootnoteError:
            return ""
        return cases_html(loaded["rows"], only, rows) if loaded is not None else ""

    def compared(self, run: str, against: str) -> str:
        """The two runs side by side, the earlier one first."""
        try:
            shown = self._loaded(run)
            if shown is None or not against:
                return ""
            both = [shown, load_run(self.settings.home, against)]
            before, after = sorted(both, key=lambda found: str(found["run"]))
            return comparison_html(compare(before, after), before, after)
        except FootnoteError as exc:
            return message_html(str(exc), bad=True)

    def _loaded(self, run: str) -> Mapping[str, Any] | None:
        """The run; None when there is none yet."""
        if run:
            return load_run(self.settings.home, run)
        newest = list_runs(self.settings.home, limit=1).stored
        return load_run(self.settings.home, newest[0].id) if newest else None
