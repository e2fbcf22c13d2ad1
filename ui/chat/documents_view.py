"""What one window sees of the documents, drawn from the last look at the folder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from index.errors import FootnoteError
from index.store.home import Home
from ui.chat.documents_layout import Parts
from ui.chat.documents_render import matching, table_html, tools_html
from ui.chat.generations_render import generations_html, plan_html
from ui.chat.shared import Shared
from ui.chat.work import Look

__all__ = ["Changes", "Drawing", "View"]

Changes = dict[Any, Any]


class View(NamedTuple):
    """The words of the filter, how many rows, the selected seeds, what the chat is narrowed to."""

    words: str
    rows: int
    selected: tuple[str, ...]
    chosen: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Drawing:
    """Draws the parts of one window; each method gives the components to change."""

    shared: Shared
    parts: Parts

    def everything(self, look: Look, view: View) -> Changes:
        """All that depends on the folder and the index."""
        plan = plan_html(look.state, self.shared.work.build.state)
        return {
            self.parts.seen: (look.number, plan),
            self.parts.plan: plan,
            self.parts.generations: self._generations(),
            **self.table(view),
            **self.tools(view),
        }

    def table(self, view: View) -> Changes:
        """The rows that the filter leaves."""
        look = self.shared.work.folder.look()
        found = matching(look, view.words)
        folder = self.shared.services.settings.seeds
        return {self.parts.table: table_html(look, found, view.rows, set(view.selected), folder)}

    def tools(self, view: View, **told: Any) -> Changes:
        """What can be done with the selected seeds, and what was done (see ``tools_html``)."""
        found = matching(self.shared.work.folder.look(), view.words)
        return {self.parts.tools: tools_html(found, view.selected, view.chosen, **told)}

    def _generations(self) -> str:
        home = Home(self.shared.services.settings.home)
        try:
            return generations_html(home.history(), home.pointer())
        except FootnoteError as exc:
            return generations_html((), None, trouble=str(exc))
