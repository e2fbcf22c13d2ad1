"""Questions that an English sentence answers, with the words of it that answer them; no model.

More forms than :mod:`eval.drafting.question_forms`, and a person reads each. They are strict all
the same: a question is made of whole phrases, names what it is about, and leans on nothing that was
said before. What is not sure is not made.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from eval.drafting import english_words as english
from eval.drafting.clauses import AT_PLACE, of_clause
from eval.drafting.made import ABOUT, NUMBER, WHEN, Made, cut, is_clear, short, spaced
from eval.drafting.question_forms import questions_from
from eval.drafting.verbs import base_of

__all__ = ["facts_from"]

_THERE = re.compile(
    rf"There (?P<be>are|were) (?:currently )?{ABOUT}(?P<number>{NUMBER})"
    r" (?P<what>(?:[\w-]+ ){0,3}?[\w-]+s) (?P<where>(?:in|on|at|of) [^,;:()]+)(?=[,.;]|$)"
)
_COUNT_FIRST = re.compile(
    rf"(?:About|Around|Over|More than|At least|Approximately|Nearly|Some|Roughly|An estimated)? ?"
    rf"(?P<number>{NUMBER}) (?P<what>(?:[a-z]+ ){{0,2}}(?:[a-z]{{2,}}s|people|children))"
    r" (?P<rest>(?:were|are|have|had|died|live|lived|work|attended|took part)\b[^,;:()]*)"
    r"(?=[,.;]|$)",
    re.IGNORECASE,
)
_SHARE = re.compile(
    rf"{ABOUT}(?P<number>\d[\d.,]* ?(?:%|percent|per cent)) of (?P<rest>[^,;:()]+)(?=[,.;]|$)",
    re.IGNORECASE,
)
_PURPOSE = re.compile(
    r"The (?P<what>(?:(?:main|primary|overall|official|original) )?(?:purpose|goal|aim|role"
    r"|objective|function|mission|motto|capital|task|cause|result|responsibility)"
    r" of [^,;:()]{3,60}?) (?P<be>is|was|are|were) (?P<said>[^;:()]+)"
)
_STANDS_FOR = re.compile(r"\((?P<short>[A-Z][A-Za-z&]{1,7}s?)\)")
_CONDITION = re.compile(
    r"(?P<word>If|When|Before|After) (?P<when>[^,;:()]{8,90}),"
    r" (?P<who>you|[Ee]mployees|[Mm]embers|users)"
    r" (?P<modal>must|should|can|need to|will need to|are required to|have to)"
    r" (?P<what>[a-z][^;:()]+)"
)
_ASKED_BY_MODAL = {
    "need to": "do {} need to do",
    "will need to": "do {} need to do",
    "have to": "do {} have to do",
    "are required to": "are {} required to do",
}
_TO_DO = re.compile(
    r"To (?P<goal>[a-z]+ [^,;:()]{6,80}), (?:(?:you (?:can|must|should|need to|may|have to)"
    r"|please|simply) )?(?P<verb>[a-z]+) [^;:()]+"
)
_COMPLEMENT = re.compile(r"\b(?:is|are|was|were|consists? of) (.+)")
_BESIDE = re.compile(
    r"^What (?:is|are|was|were)"
    r" (?:north|south|east|west|within|among|beyond|opposite|part|\w+ly)\b",
    re.IGNORECASE,
)
# What says nothing of what a thing is.
_PRAISE = re.compile(
    r"(?:an?|one of|the) (?:\w+ly )?(?:important|great|excellent|valuable|serious|good|major|key"
    r"|essential|common|popular|best|most|crucial|vital|effective|significant|notable|wonderful"
    r"|useful|kind of|type of|lot)\b"
)
_FEWEST_TELLING = 5  # words, without a name: "a practice" is no answer


def facts_from(sentence: str, is_person: Callable[[str], bool] = lambda _: False) -> list[Made]:
    """The questions that a sentence answers, the most exact first; often none.

    ``is_person`` tells whether a name is that of a person, as far as the document shows it.

    >>> facts_from("In 1066, the Normans conquered England.")
    [Made(question='When did the Normans conquer England?', answer='1066', asks='when')]
    >>> [(m.question, m.answer) for m in facts_from("The harbour of Lindal has two piers.")]
    [('How many piers does the harbour of Lindal have?', 'two')]
    >>> facts_from("It was built in 1931.")
    []
    """
    text = " ".join(sentence.split())
    made: dict[str, Made] = {}
    for each in (*_of_whole(text), *of_clause(text, is_person), *_of_window(text)):
        question = spaced(each.question)
        question = question[:1].upper() + question[1:]
        if is_clear(question) and not _gives_away(question, each.answer):
            made.setdefault(question, Made(question, each.answer, each.asks))
    return list(made.values())


def _gives_away(question: str, answer: str) -> bool:
    return bool(answer) and f" {answer.lower()} " in f" {question.lower().rstrip('?')} "


def _of_whole(text: str) -> Iterator[Made]:
    """Of forms that take the whole sentence, or stand anywhere in it."""
    if found := _STANDS_FOR.search(text):
        full = _stands_for(found["short"], text[: found.start()])
        if full:
            asked = f"What does {found['short']} stand for?"
            yield Made(asked, full, "what an abbreviation means")
    if found := _PURPOSE.match(text):
        yield Made(f"What {found['be']} the {found['what']}?", short(found["said"]), "what")
    if found := _CONDITION.match(text):
        asked = _ASKED_BY_MODAL.get(found["modal"], f"{found['modal']} {{}} do")
        question = f"What {asked.format(found['who'].lower())} {found['word'].lower()}"
        yield Made(f"{question} {found['when']}?", short(found["what"]), "what to do")
    if found := _TO_DO.match(text):
        goal = found["goal"]
        if base_of(found["verb"]) and base_of(goal.split(maxsplit=1)[0]):
            yield Made(f"How can you {goal}?", "", "how")
    if found := _THERE.match(text):
        question = f"How many {found['what']} {found['be']} there {cut(found['where'])}?"
        yield Made(question, found["number"], "how many")
    if found := _COUNT_FIRST.match(text):
        yield from _counted(f"How many {found['what']}", found, "how many")
    if found := _SHARE.match(text):
        yield from _counted("What percentage of", found, "how much")


def _counted(question: str, found: re.Match[str], asks: str) -> Iterator[Made]:
    """A number of something that is or does something, where that is one thing."""
    rest = cut(found["rest"])
    if rest and not re.search(r"\b(?:and|but|or)\b", rest):
        yield Made(f"{question} {rest}?", found["number"], asks)


def _of_window(text: str) -> Iterator[Made]:
    """Those that the window offers, with the words of the sentence that answer them."""
    for question in questions_from(text):
        word, _, rest = question.partition(" ")
        if word == "When":
            if when := WHEN.search(text):
                yield Made(question, when["date"], "when")
        elif word == "Where":
            place = AT_PLACE.search(text)
            yield Made(question, place["place"] if place else "", "where")
        else:
            found = _COMPLEMENT.search(text)
            said = found.group(1) if found else ""
            of_role = {w.lower() for w in rest.rstrip("?").split()} & english.ROLES
            if _PRAISE.match(said) or _BESIDE.search(question) or (word == "What" and of_role):
                continue
            answer = short(said)
            is_telling = len(answer.split()) >= _FEWEST_TELLING or re.search("[A-Z]", answer)
            yield Made(question, answer if is_telling else "", word.lower())


def _stands_for(abbreviation: str, before: str) -> str:
    """The words before "(IPCC)" that it is made of; empty when their initials are others."""
    letters = [c for c in abbreviation.rstrip("s") if c.isupper()]
    if len(letters) < 2:
        return ""
    words = before.split()
    for count in range(len(letters), len(letters) + 4):
        taken = words[-count:]
        initials = [w[0] for w in taken if w[0].isupper()]
        if len(taken) == count and taken[0][0] == letters[0] and initials == letters:
            return " ".join(taken)
    return ""
