"""The 60 documents of bench/loaders.py with their truth, made in the peers' environment.

    python bench/loader_documents.py FOLDER

The text is that of bench/loader_stories.toml. pandoc writes what it can, with real footnotes,
lists and tables; python-docx, python-pptx, openpyxl, reportlab and the standard library write the
rest and what is special to a format: columns, running heads, text boxes, comments, tracked changes,
merged cells, speaker notes, shapes out of order.

FOLDER/truth.json has for each document its ``text`` (in reading order), what must be there but may
stand ``anywhere`` (notes, comments, names of columns) and what is ``free``: words that may be there
or not, at any place (a column's name before each of its values, the number of a note, the word
that says what a text is, as in "Comment:").
"""

from __future__ import annotations

import csv
import io
import json
import sys
import tomllib
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from email.message import EmailMessage
from html import escape
from pathlib import Path
from typing import Any

import pypandoc
from loader_pdfs import PDFS

STORIES = tomllib.loads(Path(__file__).with_name("loader_stories.toml").read_text("utf-8"))
RIGHT_TO_LEFT = {"ar", "he"}
# Written by pandoc: format, its name there, languages.
BY_PANDOC = (
    ("docx", "docx", "en de ar zh"),
    ("odt", "odt", "fr he zh"),
    ("rtf", "rtf", "en ru ja"),
    ("pptx", "pptx", "de ar"),
    ("html", "html", "en de ar ja"),
    ("epub", "epub", "fr ar"),
    ("tex", "latex", "en es"),
    ("org", "org", "es he"),
    ("adoc", "asciidoc", "de"),
    ("txt", "plain", "en ja"),
)
MIMETYPE = "application/vnd.oasis.opendocument."
NAMESPACES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{path}:1.0"'
    for name, path in (
        ("office", "office"), ("text", "text"), ("table", "table"), ("draw", "drawing"),
        ("style", "style"), ("svg", "svg-compatible"), ("presentation", "presentation"),
    )
) + ' xmlns:dc="http://purl.org/dc/elements/1.1/" office:version="1.3"'  # fmt: skip
# What a tool may write before a note, a comment or a running head to say what it is.
MARKS = "Note Notes Comment Comments Page header footer"
MONTHS = ("2024-01", "2024-02", "2024-03", "2024-04", "2024-05", "2024-06")


@dataclass(slots=True)
class Truth:
    """What is in a document; see the module."""

    text: list[str] = field(default_factory=list)
    anywhere: list[str] = field(default_factory=list)
    free: list[str] = field(default_factory=list)

    def add_blocks(self, blocks: Sequence[Sequence[Any]]) -> None:
        """Take in blocks of a story; the marks of its notes are free."""
        for kind, *parts in blocks:
            if kind == "table":
                self.add_table(*parts)
            elif kind == "text":
                self.text.append(parts[0])
                self.anywhere += parts[1:]
                self.free += ["1 2 3 4 5 6"] * 3 * len(parts[1:])
            else:
                self.text += parts

    def add_table(self, names: Sequence[str], *rows: Sequence[str]) -> None:
        """Take in a table: its values in order, its names once and as often as it has rows."""
        self.anywhere += names
        for row in rows:
            self.text += row
            self.free += names


def story(language: str) -> Truth:
    """A whole story."""
    truth = Truth([STORIES[language]["title"]])
    truth.add_blocks(STORIES[language]["blocks"])
    return truth


