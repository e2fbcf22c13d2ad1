"""Markup that is read line by line: what Org and AsciiDoc have in common."""

from __future__ import annotations

from dataclasses import dataclass, field

from index.loaders.extract import Blocks, Extract
from index.loaders.plain.rows import add_table

__all__ = ["Lines", "seen"]


@dataclass(slots=True)
class Lines:
    """The blocks of a document, and the paragraph that is being read.

    The paragraph's parts are texts and items, each with its lines, as they are in the file.
    """

    blocks: Blocks = field(default_factory=Blocks)
    paragraph: list[list[str]] = field(default_factory=list)
    title: str = ""
    date: str | None = None

    def end(self) -> None:
        """End the paragraph; its marks may go over the end of a line."""
        self.blocks.add("\n".join(self.shown("\n".join(part)) for part in self.paragraph))
        self.paragraph.clear()

    def go_on(self, line: str) -> None:
        """Add a line to the text or the item above it, if there is one."""
        if not self.paragraph:
            self.paragraph.append([])
        self.paragraph[-1].append(line)

    def shown(self, text: str) -> str:
        """A text as a reader sees it, line by line."""
        raise NotImplementedError

    def add_heading(self, text: str, level: int) -> None:
        """End the paragraph; ``level`` 1 is the top."""
        self.end()
        self.blocks.add(text, level=level)

    def add_code(self, lines: list[str]) -> None:
        """End the paragraph; code is kept with its indentation."""
        self.end()
        code = "\n".join(lines).strip("\n").rstrip()
        if code:
            self.blocks.put("\n\n" if self.blocks.parts else "")
            self.blocks.put(code)

    def add_rows(self, rows: list[list[str]], has_header: bool) -> None:
        """End the paragraph; the rows are statements, the first names the columns if it does."""
        self.end()
        name = f"table {len(self.blocks.tables) + 1}"
        if not rows:
            return
        header = rows[0] if has_header and len(rows) > 1 else []
        numbered = [(n, row) for n, row in enumerate(rows, 1) if n > 1 or not header]
        add_table(self.blocks, numbered, name=name, header=header, behind="")

    def extract(self, unread: str = "") -> Extract:
        """What was read."""
        self.end()
        blocks = self.blocks
        return blocks.extract(
            title=self.title or blocks.first_heading(1), date=self.date, unread=unread
        )


def seen(text: str) -> str:
    r"""A text without needless white space and empty lines.

    >>> seen(" two  words \n\nand  one ")
    'two words\nand one'
    """
    return "\n".join(" ".join(line.split()) for line in text.split("\n") if line.strip())
