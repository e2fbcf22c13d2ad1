"""The HTML of the window: templates in which every value is escaped."""

from __future__ import annotations

from markupsafe import Markup

from eval.render.html import Templates
from ui.chat import words

__all__ = ["TEMPLATES", "message_html", "render"]

TEMPLATES = Templates(
    "ui.chat",
    words.counted,
    words.decimal,
    words.group_name,
    words.meaning,
    words.signed,
    words.suite_name,
    words.when,
)
"""Those of the window, with the filters that they use."""

render = TEMPLATES.render


def message_html(text: str, *, bad: bool = False) -> Markup:
    """One sentence in the place of something else; an error when ``bad``."""
    return render("message", text=text, bad=bad)
