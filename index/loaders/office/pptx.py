"""PowerPoint: python-pptx gives slides, shapes, tables and charts; a slide is a page.

Hidden slides, speaker notes and comments are content; date, footer and slide number are not, nor
is struck text.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from index.errors import LoadError
from index.loaders.archive import open_archive
from index.loaders.extract import Blocks, Extract, Source
from index.loaders.office.equations import equation
from index.loaders.office.grid import Cell, add_grid
from index.loaders.office.package import (
    add_list_item,
    core_properties,
    elements,
    local,
    parse,
    slide,
)
from index.loaders.office.placement import Placed, in_reading_order
from index.loaders.office.runs import Piece, joined, picture_line
from index.loaders.plain.rows import add_record
from index.types import Span

__all__ = ["read"]

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_DIAGRAM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
_LINK = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_NOT_CONTENT = {"DATE", "FOOTER", "HEADER", "SLIDE_NUMBER"}
_MARKED = {_A + "buChar", _A + "buAutoNum", _A + "buBlip"}
_COMPATIBLE = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_POINT = 12_700  # EMU


def read(source: Source) -> Extract:
    """Slide by slide: the title as heading, shapes in reading order, then the speaker notes."""
    from pptx.package import Package

    archive = open_archive(source.data)
    try:
        # Not pptx.Presentation, which refuses slide shows and templates.
        main: Any = Package.open(io.BytesIO(source.data)).main_document_part
        slides = {one.part: one for one in main.presentation.slides}.values()  # each once
    except Exception as exc:  # python-pptx lets zipfile, lxml and KeyError through
        raise LoadError(
            f"not readable as a PowerPoint file ({type(exc).__name__}): open it in PowerPoint and"
            " save it again as .pptx"
        ) from exc
    blocks = Blocks()
    pages: list[Span] = []
    unread: list[str] = []
    authors = _authors(main, unread)
    for one in slides:
        with slide(blocks, pages) as name:
            _Slide(blocks, name, unread).add(one, authors)
    title, date = core_properties(archive)
    return blocks.extract(
        title=title or blocks.first_heading(), pages=pages, date=date, unread="; ".join(unread)
    )


def _in_reading_order(shapes: Any) -> list[Any]:
    """Placeholders first, then the others; each as they stand on the slide."""
    placed = []
    for shape in shapes:
        left, top, width, height = (
            (length or 0) / _POINT for length in (shape.left, shape.top, shape.width, shape.height)
        )
        rank = int(not shape.is_placeholder)
        placed.append(Placed(shape, rank, left, top, left + width, top + height))
    return in_reading_order(placed)


@dataclass(slots=True)
class _Slide:
    """One slide on its way into ``blocks``; ``name`` is its place, ``unread`` what is damaged."""

    blocks: Blocks
    name: str
    unread: list[str]
    table_count: int = 0

    def add(self, slide: Any, authors: dict[str, str]) -> None:
        """The title, shapes, speaker notes and comments of a slide."""
        _unwrap_equations(slide.element)
        title = slide.shapes.title
        if title is not None:
            self.blocks.add(" ".join(_text(title.text_frame, " ").split()), level=1)
        for shape in _in_reading_order(slide.shapes):
            if title is None or shape.shape_id != title.shape_id:
                self._add_shape(shape)
        if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
            notes = _text(slide.notes_slide.notes_text_frame).strip()
            if notes:
                self.blocks.add(f"Notes: {notes}")
        for part in _linked(slide.part, "comments", self.unread):
            for comment in part.iter("{*}cm", "{*}reply"):
                author = authors.get(comment.get("authorId", ""), "")
                inner = (e for e in elements(comment) if local(e) in ("text", "txBody"))
                text = " ".join(" ".join(t for e in inner for t in e.itertext()).split())
                mark = f"Comment ({author})" if author else "Comment"
                self.blocks.add(f"{mark}: {text}" if text else "")

    def _add_shape(self, shape: Any) -> None:
        if shape.is_placeholder and shape.placeholder_format.type.name in _NOT_CONTENT:
            return
        if hasattr(shape, "shapes"):
            for inner in _in_reading_order(shape.shapes):
                self._add_shape(inner)
            return
        if shape.has_text_frame:
            _add_paragraphs(self.blocks, shape)
        elif getattr(shape, "has_table", False):
            self._add_rows([_cells(row) for row in shape.table.rows])
        elif getattr(shape, "has_chart", False):
            self._add_chart(shape.chart)
        else:
            _add_diagram(self.blocks, shape)
        described = next(shape.element.iter(_P + "cNvPr")).get("descr", "")
        self.blocks.add(picture_line(described))

    def _add_rows(self, rows: list[list[Cell]]) -> None:
        self.table_count += len(rows) > 1
        name = f"{self.name}, table {self.table_count}"
        add_grid(self.blocks, rows, name=name, place=self.name)

    def _add_chart(self, chart: Any) -> None:
        """The title, then a statement for each category with the values of all series."""
        if chart.has_title and chart.chart_title.has_text_frame:
            self.blocks.add(chart.chart_title.text_frame.text)
        for plot in chart.plots:
            series = list(plot.series)
            labels = [str(label) for label in plot.categories]
            columns = [[_number(value) for value in one.values] for one in series]
            if not labels:  # a scatter plot has numbers for categories
                labels = [str(n) for n in range(1, max(map(len, columns), default=0) + 1)]
                found = series[0]._element.xpath("./c:xVal//c:pt/c:v/text()") if series else []
                labels[: len(found)] = found
            names = ["", *(one.name or "" for one in series)]
            for row in zip_longest(labels, *columns, fillvalue="") if series else ():
                add_record(self.blocks, zip(names, row, strict=True))


def _linked(part: Any, kind: str, unread: list[str]) -> Iterator[Any]:
    """The roots of the parts that a part links to as a kind ("comments")."""
    for link in part.rels.values():
        if not link.is_external and link.reltype.endswith(f"/{kind}"):
            try:
                yield parse(link.target_part.blob)
            except LoadError as exc:
                unread.append(f"{kind} are not read: {exc}")


def _authors(main: Any, unread: list[str]) -> dict[str, str]:
    """The names of those who comment, by their ids, as both kinds of comments have them."""
    return {
        element.get("id", ""): " ".join(element.get("name", "").split())
        for kind in ("commentAuthors", "authors")
        for root in _linked(main, kind, unread)
        for element in elements(root)
    }


def _unwrap_equations(slide: Any) -> None:
    """Put text shapes in the place of the choice that newer programs have for them.

    PowerPoint offers a shape with an equation beside a picture of it; python-pptx sees neither.
    """
    for either in list(slide.iter(_COMPATIBLE + "AlternateContent")):
        choice = either.find(_COMPATIBLE + "Choice")
        shapes = [] if choice is None else choice.findall(_P + "sp")
        if shapes and either.getparent() is not None:
            for shape in shapes:
                either.addprevious(shape)
            either.getparent().remove(either)


def _cells(row: Any) -> list[Cell]:
    """The cells of a row, without those that the one before covers."""
    return [
        Cell(_text(cell.text_frame), int(cell._tc.gridSpan), bool(cell._tc.vMerge))
        for cell in row.cells
        if not cell._tc.hMerge
    ]


def _text(frame: Any, between: str = "\n") -> str:
    return between.join(joined(_pieces(paragraph._p)) for paragraph in frame.paragraphs)


def _pieces(element: Any) -> Iterator[Piece]:
    """The runs of a paragraph, with what is raised, lowered or struck, and its equations."""
    for child in elements(element):
        name = local(child)
        if name in ("r", "fld"):
            properties = child.find(_A + "rPr")
            strike = "noStrike" if properties is None else properties.get("strike", "noStrike")
            if strike != "noStrike":
                yield "gone", ""
                continue
            baseline = "" if properties is None else properties.get("baseline", "")
            form = "lowered" if baseline.startswith("-") else "raised"
            yield form if baseline.strip("-0%.") else "", child.findtext(_A + "t") or ""
        elif name == "br":
            yield "", "\n"
        elif name in ("oMath", "oMathPara"):
            yield "equation", equation(child)
        elif name in ("m", "AlternateContent", "Choice"):
            yield from _pieces(child)


def _add_paragraphs(blocks: Blocks, shape: Any) -> None:
    in_list = False
    for paragraph in shape.text_frame.paragraphs:
        text = joined(_pieces(paragraph._p)).replace("\v", "\n").strip()
        if text and _is_marked(paragraph, shape):
            add_list_item(blocks, text, follows=in_list)
            in_list = True
        else:
            blocks.add(text)
            in_list = in_list and not text


def _is_marked(paragraph: Any, shape: Any) -> bool:
    """Whether a bullet or number stands before a paragraph; the nearest that says it decides."""
    level = f"{_A}lvl{paragraph.level + 1}pPr"
    said = [paragraph._p.find(_A + "pPr"), shape.text_frame._txBody.find(f"{_A}lstStyle/{level}")]
    if shape.is_placeholder:
        layout = shape._base_placeholder
        master = getattr(layout, "_base_placeholder", None)
        said += [
            base.text_frame._txBody.find(f"{_A}lstStyle/{level}")
            for base in (layout, master)
            if base is not None
        ]
        if shape.placeholder_format.type.name in ("BODY", "OBJECT"):
            slide_master = shape.part.slide.slide_layout.slide_master
            said.append(slide_master.element.find(f"{_P}txStyles/{_P}bodyStyle/{level}"))
    for properties in said:
        for child in () if properties is None else properties:
            if child.tag in _MARKED or child.tag == _A + "buNone":
                return child.tag in _MARKED
    return False


def _number(value: float | None) -> str:
    """A value without the tail that floating point gives it: 0.30000000000000004 is 0.3."""
    return "" if value is None else f"{value:.12g}"


def _add_diagram(blocks: Blocks, shape: Any) -> None:
    """The texts of a SmartArt diagram, which python-pptx does not know."""
    for link in shape.element.iter(_DIAGRAM + "relIds"):
        data = parse(shape.part.related_part(link.get(_LINK + "dm")).blob)
        for number, paragraph in enumerate(data.iter(_A + "p")):
            text = "".join(run.text or "" for run in paragraph.iter(_A + "t"))
            add_list_item(blocks, text, follows=number > 0)
