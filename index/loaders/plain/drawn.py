"""Tables drawn with characters in a plain text: boxes, grids of reStructuredText, aligned columns.

Only what is sure is a table: a box with rules, columns ruled with "===", or three lines and more
whose pieces, parted by two spaces or a tab, all stand below the names of the first line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from index.loaders.plain.regions import begins_with_values, is_header, is_name
from index.loaders.plain.shapes import have_names

__all__ = ["drawn_tables"]

Rows = list[list[str]]
_Piece = tuple[int, int, str]

_BOX_RULE = re.compile(r"\s*[+┌├└╔╠╚╒╞╘|│║╟╭╰][-=+─━═┬┼┴╦╬╩╪╤╧╫╥╨┐┤┘╗╣╝╕╡╛╢╮╯|│║:\s]*$")
_OPENS_BOX = frozenset("+┌├└╔╠╚╒╞╘|│║╟╭╰")
_HAS_RULE = re.compile(r"[-=─━═]{3}")
_BOX_ROW = re.compile(r"\s*[|│║].*[|│║]\s*$")
_BAR = re.compile(r"[|│║]")
_SIMPLE_RULE = re.compile(r"={2,}(?: +={2,})+\s*$")
_UNDERLINE = re.compile(r"[-=_ ]{3,}$")
_PIECE = re.compile(r"\S+(?: \S+)*")
_MIN_LINES = 3
_MAX_ROWS = 2000
_MAX_CELLS = 30


def drawn_tables(lines: Sequence[str]) -> Iterator[tuple[int, int, Rows]]:
    r"""First line, line behind the last, and rows of each table; the first row names the columns.

    >>> list(drawn_tables(["+----+---+", "| A  | B |", "+----+---+", "| x  | 1 |", "+----+---+"]))
    [(0, 5, [['A', 'B'], ['x', '1']])]
    >>> list(drawn_tables(["Day     Fee", "Monday    4", "Sunday   12"]))
    [(0, 3, [['Day', 'Fee'], ['Monday', '4'], ['Sunday', '12']])]
    """
    at = 0
    while at < len(lines):
        line = lines[at].strip()
        end = 0
        if line[:1] in _OPENS_BOX:
            end, rows = _box(lines, at)
        elif line.startswith("=="):
            end, rows = _ruled(lines, at)
        if not end and not _is_one_piece(line):
            end, rows = _aligned(lines, at)
        if end:
            yield at, end, rows
        at = end or at + 1


def _box(lines: Sequence[str], at: int) -> tuple[int, Rows]:
    """A table with rules and bars; a cell may have several lines where all rows are ruled."""
    # It opens with a rule, or as in Markdown with names that are ruled below.
    if not (_is_rule(lines[at]) and lines[at].lstrip()[0] != "|"):
        is_ruled_below = at + 1 < len(lines) and _is_rule(lines[at + 1])
        if not (is_ruled_below and _BOX_ROW.match(lines[at])):
            return 0, []
    end = at
    groups: list[list[list[str]]] = [[]]
    while end < len(lines) and end - at < _MAX_ROWS:
        if _is_rule(lines[end]):
            groups.append([])
        elif _BOX_ROW.match(lines[end]):
            groups[-1].append([c.strip() for c in _BAR.split(lines[end].strip()[1:-1])])
        else:
            break
        end += 1
    groups = [group for group in groups if group]
    if len({len(row) for group in groups for row in group}) != 1 or not groups:
        return 0, []
    if len(groups) > 2:  # every row is ruled
        rows = [[" ".join(filter(None, c)) for c in zip(*g, strict=True)] for g in groups]
    else:
        rows = [row for group in groups for row in group]
    return (end, rows) if len(rows) > 1 and len(rows[0]) > 1 else (0, [])


def _is_rule(line: str) -> bool:
    return _BOX_RULE.match(line) is not None and _HAS_RULE.search(line) is not None


def _ruled(lines: Sequence[str], at: int) -> tuple[int, Rows]:
    """A simple table of reStructuredText: columns ruled with "===" above, below and between."""
    if not _SIMPLE_RULE.match(lines[at]):
        return 0, []
    starts = [found.start() for found in re.finditer("=+", lines[at])]
    bounds = list(zip(starts, [*starts[1:], None], strict=True))
    rows: Rows = []
    rules = 1
    for end in range(at + 1, min(len(lines), at + _MAX_ROWS)):
        line = lines[end]
        if _SIMPLE_RULE.match(line):
            rules += 1
            is_last = end + 1 >= len(lines) or not lines[end + 1].strip()
            if is_last and len(rows) > 1:
                return end + 1, rows
        elif cells := [line[start:stop].strip() for start, stop in bounds]:
            if not any(cells) or (not cells[0] and rows and rules == 1):
                continue
            if not cells[0] and rows:  # the line above goes on
                rows[-1] = [f"{a} {b}".strip() for a, b in zip(rows[-1], cells, strict=True)]
            else:
                rows.append(cells)
    return 0, []


def _aligned(lines: Sequence[str], at: int) -> tuple[int, Rows]:
    """Lines whose pieces begin or end where those of the first line do, which are names."""
    if not all(map(str.strip, lines[at + 1 : at + _MIN_LINES])):
        return 0, []
    head = _pieces(lines[at])
    if not 1 < len(head) <= _MAX_CELLS or not is_header([text for _, _, text in head], len(head)):
        return 0, []
    rows = [[text for _, _, text in head]]
    left = right = set(range(len(head)))
    beside = 0
    end = at + 1
    is_underlined = end < len(lines) and _UNDERLINE.match(lines[end].strip()) is not None
    end += is_underlined
    while end < len(lines) and end - at < _MAX_ROWS:
        pieces = _pieces(lines[end])
        if 1 < len(pieces) < len(head) and (cells := _with_gaps(head, pieces)):
            rows.append(cells)
            end += 1
            continue
        if len(pieces) != len(head):
            break
        here = [
            {
                n
                for n, (one, other) in enumerate(zip(head, pieces, strict=True))
                if one[k] == other[k]
            }
            for k in (0, 1)
        ]
        if len((left & here[0]) | (right & here[1])) < len(head):
            if not _are_below(head, pieces):
                break
            beside += 1  # a long cell pushes the next one
        else:
            left, right = left & here[0], right & here[1]
        rows.append([text for _, _, text in pieces])
        end += 1
    is_whole = end == len(lines) or len(_pieces(lines[end])) < 2
    is_sure = (
        is_underlined
        or any(map(_is_value, rows[-1]))
        or (len(head) > 2 and _has_figures(rows[1:]))
        or have_names(rows[0], rows[1:], [begin for begin, _, _ in head], 1)
    )
    is_named = not begins_with_values(list(enumerate(rows))) and 2 * beside < len(rows) - 1
    return (end, rows) if is_whole and is_sure and is_named and len(rows) >= _MIN_LINES else (0, [])


def _is_value(cell: str) -> bool:
    return not is_name(cell) and not cell.endswith((".", "!", "?", ";", ","))


def _has_figures(rows: Rows) -> bool:
    return any(character.isdigit() for row in rows for cell in row for character in cell)


def _with_gaps(head: Sequence[_Piece], pieces: Sequence[_Piece]) -> list[str]:
    """The cells of a row with empty ones, where each piece begins or ends below one name."""
    cells = [
        next((text for begin, end, text in pieces if begin == name[0] or end == name[1]), "")
        for name in head
    ]
    is_row = bool(cells[0]) and sum(map(bool, cells)) == len(pieces)
    return cells if is_row and all(len(names) == 1 for names in _above(head, pieces)) else []


def _are_below(head: Sequence[_Piece], pieces: Sequence[_Piece]) -> bool:
    """Whether each of as many pieces as names stands below its own, the first where that begins."""
    is_first = pieces[0][0] == head[0][0]
    return is_first and all(n in names for n, names in enumerate(_above(head, pieces)))


def _above(head: Sequence[_Piece], pieces: Sequence[_Piece]) -> list[list[int]]:
    """The names that each piece stands below."""
    return [
        [n for n, name in enumerate(head) if begin < name[1] and name[0] < end]
        for begin, end, _ in pieces
    ]


def _is_one_piece(line: str) -> bool:
    """Whether nothing but single spaces parts the words of a line."""
    return "  " not in line and len(line.replace(" ", "-").split()) < 2


def _pieces(line: str) -> list[_Piece]:
    """Where each piece of a line begins and ends, in columns; tabs reach to every eighth."""
    found = _PIECE.finditer(line.rstrip().expandtabs(8))
    if "\t" in line:
        cells = line.strip("\n").split("\t")
        return [(n, n, cell.strip()) for n, cell in enumerate(cells) if cell.strip()]
    return [(piece.start(), piece.end(), piece[0]) for piece in found]
