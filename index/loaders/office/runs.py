"""The pieces of a line, in their forms, as one text: level, raised, lowered, equations, notes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from itertools import groupby
from operator import itemgetter

from index.loaders.extract import is_program_title
from index.text.raised import lowered, raised

__all__ = ["PAGE", "Piece", "joined", "margin_text", "picture_line"]

Piece = tuple[str, str]
"""The form of a piece and its text.

The forms are "" (as it is), "raised", "lowered", "equation", "note" (the number of one), and
"gone" for text that is struck or deleted, which is empty.
"""

PAGE = "\ue000"
"""Stands in a page header or footer where the number of a page does."""

_FORM = itemgetter(0)
_FORMS: dict[str, Callable[[str], str]] = {"raised": raised, "lowered": lowered, "note": raised}

# At the margin: "Page 3 of 7", "- 3 -", "3/7", where it is all that stands between two signs.
_NUMBER_ALONE = re.compile(
    rf"(^|[\t\n|,;:·•–—-])[^\w\t\n]*(?:\w+\.?[ \xa0]?)?{PAGE}\w?(?:[^\t\n]*?{PAGE}\w?)?"
    r"[^\w\t\n]*(?=$|[\t\n])"
)
_NUMBER = re.compile(rf"{PAGE}(?:[^\w\t\n]*\w*[^\w\t\n]*{PAGE})?")
_EDGES = " \t\n|,;:·•–—-"
# What programs write for want of a description: a name and a number, or a second paragraph on it.
_GENERATED = re.compile(
    r"[^\W\d_]+ ?\d+|.*\.(?:png|jpe?g|gif|bmp|tiff?|webp|svg|[ew]mf)|.*generated\b.*"
    r"|.*\n\s*\n.{1,80}|https?:\S*",
    re.IGNORECASE | re.DOTALL,
)


def joined(pieces: Iterable[Piece]) -> str:
    """The pieces as one text, in which no number takes in what is raised, lowered or a note's.

    >>> joined([("", "24"), ("note", "1"), ("", " euros for 5 m"), ("raised", "2")])
    '24¹ euros for 5 m²'
    >>> joined([("", "3"), ("equation", "1/2"), ("", " hours, "), ("note", "1")])
    '3 1/2 hours, '
    >>> joined([("", "It is "), ("gone", ""), ("", " 9 euros.")])
    'It is 9 euros.'
    """
    pieces = list(pieces)
    if not any(map(_FORM, pieces)):
        return "".join([piece for _, piece in pieces])
    text: list[str] = []
    last, before = " ", ""
    for form, group in groupby(pieces, key=_FORM):
        inner = [piece for _, piece in group]
        for piece in inner if form in ("note", "equation") else ("".join(inner),):
            part = _FORMS[form](piece) if form in _FORMS else piece
            if form == "note" and not (last.isalpha() or last.isdecimal()):
                part = ""  # behind another's number it would be one with that
            if before == "gone" and last.isspace():
                part = part.lstrip(" ")
            if "equation" in (form, before) and last.isalnum() and part[:1].isalnum():
                part = f" {part}"
            text.append(part)
            last = part[-1:] or last
        before = form
    return "".join(text)


def margin_text(lines: Iterable[str]) -> str:
    r"""The lines of a page header or footer without numbers of pages, and what stands for these.

    >>> margin_text(t.replace("N", PAGE) for t in ("Page N of N", "- N -", "BT-7\tSeite N"))
    'BT-7'
    >>> margin_text(["Rules of 2026, page N".replace("N", PAGE)])
    'Rules of 2026'
    """
    return "\n".join(filter(None, map(_margin_line, lines)))


def _margin_line(text: str) -> str:
    if PAGE in text:
        text = _NUMBER.sub("", _NUMBER_ALONE.sub(r"\1", text)).strip(_EDGES)
    return text.strip() if any(map(str.isalnum, text)) else ""  # a line that is drawn


def picture_line(described: str) -> str:
    """What an author wrote about a picture, as a line; empty for what a program wrote.

    >>> picture_line("The barn from the east"), picture_line("image3.png"), picture_line("Bild 4")
    ('Picture: The barn from the east', '', '')
    """
    text = described.strip()
    if not text or _GENERATED.fullmatch(text) or is_program_title(text):
        return ""
    return f"Picture: {' '.join(text.split())}"
