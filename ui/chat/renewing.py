"""What the documents page shows and does of the index: its plan, builds, earlier generations.

A build belongs to the process (:mod:`ui.chat.work`); windows look how far it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from index.errors import FootnoteError
from index.store.home import Home
from ui.chat.documents_render import ROWS
from ui.chat.documents_view import Changes, Drawing, View
from ui.chat.generations_render import generations_html, plan_html
from ui.chat.shared import Shared

__all__ = ["Renewing"]

Seen = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Renewing:
    """The handlers of one window; the values of a :class:`View` come one by one."""

    shared: Shared
    drawing: Drawing

    def opened(self) -> Changes:
        """The page as it is first seen."""
        look = self.shared.work.folder.look()
        return self.drawing.everything(look, View("", ROWS, (), ()))

    def looked(self, seen: Seen, *values: Any) -> Changes:
        """What changed since ``seen``, which is mostly nothing."""
        build = self.shared.work.build.state
        look = None if build.is_active else self.shared.work.folder.look()
        if look is not None and look.number != seen[0]:
            return self.drawing.everything(look, View(*values))
        plan = plan_html(look.state if look else None, build)
        changed = {} if plan == seen[1] else {self.drawing.parts.plan: plan}
        return {self.drawing.parts.seen: (seen[0], plan), **changed}

    def built(self, seen: Seen, *values: Any) -> Changes:
        """Begin to build, if no build is running."""
        self.shared.work.build.start(self.shared.services)
        return self.looked(seen, *values)

    def cancelled(self, seen: Seen, *values: Any) -> Changes:
        """End the build, whoever began it."""
        self.shared.work.build.cancel()
        return self.looked(seen, *values)

    def went_back(
        self,
        words: str,
        rows: int,
        selected: tuple[str, ...],
        chosen: tuple[str, ...],
        event: gr.EventData,
    ) -> Changes:
        """Answer from another generation; with the newest one the index follows the folder."""
        home = Home(self.shared.services.settings.home)
        try:
            if not self.shared.work.build.state.is_active:
                home.rollback(str(event.id))
            pointer = home.pointer()
            if pointer is not None and pointer.current == pointer.history[0]:
                home.unpin()
        except FootnoteError as exc:
            trouble = generations_html((), None, trouble=str(exc))
            return {self.drawing.parts.generations: trouble}
        look = self.shared.work.folder.look()
        return self.drawing.everything(look, View(words, rows, selected, chosen))
