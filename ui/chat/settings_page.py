"""The settings page: how a user's own questions are answered, and how the window looks.

What is chosen is kept in the archive by :mod:`rag.conversations.preferences`; the appearance is the
browser's own (``theme.js``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr

from index.errors import FootnoteError
from rag.conversations.preferences import CHOOSABLE, prefer, preferences_of, settings_with
from rag.llm.server import try_model
from ui.chat.settings_render import THEME, form_html, told_html, trouble_html
from ui.chat.shared import QUIET, Shared, pane
from ui.server.people import user_of

__all__ = ["settings_page"]

_TESTERS = 4
# The form is made anew, and with it the button that had the focus.
_FOCUS = "() => document.querySelector('#fn-settings .fn-main')?.focus({preventScroll: true})"


def settings_page(shared: Shared) -> None:
    """Build the page in the current tab."""
    page = _Page(shared)
    with gr.Column(elem_id="fn-settings-page"):
        form = pane("", elem_id="fn-settings")
        told = gr.HTML("", elem_id="fn-settings-told")
        gr.HTML(THEME, elem_id="fn-theme", js_on_load="window.footnoteTheme.show(element)")
    gr.on(None, page.form, None, form, **QUIET)
    for event, handler in ((form.submit, page.save), (form.clear, page.reset)):
        event(handler, None, [form, told], **QUIET).then(None, None, None, js=_FOCUS)
    form.retry(page.test, None, told, concurrency_limit=_TESTERS, **QUIET)


@dataclass(frozen=True, slots=True)
class _Page:
    """The handlers of the form."""

    shared: Shared

    def form(self, request: gr.Request) -> str:
        """The form with what the user has chosen."""
        services, user = self.shared.services, user_of(request)
        found = preferences_of(services.settings, self.shared.archive, user)
        return form_html(found, services.settings, no_local=self._no_local(), is_known=bool(user))

    def save(self, event: gr.EventData, request: gr.Request) -> tuple[Any, str]:
        """Keep the choices, all of them or none."""
        try:
            prefer(self.shared.services, self.shared.archive, user_of(request), self._chosen(event))
        except FootnoteError as exc:
            return gr.skip(), trouble_html(f"Not saved: {exc}")
        return self.form(request), told_html("Saved: your next question is answered by this.")

    def reset(self, request: gr.Request) -> tuple[Any, str]:
        """Forget the choices."""
        try:
            self.shared.archive.prefer(user_of(request), {})
        except FootnoteError as exc:
            return gr.skip(), trouble_html(str(exc))
        return self.form(request), told_html("Your questions are answered by the configuration.")

    def test(self, event: gr.EventData) -> Iterator[str]:
        """Ask the model of the form, which need not be saved."""
        services = self.shared.services
        try:
            model = services.language_model(settings_with(services.settings, self._chosen(event)))
            if model is None:
                yield told_html("Quoted sentences need no model.")
                return
            yield told_html(f"Asking {model.name} …")
            yield told_html(try_model(model))
        except FootnoteError as exc:
            yield trouble_html(f"No answer: {exc}")

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
