"""JSON and JSON lines: objects as statements, nested names joined by dots.

Nothing is lost or computed: numbers are kept as they are written, of names that come twice both
are read, halves of characters become U+FFFD. A list of objects is a statement each ("item 3");
an object is a line for each value, and the larger objects and lists in it stand below headings.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from index.errors import LoadError
from index.loaders.extract import Blocks, Extract, Source
from index.loaders.plain.rows import Pair, add_record, add_records
from index.loaders.plain.text import decode

__all__ = ["parse", "read"]


@dataclass(frozen=True, slots=True)
class Members:
    """The members of a JSON object in their order; a name may come twice."""

    pairs: list[tuple[str, Value]]


Value: TypeAlias = "str | bool | list[Value] | Members | None"

_MAX_LEVEL = 6
_MAX_INLINE = 300


def read(source: Source) -> Extract:
    """Statements of all objects.

    Raises:
        LoadError: not JSON, with the line of the first error, or nested too deeply.
    """
    text = decode(source.data).removeprefix("\ufeff")
    blocks = Blocks()
    try:
        if source.suffix in (".jsonl", ".ndjson"):
            _add_lines(blocks, text)
        else:
            _add_document(blocks, text)
    except RecursionError as exc:
        raise LoadError("its JSON is nested too deeply to be read") from exc
    return blocks.extract()


def parse(text: str) -> Value:
    """A JSON text as strings, lists and members; numbers are strings as written.

    >>> parse('{"a": 1.50, "a": [true, NaN]}')
    Members(pairs=[('a', '1.50'), ('a', [True, 'NaN'])])
    """
    value: Value = json.loads(
        text, object_pairs_hook=Members, parse_int=str, parse_float=str, parse_constant=str
    )
    return value


def _add_document(blocks: Blocks, text: str) -> None:
    try:
        value = parse(text)
    except json.JSONDecodeError as exc:
        if exc.msg == "Extra data":  # an object a line, whatever the extension says
            _add_lines(blocks, text)
            return
        raise LoadError(
            f"not valid JSON: {exc.msg.lower()} in line {exc.lineno}, column {exc.colno}"
        ) from exc
    if isinstance(value, Members):
        _add_members(blocks, value, level=1)
    elif isinstance(value, list):
        _add_items(blocks, value, "item")
    else:
        add_record(blocks, _pairs("", value))


def _add_lines(blocks: Blocks, text: str) -> None:
    broken: list[tuple[int, str]] = []
    records: list[tuple[int, list[Pair]]] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            records.append((number, list(_pairs("", parse(line)))))
        except json.JSONDecodeError as exc:
            broken.append((number, exc.msg.lower()))
    if broken:
        number, message = broken[0]
        others = f", nor are {len(broken) - 1} more lines" if len(broken) > 1 else ""
        raise LoadError(f"line {number} is not valid JSON ({message}){others}: mend or remove it")
    add_records(blocks, records, "line", "")


def _add_items(blocks: Blocks, items: list[Value], name: str) -> None:
    records = [(number, list(_pairs("", item))) for number, item in enumerate(items, start=1)]
    add_records(blocks, records, name, name if name != "item" else "")


def _add_members(blocks: Blocks, members: Members, level: int) -> None:
    """The short values of an object, a line each, then the larger ones below headings."""
    large: list[tuple[str, list[Value] | Members]] = []
    for name, value in members.pairs:
        if isinstance(value, list | Members) and not _is_short(value):
            large.append((name, value))
        else:
            add_record(blocks, _pairs(name, value))
    for name, inner in large:
        blocks.add(" ".join(name.split()).encode(errors="replace").decode(), level=level)
        if isinstance(inner, Members):
            if level < _MAX_LEVEL:
                _add_members(blocks, inner, level + 1)
            else:
                add_record(blocks, _pairs("", inner))
        else:
            _add_items(blocks, inner, name.encode(errors="replace").decode())


def _is_short(value: list[Value] | Members) -> bool:
    """Whether a value reads well in one statement: no lists of objects, not much text."""
    if isinstance(value, list) and any(isinstance(item, list | Members) for item in value):
        return False
    pairs = list(_pairs("", value))
    return sum(len(name) + len(text) for name, text in pairs) <= _MAX_INLINE


def _pairs(name: str, value: Value) -> Iterator[Pair]:
    """The values in a value, each with the path of names that leads to it."""
    if isinstance(value, Members):
        for inner, item in value.pairs:
            path = f"{name}.{inner}" if name else inner
            if isinstance(item, str):
                yield path, item
            else:
                yield from _pairs(path, item)
    elif isinstance(value, list):
        if (text := _mixed_text(value)) is not None:
            yield name, text
        elif any(isinstance(item, list | Members) for item in value):
            for number, item in enumerate(value, start=1):
                yield from _pairs(f"{name} {number}".strip(), item)
        else:
            yield name, ", ".join(_scalar(item) for item in value if item is not None)
    elif value is not None:
        yield name, _scalar(value)


def _mixed_text(items: list[Value]) -> str | None:
    """A text in pieces, some with what they are, as Telegram writes it; None for other lists."""
    pieces = [dict(item.pairs).get("text") if isinstance(item, Members) else item for item in items]
    if {type(item) for item in items} != {str, Members}:
        return None
    return "".join(map(str, pieces)) if all(isinstance(piece, str) for piece in pieces) else None


def _scalar(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
