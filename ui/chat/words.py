"""The words of the window: numbers with their nouns, sizes, times, suites and verdicts."""

from __future__ import annotations

from eval.cases import OWN
from eval.judge import KINDS
from eval.render.words import GROUPS, KIND_NAMES, NO_SHARES, duration, meaning_of, when
from index.status import Kind

__all__ = [
    "STATES",
    "VERDICTS",
    "about",
    "counted",
    "decimal",
    "duration",
    "group_name",
    "meaning",
    "signed",
    "size_in_words",
    "suite_name",
    "when",
]

STATES: dict[Kind, str] = {
    "failed": "Not read",
    "partly": "Partly read",
    "new": "New",
    "changed": "Changed",
    "renamed": "Renamed",
    "removed": "Removed",
    "indexed": "Indexed",
}
"""What the state of a seed is called, what needs attention first."""

VERDICTS = {kind: KIND_NAMES[kind] for kind in KINDS}
"""The kinds of ``eval.judge`` in words, the worst first."""

_SUITES = {"seeds": "shipped cases", OWN: "your cases"}


def counted(n: int, noun: str) -> str:
    """A number with its noun.

    >>> counted(1, "file"), counted(1200, "file")
    ('1 file', '1,200 files')
    """
    return f"{n:,} {noun}" + ("" if n == 1 else "s")


def decimal(value: float | None, digits: int) -> str:
    """A number with so many digits after the point, a dash where there is none.

    >>> decimal(0.128, 2), decimal(None, 2)
    ('0.13', '–')
    """
    return "–" if value is None else f"{value:.{digits}f}"


def signed(value: float, digits: int) -> str:
    """With its sign, and no sign at zero.

    >>> signed(-0.0001, 3), signed(0.25, 3), signed(-3.2, 0)
    ('0.000', '+0.250', '−3')
    """
    rounded = round(value, digits)
    text = f"{rounded:+.{digits}f}" if rounded else f"{0:.{digits}f}"
    return text.replace("-", "−")


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


def suite_name(suite: str) -> str:
    """The suite as a reader knows it.

    >>> suite_name("seeds"), suite_name("squad2")
    ('shipped cases', 'squad2')
    """
    return _SUITES.get(suite, suite)


def group_name(group: str) -> str:
    """A group of measures as a reader knows it."""
    return GROUPS.get(group, group)


def meaning(name: str, group: str) -> str:
    """What a measure of a group means; its name where nothing more is known of it."""
    found = meaning_of(group, name)
    is_low = found.lower_is_better and group not in NO_SHARES
    return found.says + (" (lower is better)" if is_low else "")