def main() -> None:
    """Write all documents and their truth."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    truths = {}
    for name, data, truth in documents():
        truth.free += [MARKS] * len(truth.anywhere)
        (folder / name).write_bytes(data)
        truths[name] = asdict(truth)
    (folder / "truth.json").write_text(json.dumps(truths, ensure_ascii=False, indent=1), "utf-8")


def documents() -> Iterator[tuple[str, bytes, Truth]]:
    """Name, bytes and truth of each."""
    for suffix, writer, languages in BY_PANDOC:
        for language in languages.split():
            truth = story(language)
            truth.free += [STORIES[language]["title"]] * 2  # of the file's metadata
            yield f"{language}.{suffix}", _by_pandoc(language, writer), truth
    for language in ("en", "ru", "zh"):
        yield f"{language}.md", _markdown(language).encode(), story(language)
    for name, make in PDFS.items():
        language = name[:2]
        truth = story(language)
        yield f"{name}.pdf", make(STORIES[language], truth), truth
    for name, make_special in SPECIAL.items():
        truth = Truth()
        yield name, make_special(truth), truth


def _markdown(language: str) -> str:
    parts, notes = [f"# {STORIES[language]['title']}"], []
    for kind, *values in STORIES[language]["blocks"]:
        if kind == "heading":
            parts.append(f"## {values[0]}")
        elif kind == "list":
            parts.append("\n".join(f"- {item}" for item in values))
        elif kind == "table":
            lines = [f"| {' | '.join(row)} |" for row in values]
            lines.insert(1, "|---" * len(values[0]) + "|")
            parts.append("\n".join(lines))
        else:
            notes += values[1:]
            parts.append(values[0] + (f"[^{len(notes)}]" if values[1:] else ""))
    parts += [f"[^{number}]: {note}" for number, note in enumerate(notes, start=1)]
    return "\n\n".join(parts) + "\n"


def _by_pandoc(language: str, writer: str) -> bytes:
    title = STORIES[language]["title"]
    options = ["--standalone", f"--metadata=lang:{language}", f"--metadata=pagetitle:{title}"]
    if language in RIGHT_TO_LEFT:
        options.append("--metadata=dir:rtl")
    if writer == "epub":
        options.append(f"--metadata=title:{title}")
    if writer == "pptx":
        options.append("--slide-level=2")
    path = Path(f"/tmp/loader-document.{writer}")
    pypandoc.convert_text(
        _markdown(language), writer, "markdown", outputfile=path, extra_args=options
    )
    data = path.read_bytes()
    path.unlink()
    return data


def _saved(file: Any) -> bytes:
    buffer = io.BytesIO()
    file.save(buffer)
    return buffer.getvalue()


def _parts(language: str, kind: str) -> list[list[Any]]:
    """The values of the blocks of a kind."""
    return [values for name, *values in STORIES[language]["blocks"] if name == kind]


def _ledger(language: str) -> list[list[str]]:
    """Names and rows of a long table: those of the story for six months, with other numbers."""
    names, *rows = _parts(language, "table")[0]
    long = [
        [row[0], month, row[1], str(17 * number + 3 * len(row[0]))]
        for number, month in enumerate(MONTHS, start=1)
        for row in rows
    ]
    return [[names[0], "month" if language == "en" else "M", *names[1:3]], *long]


# Word


def _word_margins(truth: Truth) -> bytes:
    """A header, a footer, a comment, a text box, a table in a cell."""
    import docx
    from docx.oxml import parse_xml

    texts, items = _parts("fr", "text"), _parts("fr", "list")[0]
    file = docx.Document()
    file.sections[0].header.paragraphs[0].text = "Cahier du verger"
    file.sections[0].footer.paragraphs[0].text = "Imprimé au moulin"
    file.add_heading(STORIES["fr"]["title"], 0)
    first = file.add_paragraph(texts[0][0])
    file.add_comment(first.runs, "Vérifier la surface avec le cadastre.", "Paul Lenoir", "PL")
    boxed = file.add_paragraph(texts[1][0])
    boxed.add_run()._r.append(
        parse_xml(
            '<w:pict xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
            ' xmlns:v="urn:schemas-microsoft-com:vml"><v:shape><v:textbox><w:txbxContent><w:p><w:r>'
            f"<w:t>{items[0]}</w:t></w:r></w:p></w:txbxContent></v:textbox></v:shape></w:pict>"
        )
    )
    outer = file.add_table(1, 2)
    outer.cell(0, 0).text = texts[2][0]
    inner = outer.cell(0, 1).add_table(2, 2)
    for cell, text in zip(inner._cells, ("Reine douce", "22", "Belle tardive", "18"), strict=True):
        cell.text = text
    file.add_paragraph(texts[3][0])
    truth.text += [STORIES["fr"]["title"], texts[0][0], texts[1][0], texts[2][0]]
    truth.text += ["Reine douce", "22", "Belle tardive", "18", texts[3][0]]
    truth.anywhere += ["Vérifier la surface avec le cadastre.", items[0]]
    truth.free += ["Cahier du verger", "Imprimé au moulin", "Paul Lenoir"]
    return _saved(file)


def _word_changes(truth: Truth) -> bytes:
    """Words inserted and deleted with their marks, a link, cells over two columns and two rows."""
    import docx
    from docx.oxml import parse_xml

    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    by = 'w:id="7" w:author="Ines" w:date="2024-02-01T10:00:00Z"'
    texts = _parts("es", "text")
    file = docx.Document()
    file.add_heading(STORIES["es"]["title"], 1)
    changed = file.add_paragraph(texts[0][0] + " ")._p
    changed.append(
        parse_xml(f"<w:ins {space} {by}><w:r><w:t>La sala de mapas es nueva.</w:t></w:r></w:ins>")
    )
    changed.append(
        parse_xml(
            f"<w:del {space} {by}><w:r><w:delText>Está prohibido silbar.</w:delText></w:r></w:del>"
        )
    )
    linked = file.add_paragraph("Más en ")._p
    linked.append(
        parse_xml(
            f'<w:hyperlink {space} w:anchor="x"><w:r><w:t>la hoja de la sala</w:t></w:r>'
            "</w:hyperlink>"
        )
    )
    rows = [["Sala", "Mañana", "Tarde"], ["Lectura", "48", "40"], ["Mapas", "12", "12"]]
    table = file.add_table(3, 3)
    for row, values in zip(table.rows, rows, strict=True):
        for cell, value in zip(row.cells, values, strict=True):
            cell.text = value
    table.cell(2, 2).text = ""
    table.cell(2, 1).merge(table.cell(2, 2))
    file.add_paragraph(texts[2][0])
    truth.text += [STORIES["es"]["title"], texts[0][0], "La sala de mapas es nueva."]
    truth.text.append("Más en la hoja de la sala")
    truth.add_table(rows[0], rows[1], ["Mapas", "12"])
    truth.free.append("12")
    truth.text.append(texts[2][0])
    return _saved(file)


# OpenDocument


def _archive(kind: str, body: str, styles: str = "") -> bytes:
    buffer = io.BytesIO()
    manifest = (
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{MIMETYPE}{kind}"/>'
        '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>'
        "</manifest:manifest>"
    )
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("mimetype", MIMETYPE + kind)
        archive.writestr("META-INF/manifest.xml", manifest)
        archive.writestr(
            "content.xml",
            f"<office:document-content {NAMESPACES}><office:automatic-styles/><office:body>"
            f"<office:{kind}>{body}</office:{kind}></office:body></office:document-content>",
        )
        archive.writestr(
            "styles.xml", f"<office:document-styles {NAMESPACES}>{styles}</office:document-styles>"
        )
    return buffer.getvalue()


def _p(text: str) -> str:
    return f"<text:p>{escape(text)}</text:p>"


def _open_text(truth: Truth) -> bytes:
    """A header, a comment, a frame, a nested list, a cell over two columns."""
    texts, items = _parts("de", "text"), _parts("de", "list")[0]
    title = STORIES["de"]["title"]
    styles = (
        '<office:master-styles><style:master-page style:name="Standard"><style:header>'
        f"{_p('Nachrichten der Genossenschaft')}</style:header></style:master-page>"
        "</office:master-styles>"
    )
    comment = (
        "<office:annotation><dc:creator>Jana Voss</dc:creator>"
        f"{_p('Stimmt die Zahl der Mitglieder noch?')}</office:annotation>"
    )
    frame = f"<draw:frame><draw:text-box>{_p(items[2])}</draw:text-box></draw:frame>"
    inner = f"<text:list><text:list-item>{_p(items[1])}</text:list-item></text:list>"
    wide = '<table:table-cell table:number-columns-spanned="2">'
    body = (
        f'<text:h text:outline-level="1">{title}</text:h>'
        f"<text:p>{texts[0][0]}{comment}</text:p>"
        f"<text:list><text:list-item>{_p(items[0])}{inner}</text:list-item></text:list>"
        f"<text:p>{texts[1][0]}{frame}</text:p>"
        f"<table:table>{_row(['Teil', 'Halle', 'Keller'])}{_row(['Kette', '84', '31'])}"
        f"<table:table-row>{_cell('Speiche')}{wide}{_p('1460')}</table:table-cell>"
        f"<table:covered-table-cell/></table:table-row></table:table>{_p(texts[2][0])}"
    )
    truth.text += [title, texts[0][0], items[0], items[1], texts[1][0]]
    truth.add_table(["Teil", "Halle", "Keller"], ["Kette", "84", "31"], ["Speiche", "1460"])
    truth.text.append(texts[2][0])
    truth.anywhere += ["Stimmt die Zahl der Mitglieder noch?", items[2]]
    truth.free += ["1460", "Nachrichten der Genossenschaft", "Jana Voss"]
    return _archive("text", body, styles)


def _open_slides(truth: Truth) -> bytes:
    """A slide for each heading; the notes of the story are the speaker's."""
    language = "fr"
    pages: list[str] = []
    heading = STORIES[language]["title"]
    for kind, *values in STORIES[language]["blocks"]:
        if kind == "heading":
            heading = values[0]
        elif kind == "text":
            notes = "".join(map(_p, values[1:]))
            pages.append(
                f'<draw:page draw:name="page{len(pages)}">'
                f'<draw:frame presentation:class="title"><draw:text-box>{_p(heading)}'
                "</draw:text-box></draw:frame>"
                f'<draw:frame presentation:class="outline"><draw:text-box>{_p(values[0])}'
                "</draw:text-box></draw:frame>"
                f'<presentation:notes><draw:frame presentation:class="notes"><draw:text-box>{notes}'
                "</draw:text-box></draw:frame></presentation:notes></draw:page>"
            )
            truth.text += [heading, values[0]]
            truth.anywhere += values[1:]
    return _archive("presentation", "".join(pages))


