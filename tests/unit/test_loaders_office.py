"""Loaders of office files, books and e-mail: what a reader sees, in order, or a reason why not."""

from __future__ import annotations

import time
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import docx
import pptx
import pytest
from docx.oxml import parse_xml
from hypothesis import given
from hypothesis import strategies as st
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches

from index.errors import LoadError
from index.loaders import epub, rtf
from index.loaders.archive import open_archive
from index.loaders.extract import Extract, Source
from index.loaders.mail import message as mail
from index.loaders.mail import outlook
from index.loaders.office import docx as word
from index.loaders.office import odt
from index.loaders.office import pptx as powerpoint
from index.loaders.plain import html
from index.types import Place
from tests.files import archive, saved, unpacked

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=30
)


def read(module, data: bytes | str, name: str = "a") -> Extract:
    extract = module.read(Source(data.encode() if isinstance(data, str) else data, name))
    for heading in extract.headings:
        assert " ".join(extract.text[heading.start :].split()).startswith(heading.text)
    return extract


def reason(module, data: bytes | str) -> str:
    with pytest.raises(LoadError) as raised:
        read(module, data)
    return str(raised.value)


# Word


def document(*blocks: str) -> bytes:
    file = docx.Document()
    for block in blocks:
        file.element.body.insert(-1, parse_xml(block.replace(">", f" {W}>", 1)))
    return saved(file)


def paragraph(inner: str) -> str:
    return f"<w:p>{inner}</w:p>"


def run(text: str) -> str:
    return f"<w:r><w:t>{text}</w:t></w:r>"


def test_insertions_links_and_controls_are_text_and_deletions_are_not():
    inner = (
        f"{run('They ')}<w:ins>{run('met')}</w:ins><w:del><w:r><w:delText>fought</w:delText></w:r>"
        f"</w:del><w:sdt><w:sdtContent>{run(' in ')}</w:sdtContent></w:sdt>"
        f"<w:hyperlink>{run('Seoul')}</w:hyperlink><w:r><w:br/></w:r>{run('today.')}"
    )
    control = f"<w:sdt><w:sdtContent>{paragraph(run('A control.'))}</w:sdtContent></w:sdt>"
    assert read(word, document(paragraph(inner), control)).text == (
        "They met in Seoul\ntoday.\n\nA control."
    )


def test_a_text_box_is_read_once_below_its_paragraph():
    box = f"<w:txbxContent>{paragraph(run('In the box.'))}</w:txbxContent>"
    both = (
        '<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
        f'<mc:Choice Requires="wps"><w:drawing>{box}</w:drawing></mc:Choice>'
        f"<mc:Fallback><w:pict>{box}</w:pict></mc:Fallback></mc:AlternateContent>"
    )
    data = document(paragraph(f"{run('Around.')}<w:r>{both}</w:r>"))
    assert read(word, data).text == "Around.\n\nIn the box."


def test_list_items_of_word_carry_the_numbers_that_word_shows():
    file = docx.Document()
    for text, style in (("a", "List Number"), ("b", "List Number"), ("c", "List Bullet")):
        file.add_paragraph(text, style=style)
    assert read(word, saved(file)).text == "1. a\n2. b\n- c"


def test_a_table_around_another_is_read_as_the_blocks_in_it():
    file = docx.Document()
    cell = file.add_table(rows=1, cols=2).rows[0].cells[0]
    cell.text = "Before."
    inner = cell.add_table(rows=1, cols=2)
    inner.cell(0, 0).text, inner.cell(0, 1).text = "a", "b"
    assert read(word, saved(file)).text == "Before.\n\n| a | b |"


def test_footnotes_of_word_stand_below_the_paragraph_that_refers_to_them():
    from docx.opc.constants import RELATIONSHIP_TYPE
    from docx.opc.packuri import PackURI
    from docx.opc.part import Part

    file = docx.Document()
    file.add_paragraph("They met.")
    file.paragraphs[0]._p.append(parse_xml(f'<w:r {W}><w:footnoteReference w:id="2"/></w:r>'))
    file.add_paragraph("They left.")
    inner = f'<w:footnote w:id="2">{paragraph(run("In Seoul."))}</w:footnote>'
    note = f"<w:footnotes {W}>{inner}</w:footnotes>"
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
    part = Part(PackURI("/word/footnotes.xml"), kind, note.encode(), file.part.package)
    file.part.relate_to(part, RELATIONSHIP_TYPE.FOOTNOTES)
    assert read(word, saved(file)).text == "They met.\n\nNote 1: In Seoul.\n\nThey left."


