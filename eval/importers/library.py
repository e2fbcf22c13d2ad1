"""The documents of a suite that a table of questions names: copied files or written contexts."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from eval.errors import SuiteError
from eval.importers.target import Target
from index.errors import LoadError
from index.loaders.plain.text import decode

__all__ = ["Library", "copy_documents"]

_PLAIN = (".txt", ".md")  # here the text is the file itself


class Library:
    """Finds documents by name, and evidence in those whose text is the file itself."""

    def __init__(self, folder: Path, names: list[str]) -> None:
        """A folder and the names of its documents."""
        self._folder = folder
        self._names = dict.fromkeys(names)
        self._by_last: dict[str, list[str]] = {}
        for name in names:
            self._by_last.setdefault(PurePosixPath(name).name, []).append(name)
        self._texts: dict[str, str | None] = {}

    def find(self, source: str) -> str | None:
        """The document: by its path in the folder, or its file name if that is there once."""
        source = source.replace("\\", "/").removeprefix("./").removeprefix("documents/")
        if source in self._names:
            return source
        alike = self._by_last.get(source, [])
        return alike[0] if len(alike) == 1 else None

    def may_hold(self, name: str, evidence: str) -> bool:
        """Whether the document can hold the text, white space apart; True if it is not plain."""
        text = self._text(name)
        return text is None or " ".join(evidence.split()) in text

    def holders(self, evidence: str) -> tuple[str, ...]:
        """The plain documents that hold the text, white space apart."""
        return tuple(
            name for name in self._names if self._text(name) and self.may_hold(name, evidence)
        )

    def _text(self, name: str) -> str | None:
        if name not in self._texts:
            text = None
            if name.lower().endswith(_PLAIN):
                try:
                    text = " ".join(decode((self._folder / name).read_bytes()).split())
                except LoadError:  # the index tells of it
                    text = None
            self._texts[name] = text
        return self._texts[name]


def copy_documents(documents: Path, target: Target) -> Library:
    """Copy a folder. Hidden files are not read by the index and links may lead out: left out.

    Raises:
        SuiteError: it is no folder, lies around the suite, or has no file to copy.
    """
    if not documents.is_dir():
        raise SuiteError(f"{documents} is not a folder: name the folder that holds the documents")
    if target.folder.resolve().is_relative_to(documents.resolve()):
        raise SuiteError(f"the suite would lie within {documents}: write it somewhere else")
    names = sorted(_copyable(documents, target))
    for name in names:
        to = target.folder / name
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(documents / name, to, follow_symlinks=False)
    if not names:
        raise SuiteError(f"{documents} has no documents: name the folder that holds them")
    target.documents += len(names)
    return Library(target.folder, names)


def _copyable(folder: Path, target: Target) -> Iterator[str]:
    waiting = [""]
    while waiting:
        parent = waiting.pop()
        with os.scandir(folder / parent) as found:
            entries = sorted(found, key=lambda entry: entry.name)
        for entry in entries:
            name = parent + entry.name
            why = _unusable(entry)
            if why:
                target.leave_out(name.encode("utf-8", "backslashreplace").decode(), why)
            elif entry.is_dir():
                waiting.append(name + "/")
            else:
                yield name


def _unusable(entry: os.DirEntry[str]) -> str | None:
    if entry.name.startswith("."):
        return "hidden files and folders are not read"
    if entry.is_symlink():
        return "it is a link: put the file itself there"
    if any("\ud800" <= character <= "\udfff" for character in entry.name):
        return "its name is not valid UTF-8: rename it"
    if not entry.is_dir() and not entry.is_file():
        return "it is not a regular file"
    return None
