"""Files that several tests read, made from their content, and what is read of them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from index.errors import LoadError
from index.loaders import load_seed
from index.types import Document


def line_at(y: float, text: str, *, size: float = 11, font: str = "F1", x: float = 72) -> str:
    return f"BT /{font} {size} Tf 1 0 0 1 {x} {y} Tm ({text}) Tj ET"


def pdf(
    pages: Sequence[str], *, objects: Sequence[str] = (), catalog: str = "", page: str = ""
) -> bytes:
    """A PDF of content streams; pdfium does without the cross references.

    Page ``n`` (from 0) is object ``100 + 2 * n``; more objects may have the numbers 10 to 99.
    """
    kids = " ".join(f"{100 + 2 * n} 0 R" for n in range(len(pages)))
    parts = [
        f"1 0 obj <</Type /Catalog /Pages 2 0 R {catalog}>> endobj",
        f"2 0 obj <</Type /Pages /Kids [{kids}] /Count {len(pages)}>> endobj",
        "3 0 obj <</Type /Font /Subtype /Type1 /BaseFont /Helvetica>> endobj",
        *objects,
    ]
    for n, content in enumerate(pages):
        parts += [
            f"{100 + 2 * n} 0 obj <</Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] {page}"
            f" /Resources <</Font <</F1 3 0 R>>>> /Contents {101 + 2 * n} 0 R>> endobj",
            f"{101 + 2 * n} 0 obj <</Length {len(content)}>> stream\n{content}\nendstream endobj",
        ]
    return "\n".join(["%PDF-1.7", *parts, "trailer <</Root 1 0 R>>", "%%EOF"]).encode("latin-1")


def body(*lines: str, top: float = 600) -> str:
    return "\n".join(line_at(top - 14 * n, line) for n, line in enumerate(lines))


def from_right_pdf(*lines: str) -> bytes:
    """Lines as they are displayed, from the left, in a font that only says what its glyphs are."""
    glyphs = {char: n + 1 for n, char in enumerate(sorted({c for line in lines for c in line}))}
    chars = "\n".join(f"<{n:04X}> <{ord(char):04X}>" for char, n in glyphs.items())
    cmap = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def"
        " /CMapType 2 def 1 begincodespacerange <0000><FFFF> endcodespacerange"
        f" {len(glyphs)} beginbfchar {chars} endbfchar endcmap end end"
    )
    objects = (
        "10 0 obj <</Type /Font /Subtype /Type0 /BaseFont /X /Encoding /Identity-H"
        " /DescendantFonts [11 0 R] /ToUnicode 13 0 R>> endobj",
        "11 0 obj <</Type /Font /Subtype /CIDFontType2 /BaseFont /X /CIDSystemInfo"
        " <</Registry (Adobe) /Ordering (Identity) /Supplement 0>> /DW 600"
        " /FontDescriptor 12 0 R>> endobj",
        "12 0 obj <</Type /FontDescriptor /FontName /X /Flags 4 /FontBBox [0 -200 1000 900]"
        " /ItalicAngle 0 /Ascent 900 /Descent -200 /CapHeight 700 /StemV 80>> endobj",
        f"13 0 obj <</Length {len(cmap)}>> stream\n{cmap}\nendstream endobj",
    )
    content = "\n".join(
        f"BT /F3 12 Tf 100 {700 - 20 * n} Td <{''.join(f'{glyphs[c]:04X}' for c in line)}> Tj ET"
        for n, line in enumerate(lines)
    )
    data = pdf([content], objects=objects)
    return data.replace(b"/F1 3 0 R>>", b"/F1 3 0 R /F3 10 0 R>>")


def pdf_of_lines(*pages: str) -> bytes:
    """A PDF with one line of text on each page; pdfium does without the cross references."""
    kids = " ".join(f"{10 + 2 * n} 0 R" for n in range(len(pages)))
    objects = [
        "1 0 obj <</Type /Catalog /Pages 2 0 R>> endobj",
        f"2 0 obj <</Type /Pages /Kids [{kids}] /Count {len(pages)}>> endobj",
        "3 0 obj <</Type /Font /Subtype /Type1 /BaseFont /Helvetica>> endobj",
    ]
    for n, text in enumerate(pages):
        stream = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET"
        objects += [
            f"{10 + 2 * n} 0 obj <</Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources "
            f"<</Font <</F1 3 0 R>>>> /Contents {11 + 2 * n} 0 R>> endobj",
            f"{11 + 2 * n} 0 obj <</Length {len(stream)}>> stream\n{stream}\nendstream endobj",
        ]
    return "\n".join(["%PDF-1.4", *objects, "trailer <</Root 1 0 R>>", "%%EOF"]).encode()


def saved(file: Any) -> bytes:
    """What a document, presentation or workbook writes when it is saved."""
    out = io.BytesIO()
    file.save(out)
    return out.getvalue()


def archive(files: Mapping[str, bytes | str]) -> bytes:
    """A zip file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in files.items():
            made.writestr(name, content)
    return out.getvalue()


def unpacked(data: bytes) -> dict[str, bytes]:
    """The entries of a zip file."""
    with zipfile.ZipFile(io.BytesIO(data)) as files:
        return {name: files.read(name) for name in files.namelist()}


def rewritten(data: bytes, change: Callable[[str, bytes], bytes | None]) -> bytes:
    """A zip file with each entry changed; an entry that becomes None is left out."""
    changed = {name: change(name, content) for name, content in unpacked(data).items()}
    return archive({name: content for name, content in changed.items() if content is not None})


def load(name: str, data: bytes | str) -> Document:
    """The document of a file."""
    source = data.encode() if isinstance(data, str) else data
    return load_seed(name, source, "0" * 64).documents[0]


def reason(name: str, data: bytes | str) -> str:
    """Why a file is not read."""
    with pytest.raises(LoadError) as raised:
        load(name, data)
    return str(raised.value)
