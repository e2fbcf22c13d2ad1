"""Noun phrases and names of English questions and answers, and what they can stand for.

By tables and word order, no parser: a phrase begins at a determiner or a capital and ends before
the next function word or verb. It is used to find what "it", "they" or "there" mean, so
a phrase that is cut too short is harmless and one that runs on is not. Nothing is resolved here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from eval.drafting import english_words as english

__all__ = ["Kind", "NounPhrase", "is_function_word", "is_verb", "noun_phrases", "singular"]


class Kind(Enum):
    """What a pronoun must stand for: he, it, they, there."""

    PERSON = "person"
    THING = "thing"
    GROUP = "group"
    PLACE = "place"


@dataclass(frozen=True, slots=True)
class NounPhrase:
    """A phrase, where it begins, the preposition before it, and what it can stand for."""

    text: str
    start: int
    kinds: frozenset[Kind]
    lead: str = ""
    is_name: bool = False
    is_bare: bool = False

    @property
    def end(self) -> int:
        """Where it ends, exclusive."""
        return self.start + len(self.text)

    @property
    def definite(self) -> str:
        """The phrase as it is spoken of a second time.

        >>> noun_phrases("Did they open a liaison office?")[0].definite
        'the liaison office'
        """
        if self.lead in english.WEAK:  # "their currency swap"
            return f"the {self.text}"
        return _INDEFINITE.sub("the ", self.text, count=1)

    @property
    def head(self) -> str:
        """The noun in the singular, lower case: "visit" of "two state visits of Xi"."""
        return singular(_before_of(self.text)[-1].lower().rstrip("'’"))


_TOKEN = re.compile(r"(?:[A-Z]\.){2,}|[^\W_](?:[\w&-]|\.(?=[^\W_])|['’](?=[a-zA-Z]))*['’]?|[^\w\s]")
_INDEFINITE = re.compile(r"^(?:an?|some|any|this|that|these|those)\s+", re.IGNORECASE)
_ATTACHING = re.compile(r"\s+(?:of|between|against|with|for|on)\s+")
_SUBJECTS = frozenset("i we you he she they".split())
_MODALS = frozenset("will would can could shall should must might".split())
_MAX_WORDS = 8
_ALL = frozenset({Kind.PERSON, Kind.THING, Kind.PLACE})


def is_function_word(word: str) -> bool:
    """Whether a word, in lower case, carries no subject matter."""
    return word in english.FUNCTION or word in english.DETERMINERS


def is_verb(word: str) -> bool:
    """Whether a word is a verb of the table or looks like a past form.

    >>> is_verb("sign"), is_verb("signed"), is_verb("treaty")
    (True, True, False)
    """
    return word in english.VERBS or (len(word) > 4 and word.endswith("ed"))


def singular(noun: str) -> str:
    """A noun without its plural ending.

    >>> [singular(noun) for noun in ("visits", "parties", "boss", "crisis")]
    ['visit', 'party', 'boss', 'crisis']
    """
    if noun.endswith("ies") and len(noun) > 4:
        return noun[:-3] + "y"
    if noun.endswith(("ses", "xes", "ches", "shes")):
        return noun[:-2]
    return noun[:-1] if _is_plural(noun) else noun


def noun_phrases(text: str) -> list[NounPhrase]:
    """The phrases of a text in order; two names or plurals joined by "and" are one as well.

    >>> [p.text for p in noun_phrases("Where did the summit of the two Koreas take place?")]
    ['the summit of the two Koreas']
    >>> [p.text for p in noun_phrases("Lee Jae Myung met Xi Jinping in Gyeongju.")]
    ['Lee Jae Myung', 'Xi Jinping', 'Gyeongju']
    >>> [p.text for p in noun_phrases("I hope South Korea will strengthen the dialogue.")]
    ['South Korea', 'the dialogue']
    """
    return _with_pairs(list(_phrases(text)), text)


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    start: int
    end: int

    @property
    def low(self) -> str:
        return self.text.lower().removesuffix("'s").removesuffix("’s").rstrip("'’")

    @property
    def is_word(self) -> bool:
        return self.text[0].isalnum()

    @property
    def is_capital(self) -> bool:
        return self.text[0].isupper()

    @property
    def owns(self) -> bool:
        return self.text.endswith(("'s", "’s", "s'", "s’"))


def _phrases(text: str) -> Iterator[NounPhrase]:
    tokens = [_Token(m.group(), *m.span()) for m in _TOKEN.finditer(text)]
    at = 0
    while at < len(tokens):
        end = _end(tokens, at)
        if end is None:
            at += 1
            continue
        begin, last = tokens[at], tokens[end - 1]
        words = tokens[at:end]
        lead = tokens[at - 1].low if at else ""
        own_end = last.start + len(last.text)
        if last.owns and end < len(tokens) and tokens[end].is_word:
            own_end -= len(last.text) - len(last.text.rstrip("s").rstrip("'’"))
        is_name = all(
            t.is_capital for t in words if t.low not in english.DETERMINERS | english.PARTICLES
        )
        is_bare = not is_name and begin.low not in english.DETERMINERS and lead not in english.WEAK
        phrase = NounPhrase(
            text[begin.start : own_end], begin.start, frozenset(), lead, is_name, is_bare
        )
        yield replace(phrase, kinds=_kinds(phrase))
        at = end


def _end(tokens: Sequence[_Token], at: int) -> int | None:
    """One past the last token of the phrase that begins at ``at``, None where none begins."""
    first = tokens[at]
    if not first.is_word or first.low in english.WEAK or first.text.isdigit():
        return None
    if first.low in english.DETERMINERS:
        end = _nouns(tokens, at + 1)
        return None if end == at + 1 else _attached(tokens, end)
    if first.is_capital and not _is_sentence_word(tokens, at):
        end = _name(tokens, at)
        if tokens[end - 1].owns:  # "Lee's budget"
            end = max(end, _nouns(tokens, end))
        elif not _is_subject(tokens, at) and _ends_after(tokens, end):
            end = _nouns(tokens, end)  # "APEC summit"
        return _attached(tokens, end)
    if _is_after_subject(tokens, at):
        return None
    end = _nouns(tokens, at)
    is_part_of_verb = end == at + 1 and first.low in ("part", "place")  # "took part"
    if end == at or is_part_of_verb or first.low in english.CALENDAR:
        return None
    return _attached(tokens, end)


def _is_after_subject(tokens: Sequence[_Token], at: int) -> bool:
    """Whether a verb is due: after "I", or after "Korea will", but not after "what will"."""
    if at and tokens[at - 1].low in _SUBJECTS:
        return True
    if at < 2 or tokens[at - 1].low not in _MODALS:
        return False
    before = tokens[at - 2]
    return before.is_word and not is_function_word(before.low)


def _is_sentence_word(tokens: Sequence[_Token], at: int) -> bool:
    """A capital that only begins the sentence, or a day or month."""
    low = tokens[at].low
    if low in english.CALENDAR and low != "may":
        return True
    if low in english.FUNCTION or low[:2] in ("i'", "i’"):
        return True
    if at and tokens[at - 1].text not in ".?!:":
        return False
    # The first word of a sentence is a name when another capital or a verb follows.
    after = tokens[at + 1] if at + 1 < len(tokens) else None
    if is_verb(low) or after is None or not after.is_word:
        return is_verb(low)
    acts = is_verb(after.low) or after.low in english.AUXILIARIES
    is_plural = _is_plural(low) and not tokens[at].owns
    return not (after.is_capital or tokens[at].owns or tokens[at].text[1:2].isupper()) and (
        is_plural or not acts
    )


def _name(tokens: Sequence[_Token], at: int) -> int:
    end = at + 1
    while end < len(tokens) and not tokens[end - 1].owns:
        token = tokens[end]
        in_name = token.is_word and (token.is_capital or token.text.isdigit())
        in_name = in_name and token.low not in english.FUNCTION | english.CALENDAR
        if not in_name and not (token.low in english.PARTICLES and _follows_capital(tokens, end)):
            break
        end += 1
    return end


def _follows_capital(tokens: Sequence[_Token], at: int) -> bool:
    rest = [t for t in tokens[at + 1 : at + 3] if t.low not in english.PARTICLES]
    return bool(rest) and rest[0].is_word and rest[0].is_capital


def _nouns(tokens: Sequence[_Token], at: int) -> int:
    """One past the run of words without function words and verbs that begins at ``at``."""
    end = at
    # "was the second visit": a verb follows only after "did the ..." and the like.
    before = tokens[at - 2].low if at > 1 else ""
    has_article = at > 0 and tokens[at - 1].low in english.DETERMINERS
    has_no_verb = has_article and before not in english.TAKES_VERB
    while end < len(tokens) and end - at < _MAX_WORDS and tokens[end].is_word:
        token = tokens[end]
        if token.low in english.FUNCTION and not token.text[1:].isupper():
            break
        first = end == at and at > 0 and tokens[at - 1].low in english.DETERMINERS
        is_noun = has_no_verb and token.low in english.NOUNS_AS_WELL
        if is_verb(token.low) and not token.is_capital and not first and not is_noun:
            break
        end += 1
    while end - at > 1 and _trails(tokens[end - 1]):
        end -= 1
    return end


def _trails(token: _Token) -> bool:
    """Whether a word at the end is an adverb or an adjective: "is the museum expensive"."""
    low = token.low
    is_adverb = low.endswith("ly") and low not in english.NO_ADVERB
    return (
        is_adverb
        or low in english.ADJECTIVES
        or low.endswith(("able", "ible", "ous", "ful", "less"))
    )


def _is_subject(tokens: Sequence[_Token], at: int) -> bool:
    """Whether the next word after a name must be its verb: "did Queen Anne read"."""
    return at > 0 and tokens[at - 1].low in ("do", "does", "did")


def _ends_after(tokens: Sequence[_Token], at: int) -> bool:
    """Whether one or two nouns follow before the phrase must end: "APEC summit in"."""
    end = _nouns(tokens, at)
    return 1 <= end - at <= 2


def _attached(tokens: Sequence[_Token], end: int) -> int:
    """The end with "of ...", "between ... and ..." when a phrase follows."""
    if end + 1 >= len(tokens) or tokens[end].low not in english.ATTACHED:
        return end
    if tokens[end + 1].low in english.CALENDAR:
        return end
    further = _end(tokens, end + 1)
    if further is None:
        return end
    if tokens[end].low == "between" and further + 1 < len(tokens) and tokens[further].low == "and":
        further = _end(tokens, further + 1) or further
    return further


def _kinds(phrase: NounPhrase) -> frozenset[Kind]:
    words = [w.lower().rstrip(".'’") for w in _before_of(phrase.text)]
    parts = set(words)
    head = phrase.head
    if words[0] in english.TITLES or (not phrase.is_name and head in english.ROLES):
        is_plural = not phrase.is_name and _is_plural(_last_noun(phrase))
        return frozenset({Kind.GROUP} if is_plural else {Kind.PERSON})
    if parts & english.GROUPS or head in english.GROUPS:
        return frozenset({Kind.GROUP, Kind.THING})
    if phrase.is_name:
        return _kinds_of_name(phrase, parts)
    return _kinds_of_noun(head, is_plural=_is_plural(_last_noun(phrase)))


def _kinds_of_noun(head: str, *, is_plural: bool) -> frozenset[Kind]:
    if is_plural:
        return frozenset({Kind.GROUP})
    if head in english.PLACES:
        return frozenset({Kind.PLACE, Kind.THING})
    is_person = head.endswith(("ist", "ician", "woman", "person"))
    return frozenset({Kind.PERSON if is_person else Kind.THING})


def _kinds_of_name(phrase: NounPhrase, parts: set[str]) -> frozenset[Kind]:
    if parts & english.THINGS or "the" in parts:
        return frozenset({Kind.THING} | ({Kind.GROUP} if "the" in parts else set()))
    if parts & english.COUNTRIES or parts & english.PLACES:
        return frozenset({Kind.PLACE, Kind.THING, Kind.GROUP})
    if phrase.text.isupper():
        return frozenset({Kind.THING, Kind.GROUP})
    if phrase.lead in english.LOCATIVE:
        return frozenset({Kind.PLACE, Kind.THING})
    if any(part.isdigit() for part in parts):
        return frozenset({Kind.THING})
    return _ALL


def _last_noun(phrase: NounPhrase) -> str:
    return _before_of(phrase.text)[-1].lower().rstrip("'’")


def _before_of(text: str) -> list[str]:
    """The words of a phrase without what is attached to it."""
    return _ATTACHING.split(text)[0].split()


def _is_plural(noun: str) -> bool:
    return (
        len(noun) > 3
        and noun.endswith("s")
        and not noun.endswith(("ss", "us", "is", "ics", "news", "series"))
    ) or noun in ("people", "children", "men", "women")


def _with_pairs(phrases: list[NounPhrase], text: str) -> list[NounPhrase]:
    """The phrases, and after two that are joined by "and" both together as a group."""
    out: list[NounPhrase] = []
    for i, phrase in enumerate(phrases):
        out.append(phrase)
        before = phrases[i - 1] if i else None
        if before is None or text[before.end : phrase.start].strip() != "and":
            continue
        if before.is_name == phrase.is_name:
            joined = text[before.start : phrase.end]
            kinds = frozenset({Kind.GROUP})
            out.append(NounPhrase(joined, before.start, kinds, before.lead, phrase.is_name))
    return out
