"""Word indexes side by side: tantivy (written anew, or changed in a copy), bm25s, SQLite FTS5.

The stems are those of an index that exists; every engine gets the same ones. Printed for each:
seconds to write all, seconds to bring 1 % of other chunks in, bytes, milliseconds a query, and
on suites hit@1 and nDCG@10 of the engine alone.

    python bench/lexical.py --home HOME --questions ../shared/data/squad2 ../shared/data/scifact
"""

from __future__ import annotations

import argparse
import importlib.util
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tantivy

from eval.cases import load_suite
from eval.judge import Judge
from eval.measures import hit, ndcg
from index.search import OpenGeneration
from index.store.catalog import Catalog
from index.store.home import Home
from index.store.lexical import LexicalIndex, write_lexical
from index.text.words import query_terms

N = 100
SHARE = 0.01

Rows = list[tuple[int, str]]
Terms = Sequence[tuple[str, ...]]
Search = Callable[[Terms], list[int]]


def main() -> None:
    """Print the two tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--home", type=Path, required=True, help="a large index, for times")
    parser.add_argument("--questions", type=Path, nargs="+", required=True)
    parser.add_argument("--suites", type=Path, nargs="*", default=[], help="homes, for quality")
    parser.add_argument("--queries", type=int, default=300)
    options = parser.parse_args()
    asked = [case.question for path in options.questions for case in load_suite(path).cases]
    queries = [query_terms(q, ("en",)) for q in asked[:: max(1, len(asked) // options.queries)]]
    rows = _rows(options.home)
    print(f"{len(rows)} chunks, {len(queries)} questions")
    print("| engine | write all s | 1 % changed s | MB | p50 ms | p95 ms |")
    print("|---|---|---|---|---|---|")
    for name, engine in ENGINES.items():
        with tempfile.TemporaryDirectory() as folder:
            _times(name, engine(Path(folder)), rows, queries)
    for suite, home in zip(options.questions, options.suites, strict=False):
        _quality(suite, home)


def _times(name: str, engine: Any, rows: Rows, queries: Sequence[Terms]) -> None:
    started = time.perf_counter()
    engine.write(rows)
    written = time.perf_counter() - started
    count = int(len(rows) * SHARE)
    step = len(rows) // count
    changed = rows[::step][:count]
    started = time.perf_counter()
    engine.change([row for row, _ in changed], [(row + 10_000_000, text) for row, text in changed])
    updated = time.perf_counter() - started
    search = engine.search()
    search(queries[0])
    ms = []
    for terms in queries:
        started = time.perf_counter()
        search(terms)
        ms.append((time.perf_counter() - started) * 1000)
    print(
        f"| {name} | {written:.2f} | {updated:.2f} | {engine.size() / 1e6:.1f} "
        f"| {np.quantile(ms, 0.5):.2f} | {np.quantile(ms, 0.95):.2f} |",
        flush=True,
    )


def _quality(suite_path: Path, home_path: Path) -> None:
    """hit@1 and nDCG@10 of each engine alone on one suite."""
    suite = load_suite(suite_path)
    home = Home(home_path)
    pointer = home.pointer()
    assert pointer is not None, f"{home_path} holds no index"
    generation = OpenGeneration(home, pointer.current)
    rows = _rows(home_path)
    catalog = Catalog(home.directory(pointer.current) / "catalog.db")
    id_by_row = {row: chunk.id for row, chunk in catalog.chunks([r for r, _ in rows]).items()}
    judge = Judge(generation)
    judged = [
        (query_terms(case.question, generation.languages), relevant)
        for case in suite.cases
        if case.answerable and (relevant := judge.relevant_chunks(case))
    ]
    for name, engine in ENGINES.items():
        with tempfile.TemporaryDirectory() as folder:
            made = engine(Path(folder))
            made.write(rows)
            search = made.search()
            found = [([id_by_row[row] for row in search(terms)], rel) for terms, rel in judged]
            first = np.mean([hit(ranking, rel, 1) for ranking, rel in found])
            gain = np.mean([ndcg(ranking, rel, 10) for ranking, rel in found])
            print(f"{suite.name} | {name} | hit@1 {first:.3f} | nDCG@10 {gain:.3f}", flush=True)


def _rows(home_path: Path) -> Rows:
    home = Home(home_path)
    pointer = home.pointer()
    assert pointer is not None, f"{home_path} holds no index"
    catalog = Catalog(home.directory(pointer.current) / "catalog.db")
    rows = list(catalog.stems())
    catalog.close()
    return rows


class _Tantivy:
    """As Footnote uses it: one segment, written anew from all stems."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._at = folder / "0"
        self._rows: Rows = []

    def write(self, rows: Rows) -> None:
        self._rows = rows
        write_lexical(self._at, rows)

    def change(self, gone: Iterable[int], new: Rows) -> None:
        lost = set(gone)
        kept = [(row, text) for row, text in self._rows if row not in lost]
        self._at = self._folder / "1"
        write_lexical(self._at, [*kept, *new])

    def search(self) -> Search:
        index = LexicalIndex(self._at)
        return lambda terms: [row for row, _ in index.search(terms, N)]

    def size(self) -> int:
        return sum(path.stat().st_size for path in self._at.rglob("*") if path.is_file())


