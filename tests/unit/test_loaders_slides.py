"""Slides of PowerPoint: what is raised, struck, merged, beside the text or an equation."""

from __future__ import annotations

import pptx
import pytest
from pptx.opc.package import Part
from pptx.opc.packuri import PackURI
from pptx.oxml import parse_xml
from pptx.util import Inches

from index.loaders import load_seed
from index.loaders.extract import Extract, Source
from index.loaders.office import pptx as powerpoint
from index.loaders.office.placement import Placed, in_reading_order
from tests.files import saved

A = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
P = 'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'
BOX = (Inches(1), Inches(1), Inches(4), Inches(2))


def read(file) -> Extract:
    return powerpoint.read(Source(saved(file), "a.pptx"))


def empty_slide(file):
    return file.slides.add_slide(file.slide_layouts[6])


def test_raised_lowered_and_struck_runs_and_comments():
    file = pptx.Presentation()
    slide = empty_slide(file)
    line = slide.shapes.add_textbox(*BOX).text_frame.paragraphs[0]
    for text, name, value in (
        ("It costs 36", "", ""), ("4", "baseline", "30000"), (" euros ", "baseline", "0"),
        ("or 50", "strike", "sngStrike"), (" a CO", "strike", "noStrike"),
        ("2", "baseline", "-25000"),
    ):  # fmt: skip
        run = line.add_run()
        run.text = text
        if name:
            run._r.get_or_add_rPr().set(name, value)
    for where, name, inner in (
        (file.part, "commentAuthors", '<p:cmAuthor id="7" name="Ada Holt"/>'),
        (slide.part, "comments", '<p:cm authorId="7"><p:text>Since when?</p:text></p:cm>'),
    ):
        content = f"<p:list {P}>{inner}</p:list>".encode()
        part = Part(PackURI(f"/ppt/{name}.xml"), "application/xml", file.part.package, content)
        base = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
        where.relate_to(part, f"{base}/{name}")
    assert read(file).text == "It costs 36⁴ euros a CO₂\n\nComment (Ada Holt): Since when?"


def test_damaged_comments_are_reported_and_the_slide_is_read():
    file = pptx.Presentation()
    slide = empty_slide(file)
    slide.shapes.add_textbox(*BOX).text_frame.text = "Open."
    part = Part(PackURI("/ppt/c.xml"), "application/xml", file.part.package, b"<p:cm")
    slide.part.relate_to(part, "http://x/comments")
    extract = read(file)
    assert extract.text == "Open."
    assert extract.unread.startswith("comments are not read: damaged")


def test_tables_of_slides_name_their_columns_and_the_slide():
    file = pptx.Presentation()
    slide = empty_slide(file)
    table = slide.shapes.add_table(4, 3, *BOX).table
    for number, row in enumerate(["Ticket|Price|", "|Adults|Children", "Day|8|4", "|9|5"]):
        for column, text in enumerate(row.split("|")):
            table.cell(number, column).text = text
    table.cell(0, 0).merge(table.cell(1, 0))
    table.cell(0, 1).merge(table.cell(0, 2))
    table.cell(2, 0).merge(table.cell(3, 0))
    below = (Inches(1), Inches(5), Inches(4), Inches(1))
    slide.shapes.add_textbox(*below).text_frame.text = "After."
    extract = read(file)
    assert extract.text == (
        "- Ticket: Day; Price Adults: 8; Price Children: 4\n"
        "- Ticket: Day; Price Adults: 9; Price Children: 5\n\nAfter."
    )
    assert [place.name for place in extract.places] == [
        "slide 1", "slide 1, table 1, row 3", "slide 1, table 1, row 4", "slide 1",
    ]  # fmt: skip
    assert extract.tables[0].columns == ("Ticket", "Price Adults", "Price Children")


def test_a_shape_with_an_equation_is_read():
    file = pptx.Presentation()
    slide = empty_slide(file)
    box = slide.shapes.add_textbox(*BOX)
    box.text_frame.text = "Take "
    box.text_frame.paragraphs[0]._p.append(parse_xml(
        f'<a14:m {A} xmlns:a14="http://schemas.microsoft.com/office/drawing/2010/main" '
        'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"><m:oMath><m:f><m:num>'
        "<m:r><m:t>1</m:t></m:r></m:num><m:den><m:r><m:t>4</m:t></m:r></m:den></m:f></m:oMath>"
        "</a14:m>"
    ))  # fmt: skip
    either = parse_xml(
        '<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
        ' xmlns:x="http://x"><mc:Choice Requires="x"/><mc:Fallback/></mc:AlternateContent>'
    )
    box.element.addprevious(either)
    either[0].append(box.element)
    assert read(file).text == "Take 1/4"


def test_slide_shows_are_read():
    file = pptx.Presentation()
    empty_slide(file).shapes.add_textbox(*BOX).text_frame.text = "The gate opens at six."
    base = "application/vnd.openxmlformats-officedocument.presentationml."
    macros = "application/vnd.ms-powerpoint.presentation.macroEnabled"
    kinds = {"ppsx": f"{base}slideshow", "potx": f"{base}template", "pptm": macros}
    for suffix, kind in kinds.items():
        file.part._content_type = f"{kind}.main+xml"
        (document,) = load_seed(f"gate.{suffix}", saved(file), "").documents
        assert document.text == "The gate opens at six."


@pytest.mark.parametrize("tall_from", [0.5, 1, 1.05])
def test_columns_of_a_slide_are_read_one_after_the_other(tall_from: float):
    """A tall box on the right may begin above the ones on the left; what is below them ends it."""
    file = pptx.Presentation()
    slide = empty_slide(file)
    for text, left, top, height in (
        ("Foot.", 1, 5.5, 0.5), ("Right.", 5, tall_from, 4), ("Left, lower.", 1, 3, 1),
        ("Left.", 1, 1, 1.5),
    ):  # fmt: skip
        box = (Inches(left), Inches(top), Inches(8 if left == 1 and top > 5 else 3), Inches(height))
        slide.shapes.add_textbox(*box).text_frame.text = text
    assert read(file).text == "Left.\n\nLeft, lower.\n\nRight.\n\nFoot."


def test_boxes_in_rows_are_read_row_by_row():
    file = pptx.Presentation()
    slide = empty_slide(file)
    for text, left, top in (("4", 5, 3), ("2", 5, 1.1), ("3", 1, 3.1), ("1", 1, 1)):
        box = (Inches(left), Inches(top), Inches(3), Inches(1.5))
        slide.shapes.add_textbox(*box).text_frame.text = text
    assert read(file).text == "1\n\n2\n\n3\n\n4"


def test_ten_thousand_shapes_are_ordered_quickly():
    placed = [Placed(n, 0, 3 * n % 997, 7 * n % 991, 3 * n % 997 + 2, 9000) for n in range(10_000)]
    placed += [Placed(10_000 + n, 0, 16 * n, 16 * n, 9**9, 16 * n + 9) for n in range(10_000)]
    assert sorted(in_reading_order(placed)) == list(range(20_000))
