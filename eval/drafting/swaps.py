"""Questions that the documents do not answer: made ones, with a name or a year exchanged.

The exchanged name is one that other documents know, so the question is a near miss. It is kept only
when no document that mentions the new name also holds all other words of the question: no
sentence and no chunk can then say it, however it is put together.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from eval.drafting import english_words as english
from eval.drafting.headings import SAYS
from eval.drafting.names import ELSEWHERE
from eval.drafting.sources import Source
from index.text.words import content_words, stems
from index.types import Document, Span

__all__ = ["Swap", "is_held", "swapped_headings", "swaps_of"]

_FEWEST_OTHERS = 2  # words that carry meaning, beside what was exchanged
_MOST_WORDS_OF_CLOZE = 20
_TRIES = 6
_KINDS_LAST = ("place", "city", "country", "year")
_AROUND_YEAR = 120


@dataclass(frozen=True, slots=True)
class Swap:
    """A question with ``new`` in place of ``old``; ``others`` are the stems of its other words.

    ``home`` is the document that the new name is from, empty for one from elsewhere.
    """

    question: str
    made_from: str
    old: str
    new: str
    home: str
    others: frozenset[str]
    document: str
    span: Span
    asks: str


def swaps_of(
    question: str, source: Source, span: Span, asks: str, others: Sequence[Source], seed: int
) -> Iterator[Swap]:
    """A few ways to exchange a name of the question for one that its document does not know."""
    text = source.document.text
    chance = random.Random(f"{seed} swap {source.document.id} {span.start}")  # noqa: S311
    for kind, old in _names_in(question, source):
        rest = re.sub(rf"(?<!\w){re.escape(old)}(?!\w)", " ", question)
        terms = frozenset(content_words(rest).values()) - {"complet"}
        if len(terms) < (3 if kind == "year" else _FEWEST_OTHERS):
            continue
        if asks == "cloze" and (kind in {"place", "year"} or not _carries(old, question)):
            continue
        fewest = 2 if kind == "place" else 1  # a word after "in" is a place when it is so again
        offered = [
            (name, s.document.id)
            for s in others
            for name, count in s.names.get(kind, {}).items()
            if count >= fewest
        ]
        chance.shuffle(offered)
        offered += [(name, "") for name in ELSEWHERE.get(kind, ())]
        if kind == "year":
            offered = [(y, s) for y, s in offered if 0 < abs(int(y) - int(old)) <= _AROUND_YEAR]
            offered += [(str(int(old) + by), "") for by in (-7, 6, -13, 11, -23)]
        fit = [(name, home) for name, home in offered if _is_other(name, old, text, question)]
        for name, home in fit[:_TRIES]:
            if name.split()[0].lower() in english.TITLES and re.search(
                rf"[a-z]\w* {re.escape(old)}", question[5:], re.IGNORECASE
            ):
                continue
            put = name.join(re.split(rf"(?<!\w){re.escape(old)}(?!\w)", question))
            yield Swap(put, question, old, name, home, terms, source.document.id, span, asks)


def swapped_headings(
    heading: str, at: Span, source: Source, others: Sequence[Source], asks: str, seed: int
) -> Iterator[Swap]:
    """What another document says of this heading, where none of its words are in that one."""
    terms = frozenset(content_words(heading).values())
    chance = random.Random(f"{seed} heading {source.document.id} {at.start}")  # noqa: S311
    offered = [s for s in others if not terms & s.stems]
    chance.shuffle(offered)
    made_from = SAYS.format(source.document.title, heading)
    for other in offered[:2]:
        yield Swap(
            SAYS.format(other.document.title, heading), made_from, source.document.title,
            other.document.title, other.document.id, terms, source.document.id, at, asks,
        )  # fmt: skip


def is_held(swap: Swap, document: Document, held: Sequence[frozenset[str]] = ()) -> bool:
    """Whether a document may answer the question after all: it names the new and holds the rest.

    Any one telling word of the new name is enough to be named. ``held`` keeps the stems of the
    document between calls: an empty list that is filled when they are first needed.
    """
    is_heading = swap.asks in {"heading", "title"}
    if is_heading:
        if document.id != swap.home:
            return False
    elif not _is_in(swap.new, document.text):
        return False
    own = held[0] if held else frozenset(stems(document.text, document.language))
    if isinstance(held, list) and not held:
        held.append(own)
    if is_heading:
        return bool(swap.others & own)
    return swap.others <= own


def _carries(name: str, question: str) -> bool:
    """Whether a sentence with a blank is about the name: short, and the name is one of no list."""
    at = question.find(name)
    is_listed = re.search(r"(?:,|\band) $", question[:at]) or re.match(
        r",? (?:and [A-Z]|[A-Z])", question[at + len(name) :]
    )
    is_short = len(question.split()) <= _MOST_WORDS_OF_CLOZE
    return is_short and not is_listed and question.count(name) == 1


def _telling(name: str) -> list[str]:
    """The words of a name that tell it; the years as they are."""
    words = name.split()
    kept = [w for w in words if w[0].isupper() and len(w) > 3 and w.lower() not in _PLAIN]
    return kept or words


_TITLES = "|".join(word.capitalize() for word in sorted(english.TITLES))
# What makes it a part of a longer name, or of a thing.
_NOT_BEFORE = (
    rf"(?:\b(?!(?:{_TITLES})\b)[A-Z][\w.]* (?:of )?|\b[Tt]he "
    r"|\b(?:[Nn]orth|[Ss]outh|[Ee]ast|[Ww]est)\w* |\b(?:modern|ancient|early|old|new) )"
)
_PLAIN = english.TITLES | english.PLACES | english.THINGS | english.GROUPS | english.COUNTRIES | {
    "north", "south", "east", "west", "united", "great", "king", "queen", "president",
}  # fmt: skip


def _names_in(question: str, source: Source) -> list[tuple[str, str]]:
    """The names of the question that can be exchanged, with their kinds; subjects first."""
    found = [
        (kind, name)
        for kind, names in source.names.items()
        for name in names
        if name in question
        and re.search(rf"(?<![\w“-]){re.escape(name)}(?![\w-])(?! [A-Z])(?!['’]s [A-Z])", question)
        and not re.search(rf"{_NOT_BEFORE}{re.escape(name)}", question[5:])
    ]
    return sorted(found, key=lambda kn: (kn[0] in _KINDS_LAST, kn[0] == "year", -len(kn[1]), kn))


def _is_other(name: str, old: str, text: str, question: str) -> bool:
    words = {w for w in name.split() if w[0].isupper() or w.isdigit()}
    is_shared = bool(words & set(old.split()) - {old.rsplit(maxsplit=1)[-1]})
    return not is_shared and name not in question and name != old and not _is_in(name, text)


def _is_in(name: str, text: str) -> bool:
    return any(
        word in text and re.search(rf"(?<!\w){re.escape(word)}", text) for word in _telling(name)
    )


def unheld(swaps: Iterable[Swap], documents: Iterable[Document]) -> list[Swap]:
    """Those that no document holds; the documents are read once."""
    left = list(dict.fromkeys(swaps))
    for document in documents:
        stems_of: list[frozenset[str]] = []
        left = [swap for swap in left if not is_held(swap, document, stems_of)]
    return left
