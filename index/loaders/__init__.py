"""Files to documents: one module a format, each the only room of its parser.

A loader takes the bytes of a seed (read once, hashed, then parsed: the same bytes) and
gives an :class:`~index.loaders.extract.Extract`. Adding a format is one module and one
line in ``_FORMATS``. Nothing is fetched or executed; a file that cannot be read raises
LoadError with the reason and is reported by the build. Loaders run in worker processes
(:mod:`index.builder.workers`), whose limits hold for whatever a parser does.
"""

from __future__ import annotations

import hashlib
import importlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from index.errors import LoadError
from index.listing import Failure
from index.loaders.conversions import CONVERSIONS, conversion_of
from index.loaders.extract import Extract, Source, leading_date, readable_title
from index.loaders.unsupported import unsupported
from index.text.composed import composed
from index.text.language import language_of
from index.types import Document, Table

__all__ = ["CONVERTED", "LOADERS_VERSION", "PICTURES", "SUPPORTED", "Loaded", "load_seed",
           "plain_text"]  # fmt: skip

# Raise this when a loader gives another text for the same bytes: every index is then rebuilt.
LOADERS_VERSION = 12

_MAX_DEPTH = 5
_MAX_ATTACHED_NAME = 120


@dataclass(frozen=True, slots=True)
class _Format:
    """The module with ``read(source: Source) -> Extract``, the media type, the kind of bytes.

    ``is_converted``: the module reads what LibreOffice has made of the file.
    """

    module: str
    media_type: str
    kind: str = "text"
    is_converted: bool = False


_OFFICE = "application/vnd.openxmlformats-officedocument."
_MACROS = "application/vnd.ms-excel.sheet.macroEnabled.12"
_BINARY_SHEET = "application/vnd.ms-excel.sheet.binary.macroEnabled.12"
_WORD = _Format("index.loaders.office.docx", _OFFICE + "wordprocessingml.document", "zip")
_SLIDES = _Format("index.loaders.office.pptx", _OFFICE + "presentationml.presentation", "zip")
_TEXT = _Format("index.loaders.plain.text", "text/plain")
_MARKDOWN = _Format("index.loaders.plain.markdown", "text/markdown")
_HTML = _Format("index.loaders.plain.html", "text/html")
_MHTML = _Format("index.loaders.plain.mhtml", "multipart/related")
_ASCIIDOC = _Format("index.loaders.plain.asciidoc", "text/asciidoc")
_CODE = _Format("index.loaders.plain.code", "text/x-source")
_SUBTITLES = "index.loaders.plain.subtitles"
_RENAMED_SUBTITLES = _Format(_SUBTITLES, "text/plain")
_OPENDOCUMENT = "application/vnd.oasis.opendocument."
_OPEN_TEXT = _Format("index.loaders.office.odt", _OPENDOCUMENT + "text", "zip")
_OPEN_SLIDES = _Format("index.loaders.office.odp", _OPENDOCUMENT + "presentation", "zip")
_IMAGE = "index.loaders.image"

