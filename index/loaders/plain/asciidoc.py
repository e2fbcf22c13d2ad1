"""AsciiDoc: headings, paragraphs, tables as statements, listings whole.

Comments, attributes of the document and of blocks, and directives are no text. Files that it
includes are not read, and are named.
"""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from index.loaders.extract import Extract, Source, iso_date
from index.loaders.plain.lines import Lines, seen
from index.loaders.plain.rows import definition
from index.loaders.plain.text import decode
from index.text.raised import lowered, raised

__all__ = ["read"]

_HEADING = re.compile(r"(={1,6}|#{1,6})\s+(\S.*)")
_ATTRIBUTE = re.compile(r":!?([\w-]+)!?:\s*(.*)$")
_BLOCK_ATTRIBUTES = re.compile(r"\[[^\[\]]*\]\s*$|\[\[[^\[\]]*\]\]\s*$")
_TITLE = re.compile(r"\.([^\s.].*)$")
_DIRECTIVE = re.compile(r"(?:ifdef|ifndef|ifeval|endif|toc|include|image|video|audio)::(.*)$")
_IMAGE = re.compile(r"image::?[^\[\s]+\[\"?([^\],\"=]+)")
_LISTING = re.compile(r"(-{4,}|\.{4,}|`{3,}|\+{4,})(\w*)\s*$")
_COMMENTS = re.compile(r"/{4,}\s*$")
_TABLE = re.compile(r"([|,:!])={3,}\s*$")
_FENCE = re.compile(r"(?:={4,}|\*{4,}|_{4,}|--)\s*$")
_CELL = re.compile(
    r"(?:(?<=\s)|^)(?:(?P<across>\d{1,2})?(?:\.(?P<down>\d{1,2}))?\+)?[\^<>.]*[a-z]?\|"
)
_COLUMNS = re.compile(r"cols=\"?([^\"\]]+)\"?")
_MAX_SPAN = 20
_MAX_VALUE = 100  # characters of an attribute
_TIMES = re.compile(r"(\d{1,2})(?:\*|\s*$)")
_HAS_HEADER = re.compile(r"[%\"',=]header")
_ITEM = re.compile(r"\s*(?:[*-]+|(?P<step>\.+))\s+(?=\S)")
_DEFINITION = re.compile(r"\s*(\S.*?):{2,4}(?:\s+(.*))?$")
_REFERENCE = re.compile(r"\{([\w-]+)\}")
_INLINE = re.compile(
    r"(?s)\[(?:\.)?line-through\]#.{1,300}?#"
    r"|(?<!\w)(?P<sign>\*\*|__|``|[*_`+#])(?=[^\s*_`+#])(?P<text>.{1,300}?)(?<=\S)(?P=sign)(?!\w)"
    r"|\^(?P<raised>[^\s^]{1,40})\^|(?<=\w)~(?P<lowered>[^\s~]{1,40})~"
    r"|(?:link:|xref:)(?P<target>[^\[\s]{1,2000})\[(?P<label>[^\]]{0,2000})\]"
    r"|(?P<address>https?://[^\[\s]{1,2000})\[(?P<words>[^\]]{0,2000})\]"
    r"|<<(?P<anchor>[^,<>]+)(?:,\s*(?P<named>[^<>]+))?>>"
    r"|footnote:\w{0,100}\[(?P<note>[^\]]{0,5000})\]|\[\[[^\[\]]*\]\]"
)


def read(source: Source) -> Extract:
    """Text in reading order; the title is the heading of the document."""
    found = _AsciiDoc()
    lines = iter(decode(source.data).removeprefix("\ufeff").split("\n"))
    for line in lines:
        if not found.add_block(line, lines) and not found.add_mark(line):
            found.add_text(line, lines)
    found.end()
    found.date = iso_date(found.attributes.get("revdate", ""))
    names = ", ".join([*dict.fromkeys(found.included)][:5])
    return found.extract(f"files that it includes are not read: {names}" if names else "")


