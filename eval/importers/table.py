"""A table of questions and answers: CSV in UTF-8 with a header; comma, semicolon or tab between.

Columns, in any order and case: ``question``; ``answer`` or ``answers`` (several with ``|``
between); ``document`` or ``source`` (several likewise); ``evidence``; ``context``;
``answerable``; ``id``; ``kind``. Others are ignored. Without a folder of documents the contexts
(else the evidence) become the documents: one for each source, else one for each context.

A question is unanswerable if ``answerable`` says no. Where it says nothing (no column, or an
empty field), it is unanswerable if it has no answer, no evidence, no context and no source:
with one of these an empty answer is an answerable question without accepted answers.
"""

from __future__ import annotations

import csv
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from eval.errors import SuiteError
from eval.importers.data_files import clean, lines
from eval.importers.suite_writer import SuiteWriter
from eval.types import Case
from index.errors import LoadError
from index.loaders.plain.text import decode

__all__ = ["DocumentLookup", "copy_documents", "import_table"]

_DELIMITERS = ",;\t"
_LONGEST_FIELD = 131_072  # characters, as Python has it
_FIELDS = {
    "question": "question",
    "answer": "answer",
    "answers": "answer",
    "document": "source",
    "source": "source",
    "evidence": "evidence",
    "context": "context",
    "answerable": "answerable",
    "id": "id",
    "kind": "kind",
}
_YES_OR_NO = dict.fromkeys(("true", "yes", "y", "1"), True) | dict.fromkeys(
    ("false", "no", "n", "0"), False
)

