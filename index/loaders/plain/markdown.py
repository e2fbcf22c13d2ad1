"""Markdown: the decoded file; markdown-it finds headings, tables, HTML and the front matter.

The text is the file itself but for what would be misread so: tables and lists of definitions
become statements, HTML is read as HTML, struck text and comments are left out, and raised
characters (pandoc's ``^``, ``~`` and ``[^1]``) have their one written form.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Any

from index.errors import LoadError
from index.loaders.extract import Blocks, Extract, Source, iso_date
from index.loaders.plain.html import read_markup
from index.loaders.plain.rows import Row, add_item, add_table, begins_with_values, definition
from index.loaders.plain.text import decode
from index.text.raised import lowered, raised
from index.types import Heading

__all__ = ["plain", "read"]

# What stays as it is comes first: an escaped character, code, formulas, addresses.
_MARKUP = re.compile(
    r"""
    (?=[\\`$\]<h~^\[\n]) (?:
    (?P<kept> \\. | (?P<ticks>`+)(?!`).{1,2000}?(?<!`)(?P=ticks)(?!`)
      | \$\$.{1,2000}?\$\$ | \$[^\s$](?:[^$\n]{0,300}[^\s$])?\$(?!\d)
      | \]\([^()\s]*\) | <[a-z]+:[^>\s]*> | https?://[^\s)]+ )
    | (?P<struck>
        \n[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]+~~[^~\n]{1,500}~~[ \t]*(?=\n|\Z)  # a whole item
      | ~~(?=[^\s~])(?:(?!\n\s*\n).){1,500}?(?<=[^\s~])~~(?!~)
      | (?<![\w~])~(?=[^\s~])[^~\n]{1,300}(?<=[^\s~])~(?![\w~])
      | <(?P<tag>del|s|strike)\b[^>]{0,200}>.{0,5000}?</(?P=tag)\s*>
      | <!--.{0,5000}?--> )(?:(?<=[>~])(?P<space>[ ]?))
    | (?:\A|(?<=\n))\[[^\]\n]{1,40}\]:[ \t]*(?:\#|<>)[ \t]+["'(][^\n]{0,2000}(?:\n|\Z)
    | \[\^(?P<note>[^\]\s]{1,40})\](?P<is_note>:[ \t]*)?
    | <sup>(?P<sup>[^<\n]{1,40})</sup> | <sub>(?P<sub>[^<\n]{1,40})</sub>
    | (?<=[\w)\]])\^(?P<raised>[+\-−]?\w{1,8})\^
    | (?<=[\w)\]])~(?P<lowered>\w{1,8})~(?!~) )
    """,
    re.VERBOSE | re.DOTALL,
)
_VERBATIM = ("front_matter", "fence", "code_block", "html_block")
_MARKED = ("~", "^", "<", "]: #")


def read(source: Source) -> Extract:
    """Headings come from the syntax tree (never from code), title and date from front matter."""
    text = decode(source.data)
    tokens = _parse(text)
    if any(mark in text for mark in _MARKED):
        written = _written_out(text, tokens)
        if written != text:
            text, tokens = written, _parse(written)
    starts = [0, *accumulate(len(line) + 1 for line in text.split("\n"))]
    blocks = Blocks()
    front: dict[str, Any] = {}
    done = 0
    for index, token in enumerate(tokens):
        if token.type == "front_matter":
            front = _front_matter(token.content)
        if not token.map or starts[token.map[0]] < done:
            continue
        start = starts[token.map[0]]
        if token.type == "heading_open":
            title = _plain(tokens[index + 1])
            if title:
                at = start - done + blocks.length
                blocks.headings.append(Heading(title, int(token.tag[1]), at))
        else:
            part = _part(tokens, index, len(blocks.tables))
            if part is not None:
                blocks.put(text[done:start])
                blocks.put(part)
                done = min(starts[token.map[1]], len(text))
                blocks.put("\n" if text[:done].endswith("\n") else "")
    blocks.put(text[done:])
    name = front.get("title") or blocks.first_heading(1)
    date = front.get("date")
    return blocks.extract(
        title=str(name) if name else None, date=iso_date(str(date)) if date else None
    )


def _parse(text: str) -> list[Any]:
    from markdown_it import MarkdownIt
    from mdit_py_plugins.deflist import deflist_plugin
    from mdit_py_plugins.front_matter import front_matter_plugin

    parser = MarkdownIt("commonmark").enable("table")
    parser.use(front_matter_plugin).use(deflist_plugin)
    return parser.parse(text.removeprefix("\ufeff"))


def _written_out(text: str, tokens: Sequence[Any]) -> str:
    """The text without what is struck, its raised characters as they are written; not in code."""
    starts = [0, *accumulate(len(line) + 1 for line in text.split("\n"))]
    parts: list[str] = []
    done = 0
    for token in tokens:
        if token.type in _VERBATIM and token.map:
            start, end = starts[token.map[0]], starts[token.map[1]]
            parts += [_MARKUP.sub(_write, text[done:start]), text[start:end]]
            done = end
    return "".join([*parts, _MARKUP.sub(_write, text[done:])])


def _write(found: re.Match[str]) -> str:
    """What stands for a piece of markup."""
    if found["kept"]:
        return found[0]
    if note := found["note"]:
        if not note.isdecimal():
            return found[0]
        return raised(note) + (" " if found["is_note"] else "")
    if text := found["sup"] or found["raised"]:
        return raised(text)
    if text := found["sub"] or found["lowered"]:
        return lowered(text)
    # One of the spaces around it goes too.
    before = found.string[found.start() - 1 : found.start()]
    return "" if not before.strip() else found["space"]


def _part(tokens: Sequence[Any], index: int, tables: int) -> Blocks | Extract | None:
    """What stands for a table, a list of definitions or HTML; None for all that stays."""
    token = tokens[index]
    if token.type == "table_open":
        rows = list(_rows(tokens, index))
        blocks = Blocks()
        # Markdown has no table without a header: the first row may be one of values.
        is_named = not begins_with_values(rows)
        header = rows[0][1] if is_named else ()
        add_table(blocks, rows[is_named:], name=f"table {tables + 1}", header=header, behind="")
        return blocks if blocks.parts else None
    if token.type == "dl_open":
        return _definitions(tokens, index)
    if token.type == "html_block":
        try:
            return read_markup(token.content, tables=tables)
        except LoadError:  # a comment
            return Extract("")
    return None


def _rows(tokens: Sequence[Any], index: int) -> Iterator[Row]:
    """The rows of the table that opens there, from its header, with their numbers from 1."""
    cells: list[str] = []
    number = 0
    for token in tokens[index:]:
        if token.type == "inline":
            cells.append(_plain(token))
        elif token.type == "tr_close":
            number += 1
            yield number, cells
            cells = []
        elif token.type == "table_close":
            return


def _definitions(tokens: Sequence[Any], index: int) -> Blocks | None:
    """The list of definitions as "Term: definition"; None where one is more than text."""
    blocks = Blocks()
    terms: list[str] = []
    texts: list[str] = []
    inner = tokens[index + 1 :]
    kind = ""
    for token in inner:
        if token.type == "dl_close" or (token.type == "dt_open" and texts):
            add_item(blocks, definition(", ".join(terms), "; ".join(texts)))
            terms, texts = [], []
        if token.type == "dl_close":
            break
        if token.type in ("dt_open", "dd_open"):
            kind = token.tag
        elif token.type == "inline":
            text = " ".join(token.content.split())
            (terms if kind == "dt" else texts).append(text)
        elif token.type not in ("dt_close", "dd_close", "paragraph_open", "paragraph_close"):
            return None
    return blocks


def _plain(inline: Any) -> str:
    parts = (t.content for t in inline.children or () if t.type in ("text", "code_inline"))
    return "".join(parts).strip()


def _front_matter(source: str) -> dict[str, Any]:
    import yaml

    try:
        values = yaml.safe_load(source)
    except (yaml.YAMLError, ValueError, RecursionError):  # a date of 30 February is a ValueError
        return {}
    return values if isinstance(values, dict) else {}


def plain(text: str) -> str:
    """A piece of Markdown as a reader sees it, on one line.

    >>> plain("- The **summit** was in [Gyeongju](https://example.org), see `notes`.")
    'The summit was in Gyeongju, see notes.'
    """
    from markdown_it import MarkdownIt

    tokens = MarkdownIt("commonmark").enable("table").parse(text.strip())
    pieces = [
        "".join(" " if t.type in ("softbreak", "hardbreak") else t.content for t in token.children)
        if token.type == "inline" and token.children is not None
        else token.content
        for token in tokens
        if token.type in ("inline", "fence", "code_block", "html_block")
    ]
    return " ".join(" ".join(pieces).split())
