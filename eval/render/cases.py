"""Every case of a run as HTML, the worst first, each closed until it is opened.

All that a verdict rests on is shown.

Marked are the characters of a quote that are judged evidence, and those of the evidence that were
cited. Both rest on offsets alone: a citation and a piece of evidence share the characters of a
document that are in both. Text is compared only to tell which evidence a place belongs to, since
white space may differ there (lines of a PDF).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from markupsafe import Markup

from eval.judge import Verdict
from eval.render.html import lines, render
from eval.render.words import BY_MODEL, KIND_NAMES, judged, meaning_of, why_unanswerable
from eval.types import Row
from rag.types import confidence_in_words

__all__ = ["cases_html", "evidence_marks", "marked_html", "quote_marks"]


def cases_html(rows: Sequence[Row]) -> Markup:
    """The filter (of use with a script only) and the cases.

    Within a verdict, those whose passages were found worst come first.
    """
    order = list(KIND_NAMES)
    cases = sorted(
        ((judged(row), row) for row in rows),
        key=lambda one: (order.index(one[0].kind), one[1]["retrieval"].get("ndcg@10", 1.0)),
    )
    return render(
        "cases",
        names=KIND_NAMES,
        kinds=[found.kind for found, _ in cases],
        cases=[_case(number, *case) for number, case in enumerate(cases, start=1)],
    )


def _case(number: int, found: Verdict, row: Row) -> Markup:
    places = row.get("evidence_spans") or ()
    marks = evidence_marks(row["evidence"], places, row["citations"])
    return render(
        "case",
        number=number,
        verdict=found,
        name=KIND_NAMES[found.kind],
        row=row,
        places=places,
        quotes=list(map(marked_html, row["evidence"], marks)),
        citations=[
            (one, marked_html(one["quote"], quote_marks(one, places))) for one in row["citations"]
        ],
        opinion=_opinion(row.get(BY_MODEL) or {}),
        facts=_facts(row),
        why_unanswerable=why_unanswerable,
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


def _opinion(found: Mapping[str, Any]) -> Iterator[str]:
    """What a language model thinks of the answer, and why it has no opinion."""
    for name, value in found.items():
        if not name.endswith("_reason"):
            why_not = f"not judged ({found.get(f'{name}_reason')})"
            shown = f"{value:.2f}" if isinstance(value, int | float) else why_not
            yield f"{meaning_of(BY_MODEL, name).says}: {shown}"


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


def marked_html(text: str, marks: Sequence[Mark] = ()) -> Markup:
    """The text, escaped, with its line breaks; marks (in order, apart) in ``<mark>``.

    >>> marked_html("a < b", [(2, 3)])
    Markup('a <mark>&lt;</mark> b')
    """
    out, at = Markup(), 0
    for start, end in marks:
        out += lines(text[at:start]) + Markup("<mark>%s</mark>") % lines(text[start:end])
        at = end
    return out + lines(text[at:])


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
