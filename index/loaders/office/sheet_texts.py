"""Cells of a workbook in which something is raised, lowered or struck: calamine joins it all.

"5,310" with a raised "1" is 5,310¹, not 5,3101. From the runs of OOXML strings and the spans of
OpenDocument cells; of xls and xlsb nothing is known here.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any

from index.loaders.office.odt import OpenDocument, Walk
from index.loaders.office.package import elements, entry, local, parse
from index.loaders.office.runs import Piece, joined

__all__ = ["cell_texts", "shared_texts", "span_reader"]

_STRINGS = "xl/sharedStrings.xml"
_HAS_FORM = re.compile(rb"<(?:\w+:)?(?:vertAlign|strike)\b")
_TEXT_CELL = re.compile(
    rb'<(?:\w+:)?c\s(?=[^<>]*?\bt="(?:s|inlineStr)")[^<>]*?\br="([A-Z]{1,3}\d{1,7})"[^<>]*?(?<!/)>'
    rb"(?:\s*<(?:\w+:)?v>(\d+)<|(.*?)</(?:\w+:)?c>)",
    re.DOTALL,
)
_PREFIX = re.compile(rb"(</?)\w+:")
_FORMS = {"superscript": "raised", "subscript": "lowered"}
_POSITION = b"style:text-position"
_THROUGH = b"style:text-line-through"


def shared_texts(archive: zipfile.ZipFile) -> dict[int, str]:
    """Of the strings that the sheets of an OOXML workbook share, those with such runs, by number.

    Raises:
        LoadError: damaged.
    """
    data = entry(archive, _STRINGS) if _STRINGS in archive.namelist() else b""
    if not _HAS_FORM.search(data):
        return {}
    return {
        number: _text(string)
        for number, string in enumerate(parse(data).iterchildren("{*}si"))
        if any(local(e) in ("vertAlign", "strike") for e in string.iter() if e.tag)
    }


def cell_texts(data: bytes, shared: Mapping[int, str]) -> Iterator[tuple[str, str]]:
    """Name ("B2") and text of each cell of an OOXML sheet that has such runs."""
    if shared or (b"inlineStr" in data and _HAS_FORM.search(data)):
        for name, number, inline in _TEXT_CELL.findall(data):
            if number and int(number) in shared:
                yield name.decode(), shared[int(number)]
            elif _HAS_FORM.search(inline):
                inner = parse(b"<c>" + _PREFIX.sub(rb"\1", inline) + b"</c>")
                yield name.decode(), _text(next(iter(inner), inner))


def _text(string: Any) -> str:
    """The runs of a string as one text; how a word is spoken is none of it."""
    return joined(piece for run in elements(string) for piece in _pieces(run))


def _pieces(run: Any) -> Iterator[Piece]:
    if local(run) == "t":
        yield "", run.text or ""
    elif local(run) == "r":
        looks = {local(e): e.get("val", "1") for e in run.iterfind("{*}rPr/*")}
        is_struck = looks.get("strike", "0") not in ("0", "false")
        text = "".join(t.text or "" for t in run.iterchildren("{*}t"))
        yield ("gone", "") if is_struck else (_FORMS.get(looks.get("vertAlign", ""), ""), text)


def span_reader(archive: zipfile.ZipFile, data: bytes, content: Any) -> Walk | None:
    """What reads the cells of an OpenDocument workbook, None where nothing in it has a form."""
    if _POSITION not in data and _THROUGH not in data:
        return None
    styles = parse(entry(archive, "styles.xml")) if "styles.xml" in archive.namelist() else ()
    return Walk(OpenDocument(archive, content, content, styles, None, None, ""))
