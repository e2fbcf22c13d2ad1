"""What "he", "it", "they" or "there" in a follow-up stand for (English rules).

Candidates are the noun phrases of the last questions and answers. The last question comes before
its answer, its subject before the rest; an answer comes first for a person where "who" was
asked. Number and kind must agree. What the follow-up names itself stands for nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from index.sentences import sentence_spans
from rag.noun_phrases import Kind, NounPhrase, noun_phrases, singular

__all__ = [
    "Exchange",
    "Resolved",
    "antecedent",
    "pronouns",
    "put_in_place",
    "resolved",
    "short",
    "topic",
]


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question as it was understood, and the answer to it ("" before there is one).

    ``meant`` is what its pronouns stood for: what is spoken of on and on is meant again.
    """

    question: str
    answer: str = ""
    meant: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pronoun:
    """A pronoun that must be resolved: where it stands, what it can stand for."""

    word: str
    start: int
    end: int
    kinds: tuple[Kind, ...]
    owns: bool


_PERSON = (Kind.PERSON,)
_THING = (Kind.THING,)
_GROUP = (Kind.GROUP,)
_KINDS = {
    "he": _PERSON, "him": _PERSON, "she": _PERSON, "his": _PERSON, "her": _PERSON,
    "it": _THING, "its": _THING, "this": _THING, "that": _THING,
    "they": _GROUP, "them": _GROUP, "their": _GROUP, "these": _GROUP, "those": _GROUP,
    "there": (Kind.PLACE,),
}  # fmt: skip
_OWN = frozenset(("his", "its", "their"))
_PRONOUN = re.compile(rf"\b(?:{'|'.join(_KINDS)})\b", re.IGNORECASE)
_POINTS = frozenset(("this", "that", "these", "those"))
_VERB = (
    r"is|was|were|are|did|do|does|has|have|had|can|could|will|would|happen\w*|means?|took|takes?"
    r"|costs?|works?|affects?|applies|apply"
)
_POINTS_AT = re.compile(rf"\s*(?:[?.,!;]|$)|\s+(?:{_VERB})\b", re.IGNORECASE)
_BEFORE_POINTER = re.compile(
    r"(?:^|[,;]|\b(?:is|was|were|are|did|do|does|has|have|had|can|could|will|would|about|of|on|to|in"
    r"|at|for|with|by|from|after|before|than|like|as|and|but|so|why|how|when|where|say|said|do"
    r"|call|called|mean))\s*$",
    re.IGNORECASE,
)
# "Is it possible to", "does it take", "what time is it": nothing is meant.
_EMPTY_IT = re.compile(
    r"\bit\s+(?:\w+ly\s+)?(?:possible|true|correct|necessary|important|required|likely|worth|legal"
    r"|safe|better|best|easy|hard|okay|ok|rains?|snows?|takes?\s+to|takes?\s+for)\b"
    r"|\b(?:what\s+time|what\s+day|how\s+(?:cold|hot|warm|late))\s+is\s+it\b"
    r"|\bit\s+(?:mean|take|cost)s?\s+(?:\w+\s+)?to\b|\b(?:does|did)\s+it\s+(?:take\s+(?:to|for)|matter|make\s+sense)\b|\bif\s+it\s+is\b",
    re.IGNORECASE,
)
# "Is there a ...": no place is meant.
_EMPTY_THERE = re.compile(
    r"(?<!who )(?<!who else )\b(?:is|are|was|were|be|been|isn't|aren't|has|have|had)\s+there\b"
    r"|\bthere\s+(?:is|are|was|were|be|been|isn't|aren't|will|must|should|has|have)\b",
    re.IGNORECASE,
)
_OF_WHICH = re.compile(r"\bof\s+$", re.IGNORECASE)
_PREPOSITION = re.compile(r"\b(?:from|to|in|at|near|around|over|up|down)\s+$", re.IGNORECASE)
_GOES = re.compile(r"\b(?:go|goes|going|went|get|travel|travell?ed|come|came|fly|drive)\s+$", re.I)
_WHO = re.compile(r"\b(?:who|whom|whose|which\s+(?:president|minister|person|man|woman))\b", re.I)
_WHERE = re.compile(r"\b(?:where|which\s+(?:city|country|town|place))\b", re.I)
_IS_NAMED_PERSON = re.compile(r"^who(?:'s|\s+(?:is|was))\s+", re.IGNORECASE)
_IS_THING = re.compile(r"^what(?:'s|\s+(?:is|was|does|did))\s+", re.IGNORECASE)
_AFTER_AUXILIARY = re.compile(
    r"\b(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should)\s+$", re.I
)
_DOES = re.compile(r"\b(?:do|does|did)\s+$", re.IGNORECASE)
_ACTS = re.compile(
    r"\s+(?:(?:ask|believe|die|feel|live|marry|meet|promise|propose|resign|retire|said|say|speak|tell"
    r"|think|urge|visit|want|warn|write)\b|.{0,30}\bborn\b)",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.?!]\s")
