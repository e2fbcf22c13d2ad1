"""RTF: control words are read one by one; groups that are not text are passed over.

Striprtf is not used: it leaves out notes, headings and the title, and writes list marks and
cells as text. Codepages follow the font, as the RTF specification 1.9.1 asks.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field, replace

from index.errors import LoadError
from index.loaders.extract import Blocks, Extract, Source, is_program_title
from index.loaders.office.package import add_list_item, table_row

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
    "colortbl stylesheet pict object header headerl headerr headerf footer footerl footerr footerf"
    " fldinst xe tc rxe txe ftnsep ftnsepc aftnsep aftnsepc sp shprslt nonshppict filetbl revtbl"
    " listtable listoverridetable rsidtbl generator datastore themedata latentstyles author"
    " operator subject keywords comment doccomm company creatim revtim printim buptim".split()
)
# Behind \*, a reader that does not know a group passes it over; these are known.
_STARRED = {"shpinst", "shptxt", "footnote", "pntext", "listtext"}
_DESTINATIONS = {"fonttbl", "info", "title", "footnote", "listtext", "pntext"}
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
    first = next((h.text for h in reader.blocks.headings), None)
    return Extract(
        reader.blocks.text,
        title=first if is_program_title(title) else title or first,
        headings=tuple(reader.blocks.headings),
        date=f"{year:04}-{month:02}-{day:02}" if year and month and day else None,
    )


@dataclass(frozen=True, slots=True)
class _Group:
    """What holds until a group is closed: where its text goes, its encoding, ``uc``."""

    goes_to: str = "body"
    codec: str = "cp1252"
    fallback: int = 1  # characters to pass over behind a \u


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
    text: list[str] = field(default_factory=list)
    note: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    note_count: int = 0
    mark: list[str] = field(default_factory=list)
    cells: list[str] = field(default_factory=list)
    level: int | None = None
    in_table: bool = False
    in_list: bool = False
    in_rows: bool = False

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
        self._end_paragraph()
        self._end_row()

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
        if to == "body":
            self.text.append(text)
        elif to == "footnote":
            self.note.append(text)
        elif to in ("listtext", "pntext"):
            self.mark.append(text)
        elif to == "title":
            self.title += text

    def _close(self) -> None:
        self._decode()
        if not self.stack:
            return
        outer = self.stack.pop()
        if self.group.goes_to == "footnote" != outer.goes_to:
            self.notes.append(" ".join("".join(self.note).split()))
            self.note.clear()
        self.group = outer
        self.to_pass = 0

    def _word(self, word: str, number: int | None) -> None:
        starred, self.starred = self.starred, False
        if word == "u" and number is not None:
            self._say(chr(number % 0x10000))
            self.to_pass = self.group.fallback
        elif self.group.goes_to == "nowhere":
            return
        elif word in _PASSED_OVER or (starred and word not in _STARRED):
            self._decode()
            takes_date = word == "revtim" or (word == "creatim" and not self.date)
            self.group = replace(self.group, goes_to="date" if takes_date else "nowhere")
        elif word in _DESTINATIONS:
            self._decode()
            self.group = replace(self.group, goes_to=word)
        elif word in _SIGNS:
            self._say(_SIGNS[word])
        elif word in _DATES and self.group.goes_to == "date":
            self.date[word] = number or 0
        else:
            self._format(word, number or 0)

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
        elif word == "f":
            self.font = number
            if self.group.goes_to != "fonttbl":
                self._use(self.fonts.get(number, self.default))
        elif word == "fcharset" and self.group.goes_to == "fonttbl":
            # Charset 0 says no more than "western", where the file names its codepage.
            self.fonts[self.font] = _CHARSETS.get(number, self.default) if number else self.default
        elif word == "pard":
            self.level, self.in_table = None, False
        elif word == "intbl":
            self.in_table = True
        elif word == "outlinelevel":
            self.level = number + 1 if number < 9 else None
        elif word in ("par", "sect", "page", "cell", "nestcell", "row", "nestrow"):
            self._decode()
            self._end(word)

    def _end(self, word: str) -> None:
        if self.group.goes_to != "body":
            self._put(" ")
        elif word == "cell":
            self.cells.append(self._paragraph())
        elif word == "row":
            self._end_row()
        elif word in ("nestcell", "nestrow") or self.in_table:
            self.text.append(" ")
        else:
            self._end_paragraph()

    def _use(self, codec: str) -> None:
        if codec != self.group.codec:
            self._decode()
            self.group = replace(self.group, codec=codec)

    def _paragraph(self) -> str:
        text = "".join(self.text).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        self.text.clear()
        self.mark, mark = [], "".join(self.mark).strip()
        return f"{mark if mark[:1].isalnum() or mark[:1] == '(' else '-'} {text}" if mark else text

    def _end_row(self) -> None:
        if any(cell.strip() for cell in self.cells):
            self.blocks.add(table_row(self.cells), separator="\n" if self.in_rows else "\n\n")
            self.in_rows = True
        self.cells.clear()
        self._add_notes()

    def _end_paragraph(self) -> None:
        self._decode()
        is_item = bool("".join(self.mark).strip()) and self.level is None
        text = self._paragraph().strip()
        if is_item:
            label, _, words = text.partition(" ")
            add_list_item(self.blocks, words, label=label, follows=self.in_list)
        else:
            self.blocks.add(" ".join(text.split()) if self.level else text, level=self.level)
        self.in_list = is_item
        self.in_rows = self.in_rows and not text
        self._add_notes()

    def _add_notes(self) -> None:
        for note in self.notes:
            self.note_count += 1
            self.blocks.add(f"Note {self.note_count}: {note}")
            self.in_rows = self.in_list = False
        self.notes.clear()


def _known(codec: str, otherwise: str) -> str:
    try:
        return codecs.lookup(codec).name
    except LookupError:
        return otherwise