def _cell(value: str) -> str:
    return f'<table:table-cell office:value-type="string">{_p(value)}</table:table-cell>'


def _row(values: Sequence[str]) -> str:
    return f"<table:table-row>{''.join(map(_cell, values))}</table:table-row>"


def _open_sheet(language: str) -> Callable[[Truth], bytes]:
    def make(truth: Truth) -> bytes:
        rows = _ledger(language)
        truth.add_table(*rows)
        truth.free += ["Ledger"] * 2
        table = f'<table:table table:name="Ledger">{"".join(map(_row, rows))}</table:table>'
        return _archive("spreadsheet", table)

    return make


# Slides, sheets


def _slides_special(truth: Truth) -> bytes:
    """Boxes drawn from right to left, a group, a table, speaker notes."""
    from pptx import Presentation
    from pptx.util import Cm

    texts, items = _parts("en", "text"), _parts("en", "list")[0]
    file = Presentation()
    slide = file.slides.add_slide(file.slide_layouts[5])
    slide.shapes.title.text = STORIES["en"]["title"]
    boxes = ((13, 5, items[1]), (13, 11, texts[3][0]), (1, 5, items[0]), (1, 11, texts[1][0]))
    for left, top, text in boxes:
        box = slide.shapes.add_textbox(Cm(left), Cm(top), Cm(11), Cm(5))
        box.text_frame.word_wrap = True
        box.text_frame.text = text
    slide.notes_slide.notes_text_frame.text = texts[0][1]
    truth.text += [STORIES["en"]["title"], items[0], items[1], texts[1][0], texts[3][0]]
    slide = file.slides.add_slide(file.slide_layouts[5])
    slide.shapes.title.text = "Prices"
    group = slide.shapes.add_group_shape()
    for left, text in ((1, "Before the spring of 2021"), (13, "Since the spring of 2021")):
        group.shapes.add_textbox(Cm(left), Cm(5), Cm(11), Cm(2)).text_frame.text = text
    rows = _parts("en", "table")[0]
    table = slide.shapes.add_table(len(rows), 3, Cm(1), Cm(8), Cm(22), Cm(6)).table
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            table.cell(number, column).text = value
    truth.text += ["Prices", "Before the spring of 2021", "Since the spring of 2021"]
    truth.add_table(*rows)
    truth.anywhere.append(texts[0][1])
    return _saved(file)


