"""A question whose words are spelled as the documents spell them: "observatry" as "observatory".

A word that nothing found holds is taken for a slip where a word of what was found is spelled nearly
so and is near to it in meaning: "house" is no "horse". A word with a capital is left as it is, for
names may differ in a letter. How the question was read is shown with the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from difflib import get_close_matches

import numpy as np
from numpy.typing import NDArray

from index.search import Found
from index.text.words import form_of, meaning_words, stems

__all__ = ["MISSPELLED", "slips"]

MISSPELLED = 0.85  # of difflib, from which a word may be another one with a slip
_MEANS = 0.88  # cosine of the vectors of two words, from which they may be the same
_FEWEST = 5  # letters


def slips(
    question: str, found: Found, vector: Callable[[str], NDArray[np.float32]]
) -> Iterator[tuple[str, str]]:
    """Words as they stand in a question, each with the word of what was found that is meant."""
    entries = found.source.manifest.documents
    held: set[str] = set()
    words: dict[str, None] = {}
    for passage in found.passages:
        entry = entries[passage.chunk.document_id]
        named = f"{entry.title} {passage.chunk.document_id}"
        held.update(stems(f"{passage.chunk.text} {named}", entry.language))
        words |= dict.fromkeys(meaning_words(passage.chunk.text, (entry.language,)))
    of_found = (entries[passage.chunk.document_id].language for passage in found.passages)
    languages = tuple(dict.fromkeys(of_found))
    for word in meaning_words(question, languages):
        form = form_of(word, question)
        if form is None or len(word) < _FEWEST or not form.group().islower():
            continue
        if any(not held.isdisjoint(stems(word, language)) for language in languages):
            continue
        alike = [other for other in words if _may_be(word, other)]
        near = get_close_matches(word, alike, 1, MISSPELLED)
        if near and float(np.dot(vector(word), vector(near[0]))) >= _MEANS:
            yield form.group(), near[0]


def _may_be(word: str, other: str) -> bool:
    """Whether a word may be another one with a slip, and no other form of it.

    >>> _may_be("liason", "liaison"), _may_be("lit", "unlit"), _may_be("garanti", "garantin")
    (True, False, False)
    """
    is_form = word.startswith(other) or other.startswith(word)
    return abs(len(other) - len(word)) <= 1 and not is_form