_PLAIN = (".txt", ".md")  # here the text is the file itself


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of the table; fields that are not there are empty."""

    line: int
    question: str = ""
    answer: str = ""
    source: str = ""
    evidence: str = ""
    context: str = ""
    answerable: str = ""
    id: str = ""
    kind: str = ""

    @property
    def passage(self) -> str:
        """What a document is made of."""
        return self.context or self.evidence

    @property
    def is_answerable(self) -> bool:
        """As ``answerable`` says, else by the rule of this module."""
        stated = _YES_OR_NO.get(self.answerable.lower())
        given = self.answer or self.evidence or self.context or self.source
        return bool(given) if stated is None else stated


def import_table(source: Path, writer: SuiteWriter, documents: Path | None) -> None:
    """Write the questions of a table over a copy of ``documents``, or over its own contexts.

    Raises:
        SuiteError: the table is malformed, or there is nothing to make documents of.
    """
    rows = list(_rows(source))
    if documents is not None:
        lookup, by_key = copy_documents(documents, writer), dict[str, str]()
    elif any(row.passage for row in rows):
        lookup, by_key = _write_contexts(rows, writer)
    else:
        raise SuiteError(
            f"{source} has no evidence or context to make documents of: name the folder that "
            "holds the documents"
        )
    for row in rows:
        found = _case(row, lookup, by_key)
        if isinstance(found, Case):
            writer.case(found)
        else:
            writer.leave_out(f"line {row.line} of {source.name}", found)


def _case(row: _Row, lookup: DocumentLookup, by_key: dict[str, str]) -> Case | str:
    """The case of a row, or why there is none; ``by_key`` has the documents made of contexts."""
    if not row.question:
        return "the question is empty"
    if row.answerable and row.answerable.lower() not in _YES_OR_NO:
        return f"answerable is {row.answerable!r}: write true or false"
    sources = _sources(row, lookup, by_key)
    if isinstance(sources, str):
        return sources
    if not row.is_answerable:
        return Case(row.id, row.question, False, (), sources, kind=row.kind)
    return _answerable(row, sources, lookup)


def _answerable(row: _Row, sources: tuple[str, ...], lookup: DocumentLookup) -> Case | str:
    """The case, with evidence that is (or may be) in a source; or why there is none."""
    answers = tuple(dict.fromkeys(filter(None, map(str.strip, row.answer.split("|")))))
    evidence = row.evidence or row.context
    if evidence and not sources:
        sources = lookup.holders(evidence)
        if not sources:
            return "its evidence is in no plain text: name the document in a column 'source'"
    elif evidence and not any(lookup.may_hold(name, evidence) for name in sources):
        return f"its evidence is not in {', '.join(sources)}: quote it verbatim"
    if not answers and not sources:
        return "it is answerable, but has neither answer nor source"
    shown = (evidence,) if evidence else ()
    return Case(row.id, row.question, True, answers, sources, shown, kind=row.kind)


def _sources(row: _Row, lookup: DocumentLookup, by_key: dict[str, str]) -> tuple[str, ...] | str:
    """The documents of a row, or why they cannot be used."""
    if by_key and (row.source or row.passage):
        name = by_key.get(_key(row))
        return (name,) if name else f"no line has a context of the document {row.source!r}"
    named = list(filter(None, map(str.strip, row.source.split("|"))))
    found = [lookup.find(name) for name in named]
    missing = [name for name, there in zip(named, found, strict=True) if there is None]
    if missing:
        return f"the document {missing[0]!r} is not in the folder of documents (or more than once)"
    return tuple(dict.fromkeys(name for name in found if name is not None))


def _write_contexts(rows: list[_Row], writer: SuiteWriter) -> tuple[DocumentLookup, dict[str, str]]:
    """Write a document for each source, else for each context; their names by key of the row."""
    passages: dict[str, dict[str, None]] = {}
    titles: dict[str, str] = {}
    for row in rows:
        if row.passage:
            passages.setdefault(_key(row), {})[row.passage] = None
            titles.setdefault(_key(row), row.source or f"context-{len(titles) + 1}")
    by_key = {
        key: writer.document(titles[key], "\n\n".join(texts) + "\n")
        for key, texts in passages.items()
    }
    return DocumentLookup(writer.folder, list(by_key.values())), by_key


def _key(row: _Row) -> str:
    return f"source {row.source}" if row.source else f"context {row.passage}"


def _rows(path: Path) -> Iterator[_Row]:
    """The rows with their first lines, fields cleaned; rows with nothing in them are passed over.

    Raises:
        SuiteError: the header lacks a question or names a field twice, or a row is malformed.
    """
    delimiter = _delimiter(path)
    csv.field_size_limit(_LONGEST_FIELD)  # whatever a loader has set in this process
    reader = csv.reader(
        (line for _, line in lines(path)), delimiter=delimiter, skipinitialspace=True, strict=True
    )
    fields: list[str | None] = []
    first = 1
    try:
        for values in reader:
            if any(value.strip() for value in values):
                if not fields:
                    fields = _header(values, path)
                else:
                    yield _row(values, fields, f"{path}:{first}", first)
            first = reader.line_num + 1
    except csv.Error as exc:
        raise SuiteError(f"{path}:{first} is no row of CSV ({exc}): check its quotes") from exc
    if not fields:
        raise SuiteError(f"{path} is empty: a header with a column 'question' is wanted")


def _delimiter(path: Path) -> str:
    """What the header has between its columns; the comma if it has only one."""
    header = next((line for _, line in lines(path) if line.strip()), "")
    try:
        return csv.Sniffer().sniff(header, delimiters=_DELIMITERS).delimiter
    except csv.Error:
        return ","


def _header(values: list[str], path: Path) -> list[str | None]:
    fields = [_FIELDS.get(value.strip().lower()) for value in values]
    if "question" not in fields:
        columns = ", ".join(repr(value.strip()) for value in values)[:200]
        raise SuiteError(
            f"{path} has no column 'question' but {columns}: the first row is the header"
        )
    twice = next((field for field in fields if field and fields.count(field) > 1), None)
    if twice is not None:
        raise SuiteError(f"{path} has two columns for the {twice}: keep one of them")
    return fields


def _row(values: list[str], fields: list[str | None], where: str, line: int) -> _Row:
    if len(values) > len(fields):
        raise SuiteError(
            f"{where} has {len(values)} fields, the header {len(fields)}: put fields that hold "
            "the delimiter in quotes"
        )
    named = {
        field: clean(value).strip()
        for field, value in zip(fields, values, strict=False)
        if field is not None
    }
    return _Row(line, **named)


class DocumentLookup:
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


def copy_documents(documents: Path, writer: SuiteWriter) -> DocumentLookup:
    """Copy a folder. Hidden files are not read by the index and links may lead out: left out.

    Raises:
        SuiteError: it is no folder, lies around the suite, or has no file to copy.
    """
    if not documents.is_dir():
        raise SuiteError(f"{documents} is not a folder: name the folder that holds the documents")
    if writer.folder.resolve().is_relative_to(documents.resolve()):
        raise SuiteError(f"the suite would lie within {documents}: write it somewhere else")
    names = sorted(_copyable(documents, writer))
    for name in names:
        to = writer.folder / name
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(documents / name, to, follow_symlinks=False)
    if not names:
        raise SuiteError(f"{documents} has no documents: name the folder that holds them")
    writer.documents += len(names)
    return DocumentLookup(writer.folder, names)


def _copyable(folder: Path, writer: SuiteWriter) -> Iterator[str]:
    waiting = [""]
    while waiting:
        parent = waiting.pop()
        with os.scandir(folder / parent) as found:
            entries = sorted(found, key=lambda entry: entry.name)
        for entry in entries:
            name = parent + entry.name
            why = _unusable(entry)
            if why:
                writer.leave_out(name.encode("utf-8", "backslashreplace").decode(), why)
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
