"""PDF: pdfium gives the characters of each page; line positions show where paragraphs end."""

from __future__ import annotations

import re
from typing import Any

from index.documents import Span
from index.errors import LoadError
from index.loaders.extract import Extract, iso_date

__all__ = ["read"]

_METADATA_DATE = re.compile(r"D:(\d{4})(\d{2})(\d{2})")
_BROKEN_WORD = "\ufffe"  # pdfium's sign for a hyphen at the end of a line
_LINE = re.compile(rf"([^\r{_BROKEN_WORD}]*)(\r\n|{_BROKEN_WORD}(?:\r\n)?|\r|$)")
# Of the line's height: a larger gap, or a change of type size, begins a paragraph.
_PARAGRAPH_GAP = 0.75
_SIZE_CHANGE = 0.15


def read(data: bytes) -> Extract:
    """The pages' text, paragraphs between blank lines, with the span of every page."""
    import pypdfium2

    try:
        file = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as exc:
        reason = "it needs a password" if "password" in str(exc).lower() else str(exc)
        raise LoadError(f"not readable as PDF ({reason})") from exc
    try:
        texts = [_page_text(file[number]) for number in range(len(file))]
        metadata = file.get_metadata_dict()
    except pypdfium2.PdfiumError as exc:
        raise LoadError(f"damaged PDF ({exc})") from exc
    finally:
        file.close()
    pages: list[Span] = []
    start = 0
    for text in texts:
        pages.append(Span(start, start + len(text)))
        start += len(text)
    found = _METADATA_DATE.match(metadata.get("CreationDate", ""))
    return Extract(
        "".join(texts),
        title=metadata.get("Title") or None,
        pages=tuple(pages),
        date=iso_date("-".join(found.groups())) if found else None,
    )


def _page_text(page: Any) -> str:
    """One page: lines of a paragraph joined by a line break, paragraphs by a blank line."""
    textpage = page.get_textpage()
    raw = textpage.get_text_range()
    last = textpage.count_chars() - 1
    parts: list[str] = []
    above: tuple[float, float] | None = None  # bottom and height of the line above
    offset = 0
    hyphenated = False
    for line, end in _LINE.findall(raw):
        inked = [offset + i for i, char in enumerate(line) if not char.isspace()]
        offset += len(line) + len(end)
        if not inked:
            continue
        boxes = [
            textpage.get_charbox(min(i, last), loose=True) for i in inked[:: len(inked) - 1 or 1]
        ]
        bottom = min(box[1] for box in boxes)
        top = max(box[3] for box in boxes)
        height = max(top - bottom, 1.0)
        if hyphenated:
            # Only "inter-\nKorean" or "2018-\n2019" certainly had a hyphen of its own.
            parts.append("" if line.lstrip()[:1].islower() else "-")
        elif above is not None:
            gap = above[0] - top
            resized = abs(height - above[1]) > _SIZE_CHANGE * above[1]
            new_column = gap < -height
            parts.append("\n\n" if gap > _PARAGRAPH_GAP * height or resized or new_column else "\n")
        parts.append(line.strip())
        above = (bottom, height)
        hyphenated = end.startswith(_BROKEN_WORD)
    joined = "".join(parts).replace("\x00", "")
    return joined + "\n\n" if joined else ""
