"""How the numbers of an xlsx workbook are shown: the only room of openpyxl.

Its values are read by calamine, which is several times as fast but does not know that 0.125 is
shown as 12.5 % or 1234.5 as € 1,234.50.
"""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass
from functools import lru_cache

from index.loaders.archive import open_archive

__all__ = ["numbers_with_units", "shown_number"]

_WITH_UNITS = re.compile(rb'numFmtId="(?:[5-9]|10|4[1-4])"|formatCode="[^"]*(?:%|&quot;|\[\$|[$])')
_CONDITION = re.compile(r"\[(?!\$)[^\]]*\]")
_CURRENCY = re.compile(r"\[\$([^\]-]*)(?:-[^\]]*)?\]")
_PADDING = re.compile(r"[_*].")
_DIGITS = re.compile(r"[#0?](?:[#0?,]*[#0?])?(?:\.([#0?]+))?")
_MORE_DECIMALS = 2


@dataclass(frozen=True, slots=True)
class _Format:
    before: str
    after: str
    decimals: int
    is_grouped: bool


def numbers_with_units(data: bytes) -> dict[str, dict[tuple[int, int], str]]:
    """The numbers that are shown with a unit, as shown, by sheet, row and column from 0.

    Of a workbook that openpyxl cannot read there are none: its numbers are then those stored.
    """
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    found: dict[str, dict[tuple[int, int], str]] = {}
    try:
        with open_archive(data) as archive:
            if not _WITH_UNITS.search(archive.read("xl/styles.xml")):
                return {}
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        for sheet in book.worksheets:
            cells = found.setdefault(sheet.title, {})
            for row in sheet.iter_rows():
                for cell in row:
                    value = cell.value
                    if isinstance(value, int | float) and not isinstance(value, bool):
                        text = shown_number(value, cell.number_format)
                        if text is not None:
                            cells[cell.row - 1, cell.column - 1] = text
    except (
        ValueError, KeyError, TypeError, AttributeError, IndexError, SyntaxError, OSError,
        zipfile.BadZipFile, InvalidFileException,
    ):  # fmt: skip
        return {}
    return found


def shown_number(value: float, code: str) -> str | None:
    """A number with its unit, up to two decimals more than are shown; None when it has no unit.

    >>> shown_number(0.125, "0%"), shown_number(1 / 3, "0.0%"), shown_number(12, '0" km"')
    ('12.5%', '33.333%', '12 km')
    >>> shown_number(-1234.5, "[$€-407] #,##0.00"), shown_number(12, "0.00")
    ('-€ 1,234.50', None)
    """
    how = _format(code)
    if how is None:
        return None
    number = abs(value * 100 if "%" in how.before + how.after else value)
    grouping = "," if how.is_grouped else ""
    digits = f"{number:{grouping}.{how.decimals + _MORE_DECIMALS}f}"
    for _ in range(_MORE_DECIMALS):
        digits = digits.removesuffix("0")
    sign = "-" if value < 0 else ""
    return f"{sign}{how.before}{digits.removesuffix('.')}{how.after}".strip()


@lru_cache(maxsize=256)
def _format(code: str) -> _Format | None:
    """What a format code says of positive numbers; None without a unit, or if it is no number."""
    section = _CONDITION.sub("", code.split(";", maxsplit=1)[0])
    section = _PADDING.sub("", _CURRENCY.sub(r"\1", section)).replace('"', "").replace("\\", "")
    found = _DIGITS.search(section)
    if found is None:
        return None
    before, after = section[: found.start()], section[found.end() :]
    if not (before + after).strip(" ()") or re.search(r"[#0?/,@]|[Ee][+-]", before + after):
        return None
    return _Format(
        before.replace("(", ""),
        after.replace(")", ""),
        decimals=len(found[1] or ""),
        is_grouped="," in found[0],
    )