@given(st.lists(WORDS, min_size=1, max_size=8))
def test_no_word_of_a_word_file_is_lost(texts):
    file = docx.Document()
    for text in texts:
        file.add_paragraph(text)
    assert read(word, saved(file)).text.split() == " ".join(texts).split()


def test_an_entity_of_a_word_file_is_neither_expanded_nor_fetched(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("the secret")
    data = document(paragraph(run("They met.")))
    doctype = f'<!DOCTYPE w [<!ENTITY x SYSTEM "{secret.as_uri()}"><!ENTITY y "inside">]>'
    files = unpacked(data)
    head, _, rest = files["word/document.xml"].decode("latin-1").partition("?>")
    content = f"{head}?>{doctype}{rest.replace('They met.', 'They &x;&y; met.')}"
    files["word/document.xml"] = content.encode("latin-1")
    text = read(word, archive(files)).text
    assert "secret" not in text
    assert "inside" not in text


def test_the_date_of_a_programs_template_is_none():
    file = docx.Document()
    file.add_paragraph("The swap was renewed.")
    assert read(word, saved(file)).date is None
    file.core_properties.modified = file.core_properties.created.replace(year=2024)
    assert read(word, saved(file)).date == "2024-12-23"


@pytest.mark.parametrize(
    ("title", "kept"), [("Microsoft Word - b.doc", "Prices"), ("Our prices", "Our prices")]
)
def test_a_title_that_a_program_gave_is_replaced_by_the_first_heading(title, kept):
    file = docx.Document()
    file.core_properties.title = title
    file.add_heading("Prices", 1)
    assert read(word, saved(file)).title == kept
    info = rf"{{\info{{\title {title}}}}}"
    assert read(rtf, rf"{{\rtf1{info}\outlinelevel0 Prices\par}}").title == kept
    meta = f"<office:document-meta {ODF} {DC}><dc:title>{title}</dc:title></office:document-meta>"
    body = "<text:h>Prices</text:h>"
    assert read(odt, open_document(body, **{"meta.xml": meta})).title == kept


# PowerPoint


def deck(make: Callable[..., object]) -> bytes:
    file = pptx.Presentation()
    make(file)
    return saved(file)


def test_slides_are_pages_and_places_with_their_titles_as_headings():
    def make(file) -> None:
        for title, text in (("First", "one"), ("", ""), ("Third", "three\nfour")):
            slide = file.slides.add_slide(file.slide_layouts[1])
            slide.shapes.title.text, slide.placeholders[1].text = title, text
        file.slides[2].notes_slide.notes_text_frame.text = "Speak up."
        file.slides[2].element.set("show", "0")

    extract = read(powerpoint, deck(make))
    assert extract.text == "First\n\n- one\n\nThird\n\n- three\n- four\n\nNotes: Speak up."
    assert extract.places == (Place(0, "slide 1"), Place(extract.text.index("Third"), "slide 3"))
    assert [(h.text, h.level) for h in extract.headings] == [("First", 1), ("Third", 1)]
    assert len(extract.pages) == 3
    assert (extract.pages[0].start, extract.pages[-1].end) == (0, len(extract.text))
    assert [page.of(extract.text).strip()[:5] for page in extract.pages] == ["First", "", "Third"]


def test_shapes_are_read_from_the_top_and_from_the_left_also_in_groups():
    def make(file) -> None:
        shapes = file.slides.add_slide(file.slide_layouts[6]).shapes
        group = shapes.add_group_shape()
        for where, left, top, text in (
            (shapes, 5, 1, "right"), (shapes, 1, 1.05, "left"), (shapes, 1, 0, "top"),
            (group, 1, 5, "grouped below"), (group, 1, 4, "grouped"),
        ):  # fmt: skip
            box = where.add_textbox if where is shapes else group.shapes.add_textbox
            box(Inches(left), Inches(top), Inches(2), Inches(1)).text_frame.text = text

    assert read(powerpoint, deck(make)).text.split("\n\n") == [
        "top", "left", "right", "grouped", "grouped below",
    ]  # fmt: skip


def test_tables_and_charts_of_slides_are_rows():
    def make(file) -> None:
        shapes = file.slides.add_slide(file.slide_layouts[6]).shapes
        table = shapes.add_table(1, 2, Inches(1), Inches(0), Inches(4), Inches(1)).table
        table.cell(0, 0).text, table.cell(0, 1).text = "Year", "Loss\nin won"
        data = CategoryChartData()
        data.categories = ["2021", "2022"]
        data.add_series("Loss", (0.1 + 0.2, None))
        data.add_series("Gain", (7, 1250000))
        box = (Inches(1), Inches(3), Inches(4), Inches(3))
        chart = shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, *box, data).chart
        chart.has_title = True
        chart.chart_title.text_frame.text = "Won"

    assert read(powerpoint, deck(make)).text == (
        "| Year | Loss in won |\n\nWon\n\n- 2021; Loss: 0.3; Gain: 7\n- 2022; Gain: 1250000"
    )


