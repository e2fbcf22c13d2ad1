"""The list of conversations as HTML: open, rename, delete, bring back, export."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from rag.conversations.archive import Conversation
from ui.chat.html import render

__all__ = ["conversations_html"]


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