_CLAUSE = re.compile(
    r"[,;:]|\b(?:and|but|or|when|if|because|that|who|which|while|after|before|so|to)\b", re.I
)
_DECLARES = re.compile(r"^(?:this|that|these|those)\s+(?!one)\w+", re.IGNORECASE)
_GENERIC = frozenset(
    "advantage difference example idea information issue kind lot matter number one part process"
    " question reason step thing type way".split()
)
_SHE = frozenset("mrs ms miss queen princess lady woman girl mother wife daughter sister".split())
_HE = frozenset("mr king prince sir lord man boy father husband son brother".split())
_OF = re.compile(r"\s+(?:of|between|with|against|for|on)\s+")
_ARTICLES = frozenset(("the", "a", "an", "of"))
_SHORT = 8  # words
_ANSWER_SENTENCES = 3


@dataclass(frozen=True, slots=True)
class Resolved:
    """A question with its pronouns replaced: what they stood for, and those that are left."""

    text: str
    meant: tuple[str, ...]
    left: tuple[Pronoun, ...]


def resolved(question: str, before: Sequence[Exchange]) -> Resolved:
    """The question with its pronouns replaced where something said before agrees with them.

    >>> resolved("When did she sign it?", [Exchange("Did Queen Anne read the treaty?")]).text
    'When did Queen Anne sign the treaty?'
    """
    left: list[Pronoun] = []
    out, at = "", 0
    done: dict[tuple[Kind, ...], str] = {}
    for pronoun in pronouns(question):
        if pronoun.kinds in done:
            continue  # the second "he" is the first
        found = antecedent(pronoun, " ".join((question, *done.values())), before)
        if found is None:
            left.append(pronoun)
            continue
        done[pronoun.kinds] = found.text
        out += question[at : pronoun.start] + _in_place(found, pronoun, question)
        at = pronoun.end
    text = out + question[at:]
    text = text[:1].upper() + text[1:] if done else text
    return Resolved(text, tuple(done.values()), tuple(left))


def pronouns(question: str) -> Iterator[Pronoun]:
    """The pronouns that nothing in the question itself stands for, in order.

    >>> [p.word for p in pronouns("What did the president say about his budget?")]
    []
    >>> [p.word for p in pronouns("Is it possible to visit it?")]
    ['it']
    """
    empty = [found.span() for found in _EMPTY_IT.finditer(question)]
    empty += [found.span() for found in _EMPTY_THERE.finditer(question)]
    inside = noun_phrases(question)
    for found in _PRONOUN.finditer(question):
        word = found.group().lower()
        if any(a <= found.start() < b for a, b in empty):
            continue
        if word in _POINTS and not _is_pointing(question, found):
            continue
        kinds = _KINDS[word]
        owns = word in _OWN or (word == "her" and re.match(r"\s+\w", question[found.end() :]))
        pronoun = Pronoun(found.group(), found.start(), found.end(), kinds, bool(owns))
        earlier = [phrase for phrase in inside if phrase.end <= found.start()]
        if not any(_binds(phrase, pronoun, question) for phrase in earlier):
            yield pronoun


