"""What stands on a page beside its text: values of a form, text notes, comments, links.

The value of a field stands as "label: value" where its label does; what has no label on the page,
comments and the targets of links are blocks after the lines of the page.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any

from index.loaders.pdf.layout import Page
from index.loaders.pdf.lines import Line

__all__ = ["MAX_NOTES", "annotations_of", "filled", "form_of", "with_notes"]

MAX_NOTES = 5_000
"""Of a page; more are not read."""

_HIDDEN = 1 << 1 | 1 << 5  # flags of an annotation: hidden, no view
_PASSWORD = 1 << 13  # flag of a text field
_MAX_BYTES = 200_000  # of a value, two a character
_MAX_TARGET = 2_000  # bytes of a link
_ROW = 18  # points: of the height of a field those in which its label stands beside it,
_ABOVE = 20  # or above it
_COVERED = 25  # points of a label that its field may cover
_NEAR = 12  # points between a box to tick and its label
_BLANK = re.compile(r"[_.…]{3,}|\s{3,}|[\r\n]+|\t")
_NAMED = re.compile("[:：]")
_ASKS = ("?", "？", "؟")
_ANNOUNCES = re.compile(r"(?:[:：]|[_.…]{3,})\s*$")
_EDGE = " \t\r\n:：_.…*"

_Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class _Field:
    """A filled field of a form or a typed text; its box is left, bottom, right, top in points."""

    value: str
    box: _Box
    kind: str
    name: str = ""
    called: str = ""
    is_chosen: bool = True  # of the buttons of a group


@contextmanager
def form_of(file: Any) -> Iterator[Any]:
    """Pdfium's handle of the form of a file, None without one; its pages are closed before."""
    from pypdfium2 import raw as pdfium

    if file.get_formtype() == pdfium.FORMTYPE_NONE:
        yield None
        return
    settings = pdfium.FPDF_FORMFILLINFO(version=2)
    form = pdfium.FPDFDOC_InitFormFillEnvironment(file, settings)
    try:
        yield form
    finally:
        pdfium.FPDFDOC_ExitFormFillEnvironment(form)


@contextmanager
def filled(opened: Any, form: Any) -> Iterator[None]:
    """A page with the fields of its form at hand."""
    from pypdfium2 import raw as pdfium

    if form:
        pdfium.FORM_OnAfterLoadPage(opened, form)
    try:
        yield
    finally:
        if form:
            pdfium.FORM_OnBeforeClosePage(opened, form)


def with_notes(page: Page, opened: Any, textpage: Any, form: Any, links: set[str]) -> Page:
    """The page with the values of its fields, its text notes, its comments and its links.

    ``form`` is pdfium's handle of the form, None in a file without one; ``links`` are the targets
    that were given before, to which those of this page are added.
    """
    from pypdfium2 import raw as pdfium

    count = pdfium.FPDFPage_GetAnnotCount(opened)
    if count <= 0:
        return page
    fields: list[_Field] = []
    boxes: list[_Box] = []
    comments: list[str] = []
    for annotation in annotations_of(opened):
        kind = pdfium.FPDFAnnot_GetSubtype(annotation)
        if kind == pdfium.FPDF_ANNOT_WIDGET and form:
            boxes.append(_box(annotation))
            fields += _values(annotation, form)
        elif kind == pdfium.FPDF_ANNOT_FREETEXT:
            fields += _typed(annotation)
        elif kind == pdfium.FPDF_ANNOT_LINK:
            comments += _link(annotation, opened, textpage, links)
        elif kind in _commenting() and (words := _entry(annotation, b"Contents")):
            author = _entry(annotation, b"T")
            comments.append(f"Comment ({author}): {words}" if author else f"Comment: {words}")
    lines, notes = list(page.lines), []
    groups: dict[str, list[_Field]] = {}
    for field in fields:
        if field.kind == "radio":
            groups.setdefault(field.name, []).append(field)
            continue
        seen = _whole(lines, _label(textpage, field, boxes), field.box)
        label = field.called or seen or field.name
        statement = _statement(label, field.value)
        is_seen = seen and (not field.called or _letters(field.called) == _letters(seen))
        if not (is_seen and _is_put(lines, seen, statement, field.box)):
            notes.append(statement)
    for group in groups.values():
        notes += _chosen_of(group, lines, textpage, boxes)
    return replace(page, lines=lines, notes=(*notes, *comments), fields=count, is_form=bool(boxes))


