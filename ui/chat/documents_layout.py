"""Where the parts of the documents page stand: index and drop zone, the table beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from index.folder import MAX_FILES
from rag.settings import Settings
from ui.chat.documents_render import ROWS
from ui.chat.evaluation_words import message_html
from ui.chat.shared import pane

__all__ = ["Parts", "lay_out"]


@dataclass(frozen=True, slots=True)
class Parts:
    """The components of one window's documents page.

    ``rows`` holds how many rows are shown, ``selected`` the ids of the selected seeds, ``seen`` the
    number of the :class:`Look` and the plan that are shown, ``deleted`` what can be brought back,
    ``waiting`` the uploads whose names are taken; ``names`` what the user calls the uploads.
    """

    rows: gr.State
    selected: gr.State
    seen: gr.State
    deleted: gr.State
    waiting: gr.State
    names: gr.JSON
    plan: gr.HTML
    files: gr.File
    uploads: gr.HTML
    generations: gr.HTML
    words: gr.Textbox
    tools: gr.HTML
    table: gr.HTML


def _paths(payload: Any) -> list[str]:
    """The paths of the files that came."""
    return [file.path for file in payload or ()]


def lay_out(settings: Settings) -> Parts:
    """Build the columns in the current tab."""
    hint = f"Up to {MAX_FILES} files at once, each of up to {settings.max_file_mb} MB."
    with gr.Row(elem_id="fn-documents"):
        with gr.Column(scale=2, min_width=320, elem_id="fn-documents-side"):
            plan = pane("", elem_id="fn-plan")
            files = gr.File(
                label="Add documents",
                file_count="multiple",
                height=150,
                elem_id="fn-upload",
            )
            # Gradio's own (6.31) leaves an empty file in the folder of uploads for each that comes.
            files.preprocess = _paths
            uploads = pane(message_html(hint), elem_id="fn-uploads")
            generations = pane("", elem_id="fn-generations")
        with gr.Column(scale=5, min_width=320, elem_id="fn-documents-list"):
            words = gr.Textbox(
                label="Filter",
                placeholder="Words of a name, a title or a state",
                elem_id="fn-filter",
            )
            tools = pane("", elem_id="fn-tools")
            table = pane("", elem_id="fn-seeds")
    return Parts(
        gr.State(ROWS), gr.State(()), gr.State((0, "")), gr.State(None), gr.State(()),
        gr.JSON(visible=False), plan, files, uploads, generations, words, tools, table,
    )  # fmt: skip