_FORMATS = {
    ".txt": _TEXT,
    ".text": _TEXT,
    ".log": _TEXT,
    ".rst": _TEXT,
    ".md": _MARKDOWN,
    ".markdown": _MARKDOWN,
    ".html": _HTML,
    ".htm": _HTML,
    ".xhtml": _HTML,
    ".mht": _MHTML,
    ".mhtml": _MHTML,
    ".org": _Format("index.loaders.plain.org", "text/org"),
    ".adoc": _ASCIIDOC,
    ".asciidoc": _ASCIIDOC,
    ".tex": _Format("index.loaders.plain.tex", "application/x-tex"),
    ".pdf": _Format("index.loaders.pdf.text", "application/pdf", "pdf"),
    ".docx": _WORD,
    ".docm": _WORD,
    ".dotx": _WORD,
    ".dotm": _WORD,
    ".pptx": _SLIDES,
    ".pptm": _SLIDES,
    ".ppsx": _SLIDES,
    ".potx": _SLIDES,
    ".xlsx": _Format("index.loaders.office.sheets", _OFFICE + "spreadsheetml.sheet", "zip"),
    ".xlsm": _Format("index.loaders.office.sheets", _MACROS, "zip"),
    ".xltx": _Format("index.loaders.office.sheets", _OFFICE + "spreadsheetml.template", "zip"),
    ".xltm": _Format("index.loaders.office.sheets", _MACROS, "zip"),
    ".xlsb": _Format("index.loaders.office.sheets", _BINARY_SHEET, "zip"),
    ".xls": _Format("index.loaders.office.sheets", "application/vnd.ms-excel", "ole"),
    ".xlt": _Format("index.loaders.office.sheets", "application/vnd.ms-excel", "ole"),
    ".ods": _Format("index.loaders.office.sheets", _OPENDOCUMENT + "spreadsheet", "zip"),
    ".csv": _Format("index.loaders.plain.table", "text/csv"),
    ".tsv": _Format("index.loaders.plain.table", "text/tab-separated-values"),
    ".json": _Format("index.loaders.plain.records", "application/json"),
    ".jsonl": _Format("index.loaders.plain.records", "application/jsonl"),
    ".ndjson": _Format("index.loaders.plain.records", "application/jsonl"),
    ".epub": _Format("index.loaders.epub", "application/epub+zip", "zip"),
    ".rtf": _Format("index.loaders.rtf", "application/rtf", "rtf"),
    ".odt": _OPEN_TEXT,
    ".ott": _OPEN_TEXT,
    ".odp": _OPEN_SLIDES,
    ".otp": _OPEN_SLIDES,
    ".eml": _Format("index.loaders.mail.message", "message/rfc822"),
    ".msg": _Format("index.loaders.mail.outlook", "application/vnd.ms-outlook", "ole"),
    ".mbox": _Format("index.loaders.mail.mailbox", "application/mbox"),
    ".ics": _Format("index.loaders.mail.events", "text/calendar"),
    ".vcf": _Format("index.loaders.mail.contacts", "text/vcard"),
    ".ipynb": _Format("index.loaders.plain.notebook", "application/x-ipynb+json"),
    ".xml": _Format("index.loaders.plain.xml", "application/xml"),
    ".srt": _Format(_SUBTITLES, "application/x-subrip"),
    ".vtt": _Format(_SUBTITLES, "text/vtt"),
} | dict.fromkeys(
    (
        ".bash .c .cc .cfg .clj .conf .cpp .cs .css .dart .erl .ex .go .h .hpp .hs .ini .java .jl"
        " .js .jsx .kt .lua .m .ml .php .pl .proto .ps1 .py .r .rb .rs .scala .sh .sql .swift"
        " .toml .ts .tsx .vue .yaml .yml"
    ).split(),
    _CODE,
)
# Read by text recognition only.
_IMAGES = {
    ".png": _Format(_IMAGE, "image/png", "image"),
    ".jpg": _Format(_IMAGE, "image/jpeg", "image"),
    ".jpeg": _Format(_IMAGE, "image/jpeg", "image"),
    ".tif": _Format(_IMAGE, "image/tiff", "image"),
    ".tiff": _Format(_IMAGE, "image/tiff", "image"),
}
_OLD_TYPES = {".docx": "application/msword", ".pptx": "application/vnd.ms-powerpoint"}
_CONVERTED = {
    ending: _Format(_FORMATS[c.ending].module, _OLD_TYPES[c.ending], "ole", is_converted=True)
    for ending, c in CONVERSIONS.items()
}
_CONVERTED[".wpd"] = replace(
    _CONVERTED[".wpd"], media_type="application/vnd.wordperfect", kind="wordperfect"
)
_OLD = {".xls": ".xlsx", ".xlt": ".xlsx"} | {ending: c.ending for ending, c in CONVERSIONS.items()}
_LOOKED_AT = 2000
SUPPORTED = tuple(sorted(_FORMATS))
CONVERTED = tuple(sorted(_CONVERTED))
PICTURES = tuple(sorted(_IMAGES))

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# How the bytes of a kind begin, and what a reader calls them.
_MAGIC = (
    (b"%PDF-", "pdf", "a PDF file"),
    (b"PK\x03\x04", "zip", "a ZIP archive or an Office file"),
    (_OLE, "ole", "an old or an encrypted Office file"),
    (b"\xffWPC", "wordperfect", "a WordPerfect file"),
    (b"{\\rtf", "rtf", "an RTF file"),
    (b"\x89PNG", "image", "a picture"),
    (b"\xff\xd8\xff", "image", "a picture"),
    (b"II*\x00", "image", "a picture"),
    (b"MM\x00*", "image", "a picture"),
    (b"\x7fELF", "program", "a program"),
    (b"MZ\x90", "program", "a program"),
)
# A line that is wrapped between characters of Chinese or Japanese, which have no spaces.
_WRAPPED = re.compile(
    r"(?<=[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef])[ \t]*\n[ \t]*"
    r"(?=[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef])"
)
_TABLE_ROW = re.compile(r"\|.*\|")
_LIST_MARK = re.compile(r"(?:[-*+•◦▪‣]|\d{1,3}[.)])\s+")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Loaded:
    """The document of a seed, those of the files attached to it, and what is not readable there.

    ``tables`` are those of the documents that have any, by id, ``references`` the ids of mails and
    of those that they answer. ``unconverted`` are the ending and the bytes of files that
    LibreOffice must save first, by their sha256, without which the others are not complete.
    """

    documents: tuple[Document, ...]
    failures: tuple[Failure, ...] = ()
    tables: Mapping[str, tuple[Table, ...]] = field(default_factory=dict)
    unconverted: Mapping[str, tuple[str, bytes]] = field(default_factory=dict)
    references: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def load_seed(
    document_id: str,
    data: bytes,
    sha256: str,
    *,
    ocr: bool = False,
    conversions: Mapping[str, bytes | str] | None = None,
) -> Loaded:
    """Parse the bytes of one seed, and of the files attached to it.

    The document of the seed comes first. An attached file is called ``SEED/NAME``, which no
    other seed can be called. ``conversions`` are those of :class:`~index.loaders.extract.Source`.

    Raises:
        LoadError: the format is not supported, the file is damaged, or it holds no text.
        MemoryError: reading it needs more memory than the process may have.
    """
    found = _Found()
    _load(Source(data, document_id, ocr, conversions), sha256, None, found, depth=0)
    if not found.documents and not found.unconverted and len(found.failures) == 1:
        raise LoadError(found.failures[0].reason, pictures=found.failures[0].pictures)
    return Loaded(
        tuple(found.documents),
        tuple(found.failures),
        found.tables,
        found.unconverted,
        found.references,
    )


