"""Pictures (png, jpg, tiff): recognised text; the pictures of a multi-page file are its pages."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np

from index.documents import Span
from index.errors import LoadError
from index.loaders.extract import Extract, Source
from index.loaders.ocr import MISSING, Picture, recognise

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["read"]

_MAX_PIXELS = 100_000_000
_LONGER_SIDE = 2_400


def read(source: Source) -> Extract:
    """The recognised text; pages only where there is more than one picture.

    Raises:
        LoadError: no picture, too large a picture, or the extra is not installed.
    """
    try:
        from PIL import Image, ImageSequence
    except ImportError as exc:
        raise LoadError(MISSING) from exc

    pages: list[Span] = []
    texts: list[str] = []
    try:
        with Image.open(io.BytesIO(source.data)) as file:
            for frame in ImageSequence.Iterator(file):
                text = "\n".join(recognise(_picture(frame)))
                texts.append(text and text + "\n\n")
                start = pages[-1].end if pages else 0
                pages.append(Span(start, start + len(texts[-1])))
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as exc:
        raise LoadError(f"not readable as a picture ({exc})"[:300]) from exc
    return Extract("".join(texts), pages=tuple(pages) if len(pages) > 1 else ())


def _picture(frame: Image) -> Picture:
    """One picture upright, on white, in three colours and no larger than is of use."""
    from PIL import Image, ImageOps

    width, height = frame.size
    if width * height > _MAX_PIXELS:
        raise LoadError(f"a picture of {width} x {height} points is too large to be read")
    upright = ImageOps.exif_transpose(frame)
    if upright.mode.startswith("I"):  # 16 bits a point
        upright = upright.point(lambda value: value / 256).convert("L")
    if upright.mode in {"P", "PA", "LA", "RGBA"}:
        upright = upright.convert("RGBA")
        white = Image.new("RGBA", upright.size, "white")
        upright = Image.alpha_composite(white, upright)
    upright = upright.convert("RGB")
    upright.thumbnail((_LONGER_SIDE, _LONGER_SIDE))
    return np.asarray(upright)
