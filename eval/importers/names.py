"""File names made from titles and ids of other people's data.

A name never leaves its folder, is written by every system, is not hidden and is used once, also
where case or the form of Unicode does not count.
"""

from __future__ import annotations

import unicodedata

from index.folder import RESERVED, WILD

__all__ = ["Names", "safe_stem"]

_MAX_BYTES = 120
_PUNCTUATION = WILD | {"/", "\\", "\ufffd"}


def safe_stem(title: str) -> str:
    r"""A file name without extension that resembles the title, in Unicode's composed form (NFC).

    >>> safe_stem("../../etc/passwd"), safe_stem("São Paulo: a\x00city"), safe_stem("aux.h")
    ('_.._etc_passwd', 'São_Paulo__a_city', '_aux.h')
    """
    title = unicodedata.normalize("NFC", title.strip())
    name = "".join("_" if _is_unsafe(character) else character for character in title)
    name = name.encode()[:_MAX_BYTES].decode("utf-8", "ignore").lstrip(".-~").rstrip(".")
    return f"_{name}" if not name or RESERVED.match(name) else name


class Names:
    """Names of text files, each given once."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._last: dict[str, int] = {}

    def add(self, title: str) -> str:
        """A safe name that was not given before, ``.txt`` included.

        >>> names = Names()
        >>> [names.add(title) for title in ("Rome", "ROME", "rome-2", "rome.txt")]
        ['Rome.txt', 'ROME-2.txt', 'rome-2-2.txt', 'rome-3.txt']
        """
        stem = safe_stem(title.strip().removesuffix(".txt"))
        key = folded(stem)
        name, number = stem, self._last.get(key, 1)
        while folded(name) in self._taken:
            number += 1
            name = f"{stem}-{number}"
        self._last[key] = number
        self._taken.add(folded(name))
        return f"{name}.txt"


def folded(name: str) -> str:
    """What two names share that are one file where case or form does not count."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def _is_unsafe(character: str) -> bool:
    """Separators, control and format characters, unassigned ones, halves of characters."""
    return character in _PUNCTUATION or unicodedata.category(character)[0] in "CZ"
