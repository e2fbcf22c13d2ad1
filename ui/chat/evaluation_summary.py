"""A run as HTML: what was asked, the measures with their intervals, risk by coverage."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from eval.judge import risk_by_coverage
from eval.render.plots import risk_svg
from eval.render.words import NO_SHARES, was_measured
from ui.chat.html import render
from ui.chat.words import duration, suite_name, when

__all__ = ["summary_html"]


def summary_html(run: Mapping[str, Any]) -> Markup:
    """What was run, its measures with intervals, and risk by coverage."""
    failed = sum(row["error"] is not None for row in run["rows"])
    name = suite_name(run["suite"])
    points = risk_by_coverage(run["rows"])
    return render(
        "run",
        title=f"{name[:1].upper() + name[1:]}, {when(run['created'])}",
        facts=[
            f"{run['n']} questions in {duration(run['seconds'])}",
            f"{failed} failed" if failed else "none failed",
            f"generation {run['generation']}",
            f"Footnote {run['version']}",
            f"answers by {run['settings'].get('generator', 'an unknown generator')}",
        ],
        groups=[
            (group, values)
            for group, values in run["measures"].items()
            if was_measured(group, values)
        ],
        no_shares=NO_SHARES,
        plot=Markup(risk_svg(points)) if points else "",  # noqa: S704 - drawn from numbers
    )
