"""A report as one HTML file that needs nothing else: no script, no other file, no network.

It holds text of documents, which may be hostile: all of it is escaped, and a policy in the page
(Content-Security-Policy) lets nothing run or load but its own style and its own small filter.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

from markupsafe import Markup

from eval.judge import risk_by_coverage
from eval.measures import reliability_bins
from eval.render.cases import cases_html
from eval.render.html import render
from eval.render.plots import latency_svg, reliability_svg, risk_svg
from eval.render.summary import measures_html, summary_html
from eval.render.words import duration, when
from eval.types import Row

__all__ = ["report_page"]


def report_page(report: Mapping[str, Any]) -> str:
    """The page of ``footnote eval --html``, of a report as ``Report.as_json()`` gives it."""
    style, script = (
        files("eval.render").joinpath(name).read_text(encoding="utf-8")
        for name in ("page.css", "page.js")
    )
    page = render(
        "page",
        suite=report["suite"],
        style=Markup(style),  # noqa: S704 - files of this package
        style_hash=_sha256(style),
        script=Markup(script),  # noqa: S704
        script_hash=_sha256(script),
        facts=[
            when(report.get("created")),
            f"{len(report['rows']):,} questions in {duration(report['seconds'])}",
            f"answers by {report['settings'].get('generator', 'an unknown generator')}",
            f"generation {report['generation']}",
            f"Footnote {report['version']}" if report.get("version") else "",
        ],
        settings=report["settings"] | ({"code": report["code"]} if report.get("code") else {}),
        documents=report.get("documents") or {},
        parts=[
            summary_html(report),
            measures_html(report["measures"]),
            _plots(report["rows"]),
            cases_html(report["rows"]),
        ],
    )
    return page.encode("utf-8", "replace").decode()  # half a surrogate pair cannot be written


def _sha256(text: str) -> str:
    """The hash by which a policy allows this text only."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _plots(rows: Sequence[Row]) -> Markup:
    """Risk by coverage, reliability and latency; nothing when no answer was given."""
    points, bins = risk_by_coverage(rows), reliability_bins(rows)
    timed = [row for row in rows if row["latency_ms"] is not None]
    alone = [row["latency_ms"] for row in timed if row.get("alone", True)]
    return render(
        "plots",
        risk=points and risk_svg(points),
        reliability=bins and reliability_svg([(one.confidence, one.right, one.n) for one in bins]),
        latency=alone and latency_svg(alone),
    )
