"""The measures of a run as HTML: value, interval as a bar and in numbers, n, meaning, source."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from eval.render.words import BY_MODEL, GROUPS, NO_SHARES, meaning_of, was_measured

__all__ = ["measures_html"]

_MODEL_NOTE = (
    "Judged by a language model: a second model's opinion, which a document can sway. "
    "Nothing should be decided by it alone."
)


def measures_html(measures: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> str:
    """All measures, by group."""
    shown = {group: values for group, values in measures.items() if was_measured(group, values)}
    bodies = "".join(_group(group, values) for group, values in shown.items())
    return (
        '<section aria-labelledby="measures-title"><h2 id="measures-title">Measures</h2>'
        "<p>Bars go from 0 to 1; the broad part is the interval that holds the value of all such "
        "questions 19 times of 20 (percentile bootstrap, Efron 1979). n is how many were "
        "counted.</p>"
        '<table class="measures"><thead><tr><th scope="col">Measure</th>'
        '<th scope="col" class="number">Value</th><th scope="col">95 % interval</th>'
        f'<th scope="col" class="number">n</th></tr></thead>{bodies}</table></section>'
    )


def _group(group: str, values: Mapping[str, Mapping[str, Any]]) -> str:
    note = f'<span class="sub">{_MODEL_NOTE}</span>' if group == BY_MODEL else ""
    rows = "".join(_measure(group, name, found) for name, found in values.items())
    title = escape(GROUPS.get(group, group))
    return f'<tbody><tr><th scope="rowgroup" colspan="4">{title}{note}</th></tr>{rows}</tbody>'


def _measure(group: str, name: str, found: Mapping[str, Any]) -> str:
    value, (low, high) = found["value"], found["ci95"]
    if value is None:
        shown, interval = "–", '<span class="soft">not measured</span>'
    else:
        digits = 0 if group in NO_SHARES else 3
        bar = "" if group in NO_SHARES or not 0 <= low <= high <= 1 else _bar(value, low, high)
        shown = f"{value:,.{digits}f}"
        interval = f'{bar}<span class="range">{low:,.{digits}f} to {high:,.{digits}f}</span>'
    return (
        f'<tr><th scope="row">{_named(group, name)}</th><td class="number">{shown}</td>'
        f'<td>{interval}</td><td class="number"><span class="only-narrow">n </span>'
        f"{found['n']:,}</td></tr>"
    )


def _named(group: str, name: str) -> str:
    """What it says, its name in the literature, how it is counted and by whom."""
    meaning = meaning_of(group, name)
    told = [
        name if meaning.says != name else "",
        "lower is better" if meaning.lower_is_better else "",
        "judged by a language model" if group == BY_MODEL else "",
        meaning.source,
    ]
    lines = [" · ".join(filter(None, told)), meaning.counted]
    more = "".join(f'<span class="sub">{escape(line)}</span>' for line in lines if line)
    return escape(meaning.says) + more


def _bar(value: float, low: float, high: float) -> str:
    """The interval on a line from 0 to 1, with a mark at the value."""
    return (
        '<svg class="bar" viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="bar-line" y="4" width="100" height="4"/>'
        f'<rect class="bar-range" x="{low * 100:.2f}" y="2" '
        f'width="{max((high - low) * 100, 0.5):.2f}" height="8"/>'
        f'<rect class="bar-at" x="{min(value * 100, 99):.2f}" width="1" height="12"/></svg>'
    )
