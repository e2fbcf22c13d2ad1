"""PDF: pdfium gives the characters of each page and their places; the layout is made of those.

Pages are read one after the other and closed, so that of each only its lines are kept. A page with
no text but its header or footer is recognised as a picture when that is asked for. Pages that are
not read are named. With :mod:`index.loaders.pdf.rules`,
:mod:`index.loaders.pdf.notes` and :mod:`index.loaders.pdf.picture` the only room of pypdfium2.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from itertools import islice, pairwise
from typing import Any

from index.errors import LoadError
from index.loaders.extract import Attachment, Extract, Source, is_program_title, iso_date
from index.loaders.pdf.layout import Bookmark, Layout, Page, running_lines
from index.loaders.pdf.lines import CELL_GAP, GAP, SMALL, Character, Line, line_of, one_line
from index.loaders.pdf.notes import MAX_NOTES, filled, form_of, with_notes
from index.loaders.pdf.rules import Rules, rules_of
from index.loaders.pdf.tables import PageTable, table_parts, tables_among
from index.text.direction import RIGHT_TO_LEFT, runs_right_to_left
from index.text.hyphens import BROKEN

__all__ = ["read"]

_METADATA_DATE = re.compile(r"D:(\d{4})(\d{2})(\d{2})")
_LINE = re.compile(rf"([^\r{BROKEN}]*)(\r\n|{BROKEN}(?:\r\n)?|\r|$)")
_HEADING_TAG = re.compile("H([1-6])")
# Of the height of a line: characters that are wider on average have gaps between them, but for
# those of East Asia.
_WIDE = 0.52
_EAST_ASIAN = "\u1100"
# Of the height of a line: what is lower is a hyphen or a dot, no letter; the middle of a raised
# letter is so far from that of others; the mark of a list is no wider.
_SIGN = 0.28
_SHIFT = 0.16
_LIST_MARK = 1.2
_NEW_LINE = 0.7  # of the height of a character: the next one so far above or below is of another
_MANY = 3  # pieces: more than columns of text are beside each other
_MAX_CHARACTERS = 2_000  # of a line whose characters are looked at
_MAX_FONT = 128  # characters of its name
_MAX_BOOKMARKS = 10_000
_NAMED_PAGES = 10
# Every page lists all parts of the body again: above this, the tags cost more than the text.
_MAX_TAGGED_PARTS = 10_000
_RECOGNISED_DPI = 200
_RECOGNISED_PIXELS = 2_400
_PICTURE_SHARE = 0.25  # of a page without text: less is a logo or an ornament

_Box = tuple[float, float, float, float]


def read(source: Source) -> Extract:
    """The pages' text, paragraphs between blank lines, with the span of every page.

    Raises:
        LoadError: it needs a password, or the file or all its pages are damaged.
    """
    from pypdfium2 import PdfDocument, PdfiumError

    try:
        file = PdfDocument(source.data)
    except PdfiumError as exc:
        if "password" in str(exc).lower():
            raise LoadError("it needs a password: save it without") from exc
        raise LoadError(f"not readable as PDF ({exc})") from exc
    with closing(file):
        bookmarks = _bookmarks(file)
        tagged = not bookmarks and file.is_tagged()
        damaged: list[int] = []
        pictures: list[int] = []
        pages: list[Page] = []
        links: set[str] = set()
        with form_of(file) as form:
            for number in range(len(file)):
                try:
                    before = pages[-1].tables if pages else ()
                    pages.append(_page(file, number, form, links, before, tagged=tagged))
                except PdfiumError:
                    damaged.append(number + 1)
                    pages.append(Page((), 0))
        parts = table_parts([page.tables for page in pages])
        layout = Layout(bookmarks, running_lines(pages), parts)
        for number, page in enumerate(pages):
            has_text = not all(layout.is_running(line, page.height) for line in page.lines)
            if has_text or number + 1 in damaged:
                layout.add(page)
            elif source.ocr:
                layout.add_text(_recognised(file, number))
            else:
                if _is_picture(file, number):
                    pictures.append(number + 1)
                layout.add(page)
        if len(damaged) == len(file):
            raise LoadError("damaged PDF: none of its pages can be read")
        unread = "; ".join(
            filter(None, (_unread(len(file), damaged, pictures), _unread_form(file, pages)))
        )
        metadata = file.get_metadata_dict()
        attachments = tuple(_attachments(file))
    found = layout.result()
    title = metadata.get("Title", "")
    created = _METADATA_DATE.match(metadata.get("CreationDate", ""))
    return replace(
        found,
        title=title if title and not is_program_title(title) else None,
        date=iso_date("-".join(created.groups())) if created else None,
        attachments=attachments,
        unread=unread,
        pictures=len(pictures),
    )


def _unread(pages: int, damaged: list[int], pictures: list[int]) -> str:
    """Which pages are not in the text.

    >>> _unread(12, [3], [5, 6])
    'of its 12 pages, 3 is damaged; 5, 6 are pictures (set ocr = true to read them)'
    """
    found = []
    if damaged:
        found.append(f"{_numbers(damaged)} damaged")
    if pictures:
        them = "it" if len(pictures) == 1 else "them"
        a = "a picture" if len(pictures) == 1 else "pictures"
        found.append(f"{_numbers(pictures)} {a} (set ocr = true to read {them})")
    return f"of its {pages} pages, {'; '.join(found)}" if found else ""


def _unread_form(file: Any, pages: list[Page]) -> str:
    """Why a form is not in the text, or not all of it."""
    from pypdfium2 import raw as pdfium

    is_xfa = file.get_formtype() in (pdfium.FORMTYPE_XFA_FULL, pdfium.FORMTYPE_XFA_FOREGROUND)
    if is_xfa and not any(page.fields for page in pages):
        return "its form is of the kind XFA only: print it into a PDF to have it read"
    many = any(page.fields > MAX_NOTES for page in pages)
    return f"pages with more than {MAX_NOTES:,} fields and notes are read so far" if many else ""


def _numbers(pages: list[int]) -> str:
    more = f" and {len(pages) - _NAMED_PAGES} more" if len(pages) > _NAMED_PAGES else ""
    verb = "is" if len(pages) == 1 else "are"
    return f"{', '.join(map(str, pages[:_NAMED_PAGES]))}{more} {verb}"


def _is_picture(file: Any, number: int) -> bool:
    """Whether pictures cover much of a page."""
    from pypdfium2 import raw as pdfium

    with closing(file[number]) as page:
        width, height = page.get_size()
        covered = 0.0
        for image in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE]):
            left, bottom, right, top = image.get_bounds()
            covered += (right - left) * (top - bottom)
        return bool(covered > _PICTURE_SHARE * width * height)


def _page(
    file: Any,
    number: int,
    form: Any,
    links: set[str],
    before: Sequence[PageTable],
    *,
    tagged: bool,
) -> Page:
    """The lines of a page in the file's order, with the values of its form, its notes, its tables.

    ``links`` are the targets of the pages before; those of the page are added. ``before`` are the
    tables of the page before.
    """
    page = file[number]
    with closing(page), closing(page.get_textpage()) as textpage, filled(page, form):
        headings = _heading_marks(page) if tagged else {}
        rules = rules_of(page)
        lines: list[Line] = []
        for line in _lines(textpage, headings, rules):
            joined = _joined(lines[-1], line, rules) if lines else None
            lines[-1 if joined else len(lines) :] = [joined or line]
        found = with_notes(Page(lines, page.get_height()), page, textpage, form, links)
        if found.is_form:
            return found
        lines, tables = tables_among(
            found.lines, rules, found.height, before, font_of=partial(_font, textpage)
        )
        return replace(found, lines=lines, tables=tables)


def _joined(before: Line, line: Line, rules: Rules) -> Line | None:
    """Two lines as one, if they stand on one line with nothing between them."""
    found = one_line(before, line)
    is_cut = found and rules.cuts(before.right - 1, line.left + 1, (line.top + line.bottom) / 2)
    return None if is_cut else found


def _lines(textpage: Any, headings: dict[int, tuple[int, int]], rules: Rules) -> Iterator[Line]:
    text = textpage.get_text_range().replace("\x00", "\x01")
    from_right = runs_right_to_left(text)
    for found in _LINE.finditer(text):
        shown = found.group(1)
        begin = found.start() + len(shown) - len(shown.lstrip())
        end = found.start() + len(shown.rstrip()) - 1
        lines = list(_between(textpage, text, begin, end, headings, rules, from_right=from_right))
        if lines and found.group(2).startswith(BROKEN):
            lines[-1] = _broken(lines[-1])
        yield from lines


def _between(
    textpage: Any,
    text: str,
    begin: int,
    end: int,
    headings: dict[int, tuple[int, int]],
    rules: Rules,
    *,
    from_right: bool,
    is_part: bool = False,
) -> Iterator[Line]:
    """What pdfium takes for a line, from one place of the text to another.

    It does not see that a line begins with a single character, as the number of a row does.
    """
    from pypdfium2 import raw as pdfium

    words = text[begin : end + 1].replace("\x01", "").strip()
    if not words:
        return
    ends = [pdfium.FPDFText_GetCharIndexFromTextIndex(textpage, i) for i in (begin, end)]
    boxes = [textpage.get_charbox(index, loose=True) for index in ends if index >= 0]
    if not boxes:
        return
    if end - begin < _MAX_CHARACTERS and _is_below(boxes[0], boxes[-1]):
        first, *others = _drawn(textpage, text, begin, end)
        if others:
            given = partial(_between, textpage, text, headings=headings, rules=rules)
            for part in (first, *others):
                yield from given(*part, from_right=from_right, is_part=True)
            return
    mark = None
    if headings:
        thing = pdfium.FPDFText_GetTextObject(textpage, ends[0])
        mark = headings.get(pdfium.FPDFPageObj_GetMarkedContentID(thing)) if thing else None
    line = Line(
        words,
        top=max(box[3] for box in boxes),
        bottom=min(box[1] for box in boxes),
        size=min(box[3] - box[1] for box in boxes),
        heading=mark,
        left=min(box[0] for box in boxes),
        right=max(box[2] for box in boxes),
        last=ends[-1],
    )
    cuts = rules.cuts(line.left, line.right, (line.top + line.bottom) / 2)
    wide = _WIDE * len(words) * line.height
    if end - begin < _MAX_CHARACTERS and (
        is_part
        or RIGHT_TO_LEFT.search(words)
        or (line.right - line.left > wide and max(words) < _EAST_ASIAN)
        or cuts
        or _has_pieces(textpage, ends, line.height)
    ):
        line = _looked_at(textpage, text, begin, end, line, cuts, from_right=from_right)
    yield line


def _drawn(textpage: Any, text: str, begin: int, end: int) -> Iterator[tuple[int, int]]:
    """First and last place of what stands on one line each."""
    from pypdfium2 import raw as pdfium

    before = begin
    box = None
    for place in range(begin, end + 1):
        index = pdfium.FPDFText_GetCharIndexFromTextIndex(textpage, place)
        if index < 0 or text[place].isspace():
            continue
        found = textpage.get_charbox(index, loose=True)
        if box and _is_below(box, found):
            yield begin, before
            begin = place
        before, box = place, found
    yield begin, end


def _is_below(box: _Box, other: _Box) -> bool:
    """Whether a character stands on another line than one before, and not right behind it."""
    drop = abs(box[1] + box[3] - other[1] - other[3]) / 2
    if drop < 1:
        return False
    height = max(box[3] - box[1], other[3] - other[1])
    return drop > _NEW_LINE * height and abs(box[0] - other[0]) > 2 * height


def _font(textpage: Any, index: int) -> str:
    """The name of the font of a character."""
    from pypdfium2 import raw as pdfium

    name = ctypes.create_string_buffer(_MAX_FONT)
    length = pdfium.FPDFText_GetFontInfo(textpage, index, name, len(name), ctypes.c_int())
    return name.value.decode("utf-8", "replace") if length else ""


def _has_pieces(textpage: Any, ends: list[int], height: float) -> bool:
    """Whether a line has wide gaps, or small characters right behind others."""
    from pypdfium2 import raw as pdfium

    count = pdfium.FPDFText_CountRects(textpage, ends[0], ends[1] - ends[0] + 1)
    if count < 2:
        return False
    rects = [textpage.get_rect(number) for number in range(count)]
    tall = max(top - bottom for _, bottom, _, top in rects)
    is_mark = rects[0][2] - rects[0][0] < _LIST_MARK * height
    for before, after in pairwise(rects):
        gap = after[0] - before[2]
        if gap > GAP * height and not is_mark:
            return True
        is_mark = False
        lower = min(before[3] - before[1], after[3] - after[1])
        if gap < height / 6 and _SIGN * tall < lower < SMALL * tall:
            shift = (before[1] + before[3] - after[1] - after[3]) / 2
            if abs(shift) > _SHIFT * tall:
                return True
    return False


def _looked_at(
    textpage: Any,
    text: str,
    begin: int,
    end: int,
    line: Line,
    cuts: Sequence[float],
    *,
    from_right: bool,
) -> Line:
    """The line by the places of its characters, in the file's words where nothing changes."""
    from pypdfium2 import raw as pdfium

    handle = textpage.raw  # is asked for at each call otherwise
    x, y, box = ctypes.c_double(), ctypes.c_double(), pdfium.FS_RECTF()
    places = range(begin, end + 1)
    first, last = (pdfium.FPDFText_GetCharIndexFromTextIndex(handle, n) for n in (begin, end))
    indexes: Iterable[int] = range(first, last + 1)
    if last - first != end - begin:  # characters that are not in the text
        indexes = [pdfium.FPDFText_GetCharIndexFromTextIndex(handle, n) for n in places]
    drawn = []
    for place, index in zip(places, indexes, strict=True):
        if index >= 0 and text[place] != "\x01":
            pdfium.FPDFText_GetLooseCharBox(handle, index, box)
            drawn.append((index, text[place], box.left, box.bottom, box.right, box.top))
    heights = [top - bottom for _, _, _, bottom, _, top in drawn] or [0.0]
    is_even = min(heights) > SMALL * max(heights)  # nothing is raised or lowered
    characters = []
    for index, character, left, bottom, right, top in drawn:
        if not is_even:
            pdfium.FPDFText_GetCharOrigin(handle, index, x, y)
        characters.append(Character(character, left, bottom, right, top, y.value))
    given = partial(line_of, characters, line.heading, from_right=from_right, last=line.last)
    found = given()
    if found is None:
        return line
    if found.text.split() == line.text.split():
        found = replace(found, text=line.text)
    if not cuts and len(found.parts) < _MANY:
        return found
    cells = given(cuts=cuts, gap=CELL_GAP)
    return replace(found, cells=cells.parts) if cells else found


