"""Which word of the quotes a word of a sentence is, told by the words around both.

A word that stands several times in the quotes, or a number or name that could stand where
another one does, is told apart by what it stands beside. No more than four words on either side
count, the nearest most, those on the same side more than those on the other.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import combinations

from rag.statements import Word

__all__ = ["Places"]

_REACH = 4  # words that carry meaning on either side
_CLEARLY = 1.4  # times as much in common with another place as with its own
_SOMETHING = 0.5  # in common with a place: one word two places away on the same side


class Places:
    """The words of a sentence beside those of its quotes."""

    def __init__(self, said: Sequence[Word], quoted: Sequence[Word]) -> None:
        self.said = said
        self.quoted = quoted
        self.said_by_stem = _by_stem(said)
        self.quoted_by_stem = _by_stem(quoted)
        self._numbers = [j for j, word in enumerate(quoted) if word.is_number]
        self._around_said: dict[int, dict[str, int]] = {}
        self._around_quoted: dict[int, dict[str, int]] = {}
        self._left_out: Collection[str] = ()  # stems that do not count as being beside

    def near(self, i: int, j: int) -> float:
        """How much the words around ``said[i]`` and ``quoted[j]`` have in common; 0 is nothing."""
        here = self._remembered(self._around_said, self.said, i)
        there = self._remembered(self._around_quoted, self.quoted, j)
        return sum(
            (1.0 if a * there[stem] > 0 else 0.5) / max(abs(a), abs(there[stem]))
            for stem, a in here.items()
            if stem in there
        )

    def own(self, i: int) -> int | None:
        """Where the quotes say the same word in the most similar place."""
        same = self.quoted_by_stem.get(self.said[i].stem, ())
        return max(same, key=lambda j: self.near(i, j), default=None)

    def is_at(self, i: int, j: int) -> bool:
        """Whether ``quoted[j]`` is the word ``said[i]``, with something in common around it."""
        return self.own(i) == j and self.near(i, j) >= _SOMETHING

    def nearer_to(self, rivals: Sequence[int], i: int) -> bool:
        """Whether ``said[i]`` clearly stands where the quotes have one of these others."""
        other = max((self.near(i, j) for j in rivals), default=0.0)
        mine = self.own(i)
        held = 0.0 if mine is None else self.near(i, mine)
        return other >= _SOMETHING and other > _CLEARLY * held

    def has_place_of_another_number(self, i: int) -> bool:
        """Whether the quotes have another number where the sentence has this one."""
        return self.nearer_to([j for j in self._numbers if not self._same(i, j)], i)

    def without(self, stems: Collection[str]) -> Places:
        """The same words, told apart by what stands beside them other than these stems."""
        places = Places(self.said, self.quoted)
        places._left_out = stems
        return places

    def has_swapped_names(self) -> bool:
        """Whether two names stand in each other's place, as in "Bo beat Al" for "Al beat Bo".

        Where one side has a passive ("by") that the other has not, places tell nothing.
        """
        if ("by" in _texts(self.said)) != ("by" in _texts(self.quoted)):
            return False
        names = {w.stem for w in (*self.said, *self.quoted) if w.capital and not w.begins}
        beside = self.without(names)
        standing = [
            i
            for i, word in enumerate(self.said)
            if word.stem in names and word.stem in self.quoted_by_stem
        ]
        return any(
            beside.stands_for(one, other) and beside.stands_for(other, one)
            for one, other in combinations(standing, 2)
            if self.said[one].stem != self.said[other].stem
        )

    def stands_for(self, i: int, other: int) -> bool:
        """Whether ``said[i]`` clearly stands where the quotes have ``said[other]``."""
        return self.nearer_to(self.quoted_by_stem[self.said[other].stem], i)

    def has_place_of_a_name(self, i: int) -> bool:
        """Whether a capital at the beginning is a name's: one follows, or the quotes have one."""
        if i + 1 >= len(self.said):
            return False
        word, after = self.said[i : i + 2]
        if after.capital and after.clause == word.clause:
            return True
        j = self.own(i + 1)
        if not j:
            return False
        replaced = self.quoted[j - 1]
        return replaced.capital and replaced.stem not in self.said_by_stem

    def _remembered(
        self, known: dict[int, dict[str, int]], words: Sequence[Word], i: int
    ) -> dict[str, int]:
        if i not in known:
            known[i] = _around(words, i, self._left_out)
        return known[i]

    def _same(self, i: int, j: int) -> bool:
        return self.quoted[j].stem == self.said[i].stem


def _by_stem(words: Sequence[Word]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for i, word in enumerate(words):
        found.setdefault(word.stem, []).append(i)
    return found


def _texts(words: Sequence[Word]) -> set[str]:
    return {word.text for word in words}


def _around(words: Sequence[Word], i: int, left_out: Collection[str]) -> dict[str, int]:
    """How far on either side the nearest words are that carry meaning; left is negative.

    Numbers are left out: they are what is told apart.
    """
    found: dict[str, int] = {}
    for step in (-1, 1):
        distance, j = 0, i + step
        while 0 <= j < len(words) and distance < _REACH:
            counts = words[j].carries and not words[j].is_number
            if counts and words[j].stem not in left_out:
                distance += 1
                found.setdefault(words[j].stem, step * distance)
            j += step
    return found
