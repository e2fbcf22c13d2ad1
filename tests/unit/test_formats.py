"""Every format through the whole index: found where it says, and gone when it is gone."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import docx
import pptx
import pytest
import xlsxwriter

from index.store.catalog import Catalog
from index.store.home import Home
from tests.files import archive, pdf_of_lines, saved

_STRING = 'office:value-type="string"'
FERRY = "The ferry to Ulleungdo leaves at seven."
TOWER = "The tower of Cheomseongdae has 362 stones."
_ODT_NAMES = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
    ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
)


def word(*texts: str) -> bytes:
    file = docx.Document()
    for text in texts:
        file.add_paragraph(text)
    return saved(file)


def slides(*texts: str) -> bytes:
    file = pptx.Presentation()
    for text in texts:
        slide = file.slides.add_slide(file.slide_layouts[1])
        slide.shapes.title.text, slide.placeholders[1].text = "Notes", text
    return saved(file)


def workbook(*texts: str) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as file:
        sheet = file.add_worksheet("Facts")
        sheet.write_row(0, 0, ["Number", "Fact"])
        for row, text in enumerate(texts, start=1):
            sheet.write_row(row, 0, [f"no. {row}", text])
    return buffer.getvalue()


def open_text(*texts: str) -> bytes:
    body = "".join(f"<text:p>{text}</text:p>" for text in texts)
    return archive(
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "content.xml": f"<office:document-content {_ODT_NAMES}><office:body><office:text>"
            f"{body}</office:text></office:body></office:document-content>",
        }
    )


def open_slides(*texts: str) -> bytes:
    boxes = (
        f"<draw:frame><draw:text-box><text:p>{t}</text:p></draw:text-box></draw:frame>"
        for t in texts
    )
    pages = "".join(f"<draw:page>{box}</draw:page>" for box in boxes)
    draw = 'xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"'
    return archive(
        {
            "mimetype": "application/vnd.oasis.opendocument.presentation",
            "content.xml": f"<office:document-content {_ODT_NAMES} {draw}><office:body>"
            f"<office:presentation>{pages}</office:presentation></office:body>"
            "</office:document-content>",
        }
    )


def open_sheet(*texts: str) -> bytes:
    cells = [["Number", "Fact"], *([f"no. {n}", text] for n, text in enumerate(texts, start=1))]
    rows = "".join(
        "<table:table-row>"
        + "".join(
            f"<table:table-cell {_STRING}><text:p>{cell}</text:p></table:table-cell>"
            for cell in row
        )
        + "</table:table-row>"
        for row in cells
    )
    manifest = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
    return archive(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "META-INF/manifest.xml": f'<manifest:manifest xmlns:manifest="{manifest}"/>',
            "content.xml": f"<office:document-content {_ODT_NAMES}><office:body>"
            f'<office:spreadsheet><table:table table:name="Facts">{rows}</table:table>'
            "</office:spreadsheet></office:body></office:document-content>",
        }
    )


def book(*texts: str) -> bytes:
    items = "".join(
        f'<item id="c{n}" href="c{n}.xhtml" media-type="application/xhtml+xml"/>'
        for n in range(len(texts))
    )
    spine = "".join(f'<itemref idref="c{n}"/>' for n in range(len(texts)))
    container = (
        '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
        '<rootfile full-path="book.opf"/></rootfiles></container>'
    )
    package = (
        '<package xmlns="http://www.idpf.org/2007/opf"><metadata/>'
        f"<manifest>{items}</manifest><spine>{spine}</spine></package>"
    )
    chapters = {
        f"c{n}.xhtml": f"<html><body><h1>Chapter {n}</h1><p>{text}</p></body></html>"
        for n, text in enumerate(texts)
    }
    return archive({"META-INF/container.xml": container, "book.opf": package, **chapters})


def mail(*texts: str) -> bytes:
    message = EmailMessage()
    message["Subject"] = "Notes"
    message.set_content(texts[0])
    for n, text in enumerate(texts[1:]):
        message.add_attachment(text.encode(), "text", "plain", filename=f"{n}.txt")
    return message.as_bytes()


def mailbox(*texts: str) -> bytes:
    return b"".join(
        f"From a@b.org Mon Mar  2 09:12:0{n} 2026\nSubject: Notes {n}\n\n{text}\n\n".encode()
        for n, text in enumerate(texts)
    )


def notebook(*texts: str) -> bytes:
    cells = [{"cell_type": "markdown", "metadata": {}, "source": [text]} for text in texts]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()


def subtitles(*texts: str, point: str = ",") -> bytes:
    return "".join(
        f"{n}\n00:00:0{n}{point}000 --> 00:00:0{n}{point}900\n{text}\n\n"
        for n, text in enumerate(texts, start=1)
    ).encode()


def lines(pattern: str, before: str = "", after: str = "") -> Callable[..., bytes]:
    def make(*texts: str) -> bytes:
        return (before + "".join(pattern.format(text) for text in texts) + after).encode()

    return make


MAKERS: dict[str, Callable[..., bytes]] = {
    "txt": lines("{}\n\n"),
    "md": lines("## Note\n\n{}\n\n", "# Notes\n\n"),
    "html": lines("<p>{}</p>", "<html><body>", "</body></html>"),
    "pdf": pdf_of_lines,
    "docx": word,
    "pptx": slides,
    "xlsx": workbook,
    "ods": open_sheet,
    "csv": lines('x,"{}"\n', "Name,Fact\n"),
    "tsv": lines("x\t{}\n", "Name\tFact\n"),
    "json": lambda *texts: json.dumps([{"fact": text} for text in texts]).encode(),
    "jsonl": lines('{{"fact": "{}"}}\n'),
    "epub": book,
    "rtf": lines(r"{}\par ", r"{\rtf1\ansi ", "}"),
    "odt": open_text,
    "odp": open_slides,
    "eml": mail,
    "mbox": mailbox,
    "ics": lines("BEGIN:VEVENT\nSUMMARY:{}\nEND:VEVENT\n", "BEGIN:VCALENDAR\n", "END:VCALENDAR\n"),
    "vcf": lines("BEGIN:VCARD\nFN:x\nNOTE:{}\nEND:VCARD\n"),
    "ipynb": notebook,
    "xml": lines("<fact><name>x</name><text>{}</text></fact>", "<facts>", "</facts>"),
    "srt": subtitles,
    "vtt": lambda *texts: b"WEBVTT\n\n" + subtitles(*texts, point="."),
    "tex": lines("{}\n\n", "\\begin{document}\n", "\\end{document}\n"),
    "org": lines("* Note\n{}\n"),
    "adoc": lines("== Note\n\n{}\n\n"),
    "mhtml": lines("<p>{}</p>\n", "MIME-Version: 1.0\nContent-Type: text/html\n\n"),
    "py": lines("# {}\n\n", "x = 1\n\n"),
}


@pytest.fixture(params=MAKERS)
def suffix(request) -> str:
    return request.param


@pytest.fixture
def found(make_searcher, home) -> Callable[[str], list[tuple[str, str]]]:
    """Document and text of every passage in the index, as a search for a text ranks them."""

    def search(query: str) -> list[tuple[str, str]]:
        passages = make_searcher(home).search(query, k=50).passages
        return [(p.chunk.document_id, p.chunk.text) for p in passages]

    return search


def everything(home: Path) -> str:
    """All text of the current generation, whatever is searched."""
    catalog = Catalog(Home(home).directory(Home(home).pointer().current) / "catalog.db")
    names = Home(home).manifest().documents
    text = "\n".join(f"{name}\n{catalog.document(name).text}" for name in names)
    text += "\n".join(catalog.texts())
    catalog.close()
    return text


@pytest.mark.slow
def test_what_left_a_file_cannot_be_cited(suffix, make_builder, write, seeds, home, found):
    build, make = make_builder(seeds, home).build, MAKERS[suffix]
    others = {f"{n}.txt": f"{n} leaves fell in garden {n + 40}." for n in range(12)}
    write(seeds, {f"notes.{suffix}": make(FERRY, TOWER), **others})
    assert build().failed == ()
    assert any("362 stones" in text for _, text in found(TOWER)[:3])

    write(seeds, {f"notes.{suffix}": make(FERRY)})
    build()
    assert "stones" not in everything(home), "it shrank"
    assert any("Ulleungdo" in text for _, text in found(FERRY)[:3])

    (seeds / f"notes.{suffix}").rename(seeds / f"moved.{suffix}")
    report = build()
    assert (len(report.plan.renamed), report.embedded) == (1, 0)
    assert f"notes.{suffix}" not in everything(home), "it was renamed"
    assert f"moved.{suffix}" in found(FERRY)[0][0]

    (seeds / f"moved.{suffix}").unlink()
    build()
    assert "Ulleungdo" not in everything(home), "it was removed"
    assert not any("Ulleungdo" in text for _, text in found(FERRY))


def test_every_passage_is_the_text_at_its_span(suffix, make_builder, write, seeds, home):
    write(seeds, {f"notes.{suffix}": MAKERS[suffix](FERRY, TOWER)})
    make_builder(seeds, home).build()
    catalog = Catalog(Home(home).directory(Home(home).pointer().current) / "catalog.db")
    chunks = catalog.chunks(catalog.rows()).values()
    assert chunks
    assert all(c.span.of(catalog.document(c.document_id).text) == c.text for c in chunks)
    catalog.close()


@pytest.mark.parametrize(
    ("suffix", "place"),
    [
        ("pdf", "page 2"),
        ("pptx", "slide 2"),
        ("odp", "slide 2"),
        ("xlsx", "row 3"),
        ("ods", "row 3"),
        ("csv", "row 3"),
        ("json", "item 2"),
        ("jsonl", "line 2"),
        ("ics", "event 2"),
        ("vcf", "contact 2"),
        ("ipynb", "cell 2"),
        ("srt", "00:00:02"),
        ("vtt", "00:00:02"),
    ],
)
def test_a_citation_says_where_in_the_file_it_stands(
    suffix, place, make_builder, write, seeds, home
):
    write(seeds, {f"notes.{suffix}": MAKERS[suffix](FERRY, TOWER)})
    make_builder(seeds, home).build()
    catalog = Catalog(Home(home).directory(Home(home).pointer().current) / "catalog.db")
    document = catalog.document(f"notes.{suffix}")
    assert document.place_at(document.text.index("362")) == place
    catalog.close()
