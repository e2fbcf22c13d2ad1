"""The lines of calendars and contacts (RFC 5545, RFC 6350, vCard 2.1): ``NAME;PARAMETER=x:value``.

Own code, since the libraries for calendars refuse a file for one bad line, and none that is kept
up reads vCard 2.1. Values are decoded and unfolded here; what they mean, their loaders know.
"""

from __future__ import annotations

import quopri
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from index.errors import LoadError
from index.loaders.plain.text import decode, decode_as

__all__ = ["Component", "Line", "components"]

_FOLD = re.compile(rb"\r?\n[ \t]")
_LINE = re.compile(r'(?:[\w-]+\.)?([\w-]+)((?:;[^:"]*(?:"[^"]*"[^:"]*)*)?):(.*)', re.DOTALL)
_PARAMETER = re.compile(r';([^=;:"]+)(?:=((?:"[^"]*"|[^;:"])*))?')
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_MAX_HEAD = 200
_SEMICOLON = re.compile(r"(?<!\\);")


@dataclass(frozen=True, slots=True)
class Line:
    """A name in upper case, its parameters and the value as it stands there."""

    name: str
    parameters: dict[str, str]
    value: str

    @property
    def text(self) -> str:
        r"""The value as a reader sees it.

        >>> Line("NOTE", {}, r"one\, two\nthree").text
        'one, two\nthree'
        """
        return _ESCAPE.sub(lambda found: "\n" if found[1] in "nN" else found[1], self.value).strip()

    @property
    def fields(self) -> list[str]:
        """The parts of a value that is a list with semicolons, those that are not empty."""
        parts = (Line("", {}, part).text for part in _SEMICOLON.split(self.value))
        return [part for part in parts if part]


@dataclass(slots=True)
class Component:
    """What stands between ``BEGIN:KIND`` and ``END:KIND``, without the components in it."""

    kind: str
    lines: list[Line] = field(default_factory=list)

    def first(self, name: str) -> Line | None:
        """The first line of this name."""
        return next((line for line in self.lines if line.name == name), None)

    def text(self, name: str) -> str:
        """The text of the first line of this name, or ""."""
        line = self.first(name)
        return line.text if line else ""


def components(data: bytes) -> tuple[list[Component], int]:
    """All components in the order of their beginnings, and the number of lines that are none."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        data = decode(data).encode()
    text = decode(_FOLD.sub(b"", data)).removeprefix("\ufeff")
    found: list[Component] = []
    opened = [Component("")]
    unknown = 0
    for raw in _whole_lines(text):
        line = _line(raw)
        if line is None:
            unknown += 1
        elif line.name == "BEGIN":
            opened.append(Component(line.value.strip().upper()))
            found.append(opened[-1])
        elif line.name == "END":
            if len(opened) > 1:
                opened.pop()
        else:
            opened[-1].lines.append(line)
    return found, unknown


def _whole_lines(text: str) -> Iterator[str]:
    """The lines with text; quoted-printable ones go on behind an equals sign at their end."""
    parts: list[str] = []
    for line in text.split("\n"):
        parts.append(line)
        if line.endswith("=") and "QUOTED-PRINTABLE" in parts[0][:_MAX_HEAD].upper():
            parts[-1] = line[:-1]
        else:
            whole = "".join(parts)
            parts = []
            if whole.strip():
                yield whole
    if parts:
        yield "".join(parts)


def _line(raw: str) -> Line | None:
    found = _LINE.fullmatch(raw)
    if found is None:
        return None
    parameters: dict[str, str] = {}
    for name, value in _PARAMETER.findall(found[2]):
        key, text = (name.strip().upper(), value) if value else ("TYPE", name)  # vCard 2.1: ;HOME
        text = text.replace('"', "").strip()
        parameters[key] = f"{parameters[key]},{text}" if key in parameters else text
    value = found[3]
    kinds = f"{parameters.get('ENCODING', '')},{parameters.get('TYPE', '')}".upper().split(",")
    if "QUOTED-PRINTABLE" in kinds:
        data = quopri.decodestring(value.encode())
        with suppress(LoadError):
            value = decode_as(data, parameters.get("CHARSET"))
    return Line(found[1].upper(), parameters, value.replace("\r\n", "\n"))