def antecedent(pronoun: Pronoun, question: str, before: Sequence[Exchange]) -> NounPhrase | None:
    """What a pronoun stands for, None when nothing said before agrees with it."""
    for exchange in reversed(before):
        for kinds in _kinds_to_try(pronoun):
            for phrase in _candidates(exchange, kinds):
                if _agrees(phrase, kinds, pronoun) and not _names_itself(phrase, question):
                    return phrase
    return None


def put_in_place(phrase: NounPhrase, pronoun: Pronoun, question: str) -> str:
    """The question with a phrase where the pronoun stands."""
    within = _in_place(phrase, pronoun, question)
    text = question[: pronoun.start] + within + question[pronoun.end :]
    return text[:1].upper() + text[1:]


def topic(before: Sequence[Exchange], question: str = "") -> str:
    """What was spoken of last, as a short noun phrase; "" when nothing was."""
    for exchange in reversed(before):
        phrases = _in_order([_as_asked(p, exchange.question) for p in _asked(exchange)])
        phrases = [p for p in phrases if not _names_itself(p, question)]
        phrases.sort(key=lambda p: p.head in _GENERIC and " of " not in p.text)
        phrases.sort(key=lambda p: p.text not in exchange.meant)
        if phrases:
            return short(phrases[0])
        for phrase in noun_phrases(_first_sentences(exchange.answer)):
            if phrase.is_name and not _names_itself(phrase, question):
                return short(phrase)
    return ""


def short(phrase: NounPhrase) -> str:
    """The phrase as it is spoken of a second time, at most ``_SHORT`` words.

    >>> short(noun_phrases("What is a long legal name of the second largest city of the north?")[0])
    'the long legal name'
    """
    words = phrase.definite.split()
    if len(words) <= _SHORT:
        return phrase.definite
    head = _OF.split(phrase.definite)[0]
    return " ".join(head.split()[:_SHORT])


def _in_place(phrase: NounPhrase, pronoun: Pronoun, question: str) -> str:
    text = short(phrase)
    if pronoun.word.lower() == "there":
        before = question[: pronoun.start]
        if not _PREPOSITION.search(before):
            lead = "to" if _GOES.search(before) else "in" if phrase.is_name else "at"
            return f"{lead} {text}"
    if (
        phrase.is_bare
        and Kind.GROUP in phrase.kinds
        and _OF_WHICH.search(question[: pronoun.start])
    ):
        text = f"the {text}"
    if not pronoun.owns:
        return text
    return text + ("'" if text.endswith("s") and Kind.GROUP in phrase.kinds else "'s")


def _kinds_to_try(pronoun: Pronoun) -> list[tuple[Kind, ...]]:
    """The kinds that agree, then those that may: "they" is said of a firm, "it" of a list."""
    word = pronoun.word.lower()
    if word in ("they", "them", "their"):
        return [_GROUP, (Kind.PERSON, Kind.THING)]
    if word in ("these", "those", "this", "that"):
        return [pronoun.kinds, (Kind.THING, Kind.GROUP)]
    return [pronoun.kinds, (Kind.GROUP,)] if word in ("it", "its") else [pronoun.kinds]


def _asked(exchange: Exchange) -> list[NounPhrase]:
    """The phrases of a question, longer ones before the names within them."""
    out = []
    for phrase in noun_phrases(exchange.question):
        out.append(phrase)
        inner = _OF.search(phrase.text)
        if inner is not None:
            at = phrase.start + inner.end()
            named = [p for p in noun_phrases(exchange.question[at : phrase.end]) if p.is_name]
            out += [replace(p, start=at + p.start) for p in named]
    return out


def _candidates(exchange: Exchange, kinds: tuple[Kind, ...]) -> list[NounPhrase]:
    """The phrases of one exchange, the likeliest first."""
    asked = [_as_asked(p, exchange.question) for p in _asked(exchange)]
    asked = _in_order(asked)
    if kinds == _THING:  # rather "the swap" than the country that renewed it
        asked.sort(key=lambda p: bool(p.kinds - {Kind.THING}) and p.is_name)
    asked.sort(key=lambda p: p.text not in exchange.meant)
    answered = noun_phrases(_first_sentences(exchange.answer))
    asked_for = (kinds == _PERSON and _WHO.search(exchange.question)) or (
        kinds == (Kind.PLACE,) and _WHERE.search(exchange.question)
    )
    if asked_for and not _IS_NAMED_PERSON.match(exchange.question):
        named = {p.text for p in asked}
        answered = [p for p in answered if p.text not in named]
        return [*answered, *asked]
    return [*asked, *answered]


