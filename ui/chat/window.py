"""The window: its pages as tabs, the state of the index above them, our own look.

Every page is a module; what they share is in :mod:`ui.chat.shared`. Nothing is loaded from another
host.
"""

from __future__ import annotations

import secrets
from importlib.resources import files
from typing import Any

import gradio as gr
from fastapi import FastAPI

from rag.archive import Archive
from rag.assemble import House
from ui.chat.chat_page import chat_page
from ui.chat.documents_page import documents_page
from ui.chat.evaluation_page import evaluation_page
from ui.chat.index_bar import index_bar
from ui.chat.settings_page import settings_page
from ui.chat.shared import Shared
from ui.chat.work import Work
from ui.early import EarlyScript

__all__ = ["build_window", "mount_window"]

_UPLOADS_KEPT_S = (3600, 86_400)  # looked through every hour, kept for a day
# window.js raises its event when the mark of the work has changed.
_LOOK = "window.footnoteLook = () => trigger('tick');"
_FONTS = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif"]
_MONO = ["ui-monospace", "SFMono-Regular", "Consolas", "monospace"]


def build_window(house: House, archive: Archive, work: Work) -> gr.Blocks:
    """The window over one house, with the conversations of an archive."""
    with gr.Blocks(
        title="Footnote", analytics_enabled=False, fill_width=True, delete_cache=_UPLOADS_KEPT_S
    ) as window:
        chosen = gr.State(())
        pulse = gr.HTML("", elem_id="fn-pulse", js_on_load=_LOOK)
        with gr.Row(elem_id="fn-top"):
            gr.HTML(
                '<header class="fn-brand"><h1>Footnote<sup>1</sup></h1>'
                "<p>Answers from your documents. Every sentence cites its source.</p></header>",
                scale=3,
            )
            index_bar(house, work, pulse)
        with gr.Tabs(selected="chat", elem_id="fn-pages") as tabs:
            shared = Shared(house, archive, chosen, tabs, work, pulse)
            with gr.Tab("Chat", id="chat"):
                chat_page(shared)
            with gr.Tab("Documents", id="documents"):
                documents_page(shared)
            with gr.Tab("Evaluation", id="evaluation"):
                evaluation_page(shared)
            with gr.Tab("Settings", id="settings"):
                settings_page(shared)
    return window


def mount_window(
    app: FastAPI, window: gr.Blocks, work: Work, *, host: str, port: int, max_file_mb: int
) -> Any:
    """Mount the window on a FastAPI application at ``/``; nothing is loaded from elsewhere.

    A browser is told before it sends a file of more than ``max_file_mb`` megabytes.
    """
    here = files("ui.chat")
    theme = gr.themes.Base(primary_hue="teal", neutral_hue="stone", font=_FONTS, font_mono=_MONO)
    styles = sorted((p for p in here.iterdir() if p.name.endswith(".css")), key=lambda p: p.name)
    script = here.joinpath("window.js").read_text(encoding="utf-8")
    started = secrets.token_hex(8)

    @app.get("/api/ping", include_in_schema=False)
    def ping() -> dict[str, str]:
        return {"started": started, "mark": work.mark()}

    app.add_middleware(EarlyScript, script=here.joinpath("theme.js").read_text(encoding="utf-8"))
    return gr.mount_gradio_app(
        app,
        window,
        path="/",
        server_name=host,
        server_port=port,
        theme=theme,
        css="\n".join(path.read_text(encoding="utf-8") for path in styles),
        head=f"<script>{script}</script>",
        footer_links=[],
        run_history=False,
        allowed_paths=[],
        max_file_size=f"{max_file_mb}mb",
        ssr_mode=False,
        show_error=True,
        mcp_server=False,
        enable_monitoring=False,
    )
