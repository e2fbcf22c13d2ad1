"""A line of a page: its text and where it stands; made of characters where their places matter.

Pure: it knows nothing of pdfium.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby
from typing import NamedTuple

from index.text.direction import RIGHT_TO_LEFT, in_logical_order, runs_right_to_left
from index.text.raised import lowered, opens_with_mark, raised

__all__ = [
    "CELL_GAP",
    "GAP",
    "SMALL",
    "Character",
    "Line",
    "Piece",
    "line_of",
    "one_line",
    "rows_of",
]

GAP = 0.8
"""Heights of a line: what is further apart are two pieces, which may be of two columns."""

CELL_GAP = 0.5
"""Heights of a line: cells of one that has several may be so near."""

SMALL = 0.85
"""Of the height of a line: smaller characters are raised or lowered if they are out of it."""

_RAISED = 0.12  # heights of the line above its foot
_LOWERED = -0.06
# Heights of the line that are a space between words from the right, and inside what the file takes
# for one word, since letters that do not join the next one leave gaps.
_SPACE = 0.17
_SPACE_IN_WORD = 0.23
_RULED = 0.13  # heights of a character: a rule stands in a gap that is no narrower
_SAME = 0.05  # points


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a page: its text, ``BROKEN`` last if its last word goes on in the next line.

    ``top`` and ``bottom`` are heights on the page in points, from below, ``left`` and ``right``
    places from the left; ``size`` is the height of its lower end; ``heading`` is the (number on
    its page, level) of the heading that the file's tags say it belongs to. ``parts`` are its
    pieces, if wide gaps are between them; joined by spaces they are its text. ``cells`` are those
    of a row of a table, if there may be more; ``last`` is the number of its last character on the
    page, ``table`` that of the table which it is in.
    """

    text: str
    top: float
    bottom: float
    size: float
    heading: tuple[int, int] | None = None
    left: float = 0.0
    right: float = 0.0
    parts: tuple[Line, ...] = ()
    cells: tuple[Line, ...] = ()
    last: int = -1
    table: int | None = None

    @property
    def height(self) -> float:
        """Points, one at least."""
        return max(self.top - self.bottom, 1.0)

    @property
    def pieces(self) -> Sequence[Line]:
        """Its cells or parts, else itself."""
        return self.cells or self.parts or (self,)


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a line, and its number on the page."""

    line: Line
    number: int

    @property
    def middle(self) -> tuple[float, float]:
        """The point in its middle."""
        return (self.line.left + self.line.right) / 2, (self.line.top + self.line.bottom) / 2


class Character(NamedTuple):
    """A character and its box in points; ``base`` is the height of the line that it stands on.

    ``origin`` is the place from the left where its glyph begins, which may have more characters;
    ``word`` counts the white space before it in the file's order.
    """

    text: str
    left: float
    bottom: float
    right: float
    top: float
    base: float
    origin: float = 0.0
    word: int = 0

    @property
    def height(self) -> float:
        """Points: by the size of the type, not by what is drawn of it."""
        return self.top - self.bottom


def line_of(
    characters: Sequence[Character],
    heading: tuple[int, int] | None = None,
    *,
    from_right: bool = False,
    cuts: Sequence[float] = (),
    gap: float = GAP,
    last: int = -1,
) -> Line | None:
    """The line of characters in the file's order, with its pieces; None without any text.

    ``cuts`` are places where rules part it, ``gap`` the heights between its pieces. What is raised
    or lowered is written so; words that run from the right are put in order, and so are the pieces
    where the page is read ``from_right``.
    """
    shown = [c for c in characters if not c.text.isspace()]
    if not shown:
        return None
    is_mixed = RIGHT_TO_LEFT.search("".join([c.text for c in shown])) is not None or (
        from_right and not any(c.text.isalpha() for c in shown)
    )
    height, top, bottom = _usual(shown)
    pieces = []
    ordered = list(_from_left(shown)) if is_mixed else characters
    for piece in _pieces(ordered, gap * height, cuts):
        written = _shifted(piece, height)
        if is_mixed:
            spaced = list(_spaced(piece, written, height))
            text = in_logical_order(spaced, from_right=from_right).strip()
        else:
            text = "".join(written).strip()
        if text:
            drawn = [c for c in piece if not c.text.isspace()]
            left, right = min(c.left for c in drawn), max(c.right for c in drawn)
            size, high, low = _usual(drawn)
            pieces.append(Line(text, high, low, size, heading, left, right, last=last))
    if len(pieces) == 1:
        return pieces[0]
    left, right = min(p.left for p in pieces), max(p.right for p in pieces)
    text = " ".join(piece.text for piece in (reversed(pieces) if from_right else pieces))
    return Line(text, top, bottom, height, heading, left, right, tuple(pieces), last=last)


def one_line(before: Line, line: Line) -> Line | None:
    """Two lines as one, if they stand on one line side by side, as behind a raised note mark.

    The second one stands on the left where both are read from the right.
    """
    height = max(before.height, line.height)
    gap = max(line.left - before.right, before.left - line.right)
    overlap = min(before.top, line.top) - max(before.bottom, line.bottom)
    if (
        before.parts
        or line.parts
        or before.heading != line.heading
        or not -height / 4 < gap < GAP * height
        or overlap < min(before.height, line.height) / 2
    ):
        return None
    texts = [before.text, line.text]
    small, large = sorted((before, line), key=lambda line: line.height)
    if small.height <= SMALL * height and small.bottom > large.bottom + _RAISED * height:
        texts[small is line] = raised(small.text)
    left, right = min(before.left, line.left), max(before.right, line.right)
    from_right = runs_right_to_left(before.text + line.text)
    if (line.left > before.left) is from_right:
        texts.reverse()
    space = _SPACE_IN_WORD if from_right else _SPACE
    is_apart = gap > space * height or opens_with_mark(texts[1])
    text = (" " if is_apart else "").join(texts)
    return replace(large, text=text, left=left, right=right)


def rows_of(pieces: Iterable[Piece]) -> list[list[Piece]]:
    """Pieces that stand beside each other, from above; each row from the left."""
    rows: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda piece: (-piece.line.top, piece.line.left)):
        first = rows[-1][0].line if rows else None
        if first and first.bottom < piece.middle[1]:
            rows[-1].append(piece)
        else:
            rows.append([piece])
    return [sorted(row, key=lambda piece: piece.line.left) for row in rows]


def _usual(characters: Iterable[Character]) -> tuple[float, float, float]:
    """Height, top and bottom of most of the characters; the height is one point at least."""
    boxes = Counter((c.top, c.bottom) for c in characters)
    (top, bottom), _ = boxes.most_common(1)[0]
    return max(top - bottom, 1.0), top, bottom


def _from_left(characters: Iterable[Character]) -> Iterator[Character]:
    """Characters by their places from the left, each mark with the letter that it belongs to.

    That is the letter of its glyph, or else the nearest one.
    """
    letters: list[list[Character]] = []
    marks: list[Character] = []
    for character in characters:
        if unicodedata.combining(character.text[0]):
            marks.append(character)
        else:
            letters.append([character])
    letters.sort(key=lambda group: group[0].left + group[0].right)
    for mark in marks if letters else ():
        min(letters, key=partial(_distance, mark)).append(mark)
    for first, *marks in letters:
        left, right = min(c.left for c in (first, *marks)), max(c.right for c in (first, *marks))
        text = first.text + "".join(mark.text for mark in marks)
        yield first._replace(text=text, left=left, right=right)


def _distance(mark: Character, group: Sequence[Character]) -> tuple[bool, float]:
    letter = group[0]
    apart = abs(letter.left + letter.right - mark.left - mark.right)
    return abs(letter.origin - mark.origin) > _SAME, apart


def _pieces(
    characters: Sequence[Character], wide: float, cuts: Sequence[float]
) -> Iterator[list[Character]]:
    """Characters between gaps that are wide (points) and rules."""
    piece: list[Character] = []
    right = None
    for character in characters:
        if not character.text.isspace():
            if right is not None and (
                character.left - right > wide or (cuts and _is_cut(right, character, cuts))
            ):
                yield piece
                piece = []
            right = character.right
        piece.append(character)
    yield piece


def _is_cut(right: float, character: Character, cuts: Sequence[float]) -> bool:
    """Whether a rule stands in the gap between the end of a character and the next."""
    is_gap = character.left - right > _RULED * character.height
    return is_gap and any(right <= cut <= character.left for cut in cuts)


def _shifted(piece: Sequence[Character], height: float) -> list[str]:
    """The text of each character; of a run that is raised or lowered at its first one."""
    small = SMALL * height

    def is_small(character: Character) -> bool:
        return character.height <= small

    if all(c.top - c.bottom > small for c in piece):
        return [character.text for character in piece]
    written: list[str] = []
    large: list[Character] = []  # before the run, and behind it
    groups = [list(group) for _, group in groupby(piece, lambda c: (is_small(c), c.base))]
    for group, following in zip(groups, [*groups[1:], []], strict=True):
        texts = [character.text for character in group]
        if not is_small(group[0]):
            large = group[-1:]
        elif near := [*large, *(c for c in following[:1] if not is_small(c))]:
            beside = min(near, key=lambda c: max(group[0].left - c.right, c.left - group[-1].right))
            shift = (group[0].base - beside.base) / height
            form = raised if shift > _RAISED else lowered if shift < _LOWERED else None
            if form:
                texts = [form("".join(texts)), *[""] * (len(texts) - 1)]
        written += texts
    return written


def _spaced(piece: Sequence[Character], written: Sequence[str], height: float) -> Iterator[str]:
    """Texts with a space where there is a gap."""
    right, word = piece[0].left, piece[0].word
    for character, text in zip(piece, written, strict=True):
        space = _SPACE_IN_WORD if character.word == word else _SPACE
        if character.left - right > space * height:
            yield " "
        yield text
        right, word = max(right, character.right), character.word
