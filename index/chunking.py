"""Documents to chunks: llama-index cuts, the embedding model counts, the spans are ours.

A chunk never crosses a heading, never cuts a paragraph or a sentence that fits, and is at most
``chunk_tokens`` long. llama-index's own offsets are not used (they are wrong with overlap
and after its Markdown parser): its pieces are contiguous, so a forward cursor finds each exactly.
"""

from __future__ import annotations

import gc
import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache, partial
from itertools import pairwise
from typing import Any

from index.text.sentences import sentence_spans
from index.text.tokens import Tokenize, within
from index.types import Chunk, Document, Span, chunk_id

__all__ = ["Chunker", "load_chunker"]

Chunker = Callable[[Document], list[Chunk]]


def load_chunker(chunk_tokens: int, tokenize: Tokenize) -> Chunker:
    """A function that cuts a document into chunks of at most ``chunk_tokens`` tokens.

    llama-index takes seconds to import; it is loaded when the first section is too long for one.
    """

    @lru_cache(maxsize=16)
    def splitter(language: str) -> Any:
        from llama_index.core.node_parser import SentenceSplitter

        gc.freeze()  # its many objects stay; else they are gone through again in each collection
        return SentenceSplitter(
            chunk_size=chunk_tokens,
            chunk_overlap=0,
            tokenizer=tokenize,
            paragraph_separator="\n\n",
            # also avoids llama-index's nltk path
            chunking_tokenizer_fn=partial(_contiguous_sentences, language=language),
        )

    def pieces_of(text: str, language: str) -> Iterable[str]:
        if len(tokenize(text)) <= chunk_tokens:
            return (text.strip(),)
        whole = _without_broken_sentences(text, language)
        pieces = _originals(text, whole, splitter(language).split_text(whole))
        return within(pieces, chunk_tokens, tokenize)

    def chunk(document: Document) -> list[Chunk]:
        chunks: list[Chunk] = []
        for section, heading_path in _sections(document):
            text = section.of(document.text)
            cursor = 0
            for piece in pieces_of(text, document.language):
                start = text.index(piece, cursor)
                cursor = start + len(piece)
                span = Span(start, cursor).shifted(section.start)
                chunks.append(
                    Chunk(
                        id=chunk_id(document.id, span),
                        document_id=document.id,
                        span=span,
                        text=piece,
                        heading_path=heading_path,
                        page=document.page_at(span.start),
                    )
                )
        return chunks

    return chunk


def _without_broken_sentences(text: str, language: str) -> str:
    """The text, of the same length, without the blank lines inside its sentences.

    Those are at the break of a page or a column; the splitter would take them for paragraphs.
    """
    parts: list[str] = []
    end = 0
    for span in sentence_spans(text, language):
        parts += text[end : span.start], re.sub(r"\n(?=\n)", " ", span.of(text))
        end = span.end
    return "".join((*parts, text[end:]))


def _originals(text: str, changed: str, pieces: Iterable[str]) -> Iterator[str]:
    """What stands in ``text`` where the pieces, in order, stand in ``changed``."""
    cursor = 0
    for piece in pieces:
        start = changed.index(piece, cursor)
        cursor = start + len(piece)
        yield text[start:cursor]


def _contiguous_sentences(text: str, language: str) -> list[str]:
    """The sentences of ``text`` with the white space between them: joined, they are the text."""
    starts = [span.start for span in sentence_spans(text, language)]
    if not starts:
        return [text]
    edges = [0, *starts[1:], len(text)]
    return [text[a:b] for a, b in pairwise(edges)]


def _sections(document: Document) -> Iterator[tuple[Span, tuple[str, ...]]]:
    """Spans from heading to heading; a heading without a body goes with the next section."""
    text = document.text
    edges = sorted({0, len(text), *(h.start for h in document.headings)})
    open_from: int | None = None
    for start, end in pairwise(edges):
        first = start if open_from is None else open_from
        body = text[start:end].strip()
        is_bare = "\n" not in body and any(h.start == start for h in document.headings)
        if is_bare and end < len(text):
            open_from = first
            continue
        open_from = None
        if text[first:end].strip():
            yield Span(first, end), document.heading_path_at(start)
