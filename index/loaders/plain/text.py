"""Plain text: the decoded file itself, so that spans can be checked with any editor.

Only tables drawn with characters become statements, columns of text stand one below the other,
and chats and logs a paragraph a message.

UTF-8 comes first and nothing is guessed that is valid UTF-8. For older encodings chardetng
decides, the detector of Firefox: it knows the encodings of the web (Windows, ISO, KOI8, the
East Asian ones), not those of DOS and the old Macintosh. UTF-16 without a byte order mark is
known by its zero bytes. A file to which programs wrote in several encodings (a log) is read line by
line. What is no text is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import accumulate

from index.errors import LoadError
from index.loaders.extract import Blocks, Extract, Source, leading_date_end
from index.loaders.plain.columns import text_columns
from index.loaders.plain.drawn import drawn_tables
from index.loaders.plain.messages import messages
from index.loaders.plain.rows import add_table
from index.text.sentence_ends import is_ended
from index.text.sentences import is_title
from index.types import Heading, Place

__all__ = ["decode", "decode_as", "read", "superset"]

_BOMS = ((b"\xff\xfe\x00\x00", "utf-32"), (b"\x00\x00\xfe\xff", "utf-32"),
         (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))  # fmt: skip
# What Windows and the web write under these names is more than the standard of that name.
_SUPERSETS = {
    "ascii": "cp1252",
    "big5": "big5hkscs",
    "euc-kr": "cp949",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "iso-8859-1": "cp1252",
    "iso-8859-8-i": "iso-8859-8",
    "iso-8859-9": "cp1254",
    "ks_c_5601-1987": "cp949",
    "shift-jis": "cp932",
    "shift_jis": "cp932",
    "us-ascii": "cp1252",
    "windows-874": "cp874",
    "x-mac-cyrillic": "mac_cyrillic",
}
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_PLAIN = re.compile(r"[\t\n\r -~\u3000-\u30ff\uff00-\uff65]")  # ASCII, Japanese punctuation, kana
_MAX_DAMAGE = 0.01
_MIN_LOW = 0.2
_ASKS = ("?", "!", "？", "！")  # a title may
_ENDS_INSIDE = re.compile(r"[。।۔։]")  # of a sentence, whatever follows
_Part = tuple[int, list[list[str]]]
_FIRST_LINES = re.compile(r"\s*(\S[^\n]*(?:\n[^\S\n]*\S[^\n]*){0,20})\n")  # of a paragraph
_MAX_TITLE = 120  # characters


def superset(encoding: str) -> str:
    """The encoding that holds all of what is written under this name.

    >>> superset("EUC-KR"), superset("koi8-r")
    ('cp949', 'koi8-r')
    """
    name = encoding.strip().lower()
    return _SUPERSETS.get(name, name)


def decode(data: bytes) -> str:
    r"""Text as ``Path.read_text`` gives it: a UTF-8 BOM is kept, line ends become ``\n``.

    A few damaged characters in a text of a known encoding become U+FFFD.

    Raises:
        LoadError: the bytes are not text.
    """
    encoding = next((name for bom, name in _BOMS if data.startswith(bom)), None)
    if encoding is not None:
        text = data.decode(encoding, "replace")
    elif b"\x00" in data:
        text = _utf_16(data)
    else:
        text = _escaped(data) or _utf_8(data) or _by_line(data) or _legacy(data)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def decode_as(data: bytes, charset: str | None) -> str:
    r"""Text in the encoding that its file names, else in the one that :func:`decode` finds.

    Raises:
        LoadError: the bytes are not text.

    >>> decode_as(b"\x93Yes\x94", "iso-8859-1"), decode_as("é".encode(), "x-unknown")
    ('“Yes”', 'é')
    """
    try:
        text = data.decode(superset(charset or "utf-8"))
    except (LookupError, ValueError):  # unknown, or not that of the bytes
        return decode(data)
    return text.encode(errors="replace").decode()  # some encodings give halves of characters


def _utf_8(data: bytes) -> str | None:
    """The text if it is UTF-8, or if it is but for a few of its bytes."""
    text = data.decode("utf-8", "replace")
    damage = text.count("\ufffd")
    if damage and data.count(b"\xef\xbf\xbd") < damage:
        intact = sum(character > "\x7f" for character in text) - damage
        if damage > intact * 10 * _MAX_DAMAGE:
            return None
    return text


def _escaped(data: bytes) -> str | None:
    """Japanese in ISO-2022-JP, which is ASCII but for what it means."""
    if b"\x1b$" not in data:
        return None
    try:
        return data.decode("iso2022_jp_ext")
    except UnicodeDecodeError:
        return None


def _by_line(data: bytes) -> str | None:
    """The text if at least as many lines are UTF-8, and not ASCII, as are in another encoding.

    A line of an East Asian encoding may be UTF-8 by chance, but few are.
    """
    lines = data.splitlines(keepends=True)
    others = [number for number, line in enumerate(lines) if not _is_utf_8(line)]
    if 2 * len(others) > sum(not line.isascii() for line in lines):
        return None
    written = [line.decode("utf-8", "ignore") for line in lines]
    legacy = _legacy(b"".join(lines[number].rstrip(b"\r\n") + b"\n" for number in others))
    for number, text in zip(others, legacy.split("\n"), strict=False):
        written[number] = text + "\n"
    return "".join(written)


def _utf_16(data: bytes) -> str:
    """UTF-16 without a byte order mark, in the byte order that gives more plain characters."""
    # In UTF-16 the other half of most letters is a small number; in UTF-8 few bytes are.
    low = sum(byte < 0x20 for byte in data)
    found: list[tuple[int, str]] = []
    if len(data) % 2 == 0 and (low > len(data) * _MIN_LOW or not _is_utf_8(data)):
        for encoding in ("utf-16-le", "utf-16-be"):
            try:
                text = data.decode(encoding)
            except UnicodeDecodeError:
                continue
            readable = sum(map(str.isprintable, text)) + sum(map(text.count, "\t\n\r"))
            if readable >= 0.98 * len(text):
                found.append((len(_PLAIN.findall(text)), text))
    if not found:
        raise LoadError("not a text file (it holds NUL bytes): is the extension right?")
    return max(found, key=lambda candidate: candidate[0])[1]


def _is_utf_8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _legacy(data: bytes) -> str:
    from chardetng_py import detect

    text = data.decode(superset(detect(data)), "replace")
    damage = text.count("\ufffd") + len(_CONTROL.findall(text))
    if damage > len(text) * _MAX_DAMAGE:
        raise LoadError("not a text file in any known encoding: save it as UTF-8")
    return text


def read(source: Source) -> Extract:
    """A short first line above a blank line or its text is the title and the first heading."""
    text = decode(source.data)
    lines = text.split("\n")
    if found := messages(lines):
        if len(found) == sum(bool(line.strip()) for line in lines):  # the text stays as it is
            starts = [0, *accumulate(len(line) + 1 for line in lines)]
            places = tuple(Place(starts[number], f"line {number + 1}") for number, _ in found)
            return Extract(text, places=places)
        blocks = Blocks()
        for number, message in found:
            blocks.add(message, place=f"line {number + 1}")
        return Extract(blocks.text, places=tuple(blocks.places))
    extract = _with_title(text)
    columns = {first: (end, texts) for first, end, texts in text_columns(lines)}
    others = list(lines)
    for first, (end, _) in columns.items():
        others[first:end] = [""] * (end - first)
    drawn = {first: (end, rows) for first, end, rows in drawn_tables(others)}
    return _rewritten(extract, lines, columns, drawn) if columns or drawn else extract


def _rewritten(
    extract: Extract, lines: Sequence[str], columns: Mapping[int, _Part], drawn: Mapping[int, _Part]
) -> Extract:
    """The text with its columns one below the other, and statements where its tables stand.

    Both are by their first lines, each with the line behind its last and its columns or rows.
    """
    starts = [0, *accumulate(len(line) + 1 for line in lines)]
    blocks = Blocks(headings=list(extract.headings))
    done = tables = 0
    for first, (end, found) in sorted([*columns.items(), *drawn.items()]):
        part = Blocks()
        if first in columns:
            for column in found:
                part.add("\n".join(column))
        else:
            tables += 1
            rows = list(enumerate(found[1:], start=2))
            add_table(part, rows, name=f"table {tables}", header=found[0], behind="")
        blocks.put(extract.text[done : starts[first]])
        blocks.put("\n" if first and lines[first - 1].strip() else "")
        blocks.put(part)
        done = min(starts[end], len(extract.text))
        blocks.put("\n\n" if end < len(lines) and lines[end].strip() else "\n")
    blocks.put(extract.text[done:])
    return replace(
        extract, text=blocks.text, places=tuple(blocks.places), tables=tuple(blocks.tables)
    )


def _with_title(text: str) -> Extract:
    begin = leading_date_end(text) or text.startswith("\ufeff")
    found = _FIRST_LINES.match(text, begin)
    if found is None:
        return Extract(text)
    title, *below = found.group(1).split("\n")
    is_sentence = is_ended(title) and not title.rstrip().endswith(_ASKS)
    is_inside = title.rstrip().endswith(",") or _ENDS_INSIDE.search(title)
    is_above = is_title([title, *below]) if below else bool(text[found.end() :].strip())
    if is_sentence or is_inside or len(title) > _MAX_TITLE or not is_above:
        return Extract(text)
    return Extract(text, title=title.strip(), headings=(Heading(title.strip(), 1, found.start(1)),))
