"""Web pages saved with all that belongs to them (MHTML): the page itself is read."""

from __future__ import annotations

from dataclasses import replace
from email import policy
from email.parser import BytesParser

from index.errors import LoadError
from index.loaders.extract import Extract, Source
from index.loaders.plain.html import read_markup
from index.loaders.plain.text import decode_as

__all__ = ["read"]


def read(source: Source) -> Extract:
    """The first part that is HTML; its subject is the title where it has none.

    Raises:
        LoadError: there is no HTML in it.
    """
    message = BytesParser(policy=policy.default).parsebytes(source.data)
    part = next((p for p in message.walk() if p.get_content_type() == "text/html"), None)
    if part is None:
        raise LoadError("damaged: there is no web page in it")
    data = part.get_payload(decode=True)
    if not isinstance(data, bytes):
        raise LoadError("damaged: the web page in it has no content")
    extract = read_markup(decode_as(data, part.get_content_charset()), site=True)
    return replace(extract, title=extract.title or str(message.get("subject", "")) or None)
