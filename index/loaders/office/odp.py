"""OpenDocument slides: each is a page and a place, read as the text of an OpenDocument text is.

Speaker notes are content; date, footer and slide number are not.
"""

from __future__ import annotations

from index.loaders.extract import Extract, Source
from index.loaders.office.odt import Walk, open_document
from index.loaders.office.package import elements, local, slide
from index.types import Span

__all__ = ["read"]


def read(source: Source) -> Extract:
    """Slide by slide: the title as heading, its texts and tables, then the speaker notes."""
    file = open_document(source, "presentation")
    walk = Walk(file)
    pages: list[Span] = []
    for page in elements(file.body):
        if local(page) == "page":
            with slide(walk.blocks, pages) as name:
                walk.add_slide(page, name)
    return walk.blocks.extract(
        title=file.title or walk.blocks.first_heading(),
        pages=pages,
        date=file.date,
        unread=file.unread,
    )