def test_a_slide_file_without_properties_has_no_title_and_no_date_made_up():
    data = deck(lambda file: file.slides.add_slide(file.slide_layouts[6]).shapes.add_textbox(
        0, 0, 99, 99).text_frame.__setattr__("text", "They met."))  # fmt: skip
    files = unpacked(data)
    del files["docProps/core.xml"]
    extract = read(powerpoint, archive(files))
    assert (extract.title, extract.date) == (None, None)


@pytest.mark.parametrize("module", [word, powerpoint, odt, epub])
def test_an_archive_of_something_else_is_refused_with_a_reason(module):
    assert len(reason(module, archive({"a.txt": "text"}))) > 20
    assert "archive" in reason(module, b"PK\x03\x04 and no more")
    assert "password" in reason(module, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))


def test_a_bomb_is_refused_before_it_is_unpacked():
    with pytest.raises(LoadError, match="unpacks to 60 MB"):
        open_archive(archive({"content.xml": " " * 60_000_000}))


# OpenDocument

_NAMES = "office text table style draw meta".split()
ODF = " ".join(f'xmlns:{n}="urn:oasis:names:tc:opendocument:xmlns:{n}:1.0"' for n in _NAMES)
DC = 'xmlns:dc="http://purl.org/dc/elements/1.1/"'


def open_document(body: str, **files: str) -> bytes:
    content = (
        f"<office:document-content {ODF}><office:automatic-styles>"
        '<style:style style:name="P1" style:parent-style-name="Title"/></office:automatic-styles>'
        f"<office:body><office:text>{body}</office:text></office:body></office:document-content>"
    )
    return archive({"content.xml": content} | files)


def test_an_open_document_has_headings_lists_tables_and_notes_in_their_order():
    extract = read(odt, open_document(
        '<text:p text:style-name="P1">The summit</text:p><text:h text:outline-level="1">Papers'
        "</text:h><text:p>They<text:s/>signed<text:note><text:note-citation>1</text:note-citation>"
        "<text:note-body><text:p>In Seoul.</text:p></text:note-body></text:note>:</text:p>"
        "<text:list><text:list-item><text:p>a memo</text:p><text:list><text:list-item><text:p>a "
        "swap</text:p></text:list-item></text:list></text:list-item></text:list><table:table>"
        "<table:table-row><table:table-cell><text:p>a</text:p><text:p>b</text:p></table:table-cell>"
        '<table:table-cell table:number-columns-repeated="2"><text:p>c</text:p></table:table-cell>'
        '<table:table-cell table:number-columns-repeated="9999"/></table:table-row></table:table>'
        "<text:tracked-changes><text:p>deleted</text:p></text:tracked-changes>",
        **{"meta.xml": f"<office:document-meta {ODF} {DC}><office:meta><dc:title>Swap</dc:title>"
           "<dc:date>2025-11-01T09:00:00</dc:date></office:meta></office:document-meta>"},
    ))  # fmt: skip
    assert extract.text == (
        "The summit\n\nPapers\n\nThey signed¹:\n\nNote 1: In Seoul.\n\n- a memo\n- a swap\n\n"
        "| a b | c | c |"
    )
    assert [(h.text, h.level) for h in extract.headings] == [("The summit", 1), ("Papers", 2)]
    assert (extract.title, extract.date) == ("Swap", "2025-11-01")


@pytest.mark.parametrize(
    ("name", "told"), [("testODTEncrypted.odt", "password"), ("testODTnotaZipFile.odt", "archive")]
)
def test_an_open_document_that_cannot_be_read_says_why(shared_data, name, told):
    assert told in reason(odt, (shared_data / "formats" / "hostile" / name).read_bytes())


