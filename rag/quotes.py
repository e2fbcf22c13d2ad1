"""Quotes: exact characters of a document, and what stands around them.

Invariant: ``quote.document.text[quote.span]`` is what a citation shows.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile

from index.documents import Document, Span
from index.prose import is_list_item, is_prose
from index.sentences import sentence_spans

__all__ = ["Quote", "list_after", "list_around", "prose_before"]

_REACH = 4000  # characters to look for the items of a list


@dataclass(frozen=True, slots=True)
class Quote:
    """A sentence of a document; ``text`` is the quote as a reader sees it."""

    document: Document
    span: Span
    text: str

    @property
    def quote(self) -> str:
        """The exact characters."""
        return self.span.of(self.document.text)

    @property
    def is_list_item(self) -> bool:
        """Whether the quote is an item of a list or a row of a table."""
        return is_list_item(self.quote)

    @property
    def opens_list(self) -> bool:
        """Whether the quote announces the list that follows it."""
        return self.quote.rstrip("*_ ").endswith(":")


def list_after(quote: Quote) -> list[Span]:
    """The sentences of the list, or the rows of the table, that directly follow the quote."""
    text = quote.document.text
    after = text[quote.span.end : quote.span.end + _REACH]
    spans = [
        span.shifted(quote.span.end) for span in sentence_spans(after, quote.document.language)
    ]
    listed = takewhile(lambda span: _in_list(text, span), spans)
    return [span for span in listed if is_prose(quote.document, span)]


def list_around(quote: Quote) -> list[Span]:
    """The sentences of the list that holds the quote, itself included."""
    text = quote.document.text
    start = max(0, quote.span.start - _REACH)
    spans = sentence_spans(text[start : quote.span.start], quote.document.language)
    before = [span.shifted(start) for span in spans]
    leading = list(takewhile(lambda span: _in_list(text, span), reversed(before)))
    above = [span for span in reversed(leading) if is_prose(quote.document, span)]
    return [*above, quote.span, *list_after(quote)]


def _in_list(text: str, span: Span) -> bool:
    """Whether a sentence begins a list item or goes on with one on its line."""
    line_start = text.rfind("\n", 0, span.start) + 1
    return is_list_item(text[line_start : span.end].lstrip())


def prose_before(quote: Quote) -> Span | None:
    """The sentence before, when it stands in the same paragraph."""
    text = quote.document.text
    start = max(text.rfind("\n\n", 0, quote.span.start) + 2, quote.span.start - 2000, 0)
    if start < 2:
        start = 0
    before = sentence_spans(text[start : quote.span.start], quote.document.language)
    if not before:
        return None
    span = before[-1].shifted(start)
    return span if is_prose(quote.document, span) else None
