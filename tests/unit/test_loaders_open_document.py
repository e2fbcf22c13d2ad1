"""OpenDocument texts and slides: what is raised, struck, merged, beside the text or an equation."""

from __future__ import annotations

import pytest

from index.loaders.extract import Extract, Source
from index.loaders.office import odp, odt
from index.types import Place
from tests.files import archive

PREFIXES = "office text table style meta presentation".split()
NAMES = " ".join(f'xmlns:{n}="urn:oasis:names:tc:opendocument:xmlns:{n}:1.0"' for n in PREFIXES)
NAMES += (
    ' xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"'
    ' xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0"'
    ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xlink="http://www.w3.org/1999/xlink"'
)
STYLES = "".join(
    f'<style:style style:family="text" style:name="{name}" style:parent-style-name="{parent}">'
    f"<style:text-properties {properties}/></style:style>"
    for name, parent, properties in (
        ("up", "", 'style:text-position="33% 58%"'),
        ("down", "", 'style:text-position="sub 58%"'),
        ("struck", "", 'style:text-line-through-style="solid"'),
        ("red", "struck", ""),
        ("kept", "struck", 'style:text-line-through-style="none"'),
    )
)


def content(body: str, kind: str = "text") -> str:
    return (
        f"<office:document-content {NAMES}><office:automatic-styles>{STYLES}"
        f"</office:automatic-styles><office:body><office:{kind}>{body}</office:{kind}>"
        "</office:body></office:document-content>"
    )


def read(body: str, **files: str) -> Extract:
    return odt.read(Source(archive({"content.xml": content(body)} | files), "a.odt"))


def span(style: str, text: str) -> str:
    return f'<text:span text:style-name="{style}">{text}</text:span>'


def test_raised_lowered_and_struck_spans_by_their_styles():
    body = (
        f"<text:p>It costs 35{span('up', '2')} euros, 10{span('up', '-3')} H{span('down', '2')}O."
        f"</text:p><text:p>Pay {span('struck', '70')} 80, {span('red', 'or 90')} "
        f"{span('kept', 'now')}</text:p>"
    )
    assert read(body).text == "It costs 35² euros, 10⁻³ H₂O.\n\nPay 80, now"


def test_deleted_text_that_stands_in_its_place_is_none_and_joins_paragraphs():
    regions = "".join(
        f'<text:changed-region text:id="{n}"><text:{kind}><text:p>old</text:p></text:{kind}>'
        "</text:changed-region>" for n, kind in (("a", "deletion"), ("b", "insertion"),
                                                 ("c", "deletion"))
    )  # fmt: skip
    body = (
        f"<text:tracked-changes>{regions}</text:tracked-changes>"
        '<text:p>Keys are <text:change-start text:change-id="b"/>given<text:change-end '
        'text:change-id="b"/> out<text:change-start text:change-id="a"/> at noon</text:p>'
        '<text:p>Now<text:change-end text:change-id="a"/> at the gate.'
        '<text:change text:change-id="a"/></text:p>'
        '<text:p><text:change-start text:change-id="c"/>No end, so kept.</text:p>'
    )
    assert read(body).text == "Keys are given out at the gate.\n\nNo end, so kept."


def cell(text: str, **spans: int) -> str:
    given = "".join(f' table:number-{key}-spanned="{value}"' for key, value in spans.items())
    return f"<table:table-cell{given}><text:p>{text}</text:p></table:table-cell>"


def test_rows_of_a_table_name_their_columns_with_merged_cells():
    covered = "<table:covered-table-cell/>"
    rows = [
        cell("Ticket", rows=2) + cell("Price", columns=2) + covered,
        covered + cell("Adults") + cell("Children"),
        cell("Day", rows=2) + cell("8") + cell("4"),
        covered + cell("free", columns=2) + covered,
    ]
    table = "".join(f"<table:table-row>{row}</table:table-row>" for row in rows)
    extract = read(f"<table:table>{table}</table:table><text:p>After.</text:p>")
    assert extract.text == (
        "- Ticket: Day; Price Adults: 8; Price Children: 4\n"
        "- Ticket: Day; Price Adults: free; Price Children: free\n\nAfter."
    )
    assert [p.name for p in extract.places] == ["table 1, row 3", "table 1, row 4", ""]
    assert extract.tables[0].columns == ("Ticket", "Price Adults", "Price Children")


