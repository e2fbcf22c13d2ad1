"""The form of the settings page as HTML."""

from __future__ import annotations

from markupsafe import Markup

from index.settings import Settings
from rag.conversations.preferences import CHOOSABLE, STRICTNESS, Preferences
from ui.chat.html import render

__all__ = ["form_html", "note_html"]

_WRITERS = {
    "extractive": "Quoted sentences of the documents",
    "openai": "A language model on a server",
    "local": "A language model on this machine",
}


def form_html(found: Preferences, configured: Settings, *, no_local: str, is_known: bool) -> Markup:
    """The user's choices as a form; ``configured`` are the settings without them.

    ``no_local`` says why there is no model on this machine, "" where there is one; a browser that
    is not ``is_known`` has no cookie, so nothing can be kept for it.
    """
    values = {name: str(getattr(found.settings, name)) for name in CHOOSABLE}
    strictness = {str(value): name.capitalize() for name, value in STRICTNESS.items()}
    below = found.settings.abstain_below
    strictness.setdefault(str(below), f"Withheld below {below:g}")
    notes = [f"Not used any more: {name}." for name in found.left_out]
    if not is_known:
        notes.append("This browser keeps no cookies, so nothing that is chosen here can be kept.")
    return render(
        "settings",
        values=values,
        given=configured.given,
        writers=_WRITERS,
        strictness=strictness,
        configured_url=configured.llm_base_url,
        no_local=no_local,
        is_known=is_known,
        notes=notes,
    )


def note_html(text: str, *, bad: bool = False) -> Markup:
    """What came of a button, or what is wrong, in words."""
    return render("settings_note", text=text, is_bad=bad)
