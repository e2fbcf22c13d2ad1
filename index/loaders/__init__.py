"""Files to documents: one module a format, each the only room of its parser.

A loader takes the bytes of a seed (read once, hashed, then parsed: the same bytes) and
gives an :class:`~index.loaders.extract.Extract`. Adding a format is one module and one
line in ``_FORMATS``. Nothing is fetched or executed; a file that cannot be read raises
LoadError with the reason and is reported by the build.
"""

from __future__ import annotations

import importlib
import re
from pathlib import PurePosixPath

from index.documents import Document
from index.errors import LoadError
from index.loaders.extract import Extract, leading_date, readable_title

__all__ = ["LOADERS_VERSION", "SUPPORTED", "load_document", "plain_text"]

# Raise this when a loader gives another text for the same bytes: every index is then rebuilt.
LOADERS_VERSION = 1

# extension -> (module with `read(data: bytes) -> Extract`, media type)
_FORMATS = {
    ".txt": ("index.loaders.text", "text/plain"),
    ".text": ("index.loaders.text", "text/plain"),
    ".md": ("index.loaders.markdown", "text/markdown"),
    ".markdown": ("index.loaders.markdown", "text/markdown"),
    ".html": ("index.loaders.html", "text/html"),
    ".htm": ("index.loaders.html", "text/html"),
    ".pdf": ("index.loaders.pdf", "application/pdf"),
    ".docx": (
        "index.loaders.docx",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ),
}
SUPPORTED = tuple(sorted(_FORMATS))
_TABLE_ROW = re.compile(r"\|.*\|")
_LIST_MARK = re.compile(r"^(?:[-*+•◦▪‣]|\d{1,3}[.)])\s+")


def load_document(document_id: str, data: bytes, sha256: str) -> Document:
    """Parse the bytes of one seed.

    Raises:
        LoadError: the format is not supported, the file is damaged, or it holds no text.
    """
    path = PurePosixPath(document_id)
    module_name, media_type = _FORMATS.get(path.suffix.lower(), ("", ""))
    if not module_name:
        raise LoadError(
            f"format {path.suffix or 'without extension'} is not supported "
            f"(supported: {' '.join(SUPPORTED)})"
        )
    if not data:
        raise LoadError("the file is empty (0 bytes)")
    try:
        extract: Extract = importlib.import_module(module_name).read(data)
    except LoadError:
        raise
    except Exception as exc:
        raise LoadError(f"its parser failed ({type(exc).__name__}: {exc})"[:300]) from exc
    if not extract.text.strip():
        raise LoadError("no text in it (a scanned document needs text recognition first)")
    return Document(
        id=document_id,
        title=readable_title(extract, path.stem),
        text=extract.text,
        sha256=sha256,
        media_type=media_type,
        pages=extract.pages,
        headings=extract.headings,
        date=extract.date or leading_date(extract.text),
    )


def plain_text(media_type: str, text: str) -> str:
    r"""A quote as a sentence to read: markup, list marks and line breaks taken away.

    >>> plain_text("text/plain", "- Two ministers\n  met.")
    'Two ministers met.'
    >>> plain_text("text/markdown", "| Bulguksa | **1995** | temple |")
    'Bulguksa: 1995, temple'
    """
    line = " ".join(text.split())
    if _TABLE_ROW.fullmatch(line):
        first, *others = (plain_text(media_type, cell) for cell in line.strip("|").split("|"))
        return f"{first}: {', '.join(others)}" if others else first
    if media_type == "text/markdown":
        from index.loaders.markdown import plain

        return plain(text)
    return _LIST_MARK.sub("", line, count=1)
