"""The words of the documents page: states of a seed, numbers with their nouns, sizes and times."""

from __future__ import annotations

from index.status import Kind

__all__ = ["KINDS", "about", "counted", "size_in_words"]

KINDS: dict[Kind, str] = {
    "failed": "Not read",
    "partly": "Partly read",
    "new": "New",
    "changed": "Changed",
    "renamed": "Renamed",
    "removed": "Removed",
    "indexed": "Indexed",
}
"""What a seed is called, what needs attention first."""


def counted(n: int, noun: str) -> str:
    """A number with its noun.

    >>> counted(1, "file"), counted(1200, "file")
    ('1 file', '1,200 files')
    """
    return f"{n:,} {noun}" + ("" if n == 1 else "s")


def size_in_words(size: int) -> str:
    """Bytes in units of ten to the third.

    >>> size_in_words(999), size_in_words(34_400), size_in_words(2_500_000)
    ('999 B', '34 kB', '2.5 MB')
    """
    if size < 1000:
        return f"{size} B"
    return f"{size / 1000:.0f} kB" if size < 1_000_000 else f"{size / 1e6:.1f} MB"


def about(seconds: float) -> str:
    """A time that is only estimated.

    >>> about(4.2), about(42.0), about(200.0), about(9000.0)
    ('a few seconds', 'about 40 seconds', 'about 3 minutes', 'about 2.5 hours')
    """
    if seconds < 10:
        return "a few seconds"
    if seconds < 90:
        return f"about {round(seconds, -1):.0f} seconds"
    return (
        f"about {seconds / 60:.0f} minutes"
        if seconds < 5400
        else f"about {seconds / 3600:.1f} hours"
    )
