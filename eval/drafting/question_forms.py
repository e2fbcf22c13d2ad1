"""Questions that a sentence answers, by its form: English statements only, no model.

The forms are few and strict: a question that reads badly is worse than none. Whether the documents
answer one is checked elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from eval.drafting import english_words as english
from eval.drafting.noun_phrases import is_verb, noun_phrases

__all__ = ["MONTH", "questions_from"]

MONTH = "|".join(name.capitalize() for name in english.CALENDAR if not name.endswith("day"))
_DATE = (
    rf"(?:in|on|since) (?:the )?(?:\d{{1,2}} )?(?:early |late |mid-)?(?:(?:{MONTH})\b|\d{{4}}\b)"
)
_PARTICIPLE = (
    r"(?:[a-z]+ed|born|brought|broken|built|chosen|found|given|held|kept|laid|led|lost|made|paid"
    r"|put|read|seen|sent|set|shown|shot|sold|taken|told|won|written)"
)
_SUBJECT = r"(?P<subject>[A-Z0-9“\"][^,;:()]{1,70}?)(?: ?\([^()]*\))?,?"
_ADVERB = r"(?:(?:first|officially|formally|finally|originally|[a-z]+ly) )?"
_PASSIVE = re.compile(
    rf"{_SUBJECT} (?P<be>was|were) {_ADVERB}(?P<verb>{_PARTICIPLE})\b(?P<rest>.*)", re.DOTALL
)
_PLACED = re.compile(
    rf"{_SUBJECT} (?P<be>is|are|was|were) (?P<verb>located|situated|based|held|born) "
    r"(?:in|at|near|on) (?:the )?[A-Z](?!\w*\s+\d{4}\b).*",
    re.DOTALL,
)
_IS = re.compile(
    rf"{_SUBJECT} (?P<be>is|are|was|were) (?P<what>an?|one of|the) (?P<rest>.+)", re.DOTALL
)
_PARTS = re.compile(rf"{_SUBJECT} consist(?P<many>s?) of (?P<rest>.+)", re.DOTALL)
_ONLY_TO = re.compile(r"(?:first|last|only|second|third)\b.* to ")  # what one did, not who one is
_PAST = {
    "began": "begin", "closed": "close", "died": "die", "ended": "end", "joined": "join",
    "opened": "open", "started": "start", "resigned": "resign", "retired": "retire",
    "expired": "expire", "collapsed": "collapse",
}  # fmt: skip
_EVENT = re.compile(
    rf"{_SUBJECT} (?P<verb>{'|'.join(_PAST)})\b(?P<rest>[^,;]*\b{_DATE}.*)", re.DOTALL
)
_JOINED_TO = frozenset({"join"})  # these take an object, which is asked with them
_PRONOUNS = frozenset(
    "it he she they we you i there here this that these those one both each who which what".split()
)
# Said of whatever was spoken of before.
_VAGUE = frozenset(
    "aim cause change effect example exception fact goal idea issue kind number other part parts"
    " point problem purpose question reason result role rule second same step task thing type way"
    " work first last main following above latter former case difference".split()
)
_MOST_WORDS = 9


def questions_from(sentence: str) -> list[str]:
    """The questions that the sentence answers, the most exact first; often none.

    >>> questions_from("The harbour of Lindal was built in 1931.")
    ['When was the harbour of Lindal built?']
    >>> questions_from("A memorandum of understanding is an agreement between two parties.")
    ['What is a memorandum of understanding?']
    >>> questions_from("Anna Berg is the harbour master.")
    ['Who is Anna Berg?']
    >>> questions_from("It was built in 1931.")
    []
    """
    text = " ".join(sentence.split())
    return list(dict.fromkeys(_questions(text)))


def _questions(text: str) -> Iterator[str]:
    if (found := _PASSIVE.fullmatch(text)) and re.match(rf"[^,;]*?\b{_DATE}", found["rest"]):
        yield from _asked("When {be} {subject} {verb}?", found)
    if found := _EVENT.fullmatch(text):
        base = _PAST[found["verb"]]
        if base not in _JOINED_TO:
            yield from _asked(f"When did {{subject}} {base}?", found)
    if found := _PLACED.fullmatch(text):
        yield from _asked("Where {be} {subject} {verb}?", found)
    if found := _PARTS.fullmatch(text):
        yield from _asked(
            f"What {'does' if found['many'] else 'do'} {{subject}} consist of?", found
        )
    if found := _IS.fullmatch(text):
        if _ONLY_TO.match(found["rest"]):
            return
        is_person = _is_person(found["rest"])
        if is_person or found["be"] in {"is", "are"} or found["subject"].startswith("The "):
            yield from _asked(f"{'Who' if is_person else 'What'} {{be}} {{subject}}?", found)


def _asked(form: str, found: re.Match[str]) -> Iterator[str]:
    """The form with its subject, where that can be named by itself."""
    subject = _subject(found["subject"])
    if subject is not None:
        yield form.format(**{**found.groupdict(), "subject": subject})


def _subject(text: str) -> str | None:
    """The subject as it stands inside a question; None for one that is not a whole phrase."""
    words = text.split()
    first = words[0].lower()
    if len(words) == 1 and first in english.DETERMINERS:
        return None
    if first in _PRONOUNS or len(words) > _MOST_WORDS or any(is_verb(w.lower()) for w in words[1:]):
        return None
    phrases = noun_phrases(text)
    begins = bool(phrases) and phrases[0].start == 0
    if not begins or any(
        word.lower() in _PRONOUNS or word.lower() in english.WEAK for word in words
    ):
        return None
    if words[-1].lower() in english.FUNCTION | english.DETERMINERS:
        return None
    if {word.lower() for word in words[1:]} & _VAGUE or _leans(words):
        return None
    is_title = first in {"a", "an"} and words[1][:1].isupper()  # "A Song of Ice and Fire"
    return text[0].lower() + text[1:] if first in english.DETERMINERS and not is_title else text


def _leans(words: Sequence[str]) -> bool:
    """Whether "the partners" were named before: no name, and nothing says whose or which."""
    is_definite = words[0].lower() in english.DETERMINERS - {"a", "an"}
    return is_definite and not any(w[:1].isupper() or w == "of" for w in words[1:])


def _is_person(complement: str) -> bool:
    """Whether what is said of a subject is said of people: "the third president of ..."."""
    phrases = noun_phrases(f"the {complement}")
    nouns = phrases[0].text.lower().split() if phrases else []
    return any(noun in english.ROLES for noun in nouns[1:6])
