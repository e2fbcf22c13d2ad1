"""The PDFs of bench/loaders.py, drawn line by line with reportlab (bench/loader_documents.py).

Each maker draws a story as a program of its kind would: in one column with notes below a rule and a
table, in two or three columns whose lines are drawn row by row, or one column after the other, with
running heads and page numbers, from right to left, in Chinese.
"""

from __future__ import annotations

import importlib.util
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

__all__ = ["PDFS"]

WIDTH, HEIGHT = A4
MARGIN, LEADING, SIZE = 64, 14, 10.5
Story = Mapping[str, Any]


@dataclass(slots=True)
class Pages:
    """A PDF on its way: where the next line stands, what each page repeats, the notes of a page."""

    language: str
    head: str = ""
    foot: str = ""
    bottom: float = 90
    buffer: io.BytesIO = field(default_factory=io.BytesIO)
    y: float = HEIGHT - MARGIN
    number: int = 1
    notes: list[str] = field(default_factory=list)
    canvas: Any = None

    def __post_init__(self) -> None:
        self.canvas = Canvas(self.buffer, pagesize=A4, invariant=1)

    @property
    def font(self) -> str:
        """Helvetica where it has the letters."""
        return {"zh": "STSong-Light", "ru": "DejaVu", "he": "DejaVu"}.get(
            self.language, "Helvetica"
        )

    def wrapped(self, text: str, width: float, size: float = SIZE) -> Iterator[str]:
        """The text in lines; Chinese is broken between any two signs."""
        joint = "" if self.language == "zh" else " "
        line = ""
        for part in text if self.language == "zh" else text.split():
            longer = f"{line}{joint}{part}" if line else part
            if line and pdfmetrics.stringWidth(longer, self.font, size) > width:
                yield line
                longer = part
            line = longer
        yield line

    def draw(self, x: float, y: float, text: str, size: float = SIZE) -> None:
        """A line; from right to left it is drawn as it looks, and ends at the right margin."""
        self.canvas.setFont(self.font, size)
        if self.language == "he":
            self.canvas.drawRightString(WIDTH - x, y, text[::-1])
        else:
            self.canvas.drawString(x, y, text)

    def add(self, text: str, size: float = SIZE, *, space: float = 6, note: str = "") -> None:
        """A paragraph over the whole width; ``note`` goes to the foot of its page."""
        lines = list(self.wrapped(text, WIDTH - 2 * MARGIN, size))
        for n, line in enumerate(lines):
            last = note and n == len(lines) - 1
            if self.y - (34 if last else 0) < self.bottom + 24 * len(self.notes):
                self.turn()
            self.draw(MARGIN, self.y, line, size)
            if last:
                self.notes.append(note)
                end = MARGIN + pdfmetrics.stringWidth(line, self.font, size)
                mark = WIDTH - end - 4 if self.language == "he" else end
                self.canvas.setFont(self.font, 6.5)
                self.canvas.drawString(mark, self.y + 4, str(len(self.notes)))
            self.y -= LEADING * size / SIZE
        self.y -= space

    def add_table(
        self, rows: Sequence[Sequence[str]], x: float = MARGIN, step: float = 120
    ) -> None:
        """A table without rules, row by row."""
        for row in rows:
            for column, value in enumerate(row):
                self.draw(x + column * step, self.y, value)
            self.y -= LEADING + 2
        self.y -= 6

    def turn(self) -> None:
        """End the page: its notes below a rule, its head and foot."""
        y = 52.0 + 12 * len(self.notes)
        if self.notes:
            self.canvas.line(MARGIN, y + 12, MARGIN + 120, y + 12)
        for number, note in enumerate(self.notes, start=1):
            self.draw(MARGIN, y, f"{number} {note}", 8)
            y -= 12
        self.notes.clear()
        if self.head:
            self.draw(MARGIN, HEIGHT - 36, self.head, 8)
            self.draw(MARGIN, 30, f"{self.foot} {self.number}", 8)
        self.canvas.showPage()
        self.number += 1
        self.y = HEIGHT - MARGIN

    def saved(self) -> bytes:
        """The bytes; the last page is ended."""
        self.turn()
        self.canvas.save()
        return self.buffer.getvalue()


