"""Settings as lines that say what they are the settings of: "database: port: 5433".

YAML is parsed, so that a key has the path that leads to it; comments stay where they are. What is
not valid YAML (a template) is the file itself. In files of sections each key has its section.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

__all__ = ["lines_of_sections", "lines_of_yaml"]

_MAX_YAML = 2_000_000  # characters
_MAX_DEPTH = 40
_MAX_LINE = 300
_MAX_LINES = 100_000
_MAX_CALLED = 40
_MERGE = "tag:yaml.org,2002:merge"
_OF_LIST = re.compile(r"(?:^| )\d+: $")
_COMMENT = re.compile(r"(?:^|[ \t])#[ \t]*(?P<text>\S.*)$")
_SECTION = re.compile(r"\[{1,2}(?P<name>[^\[\]\n]{1,80})\]{1,2}\s*$")
_KEY = re.compile(r"[ \t]*[\w.\-\"']+[ \t]*[=:][ \t]*\S")

Line = tuple[int, str]


def lines_of_yaml(text: str) -> list[Line]:
    r"""The number and text of each line, for each value and comment; none where it is no YAML.

    >>> lines_of_yaml("db: # main\n  port: 5433\nnodes:\n- {ip: 10.0.0.1, role: web}\n")
    [(1, '# main'), (2, 'db: port: 5433'), (4, 'nodes 1: ip: 10.0.0.1; role: web')]
    """
    import yaml

    if len(text) > _MAX_YAML:
        return []
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        roots = [root for root in yaml.compose_all(text, Loader=loader) if root is not None]
        lines = (line for root in roots for line in _lines(root, "", set(), 0))
        found = list(islice(lines, _MAX_LINES))
    except (yaml.YAMLError, ValueError, RecursionError):
        return []
    if len(found) == _MAX_LINES:  # what is referred to again and again
        return []
    inside = _inside(roots)
    comments = [
        (number, f"# {comment['text']}")
        for number, line in enumerate(text.split("\n"), start=1)
        if number not in inside and (comment := _COMMENT.search(line))
    ]
    return sorted([*found, *comments], key=lambda line: line[0])


def _lines(node: Any, path: str, seen: set[int], depth: int, at: int = 0) -> Iterator[Line]:
    """The lines of a node below a path; one that is referred to stands at ``at`` again."""
    if depth > _MAX_DEPTH:
        raise RecursionError
    number = at or node.start_mark.line + 1
    if node.id == "scalar":
        yield number, f"{path}{_value(node)}"
    elif flat := _flat(node, path):
        yield number, f"{path}{flat}"
    elif node.id == "sequence":
        for count, item in enumerate(node.value, start=1):
            inner = f"{path.removesuffix(': ')} {count}: ".lstrip()
            if not _flat(item, inner):
                inner = f"{inner.removesuffix(': ')}{_called(item)}: "
            yield from _lines(item, inner, seen, depth + 1, at)
    else:
        for key, value in node.value:
            is_again = value.id != "scalar" and id(value) in seen
            seen.add(id(value))
            line = at or (key.start_mark.line + 1 if is_again else 0)
            name = "" if key.tag == _MERGE else f"{_value(key)}: "
            yield from _lines(value, f"{path}{name}", seen, depth + 1, line)


def _called(item: Any) -> str:
    """What an item of a list is called: its first value, where it has several."""
    if item.id != "mapping" or not item.value or item.value[0][1].id != "scalar":
        return ""
    value = _value(item.value[0][1])
    return f" ({value})" if 0 < len(value) <= _MAX_CALLED else ""


def _flat(node: Any, path: str) -> str:
    """A list of words, or an item of a list with its fields, on one line; "" for what is more."""
    if node.id == "sequence" and node.value and all(i.id == "scalar" for i in node.value):
        return ", ".join(map(_value, node.value))
    if node.id != "mapping" or not _OF_LIST.search(path):
        return ""
    if any(part.id != "scalar" for pair in node.value for part in pair):
        return ""
    line = "; ".join(f"{_value(key)}: {_value(value)}" for key, value in node.value)
    return line if len(line) <= _MAX_LINE else ""


def _value(node: Any) -> str:
    return " ".join(str(node.value).split()) if node.id == "scalar" else "…"


def _inside(roots: list[Any]) -> set[int]:
    """The lines inside texts of several lines, where "#" is no comment."""
    found: set[int] = set()
    open_nodes, seen = list(roots), set[int]()
    while open_nodes:
        node = open_nodes.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if node.id == "scalar":
            found.update(range(node.start_mark.line + 2, node.end_mark.line + 1))
        elif node.id == "sequence":
            open_nodes += node.value
        else:
            open_nodes += [part for pair in node.value for part in pair]
    return found


def lines_of_sections(text: str) -> list[str]:
    r"""The lines of a file with "[sections]", each key behind the name of its section.

    >>> lines_of_sections("a = 1\n[log]\nlevel = warn\n; old")
    ['a = 1', '[log]', 'log: level = warn', '; old']
    """
    section = ""
    lines: list[str] = []
    for line in text.split("\n"):
        if found := _SECTION.match(line):
            section = found["name"].strip()
        is_key = bool(section) and found is None and _KEY.match(line) is not None
        lines.append(f"{section}: {line.strip()}" if is_key else line)
    return lines