# RTF


def test_rtf_has_paragraphs_headings_tables_lists_notes_and_title():
    extract = read(rtf, (
        r"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0\fcharset0 Arial;}}{\info{\title The swap}{\creatim"
        r"\yr2025\mo11\dy1}}{\header Header}\pard\outlinelevel0 Pap\b ers\b0\par\pard They "
        r"signed\chftn{\footnote\pard In Seoul.}:\par{\listtext\'b7\tab}a memo\par"
        r"{\listtext 2.\tab}a swap\par\pard Then they left.\par"
        r"\trowd\pard\intbl Year\cell Loss\par in won\cell\row"
        r"\pard\intbl 2021\cell 774\cell\row\pard{\pict 89504e47}"
        r"caf\'e9 \u8364? \{x\}{\*\unknown no}}"
    ))  # fmt: skip
    assert extract.text == (
        "Papers\n\nThey signed¹:\n\nNote 1: In Seoul.\n\n- a memo\n2. a swap\n\nThen they left.\n\n"
        "- Year: 2021; Loss in won: 774\n\ncafé € {x}\n\nPage header: Header"
    )
    assert [(h.text, h.level) for h in extract.headings] == [("Papers", 1)]
    assert (extract.title, extract.date) == ("The swap", "2025-11-01")


def test_the_codepage_of_rtf_follows_the_font_and_astral_characters_are_whole():
    data = (
        r"{\rtf1\ansi\ansicpg1252\uc2{\fonttbl{\f0\fcharset0 A;}{\f1\fcharset128 M;}"
        r"{\f2\fcharset204 C;}}\f1\'83\'65\'83\'58\'83\'67{\f2 \'cf}\f0 \'e9 "
        r"\u-10179\'81\'81\u-8704\'81\'81 end}"
    )
    assert read(rtf, data).text == "テストПé 😀 end"


@given(WORDS)
def test_rtf_gives_back_any_text_written_as_code_points(text):
    units = text.encode("utf-16-le")
    codes = (int.from_bytes(units[i : i + 2], "little") for i in range(0, len(units), 2))
    data = "{\\rtf1 " + "".join(f"\\u{c - 65536 if c > 32767 else c}?" for c in codes) + "}"
    assert read(rtf, data).text == text.strip()


@given(st.binary(max_size=300))
def test_rtf_with_any_bytes_inside_is_read_to_its_end(data):
    read(rtf, b"{\\rtf1 " + data)


def test_binary_data_of_rtf_is_passed_over_and_other_files_are_refused():
    assert read(rtf, b"{\\rtf1 a{\\pict\\bin4 }}\\{x}b}").text == "ab"
    assert "not an RTF file" in reason(rtf, "text")


def test_a_japanese_rtf_file_is_read(shared_data):
    path = shared_data / "formats" / "ok" / "testRTF-ms932.rtf"
    assert read(rtf, path.read_bytes()).text == "Hello\n\nこんにちは\n\nTest\n\nテスト"


# EPUB


def book(chapters: list[str], metadata: str = "", **files: str) -> bytes:
    items = "".join(
        f'<item id="c{n}" href="c%20{n}.xhtml" media-type="application/xhtml+xml"/>'
        for n in range(len(chapters))
    )
    spine = "".join(f'<itemref idref="c{n}"/>' for n in reversed(range(len(chapters))))
    package = (
        f'<package xmlns="http://www.idpf.org/2007/opf" {DC}><metadata>{metadata}</metadata>'
        f"<manifest>{items}</manifest><spine>{spine}</spine></package>"
    )
    container = '<container><rootfiles><rootfile full-path="O/p.opf"/></rootfiles></container>'
    return archive(
        {"META-INF/container.xml": container, "O/p.opf": package}
        | {f"O/c {n}.xhtml": text for n, text in enumerate(chapters)}
        | files
    )


def test_the_chapters_of_a_book_follow_its_spine_with_headings():
    extract = read(epub, book(
        ["<html><head><title/></head><body><h1>Two</h1><aside>A note.</aside></body></html>",
         "<html><body><nav>menu</nav><a id='x'/><h1>One</h1><p>Snow<span/>, ice.</p></body>"
         "</html>"],
        "<dc:title>Winter</dc:title><dc:date>2025-11-01</dc:date>",
    ))  # fmt: skip
    assert [line for line in extract.text.split("\n") if line] == [
        "One", "Snow, ice.", "Two", "A note.",
    ]  # fmt: skip
    assert [h.text for h in extract.headings] == ["One", "Two"]
    assert (extract.title, extract.date) == ("Winter", "2025-11-01")