def _workbook(language: str, note: str = "") -> Callable[[Truth], bytes]:
    """A sheet of text with a table below, and a second sheet; maybe a note on a cell."""

    def make(truth: Truth) -> bytes:
        import openpyxl
        from openpyxl.comments import Comment

        file = openpyxl.Workbook()
        sheet = file.active
        assert sheet is not None
        sheet.title = "Ledger"
        rows = _ledger(language)
        sheet.append([STORIES[language]["title"]])
        for row in rows:
            sheet.append([int(value) if value.isdecimal() else value for value in row])
        if note:
            sheet["C3"].comment = Comment(note, "Rosa")
            truth.anywhere.append(note)
        second = file.create_sheet("Rules")
        items = _parts(language, "list")[0]
        for item in items:
            second.append([item])
        truth.text.append(STORIES[language]["title"])
        truth.add_table(*rows)
        truth.text += items
        truth.free += ["Ledger", "Rules", "Rosa"]
        return _saved(file)

    return make


def _table(language: str, delimiter: str, encoding: str) -> Callable[[Truth], bytes]:
    def make(truth: Truth) -> bytes:
        rows = _ledger(language)
        truth.add_table(*rows)
        text = io.StringIO()
        csv.writer(text, delimiter=delimiter).writerows(rows)
        return text.getvalue().encode(encoding)

    return make


