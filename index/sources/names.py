"""The names that files from elsewhere get here: safe on every system, and no two the same.

A name that cannot be written as it is, or is taken, is changed and carries eight digits of the hash
of its own name there, so that it is the same in each sync and no other has it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from index.folder import RESERVED, UNSAFE, WILD
from index.sources.source import ItemError
from index.text.composed import composed

__all__ = ["Names", "safe_path"]

_FORBIDDEN = re.compile(f"{UNSAFE.pattern}|[{re.escape(''.join(sorted(WILD)))}]")
_LONGEST_PART, _LONGEST_PATH = 200, 800  # bytes; the documents folder has a path too


def safe_path(path: str, key: str = "") -> str:
    r"""The path with names that every system can write, below a folder whatever it says.

    >>> safe_path("reports/2024.pdf")
    'reports/2024.pdf'
    >>> safe_path("../../etc/passwd.txt"), safe_path("a/CON/b:c.txt")
    ('_/_/etc/passwd~5f510902.txt', 'a/_CON/b_c~bcfc24f3.txt')

    Raises:
        ItemError: it is hidden, empty, or too long with its folders.
    """
    wanted = composed(path).strip("/")
    parts = [_part(part) for part in wanted.split("/") if part.strip()]
    if not parts:
        raise ItemError("it has no name")
    if any(part.startswith(".") for part in parts):
        raise ItemError("its name, or that of its folder, begins with a dot: such are not read")
    safe = "/".join(parts)
    if safe != wanted:
        safe = _numbered(safe, key or path)
    if len(safe.encode()) > _LONGEST_PATH:
        raise ItemError(f"its path is longer than {_LONGEST_PATH} bytes")
    return safe


def _part(name: str) -> str:
    name = _FORBIDDEN.sub("_", name).strip()
    if not name.strip("."):
        return "_"
    name = name.rstrip(". ")
    if RESERVED.match(name):
        name = f"_{name}"
    if len(name.encode()) > _LONGEST_PART:
        suffix = PurePosixPath(name).suffix
        suffix = suffix if len(suffix) <= 10 else ""
        stem = name.removesuffix(suffix).encode()[: _LONGEST_PART - 40].decode(errors="ignore")
        name = stem.rstrip(". ") + suffix
    return name


def _numbered(path: str, key: str) -> str:
    digits = hashlib.sha256(key.encode(errors="surrogatepass")).hexdigest()[:8]
    at = PurePosixPath(path)
    return str(at.with_name(f"{at.stem}~{digits}{at.suffix}"))


class Names:
    """The names of a mirror; those of before are kept by what has them."""

    def __init__(self, taken: Iterable[tuple[str, str]]) -> None:
        self._names: dict[str, str] = {}  # by key
        self._keys: dict[str, str] = {}  # by folded name
        self._folders: set[str] = set()
        for key, name in taken:
            self._take(key, name)

    def name(self, key: str, path: str) -> str:
        """The name of an item, below the folder.

        Raises:
            ItemError: there is none that it could have.
        """
        safe = safe_path(path, key)
        had = self._names.get(key)
        if had in (safe, _numbered(safe, key)):
            return had
        name = safe if self._is_free(safe, key) else _numbered(safe, key)
        if not self._is_free(name, key):
            raise ItemError("a file has the name of its folder, or of it")
        self._take(key, name)
        return name

    def _take(self, key: str, name: str) -> None:
        self._names[key] = name
        self._keys[_folded(name)] = key
        self._folders.update(_above(_folded(name)))

    def _is_free(self, name: str, key: str) -> bool:
        folded = _folded(name)
        is_taken = self._keys.get(folded, key) != key or folded in self._folders
        return not is_taken and not any(folder in self._keys for folder in _above(folded))


def _folded(name: str) -> str:
    """What systems that do not tell capitals or forms of Unicode apart take for the same."""
    return composed(composed(name).casefold())


def _above(name: str) -> Iterator[str]:
    return (str(folder) for folder in PurePosixPath(name).parents if str(folder) != ".")
