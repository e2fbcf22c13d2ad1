"""The tables that stand in one sheet, and what their first rows are: names of columns, or values.

A sheet is cut only where that is sure: below an empty row or beside an empty column where new names
begin. Two columns whose values are of several kinds are labels and values, not a table.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

__all__ = ["are_fields", "is_header", "is_name", "is_year", "line_of", "lines_of", "regions"]

Row = tuple[int, Sequence[str]]

_MAX_NAME = 100
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_VALUE = re.compile(r"[\s\d.,:/%+()$€£¥#*–—-]*(?:T[\d:.]+Z?)?|true|false|yes|no", re.IGNORECASE)
_YEAR = re.compile(r"(?:1[89]|20|21)\d\d")
_DATE = re.compile(r"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}(?:[ T][\d:.]+Z?)?|\d{1,2}:\d\d(?::\d\d)?")
_MAX_FIELDS = 100
_ONE_KIND = 0.6  # share of the cells of a column, more of which are of one kind
_MIN_COLUMNS = 2  # of values, below names that begin without an empty row


def regions(rows: Sequence[Row]) -> list[list[Row]]:
    """The tables of a sheet, from its rows with text and their numbers, from top to bottom.

    >>> sheet = [(1, ["Room", "31"]), (2, ["Fee", "5 €"]), (4, ["Day", "Sum"]), (5, ["Mon", "7"])]
    >>> [[number for number, _ in region] for region in regions(sheet)]
    [[1, 2], [4, 5]]
    """
    found: list[list[Row]] = []
    for at, (number, _) in enumerate(rows):
        above = found[-1] if found else []
        is_apart = bool(above) and number > above[-1][0] + 1
        if not above or _begins(rows, at, above, is_apart=is_apart):
            found.append([])
        found[-1].append(rows[at])
    return [part for region in found for part in _beside(region)]


def _begins(rows: Sequence[Row], at: int, above: Sequence[Row], *, is_apart: bool) -> bool:
    """Whether a row begins another table than the rows above, with its title or its names."""
    cells = rows[at][1]
    if not is_apart and not all(is_name(cell) for cell in cells if cell.strip()):
        return False
    filled = _filled(cells)
    if len(filled) == 1:  # a title, if names follow
        return (
            is_apart
            and any(len(_filled(row)) > 1 for _, row in above[-3:])
            and at + 1 < len(rows)
            and (
                rows[at + 1][0] == rows[at][0] + 1
                and len(_filled(rows[at + 1][1])) > 1
                and _are_names(rows, at + 1)
            )
        )
    if len(above) == 1 and len(_filled(above[0][1])) == 1:
        return False  # the names below a title
    if not _are_names(rows, at) or list(cells) == list(above[0][1]):
        return False
    values = [column for column in filled if _is_value(_cell(above[-1][1], column))]
    return len(values) >= (1 if is_apart else _MIN_COLUMNS) or (
        is_apart and filled != _filled(above[-1][1])
    )


def _are_names(rows: Sequence[Row], at: int) -> bool:
    """Whether a row is of names only, and the next one has a value below one of them."""
    cells = rows[at][1]
    filled = _filled(cells)
    below = rows[at + 1][1] if at + 1 < len(rows) and rows[at + 1][0] == rows[at][0] + 1 else []
    return (
        len(filled) > 1
        and all(is_name(cells[column]) for column in filled)
        and len({line_of(cells[column]) for column in filled}) == len(filled)
        and any(_is_value(_cell(below, column)) for column in filled)
    )


def _beside(region: list[Row]) -> list[list[Row]]:
    """Tables beside each other: an empty column between, and names again or another length."""
    longest = max((len(cells) for _, cells in region), default=0)
    used = [
        column
        for column in range(longest)
        if any(column < len(cells) and cells[column].strip() for _, cells in region)
    ]
    for left, right in pairwise(used):
        if right == left + 1:
            continue
        halves: list[list[Row]] = [
            [(n, c[: left + 1]) for n, c in region],
            [(n, [*[""] * right, *c[right:]]) for n, c in region],
        ]
        parts = [[row for row in half if any(map(str.strip, row[1]))] for half in halves]
        if any(len(part) < 2 or not _are_names(part, 0) for part in parts):
            continue
        one, other = ({line_of(c) for c in part[0][1] if c.strip()} for part in parts)
        if one & other or len(parts[0]) != len(parts[1]):
            return [parts[0], *_beside([(n, c[right:]) for n, c in parts[1]])]
    return [region]


def are_fields(rows: Sequence[Row]) -> bool:
    """Whether rows are labels with their values, without a row of names above.

    >>> site = [["Site", "Ghent"], ["Opened", "2021-03-04"], ["Seats", "40"], ["Head", "Ida"]]
    >>> are_fields(list(enumerate(site)))
    True
    >>> are_fields(list(enumerate([["Site", "Seats"], ["Ghent", "40"], ["Lille", "31"]])))
    False
    """
    if not 1 < len(rows) <= _MAX_FIELDS:
        return False
    pairs = [[line_of(cells[column]) for column in _filled(cells)] for _, cells in rows]
    if any(len(pair) > 2 for pair in pairs) or sum(len(pair) == 2 for pair in pairs) < 2:
        return False
    first = [_filled(cells)[0] for _, cells in rows]
    labels = [pair[0] for pair in pairs]
    if len(set(first)) > 1 or len(set(labels)) < len(labels) or not all(map(is_name, labels)):
        return False
    if all(label.endswith((":", "：")) for label in labels):
        return True
    # Of a table, what stands below the name of a column is of one kind, but for a few cells.
    kinds = Counter(_kind(pair[1]) for pair in pairs[1:] if len(pair) == 2)
    return kinds.total() > 2 and max(kinds.values()) <= _ONE_KIND * kinds.total()


def _kind(value: str) -> str:
    if _DATE.fullmatch(value):
        return "date"
    if _is_value(value) or value[:1].isdigit():
        return "share" if value.endswith("%") else "number"
    return "text"


def is_name(text: str) -> bool:
    """Whether a cell can be the name of a column: words, no number, no date, no sentence.

    >>> [is_name(text) for text in ("Stanley Cups", "1,250.5", "2024-01-02", "They met.", "")]
    [True, False, False, False, False]
    """
    short = line_of(text)
    return 0 < len(short) <= _MAX_NAME and not _VALUE.fullmatch(short) and short[-1] not in ".!?;"


def is_header(cells: Sequence[str], width: int) -> bool:
    """Whether a row looks like names of columns: most filled, most distinct, no values.

    Years may be names when there is more than one of them.

    >>> is_header(["Country", "2019", "2020"], 3), is_header(["Blues", "STL", "1"], 3)
    (True, False)
    """
    filled = [line_of(cell) for cell in cells if cell.strip()]
    years = [cell for cell in filled if is_year(cell)]
    names = [cell for cell in filled if is_name(cell)]
    return (
        len(filled) * 2 >= width
        and len(names) + len(years) == len(filled)
        and bool(names)
        and len(years) != 1
        and len(set(filled)) * 2 > len(filled)
    )


def is_year(text: str) -> bool:
    """Whether a cell is a year, which may name a column."""
    return _YEAR.fullmatch(line_of(text)) is not None


def line_of(text: str) -> str:
    """The text of a cell on one line."""
    line = " ".join(text.split())
    return line if line.isascii() else _SURROGATE.sub("\ufffd", line)


def lines_of(cells: Iterable[str]) -> list[str]:
    """The text of each cell on one line."""
    lines = [" ".join(cell.split()) for cell in cells]
    return lines if "".join(lines).isascii() else list(map(line_of, lines))


def _is_value(text: str) -> bool:
    line = line_of(text)
    return bool(line) and (line[0].isdigit() or _VALUE.fullmatch(line) is not None)


def _cell(cells: Sequence[str], column: int) -> str:
    return cells[column] if column < len(cells) else ""


def _filled(cells: Sequence[str]) -> list[int]:
    """The columns with text."""
    return [column for column, cell in enumerate(cells) if cell.strip()]
