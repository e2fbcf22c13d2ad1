"""The lexical index: BM25 by tantivy over Snowball stems, the only room of both.

The index is written anew for each generation from the stems in the catalog (a single
segment, so scores are exact and ties fall by row). Scores are BM25 (k1 1.2, b 0.75; Robertson
& Zaragoza 2009) divided by the largest value that the query could reach, so they lie in
[0, 1] and can be weighed against a cosine whatever the query's length.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from index.borrowed import borrowed
from index.errors import HomeError, IndexMismatchError

__all__ = ["LEXICAL_VERSION", "LexicalIndex", "content_terms", "stems", "write_lexical"]

# Raise this when `stems` gives others for the same text: every index is then rebuilt.
LEXICAL_VERSION = 1

_K1_PLUS_1 = 2.2
_WORD = re.compile(r"[^\W_]+")
_STOP_WORDS = frozenset(
    "a about an and any are as at be been being but by can could did do does doing for from had has"
    " have having he her hers him his how i if in into is it its me might my no nor not of on or"
    " our ours she should so some such than that the their theirs them then there these they this"
    " those to too us very was we were what when where which who whom whose why will with would"
    " you your yours tell please".split()
)
# Past forms that no stemmer takes back, so that "What did he say?" meets "he said".
_BASE_BY_PAST = dict(
    pair.split("/")
    for pair in (
        "ate/eat became/become began/begin begun/begin born/bear bought/buy bound/bind broke/break"
        " broken/break brought/bring built/build came/come caught/catch chose/choose chosen/choose"
        " dealt/deal drank/drink drawn/draw drew/draw driven/drive drove/drive fallen/fall fed/feed"
        " fell/fall felt/feel fled/flee flew/fly flown/fly fought/fight found/find gave/give"
        " given/give gone/go got/get grew/grow grown/grow heard/hear hid/hide hidden/hide kept/keep"
        " knew/know known/know laid/lay led/lead lent/lend lost/lose made/make meant/mean met/meet"
        " overthrew/overthrow paid/pay proven/prove ran/run ridden/ride risen/rise rode/ride"
        " rose/rise said/say sang/sing sank/sink sat/sit saw/see seen/see sent/send shot/shoot"
        " shown/show slept/sleep sold/sell sought/seek spent/spend spoke/speak spoken/speak"
        " stole/steal stolen/steal stood/stand struck/strike sung/sing sunk/sink swore/swear"
        " sworn/swear taken/take taught/teach thought/think threw/throw thrown/throw told/tell"
        " took/take understood/understand went/go won/win wore/wear worn/wear written/write"
        " wrote/write men/man women/woman children/child"
    ).split()
)
# Verbs that only ask for the time, the place or the people of an event.
_HAPPENS = re.compile(
    r"\b(?:(?:take|takes|took|taken|taking)\s+(?:place|part)|happen(?:s|ed)?|occur(?:s|red)?|held"
    r"|attend(?:s|ed)?|participated?)\b",
    re.IGNORECASE,
)


def stems(text: str) -> list[str]:
    """The stems of all words of ``text``, in order (Snowball English, Porter 2001).

    >>> stems("Two ministers signed it")
    ['two', 'minist', 'sign', 'it']
    """
    words = [word.lower() for word in _WORD.findall(text)]
    return list(_stemmer().stemWords([_BASE_BY_PAST.get(word, word) for word in words]))


def content_terms(text: str) -> list[str]:
    """The distinct stems of a question that carry meaning, in order of appearance.

    >>> content_terms("What did the two ministers sign?")
    ['two', 'minist', 'sign']
    """
    words = [word.lower() for word in _WORD.findall(_HAPPENS.sub(" ", text))]
    kept = [word for word in words if word not in _STOP_WORDS] or words
    return list(dict.fromkeys(stems(" ".join(kept))))


@lru_cache(maxsize=1)
def _stemmer() -> Any:
    import Stemmer

    return Stemmer.Stemmer("english")


def write_lexical(directory: Path, rows: Iterable[tuple[int, str]]) -> None:
    """Write the index of (row, stems joined by spaces) into a new directory.

    Raises:
        HomeError: it cannot be written.
    """
    import tantivy

    schema = tantivy.SchemaBuilder()
    schema.add_unsigned_field("row", stored=True, indexed=True, fast=True)
    schema.add_text_field("stems", tokenizer_name="whitespace", index_option="freq")
    directory.mkdir()
    try:
        index = tantivy.Index(schema.build(), path=str(directory))
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
            f"cannot write {directory} ({_one_line(exc)}): free space or fix permissions; "
            "the published index is unchanged"
        ) from exc


def _one_line(exc: Exception) -> str:
    return " ".join(str(exc).split())[:200]


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
                self._copy = borrowed(directory)
                index = tantivy.Index.open(self._copy.name)
        except (ValueError, OSError) as exc:
            raise IndexMismatchError(
                f"no usable lexical index in {directory} ({_one_line(exc)}): "
                "run `footnote index --force`"
            ) from exc
        self._schema = index.schema
        self._searcher = index.searcher()

    def search(
        self, terms: Sequence[str], n: int, rows: Sequence[int] | None = None
    ) -> list[tuple[int, float]]:
        """The ``n`` best rows for the stems ``terms`` with scores in [0, 1], best first.

        ``rows`` restricts the search to those rows.
        """
        largest = _K1_PLUS_1 * sum(self.idf(term) for term in set(terms))
        if not terms or largest <= 0 or (rows is not None and not rows):
            return []
        query, occur = self._tantivy.Query, self._tantivy.Occur
        wanted = query.boolean_query(
            [(occur.Should, query.term_query(self._schema, "stems", t, "freq")) for t in terms]
        )
        if rows is not None:
            among = query.term_set_query(self._schema, "row", list(rows))
            wanted = query.boolean_query(
                [(occur.Must, wanted), (occur.Must, query.const_score_query(among, 0.0))]
            )
        hits = self._searcher.search(wanted, n).hits
        found = [(int(self._searcher.doc(at)["row"][0]), score / largest) for score, at in hits]
        return sorted(found, key=lambda item: (-item[1], item[0]))

    def idf(self, term: str, *, at_least: int = 0) -> float:
        """Inverse document frequency of a stem, as Lucene and tantivy define it.

        ``at_least`` is the smallest number of chunks to assume.
        """
        total = max(self._searcher.num_docs, at_least)
        frequency = self._searcher.doc_freq("stems", term)
        return math.log(1 + (total - frequency + 0.5) / (frequency + 0.5))