@dataclass(slots=True)
class _Found:
    """What a seed and the files attached to it gave so far."""

    documents: list[Document] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    tables: dict[str, tuple[Table, ...]] = field(default_factory=dict)
    references: dict[str, tuple[str, ...]] = field(default_factory=dict)
    unconverted: dict[str, tuple[str, bytes]] = field(default_factory=dict)


def _load(source: Source, sha256: str, date: str | None, found: _Found, *, depth: int) -> None:
    """Add the document of these bytes and those attached to it; ``date`` is the outer file's."""
    try:
        if depth > _MAX_DEPTH:
            raise LoadError(f"attached more than {_MAX_DEPTH} levels deep")
        reading = _called_as_it_is(source)
        chosen = _format_of(reading)
        extract = _read(reading, chosen, sha256)
        if extract is None:
            found.unconverted[sha256] = (reading.suffix, reading.data)
            return
    except LoadError as exc:
        found.failures.append(Failure(source.name, str(exc), exc.pictures))
        return
    except MemoryError:
        if not depth:  # the limits say what is to be done
            raise
        found.failures.append(Failure(source.name, "too large to be read"))
        return
    date = extract.date or leading_date(extract.text) or date
    if extract.text.strip():
        found.documents.append(_document(source.name, extract, chosen.media_type, sha256, date))
        if extract.tables:
            found.tables[source.name] = extract.tables
        found.references |= {source.name: extract.references} if extract.references else {}
        if extract.unread:
            found.failures.append(Failure(source.name, extract.unread, extract.pictures))
    else:
        is_scan = not source.ocr and chosen.kind != "text"
        hint = ": if it is scanned, set ocr = true to read pictures" if is_scan else ""
        found.failures.append(Failure(source.name, f"no text in it{hint}", extract.pictures))
    taken: set[str] = set()
    for attachment in extract.attachments:
        name = _attached_id(source.name, attachment.name, taken)
        taken.add(name)
        inner = replace(source, data=attachment.data, name=name)
        digest = hashlib.sha256(attachment.data).hexdigest()
        _load(inner, digest, date, found, depth=depth + 1)


def _attached_id(parent: str, name: str, taken: set[str]) -> str:
    """An id for an attached file: its printable base name below its parent's id, unique."""
    base = _UNPRINTABLE.sub("", name.replace("\\", "/").rpartition("/")[2]).strip(" .") or "unnamed"
    path = PurePosixPath(base)
    stem, suffix = path.stem[:_MAX_ATTACHED_NAME], path.suffix[:20]
    candidate, number = f"{parent}/{stem}{suffix}", 2
    while candidate in taken:
        candidate, number = f"{parent}/{stem} ({number}){suffix}", number + 1
    return candidate


