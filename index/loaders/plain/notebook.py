"""Jupyter notebooks: the cells in their order, with what the code wrote as text.

Markdown cells are read as Markdown files are. Pictures, HTML outputs and metadata
are not read, nothing is run.
"""

from __future__ import annotations

import json
import re
from typing import Any

from index.errors import LoadError
from index.loaders.extract import Blocks, Extract, Source
from index.loaders.office.package import add_extract
from index.loaders.plain import markdown
from index.loaders.plain.text import decode

__all__ = ["read"]

_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")


def read(source: Source) -> Extract:
    """Markdown, code and its text outputs; each cell is a place.

    Raises:
        LoadError: not a notebook.
    """
    try:
        book = json.loads(decode(source.data).removeprefix("\ufeff"), parse_int=str)
        # Notebooks of before 2015 (format 3) keep their cells in worksheets.
        cells = book["cells"] if "cells" in book else book["worksheets"][0]["cells"]
        parts = [_cell(cell) for cell in cells]
        title = book.get("metadata", {}).get("title")
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as exc:
        raise LoadError(f"not readable as a Jupyter notebook ({type(exc).__name__})") from exc
    blocks = Blocks()
    for number, (kind, text, outputs) in enumerate(parts, start=1):
        if kind == "markdown" and text:
            found = markdown.read(Source(text.encode(), "cell.md"))
            add_extract(blocks, found, place=f"cell {number}")
        else:
            blocks.add(text, place=f"cell {number}")
        for output in outputs:
            blocks.add(output, place=f"output of cell {number}")
    return blocks.extract(title=title if isinstance(title, str) else blocks.first_heading(1))


def _cell(cell: dict[str, Any]) -> tuple[str, str, list[str]]:
    """The kind of a cell, its text and its outputs."""
    text = _joined(cell.get("source", cell.get("input", "")))
    kind = str(cell.get("cell_type"))
    if kind == "heading":  # of format 3
        kind, text = "markdown", f"{'#' * int(cell.get('level', 1))} {text}"
    return kind, text, [_output(output) for output in cell.get("outputs", [])]


def _output(output: dict[str, Any]) -> str:
    if output.get("output_type") in ("error", "pyerr"):
        return _joined([output.get("ename", "Error"), ": ", output.get("evalue", "")])
    data = output.get("data", {})
    return _joined(output.get("text", data.get("text/plain", "")))


def _joined(lines: str | list[str]) -> str:
    text = _ANSI.sub("", "".join(lines)).replace("\r\n", "\n").replace("\r", "\n")
    return _SURROGATE.sub("\ufffd", text).strip()
