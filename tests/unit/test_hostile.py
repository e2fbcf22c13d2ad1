"""Hostile bytes in each kind of format: soon read, or refused with a reason; text does not grow."""

from __future__ import annotations

import io
import re
import time
import zipfile

import docx
import pptx
import pytest
import xlsxwriter

from index.errors import LoadError
from index.loaders import load_seed
from tests.files import archive, load, saved, unpacked

_OFFICE = "urn:oasis:names:tc:opendocument:xmlns"
_ODF = f'xmlns:office="{_OFFICE}:office:1.0" xmlns:text="{_OFFICE}:text:1.0"'
_LAUGHS = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "lol"}">' for n in range(10))
_EMAIL = "From: a@b.org\nSubject: s\n"
_MAX_S = 8.0  # of processor time; what was not linear took minutes
_MAX_GROWTH = 60


def changed(data: bytes, part: str, old: str, new: str) -> bytes:
    """An archive in whose ``part`` the pattern ``old`` is replaced."""
    files = unpacked(data)
    files[part] = re.sub(old.encode(), new.encode(), files[part], count=1)
    return archive(files)


def word_table(properties: str) -> bytes:
    document = docx.Document()
    document.add_table(2, 2).cell(0, 0).text = "They met."
    return changed(saved(document), "word/document.xml", "<w:tcPr>", f"<w:tcPr>{properties}")


def slides_again() -> bytes:
    """One slide that is listed 20,000 times."""
    file = pptx.Presentation()
    file.slides.add_slide(file.slide_layouts[5]).shapes.title.text = "They met. " * 1000
    again = r"\g<0>" * 20_000
    return changed(saved(file), "ppt/presentation.xml", "<p:sldId [^>]*/>", again)


def chapters_again() -> bytes:
    """One chapter that is listed 20,000 times."""
    container = '<container><rootfiles><rootfile full-path="b.opf"/></rootfiles></container>'
    item = '<item id="c" href="c.xhtml" media-type="application/xhtml+xml"/>'
    spine = '<itemref idref="c"/>' * 20_000
    return archive(
        {
            "META-INF/container.xml": container,
            "b.opf": f"<package><manifest>{item}</manifest><spine>{spine}</spine></package>",
            "c.xhtml": "<html><body><p>" + "They met. " * 1000 + "</p></body></html>",
        }
    )


def open_text(body: str, before: str = "") -> bytes:
    content = (
        f"{before}<office:document-content {_ODF}><office:body><office:text>{body}</office:text>"
        "</office:body></office:document-content>"
    )
    return archive({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": content})


def far_sheet() -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "They met.")
        sheet.write(1_048_575, 16_383, "far")
    return buffer.getvalue()


def merged_sheet() -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["They", "met."])
    merged = '</sheetData><mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>'
    return changed(buffer.getvalue(), "xl/worksheets/sheet1.xml", "</sheetData>", merged)


def mails_in_mails(depth: int) -> str:
    mail = "Subject: in\n\nwords\n"
    for n in range(depth):
        kind = f'Content-Type: multipart/mixed; boundary="b{n}"'
        inner = f"--b{n}\nContent-Type: message/rfc822\n\n{mail}\n--b{n}--\n"
        mail = f"Subject: s\nMIME-Version: 1.0\n{kind}\n\n{inner}"
    return mail


def quotes(depth: int) -> str:
    return _EMAIL + "\n" + "\n".join(">" * n + " They met." for n in range(depth))


def cells(*marks: str) -> str:
    return "|===\n" + "".join(f"{mark}|x\n" for mark in marks) + "|===\n"


