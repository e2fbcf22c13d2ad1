"""What a run means in plain words, and how many cases ended how, as one bar."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from html import escape
from typing import Any

from eval.render.words import KIND_NAMES, judged
from rag.types import SURE

__all__ = ["summary_html"]

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
