"""The settings page."""

from __future__ import annotations

from ui.chat.shared import Shared, pane

__all__ = ["settings_page"]


def settings_page(shared: Shared) -> None:  # noqa: ARG001
    """Build the page inside the current tab."""
    pane("<p>Not built yet.</p>", elem_id="fn-settings")
