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
from index.loaders.plain.rows import add_table, definition
from index.loaders.plain.text import decode
from index.text.raised import lowered, raised

__all__ = ["read"]

_LEVELS = {"part": 1, "chapter": 1, "section": 2, "subsection": 3, "subsubsection": 4}
_REFERENCES = "cite citep citet parencite textcite autocite footcite ref eqref autoref cref Cref"
_FORMULAS = "equation align gather multline eqnarray displaymath flalign alignat math"
_TABLES = {"tabular": "[{", "tabular*": "{[{", "tabularx": "{[{", "longtable": "[{"}
_PREFIXES = {
    "tera": "T", "giga": "G", "mega": "M", "kilo": "k", "hecto": "h", "deca": "da", "deci": "d",
    "centi": "c", "milli": "m", "micro": "µ", "nano": "n", "pico": "p", "femto": "f",
}  # fmt: skip
# The units of siunitx (its manual, tables 1 to 6) whose sign is not their name.
_UNITS = _PREFIXES | {
    "meter": "m", "metre": "m", "gram": "g", "kilogram": "kg", "second": "s", "ampere": "A",
    "kelvin": "K", "mole": "mol", "candela": "cd", "celsius": "°C", "degreeCelsius": "°C",
    "degree": "°", "arcminute": "′", "arcsecond": "″", "percent": "%", "hertz": "Hz",
    "newton": "N", "pascal": "Pa", "joule": "J", "watt": "W", "coulomb": "C", "volt": "V",
    "farad": "F", "ohm": "Ω", "siemens": "S", "weber": "Wb", "tesla": "T", "henry": "H",
    "lumen": "lm", "lux": "lx", "becquerel": "Bq", "gray": "Gy", "sievert": "Sv", "minute": "min",
    "hour": "h", "day": "d", "hectare": "ha", "litre": "l", "liter": "L", "tonne": "t",
    "electronvolt": "eV", "dalton": "Da", "decibel": "dB", "bel": "B", "bar": "bar",
    "angstrom": "Å", "radian": "rad", "per": "/", "squared": "²", "square": "²", "cubed": "³",
    "cubic": "³", "of": " ", "euro": "€",
}  # fmt: skip
_UNIT_WORD = re.compile(r"\\[A-Za-z]+|[^\s\\{}~.]+")
_STATEMENTS = (
    "theorem lemma proposition corollary definition conjecture remark example exercise proof"
).split()
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
_TEST = re.compile(r"\\(if(?!f\b|thenelse\b)[A-Za-z@]+|else|fi)(?![A-Za-z@])")
_NEW_TEST = re.compile(r"\\newif\s*\\(if[A-Za-z@]+)")
_SET = re.compile(r"\\([A-Za-z@]+)true(?![A-Za-z@])")
# For which slides of a presentation something is.
_OVERLAY = re.compile(r"(\\[a-z]+)\s*<(?:[\d,\-+.|\s]|[a-z]+:)*>")
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

    text = _OVERLAY.sub(r"\1", _branched(_COMMENT.sub(without_comment, text)))
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
    return blocks.extract(title=title or None, unread=unread if failed else "")


def _unit(source: str) -> str:
    r"""A unit of siunitx in characters.

    >>> _unit(r"{\kilo\meter\per\hour}"), _unit(r"{\celsius}"), _unit(r"{\meter\squared}")
    ('km/h', '°C', 'm²')
    """
    written, is_prefix = "", False
    for name in _UNIT_WORD.findall(source):
        sign = _UNITS.get(name[1:], name.lstrip("\\"))
        is_joined = not written or written[-1] in "/·" or sign in ("/", "²", "³") or is_prefix
        written += sign if is_joined else f"·{sign}"
        is_prefix = name[1:] in _PREFIXES
    return written


