"""The lexical index: BM25 by tantivy over stems (:mod:`index.text.words`), the only room of it.

A build that only adds chunks adds them to a copy; one that removes any writes the index anew
from the stems in the catalog, because tantivy would go on counting what was removed: scores
are those of the chunks that are there, whatever was there before. Scores are BM25 (k1 1.2,
b 0.75; Robertson & Zaragoza 2009) divided by the largest value that the query could reach, so
they lie in [0, 1] and can be weighed against a cosine whatever the query's length.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from index.errors import HomeError, IndexMismatchError, one_line
from index.store.files import writable_copy

__all__ = ["LexicalIndex", "write_lexical"]

_K1_PLUS_1 = 2.2


def write_lexical(directory: Path, rows: Iterable[tuple[int, str]]) -> None:
    """Write (row, stems joined by spaces) into a new directory, or add them to an index there.

    Raises:
        HomeError: it cannot be written.
    """
    import tantivy

    schema = tantivy.SchemaBuilder()
    schema.add_unsigned_field("row", stored=True, indexed=True, fast=True)
    schema.add_text_field("stems", tokenizer_name="whitespace", index_option="freq")
    directory.mkdir(exist_ok=True)
    try:
        index = tantivy.Index(schema.build(), path=str(directory), reuse=True)
        writer = index.writer(heap_size=64_000_000, num_threads=1)
        for row, text in rows:
            entry = tantivy.Document()
            entry.add_unsigned("row", row)
            entry.add_text("stems", text)
            writer.add_document(entry)
        writer.commit()
        writer.wait_merging_threads()
    except ValueError as exc:  # all that tantivy raises
        raise HomeError(
            f"cannot write {directory} ({one_line(exc)}): free space or fix permissions; "
            "the published index is unchanged"
        ) from exc


class LexicalIndex:
    """BM25 search over the chunks of one generation."""

    def __init__(self, directory: Path) -> None:
        import tantivy

        self._tantivy = tantivy
        self._copy = None
        try:
            try:
                index = tantivy.Index.open(str(directory))
            except ValueError as exc:
                if "Lockfile" not in str(exc):
                    raise
                self._copy = writable_copy(directory)
                index = tantivy.Index.open(self._copy.name)
        except (ValueError, OSError) as exc:
            raise IndexMismatchError(
                f"no usable lexical index in {directory} ({one_line(exc)}): "
                "run `footnote index --force`"
            ) from exc
        self._schema = index.schema
        self._searcher = index.searcher()

    def search(
        self, terms: Sequence[tuple[str, ...]], n: int, rows: Sequence[int] | None = None
    ) -> list[tuple[int, float]]:
        """The ``n`` best rows for ``terms`` with scores in [0, 1], best first.

        A term is a word's stems, any of which will do. ``rows`` restricts the search to those rows.
        """
        largest = _K1_PLUS_1 * sum(self.weight(term) for term in terms)
        if not terms or largest <= 0 or (rows is not None and not rows):
            return []
        query, occur = self._tantivy.Query, self._tantivy.Occur
        wanted = query.boolean_query([(occur.Should, self._any_of(term)) for term in terms])
        if rows is not None:
            among = query.term_set_query(self._schema, "row", list(rows))
            wanted = query.boolean_query(
                [(occur.Must, wanted), (occur.Must, query.const_score_query(among, 0.0))]
            )
        hits = self._searcher.search(wanted, n).hits
        found = [(int(self._searcher.doc(at)["row"][0]), score / largest) for score, at in hits]
        return sorted(found, key=lambda item: (-item[1], item[0]))

    def weight(self, term: tuple[str, ...]) -> float:
        """The idf of a word: that of its rarest stem that occurs, or of a word that does not."""
        occurring = [stem for stem in term if self._searcher.doc_freq("stems", stem)]
        return max(self.idf(stem) for stem in occurring or term)

    def _any_of(self, term: tuple[str, ...]) -> Any:
        query = self._tantivy.Query
        stems = [query.term_query(self._schema, "stems", stem, "freq") for stem in term]
        return stems[0] if len(stems) == 1 else query.disjunction_max_query(stems)

    def idf(self, term: str, *, at_least: int = 0) -> float:
        """Inverse document frequency of a stem, as Lucene and tantivy define it.

        ``at_least`` is the smallest number of chunks to assume.
        """
        total = max(self._searcher.num_docs, at_least)
        frequency = self._searcher.doc_freq("stems", term)
        return math.log(1 + (total - frequency + 0.5) / (frequency + 0.5))
