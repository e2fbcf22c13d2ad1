"""What type of answer a question wants, and whether a sentence holds one (English rules)."""

from __future__ import annotations

import re
from enum import Enum

__all__ = ["Wanted", "holds", "wanted"]


class Wanted(Enum):
    """The types of answer that are recognised."""

    DATE = "date"
    NUMBER = "number"
    PERSON = "person"
    PLACE = "place"
    REASON = "reason"


_QUESTIONS = (
    (Wanted.DATE, r"when|(?:what|which) (?:year|date|day|month|decade|century)|what time"),
    (
        Wanted.NUMBER,
        r"how (?:many|much|long|old|far|tall|high|large|big|often|fast)"
        r"|what (?:number|percentage|percent|amount|population|price|cost)",
    ),
    (Wanted.PERSON, r"who|whom|whose"),
    (Wanted.PLACE, r"where|(?:what|which) (?:country|city|place|state|location|region|town)"),
    (Wanted.REASON, r"why"),
)
_PATTERNS = [(kind, re.compile(rf"\b(?:{words})\b", re.IGNORECASE)) for kind, words in _QUESTIONS]
_MONTH = "january|february|march|april|may|june|july|august|september|october|november|december"
_NUMBER_WORD = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|hundred|thousand|million"
    "|billion|half|dozen"
)
_HELD = {
    Wanted.DATE: re.compile(
        rf"\b(?:1\d{{3}}|20\d{{2}})\b|\b(?:{_MONTH})\b|\b\d+(?:st|nd|rd|th) century|\b\d0s\b",
        re.IGNORECASE,
    ),
    Wanted.NUMBER: re.compile(rf"\d|\b(?:{_NUMBER_WORD})\b", re.IGNORECASE),
    Wanted.REASON: re.compile(
        r"\b(?:because|due to|since|as a result|so that|in order to|caused?|therefore|reasons?"
        r"|led to|to \w+)\b",
        re.IGNORECASE,
    ),
}
# A name after a preposition, or the capitals of a dateline ("GYEONGJU, South Korea —").
_PLACE = re.compile(
    r"\b(?:in|at|near|from|to|of|outside)\s+(?:the\s+)?([A-Z][\w'’-]+)|\b([A-Z]{3,}),"
)
# A capitalised word that does not begin the sentence.
_NAME = re.compile(r"(?<![.!?] )(?<!^)\b[A-Z][\w'’-]+")


def wanted(question: str) -> Wanted | None:
    """The type of answer that a question wants, or None when no rule tells.

    >>> wanted("When did they meet?"), wanted("What was signed?")
    (<Wanted.DATE: 'date'>, None)
    """
    return next((kind for kind, pattern in _PATTERNS if pattern.search(question)), None)


def holds(kind: Wanted, sentence: str, question: str) -> bool:
    """Whether a sentence holds something of that type that the question does not name itself.

    >>> holds(Wanted.PERSON, "The summit was hosted by Lee.", "Who hosted the summit?")
    True
    """
    if kind in (Wanted.PERSON, Wanted.PLACE):
        pattern = _NAME if kind is Wanted.PERSON else _PLACE
        asked = question.lower()
        names = [found.group(found.lastindex or 0) for found in pattern.finditer(sentence)]
        return any(name.lower() not in asked for name in names)
    return _HELD[kind].search(sentence) is not None
