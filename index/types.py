"""The values that flow from the folder to a passage: spans, documents, chunks, filters.

Offsets are characters (Python ``str`` indices) into ``Document.text``, half-open.
Nothing here reads files or computes; the invariant ``document.text[chunk.span.start:
chunk.span.end] == chunk.text`` is kept by :mod:`index.chunking` and checked in the tests.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from fnmatch import fnmatchcase

from index.text.composed import composed

__all__ = [
    "Chunk",
    "Document",
    "Filter",
    "Heading",
    "Passage",
    "Place",
    "Progress",
    "Seed",
    "Span",
    "chunk_id",
]


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open range of characters, ``0 <= start <= end``.

    >>> Span(2, 5).of("abcdefg")
    'cde'
    >>> Span(0, 3).overlaps(Span(3, 6)), Span(0, 4).overlaps(Span(3, 6))
    (False, True)
    """

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end:
            raise ValueError(f"not a span: {self.start}:{self.end}")

    def of(self, text: str) -> str:
        """The characters of ``text`` that this span covers."""
        return text[self.start : self.end]

    def overlaps(self, other: Span) -> bool:
        """Whether the two spans share at least one character."""
        return self.start < other.end and other.start < self.end

    def shifted(self, offset: int) -> Span:
        """The same range, ``offset`` characters further on."""
        return Span(self.start + offset, self.end + offset)


