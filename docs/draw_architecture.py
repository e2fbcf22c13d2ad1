"""Draw the two ways through the code from its imports: docs/images/architecture-{light,dark}.svg.

    python docs/draw_architecture.py

A box stands for modules, and every module of the four packages belongs to one; a thin line says
that the box above imports from the one below. The thick lines are the two ways: from a folder to a
generation, and from a question to an answer.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from html import escape
from itertools import pairwise
from pathlib import Path

REPO = Path(__file__).resolve().parents[1]
PACKAGES = ("ui", "eval", "rag", "index")
WIDTH, BAND, BOX_WIDTH, BOX_HEIGHT, LEFT, STEP = 1180, 150, 124, 62, 96, 152

# The name of a box: its package, its place from the left, and what its modules begin with. A module
# belongs to the box with the longest beginning of its name.
BOXES: dict[str, tuple[str, float, str]] = {
    "pages": ("ui", 0.0, "ui.chat"),
    "server": ("ui", 1.2, "ui.server"),
    "cli": ("ui", 2.4, "ui ui.cli"),
    "cases": ("eval", 2.4, "eval eval.draft eval.importers"),
    "run": ("eval", 3.6, "eval.run eval.journal"),
    "judge": ("eval", 4.8, "eval.judge eval.opinion eval.measures eval.intervals"),
    "report": ("eval", 6.0, "eval.report eval.store eval.compare eval.gate eval.render"),
    "assistant": ("rag", 0.0, "rag"),
    "understand": ("rag", 1.2, "rag.understand rag.intents rag.named_documents rag.llm.rewriting"),
    "read": ("rag", 2.4, "rag.read rag.reader rag.evidence rag.features rag.links"),
    "write": ("rag", 3.6, "rag.write rag.llm"),
    "verify": ("rag", 4.8, "rag.verify rag.statements"),
    "Answer": ("rag", 6.0, "rag.types"),
    "folder": ("index", 0.0, "index"),
    "build": ("index", 1.2, "index.builder"),
    "documents": ("index", 2.4, "index.loaders index.chunking index.text"),
    "vectors": ("index", 3.6, "index.embedding"),
    "store": ("index", 4.8, "index.store"),
    "search": ("index", 6.0, "index.search index.fusion"),
}
WAYS = {
    "write": ("folder", "build", "documents", "vectors", "store", "search"),
    "read": ("pages", "assistant", "understand", "read", "write", "verify", "Answer"),
}
COLOURS = {
    "light": "ground #ffffff box #f6f8fa line #d1d9e0 text #1f2328 soft #59636e"
    " write #9a6700 read #0969da",
    "dark": "ground #0d1117 box #161b22 line #3d444d text #f0f6fc soft #9198a1"
    " write #d29922 read #4493f8",
}


def main() -> None:
    """Read the imports and write both pictures."""
    paths = [path for package in PACKAGES for path in sorted((REPO / package).rglob("*.py"))]
    modules = {_name(path): path for path in paths}
    boxes = {name: _box(name) for name in modules}
    lines = {
        (boxes[name], boxes[other])
        for name, path in modules.items()
        for other in _imports(path)
        if other in boxes and boxes[other] != boxes[name]
    }
    counts = {
        box: sum(
            found == box and modules[name].name != "__init__.py" for name, found in boxes.items()
        )
        for box in BOXES
    }
    for theme, colours in COLOURS.items():
        words = colours.split()
        picture = _picture(sorted(lines), counts, dict(zip(words[::2], words[1::2], strict=True)))
        target = REPO / "docs" / "images" / f"architecture-{theme}.svg"
        target.write_text(picture, encoding="utf-8")
        sys.stdout.write(f"{target}\n")


def _name(path: Path) -> str:
    return ".".join(path.relative_to(REPO).with_suffix("").parts).removesuffix(".__init__")


def _box(module: str) -> str:
    """The box of a module."""
    fitting = [
        (len(beginning), box)
        for box, (_, _, beginnings) in BOXES.items()
        for beginning in beginnings.split()
        if module == beginning or module.startswith((f"{beginning}.", f"{beginning}_"))
    ]
    return max(fitting)[1]


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _place(box: str) -> tuple[float, float]:
    """The middle of a box."""
    package, column, _ = BOXES[box]
    return LEFT + column * STEP + BOX_WIDTH / 2, PACKAGES.index(package) * BAND + BAND / 2


def _picture(lines: list[tuple[str, str]], counts: dict[str, int], colour: dict[str, str]) -> str:
    height = BAND * len(PACKAGES)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img"'
        ' font-family="system-ui, sans-serif" font-size="15">',
        "<title>The two ways: from a folder to a generation, from a question to an answer</title>",
        f'<rect width="{WIDTH}" height="{height}" fill="{colour["ground"]}"/>',
    ]
    for row, package in enumerate(PACKAGES):
        parts.append(
            f'<text x="14" y="{row * BAND + BAND / 2 + 5}" fill="{colour["soft"]}"'
            f' font-weight="600">{package}/</text>'
        )
        if row:
            parts.append(
                f'<path d="M0 {row * BAND}H{WIDTH}" stroke="{colour["line"]}"'
                ' stroke-dasharray="2 6"/>'
            )
    parts += [
        _line(*line, colour["line"], 1.2)
        for line in lines
        if _place(line[0])[1] < _place(line[1])[1]
    ]
    for way, boxes in WAYS.items():
        parts += [_line(*pair, colour[way], 3) for pair in pairwise(boxes)]
    parts.append(_line("read", "search", colour["read"], 3))
    for box in BOXES:
        x, y = _place(box)
        way = next((way for way, boxes in WAYS.items() if box in boxes), None)
        edge = colour[way] if way and box != "search" else colour["line"]
        parts.append(
            f'<rect x="{x - BOX_WIDTH / 2}" y="{y - BOX_HEIGHT / 2}" width="{BOX_WIDTH}"'
            f' height="{BOX_HEIGHT}" rx="8" fill="{colour["box"]}" stroke="{edge}"'
            ' stroke-width="1.6"/>'
            f'<text x="{x}" y="{y - 2}" text-anchor="middle" fill="{colour["text"]}"'
            f' font-weight="600">{escape(box)}</text>'
            f'<text x="{x}" y="{y + 18}" text-anchor="middle" fill="{colour["soft"]}"'
            f' font-size="12">{counts[box]} modules</text>'
        )
    return "\n".join([*parts, "</svg>", ""])


def _line(above: str, below: str, colour: str, width: float) -> str:
    """A curve between two boxes: from the bottom to the top, or from side to side."""
    (x1, y1), (x2, y2) = _place(above), _place(below)
    if y1 == y2:
        path = f"M{x1 + BOX_WIDTH / 2} {y1}H{x2 - BOX_WIDTH / 2}"
    else:
        y1, y2 = y1 + BOX_HEIGHT / 2, y2 - BOX_HEIGHT / 2
        path = f"M{x1} {y1}C{x1} {(y1 + y2) / 2} {x2} {(y1 + y2) / 2} {x2} {y2}"
    return f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{width}"/>'


if __name__ == "__main__":
    main()
