"""The link to a place in a document: where the window shows it, the span marked.

A server does not know by which address others reach it, so the setting ``public_url`` says it.
"""

from __future__ import annotations

from urllib.parse import quote, urlencode

from starlette.requests import HTTPConnection

from rag.settings import Settings

__all__ = ["base_url", "document_link"]


def document_link(public_url: str, document: str, start: int, end: int) -> str:
    """The address of the characters ``start`` to ``end`` of a document's text.

    >>> document_link("https://ask.example/", "a folder/plan.md", 3, 9)
    'https://ask.example/?document=a%20folder/plan.md&start=3&end=9'
    """
    place = {"document": document, "start": start, "end": end}
    return f"{public_url.rstrip('/')}/?{urlencode(place, quote_via=quote, safe='/')}"


def base_url(settings: Settings, request: HTTPConnection) -> str:
    """The setting ``public_url``; without it, the address by which the client reached the server.

    >>> scope = {"type": "http", "scheme": "http", "path": "/v1/models", "query_string": b""}
    >>> asked = HTTPConnection(scope | {"headers": [(b"host", b"localhost:7860")]})
    >>> base_url(Settings(), asked), base_url(Settings(public_url="https://ask.example"), asked)
    ('http://localhost:7860', 'https://ask.example')
    """
    return settings.public_url or f"{request.url.scheme}://{request.url.netloc}"