def _in_order(phrases: Sequence[NounPhrase]) -> list[NounPhrase]:
    """Phrases with an article and names in their order, pairs before their parts, others last."""
    return sorted(phrases, key=lambda p: (p.is_bare, p.start, -p.end))


def _as_asked(phrase: NounPhrase, question: str) -> NounPhrase:
    """“Who is X” makes X a person, "What is X" a thing; "did X ..." makes it the subject."""
    if phrase.is_bare and _AFTER_AUXILIARY.search(question[: phrase.start]):
        phrase = replace(phrase, is_bare=False)
    named = _IS_NAMED_PERSON.match(question)
    if named and phrase.start == named.end():
        return replace(phrase, kinds=frozenset({Kind.PERSON}))
    may_act = phrase.is_name and Kind.PERSON in phrase.kinds
    if may_act and _DOES.search(question[: phrase.start]) and _ACTS.match(question, phrase.end):
        return replace(phrase, kinds=frozenset({Kind.PERSON}))
    thing = _IS_THING.match(question)
    if thing and phrase.start == thing.end() and " is " in f" {thing.group()} ".lower():
        return replace(phrase, kinds=phrase.kinds - {Kind.PERSON} or frozenset(_THING))
    return phrase


def _agrees(phrase: NounPhrase, kinds: tuple[Kind, ...], pronoun: Pronoun) -> bool:
    words = set(phrase.text.lower().replace(".", "").split())
    word = pronoun.word.lower()
    if (word in ("he", "him", "his") and words & _SHE) or (word in ("she", "her") and words & _HE):
        return False
    return bool(phrase.kinds & set(kinds))


def _names_itself(phrase: NounPhrase, question: str) -> bool:
    """Whether the question holds the phrase's own words already."""
    held = {singular(word) for word in _words(question)}
    return all(singular(word) in held for word in _words(phrase.text) if word not in _ARTICLES)


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.lower())


def _binds(phrase: NounPhrase, pronoun: Pronoun, question: str) -> bool:
    """Whether a phrase of the same question, before the pronoun, is what it stands for."""
    between = question[phrase.end : pronoun.start]
    if _SENTENCE_END.search(between):
        return True  # it was introduced in the sentence before
    word = pronoun.word.lower()
    if word in _POINTS:
        return False
    is_subject = word in ("he", "she", "they")
    if not (is_subject or pronoun.owns or _CLAUSE.search(between)):
        return False  # "the process for it": an object is not its own subject
    if phrase.is_name and _ACTS.match(question, phrase.end):
        return Kind.PERSON in pronoun.kinds
    if phrase.is_bare and pronoun.kinds == _THING:
        return False
    exact = phrase.kinds & set(pronoun.kinds)
    is_owner = phrase.is_name and pronoun.owns  # "Where does Acme keep its index?"
    return bool(exact) and (is_owner or len(phrase.kinds) < 3 or pronoun.kinds != _THING)


def _is_pointing(question: str, found: re.Match[str]) -> bool:
    """Whether "that" stands for something: not "the man that came", "that man", "That means"."""
    if found.start() == 0 and _DECLARES.match(question):
        return False
    if _BEFORE_POINTER.search(question[: found.start()]) is None:
        return _POINTS_AT.match(question, found.end()) is not None and (
            question[found.end() :].strip(" ?.!") == ""
        )
    return _POINTS_AT.match(question, found.end()) is not None


def _first_sentences(answer: str) -> str:
    """The first sentences without their markers."""
    plain = re.sub(r"\s*\[\d{1,3}\]", "", answer)[:2000]
    spans = sentence_spans(plain, "en")[:_ANSWER_SENTENCES]
    return plain[: spans[-1].end] if spans else ""
