"""Pages of seeds as pictures, drawn by a process with limits (:mod:`index.builder.sandbox`).

Only what was indexed is drawn: a seed whose bytes have changed since has other places for the
words. PDF is the only format with pages to draw.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from index.builder.sandbox import LimitedProcess, Limits
from index.errors import DocumentMissingError, LoadError, PictureError
from index.listing import read_seed
from index.types import Document, Seed, Span, Table

if TYPE_CHECKING:
    from index.loaders.pdf.picture import Marked

__all__ = ["Pictures"]

_DRAWN = "application/pdf"
_PICTURE = b"\x89PNG"  # how an answer begins that is no reason in words
_LONGEST_S = 15.0  # everybody's pages wait for one that is drawn
_REFUSED = 10_000  # pages that are remembered,
_REFUSED_S = 600.0  # and how long: it may have been the machine that was slow


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the process is asked to draw."""

    folder: Path
    seed: Seed
    page: int
    marked: Marked


class Pictures:
    """Draws pages, one after the other; its process is started with the first.

    One page that takes too long holds the others up for some seconds, then not for a while.
    """

    def __init__(self, folder: Path, limits: Limits) -> None:
        limits = replace(limits, seconds=min(limits.seconds, _LONGEST_S))
        self._folder = folder
        self._limits = limits
        self._process = LimitedProcess(limits, _drawing)
        self._drawing = threading.Lock()
        self._refused: dict[tuple[str, int], tuple[str, float]] = {}

    def page(
        self, document: Document, page: int, span: Span, tables: Sequence[Table] = ()
    ) -> bytes:
        """Page ``page`` (from 1) as PNG, the words of ``span`` on it marked.

        ``tables`` are those of the document: of a row the cells are marked.

        Raises:
            PictureError: the document is no PDF, has no such page, or the span is not on it.
            DocumentMissingError: its file is no longer there.
            LoadError: its file has changed since it was indexed, or cannot be drawn.
        """
        marked = _marked(document, page, span, tables)
        if not (self._folder / document.id).is_file():
            raise DocumentMissingError(f"{document.id} is no longer in the folder: rebuild")
        seed = Seed(document.id, document.sha256)
        with self._drawing:
            known, until = self._refused.get((document.sha256, page), ("", 0.0))
            if time.monotonic() < until:
                raise LoadError(known)
            try:
                drawn = self._process.ask(_Asked(self._folder, seed, page, marked))
            except TimeoutError as exc:
                limit = f"{self._limits.seconds:g} s"
                reason = f"page {page} of {document.id} takes longer than {limit}"
                raise self._refuse(document, page, reason) from exc
            except ChildProcessError as exc:
                reason = f"page {page} of {document.id} cannot be drawn (exit {exc})"
                raise self._refuse(document, page, reason) from exc
        if not drawn.startswith(_PICTURE):
            raise LoadError(f"{document.id}: {drawn.decode(errors='replace')}")
        return drawn

    def _refuse(self, document: Document, page: int, reason: str) -> LoadError:
        """The error of a page that ended the process, which nobody waits for again soon."""
        if len(self._refused) >= _REFUSED:
            self._refused.clear()
        self._refused[document.sha256, page] = reason, time.monotonic() + _REFUSED_S
        return LoadError(reason)

    def stop(self) -> None:
        """End the process."""
        self._process.stop()


def _marked(document: Document, page: int, span: Span, tables: Sequence[Table]) -> Marked:
    """The part of the span on the page, and where it stands there."""
    from index.loaders.pdf.picture import Marked, words_in

    if document.media_type != _DRAWN:
        raise PictureError(f"{document.id} is no PDF, so it has no pages to show")
    if not 1 <= page <= len(document.pages):
        raise PictureError(f"{document.id} has pages 1 to {len(document.pages)}, not {page}")
    whole = document.pages[page - 1]
    if not whole.overlaps(span):
        raise PictureError(
            f"page {page} of {document.id} has characters {whole.start}:{whole.end}, not "
            f"{span.start}:{span.end}"
        )
    start = max(whole.start, span.start)
    before = " ".join(_drawn_texts(document, Span(whole.start, start), tables))
    quote = " ".join(_drawn_texts(document, Span(start, min(whole.end, span.end)), tables))
    return Marked(quote, len(words_in(before)))


def _drawn_texts(document: Document, span: Span, tables: Sequence[Table]) -> Iterator[str]:
    """The text of a span as a page shows it: rows of tables without the names of columns."""
    rows = [row for table in tables for row in table.rows if row.span.overlaps(span)]
    at = span.start
    for row in sorted(rows, key=lambda row: row.span.start):
        yield document.text[at : row.span.start]
        shared = document.text[max(at, row.span.start) : min(span.end, row.span.end)]
        yield from (cell for cell in row.cells if cell in shared)
        at = min(span.end, row.span.end)
    yield document.text[at : span.end]


# What follows runs in the process.


def _drawing() -> Callable[[_Asked], bytes]:
    """What draws; its parts are loaded before they may not write any more."""
    import pypdfium2  # noqa: F401
    from PIL import Image

    Image.preinit()
    return _drawn


def _drawn(asked: _Asked) -> bytes:
    """The picture, or why there is none, in words."""
    from index.loaders.pdf.picture import page_picture

    try:
        data = read_seed(asked.folder, asked.seed)
    except LoadError:
        return b"it has changed since it was indexed: rebuild the index"
    try:
        return page_picture(data, asked.page, asked.marked)
    except LoadError as exc:
        return str(exc).encode(errors="replace")
    except MemoryError:
        return b"drawing it needs too much memory: raise load_memory_mb"
    except Exception as exc:  # noqa: BLE001 - whatever hostile bytes do, the process goes on
        reason = f"its page cannot be drawn ({type(exc).__name__}: {exc})"
        return reason[:300].encode(errors="replace")
