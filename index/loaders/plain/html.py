"""HTML: lxml removes what is not content, inscriptis lays out the rest as text.

Scripts, styles, navigation and hidden elements are not content; on a web page nor are page
headers and footers, asides and forms. When a web page marks its main part (``main`` or a single
``article``), only that is read. Tables of data become one line a row, cells between bars.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from index.errors import LoadError
from index.loaders.extract import Extract, Source, iso_date
from index.loaders.office.package import table_row
from index.loaders.plain.text import decode
from index.types import Heading

__all__ = ["read", "read_markup"]

_NOT_CONTENT = (
    "//script|//style|//template|//noscript|//nav|//iframe|//object|//svg"
    "|//*[@hidden]|//*[@aria-hidden='true']"
    "|//*[contains(translate(@style,' ',''),'display:none')]|//comment()"
)
_NOT_CONTENT_OF_A_SITE = "//aside|//form|//body/header|//body/footer"
_DATE = (
    "string((//meta[@property='article:published_time' or @name='date' or @name='dcterms.date'"
    " or @itemprop='datePublished']/@content | //time/@datetime)[1])"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")  # not allowed in a tree of lxml
_XML_DECLARATION = re.compile(r"\ufeff?\s*<\?xml[^>]*\?>")
_BLANKS_AT_END = re.compile(r"[^\S\n]+\n")
_EMPTY_LINES = re.compile(r"\n{3,}")
# Inside a cell, these show that a table is for layout.
_LAYOUT = ".//table|.//h1|.//h2|.//h3|.//h4|.//h5|.//h6|.//ul|.//ol|.//pre|.//blockquote"
_BREAKS = ".//br|.//p|.//div|.//li"


def read(source: Source) -> Extract:
    """Text in reading order, headings h1 to h6, the title and the publication date."""
    return read_markup(decode(source.data), site=True)


def read_markup(markup: str, *, site: bool = False) -> Extract:
    """The text of a page of a web ``site``, else of the HTML of a book or an e-mail.

    Raises:
        LoadError: lxml makes nothing of it.
    """
    from inscriptis.css_profiles import CSS_PROFILES
    from inscriptis.html_engine import Inscriptis
    from inscriptis.model.config import ParserConfig
    from lxml.etree import LxmlError
    from lxml.html import HTMLParser, document_fromstring

    markup = _CONTROL.sub(" ", _XML_DECLARATION.sub("", markup, count=1))
    try:
        page = document_fromstring(markup, parser=HTMLParser(huge_tree=True, no_network=True))
    except LxmlError as exc:
        raise LoadError(f"not readable as HTML ({exc})") from exc
    title = " ".join(page.xpath("string(//title)").split())
    date = iso_date(page.xpath(_DATE))
    for element in page.xpath(f"{_NOT_CONTENT}|{_NOT_CONTENT_OF_A_SITE}" if site else _NOT_CONTENT):
        if element.getparent() is not None:
            element.drop_tree()
    for table in page.xpath("//table"):
        _lay_out_rows(table)
    main = (page.xpath("//main") or page.xpath("//article")) if site else []
    rules = {f"h{level}": [f"h{level}"] for level in range(1, 7)}
    # Only web pages need a space around each span, where their style sheets part words.
    css = CSS_PROFILES["relaxed" if site else "strict"]
    settings = ParserConfig(css=css, annotation_rules=rules)
    engine = Inscriptis(main[0] if len(main) == 1 else page, settings)
    text, headings = _tidied(engine.get_text(), engine.get_annotations())
    return Extract(
        text,
        title=title or next((h.text for h in headings), None),
        headings=headings,
        date=date,
    )


def _tidied(text: str, annotations: Iterable[Any]) -> tuple[str, tuple[Heading, ...]]:
    """The text without blanks at line ends and runs of empty lines, and where its headings are."""
    parts: list[str] = []
    headings: list[Heading] = []
    done = length = 0
    for found in sorted(annotations, key=lambda a: a.start):
        title = text[found.start : found.end]
        start = found.start + len(title) - len(title.lstrip())
        if not title.strip() or start < done:
            continue
        parts.append(_EMPTY_LINES.sub("\n\n", _BLANKS_AT_END.sub("\n", text[done:start])))
        length += len(parts[-1])
        headings.append(Heading(" ".join(title.split()), int(found.metadata[1]), length))
        done = start
    parts.append(_EMPTY_LINES.sub("\n\n", _BLANKS_AT_END.sub("\n", text[done:])))
    return "".join(parts), tuple(headings)


def _lay_out_rows(table: Any) -> None:
    """Replace a table of data by preformatted lines; one for layout stays as it is."""
    rows = [[cell for cell in row if cell.tag in ("td", "th")] for row in table.iter("tr")]
    if max(map(len, rows), default=0) < 2 or table.xpath(_LAYOUT):
        return
    for element in table.xpath(_BREAKS):
        element.tail = f" {element.tail or ''}"
    cells = [[cell.text_content() for cell in row] for row in rows]
    lines = [table_row(row) for row in cells if any(cell.strip() for cell in row)]
    caption = " ".join(table.xpath("string(./caption)").split())
    tail = table.tail
    table.clear()
    table.tag, table.tail = "pre", tail
    table.text = "\n".join([*([caption, ""] if caption else []), *lines])
