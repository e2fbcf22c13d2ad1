"""RTF: control words are read one by one; groups that are not text are passed over.

Striprtf is not used: it leaves out notes, headings and the title, and writes list marks and
cells as text. Codepages follow the font, as the RTF specification 1.9.1 asks. Page headers, page
footers, comments and descriptions of pictures are blocks that say so; struck, deleted and hidden
text is not content.
"""

from __future__ import annotations

import codecs
import re
from bisect import bisect_right
from dataclasses import dataclass, field, replace
from itertools import zip_longest

from index.errors import LoadError
from index.loaders.extract import Blocks, Extract, Source, is_program_title
from index.loaders.office.grid import Cell, add_grid
from index.loaders.office.package import add_list_item
from index.loaders.office.runs import PAGE, Piece, joined, margin_text, picture_line

__all__ = ["read"]

_TOKEN = re.compile(
    rb"\\([a-zA-Z]+)(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])|([^\\{}\r\n]+)|[\r\n]+"
)
_CHARSETS = {
    0: "cp1252", 77: "mac_roman", 128: "cp932", 129: "cp949", 130: "johab", 134: "gbk",
    136: "cp950", 161: "cp1253", 162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256",
    186: "cp1257", 204: "cp1251", 222: "cp874", 238: "cp1250", 255: "cp850",
}  # fmt: skip
_SIGNS = {
    "tab": "\t", "line": "\n", "emdash": "—", "endash": "–", "bullet": "•", "lquote": "‘",
    "rquote": "’", "ldblquote": "“", "rdblquote": "”", "emspace": "\u2003", "enspace": "\u2002",
}  # fmt: skip
_SYMBOLS = {b"~": "\xa0", b"_": "\u2011", b"\\": "\\", b"{": "{", b"}": "}"}
_PASSED_OVER = set(
    "colortbl stylesheet pict object xe tc rxe txe ftnsep ftnsepc aftnsep aftnsepc sp shprslt"
    " nonshppict filetbl revtbl listtable listoverridetable rsidtbl generator datastore themedata"
    " latentstyles author operator subject keywords comment doccomm company creatim revtim"
    " printim buptim".split()
)
# Behind \*, a reader that does not know a group passes it over; these are known.
_STARRED = {
    "shpinst", "shptxt", "footnote", "pntext", "listtext", "annotation", "atnauthor", "fldinst",
}  # fmt: skip
_DESTINATIONS = {
    "fonttbl", "info", "title", "footnote", "listtext", "pntext", "annotation", "atnauthor",
    "fldinst", "fldrslt",
}  # fmt: skip
_NOTES = {"footnote", "annotation"}
_MARGINS = {
    word + pages: f"Page {word}" for word in ("header", "footer") for pages in ("", "l", "r", "f")
}
_PROPERTY = {"sn", "sv"}  # of a shape: its name and its value, also in groups that are passed over
_PAGE_FIELD = re.compile(r"\s*(?:PAGE|NUMPAGES|SECTIONPAGES)\b", re.IGNORECASE)
_GONE = {"strike", "striked", "deleted", "v"}  # \v is hidden text
_FORMS = {"super": "raised", "up": "raised", "sub": "lowered", "dn": "lowered", "nosupersub": ""}
_CELLS = {"trowd", "cellx", "clmrg", "clmgf", "clvmrg", "clvmgf"}
_SAME_EDGE = 30  # twips: cells of different rows that end within it end together
_MAX_EDGES = 2000
_DATES = {"yr", "mo", "dy"}


def read(source: Source) -> Extract:
    r"""Paragraphs, headings (``\outlinelevel``), lists, tables, notes, title and date.

    Raises:
        LoadError: the bytes are not RTF.
    """
    if not source.data.lstrip().startswith(b"{\\rtf"):
        raise LoadError("not an RTF file: is the extension right?")
    reader = _Reader()
    reader.take(source.data)
    year, month, day = (reader.date.get(part, 0) for part in ("yr", "mo", "dy"))
    title = " ".join(reader.title.split())
    first = reader.blocks.first_heading()
    return reader.blocks.extract(
        title=first if is_program_title(title) else title or first,
        date=f"{year:04}-{month:02}-{day:02}" if year and month and day else None,
    )


