"""Tables as text (csv, tsv): the csv module reads, the delimiter is the one that fits best.

Each row is a statement with the number that a spreadsheet program shows for it. A quotation mark
that is never closed does not swallow the rest of the file: then quotation marks are text. Lines
above the table that begin with # are remarks, unless they have as many cells ("#id" is a name).
"""

from __future__ import annotations

import csv
import io
import re
import sys
from collections import Counter
from itertools import islice

from index.loaders.extract import Blocks, Extract, Source
from index.loaders.plain.rows import add_table
from index.loaders.plain.text import decode

__all__ = ["read"]

_DELIMITERS = ",;\t|"
_SAMPLE_ROWS = 200
_END = "\ue000end"  # of the private use area: no file ends like this
_DECLARED = re.compile(r"sep=(.)\n")  # a first line for Excel


def read(source: Source) -> Extract:
    """One statement a row, named by the header row if there is one."""
    text = decode(source.data).removeprefix("\ufeff")
    declared = _DECLARED.match(text)
    if declared:
        delimiter = declared.group(1)
    else:
        delimiter = "\t" if source.suffix == ".tsv" else _delimiter(text)
    rows = list(enumerate(_rows(text, delimiter), start=1))[bool(declared) :]
    blocks = Blocks()
    width = Counter(len(row) for _, row in rows[:_SAMPLE_ROWS] if row).most_common(1)
    while rows and rows[0][1] and rows[0][1][0].startswith("#") and len(rows[0][1]) != width[0][0]:
        number, row = rows.pop(0)
        blocks.add(delimiter.join(row), place=f"row {number}")
    add_table(blocks, rows)
    return blocks.extract()


def _rows(text: str, delimiter: str) -> list[list[str]]:
    csv.field_size_limit(sys.maxsize)
    body = text if text.endswith("\n") else text + "\n"
    lines = io.StringIO(body + _END, newline="")
    after_space = f'{delimiter} "' in text  # a cell in quotation marks may begin there
    rows = list(csv.reader(lines, delimiter=delimiter, skipinitialspace=after_space))
    if rows[-1] != [_END]:
        lines = io.StringIO(text, newline="")
        return list(csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE))
    return rows[:-1]


def _delimiter(text: str) -> str:
    r"""The delimiter that cuts the most rows into the same number of cells.

    >>> _delimiter("a;b;c\n1,5;2,5;x\n")
    ';'
    """

    def fit(delimiter: str) -> tuple[float, int]:
        csv.field_size_limit(sys.maxsize)
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        widths = Counter(len(row) for row in islice(reader, _SAMPLE_ROWS) if row)
        total = sum(widths.values())
        width, count = max(
            ((width, count) for width, count in widths.items() if width > 1),
            key=lambda item: item[1],
            default=(1, 0),
        )
        return (round(count / total, 1) if total else 0.0, width)

    return max(_DELIMITERS, key=fit)
