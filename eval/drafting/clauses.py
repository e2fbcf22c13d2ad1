"""Questions of the clause that a sentence begins with: its subject, its verb and what follows.

The subject is a whole noun phrase at the beginning, after a date at most; a sentence that begins
in any other way is not asked about.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from eval.drafting import english_words as english
from eval.drafting.made import ABOUT, DATE, MONTH, NAME, NUMBER, WHEN, Made, cut, short
from eval.drafting.noun_phrases import Kind, NounPhrase, noun_phrases
from eval.drafting.verbs import base_of, past_of_participle

__all__ = ["AT_PLACE", "of_clause"]

_LEAD = re.compile(rf"(?:In|On) (?P<date>{DATE}),? (?=\S)")
_AFTER_SUBJECT = re.compile(
    r"(?: ?\([^()]{1,60}\))?(?:, [^,]{3,60},)?"
    r" (?:(?:also|then|later|now|still|first|formally|officially|finally|[a-z]+ly) )?"
    r"(?P<verb>[a-z]+)\b(?P<rest>.*)",
    re.DOTALL,
)
_PARTICIPLE = re.compile(
    r" (?:(?:also|then|later|first|[a-z]+ly) )?(?P<verb>[a-z]+ed|born|brought|built|chosen|found"
    r"|given|held|laid|led|lost|made|overthrown|paid|rebuilt|sent|set|shot|sold|sung|taken|taught"
    r"|won|written)\b(?P<rest>.*)",
    re.DOTALL,
)
_BE = frozenset("is are was were".split())
_PLACED = frozenset(
    "based born built buried discovered established found founded headquartered held located"
    " opened published signed situated".split()
)
AT_PLACE = re.compile(
    rf"\b(?:in|at|near|on) (?P<place>(?:the )?(?!(?:{MONTH})\b){NAME}(?:, {NAME})?)(?=[,.]|$)"
)
"""A name after "in", "at", "near" or "on"."""

_BY = re.compile(
    rf"^(?: [a-z]+ing)? by (?P<who>{NAME}(?: and {NAME})?)(?=[.,;]|$| in \d| on | at | for )"
)
_COUNTED = re.compile(
    rf"^ {ABOUT}(?P<number>{NUMBER}) (?P<what>(?:[a-z]+[- ]){{0,3}}?[a-z]{{2,}}s|people|children)"
    r"(?P<tail>(?: (?:in|of|for|on|at|from|with|to|by|per|each|a) [^,;:()]+)?)"
    r"(?P<end>[,.;(]|$| and )"
)
_NO_COUNT = frozenset(
    "years months weeks days hours minutes seconds times percent points others".split()
)
_SIZE = re.compile(
    rf"^ {ABOUT}(?P<number>{NUMBER} [a-z]+) (?P<how>long|wide|high|tall|deep|old|thick)\b"
)
_AMOUNT = re.compile(
    rf"^ {ABOUT}(?P<number>[$€£]\d[\d,.]*\d(?: (?:million|billion))?"
    r"|[$€£]?\d[\d,]*(?:\.\d+)?(?:%| [a-z]+))(?=[.,;]|$| per | for )"
)
_POPULATION = re.compile(rf"^ (?:an? )?(?:estimated )?population of {ABOUT}(?P<number>{NUMBER})")
_SUPERLATIVE = re.compile(
    r"^ (?P<what>the (?:(?:second|third|fourth|fifth)[- ])?"
    r"(?:[a-z]{2,}est|first|only|most [a-z]+|main|principal|official|capital|founder|author"
    r"|inventor|creator|leader|head|chairman)\b[^,;:()]*)"
)
_ROLE_OF = re.compile(r"^ (?P<what>the [^,;:()]{3,60}? of [^,;:()]+)")
_NO_PERSON = re.compile(r"\b(?:city|town|river|building|film|book|song)\b")
_CALLED = re.compile(
    r"^ (?P<verb>(?:(?:also|commonly|often|sometimes|usually|formally|officially|now) )?"
    r"(?:called(?! for| on| upon| to)|known as|nicknamed|named after|derived from|defined as"
    r"|composed of|divided into)) (?P<what>[^,;:()]+)"
)
_RESPONSIBLE = re.compile(r"^ responsible for (?P<what>[^;:()]+)")
_BECAUSE = re.compile(r"^(?P<before>[^;:()]*?),? because (?P<why>(?!of\b)[^;:()]+)")
_NOT_ONE = re.compile(r"\b(?:and|but|not only)\b")
_BEFORE_DATE = re.compile(r"[;:()]|, (?:and|but|which|who)\b")
_MORE_VERBS = re.compile(r"\b(?:and|that|which)\b")
_GOES_ON = re.compile(r" (?:and|but|which|who|that|where|when|while|after|before|because|so|as) ")
_MOST_WORDS = 12  # between a verb and where its sentence is cut
_COMPLETE = frozenset(
    "arrive begin close collapse die emerge end expire land launch merge move open resign retire"
    " return start surrender".split()
)  # by themselves; what others did must be said
_WITH_PLACE = frozenset(
    "agree come fly go lead leave live meet move play return serve travel turn work".split()
)
_SOMEWHERE = frozenset("die grow live meet occur originate take".split())
_INCLUDING = frozenset("include describe mean represent measure denote require".split())


@dataclass(frozen=True, slots=True)
class _Clause:
    """``subject`` as it stands in a question; ``date`` when the sentence began with one."""

    subject: str
    phrase: NounPhrase
    verb: str
    rest: str
    date: str
    is_person: bool


def of_clause(text: str, is_person: Callable[[str], bool]) -> Iterator[Made]:
    """The questions of the first clause of an English sentence, clear or not."""
    lead = _LEAD.match(text)
    said = text[lead.end() :] if lead else text
    phrases = [p for p in noun_phrases(said) if p.start == 0]
    for phrase in phrases[::-1]:  # a pair before its first half
        found = _AFTER_SUBJECT.match(said, phrase.end)
        subject = _subject(phrase)
        if found is None or subject is None:
            continue
        person = is_person(phrase.text) or phrase.text.split()[0].lower() in english.TITLES
        clause = _Clause(
            subject, phrase, found["verb"], found["rest"], lead["date"] if lead else "", person
        )
        yield from _of_be(clause) if clause.verb in _BE else _of_verb(clause)
        return


def _subject(phrase: NounPhrase) -> str | None:
    """The subject inside a question; None when it was named before, or is cut short."""
    words = phrase.text.split()
    first = words[0].lower()
    if first in english.DETERMINERS - {"the", "a", "an"} or words[-1].lower() in english.FUNCTION:
        return None
    if first == "the" and not any(w[:1].isupper() or w == "of" for w in words[1:]):
        return None
    is_bare = phrase.is_bare and not words[0][1:2].isupper()
    if first in english.DETERMINERS or is_bare:
        return phrase.text[0].lower() + phrase.text[1:]
    return phrase.text


def _of_be(clause: _Clause) -> Iterator[Made]:
    be, subject, rest = clause.verb, clause.subject, clause.rest
    if found := _CALLED.match(rest):
        asked = f"What {be} {subject} {found['verb']}?"
        yield Made(asked, short(found["what"]), "what it is called")
    elif found := _PARTICIPLE.match(rest):
        yield from _of_passive(clause, found["verb"], found["rest"])
    if found := _SIZE.match(rest):
        yield Made(f"How {found['how']} {be} {subject}?", found["number"], "how much")
    if found := _RESPONSIBLE.match(rest):
        yield Made(f"What {be} {subject} responsible for?", short(found["what"]), "what")
    if (found := _AMOUNT.match(rest)) and re.search(r" (?:of|for) ", subject):
        yield Made(f"What {be} {subject}?", found["number"], "how much")
    found = _SUPERLATIVE.match(rest) or (_ROLE_OF.match(rest) if clause.is_person else None)
    what = cut(found["what"]) if found else ""
    if clause.phrase.is_name and re.search("[A-Z]", what) and len(what.split()) >= 4:
        has_role = {w.lower() for w in what.split()} & english.ROLES and not _NO_PERSON.search(what)
        word = "Who" if clause.is_person or has_role else "What"
        yield Made(f"{word} {be} {what}?", clause.phrase.text, word.lower())


def _of_passive(clause: _Clause, verb: str, rest: str) -> Iterator[Made]:
    be, subject = clause.verb, clause.subject
    is_past = be in {"was", "were"}
    past = past_of_participle(verb)
    if is_past and past and (by := _BY.match(rest)) and _is_of_person(by["who"]):
        yield Made(f"Who {past} {subject}?", by["who"], "who")
    when = WHEN.search(rest)
    if when and not _BEFORE_DATE.search(rest[: when.start()]):
        before = rest[: when.start()].rstrip(",")
        yield Made(f"When {be} {subject} {verb}{before}?", when["date"], "when")
    elif clause.date and is_past:
        yield Made(f"When {be} {subject} {verb}{_object(rest)}?", clause.date, "when")
    if verb in _PLACED and (place := AT_PLACE.search(rest)) and place.start() <= 25:
        yield Made(f"Where {be} {subject} {verb}?", place["place"], "where")
    if (found := _BECAUSE.match(rest)) and _is_one(found["before"]):
        yield Made(f"Why {be} {subject} {verb}{found['before']}?", "", "why")


def _of_verb(clause: _Clause) -> Iterator[Made]:
    known = base_of(clause.verb)
    if known is None or known[0] == "be":
        return
    base, auxiliary = known
    is_plural = Kind.GROUP in clause.phrase.kinds or " and " in clause.subject
    if auxiliary == "do" and not is_plural:  # "cost" may be a past form
        return
    asked = f"{auxiliary} {clause.subject} {base}"
    rest = clause.rest
    if auxiliary == "did":
        yield from _of_past(clause, base)
    yield from _of_number(clause, base, asked)
    if base in _SOMEWHERE and auxiliary != "do" and (place := AT_PLACE.search(rest)):
        before = rest[: place.start()]
        if before in {" ", " place ", " up "}:
            yield Made(f"Where {asked}{before.rstrip()}?", place["place"], "where")
    if (found := _BECAUSE.match(rest)) and _is_one(found["before"]):
        yield Made(f"Why {asked}{found['before']}?", "", "why")
    is_told = re.search(r"[A-Z]|\b(?:of|for)\b", clause.subject)
    said = short(rest) if base in _INCLUDING and is_told else ""
    if said and (base != "include" or "," in said) and not said.startswith(("that", "how", "to ")):
        yield Made(f"What {asked}?", said, "what")


def _of_past(clause: _Clause, base: str) -> Iterator[Made]:
    """When it was done, and by whom."""
    rest = clause.rest
    when = WHEN.search(rest)
    before = rest[: when.start()] if when else ""
    if when and not _BEFORE_DATE.search(before) and not _MORE_VERBS.search(before):
        before, said = before.rstrip(","), when["date"]
    else:
        before, said = _object(rest), clause.date
    if said and base != "have" and _says_what(base, before):
        yield Made(f"When did {clause.subject} {base}{before}?", said, "when")
    done = _object(rest)
    if clause.is_person and clause.phrase.is_name and len(done.split()) >= 3:
        yield Made(f"Who {clause.verb}{done}?", clause.phrase.text, "who")


def _of_number(clause: _Clause, base: str, asked: str) -> Iterator[Made]:
    """How many, and how much."""
    rest = clause.rest
    if base == "have" and (found := _POPULATION.match(rest)):
        be = "was" if clause.verb == "had" else "is"
        yield Made(f"What {be} the population of {clause.subject}?", found["number"], "how many")
    elif found := _COUNTED.match(rest):
        what = found["what"]
        if what.split()[-1] not in _NO_COUNT and found["end"].strip() != "and":
            tail = cut(found["tail"])
            question = f"How many {what} {asked}{f' {tail}' if tail else ''}?"
            yield Made(question, found["number"], "how many")
    if base == "cost" and (found := _AMOUNT.match(rest)):
        yield Made(f"How much {asked}?", found["number"], "how much")


def _says_what(base: str, before: str) -> bool:
    """Whether a verb with what follows it is a whole statement: not "publish in a journal"."""
    first = before.split(maxsplit=1)[0] if before.strip() else ""
    if not first or first in english.FUNCTION - english.DETERMINERS:
        return base in _COMPLETE or (bool(first) and base in _WITH_PLACE)
    return True


def _is_one(before: str) -> bool:
    """Whether what is said before "because" is one short statement."""
    return len(before.split()) <= _MOST_WORDS and _NOT_ONE.search(before) is None


def _object(rest: str) -> str:
    """What follows a verb, up to where the sentence goes on to something else."""
    found = re.match(r"(?:[^,;:.()]|\.(?=\S))+", rest)
    kept = _GOES_ON.split(found.group())[0].strip() if found else ""
    return f" {kept}" if kept and len(kept.split()) <= _MOST_WORDS else ""


def _is_of_person(name: str) -> bool:
    words = name.replace(" and ", " ").split()
    low = {word.lower() for word in words}
    known = english.THINGS | english.GROUPS | english.PLACES | english.COUNTRIES
    return 2 <= len(words) <= 7 and not low & known and "the" not in low
