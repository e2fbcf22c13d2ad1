"""A report as one HTML file that needs nothing else: no script, no other file, no network.

At its top stands what the run means in plain words, how many cases ended how, and its measures with
their intervals, meanings and sources; then the plots and every case (:mod:`eval.render.cases`).

It holds text of documents, which may be hostile: all of it is escaped, and a policy in the page
(Content-Security-Policy) lets nothing run or load but its own style and its own small filter.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from typing import Any

from markupsafe import Markup

from eval.judge import risk_by_coverage
from eval.measures import reliability_bins
from eval.render.cases import cases_html
from eval.render.html import render
from eval.render.plots import latency_svg, reliability_svg, risk_svg
from eval.render.words import (
    BY_MODEL,
    GROUPS,
    KIND_NAMES,
    NO_SHARES,
    duration,
    judged,
    meaning_of,
    was_measured,
    when,
)
from eval.types import Row
from rag.types import SURE

__all__ = ["report_page"]

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
            _summary_html(report),
            _measures_html(report["measures"]),
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


def _summary_html(report: Mapping[str, Any]) -> Markup:
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


def _measures_html(measures: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> Markup:
    """All measures, by group."""
    return render(
        "measures",
        groups={name: values for name, values in measures.items() if was_measured(name, values)},
        names=GROUPS,
        no_shares=NO_SHARES,
        by_model=BY_MODEL,
        meaning_of=meaning_of,
    )
