"""HTML: lxml removes what is not content, inscriptis lays out the rest as text.

Scripts, styles, navigation, page headers and footers, asides, forms and hidden elements are not
content. When the page marks its main part (``main`` or a single ``article``), only that is read.
"""

from __future__ import annotations

import re

from index.documents import Heading
from index.errors import LoadError
from index.loaders.extract import Extract, iso_date
from index.loaders.text import decode

__all__ = ["read"]

_NOT_CONTENT = (
    "//script|//style|//template|//noscript|//nav|//aside|//form|//iframe|//object|//svg"
    "|//body/header|//body/footer|//*[@hidden]|//*[@aria-hidden='true']"
    "|//*[contains(translate(@style,' ',''),'display:none')]|//comment()"
)
_DATE = (
    "string((//meta[@property='article:published_time' or @name='date' or @name='dcterms.date'"
    " or @itemprop='datePublished']/@content | //time/@datetime)[1])"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")  # not allowed in a tree of lxml
_XML_DECLARATION = re.compile(r"\ufeff?\s*<\?xml[^>]*\?>")


def read(data: bytes) -> Extract:
    """Text in reading order, headings h1 to h6, the title and the publication date."""
    from inscriptis.html_engine import Inscriptis
    from inscriptis.model.config import ParserConfig
    from lxml.etree import LxmlError
    from lxml.html import HTMLParser, document_fromstring

    source = _CONTROL.sub(" ", _XML_DECLARATION.sub("", decode(data), count=1))
    try:
        page = document_fromstring(source, parser=HTMLParser(huge_tree=True))
    except LxmlError as exc:
        raise LoadError(f"not readable as HTML ({exc})") from exc
    title = " ".join(page.xpath("string(//title)").split())
    date = iso_date(page.xpath(_DATE))
    for element in page.xpath(_NOT_CONTENT):
        if element.getparent() is not None:
            element.drop_tree()
    main = page.xpath("//main") or page.xpath("//article")
    rules = {f"h{level}": [f"h{level}"] for level in range(1, 7)}
    engine = Inscriptis(main[0] if len(main) == 1 else page, ParserConfig(annotation_rules=rules))
    text = engine.get_text()
    headings = tuple(
        Heading(" ".join(text[a.start : a.end].split()), int(a.metadata[1]), a.start)
        for a in sorted(engine.get_annotations(), key=lambda a: a.start)
        if text[a.start : a.end].strip()
    )
    return Extract(
        text,
        title=title or next((h.text for h in headings), None),
        headings=headings,
        date=date,
    )
