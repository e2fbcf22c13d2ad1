"""Markdown: the decoded file itself; markdown-it finds headings and the front matter."""

from __future__ import annotations

from itertools import accumulate
from typing import Any

from index.loaders.extract import Extract, Source, iso_date
from index.loaders.plain.text import decode
from index.types import Heading

__all__ = ["read"]


def read(source: Source) -> Extract:
    """Headings come from the syntax tree (never from code), title and date from front matter."""
    from markdown_it import MarkdownIt
    from mdit_py_plugins.front_matter import front_matter_plugin

    text = decode(source.data)
    starts = [0, *accumulate(len(line) + 1 for line in text.split("\n"))]
    parser = MarkdownIt("commonmark").use(front_matter_plugin)
    tokens = parser.parse(text.removeprefix("\ufeff"))
    headings: list[Heading] = []
    front: dict[str, Any] = {}
    for token, following in zip(tokens, [*tokens[1:], None], strict=False):
        if token.type == "front_matter":
            front = _front_matter(token.content)
        elif token.type == "heading_open" and token.map and following is not None:
            title = _plain(following)
            if title:
                headings.append(Heading(title, int(token.tag[1]), starts[token.map[0]]))
    name = front.get("title") or next((h.text for h in headings if h.level == 1), None)
    date = front.get("date")
    return Extract(
        text,
        title=str(name) if name else None,
        headings=tuple(headings),
        date=iso_date(str(date)) if date else None,
    )


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
