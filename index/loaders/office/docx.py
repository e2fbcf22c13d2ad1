"""Word documents: python-docx opens the package, its tree is walked once for the text.

Its own paragraphs are not used: they look up a style by scanning all of them (16 s for 872
pages) and leave out content controls, insertions, text boxes and notes. Headers, footers,
comments and deleted text are not content.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from index.errors import LoadError
from index.loaders.archive import open_archive
from index.loaders.extract import Blocks, Extract, Source
from index.loaders.office.package import (
    add_list_item,
    core_properties,
    elements,
    local,
    parse,
    table_row,
)
from index.loaders.office.word_styles import Numbering, Style, merged, styles_of

__all__ = ["read"]

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_NOT_CONTENT = {
    "pPr", "rPr", "sectPr", "tblPr", "trPr", "tcPr", "del", "moveFrom", "instrText", "delText",
    "rt", "Fallback",
}  # fmt: skip
_SIGNS = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "\u2011"}
_TABS = re.compile(r" *\t[ \t]*")


def read(source: Source) -> Extract:
    """Paragraphs, lists with their numbers, tables (one row a line), notes, headings."""
    import docx

    archive = open_archive(source.data)
    try:
        file = docx.Document(io.BytesIO(source.data))
        part = file.part
        body = file.element.body
        parts = {
            link.reltype.rpartition("/")[2]: link.target_part.blob
            for link in part.rels.values()
            if not link.is_external
            and link.reltype.endswith(("/styles", "/numbering", "/footnotes", "/endnotes"))
        }
    except Exception as exc:  # python-docx lets zipfile, lxml and KeyError through
        raise LoadError(
            f"not readable as a Word document ({type(exc).__name__}): open it in Word and save it"
            " again as .docx"
        ) from exc
    roots = {name: parse(blob) for name, blob in parts.items()}
    walk = _Walk(
        styles=styles_of(roots.get("styles")),
        numbering=Numbering(roots.get("numbering")),
        notes={
            (kind[:-1], note.get(_W + "id")): note
            for kind in ("footnotes", "endnotes")
            for note in elements(roots.get(kind, ()))
        },
    )
    walk.has_title = any(
        walk.style(paragraph).name == "title" for paragraph in body.iterfind(_W + "p")
    )
    walk.add(body)
    title, date = core_properties(archive)
    return Extract(
        walk.blocks.text,
        title=title or next((h.text for h in walk.blocks.headings), None),
        headings=tuple(walk.blocks.headings),
        date=date,
    )


@dataclass(slots=True)
class _Walk:
    """One way through the tree of a document, which fills ``blocks``."""

    styles: dict[str | None, Style]
    numbering: Numbering
    notes: dict[tuple[str, str | None], Any]
    has_title: bool = False
    blocks: Blocks = field(default_factory=Blocks)
    in_list: bool = False
    note_count: int = 0
    later: list[Any] = field(default_factory=list)  # notes and boxes below the current block

    def add(self, container: Any) -> None:
        """All blocks of a body, a cell, a text box or a note, in their order."""
        for child in elements(container):
            name = local(child)
            if name == "p":
                self._add_paragraph(child)
            elif name == "tbl":
                self._add_table(child)
            elif name not in _NOT_CONTENT:  # content controls, insertions and other wrappers
                self.add(child)

    def style(self, paragraph: Any) -> Style:
        """The style of a paragraph; without one, the default style."""
        found = paragraph.find(f"{_W}pPr/{_W}pStyle")
        name = None if found is None else found.get(_W + "val")
        return self.styles.get(name) or self.styles.get(None) or Style()

    def _add_paragraph(self, paragraph: Any) -> None:
        text = _TABS.sub("\t", "".join(self._pieces(paragraph))).strip()
        style = self.style(paragraph)
        own = merged(paragraph.find(_W + "pPr"), style)
        label = None
        if text and own.list_number not in (None, "0"):
            label = self.numbering.label(str(own.list_number), own.list_level)
        elif style.name.startswith(("list bullet", "list number")):
            label = "-"
        if style.name == "title":
            self.blocks.add(text, level=1)
        elif own.level is not None:
            shown = f"{label} {text}" if label and label != "-" else text
            self.blocks.add(" ".join(shown.split()), level=own.level + self.has_title)
        elif label:
            add_list_item(self.blocks, text, label=label, follows=self.in_list)
        else:
            self.blocks.add(text)
        self.in_list = bool(label and text)
        self._add_later()

    def _add_later(self) -> None:
        later, self.later = self.later, []
        for element in later:
            if local(element) == "txbxContent":
                self.add(element)
                continue
            self.note_count += 1
            self.blocks.add(f"Note {self.note_count}: {self._line(element)}")

    def _add_table(self, table: Any) -> None:
        rows = [list(_inside(row, "tc")) for row in _inside(table, "tr")]
        self.in_list = False
        below = False
        for row in rows:
            # A box around text, or a table for the layout of others, is no table of data.
            if len(row) == 1 or any(cell.find(f".//{_W}tbl") is not None for cell in row):
                for cell in row:
                    self.add(cell)
                self.in_list = below = False
                continue
            cells = ["" if _is_continued(cell) else self._line(cell) for cell in row]
            if any(cells):
                self.blocks.add(table_row(cells), separator="\n" if below else "\n\n")
                below = True
        self._add_later()

    def _line(self, container: Any) -> str:
        """The text of a cell or note on one line; its own notes and boxes come later."""
        lines = ("".join(self._pieces(paragraph)) for paragraph in _inside(container, "p"))
        return " ".join(" ".join(lines).split())

    def _pieces(self, element: Any) -> Iterator[str]:
        for child in elements(element):
            name = local(child)
            if name == "t":
                yield child.text or ""
            elif name in _SIGNS:
                yield _SIGNS[name]
            elif name == "sym":
                yield _symbol(child.get(_W + "char"))
            elif name == "txbxContent":
                self.later.append(child)
            elif name in ("footnoteReference", "endnoteReference"):
                note = self.notes.get((name.removesuffix("Reference"), child.get(_W + "id")))
                if note is not None:
                    self.later.append(note)
            elif name not in _NOT_CONTENT:
                yield from self._pieces(child)


def _inside(parent: Any, name: str) -> Iterator[Any]:
    """The nearest elements of a name, through content controls and other wrappers."""
    for child in elements(parent):
        if local(child) == name:
            yield child
        elif local(child) not in _NOT_CONTENT:
            yield from _inside(child, name)


def _is_continued(cell: Any) -> bool:
    """Whether a cell is the lower part of the one above."""
    merge = cell.find(f"{_W}tcPr/{_W}vMerge")
    return merge is not None and merge.get(_W + "val") != "restart"


def _symbol(code: str | None) -> str:
    """A character given by its code; those of symbol fonts have no meaning without the font."""
    number = int(code, 16) if code and re.fullmatch(r"[0-9A-Fa-f]{2,5}", code) else 0
    return "" if number < 32 or 0xD800 <= number <= 0xF8FF else chr(number)
