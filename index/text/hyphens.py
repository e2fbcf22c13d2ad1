"""Words broken at the end of a line: whether their hyphen is one of the word's own.

The document is asked first; then how its language spells a number ("cinquante-deux"); a single
letter is never broken off ("e-mail"). What nothing tells is left to what the document does with
most of its broken words.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise

from index.text.language import language_of

__all__ = ["BROKEN", "ends_broken", "mended"]

BROKEN = "\ufffe"  # stands for a hyphen at the end of a line until the whole text is known
_WORD = re.compile(r"\w+(?:-\w+)*")
# Bounded, so that time does not grow with the square of a run of letters without a space.
_BREAK = re.compile(rf"(\w{{0,60}})({BROKEN})(?=(\w*))")
_BEHIND = re.compile(r"[\w-]{0,60}")
_APOSTROPHES = ("'", "’")
_SPELLED = frozenset("ca de en es fr it nl pt ru".split())  # the languages of text2num
_BROKEN_WORDS = re.compile(rf"[\w-]{{0,60}}(?:{BROKEN}[\w-]*)+")


def ends_broken(line: str) -> bool:
    """Whether a line ends with a hyphen behind a letter, so that its word may go on.

    >>> ends_broken("infor-"), ends_broken("2018-"), ends_broken("they met -")
    (True, False, False)
    """
    return line.endswith(("-", "\xad", "\u2010")) and line[-2:-1].isalpha()


def mended(texts: Sequence[str]) -> tuple[str, Callable[[int], int]]:
    r"""The texts as one with its broken words joined, and where each offset has moved to.

    A hyphen stays where the case changes or a number begins. Otherwise the document itself decides:
    how it writes this word elsewhere; then whether a number is spelled so, or a single letter
    stands apart; whether both parts are words of its own; and, when none of these
    tells, what it does with most of its broken words.

    >>> mended(["in\ufffenetwork, infor\ufffemation: ", "in-network information"])[0]
    'in-network, information: in-network information'
    """
    text = "".join(texts)
    if BROKEN not in text:
        return text, lambda offset: offset
    counts = _words(texts)
    language = language_of(text)
    stays = {
        found.start(2): _stays(found.group(1), found.group(3), counts, _told(found, language))
        for found in _BREAK.finditer(text)
    }
    hyphens = sum(1 for stay in stays.values() if stay)
    usual = hyphens > sum(1 for stay in stays.values() if stay is False)
    dropped = [at for at, stay in stays.items() if not (usual if stay is None else stay)]
    edges = [0, *(edge for at in dropped for edge in (at, at + 1)), len(text)]
    kept = "".join(text[a:b] for a, b in zip(edges[::2], edges[1::2], strict=True))
    return kept.replace(BROKEN, "-"), lambda offset: offset - bisect_left(dropped, offset)


def _told(found: re.Match[str], language: str) -> bool | None:
    """Whether the word's spelling says that its hyphen stays: a number, or a letter by itself.

    >>> broken = (f"trente{BROKEN}deux", f"e{BROKEN}mail", f"mai{BROKEN}son")
    >>> [_told(_BREAK.search(word), "fr") for word in broken]
    [True, True, None]
    """
    text, left, right = found.string, found.group(1), found.group(3)
    if language in _SPELLED:
        behind = _BEHIND.match(text, found.end())
        before = text[max(0, found.start(2) - 60) : found.start(2)]
        first = re.split(r"[^\w-]", before)[-1]
        rest = behind[0] if behind else ""
        hyphenated, joined = (_spells(f"{first}{sign}{rest}", language) for sign in ("-", ""))
        if hyphenated != joined:
            return hyphenated
    is_elided = text[: found.start(1)].endswith(_APOSTROPHES)
    return True if len(right) == 1 or (len(left) == 1 and not is_elided) else None


def _spells(word: str, language: str) -> bool:
    """Whether a word is a number, spelled in a language."""
    from text_to_num import text2num

    try:
        text2num(word.casefold(), language)
    except ValueError:
        return False
    return True


def _stays(left: str, right: str, counts: Mapping[str, int], is_told: bool | None) -> bool | None:
    """Whether the hyphen between two parts is one of the word's own; None: nothing tells."""
    if not (right[:1].islower() or (left + right).isupper()):
        return True
    left, right = left.casefold(), right.casefold()
    hyphenated, joined = counts.get(f"{left}-{right}", 0), counts.get(left + right, 0)
    if hyphenated != joined:
        return hyphenated > joined
    if is_told is not None:
        return is_told
    return True if left in counts and right in counts else None


def _words(texts: Iterable[str]) -> Counter[str]:
    """How often each word occurs, and each part and each two parts of a hyphenated one."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(_WORD.findall(_BROKEN_WORDS.sub(" ", text.casefold())))
    for word, count in [(word, count) for word, count in counts.items() if "-" in word]:
        parts = word.split("-")
        pairs = [f"{left}-{right}" for left, right in pairwise(parts)] if len(parts) > 2 else []
        for part in (*parts, *pairs):
            counts[part] += count
    return counts
