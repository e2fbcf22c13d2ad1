"""PDF: pdfium gives the characters of each page and their places; the layout is made of those.

Pages are read one after the other and closed, so that of each only its lines are kept. A page with
no text but its header or footer is recognised as a picture when that is asked for. Pages that are
not read are named. With :mod:`index.loaders.pdf.notes`, :mod:`index.loaders.pdf.strikes` and
:mod:`index.loaders.pdf.picture` the only room of pypdfium2.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from itertools import islice, pairwise
from math import hypot
from typing import Any

from index.errors import LoadError
from index.loaders.extract import Attachment, Extract, Source, is_program_title, iso_date
from index.loaders.pdf.layout import Bookmark, Layout, Page, running_lines
from index.loaders.pdf.lines import GAP, SMALL, Character, Line, line_of, one_line
from index.loaders.pdf.notes import MAX_NOTES, filled, form_of, with_notes
from index.loaders.pdf.strikes import Strike, strikes_of, unstruck
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
# The boxes of letters from the right and of East Asian ones may be those of their ink: what is
# lower than so much of the type size has a box of the size, so far below and above its line.
_BY_SIZE = re.compile(f"{RIGHT_TO_LEFT.pattern}|[\u2e80-\ud7ff\uf900-\ufaff\uff00-\uffef]")
_INK = 0.95
_BELOW, _ABOVE = 0.25, 0.9
_NEXT_LINE = 0.8  # type sizes: what stands so much lower is on another line
# Of the height of a line: what is lower is a hyphen or a dot, no letter; the middle of a raised
# letter is so far from that of others; the mark of a list is no wider.
_SIGN = 0.28
_SHIFT = 0.16
_LIST_MARK = 1.2
_SHORT = 3  # characters: a longer line that is so high runs up or down the page
_MAX_CHARACTERS = 2_000  # of a line whose characters are looked at
_MAX_BOOKMARKS = 10_000
_NAMED_PAGES = 10
# Every page lists all parts of the body again: above this, the tags cost more than the text.
_MAX_TAGGED_PARTS = 10_000
_RECOGNISED_DPI = 200
_RECOGNISED_PIXELS = 2_400
_Box = tuple[float, float, float, float]  # left, bottom, right, top in points
_PICTURE_SHARE = 0.25  # of a page without text: less is a logo or an ornament


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
                    pages.append(_page(file, number, form, links, tagged=tagged))
                except PdfiumError:
                    damaged.append(number + 1)
                    pages.append(Page((), 0))
        layout = Layout(bookmarks, running_lines(pages))
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
    text, spans, headings = layout.result()
    title = metadata.get("Title", "")
    found = _METADATA_DATE.match(metadata.get("CreationDate", ""))
    return Extract(
        text,
        title=title if title and not is_program_title(title) else None,
        headings=headings,
        pages=spans,
        date=iso_date("-".join(found.groups())) if found else None,
        attachments=attachments,
        unread=unread,
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


def _page(file: Any, number: int, form: Any, links: set[str], *, tagged: bool) -> Page:
    """The lines of a page in the file's order, with the values of its form and its notes.

    ``links`` are the targets of the pages before; those of the page are added.
    """
    page = file[number]
    with closing(page), closing(page.get_textpage()) as textpage, filled(page, form):
        headings = _heading_marks(page) if tagged else {}
        lines: list[Line] = []
        for line in _lines(textpage, headings, strikes_of(page)):
            joined = one_line(lines[-1], line) if lines else None
            lines[-1 if joined else len(lines) :] = [joined or line]
        return with_notes(Page(lines, page.get_height()), page, textpage, form, links)


def _lines(
    textpage: Any, headings: dict[int, tuple[int, int]], strikes: Sequence[Strike]
) -> Iterator[Line]:
    from pypdfium2 import raw as pdfium

    text = textpage.get_text_range().replace("\x00", "\x01")
    from_right = runs_right_to_left(text)
    has_right, has_by_size = RIGHT_TO_LEFT.search(text), _BY_SIZE.search(text)
    for begin, end, is_broken in _ranges(textpage, text):
        words = text[begin : end + 1].replace("\x01", "").strip()
        is_neutral = from_right and not any(map(str.isalpha, words))
        ends = [pdfium.FPDFText_GetCharIndexFromTextIndex(textpage, i) for i in (begin, end)]
        if min(ends) < 0:
            continue
        boxes = [textpage.get_charbox(index, loose=True) for index in ends]
        mark = None
        if headings:
            thing = pdfium.FPDFText_GetTextObject(textpage, ends[0])
            mark = headings.get(pdfium.FPDFPageObj_GetMarkedContentID(thing)) if thing else None
        is_flat = False
        if is_neutral or (has_by_size and _BY_SIZE.search(words)):
            inks = [textpage.get_charbox(index) for index in ends]
            is_flat = any(box[3] - box[1] < 1 for box in inks)  # pdfium has not the font
            boxes = [_by_size(textpage.raw, n, box) for n, box in zip(ends, boxes, strict=True)]
        line = Line(
            words,
            top=max(box[3] for box in boxes),
            bottom=min(box[1] for box in boxes),
            size=min(box[3] - box[1] for box in boxes),
            heading=mark,
            left=min(box[0] for box in boxes),
            right=max(box[2] for box in boxes),
        )
        low, high = line.bottom, line.top
        across = [strike for strike in strikes if low < strike.at < high]
        wide = _WIDE * len(words) * line.height
        is_turned = line.height > 2 * (line.right - line.left) and len(words) > _SHORT
        is_plain = (
            not is_flat
            and not across
            and not is_neutral
            and not _is_uneven(boxes)
            and not (line.right - line.left > wide and max(words) < _EAST_ASIAN)
            and not _has_pieces(textpage, ends, line.height)
        )
        if end - begin < _MAX_CHARACTERS and (
            (has_right and RIGHT_TO_LEFT.search(words)) or not (is_turned or is_plain)
        ):
            found_line = _looked_at(textpage, text, begin, end, line, across, from_right=from_right)
            if found_line is None:
                continue
            if found_line.parts or found_line.text != line.text or not _is_uneven(boxes):
                line = found_line
        yield _broken(line) if is_broken else line


def _ranges(textpage: Any, text: str) -> Iterator[tuple[int, int, bool]]:
    """First and last place in the text of each line, and whether its last word goes on.

    Where words run from the right, pdfium may give two lines as one, the lower one first.
    """
    has_right = RIGHT_TO_LEFT.search(text)
    for found in _LINE.finditer(text):
        words = found.group(1)
        if not words.replace("\x01", "").strip():
            continue
        begin = found.start() + len(words) - len(words.lstrip())
        end = found.start() + len(words.rstrip()) - 1
        is_broken = found.group(2).startswith(BROKEN)
        is_mixed = has_right and RIGHT_TO_LEFT.search(words)
        if not is_mixed or end - begin >= _MAX_CHARACTERS:
            yield begin, end, is_broken
            continue
        feet = list(_feet(textpage, text, begin, end))
        lines = [(feet[0][1] if feet else 0.0, begin)]
        for (_, y, size), (place, other, _) in pairwise(feet):
            if abs(y - other) > _NEXT_LINE * size:
                lines.append((other, place))
        starts = [place for _, place in lines]
        ends = dict(zip(starts, [*starts[1:], end + 1], strict=True))
        for _, place in sorted(lines, reverse=True):
            last = place + len(text[place : ends[place]].rstrip()) - 1
            yield place, last, is_broken and last == end


def _feet(textpage: Any, text: str, begin: int, end: int) -> Iterator[tuple[int, float, float]]:
    """The place in the text of each letter of a line, how high it stands, and its type size."""
    from pypdfium2 import raw as pdfium

    handle, x, y = textpage.raw, ctypes.c_double(), ctypes.c_double()
    for place in range(begin, end + 1):
        index = pdfium.FPDFText_GetCharIndexFromTextIndex(handle, place)
        if index >= 0 and text[place].isalnum():
            pdfium.FPDFText_GetCharOrigin(handle, index, x, y)
            yield place, y.value, _type_size(handle, index)


def _type_size(handle: Any, index: int) -> float:
    """The size of the type of a character in points."""
    from pypdfium2 import raw as pdfium

    matrix = pdfium.FS_MATRIX()
    pdfium.FPDFText_GetMatrix(handle, index, matrix)
    return float(pdfium.FPDFText_GetFontSize(handle, index) * hypot(matrix.c, matrix.d))


def _is_uneven(boxes: Sequence[_Box]) -> bool:
    """Whether a line begins or ends with a small character that may be raised or lowered."""
    first, last = boxes[0], boxes[-1]
    before, after = first[3] - first[1], last[3] - last[1]
    is_level = first[0] < last[0] and first[1] < last[3]
    return is_level and (before <= SMALL * after or after <= SMALL * before)


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
        lower = min(before[3] - before[1], after[3] - after[1])
        is_mark = False
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
    strikes: Sequence[Strike],
    *,
    from_right: bool,
) -> Line | None:
    """The line by the places of its characters, in the file's words where nothing changes.

    None if all of it is struck.
    """
    from pypdfium2 import raw as pdfium

    handle = textpage.raw  # is asked for at each call otherwise
    x, y, box = ctypes.c_double(), ctypes.c_double(), pdfium.FS_RECTF()
    is_by_size = from_right or _BY_SIZE.search(line.text) is not None
    places = range(begin, end + 1)
    first, last = (pdfium.FPDFText_GetCharIndexFromTextIndex(handle, n) for n in (begin, end))
    indexes: Iterable[int] = range(first, last + 1)
    if last - first != end - begin:  # characters that are not in the text
        indexes = [pdfium.FPDFText_GetCharIndexFromTextIndex(handle, n) for n in places]
    drawn = []
    for place, index in zip(places, indexes, strict=True):
        if index >= 0 and text[place] != "\x01":
            pdfium.FPDFText_GetLooseCharBox(handle, index, box)
            sides = box.left, box.bottom, box.right, box.top
            if is_by_size and not text[place].isspace():
                sides = _by_size(handle, index, sides)
            drawn.append((index, text[place], sides))
    heights = [top - bottom for _, _, (_, bottom, _, top) in drawn] or [0.0]
    is_even = min(heights) > SMALL * max(heights)  # nothing is raised or lowered
    characters = []
    word = 0
    for index, character, sides in drawn:
        if is_by_size or not is_even:
            pdfium.FPDFText_GetCharOrigin(handle, index, x, y)
        word += character.isspace()
        characters.append(Character(character, *sides, y.value, x.value, word))
    kept = unstruck(characters, strikes)
    found = line_of(kept, line.heading, from_right=from_right)
    if found is None:
        return None if characters and not kept else line
    return replace(found, text=line.text) if found.text.split() == line.text.split() else found


def _by_size(handle: Any, index: int, box: _Box) -> _Box:
    """The box of a character, by its type size where it is lower."""
    from pypdfium2 import raw as pdfium

    size, x, y = _type_size(handle, index), ctypes.c_double(), ctypes.c_double()
    left, bottom, right, top = box
    if top - bottom >= _INK * size:
        return box
    pdfium.FPDFText_GetCharOrigin(handle, index, x, y)
    return left, y.value - _BELOW * size, right, y.value + _ABOVE * size


def _broken(line: Line) -> Line:
    """The line whose last word goes on in the next one."""
    parts = (*line.parts[:-1], _broken(line.parts[-1])) if line.parts else ()
    return replace(line, text=line.text + BROKEN, parts=parts)


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
