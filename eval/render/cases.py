"""Every case of a run as HTML, the worst first, each closed until it is opened.

All that a verdict rests on is shown. Text of cases, answers and documents is escaped here.

Marked are the characters of a quote that are judged evidence, and those of the evidence that were
cited. Both rest on offsets alone: a citation and a piece of evidence share the characters of a
document that are in both. Text is compared only to tell which evidence a place belongs to, since
white space may differ there (lines of a PDF).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Any

from eval.judge import Verdict
from eval.render.words import BY_MODEL, KIND_NAMES, judged, meaning_of
from eval.types import Row
from rag.types import confidence_in_words

__all__ = ["cases_html", "evidence_marks", "marked_html", "quote_marks"]


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
    listed = "".join(
        f"<dt>{name}</dt><dd>{text}</dd>" for name, text in _details(found, row) if text
    )
    return (
        f'<details class="case" id="case-{number}" data-kind="{found.kind}"><summary>'
        f'{_badge(found.kind)} <span class="question" dir="auto">{escape(row["question"])}</span> '
        f'<span class="soft">{" · ".join(facts)}</span></summary><dl>{listed}</dl></details>'
    )


def _details(found: Verdict, row: Row) -> Iterator[tuple[str, str]]:
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
    lines = [
        f"{meaning_of(BY_MODEL, name).says}: {found[name]:.2f}"
        if isinstance(found[name], int | float)
        else f"{meaning_of(BY_MODEL, name).says}: not judged ({found.get(f'{name}_reason')})"
        for name in names
    ]
    return "".join(f"<p>{escape(line)}</p>" for line in lines)


def _values(values: Mapping[str, float]) -> str:
    return escape(", ".join(f"{name} {value:.2f}" for name, value in values.items()))


def _text(text: str) -> str:
    return f'<p dir="auto">{marked_html(text)}</p>'


def _badge(kind: str) -> str:
    return f'<span class="badge v-{kind}">{KIND_NAMES[kind]}</span>'


Mark = tuple[int, int]


def quote_marks(citation: Mapping[str, Any], places: Sequence[Mapping[str, Any]]) -> list[Mark]:
    """The parts of a citation's quote that lie in ``places`` (document, start, end) of evidence.

    >>> cited = {"document": "a", "start": 10, "end": 15, "quote": "abcde"}
    >>> quote_marks(cited, [{"document": "a", "start": 12, "end": 40}])
    [(2, 5)]
    """
    start = citation["start"]
    return joined((low - start, high - start) for low, high, _ in _shared(citation, places))


def evidence_marks(
    texts: Sequence[str],
    places: Sequence[Mapping[str, Any]],
    citations: Sequence[Mapping[str, Any]],
) -> list[list[Mark]]:
    """For each text of the evidence, the parts that ``citations`` hold.

    >>> cited = {"document": "a", "start": 10, "end": 15, "quote": "abcde"}
    >>> evidence_marks(["cdefgh", "cd"], [{"document": "a", "start": 12, "end": 18}], [cited])
    [[(0, 3)], []]
    """
    lengths = {len(text) for text in texts}
    found: list[list[Mark]] = [[] for _ in texts]
    for citation in citations:
        for low, high, place in _shared(citation, places):
            piece = citation["quote"][low - citation["start"] : high - citation["start"]]
            length = place["end"] - place["start"]
            for text, marks in zip(texts, found, strict=True):
                if length in lengths and len(text) != length:
                    continue
                mark = _within(text, place, low, high, piece)
                if mark is not None:
                    marks.append(mark)
    return [joined(marks) for marks in found]


def joined(marks: Iterable[Mark]) -> list[Mark]:
    """Marks in order, those that touch or overlap made one; empty ones left out.

    >>> joined([(4, 6), (0, 2), (2, 3), (5, 5)])
    [(0, 3), (4, 6)]
    """
    out: list[Mark] = []
    for start, end in sorted(mark for mark in marks if mark[0] < mark[1]):
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(end, out[-1][1]))
        else:
            out.append((start, end))
    return out


def marked_html(text: str, marks: Sequence[Mark] = ()) -> str:
    """The text, escaped, with its line breaks; marks (in order, apart) in ``<mark>``.

    >>> marked_html("a < b", [(2, 3)])
    'a <mark>&lt;</mark> b'
    """
    out, at = [], 0
    for start, end in marks:
        out += [escape(text[at:start]), "<mark>", escape(text[start:end]), "</mark>"]
        at = end
    return "".join([*out, escape(text[at:])]).replace("\n", "<br>")


def _shared(
    citation: Mapping[str, Any], places: Sequence[Mapping[str, Any]]
) -> list[tuple[int, int, Mapping[str, Any]]]:
    """What a citation shares with each place, as offsets of the document.

    Nothing when its quote is not as long as its place: then its characters are not those.
    """
    if len(citation["quote"]) != citation["end"] - citation["start"]:
        return []
    shared = [
        (max(citation["start"], place["start"]), min(citation["end"], place["end"]), place)
        for place in places
        if place["document"] == citation["document"]
    ]
    return [(low, high, place) for low, high, place in shared if low < high]


def _within(
    evidence: str, place: Mapping[str, Any], low: int, high: int, piece: str
) -> Mark | None:
    """Where the characters ``low`` to ``high`` of a document, ``piece``, are in the evidence.

    As far from its start as from the place's, where both are as long; else at the end that the
    piece has in common with the place, or where its words are. None when they are elsewhere.
    """
    if len(evidence) == place["end"] - place["start"]:
        mark = low - place["start"], high - place["start"]
        return mark if evidence[slice(*mark)].split() == piece.split() else None
    words = r"\s+".join(map(re.escape, piece.split()))
    if low == place["start"]:
        found = re.match(words, evidence)
    elif high == place["end"]:
        found = re.search(rf"{words}\s*\Z", evidence)
    else:
        found = re.search(words, evidence)
    return found.span() if found and words else None
