"""The names that a new file may have in the documents folder."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePosixPath

from index.errors import SeedsError
from index.loaders import PICTURES, SUPPORTED

__all__ = ["RESERVED", "WILD", "seed_name"]

RESERVED = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³]) *(?:\.|$)", re.I)
"""Names of devices on Windows, whatever extension follows."""

WILD = frozenset('<>:"|?*')
"""Characters that no name has on Windows, where ``a:b`` is a stream of another file."""

_MAX_BYTES = 255
# Separators, control characters, line ends of Unicode, what turns the direction of writing, halves
# of characters.
_UNSAFE = re.compile(r"[/\\\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def seed_name(name: str, *, ocr: bool) -> str:
    r"""The name as it is written to the folder, in Unicode's composed form (NFC).

    Raises:
        SeedsError: the name is unsafe, is not listed, or is not that of a format that is read.

    >>> seed_name("Cafe\u0301.txt", ocr=False) == "Caf\u00e9.txt"
    True
    """
    name = unicodedata.normalize("NFC", name).strip()
    if _UNSAFE.search(name):
        raise SeedsError("its name holds a separator or a control character: rename it")
    if name.startswith("."):
        raise SeedsError("its name begins with a dot, such files are not read: rename it")
    if WILD & set(name) or name.endswith(".") or RESERVED.match(name):
        raise SeedsError("its name cannot be written on every system: rename it")
    if len(name.encode()) > _MAX_BYTES:
        raise SeedsError(f"its name is longer than {_MAX_BYTES} bytes: rename it")
    suffix = PurePosixPath(name).suffix.lower()
    if suffix in PICTURES and not ocr:
        raise SeedsError("a picture: set ocr = true to read the text in it")
    if suffix not in (*SUPPORTED, *PICTURES):
        raise SeedsError(f"format {suffix or 'without extension'} is not supported")
    return name
