"""Word documents: python-docx gives paragraphs and tables in their order."""

from __future__ import annotations

import io
import re
from typing import Any

from index.errors import LoadError
from index.loaders.extract import Blocks, Extract

__all__ = ["read"]

_HEADING_STYLE = re.compile(r"heading (\d)$")


def read(data: bytes) -> Extract:
    """Paragraphs, list items ("- ..."), tables (one row a line, cells between bars), headings."""
    import docx
    from docx.table import Table

    try:
        file = docx.Document(io.BytesIO(data))
    except Exception as exc:  # python-docx lets zipfile, lxml and KeyError through
        raise LoadError(f"not readable as a Word document ({type(exc).__name__})") from exc
    blocks = Blocks()
    in_list = False
    has_title = any(_style(p) == "title" for p in file.paragraphs)
    for item in file.iter_inner_content():
        if isinstance(item, Table):
            for number, row in enumerate(item.rows):
                cells = [" ".join(cell.text.split()) for cell in row.cells]
                blocks.add("| " + " | ".join(cells) + " |", separator="\n" if number else "\n\n")
            in_list = False
            continue
        style = _style(item)
        was_list, in_list = in_list, style.startswith("list")
        if style == "title":
            blocks.add(item.text, level=1)
        elif found := _HEADING_STYLE.match(style):
            blocks.add(item.text, level=int(found.group(1)) + has_title)
        elif in_list and item.text.strip():
            separator = "\n" if was_list else "\n\n"
            blocks.add("- " + item.text.strip(), separator=separator)
        else:
            blocks.add(item.text)
    title, date = None, None
    # Where a file has no properties of its own, python-docx makes some up (title, today's date).
    if any(r.reltype.endswith("/core-properties") for r in file.part.package.rels.values()):
        title = file.core_properties.title
        date = file.core_properties.modified or file.core_properties.created
    return Extract(
        blocks.text,
        title=title or next((h.text for h in blocks.headings), None),
        headings=tuple(blocks.headings),
        date=date.date().isoformat() if date else None,
    )


def _style(paragraph: Any) -> str:
    return str(paragraph.style.name or "").lower() if paragraph.style is not None else ""
