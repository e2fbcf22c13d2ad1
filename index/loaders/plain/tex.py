r"""LaTeX: what a reader of the typeset page sees, by pylatexenc.

Comments are left out, code is whole, formulas are linear (``\frac{a}{b}`` is a/b, ``x^{2}`` is x²),
references are the names of what they refer to ("[holm2019]"). Commands without arguments that the
file defines are replaced by what they stand for; the file is never run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from index.loaders.extract import Blocks, Extract, Source
from index.loaders.plain.rows import add_table
from index.loaders.plain.text import decode
from index.text.raised import lowered, raised

__all__ = ["read"]

_LEVELS = {"part": 1, "chapter": 1, "section": 2, "subsection": 3, "subsubsection": 4}
_REFERENCES = "cite citep citet parencite textcite autocite footcite ref eqref autoref cref Cref"
_FORMULAS = "equation align gather multline eqnarray displaymath flalign alignat math"
_TABLES = {"tabular": "[{", "tabular*": "{[{", "tabularx": "{[{", "longtable": "[{"}
_LISTS = "itemize enumerate description"
_CODE = "verbatim|Verbatim|lstlisting|minted|alltt"
# What a comment cannot begin in, comments, and whole lines of them.
_COMMENT = re.compile(
    rf"""
    \\begin\{{(?P<name>(?:{_CODE})\*?)\}}(?P<code>.{{0,50000}}?)\\end\{{(?P=name)\}}
    | \\begin\{{comment\}}.{{0,50000}}?\\end\{{comment\}}
    | \\(?P<link>url|path|href)\s*\{{(?P<address>[^{{}}\n]*)\}}
    | (?P<kept> \\verb\*?(?P<sign>[^\w\s*])[^\n]{{0,1000}}?(?P=sign) | \\. )
    | (?:^[ \t]*)%[^\n]*(?:\n|\Z) | %[^\n]*
    """,
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)
_CODE_OPTIONS = re.compile(r"\A\s*?(?:\[[^\]\n]*\])?(?:\{\w+\})?[ \t]*\n")
_DEFINED = re.compile(
    r"\\(?:(?:re)?newcommand\*?|def)\s*\{?\\([A-Za-z]+)\}?\s*"
    r"\{((?:[^{}\\#]|\\[A-Za-z]++|\{[^{}]{0,200}+\}){0,200}+)\}"
)
_COMMAND = re.compile(r"\\([A-Za-z]+)(?![A-Za-z])(?:\{\})?")
_TITLE = re.compile(r"\\title\s*(?:\[[^\]]{0,500}\])?\s*\{((?:[^{}]|\{[^{}]*\}){1,500})\}")
_AUTHOR = re.compile(r"\\author\s*(?:\[[^\]]{0,500}\])?\s*\{((?:[^{}]|\{[^{}]*\}){1,2000})\}")
_BODY = re.compile(r"\\begin\{document\}(.*?)(?:\\end\{document\}|\Z)", re.DOTALL)
_MARKS = re.compile("[\ufdd0\ufdd1]")  # characters that Unicode gives to no text
_MARK = re.compile("\ufdd0(\\d+)\ufdd1")
_BLANK_LINES = re.compile(r"\n\s*\n")
_ESCAPES = {ord(sign): f"\\{sign}" for sign in "%#&_$"} | {
    ord("~"): "\\textasciitilde{}",
    ord("^"): "\\textasciicircum{}",
}
_SPACES = re.compile(r"[^\S\n]+")
_OPERATORS = re.compile(r"[+\-−=<>≤≥±/ ]")


def read(source: Source) -> Extract:
    """Title, authors, sections as headings, paragraphs, lists, tables as statements, code."""
    text = _MARKS.sub("", decode(source.data)).removeprefix("\ufeff")
    codes: list[str] = []

    def without_comment(found: re.Match[str]) -> str:
        if found["code"] is not None:
            codes.append(_CODE_OPTIONS.sub("", found["code"], count=1).rstrip())
            return f"\n\n\ufdd0{len(codes) - 1}\ufdd1\n\n"
        if found["link"]:  # of \href the text, which follows, is what is shown
            return "" if found["link"] == "href" else found["address"].translate(_ESCAPES)
        return found["kept"] or ""

    text = _COMMENT.sub(without_comment, text)
    body = _BODY.search(text)
    preamble = text[: body.start()] if body else text
    meanings = {
        name: meaning
        for name, meaning in _DEFINED.findall(preamble)
        if name not in _COMMAND.findall(meaning)
    }
    document = _DEFINED.sub("", body[1] if body else text)
    document = _COMMAND.sub(lambda found: meanings.get(found[1], found[0]), document)
    reader = _reader(codes)
    blocks = Blocks()
    title = reader.written(_TITLE, text)
    blocks.add(title, level=1)
    blocks.add(reader.written(_AUTHOR, text))
    failed = 0
    try:
        written = reader.read(document)
    except Exception:  # noqa: BLE001 - one paragraph is not worth the others
        pieces: list[str] = []
        for paragraph in _BLANK_LINES.split(document):
            try:
                pieces.append(reader.read(paragraph))
            except Exception:  # noqa: BLE001
                failed += 1
                pieces.append(paragraph)
        written = "\n\n".join(pieces)
    _add(blocks, written, reader.parts)
    unread = f"paragraphs that are not readable as LaTeX, kept as they are written: {failed}"
    return Extract(
        blocks.text,
        title=title or None,
        headings=tuple(blocks.headings),
        places=tuple(blocks.places),
        tables=tuple(blocks.tables),
        unread=unread if failed else "",
    )


def _add(blocks: Blocks, text: str, parts: Sequence[Any]) -> None:
    """Append paragraphs, and what stands at the marks between them."""
    done = 0
    for mark in [*_MARK.finditer(text), None]:
        for paragraph in _BLANK_LINES.split(text[done : mark.start() if mark else len(text)]):
            lines = (_SPACES.sub(" ", line).strip() for line in paragraph.strip().split("\n"))
            blocks.add("\n".join(filter(None, lines)))
        if mark is None:
            return
        done = mark.end()
        part = parts[int(mark[1])]
        if isinstance(part, str):
            blocks.put("\n\n" if blocks.parts else "")
            blocks.put(part.strip("\n"))
        elif isinstance(part, tuple):
            blocks.add(part[0], level=part[1])
        else:
            name = f"table {len(blocks.tables) + 1}"
            add_table(blocks, enumerate(part, start=1), name=name, behind="")


@cache
def _contexts() -> tuple[Any, Any]:
    """How pylatexenc parses macros, and how it writes them."""
    from pylatexenc.latex2text import (
        EnvironmentTextSpec,
        MacroTextSpec,
        get_default_latex_context_db,
    )
    from pylatexenc.latexwalker import get_default_latex_context_db as get_default_parsing
    from pylatexenc.macrospec import EnvironmentSpec, MacroSpec

    parsed, written = get_default_parsing(), get_default_latex_context_db()
    arguments = dict.fromkeys(_REFERENCES.split(), "*[[{") | {
        "caption": "[{", "multirow": "{{{",
        "multicolumn": "{{{", "SI": "[{[{", "qty": "[{{", "num": "[{", "si": "[{", "sout": "{",
        "item": "[", "frac": "{{", "dfrac": "{{", "tfrac": "{{", "sfrac": "{{",
        "textsuperscript": "{", "textsubscript": "{", "footnotemark": "[", "paragraph": "*[{",
    } | dict.fromkeys(_LEVELS, "*[{")  # fmt: skip
    parsed.add_context_category(
        "footnote",
        macros=[MacroSpec(name, spec) for name, spec in arguments.items()],
        environments=[EnvironmentSpec(name, spec) for name, spec in _TABLES.items()],
        prepend=True,
    )

    def written_last(node: Any, l2tobj: Any) -> str:
        return str(l2tobj.last(node))

    texts: dict[str, Any] = dict.fromkeys(_LEVELS, lambda node, l2tobj: l2tobj.heading(node))
    texts |= dict.fromkeys(
        _REFERENCES.split(), lambda node, l2tobj: f"[{', '.join(l2tobj.last(node).split(','))}]"
    )
    texts |= dict.fromkeys(("verb", "verb*", "num", "si", "multirow", "multicolumn"), written_last)
    texts |= dict.fromkeys(("SI", "qty"), lambda node, l2tobj: l2tobj.all(node))
    texts |= dict.fromkeys(
        ("frac", "dfrac", "tfrac", "sfrac"), lambda node, l2tobj: l2tobj.fraction(node)
    )
    texts |= {
        "caption": lambda node, l2tobj: f"\n\n{l2tobj.last(node)}\n\n",
        "paragraph": lambda node, l2tobj: f"\n\n{l2tobj.last(node)} ",
        "textsuperscript": lambda node, l2tobj: raised(l2tobj.last(node)),
        "textsubscript": lambda node, l2tobj: lowered(l2tobj.last(node)),
    }
    texts |= dict.fromkeys("sout maketitle title author date label includegraphics".split(), "")
    environments: dict[str, Any] = dict.fromkeys(
        (name + star for name in _FORMULAS.split() for star in ("", "*")),
        lambda node, l2tobj: f"\n\n{l2tobj.formula(node)}\n\n",
    )
    environments |= dict.fromkeys(_TABLES, lambda node, l2tobj: l2tobj.table(node))
    environments |= dict.fromkeys(_LISTS.split(), lambda node, l2tobj: l2tobj.list(node))
    written.add_context_category(
        "footnote",
        macros=[MacroTextSpec(name, simplify_repl=text) for name, text in texts.items()],
        environments=[
            EnvironmentTextSpec(name, simplify_repl=text) for name, text in environments.items()
        ],
        prepend=True,
    )
    return parsed, written


def _reader(codes: list[str]) -> Any:
    """A reader whose ``parts`` (code, headings, tables) stand at the marks of its text."""
    from pylatexenc.latex2text import LatexNodes2Text
    from pylatexenc.latexwalker import LatexCharsNode, LatexWalker

    parsed, written = _contexts()

    class Reader(LatexNodes2Text):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__(latex_context=written, math_mode="text", keep_comments=False)
            self.parts: list[Any] = list(codes)
            self.in_formula = False

        def read(self, text: str) -> str:
            walker = LatexWalker(text, latex_context=parsed, tolerant_parsing=True)
            return str(self.nodelist_to_text(walker.get_latex_nodes()[0]))

        def written(self, pattern: re.Pattern[str], text: str) -> str:
            found = pattern.search(text)
            return " ".join(self.read(found[1]).split()) if found else ""

        def mark(self, part: Any) -> str:
            self.parts.append(part)
            return f"\n\n\ufdd0{len(self.parts) - 1}\ufdd1\n\n"

        def arguments(self, node: Any) -> list[str]:
            given = node.nodeargd.argnlist if node.nodeargd else ()
            return [self.nodelist_to_text([n]) if n is not None else "" for n in given or ()]

        def last(self, node: Any) -> str:
            return next(iter(reversed(self.arguments(node))), "")

        def all(self, node: Any) -> str:
            return " ".join(filter(None, self.arguments(node)))

        def heading(self, node: Any) -> str:
            return self.mark((" ".join(self.last(node).split()), _LEVELS[node.macroname]))

        def fraction(self, node: Any) -> str:
            parts = (a if not _OPERATORS.search(a) else f"({a})" for a in self.arguments(node))
            return "/".join(parts)

        def math_node_to_text(self, node: Any) -> str:
            text = self.formula(node)
            return f"\n\n{text}\n\n" if node.displaytype == "display" else text

        def formula(self, node: Any) -> str:
            before, self.in_formula = self.in_formula, True
            try:
                return str(self.nodelist_to_text(node.nodelist)).strip()
            finally:
                self.in_formula = before

        def nodelist_to_text(self, nodelist: Any) -> str:
            if not self.in_formula:
                return str(super().nodelist_to_text(nodelist))
            parts: list[str] = []
            write = None
            for piece in self.pieces(nodelist or ()):
                if piece in ("^", "_"):
                    write = raised if piece == "^" else lowered
                elif write is not None and piece.strip():
                    parts.append(write(piece.strip()))
                    write = None
                else:
                    parts.append(piece)
            return "".join(parts)

        def pieces(self, nodes: Sequence[Any]) -> Iterator[str]:
            """The characters of a formula, and its other nodes as they are written."""
            for node in nodes:
                if isinstance(node, LatexCharsNode):
                    yield from node.chars
                elif node is not None:
                    space = getattr(node, "macro_post_space", "")
                    yield f"{self.node_to_text(node)}{space and ' '}"

        def table(self, node: Any) -> str:
            rows: list[list[str]] = [[]]
            cell: list[Any] = []
            for inner in [*node.nodelist, None]:
                sign = getattr(inner, "specials_chars", getattr(inner, "macroname", None))
                if inner is None or sign in ("&", "\\", "tabularnewline"):
                    rows[-1] += self.cells(cell)
                    cell = []
                    if sign != "&":
                        rows.append([])
                else:
                    cell.append(inner)
            rows = [row for row in rows if any(row)]
            if len(rows) < 2 or max(map(len, rows)) < 2:
                return "\n\n" + "\n".join(" ".join(filter(None, row)) for row in rows) + "\n\n"
            return self.mark(rows)

        def cells(self, nodes: Sequence[Any]) -> list[str]:
            """The text of a cell, once for each column that it spans."""
            text = _MARK.sub("", " ".join(self.nodelist_to_text(nodes).split()))
            span = "1"
            for node in nodes:
                if getattr(node, "macroname", None) == "multicolumn":
                    span = (self.arguments(node) or ["1"])[0]
            return [text] * (min(int(span), 50) if span.isdecimal() and len(span) < 4 else 1)

        def list(self, node: Any) -> str:
            above: list[Any] = []
            items: list[tuple[str, list[Any]]] = []
            for inner in node.nodelist:
                if getattr(inner, "macroname", None) == "item":
                    items.append((self.last(inner), []))
                else:
                    (items[-1][1] if items else above).append(inner)
            lines = [self.nodelist_to_text(above).strip()]
            for number, (label, nodes) in enumerate(items, start=1):
                sign = f"{number}." if node.environmentname == "enumerate" else "-"
                text = _BLANK_LINES.sub("\n", self.nodelist_to_text(nodes).strip())
                lines.append(f"{sign} {f'{label}: ' if label else ''}{text}")
            return "\n\n" + "\n".join(filter(None, lines)) + "\n\n"

    return Reader()
