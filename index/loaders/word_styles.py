"""The paragraph styles of a Word document: which are headings, and which begin list items.

Read once into plain values: python-docx looks a style up by scanning all of them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from index.loaders.office import elements, local

__all__ = ["Style", "merged", "styles_of"]

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_HEADING_STYLE = re.compile(r"heading ([1-9])$")


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
