"""HTML: lxml removes what is not content, inscriptis lays out the rest as text.

Scripts, styles, hidden elements and struck text are not content; on a web page nor is what
:mod:`index.loaders.plain.navigation` names. When a web page marks its main part (``main`` or a
single ``article``), only that is read. What inscriptis must not lay out (tables of data, which
become statements, and preformatted text) stands in the tree as a mark, which gives way to it in
the text; marks also say where the headings are.
"""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePosixPath
from typing import Any

from index.errors import LoadError
from index.loaders.extract import Blocks, Extract, Source, iso_date
from index.loaders.plain.html_tables import add_html_table
from index.loaders.plain.navigation import drop_navigation
from index.loaders.plain.rows import definition, lead_of
from index.loaders.plain.text import decode
from index.text.raised import lowered, raised
from index.types import Heading

__all__ = ["read", "read_markup"]

_NOT_CONTENT = (
    "//script|//style|//template|//noscript|//nav|//iframe|//object|//svg|//rp|//comment()"
    "|//*[@hidden or @aria-hidden='true' or @role='doc-backlink']"
    "|//math//annotation|//math//annotation-xml"
    # Struck text holds no longer.
    "|//del|//s|//strike|//*[@style][contains(@style,'line-through')"
    " or contains(translate(@style,' ',''),'display:none')]"
)
_DATE = (
    "string((//meta[@property='article:published_time' or @name='date' or @name='dcterms.date'"
    " or @itemprop='datePublished']/@content | //time/@datetime)[1])"
)
_RAISED = "//sup|//*[@style][contains(translate(@style,' ',''),'vertical-align:super')]"
_LOWERED = "//sub|//*[@style][contains(translate(@style,' ',''),'vertical-align:sub')]"
_NOTE_LINK = "//a[@role='doc-noteref' or contains(@*[name()='epub:type'],'noteref')]"
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")  # not allowed in a tree of lxml
_XML_DECLARATION = re.compile(r"\ufeff?\s*<\?xml[^>]*\?>")
_BLANKS_AT_END = re.compile(r"[^\S\n]+\n")
_EMPTY_LINES = re.compile(r"\n{3,}")
# Three characters that Unicode gives to no text: a mark is OPEN, its number, SHUT, text, END.
_MARKS = re.compile("[\ufdd0-\ufdd2]")
_MARK = re.compile("\ufdd0(\\d+)\ufdd1([^\ufdd0-\ufdd2]*)\ufdd2")
_LETTER = re.compile(r"[^\W\d_]")
_BESIDE = re.compile(r"[ ]*[^\W\d_]")
# A rule of a style sheet for a class, and what of it says how to read.
_RULE = re.compile(r"([^{}]{1,2000})\{([^{}]{0,5000})\}")
_CLASS = re.compile(r"[\w-]*\.([\w-]+)")
_SAYS = re.compile(r"line-through|vertical-align:\s*su(?:b|per)|position:\s*(?:fixed|sticky)")
_MAX_RULES = 5_000
_MAX_RAISED = 40
_NOTES = re.compile(r"\[?\d{1,3}\]?(?:[,; ]+\[?\d{1,3}\]?)*")
_NUMBER = re.compile(r"\d+")
_PARAGRAPHS = ("p", "h1", "h2", "h3", "h4", "h5", "h6", "summary", "dt")
_FIELDS = (
    "//input[not(contains(' hidden submit button image reset password file search ',"
    "concat(' ',@type,' '))) or not(@type)]|//select|//textarea"
)
_LABEL_TEXT = ".//text()[not(ancestor::select or ancestor::textarea)]"
_BLOCKS = "section details summary fieldset legend dialog dl dt dd center"


def read(source: Source) -> Extract:
    """Text in reading order, headings h1 to h6, tables, the title and the publication date."""
    return read_markup(decode(source.data), site=True)


