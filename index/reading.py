"""Documents of the current generation, without search and without a model."""

from __future__ import annotations

from index.catalog import Catalog
from index.documents import Document
from index.errors import IndexMissingError
from index.generations import Home

__all__ = ["read_document"]


def read_document(home: Home, document_id: str) -> Document:
    """One document of the current generation.

    Raises:
        IndexMissingError: nothing has been published.
        DocumentMissingError: the index has no document of that id.
    """
    pointer = home.pointer()
    if pointer is None:
        raise IndexMissingError(f"no index in {home.path}: run `footnote index`")
    catalog = Catalog(home.directory(pointer.current) / "catalog.db")
    try:
        return catalog.document(document_id)
    finally:
        catalog.close()
