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
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from eval.errors import SuiteError
from eval.importers.library import Library, copy_documents
from eval.importers.reading import clean, lines
from eval.importers.target import Target
from eval.suite import Case

__all__ = ["import_table"]

_DELIMITERS = ",;\t"
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
_SAID = dict.fromkeys(("true", "yes", "y", "1"), True) | dict.fromkeys(
    ("false", "no", "n", "0"), False
)


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
        said = _SAID.get(self.answerable.lower())
        given = self.answer or self.evidence or self.context or self.source
        return bool(given) if said is None else said


def import_table(source: Path, target: Target, documents: Path | None) -> None:
    """Write the questions of a table over a copy of ``documents``, or over its own contexts.

    Raises:
        SuiteError: the table is malformed, or there is nothing to make documents of.
    """
    rows = list(_rows(source))
    if documents is not None:
        library, made = copy_documents(documents, target), dict[str, str]()
    elif any(row.passage for row in rows):
        library, made = _write_contexts(rows, target)
    else:
        raise SuiteError(
            f"{source} has no evidence or context to make documents of: name the folder that "
            "holds the documents"
        )
    for row in rows:
        found = _case(row, library, made)
        if isinstance(found, Case):
            target.case(found)
        else:
            target.leave_out(f"line {row.line} of {source.name}", found)


def _case(row: _Row, library: Library, made: dict[str, str]) -> Case | str:
    """The case of a row, or why there is none; ``made`` are documents made of contexts, by key."""
    if not row.question:
        return "the question is empty"
    if row.answerable and row.answerable.lower() not in _SAID:
        return f"answerable is {row.answerable!r}: write true or false"
    sources = _sources(row, library, made)
    if isinstance(sources, str):
        return sources
    if not row.is_answerable:
        return Case(row.id, row.question, False, (), sources, kind=row.kind)
    return _answerable(row, sources, library)


def _answerable(row: _Row, sources: tuple[str, ...], library: Library) -> Case | str:
    """The case, with evidence that is (or may be) in a source; or why there is none."""
    answers = tuple(dict.fromkeys(filter(None, map(str.strip, row.answer.split("|")))))
    evidence = row.evidence or row.context
    if evidence and not sources:
        sources = library.holders(evidence)
        if not sources:
            return "its evidence is in no plain text: name the document in a column 'source'"
    elif evidence and not any(library.may_hold(name, evidence) for name in sources):
        return f"its evidence is not in {', '.join(sources)}: quote it verbatim"
    if not answers and not sources:
        return "it is answerable, but has neither answer nor source"
    shown = (evidence,) if evidence else ()
    return Case(row.id, row.question, True, answers, sources, shown, kind=row.kind)


def _sources(row: _Row, library: Library, made: dict[str, str]) -> tuple[str, ...] | str:
    """The documents of a row, or why they cannot be used."""
    if made and (row.source or row.passage):
        name = made.get(_key(row))
        return (name,) if name else f"no line has a context of the document {row.source!r}"
    named = list(filter(None, map(str.strip, row.source.split("|"))))
    found = [library.find(name) for name in named]
    missing = [name for name, there in zip(named, found, strict=True) if there is None]
    if missing:
        return f"the document {missing[0]!r} is not in the folder of documents (or more than once)"
    return tuple(dict.fromkeys(name for name in found if name is not None))


def _write_contexts(rows: list[_Row], target: Target) -> tuple[Library, dict[str, str]]:
    """Write a document for each source, else for each context; their names by key of the row."""
    passages: dict[str, dict[str, None]] = {}
    titles: dict[str, str] = {}
    for row in rows:
        if row.passage:
            passages.setdefault(_key(row), {})[row.passage] = None
            titles.setdefault(_key(row), row.source or f"context-{len(titles) + 1}")
    made = {
        key: target.document(titles[key], "\n\n".join(texts) + "\n")
        for key, texts in passages.items()
    }
    return Library(target.folder, list(made.values())), made


def _key(row: _Row) -> str:
    return f"source {row.source}" if row.source else f"context {row.passage}"


def _rows(path: Path) -> Iterator[_Row]:
    """The rows with their first lines, fields cleaned; rows with nothing in them are passed over.

    Raises:
        SuiteError: the header lacks a question or names a field twice, or a row is malformed.
    """
    delimiter = _delimiter(path)
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
        told = ", ".join(repr(value.strip()) for value in values)[:200]
        raise SuiteError(f"{path} has no column 'question' but {told}: the first row is the header")
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
