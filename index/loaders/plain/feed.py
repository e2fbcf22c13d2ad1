"""RSS and Atom feeds: each item is a heading and its article, HTML in it read as a page is."""

from __future__ import annotations

import re
from email.utils import parsedate_to_datetime
from typing import Any

from index.errors import LoadError
from index.loaders.extract import Blocks, Source, iso_date
from index.loaders.office.package import local
from index.loaders.plain import html
from index.loaders.plain.rows import add_record

__all__ = ["add_feed", "is_feed"]

_ITEMS = ("item", "entry")
_BODIES = ("encoded", "content", "description", "summary")
_DATES = ("pubDate", "published", "date", "updated")
_BLANK_LINES = re.compile(r"\s*\n\s*\n\s*")


def is_feed(root: Any) -> bool:
    """Whether the root of a tree is that of RSS (0.9 to 2.0) or Atom."""
    return local(root) in ("rss", "RDF", "feed") and any(local(e) in _ITEMS for e in root.iter("*"))


def add_feed(blocks: Blocks, root: Any) -> tuple[str | None, str | None]:
    """Append the items; gives the title of the feed and the date of its newest item."""
    channel = next((e for e in root if local(e) == "channel"), root)
    title = _field(channel, ("title",))
    blocks.add(title, level=1)
    blocks.add(_field(channel, ("description", "subtitle")))
    dates: list[str] = []
    items = [element for element in root.iter("*") if local(element) in _ITEMS]
    for number, item in enumerate(items, start=1):
        blocks.add(_field(item, ("title",)) or f"Item {number}", level=2, place=f"item {number}")
        date = _date(_field(item, _DATES))
        dates += [date] if date else []
        topics = ", ".join(
            _line(e.text or e.get("term") or "") for e in item if local(e) == "category"
        )
        author = _field(item, ("author", "creator"))
        add_record(blocks, [("published", date or ""), ("author", author), ("topics", topics)])
        # The whole article comes before its summary in _BODIES.
        body = next((e for name in _BODIES for e in item if local(e) == name and _inner(e)), None)
        for paragraph in _BLANK_LINES.split(_readable(_inner(body)) if body is not None else ""):
            blocks.add(paragraph)
    return title or None, max(dates, default=None)


def _field(element: Any, names: tuple[str, ...]) -> str:
    """The text of the first of the children with one of these names, on one line."""
    found = (e for name in names for e in element if local(e) == name)
    return next((line for e in found if (line := _line(_readable(_inner(e))))), "")


def _inner(element: Any) -> str:
    """The text of an element, with its tags where it has elements (Atom's xhtml)."""
    from lxml import etree

    if len(element):
        return "".join(etree.tostring(element, encoding="unicode", with_tail=False))
    return (element.text or "").strip()


def _readable(markup: str) -> str:
    if "<" not in markup and "&" not in markup:
        return markup
    try:
        text = html.read(Source(markup.encode(), "item.html")).text
    except LoadError:  # nothing but a comment
        return ""
    return "\n".join(line.strip() for line in text.split("\n"))


def _date(text: str) -> str | None:
    try:
        return iso_date(text) or parsedate_to_datetime(text).date().isoformat()
    except (ValueError, TypeError, IndexError):
        return None


def _line(text: str) -> str:
    return " ".join(text.split())
