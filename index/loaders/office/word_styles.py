"""The paragraph styles of a Word document: which are headings, and which begin list items.

Read once into plain values: python-docx looks a style up by scanning all of them.

The numbers that Word shows before list items and headings; the text of a file has them not.

Only what a reader sees is made: "- " for bullets, "3.", "2.1", "(a)", "IV." for the rest.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from index.loaders.office.package import elements, local

__all__ = ["Numbering", "Style", "merged", "styles_of"]


_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_HEADING_STYLE = re.compile(r"heading ([1-9])$")

_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"),
          (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip
_MAX_LABEL = 40


@dataclass(frozen=True, slots=True)
class Style:
    """What a paragraph style says: its name, heading level (from 1), list and level in it."""

    name: str = ""
    level: int | None = None
    list_number: str | None = None
    list_level: int = 0


def styles_of(root: Any | None) -> dict[str | None, Style]:
    """The paragraph styles by id, with what each takes from those it is based on; None: default."""
    nodes = {
        node.get(_W + "styleId"): node
        for node in elements(() if root is None else root)
        if local(node) == "style" and node.get(_W + "type") == "paragraph"
    }
    found: dict[str | None, Style] = {}
    for name, node in nodes.items():
        chain = [node]
        while (base := nodes.get(_value(chain[-1], "basedOn"))) is not None and base not in chain:
            chain.append(base)
        style = Style()
        for ancestor in reversed(chain):
            style = merged(ancestor.find(_W + "pPr"), style)
        called = (_value(node, "name") or "").lower()
        heading = _HEADING_STYLE.match(called)
        level = int(heading.group(1)) if heading else style.level
        found[name] = Style(called, level, style.list_number, style.list_level)
        if node.get(_W + "default") in ("1", "true"):
            found[None] = found[name]
    return found


def merged(properties: Any | None, style: Style) -> Style:
    """A style with the outline level and the list that paragraph properties give."""
    if properties is None:
        return style
    level, number, at = style.level, style.list_number, style.list_level
    outline = _value(properties, "outlineLvl")
    if outline is not None:
        level = int(outline) + 1 if outline in set("012345678") else None
    numbered = properties.find(_W + "numPr")
    if numbered is not None:
        number = _value(numbered, "numId") or number
        depth = _value(numbered, "ilvl") or ""
        at = int(depth) if depth in set("012345678") else at
    return Style(style.name, level, number, at)


def _value(node: Any, name: str) -> str | None:
    child = node.find(_W + name)
    return None if child is None else child.get(_W + "val")


class Numbering:
    """The lists of one document, which count as their items are asked for in order.

    ``root`` is the ``w:numbering`` element, or None for a document without lists.
    """

    def __init__(self, root: Any | None) -> None:
        nodes = [] if root is None else root
        abstract = {
            node.get(_W + "abstractNumId"): node for node in nodes if node.tag == _W + "abstractNum"
        }
        self._levels: dict[str, dict[int, Any]] = {}
        self._list_of: dict[str, str] = {}  # lists of one definition go on counting
        self._counts: dict[str, dict[int, int]] = {}
        for node in nodes:
            if node.tag != _W + "num":
                continue
            number = node.get(_W + "numId")
            source = _value(node, "abstractNumId") or ""
            self._list_of[number] = source
            self._levels[number] = {
                _integer(level.get(_W + "ilvl")): level
                for level in abstract.get(source, ())
                if level.tag == _W + "lvl"
            }
            for override in node.iterfind(_W + "lvlOverride"):
                self._list_of[number] = f"{source} {number}"
                at = _integer(override.get(_W + "ilvl"))
                for level in override.iterfind(_W + "lvl"):
                    self._levels[number][at] = level

    def label(self, number: str, at: int) -> str:
        """The mark of the next item of list ``number`` at level ``at``; empty for none."""
        levels = self._levels.get(number, {})
        level = levels.get(at)
        if level is None:
            return "-"
        counts = self._counts.setdefault(self._list_of[number], {})
        counts[at] = counts[at] + 1 if at in counts else _start(level)
        for deeper in [other for other in counts if other > at]:
            del counts[deeper]
        kind = _value(level, "numFmt") or "decimal"
        if kind == "bullet":
            return "-"
        if kind == "none":
            return ""

        def shown(found: re.Match[str]) -> str:
            other = int(found.group(1)) - 1
            node = levels.get(other)
            count = counts.get(other, _start(node))
            plain = level.find(_W + "isLgl") is not None or node is None
            return formatted(count, "decimal" if plain else _value(node, "numFmt") or "decimal")

        return re.sub(r"%([1-9])", shown, _value(level, "lvlText") or "")[:_MAX_LABEL].strip()


def formatted(count: int, kind: str) -> str:
    """A number as Word writes it; kinds that are not known are written as decimals.

    >>> [formatted(28, kind) for kind in ("decimal", "lowerLetter", "upperRoman", "decimalZero")]
    ['28', 'bb', 'XXVIII', '28']
    """
    if not 0 < count < 4000:
        return str(count)
    if kind in ("lowerLetter", "upperLetter"):
        text = chr(ord("a") + (count - 1) % 26) * ((count - 1) // 26 + 1)
    elif kind in ("lowerRoman", "upperRoman"):
        text = ""
        for value, letters in _ROMAN:
            text += letters * (count // value)
            count %= value
    else:
        return f"{count:02}" if kind == "decimalZero" else str(count)
    return text.upper() if kind.startswith("upper") else text


def _start(level: Any | None) -> int:
    return 1 if level is None else _integer(_value(level, "start") or "1")


def _integer(text: str | None) -> int:
    return int(text) if text and re.fullmatch(r"\d{1,6}", text) else 0
