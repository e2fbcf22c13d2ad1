"""Boxes of a printed form: a label in small type, its value below in the same box. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace

from index.loaders.pdf.cells import Box, text_of
from index.loaders.pdf.lines import SMALL, Line, Piece, rows_of
from index.loaders.pdf.rules import Rules
from index.loaders.plain.rows import definition, is_name

__all__ = ["with_labels"]

_MIN_RULES = 2  # across and down
_MAX_PIECES = 500  # of a page
_MAX_LABEL = 60  # characters
_NEAR = 4.0  # points that text may stand over a rule


def with_labels(lines: Sequence[Line], rules: Rules) -> list[Line]:
    """The lines of a page, a label and its value in one box as one: "Owner: Ada"."""
    if min(len(rules.across), len(rules.down)) < _MIN_RULES:
        return list(lines)
    pieces = [Piece(part, n) for n, line in enumerate(lines) for part in line.pieces]
    left, right = rules.down[0].at, rules.down[-1].at
    inside = [piece for piece in pieces if left < piece.middle[0] < right]
    sizes = [piece.line.size for piece in inside]
    if not sizes or min(sizes) > SMALL * max(sizes) or len(inside) > _MAX_PIECES:
        return list(lines)
    by_box: dict[Box, list[Piece]] = defaultdict(list)
    for piece in inside:
        if box := _box_of(piece, rules):
            by_box[box].append(piece)
    fields: dict[int, Line | None] = {}
    for among in by_box.values():
        if field := _field(among):
            fields.update(dict.fromkeys(map(id, among)))
            fields[id(among[0])] = field
    return list(_replaced(lines, pieces, fields)) if fields else list(lines)


def _box_of(piece: Piece, rules: Rules) -> Box | None:
    """The nearest rules around a piece, where they are on all sides."""
    x, y = piece.middle
    across = [rule.at for rule in rules.across if rule.start - _NEAR <= x <= rule.end + _NEAR]
    down = [rule.at for rule in rules.down if rule.start - _NEAR <= y <= rule.end + _NEAR]
    below, above = [at for at in across if at < y], [at for at in across if at > y]
    before, behind = [at for at in down if at < x], [at for at in down if at > x]
    if not (below and above and before and behind):
        return None
    return max(before), max(below), min(behind), min(above)


def _field(pieces: Sequence[Piece]) -> Line | None:
    """What stands in a box as one line, where its first line is a label of the others."""
    rows = rows_of(pieces)
    if len(rows) < 2 or len(rows[0]) > 1:
        return None
    label, values = rows[0][0].line, [piece for row in rows[1:] for piece in row]
    is_label = is_name(label.text) and len(label.text) <= _MAX_LABEL
    if not is_label or any(label.size > SMALL * piece.line.size for piece in values):
        return None
    return replace(
        values[-1].line,
        text=definition(label.text, text_of(values)),
        top=label.top,
        left=min(piece.line.left for piece in pieces),
        right=max(piece.line.right for piece in pieces),
        heading=None,
    )


def _replaced(
    lines: Sequence[Line], pieces: Sequence[Piece], fields: dict[int, Line | None]
) -> Iterator[Line]:
    """The lines with fields where their first pieces stand; what stands beside them is a line."""
    at = 0
    for line in lines:
        parts = pieces[at : at + len(line.pieces)]
        at += len(parts)
        if not any(id(piece) in fields for piece in parts):
            yield line
            continue
        for piece in parts:
            if found := fields.get(id(piece), piece.line):
                yield found
