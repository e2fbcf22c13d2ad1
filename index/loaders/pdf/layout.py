"""Lines of a PDF to text: paragraphs, headings, broken words, lines that repeat on every page.

Pure: it knows nothing of pdfium, whose side is :mod:`index.loaders.pdf.text`. A sentence goes on
over the end of a column or a page. What repeats on the pages stands once, at the end.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, islice, pairwise
from statistics import median

from index.loaders.extract import Extract
from index.loaders.pdf.columns import in_reading_order
from index.loaders.pdf.lines import Line
from index.loaders.pdf.tables import PageTable, TablePart
from index.text.hyphens import BROKEN, ends_broken, mended
from index.text.sentence_ends import is_ended, opens_low
from index.types import Heading, Place, Span, Table, TableRow

__all__ = ["Bookmark", "Layout", "Page", "running_lines"]

# Of the line's height: a larger gap, or a change of type size, begins a paragraph.
_PARAGRAPH_GAP = 0.75
_SIZE_CHANGE = 0.15
# A heading by its size: so much taller than most of the text, and no longer than this.
_HEADING_SIZE = 1.2
_MAX_HEADING = 80
_SENTENCE_END = (".", ",", ";", ":", "!", "…", "。")
# A line that ends inside a sentence has so many characters, or goes on with the line above; if the
# next one opens with a capital letter, it is so long as the longest above.
_MIN_CUT = 20
_FULL = 0.85
# Running lines stand in this part of the page, on this share of the pages, and on three at least
# (of two pages on both), or on so many pages that follow each other (a chapter).
_MARGIN = 0.1
_REPEATED = 0.4
_FEW_PAGES = 3
_CHAPTER = 4
_MAX_PAGE_OFFSET = 50
_MAX_NUMBERS = 5  # of a line, that may count with the pages
_NUMBER = re.compile(r"\d+")
_LEADERS = re.compile(r"(?:\. ?){3}")  # of a table of contents


# A number that counts with the pages, as "Page 3 of 12" or "- 3 -": at most a word before it, and
# how many there are.
_PAGE = "\x02"
_IS_PAGE_NUMBER = re.compile(
    rf"\W*(?:[^\W\d]+\W*)?{_PAGE}[^\W\d]*(?:\W+(?:[^\W\d]+\W*)?\d+[^\W\d]*)?\W*"
)
_LIST_MARK = re.compile(r"\W|\w{1,3}[.)]\s")


@dataclass(frozen=True, slots=True)
class Page:
    """Lines in the file's order, the height in points, what is noted on it (a block each).

    ``fields`` counts those of a form and the notes, read or not; ``is_form``: there are fields to
    fill in. The lines of ``tables`` are marked.
    """

    lines: Sequence[Line]
    height: float
    notes: Sequence[str] = ()
    fields: int = 0
    is_form: bool = False
    tables: Sequence[PageTable] = ()


@dataclass(frozen=True, slots=True)
class Bookmark:
    """An entry of the outline: its level from 1, and the height on its page that it points to."""

    title: str
    level: int
    top: float | None = None


@dataclass(frozen=True, slots=True)
class _Section:
    """Where a heading stands in the text that is not mended yet; a bookmark has its own title."""

    span: Span
    level: int
    title: str | None = None


@dataclass(slots=True)
class Layout:
    """Takes the lines of each page in turn and gives the text with its pages and headings.

    ``tables`` are those of each page, as statements. Headings are those of the outline, else those
    of the tags, else short lines by themselves in clearly larger type.
    """

    bookmarks: Mapping[int, Sequence[Bookmark]] = field(default_factory=dict)
    running: frozenset[str] = frozenset()
    tables: Sequence[Sequence[TablePart]] = ()
    _texts: list[str] = field(default_factory=list)
    _pages: list[Span] = field(default_factory=list)
    _last: list[Line] = field(default_factory=list)
    _seen: dict[str, str] = field(default_factory=dict)
    _outlined: list[_Section] = field(default_factory=list)
    _tagged: list[_Section] = field(default_factory=list)
    _short: list[tuple[float, Span]] = field(default_factory=list)
    _sizes: Counter[float] = field(default_factory=Counter)
    _places: list[Place] = field(default_factory=list)
    _rows: dict[int, tuple[TablePart, list[TableRow]]] = field(default_factory=dict)

    def add(self, page: Page) -> None:
        """The text of the next page; a page without any is a page too."""
        number = len(self._pages)
        lines = in_reading_order(list(self._unrepeated(page, number)))
        if page.tables:
            lines = list(_with_statements(lines, self.tables[number]))
        paragraphs = _notes_before(list(_paragraphs(lines)))
        last = paragraphs[-1][-1] if paragraphs else None
        if last and last.table is None and ends_broken(last.text):
            paragraphs[-1][-1] = replace(last, text=last.text[:-1] + BROKEN)
        if paragraphs and self._last and _goes_on(paragraphs[0][0], self._last):
            self._join()
        start = offset = self._pages[-1].end if self._pages else 0
        parts: list[str] = []
        placed: list[tuple[Span, Line]] = []
        notes = "".join(f"{note}\n\n" for note in page.notes)
        before = len(paragraphs) - bool(paragraphs and _is_cut(paragraphs[-1]))
        for count, paragraph in enumerate(paragraphs):
            if notes and count == before:
                parts.append(notes)
                offset += len(notes)
                notes = ""
            between = " " if paragraph[0].heading else "\n"
            begin = offset
            for line in paragraph:
                glue = "" if line is paragraph[-1] or line.text.endswith(BROKEN) else between
                parts.append(line.text + glue)
                placed.append((Span(offset, offset + len(line.text)), line))
                offset += len(line.text) + len(glue)
            table = paragraph[0].table
            if table is None:
                self._note(paragraph, Span(begin, offset))
            else:
                self._note_rows(self.tables[number][table], begin)
            parts.append("\n\n")
            offset += 2
        self._texts.append("".join(parts) + notes)
        self._pages.append(Span(start, offset + len(notes)))
        self._outlined += [_place(mark, placed, start) for mark in self.bookmarks.get(number, ())]
        self._last = paragraphs[-1] if paragraphs and not notes else []

    def add_text(self, text: str) -> None:
        """The text of the next page, where it does not come from lines of the file."""
        start = self._pages[-1].end if self._pages else 0
        text = text and text.strip() + "\n\n"
        self._texts.append(text)
        self._pages.append(Span(start, start + len(text)))
        self._last = []

    def is_running(self, line: Line, height: float) -> bool:
        """Whether a line of the next page is a header, a footer or a page number."""
        number = len(self._pages)
        return all(self._running_key(part, number, height) for part in _pieces(line))

    def result(self) -> Extract:
        """The text, its pages, its headings and the places of rows, in order, and its tables."""
        repeated = "".join(f"{line}\n\n" for line in dict.fromkeys(self._seen.values()) if line)
        if repeated:
            self._texts.append(repeated)
            last = self._pages[-1]
            self._pages[-1] = Span(last.start, last.end + len(repeated))
        broken = self._broken_cells()
        whole, moved = mended([*self._texts, *(f"\n{cell}" for cell in broken)])
        end = sum(map(len, self._texts))
        text = whole[: moved(end)]
        whole_by_cell = {}
        for cell in broken:
            start, end = end + 1, end + 1 + len(cell)
            whole_by_cell[cell] = whole[moved(start) : moved(end)]
        sections = self._outlined or self._tagged or self._sized()
        headings = []
        for section in sorted(sections, key=lambda section: section.span.start):
            span = Span(moved(section.span.start), moved(section.span.end))
            title = " ".join((section.title or span.of(text)).split())
            if title and span.start < len(text):
                headings.append(Heading(title, section.level, span.start))
        pages = tuple(Span(moved(page.start), moved(page.end)) for page in self._pages)
        places = tuple(replace(place, start=moved(place.start)) for place in self._places)
        tables = []
        for part, rows in self._rows.values():
            columns = tuple(whole_by_cell.get(name, name) for name in part.columns)
            whole_rows = tuple(
                TableRow(
                    row.number,
                    tuple(whole_by_cell.get(cell, cell) for cell in row.cells),
                    Span(moved(row.span.start), moved(row.span.end)),
                )
                for row in rows
            )
            tables.append(Table(f"table {part.number}", columns, whole_rows))
        return Extract(
            text, headings=tuple(headings), pages=pages, places=places, tables=tuple(tables)
        )

    def _note_rows(self, part: TablePart, start: int) -> None:
        """Remember the rows of a table, whose statements stand at an offset."""
        self._places += [replace(place, start=place.start + start) for place in part.places]
        self._places.append(Place(start + len(part.text), ""))
        _, rows = self._rows.setdefault(part.number, (part, []))
        rows += [replace(row, span=row.span.shifted(start)) for row in part.rows]

    def _broken_cells(self) -> list[str]:
        """The cells and names of columns with a word that is broken at the end of a line."""
        texts = (
            text
            for part, rows in self._rows.values()
            for text in chain(part.columns, *(row.cells for row in rows))
        )
        return list(dict.fromkeys(text for text in texts if BROKEN in text))

    def _running_key(self, line: Line, number: int, height: float) -> str | None:
        keys = _running_keys(line, number, height) if self.running else ()
        return next((key for key in keys if key in self.running), None)

    def _join(self) -> None:
        """Take back the blank line after the last page, whose sentence goes on."""
        text = self._texts[-1].removesuffix("\n\n")
        text += "" if text.endswith(BROKEN) else "\n"
        start = self._pages[-1].start
        self._texts[-1] = text
        self._pages[-1] = Span(start, start + len(text))

    def _unrepeated(self, page: Page, number: int) -> Iterator[Line]:
        """The lines of a page without those that run."""
        for line in page.lines:
            kept = []
            for part in _pieces(line):
                key = self._running_key(part, number, page.height)
                if key is None:
                    kept.append(part)
                elif key not in self._seen:
                    is_header = part.bottom > page.height / 2
                    self._seen[key] = _marked(key.partition(" ")[2], is_header=is_header)
            if len(kept) == len(_pieces(line)):
                yield line
            elif kept:
                yield replace(line, text=" ".join(part.text for part in kept), parts=())

    def _note(self, paragraph: Sequence[Line], span: Span) -> None:
        """Remember what shows whether a paragraph is a heading."""
        if heading := paragraph[0].heading:
            self._tagged.append(_Section(span, heading[1]))
        size = round(min(line.size for line in paragraph))
        self._sizes[size] += span.end - span.start
        if (
            len(paragraph) == 1
            and span.end - span.start <= _MAX_HEADING
            and any(char.isalpha() for char in paragraph[0].text)
            and not paragraph[-1].text.endswith(_SENTENCE_END)
            and not _LEADERS.search(paragraph[0].text)
        ):
            self._short.append((size, span))

    def _sized(self) -> list[_Section]:
        if not self._sizes:
            return []
        (body, _), *_ = self._sizes.most_common(1)
        large = [(size, span) for size, span in self._short if size >= _HEADING_SIZE * body]
        levels = sorted({size for size, _ in large}, reverse=True)
        return [_Section(span, levels.index(size) + 1) for size, span in large]


def running_lines(pages: Sequence[Page]) -> frozenset[str]:
    """Keys of the headers, footers and page numbers of all pages of a file.

    A line runs when the same words stand at the same height near the edge of two pages in five, or
    of some that follow each other, where a number that counts with the pages is taken as the same.
    """
    found: dict[str, list[int]] = {}
    heights = [line.height for page in pages for line in page.lines] or [1.0]
    title = _HEADING_SIZE * median(heights) if len(pages) < _FEW_PAGES else float("inf")
    for number, page in enumerate(pages):
        for line in page.lines:
            for part in _pieces(line) if line.height < title else ():
                for key in _running_keys(part, number, page.height):
                    on = found.setdefault(key, [])
                    if number not in on[-1:]:
                        on.append(number)
    least = max(_FEW_PAGES if len(pages) > 2 else 2, _REPEATED * len(pages))
    return frozenset(key for key, on in found.items() if len(on) >= least or _is_chapter(on))


def _is_chapter(numbers: Sequence[int]) -> bool:
    """Whether enough pages follow each other, or each second one."""
    count = 1
    for before, number in pairwise(numbers):
        count = count + 1 if number - before <= 2 else 1
        if count >= _CHAPTER:
            return True
    return False


def _pieces(line: Line) -> Sequence[Line]:
    return line.parts or (line,)


def _running_keys(line: Line, number: int, height: float) -> Iterator[str]:
    """What a running line may have in common with those of other pages; none inside the page."""
    if (
        line.heading
        or line.table is not None
        or (_MARGIN * height < line.bottom and line.top < (1 - _MARGIN) * height)
    ):
        return
    yield f"{line.top:.0f} {line.text}"
    for found in islice(_NUMBER.finditer(line.text), _MAX_NUMBERS):
        offset = int(found.group()[:9]) - number
        if abs(offset) <= _MAX_PAGE_OFFSET:
            before, after = line.text[: found.start()], line.text[found.end() :]
            yield f"{line.top:.0f} {before}{_PAGE}{offset:+}{_PAGE}{after}"


def _marked(words: str, *, is_header: bool) -> str:
    r"""A running line as a block of its own; nothing of one that is only a page number.

    >>> _marked("Annual report · \x02+1\x02", is_header=True)
    'Page header: Annual report'
    """
    words = re.sub(f"{_PAGE}.*{_PAGE}", _PAGE, words)
    if not any(map(str.isalnum, words)) or _IS_PAGE_NUMBER.fullmatch(words):
        return ""
    kept = " ".join(words.replace(_PAGE, " ").split()).strip(" ·•|/–—-,")
    return f"Page {'header' if is_header else 'footer'}: {kept}"


def _with_statements(lines: Iterable[Line], tables: Sequence[TablePart]) -> Iterator[Line]:
    """The lines, each table's rows as one where the first of its lines stands."""
    written: set[int] = set()
    for line in lines:
        if line.table is None:
            yield line
        elif line.table not in written:
            written.add(line.table)
            yield replace(line, text=tables[line.table].text, parts=())


