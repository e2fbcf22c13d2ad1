"""PowerPoint: python-pptx gives slides, shapes, tables and charts; a slide is a page.

Hidden slides and speaker notes are content; date, footer and slide number are not.
"""

from __future__ import annotations

import io
from typing import Any

from index.errors import LoadError
from index.loaders.archive import open_archive
from index.loaders.extract import Blocks, Extract, Source
from index.loaders.office.package import add_list_item, core_properties, parse, table_row
from index.types import Place, Span

__all__ = ["read"]

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_DIAGRAM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
_LINK = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_NOT_CONTENT = {"DATE", "FOOTER", "HEADER", "SLIDE_NUMBER"}
_MARKED = {_A + "buChar", _A + "buAutoNum", _A + "buBlip"}
_SAME_ROW = 200_000  # EMU (5 mm): shapes that begin within it stand beside each other


def read(source: Source) -> Extract:
    """Slide by slide: the title as heading, shapes in reading order, then the speaker notes."""
    import pptx

    archive = open_archive(source.data)
    try:
        slides = list(pptx.Presentation(io.BytesIO(source.data)).slides)
    except Exception as exc:  # python-pptx lets zipfile, lxml and KeyError through
        raise LoadError(
            f"not readable as a PowerPoint file ({type(exc).__name__}): open it in PowerPoint and"
            " save it again as .pptx"
        ) from exc
    blocks = Blocks()
    pages: list[Span] = []
    for number, slide in enumerate(slides, start=1):
        end, before = blocks.length, len(blocks.parts)
        _add_slide(blocks, slide)
        if len(blocks.parts) > before:
            start = end + (2 if before else 0)  # behind the blank line
            blocks.places.append(Place(start, f"slide {number}"))
        pages.append(Span(end, blocks.length))
    title, date = core_properties(archive)
    return Extract(
        blocks.text,
        title=title or next((h.text for h in blocks.headings), None),
        headings=tuple(blocks.headings),
        pages=tuple(pages),
        date=date,
        places=tuple(blocks.places),
    )


def _add_slide(blocks: Blocks, slide: Any) -> None:
    title = slide.shapes.title
    if title is not None:
        blocks.add(" ".join(title.text_frame.text.split()), level=1)
    for shape in _in_reading_order(slide.shapes):
        if title is None or shape.shape_id != title.shape_id:
            _add_shape(blocks, shape)
    if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
        notes = slide.notes_slide.notes_text_frame.text.replace("\v", "\n").strip()
        if notes:
            blocks.add(f"Notes: {notes}")


def _in_reading_order(shapes: Any) -> list[Any]:
    """Placeholders first, then row by row from the top, each row from the left."""
    ordered = sorted(shapes, key=lambda s: (not s.is_placeholder, s.top or 0))
    rows: list[list[Any]] = []
    for shape in ordered:
        first: Any = rows[-1][0] if rows else shape
        apart = (shape.top or 0) - (first.top or 0)
        if rows and first.is_placeholder == shape.is_placeholder and apart < _SAME_ROW:
            rows[-1].append(shape)
        else:
            rows.append([shape])
    return [shape for row in rows for shape in sorted(row, key=lambda s: s.left or 0)]


def _add_shape(blocks: Blocks, shape: Any) -> None:
    if shape.is_placeholder and shape.placeholder_format.type.name in _NOT_CONTENT:
        return
    if hasattr(shape, "shapes"):
        for inner in _in_reading_order(shape.shapes):
            _add_shape(blocks, inner)
        return
    if shape.has_text_frame:
        _add_paragraphs(blocks, shape)
    elif getattr(shape, "has_table", False):
        rows = [[c.text for c in row.cells] for row in shape.table.rows]
        _add_rows(blocks, [row for row in rows if any(cell.strip() for cell in row)])
    elif getattr(shape, "has_chart", False):
        _add_chart(blocks, shape.chart)
    else:
        _add_diagram(blocks, shape)
    described = next(shape.element.iter(_P + "cNvPr")).get("descr", "")
    if described.strip():
        blocks.add(f"Picture: {' '.join(described.split())}")


def _add_rows(blocks: Blocks, rows: list[list[str]]) -> None:
    for number, row in enumerate(rows):
        blocks.add(table_row(row), separator="\n" if number else "\n\n")


def _add_paragraphs(blocks: Blocks, shape: Any) -> None:
    in_list = False
    for paragraph in shape.text_frame.paragraphs:
        text = paragraph.text.replace("\v", "\n").strip()
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


def _add_chart(blocks: Blocks, chart: Any) -> None:
    """The title, then one row for each category with the values of all series."""
    if chart.has_title and chart.chart_title.has_text_frame:
        blocks.add(chart.chart_title.text_frame.text)
    for plot in chart.plots:
        series = list(plot.series)
        labels = [str(label) for label in plot.categories]
        columns = [[_number(value) for value in one.values] for one in series]
        if not labels:  # a scatter plot has numbers for categories
            labels = [str(n) for n in range(1, max(map(len, columns), default=0) + 1)]
            found = series[0]._element.xpath("./c:xVal//c:pt/c:v/text()") if series else []
            labels[: len(found)] = found
        rows = [["", *(one.name or "" for one in series)]]
        for number, label in enumerate(labels):
            rows.append([label, *(c[number] if number < len(c) else "" for c in columns)])
        _add_rows(blocks, rows if series else [])


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
