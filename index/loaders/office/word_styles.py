"""The styles of a Word document: which are headings, begin list items, raise or strike text.

Read once into plain values: python-docx looks a style up by scanning all of them.

The numbers that Word shows before list items and headings; the text of a file has them not.

Only what a reader sees is made: "- " for bullets, "3.", "2.1", "(a)", "IV." for the rest.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

from index.loaders.office.package import elements, local

__all__ = ["LOOKS", "Look", "Numbering", "Style", "looked", "merged", "styles_of"]


_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_VALUE, _STYLE, _ALIGN, _POSITION = (_W + n for n in ("val", "rStyle", "vertAlign", "position"))
_STRIKES = {_W + "strike", _W + "dstrike"}
LOOKS = (_STYLE, _ALIGN, _POSITION, *sorted(_STRIKES))
"""The elements of a ``w:rPr`` that :func:`looked` goes by."""
_HEADING_STYLE = re.compile(r"heading ([1-9])$")

_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"),
          (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip
_MAX_LABEL = 40
_MIN_POSITION = 4  # half-points; less is a matter of type
_FORMS = {"superscript": "raised", "subscript": "lowered"}


@dataclass(frozen=True, slots=True)
class Look:
    """How characters stand: "raised", "lowered" or "", and whether they are struck."""

    form: str = ""
    struck: bool = False


@dataclass(frozen=True, slots=True)
class Style:
    """What a style says: its name, heading level (from 1), list and level in it, properties.

    ``runs`` are the properties of characters, from the style at the root of the chain to it, and
    ``look`` what they come to.
    """

    name: str = ""
    level: int | None = None
    list_number: str | None = None
    list_level: int = 0
    runs: tuple[Any, ...] = ()
    look: Look = Look()


def styles_of(root: Any | None) -> dict[str | None, Style]:
    """The styles of paragraphs and characters by id, with what those they are based on say.

    That of None is the default of paragraphs.
    """
    nodes = {
        node.get(_W + "styleId"): node
        for node in elements(() if root is None else root)
        if local(node) == "style" and node.get(_W + "type") in ("paragraph", "character")
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
        runs = tuple(a.find(_W + "rPr") for a in reversed(chain) if a.find(_W + "rPr") is not None)
        look = reduce(lambda look, properties: looked(properties, look, {}), runs, Look())
        found[name] = Style(called, level, style.list_number, style.list_level, runs, look)
        if node.get(_W + "default") in ("1", "true") and node.get(_W + "type") == "paragraph":
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
    return Style(style.name, level, number, at, style.runs, style.look)


def looked(properties: Any, look: Look, styles: Mapping[str | None, Style]) -> Look:
    """The look of a run by its ``w:rPr``, inside text of another ``look``."""
    form, struck = look.form, look.struck
    position, says_struck = "", False
    for child in properties:
        tag = child.tag
        if tag == _STYLE:
            for inherited in styles.get(child.get(_VALUE), Style()).runs:
                look = looked(inherited, look, {})
            form, struck = look.form, look.struck
        elif tag == _ALIGN:
            form = _FORMS.get(child.get(_VALUE), "")
        elif tag in _STRIKES:
            is_on = child.get(_VALUE) not in ("0", "false", "off")
            struck, says_struck = is_on or (struck and says_struck), True
        elif tag == _POSITION:
            position = child.get(_VALUE, "")
    if not form and re.fullmatch(r"-?\d{1,4}", position) and abs(int(position)) >= _MIN_POSITION:
        form = "lowered" if position.startswith("-") else "raised"
    return look if (form, struck) == (look.form, look.struck) else Look(form, struck)


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
