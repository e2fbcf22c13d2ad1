"""ZIP containers (docx, pptx, xlsx, odt, epub): opened with limits, before any parser sees them."""

from __future__ import annotations

import io
import zipfile

from index.errors import LoadError

__all__ = ["open_archive"]

_OLE = b"\xd0\xcf\x11\xe0"  # what an encrypted Office file is wrapped in
_MAX_ENTRIES = 20_000
_MAX_BYTES = 1_000_000_000
_MAX_RATIO = 200
_RATIO_FROM_BYTES = 50_000_000


def open_archive(data: bytes) -> zipfile.ZipFile:
    """The archive, if what it says of its contents is within bounds.

    What it says may be a lie: the limits of the worker process hold all the same.

    Raises:
        LoadError: not a ZIP archive, encrypted, or a bomb.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as exc:
        if data.startswith(_OLE):
            raise LoadError(
                "it needs a password, or is an older format: save it without, as new"
            ) from exc
        raise LoadError(f"damaged: its archive cannot be opened ({exc})") from exc
    if any(entry.flag_bits & 1 for entry in entries):
        raise LoadError("it needs a password: save it without")
    size = sum(entry.file_size for entry in entries)
    if len(entries) > _MAX_ENTRIES:
        raise LoadError(f"its archive holds {len(entries)} files, more than {_MAX_ENTRIES}")
    if size > _MAX_BYTES or (size > _RATIO_FROM_BYTES and size > _MAX_RATIO * len(data)):
        raise LoadError(f"its archive unpacks to {size / 1e6:.0f} MB, suspiciously much")
    return archive
