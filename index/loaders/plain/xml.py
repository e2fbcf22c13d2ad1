"""XML: feeds as articles, any other XML as statements of its records and paragraphs.

lxml parses with entities unresolved, no DTD and no network. An element that only holds values is a
statement; mixed content and ``p`` or ``para`` are paragraphs; what holds those stands below a
heading, which is its title or its name.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from html.entities import name2codepoint
from typing import Any

from index.errors import LoadError
from index.loaders.extract import Blocks, Extract, Source
from index.loaders.office.package import elements, local
from index.loaders.plain.feed import add_feed, is_feed
from index.loaders.plain.rows import Pair, add_record
from index.loaders.plain.text import decode, superset
from index.text.raised import lowered, raised

__all__ = ["read"]

_DECLARATION = re.compile(r"\ufeff?\s*<\?xml[^>]*\?>")
_ENCODING = re.compile(rb"\s*<\?xml[^>]*?\bencoding\s*=\s*[\"']([\w.:-]+)[\"']")
_ENTITY = re.compile(r"&(\w+);")
_OWN_ENTITIES = ("amp", "lt", "gt", "quot", "apos")
# Characters that XML does not allow.
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_PARAGRAPHS = ("p", "para", "paragraph")
_TITLES = ("title", "head", "heading", "caption")
_LABELS = ("name", "key", "id")
_WRITTEN = {"sup": raised, "superscript": raised, "sub": lowered, "subscript": lowered}
_STRUCK = ("del", "s", "strike")
_MAX_LEVEL = 6
_MAX_HEIGHT = 2


def read(source: Source) -> Extract:
    """Text in reading order.

    Raises:
        LoadError: not well-formed, with the line of the error.
    """
    root = _parse(_decoded(source.data))
    _write_out(root)
    blocks = Blocks()
    if is_feed(root):
        title, date = add_feed(blocks, root)
    else:
        title, date = None, None
        _add(blocks, root, level=1)
    return blocks.extract(title=title, date=date)


def _decoded(data: bytes) -> str:
    """The text in the encoding that the file declares, if it is true, or in the one found."""
    declared = _ENCODING.match(data)
    if declared and b"\x00" not in data:
        try:
            text = data.decode(superset(declared.group(1).decode()))
        except (LookupError, ValueError):
            pass
        else:
            return text.replace("\r\n", "\n").replace("\r", "\n")
    return decode(data)


def _parse(text: str) -> Any:
    from lxml import etree

    def character(entity: re.Match[str]) -> str:
        name = entity.group(1)
        known = name in name2codepoint and name not in _OWN_ENTITIES
        return chr(name2codepoint[name]) if known else entity.group()

    markup = _ENTITY.sub(character, _FORBIDDEN.sub(" ", _DECLARATION.sub("", text, count=1)))
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        encoding="utf-8",
    )
    try:
        return etree.fromstring(markup.strip().encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError as exc:
        raise LoadError(f"not well-formed XML ({exc.msg})"[:250]) from exc


def _write_out(root: Any) -> None:
    """Write raised and lowered characters of running text in their forms; empty struck text."""
    for element in list(root.iter("*")):
        name = local(element)
        if name not in _WRITTEN and name not in _STRUCK:
            continue
        around = element.getparent()
        outer = around.getparent() if around is not None else None
        if not any(e is not None and _is_mixed(e) for e in (around, outer)):
            continue  # a field of that name
        text, tail = _text(element), element.tail
        element.clear()
        element.tail = tail
        if name in _WRITTEN:
            element.text = _WRITTEN[name](text)


def _add(blocks: Blocks, element: Any, level: int) -> None:
    """The content of an element that is no record: below a heading, unless it is the root."""
    children = list(elements(element))
    if element.getparent() is not None:
        title = next((c for c in children if local(c) in _TITLES and not len(c)), None)
        if title is not None:
            children.remove(title)
        label = _text(title) if title is not None else ""
        blocks.add(label or _label(element), level=min(level, _MAX_LEVEL))
        level += 1
        add_record(blocks, [(k, v) for k, v in _attributes(element) if v != _label(element)])
    else:
        add_record(blocks, _attributes(element))
    if _is_mixed(element) or not children:
        blocks.add(_text(element))
        return
    repeated = Counter(local(child) for child in children)
    numbers: Counter[str] = Counter()
    for child in children:
        name = local(child)
        numbers[name] += 1
        place = f"{name} {numbers[name]}" if repeated[name] > 1 else None
        if name in _PARAGRAPHS or _is_mixed(child):
            blocks.add(_text(child), place=place)
        elif _is_record(child):
            add_record(
                blocks, _pairs(child, "" if repeated[name] > 1 and len(child) else None), place
            )
        else:
            _add(blocks, child, level)


def _pairs(element: Any, path: str | None = None) -> Iterator[Pair]:
    """The values in an element, each with the path of names that leads to it."""
    name = _label(element) if path is None else path
    children, attributes = list(elements(element)), _attributes(element)
    if not children and element.text and element.text.strip():
        yield name, _text(element)
        attributes = [pair for pair in attributes if pair[1] != name]
    for key, value in attributes:
        yield f"{name} {key}".strip(), value
    for child in children:
        inner = _label(child)
        yield from _pairs(child, f"{name}.{inner}" if name else inner)


def _is_record(element: Any) -> bool:
    """Whether all text of an element is in values, few levels below it."""
    return _height(element) <= _MAX_HEIGHT and not any(
        _is_mixed(inner) or local(inner) in _PARAGRAPHS for inner in element.iter("*")
    )


def _height(element: Any) -> int:
    return max((1 + _height(child) for child in elements(element)), default=0)


def _is_mixed(element: Any) -> bool:
    pieces = [element.text, *(child.tail for child in element)]
    return bool(len(element)) and any(piece and piece.strip() for piece in pieces)


def _label(element: Any) -> str:
    """What an element with a name of its own is called: ``<string name="app">`` is "app"."""
    named = next((element.get(key) for key in _LABELS if element.get(key)), None)
    return " ".join(named.split()) if named and not len(element) else local(element)


def _attributes(element: Any) -> list[Pair]:
    return [(key, value) for key, value in element.attrib.items() if not key.startswith("{")]


def _text(element: Any) -> str:
    return " ".join("".join(element.itertext()).split())
