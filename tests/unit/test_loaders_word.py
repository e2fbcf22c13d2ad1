"""Word documents: what is raised, struck, merged, beside the text or an equation."""

from __future__ import annotations

import docx
import pytest
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from hypothesis import given
from hypothesis import strategies as st

from index.loaders.extract import Extract, Source
from index.loaders.office import docx as word
from tests.files import archive, load, saved, unpacked

NAMES = " ".join(
    f'xmlns:{prefix}="http://schemas.openxmlformats.org/{name}"'
    for prefix, name in {
        "w": "wordprocessingml/2006/main",
        "m": "officeDocument/2006/math",
        "wp": "drawingml/2006/wordprocessingDrawing",
    }.items()
)


def read(data: bytes) -> Extract:
    return word.read(Source(data, "a.docx"))


def document(*blocks: str) -> bytes:
    file = docx.Document()
    for block in blocks:
        file.element.body.insert(-1, parse_xml(block.replace(">", f" {NAMES}>", 1)))
    return saved(file)


def paragraph(*runs: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr>{''.join(runs)}</w:p>"


def run(text: str, properties: str = "") -> str:
    inner = f'<w:t xml:space="preserve">{text}</w:t>'
    return f"<w:r><w:rPr>{properties}</w:rPr>{inner}</w:r>"


RAISED = '<w:vertAlign w:val="superscript"/>'
LOWERED = '<w:vertAlign w:val="subscript"/>'
GONE = "<w:rPr><w:del w:id='1' w:author='K'/></w:rPr>"


def test_raised_and_lowered_runs_do_not_join_numbers():
    data = document(
        paragraph(run("A yearly card costs 31"), run("2", RAISED), run(" euros.")),
        paragraph(run("It finds 4×10"), run("-", RAISED), run("7", RAISED), run(" g of CO")
                  + run("2", LOWERED) + run("."), ),
        paragraph(run("the 5"), run("th", '<w:position w:val="6"/>'), run(" day, 8"),
                  run("3", RAISED.replace("superscript", "baseline"))),
    )  # fmt: skip
    assert read(data).text == (
        "A yearly card costs 31² euros.\n\nIt finds 4×10⁻⁷ g of CO₂.\n\nthe 5th day, 83"
    )


def test_a_character_style_raises_and_strikes_and_a_run_may_undo_it():
    file = docx.Document()
    for name, setting in (("Mark", "superscript"), ("Void", "strike")):
        setattr(file.styles.add_style(name, 2).font, setting, True)
    based = file.styles.add_style("Mark of mark", 2)
    based.base_style = file.styles["Mark"]
    line = file.add_paragraph("It costs 40")
    line.add_run("1", "Mark of mark")
    line.add_run(" or ")
    line.add_run("50 ", "Void")
    line.add_run("60", "Void").font.strike = False
    assert read(saved(file)).text == "It costs 40¹ or 60"


@pytest.mark.parametrize("strike", ["<w:strike/>", "<w:dstrike/>", '<w:strike w:val="1"/>'])
def test_struck_text_is_left_out_with_one_space_of_two(strike):
    data = document(
        paragraph(run("It costs "), run("70 euros", strike), run(" 80 euros.")),
        paragraph(run("All of it", strike)),
        paragraph(run("Kept", '<w:strike w:val="0"/>')),
    )
    assert read(data).text == "It costs 80 euros.\n\nKept"


def test_a_deleted_end_joins_paragraphs_and_a_deleted_row_is_none():
    cell = "<w:tc>{}</w:tc>".format
    gone = "<w:trPr><w:del w:id='3' w:author='K'/></w:trPr>"
    rows = [("", "Room", "Fee"), (gone, "Attic", "90"), ("", "Cellar", "55")]
    table = "".join(
        f"<w:tr>{properties}{''.join(cell(paragraph(run(text))) for text in texts)}</w:tr>"
        for properties, *texts in rows
    )
    data = document(
        paragraph(run("Keys are handed out"), properties=GONE),
        paragraph(properties=GONE),
        paragraph(run(" at the gate.")),
        paragraph(run("A table:"), properties=GONE),
        f"<w:tbl>{table}</w:tbl>",
    )
    assert (
        read(data).text == "Keys are handed out at the gate.\n\nA table:\n\n- Room: Cellar; Fee: 55"
    )


def part(file, name: str, inner: str) -> None:
    """Add footnotes or comments."""
    kind = f"application/vnd.openxmlformats-officedocument.wordprocessingml.{name}+xml"
    content = f"<w:{name} {NAMES}>{inner}</w:{name}>".encode()
    added = Part(PackURI(f"/word/{name}.xml"), kind, content, file.part.package)
    file.part.relate_to(added, getattr(RELATIONSHIP_TYPE, name.upper()))


def test_a_mark_of_a_note_is_raised_and_comments_say_whose_they_are():
    file = docx.Document()
    file.add_paragraph("It seats 24")
    for kind in ("footnote", "footnote", "comment"):
        number = len(file.paragraphs[0]._p) - 1
        mark = f'<w:r {NAMES}><w:{kind}Reference w:id="{number}"/></w:r>'
        file.paragraphs[0]._p.append(parse_xml(mark))
    notes = [f'<w:footnote w:id="{n}">{paragraph(run(text))}</w:footnote>'
             for n, text in enumerate(("Plus one.", "Since May."))]  # fmt: skip
    part(file, "footnotes", "".join(notes))
    inner = paragraph(run("Is that so?"))
    comment = f'<w:comment w:id="2" w:author="Ada Holt">{inner}</w:comment>'
    part(file, "comments", comment)
    assert read(saved(file)).text == (
        "It seats 24¹\n\nNote 1: Plus one.\n\nNote 2: Since May.\n\nComment (Ada Holt): Is that so?"
    )


def test_page_headers_and_footers_come_once_without_numbers_of_pages():
    file = docx.Document()
    file.add_paragraph("Text.")
    first = file.sections[0]
    first.different_first_page_header_footer = True
    first.header.paragraphs[0].text = "File KX-88"
    first.first_page_header.paragraphs[0].text = "Draft of May"
    second = file.add_section()
    second.header.is_linked_to_previous = False
    second.header.paragraphs[0].text = "File KX-88"
    footer = first.footer.paragraphs[0]
    footer.text = "Valid until 3 May 2031\tpage "
    kinds = ['<w:fldChar w:fldCharType="begin"/>', "<w:instrText> PAGE </w:instrText>",
             '<w:fldChar w:fldCharType="separate"/>', "<w:t>7</w:t>",
             '<w:fldChar w:fldCharType="end"/>']  # fmt: skip
    for kind in kinds:
        footer._p.append(parse_xml(f"<w:r {NAMES}>{kind}</w:r>"))
    simple = f'<w:fldSimple w:instr="PAGE" {NAMES}>{run("3")}</w:fldSimple>'
    second.footer.is_linked_to_previous = False
    second.footer.paragraphs[0].text = "- "
    second.footer.paragraphs[0]._p.append(parse_xml(simple))
    assert read(saved(file)).text == (
        "Text.\n\nPage header: File KX-88\n\nPage header: Draft of May\n\n"
        "Page footer: Valid until 3 May 2031"
    )


def test_what_an_author_wrote_about_a_picture_is_kept():
    described = ["Map of the moor", "image2.png", "A dog&#10;&#10;Automatisch erzeugt", "Bild 3"]
    drawings = [f'<w:r><w:drawing><wp:inline><wp:docPr id="1" name="x" descr="{text}"/>'
                "</wp:inline></w:drawing></w:r>" for text in described]  # fmt: skip
    assert read(document(paragraph(*drawings))).text == "Picture: Map of the moor"


def equation(inner: str) -> str:
    return f"<m:oMath>{inner}</m:oMath>"


def r(text: str) -> str:
    return f"<m:r><m:t>{text}</m:t></m:r>"


def form(name: str, properties: str = "", **parts: str) -> str:
    inner = "".join(f"<m:{key}>{value}</m:{key}>" for key, value in parts.items())
    return f"<m:{name}><m:{name}Pr>{properties}</m:{name}Pr>{inner}</m:{name}>"


HALF = form("f", num=r("1"), den=r("2"))
SQUARE = form("sSup", e=r("x"), sup=r("2"))


@pytest.mark.parametrize(
    ("inner", "line"),
    [
        (HALF, "Take 1/2 of it"),
        (form("f", num=r("a+b"), den=r("2c")), "Take (a+b)/(2c) of it"),
        (r("3") + HALF, "Take 3 1/2 of it"),
        (r("y=") + SQUARE + form("sSub", e=r("x"), sub=r("1")), "Take y=x² x₁ of it"),
        (form("sSup", e=r("a+b"), sup=r("k-m")), "Take (a+b)^(k-m) of it"),
        (form("rad", '<m:degHide m:val="1"/>', deg="", e=SQUARE), "Take √(x²) of it"),
        (form("rad", deg=r("3"), e=r("x")), "Take ∛(x) of it"),
        (form("nary", '<m:chr m:val="∑"/>', sub=r("i=1"), sup=r("n"), e=r("i")),
         "Take ∑_(i=1)^n i of it"),
        (form("d", e=form("f", num=r("n+1"), den=r("n"))), "Take ((n+1)/n) of it"),
        (form("func", fName=form("limLow", e=r("lim"), lim=r("x→0")), e=r("x")),
         "Take lim_(x→0) x of it"),
    ],
)  # fmt: skip
def test_an_equation_is_a_line(inner, line):
    data = document(paragraph(run("Take "), equation(inner), run(" of it")))
    assert read(data).text == line


def test_rows_that_are_alike_are_not_taken_for_names():
    file = docx.Document()
    for row in file.add_table(rows=4, cols=3).rows:
        row.cells[0].text = "Day"
        row.cells[1].merge(row.cells[2]).text = "free"
    assert read(saved(file)).text.count("- Day: Day; free: free; free: free") == 3


def test_a_table_without_names_of_columns_has_its_values_only():
    file = docx.Document()
    table = file.add_table(rows=2, cols=3)
    for row, texts in zip(table.rows, ("Attic|3|4.50", "Cellar||7"), strict=True):
        for cell, text in zip(row.cells, texts.split("|"), strict=True):
            cell.text = text
    assert read(saved(file)).text == "- Attic; 3; 4.50\n- Cellar; 7"


def test_an_equation_nested_too_deep_is_read_as_its_characters():
    inner = r("x")
    for _ in range(110):
        inner = form("f", num=inner, den=r("y"))
    text = read(document(paragraph(run("Before "), equation(inner), run(" after")))).text
    assert text.startswith("Before ")
    assert text.endswith(" after")
    assert text.count("y") == 110


def test_rows_of_a_table_name_their_columns_and_merged_cells_count_for_all_they_span():
    file = docx.Document()
    file.add_paragraph("Prices")
    table = file.add_table(rows=4, cols=3)
    for number, row in enumerate(["Ticket||", "|Adults|Children", "Day|8|4", "|9|5"]):
        for cell, text in zip(table.rows[number].cells, row.split("|"), strict=True):
            cell.text = text
    table.cell(0, 0).merge(table.cell(1, 0))
    table.cell(0, 1).merge(table.cell(0, 2)).text = "Price"
    table.cell(2, 0).merge(table.cell(3, 0))
    extract = read(saved(file))
    assert extract.text == (
        "Prices\n\n- Ticket: Day; Price Adults: 8; Price Children: 4\n"
        "- Ticket: Day; Price Adults: 9; Price Children: 5"
    )
    assert [place.name for place in extract.places] == ["table 1, row 3", "table 1, row 4", ""]
    (kept,) = extract.tables
    assert kept.columns == ("Ticket", "Price Adults", "Price Children")
    assert kept.rows[1].span.of(extract.text) == extract.text.split("\n")[-1]


def test_a_table_of_names_and_values_is_read_as_such():
    file = docx.Document()
    table = file.add_table(rows=0, cols=2)
    for name, value in (("Depth", "2.1 metres"), ("Built", "in 1907"), ("Keeper", "Ivo Lund")):
        cells = table.add_row().cells
        cells[0].text, cells[1].text = name, value
    assert read(saved(file)).text == "- Depth: 2.1 metres\n- Built: in 1907\n- Keeper: Ivo Lund"


def test_a_document_with_macros_is_read_and_they_are_not():
    data = document(paragraph(run("The gate opens at six.")))
    kind = b"vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    with_macros = b"vnd.ms-word.document.macroEnabled.main+xml"
    files = {name: part.replace(kind, with_macros) for name, part in unpacked(data).items()}
    data = archive(files | {"word/vbaProject.bin": b"Sub AutoOpen()"})
    assert load("gate.docm", data).text == "The gate opens at six."


@given(st.lists(st.tuples(st.integers(-1, 9999), st.booleans(), st.text("ab 1", max_size=4)),
                max_size=12), st.integers(1, 4))  # fmt: skip
def test_any_spans_of_cells_are_read(cells, width):
    rows = [cells[at : at + width] for at in range(0, len(cells), width)]
    table = "".join(
        "<w:tr>" + "".join(
            f'<w:tc><w:tcPr><w:gridSpan w:val="{span}"/>{"<w:vMerge/>" if merged else ""}</w:tcPr>'
            f"{paragraph(run(text))}</w:tc>" for span, merged, text in row
        ) + "</w:tr>" for row in rows
    )  # fmt: skip
    text = read(document(f"<w:tbl>{table}</w:tbl>")).text
    assert all(word in text for _, merged, own in cells if not merged for word in own.split())
