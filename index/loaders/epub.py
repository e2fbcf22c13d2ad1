"""EPUB books: the chapters in the order of the spine, each read as HTML.

A book is a ZIP archive whose package file (OPF) lists the chapters; no library is needed for
that. The table of contents is navigation, not content.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from typing import Any
from urllib.parse import unquote

from index.errors import LoadError
from index.loaders.archive import open_archive
from index.loaders.extract import Blocks, Extract, Source, iso_date
from index.loaders.office.package import add_extract, elements, entry, local, parse
from index.loaders.plain.html import read_markup
from index.loaders.plain.text import decode

__all__ = ["read"]

# Fonts may be scrambled without the book being protected.
_FONT_SCRAMBLING = {"http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC"}
# In XHTML any element may close itself; the HTML parser would leave it open.
_CLOSES_ITSELF = re.compile(
    r"<(?!(?:area|base|br|col|embed|hr|img|input|link|meta|source|track|wbr)\b)"
    r"([a-zA-Z][\w:-]*)((?:\s[^<>]*)?)/>"
)


def read(source: Source) -> Extract:
    """The text of all chapters, their headings, the title and the date of publication."""
    archive = open_archive(source.data)
    _refuse_protected(archive)
    container = parse(entry(archive, "META-INF/container.xml"))
    path = next((e.get("full-path") for e in container.iter() if local(e) == "rootfile"), None)
    if not path:
        raise LoadError("damaged: its container names no book")
    package = parse(entry(archive, path))
    blocks = Blocks()
    for chapter in _chapters(package, posixpath.dirname(path)):
        markup = _CLOSES_ITSELF.sub(r"<\1\2></\1>", decode(entry(archive, chapter)))
        if markup.strip():
            add_extract(blocks, read_markup(markup, tables=len(blocks.tables)))
    return blocks.extract(
        title=_metadata(package, "title"), date=iso_date(_metadata(package, "date") or "")
    )


def _chapters(package: Any, folder: str) -> list[str]:
    """The paths in the archive of the chapters, in reading order, each once."""
    items = {item.get("id"): item for item in package.iter() if local(item) == "item"}
    spine = [items.get(ref.get("idref")) for ref in package.iter() if local(ref) == "itemref"]
    paths = (
        posixpath.normpath(posixpath.join(folder, unquote(item.get("href", "").partition("#")[0])))
        for item in spine
        if item is not None and "html" in item.get("media-type", "html")
    )
    return list(dict.fromkeys(paths))


def _metadata(package: Any, name: str) -> str | None:
    """The first value of that name; of several dates, that of publication."""
    found = [e for e in package.iter() if local(e) == name and e.text and e.text.strip()]
    found.sort(key=lambda e: "publication" not in e.attrib.values())
    return " ".join(found[0].text.split()) if found else None


def _refuse_protected(archive: zipfile.ZipFile) -> None:
    if "META-INF/encryption.xml" not in archive.namelist():
        return
    for element in parse(entry(archive, "META-INF/encryption.xml")).iter():
        if local(element) == "EncryptedData":
            methods = [e.get("Algorithm") for e in elements(element) if "Method" in local(e)]
            if not _FONT_SCRAMBLING.intersection(methods):
                raise LoadError("it is protected against copying (DRM): use a copy without")
