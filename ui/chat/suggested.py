"""Questions that are offered as buttons, as HTML."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from ui.chat.html import render

__all__ = ["no_index_html", "suggested_html"]


def no_index_html(*, is_building: bool) -> Markup:
    """What to do before there is anything to ask."""
    return render("no_index", is_building=is_building)


def suggested_html(questions: Sequence[str], *, is_first: bool) -> Markup:
    """The questions as buttons; ``is_first`` ones begin a conversation, others go on with it."""
    return render("suggestions", questions=questions, is_first=is_first)
