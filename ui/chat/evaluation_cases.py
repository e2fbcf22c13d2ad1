"""The cases of a run as HTML, each with all that its verdict rests on; all text is escaped here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from eval.judge import Verdict, verdict
from eval.render.words import why_unanswerable
from ui.chat.evaluation_words import VERDICTS, badge_html, message_html
from ui.chat.render import lines_html

__all__ = ["ALL", "cases_html"]

ALL = "all"
"""The filter that every case passes; the others are the kinds of verdicts."""


def cases_html(rows: Sequence[Mapping[str, Any]], only: str, limit: int) -> str:
    """The cases that pass the filter, the worst verdict first, at most ``limit`` of them."""
    judged = sorted(((verdict(row), row) for row in rows), key=lambda pair: pair[0].rank)
    kept = [pair for pair in judged if only in {ALL, pair[0].kind}]
    kinds = [found.kind for found, _ in judged]
    counts = ", ".join(
        f"{kinds.count(kind)} {name.lower()}" for kind, name in VERDICTS.items() if kind in kinds
    )
    first = f", the first {limit} are shown" if len(kept) > limit else ""
    told = f"{len(kept)} of {len(rows)} cases{first}. In all {counts}."
    body = "".join(_case(found, row) for found, row in kept[:limit])
    table = (
        '<table class="fn-cases"><thead><tr><th scope="col">Verdict</th><th scope="col">Case</th>'
        '<th scope="col" class="fn-num fn-wide">Confidence</th>'
        f'<th scope="col" class="fn-num fn-wide">ms</th></tr></thead><tbody>{body}</tbody></table>'
    )
    more = (
        f'<button type="button" class="fn-more" data-event="select" data-rows="{limit * 4}">'
        "Show more</button>"
    )
    return (
        f'<p class="fn-facts" role="status">{escape(told)}</p>'
        + (table if kept else message_html("No case of this run is like that."))
        + (more if first else "")
    )


def _case(found: Verdict, row: Mapping[str, Any]) -> str:
    sure = "–" if row["confidence"] is None else f"{row['confidence']:.2f}"
    took = "–" if row["latency_ms"] is None else f"{row['latency_ms']:.0f}"
    return (
        f'<tr data-case="{escape(row["id"])}"><td>{badge_html(found.kind)}</td>'
        f'<th scope="row"><details><summary>{escape(row["question"])}</summary>'
        f"{_told(found, row)}</details></th>"
        f'<td class="fn-num fn-wide">{sure}</td><td class="fn-num fn-wide">{took}</td></tr>'
    )


def _told(found: Verdict, row: Mapping[str, Any]) -> str:
    """All that a reader needs to agree with the verdict or not."""
    expected = " / ".join(row["answers"]) or "no words are given"
    if not row["answerable"]:
        expected = f"to be declined: {why_unanswerable(row)}"
    searched = row["standalone_question"]
    parts = [
        ("Verdict", escape(f"{VERDICTS[found.kind]}: {found.reason}")),
        ("Expected", escape(expected)),
        ("Evidence", _quotes(row["evidence"]) or escape(", ".join(row["sources"]))),
        ("Read as", "" if searched == row["question"] else escape(searched or "")),
        ("Answer", lines_html(row["answer"] or "none")),
        ("Cited", "".join(_citation(citation) for citation in row["citations"])),
        ("Case", escape(f"{row['id']} · generation {row['generation'] or 'none'}")),
    ]
    listed = "".join(f"<dt>{name}</dt><dd>{text}</dd>" for name, text in parts if text)
    return f"<dl>{listed}</dl>"


def _quotes(texts: Sequence[str]) -> str:
    return "".join(f"<blockquote>{lines_html(text)}</blockquote>" for text in texts)


def _citation(citation: Mapping[str, Any]) -> str:
    relevant = "judged evidence" if citation["relevant"] else "not judged evidence"
    exact = "" if citation["exact"] else ", quote not exact"
    place = f"{citation['document']}, characters {citation['start']}–{citation['end']}"
    kind = "fn-v-right" if citation["relevant"] and citation["exact"] else "fn-v-wrong"
    return (
        f"<blockquote>{lines_html(citation['quote'])}<footer>"
        f'<span class="fn-verdict {kind}">{relevant}{exact}</span> {escape(place)}</footer>'
        "</blockquote>"
    )
