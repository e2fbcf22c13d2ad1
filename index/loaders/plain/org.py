"""Org: headings, paragraphs, tables as statements, blocks of code whole.

A task is a statement below its heading, with its keyword, priority and dates. Comments, drawers,
keywords other than the title and what is commented out are no text; ``=code=`` and ``[[links]]``
are read as they are shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import takewhile

from index.loaders.extract import Extract, Source, iso_date
from index.loaders.plain.lines import Lines, seen
from index.loaders.plain.rows import Pair, add_record, lead_of
from index.loaders.plain.text import decode
from index.text.raised import lowered, raised
from index.types import Span, Table, TableRow

__all__ = ["read"]

_HEADING = re.compile(r"(\*+)\s+(.*)")
_PRIORITY = re.compile(r"\[#(\w)\]\s*")
_KEYWORDS = ("todo", "seq_todo", "typ_todo")  # that name the keywords of tasks in this file
_USUAL = frozenset({"TODO", "DONE"})
_TAGS = re.compile(r":[\w@#%:]+:")
_KEYWORD = re.compile(r"\s*#\+(\w+):\s*(.*)", re.IGNORECASE)
_BEGIN = re.compile(r"\s*#\+begin_(\w+)", re.IGNORECASE)
_NOTE = re.compile(r"\[fn:\w+\]\s")
_DRAWER = re.compile(r"\s*:[\w-]+:\s*$")
_END_OF_DRAWER = re.compile(r"\s*:end:\s*$", re.IGNORECASE)
_PLANNING = re.compile(r"\s*(?:SCHEDULED|CLOSED|DEADLINE):\s*[<\[]")
_PLANNED = re.compile(
    r"(SCHEDULED|CLOSED|DEADLINE):\s*[<\[](\d{4}-\d\d-\d\d)((?:\s[^<>\[\]]*)?)[>\]]"
    r"(?:--[<\[](\d{4}-\d\d-\d\d)[^<>\[\]]*[>\]])?"
)
_COMMENT = re.compile(r"\s*#(?:\s|$)")
_RULE = re.compile(r"\s*\|[-+]+\|?\s*$")
_FIXED = re.compile(r"\s*:(?: |$)")
_DEFINITION = re.compile(r"^([-+*]\s)(.+?)\s::\s")  # of a line as it is shown
_ITEM = re.compile(r"\s*(?:[-+*]|\d+[.)])\s")
_CODE = ("src", "example", "export", "verse")
_INLINE = re.compile(
    r"(?s)(?<![\w=~])(?P<sign>[=~*/+])(?=[^\s=~*/+])(?P<text>.{1,300}?)(?<=\S)(?P=sign)(?!\w)"
    r"|\[\[(?P<target>[^\[\]]+)\](?:\[(?P<label>[^\[\]]+)\])?\]"
    r"|\[fn:(?P<note>\w+)\]"
    r"|(?<=\w)(?P<script>[\^_])\{(?P<inner>[^{}]{1,40})\}"
    r"|(?<=\d)\^(?P<power>[-+−]?\d+)"
)


def read(source: Source) -> Extract:
    """Text in reading order; the date is that of the keyword."""
    found = _Org()
    lines = iter(decode(source.data).removeprefix("\ufeff").split("\n"))
    for line in lines:
        if not found.add_run(line):
            found.end_runs()
            found.add_line(line, lines)
    found.end_runs()
    found.end_task()
    found.add_tasks()
    return found.extract()


def _moment(day: str, rest: str, last: str) -> str:
    """A date as it is read, without the name of the day.

    >>> _moment("2026-09-15", " Tue 10:00 +1w", ""), _moment("2026-05-04", " Mon", "2026-05-06")
    ('2026-09-15 10:00 +1w', '2026-05-04 – 2026-05-06')
    """
    kept = [word for word in rest.split() if any(map(str.isdigit, word))]
    return " ".join([day, *kept, *(["–", last] if last else [])])


@dataclass(slots=True)
class _Org(Lines):
    """What is read of a file, and the table or the fixed lines that are being read."""

    rows: list[list[str]] = field(default_factory=list)
    is_ruled: bool = False
    fixed: list[str] = field(default_factory=list)
    keywords: frozenset[str] = _USUAL
    task: list[Pair] = field(default_factory=list)
    tasks: list[tuple[dict[str, str], Span]] = field(default_factory=list)

    def add_run(self, line: str) -> bool:
        """Add a row of a table or a fixed line; False for any other."""
        if line.lstrip().startswith("|"):
            self.end_task()
            if _RULE.match(line):
                self.is_ruled = self.is_ruled or len(self.rows) == 1
            else:
                self.rows.append([shown(cell) for cell in line.strip().strip("|").split("|")])
            return True
        if _FIXED.match(line):
            self.fixed.append(_FIXED.sub("", line, count=1))
            return True
        return False

    def end_runs(self) -> None:
        """End the table and the fixed lines."""
        if self.rows:
            self.add_rows(self.rows, self.is_ruled)
        if self.fixed:
            self.add_code(self.fixed)
        self.rows, self.is_ruled, self.fixed = [], False, []

    def add_line(self, line: str, following: Iterator[str]) -> None:
        """Add a line, with those that follow where it opens a block."""
        if self.task and _PLANNING.match(line):
            self.task += [
                (name.capitalize(), _moment(*when)) for name, *when in _PLANNED.findall(line)
            ]
            return
        self.end_task()
        if (begin := _BEGIN.match(line)) is not None:
            self._add_block(begin[1].lower(), following)
        elif (keyword := _KEYWORD.match(line)) is not None:
            self._add_keyword(keyword[1].lower(), keyword[2].strip())
        elif (heading := _HEADING.match(line)) is not None:
            self._add_heading(heading[2], len(heading[1]) + bool(self.title))
        elif _DRAWER.match(line):
            next((inside for inside in following if _END_OF_DRAWER.match(inside)), None)
        elif not line.strip():
            self.end()
        elif _COMMENT.match(line) is None and _PLANNING.match(line) is None:
            if _NOTE.match(line):
                self.end()
            elif _ITEM.match(line):
                self.paragraph.append([])
            self.go_on(line)

    def end_task(self) -> None:
        """Add the heading above as a statement, if its keyword, priority or dates say more."""
        (name, text), *said = self.task or [("", "")]
        self.task = []
        if said:
            self.end()
            add_record(self.blocks, [(name, text), *said])
            end = self.blocks.length
            span = Span(end - len(self.blocks.parts[-1]), end)
            self.tasks += [(dict([(name, text), *said]), span)] if name else []

    def add_tasks(self) -> None:
        """Add the tasks as a table, so that questions over all of them are computed."""
        names = list(dict.fromkeys(name for task, _ in self.tasks for name in task))
        rows = (
            TableRow(number, tuple(task.get(name, "") for name in names), span)
            for number, (task, span) in enumerate(self.tasks, start=1)
        )
        self.blocks.tables += [Table("tasks", tuple(names), tuple(rows))] if self.tasks else []

    def _add_heading(self, text: str, level: int) -> None:
        """Add a heading without its tags, and what it says of a task."""
        words = text.rsplit(maxsplit=1)
        text = words[0] if len(words) == 2 and _TAGS.fullmatch(words[1]) else text
        first, _, rest = text.partition(" ")
        keyword = first if first in self.keywords else ""
        text = rest.lstrip() if keyword else text
        priority = _PRIORITY.match(text)
        text = shown(text[priority.end() :] if priority else text)
        self.add_heading(text, level)
        said = [("Status", keyword), ("Priority", priority[1] if priority else "")]
        self.task = [("Task" if keyword else "", text), *(pair for pair in said if pair[1])]

    def shown(self, text: str) -> str:
        """A text as a reader sees it; an item is one line."""
        text = _DEFINITION.sub(lambda term: term[1] + lead_of(term[2]), shown(text))
        return text.replace("\n", " ") if _ITEM.match(text) else text

    def _add_block(self, name: str, following: Iterator[str]) -> None:
        end = f"#+end_{name}"
        inner = list(takewhile(lambda line: line.strip().lower() != end, following))
        if name in _CODE:
            self.add_code(inner)
        elif name != "comment":
            self.end()
            for line in inner:
                if line.strip():
                    self.go_on(line)
                else:
                    self.end()
            self.end()

    def _add_keyword(self, name: str, value: str) -> None:
        if name == "title" and value:
            self.title = shown(value)
            self.add_heading(self.title, 1)
        elif name in _KEYWORDS:
            words = {word.partition("(")[0] for word in value.split() if word != "|"}
            self.keywords = frozenset(words | (self.keywords - _USUAL))
        elif name == "date":
            self.date = iso_date(value.strip("<[>] "))
        elif name == "caption":
            self.end()
            self.go_on(value)


def shown(text: str) -> str:
    """A text without its markup; struck text is left out.

    >>> shown("See *the* [[https://a.b][list]], =ls -l=, H_{2}O, 10^-6, +old+ new, 24[fn:1].")
    'See the list, ls -l, H₂O, 10⁻⁶, new, 24¹.'
    """
    return seen(_INLINE.sub(_write, text))


def _write(found: re.Match[str]) -> str:
    if found["sign"]:
        if found["sign"] == "+":
            return ""
        return found["text"] if found["sign"] in "=~" else shown(found["text"])
    if found["target"]:
        return found["label"] or found["target"]
    if found["note"]:
        return raised(found["note"]) if found["note"].isdecimal() else f"[{found['note']}]"
    if found["power"]:
        return raised(found["power"])
    return (raised if found["script"] == "^" else lowered)(found["inner"])
