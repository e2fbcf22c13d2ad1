"""Collections with relevance judgements: folders of BEIR (Thakur et al. 2021) and of TREC.

A document for each entry of the collection, a question for each query with a relevant document;
its sources are these documents, without evidence. The collection is read as a stream.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from eval.errors import SuiteError
from eval.importers.data_files import clean, id_of, json_lines, lines, text_of
from eval.importers.suite_writer import SuiteWriter
from eval.types import Case

__all__ = ["TREC_JUDGEMENTS", "import_beir", "import_trec"]

TREC_JUDGEMENTS = ("qrels.txt", "qrels.tsv", "qrels")
_TREC_TOPICS = ("queries.tsv", "queries.txt", "topics.tsv", "topics.txt", "topics")
_TREC_COLLECTIONS = ("collection.tsv", "corpus.jsonl")
_SPLITS = ("test", "dev", "train")
_NAMED = 3

_Relevant = dict[str, dict[str, None]]


@dataclass(frozen=True, slots=True)
class _Entry:
    """A document or a query, and where it is."""

    where: str
    id: str
    title: str
    text: str


def import_beir(source: Path, writer: SuiteWriter, split: str | None) -> None:
    """Write a folder with ``corpus.jsonl``, ``queries.jsonl`` and ``qrels/SPLIT.tsv``.

    Judgements are those of ``split``; without one, of test, else dev, else train.

    Raises:
        SuiteError: a file is missing or malformed, or there is no such split.
    """
    qrels = _judgements_of(source / "qrels", split)
    corpus, queries = _first(source, ("corpus.jsonl",)), _first(source, ("queries.jsonl",))
    _import(corpus, queries, qrels, _relevant(qrels, columns=3), writer)


def import_trec(source: Path, writer: SuiteWriter) -> None:
    """Write a folder with topics (``id<TAB>text``), qrels of four columns and a collection.

    The collection is ``collection.tsv`` (``id<TAB>text``) or ``corpus.jsonl`` as in BEIR.

    Raises:
        SuiteError: a file is missing or malformed.
    """
    qrels = _first(source, TREC_JUDGEMENTS)
    corpus, queries = _first(source, _TREC_COLLECTIONS), _first(source, _TREC_TOPICS)
    _import(corpus, queries, qrels, _relevant(qrels, columns=4), writer)


def _import(
    corpus: Path, queries: Path, qrels: Path, relevant: _Relevant, writer: SuiteWriter
) -> None:
    names = _import_documents(corpus, relevant, writer)
    unjudged: list[str] = []
    unseen = dict.fromkeys(relevant)
    for query in _entries(queries):
        judged = relevant.get(query.id)
        if judged is None:
            unjudged.append(query.id)
            continue
        if query.id not in unseen:
            writer.leave_out(f"query {query.id}", f"its id was there before ({query.where})")
            continue
        del unseen[query.id]
        for name in judged:
            if name not in names:
                writer.leave_out(
                    f"document {name} of query {query.id}", f"it is not used from {corpus.name}"
                )
        sources = tuple(names[name] for name in judged if name in names)
        if not sources:
            why = f"none of its relevant documents is used from {corpus.name}"
            writer.leave_out(f"query {query.id}", why)
        elif not query.text.strip():
            writer.leave_out(f"query {query.id}", f"it has no text ({query.where})")
        else:
            writer.case(Case(clean(query.id), query.text.strip(), True, (), sources))
    _tell(writer, unjudged, f"no relevant document in {qrels.name}")
    _tell(writer, list(unseen), f"judged in {qrels.name}, but not in {queries.name}")


def _tell(writer: SuiteWriter, queries: list[str], why: str) -> None:
    """One entry for all, with their number: files of queries hold those of other splits too."""
    if queries:
        such = ", ".join(queries[:_NAMED]) + (", ..." if len(queries) > _NAMED else "")
        writer.leave_out(f"{len(queries)} {'queries' if queries[1:] else 'query'} ({such})", why)


def _import_documents(corpus: Path, relevant: _Relevant, writer: SuiteWriter) -> dict[str, str]:
    """Write the documents; the file names of those that a query needs, by id."""
    needed = {name for judged in relevant.values() for name in judged}
    names: dict[str, str] = {}
    seen: set[str] = set()
    for entry in _entries(corpus):
        title, text = " ".join(entry.title.split()), entry.text.strip()
        if entry.id in seen:
            writer.leave_out(f"document {entry.id}", f"its id was there before ({entry.where})")
        elif not title and not text:
            writer.leave_out(f"document {entry.id}", f"it has no text ({entry.where})")
        else:
            name = writer.document(entry.id, "\n\n".join(filter(None, (title, text))) + "\n")
            if entry.id in needed:
                names[entry.id] = name
        seen.add(entry.id)
    return names


def _entries(path: Path) -> Iterator[_Entry]:
    """Documents or queries: BEIR's objects, or lines of id and text with a tab between."""
    if path.suffix == ".jsonl":
        for where, value in json_lines(path):
            title = text_of(value, "title", where, default="")
            yield _Entry(where, id_of(value, "_id", where), title, text_of(value, "text", where))
        return
    for number, line in lines(path):
        if not line.strip():
            continue
        name, tab, text = line.rstrip("\r\n").partition("\t")
        if not tab or not name.strip():
            raise SuiteError(f"{path}:{number} is not an id, a tab and a text: write it so")
        yield _Entry(f"{path}:{number}", name.strip(), "", clean(text))


def _relevant(path: Path, *, columns: int) -> _Relevant:
    """The ids of relevant documents by query: those with a score above 0.

    BEIR has 3 columns with tabs between and a header, TREC 4 (the second is not used) and none.
    """
    relevant: _Relevant = {}
    for number, line in lines(path):
        fields = [f.strip() for f in line.split("\t")] if columns == 3 else line.split()
        if not any(fields):
            continue
        score = _number(fields[-1])
        if number == 1 and len(fields) == columns and score is None:
            continue  # the header
        if len(fields) != columns or score is None or not all(fields):
            form = ("query-id, corpus-id, score", "qid, 0, docid, relevance")[columns - 3]
            raise SuiteError(f"{path}:{number} is no judgement: {columns} columns, {form}")
        if score > 0:
            relevant.setdefault(fields[0], {})[fields[-2]] = None
    if not relevant:
        raise SuiteError(
            f"{path} has no judgement with a score above 0: name another split or file"
        )
    return relevant


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _judgements_of(folder: Path, split: str | None) -> Path:
    there = {path.stem: path for path in sorted(folder.glob("*.tsv"))}
    if not there:
        raise SuiteError(f"{folder} has no judgements: BEIR's qrels/test.tsv is wanted")
    found = next((name for name in _SPLITS if name in there), None) if split is None else split
    if found is None and len(there) == 1:
        found = next(iter(there))
    if found not in there:
        asked = "neither test, dev nor train" if found is None else f"no split {found!r}"
        raise SuiteError(f"{folder} has {asked}: name one of {', '.join(there)}")
    return there[found]


def _first(folder: Path, names: tuple[str, ...]) -> Path:
    for name in names:
        if (folder / name).is_file():
            return folder / name
    raise SuiteError(f"{folder} lacks {' or '.join(names)}: put it there")
