"""The tables that stand in one sheet, and what their first rows are: names of columns, or values.

A sheet is cut only where that is sure: below an empty row or beside an empty column where new names
begin. A first row of values like those below it names no columns (:func:`begins_with_values`). Two
columns whose values are of several kinds are labels and values, not a table.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import dropwhile, islice, pairwise, zip_longest

from index.text.abbreviations import abbreviation_logit
from index.text.language import UNDECIDED
from index.text.months import are_of_a_calendar

__all__ = [
    "are_fields",
    "begins_with_values",
    "form_fields",
    "is_header",
    "is_name",
    "is_year",
    "line_of",
    "lines_of",
    "regions",
]

Row = tuple[int, Sequence[str]]

_ABBREVIATED = -2.3  # logit from which the last word of a name is an abbreviation
_MAX_NAME = 100
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_VALUE = re.compile(r"[\s\d.,:/%+()$€£¥#*–—-]*(?:T[\d:.]+Z?)?|true|false|yes|no", re.IGNORECASE)
_YEAR = re.compile(r"(?:1[89]|20|21)\d\d")
_DATE = re.compile(r"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}(?:[ T][\d:.]+Z?)?|\d{1,2}:\d\d(?::\d\d)?")
_DIGITS = re.compile(r"\d+")
_MAX_FIELDS = 100
_MAX_FORM = 40  # rows of labels and values in several columns
_ONE_KIND = 0.6  # share of the cells of a column, more of which are of one kind
_PLAIN = ("number", "date", "share")  # may name columns: "1", "2", "3"
_FEW = 2  # cells of one kind, among as few as three
_COMPARED = 50  # cells that are looked at for days and months
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
    is_other = len(values) >= (1 if is_apart else _MIN_COLUMNS) or (
        is_apart and filled != _filled(above[-1][1])
    )
    return is_other and not begins_with_values(rows[at : at + _COMPARED])


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
        below_title = list(dropwhile(lambda row: len(_filled(row[1])) < 2, parts[0]))
        has_names = len(below_title) > 1 and _are_names(below_title, 0)
        if has_names and len(parts[1]) == 1 and parts[1][0][0] <= below_title[0][0]:
            return parts  # what is said beside the names of a table, of no row
        if any(len(part) < 2 or not _are_names(part, 0) for part in parts):
            continue
        one, other = ({line_of(c) for c in part[0][1] if c.strip()} for part in parts)
        if one & other or len(parts[0]) != len(parts[1]):
            return [parts[0], *_beside([(n, c[right:]) for n, c in parts[1]])]
    return [region]


def are_fields(rows: Sequence[Row], *, is_unnamed: bool = False) -> bool:
    """Whether rows are labels with their values, without a row of names above.

    ``is_unnamed``: the format says that there is none.

    >>> site = [["Site", "Ghent"], ["Opened", "2021-03-04"], ["Seats", "40"], ["Head", "Ida"]]
    >>> are_fields(list(enumerate(site)))
    True
    >>> are_fields(list(enumerate([["Site", "Seats"], ["Ghent", "40"], ["Lille", "31"]])))
    False
    >>> are_fields(list(enumerate([["Monday", "9-17 h"], ["Tuesday", "9-18 h"]])))
    True
    """
    if len(rows) < 2:
        return False
    pairs = [[line_of(cells[column]) for column in _filled(cells)] for _, cells in rows]
    if any(len(pair) > 2 for pair in pairs) or sum(len(pair) == 2 for pair in pairs) < 2:
        return False
    first = [_filled(cells)[0] for _, cells in rows]
    labels = [pair[0] for pair in pairs]
    if len(set(first)) > 1 or len(set(labels)) < len(labels) or not all(map(is_name, labels)):
        return False
    if (
        is_unnamed
        or all(label.endswith((":", "：")) for label in labels)
        or begins_with_values(rows)
    ):
        return True
    if len(rows) > _MAX_FIELDS:
        return False
    # Of a table, what stands below the name of a column is of one kind, but for a few cells.
    values = [pair[1] for pair in pairs[1:] if len(pair) == 2]
    kinds = Counter(map(_kind, values))
    masks = Counter(map(_mask, values))  # of three cells, two prices are of one kind
    is_few = max(kinds.values(), default=0) == _FEW and max(masks.values()) < _FEW
    is_mixed = is_few or max(kinds.values(), default=0) <= _ONE_KIND * len(values)
    return len(values) > 2 and is_mixed


def form_fields(rows: Sequence[Row]) -> list[list[tuple[str, str]]]:
    """For each row of a form its labels with their values; nothing where the rows are no form.

    Labels stand left of their values, several pairs in a row, or above them, each second row.

    >>> form = [["Client", "Ada", "Order", "118"], ["Work", "roof", "Paid", "no"],
    ...         ["Begin", "1 May", "Head", "Bo"]]
    >>> form_fields(list(enumerate(form)))[2]
    [('Begin', '1 May'), ('Head', 'Bo')]
    >>> form = [["Borrower", "Tool"], ["Ada", "Saw"], ["Lent on", "Lent by"], ["4 May", "Bo"],
    ...         ["Back on", "Fee"], ["9 May", "3 euros"]]
    >>> form_fields(list(enumerate(form)))[1]
    [('Borrower', 'Ada'), ('Tool', 'Saw')]
    """
    if not 2 <= len(rows) <= _MAX_FORM or not any(map(str.strip, rows[0][1])):
        return []
    columns = zip_longest(*(cells for _, cells in rows), fillvalue="")
    by_column = [lines_of(column) for column in columns if any(map(str.strip, column))]
    first = by_column[0]
    may_be_beside = len(by_column) % 2 == 0 and all(map(is_name, filter(None, first)))
    if not may_be_beside and all(_kind(cell) == "text" for cell in first[1::2] if cell):
        return []
    table = list(zip(*by_column, strict=True))
    return _beside_labels(table) or _below_labels(table)


def _beside_labels(table: Sequence[Sequence[str]]) -> list[list[tuple[str, str]]]:
    width = len(table[0])
    if width < 4 or width % 2:
        return []
    pairs = [list(zip(row[::2], row[1::2], strict=True)) for row in table]
    filled = [pair for row in pairs for pair in row if any(pair)]
    labels = [label for label, _ in filled]
    forms = Counter(_form(value) for _, value in filled if value)
    columns = [[row[n] for row in table if row[n]] for n in range(1, width, 2)]
    is_table = len(set(labels)) < len(labels) or any(map(_are_of_a_table, columns))
    if is_table or not all(is_name(label.rstrip(".")) for label in labels):
        return []
    is_mixed = max(forms.values(), default=0) <= _ONE_KIND * sum(forms.values())
    has_names = all(map(is_name, table[0]))
    is_form = len(filled) >= 2 * _FEW and (is_mixed or not has_names)
    return [list(filter(any, row)) for row in pairs] if is_form else []


def _below_labels(table: Sequence[Sequence[str]]) -> list[list[tuple[str, str]]]:
    labels, values = table[::2], table[1::2]
    pairs = [list(zip(*both, strict=True)) for both in zip(labels, values, strict=False)]
    names = [name for row in labels for name in row if name]
    has_values = [any(cell and _kind(cell) != "text" for cell in row) for row in values]
    are_labels_beside = all(_kind(row[0]) == "text" for row in values if row[0])
    is_table = are_labels_beside or any(map(_are_of_a_table, zip(*table, strict=True)))
    if len(labels) != len(values) or sum(has_values) < _FEW or is_table:
        return []
    if not all(is_name(name.rstrip(".")) for name in names) or len(set(names)) < len(names):
        return []
    if any(value and not name for row in pairs for name, value in row):
        return []
    return [found for row in pairs for found in ([], list(filter(any, row)))]


def _are_of_a_table(column: Sequence[str]) -> bool:
    """Whether cells are values of one form, or most of those below a name."""
    forms = [_form(cell) for cell in column if cell]
    form, count = Counter(forms[1:]).most_common(1)[0] if forms[1:] else ("text", 0)
    is_most = 2 * count > len(forms) - 1 and forms[:1] == ["text"]
    return form != "text" and (is_most or set(forms) == {form})


def begins_with_values(rows: Sequence[Row]) -> bool:
    """Whether the first row holds values like those below it, so that it names no columns.

    Days and months above others are values; so is what has figures or is an address as most below
    it do, or is the same but for its figures. Of two columns, so is what comes again below.

    >>> begins_with_values(list(enumerate([["Ada", "ada@a.org"], ["Bo", "bo@a.org"]])))
    True
    >>> begins_with_values(list(enumerate([["Item", "Price 2026"], ["Tent", "45 EUR"]])))
    False
    """
    first, *below = [[line_of(cell) for cell in cells] for _, cells in rows] or [[]]
    below = [cells for cells in below if cells != first]
    filled = _filled(first)
    if not below or not filled:
        return False
    is_pair = len(filled) == 2 and all(len(_filled(cells)) <= 2 for cells in below)
    masks = Counter(_mask(first[column]) for column in filled)
    for column in filled:
        value = first[column]
        others = [cells[column] for cells in below if _cell(cells, column)]
        if is_pair and value in others and is_name(value):
            return True
        form = _form(value)
        if form == "text" or is_year(value) or (form in _PLAIN and not is_pair):
            continue
        if any(_mask(other) == _mask(value) and other != value for other in others):
            return True
        forms = [_form(other) for other in others]
        if is_pair:
            forms = [other for other in forms if other != "text"]
            if form == "measure" and not (forms and all(other in _PLAIN for other in forms)):
                return True
        same = forms.count(form)
        if same and masks[_mask(value)] == 1 and 2 * same >= len(forms) + (not is_pair):
            return True
    labels = [cells[filled[0]] for cells in (first, *below) if _cell(cells, filled[0])]
    beside = (cell for cells in (first, *below) for cell in cells[filled[0] + 1 :])
    return are_of_a_calendar(labels[:_COMPARED], " ".join(islice(beside, _COMPARED)))


def _form(value: str) -> str:
    """The kind of a value, with more that tells it from a name: an address, a unit, figures.

    >>> [_form(value) for value in ("a@b.org", "250 g", "Quay Street 5", "850", "closed")]
    ['address', 'measure', 'numbered', 'number', 'text']
    """
    if "@" in value or "://" in value:
        return "address"
    kind = _kind(value)
    if kind == "number" and any(map(str.isalpha, value)):
        return "measure"
    return "numbered" if kind == "text" and _DIGITS.search(value) else kind


def _mask(value: str) -> str:
    """A value without its figures: "9-17 h" is "0-0 h"."""
    return _DIGITS.sub("0", value)


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
    >>> is_name("Долг, руб."), is_name("Plot no.")
    (True, True)
    """
    short = line_of(text)
    if not 0 < len(short) <= _MAX_NAME or _VALUE.fullmatch(short) or short[-1] in "!?;":
        return False
    last = short.split()[-1]
    return last[-1] != "." or abbreviation_logit(last[:-1], UNDECIDED) >= _ABBREVIATED


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
