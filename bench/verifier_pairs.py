"""Sentences written by hand in twelve languages, each with what its quote does not say.

``verifier_languages/LANGUAGE.txt`` holds blocks: a quote, a sentence that says the same ("= ..."),
and false ones by kind. "verb: sued > paid" puts other words into the quote; "role: ..." without
" > " is the whole false sentence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

__all__ = ["FOLDER", "KINDS", "Pair", "pairs"]

FOLDER = Path(__file__).parent / "verifier_languages"
KINDS = ("number", "date", "name", "noun", "verb", "role", "negation")


@dataclass(frozen=True, slots=True)
class Pair:
    """A quote, a sentence that it supports, and by kind sentences that it does not."""

    quote: str
    alike: str
    false_by_kind: Mapping[str, str]


def pairs(path: Path) -> list[Pair]:
    """The pairs of a language.

    Raises:
        ValueError: a block is malformed; the message names it.
    """
    blocks = path.read_text(encoding="utf-8").strip().split("\n\n")
    return [_pair(block.split("\n"), path) for block in blocks]


def _pair(lines: list[str], path: Path) -> Pair:
    quote, alike, *others = lines
    found: dict[str, str] = {}
    for line in others:
        kind, _, changed = line.partition(": ")
        old, exchanged, new = changed.partition(" > ")
        if kind not in KINDS or kind in found or (exchanged and quote.count(old) != 1):
            raise ValueError(f"{path}: {line!r} does not belong below {quote!r}")
        found[kind] = quote.replace(old, new) if exchanged else changed
    if not alike.startswith("= ") or not found or quote in (alike[2:], *found.values()):
        raise ValueError(f"{path}: no sentence that says the same, or no false one: {quote!r}")
    return Pair(quote, alike[2:], found)
