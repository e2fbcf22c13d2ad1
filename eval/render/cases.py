"""Every case of a run as HTML, the worst first, each closed until it is opened.

All that a verdict rests on stands in it. Text of cases, answers and documents is escaped here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

from eval.judge import Verdict
from eval.render.marking import evidence_marks, marked_html, quote_marks
from eval.render.words import BY_MODEL, KIND_NAMES, judged, meaning_of
from rag.types import confidence_in_words

__all__ = ["cases_html"]

Row = Mapping[str, Any]


def cases_html(rows: Sequence[Row]) -> str:
    """The filter (of use with a script only) and the cases.

    Within a verdict, those whose passages were found worst come first.
    """
    order = list(KIND_NAMES)
    cases = sorted(
        ((judged(row), row) for row in rows),
        key=lambda one: (order.index(one[0].kind), one[1]["retrieval"].get("ndcg@10", 1.0)),
    )
    kinds = [found.kind for found, _ in cases]
    chosen = "".join(
        f'<option value="{kind}">{name} ({kinds.count(kind)})</option>'
        for kind, name in KIND_NAMES.items()
        if kind in kinds
    )
    listed = "".join(_case(number, *case) for number, case in enumerate(cases, start=1))
    return (
        '<section id="cases" aria-labelledby="cases-title"><h2 id="cases-title">Cases</h2>'
        "<p>Those that went wrong come first. <mark>Marked</mark> is what an answer cites of the "
        "judged evidence. Print shows the cases that are open.</p>"
        '<form id="filter" hidden><label>Verdict <select name="kind"><option value="">All '
        f"({len(rows)})</option>{chosen}</select></label>"
        '<label>Words <input type="search" name="words" autocomplete="off"></label>'
        '<button type="button" name="open">Open all</button>'
        '<button type="button" name="close">Close all</button>'
        f'<output name="told"></output></form>{listed}</section>'
    )


def _case(number: int, found: Verdict, row: Row) -> str:
    facts = []
    if row["confidence"] is not None:
        facts.append(f"confidence {row['confidence']:.2f}")
    if row["latency_ms"] is not None:
        facts.append(f"{row['latency_ms']:,.0f} ms")
    listed = "".join(f"<dt>{name}</dt><dd>{text}</dd>" for name, text in _told(found, row) if text)
    return (
        f'<details class="case" id="case-{number}" data-kind="{found.kind}"><summary>'
        f'{_badge(found.kind)} <span class="question" dir="auto">{escape(row["question"])}</span> '
        f'<span class="soft">{" · ".join(facts)}</span></summary><dl>{listed}</dl></details>'
    )


def _told(found: Verdict, row: Row) -> Iterator[tuple[str, str]]:
    """All that a reader needs to agree with the verdict or not, by name."""
    searched = row["standalone_question"]
    yield "Before it", "".join(map(_turn, row.get("history") or ()))
    yield "Verdict", escape(f"{KIND_NAMES[found.kind]}: {found.reason}.")
    yield "Expected", _expected(row)
    yield "Searched for", _text(searched) if searched not in {None, row["question"]} else ""
    yield "Answer", "" if found.kind == "searched" else _answer(row)
    yield "Judged evidence", _evidence(row)
    yield "Cited", "".join(_citation(row, citation) for citation in row["citations"])
    yield "Search", _values(row["retrieval"])
    yield "Measures", _values(row["measures"])
    yield "Language model", _opinion(row.get(BY_MODEL) or {})
    yield "Case", escape(" · ".join(_facts(row)))


def _expected(row: Row) -> str:
    if not row["answerable"]:
        return "To be declined: the documents do not answer it."
    if not row["answers"]:
        return "An answer; the case gives no words for it."
    return _text(" / ".join(row["answers"]))


def _answer(row: Row) -> str:
    left_out = row.get("left_out") or 0
    was = "sentence was" if left_out == 1 else "sentences were"
    note = f'<p class="soft">{left_out} {was} left out: the check refused them.</p>'
    return _text(row["answer"] or "None.") + (note if left_out else "")


def _evidence(row: Row) -> str:
    if not row["evidence"]:
        return escape("Anything in " + ", ".join(row["sources"])) if row["sources"] else ""
    places = row.get("evidence_spans") or ()
    marks = evidence_marks(row["evidence"], places, row["citations"])
    quotes = "".join(
        f'<blockquote dir="auto">{marked_html(text, marked)}</blockquote>'
        for text, marked in zip(row["evidence"], marks, strict=True)
    )
    where = [f"{p['document']}, characters {p['start']:,}–{p['end']:,}" for p in places]
    return quotes + f'<p class="soft">{escape("; ".join(where or row["sources"]))}</p>'


def _citation(row: Row, citation: Mapping[str, Any]) -> str:
    marks = quote_marks(citation, row.get("evidence_spans") or ())
    place = f"{citation['document']}, characters {citation['start']:,}–{citation['end']:,}"
    relevant = "judged evidence" if citation["relevant"] else "not judged evidence"
    exact = "" if citation["exact"] else ", quote not exact"
    kind = "right" if citation["relevant"] and citation["exact"] else "wrong"
    return (
        f'<blockquote dir="auto">{marked_html(citation["quote"], marks)}</blockquote>'
        f'<p class="soft"><span class="badge v-{kind}">{relevant}{exact}</span> {escape(place)}</p>'
    )


def _turn(turn: Mapping[str, Any]) -> str:
    who = "Asked" if turn["role"] == "user" else "Answered"
    return (
        f'<p><span class="soft">{who}:</span> <span dir="auto">{escape(turn["content"])}</span></p>'
    )


def _facts(row: Row) -> Iterator[str]:
    yield f"{row['id']}" + (f" ({row['kind']})" if row.get("kind") else "")
    if row["confidence"] is not None:
        words = "" if row["abstained"] else f" ({confidence_in_words(row['confidence'])})"
        yield f"confidence {row['confidence']:.2f}{words}"
    if row["latency_ms"] is not None:
        yield f"{row['latency_ms']:,.0f} ms" + ("" if row.get("alone", True) else " beside others")
    tokens = row.get("tokens") or {}
    if any(tokens.values()):
        yield f"{tokens.get('prompt', 0):,} tokens read, {tokens.get('written', 0):,} written"
    yield f"generation {row['generation'] or 'none'}"


def _opinion(found: Mapping[str, Any]) -> str:
    """What a language model thinks of the answer, and why it has no opinion."""
    names = [name for name in found if not name.endswith("_reason")]
    told = [
        f"{meaning_of(BY_MODEL, name).says}: {found[name]:.2f}"
        if isinstance(found[name], int | float)
        else f"{meaning_of(BY_MODEL, name).says}: not judged ({found.get(f'{name}_reason')})"
        for name in names
    ]
    return "".join(f"<p>{escape(line)}</p>" for line in told)


def _values(values: Mapping[str, float]) -> str:
    return escape(", ".join(f"{name} {value:.2f}" for name, value in values.items()))


def _text(text: str) -> str:
    return f'<p dir="auto">{marked_html(text)}</p>'


def _badge(kind: str) -> str:
    return f'<span class="badge v-{kind}">{KIND_NAMES[kind]}</span>'
