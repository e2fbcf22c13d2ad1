"""Made questions, and what all forms of them share: dates, numbers, places, and being clear.

A question is clear when it names what it is about and leans on nothing that was said before.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from eval.drafting import english_words as english
from eval.drafting.question_forms import MONTH
from index.text.words import content_terms

__all__ = [
    "ABOUT",
    "DATE",
    "MONTH",
    "NAME",
    "NUMBER",
    "WHEN",
    "Made",
    "cut",
    "is_clear",
    "short",
    "spaced",
]

_YEAR = r"(?:1[0-9]|20)\d\d(?:s\b|\b)(?! ?%)"
DATE = (
    rf"(?:(?:\d{{1,2}} )?(?:{MONTH})(?: \d{{1,2}})?,? {_YEAR}|\d{{1,2}} (?:{MONTH})\b"
    rf"|(?:{MONTH}) \d{{1,2}}\b|{_YEAR})"
)
"""A date with its year, or a day of a month."""

WHEN = re.compile(rf"(?:,? ?\b)(?:in|on|since|until) (?:(?:early|late|mid) )?(?P<date>{DATE})")
_NAME_WORD = r"(?:St\.|[A-Z]\.(?:[A-Z]\.)*(?= [A-Z])|[A-Z](?:[\w'’.-]*[\w'’])?)"
NAME = rf"{_NAME_WORD}(?: (?:(?:of|de|von|van|the|al|du|la) )?{_NAME_WORD}){{0,4}}"
_NUMBER_WORD = (
    "two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen"
    "|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
)
NUMBER = (
    rf"(?:\d[\d,]*(?:\.\d+)?|(?:{_NUMBER_WORD})(?:-(?:one|{_NUMBER_WORD}))?)"
    r"(?: (?:hundred|thousand|million|billion|trillion))?"
)
ABOUT = (
    r"(?:(?:about|around|over|more than|at least|up to|approximately|nearly|almost|some|roughly"
    r"|an estimated|a total of|less than|fewer than|only|exactly) )?"
)
_PRONOUNS = frozenset(
    "he him she her it they them this these those here i we us our my me such former latter above"
    " below following same other another his hers ones himself herself itself themselves".split()
)
_UNSAID = re.compile(
    r"\b(?:the (?:following|above|former|latter|same|two|three|other|others|first|second|last|new"
    r"|next|previous|rest)(?=\?|$| (?:is|are|was|were|of)\b)|as well|for example|and|or|but"
    r"|that|which|who|the|a|an|of|in|to|with|by|for|on|at|from|as|than|whose|when|while)\?$",
    re.IGNORECASE,
)
_SAID = re.compile(
    r"(?:stand for|consists? of|composed of|known as|responsible for|derived from|defined as)\?$"
)
_TRAILING = frozenset(
    "a an and as at by each for from in is of on or than that the to with".split()
)
_NO_TEXT = re.compile(r"[|•…_<>{}\[\]]|\.\.|https?:| ,|--")
_GENERAL = re.compile(r"What (?:is|are) (?:(?:an? )?[a-z]+ [a-z -]+\?$|an? )")
_GOES_ON = re.compile(
    r"[,;]? (?:which|who|that|where|because|although|while|so that|but"
    r"|and (?:this|it|they|is|was|are|were|has|had))\b|[;:]"
)
_PHRASE_ENDS = re.compile(
    r",? (?:which|who|that|where|when|while|because|with more|and (?:is|was|has|the))\b"
)
_MOST_WORDS = 22
_MOST_ANSWER_WORDS = 14
_MOST_PHRASE_WORDS = 13


@dataclass(frozen=True, slots=True)
class Made:
    """A question, the words that answer it (empty: the whole sentence), and what it asks for."""

    question: str
    answer: str
    asks: str


def is_clear(question: str) -> bool:
    """Whether a question says what it is about by itself.

    >>> is_clear("When did the Normans conquer England?"), is_clear("When was the railway opened?")
    (True, False)
    """
    words = re.findall(r"[\w'’&.-]+", question)
    low = {word.lower() for word in words}
    if not 3 <= len(words) <= _MOST_WORDS or low & _PRONOUNS:
        return False
    if _UNSAID.search(question) and not _SAID.search(question):
        return False
    if question.count("“") != question.count("”") or question.count("(") != question.count(")"):
        return False
    if _NO_TEXT.search(question):
        return False
    if any(w[:1].isupper() and w.lower() not in english.CALENDAR for w in words[1:]):
        return True
    # Asked of a kind of thing, which needs no name: "What is a currency swap?".
    return len(content_terms(question)) >= (2 if _GENERAL.match(question) else 4)


def spaced(text: str) -> str:
    """Without spaces before marks, as tokenised text has them.

    >>> spaced("the king 's best - known ship , built late")
    "the king's best-known ship, built late"
    """
    text = re.sub(r" (?=[,.;:?!)’”])", "", text)
    text = re.sub(r"(?<=\w) (['’]s\b)", r"\1", text)
    return re.sub(r"(?<=\w) - (?=\w)", "-", text)


def short(text: str) -> str:
    """What is said, up to where it goes on to something else; empty when that is long.

    >>> short("an agreement between two parties, which they sign.")
    'an agreement between two parties'
    """
    said = _GOES_ON.split(text)[0].strip().rstrip('.,;!?”" ')
    while said and said.split()[-1].lower() in _TRAILING:
        said = said.rpartition(" ")[0].rstrip(",")
    return said if len(said.split()) <= _MOST_ANSWER_WORDS else ""


def cut(text: str) -> str:
    """A phrase up to where the sentence goes on, without its last mark; empty when it is long."""
    kept = _PHRASE_ENDS.split(text)[0].strip().rstrip(".;,!")
    return kept if len(kept.split()) <= _MOST_PHRASE_WORDS else ""
