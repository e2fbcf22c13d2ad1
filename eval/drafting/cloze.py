"""A sentence with its number, date or name taken out: a question wherever no form fits.

In English the blank may be a date, a number or a name; in other languages a number only, because
what is a name cannot be told there by capitals and word order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from eval.drafting import english_words as english
from eval.drafting.made import DATE, MONTH, Made, spaced
from eval.drafting.noun_phrases import noun_phrases
from index.text.words import content_terms

__all__ = ["BLANK", "COMPLETE", "cloze_from"]

BLANK = "____"
COMPLETE = {
    "de": "Ergänzen Sie", "en": "Complete", "es": "Completa", "fr": "Complétez", "it": "Completa",
    "ja": "空欄を埋めてください", "ko": "빈칸을 채우세요", "nl": "Vul aan", "pt": "Complete",
    "zh": "填空",
}  # fmt: skip
"""How one asks for the blank to be filled; in any other language in English."""

_FEWEST, _MOST = 8, 30  # words
_FEWEST_TERMS = 5  # that carry meaning, beside the blank
_CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]")
_CHARACTERS = (15, 110)  # of a sentence without spaces between words
_DATE = re.compile(rf"\b(?:in|on|since|until|by|from) (?P<blank>{DATE})(?![\w-]| ?, ?\d{{4}})")
_NUMBER = re.compile(
    r"(?<![\w.,$€£×^–-])(?<!× )(?P<blank>[$€£]?\d[\d,.]*\d|\d|[$€£]\d)"
    r"(?P<unit>%| percent\b| [a-z]{3,})"
)
_ANY_NUMBER = re.compile(
    r"(?<![A-Za-z\d.,:/-])(?P<blank>\d{2,4}|\d{1,3}(?:[.,]\d{3})+|\d+[.,]\d+)(?![\d.,:/-]*\d|[\w]{0,2}-)"
)
_CAPITALS = re.compile(
    r"(?:^|\s)(?!an? )[a-z]+ (?P<name>[A-Z][\w-]+(?: [A-Z][\w-]+)+)"
    r"(?=[,.;:)]| (?:and|or|in|on|at|by|to|for|from|with|was|were|is|are|has|had|will|as)\b)"
)
_GOES_ON = ("'s", "’s", " of ", "-")
_MOST_OF_NAME = 4  # words
_MONTHS = tuple(MONTH.split("|"))
_LEANS = re.compile(
    r"\b(?:he|she|him|his|her|they|them|their|it|its|this|these|those|such)\b",
    re.IGNORECASE,
)
_OF_A_PERSON = frozenset("he she him his her".split())
_SAYS_WHICH = re.compile(r" (?:of|to|for|in|between|that|who|which|at|from|on)\b")
_BAD = re.compile(r"[|•_<>{}\[\]\\]|…|\.\.|https?:|www\.|\*\*")


def cloze_from(text: str, language: str) -> Made | None:
    """The sentence with a blank, asked; None where nothing in it can be taken out.

    >>> made = cloze_from("The old harbour of Lindal was built by the fishermen in 1931.", "en")
    >>> made.question, made.answer
    ('Complete: “The old harbour of Lindal was built by the fishermen in ____.”', '1931')
    """
    text = " ".join(text.split())
    if _BAD.search(text) or not _fits(text) or (language == "en" and _leans(text)):
        return None
    for start, end, asks in _blanks(text, language):
        blank = text[start:end]
        rest = f"{text[:start]}{BLANK}{text[end:]}"
        if re.search(rf"(?<!\w){re.escape(blank)}(?!\w)", rest):
            continue
        if len(content_terms(rest.replace(BLANK, " "), language)) < _FEWEST_TERMS:
            continue
        lead = COMPLETE.get(language, COMPLETE["en"])
        return Made(f"{lead}: “{spaced(rest)}”", blank, asks)
    return None


def _fits(text: str) -> bool:
    if any(c in text for c in '“”„«»"'):  # a quotation inside one reads badly
        return False
    if _CJK.search(text):
        return _CHARACTERS[0] <= len(text) <= _CHARACTERS[1]
    return _FEWEST <= len(text.split()) <= _MOST and text.count("(") == text.count(")")


def _leans(text: str) -> bool:
    """Whether it speaks of what was named before: "The song", or "they" before any noun."""
    phrases = noun_phrases(text)
    if text.startswith("The "):
        first = phrases[0] if phrases and phrases[0].start == 0 else None
        is_told = first is not None and re.search(r"[A-Z]|\bof\b", first.text[4:])
        if first is None or not (is_told or _SAYS_WHICH.match(text, first.end)):
            return True
    for found in _LEANS.finditer(text):
        before = [p for p in phrases if p.end <= found.start()]
        if found.group().lower() in _OF_A_PERSON:
            before = [p for p in before if p.is_name]
        if not before:
            return True
    return False


def _blanks(text: str, language: str) -> Iterator[tuple[int, int, str]]:
    """What can be taken out, the surest first: from where to where, and what it is."""
    if language != "en":
        for found in _ANY_NUMBER.finditer(text):
            yield *found.span("blank"), "number"
        return
    for found in _DATE.finditer(text):
        yield *found.span("blank"), "date"
    for found in _NUMBER.finditer(text):
        if text[: found.start()].rstrip().endswith(_MONTHS):
            continue
        yield *found.span("blank"), "number"
    for start, end in _names(text):
        yield start, end, "name"


def _names(text: str) -> Iterator[tuple[int, int]]:
    """Names inside a sentence of which no word stands anywhere else in it."""
    whole = [(p.start, p.end) for p in noun_phrases(text) if p.is_name]
    for start, end in [*whole, *(found.span("name") for found in _CAPITALS.finditer(text))]:
        words = text[start:end].split()
        if words[0].lower() in english.DETERMINERS:
            start += len(words[0]) + 1  # noqa: PLW2901
            words = words[1:]
        is_long = len(words) >= 2 or (words and words[0].isupper())
        if not start or not is_long or len(words) > _MOST_OF_NAME or "and" in words:
            continue
        others = f"{text[:start]} {text[end:]}"
        is_again = any(re.search(rf"\b{re.escape(w)}", others) for w in words if w[0].isupper())
        is_part = text[:start].endswith("(") or text[end:].startswith(_GOES_ON)
        if not is_again and not is_part and words[0].lower() not in english.CALENDAR:
            yield start, end
