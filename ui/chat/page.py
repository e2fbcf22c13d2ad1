"""What the pages of the window share, and the pane: HTML of ours whose buttons are events.

A button in a pane says with ``data-event`` which event of the pane it raises; its other ``data-``
attributes arrive as attributes of the handler's ``gr.EventData``, and so do the fields by their
names where the button stands in a ``data-form``. So a list of any length needs one component and
one handler an action.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import gradio as gr

from rag.assemble import Services
from rag.conversations.archive import Archive
from ui.chat.work import Work

__all__ = ["QUIET", "Shared", "pane", "static"]

QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
"""Options of an event that is no part of the HTTP API and shows its own progress."""


@dataclass(frozen=True, slots=True)
class Shared:
    """The services, archive and work of all windows; the other parts are those of this one.

    ``chosen`` holds the ids of the documents that the chat is narrowed to; none: all of them.
    ``pulse`` has the event ``tick``, raised when something of the work has changed.
    """

    services: Services
    archive: Archive
    chosen: gr.State
    tabs: gr.Tabs
    work: Work
    pulse: gr.HTML


def pane(value: Any, *, elem_id: str, **options: Any) -> gr.HTML:
    """HTML whose buttons with ``data-event="NAME"`` raise the event NAME of the pane.

    ``value`` may be a function, which is called when the page is loaded. It comes from a template:
    unlike the chat, a pane is not sanitised.
    """
    return gr.HTML(value, elem_id=elem_id, js_on_load=static("pane.js"), **options)


def static(name: str) -> str:
    """The text of a file of ``static/``."""
    return files("ui.chat").joinpath("static", name).read_text(encoding="utf-8")