def read_markup(markup: str, *, site: bool = False, tables: int = 0) -> Extract:
    """The text of a page of a web ``site``, else of the HTML of a book or an e-mail.

    ``tables`` is the number of tables that the document has before this part.

    Raises:
        LoadError: lxml makes nothing of it.
    """
    from lxml.etree import LxmlError
    from lxml.html import HTMLParser, document_fromstring

    markup = _CONTROL.sub(" ", _XML_DECLARATION.sub("", markup, count=1))
    try:
        page = document_fromstring(markup, parser=HTMLParser(huge_tree=True, no_network=True))
    except LxmlError as exc:
        raise LoadError(f"not readable as HTML ({exc})") from exc
    title = " ".join(page.xpath("string(//title)").split())
    date = iso_date(page.xpath(_DATE))
    _apply_classes(page)
    for element in page.xpath(_NOT_CONTENT):
        if element.getparent() is not None:
            element.drop_tree()
    for item in page.xpath("//li[not(normalize-space()) and not(.//img)]"):
        item.drop_tree()
    _write_forms(page)
    if site:
        page = drop_navigation(page)
    for item in page.xpath("//ol[@start]/li[1][not(@value)]"):
        item.set("value", item.getparent().get("start").strip())
    _write_out(page)
    found = _marked(page, tables)
    text = _laid_out(page, "relaxed" if site else "strict")
    blocks = _put_together(text, found)
    return blocks.extract(title=title or blocks.first_heading(), date=date)


def _laid_out(page: Any, profile: str) -> str:
    from inscriptis.css_profiles import CSS_PROFILES
    from inscriptis.html_engine import Inscriptis
    from inscriptis.model.config import ParserConfig

    # Only web pages need a space around each span, where their style sheets part words.
    css = dict(CSS_PROFILES[profile])
    css |= {tag: css["p" if tag == "details" else "li"] for tag in _BLOCKS.split()}
    return str(Inscriptis(page, ParserConfig(css=css)).get_text())


def _put_together(text: str, found: dict[str, Extract | int]) -> Blocks:
    """The text with what belongs at its marks, without blanks at line ends and empty lines."""
    blocks = Blocks()
    done = 0

    def put(piece: str) -> None:
        *lines, last = _MARKS.sub("", piece).split("\n")
        piece = _EMPTY_LINES.sub("\n\n", "\n".join([*map(str.rstrip, lines), last]))
        blocks.put(piece if blocks.parts else piece.lstrip("\n"))

    for mark in _MARK.finditer(text):
        part = found.pop(mark[1], None)  # a file may hold such characters itself
        if part is None:
            continue
        above = text[done : mark.start()]
        put(above if isinstance(part, int) else above.rstrip(" "))
        done = mark.end()
        if isinstance(part, int):
            title = mark[2].strip()
            if title:
                line = " ".join(title.split())
                blocks.headings.append(Heading(line, part, blocks.length))
            blocks.put(_BLANKS_AT_END.sub("\n", title))
        else:
            if _LETTER.search(above.rpartition("\n")[2]):  # a cell beside it
                blocks.put("\n\n")
            blocks.put(part)
            if _BESIDE.match(text, done):
                blocks.put("\n\n")
    put(text[done:].rstrip())
    return blocks


def _marked(page: Any, tables: int) -> dict[str, Extract | int]:
    """Put marks into the tree; the level of a heading, or the text that stands there, by mark."""
    found: dict[str, Extract | int] = {}

    def mark(part: Extract | int) -> tuple[str, str]:
        found[str(len(found))] = part
        return f"\ufdd0{len(found) - 1}\ufdd1", "\ufdd2"

    for element in page.xpath("//pre|//listing|//xmp"):
        for line_break in element.xpath(".//br"):
            line_break.tail = f"\n{line_break.tail or ''}"
        code = element.text_content().strip("\n").rstrip()
        if code:
            _replace(element, "".join(mark(Extract(code))))
    for entries in reversed(page.xpath("//dl")):
        _list_definitions(entries)
    for table in page.xpath("//table"):
        blocks = Blocks()
        if add_html_table(blocks, table, f"table {tables + 1}"):
            tables += 1
            marks = mark(Extract(blocks.text, places=tuple(blocks.places),
                                 tables=tuple(blocks.tables)))  # fmt: skip
            _replace(table, "".join(marks))
    for heading in page.iter("h1", "h2", "h3", "h4", "h5", "h6"):
        start, end = mark(int(heading.tag[1]))
        heading.text = f"{start}{heading.text or ''}"
        _add_text(heading, end)
    return found


