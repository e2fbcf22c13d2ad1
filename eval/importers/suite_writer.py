"""A suite folder while it is written: documents, cases, and what was left out and why.

It is not atomic by itself: :mod:`eval.importers.importer` writes to a folder beside and renames.

File names are made from titles and ids of other people's data. A name never leaves its folder, is
written by every system, is not hidden and is used once, also where case or the form of Unicode does
not count.
"""

from __future__ import annotations

import json
import unicodedata
from dataclasses import replace
from pathlib import Path

from eval.importers.data_files import clean
from eval.types import Case
from index.folder import RESERVED, WILD

__all__ = ["FileNames", "SuiteWriter", "safe_stem"]

_MAX_BYTES = 120
_PUNCTUATION = WILD | {"/", "\\", "\ufffd"}


class SuiteWriter:
    """Writes documents and cases as they come; closed at the end, as the questions stay open."""

    def __init__(self, folder: Path) -> None:
        """Begin a suite in an empty folder."""
        self.folder = folder / "documents"
        self.folder.mkdir()
        self.documents = self.cases = self.unanswerable = 0
        self.left_out: list[tuple[str, str]] = []
        self._names = FileNames()
        self._ids: set[str] = set()
        self._file = (folder / "questions.jsonl").open("w", encoding="utf-8", newline="\n")

    def close(self) -> None:
        """End the questions."""
        self._file.close()

    def document(self, title: str, text: str) -> str:
        """Write a document; its name, made from the title or id."""
        name = self._names.add(title)
        (self.folder / name).write_bytes(clean(text).encode())
        self.documents += 1
        return name

    def case(self, case: Case) -> None:
        """Write a case. One without an id gets one; an id that was there before is left out."""
        if not case.id:
            case = replace(case, id=f"case-{self.cases + 1}")
        if case.id in self._ids:
            self.leave_out(f"question {case.id}", "another question has the same id")
            return
        self._ids.add(case.id)
        self._file.write(json.dumps(case.as_json(), ensure_ascii=False) + "\n")
        self.cases += 1
        self.unanswerable += not case.answerable

    def leave_out(self, what: str, why: str) -> None:
        """Note an entry that is not in the suite, and why."""
        self.left_out.append((what, why))


def safe_stem(title: str) -> str:
    r"""A file name without extension that resembles the title, in Unicode's composed form (NFC).

    >>> safe_stem("../../etc/passwd"), safe_stem("São Paulo: a\x00city"), safe_stem("aux.h")
    ('_.._etc_passwd', 'São_Paulo__a_city', '_aux.h')
    """
    title = unicodedata.normalize("NFC", title.strip())
    name = "".join("_" if _is_unsafe(character) else character for character in title)
    name = name.encode()[:_MAX_BYTES].decode("utf-8", "ignore").lstrip(".-~").rstrip(".")
    return f"_{name}" if not name or RESERVED.match(name) else name


class FileNames:
    """Names of text files, each given once."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._last: dict[str, int] = {}

    def add(self, title: str) -> str:
        """A safe name that was not given before, ``.txt`` included.

        >>> names = FileNames()
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
