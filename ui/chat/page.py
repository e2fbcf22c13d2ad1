"""What the pages of the window share, and the pane: HTML of ours whose buttons are events.

A button in a pane says with ``data-event`` which event of the pane it raises; its other ``data-``
attributes arrive as attributes of the handler's ``gr.EventData``, and so do the fields by their
names where the button stands in a ``data-form``. So a list of any length needs one component and
one handler an action.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, TypeVar

import gradio as gr

from rag.assemble import Services
from rag.conversations.archive import Archive
from ui.chat.work import Work
from ui.server.people import Right, visitor_of

__all__ = ["QUIET", "Shared", "pane", "right_of", "static", "takes"]

Handler = TypeVar("Handler", bound=Callable[..., Any])

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

    def record(self, request: gr.Request, action: str, subjects: Iterable[str]) -> None:
        """Keep that a visitor changed something."""
        self.work.audit.record(visitor_of(request).name, action, subjects)


def takes(right: Right) -> Callable[[Handler], Handler]:
    """Mark a handler of an event as one that visitors may only raise who have the right."""

    def marked(handler: Handler) -> Handler:
        handler.right = right  # type: ignore[attr-defined]
        return handler

    return marked


def right_of(handler: Any) -> Right:
    """The right that an event takes: to ask, unless it is marked."""
    found: Right = getattr(handler, "right", "ask")
    return found


def pane(value: Any, *, elem_id: str, **options: Any) -> gr.HTML:
    """HTML whose buttons with ``data-event="NAME"`` raise the event NAME of the pane.

    ``value`` may be a function, which is called when the page is loaded. It comes from a template:
    unlike the chat, a pane is not sanitised.
    """
    return gr.HTML(value, elem_id=elem_id, js_on_load=static("pane.js"), **options)


def static(name: str) -> str:
    """The text of a file of ``static/``."""
    return files("ui.chat").joinpath("static", name).read_text(encoding="utf-8")
