"""Names and years of documents by what they are of, so that one can stand for another.

By cues of the text only: a title or a role tells a person, a preposition a place, the last word
an institution or an event. A name without a cue is not exchanged.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from eval.drafting import english_words as english
from eval.drafting.noun_phrases import Kind, noun_phrases

__all__ = ["ELSEWHERE", "names_by_kind"]

ELSEWHERE: Mapping[str, tuple[str, ...]] = {
    "country": ("Iceland", "Bolivia", "Tunisia", "Latvia", "Paraguay", "Slovenia", "Namibia"),
    "city": ("Lisbon", "Oslo", "Nairobi", "Lima", "Tallinn", "Bratislava"),
    "person": ("Ingrid Halvorsen", "Tomás Arriaga", "Miriam Oduya", "Pavel Novotny"),
}
"""Names to use where no other document has one of the kind."""

_YEAR = re.compile(r"\b(?:1[1-9]|20)\d\d\b(?![.,–-]?\d)")
_NAME_WORD = r"[A-Z][a-zà-ÿ]+(?:-[A-Z]?[a-zà-ÿ]+)*"
_PLACE = re.compile(
    rf"\b(?:in|at|near|from|to|of) (?P<name>{_NAME_WORD}(?: {_NAME_WORD})?)"
    r"(?=[,.;)]| (?:and|in|on|by|was|were|is|has|had|for|to|with|during|from)\b)"
)
_IN_PLACE = re.compile(r"(?:in|near|at)\b")
_NO_PLACE = re.compile(
    r"(?:ish|ese|ism|ity|ics|ion|ians?|ment|ness|ers|isms|ing|ly|ology|ance|ence)$"
)
_CITIES = frozenset(
    "beijing berlin london moscow paris pyongyang seoul tokyo washington york".split()
)
_CONTINENTS = frozenset("africa america asia europe korea kingdom states".split())
_ROLES = "|".join(sorted(english.ROLES))
_PERSON_AFTER = re.compile(
    rf"\b(?:{_ROLES}) (?P<name>{_NAME_WORD}(?: (?:[A-Z]\. )?{_NAME_WORD}){{1,2}})(?! [A-Z])"
)
_PERSON_BEFORE = re.compile(
    rf"\b(?P<name>{_NAME_WORD}(?: (?:[A-Z]\. )?{_NAME_WORD}){{1,2}})"
    rf"(?: \(?(?:was )?born\b|, (?:the |an? )?(?:[a-z]+ ){{0,3}}(?:{_ROLES})\b"
    rf"|,? (?:was|is) (?:an?|the) (?:[A-Za-z-]+ ){{0,4}}(?:{_ROLES})\b)"
)
_SPOKEN_OF = re.compile(  # "Anna Berg moved to Lindal. She ..."
    rf"(?:^|[.!?] )(?P<name>{_NAME_WORD}(?: (?:[A-Z]\. ?)?{_NAME_WORD}){{0,2}})"
    r" (?:was|is|had|[a-z]+ed|began|became|went|left|won|wrote)\b[^.!?]{5,200}[.!?]"
    r" (?=(?:He|She)\b)"
)
_LAST_WORDS = frozenset(
    "accord act agreement army bank battle church college committee company conference constitution"
    " convention council court declaration empire festival games institute kingdom league line"
    " museum park party port railway river school society station street treaty trust university"
    " valley war".split()
)
_NOT_ALONE = english.CALENDAR | english.FUNCTION | english.DETERMINERS


def names_by_kind(text: str) -> dict[str, Counter[str]]:
    """The names of a text with how often each is met as what it is: "person", "place", "year", ...

    >>> found = names_by_kind("The poet Anna Berg was in Lindal. The Bank of Lind closed in 1931.")
    >>> [list(found[kind]) for kind in ("person", "place", "year", "bank")]
    [['Anna Berg'], ['Lindal'], ['1931'], ['Bank of Lind']]
    """
    found: dict[str, Counter[str]] = {}
    flat = " ".join(text.split())
    for kind, name in _named(flat):
        found.setdefault(kind, Counter())[name] += 1
    people = found.get("person", Counter())
    surnames = {word for name in people for word in name.split()}
    for kind in ("place", "city", "country"):  # "of Lee", "to Smith"
        kept = {n: c for n, c in found.get(kind, {}).items() if not set(n.split()) & surnames}
        found[kind] = Counter(kept)
    return found


def _named(text: str) -> Iterator[tuple[str, str]]:
    for match in _YEAR.finditer(text):
        yield "year", match.group()
    for pattern in (_PERSON_AFTER, _PERSON_BEFORE, _SPOKEN_OF):
        for match in pattern.finditer(text):
            if not _is_known_thing(match["name"]) and not match["name"].startswith("The "):
                yield "person", match["name"]
    yield from _places(text)
    yield from _phrases(text)


def _places(text: str) -> Iterator[tuple[str, str]]:
    for match in _PLACE.finditer(text):
        name = match["name"]
        low = {word.lower() for word in name.split()}
        is_listed = bool(low & english.COUNTRIES)
        is_named = _IN_PLACE.match(match.group()) and not _NO_PLACE.search(name)
        if (is_listed or is_named) and not low & (_NOT_ALONE | english.ROLES | english.THINGS):
            yield _kind_of_place(low), name


def _phrases(text: str) -> Iterator[tuple[str, str]]:
    """Institutions and events by their last word, and people by their title."""
    for phrase in noun_phrases(text):
        words = phrase.text.split()
        if not phrase.is_name or not 2 <= len(words) <= 5:
            continue
        if words[0].lower() in english.DETERMINERS:
            words = words[1:]
        of = words.index("of") if "of" in words else len(words)
        last = words[of - 1].lower()
        if len(words) > 1 and last in _LAST_WORDS and words[-1].lower() not in english.PARTICLES:
            yield last, " ".join(words)
        elif phrase.kinds == {Kind.PERSON} and not _is_known_thing(" ".join(words[1:])):
            is_titled = words[0].lower() in english.TITLES and len(words) > 2
            named = words[1:] if is_titled and "of" not in words else words
            if len(named) > 1 and "of" not in named:
                yield "person", " ".join(named)


def _kind_of_place(low: set[str]) -> str:
    if low <= _CITIES | {"new"}:
        return "city"
    is_country = low & (english.COUNTRIES - _CITIES - _CONTINENTS) or low in (
        {"south", "korea"}, {"north", "korea"}, {"united", "kingdom"}, {"united", "states"},
    )  # fmt: skip
    return "country" if is_country else "place"


def _is_known_thing(name: str) -> bool:
    low = {word.lower() for word in name.split()}
    return bool(low & (english.THINGS | english.PLACES | english.GROUPS | english.COUNTRIES))
