"""Plain text: the decoded file itself, so that spans can be checked with any editor."""

from __future__ import annotations

import re

from index.documents import Heading
from index.errors import LoadError
from index.loaders.extract import Extract, leading_date_end

__all__ = ["decode", "read"]

_BOMS = ((b"\xff\xfe\x00\x00", "utf-32"), (b"\x00\x00\xfe\xff", "utf-32"),
         (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))  # fmt: skip
_TITLE_LINE = re.compile(r"\s*(\S[^\n]{0,119})\n\s*\n")


def decode(data: bytes) -> str:
    r"""Text as ``Path.read_text`` gives it: a UTF-8 BOM is kept, line ends become ``\n``.

    UTF-8 first, then UTF-16 and UTF-32 by their BOM, then the encoding that
    charset-normalizer finds.

    Raises:
        LoadError: the bytes are not text.
    """
    encoding = next((name for bom, name in _BOMS if data.startswith(bom)), None)
    if encoding is None and b"\x00" in data:
        raise LoadError("not a text file (it holds NUL bytes): is the extension right?")
    try:
        text = data.decode(encoding or "utf-8")
    except UnicodeDecodeError:
        from charset_normalizer import from_bytes

        guess = from_bytes(data).best()
        if guess is None:
            raise LoadError("not a text file in any known encoding: save it as UTF-8") from None
        text = str(guess)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read(data: bytes) -> Extract:
    """A short first line before a blank line is the title and the first heading."""
    text = decode(data)
    begin = leading_date_end(text) or text.startswith("\ufeff")
    found = _TITLE_LINE.match(text, begin)
    if found is None or found.group(1).rstrip().endswith((".", ":", ",")):
        return Extract(text)
    title = found.group(1).strip()
    return Extract(text, title=title, headings=(Heading(title, 1, found.start(1)),))