def _branched(text: str) -> str:
    r"""The text without the branches of tests that are not typeset.

    What the file declares (``\newif``) is false until it is set; of a test that the file does not
    decide the second branch is read, if it has one.

    >>> _branched(r"a \iffalse b \ifx c\fi\else d\fi e \ifnotes f\fi")
    'a  d e  f'
    """
    true = {"iftrue", *(f"if{name}" for name in _SET.findall(text))}
    declared = {"iffalse", *_NEW_TEST.findall(text)} - true
    text = _NEW_TEST.sub("", text)
    # Of each open test what stands before it, and whether the branch that is open is read.
    opened: list[tuple[list[str], bool | None]] = []
    parts: list[str] = []
    done = 0
    for found in _TEST.finditer(text):
        piece, done_before, done = text[done : found.start()], done, found.end()
        word = found[1]
        if word not in ("else", "fi"):
            parts.append(piece)
            is_true = False if word in declared else True if word in true else None
            opened.append((parts, is_true))
            parts = []
        elif not opened:
            done = done_before  # it ends no test of this file
        elif word == "else":
            outer, is_true = opened[-1]
            outer += [*parts, piece] if is_true else []
            opened[-1] = (outer, not is_true)
            parts = []
        else:
            outer, is_true = opened.pop()
            parts = outer + ([] if is_true is False else [*parts, piece])
    parts.append(text[done:])
    for outer, _ in reversed(opened):  # never closed
        parts = outer + parts
    return "".join(parts)


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
        "caption": "[{", "multirow": "{{{", "multicolumn": "{{{", "sout": "{", "item": "[",
        "SI": "[{[{", "qty": "[{{", "SIrange": "[{{{", "numrange": "[{{", "num": "[{", "si": "[{",
        "unit": "[{", "ang": "[{", "todo": "[{", "note": "[{",
        "frac": "{{", "dfrac": "{{", "tfrac": "{{", "sfrac": "{{",
        "textsuperscript": "{", "textsubscript": "{", "footnotemark": "[", "paragraph": "*[{",
    } | dict.fromkeys(_LEVELS, "*[{")  # fmt: skip
    parsed.add_context_category(
        "footnote",
        macros=[MacroSpec(name, spec) for name, spec in arguments.items()],
        environments=[
            EnvironmentSpec(name, spec)
            for name, spec in (_TABLES | dict.fromkeys(_STATEMENTS, "[")).items()
        ],
        prepend=True,
    )

    def written_last(node: Any, l2tobj: Any) -> str:
        return str(l2tobj.last(node))

    texts: dict[str, Any] = dict.fromkeys(_LEVELS, lambda node, l2tobj: l2tobj.heading(node))
    texts |= dict.fromkeys(
        _REFERENCES.split(), lambda node, l2tobj: f"[{', '.join(l2tobj.last(node).split(','))}]"
    )
    texts |= dict.fromkeys(("verb", "verb*", "num", "multirow", "multicolumn"), written_last)
    texts |= dict.fromkeys(("SI", "qty", "si", "unit"), lambda node, l2tobj: l2tobj.quantity(node))
    texts |= dict.fromkeys(("SIrange", "numrange"), lambda node, l2tobj: l2tobj.quantity(node))
    texts |= dict.fromkeys(
        ("frac", "dfrac", "tfrac", "sfrac"), lambda node, l2tobj: l2tobj.fraction(node)
    )
    texts |= {
        "caption": lambda node, l2tobj: f"\n\n{l2tobj.last(node)}\n\n",
        "todo": lambda node, l2tobj: f"\n\n{l2tobj.last(node)}\n\n",
        "note": lambda node, l2tobj: f"\n\n{l2tobj.last(node)}\n\n",
        "footnote": lambda node, l2tobj: f" [{l2tobj.last(node).strip().rstrip('.')}]",
        "and": ", ",
        "euro": "€",
        "EUR": "€",
        "texteuro": "€",
        "ang": "",
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
    environments |= dict.fromkeys(_STATEMENTS, lambda node, l2tobj: l2tobj.statement(node))
    environments |= dict.fromkeys(_LISTS.split(), lambda node, l2tobj: l2tobj.list(node))
    written.add_context_category(
        "footnote",
        macros=[MacroTextSpec(name, simplify_repl=text) for name, text in texts.items()],
        environments=[
            EnvironmentTextSpec(name, simplify_repl=text) for name, text in environments.items()
        ],
        prepend=True,
    )
    unknown = EnvironmentTextSpec("", simplify_repl=lambda node, l2tobj: l2tobj.statement(node))
    written.set_unknown_environment_spec(unknown)
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
            return " ".join(self.read(found[1]).split()).replace(" ,", ",") if found else ""

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

        def quantity(self, node: Any) -> str:
            """Numbers and their unit, whose name is one in words or characters."""
            given = (node.nodeargd.argnlist if node.nodeargd else ()) or ()
            parts = []
            for argument in given[1:]:  # the first are options
                source = argument.latex_verbatim() if argument is not None else ""
                parts.append(_unit(source) if "\\" in source else self.nodelist_to_text([argument]))
            return " ".join(" ".join(parts).split())

        def statement(self, node: Any) -> str:
            """A paragraph of its own; what it is called stands before it."""
            text = self.nodelist_to_text(node.nodelist).strip()
            return f"\n\n{definition(self.last(node), text)}\n\n"

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
