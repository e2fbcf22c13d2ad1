"""Word documents: python-docx opens the package, its tree is walked once for the text.

Its own paragraphs are not used: they look up a style by scanning all of them (16 s for 872
pages) and leave out content controls, insertions, text boxes and notes. Page headers, page
footers, comments and descriptions of pictures are blocks that say so. Deleted text, struck text
and macros are not content.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from index.errors import LoadError
from index.loaders.archive import open_archive
from index.loaders.extract import Blocks, Extract, Source
from index.loaders.office.equations import equation
from index.loaders.office.grid import Cell, add_grid
from index.loaders.office.package import (
    add_list_item,
    child_of,
    core_properties,
    elements,
    local,
    parse,
)
from index.loaders.office.runs import PAGE, Piece, joined, margin_text, picture_line
from index.loaders.office.word_styles import (
    LOOKS,
    Look,
    Numbering,
    Style,
    looked,
    merged,
    styles_of,
)

__all__ = ["read"]

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_NOT_CONTENT = {
    "pPr", "rPr", "sectPr", "tblPr", "trPr", "tcPr", "del", "moveFrom", "instrText", "delText",
    "rt", "Fallback",
}  # fmt: skip
_DELETED = {"del", "moveFrom"}
_SIGNS = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "\u2011"}
_TABS = re.compile(r" *\t[ \t]*")
_SPAN = re.compile(r"\d{1,4}")
_PARTS = ("/styles", "/numbering", "/footnotes", "/endnotes", "/comments")
_REFERENCES = {"footnoteReference", "endnoteReference", "commentReference"}
_DESCRIBED = {"docPr", "shape"}
_NOTES = ("footnote", "endnote", "comment")
_MARGINS = {"headerReference": "Page header", "footerReference": "Page footer"}
_PAGE_FIELD = re.compile(r"\s*(?:PAGE|NUMPAGES|SECTIONPAGES)\b", re.IGNORECASE)


def read(source: Source) -> Extract:
    """Paragraphs, lists with their numbers, tables, notes, headings; then headers and footers."""
    archive = open_archive(source.data)
    try:
        body, parts, margins = _opened(source.data)
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
            (kind, note.get(_W + "id")): note
            for kind in _NOTES
            for note in elements(roots.get(f"{kind}s", ()))
        },
    )
    walk.has_title = any(
        walk.style(paragraph).name == "title" for paragraph in body.iterfind(_W + "p")
    )
    for root in (body, *roots.values()):
        walk.look_at(root)
    walk.add(body)
    walk.add_margins((name, parse(blob)) for name, blob in margins)
    title, date = core_properties(archive)
    return walk.blocks.extract(title=title or walk.blocks.first_heading(), date=date)


def _opened(data: bytes) -> tuple[Any, dict[str, bytes], list[tuple[str, bytes]]]:
    """The body, the other parts by their kind, and the page headers and footers in order."""
    from docx.package import Package

    package = Package.open(io.BytesIO(data))
    part: Any = package.main_document_part
    root = getattr(part, "element", None)  # of a file with macros, python-docx has the bytes only
    root = parse(part.blob) if root is None else root
    links = {key: link for key, link in part.rels.items() if not link.is_external}
    parts = {
        link.reltype.rpartition("/")[2]: link.target_part.blob
        for link in links.values()
        if link.reltype.endswith(_PARTS)
    }
    margins = [
        (_MARGINS[local(reference)], links[reference.get(_ID)].target_part.blob)
        for section in root.iter(_W + "sectPr")
        for reference in elements(section)
        if local(reference) in _MARGINS and reference.get(_ID) in links
    ]
    return root.find(_W + "body"), parts, margins


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
    table_count: int = 0
    formed: set[Any] = field(default_factory=set)  # runs with a look of their own
    joins: set[Any] = field(default_factory=set)  # paragraphs that are one with the next
    held: list[Piece] = field(default_factory=list)  # of the paragraph, and those joined with it
    later: list[tuple[str, Any]] = field(default_factory=list)  # below the current block

    def look_at(self, root: Any) -> None:
        """Find in a part what is raised, lowered, struck or an end that is deleted (it is rare)."""
        self.formed.update(element.getparent().getparent() for element in root.iter(*LOOKS))
        for element in root.iter(*(_W + name for name in _DELETED)):
            properties = element.getparent().getparent()
            if properties is not None and local(properties) == "pPr":
                self.joins.add(properties.getparent())

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

    def add_margins(self, margins: Iterable[tuple[str, Any]]) -> None:
        """Page headers and footers, each text once."""
        known = set()
        for name, root in margins:
            self.look_at(root)
            _mark_page_numbers(root)
            text = margin_text(self._lines(root))
            if text and (name, text) not in known:
                known.add((name, text))
                self.blocks.add(f"{name}: {text}")

    def style(self, paragraph: Any) -> Style:
        """The style of a paragraph; without one, the default style."""
        properties = child_of(paragraph, _W + "pPr")
        found = None if properties is None else child_of(properties, _W + "pStyle")
        name = None if found is None else found.get(_W + "val")
        return self.styles.get(name) or self.styles.get(None) or Style()

    def _lines(self, container: Any) -> Iterator[str]:
        """The paragraphs in a header or footer, also those of its tables and boxes."""
        for paragraph in _inside(container, "p"):
            yield _TABS.sub("\t", joined(self._pieces(paragraph, self.style(paragraph).look)))
            later, self.later = self.later, []
            for mark, element in later:
                if element is None:
                    yield mark
                else:
                    yield from self._lines(element)

    def _add_paragraph(self, paragraph: Any) -> None:
        style = self.style(paragraph)
        self.held += self._pieces(paragraph, style.look)
        if paragraph in self.joins and _goes_on(paragraph):
            return
        text = _TABS.sub("\t", joined(self.held)).strip()
        self.held.clear()
        own = merged(child_of(paragraph, _W + "pPr"), style)
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
        while self.later:
            later, self.later = self.later, []
            for mark, element in later:
                if mark:
                    self.blocks.add(mark if element is None else f"{mark}: {self._line(element)}")
                else:
                    self.add(element)

    def _add_table(self, table: Any) -> None:
        rows = [list(_inside(row, "tc")) for row in _inside(table, "tr") if not _is_deleted(row)]
        self.in_list = False
        is_data = any(len(row) > 1 for row in rows)
        is_around = table.find(f".//{_W}tbl") is not None
        below: list[list[Cell]] = []
        for row in rows:
            # A box around text, or a table for the layout of others, is no table of data.
            if not is_data or (is_around and any(c.find(f".//{_W}tbl") is not None for c in row)):
                self._add_cells(below)
                for cell in row:
                    self.add(cell)
                self.in_list = False
            else:
                below.append([self._cell(cell) for cell in row])
        self._add_cells(below)

    def _add_cells(self, rows: list[list[Cell]]) -> None:
        if rows:
            self.table_count += len(rows) > 1
            add_grid(self.blocks, rows, name=f"table {self.table_count}")
            rows.clear()
            self._add_later()

    def _cell(self, cell: Any) -> Cell:
        properties = child_of(cell, _W + "tcPr")
        if properties is None:
            return Cell(self._line(cell))
        span = child_of(properties, _W + "gridSpan")
        merge = child_of(properties, _W + "vMerge")
        across = "1" if span is None else span.get(_W + "val", "1")
        return Cell(
            self._line(cell),
            across=int(across) if _SPAN.fullmatch(across) else 1,
            continued=merge is not None and merge.get(_W + "val") != "restart",
        )

    def _line(self, container: Any) -> str:
        """The text of a cell or note on one line; its own notes and boxes come later."""
        pieces: list[Piece] = []
        for paragraph in _inside(container, "p"):
            pieces += self._pieces(paragraph, self.style(paragraph).look)
            if paragraph not in self.joins:
                pieces.append(("", " "))
        return " ".join(joined(pieces).split())

    def _pieces(self, element: Any, look: Look) -> list[Piece]:
        pieces: list[Piece] = []
        self._add_pieces(pieces, element, look)
        return pieces

    def _add_pieces(self, pieces: list[Piece], element: Any, look: Look) -> None:
        for child in element:
            name = local(child)
            if name in ("t", "sym"):
                pieces.append((look.form, child.text or _symbol(child.get(_W + "char"))))
            elif name == "r":
                self._add_run(pieces, child, look)
            elif name in _DELETED:
                pieces.append(("gone", ""))
            elif name in _SIGNS:
                pieces.append(("", _SIGNS[name]))
            elif name in ("oMath", "oMathPara"):
                pieces.append(("equation", equation(child)))
            elif name == "txbxContent":
                self.later.append(("", child))
            elif name in _REFERENCES:
                pieces += self._reference(child, name.removesuffix("Reference"))
            elif name not in _NOT_CONTENT:
                if name in _DESCRIBED:
                    self._describe(child)
                self._add_pieces(pieces, child, look)

    def _add_run(self, pieces: list[Piece], run: Any, look: Look) -> None:
        if run in self.formed:
            look = looked(run.find(_W + "rPr"), look, self.styles)
            if look.struck:
                pieces.append(("gone", ""))
                return
        self._add_pieces(pieces, run, look)

    def _reference(self, element: Any, kind: str) -> Iterator[Piece]:
        """The mark of a note or comment, which comes below the block."""
        note = self.notes.pop((kind, element.get(_W + "id")), None)
        if note is None:
            return
        if kind == "comment":
            author = " ".join(note.get(_W + "author", "").split())
            self.later.append((f"Comment ({author})" if author else "Comment", note))
            return
        self.note_count += 1
        self.later.append((f"Note {self.note_count}", note))
        if element.get(_W + "customMarkFollows") in (None, "0", "false"):
            yield "note", str(self.note_count)

    def _describe(self, element: Any) -> None:
        described = picture_line(
            element.get("descr") or element.get("alt") or element.get("title") or ""
        )
        if described:
            self.later.append((described, None))


def _inside(parent: Any, name: str) -> Iterator[Any]:
    """The nearest elements of a name, through content controls and other wrappers."""
    for child in parent:
        own = local(child)
        if own == name:
            yield child
        elif own not in _NOT_CONTENT:
            yield from _inside(child, name)


def _is_deleted(row: Any) -> bool:
    """Whether a row is deleted, with the changes of the document taken as they are."""
    return row.find(f"{_W}trPr/{_W}del") is not None


def _goes_on(paragraph: Any) -> bool:
    """Whether another paragraph comes next, through what has no text."""
    following = (e for e in elements(paragraph.itersiblings()) if len(e) or local(e) == "p")
    return any(local(element) == "p" for element in islice(following, 1))


def _symbol(code: str | None) -> str:
    """A character given by its code; those of symbol fonts have no meaning without the font."""
    number = int(code, 16) if code and re.fullmatch(r"[0-9A-Fa-f]{2,5}", code) else 0
    return "" if number < 32 or 0xD800 <= number <= 0xF8FF else chr(number)


def _mark_page_numbers(root: Any) -> None:
    """Put ``PAGE`` where a page header or footer shows the number of a page."""
    is_number = False
    for element in list(root.iter(_W + "instrText", _W + "fldChar", _W + "fldSimple", _W + "t")):
        name = local(element)
        if name == "instrText" and _PAGE_FIELD.match(element.text or ""):
            element.tag, element.text, is_number = _W + "t", PAGE, True
        elif name == "fldChar":
            is_number = is_number and element.get(_W + "fldCharType") != "end"
        elif name == "fldSimple" and _PAGE_FIELD.match(element.get(_W + "instr", "")):
            number, *others = [*element.iter(_W + "t")] or [None]
            for other in others:
                other.text = ""
            if number is not None:
                number.text = PAGE
        elif name == "t" and is_number:
            element.text = ""
