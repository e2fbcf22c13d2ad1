"""What the events of the table of documents do: filter, select, ask only these, delete, undo.

The folder is the only memory; each handler gives the components to change.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from index.errors import FootnoteError
from index.folder import Deleted, Folder
from ui.chat.documents_render import ROWS, matching
from ui.chat.documents_view import Changes, Drawing, View
from ui.chat.shared import Shared

__all__ = ["Managing"]


@dataclass(frozen=True, slots=True)
class Managing:
    """The handlers of one window's table; the values of a :class:`View` come one by one."""

    shared: Shared
    drawing: Drawing
    folder: Folder

    def filtered(self, *values: Any) -> Changes:
        """The rows that hold the words, from the first one on."""
        view = View(*values)._replace(rows=ROWS)
        drawn = {**self.drawing.table(view), **self.drawing.tools(view)}
        return {self.drawing.parts.rows: ROWS, **drawn}

    def more(self, *values: Any) -> Changes:
        """More rows."""
        view = View(*values)
        view = view._replace(rows=view.rows + ROWS)
        return {self.drawing.parts.rows: view.rows, **self.drawing.table(view)}

    def checked(
        self,
        words: str,
        rows: int,
        selected: tuple[str, ...],
        chosen: tuple[str, ...],
        event: gr.EventData,
    ) -> Changes:
        """Select a seed, or not any more."""
        others = tuple(name for name in selected if name != event.id)
        view = View(words, rows, selected, chosen)
        return self._selected(view, (*others, str(event.id)) if event.on else others)

    def all_checked(self, *values: Any) -> Changes:
        """Select all that hold the words."""
        view = View(*values)
        found = matching(self.shared.work.folder.look(), view.words)
        return self._selected(view, tuple(one.seed for one in found))

    def none_checked(self, *values: Any) -> Changes:
        """Select none."""
        return self._selected(View(*values), ())

    def asked(self, *values: Any) -> Changes:
        """Narrow the chat to the selected documents, and turn to it."""
        view = View(*values)
        selected = set(view.selected)
        found = [one for one in self.shared.work.folder.look().standings if one.seed in selected]
        chosen = tuple(name for one in found for name in one.documents)
        if not chosen:
            return self.drawing.tools(view, trouble="None of these is indexed yet: build first.")
        return {self.shared.chosen: chosen, self.shared.tabs: gr.Tabs(selected="chat")}

    def drawn(self, *values: Any) -> Changes:
        """The tools as they are."""
        return self.drawing.tools(View(*values))

    def doubted(self, *values: Any) -> Changes:
        """Ask whether the selected files shall really be deleted."""
        return self.drawing.tools(View(*values), confirming=True)

    def deleted(self, *values: Any) -> Changes:
        """Delete the selected files; they can be brought back."""
        view = View(*values)
        try:
            deleted = self.folder.delete(view.selected)
        except FootnoteError as exc:
            return self.drawing.tools(view, trouble=str(exc))
        changes = self._again(view._replace(selected=()), deleted=len(deleted.ids))
        parts = self.drawing.parts
        return {parts.selected: (), parts.deleted: deleted, **changes}

    def undone(self, deleted: Deleted, *values: Any) -> Changes:
        """Bring back what was deleted last."""
        trouble = ""
        try:
            self.folder.restore(deleted)
        except FootnoteError as exc:
            trouble = str(exc)
        return self._again(View(*values), trouble=trouble)

    def _selected(self, view: View, selected: tuple[str, ...]) -> Changes:
        view = view._replace(selected=selected)
        drawn = {**self.drawing.table(view), **self.drawing.tools(view)}
        return {self.drawing.parts.selected: selected, **drawn}

    def _again(self, view: View, **told: Any) -> Changes:
        """Everything after the folder was changed, with what was done to it."""
        look = self.shared.work.folder.again()
        return {**self.drawing.everything(look, view), **self.drawing.tools(view, **told)}