# What has text and marks


def _page(truth: Truth) -> bytes:
    """A cell over two columns, definitions, details, a numbered list, code, raised digits."""
    texts, items = _parts("fr", "text"), _parts("fr", "list")[0]
    title = STORIES["fr"]["title"]
    rows = [["Variété", "Printemps", "Automne"], ["Reine douce", "12", "22"], ["Grise", "40"]]
    code = "pressoir --litres 300\npressoir --vider"
    truth.text += [title, texts[0][0], *items, texts[1][0], "Coing", texts[0][1], "Cave"]
    truth.text += [texts[2][1], code]
    truth.add_table(*rows)
    truth.text += ["La citerne", texts[3][0], "12 m²"]
    truth.free += ["40", "1 2 3"]
    cells = "".join(f"<th>{name}</th>" for name in rows[0])
    return (
        f"<!doctype html><html lang=fr><meta charset=utf-8><title>{title}</title><main>"
        f"<h1>{title}</h1><p>{texts[0][0]}</p>"
        f"<ol>{''.join(f'<li>{item}</li>' for item in items)}</ol><p>{texts[1][0]}</p>"
        f"<dl><dt>Coing</dt><dd>{texts[0][1]}</dd><dt>Cave</dt><dd>{texts[2][1]}</dd></dl>"
        f"<pre><code>{code}</code></pre>"
        f"<table><tr>{cells}</tr><tr><td>Reine douce</td><td>12</td><td>22</td></tr>"
        "<tr><td>Grise</td><td colspan=2>40</td></tr></table>"
        f"<details open><summary>La citerne</summary><p>{texts[3][0]}</p></details>"
        "<p>12&nbsp;m<sup>2</sup></p></main></html>"
    ).encode()


def _mail(truth: Truth) -> bytes:
    """A mail in plain text."""
    texts = _parts("en", "text")
    message = _message(truth, "Mara Quill", "The ferry in fog")
    message.set_content("\n\n".join(text for text, *_ in texts) + "\n")
    truth.text += [text for text, *_ in texts]
    return message.as_bytes()


def _mail_of_html(truth: Truth) -> bytes:
    """A mail with an HTML and a plain part that say the same."""
    texts, items = _parts("de", "text"), _parts("de", "list")[0]
    message = _message(truth, "Jana Voss", "Neues aus der Werkstatt")
    shown = [texts[0][0], *items, texts[3][0]]
    message.set_content("\n\n".join(shown) + "\n")
    inner = f"<p>{shown[0]}</p><ul>{''.join(f'<li>{i}</li>' for i in items)}</ul><p>{shown[4]}</p>"
    message.add_alternative(f"<html><body>{inner}</body></html>", subtype="html")
    truth.text += shown
    return message.as_bytes()


def _message(truth: Truth, sender: str, subject: str) -> EmailMessage:
    """Its headers are free, except the subject and the names."""
    message = EmailMessage()
    message["From"] = f"{sender} <office@example.org>"
    message["To"] = "Paul Lenoir <paul@example.org>"
    message["Subject"] = subject
    message["Date"] = "Fri, 02 Feb 2024 10:30:00 +0000"
    truth.anywhere += [subject, sender, "Paul Lenoir"]
    truth.free += ["From office example org To paul example org Subject Date"]
    truth.free += ["Fri 02 Feb 2024 10 30 00 0000", "2024 02 02", "Fri 2 Feb 2024 UTC", "Email"]
    return message


def _notebook(language: str) -> Callable[[Truth], bytes]:
    """A cell for each block, and one of code with what it printed."""

    def make(truth: Truth) -> bytes:
        cells: list[dict[str, Any]] = []
        title, blocks = STORIES[language]["title"], STORIES[language]["blocks"]
        for kind, *values in [["heading", title], *blocks]:
            if kind in ("heading", "text"):
                source = f"## {values[0]}" if kind == "heading" else values[0]
                cells.append({"cell_type": "markdown", "metadata": {}, "source": [source]})
                truth.text.append(values[0])
        printed = {"output_type": "stream", "name": "stdout", "text": ["eleven crossings\n"]}
        code = "crossings = count(log)\nprint(name_of(crossings), 'crossings')"
        cells.insert(
            2,
            {"cell_type": "code", "metadata": {}, "execution_count": 1, "outputs": [printed],
             "source": code.splitlines(keepends=True)},
        )  # fmt: skip
        truth.text.insert(2, code)
        truth.anywhere.append("eleven crossings")
        metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3",
                                   "language": "python"}}  # fmt: skip
        notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": cells}
        return json.dumps(notebook, ensure_ascii=False).encode()

    return make


