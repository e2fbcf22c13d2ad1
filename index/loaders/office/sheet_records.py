"""What binary workbooks (xls, xlsb) say of their cells beside the values: records that are walked.

Comments, hidden rows and columns, by MS-XLS 2.4 and MS-XLSB 2.4; calamine gives none of these. Of
workbooks before Excel 97 nothing is known. What is damaged has no marks here: calamine says
whether it can be read.
"""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Iterator
from itertools import pairwise

from index.loaders.office.package import entry
from index.loaders.plain.rows import Marks

__all__ = ["binary_sheets", "old_workbook_marks", "records", "sheet_marks"]

_MOST_COLUMNS = 1 << 14
_BOF, _EOF, _CONTINUE, _ENCRYPTED = 0x0809, 0x0A, 0x3C, 0x2F
_SHEET, _ROW, _COLUMNS, _NOTE, _OBJECT, _TEXT = 0x85, 0x208, 0x7D, 0x1C, 0x5D, 0x1B6
_BIFF8 = 0x600
_ROW_B, _COLUMNS_B, _SHEET_B = 0, 60, 156  # of xlsb
_AUTHOR_B, _COMMENT_B, _COMMENT_TEXT_B = 632, 635, 637


def records(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The kind and the data of each record of a part of an xlsb workbook (MS-XLSB 2.1.4)."""
    at = 0
    while at + 2 <= len(data):
        kind, at = data[at], at + 1
        if kind & 0x80:  # of two bytes
            kind, at = kind & 0x7F | data[at] << 7, at + 1
        size = shift = 0
        for byte in data[at : at + 4]:
            size, shift, at = size | (byte & 0x7F) << shift, shift + 7, at + 1
            if not byte & 0x80:
                break
        yield kind, data[at : at + size]
        at += size


def binary_sheets(book: bytes) -> Iterator[tuple[str, str]]:
    """The relation and the name of each sheet of an xlsb workbook, by its part for the book."""
    for kind, data in records(book):
        if kind == _SHEET_B:
            relation = _wide(data[8:])
            yield relation, _wide(data[12 + 2 * len(relation) :])


def sheet_marks(archive: zipfile.ZipFile, part: str, comments: str | None) -> Marks:
    """The marks of a sheet of an xlsb workbook; ``comments`` is the part that has its comments."""
    marks = Marks()
    for kind, data in records(entry(archive, part)):
        if kind == _ROW_B and len(data) > 11 and data[11] & 0x10:
            marks.hidden_rows.add(int.from_bytes(data[:4], "little") + 1)
        elif kind == _COLUMNS_B and len(data) > 16 and data[16] & 1:
            first, last = struct.unpack_from("<II", data)
            marks.hidden_columns.update(range(first, min(last + 1, _MOST_COLUMNS)))
    authors: list[str] = []
    at = (0, 0, 0)
    for kind, data in records(entry(archive, comments)) if comments else ():
        if kind == _AUTHOR_B:
            authors.append(_wide(data))
        elif kind == _COMMENT_B and len(data) >= 20:
            author, row, _, column = struct.unpack_from("<4I", data)
            at = (author, row, column)
        elif kind == _COMMENT_TEXT_B:
            author, row, column = at
            name = authors[author] if author < len(authors) else ""
            marks.add_note(row, column, name, _wide(data[1:]).removeprefix(f"{name}:"))
    return marks


def _wide(data: bytes) -> str:
    """A text of an xlsb workbook: its length, then UTF-16."""
    return data[4 : 4 + 2 * int.from_bytes(data[:4], "little")].decode("utf-16-le", "replace")


def old_workbook_marks(data: bytes) -> dict[str, Marks]:
    """The marks of an xls workbook by the name of the sheet."""
    import olefile

    try:
        with olefile.OleFileIO(io.BytesIO(data)) as file:
            stream = file.openstream("Workbook").read() if file.exists("Workbook") else b""
        return {name: _old_sheet(stream, start) for name, start in _old_sheets(stream)}
    except (OSError, ValueError, struct.error, IndexError):
        return {}


def _old_records(stream: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """The records from one that begins a part of the stream to that which ends it."""
    depth = 0
    while at + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, at)
        data, at = stream[at + 4 : at + 4 + size], at + 4 + size
        depth += (kind == _BOF) - (kind == _EOF)
        yield kind, data
        if depth <= 0:
            return


def _old_sheets(stream: bytes) -> Iterator[tuple[str, int]]:
    """The name of each sheet, and where it begins; none where the cells are encrypted."""
    found = list(_old_records(stream, 0))
    version = int.from_bytes(found[0][1][:2], "little") if found else 0
    if version != _BIFF8 or any(kind == _ENCRYPTED for kind, _ in found):
        return
    for kind, data in found:
        if kind == _SHEET:
            yield _text(data[7:], data[6]), int.from_bytes(data[:4], "little")


def _text(data: bytes, count: int) -> str:
    """So many characters behind the byte that says whether each has two bytes."""
    is_wide = data[0] & 1
    return data[1 : 1 + count * (1 + is_wide)].decode(
        "utf-16-le" if is_wide else "latin-1", "replace"
    )


def _old_sheet(stream: bytes, start: int) -> Marks:
    marks = Marks()
    texts: dict[int, str] = {}
    notes: list[tuple[int, int, int, str]] = []
    number = left = 0
    for (before, _), (kind, data) in pairwise([(0, b""), *_old_records(stream, start)]):
        if kind == _ROW and data[12] & 0x20:
            marks.hidden_rows.add(int.from_bytes(data[:2], "little") + 1)
        elif kind == _COLUMNS and data[8] & 1:
            first, last = struct.unpack_from("<HH", data)
            marks.hidden_columns.update(range(first, last + 1))
        elif kind == _OBJECT and len(data) >= 8:
            number = int.from_bytes(data[6:8], "little")
        elif kind == _TEXT:
            left = int.from_bytes(data[10:12], "little")
            texts[number] = ""
        elif kind == _CONTINUE and left > 0 and before in (_TEXT, _CONTINUE):
            text = _text(data, left)
            texts[number] += text
            left -= len(text)
        elif kind == _NOTE and len(data) > 11:
            row, column, _, of = struct.unpack_from("<4H", data)
            author = _text(data[10:], int.from_bytes(data[8:10], "little"))
            notes.append((row, column, of, author))
    for row, column, of, author in notes:
        marks.add_note(row, column, author, texts.get(of, "").removeprefix(f"{author}:"))
    return marks
