"""What of a document is running text: neither heading nor head of a table nor list of sources.

Both the summary of a document and the evidence for an answer are made of running text only.
A look costs the same wherever in a document it is, so that long ones stay quick.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import lru_cache

from index.loaders.extract import leading_date, leading_date_end
from index.text.sentences import LIST_MARK
from index.types import Document, Heading, Span

__all__ = [
    "from_its_date",
    "from_its_words",
    "is_complete",
    "is_list_item",
    "is_prose",
    "leans_back",
]

_FRONT_MATTER = re.compile(r"\ufeff?---\n.{0,10000}?\n(?:---|\.\.\.)\n", re.DOTALL)
_SOURCES = ("sources", "references", "bibliography", "further reading", "external links")
_SOURCES_LINE = re.compile(rf"\n(?=((?:{'|'.join(map(str.capitalize, _SOURCES))})\n))")
_SOURCES_REACH = 50_000  # characters that a list of sources without a heading may have
_BLANK_REACH = 500
# An item of a list, or a row of a table.
_LIST_ITEM = re.compile(rf"{LIST_MARK}|\|\s")
_ENDS = tuple(".!?…。！？:|")
_CLOSERS = "\"'”’»)]*_"
# English, Spanish, French, German, Chinese.
_LEANS_BACK = re.compile(
    r"[\"“‘«]?(?:"
    r"(?:he|she|it|they|his|her|their|its|this|that|these|those|such|however|but|and|or|so|then|also"
    r"|both|additionally|finally|thus|hence|therefore|instead|moreover|furthermore|in addition"
    r"|as a result|for example|for instance|the (?:two|latter|former)"
    r"|the (?:first|second|third|last|other) (?:is|was|were|of)"
    r"|él|ella|ellos|ellas|esto|esta|este|estos|estas|sin embargo|además|il|elle|ils|elles|ce|cette"
    r"|ces|cependant|er|sie|es|dies\w*|jedoch|außerdem)\b"
    r"|[他她它这那此其])",
    re.IGNORECASE,
)
# "SEOUL, Nov. 1 (Yonhap) -- ", "(서울=연합뉴스) 홍길동 기자 = ", a page number on its line.
_DATELINE = re.compile(r"([^\n—–]{2,80}?)(?:\s*[—–]|\s--?)\s+(?=\S)")
_AGENCY = re.compile(r"\([^()\n=]{1,24}=[^()\n]{1,24}\)\s*(?:[^\n=]{1,24}=\s+)?(?=\S)")
_PAGE_NUMBER = re.compile(r"\d{1,4}[ \t]*\n\s*(?=\S)")
_TABLE_RULE = re.compile(r"[|\s:+-]+$")


def is_prose(document: Document, span: Span) -> bool:
    """Not a heading, front matter, a list of sources, or the head or rule of a table."""
    text = document.text
    heading = _heading_before(document, span.start)
    if heading is not None and heading.start == span.start:
        return False
    if _is_under_sources(document, span, heading):
        return False
    if document.media_type == "text/markdown":
        front = _FRONT_MATTER.match(text)
        if front is not None and span.start < front.end():
            return False
    if text.startswith("|", span.start):
        before = text[max(0, span.start - _BLANK_REACH) : span.start]
        is_first = not before.rstrip(" \t").removesuffix("\n").rstrip().endswith("|")
        return not is_first and _TABLE_RULE.match(span.of(text)) is None
    return True


def is_list_item(text: str) -> bool:
    """Whether a text begins as an item of a list or a row of a table does.

    >>> [is_list_item(text) for text in ("- Two ministers met.", "2) ministers", "(a) ministers")]
    [True, True, True]
    >>> is_list_item("-2 °C")
    False
    """
    return _LIST_ITEM.match(text) is not None


def leans_back(sentence: str) -> bool:
    """Whether it begins with what the sentence before it explains.

    >>> leans_back("It left at six."), leans_back("Los trenes salen a las seis.")
    (True, False)
    """
    return _LEANS_BACK.match(sentence) is not None


def is_complete(sentence: str) -> bool:
    """Whether a text ends as a sentence does, or announces what follows it.

    >>> is_complete("Two ministers met.”"), is_complete("Ministers of 2025")
    (True, False)
    """
    return sentence.removesuffix("\n").rstrip(_CLOSERS).endswith(_ENDS)


def from_its_date(text: str, span: Span) -> Span:
    """The span without the word "date" before the date that a text begins with."""
    date = leading_date(text)
    if date is not None and span.start < leading_date_end(text) < span.end:
        return Span(text.index(date), span.end)
    return span


def from_its_words(text: str, span: Span) -> Span:
    """The span without what stands before its first words: date, dateline, agency, page number."""
    start = span.start
    if start < (after := leading_date_end(text)) < span.end:
        start = span.end - len(text[after : span.end].lstrip())
    for head in (_PAGE_NUMBER, _AGENCY, _DATELINE):
        if head is _DATELINE and not any(text.find(d, start, span.end) >= 0 for d in "—–-"):
            continue
        found = head.match(text, start, span.end)
        if found is None or (head is _DATELINE and not _is_dateline(found, start > span.start)):
            continue
        return Span(found.end(), span.end)
    return Span(start, span.end)


def _is_dateline(found: re.Match[str], is_dated: bool) -> bool:
    """Whether it is a place in capitals with a date or an agency, and a sentence begins after.

    "GDP — The value of ..." explains a word, which has to stay.
    """
    head, follows = found[1], found.string[found.end()]
    place = head.split()[0].strip(",.;:")
    is_place = len(place) > 2 and place.isalpha() and place.isupper()
    has_more = head.endswith(")") and head[head.rfind("(") + 1].isupper()
    has_more = is_dated or has_more or ("," in head and any(map(str.isdigit, head)))
    return is_place and has_more and not follows.islower()


def _heading_before(document: Document, offset: int) -> Heading | None:
    """The last heading that starts at ``offset`` or before."""
    after = bisect_right(document.headings, offset, key=lambda heading: heading.start)
    return document.headings[after - 1] if after else None


def _is_under_sources(document: Document, span: Span, heading: Heading | None) -> bool:
    """Whether the sentence stands under "Sources", "References" or the like."""
    if heading is not None and heading.text.lower().rstrip(":") in _SOURCES:
        return True
    # A line of its own is a heading too, where the format tells of none.
    first = max(heading.start if heading else 0, span.start - _SOURCES_REACH, 1)
    return any(
        first <= start and end <= span.start for start, end in _lines_of_sources(document.text)
    )


@lru_cache(maxsize=4)
def _lines_of_sources(text: str) -> list[tuple[int, int]]:
    """Where lines with nothing but "Sources" or the like begin and end, with their line ends."""
    return [(found.start(), found.end(1)) for found in _SOURCES_LINE.finditer(text)]