def _records(truth: Truth) -> bytes:
    names, *rows = _ledger("en")
    truth.add_table(names, *rows)
    records = [dict(zip(names, row, strict=True)) for row in rows]
    return json.dumps(records, ensure_ascii=False, indent=1).encode()


def _nested(truth: Truth) -> bytes:
    texts, items = _parts("fr", "text"), _parts("fr", "list")[0]
    truth.text += [STORIES["fr"]["title"], texts[0][0], *items, "Élodie Garnier", "2008"]
    truth.anywhere += ["nom", "texte", "règles", "direction"]
    truth.free += ["nom depuis direction règles"] * 4
    value = {
        "nom": STORIES["fr"]["title"],
        "texte": texts[0][0],
        "règles": items,
        "direction": {"nom": "Élodie Garnier", "depuis": 2008},
    }
    return json.dumps(value, ensure_ascii=False, indent=1).encode()


def _xml_story(truth: Truth) -> bytes:
    parts = []
    for kind, *values in STORIES["es"]["blocks"]:
        if kind in ("heading", "text"):
            parts.append(f"<{kind}>{values[0]}</{kind}>")
            truth.text.append(values[0])
    truth.free += ["heading text story"] * len(parts)
    return f'<?xml version="1.0"?><story>{"".join(parts)}</story>'.encode()


def _xml_records(truth: Truth) -> bytes:
    _, *rows = _ledger("de")
    names = ["Teil", "Monat", "Bestand", "Preis"]
    truth.add_table(names, *rows)
    truth.free += ["Zeile"] * len(rows) + ["Lager"]
    lines = ("".join(f"<{n}>{v}</{n}>" for n, v in zip(names, row, strict=True)) for row in rows)
    return f"<Lager>{''.join(f'<Zeile>{line}</Zeile>' for line in lines)}</Lager>".encode()


def _cues(language: str, mark: str, head: str) -> Callable[[Truth], bytes]:
    """The texts of a story in cues of eight words."""

    def make(truth: Truth) -> bytes:
        words = " ".join(text for text, *_ in _parts(language, "text")).split()
        truth.text.append(" ".join(words))
        cues = [head] if head else []
        for number, start in enumerate(range(0, len(words), 8)):
            begin, end = (
                f"00:{s // 60:02}:{s % 60:02}{mark}000" for s in (3 * number, 3 * number + 3)
            )
            truth.free += [f"{number + 1}", begin, end, begin, end]
            line = " ".join(words[start : start + 8])
            cues.append(f"{number + 1}\n{begin} --> {end}\n{line}")
        return ("\n\n".join(cues) + "\n").encode()

    return make


SPECIAL: dict[str, Callable[[Truth], bytes]] = {
    "margins.docx": _word_margins,
    "changes.docx": _word_changes,
    "special.odt": _open_text,
    "fr.odp": _open_slides,
    "de.ods": _open_sheet("de"),
    "ar.ods": _open_sheet("ar"),
    "special.pptx": _slides_special,
    "en.xlsx": _workbook("en"),
    "ja.xlsx": _workbook("ja"),
    "es.xlsx": _workbook("es", "Contado dos veces por Rosa."),
    "en.csv": _table("en", ",", "utf-8"),
    "de.csv": _table("de", ";", "cp1252"),
    "zh.tsv": _table("zh", "\t", "utf-8"),
    "special.html": _page,
    "plain.eml": _mail,
    "html.eml": _mail_of_html,
    "en.ipynb": _notebook("en"),
    "ru.ipynb": _notebook("ru"),
    "records.json": _records,
    "nested.json": _nested,
    "es.xml": _xml_story,
    "records.xml": _xml_records,
    "en.srt": _cues("en", ",", ""),
    "fr.vtt": _cues("fr", ".", "WEBVTT"),
}


if __name__ == "__main__":
    main()
