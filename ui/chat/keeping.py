"""What the events of the list of conversations do: open, new, search, rename, delete, bring back.

The archive is the only memory; each handler gives the components to change.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from index.errors import FootnoteError
from ui.chat.chat_layout import NO_EVIDENCE, Parts
from ui.chat.conversations import conversations_html
from ui.chat.evidence import no_evidence_html
from ui.chat.shared import Shared
from ui.chat.talk import Desk, Talk, messages, reopened
from ui.server.people import user_of

__all__ = ["Keeping"]

Changes = dict[Any, Any]
_NO_COOKIES = "This browser keeps no cookies: what you ask here is gone when you close the page."


@dataclass(frozen=True, slots=True)
class Keeping:
    """The handlers of one window's list."""

    shared: Shared
    parts: Parts

    def loaded(self, request: gr.Request) -> Changes:
        """The page as its address says: ``?c=ID`` is an earlier conversation.

        The box is left as it is: somebody may be quicker than this.
        """
        name = str(request.query_params.get("c", ""))
        if not name:
            return {self.parts.listed: self._list("", "", request)}
        return {**self._opened(name, request), self.parts.box: gr.skip()}

    def picked(self, words: str, event: gr.EventData, request: gr.Request) -> Changes:
        """Open a conversation of the list."""
        return self._opened(str(event.id), request, words)

    def begun(self, words: str, request: gr.Request) -> Changes:
        """A new conversation."""
        return self._shown(Talk(), words, request)

    def listed(self, words: str, talk: Talk, request: gr.Request) -> str:
        """The list as the archive has it now."""
        return self._list(talk.id, words, request)

    def renaming(self, words: str, talk: Talk, event: gr.EventData, request: gr.Request) -> str:
        """The list with a title to be edited."""
        return self._list(talk.id, words, request, renaming=str(event.id))

    def renamed(self, words: str, talk: Talk, event: gr.EventData, request: gr.Request) -> str:
        """Keep the edited title."""
        try:
            self.shared.archive.rename(user_of(request), str(event.id), str(event.title))
        except FootnoteError as exc:
            return self._list(talk.id, words, request, trouble=str(exc))
        return self._list(talk.id, words, request)

    def deleted(self, words: str, talk: Talk, event: gr.EventData, request: gr.Request) -> Changes:
        """Delete a conversation; the window leaves it when it shows it."""
        name, user = str(event.id), user_of(request)
        try:
            title = self.shared.archive.conversation(user, name).title
            self.shared.archive.delete(user, name)
        except FootnoteError as exc:
            return {self.parts.listed: self._list(talk.id, words, request, trouble=str(exc))}
        if name == talk.id:
            return self._shown(Talk(), words, request, deleted=title)
        return {self.parts.listed: self._list(talk.id, words, request, deleted=title)}

    def undone(self, words: str, request: gr.Request) -> Changes:
        """Bring back what was deleted last, and open it."""
        try:
            restored = self.shared.archive.restore(user_of(request))
        except FootnoteError as exc:
            return {self.parts.listed: self._list("", words, request, trouble=str(exc))}
        if restored is None:
            return {self.parts.listed: self._list("", words, request)}
        return self._opened(restored.id, request, words)

    def _opened(self, name: str, request: gr.Request, words: str = "") -> Changes:
        desk = Desk(self.shared.services, self.shared.archive, user_of(request))
        try:
            return self._shown(reopened(desk, name), words, request)
        except FootnoteError as exc:
            return self._shown(Talk(), words, request, trouble=str(exc))

    def _shown(self, talk: Talk, words: str, request: gr.Request, **options: Any) -> Changes:
        """A conversation from its beginning to its end, nothing chosen or written yet."""
        return {
            self.parts.talk: talk,
            self.parts.chat: messages(talk),
            self.parts.listed: self._list(talk.id, words, request, **options),
            self.parts.evidence: no_evidence_html(NO_EVIDENCE),
            self.parts.suggested: "",
            self.parts.form: "",
            self.parts.banner: "",
            self.parts.box: "",
            self.parts.send: gr.update(visible=True),
            self.parts.stop: gr.update(visible=False),
        }

    def _list(self, current: str, words: str, request: gr.Request, **options: Any) -> str:
        user = user_of(request)
        if not user:
            return conversations_html([], current, trouble=_NO_COOKIES)
        try:
            held = self.shared.archive.conversations(user, words)
        except FootnoteError as exc:
            return conversations_html([], current, trouble=str(exc))
        return conversations_html(held, current, words=words, **options)