@dataclass(slots=True)
class _AsciiDoc(Lines):
    """What is read of a file, the attributes of the document and of the block that follows."""

    attributes: dict[str, str] = field(default_factory=dict)
    included: list[str] = field(default_factory=list)
    options: str = ""
    steps: int = 0
    is_attached: bool = False  # what is read belongs to the item above

    def add_block(self, line: str, following: Iterator[str]) -> bool:
        """Add a listing, a table or a comment with the lines that follow; False for others."""
        listing = _LISTING.match(line)
        fence = listing[1] if listing is not None else line.strip()
        inner = takewhile(lambda inside: inside.strip() != fence, following)
        if listing is not None:
            self.add_code(list(inner))
        elif _TABLE.match(line):
            self.add_rows(*_rows(list(inner), line[0], self.options, self.attributes))
        elif _COMMENTS.match(line):
            list(inner)
        elif not line.startswith("//"):
            return False
        self.options = ""
        return True

    def add_mark(self, line: str) -> bool:
        """Add a heading, the title of a block, an attribute or a directive; False for text."""
        if (heading := _HEADING.match(line)) is not None:
            self.steps = 0
            self.add_heading(self.shown(heading[2]), len(heading[1]))
        elif (attribute := _ATTRIBUTE.match(line)) is not None:
            self.attributes[attribute[1]] = attribute[2].strip()
        elif _BLOCK_ATTRIBUTES.match(line):
            self.options = line
        elif (title := _TITLE.match(line)) is not None:
            self.steps = 0
            self.end()
            self.blocks.add(self.shown(title[1]))
        elif (directive := _DIRECTIVE.match(line)) is not None:
            self._add_directive(line, directive[1])
        elif _FENCE.match(line) or line.strip() in ("", "+"):
            self.is_attached = line.strip() == "+" and bool(self.steps)
            self.end()
        else:
            return False
        return True

    def add_text(self, line: str, following: Iterator[str]) -> None:
        """Add a line of a paragraph, an item, or a definition with its text."""
        self.options = ""
        if (term := _DEFINITION.match(line)) is not None:
            self.end()
            text = term[2] or next((inside for inside in following if inside.strip()), "")
            self.paragraph.append([f"- {definition(term[1], text)}"])
            return
        item = _ITEM.match(line)
        if not self.paragraph and not self.is_attached and not (item and item["step"]):
            self.steps = 0
        if item is None:
            self.go_on(line.removesuffix(" +"))
        else:
            self.steps = self.steps + 1 if item["step"] else 0
            mark = f"{self.steps}." if item["step"] else "-"
            self.paragraph.append([f"{mark} {line[item.end() :]}"])

    def shown(self, text: str) -> str:
        """A text as a reader sees it, line by line."""
        return _shown(text, self.attributes)

    def _add_directive(self, line: str, target: str) -> None:
        if line.startswith("include::"):
            self.included.append(target.partition("[")[0])
        elif (image := _IMAGE.match(line)) is not None:
            self.end()
            self.blocks.add(f"Picture: {image[1].strip()}")


def _rows(
    lines: Sequence[str], sign: str, options: str, attributes: Mapping[str, str]
) -> tuple[list[list[str]], bool]:
    """The rows of a table, and whether the first names the columns."""
    filled = [number for number, line in enumerate(lines) if line.strip()]
    # A first line of its own is a header.
    is_apart = len(filled) > 1 and filled[0] == 0 and filled[1] == 2
    has_header = is_apart or _HAS_HEADER.search(options) is not None
    if sign in ",:":
        csv.field_size_limit(sys.maxsize)
        rows = list(csv.reader([lines[n] for n in filled], delimiter=sign))
        return [[_shown(cell.strip(), attributes) for cell in row] for row in rows], has_header
    cells: list[tuple[str, int]] = []  # with the rows that each spans
    width = 0
    for number in filled:
        line = lines[number].replace("!", "|") if sign == "!" else lines[number]
        marks = list(_CELL.finditer(line))
        before = line[: marks[0].start()] if marks else line
        if before.strip() and cells:
            text, down = cells[-1]
            cells[-1] = f"{text} {_shown(before.strip(), attributes)}".strip(), down
        ends = [*(mark.start() for mark in marks[1:]), len(line)]
        for mark, end in zip(marks, ends, strict=False):
            text = _shown(line[mark.end() : end].strip(), attributes)
            spans = int(mark["across"] or 1), int(mark["down"] or 1)
            across, down = (min(span, _MAX_SPAN) for span in spans)
            cells += [(text, down)] * across
        width = width or len(cells)
    if (columns := _COLUMNS.search(options)) is not None:
        times = _TIMES.match(columns[1])
        width = int(times[1]) if times else len(re.split("[,;]", columns[1]))
    return _laid_out(cells, max(width, 1)), has_header


def _laid_out(cells: Sequence[tuple[str, int]], width: int) -> list[list[str]]:
    """Cells in rows; one that spans several stands in each.

    >>> _laid_out([("a", 2), ("b", 1), ("c", 1), ("d", 1), ("e", 1)], 2)
    [['a', 'b'], ['a', 'c'], ['d', 'e']]
    """
    rows: list[list[str]] = []
    above: dict[int, tuple[str, int]] = {}
    left = iter(cells)
    cell = next(left, None)
    while cell is not None:
        row: list[str] = []
        for column in range(width):
            kept = above.pop(column, None)
            text, down = kept or cell or ("", 1)
            row.append(text)
            if down > 1:
                above[column] = text, down - 1
            cell = cell if kept or cell is None else next(left, None)
        rows.append(row)
    return rows


def _shown(text: str, attributes: Mapping[str, str]) -> str:
    """A text without its markup, its attributes as their values; struck text is left out.

    >>> _shown("See *the* https://a.b[list], `ls -l`, H~2~O, 10^-6^, {v}.", {"v": "4.2"})
    'See the list, ls -l, H₂O, 10⁻⁶, 4.2.'
    """
    text = _REFERENCE.sub(lambda found: attributes.get(found[1], found[0])[:_MAX_VALUE], text)
    return seen(_INLINE.sub(_write, text))


def _write(found: re.Match[str]) -> str:
    if found["sign"]:
        inner = found["text"]
        return inner if "`" in found["sign"] else _INLINE.sub(_write, inner)
    if found["raised"] or found["lowered"]:
        return raised(found["raised"]) if found["raised"] else lowered(found["lowered"])
    if found["note"] is not None:
        return f" [{found['note']}]" if found["note"] else ""
    for words, target in (("label", "target"), ("words", "address"), ("named", "anchor")):
        if found[target]:
            return (found[words] or "").rstrip("^") or found[target]
    return ""
