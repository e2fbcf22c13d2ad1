"""Where the parts of the chat page stand: three columns, drawers on a narrow screen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from rag.understand import MAX_QUESTION_CHARACTERS
from ui.chat.answers import no_evidence_html
from ui.chat.html import render
from ui.chat.page import pane
from ui.chat.talk import Talk

__all__ = ["NO_EVIDENCE", "Parts", "lay_out"]

NO_EVIDENCE = "The passages that an answer rests on appear here, with the cited words marked."
_WELCOME = (
    "### Ask the documents\n"
    "Every sentence of an answer carries the number of the passage it rests on."
)
_NO_CONVERSATIONS: dict[str, Any] = {
    "held": (),
    "current": None,
    "words": "",
    "renaming": "",
    "deleted": None,
    "trouble": "",
}
# Buttons of messages raise their events here: the chat component's sanitiser leaves them only
# their classes (window.js).
_LISTEN = "window.footnote = trigger;"


@dataclass(frozen=True, slots=True)
class Parts:
    """The components of one window's chat page.

    ``talk`` holds a :class:`Talk`; ``asked`` the question of a button; ``banner`` says what the
    next question is asked of; ``actions`` hears the buttons of messages.
    """

    talk: gr.State
    asked: gr.State
    new: gr.Button
    search: gr.Textbox
    listed: gr.HTML
    chat: gr.Chatbot
    actions: gr.HTML
    form: gr.HTML
    suggested: gr.HTML
    banner: gr.HTML
    box: gr.Textbox
    send: gr.Button
    stop: gr.Button
    evidence: gr.HTML


def lay_out() -> Parts:
    """Build the columns in the current tab."""
    talk, asked = gr.State(Talk()), gr.State("")
    with gr.Row(elem_id="fn-main"):
        with gr.Column(scale=2, min_width=0, elem_id="fn-left"):
            gr.HTML(render("close_drawer"), elem_classes="fn-close")
            new = gr.Button("New conversation", size="sm", elem_id="fn-new")
            search = gr.Textbox(
                "",
                placeholder="Search conversations",
                label="Search conversations",
                show_label=False,
                container=False,
                elem_id="fn-search",
            )
            listed = pane(render("conversations", **_NO_CONVERSATIONS), elem_id="fn-list")
        with gr.Column(scale=6, min_width=0, elem_id="fn-middle"):
            gr.HTML(render("drawers"), elem_id="fn-drawers")
            chat = gr.Chatbot(
                elem_id="fn-chat",
                height="100%",
                min_height=200,
                show_label=False,
                label="Conversation",
                latex_delimiters=[],
                allow_tags=False,
                feedback_options=None,
                buttons=[],
                placeholder=_WELCOME,
            )
            actions = gr.HTML("", elem_id="fn-actions", js_on_load=_LISTEN)
            form = pane("", elem_id="fn-form")
            suggested = pane("", elem_id="fn-suggested")
            banner = pane("", elem_id="fn-banner")
            box, send, stop = _box()
        with gr.Column(scale=4, min_width=0, elem_id="fn-side"):
            gr.HTML(render("close_drawer"), elem_classes="fn-close")
            evidence = pane(no_evidence_html(NO_EVIDENCE), elem_id="fn-evidence")
    return Parts(
        talk, asked, new, search, listed, chat, actions, form, suggested, banner, box, send, stop,
        evidence,
    )  # fmt: skip


def _box() -> tuple[Any, Any, Any]:
    """The question box with its buttons."""
    with gr.Row(elem_id="fn-ask-row"):
        box = gr.Textbox(
            "",
            placeholder="Ask a question about the documents",
            label="Question",
            show_label=False,
            container=False,
            max_length=MAX_QUESTION_CHARACTERS,
            autofocus=True,
            lines=1,
            max_lines=8,
            scale=6,
            min_width=0,
            elem_id="fn-question",
        )
        send = gr.Button("Ask", variant="primary", scale=1, min_width=80, elem_id="fn-ask")
        stop = gr.Button("Stop", visible=False, scale=1, min_width=80, elem_id="fn-stop")
    return box, send, stop