def _chosen_of(
    group: Sequence[_Field], lines: list[Line], textpage: Any, boxes: Iterable[_Box]
) -> Iterator[str]:
    """The statement of which button of a group is chosen, if it is not put among the lines."""
    chosen = next((button for button in group if button.is_chosen), None)
    if chosen is None:
        return
    first = min(group, key=lambda button: (-button.box[3], button.box[0]))
    before, _ = _beside(textpage, first, boxes)
    above = textpage.get_text_bounded(
        first.box[0] - 2, first.box[3] - 1, textpage.page.get_width(), first.box[3] + _ABOVE
    )
    seen = _whole(lines, (_parts(before) or _parts(above)[:1] or [""])[-1], first.box)
    options = {n: _parts(_beside(textpage, button, boxes)[1]) for n, button in enumerate(group)}
    option = (options[group.index(chosen)] or [chosen.value])[0]
    label = chosen.called or _NAMED.split(seen)[0].strip(_EDGE) or chosen.name
    statement = _statement(label, option)
    if not (seen and _is_put(lines, seen, statement, first.box)):
        yield statement
        return
    for n, button in enumerate(group):
        if options[n]:
            _is_put(lines, options[n][0], "", button.box)


def _statement(label: str, value: str) -> str:
    """What a field is filled with, behind its label.

    >>> _statement("Town", "Aln"), _statement("Which town?", "Aln")
    ('Town: Aln', 'Which town? Aln')
    """
    between = " " if label.endswith(_ASKS) else ": "
    return f"{label}{between}{value}" if label else value


def _is_put(lines: list[Line], label: str, statement: str, box: _Box) -> bool:
    """Whether a statement could take the place of its label, if that is a piece of a line.

    An empty statement takes the label away.
    """
    near = [
        (abs(line.top - box[3]), n, k)
        for n, line in enumerate(lines)
        for k, part in enumerate(line.parts or (line,))
        if line.top < box[3] + 2 * _ABOVE and box[1] - _ROW < line.bottom
        and _letters(part.text) == _letters(label)
    ]  # fmt: skip
    if not near:
        return False
    _, n, k = min(near)
    pieces = list(lines[n].parts or (lines[n],))
    pieces[k : k + 1] = [replace(pieces[k], text=statement)] if statement else []
    lines[n : n + 1] = pieces
    return True


def annotations_of(opened: Any) -> Iterator[Any]:
    """The annotations of a page that are shown, ``MAX_NOTES`` at most; each is closed at once."""
    from pypdfium2 import raw as pdfium

    for number in range(min(pdfium.FPDFPage_GetAnnotCount(opened), MAX_NOTES)):
        annotation = pdfium.FPDFPage_GetAnnot(opened, number)
        if not annotation:
            continue
        try:
            if not pdfium.FPDFAnnot_GetFlags(annotation) & _HIDDEN:
                yield annotation
        finally:
            pdfium.FPDFPage_CloseAnnot(annotation)


@cache
def _commenting() -> frozenset[int]:
    """Kinds of annotations whose contents are a comment."""
    from pypdfium2 import raw as pdfium

    names = "TEXT HIGHLIGHT UNDERLINE SQUIGGLY STRIKEOUT CARET STAMP SQUARE CIRCLE LINE POLYGON"
    return frozenset(getattr(pdfium, f"FPDF_ANNOT_{name}") for name in names.split())


def _values(annotation: Any, form: Any) -> Iterator[_Field]:
    """A field that is filled, or a box that is ticked or not."""
    from pypdfium2 import raw as pdfium

    def read(function: Callable[..., int]) -> str:
        return _text(lambda buffer, size: function(form, annotation, buffer, size))

    number = pdfium.FPDFAnnot_GetFormFieldType(form, annotation)
    kind = _kinds().get(number, "")
    flags = pdfium.FPDFAnnot_GetFormFieldFlags(form, annotation)
    is_ticked = pdfium.FPDFAnnot_IsChecked(form, annotation)
    if not kind or (kind == "text" and flags & _PASSWORD):
        return
    if kind == "tick":
        value = "yes" if is_ticked else "no"
    elif kind == "radio":
        value = read(pdfium.FPDFAnnot_GetFormFieldExportValue) or "yes"
    else:
        chosen = ", ".join(_chosen(annotation, form)) if kind == "choice" else ""
        value = chosen or read(pdfium.FPDFAnnot_GetFormFieldValue)
    if value:
        name = read(pdfium.FPDFAnnot_GetFormFieldName).rpartition(".")[2]
        called = read(pdfium.FPDFAnnot_GetFormFieldAlternateName).strip(_EDGE)
        is_chosen = kind != "radio" or bool(is_ticked)
        yield _Field(value, _box(annotation), kind, name, called, is_chosen)


@cache
def _kinds() -> Mapping[int, str]:
    from pypdfium2 import raw as pdfium

    return {
        pdfium.FPDF_FORMFIELD_TEXTFIELD: "text",
        pdfium.FPDF_FORMFIELD_CHECKBOX: "tick",
        pdfium.FPDF_FORMFIELD_RADIOBUTTON: "radio",
        pdfium.FPDF_FORMFIELD_COMBOBOX: "choice",
        pdfium.FPDF_FORMFIELD_LISTBOX: "choice",
    }


