"""OpenDocument texts: the tree of content.xml is walked once.

Odfdo and odfpy give the text of a file, but neither the place of its headings nor notes and
tables apart. Deleted text, comments, headers and footers are not content.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from index.errors import LoadError
from index.loaders.archive import open_archive
from index.loaders.extract import Blocks, Extract, Source, is_program_title, iso_date
from index.loaders.office.package import add_list_item, elements, entry, local, parse, table_row

__all__ = ["read"]

_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_NOT_CONTENT = {
    "tracked-changes", "annotation", "annotation-end", "sequence-decls", "forms", "desc", "title",
    "note-citation", "ruby-text", "variable-decls", "user-field-decls",
}  # fmt: skip
_MAX_REPEATED = 100


def read(source: Source) -> Extract:
    """Headings, paragraphs, lists ("- ..."), tables (one row a line) and notes."""
    archive = open_archive(source.data)
    names = archive.namelist()
    if "content.xml" not in names:
        raise LoadError("not an OpenDocument text: there is no content.xml in its archive")
    if "META-INF/manifest.xml" in names:
        manifest = parse(entry(archive, "META-INF/manifest.xml"))
        if any(local(element) == "encryption-data" for element in manifest.iter()):
            raise LoadError("it needs a password: save it without")
    content = parse(entry(archive, "content.xml"))
    body = next(
        (e for e in content.iter() if e.tag and local(e) == "text" and "office" in e.tag), None
    )
    if body is None:
        raise LoadError("not an OpenDocument text: is the extension right?")
    titles = {"Title"} | {
        style.get(_STYLE + "name")
        for style in content.iter(_STYLE + "style")
        if style.get(_STYLE + "parent-style-name") == "Title"
    }
    walk = _Walk(titles)
    walk.has_title = any(p.get(_TEXT + "style-name") in titles for p in body.iter(_TEXT + "p"))
    walk.add(body)
    metadata = {}
    if "meta.xml" in names:
        meta = parse(entry(archive, "meta.xml"))
        metadata = {local(e): (e.text or "").strip() for e in meta.iter() if isinstance(e.tag, str)}
    title = metadata.get("title", "")
    first = next((h.text for h in walk.blocks.headings), None)
    return Extract(
        walk.blocks.text,
        title=first if is_program_title(title) else title or first,
        headings=tuple(walk.blocks.headings),
        date=iso_date(metadata.get("date", "")) or iso_date(metadata.get("creation-date", "")),
    )


@dataclass(slots=True)
class _Walk:
    """One way through the tree of a document, which fills ``blocks``."""

    titles: set[str]
    has_title: bool = False
    blocks: Blocks = field(default_factory=Blocks)
    note_count: int = 0
    later: list[Any] = field(default_factory=list)  # notes and boxes below the current block

    def add(self, container: Any) -> None:
        """All blocks of a body, a section, a text box or a note, in their order."""
        for child in elements(container):
            name = local(child)
            if name in ("h", "p"):
                text = "".join(self._pieces(child)).strip()
                self.blocks.add(text, level=self._level(child))
                self._add_later()
            elif name == "list":
                for number, item in enumerate(_items(child)):
                    text = "".join(self._pieces(item))
                    add_list_item(self.blocks, text, follows=number > 0)
                self._add_later()
            elif name == "table":
                self._add_table(child)
            elif name not in _NOT_CONTENT:
                self.add(child)

    def _level(self, element: Any) -> int | None:
        if element.get(_TEXT + "style-name") in self.titles:
            return 1
        if local(element) == "p":
            return None
        level = element.get(_TEXT + "outline-level", "1")
        return (int(level) if level in set("123456789") else 1) + self.has_title

    def _add_later(self) -> None:
        later, self.later = self.later, []
        for element in later:
            if local(element) == "note-body":
                self.note_count += 1
                self.blocks.add(f"Note {self.note_count}: {self._line(element)}")
            else:
                self.add(element)

    def _add_table(self, table: Any) -> None:
        below = False
        for row in table.iter(_TABLE + "table-row"):
            if next(row.iterancestors(_TABLE + "table")) is not table:
                continue
            cells = [cell for cell in elements(row) if local(cell).endswith("table-cell")]
            if len(cells) == 1 or any(c.find(f".//{_TABLE}table") is not None for c in cells):
                for cell in cells:  # a box, or a table for the layout of others
                    self.add(cell)
                below = False
                continue
            texts = [text for cell in cells for text in self._repeated(cell)]
            while texts and not texts[-1]:
                texts.pop()
            if texts:
                self.blocks.add(table_row(texts), separator="\n" if below else "\n\n")
                below = True
        self._add_later()

    def _repeated(self, cell: Any) -> list[str]:
        times = cell.get(_TABLE + "number-columns-repeated", "1")
        return [self._line(cell)] * min(int(times) if times.isdecimal() else 1, _MAX_REPEATED)

    def _line(self, container: Any) -> str:
        return " ".join("".join(self._pieces(container)).split())

    def _pieces(self, element: Any) -> Iterator[str]:
        yield element.text or ""
        for child in element:
            name = local(child) if isinstance(child.tag, str) else "comment"
            if name == "s":
                yield " "
            elif name in ("tab", "line-break"):
                yield "\t" if name == "tab" else "\n"
            elif name in ("note-body", "text-box"):
                self.later.append(child)
            elif name not in _NOT_CONTENT and name != "comment":
                yield from self._pieces(child)
                yield " " if name in ("p", "h") else ""
            yield child.tail or ""


def _items(container: Any) -> Iterator[Any]:
    """The paragraphs of a list and of the lists in it, each as an item."""
    for child in elements(container):
        if local(child) in ("p", "h"):
            yield child
        elif local(child) not in _NOT_CONTENT:
            yield from _items(child)
