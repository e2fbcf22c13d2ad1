"""The pages that the server shows before the window: what lets a visitor in."""

from __future__ import annotations

from eval.render.html import Templates

__all__ = ["render"]

render = Templates("ui.server").render
"""A template of ``ui/server/templates`` with these values, each of them escaped."""
