"""The addresses of documents and spans: ``footnote://document/NAME?start=0&end=12``.

The name is escaped as a whole, so that no name of a file reads as anything else.
"""

from __future__ import annotations

from dataclasses import dataclass

from mcp.shared.uri_template import UriTemplate

from index.errors import DocumentMissingError
from index.types import Span

__all__ = ["TEMPLATE", "Address", "address_of", "read_address"]

_PARSED = UriTemplate.parse("footnote://document/{document}{?start,end}")
TEMPLATE = _PARSED.template
"""The template of all addresses (RFC 6570)."""

_LONGEST = 8192  # characters: a path of 1,024 bytes, each escaped, and its span


@dataclass(frozen=True, slots=True)
class Address:
    """A document, and which characters of it; ``end`` None is its end."""

    document: str
    start: int = 0
    end: int | None = None


def address_of(document: str, span: Span | None = None) -> str:
    """The address of a document or of a span of it.

    >>> address_of("a b/c#1?.txt", Span(3, 9))
    'footnote://document/a%20b%2Fc%231%3F.txt?start=3&end=9'
    """
    places = {"start": str(span.start), "end": str(span.end)} if span else {}
    return _PARSED.expand({"document": document, **places})


def read_address(address: str) -> Address:
    """What an address names.

    >>> read_address("footnote://document/a%20b%2Fc.txt?end=9")
    Address(document='a b/c.txt', start=0, end=9)

    Raises:
        DocumentMissingError: it is no address of a document.
    """
    found = _PARSED.match(address, max_uri_length=_LONGEST) or {}
    document = str(found.get("document", ""))
    start, end = (str(found.get(name, "")) for name in ("start", "end"))
    if not document or not all(not n or (n.isascii() and n.isdigit()) for n in (start, end)):
        raise DocumentMissingError(f"{address[:200]!r} is no {TEMPLATE}")
    return Address(document, int(start or 0), int(end) if end else None)
