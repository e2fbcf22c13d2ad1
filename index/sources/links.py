"""Where people see a document that a source brought: its address at the source, in a browser."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from contextlib import suppress

from index.errors import FootnoteError
from index.settings import IndexSettings
from index.sources.mirror import Mirror

__all__ = ["SourceLinks"]


class SourceLinks:
    """The addresses of documents, by the records of the mirrors in the documents folder.

    A record is read again when it has changed.
    """

    def __init__(self, settings: IndexSettings) -> None:
        self._settings = settings
        self._one = threading.Lock()
        self._read: dict[str, tuple[int, Mapping[str, str]]] = {}

    def url_of(self, document_id: str) -> str | None:
        """The address (http, https) of a document, or of the file that it is attached to."""
        name, _, rest = document_id.partition("/")
        source = self._settings.sources.get(name)
        if source is None:
            return None
        keys = self._keys(name)
        while rest and rest not in keys:
            rest = rest.rpartition("/")[0]
        return source.url_of(keys[rest]) if rest else None

    def _keys(self, name: str) -> Mapping[str, str]:
        """The names at the source, by those in its folder."""
        mirror = Mirror(self._settings.seeds / name)
        with self._one:
            changed = mirror.changed
            if name not in self._read or self._read[name][0] != changed:
                kept: Mapping[str, str] = {}
                with suppress(FootnoteError):  # the next sync says what is wrong
                    kept = {one.name: key for key, one in mirror.kept().items()}
                self._read[name] = changed, kept
            return self._read[name][1]
