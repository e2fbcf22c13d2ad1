"""Formats that are read after LibreOffice has saved the file as another one.

The conversion itself is made by :mod:`index.builder.conversion`, outside of the process that reads.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CONVERSIONS", "Conversion"]


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
"""By the ending of a file, in lower case."""
