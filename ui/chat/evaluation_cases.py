"""The cases of a run as HTML, each with all that its verdict rests on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from eval.judge import verdict
from ui.chat.html import render
from ui.chat.words import VERDICTS

__all__ = ["ALL", "cases_html"]

ALL = "all"
"""The filter that every case passes; the others are the kinds of verdicts."""


def cases_html(rows: Sequence[Mapping[str, Any]], only: str, limit: int) -> Markup:
    """The cases that pass the filter, the worst verdict first, at most ``limit`` of them."""
    judged = sorted(((verdict(row), row) for row in rows), key=lambda pair: pair[0].rank)
    kept = [pair for pair in judged if only in {ALL, pair[0].kind}]
    kinds = [found.kind for found, _ in judged]
    counts = ", ".join(
        f"{kinds.count(kind)} {name.lower()}" for kind, name in VERDICTS.items() if kind in kinds
    )
    first = f", the first {limit} are shown" if len(kept) > limit else ""
    return render(
        "cases",
        text=f"{len(kept)} of {len(rows)} cases{first}. In all {counts}.",
        kept=kept[:limit],
        more=limit * 4 if first else 0,
        verdicts=VERDICTS,
    )