def test_a_protected_book_is_refused_and_one_with_scrambled_fonts_is_read():
    def rules(method: str) -> str:
        used = f'<EncryptionMethod Algorithm="{method}"/>'
        return f"<encryption><EncryptedData>{used}</EncryptedData></encryption>"

    def made(method: str) -> bytes:
        return book(["<p>Snow.</p>"], **{"META-INF/encryption.xml": rules(method)})

    assert "DRM" in reason(epub, made("http://www.w3.org/2001/04/xmlenc#aes128-cbc"))
    assert read(epub, made("http://www.idpf.org/2008/embedding")).text == "Snow."


# HTML


def test_tables_of_data_are_rows_and_tables_for_layout_are_not():
    data = (
        "<table><caption>Loss</caption><tr><th>Year<th>Loss<br>in won<tr><td>2021<td>774</table>"
        "<table><tr><td><h2>Menu</h2><td>They met.</table>"
    )
    text = read(html, data).text
    assert "Loss\n\n- Year: 2021; Loss in won: 774\n\nMenu" in text


@given(st.lists(st.tuples(st.sampled_from(["h1", "h3", "p", "div", "b"]), WORDS), max_size=8))
def test_html_headings_start_where_their_text_starts(blocks):
    from html import escape

    read(html, "<body>x" + "".join(f"<{tag}>{escape(text)}</{tag}>" for tag, text in blocks))


# E-mail


def message(**headers: str) -> EmailMessage:
    mail_ = EmailMessage()
    for name, value in {"From": "Lee <lee@a.kr>", "Subject": "The swap", **headers}.items():
        mail_[name] = value
    return mail_


def test_a_mail_begins_with_its_headers_and_has_subject_and_date():
    mail_ = message(To="Xi <xi@b.cn>", Date="Wed, 1 May 2024 10:00:00 +0900")
    mail_.set_content("We renew it.\n\n> Shall we?\n")
    extract = read(mail, mail_.as_bytes())
    assert extract.text == (
        "From: Lee <lee@a.kr>\nTo: Xi <xi@b.cn>\nSubject: The swap\nDate: 2024-05-01 10:00\n\n"
        "We renew it.\n\nQuoted\n\nShall we?"
    )
    assert (extract.title, extract.date) == ("The swap", "2024-05-01")


def whose_words(body: str, subtype: str = "plain") -> list[tuple[str, str]]:
    """The own words of a mail of Lee to Ida Holm, and the words below each heading of a quote."""
    mail_ = message(To="Ida Holm <ida@b.no>", Subject="AW: The roof")
    mail_.set_content(body, subtype=subtype)
    extract = read(mail, mail_.as_bytes())
    headings = [heading for heading in extract.headings if heading.level == 1]
    starts = [*(heading.start for heading in headings), len(extract.text)]
    own = extract.text[: starts[0]].partition("\n\n")[2].strip()
    quotes = [
        (heading.text, extract.text[heading.start : end].partition("\n\n")[2].strip())
        for heading, end in zip(headings, starts[1:], strict=True)
    ]
    return [("", own), *quotes]


@pytest.mark.parametrize(
    ("line", "heading"),
    [
        ("On Mon, 2 Mar 2026 at 09:12, Ida Holm <ida@b.no> wrote:",
         "Quoted from Ida Holm, 2 Mar 2026 at 09:12"),
        ("On Mon, Mar 2, 2026 at 9:12 AM Bo van der Aa <bo@c.nl>\nwrote:",
         "Quoted from Bo van der Aa, Mar 2, 2026 at 9:12 AM"),
        ("Am 02.03.26 um 09:12 schrieb Ida Holm:", "Quoted from Ida Holm, 02.03.26 um 09:12"),
        ("Le lun. 2 mars 2026 à 09:12, Bo Aa <bo@c.nl> a écrit :",
         "Quoted from Bo Aa, 2 mars 2026 à 09:12"),
        ("пн, 2 мар. 2026 г. в 09:12, Олег Кох <oleg@c.ru>:",
         "Quoted from Олег Кох, 2 мар. 2026 г. в 09:12"),
        ("Bo Aa <bo@c.nl> 于2026年3月2日周一 09:12写道：",
         "Quoted from Bo Aa, 2026年3月2日周一 09:12"),
        ("Ida Holm:", "Quoted from Ida Holm"),
        ("Den 2 mars 2026 skrev en granne:", "Quoted: Den 2 mars 2026 skrev en granne"),
    ],
)  # fmt: skip
def test_a_quote_stands_behind_the_own_words_with_who_wrote_it(line, heading):
    body = f"Agreed, in May.\n\n{line}\n> Slate costs 40.\n>\n> It comes in April.\n"
    assert whose_words(body) == [
        ("", "Agreed, in May."),
        (heading, "Slate costs 40.\n\nIt comes in April."),
    ]