@dataclass(frozen=True, slots=True)
class _Group:
    """What holds until a group is closed: where its text goes, its encoding, ``uc``, its look.

    ``form`` is "raised", "lowered" or ""; ``gone`` are the control words that take the text away.
    """

    goes_to: str = "body"
    codec: str = "cp1252"
    fallback: int = 1  # characters to pass over behind a \u
    form: str = ""
    gone: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Edge:
    """Where a cell of a row ends, in twips, and whether it is a part of the one above or before."""

    at: int
    is_below: bool = False
    is_beside: bool = False


@dataclass(slots=True)
class _Reader:
    """The state of one way through the tokens, which fills ``blocks``."""

    blocks: Blocks = field(default_factory=Blocks)
    title: str = ""
    date: dict[str, int] = field(default_factory=dict)
    group: _Group = _Group()
    stack: list[_Group] = field(default_factory=list)
    default: str = "cp1252"
    default_font: int = 0
    font: int = 0
    fonts: dict[int, str] = field(default_factory=dict)
    pending: bytearray = field(default_factory=bytearray)
    to_pass: int = 0
    starred: bool = False
    text: list[Piece] = field(default_factory=list)
    note: list[Piece] = field(default_factory=list)
    later: list[str] = field(default_factory=list)  # notes, comments, pictures of the block
    note_count: int = 0
    author: str = ""
    margin: list[Piece] = field(default_factory=list)
    margins: dict[str, None] = field(default_factory=dict)
    field_code: str = ""
    is_page_number: bool = False
    property_name: str = ""
    property_value: str = ""
    mark: list[str] = field(default_factory=list)
    cells: list[str] = field(default_factory=list)
    edges: list[_Edge] = field(default_factory=list)
    merges: set[str] = field(default_factory=set)
    rows: list[list[tuple[str, _Edge]]] = field(default_factory=list)
    table_count: int = 0
    level: int | None = None
    in_table: bool = False
    in_list: bool = False

    def take(self, data: bytes) -> None:
        """Read all tokens; what is cut off at the end is read as far as it goes."""
        at = 0
        while at < len(data):
            token = _TOKEN.match(data, at)
            if token is None:  # a backslash at the very end
                break
            at = token.end()
            word, number, code, symbol, brace, run = token.groups()
            if word == b"bin":
                at += max(0, int(number or 0))
            elif word:
                self._word(word.decode(), None if number is None else int(number))
            elif code:
                self._bytes(bytes.fromhex(code.decode()))
            elif symbol:
                self._symbol(symbol)
            elif brace == b"{":
                self._decode()
                self.stack.append(self.group)
                self.to_pass = 0
            elif brace:
                self._close()
            elif run:
                self._bytes(run)
        while self.stack:  # what was cut off
            self._close()
        self._end_row()
        self._end_paragraph()
        for margin in self.margins:
            self.blocks.add(margin)

    def _symbol(self, symbol: bytes) -> None:
        if symbol == b"*":
            self.starred = True
        elif symbol in _SYMBOLS:
            self._say(_SYMBOLS[symbol])
        elif symbol in b"\r\n":
            self._end_paragraph()

    def _bytes(self, data: bytes) -> None:
        passed = min(self.to_pass, len(data))
        self.to_pass -= passed
        self.pending += data[passed:]

    def _decode(self) -> None:
        if self.pending:
            text = bytes(self.pending).decode(self.group.codec, "replace")
            self.pending.clear()
            self._put(text)

    def _say(self, text: str) -> None:
        if self.to_pass:
            self.to_pass -= 1
            return
        self._decode()
        self._put(text)

    def _put(self, text: str) -> None:
        to = self.group.goes_to
        piece = ("gone", "") if self.group.gone else (self.group.form, text)
        if to == "body":
            self.text.append(piece)
        elif to in _NOTES:
            self.note.append(piece)
        elif to in _MARGINS:
            self.margin.append(piece)
        elif to == "atnauthor":
            self.author += text
        elif to == "fldinst":
            self.field_code += text
        elif to == "sn":
            self.property_name += text
        elif to == "sv":
            self.property_value += text
        elif to in ("listtext", "pntext"):
            self.mark.append(text)
        elif to == "title":
            self.title += text

    def _close(self) -> None:
        self._decode()
        if not self.stack:
            return
        outer = self.stack.pop()
        if self.group.goes_to != outer.goes_to:
            self._leave(self.group.goes_to, outer.goes_to)
        self.group = outer
        self.to_pass = 0

    def _enter(self, word: str) -> None:
        """Send what follows in the group elsewhere; a note begins without the look of its mark."""
        self._decode()
        if word == "fldrslt":
            is_shown, self.is_page_number = not self.is_page_number, False
            word = self.group.goes_to if is_shown else "nowhere"
        elif word == "footnote" and self.group.goes_to == "body" and not self.group.gone:
            self.note_count += 1
            self.text.append(("note", str(self.note_count)))
        elif word == "atnauthor":
            self.author = ""
        elif word == "sn":
            self.property_name = self.property_value = ""
        form = "" if word in _NOTES else self.group.form
        self.group = replace(self.group, goes_to=word, form=form)

    def _leave(self, word: str, outer: str) -> None:
        """Keep what a group was for that went elsewhere than the one around it."""
        if word in _NOTES:
            line = " ".join(_whole(joined(self.note)).split())
            self.note.clear()
            author = " ".join(self.author.split())
            mark = f"Comment ({author})" if author else "Comment"
            self.author = "" if word == "annotation" else self.author
            if line:
                note = f"Note {self.note_count}"
                self.later.append(f"{mark if word == 'annotation' else note}: {line}")
        elif word in _MARGINS:
            text = margin_text(_whole(joined(self.margin)).split("\n"))
            self.margin.clear()
            if text:
                self.margins[f"{_MARGINS[word]}: {text}"] = None
        elif word == "fldinst":
            if outer in _MARGINS and _PAGE_FIELD.match(self.field_code):
                self.margin.append(("", PAGE))
                self.is_page_number = True
            self.field_code = ""
        elif word == "sv" and self.property_name.strip() == "wzDescription":
            self.later += filter(None, [picture_line(_whole(self.property_value))])

    def _word(self, word: str, number: int | None) -> None:
        starred, self.starred = self.starred, False
        if word == "u" and number is not None:
            self._say(chr(number % 0x10000))
            self.to_pass = self.group.fallback
        elif word in _PROPERTY:
            self._enter(word)
        elif self.group.goes_to == "nowhere":
            return
        elif word in _PASSED_OVER or (starred and word not in _STARRED):
            self._decode()
            takes_date = word == "revtim" or (word == "creatim" and not self.date)
            self.group = replace(self.group, goes_to="date" if takes_date else "nowhere")
        elif word in _DESTINATIONS or word in _MARGINS:
            self._enter(word)
        elif word == "chpgn":
            self._say(PAGE if self.group.goes_to in _MARGINS else "")
        elif word in _SIGNS:
            self._say(_SIGNS[word])
        elif word in _DATES and self.group.goes_to == "date":
            self.date[word] = number or 0
        elif word in _FORMS:
            self._look("" if number == 0 else _FORMS[word], self.group.gone)
        elif word in _GONE:
            gone = self.group.gone - {word}
            self._look(self.group.form, gone if number == 0 else gone | {word})
        else:
            self._format(word, number or 0)

    def _look(self, form: str, gone: frozenset[str]) -> None:
        if (form, gone) != (self.group.form, self.group.gone):
            self._decode()
            self.group = replace(self.group, form=form, gone=gone)

    def _format(self, word: str, number: int) -> None:
        """Encodings, paragraphs and tables."""
        if word == "uc":
            self.group = replace(self.group, fallback=max(0, number))
        elif word in ("ansicpg", "mac", "pc", "pca"):
            page = {"mac": "mac_roman", "pc": "cp437", "pca": "cp850"}.get(word, f"cp{number}")
            self.default = _known(page, "utf-8" if number == 65001 else self.default)
            self._use(self.default)
        elif word == "deff":
            self.default_font = number
        elif word == "plain":
            self._use(self.fonts.get(self.default_font, self.default))
            self._look("", frozenset())
        elif word == "f":
            self.font = number
            if self.group.goes_to != "fonttbl":
                self._use(self.fonts.get(number, self.default))
        elif word == "fcharset" and self.group.goes_to == "fonttbl":
            # Charset 0 says no more than "western", where the file names its codepage.
            self.fonts[self.font] = _CHARSETS.get(number, self.default) if number else self.default
        elif word in _CELLS:
            self._define(word, number)
        elif word == "pard":
            self.level, self.in_table = None, False
        elif word == "intbl":
            self.in_table = True
        elif word == "outlinelevel":
            self.level = number + 1 if number < 9 else None
        elif word in ("par", "sect", "page", "cell", "nestcell", "row", "nestrow"):
            self._decode()
            self._end(word)

    def _define(self, word: str, number: int) -> None:
        """What comes before the cells of a row: where each ends, and which are merged."""
        if word == "trowd":
            self.edges.clear()
            self.merges.clear()
        elif word == "cellx":
            is_below, is_beside = "clvmrg" in self.merges, "clmrg" in self.merges
            self.edges.append(_Edge(number, is_below, is_beside))
            self.merges.clear()
        else:
            self.merges.add(word)

    def _end(self, word: str) -> None:
        if self.group.goes_to != "body":
            self._put("\t" if word == "cell" else "\n" if self.group.goes_to in _MARGINS else " ")
        elif "deleted" in self.group.gone and word == "par":
            return  # it is one with the next paragraph
        elif word == "cell":
            self.cells.append(self._paragraph())
        elif word == "row":
            self._end_row()
        elif word in ("nestcell", "nestrow") or self.in_table:
            self.text.append(("", " "))
        else:
            self._end_paragraph()

    def _use(self, codec: str) -> None:
        if codec != self.group.codec:
            self._decode()
            self.group = replace(self.group, codec=codec)

    def _paragraph(self) -> str:
        text = _whole(joined(self.text))
        self.text.clear()
        self.mark, mark = [], "".join(self.mark).strip()
        return f"{mark if mark[:1].isalnum() or mark[:1] == '(' else '-'} {text}" if mark else text

    def _end_row(self) -> None:
        cells = list(zip_longest(self.cells, self.edges[: len(self.cells)], fillvalue=None))
        if any(cell.strip() for cell in self.cells):
            self.rows.append([(text or "", edge or _Edge(0)) for text, edge in cells])
        self.cells.clear()

    def _end_table(self) -> None:
        if self.rows:
            self.table_count += len(self.rows) > 1
            add_grid(self.blocks, _cells(self.rows), name=f"table {self.table_count}")
            self.rows.clear()
            self.in_list = False

    def _end_paragraph(self) -> None:
        self._decode()
        self._end_table()
        is_item = bool("".join(self.mark).strip()) and self.level is None
        text = self._paragraph().strip()
        if is_item:
            label, _, words = text.partition(" ")
            add_list_item(self.blocks, words, label=label, follows=self.in_list)
        else:
            self.blocks.add(" ".join(text.split()) if self.level else text, level=self.level)
        self.in_list = is_item and not self.later
        for line in self.later:
            self.blocks.add(line)
        self.later.clear()


def _cells(rows: list[list[tuple[str, _Edge]]]) -> list[list[Cell]]:
    """The cells of a table: a cell spans the columns of other rows that end within it."""
    ends: list[int] = []
    for at in sorted({edge.at for row in rows for _, edge in row})[:_MAX_EDGES]:
        if not ends or at - ends[-1] > _SAME_EDGE:
            ends.append(at)
    table = []
    for row in rows:
        cells: list[Cell] = []
        column = 0
        for text, edge in row:
            end = bisect_right(ends, edge.at)
            across = max(1, end - column) if edge.at else 1
            column = max(end, column + 1)
            if edge.is_beside and cells:
                before = cells.pop()
                cells.append(replace(before, across=before.across + across))
            else:
                cells.append(Cell(text, across, edge.is_below))
        table.append(cells)
    return table


def _whole(text: str) -> str:
    """The text with its pairs of surrogates as characters."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _known(codec: str, otherwise: str) -> str:
    try:
        return codecs.lookup(codec).name
    except LookupError:
        return otherwise
