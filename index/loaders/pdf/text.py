"""PDF: pdfium gives the characters of each page and their places; the layout is made of those.

Pages are read one after the other and closed, so that of each only its lines are kept. A page with
no text but its header or footer is recognised as a picture when that is asked for. Pages that are
not read are named. With :mod:`index.loaders.pdf.rules`, :mod:`index.loaders.pdf.notes`,
:mod:`index.loaders.pdf.strikes` and :mod:`index.loaders.pdf.picture` the only room of pypdfium2.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice, pairwise
from math import hypot
from typing import Any

from index.errors import LoadError
from index.loaders.extract import Attachment, Extract, Source, is_program_title, iso_date
from index.loaders.pdf.boxes import with_labels
from index.loaders.pdf.layout import Bookmark, Layout, Page, running_lines
from index.loaders.pdf.lines import CELL_GAP, GAP, SMALL, Character, Line, line_of, one_line
from index.loaders.pdf.notes import MAX_NOTES, filled, form_of, with_notes
from index.loaders.pdf.rules import Rules, rules_of
from index.loaders.pdf.strikes import Strike, strikes_of, unstruck
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
# The boxes of letters from the right and of East Asian ones may be those of their ink: what is
# lower than so much of the type size has a box of the size, so far below and above its line.
_BY_SIZE = re.compile(f"{RIGHT_TO_LEFT.pattern}|[\u2e80-\ud7ff\uf900-\ufaff\uff00-\uffef]")
_INK = 0.95
_BELOW, _ABOVE = 0.25, 0.9
# Of the height of a line: what is lower is a hyphen or a dot, no letter; the middle of a raised
# letter is so far from that of others; the mark of a list is no wider.
_SIGN = 0.28
_SHIFT = 0.16
_LIST_MARK = 1.2
# Of the height of a character: the next one so far above or below it is of another line.
_NEW_LINE = 0.7
_MANY = 3  # pieces: more than columns of text are beside each other
_SHORT = 3  # characters: a longer line that is so high runs up or down the page
_MAX_CHARACTERS = 2_000  # of a line whose characters are looked at
_MAX_FONT = 128  # characters of its name
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
        for line in _lines(_page_text(page, textpage, headings, rules)):
            joined = _joined(lines[-1], line, rules) if lines else None
            lines[-1 if joined else len(lines) :] = [joined or line]
        found = with_notes(Page(lines, page.get_height()), page, textpage, form, links)
        if found.is_form:
            return found
        lines, tables = tables_among(
            with_labels(found.lines, rules),
            rules,
            found.height,
            before,
            font_of=partial(_font, textpage),
        )
        return replace(found, lines=lines, tables=tables)


@dataclass(frozen=True, slots=True)
class _PageText:
    """The text of a page as pdfium has it, with the tags of headings and what is drawn beside it.

    ``headings`` are by marked content id; ``from_right``, ``has_right``, ``has_by_size``: the text
    is read from the right, has such words, has characters with boxes of their ink.
    """

    of_pdfium: Any
    text: str
    headings: dict[int, tuple[int, int]]
    rules: Rules
    strikes: Sequence[Strike]
    from_right: bool
    has_right: bool
    has_by_size: bool


def _page_text(
    page: Any, textpage: Any, headings: dict[int, tuple[int, int]], rules: Rules
) -> _PageText:
    text = textpage.get_text_range().replace("\x00", "\x01")
    return _PageText(
        textpage,
        text,
        headings,
        rules,
        strikes_of(page, rules),
        from_right=runs_right_to_left(text),
        has_right=RIGHT_TO_LEFT.search(text) is not None,
        has_by_size=_BY_SIZE.search(text) is not None,
    )


def _joined(before: Line, line: Line, rules: Rules) -> Line | None:
    """Two lines as one, if they stand on one line with nothing between them."""
    found = one_line(before, line)
    end, begin = min(before.right, line.right), max(before.left, line.left)
    is_cut = found and rules.cuts(end - 1, begin + 1, (line.top + line.bottom) / 2)
    return None if is_cut else found


def _lines(page: _PageText) -> Iterator[Line]:
    for found in _LINE.finditer(page.text):
        shown = found.group(1)
        begin = found.start() + len(shown) - len(shown.lstrip())
        end = found.start() + len(shown.rstrip()) - 1
        is_broken = found.group(2).startswith(BROKEN)
        for line, last in _between(page, begin, end):
            yield _broken(line) if is_broken and last == end else line


def _between(
    page: _PageText, begin: int, end: int, *, is_part: bool = False
) -> Iterator[tuple[Line, int]]:
    """What pdfium takes for a line, from one place of the text to another, with its last place.

    It does not see that a line begins with a single character, as the number of a row does, nor
    where lines of words from the right end, of which the lower one may come first.
    """
    from pypdfium2 import raw as pdfium

    textpage, handle = page.of_pdfium, page.of_pdfium.raw
    words = page.text[begin : end + 1].replace("\x01", "").strip()
    if not words:
        return
    index_of = pdfium.FPDFText_GetCharIndexFromTextIndex
    ends = [n for n in (index_of(handle, begin), index_of(handle, end)) if n >= 0]
    if not ends:
        return
    boxes = [textpage.get_charbox(index, loose=True) for index in ends]
    is_long = end - begin >= _MAX_CHARACTERS
    is_mixed = page.has_right and RIGHT_TO_LEFT.search(words) is not None
    if not is_long and not is_part and (is_mixed or _is_below(boxes[0], boxes[-1])):
        starts = [begin, *(_from_feet if is_mixed else _from_boxes)(page, begin, end)]
        if len(starts) > 1:
            parts = zip(starts, [*starts[1:], end + 1], strict=True)
            lines = [
                line for b, e in parts for line in _between(page, b, _end(page, e), is_part=True)
            ]
            yield from sorted(lines, key=lambda line: -line[0].top) if is_mixed else lines
            return
    is_neutral = page.from_right and not any(map(str.isalpha, words))
    is_flat = False
    if is_neutral or (page.has_by_size and _BY_SIZE.search(words)):
        inks = [textpage.get_charbox(index) for index in ends]
        is_flat = any(box[3] - box[1] < 1 for box in inks)  # pdfium has not the font
        boxes = [_by_size(handle, n, box) for n, box in zip(ends, boxes, strict=True)]
    mark = None
    if page.headings:
        thing = pdfium.FPDFText_GetTextObject(handle, ends[0])
        mark = page.headings.get(pdfium.FPDFPageObj_GetMarkedContentID(thing)) if thing else None
    lefts, bottoms, rights, tops = zip(*boxes, strict=True)
    left, bottom, right, top = min(lefts), min(bottoms), max(rights), max(tops)
    size = min(box[3] - box[1] for box in boxes)
    line = Line(words, top, bottom, size, mark, left, right, last=ends[-1])
    height = line.height
    strikes = [strike for strike in page.strikes if bottom < strike.at < top]
    cuts = page.rules.cuts(left, right, (top + bottom) / 2)
    is_wide = right - left > _WIDE * len(words) * height and max(words) < _EAST_ASIAN
    is_turned = height > 2 * (right - left) and len(words) > _SHORT
    is_uneven = _is_uneven(boxes)
    is_plain = not (
        is_mixed
        or is_part
        or is_flat
        or strikes
        or cuts
        or is_neutral
        or is_uneven
        or is_wide
        or _has_pieces(textpage, ends, height)
    )
    if is_long or is_plain or (is_turned and not is_mixed):
        yield line, end
        return
    seen = _looked_at(page, begin, end, line, strikes, cuts)
    if seen and not (seen.parts or seen.cells) and seen.text == line.text and is_uneven:
        seen = line
    if seen:
        yield seen, end


def _from_boxes(page: _PageText, begin: int, end: int) -> Iterator[int]:
    """The places in the text where what stands on another line begins, by the boxes there."""
    from pypdfium2 import raw as pdfium

    before = None
    for place in range(begin, end + 1):
        index = pdfium.FPDFText_GetCharIndexFromTextIndex(page.of_pdfium, place)
        if index < 0 or page.text[place].isspace():
            continue
        box = page.of_pdfium.get_charbox(index, loose=True)
        if before and _is_below(before, box):
            yield place
        before = box


def _from_feet(page: _PageText, begin: int, end: int) -> Iterator[int]:
    """The same for words from the right: by how high letters stand, as boxes may be of the ink."""
    from pypdfium2 import raw as pdfium

    handle, x, y = page.of_pdfium.raw, ctypes.c_double(), ctypes.c_double()
    before = None
    for place in range(begin, end + 1):
        index = pdfium.FPDFText_GetCharIndexFromTextIndex(handle, place)
        if index < 0 or not page.text[place].isalnum():
            continue
        pdfium.FPDFText_GetCharOrigin(handle, index, x, y)
        drop = 0.0 if before is None else abs(before - y.value)
        if drop >= 1 and drop > _NEW_LINE * _type_size(handle, index):
            yield place
        before = y.value


def _end(page: _PageText, end: int) -> int:
    """The last place before one that is no white space."""
    return len(page.text[:end].rstrip()) - 1


def _is_below(box: _Box, other: _Box) -> bool:
    """Whether a character stands on another line than one before, and not right behind it."""
    drop = abs(box[1] + box[3] - other[1] - other[3]) / 2
    if drop < 1:
        return False
    height = max(box[3] - box[1], other[3] - other[1])
    return drop > _NEW_LINE * height and abs(box[0] - other[0]) > 2 * height


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


def _font(textpage: Any, index: int) -> str:
    """The name of the font of a character."""
    from pypdfium2 import raw as pdfium

    name = ctypes.create_string_buffer(_MAX_FONT)
    length = pdfium.FPDFText_GetFontInfo(textpage, index, name, len(name), ctypes.c_int())
    return name.value.decode("utf-8", "replace") if length else ""


def _has_pieces(textpage: Any, ends: list[int], height: float) -> bool:
    """Whether a line has wide gaps, or small characters right behind others."""
    from pypdfium2 import raw as pdfium

    count = pdfium.FPDFText_CountRects(textpage, ends[0], ends[-1] - ends[0] + 1)
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
    page: _PageText,
    begin: int,
    end: int,
    line: Line,
    strikes: Sequence[Strike],
    cuts: Sequence[float],
) -> Line | None:
    """The line by the places of its characters, in the file's words where nothing changes.

    None if all of it is struck.
    """
    from pypdfium2 import raw as pdfium

    text = page.text
    handle = page.of_pdfium.raw  # is asked for at each call otherwise
    x, y, box = ctypes.c_double(), ctypes.c_double(), pdfium.FS_RECTF()
    is_by_size = page.from_right or _BY_SIZE.search(line.text) is not None
    places = range(begin, end + 1)
    first, last = (pdfium.FPDFText_GetCharIndexFromTextIndex(handle, n) for n in (begin, end))
    indexes: Iterable[int] = range(first, last + 1)
    if last - first != end - begin:  # characters that are not in the text
        indexes = [pdfium.FPDFText_GetCharIndexFromTextIndex(handle, n) for n in places]
    drawn = []
    box_of = pdfium.FPDFText_GetLooseCharBox
    for place, index in zip(places, indexes, strict=True):
        if index >= 0 and text[place] != "\x01":
            box_of(handle, index, box)
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
    given = partial(line_of, kept, line.heading, from_right=page.from_right, last=line.last)
    found = given()
    if found is None:
        return None if characters and not kept else line
    if found.text.split() == line.text.split():
        found = replace(found, text=line.text)
    if not cuts and len(found.parts) < _MANY:
        return found
    cells = given(cuts=cuts, gap=CELL_GAP)
    return replace(found, cells=cells.parts) if cells else found


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