def test_a_quote_in_a_quote_stands_once_and_has_its_own_author():
    body = (
        "Agreed.\n\nIda Holm <ida@b.no>, 3.3.2026:\n> Slate?\n>\n> Bo <bo@c.nl>, 2.3.2026:\n"
        "> > Tiles.\n> >\n> > -- \n> > Bo\n"
    )
    assert whose_words(body) == [
        ("", "Agreed."),
        ("Quoted from Ida Holm, 3.3.2026", "Slate?"),
        ("Quoted from Bo, 2.3.2026", "Tiles.\n\nSignature: Bo"),
    ]


@pytest.mark.parametrize(
    "rule", ["", "-----Original Message-----\n", "________________________________\n"]
)
@pytest.mark.parametrize("names", ["From Sent To Subject", "Von Gesendet An Betreff"])
def test_a_mail_that_follows_as_header_lines_is_a_quote_with_its_head_once(rule, names):
    values = ["Bo Aa", "Monday, March 2, 2026 9:12 AM", "Ida Holm", "The roof"]
    lines = "\n".join(f"{n}: {v}" for n, v in zip(names.split(), values, strict=True))
    found = whose_words(f"Agreed.\n\n{rule}{lines}\n\nSlate.\n\n> Old.\n")
    assert found[:2] == [
        ("", "Agreed."),
        ("Quoted from Bo Aa, Monday, March 2, 2026 9:12 AM", "Slate."),
    ]
    assert found[2][1] == "Old."


@pytest.mark.parametrize(
    "body",
    [
        "Date: 4 March 2026 10:00\nPlace: Room 5\nTopic: Roof",
        "Send to bo@c.nl by 12.05.2026 14:00 the following:\n- slate\n- nails",
        "Two steps:\n\none\n\n-----\n\ntwo",
    ],
)
def test_own_lines_that_look_like_header_lines_stay_own_words(body):
    assert whose_words(body) == [("", body)]


