"""Write side and search: files to documents, chunks, vectors, generations and passages.

Knows nothing of answers, chat or language models. Every citation shown elsewhere rests
on one invariant that is kept here: ``document.text[span.start:span.end]`` is the quote.

The door for a program that searches: :func:`open_index` (``examples/library.py``).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from index.search import Searcher
    from index.settings import IndexSettings

__all__ = ["open_index"]


def open_index(home: Path | str, settings: IndexSettings | None = None) -> Searcher:
    """Search in the index of a home (``.footnote``), with the embedding model that built it.

    ``search`` gives passages, ``generation().documents(Filter())`` the records of the documents,
    ``generation().document(id)`` one of them with its text. A generation that is published later
    is searched from then on. ``settings`` say how to search, by default as ``FOOTNOTE_*`` do.

    Raises:
        ModelError: the embedding model or the reranker cannot be loaded.
        IndexMissingError: nothing has been published in this home.
        IndexMismatchError: it was built with another embedding model, or by another version.
    """
    from index.embedding.embedder import load_embedder
    from index.embedding.rerank import load_reranker
    from index.search import Searcher
    from index.settings import IndexSettings

    given = settings or IndexSettings()
    settings = given.model_copy(update={"home": Path(home)})
    embedder = load_embedder(settings.embedding)
    searcher = Searcher(settings, embedder, load_reranker(settings.reranker))
    searcher.generation()
    return searcher