def _replace(element: Any, text: str) -> None:
    """Leave of an element a paragraph with this text."""
    tail = element.tail
    element.clear()
    element.tag, element.text, element.tail = "p", text, tail


def _list_definitions(entries: Any) -> None:
    """Make a list of definitions one of "Term: definition"; several are parted by ";"."""
    terms: list[str] = []
    item: Any = None
    for element in [*entries.iter("dt", "dd"), None]:
        if element is None or (element.tag == "dt" and item is not None):
            if item is None and terms:  # no definition follows
                lonely = entries.makeelement("li")
                lonely.text = ", ".join(terms)
                entries.append(lonely)
            terms, item = [], None
        if element is None:
            break
        if element.tag == "dt":
            terms.append(" ".join(element.text_content().split()))
            _detach(element)
            continue
        if len(element) == 1 and element[0].tag == "p":
            element[0].drop_tag()
        element.text = (element.text or "").lstrip()
        if item is None:
            term = ", ".join(filter(None, terms))
            element.text = lead_of(term) + element.text
            element.tag, item = "li", element
        else:
            _add_text(item, f"; {element.text}")
            item.extend(list(element))
            _detach(element)
    entries.tag = "ul"


def _add_text(element: Any, text: str) -> None:
    """Write text at the end of an element."""
    if len(element):
        element[-1].tail = f"{(element[-1].tail or '').rstrip()}{text}"
    else:
        element.text = f"{(element.text or '').rstrip()}{text}"


def _detach(element: Any) -> None:
    """Take an element out, but not the text behind it."""
    element.clear(keep_tail=True)
    element.drop_tag()


def _apply_classes(page: Any) -> None:
    """Write what style sheets say of a class, where it matters to the text, to its elements."""
    sheets = "\n".join(style.text_content() for style in page.xpath("//style"))
    if not _SAYS.search(sheets):
        return
    written: dict[str, str] = {}
    for rule in list(_RULE.finditer(sheets))[:_MAX_RULES]:
        declared = ";".join(_SAYS.findall(rule[2]))
        for selector in rule[1].split(",") if declared else ():
            if (name := _CLASS.fullmatch(selector.strip())) is not None:
                written[name[1]] = f"{written.get(name[1], '')};{declared}"
    for element in page.xpath("//*[@class]"):
        names = dict.fromkeys(element.get("class").split())
        styles = [written[name] for name in names if name in written]
        if styles:
            element.set("style", f"{element.get('style') or ''};{';'.join(styles)}")


def _write_forms(page: Any) -> None:
    """Write what is filled in: "Label: value" on a line, "[x]" before a box that is ticked."""
    for field in page.xpath(_FIELDS):
        label = _label_of(field)
        words = label.xpath(_LABEL_TEXT) if label is not None else []
        text = " ".join("".join(words).split())
        if field.tag == "select":
            options = field.xpath(".//option[@selected]") or field.xpath(".//option")
            value = " / ".join(" ".join(option.text_content().split()) for option in options)
        elif field.tag == "textarea":
            value = " ".join(field.text_content().split())
        else:
            value = field.get("value") or ""
        if field.get("type") in ("checkbox", "radio"):
            line = f"[{'x' if field.get('checked') is not None else ' '}] {text or value}"
        else:
            line = definition(text, value)
        if label is not None and field in label.iterdescendants():
            _set_text(label, line, "p")
        else:
            _set_text(field, line, "p")
            if label is not None and label.getparent() is not None:
                label.drop_tree()


def _label_of(field: Any) -> Any:
    """The element that labels a field: around it, for it, or just before it."""
    around = next(field.iterancestors("label"), None)
    if around is not None:
        return around
    name = field.get("id")
    if name and (found := field.getroottree().xpath("//label[@for=$name]", name=name)):
        return found[0]
    before = field.getprevious()
    is_free = before is not None and before.tag == "label" and not before.get("for")
    return before if is_free and not (before.tail or "").strip() else None