@dataclass(frozen=True, slots=True)
class Seed:
    """A readable file in the documents folder: its id, the sha256 of its bytes, their number.

    ``id`` is the path relative to the folder, with ``/`` on every system.
    """

    id: str
    sha256: str
    size: int = 0


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of a document: its text, level (1 is the top) and where it starts."""

    text: str
    level: int
    start: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the file the text from ``start`` on stands, in words: "slide 3", "row 12".

    One without a name is where a table ends.
    """

    start: int
    name: str


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row of a table: its number in the file, its cells, and the span of its statement."""

    number: int
    cells: tuple[str, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a document: its heading or name there, its columns' names, its rows."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[TableRow, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """The extracted text of one seed, or of a file attached to one.

    ``pages`` are contiguous spans, empty for formats without pages; ``headings`` and ``places``
    are in order of ``start``; ``date`` is ISO 8601 (``YYYY-MM-DD``) or None; ``language`` is an
    ISO 639-1 code, or "und" when it is not clear. ``source_url`` is where a browser shows what a
    source brought; it is of the reader, not of the index.
    """

    id: str
    title: str
    text: str
    sha256: str
    media_type: str
    pages: tuple[Span, ...] = ()
    headings: tuple[Heading, ...] = ()
    date: str | None = None
    language: str = "und"
    places: tuple[Place, ...] = ()
    source_url: str | None = None

    def page_at(self, offset: int) -> int | None:
        """The page (from 1) that holds the character at ``offset``, if there are pages."""
        before = bisect_right(self.pages, offset, key=lambda page: page.end)
        return min(before + 1, len(self.pages)) or None

    def place_at(self, offset: int) -> str | None:
        """The place of the character at ``offset`` in words, if the format has places.

        >>> rows = (Place(0, "row 2"), Place(10, "row 3"))
        >>> Document("d", "t", "x" * 20, "", "text/csv", places=rows).place_at(15)
        'row 3'
        """
        after = bisect_right(self.places, offset, key=lambda place: place.start)
        if after and self.places[after - 1].name:
            return self.places[after - 1].name
        page = self.page_at(offset)
        return f"page {page}" if page else None

    def around(self, span: Span, width: int) -> Span:
        """``span`` with up to ``width`` characters on each side, cut where reading can begin.

        That is at a paragraph, else at a line, else at a word.
        """
        start = max(0, span.start - width)
        end = min(len(self.text), span.end + width)
        before = self.text[start : span.start]
        after = self.text[span.end : end]
        if "\n\n" in before:
            start = span.start - len(before.rpartition("\n\n")[2])
        elif start > 0:
            start = span.start - len(before.partition("\n" if "\n" in before else " ")[2])
        if "\n\n" in after:
            end = span.end + len(after.partition("\n\n")[0])
        elif end < len(self.text):
            end = span.end + len(after.rpartition("\n" if "\n" in after else " ")[0])
        return Span(start, end)

    def heading_path_at(self, offset: int) -> tuple[str, ...]:
        """The headings above the character at ``offset``, outermost first.

        >>> heads = (Heading("A", 1, 0), Heading("B", 2, 10), Heading("C", 2, 20))
        >>> Document("d", "t", "x" * 30, "", "text/plain", headings=heads).heading_path_at(25)
        ('A', 'C')
        """
        path: list[Heading] = []
        for heading in self.headings:
            if heading.start > offset:
                break
            path = [h for h in path if h.level < heading.level]
            path.append(heading)
        return tuple(h.text for h in path)


@dataclass(frozen=True, slots=True)
class Chunk:
    """A span of a document, the unit that is embedded and searched."""

    id: str
    document_id: str
    span: Span
    text: str
    heading_path: tuple[str, ...] = ()
    page: int | None = None


def chunk_id(document_id: str, span: Span) -> str:
    """The id of the chunk at a span of a document.

    >>> chunk_id("notes/swap.md", Span(0, 120))
    'notes/swap.md#0-120'
    """
    return f"{document_id}#{span.start}-{span.end}"


@dataclass(frozen=True, slots=True)
class Passage:
    """A chunk found for a query, with every rank (from 1) and score that led to it.

    ``score`` is the fused score (:mod:`index.fusion`), ``dense`` the calibrated similarity,
    ``lexical`` BM25 as a share of the largest that the query could reach (0 when no term
    occurs), ``phrase`` the share of adjacent words that are adjacent in it. A rank is None
    when that search did not return the chunk among its candidates.
    """

    chunk: Chunk
    rank: int
    score: float
    dense: float
    lexical: float
    phrase: float = 0.0
    dense_rank: int | None = None
    lexical_rank: int | None = None
    rerank_score: float | None = None


@dataclass(frozen=True, slots=True)
class Filter:
    """A document passes when it meets every part that is given.

    ``document`` is a glob on ids, ``folder`` a path under the seeds, ``formats`` endings of ids
    without the dot, ``documents`` ids, ``without`` ids that do not pass. Dates are ISO 8601, both
    bounds included; a bound may be a year or a month. A document without a date passes no bound.
    Globs and folders are compared in Unicode's composed form.
    """

    document: str | None = None
    folder: str | None = None
    formats: tuple[str, ...] = ()
    after: str | None = None
    before: str | None = None
    documents: frozenset[str] = frozenset()
    without: frozenset[str] = frozenset()

    @property
    def is_empty(self) -> bool:
        """Whether every document passes."""
        return self == Filter()

    def allows(self, document_id: str, date: str | None) -> bool:
        """Whether a document passes.

        >>> Filter(after="2025-01-01").allows("a.txt", "2025-11-01")
        True
        >>> Filter(after="2025-01-01").allows("a.txt", None)
        False
        >>> Filter(before="2025-11").allows("a.txt", "2025-11-30")
        True
        >>> Filter(folder="mail", formats=("eml",)).allows("mail/2025/x.EML", None)
        True
        >>> Filter(without=frozenset({"a.txt"})).allows("a.txt", None)
        False
        """
        name = composed(document_id)
        return (
            (not self.documents or document_id in self.documents)
            and document_id not in self.without
            and (self.document is None or fnmatchcase(name, composed(self.document)))
            and (self.folder is None or name.startswith(composed(self.folder).strip("/") + "/"))
            and (not self.formats or _ending(document_id) in map(_plain, self.formats))
            and ((self.after is None and self.before is None) or self._is_in_time(date))
        )

    def _is_in_time(self, date: str | None) -> bool:
        if date is None:
            return False
        is_late_enough = self.after is None or date >= self.after
        return is_late_enough and (self.before is None or date[: len(self.before)] <= self.before)


def _ending(document_id: str) -> str:
    return document_id.lower().rpartition(".")[2]


def _plain(ending: str) -> str:
    return ending.lower().lstrip(".")


@dataclass(frozen=True, slots=True)
class Progress:
    """Files done of all, and their bytes; chunks written; seconds since the build began."""

    done: int = 0
    total: int = 0
    done_bytes: int = 0
    total_bytes: int = 0
    chunks: int = 0
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        """Chunks a second."""
        return self.chunks / self.seconds if self.seconds > 0 else 0.0

    @property
    def left_s(self) -> float | None:
        """Seconds that the rest will take at this pace, by bytes; None before the first file.

        >>> Progress(1, 4, 100, 400, 10, seconds=5.0).left_s
        15.0
        """
        if not self.done_bytes:
            return None
        return self.seconds * (self.total_bytes - self.done_bytes) / self.done_bytes