def _fonts() -> None:
    spec = importlib.util.find_spec("matplotlib")  # brings DejaVu Sans
    assert spec is not None
    assert spec.origin is not None
    path = Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf" / "DejaVuSans.ttf"
    pdfmetrics.registerFont(TTFont("DejaVu", str(path)))
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))


def _one_column(language: str, *, head: str = "", foot: str = "", times: int = 1) -> Maker:
    """With notes and the table; ``times`` the text, when it shall be longer than a page."""

    def make(story: Story, truth: Any) -> bytes:
        _fonts()
        pages = Pages(language, head, foot)
        for again in range(times):
            if again:
                truth.text.append(story["title"])
                truth.add_blocks(story["blocks"])
            pages.add(story["title"], 18, space=14)
            for kind, *parts in story["blocks"]:
                if kind == "heading":
                    pages.y -= 8
                    pages.add(parts[0], 13)
                elif kind == "table":
                    if pages.y < 200:
                        pages.turn()
                    pages.add_table(parts)
                elif kind == "list":
                    for item in parts:
                        pages.add(f"• {item}", space=2)
                else:
                    pages.add(parts[0], note="".join(parts[1:]))
        if head:  # once it is text
            truth.anywhere += [head, foot]
        return pages.saved()

    return make


def _columns(language: str, count: int, *, by_row: bool, across: bool) -> Maker:
    """Columns of running text below the title; notes at the foot of the page; the table last."""

    def make(story: Story, truth: Any) -> bytes:
        _fonts()
        pages = Pages(language)
        pages.add(story["title"], 18, space=14)
        width = (WIDTH - 2 * MARGIN - 18 * (count - 1)) / count
        blocks = list(story["blocks"])
        parts = [blocks]
        if across:  # a heading in the middle, so long that it crosses the columns
            middle = next(n for n, b in enumerate(blocks) if n > 3 and b[0] == "heading")
            blocks[middle] = ["heading", f"{story['title']}: {blocks[middle][1]}"]
            parts = [blocks[:middle], blocks[middle:]]
        tables = [b for b in blocks if b[0] == "table"]
        truth.text, truth.anywhere, truth.free = [story["title"]], [], []
        truth.add_blocks([b for b in blocks if b[0] != "table"] + tables)
        for number, part in enumerate(parts):
            if number:
                pages.add(part[0][1], 16, space=8)
            running = [b for b in part[number:] if b[0] != "table"]
            _fill(pages, running, count, width, by_row=by_row)
        for _, *rows in tables:
            pages.add_table(rows)
        return pages.saved()

    return make


def _fill(
    pages: Pages, blocks: Sequence[Sequence[Any]], count: int, width: float, *, by_row: bool
) -> None:
    lines: list[tuple[str, float]] = []
    for kind, *parts in blocks:
        size = 12.5 if kind == "heading" else SIZE
        for text in parts if kind == "list" else parts[:1]:
            lines += [(line, size) for line in pages.wrapped(text, width, size)]
        if kind == "text":
            pages.notes += parts[1:]
        lines.append(("", SIZE))
    height = -(-len(lines) // count)
    places = [(n % height, n // height, *line) for n, line in enumerate(lines)]
    for row, column, text, size in sorted(places) if by_row else places:
        if text:
            pages.draw(MARGIN + column * (width + 18), pages.y - row * LEADING, text, size)
    pages.y -= (height + 1) * LEADING


Maker = Callable[[Story, Any], bytes]
PDFS: dict[str, Maker] = {
    "en-notes": _one_column("en"),
    "es-heads": _one_column("es", head="Guía del puerto", foot="Página", times=3),
    "ru-heads": _one_column("ru", head="Музеи края", foot="Страница", times=3),
    "he-right": _one_column("he"),
    "zh-plain": _one_column("zh"),
    "de-by-row": _columns("de", 2, by_row=True, across=False),
    "fr-three": _columns("fr", 3, by_row=True, across=True),
    "en-columns": _columns("en", 2, by_row=False, across=False),
}