def _typed(annotation: Any) -> Iterator[_Field]:
    """A text that somebody typed on the page."""
    if words := _entry(annotation, b"Contents"):
        yield _Field(words, _box(annotation), "typed")


def _link(annotation: Any, opened: Any, textpage: Any, links: set[str]) -> Iterator[str]:
    """The words of a link with its target, if that is on the web and not in these words."""
    from pypdfium2 import raw as pdfium

    action = pdfium.FPDFLink_GetAction(pdfium.FPDFAnnot_GetLink(annotation))
    size = pdfium.FPDFAction_GetURIPath(opened.pdf, action, None, 0) if action else 0
    if not 0 < size <= _MAX_TARGET:
        return
    buffer = ctypes.create_string_buffer(size)
    pdfium.FPDFAction_GetURIPath(opened.pdf, action, buffer, size)
    target = buffer.value.decode("utf-8", "replace")
    if not target.startswith(("http://", "https://")) or target in links:
        return
    words = " ".join(textpage.get_text_bounded(*_box(annotation)).split())
    shown, named = _letters(words), _letters(target)
    if any(map(str.isalpha, words)) and shown not in named and named not in shown:
        links.add(target)
        yield f"Link: {words} ({target})"


def _chosen(annotation: Any, form: Any) -> Iterator[str]:
    from pypdfium2 import raw as pdfium

    count = pdfium.FPDFAnnot_GetOptionCount(form, annotation)
    for number in range(min(count, MAX_NOTES)):
        if pdfium.FPDFAnnot_IsOptionSelected(form, annotation, number):
            read = partial(pdfium.FPDFAnnot_GetOptionLabel, form, annotation, number)
            yield _text(read)


def _label(textpage: Any, field: _Field, boxes: Iterable[_Box]) -> str:
    """The words on the page that a field is filled in for: beside it or above it."""
    left, _, right, top = field.box
    foot = _foot(field)
    before, after = _beside(textpage, field, boxes)

    def words(left: float, bottom: float, right: float, top: float) -> str:
        found: str = textpage.get_text_bounded(left, bottom, right, top)
        return found

    if field.kind == "typed":
        return _parts(before)[-1] if _parts(before) and _ANNOUNCES.search(before) else ""
    if field.kind == "tick" and not words(left - _NEAR, foot, left + 1, top).strip():
        option = _parts(after)
        if option and (words(right - 1, foot, right + _NEAR, top).strip() or not _parts(before)):
            return option[0]
    above = words(left - 2, top - 1, right, top + _ABOVE)
    found = _parts(before) or _parts(above)
    return found[-1] if found else ""


def _beside(textpage: Any, field: _Field, boxes: Iterable[_Box]) -> tuple[str, str]:
    """The words on the left and on the right of a field, up to the next fields."""
    left, _, right, top = field.box
    foot = _foot(field)
    row = [box for box in boxes if box[1] < top and box[3] > foot]
    begin = max((box[2] for box in row if box[2] <= left + 1), default=0.0)
    end = min((box[0] for box in row if box[0] >= right - 1), default=textpage.page.get_width())
    before: str = textpage.get_text_bounded(begin, foot, left + 1, top)
    after: str = textpage.get_text_bounded(right - 1, foot, end, top)
    return before, after


def _foot(field: _Field) -> float:
    """The height on the page above which the label of a field stands beside it."""
    return max(field.box[1], field.box[3] - _ROW)


def _whole(lines: Iterable[Line], label: str, box: _Box) -> str:
    """The label with what the field covers of it."""
    for line in lines:
        for part in line.parts or (line,):
            words = part.text.strip(_EDGE)
            is_beside = part.bottom < box[3] and box[1] < part.top
            is_covered = is_beside and part.right < box[0] + _COVERED
            if label and is_covered and words.startswith(label):
                return words
    return label


def _parts(text: str) -> list[str]:
    return [part.strip(_EDGE) for part in _BLANK.split(text) if part.strip(_EDGE)]


def _letters(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())


def _box(annotation: Any) -> _Box:
    from pypdfium2 import raw as pdfium

    box = pdfium.FS_RECTF()
    pdfium.FPDFAnnot_GetRect(annotation, box)
    return box.left, box.bottom, box.right, box.top


def _entry(annotation: Any, key: bytes) -> str:
    from pypdfium2 import raw as pdfium

    return _text(partial(pdfium.FPDFAnnot_GetStringValue, annotation, key))


def _text(read: Callable[[Any, int], int]) -> str:
    """What pdfium writes into a buffer of so many bytes, on one line."""
    size = read(None, 0)
    if not 2 < size <= _MAX_BYTES:
        return ""
    buffer = (ctypes.c_ushort * (size // 2))()
    read(buffer, size)
    return " ".join(bytes(buffer)[:-2].decode("utf-16-le", "ignore").split())
