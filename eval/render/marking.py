"""Which characters of a quote are judged evidence, and which of the evidence were cited.

Both rest on offsets alone: a citation and a piece of evidence share the characters of a document
that lie in both. Text is compared only to tell which evidence a place belongs to, since white space
may differ there (lines of a PDF).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

__all__ = ["evidence_marks", "marked_html", "quote_marks"]

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
    piece has in common with the place, or where its words stand. None when they stand elsewhere.
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
