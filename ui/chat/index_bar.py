"""The bar above the pages: how the index stands to the folder, how far a build is, a button."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from index.errors import FootnoteError
from rag.assemble import Services
from ui.chat.render import error_html, progress_html, state_html
from ui.chat.shared import QUIET, pane
from ui.chat.work import Work

__all__ = ["index_bar"]

_REBUILD, _CANCEL = "Rebuild", "Cancel"


def index_bar(services: Services, work: Work, pulse: gr.HTML) -> None:
    """Build the bar in the current row; all windows see the one build of the process."""
    bar = _Bar(services, work)
    shown = gr.State("")
    state = pane(bar.html, scale=2, elem_id="fn-index")
    button = gr.Button(_REBUILD, size="sm", elem_id="fn-rebuild")
    changed = [shown, state, button]
    button.click(bar.pressed, button, changed, **QUIET)
    pulse.tick(bar.looked, shown, changed, **QUIET)


@dataclass(frozen=True, slots=True)
class _Bar:
    services: Services
    work: Work

    def pressed(self, button: str) -> list[Any]:
        """Begin to build or end the build, as the button said."""
        if button == _CANCEL:
            self.work.build.cancel()
        else:
            self.work.build.start(self.services)
        return self.looked("")

    def looked(self, shown: str) -> list[Any]:
        """The bar; where nothing changed it is left as it is."""
        html = self.html()
        if html == shown:
            return [gr.skip(), gr.skip(), gr.skip()]
        build = self.work.build.state
        name = _CANCEL if build.is_active else _REBUILD
        return [html, html, gr.update(value=name, interactive=not build.cancelling)]

    def html(self) -> str:
        """How far the build is; else why the last one failed, and how the index is."""
        build = self.work.build.state
        if build.is_active:
            return progress_html(build.progress)
        look = self.work.folder.look()
        if look.state is None:
            return error_html(FootnoteError(look.error))
        failed = build.phase == "failed" and look.state.kind != "fresh"
        told = error_html(FootnoteError(build.error)) if failed else ""
        return told + state_html(look.state)
