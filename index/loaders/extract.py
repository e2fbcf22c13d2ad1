"""What a loader gives, and what all loaders share: titles, dates and joining of blocks."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from index.text.scripts import CJK
from index.types import Heading, Place, Span, Table, TableRow

__all__ = [
    "Attachment",
    "Blocks",
    "Extract",
    "Source",
    "is_program_title",
    "iso_date",
    "leading_date",
    "leading_date_end",
    "readable_title",
    "shortened",
]

_LEADING_DATE = re.compile(r"\ufeff?\s*(?:date\s*:?\s*)?(\d{4}-\d{2}-\d{2})\b", re.IGNORECASE)
# A word of a file name: three letters or more with a vowel, or letters that are not ASCII.
_WORD = re.compile(rf"(?=[^\W\d_]*(?:[aeiouyAEIOUY]|[^\x00-\x7f]))[^\W\d_]{{3,}}|[{CJK}]{{2,}}")
# A name that a program gives: of the printed file, of a new file with its number, of its own.
_PROGRAM_TITLE = re.compile(
    r"microsoft \w+ - .*|(?:about|file|https?|data):\S+"
    r"|\S+\.[a-z][a-z0-9]{1,4}|.*\.(?:docx?|dotx?|odt|rtf|pdf|pptx?|odp|xlsx?|ods|indd|qxd)"
    r"|[^\W\d_]{4,}-?\d{1,2}|\(?(?:untitled|anonymous|no title)\)?(?:[ -]\d+)?"
    r"|(?:[^\W\d_]+[ -]){0,2}powerpoint(?:[ -][^\W\d_]+)?",
    re.IGNORECASE,
)
_MAX_TITLE = 90
_LIST_MARK = re.compile(r"[-*+•]\s")
_HEADING_MARK = re.compile(r"(?:#{1,6}|>)\s+")
_EMPHASIS = re.compile(r"(\*\*|__|`)(.+?)\1")


@dataclass(frozen=True, slots=True)
class Source:
    """What a loader reads: the bytes, the file's name, and whether pictures are read too.

    ``ocr`` asks for text recognition where a page is a picture. ``conversions`` has, by the sha256
    of a file in an old format, the bytes of the file that it was saved as, or why there is none;
    without it, such formats are not read. ``computed`` is likewise a workbook (xlsx) with the
    values of the formulas that have none.
    """

    data: bytes
    name: str
    ocr: bool = False
    conversions: Mapping[str, bytes | str] | None = None
    computed: bytes | str | None = None

    @property
    def suffix(self) -> str:
        """The extension with its dot, in lower case.

        >>> Source(b"", "a/Report.PDF").suffix
        '.pdf'
        """
        base = self.name.rpartition("/")[2]
        stem, dot, ending = base.rpartition(".")
        return f".{ending}".lower() if stem and dot and ending else ""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file inside a file; it becomes a document of its own. Its name may be hostile."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Extract:
    """The text of a file and what the format says about it.

    ``unread`` says in words what of the file is not in the text, if anything, ``pictures`` how many
    pages of it only text recognition reads. ``tables`` are those
    whose rows are statements of the text. ``references`` are the ids of a mail and of those that it
    answers. ``is_uncomputed``: formulas have no value.
    """

    text: str
    title: str | None = None
    headings: tuple[Heading, ...] = ()
    pages: tuple[Span, ...] = ()
    date: str | None = None
    places: tuple[Place, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    unread: str = ""
    pictures: int = 0
    tables: tuple[Table, ...] = ()
    references: tuple[str, ...] = ()
    is_uncomputed: bool = False


@dataclass(slots=True)
class Blocks:
    """Joins the blocks of a document by blank lines; keeps where headings, places, rows start."""

    parts: list[str] = field(default_factory=list)
    headings: list[Heading] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    length: int = 0

    def add(
        self,
        text: str,
        *,
        level: int | None = None,
        separator: str = "\n\n",
        place: str | None = None,
    ) -> None:
        """Append a block; ``level`` (1 is the top) makes it a heading, ``place`` says where."""
        text = text.strip()
        if not text:
            return
        if self.parts:
            self.parts.append(separator)
            self.length += len(separator)
        if level is not None:
            self.headings.append(Heading(text, level, self.length))
        if place is not None:
            self.places.append(Place(self.length, place))
        self.parts.append(text)
        self.length += len(text)

    def put(self, part: str | Blocks | Extract) -> None:
        """Append a text as it is; a part of a document brings its headings, places and tables."""
        text = part if isinstance(part, str) else part.text
        if not isinstance(part, str):
            self.take(part, self.length)
        self.parts.append(text)
        self.length += len(text)

    def take(self, part: Blocks | Extract, offset: int) -> None:
        """Take over the headings, places and tables of a part whose text stands at ``offset``."""
        self.headings += [replace(h, start=h.start + offset) for h in part.headings]
        self.places += [Place(p.start + offset, p.name) for p in part.places]
        for table in part.tables:
            rows = (TableRow(r.number, r.cells, r.span.shifted(offset)) for r in table.rows)
            self.tables.append(replace(table, rows=tuple(rows)))

    @property
    def text(self) -> str:
        """All blocks so far."""
        return "".join(self.parts)

    def first_heading(self, level: int | None = None) -> str | None:
        """The text of the first heading (of this level); None where there is none."""
        return next((h.text for h in self.headings if level in (None, h.level)), None)

    def extract(
        self,
        *,
        title: str | None = None,
        date: str | None = None,
        pages: Sequence[Span] = (),
        unread: str = "",
        is_uncomputed: bool = False,
    ) -> Extract:
        """All blocks with what is kept of them, and what else the format says of the file."""
        return Extract(
            self.text,
            title=title,
            headings=tuple(self.headings),
            pages=tuple(pages),
            date=date,
            places=tuple(self.places),
            unread=unread,
            tables=tuple(self.tables),
            is_uncomputed=is_uncomputed,
        )


def iso_date(text: str) -> str | None:
    """The date that a text begins with, if it is one of the calendar.

    >>> iso_date("2025-11-01T09:00"), iso_date("2025-02-30"), iso_date("yesterday")
    ('2025-11-01', None, None)
    """
    try:
        return date.fromisoformat(text.strip()[:10]).isoformat()
    except ValueError:
        return None


def leading_date(text: str) -> str | None:
    """An ISO date at the very start of a text, with or without the word "date".

    >>> leading_date(" date 2025-11-01 GYEONGJU, North Gyeongsang Province")
    '2025-11-01'
    """
    found = _LEADING_DATE.match(text)
    return iso_date(found.group(1)) if found else None


def leading_date_end(text: str) -> int:
    """Where the text goes on after its leading date; 0 when there is none."""
    found = _LEADING_DATE.match(text)
    return found.end() if found and iso_date(found.group(1)) else 0


def is_program_title(title: str) -> bool:
    """Whether a program gave the title, not the author: an address, a file's name, that of any new.

    >>> [is_program_title(t) for t in ("Microsoft Word - x.doc", "Document1", "untitled", "a.indd")]
    [True, True, True, True]
    >>> [is_program_title(t) for t in ("Présentation PowerPoint", "about:blank", "file:///a/b.htm")]
    [True, True, True]
    >>> [is_program_title(t) for t in ("Annual report 2024", "G20", "Plan 2", "Fees of the pool")]
    [False, False, False, False]
    """
    return _PROGRAM_TITLE.fullmatch(" ".join(title.split())) is not None


def readable_title(extract: Extract, stem: str) -> str:
    """The title a reader recognises: the format's own, the file's name, or the first words.

    >>> readable_title(Extract("Some text."), "annual_report-2024")
    'annual report-2024'
    >>> readable_title(Extract("date 2025-11-01 SEOUL — Two ministers met."), "000_04f")
    'SEOUL — Two ministers met.'
    >>> readable_title(Extract("他们昨天见面了。"), "笔记")
    '笔记'
    >>> [readable_title(Extract(t), "q3") for t in ("## **Rolling** back", "- Fare: 3 €; Zone: 1")]
    ['Rolling back', 'q3']
    """
    if extract.title and extract.title.strip():
        return shortened(" ".join(extract.title.split()))
    if _WORD.search(stem):
        return stem.replace("_", " ").strip()
    body = extract.text[leading_date_end(extract.text) :].strip()
    line = " ".join(body.split("\n", 1)[0].split())
    if _LIST_MARK.match(line):  # a row of a table, an item: no title
        return stem
    return shortened(_EMPHASIS.sub(r"\2", _HEADING_MARK.sub("", line))) or stem


def shortened(text: str, limit: int = _MAX_TITLE) -> str:
    """At most ``limit`` characters, cut between words and marked with an ellipsis."""
    if len(text) <= limit:
        return text
    return text[: limit - 1].rsplit(" ", 1)[0].rstrip(" ,;:—-") + "…"
