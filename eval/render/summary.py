"""A run at a glance: what it means in plain words, how many cases ended how, and its measures.

The measures have their value, the interval as a bar and in numbers, n, meaning and source.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from html import escape
from typing import Any

from eval.render.words import (
    BY_MODEL,
    GROUPS,
    KIND_NAMES,
    NO_SHARES,
    judged,
    meaning_of,
    was_measured,
)
from rag.types import SURE

__all__ = ["measures_html", "summary_html"]

_ENDED = {
    "right": ("was answered rightly", "were answered rightly"),
    "declined": ("was rightly declined", "were rightly declined"),
    "partly": ("was answered partly right", "were answered partly right"),
    "wrong": ("was answered wrongly", "were answered wrongly"),
    "missed": (
        "was declined though the documents answer it",
        "were declined though the documents answer them",
    ),
    "failed": ("ended in an error", "ended in an error"),
    "searched": ("was only searched", "were only searched"),
}
_MEANS = (
    "An answer is right when it cites the judged evidence and holds the expected words; partly "
    "right when only the words are missing; wrong when the documents do not answer the question, "
    "or when it cites none of the judged evidence."
)


def summary_html(report: Mapping[str, Any]) -> str:
    """The sentences in front, and the bar."""
    rows = report["rows"]
    if not rows:
        return '<p class="lead">No question was asked.</p>'
    kinds = Counter(judged(row).kind for row in rows)
    more = "".join(f"<p>{escape(line)}</p>" for line in _more(report))
    means = f'<p class="soft">{_MEANS}</p>' if kinds.keys() - {"searched", "failed"} else ""
    return (
        '<section aria-labelledby="summary-title"><h2 id="summary-title">What this means</h2>'
        f'<p class="lead">{_ended(kinds, len(rows))}</p>{_bar(kinds, len(rows))}{more}{means}'
        "</section>"
    )


def _ended(kinds: Mapping[str, int], n: int) -> str:
    """How many ended how.

    >>> _ended({"right": 7, "missed": 1}, 8)
    'Of 8 questions, 7 were answered rightly; 1 was declined though the documents answer it.'
    """
    parts = [
        f"{kinds[kind]:,} {one if kinds[kind] == 1 else many}"
        for kind, (one, many) in _ENDED.items()
        if kinds.get(kind)
    ]
    return f"Of {n:,} question{'' if n == 1 else 's'}, {'; '.join(parts)}."


def _more(report: Mapping[str, Any]) -> list[str]:
    """What else a reader asks first; nothing of what was not measured."""
    rows, out = report["rows"], []
    found = _value(report, "retrieval", "hit@5")
    if found is not None:
        out.append(
            f"For {found} of the questions that the documents answer, one of the first five "
            "passages was relevant."
        )
    exact = _value(report, "citation", "quote_exact")
    if exact is not None:
        out.append(f"{exact} of the quotes stand word for word where they are said to stand.")
    sure = [row for row in rows if row["abstained"] is False and row["confidence"] >= SURE]
    if sure:
        right = sum(judged(row).is_right for row in sure)
        out.append(
            f"Of the {len(sure):,} answers that were said to be sure (confidence from {SURE:g}), "
            f"{_percent(right / len(sure))} were right or partly right."
        )
    took = report["measures"].get("latency_ms", {}).get("p50", {}).get("value")
    if took is not None:
        out.append(f"Half of the answers came within {took / 1000:.2g} s.")
    return out


def _value(report: Mapping[str, Any], group: str, name: str) -> str | None:
    value = report["measures"].get(group, {}).get(name, {}).get("value")
    return None if value is None else _percent(value)


def _percent(share: float) -> str:
    """Whole percents, but never all or nothing when it is not.

    >>> _percent(0.554), _percent(0.999), _percent(1.0)
    ('55 %', 'more than 99 %', '100 %')
    """
    if 0.995 <= share < 1:
        return "more than 99 %"
    return "less than 1 %" if 0 < share < 0.005 else f"{share:.0%}".replace("%", " %")


def _bar(kinds: Mapping[str, int], n: int) -> str:
    """The cases as one bar, the best first, with a legend that says the same."""
    order = [kind for kind in reversed(KIND_NAMES) if kinds.get(kind)]
    parts, at = [], 0.0
    for kind in order:
        width = kinds[kind] / n * 100
        parts.append(f'<rect class="fill-{kind}" x="{at:.3f}" width="{width:.3f}" height="10"/>')
        at += width
    legend = "".join(
        f'<li><svg class="key" viewBox="0 0 10 10" aria-hidden="true"><rect class="fill-{kind}" '
        f'width="10" height="10"/></svg> {KIND_NAMES[kind]} <b>{kinds[kind]:,}</b></li>'
        for kind in order
    )
    return (
        '<svg class="verdicts" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        f'{"".join(parts)}</svg><ul class="legend">{legend}</ul>'
    )


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
        bar = (
            ""
            if group in NO_SHARES or not 0 <= low <= high <= 1
            else _interval_bar(value, low, high)
        )
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
    facts = [
        name if meaning.says != name else "",
        "lower is better" if meaning.lower_is_better else "",
        "judged by a language model" if group == BY_MODEL else "",
        meaning.source,
    ]
    lines = [" · ".join(filter(None, facts)), meaning.counted]
    more = "".join(f'<span class="sub">{escape(line)}</span>' for line in lines if line)
    return escape(meaning.says) + more


def _interval_bar(value: float, low: float, high: float) -> str:
    """The interval on a line from 0 to 1, with a mark at the value."""
    return (
        '<svg class="bar" viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="bar-line" y="4" width="100" height="4"/>'
        f'<rect class="bar-range" x="{low * 100:.2f}" y="2" '
        f'width="{max((high - low) * 100, 0.5):.2f}" height="8"/>'
        f'<rect class="bar-at" x="{min(value * 100, 99):.2f}" width="1" height="12"/></svg>'
    )
