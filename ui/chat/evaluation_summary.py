"""A run as HTML: what was asked, the measures with their intervals, risk by coverage."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from eval.judge import risk_by_coverage
from eval.render.plots import risk_svg
from eval.render.words import NO_SHARES, was_measured
from ui.chat.evaluation_words import (
    duration,
    group_name,
    measure_html,
    message_html,
    suite_name,
    when,
)

__all__ = ["summary_html"]


def summary_html(run: Mapping[str, Any]) -> str:
    """What was run, its measures with intervals, and risk by coverage."""
    failed = sum(row["error"] is not None for row in run["rows"])
    facts = [
        f"{run['n']} questions in {duration(run['seconds'])}",
        f"{failed} failed" if failed else "none failed",
        f"generation {run['generation']}",
        f"Footnote {run['version']}",
        f"answers by {run['settings'].get('generator', 'an unknown generator')}",
    ]
    name = suite_name(run["suite"])
    return (
        f"<h2>{escape(name[:1].upper() + name[1:])}, {escape(when(run['created']))}</h2>"
        f'<p class="fn-facts">{escape(" · ".join(facts))}</p>'
        f'<div class="fn-columns">{_measures(run["measures"])}{_risk(run)}</div>'
    )


def _measures(measures: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> str:
    bodies = []
    for group, values in measures.items():
        if not was_measured(group, values):
            continue
        shown = "".join(_measure(group, name, value) for name, value in values.items())
        bodies.append(
            f'<tbody><tr><th scope="rowgroup" colspan="4">{escape(group_name(group))}</th></tr>'
            f"{shown}</tbody>"
        )
    return (
        '<table class="fn-measures"><caption>Each value is over n questions or citations; the '
        "interval holds the value of all such questions 19 times of 20.</caption><thead><tr>"
        '<th scope="col">Measure</th><th scope="col" class="fn-num">Value</th>'
        '<th scope="col">95 % interval</th><th scope="col" class="fn-num">n</th></tr></thead>'
        f"{''.join(bodies)}</table>"
    )


def _measure(group: str, name: str, measured: Mapping[str, Any]) -> str:
    value, (low, high) = measured["value"], measured["ci95"]
    digits = 0 if group in NO_SHARES else 2
    if value is None:
        shown, interval = "–", '<span class="fn-range">not measured</span>'
    else:
        bar = "" if group in NO_SHARES else _bar(value, low, high)
        shown = f"{value:.{digits}f}"
        interval = f'{bar}<span class="fn-range">{low:.{digits}f} to {high:.{digits}f}</span>'
    return (
        f'<tr><th scope="row">{measure_html(group, name)}</th><td class="fn-num">{shown}</td>'
        f'<td>{interval}</td><td class="fn-num">{measured["n"]}</td></tr>'
    )


def _bar(value: float, low: float, high: float) -> str:
    """The interval on a line from 0 to 1, with a mark at the value."""
    return (
        '<span class="fn-bar" aria-hidden="true"><span class="fn-span" '
        f'style="left:{low:.1%};width:{high - low:.1%}"></span>'
        f'<span class="fn-at" style="left:{value:.1%}"></span></span>'
    )


def _risk(run: Mapping[str, Any]) -> str:
    points = risk_by_coverage(run["rows"])
    drawn = risk_svg(points) if points else message_html("No question was answered.")
    return (
        f'<figure class="fn-risk">{drawn}<figcaption>The most confident answers first: how many '
        "of them are wrong, the more of the questions are answered. An answer is wrong when the "
        "documents do not answer the question, or when it cites none of the judged evidence."
        "</figcaption></figure>"
    )