def _paragraphs(lines: Iterable[Line]) -> Iterator[list[Line]]:
    paragraph: list[Line] = []
    for line in lines:
        if paragraph and _begins_paragraph(line, paragraph):
            yield paragraph
            paragraph = []
        paragraph.append(line)
    if paragraph:
        yield paragraph


def _begins_paragraph(line: Line, paragraph: Sequence[Line]) -> bool:
    above = paragraph[-1]
    if line.table is not None or above.table is not None:
        return True
    if line.heading or above.heading:
        return line.heading != above.heading
    if above.text.endswith(BROKEN) and not _is_resized(line, above):
        return False
    gap = above.bottom - line.top
    if gap < -line.height:  # a new column
        return not _goes_on(line, paragraph)
    return gap > _PARAGRAPH_GAP * line.height or _is_resized(line, above)


def _is_resized(line: Line, above: Line) -> bool:
    return abs(line.height - above.height) > _SIZE_CHANGE * above.height


def _is_cut(paragraph: Sequence[Line]) -> bool:
    """Whether a paragraph ends inside a sentence."""
    last = paragraph[-1]
    is_inside = len(paragraph) > 1 and not is_ended(paragraph[-2].text)
    return (last.table is None and last.text.endswith(BROKEN)) or (
        last.heading is None
        and last.table is None
        and (len(last.text) >= _MIN_CUT or is_inside)
        and not is_ended(last.text)
        and " " in last.text
        and not _LEADERS.search(last.text)
    )


