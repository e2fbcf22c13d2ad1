"""Files that LibreOffice saves as others before they are read: old formats, uncomputed workbooks.

The conversion itself is made by :mod:`index.builder.conversion`, outside of the process that reads.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CONVERSIONS", "Conversion", "conversion_of"]


@dataclass(frozen=True, slots=True)
class Conversion:
    """The ending of what a file is saved as, and the import filters that may read it, in order.

    Without a filter LibreOffice would take a damaged file for a text, or fetch what a web page
    names.
    """

    ending: str
    filters: tuple[str, ...]


_WORD = Conversion(".docx", ("MS Word 97", "MS Word 95", "MS WinWord 6.0"))
_SLIDES = Conversion(".pptx", ("MS PowerPoint 97",))

CONVERSIONS = {
    ".doc": _WORD,
    ".dot": _WORD,
    ".wpd": Conversion(".docx", ("WordPerfect",)),
    ".pot": _SLIDES,
    ".pps": _SLIDES,
    ".ppt": _SLIDES,
}
"""By the ending of a file of an old format, in lower case."""

_WORKBOOK = Conversion(".xlsx", ("Calc MS Excel 2007 XML",))
_COMPUTED = dict.fromkeys((".xlsx", ".xlsm", ".xltx", ".xltm"), _WORKBOOK) | {
    ".ods": Conversion(".xlsx", ("calc8",))
}


def conversion_of(ending: str) -> Conversion | None:
    """How a file with this ending is saved: one of an old format, or to compute its formulas."""
    return CONVERSIONS.get(ending) or _COMPUTED.get(ending)
