"""The list of conversations: open, begin, search, rename, delete, bring back, export.

The archive is the only memory; each handler gives the components to change.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr
from markupsafe import Markup

from index.errors import FootnoteError
from index.types import Span
from rag.conversations.archive import Conversation
from ui.chat.answers import no_evidence_html, place_html
from ui.chat.html import render
from ui.chat.page import Shared
from ui.chat.pages.chat_layout import NO_EVIDENCE, Parts
from ui.chat.talk import Talk, Visitor, messages, reopened
from ui.server.people import user_of

__all__ = ["ConversationList", "conversations_html"]

Changes = dict[Any, Any]
_NO_COOKIES = "This browser keeps no cookies: what you ask here is gone when you close the page."


@dataclass(frozen=True, slots=True)
class ConversationList:
    """The handlers of one window's list."""

    shared: Shared
    parts: Parts

    def load_page(self, request: gr.Request) -> Changes:
        """The page as its address says: ``?c=ID`` is an earlier conversation.

        ``?document=NAME&start=0&end=9`` opens a document there (:mod:`ui.server.links`). The box is
        left as it is: somebody may be quicker than this.
        """
        name = str(request.query_params.get("c", ""))
        changes: Changes = {self.parts.listed: self._list("", "", request)}
        if name:
            changes = {**self._open(name, request), self.parts.box: gr.skip()}
        if document := str(request.query_params.get("document", "")):
            changes[self.parts.evidence] = self._document(document, request)
        return changes

    def open_conversation(self, words: str, event: gr.EventData, request: gr.Request) -> Changes:
        """Open a conversation of the list."""
        return self._open(str(event.id), request, words)

    def begin_conversation(self, words: str, request: gr.Request) -> Changes:
        """A new conversation."""
        return self._show(Talk(), words, request)

    def list_conversations(self, words: str, talk: Talk, request: gr.Request) -> str:
        """The list as the archive has it now."""
        return self._list(talk.id, words, request)

    def edit_title(self, words: str, talk: Talk, event: gr.EventData, request: gr.Request) -> str:
        """The list with a title to be edited."""
        return self._list(talk.id, words, request, renaming=str(event.id))

    def rename_conversation(
        self, words: str, talk: Talk, event: gr.EventData, request: gr.Request
    ) -> str:
        """Keep the edited title."""
        try:
            self.shared.archive.rename(user_of(request), str(event.id), str(event.title))
        except FootnoteError as exc:
            return self._list(talk.id, words, request, trouble=str(exc))
        return self._list(talk.id, words, request)

    def delete_conversation(
        self, words: str, talk: Talk, event: gr.EventData, request: gr.Request
    ) -> Changes:
        """Delete a conversation; the window leaves it when it shows it."""
        name, user = str(event.id), user_of(request)
        try:
            title = self.shared.archive.conversation(user, name).title
            self.shared.archive.delete(user, name)
        except FootnoteError as exc:
            return {self.parts.listed: self._list(talk.id, words, request, trouble=str(exc))}
        if name == talk.id:
            return self._show(Talk(), words, request, deleted=title)
        return {self.parts.listed: self._list(talk.id, words, request, deleted=title)}

    def restore_conversation(self, words: str, request: gr.Request) -> Changes:
        """Bring back what was deleted last, and open it."""
        try:
            restored = self.shared.archive.restore(user_of(request))
        except FootnoteError as exc:
            return {self.parts.listed: self._list("", words, request, trouble=str(exc))}
        if restored is None:
            return {self.parts.listed: self._list("", words, request)}
        return self._open(restored.id, request, words)

    def _open(self, name: str, request: gr.Request, words: str = "") -> Changes:
        visitor = Visitor(self.shared.services, self.shared.archive, user_of(request))
        try:
            return self._show(reopened(visitor, name), words, request)
        except FootnoteError as exc:
            return self._show(Talk(), words, request, trouble=str(exc))

    def _document(self, name: str, request: gr.Request) -> str:
        """A document at the span that the address says."""
        try:
            start, end = (int(request.query_params.get(key, "0")) for key in ("start", "end"))
            span = Span(start, end)
        except ValueError:
            return no_evidence_html("The address names no place in the document.")
        try:
            generation = self.shared.services.searcher.generation()
            return place_html(generation.document(name), span, generation)
        except FootnoteError as exc:
            return no_evidence_html(str(exc))

    def _show(self, talk: Talk, words: str, request: gr.Request, **options: Any) -> Changes:
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


def conversations_html(
    held: Sequence[Conversation],
    current: str | None,
    *,
    words: str = "",
    renaming: str = "",
    deleted: str | None = None,
    trouble: str = "",
) -> Markup:
    """The list with the ``current`` one marked; the window's address follows it, if not None.

    ``renaming`` is the id whose title is being edited, ``deleted`` the title of the one that can
    be brought back, ``words`` what the list is narrowed to.
    """
    return render(
        "conversations",
        held=held,
        current=current,
        words=words,
        renaming=renaming,
        deleted=deleted,
        trouble=trouble,
    )