def _goes_on(line: Line, paragraph: Sequence[Line]) -> bool:
    """Whether the sentence at the end of a paragraph goes on in another column or page."""
    last = paragraph[-1]
    if line.heading or line.table is not None or not _is_cut(paragraph) or _is_resized(line, last):
        return False
    if last.text.endswith(BROKEN) or opens_low(line.text):
        return True
    widths = [line.right - line.left for line in paragraph]
    is_full = len(widths) > 1 and widths[-1] >= _FULL * max(widths) > 0
    return is_full and len(last.text) >= _MIN_CUT and not _LIST_MARK.match(line.text)


def _notes_before(paragraphs: list[list[Line]]) -> list[list[Line]]:
    """Footnotes before a paragraph that goes on behind them, in the next column or page."""
    heights: Counter[float] = Counter()
    for line in chain.from_iterable(paragraphs):
        heights[round(line.height)] += len(line.text)
    usual = max(heights, key=lambda height: heights[height], default=1.0)
    ordered: list[list[Line]] = []
    notes: list[list[Line]] = []
    for paragraph in paragraphs:
        above = ordered[-1] if ordered else None
        is_small = paragraph[0].height < (1 - _SIZE_CHANGE) * usual
        if above and is_small and round(above[-1].height) == usual and _is_cut(above):
            notes.append(paragraph)
        elif above and notes and _goes_on(paragraph[0], above):
            ordered[-1:] = [*notes, above + paragraph]
            notes = []
        else:
            ordered += [*notes, paragraph]
            notes = []
    if notes:
        ordered[-1:] = [*notes, ordered[-1]]
    return ordered


def _place(mark: Bookmark, placed: Sequence[tuple[Span, Line]], page_start: int) -> _Section:
    """Where a bookmark points to: at the line that says so, else at its height, else its page."""

    def distance(line: Line) -> float:
        return 0.0 if mark.top is None else abs(line.top - mark.top)

    wanted = _letters(mark.title)
    said = [_letters(line.text) for _, line in placed]
    saying = [
        (distance(line), span.start)
        for n, (span, line) in enumerate(placed)
        if wanted and _says(said[n], "".join(said[n : n + 3]), wanted)
    ]
    below = [
        span.start
        for span, line in placed
        if mark.top is not None and line.bottom < mark.top + line.height / 4
    ]
    start = min(saying)[1] if saying else below[0] if below else page_start
    return _Section(Span(start, start), mark.level, mark.title)


def _says(line: str, lines: str, wanted: str) -> bool:
    """Whether a line, alone or with the next two, is a title, with or without its number."""
    before = lines.find(wanted)
    return 0 <= before <= len("chapter12") and before < len(line) <= before + len(wanted)


def _letters(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())