def _part_links(page: Any) -> None:
    """Part links that touch each other, as style sheets do: "Boats" and "Oars"."""
    for link in page.xpath("//a[@href][following-sibling::node()[1][self::a[@href]]]"):
        one, other = link.text_content().strip(), link.getnext().text_content().strip()
        if one[-1:].isalpha() and other[:1].isupper():
            link.tail = None
            link.addnext(link.makeelement("br"))


def _write_out(page: Any) -> None:
    """Write into the text what elements and attributes say: raised, abbreviated, pictured."""
    for element in reversed(page.xpath("//msup|//msub|//mfrac|//msqrt")):
        _write_formula(element)
    for path, written in ((_RAISED, raised), (_LOWERED, lowered)):
        for element in reversed(page.xpath(path)):
            text = " ".join(element.text_content().split())
            if len(text) <= _MAX_RAISED:
                note = _note(text, element) if written is raised else ""
                _set_text(element, note or written(text), "sup")
    for element in page.xpath(_NOTE_LINK):
        text = unicodedata.normalize("NFKC", element.text_content()).strip()
        if note := _note(text, element):
            _set_text(element, note, "a")
    explained: set[str] = set()
    for element in page.xpath("//abbr[@title]|//acronym[@title]"):
        short, long = element.text_content().strip(), " ".join(element.get("title").split())
        if long and long.casefold() != short.casefold() and long not in explained:
            element.tail = f" ({long}){element.tail or ''}"
        explained.add(long)
    for element in page.xpath("//time[@datetime]"):
        day = iso_date(element.get("datetime"))
        if day and day[:4] not in element.text_content():
            element.tail = f" ({day}){element.tail or ''}"
    _part_links(page)
    for picture in page.xpath("//img[@alt]"):
        _write_picture(picture)


def _note(text: str, element: Any) -> str:
    """The mark of a note as it is read behind a word or a number; "" when it is none."""
    if _NOTES.fullmatch(text):
        bare = text.replace("[", "").replace("]", "")
        return _NUMBER.sub(lambda number: raised(number[0]), bare)
    links = element.xpath("self::a[@href]|.//a[@href]|ancestor::a[@href]")
    if links and text and links[0].get("href").startswith("#"):
        return f"[{text.strip('[]()')}]"
    return ""


def _set_text(element: Any, text: str, tag: str) -> None:
    tail = element.tail
    element.clear()
    element.tag, element.text, element.tail = tag, text, tail


def _write_formula(element: Any) -> None:
    """A raised or lowered part, a fraction or a root of MathML on one line."""
    parts = [" ".join(part.text_content().split()) for part in element]
    if element.tag == "msqrt":
        _set_text(element, f"√({' '.join(parts)})", "mrow")
    elif len(parts) == 2:
        base, other = parts
        if element.tag == "mfrac":
            base, other = (x if x.isalnum() else f"({x})" for x in parts)
            text = f"{base}/{other}"
        else:
            text = base + (raised if element.tag == "msup" else lowered)(other)
        _set_text(element, text, "mrow")


def _write_picture(picture: Any) -> None:
    """What a picture shows, as a block "Picture: ..."; a sign in the text ("✓") as that sign."""
    alt = " ".join(picture.get("alt").split())
    if len(alt) <= 2:
        _set_text(picture, alt, "b")
        return
    caption = "".join(picture.xpath("ancestor::figure[1]//figcaption//text()"))
    if _is_generated(alt, picture.get("src") or "") or alt == " ".join(caption.split()):
        return
    text = f"Picture: {alt}"
    around = next(picture.iterancestors(*_PARAGRAPHS), None)
    if around is None or (not around.text_content().strip()):
        _set_text(picture, text, "p")
    else:
        block = picture.makeelement("p")
        block.text = text
        around.addnext(block)


def _is_generated(alt: str, source: str) -> bool:
    """Whether a program wrote it: the name of a file, or a word with a number or an underscore."""
    is_word = " " not in alt
    name = PurePosixPath(source.rpartition("/")[2])
    return alt in (name.name, name.stem) or (
        is_word and (any(map(str.isdigit, alt)) or "_" in alt or "." in alt)
    )