def test_comments_pictures_boxes_and_equations():
    opening = '<math xmlns="http://www.w3.org/1998/Math/MathML">'
    math = (
        f"{opening}<semantics><mfrac><mrow><mi>a</mi>"
        "<mo>+</mo><mn>1</mn></mrow><mn>2</mn></mfrac><annotation>{a+1} over 2</annotation>"
        "</semantics></math>"
    )
    body = (
        "<text:p>Take 3<draw:frame><draw:object xlink:href='./Object 1'/></draw:frame> of it"
        "<office:annotation><dc:creator>Ada Holt</dc:creator><dc:date>2026-01-02</dc:date>"
        "<text:p>All of it?</text:p></office:annotation>."
        "<draw:frame><draw:image/><svg:title>A moor</svg:title></draw:frame>"
        "<draw:frame><draw:image/><svg:desc>map_1.png</svg:desc></draw:frame>"
        "<draw:frame><draw:text-box><text:p>Boxed.</text:p></draw:text-box></draw:frame></text:p>"
    )
    assert read(body, **{"Object 1/content.xml": math}).text == (
        "Take 3(a+1)/2 of it.\n\nComment (Ada Holt): All of it?\n\nPicture: A moor\n\nBoxed."
    )
    typed = (
        '<math xmlns="http://www.w3.org/1998/Math/MathML"><annotation>1 over 2</annotation></math>'
    )
    assert read(body, **{"Object 1/content.xml": typed}).text.startswith("Take 3 1 over 2 of it.")
    assert read(body, **{"Object 1/content.xml": "<math"}).text.startswith("Take 3 of it.")


def margins(inner: str) -> str:
    return (
        f"<office:document-styles {NAMES}><office:automatic-styles>{STYLES}"
        f"</office:automatic-styles><office:master-styles>{inner}</office:master-styles>"
        "</office:document-styles>"
    )


def test_page_headers_and_footers_come_once_without_numbers_of_pages():
    header = f"<style:header><text:p>File {span('struck', 'K-1')} K-2</text:p></style:header>"
    footer = (
        "<style:footer><text:p>page <text:page-number>1</text:page-number>/<text:page-count>9"
        "</text:page-count></text:p></style:footer><style:footer-first><text:p>Valid until 2031"
        "</text:p></style:footer-first>"
    )
    pages = "".join(
        f'<style:master-page style:name="{name}">{header}{footer}</style:master-page>'
        for name in ("One", "Two")
    )
    text = read("<text:p>Text.</text:p>", **{"styles.xml": margins(pages)}).text
    assert text == "Text.\n\nPage header: File K-2\n\nPage footer: Valid until 2031"


def test_a_text_with_damaged_styles_is_read_and_says_so():
    extract = read("<text:p>Text.</text:p>", **{"styles.xml": "<office"})
    assert extract.text == "Text."
    assert "not well-formed" in extract.unread


def test_slides_are_pages_and_places_with_titles_tables_and_notes():
    def frame(inner: str, y: int, kind: str = "") -> str:
        given = f' presentation:class="{kind}"' if kind else ""
        return f'<draw:frame svg:y="{y}cm" svg:x="1cm"{given}>{inner}</draw:frame>'

    def box(text: str) -> str:
        return f"<draw:text-box><text:p>{text}</text:p></draw:text-box>"

    table = "".join(
        f"<table:table-row>{''.join(map(cell, row))}</table:table-row>"
        for row in (("Room", "Beds"), ("Attic", "3"), ("Cellar", "5"))
    )
    first = (
        frame(box("Lower."), 9) + frame(f"<table:table>{table}</table:table>", 3)
        + frame(box("The hut"), 5, "title") + frame(box("7"), 1, "page-number")
        + f"<presentation:notes>{frame(box('Speak up.'), 1)}</presentation:notes>"
    )  # fmt: skip
    pages = (
        f"<draw:page>{first}</draw:page><draw:page/><draw:page>{frame(box('End.'), 1)}</draw:page>"
    )
    data = archive({"content.xml": content(pages, "presentation")})
    extract = odp.read(Source(data, "a.odp"))
    assert extract.text == (
        "The hut\n\n- Room: Attic; Beds: 3\n- Room: Cellar; Beds: 5\n\nLower.\n\nNotes: Speak up."
        "\n\nEnd."
    )
    assert [place.name for place in extract.places] == [
        "slide 1", "slide 1, table 1, row 2", "slide 1, table 1, row 3", "slide 1", "slide 3",
    ]  # fmt: skip
    assert (extract.title, len(extract.pages)) == ("The hut", 3)
    assert extract.places[0] == Place(0, "slide 1")


@pytest.mark.parametrize("times", ["999999999", "-1", "x"])
def test_a_cell_repeated_without_end_is_bounded(times):
    one = cell("a b").replace(">", f' table:number-columns-repeated="{times}">', 1)
    rows = f"<table:table-row>{one}{one}</table:table-row>" * 3
    assert len(read(f"<table:table>{rows}</table:table>").text) < 20_000


def test_columns_of_a_slide_are_read_one_after_the_other():
    def box(text: str, place: str) -> str:
        x, y, width, height = (f"{n}cm" for n in place.split())
        at = f'svg:x="{x}" svg:y="{y}" svg:width="{width}" svg:height="{height}"'
        return (
            f"<draw:frame {at}><draw:text-box><text:p>{text}</text:p></draw:text-box></draw:frame>"
        )

    shapes = box("Right.", "14 2 9 10") + box("Left, lower.", "1 8 9 4") + box("Left.", "1 3 9 4")
    page = f"<draw:page>{box('Foot.', '1 13 22 1')}{shapes}</draw:page>"
    data = archive({"content.xml": content(page, "presentation")})
    text = odp.read(Source(data, "a.odp")).text
    assert text == "Left.\n\nLeft, lower.\n\nRight.\n\nFoot."
