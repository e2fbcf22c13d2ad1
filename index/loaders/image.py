"""Pictures (png, jpg, tiff): recognised text; the pictures of a multi-page file are its pages.

Text recognition: the only room of rapidocr, whose models (PP-OCRv6 small) are in its wheel.

An optional extra. Nothing is downloaded: the version is pinned to one that carries what it loads.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib.util import find_spec
from statistics import median
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from index.errors import LoadError
from index.loaders.extract import Extract, Source
from index.telemetry import silence_onnxruntime
from index.types import Span

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["INSTALL", "MISSING", "Picture", "is_installed", "read", "recognise"]


_MAX_PIXELS = 100_000_000
_LONGER_SIDE = 2_400

Picture: TypeAlias = NDArray[np.uint8]
INSTALL = 'pip install -c constraints.txt -e ".[ocr]"'
MISSING = f"reading pictures needs an extra: {INSTALL}"
_MIN_CONFIDENCE = 0.5
# Lines are looked for in a picture no larger: twice as fast, and lone short lines are not missed.
_DETECTION_SIDE = 960
_PARAGRAPH_GAP = 0.75  # of the height of a line
# Two columns: so many lines in each, and each so wide, of the width of the picture.
_COLUMN_LINES = 5
_COLUMN_WIDTH = 0.25
_Box: TypeAlias = tuple[float, float, float, float, str]  # left, top, right, bottom, words


def is_installed() -> bool:
    """Whether the extra is there; nothing is imported."""
    return all(find_spec(name) is not None for name in ("rapidocr", "cv2"))


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


def recognise(picture: Picture) -> list[str]:
    """The lines of text in a picture, in reading order; an empty line ends a paragraph.

    Args:
        picture: (height, width, 3), red, green and blue.

    Raises:
        LoadError: the extra is not installed.
    """
    found = _engine()(np.ascontiguousarray(picture[:, :, ::-1]))
    if found.boxes is None or not found.txts:
        return []
    boxes: list[_Box] = [
        (
            float(corners[:, 0].min()),
            float(corners[:, 1].min()),
            float(corners[:, 0].max()),
            float(corners[:, 1].max()),
            words.strip(),
        )
        for corners, words in zip(found.boxes, found.txts, strict=True)
        if words.strip()
    ]
    lines: list[str] = []
    for block in _blocks(boxes, picture.shape[1]):
        lines += [*([""] if lines else []), *_lines(block)]
    return lines


@lru_cache(maxsize=1)
def _engine() -> Any:
    """The models take a second to load, once in a process."""
    silence_onnxruntime()
    try:
        from rapidocr import RapidOCR
    except ImportError as exc:
        raise LoadError(MISSING) from exc
    logging.getLogger("RapidOCR").setLevel(logging.CRITICAL)
    settings = {
        "Global.log_level": "critical",
        "Global.text_score": _MIN_CONFIDENCE,
        "Det.limit_type": "max",
        "Det.limit_side_len": _DETECTION_SIDE,
    }
    return RapidOCR(params=settings)


def _blocks(boxes: Sequence[_Box], width: float) -> Iterator[list[_Box]]:
    """The boxes in blocks to be read one after the other: one, or the columns of a page.

    Boxes across the middle part a page of two columns into bands, each read left, then right.
    """
    middle = width / 2
    left = [box for box in boxes if box[2] <= middle * 1.04]
    right = [box for box in boxes if box[0] >= middle * 0.96]
    columns = (left, right)
    if any(
        len(column) < _COLUMN_LINES
        or median(box[2] - box[0] for box in column) < _COLUMN_WIDTH * width
        for column in columns
    ):
        yield list(boxes)
        return
    in_columns = {id(box) for column in columns for box in column}
    across = sorted((box for box in boxes if id(box) not in in_columns), key=lambda box: box[1])
    top = float("-inf")
    for bar in [*across, None]:
        bottom = bar[1] if bar else float("inf")
        for column in columns:
            band = [box for box in column if top <= box[1] < bottom]
            if band:
                yield band
        if bar:
            yield [bar]
        top = bottom


def _lines(boxes: Sequence[_Box]) -> Iterator[str]:
    """Boxes side by side are one line; a gap of most of a line's height is a paragraph's end."""
    rows: list[list[_Box]] = []
    for box in sorted(boxes, key=lambda box: (box[1] + box[3]) / 2):
        middle = (box[1] + box[3]) / 2
        if rows and middle < rows[-1][0][3] - 0.25 * (rows[-1][0][3] - rows[-1][0][1]):
            rows[-1].append(box)
        else:
            rows.append([box])
    bottom: float | None = None
    for row in rows:
        top, height = row[0][1], row[0][3] - row[0][1]
        if bottom is not None and top - bottom > _PARAGRAPH_GAP * height:
            yield ""
        yield " ".join(box[4] for box in sorted(row))
        bottom = max(box[3] for box in row)
