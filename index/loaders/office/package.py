"""What the zipped office formats share: XML without entities, properties, table rows, notes.

Parsers of libraries are not asked for title and date, because some make up what a file lacks.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from typing import Any

from index.errors import LoadError
from index.loaders.extract import Blocks, Extract, is_program_title, iso_date
from index.types import Place, Span

__all__ = ["add_extract", "add_list_item", "child_of", "core_properties", "elements", "entry",
           "local", "parse", "slide", "table_row"]  # fmt: skip

_LIST_MARK = re.compile(r"(?:-|\d{1,3}[.)])$")

# When the templates of python-docx and python-pptx were saved, which their files keep.
_OF_TEMPLATES = ("2013-12-23T23:15:00Z", "2013-01-27T09:14:16Z", "2013-01-27T09:15:58Z")


def parse(data: bytes) -> Any:
    """The root element; no entity is resolved, no DTD loaded, nothing fetched.

    Raises:
        LoadError: not well-formed.
    """
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        return etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as exc:
        raise LoadError(f"damaged: the XML in it is not well-formed ({exc})"[:200]) from exc


def entry(archive: zipfile.ZipFile, name: str) -> bytes:
    """The bytes of one file in an archive.

    Raises:
        LoadError: it is missing or damaged.
    """
    try:
        return archive.read(name)
    except KeyError as exc:
        raise LoadError(f"damaged: there is no {name[:80]!r} in its archive") from exc
    except Exception as exc:  # zlib.error, BadZipFile, NotImplementedError, EOFError, ...
        raise LoadError(f"damaged: {name[:80]!r} in its archive cannot be read ({exc})") from exc


def elements(parent: Any) -> Iterator[Any]:
    """The child elements, without comments, processing instructions and entities."""
    return (child for child in parent if isinstance(child.tag, str))


def child_of(parent: Any, name: str) -> Any | None:
    """The first child element of a name with its namespace, where there is one."""
    if len(parent) and parent[0].tag == name:  # as properties are
        return parent[0]
    return next(parent.iterchildren(name), None)


def local(element: Any) -> str:
    """The name of an element without its namespace."""
    return _local(element.tag)


@lru_cache(maxsize=4096)
def _local(tag: object) -> str:
    return str(tag).rpartition("}")[2]


def core_properties(archive: zipfile.ZipFile) -> tuple[str | None, str | None]:
    """Title and date of last change of an OOXML package (docProps/core.xml), where it has them."""
    try:
        links = elements(parse(archive.read("_rels/.rels")))
        target = next(
            e.get("Target") for e in links if e.get("Type", "").endswith("core-properties")
        )
        core = parse(archive.read(posixpath.normpath(target).lstrip("/")))
    except Exception:  # noqa: BLE001 - properties are never worth the file
        return None, None
    values = {local(element): (element.text or "").strip() for element in elements(core)}
    times = [values.get(name, "") for name in ("modified", "created")]
    date = next(filter(None, (iso_date(at) for at in times if at not in _OF_TEMPLATES)), None)
    title = values.get("title", "")
    return None if is_program_title(title) else title or None, date


def table_row(cells: Iterable[str]) -> str:
    r"""One row of a table on one line.

    >>> table_row(["Year", "Loss\nin won"])
    '| Year | Loss in won |'
    """
    return "| " + " | ".join(" ".join(cell.split()) for cell in cells) + " |"


def add_list_item(blocks: Blocks, text: str, *, label: str = "-", follows: bool = False) -> None:
    """A list item behind its mark; right below the item that it ``follows``.

    Below a mark that is not known as one ("a)", "1.2"), a blank line is what parts two items.
    """
    if text.strip():
        tight = follows and _LIST_MARK.match(label) is not None
        blocks.add(f"{label} {text.strip()}", separator="\n" if tight else "\n\n")


@contextmanager
def slide(blocks: Blocks, pages: list[Span]) -> Iterator[str]:
    """What is appended within is the next slide, a page and a place; gives its name, "slide 3"."""
    end, before, at = blocks.length, len(blocks.parts), len(blocks.places)
    name = f"slide {len(pages) + 1}"
    yield name
    if len(blocks.parts) > before:
        start = end + (2 if before else 0)  # behind the blank line
        blocks.places.insert(at, Place(start, name))
    pages.append(Span(end, blocks.length))


def add_extract(blocks: Blocks, extract: Extract, *, place: str | None = None) -> None:
    """The text of a part, its headings, places and tables, behind the blocks so far.

    With a ``place`` the part is one place, and has none inside it.
    """
    before = len(blocks.parts)
    blocks.add(extract.text, place=place)
    if place is not None:
        extract = replace(extract, places=())
    if len(blocks.parts) > before:
        lead = len(extract.text) - len(extract.text.lstrip())
        blocks.take(extract, blocks.length - len(blocks.parts[-1]) - lead)
