"""Lines of a PDF to text: paragraphs, headings, broken words, lines that repeat on every page.

Pure: it knows nothing of pdfium, whose side is :mod:`index.loaders.pdf.text`. Only white space,
hyphens at the end of a line and the later copies of a running line are not those of the file.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from index.text.hyphens import BROKEN, mended
from index.types import Heading, Span

__all__ = ["Bookmark", "Layout", "Line", "running_lines"]

# Of the line's height: a larger gap, or a change of type size, begins a paragraph.
_PARAGRAPH_GAP = 0.75
_SIZE_CHANGE = 0.15
# A heading by its size: so much taller than most of the text, and no longer than this.
_HEADING_SIZE = 1.2
_MAX_HEADING = 80
_SENTENCE_END = (".", ",", ";", ":", "!", "…", "。")
# Running lines stand in this part of the page, on this share of the pages, and on three at least.
_MARGIN = 0.1
_REPEATED = 0.4
_MAX_PAGE_OFFSET = 50
_NUMBER = re.compile(r"\d+")
_LEADERS = re.compile(r"(?:\. ?){3}")  # of a table of contents


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a page: its text, ``BROKEN`` last if its last word goes on in the next line.

    ``top`` and ``bottom`` are heights on the page in points, from below; ``size`` is the height of
    its lower end; ``heading`` is the (number on its page, level) of the heading that the file's
    tags say it belongs to.
    """

    text: str
    top: float
    bottom: float
    size: float
    heading: tuple[int, int] | None = None

    @property
    def height(self) -> float:
        """Points, one at least."""
        return max(self.top - self.bottom, 1.0)


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

    Headings are those of the outline, else those of the tags, else short lines by themselves in
    clearly larger type.
    """

    bookmarks: Mapping[int, Sequence[Bookmark]] = field(default_factory=dict)
    running: frozenset[str] = frozenset()
    _texts: list[str] = field(default_factory=list)
    _pages: list[Span] = field(default_factory=list)
    _seen: set[str] = field(default_factory=set)
    _outlined: list[_Section] = field(default_factory=list)
    _tagged: list[_Section] = field(default_factory=list)
    _short: list[tuple[float, Span]] = field(default_factory=list)
    _sizes: Counter[float] = field(default_factory=Counter)

    def add(self, lines: Iterable[Line], height: float) -> None:
        """The lines of the next page, in reading order; a page without any is a page too."""
        number = len(self._pages)
        start = offset = self._pages[-1].end if self._pages else 0
        parts: list[str] = []
        placed: list[tuple[Span, Line]] = []
        for paragraph in _paragraphs(self._unrepeated(lines, number, height)):
            between = " " if paragraph[0].heading else "\n"
            begin = offset
            for line in paragraph:
                glue = "" if line is paragraph[-1] or line.text.endswith(BROKEN) else between
                parts.append(line.text + glue)
                placed.append((Span(offset, offset + len(line.text)), line))
                offset += len(line.text) + len(glue)
            self._note(paragraph, Span(begin, offset))
            parts.append("\n\n")
            offset += 2
        self._texts.append("".join(parts))
        self._pages.append(Span(start, offset))
        self._outlined += [_place(mark, placed, start) for mark in self.bookmarks.get(number, ())]

    def add_text(self, text: str) -> None:
        """The text of the next page, where it does not come from lines of the file."""
        start = self._pages[-1].end if self._pages else 0
        text = text and text.strip() + "\n\n"
        self._texts.append(text)
        self._pages.append(Span(start, start + len(text)))

    def is_running(self, line: Line, height: float) -> bool:
        """Whether a line of the next page is a header, a footer or a page number."""
        return _running_key(line, len(self._pages), height) in self.running

    def result(self) -> tuple[str, tuple[Span, ...], tuple[Heading, ...]]:
        """The text, its pages and its headings, in order."""
        text, moved = mended(self._texts)
        sections = self._outlined or self._tagged or self._sized()
        headings = []
        for section in sorted(sections, key=lambda section: section.span.start):
            span = Span(moved(section.span.start), moved(section.span.end))
            title = " ".join((section.title or span.of(text)).split())
            if title and span.start < len(text):
                headings.append(Heading(title, section.level, span.start))
        pages = tuple(Span(moved(page.start), moved(page.end)) for page in self._pages)
        return text, pages, tuple(headings)

    def _unrepeated(self, lines: Iterable[Line], number: int, height: float) -> Iterator[Line]:
        for line in lines:
            key = _running_key(line, number, height) if self.running else None
            if key in self.running and key in self._seen:
                continue
            if key is not None:
                self._seen.add(key)
            yield line

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


def running_lines(pages: Sequence[tuple[int, Sequence[Line], float]]) -> frozenset[str]:
    """Keys of the headers, footers and page numbers among (page number from 0, lines, height).

    A line runs when the same words stand at the same height near the edge of two pages in five,
    where a number that counts with the pages is taken as the same.
    """
    counts = Counter(
        key
        for number, lines, height in pages
        for key in {_running_key(line, number, height) for line in lines} - {None}
    )
    least = max(3, _REPEATED * len(pages))
    return frozenset(key for key, count in counts.items() if key and count >= least)


def _running_key(line: Line, number: int, height: float) -> str | None:
    """What a running line has in common with those of other pages; None inside the page."""
    if line.heading or (_MARGIN * height < line.bottom and line.top < (1 - _MARGIN) * height):
        return None
    words = line.text
    for found in _NUMBER.finditer(words):
        offset = int(found.group()[:9]) - number
        if abs(offset) <= _MAX_PAGE_OFFSET:
            words = f"{words[: found.start()]}<page {offset:+}>{words[found.end() :]}"
            break
    return f"{line.top:.0f} {words}"


def _paragraphs(lines: Iterable[Line]) -> Iterator[list[Line]]:
    paragraph: list[Line] = []
    for line in lines:
        if paragraph and _begins_paragraph(line, paragraph[-1]):
            yield paragraph
            paragraph = []
        paragraph.append(line)
    if paragraph:
        yield paragraph


def _begins_paragraph(line: Line, above: Line) -> bool:
    if line.heading or above.heading:
        return line.heading != above.heading
    if above.text.endswith(BROKEN):
        return False
    gap = above.bottom - line.top
    resized = abs(line.height - above.height) > _SIZE_CHANGE * above.height
    new_column = gap < -line.height
    return gap > _PARAGRAPH_GAP * line.height or resized or new_column


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
