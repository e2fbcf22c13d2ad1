"""What of a web page is no content: menus, banners, bars of links. Known by structure, no words.

Elements with the names and roles of HTML and ARIA, what hangs over the page, blocks at its rim with
buttons, and lists that hold nothing but links. Such a list stays where it is what the page is
for: below a heading or a label, with long titles, or where there is hardly any other text.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

__all__ = ["drop_navigation"]

_ROLES = (
    "navigation search dialog alertdialog menu menubar toolbar banner contentinfo complementary"
)
_NOT_CONTENT = (
    "//aside|//dialog|//header[not(ancestor::main or ancestor::article or ancestor::section)]"
    "|//footer[not(ancestor::main or ancestor::article or ancestor::section)]"
    "|//*[@role or @aria-modal or @itemtype]"
    f"[(@role and contains(' {_ROLES} ',concat(' ',@role,' '))) or @aria-modal='true'"
    " or contains(@itemtype,'BreadcrumbList')]"
)
# Around a whole page too, as programs make them.
_MAY_BE_ALL = (
    "//form|//*[@style][contains(@style,'position')"
    " and (contains(@style,'fixed') or contains(@style,'sticky'))]"
)
# A button that opens what stands below it is the heading of that.
_BUTTONS = (
    ".//button[not(@aria-expanded or @aria-controls or ancestor::h1 or ancestor::h2 or ancestor::h3"
    " or ancestor::h4 or ancestor::h5 or ancestor::h6 or ancestor::summary)]"
)
_XPATH_SPACE = " \t\r\n"  # a space that keeps words together is text
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_BANNER = 1_000  # characters that a banner has at most
_LINKS = 3
_FEW_LINKS = 2  # where one item is marked as the page that is shown
_DENSE = 0.8  # share of the letters that are those of links
_DENSE_WITH_PLACE = 0.4
_TITLE_WORDS = 5
_LITTLE = 200
_MAX_LISTS = 300


def drop_navigation(page: Any) -> Any:
    """Take out of a tree what is no content; gives the main part where the page marks one."""
    body = page.find("body")
    if around := page.xpath(_MAY_BE_ALL):
        whole = _size(page)
        for element in around:
            if _size(element) <= whole / 2:
                _drop(element)
    for element in page.xpath(_NOT_CONTENT):
        _drop(element)
    for link in _links_before_all_text(page):
        _drop(link)  # "Skip to content"
    if body is not None:
        _drop_banners(body)
    for element in page.xpath(_BUTTONS):
        _drop(element)
    main = page.xpath("//main|//*[@role='main']") or page.xpath("//article")
    root = main[0] if len(main) == 1 else page
    _drop_links(root)
    return root


def _links_before_all_text(page: Any) -> list[Any]:
    """Links to a place on the page with no text before them in its body."""
    from lxml.etree import iterwalk

    found: list[Any] = []
    bodies = 0
    for event, element in iterwalk(page, events=("start", "end", "comment", "pi")):
        is_start, is_body = event == "start", element.tag == "body"
        bodies -= is_body and not is_start
        if bodies and is_start and element.tag == "a" and element.get("href", "")[:1] == "#":
            found.append(element)
        bodies += is_body and is_start
        text = element.text if is_start else element.tail
        if bodies and text and text.strip(_XPATH_SPACE):
            break
    return found


def _drop_banners(body: Any) -> None:
    """Short blocks with buttons before or behind all others."""
    if not body.xpath(_BUTTONS):
        return
    longest = min(_BANNER, _size(body) / 2)
    for children in (body.iterchildren("*"), body.iterchildren("*", reversed=True)):
        block = next((child for child in children if _size(child)), None)
        if block is None or _size(block) > longest or not block.xpath(_BUTTONS):
            continue
        if not block.xpath(".//h1|self::main|.//main"):
            _drop(block)


def _drop_links(root: Any) -> None:
    """Lists and lines that hold nothing but links, unless they are what the page is for."""
    anchors = root.xpath(".//a[@href]")
    if len(anchors) < _FEW_LINKS:
        return
    links, linked = _links_inside(root, anchors)
    found: list[Any] = []
    looked_at = 0
    is_above = root.find(".//h1") is not None
    for element in root.iter("ul", "ol", "div", "p", "h1"):
        is_above = is_above and element.tag != "h1"
        if links[element] < _FEW_LINKS or element is root:
            continue
        has_place = element.xpath("boolean(.//*[@aria-current])")
        if links[element] < _LINKS and not (has_place or is_above):
            continue
        dense = _DENSE_WITH_PLACE if has_place else _DENSE
        if not _letters(element, linked[element] / dense):
            continue
        looked_at += 1
        if looked_at > _MAX_LISTS:
            break
        if not any(around in found for around in element.iterancestors()):
            found += [] if _is_content(element) else [element]
    if not found:
        return
    whole = _letters(root)
    left = whole - sum(map(_letters, found))
    if left >= _LITTLE or left >= whole / 2:
        for element in found:
            _drop(element)


def _links_inside(root: Any, anchors: Sequence[Any]) -> tuple[Counter[Any], Counter[Any]]:
    """Of each element around links how many there are, and how many letters they have."""
    links = Counter[Any]()
    others: dict[Any, None] = {}  # what is a link in form only, but around one
    for anchor in anchors:
        links[anchor] += 1
        for around in anchor.iterancestors():
            links[around] += 1
            if around.tag == "a" and around.get("href") is None:
                others[around] = None
            if around is root:
                break
    linked = Counter[Any]()
    for link in (*anchors, *others):
        size = _letters(link)
        for around in link.iterancestors():
            linked[around] += size
            if around is root or around.tag == "a":  # that one's letters count further up
                break
    return links, linked


def _is_content(element: Any) -> bool:
    """Whether a list of links is announced by a label, or its links are titles."""
    anchors = element.xpath(".//a[@href]")
    if all(anchor.get("href").startswith("#") for anchor in anchors):
        return False  # the contents of this page
    if any(True for _ in element.iter(*_HEADINGS)):
        return True
    words = sum(len(anchor.text_content().split()) for anchor in anchors)
    if words >= _TITLE_WORDS * len(anchors):
        return True
    above = element.getprevious()
    while above is not None and not _size(above):
        above = above.getprevious()
    if above is None or above.tag in ("ul", "ol") or element.xpath(".//*[@aria-current]"):
        return False
    return above.tag in _HEADINGS or above.text_content().rstrip()[-1] not in ".!?。！？"


def _letters(element: Any, most: float = math.inf) -> int:
    """Letters and signs of a text, 0 where there are more than ``most``."""
    count = 0
    for inner in element.iter("*"):
        for text in (inner.text, None if inner is element else inner.tail):
            count += len(text.strip()) if text else 0
        if count > most:
            return 0
    return count


def _size(element: Any) -> int:
    """Characters of its text, scripts and styles aside."""
    if not isinstance(element.tag, str) or element.tag in ("script", "style"):
        return 0
    return len(" ".join(element.text_content().split()))


def _drop(element: Any) -> None:
    if element.getparent() is not None:
        element.drop_tree()
