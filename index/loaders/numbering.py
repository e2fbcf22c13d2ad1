"""The numbers that Word shows before list items and headings; the text of a file has them not.

Only what a reader sees is made: "- " for bullets, "3.", "2.1", "(a)", "IV." for the rest.
"""

from __future__ import annotations

import re
from typing import Any

__all__ = ["Numbering"]

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"),
          (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip
_MAX_LABEL = 40


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


def _value(node: Any, name: str) -> str | None:
    child = node.find(_W + name)
    return None if child is None else child.get(_W + "val")


def _integer(text: str | None) -> int:
    return int(text) if text and re.fullmatch(r"\d{1,6}", text) else 0
