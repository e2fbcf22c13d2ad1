"""The bar above the pages: how the index stands to the folder, how far a build is, a button."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr
from markupsafe import Markup

from index.builder.build import IndexState
from index.builder.plan import Plan
from index.types import Progress
from rag.assemble import Services
from ui.chat.html import render
from ui.chat.page import QUIET, pane, takes
from ui.chat.words import counted
from ui.chat.work import Work
from ui.cli.text import progress_text
from ui.server.people import visitor_of

__all__ = ["index_bar"]

_REBUILD, _CANCEL = "Rebuild", "Cancel"


def index_bar(services: Services, work: Work, pulse: gr.HTML) -> None:
    """Build the bar in the current row; all windows see the one build of the process."""
    bar = _Bar(services, work)
    shown = gr.State("")
    state = pane(bar.html, scale=2, elem_id="fn-index")
    button = gr.Button(_REBUILD, size="sm", elem_id="fn-rebuild")
    changed = [shown, state, button]
    button.click(bar.press_button, button, changed, **QUIET)
    pulse.tick(bar.follow_index, shown, changed, **QUIET)


@dataclass(frozen=True, slots=True)
class _Bar:
    services: Services
    work: Work

    @takes("edit")
    def press_button(self, button: str, request: gr.Request) -> list[Any]:
        """Begin to build or end the build, as the button said."""
        if button == _CANCEL:
            self.work.build.cancel()
        elif self.work.build.start(self.services):
            self.work.audit.record(visitor_of(request).name, "built", ["index"])
        return self.follow_index("")

    def follow_index(self, shown: str) -> list[Any]:
        """The bar; where nothing changed it is left as it is."""
        html = self.html()
        if html == shown:
            return [gr.skip(), gr.skip(), gr.skip()]
        build = self.work.build.state
        name = _CANCEL if build.is_active else _REBUILD
        return [html, html, gr.update(value=name, interactive=not build.cancelling)]

    def html(self) -> Markup:
        """How far the build is; else why the last one failed, and how the index is."""
        build = self.work.build.state
        if build.is_active:
            return progress_html(build.progress)
        look = self.work.folder.look()
        if look.state is None:
            return render("failure", error=look.error, turn=0)
        failed = build.phase == "failed" and look.state.kind != "fresh"
        error = render("failure", error=build.error, turn=0) if failed else Markup()
        return error + state_html(look.state)


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
    return ", ".join(f"{n} {name}" for name, n in plan.counts.items() if n).capitalize()
