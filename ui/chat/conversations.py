"""The list of conversations as HTML: open, rename, delete, bring back, export."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from rag.conversations.archive import Conversation

__all__ = ["conversations_html"]


def conversations_html(
    held: Sequence[Conversation],
    current: str | None,
    *,
    words: str = "",
    renaming: str = "",
    deleted: str | None = None,
    trouble: str = "",
) -> str:
    """The list with the ``current`` one marked; the window's address follows it, if not None.

    ``renaming`` is the id whose title is being edited, ``deleted`` the title of the one that can
    be brought back, ``words`` what the list is narrowed to.
    """
    items = "".join(
        _renaming(one) if one.id == renaming else _item(one, is_current=one.id == current)
        for one in held
    )
    if not held:
        told = "No conversation holds these words." if words.strip() else "Nothing asked yet."
        items = f'<li class="fn-none">{told}</li>'
    notice = f'<p class="fn-error" role="alert">{escape(trouble)}</p>' if trouble else ""
    if deleted is not None:
        notice = (
            f'<p class="fn-undo" role="status">Deleted “{escape(deleted)}”. '
            '<button type="button" data-event="undo">Undo</button></p>'
        )
    shown = f' data-current="{escape(current)}"' if current is not None else ""
    return (
        f'<nav aria-label="Conversations" class="fn-conversations"{shown}>'
        f"{notice}<ul>{items}</ul></nav>"
    )


def _item(one: Conversation, *, is_current: bool) -> str:
    name, title = escape(one.id), escape(one.title)
    mark = ' aria-current="true"' if is_current else ""
    tools = "".join(
        f'<button type="button" data-event="{event}" data-id="{name}" '
        f'aria-label="{told} “{title}”" title="{told}">{sign}</button>'
        for event, told, sign in (("edit", "Rename", "✎"), ("delete", "Delete", "✕"))
    )
    exports = "".join(
        f'<a href="/api/conversations/{name}.{ending}" download '
        f'aria-label="Export “{title}” as {told}" title="Export as {told}">{ending}</a>'
        for ending, told in (("md", "Markdown"), ("json", "JSON"))
    )
    return (
        f"<li{' class=fn-current' if is_current else ''}>"
        f'<button type="button" class="fn-open" data-event="select" data-id="{name}"{mark}>'
        f"{title}<small>{escape(one.updated[:10])}</small></button>"
        f'<span class="fn-tools">{exports}{tools}</span></li>'
    )


def _renaming(one: Conversation) -> str:
    return (
        '<li class="fn-renaming" data-form><input name="title" aria-label="Title" maxlength="60" '
        f'value="{escape(one.title)}" autofocus>'
        f'<button type="button" data-event="submit" data-id="{escape(one.id)}">Save</button></li>'
    )
