"""On the documents page: the sources whose last sync by the server failed.

Why one failed may name hosts, so it is shown to those who may change documents, as in the API.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr
from markupsafe import Markup

from ui.chat.html import render
from ui.chat.page import QUIET, Shared, pane
from ui.server.people import visitor_of
from ui.server.syncing import SyncState, in_utc

__all__ = ["failed_sources", "sources_html"]


def failed_sources(shared: Shared) -> None:
    """Build the pane in the current column; it follows what the server does."""
    handlers = SourceHandlers(shared)
    shown = gr.State("")
    drawn = pane("", elem_id="fn-sources")
    gr.on(None, handlers.follow_sources, shown, [shown, drawn], **QUIET)
    shared.pulse.tick(handlers.follow_sources, shown, [shown, drawn], **QUIET)


@dataclass(frozen=True, slots=True)
class SourceHandlers:
    """The handlers of one window."""

    shared: Shared

    def follow_sources(self, shown: str, request: gr.Request) -> list[Any]:
        """The sources that failed; what is shown already is left as it is."""
        may_know = "edit" in visitor_of(request).rights
        html = sources_html(self.shared.work.syncs.states) if may_know else Markup()
        return [gr.skip(), gr.skip()] if html == shown else [html, html]


@dataclass(frozen=True, slots=True)
class _Failed:
    """A source that failed; times as ISO 8601, None for never."""

    name: str
    reason: str
    failed: str | None
    succeeded: str | None
    next: str | None
    is_active: bool


def sources_html(states: Mapping[str, SyncState]) -> Markup:
    """Each source that failed: when, why, when it went well before, and when it is tried again."""
    failed = [_failed(name, state) for name, state in states.items() if state.error]
    return render("sources", failed=failed)


def _failed(name: str, state: SyncState) -> _Failed:
    times = in_utc(state.failed), in_utc(state.succeeded), in_utc(state.next)
    return _Failed(name, state.error, *times, state.is_active)
