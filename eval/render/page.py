"""A report as one HTML file that needs nothing else: no script, no other file, no network.

It holds text of documents, which may be hostile: all of it is escaped, and a policy in the page
(Content-Security-Policy) lets nothing run or load but its own style and its own small filter.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from html import escape
from importlib.resources import files
from typing import Any

from eval.judge import risk_by_coverage
from eval.measures import reliability_bins
from eval.render.cases import cases_html
from eval.render.plots import latency_svg, reliability_svg, risk_svg
from eval.render.summary import measures_html, summary_html
from eval.render.words import duration, when

__all__ = ["report_page"]

_DOCUMENTS = 500


def report_page(report: Mapping[str, Any]) -> str:
    """The page of ``footnote eval --html``, of a report as ``Report.as_json()`` gives it."""
    style = files("eval.render").joinpath("page.css").read_text(encoding="utf-8")
    script = files("eval.render").joinpath("page.js").read_text(encoding="utf-8")
    policy = (
        f"default-src 'none'; style-src {_sha256(style)}; script-src {_sha256(script)}; "
        "base-uri 'none'; form-action 'none'"
    )
    title = escape(f"Footnote evaluation: {report['suite']}")
    page = (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{title}</title><style>{style}</style></head>"
        f"<body><main>{_header(report)}{summary_html(report)}"
        f"{measures_html(report['measures'])}{_plots(report)}{cases_html(report['rows'])}</main>"
        f"<script>{script}</script></body></html>\n"
    )
    return page.encode("utf-8", "replace").decode()  # half a surrogate pair cannot be written


def _sha256(text: str) -> str:
    """The source expression of a policy that allows this text only."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _header(report: Mapping[str, Any]) -> str:
    facts = [
        when(report.get("created")),
        f"{len(report['rows']):,} questions in {duration(report['seconds'])}",
        f"answers by {report['settings'].get('generator', 'an unknown generator')}",
        f"generation {report['generation']}",
        f"Footnote {report['version']}" if report.get("version") else "",
    ]
    text = " · ".join(fact for fact in facts if fact)
    return (
        f'<header><h1><span class="soft">Footnote evaluation</span> {escape(report["suite"])}</h1>'
        f'<p class="soft">{escape(text)}</p>{_settings(report)}</header>'
    )


def _settings(report: Mapping[str, Any]) -> str:
    """What the run rests on: the settings, the code, the documents."""
    settings = dict(report["settings"]) | ({"code": report["code"]} if report.get("code") else {})
    documents = dict(report.get("documents") or {})
    more = len(documents) - _DOCUMENTS
    shown = _pairs(dict(list(documents.items())[:_DOCUMENTS]))
    rest = f"<p>And {more:,} more, see the JSON of the run.</p>" if more > 0 else ""
    listed = (
        f"<details><summary>{len(documents):,} documents, with their SHA-256</summary>{shown}{rest}"
        "</details>"
        if documents
        else ""
    )
    return f"<details><summary>Settings of the run</summary>{_pairs(settings)}</details>{listed}"


def _pairs(values: Mapping[str, Any]) -> str:
    rows = "".join(
        f"<dt>{escape(str(name))}</dt><dd>{escape('none' if value is None else str(value))}</dd>"
        for name, value in values.items()
    )
    return f'<dl class="pairs">{rows}</dl>'


def _plots(report: Mapping[str, Any]) -> str:
    """Risk by coverage, reliability and latency; nothing when no answer was given."""
    rows = report["rows"]
    drawn = []
    if points := risk_by_coverage(rows):
        text = (
            "The most confident answers first: how many of them are wrong, the more of the "
            "questions are answered (El-Yaniv & Wiener 2010)."
        )
        drawn.append(("Risk by coverage", risk_svg(points), text))
    if bins := reliability_bins(rows):
        text = (
            "On the dashed line, answers are as often right or partly right as their confidence "
            "says; below it, confidence is too high. Larger points are more answers, their lines "
            "95 % intervals (Wilson 1927)."
        )
        found = reliability_svg([(one.confidence, one.right, one.n) for one in bins])
        drawn.append(("What confidence is worth", found, text))
    timed = [row for row in rows if row["latency_ms"] is not None]
    alone = [row["latency_ms"] for row in timed if row.get("alone", True)]
    if alone:
        text = (
            "Of questions that were asked alone, the share answered within a time. The dashed "
            "lines: half of them, and 19 of 20."
        )
        drawn.append(("How long answers took", latency_svg(alone), text))
    figures = "".join(
        f"<figure><h3>{title}</h3>{svg}<figcaption>{text}</figcaption></figure>"
        for title, svg, text in drawn
    )
    if not figures:
        return ""
    return (
        '<section aria-labelledby="plots-title"><h2 id="plots-title">Plots</h2>'
        f'<div class="figures">{figures}</div></section>'
    )