def _broken(line: Line) -> Line:
    """The line whose last word goes on in the next one."""
    parts = (*line.parts[:-1], _broken(line.parts[-1])) if line.parts else ()
    cells = (*line.cells[:-1], _broken(line.cells[-1])) if line.cells else ()
    return replace(line, text=line.text + BROKEN, parts=parts, cells=cells)


def _bookmarks(file: Any) -> dict[int, list[Bookmark]]:
    """The outline by page from 0, as far as it points to pages of this file."""
    from pypdfium2 import raw as pdfium

    bookmarks: dict[int, list[Bookmark]] = {}
    for entry in islice(file.get_toc(), _MAX_BOOKMARKS):
        target = entry.get_dest()
        page = target.get_index() if target else None
        if page is None or page >= len(file):
            continue
        view, place = target.get_view()
        heights = {
            pdfium.PDFDEST_VIEW_XYZ: place[1:2],
            pdfium.PDFDEST_VIEW_FITH: place[:1],
            pdfium.PDFDEST_VIEW_FITR: place[3:4],
        }
        top = next(iter(heights.get(view, [])), None)
        mark = Bookmark(entry.get_title(), entry.level + 1, top)
        bookmarks.setdefault(page, []).append(mark)
    return bookmarks


def _heading_marks(page: Any) -> dict[int, tuple[int, int]]:
    """(number, level) of each heading among the tags of a page, by marked content id."""
    from pypdfium2 import raw as pdfium

    marks: dict[int, tuple[int, int]] = {}
    tag = ctypes.create_string_buffer(64)

    def walk(element: Any, heading: tuple[int, int] | None, depth: int) -> None:
        length = pdfium.FPDF_StructElement_GetType(element, tag, len(tag))
        name = tag.raw[: max(length - 2, 0)].decode("utf-16-le", "ignore")
        if found := _HEADING_TAG.fullmatch(name):
            heading = (len(marks), int(found.group(1)))
        parts = pdfium.FPDF_StructElement_CountChildren(element)
        if parts > _MAX_TAGGED_PARTS or depth > 50:
            return
        if heading:
            for i in range(pdfium.FPDF_StructElement_GetMarkedContentIdCount(element)):
                marks[pdfium.FPDF_StructElement_GetMarkedContentIdAtIndex(element, i)] = heading
        for i in range(parts):
            if child := pdfium.FPDF_StructElement_GetChildAtIndex(element, i):
                walk(child, heading, depth + 1)

    tree = pdfium.FPDF_StructTree_GetForPage(page)
    if tree:
        for i in range(pdfium.FPDF_StructTree_CountChildren(tree)):
            if child := pdfium.FPDF_StructTree_GetChildAtIndex(tree, i):
                walk(child, None, 0)
        pdfium.FPDF_StructTree_Close(tree)
    marks.pop(-1, None)  # pdfium's sign for a part that is no marked content
    return marks


def _attachments(file: Any) -> Iterator[Attachment]:
    """The embedded files; one without readable bytes is given without, and so reported."""
    import pypdfium2

    for number in range(file.count_attachments()):
        attachment = file.get_attachment(number)
        try:
            data = bytes(attachment.get_data())
        except pypdfium2.PdfiumError:
            data = b""
        yield Attachment(attachment.get_name(), data)


def _recognised(file: Any, number: int) -> str:
    from index.loaders.image import recognise

    with closing(file[number]) as page:
        longer = max(page.get_size())
        scale = min(_RECOGNISED_DPI / 72, _RECOGNISED_PIXELS / max(longer, 1))
        picture = page.render(scale=scale, rev_byteorder=True).to_numpy()
        return "\n".join(recognise(picture))
