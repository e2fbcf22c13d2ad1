"""Two runs side by side as HTML: what the later one gained, and the cases that changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from eval.compare import Comparison
from eval.render.words import NO_SHARES
from ui.chat.html import render
from ui.chat.words import VERDICTS

__all__ = ["comparison_html"]

_SIGNIFICANT = 0.05


def comparison_html(
    found: Comparison, before: Mapping[str, Any], after: Mapping[str, Any]
) -> Markup:
    """What the later run gained on the shared cases, and the cases that changed."""
    left = [
        f", {count} only in the {which}"
        for count, which in ((found.only_before, "earlier"), (found.only_after, "later"))
        if count
    ]
    return render(
        "comparison",
        found=found,
        before=before,
        after=after,
        facts=(
            f"{found.shared} cases in both{''.join(left)} · asked in the generations "
            f"{before['generation']} and {after['generation']}"
        ),
        changes=_changes(found),
        no_shares=NO_SHARES,
        significant=_SIGNIFICANT,
        verdicts=VERDICTS,
    )


def _changes(found: Comparison) -> str:
    better = sum(change.direction > 0 for change in found.changes)
    worse = sum(change.direction < 0 for change in found.changes)
    other = len(found.changes) - better - worse
    return f"{worse} worse, {better} better" + (f", {other} otherwise changed" if other else "")
