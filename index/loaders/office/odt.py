"""OpenDocument texts: the tree of content.xml is walked once.

Odfdo and odfpy give the text of a file, but neither the place of its headings nor notes and
tables apart. Page headers, page footers, comments and descriptions of pictures are blocks that
say so. Deleted and struck text is not content.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from index.errors import LoadError
from index.loaders.archive import open_archive
from index.loaders.extract import Blocks, Extract, Source, is_program_title, iso_date
from index.loaders.office.equations import equation
from index.loaders.office.grid import Cell, add_grid
from index.loaders.office.package import add_list_item, elements, entry, local, parse
from index.loaders.office.placement import Placed, in_reading_order
from index.loaders.office.runs import PAGE, Piece, joined, margin_text, picture_line
from index.loaders.office.word_styles import Look

__all__ = ["OpenDocument", "Walk", "open_document", "read"]

_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_CREATOR = "{http://purl.org/dc/elements/1.1/}creator"
_PRESENTATION = "{urn:oasis:names:tc:opendocument:xmlns:presentation:1.0}"
_CLASS = _PRESENTATION + "class"
_NOT_OF_SLIDES = {"date-time", "footer", "header", "page-number"}
_SVG = "{urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0}"
_LENGTH = re.compile(r"(-?[\d.]{1,12})(cm|mm|in|pt)?")
_POINTS = {"cm": 28.35, "mm": 2.835, "in": 72.0, "pt": 1.0}
_LINK = "{http://www.w3.org/1999/xlink}href"
_XML_ID = "{http://www.w3.org/XML/1998/namespace}id"
_MATH = "{http://www.w3.org/1998/Math/MathML}math"
_NOT_CONTENT = {
    "tracked-changes", "annotation-end", "sequence-decls", "forms", "desc", "title",
    "note-citation", "ruby-text", "variable-decls", "user-field-decls", "notes", "deletion",
}  # fmt: skip
_MAX_REPEATED = 100
_SPACES = {"s": " ", "tab": "\t", "line-break": "\n"}
_CHANGES = ("change-start", "change-end")


@dataclass(frozen=True, slots=True)
class OpenDocument:
    """An opened file: its archive, the body of content.xml, the roots, title and date.

    ``unread`` says what of it is damaged.
    """

    archive: zipfile.ZipFile
    body: Any
    content: Any
    styles: Any
    title: str | None
    date: str | None
    unread: str


def open_document(source: Source, kind: str) -> OpenDocument:
    """The parts of an OpenDocument file whose ``office:body`` has a ``kind`` ("text").

    Raises:
        LoadError: another kind of file, damaged, or encrypted.
    """
    archive = open_archive(source.data)
    names = archive.namelist()
    if "content.xml" not in names:
        raise LoadError("not an OpenDocument file: there is no content.xml in its archive")
    if "META-INF/manifest.xml" in names:
        manifest = parse(entry(archive, "META-INF/manifest.xml"))
        if any(local(element) == "encryption-data" for element in manifest.iter()):
            raise LoadError("it needs a password: save it without")
    content = parse(entry(archive, "content.xml"))
    body = next(
        (e for e in content.iter() if e.tag and local(e) == kind and "office" in e.tag), None
    )
    if body is None:
        raise LoadError(f"not an OpenDocument {kind}: is the extension right?")
    metadata = {}
    if "meta.xml" in names:
        meta = parse(entry(archive, "meta.xml"))
        metadata = {local(e): (e.text or "").strip() for e in meta.iter() if isinstance(e.tag, str)}
    title = metadata.get("title", "")
    styles: Any = ()
    unread = ""
    if "styles.xml" in names:
        try:
            styles = parse(entry(archive, "styles.xml"))
        except LoadError as exc:
            unread = f"page headers, page footers and styles are not read: {exc}"
    return OpenDocument(
        archive,
        body,
        content,
        styles,
        title=None if is_program_title(title) else title or None,
        date=iso_date(metadata.get("date", "")) or iso_date(metadata.get("creation-date", "")),
        unread=unread,
    )


def read(source: Source) -> Extract:
    """Headings, paragraphs, lists ("- ..."), tables and notes; then page headers and footers."""
    file = open_document(source, "text")
    walk = Walk(file)
    walk.has_title = any(walk.is_title(p) for p in file.body.iter(_TEXT + "p"))
    walk.add(file.body)
    walk.blocks.add(joined(walk.held))
    walk.add_margins()
    return walk.blocks.extract(
        title=file.title or walk.blocks.first_heading(), date=file.date, unread=file.unread
    )


class _Styles:
    """How the characters of a part stand, by the styles of it."""

    def __init__(self, *roots: Any) -> None:
        self._nodes = {
            (node.get(_STYLE + "family", ""), node.get(_STYLE + "name")): node
            for root in roots
            for top in elements(root)
            if local(top) in ("styles", "automatic-styles")
            for node in elements(top)
        }
        self._known: dict[tuple[str, str | None, str, bool], Look] = {}
        self.titles = {"Title"} | {
            name
            for (_, name), node in self._nodes.items()
            if node.get(_STYLE + "parent-style-name") == "Title"
        }

    def look(self, family: str, name: str | None, outer: Look) -> Look:
        """What a style of a family ("text", "paragraph") makes of text with the look around it."""
        key = (family, name, outer.form, outer.struck)  # a hash of plain values is quick
        if key not in self._known:
            chain: list[Any] = []
            while (node := self._nodes.get((family, name))) is not None and node not in chain:
                chain.append(node)
                name = node.get(_STYLE + "parent-style-name")
            for node in reversed(chain):
                properties = node.find(_STYLE + "text-properties")
                outer = outer if properties is None else _looked(properties, outer)
            self._known[key] = outer
        return self._known[key]


def _looked(properties: Any, look: Look) -> Look:
    """The look of text with ``style:text-properties``, inside text of another ``look``."""
    form, struck = look.form, look.struck
    position = (properties.get(_STYLE + "text-position") or "").partition(" ")[0]
    if position:
        is_lowered = position == "sub" or position.startswith("-")
        is_level = position.strip("+-0.%") == ""
        form = "" if is_level else "lowered" if is_lowered else "raised"
    for name in ("style", "type"):
        line = properties.get(f"{_STYLE}text-line-through-{name}")
        if line is not None:
            struck = line != "none"
            break
    return Look(form, struck)


@dataclass(slots=True)
class Walk:
    """One way through the tree of a document, which fills ``blocks``."""

    file: OpenDocument
    has_title: bool = False
    blocks: Blocks = field(default_factory=Blocks)
    note_count: int = 0
    table_count: int = 0
    place: str = ""  # of the slide
    later: list[tuple[str, Any]] = field(default_factory=list)  # below the current block
    styles: _Styles = field(init=False)
    deletions: set[str] = field(default_factory=set)
    deleted: set[str] = field(default_factory=set)  # those that the way is in
    held: list[Piece] = field(default_factory=list)  # of the paragraph, and those joined with it
    equations: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.styles = _Styles(self.file.styles, self.file.content)
        regions = {
            region.get(_TEXT + "id") or region.get(_XML_ID)
            for region in self.file.body.iter(_TEXT + "changed-region")
            if region.find(_TEXT + "deletion") is not None
        }
        begun = set()
        for element in self.file.body.iter(*(_TEXT + name for name in _CHANGES)):
            change = element.get(_TEXT + "change-id", "")
            if local(element) == "change-start":
                begun.add(change)
            elif change in begun & regions:  # one without an end is none
                self.deletions.add(change)

    def add(self, container: Any) -> None:
        """All blocks of a body, a section, a text box or a note, in their order."""
        for child in elements(container):
            name = local(child)
            if name in ("h", "p"):
                self.held += self._paragraph(child)
                if not self.deleted:
                    self.blocks.add(joined(self.held).strip(), level=self._level(child))
                    self.held.clear()
                    self.add_later()
            elif name == "list":
                for number, item in enumerate(_items(child)):
                    text = joined(self._paragraph(item))
                    add_list_item(self.blocks, text, follows=number > 0)
                self.add_later()
            elif name == "table":
                self._add_table(child)
            elif name == "frame":
                self.blocks.add(joined(self._frame(child)).strip())
                self.add_later()
            elif name in _CHANGES:
                self._change(child)
            elif name == "annotation":
                self._comment(child)
                self.add_later()
            elif name not in _NOT_CONTENT:
                self.add(child)

    def add_slide(self, page: Any, name: str) -> None:
        """The shapes of a slide called ``name``: title, what the layout has, others by place."""
        self.place, self.table_count = name, 0
        shapes = [child for child in elements(page) if local(child) not in _NOT_CONTENT]
        for shape in in_reading_order(map(_placed, shapes)):
            if shape.get(_CLASS) == "title":
                title = " ".join(joined(self._paragraph(p)) for p in _items(shape))
                self.blocks.add(" ".join(title.split()), level=1)
                self.add_later()
            elif shape.get(_CLASS) not in _NOT_OF_SLIDES:
                self.add((shape,))
        for notes in page.iterfind(_PRESENTATION + "notes"):
            text = "\n".join(line for line in self._lines(notes) if line.strip())
            if text.strip():
                self.blocks.add(f"Notes: {text}")

    def add_margins(self) -> None:
        """Page headers and footers of all kinds of pages, each text once."""
        self.styles = _Styles(self.file.styles)
        known = set()
        for page in (p for top in self.file.styles for p in top.iterfind(_STYLE + "master-page")):
            for part in elements(page):
                kind = local(part).partition("-")[0]
                if kind not in ("header", "footer") or part.get(_STYLE + "display") == "false":
                    continue
                for number in part.iter(_TEXT + "page-number", _TEXT + "page-count"):
                    number.text = PAGE
                text = margin_text(self._lines(part))
                if text and (kind, text) not in known:
                    known.add((kind, text))
                    self.blocks.add(f"Page {kind}: {text}")

    def is_title(self, element: Any) -> bool:
        """Whether a paragraph is the title of the document by its style."""
        return element.get(_TEXT + "style-name") in self.styles.titles

    def _lines(self, container: Any) -> Iterator[str]:
        for paragraph in _items(container):
            yield joined(self._paragraph(paragraph))
            later, self.later = self.later, []
            for mark, element in later:
                if element is None:
                    yield mark
                else:
                    yield from self._lines(element)

    def _level(self, element: Any) -> int | None:
        if self.is_title(element):
            return 1
        if local(element) == "p":
            return None
        level = element.get(_TEXT + "outline-level", "1")
        return (int(level) if level in set("123456789") else 1) + self.has_title

    def add_later(self) -> None:
        """The notes, comments, boxes and pictures of the block above."""
        while self.later:
            later, self.later = self.later, []
            for mark, element in later:
                if not mark:
                    self.add(element)
                else:
                    self.blocks.add(mark if element is None else f"{mark}: {self.line(element)}")

    def _add_table(self, table: Any) -> None:
        below: list[list[Cell]] = []
        rows = [
            [cell for cell in elements(row) if local(cell).endswith("table-cell")]
            for row in table.iter(_TABLE + "table-row")
            if next(row.iterancestors(_TABLE + "table")) is table
        ]
        is_data = any(len(row) > 1 for row in rows)
        for row in rows:
            if not is_data or any(c.find(f".//{_TABLE}table") is not None for c in row):
                self._add_cells(below)
                for cell in row:  # a box, or a table for the layout of others
                    self.add(cell)
            else:
                below.append(self._cells(row))
        self._add_cells(below)

    def _add_cells(self, rows: list[list[Cell]]) -> None:
        if rows:
            self.table_count += len(rows) > 1
            within = f"{self.place}, " if self.place else ""
            name = f"{within}table {self.table_count}"
            add_grid(self.blocks, rows, name=name, place=self.place)
            rows.clear()
            self.add_later()

    def _cells(self, row: list[Any]) -> list[Cell]:
        """The cells of a row; of those that others cover, only what is below another."""
        cells: list[Cell] = []
        covered = 0
        for cell in row:
            times = min(_number(cell, "number-columns-repeated"), _MAX_REPEATED)
            if local(cell).startswith("covered"):
                beside, covered = min(covered, times), max(0, covered - times)
                cells += [Cell("", continued=True)] * (times - beside)
                continue
            across = _number(cell, "number-columns-spanned")
            covered = across - 1
            cells += [Cell(self.line(cell), across)] * times
        while len(cells) > 1 and not (cells[-1].text or cells[-1].continued):
            cells.pop()
        return cells

    def line(self, container: Any) -> str:
        """The text of a cell or note on one line; its own notes and boxes come later."""
        pieces: list[Piece] = []
        for paragraph in _items(container):
            pieces += [*self._paragraph(paragraph), ("", " ")]
        return " ".join(joined(pieces).split())

    def _paragraph(self, element: Any) -> Iterable[Piece]:
        look = self.styles.look("paragraph", element.get(_TEXT + "style-name"), Look())
        return self._pieces(element, look)

    def _pieces(self, element: Any, look: Look) -> Iterator[Piece]:
        if look.struck:
            yield "gone", ""
        else:
            yield self._piece(element.text, look)
        for child in element:
            name = local(child) if isinstance(child.tag, str) else "comment"
            if name == "span":
                own = self.styles.look("text", child.get(_TEXT + "style-name"), look)
                yield from self._pieces(child, own)
            elif name in _SPACES:
                yield self._piece(_SPACES[name], look)
            elif name == "frame":
                yield from self._frame(child)
            elif name == "note-body" and not (look.struck or self.deleted):
                self.note_count += 1
                self.later.append((f"Note {self.note_count}", child))
                yield "note", str(self.note_count)
            elif name in _CHANGES:
                self._change(child)
            elif name == "annotation":
                self._comment(child)
            elif name not in _NOT_CONTENT and name not in ("comment", "note-body"):
                yield from self._pieces(child, look)
                yield "", " " if name in ("p", "h") else ""
            yield self._piece(child.tail, look)

    def _piece(self, text: str | None, look: Look) -> Piece:
        return ("gone", "") if look.struck or self.deleted else (look.form, text or "")

    def _change(self, element: Any) -> None:
        """Note where deleted text begins and ends that a program left in its place."""
        change = element.get(_TEXT + "change-id", "")
        if local(element) == "change-start" and change in self.deletions:
            self.deleted.add(change)
        else:
            self.deleted.discard(change)

    def _comment(self, element: Any) -> None:
        author = " ".join((element.findtext(_CREATOR) or "").split())
        self.later.append((f"Comment ({author})" if author else "Comment", element))

    def _frame(self, frame: Any) -> Iterator[Piece]:
        """The equation in a frame; else its boxes, and what its author wrote about it, later."""
        written = self._equation(frame)
        if written:
            yield "equation", written
            return
        if any(local(child) in ("text-box", "table") for child in elements(frame)):
            self.later.append(("", frame))
        texts = {local(child): child.text or "" for child in elements(frame)}
        described = picture_line(texts.get("desc") or texts.get("title") or "")
        if described:
            self.later.append((described, None))

    def _equation(self, frame: Any) -> str:
        """The equation of a frame, in it or in a part of its own; empty for other objects."""
        for link in (e.get(_LINK, "") for e in elements(frame) if local(e) == "object"):
            inner = next(frame.iter(_MATH), None)
            if inner is not None:
                return _written(inner)
            if link not in self.equations:
                name = f"{posixpath.normpath(link)}/content.xml"
                try:
                    root = parse(entry(self.file.archive, name))
                    self.equations[link] = _written(root) if root.tag == _MATH else ""
                except LoadError:  # its picture stands in for it
                    self.equations[link] = ""
            return self.equations[link]
        return ""


def _written(root: Any) -> str:
    """An equation as a line: from its MathML, or from how its author typed it."""
    typed = next((e.text or "" for e in root.iter() if local(e) == "annotation"), "")
    return equation(root) or " ".join(typed.split())


def _placed(shape: Any) -> Placed:
    """Where a shape of a slide is read: the title, what the layout has, then the others."""
    kind = shape.get(_CLASS)
    left, top, width, height = (_points(shape, name) for name in ("x", "y", "width", "height"))
    rank = 0 if kind == "title" else 1 if kind else 2
    return Placed(shape, rank, left, top, left + width, top + height)


def _points(shape: Any, name: str) -> float:
    found = _LENGTH.fullmatch(shape.get(_SVG + name, ""))
    try:
        return float(found.group(1)) * _POINTS.get(found.group(2), 1.0) if found else 0.0
    except ValueError:
        return 0.0


def _number(cell: Any, name: str) -> int:
    text = cell.get(_TABLE + name, "1")
    return max(1, int(text)) if re.fullmatch(r"\d{1,9}", text) else 1


def _items(container: Any) -> Iterator[Any]:
    """The paragraphs of a list and of the lists in it, each as an item."""
    for child in elements(container):
        if local(child) in ("p", "h"):
            yield child
        elif local(child) not in _NOT_CONTENT:
            yield from _items(child)