HOSTILE = {
    "braces.tex": "{" * 100_000 + "They met." + "}" * 100_000,
    "definitions.tex": r"\def\a{" * 20_000,
    "macros.tex": r"\begin{document}" + r"\newcommand{\a}{" + r"\b\b" * 50 + "}" + r"\a" * 1000,
    "itself.tex": r"\newcommand{\a}{\a\a} \input{itself.tex} \begin{document}\a They met.",
    "verbatim.tex": r"\begin{verbatim}" * 3_000,
    "signs.tex": "".join(r"\verb" + chr(0x2190 + n % 200) for n in range(60_000)),
    "options.tex": r"\author[" * 60_000,
    "columns.tex": r"\begin{tabular}{l}" + r"\multicolumn{999}{l}{x}&" * 1_000 + r"\end{tabular}",
    "spaces.org": "* They met." + " " * 300_000 + ":a",
    "items.org": "- " * 300_000,
    "runs.org": "*a " * 60_000,
    "blocks.org": "#+begin_src\n" * 100_000,
    "drawers.org": ":PROPERTIES:\n" * 100_000,
    "spaces.adoc": "= They met." + " " * 300_000 + "y",
    "links.adoc": "http://" * 60_000,
    "notes.adoc": "footnote:[" * 60_000,
    "attributes.adoc": "".join(f":a{n}: {f'{{a{n - 1}}}' * 20}\n" for n in range(30)) + "\n{a29}",
    "spans.adoc": cells(*["99+"] * 3_000),
    "columns.adoc": '[cols="99999999*"]\n' + cells("", ""),
    "cell.adoc": ',===\n"' + "a," * 100_000 + "\n,===\n",
    "itself.adoc": "include::itself.adoc[]\nThey met.\n" * 1_000,
    "parts.mhtml": mails_in_mails(100),
    "charset.mhtml": "Content-Type: text/html; charset=unicode_escape\n\n<p>They \\ud800 met.",
    "codec.mhtml": "Content-Type: text/html; charset=zlib_codec\n\n<p>They met.",
    "charset.eml": f"{_EMAIL}Content-Type: text/plain; charset=raw_unicode_escape\n\n\\ud800 met.",
    "subject.eml": "Subject: =?unicode_escape?q?=5Cud800?=\n\nThey met.",
    "mails.eml": mails_in_mails(100),
    "quotes.eml": quotes(1_000),
    "marks.eml": f"{_EMAIL}\n" + ">" * 500_000,
    "block.eml": f"{_EMAIL}Content-Type: text/html\n\n" + "<blockquote " * 60_000,
    "addresses.eml": "From: " + "a@b.org, " * 30_000 + "\n\nThey met.",
    "words.eml": "Subject: " + "=?utf-8?q?a?= " * 20_000 + "\n\nThey met.",
    "from.mbox": "From a 09:12\nA: b\n\n" + "\n\nFrom 09:1" * 30_000,
    "escaped.mbox": "From a 09:12\nA: b\n\n" + ">" * 300_000 + "From x",
    "calendar.ics": "BEGIN:VCALENDAR\n" * 60_000,
    "parameters.ics": "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY" + ';A="b"' * 60_000 + ":They met.",
    "soft.vcf": "BEGIN:VCARD\nFN:Ida\nNOTE;ENCODING=QUOTED-PRINTABLE:" + "=\n" * 100_000,
    "span.docx": word_table('<w:gridSpan w:val="1000000000"/>'),
    "merge.docx": word_table('<w:vMerge/><w:gridSpan w:val="65534"/>'),
    "again.pptx": slides_again(),
    "again.epub": chapters_again(),
    "spaces.odt": open_text('<text:p>They met.<text:s text:c="1000000000"/>x</text:p>'),
    "laughs.odt": open_text("<text:p>&e9;</text:p>", f"<!DOCTYPE l [{_LAUGHS}]>"),
    "lists.odt": open_text("<text:list><text:list-item>" * 1_000),
    "far.xlsx": far_sheet(),
    "merged.xlsx": merged_sheet(),
    "noise.xlsb": archive({"xl/worksheets/sheet1.bin": b"\x80" + b"\xff" * 10_000}),
    "span.html": "<table>" + "<tr><td rowspan=65534 colspan=1000>x</td></tr>" * 50 + "</table>",
    "tables.html": "<table><tr><td>" * 1_000 + "They met.",
    "halves.html": "<p>They &#xd800; met.",
    "nul.csv": b"a,b\n1,\x00\x00\n\xff\xfe,2\n" * 100,
    "wide.csv": "a," * 50_000 + "\n" + "1," * 50_000,
    "quote.csv": 'a,b\n"' + "x\n" * 100_000,
    "number.json": '{"a": 1e999999999, "b": "\\ud800"}',
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_bytes_are_read_soon_or_refused_with_a_reason(name):
    source = HOSTILE[name]
    data = source.encode() if isinstance(source, str) else source
    began = time.process_time()
    loaded, reason = None, ""
    try:
        loaded = load_seed(name, data, "0" * 64)
    except LoadError as exc:
        reason = str(exc)
    assert time.process_time() - began < _MAX_S
    if loaded is None:
        assert 5 < len(reason) < 400
    else:
        texts = [document.text for document in loaded.documents]
        assert "".join(texts).encode()  # no halves of characters
        assert all(document.title.encode() for document in loaded.documents)
        size = len(data)
        if data.startswith(b"PK"):
            with zipfile.ZipFile(io.BytesIO(data)) as files:
                size = sum(entry.file_size for entry in files.infolist())
        assert sum(map(len, texts)) <= _MAX_GROWTH * size + 1_000
        for document in loaded.documents:
            for place in document.places:
                assert 0 <= place.start <= len(document.text)


def test_what_is_listed_again_and_again_is_read_once():
    assert load("again.epub", HOSTILE["again.epub"]).text.count("They met.") == 1_000
    slides = load("again.pptx", HOSTILE["again.pptx"])
    assert (len(slides.pages), slides.text.count("They met.")) == (1, 1_000)


def test_files_that_are_included_are_named_once():
    loaded = load_seed("itself.adoc", str(HOSTILE["itself.adoc"]).encode(), "0" * 64)
    assert loaded.failures[0].reason == "files that it includes are not read: itself.adoc"


@pytest.mark.parametrize("charset", ["iso-8859-1", "us-ascii", "windows-1252", "x-unknown"])
def test_what_programs_write_under_the_name_of_an_older_encoding_is_read(charset):
    head = f"Subject: =?iso-8859-1?q?=93Yes=94?=\nContent-Type: text/plain; charset={charset}\n\n"
    document = load("a.eml", head.encode() + "“They met” – in Köln.".encode("cp1252"))
    assert "“They met” – in Köln." in document.text
    assert document.title == "“Yes”"