class _TantivyDelta(_Tantivy):
    """A copy of the index, from which rows are deleted and to which others are added."""

    def change(self, gone: Iterable[int], new: Rows) -> None:
        changed = self._folder / "1"
        shutil.copytree(self._at, changed)
        self._at = changed
        writer = tantivy.Index.open(str(changed)).writer(heap_size=64_000_000, num_threads=1)
        for row in gone:
            writer.delete_documents_by_term("row", row)
        for row, text in new:
            entry = tantivy.Document()
            entry.add_unsigned("row", row)
            entry.add_text("stems", text)
            writer.add_document(entry)
        writer.commit()
        writer.wait_merging_threads()


class _Bm25s:
    """A matrix of scores (Lucene's BM25); it has no updates."""

    def __init__(self, folder: Path) -> None:
        self._at = folder / "bm25s"
        self._rows: Rows = []

    def write(self, rows: Rows) -> None:
        import bm25s

        self._rows = rows
        made = bm25s.BM25(method="lucene", k1=1.2, b=0.75)
        made.index([text.split() for _, text in rows], show_progress=False)
        made.save(self._at)

    def change(self, gone: Iterable[int], new: Rows) -> None:
        lost = set(gone)
        self.write([*((row, text) for row, text in self._rows if row not in lost), *new])

    def search(self) -> Search:
        import bm25s

        made = bm25s.BM25.load(self._at, mmap=True)

        def found(terms: Terms) -> list[int]:
            places, _ = made.retrieve(
                [[stem for term in terms for stem in term]],
                k=min(N, len(self._rows)),
                show_progress=False,
                n_threads=0,
            )
            return [self._rows[int(place)][0] for place in places[0]]

        return found

    def size(self) -> int:
        return sum(path.stat().st_size for path in self._at.rglob("*") if path.is_file())


class _Fts5:
    """SQLite's full-text table over the stems."""

    def __init__(self, folder: Path) -> None:
        self._at = folder / "words.db"

    def write(self, rows: Rows) -> None:
        with sqlite3.connect(self._at) as db:
            db.execute("CREATE VIRTUAL TABLE words USING fts5 (stems, tokenize='unicode61')")
            db.executemany("INSERT INTO words (rowid, stems) VALUES (?, ?)", rows)
            db.execute("INSERT INTO words (words) VALUES ('optimize')")

    def change(self, gone: Iterable[int], new: Rows) -> None:
        changed = self._at.with_name("changed.db")
        shutil.copy2(self._at, changed)
        self._at = changed
        with sqlite3.connect(changed) as db:
            db.executemany("DELETE FROM words WHERE rowid = ?", [(row,) for row in gone])
            db.executemany("INSERT INTO words (rowid, stems) VALUES (?, ?)", new)

    def search(self) -> Search:
        db = sqlite3.connect(self._at)
        query = "SELECT rowid FROM words WHERE words MATCH ? ORDER BY rank LIMIT ?"

        def found(terms: Terms) -> list[int]:
            words = " OR ".join(f'"{stem}"' for term in terms for stem in term)
            return [int(row) for (row,) in db.execute(query, (words, N))]

        return found

    def size(self) -> int:
        return self._at.stat().st_size


ENGINES: dict[str, Callable[[Path], Any]] = {
    "tantivy, written anew": _Tantivy,
    "tantivy, changed copy": _TantivyDelta,
    "bm25s": _Bm25s,
    "SQLite FTS5": _Fts5,
}

if importlib.util.find_spec("bm25s") is None:
    print("bm25s is not installed: pip install bm25s")
    del ENGINES["bm25s"]

if __name__ == "__main__":
    main()