def test_an_answer_below_a_short_quote_stays_below_it():
    body = "Hi,\n\nIda Holm:\n> In May?\n\nYes.\n\n> Slate?\n\nNo.\n\n-- \nLee\nSeoul\n"
    assert whose_words(body) == [
        ("", "Hi,\n\nQuoted from Ida Holm: In May?\n\nYes.\n\nQuoted from Ida Holm: Slate?\n\n"
             "No.\n\nSignature: Lee\nSeoul"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "quote",
    [
        '<div class="gmail_quote"><div>Ida Holm &lt;ida@b.no&gt;, 2.3.2026:</div>'
        '<blockquote class="gmail_quote"><h2>Roof</h2><p>Slate.</p></blockquote></div>',
        "<div>Ida Holm, 2.3.2026:</div><blockquote type=cite><h2>Roof</h2>Slate.</blockquote>",
    ],
)
def test_a_quote_in_html_is_one_too_and_what_is_only_indented_is_not(quote):
    body = f"<p>Agreed.</p><blockquote style='margin: 0 40px'>Indented.</blockquote>{quote}"
    assert whose_words(body, "html") == [
        ("", "Agreed.\n\nIndented."),
        ("Quoted from Ida Holm, 2.3.2026", "Roof\n\nSlate."),
    ]


def test_headings_of_a_quote_are_found_where_they_stand():
    mail_ = message()
    mail_.set_content(
        "<h1>Own</h1><p>a</p><blockquote type=cite><h2>Roof</h2>b</blockquote>", subtype="html"
    )
    extract = read(mail, mail_.as_bytes())
    assert [(h.text, h.level) for h in extract.headings] == [
        ("Own", 1), ("Quoted", 1), ("Roof", 2)
    ]  # fmt: skip
    assert all(extract.text.startswith(h.text, h.start) for h in extract.headings)


@given(st.text(st.sampled_from("> \n-xyz.<"), max_size=120))
def test_no_word_of_a_mail_is_lost_between_its_quotes(text):
    mail_ = message()
    mail_.set_content(text)
    found = read(mail, mail_.as_bytes()).text.partition("\n\n")[2]
    assert all(found.count(letter) == text.count(letter) for letter in "xyz")


def test_many_quotes_take_little_time():
    body = "> " * 200_000 + "\n" + "-" * 100_000 + "a\n" + "a " * 50_000 + ":\n> q\nown\n" * 5000
    mail_ = message()
    mail_.set_content(body)
    started = time.process_time()
    assert "own" in read(mail, mail_.as_bytes()).text
    assert time.process_time() - started < 5


def test_of_a_text_in_two_forms_the_plain_one_is_read_and_html_where_it_is_alone():
    mail_ = message()
    mail_.set_content("plain text")
    mail_.add_alternative("<p>rich text</p>", subtype="html")
    assert read(mail, mail_.as_bytes()).text.endswith("\n\nplain text")
    mail_ = message()
    mail_.set_content("<h1>Rich</h1><p>text</p>", subtype="html")
    extract = read(mail, mail_.as_bytes())
    assert extract.text.endswith("\n\nRich\n\ntext")
    assert [h.text for h in extract.headings] == ["Rich"]


def test_files_pictures_and_mails_in_a_mail_are_attachments():
    inner = message(Subject="Re: a/b")
    inner.set_content("inside")
    mail_ = message()
    mail_.set_content("text")
    mail_.add_alternative("<img src='cid:x'>", subtype="html")
    mail_.get_payload()[1].add_related(b"\x89PNG", "image", "png", cid="<x>", filename="s.png")
    mail_.add_attachment("a;b\n", filename="Übersicht.csv")
    mail_.add_attachment(inner)
    extract = read(mail, mail_.as_bytes())
    assert [a.name for a in extract.attachments] == ["s.png", "Übersicht.csv", "Re: a b.eml"]
    assert extract.attachments[1].data.split() == [b"a;b"]
    assert read(mail, extract.attachments[2].data).text.endswith("inside")
    assert extract.text.endswith("\n\ntext")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_a_mail_saved_again_with_an_editor_is_read(encoding):
    data = "From: a@b.org\nSubject: Caf=?utf-8?q?=C3=A9?=\n\nÜber.\n".encode(encoding)
    assert read(mail, data).text == "From: a@b.org\nSubject: Café\n\nÜber."


@pytest.mark.parametrize("charset", ["no-such-charset", "utf-8", "us-ascii"])
def test_a_wrong_charset_of_a_mail_is_passed_over(charset):
    head = f"Subject: Größe\nContent-Type: text/plain; charset={charset}\n\n"
    body = "Der Bürgermeister eröffnete das schöne Café über der Straße.\n"
    text = read(mail, head.encode() + body.encode("latin-1")).text
    assert text == f"Subject: Größe\n\n{body.strip()}"


def test_what_is_no_mail_or_is_encrypted_is_refused():
    assert "not an e-mail" in reason(mail, "Just a text.\n\nMore: of it.")
    locked = "Subject: x\nContent-Type: application/pkcs7-mime; name=smime.p7m\n\nAAAA"
    assert "encrypted" in reason(mail, locked)


@given(st.binary(max_size=400))
def test_any_bytes_behind_a_header_are_a_mail_or_refused(data):
    try:
        assert read(mail, b"Subject: x\n" + data).text
    except LoadError as exc:
        assert str(exc)  # noqa: PT017 - either outcome is sound


def test_an_outlook_message_is_read_like_a_mail(shared_data):
    path: Path = shared_data / "formats" / "ok" / "test_outlook_msg.msg"
    extract = read(outlook, path.read_bytes())
    assert extract.text.endswith("\n\nThis is the body of the test email message")
    assert (extract.title, extract.date) == ("Test Email Message", "2024-12-22")


def test_another_file_is_no_outlook_message(shared_data):
    told = reason(outlook, (shared_data / "formats" / "ok" / "test.xls").read_bytes())
    assert "not readable as an Outlook message" in told


def test_the_packed_rtf_of_outlook_is_unpacked():
    packed = bytes.fromhex(  # MS-OXRTFCP, 4.1.1
        "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af3"
        "2068656c090020627705b06c647d0a800fa0"
    )
    assert outlook.unpacked(packed) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
