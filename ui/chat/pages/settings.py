"""The settings page: how a user's own questions are answered, and how the window looks.

What is chosen is kept in the archive by :mod:`rag.conversations.preferences`; the appearance is the
browser's own (``theme.js``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr
from markupsafe import Markup

from index.errors import FootnoteError
from rag.conversations.preferences import (
    CHOOSABLE,
    STRICTNESS,
    Preferences,
    prefer,
    preferences_of,
    settings_with,
)
from rag.llm.server import try_model
from rag.settings import Settings
from ui.chat.html import render
from ui.chat.page import QUIET, Shared, pane
from ui.server.people import user_of

__all__ = ["form_html", "note_html", "settings_page"]

_TESTERS = 4
_WRITERS = {
    "extractive": "Quoted sentences of the documents",
    "openai": "A language model on a server",
    "local": "A language model on this machine",
}
# The form is made anew, and with it the button that had the focus.
_FOCUS = "() => document.querySelector('#fn-settings .fn-main')?.focus({preventScroll: true})"
_SHOW_THEME = "window.footnoteTheme.show(element)"


def settings_page(shared: Shared) -> None:
    """Build the page in the current tab."""
    page = _Page(shared)
    with gr.Column(elem_id="fn-settings-page"):
        form = pane("", elem_id="fn-settings")
        message = gr.HTML("", elem_id="fn-settings-note")
        gr.HTML(render("theme"), elem_id="fn-theme", js_on_load=_SHOW_THEME)
    gr.on(None, page.show_form, None, form, **QUIET)
    for event, handler in ((form.submit, page.save_choices), (form.clear, page.reset_choices)):
        event(handler, None, [form, message], **QUIET).then(None, None, None, js=_FOCUS)
    form.retry(page.test_model, None, message, concurrency_limit=_TESTERS, **QUIET)


@dataclass(frozen=True, slots=True)
class _Page:
    """The handlers of the form."""

    shared: Shared

    def show_form(self, request: gr.Request) -> str:
        """The form with what the user has chosen."""
        services, user = self.shared.services, user_of(request)
        found = preferences_of(services.settings, self.shared.archive, user)
        return form_html(found, services.settings, no_local=self._no_local(), is_known=bool(user))

    def save_choices(self, event: gr.EventData, request: gr.Request) -> tuple[Any, str]:
        """Keep the choices, all of them or none."""
        try:
            prefer(self.shared.services, self.shared.archive, user_of(request), self._chosen(event))
        except FootnoteError as exc:
            return gr.skip(), note_html(f"Not saved: {exc}", bad=True)
        return self.show_form(request), note_html("Saved: your next question is answered by this.")

    def reset_choices(self, request: gr.Request) -> tuple[Any, str]:
        """Forget the choices."""
        try:
            self.shared.archive.prefer(user_of(request), {})
        except FootnoteError as exc:
            return gr.skip(), note_html(str(exc), bad=True)
        return self.show_form(request), note_html(
            "Your questions are answered by the configuration."
        )

    def test_model(self, event: gr.EventData) -> Iterator[str]:
        """Ask the model of the form, which need not be saved."""
        services = self.shared.services
        try:
            model = services.language_model(settings_with(services.settings, self._chosen(event)))
            if model is None:
                yield note_html("Quoted sentences need no model.")
                return
            yield note_html(f"Asking {model.name} …")
            yield note_html(try_model(model))
        except FootnoteError as exc:
            yield note_html(f"No answer: {exc}", bad=True)

    def _chosen(self, event: gr.EventData) -> dict[str, Any]:
        """The fields of the form that are not fixed."""
        given = self.shared.services.settings.given
        return {name: getattr(event, name) for name in CHOOSABLE if name not in given}

    def _no_local(self) -> str:
        """Why there is no model on this machine; "" when there is one."""
        services = self.shared.services
        try:
            services.language_model(services.settings.model_copy(update={"generator": "local"}))
        except FootnoteError as exc:
            return str(exc).removeprefix("generator = local, but ")
        return ""


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
