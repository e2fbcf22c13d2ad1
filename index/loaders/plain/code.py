r"""Source code: the decoded file itself, as for plain text; settings with the path of their keys.

Each line is a place. Headings are lines that begin a definition in most languages (``class``,
``def``, ``func``, ...) or an ``[ini section]``; a language whose
definitions have no such word (C) has none. A missed heading costs nothing but a longer chunk.
"""

from __future__ import annotations

import re
from itertools import accumulate
from pathlib import PurePosixPath

from index.loaders.extract import Extract, Source
from index.loaders.plain.keys import lines_of_sections, lines_of_yaml
from index.loaders.plain.text import decode
from index.types import Heading, Place

__all__ = ["read"]

_DEFINITION = re.compile(
    r"(?P<indent>[ \t]{0,8})(?P<name>"
    r"(?:(?:export|default|pub(?:\(\w+\))?|public|private|protected|internal|static|final|abstract"
    r"|async|unsafe|sealed|open|override|data)[ ]+)*"
    r"(?:class|def|defmodule|fn|fun|func|function|interface|struct|enum|trait|impl|module|object"
    r"|namespace|protocol|sub)[ ]+[A-Za-z_]\w*(?:(?:\.|::)\w+)*[!?]?)"
    r"[ \t]*(?:[({:<\[]|=|do\b|extends\b|implements\b|for\b|is$|$)"
)
_SECTION = re.compile(r"\[{1,2}(?P<name>[^\[\]\n]{1,80})\]{1,2}\s*$")
_WITH_SECTIONS = (".cfg", ".conf", ".ini", ".toml")
_YAML = (".yaml", ".yml")


def read(source: Source) -> Extract:
    """The file, its definitions as headings, and every line that is not blank as a place."""
    text = decode(source.data)
    if source.suffix in _YAML:
        numbered = lines_of_yaml(text)
    elif source.suffix in _WITH_SECTIONS:
        numbered = list(enumerate(lines_of_sections(text), start=1))
    else:
        numbered = []
    if numbered:
        text = "\n".join(line for _, line in numbered)
    lines = text.split("\n")
    numbers = [number for number, _ in numbered] or range(1, len(lines) + 1)
    starts = [0, *accumulate(len(line) + 1 for line in lines)]
    headings: list[Heading] = []
    places: list[Place] = []
    for number, line, start in zip(numbers, lines, starts, strict=False):
        if not line.strip():
            continue
        places.append(Place(start, f"line {number}"))
        if found := _heading(line, source.suffix):
            name, level, column = found
            headings.append(Heading(name, level, start + column))
    return Extract(
        text,
        title=PurePosixPath(source.name).name,
        headings=tuple(headings),
        places=tuple(places),
    )


def _heading(line: str, suffix: str) -> tuple[str, int, int] | None:
    """The name, the level and the column of a heading, if the line is one."""
    if suffix in _WITH_SECTIONS:
        found = _SECTION.match(line)
        return (found["name"].strip(), 1, 0) if found else None
    found = None if suffix in _YAML else _DEFINITION.match(line)
    return (found["name"], 2 if found["indent"] else 1, found.start("name")) if found else None
