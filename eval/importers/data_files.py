"""Reading other people's data: UTF-8 lines with their numbers, JSON, and text that can be written.

Lines are read one by one, so that a corpus need not fit in memory. What is malformed raises a
``SuiteError`` that names file and line.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from eval.errors import SuiteError

__all__ = ["clean", "id_of", "json_lines", "json_of", "lines", "text_of"]

_UNWRITABLE = re.compile(r"[\x00\ud800-\udfff]")


def clean(text: str) -> str:
    r"""The text of the same length that a file in UTF-8 holds and gives back.

    NUL and halves of characters become U+FFFD, line ends become ``\n``.

    >>> clean("a\r\nb\rc\x00")
    'a \nb\nc�'
    """
    return _UNWRITABLE.sub("\ufffd", text).replace("\r\n", " \n").replace("\r", "\n")


def lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines with their numbers from 1 and their line ends; a BOM is passed over.

    Raises:
        SuiteError: the file cannot be read or is not UTF-8.
    """
    number = 0
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                yield number, line.decode("utf-8-sig" if number == 1 else "utf-8")
    except UnicodeDecodeError as exc:
        raise SuiteError(f"{path}:{number} is not UTF-8 ({exc.reason}): save it as UTF-8") from exc
    except OSError as exc:
        raise SuiteError(f"cannot read {path} ({exc.strerror})") from exc


def json_of(path: Path) -> object:
    """What a JSON file holds.

    Raises:
        SuiteError: the file cannot be read, is not UTF-8 or not JSON.
    """
    return _parsed("".join(line for _, line in lines(path)), str(path))


def json_lines(path: Path) -> Iterator[tuple[str, dict[str, object]]]:
    """The objects of a JSON Lines file, each with ``path:line``; blank lines are passed over.

    Raises:
        SuiteError: the file cannot be read, is not UTF-8, or a line is not a JSON object.
    """
    for number, line in lines(path):
        if not line.strip():
            continue
        value = _parsed(line, f"{path}:{number}")
        if not isinstance(value, dict):
            raise SuiteError(f"{path}:{number} is not a JSON object: one object a line is wanted")
        yield f"{path}:{number}", value


def text_of(value: dict[str, object], key: str, where: str, *, default: str | None = None) -> str:
    """A text of an object, cleaned; null is the same as absent.

    Raises:
        SuiteError: it is absent and there is no default, or it is no text.
    """
    found = value.get(key)
    if found is None and default is not None:
        return default
    if not isinstance(found, str):
        raise SuiteError(f"{where} has no text {key!r}: add it, or take the entry out")
    return clean(found)


def id_of(value: dict[str, object], key: str, where: str, *, default: str | None = None) -> str:
    """An id of an object: a text, or a number as text.

    Raises:
        SuiteError: it is absent or empty and there is no default, or it is neither.
    """
    found = value.get(key)
    if isinstance(found, int) and not isinstance(found, bool):
        return str(found)
    given = text_of(value, key, where, default=default).strip()
    if not given and default is None:
        raise SuiteError(f"{where} has an empty {key!r}: give it an id")
    return given


def _parsed(text: str, where: str) -> object:
    try:
        return json.loads(text)
    except json.JSONDecodeError as exc:
        raise SuiteError(
            f"{where} is not JSON ({exc.msg}, line {exc.lineno}, column {exc.colno}): repair it"
        ) from exc
    except (ValueError, RecursionError) as exc:
        raise SuiteError(f"{where} cannot be read as JSON ({exc}): repair it") from exc
