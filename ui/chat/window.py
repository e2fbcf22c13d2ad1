"""The window: its pages as tabs, the state of the index above them, our own look.

Every page is a module; what they share is in :mod:`ui.chat.shared`. Nothing is loaded from another
host.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from importlib.resources import files
from typing import Any

import gradio as gr

from index.errors import FootnoteError
from index.progress import Progress
from rag.archive import Archive
from rag.assemble import House
from ui.chat.chat_page import chat_page
from ui.chat.documents_page import documents_page
from ui.chat.evaluation_page import evaluation_page
from ui.chat.render import error_html, progress_html, state_html
from ui.chat.running import Running
from ui.chat.settings_page import settings_page
from ui.chat.shared import QUIET, Shared, pane
from ui.early import EarlyScript

__all__ = ["build_window", "mount_window"]

_STATE_EVERY_S = 5.0
_FONTS = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif"]
_MONO = ["ui-monospace", "SFMono-Regular", "Consolas", "monospace"]


def build_window(house: House, archive: Archive) -> gr.Blocks:
    """The window over one house, with the conversations of an archive."""

    def rebuild() -> Iterator[str]:
        yield from _rebuild(house)

    with gr.Blocks(title="Footnote", analytics_enabled=False, fill_width=True) as window:
        chosen = gr.State(())
        with gr.Row(elem_id="fn-top"):
            gr.HTML(
                '<header class="fn-brand"><h1>Footnote<sup>1</sup></h1>'
                "<p>Answers from your documents. Every sentence cites its source.</p></header>",
                scale=3,
            )
            state = pane(lambda: _state(house), scale=2, elem_id="fn-index")
            rebuild_button = gr.Button("Rebuild", size="sm", elem_id="fn-rebuild")
        with gr.Tabs(selected="chat", elem_id="fn-pages") as tabs:
            shared = Shared(house, archive, chosen, tabs, Running())
            with gr.Tab("Chat", id="chat"):
                chat_page(shared)
            with gr.Tab("Documents", id="documents"):
                documents_page(shared)
            with gr.Tab("Evaluation", id="evaluation"):
                evaluation_page(shared)
            with gr.Tab("Settings", id="settings"):
                settings_page(shared)
        rebuild_button.click(rebuild, None, state, concurrency_limit=1, **QUIET)
        gr.Timer(_STATE_EVERY_S).tick(lambda: _state(house), None, state, **QUIET)
    return window


def mount_window(app: Any, window: gr.Blocks, *, host: str, port: int) -> Any:
    """Mount the window on a FastAPI application at ``/``; nothing is loaded from elsewhere."""
    here = files("ui.chat")
    theme = gr.themes.Base(primary_hue="teal", neutral_hue="stone", font=_FONTS, font_mono=_MONO)
    styles = sorted((p for p in here.iterdir() if p.name.endswith(".css")), key=lambda p: p.name)
    script = here.joinpath("window.js").read_text(encoding="utf-8")
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
        max_file_size="1mb",
        ssr_mode=False,
        show_error=True,
        mcp_server=False,
        enable_monitoring=False,
    )


def _rebuild(house: House) -> Iterator[str]:
    """Build in a thread, so that progress can be shown while it runs."""
    reports: queue.Queue[Progress | FootnoteError | None] = queue.Queue()

    def work(told: Callable[[Progress], None]) -> None:
        try:
            house.builder.unpin()
            house.builder.build(progress=told)
        except FootnoteError as exc:
            reports.put(exc)
        finally:
            reports.put(None)

    threading.Thread(target=work, args=(reports.put,), daemon=True).start()
    yield progress_html(Progress())
    while (report := reports.get()) is not None:
        if isinstance(report, FootnoteError):
            yield error_html(report)
            return
        yield progress_html(report)
    yield _state(house)


def _state(house: House) -> str:
    try:
        return state_html(house.builder.state())
    except FootnoteError as exc:
        return error_html(exc)