def _called_as_it_is(source: Source) -> Source:
    """A file with the name of an old Office file that is none, with an ending of what it is.

    Many programs save web pages, RTF and new Office files under such names, and Office opens them.
    """
    if source.suffix not in _OLD or source.data.startswith(_OLE):
        return source
    start = source.data[:_LOOKED_AT].lower()
    if source.data.startswith(b"PK\x03\x04"):
        ending = _OLD[source.suffix]
    elif source.data.startswith(b"{\\rtf"):
        ending = ".rtf"
    elif b"mime-version:" in start:
        ending = ".mhtml"
    elif b"<html" in start:
        ending = ".html"
    else:
        return source
    return replace(source, name=source.name + ending)


def _read(source: Source, chosen: _Format, sha256: str) -> Extract | None:
    """What is in a file; None where LibreOffice must save it first.

    Raises:
        LoadError: it cannot be read, or not be saved by LibreOffice.
    """
    made = (source.conversions or {}).get(sha256)
    if chosen.is_converted:
        if isinstance(made, str):
            raise LoadError(made)
        return None if made is None else _extract(replace(source, data=made), chosen)
    extract = _extract(replace(source, computed=made) if made is not None else source, chosen)
    is_asked = extract.is_uncomputed and source.conversions is not None and made is None
    return None if is_asked and conversion_of(source.suffix) else extract


def _extract(source: Source, chosen: _Format) -> Extract:
    """What the loader of a format gives."""
    try:
        extract: Extract = importlib.import_module(chosen.module).read(source)
    except (LoadError, MemoryError):
        raise
    except RecursionError as exc:
        raise LoadError("too deeply nested to be read") from exc
    except Exception as exc:
        raise LoadError(f"its parser failed ({type(exc).__name__}: {exc})"[:300]) from exc
    return extract


def _format_of(source: Source) -> _Format:
    """By the first bytes, the ending, and of plain text by what is in it; raises LoadError."""
    if not source.data:
        raise LoadError("the file is empty (0 bytes)")
    suffix = source.suffix
    formats = _FORMATS | _IMAGES if source.ocr else _FORMATS
    if source.conversions is not None:
        formats = formats | _CONVERTED
    start = source.data[:8]
    kind, called = next(((k, c) for magic, k, c in _MAGIC if start.startswith(magic)), ("text", ""))
    if suffix in _IMAGES and not source.ocr:
        raise LoadError("a picture: set ocr = true to read the text in it", pictures=1)
    if suffix not in formats and (suffix or kind != "text"):
        if kind in ("pdf", "rtf"):
            raise LoadError(f"its bytes are those of {called}: give it the ending .{kind}")
        raise LoadError(unsupported(suffix))
    chosen = formats.get(suffix, _TEXT)
    if chosen is _TEXT:
        from index.loaders.plain.subtitles import is_subtitles

        if is_subtitles(source.data):  # they were renamed
            chosen = _RENAMED_SUBTITLES
    if (called or chosen.is_converted) and kind != chosen.kind:
        if (kind, chosen.kind) == ("ole", "zip"):
            raise LoadError("it needs a password, or is an older format: save it without, as new")
        called = called or "another format"
        raise LoadError(f"its bytes are those of {called}, not of {suffix}: rename it")
    return chosen


def _document(
    document_id: str, extract: Extract, media_type: str, sha256: str, date: str | None
) -> Document:
    return Document(
        id=document_id,
        title=composed(readable_title(extract, PurePosixPath(document_id).stem)),
        text=extract.text,
        sha256=sha256,
        media_type=media_type,
        pages=extract.pages,
        headings=extract.headings,
        date=date,
        language=language_of(extract.text),
        places=extract.places,
    )


def plain_text(media_type: str, text: str) -> str:
    r"""A quote as a sentence to read: composed, without markup, list marks and line breaks.

    >>> plain_text("text/plain", "- Two ministers\n  met.")
    'Two ministers met.'
    >>> plain_text("text/markdown", "| Bulguksa | **1995** | temple |")
    'Bulguksa: 1995, temple'
    >>> plain_text("text/plain", "租金为\n每月")
    '租金为每月'
    """
    text = text if text.isascii() else _WRAPPED.sub("", composed(text))
    line = " ".join(text.split())
    if _TABLE_ROW.fullmatch(line):
        first, *others = (plain_text(media_type, cell) for cell in line.strip("|").split("|"))
        return f"{first}: {', '.join(others)}" if others else first
    if media_type == "text/markdown":
        from index.loaders.plain.markdown import plain

        return plain(text)
    mark = _LIST_MARK.match(line)
    return line[mark.end() :] if mark else line
