"""The cases of a run, and what changed between two, as HTML; all text is escaped here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from eval.comparison import Change, Comparison, Side
from eval.resampling import Difference
from eval.verdicts import Verdict, verdict
from ui.chat.evaluation_render import GLOSSES, group_name, message_html, when

__all__ = ["ALL", "FILTERS", "cases_html", "comparison_html"]

ALL = "all"
FILTERS = (ALL, "wrong", "partly", "refused", "failed")
"""Which cases may be shown; the others are kinds of verdicts, "refused" is every refusal."""

_LABELS = {
    "failed": "Failed",
    "wrong": "Wrong",
    "refused": "Refused",
    "partly": "Partly right",
    "right": "Right",
}
_SIGNIFICANT = 0.05


def cases_html(rows: Sequence[Mapping[str, Any]], only: str, limit: int) -> str:
    """The cases that pass the filter, the worst verdict first, at most ``limit`` of them."""
    judged = [(verdict(row), row) for row in rows]
    kept = [pair for pair in judged if _passes(*pair, only)]
    kept.sort(key=lambda pair: pair[0].rank)
    counts = ", ".join(
        f"{count} {label.lower()}"
        for kind, label in _LABELS.items()
        if (count := sum(found.kind == kind for found, _ in judged))
    )
    told = f'<p class="fn-facts" role="status">{len(kept)} of {len(rows)} cases shown: {counts}</p>'
    if not kept:
        return told + message_html("No case of this run is like that.")
    more = ""
    if len(kept) > limit:
        told = told.replace(f"{len(kept)} of", f"The first {limit} of {len(kept)}, of", 1)
        more = (
            '<button type="button" class="fn-more" data-event="select" '
            f'data-rows="{limit * 4}">Show more</button>'
        )
    body = "".join(_case(found, row) for found, row in kept[:limit])
    return (
        f'{told}<table class="fn-cases"><thead><tr><th scope="col">Verdict</th>'
        '<th scope="col">Case</th><th scope="col" class="fn-num fn-wide">Confidence</th>'
        f'<th scope="col" class="fn-num fn-wide">ms</th></tr></thead><tbody>{body}</tbody></table>'
        f"{more}"
    )


def comparison_html(found: Comparison, before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """What the later run gained on the shared cases, and the cases that changed."""
    left = [
        f"{count} only in the {which}"
        for count, which in ((found.only_before, "earlier"), (found.only_after, "later"))
        if count
    ]
    counts = f"{found.shared} cases in both" + "".join(f", {text}" for text in left)
    return (
        f"<h2>From {when(before['created'])} to {when(after['created'])}</h2>"
        f'<p class="fn-facts">{escape(counts)} · generation {escape(before["generation"])} to '
        f"{escape(after['generation'])}</p>{_differences(found)}{_changes(found)}"
    )


def _passes(found: Verdict, row: Mapping[str, Any], only: str) -> bool:
    if only == "refused":
        return bool(row["abstained"])
    return only in {ALL, found.kind}


def _badge(found: Verdict) -> str:
    return f'<span class="fn-verdict fn-v-{found.kind}">{_LABELS[found.kind]}</span>'


def _case(found: Verdict, row: Mapping[str, Any]) -> str:
    sure = "–" if row["confidence"] is None else f"{row['confidence']:.2f}"
    took = "–" if row["latency_ms"] is None else f"{row['latency_ms']:.0f}"
    return (
        f'<tr data-case="{escape(row["id"])}"><td>{_badge(found)}</td>'
        f'<th scope="row"><details><summary>{escape(row["question"])}</summary>'
        f"{_told(found, row)}</details></th>"
        f'<td class="fn-num fn-wide">{sure}</td><td class="fn-num fn-wide">{took}</td></tr>'
    )


def _told(found: Verdict, row: Mapping[str, Any]) -> str:
    """All that a reader needs to agree with the verdict or not."""
    expected = " / ".join(row.get("answers", ()))
    if not row["answerable"]:
        expected = "a refusal: the documents do not answer it"
    searched = row["standalone_question"]
    parts = [
        ("Verdict", escape(f"{_LABELS[found.kind]}: {found.reason}")),
        ("Expected", escape(expected or "no words are given")),
        ("Evidence", _quotes(row.get("evidence", ())) or escape(", ".join(row["sources"]))),
        ("Searched for", "" if searched == row["question"] else escape(searched or "")),
        ("Answer", _lines(row["answer"] or "none")),
        ("Cited", "".join(_citation(citation) for citation in row["citations"])),
        ("Case", escape(row["id"]) + (f" · generation {escape(row['generation'] or '–')}")),
    ]
    listed = "".join(f"<dt>{name}</dt><dd>{text}</dd>" for name, text in parts if text)
    return f"<dl>{listed}</dl>"


def _quotes(texts: Sequence[str]) -> str:
    return "".join(f"<blockquote>{_lines(text)}</blockquote>" for text in texts)


def _citation(citation: Mapping[str, Any]) -> str:
    relevant = "relevant" if citation["relevant"] else "not relevant"
    exact = "" if citation["exact"] else ", quote not exact"
    place = f"{citation['document']}, characters {citation['start']}–{citation['end']}"
    kind = "fn-v-right" if citation["relevant"] else "fn-v-wrong"
    return (
        f"<blockquote>{_lines(citation.get('quote', ''))}<footer>"
        f'<span class="fn-verdict {kind}">{relevant}{exact}</span> {escape(place)}</footer>'
        "</blockquote>"
    )


def _differences(found: Comparison) -> str:
    bodies = []
    for group, values in found.measures.items():
        shown = "".join(_difference(group, name, value) for name, value in values.items())
        bodies.append(
            f'<tbody><tr><th scope="rowgroup" colspan="6">{escape(group_name(group))}</th></tr>'
            f"{shown}</tbody>"
        )
    return (
        '<div class="fn-scroll"><table class="fn-differences"><caption>Measures on the cases in '
        "both: difference with its 95 % interval (paired bootstrap) and p (paired permutation "
        "test). Of twenty measures, one is below .05 by chance.</caption><thead><tr>"
        '<th scope="col">Measure</th><th scope="col" class="fn-num">Before</th>'
        '<th scope="col" class="fn-num">After</th><th scope="col" class="fn-num">Difference</th>'
        '<th scope="col">95 % interval</th><th scope="col" class="fn-num">p</th></tr></thead>'
        f"{''.join(bodies)}</table></div>"
    )


def _difference(group: str, name: str, value: Difference) -> str:
    digits = 0 if group == "latency_ms" else 3
    kind = ' class="fn-sure"' if value.p < _SIGNIFICANT else ""
    return (
        f'<tr{kind}><th scope="row">{escape(name)}<span class="fn-sub">'
        f"{escape(GLOSSES.get(f'{group} {name}', ''))}</span></th>"
        f'<td class="fn-num">{value.before:.{digits}f}</td>'
        f'<td class="fn-num">{value.after:.{digits}f}</td>'
        f'<td class="fn-num">{_signed(value.value, digits)}</td>'
        f"<td>{_signed(value.low, digits)} to {_signed(value.high, digits)}</td>"
        f'<td class="fn-num">{value.p:.3f}</td></tr>'
    )


def _signed(value: float, digits: int) -> str:
    """With its sign, and no sign at zero.

    >>> _signed(-0.0001, 3), _signed(0.25, 3), _signed(-3.2, 0)
    ('0.000', '+0.250', '−3')
    """
    rounded = round(value, digits) or 0.0
    text = f"{rounded:+.{digits}f}" if rounded else f"{0:.{digits}f}"
    return text.replace("-", "−")


def _changes(found: Comparison) -> str:
    if not found.changes:
        return message_html("No case was judged differently.")
    better = sum(change.direction > 0 for change in found.changes)
    worse = sum(change.direction < 0 for change in found.changes)
    other = len(found.changes) - better - worse
    told = f"{worse} worse, {better} better" + (f", {other} otherwise changed" if other else "")
    body = "".join(_change(change) for change in found.changes)
    return (
        f'<h3>Cases that changed</h3><p class="fn-facts">{told}</p><table class="fn-cases">'
        '<thead><tr><th scope="col">Verdicts</th><th scope="col">Case</th></tr></thead>'
        f"<tbody>{body}</tbody></table>"
    )


def _change(change: Change) -> str:
    badges = f"{_badge(change.before.verdict)} → {_badge(change.after.verdict)}"
    sides = "".join(
        f"<dt>{name}</dt><dd>{_side(side)}</dd>"
        for name, side in (("Before", change.before), ("After", change.after))
    )
    return (
        f'<tr data-case="{escape(change.id)}"><td class="fn-badges">{badges}</td><th scope="row">'
        f"<details><summary>{escape(change.question)}</summary><dl>{sides}</dl></details></th></tr>"
    )


def _side(side: Side) -> str:
    generation = escape(side.generation or "none")
    return (
        f"{_lines(side.answer or 'no answer')}"
        f'<span class="fn-sub">{escape(side.verdict.reason)} · generation {generation}</span>'
    )


def _lines(text: str) -> str:
    return escape(text).replace("\n", "<br>")
