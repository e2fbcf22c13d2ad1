"""What of a web page is no content: menus, banners, bars of links. Known by structure, no words.

Elements with the names and roles of HTML and ARIA, what hangs over the page, blocks at its rim with
buttons, and lists that hold nothing but links. Such a list stays where it is what the page is
for: below a heading or a label, with long titles, or where there is hardly any other text.
"""

from __future__ import annotations

from collections import defaultdict
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
    for link in page.xpath(
        "//body//a[starts-with(@href,'#')][not(preceding::text()[normalize-space()]"
        "[ancestor::body])]"
    ):
        _drop(link)  # "Skip to content", before all other text
    if body is not None:
        _drop_banners(body)
    for element in page.xpath(_BUTTONS):
        _drop(element)
    main = page.xpath("//main|//*[@role='main']") or page.xpath("//article")
    root = main[0] if len(main) == 1 else page
    _drop_links(root)
    return root


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
    # What is inside comes before what is around: each element adds its own to its parent's.
    letters: defaultdict[Any, int] = defaultdict(int)
    linked: defaultdict[Any, int] = defaultdict(int)
    links: defaultdict[Any, int] = defaultdict(int, dict.fromkeys(anchors, 1))
    for element in reversed(list(root.iter("*"))):
        size = letters[element] + _letters(element.text)
        letters[element] = size
        if element is root:
            break
        around = element.getparent()
        letters[around] += size + _letters(element.tail)
        if element in links:
            linked[around] += size if element.tag == "a" else linked[element]
            links[around] += links[element]
    found: list[Any] = []
    looked_at = 0
    is_above = root.find(".//h1") is not None
    for element in root.iter("ul", "ol", "div", "p", "h1"):
        is_above = is_above and element.tag != "h1"
        if links[element] < _FEW_LINKS or not letters[element] or element is root:
            continue
        has_place = element.xpath("boolean(.//*[@aria-current])")
        if links[element] < _LINKS and not (has_place or is_above):
            continue
        dense = _DENSE_WITH_PLACE if has_place else _DENSE
        if linked[element] < dense * letters[element]:
            continue
        looked_at += 1
        if looked_at > _MAX_LISTS:
            break
        if not any(around in found for around in element.iterancestors()):
            found += [] if _is_content(element) else [element]
    left = letters[root] - sum(letters[element] for element in found)
    if left >= _LITTLE or left >= letters[root] / 2:
        for element in found:
            _drop(element)


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


def _letters(text: str | None) -> int:
    return len(text.strip()) if text else 0


def _size(element: Any) -> int:
    """Characters of its text, scripts and styles aside."""
    if not isinstance(element.tag, str) or element.tag in ("script", "style"):
        return 0
    return len(" ".join(element.text_content().split()))


def _drop(element: Any) -> None:
    if element.getparent() is not None:
        element.drop_tree()
