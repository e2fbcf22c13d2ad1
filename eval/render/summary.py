"""A run at a glance: what it means in plain words, how many cases ended how, and its measures.

The measures have their value, the interval as a bar and in numbers, n, meaning and source.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from markupsafe import Markup

from eval.render.html import render
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


def summary_html(report: Mapping[str, Any]) -> Markup:
    """The sentences in front, and the bar."""
    kinds = Counter(judged(row).kind for row in report["rows"])
    return render(
        "summary",
        ended=_ended(kinds, kinds.total()) if kinds else "",
        bar=list(_bar(kinds)),
        more=_more(report),
        is_answered=bool(kinds.keys() - {"searched", "failed"}),
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


def _bar(kinds: Counter[str]) -> Iterator[Mapping[str, Any]]:
    """The parts of the bar in percents of it, the best first."""
    start = 0.0
    for kind in reversed(KIND_NAMES):
        if count := kinds[kind]:
            width = count / kinds.total() * 100
            yield {
                "kind": kind,
                "name": KIND_NAMES[kind],
                "count": count,
                "start": start,
                "width": width,
            }
            start += width


def measures_html(measures: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> Markup:
    """All measures, by group."""
    return render(
        "measures",
        groups={name: values for name, values in measures.items() if was_measured(name, values)},
        names=GROUPS,
        no_shares=NO_SHARES,
        by_model=BY_MODEL,
        meaning_of=meaning_of,
    )
