"""The window: its pages as tabs, the state of the index above them, our own look.

Every page is a module of :mod:`ui.chat.pages`; what they share is in :mod:`ui.chat.page`. Nothing
is loaded from another host.
"""

from __future__ import annotations

import logging
import traceback
from typing import Any

import gradio as gr
from fastapi import FastAPI

from rag.assemble import Services
from rag.conversations.archive import Archive
from rag.settings import Settings
from ui.chat.html import render
from ui.chat.page import QUIET, Shared, right_of, static
from ui.chat.pages.chat import chat_page
from ui.chat.pages.documents import documents_page
from ui.chat.pages.evaluation import evaluation_page
from ui.chat.pages.index_bar import index_bar
from ui.chat.pages.settings import settings_page
from ui.chat.work import Work
from ui.server.access import without_paths
from ui.server.people import RightsError, need, visitor_of
from ui.server.scripts import PageScripts

__all__ = ["build_window", "mount_window"]

_LOG = logging.getLogger(__name__)
_MESSAGES = ('class="fn-error"', 'class="fn-none"', 'class="fn-note"', 'role="alert"')
_LOGGED: set[str] = set()
_FAILED = "This did not work. Load the page again; if it happens again, see the server's log."
_EVENTS = 1000  # that wait, each with the data of its window
_WINDOWS = 300  # whose state is held; the state of those that were used last stays
# window.js raises its event when the mark of the work has changed.
_LOOK = "window.footnoteLook = () => trigger('tick');"
_STYLES = ("documents.css", "evaluation.css", "settings.css", "style.css")
_SCRIPTS = ("theme.js", "window.js")
_FONTS = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif"]
_MONO = ["ui-monospace", "SFMono-Regular", "Consolas", "monospace"]


class _Window(gr.Blocks):  # type: ignore[misc]
    """Blocks whose events end in words: a visitor learns nothing of an error in the program.

    The log has one line for each kind of error, however often somebody provokes it.
    """

    settings: Settings

    async def process_api(self, *values: Any, **options: Any) -> Any:
        """See Gradio: one step of an event, from its data to the answer."""
        event = options.get("block_fn", values[0] if values else None)
        try:
            need(options.get("request"), right_of(getattr(event, "fn", None)))
            step = await super().process_api(*values, **options)
            step["data"] = [self._shown(value) for value in step["data"]]
            return step
        except RightsError as exc:
            raise gr.Error(str(exc), print_exception=False) from None
        except Exception as exc:  # noqa: BLE001 - logged and said; Gradio would do the same
            _log_once(exc)
            raise gr.Error(_FAILED, print_exception=False) from None

    def _shown(self, value: Any) -> Any:
        """What is shown: a message, unlike a quote, may name a place on the server."""
        is_message = isinstance(value, str) and any(mark in value for mark in _MESSAGES)
        return without_paths(value, self.settings) if is_message else value


def _log_once(exc: Exception) -> None:
    frame = traceback.extract_tb(exc.__traceback__)[-1]
    kind = f"{type(exc).__name__} at {frame.filename}:{frame.lineno}"
    if kind not in _LOGGED:
        _LOGGED.add(kind)
        _LOG.warning("an event of the window failed: %s", kind)


def build_window(services: Services, archive: Archive, work: Work) -> gr.Blocks:
    """The window of a process, with the conversations of an archive."""
    with _Window(title="Footnote", analytics_enabled=False, fill_width=True) as window:
        window.settings = services.settings
        chosen = gr.State(())
        pulse = gr.HTML("", elem_id="fn-pulse", js_on_load=_LOOK)
        with gr.Row(elem_id="fn-top"):
            gr.HTML(render("brand"), scale=3)
            index_bar(services, work, pulse)
            shown = gr.HTML("", elem_id="fn-visitor")
            window.load(show_visitor, None, shown, **QUIET)
        with gr.Tabs(selected="chat", elem_id="fn-pages") as tabs:
            shared = Shared(services, archive, chosen, tabs, work, pulse)
            with gr.Tab("Chat", id="chat"):
                chat_page(shared)
            with gr.Tab("Documents", id="documents"):
                documents_page(shared)
            with gr.Tab("Evaluation", id="evaluation"):
                evaluation_page(shared)
            with gr.Tab("Settings", id="settings"):
                settings_page(shared)
    window.queue(max_size=_EVENTS)
    return window


def show_visitor(request: gr.Request) -> str:
    """Who is logged in, and the way out for those who came in by a password."""
    return render("visitor", visitor=visitor_of(request))


def mount_window(app: FastAPI, window: gr.Blocks, *, host: str, port: int, max_file_mb: int) -> Any:
    """Mount the window on a FastAPI application at ``/``; nothing is loaded from elsewhere.

    A browser refuses, before it sends it, a file of more than ``max_file_mb`` megabytes.
    """
    theme = gr.themes.Base(primary_hue="teal", neutral_hue="stone", font=_FONTS, font_mono=_MONO)

    # Gradio refuses files that nobody uploaded only where this is set, which mounting forgets
    # (gradio 6.31). It may go when an event with {"path": "/etc/passwd"} is refused without it.
    window.has_launched = True
    window.state_session_capacity = _WINDOWS

    app.add_middleware(PageScripts, scripts="\n".join(map(static, _SCRIPTS)))
    return gr.mount_gradio_app(
        app,
        window,
        path="/",
        server_name=host,
        server_port=port,
        theme=theme,
        css="\n".join(map(static, _STYLES)),
        footer_links=[],
        run_history=False,
        allowed_paths=[],
        max_file_size=f"{max_file_mb}mb",
        ssr_mode=False,
        show_error=False,
        mcp_server=False,
        enable_monitoring=False,
    )
