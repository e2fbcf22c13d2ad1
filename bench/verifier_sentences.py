"""Sentences made from a true one: some say the same in other words, some do not.

Every function takes the sentence and a seeded ``random.Random`` and gives the new sentence, or
None when nothing in it can be changed in that way. The words that are exchanged are chosen here
and not taken from ``rag/``, so that the verifier is not asked only what it was told.
"""

# ruff: noqa: ARG001 (all changes are called alike)

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

__all__ = ["ALIKE", "CHANGED", "NAME", "NOUN", "Change", "statement"]

Change = Callable[[str, Random], str | None]

NAME = re.compile(r"\b[A-Z][\w’'-]*[a-z][\w’'-]*(?: [A-Z][\w’'-]*[a-z][\w’'-]*)*")
_PLAIN = r"[a-z]{3,}"
# What ends a noun phrase, so that the word before it is a noun.
_AFTER_NOUN = (
    "of in on at to from by with for and or that which who was were is are has had".split()
)
_END = rf"(?=[,.;)]| (?:{'|'.join(_AFTER_NOUN)})\b)"
NOUN = re.compile(rf"(?<=\bthe |..\ba ){_PLAIN}{_END}")
_NOUN_PHRASE = rf"(?:[Tt]he|[Aa]n?|[Hh]is|[Tt]heir|[Ii]ts) (?:{_PLAIN} )?{_PLAIN}"
_MONTHS = (
    "January February March April May June July August September October November December".split()
)
_MONTH = "|".join(_MONTHS)
_SMALL = "two three four five six seven eight nine ten eleven twelve".split()
_DIGITS = re.compile(r"(?<![\w.,])\d[\d,.]*\d(?![\w])|(?<![\w.,])\d(?![\w])")
_YEAR = re.compile(r"(?<![\w.,])(?:1[0-9]|20)\d\d(?![\w,.]\d|\w)")
_OPPOSITES = tuple(
    pair.partition("/")[::2]
    for pair in (
        "increased/decreased increase/decrease higher/lower larger/smaller largest/smallest"
        " highest/lowest more/fewer northern/southern eastern/western north/south east/west"
        " won/lost accepted/rejected allowed/forbidden legal/illegal major/minor public/private"
        " included/excluded rose/fell positive/negative male/female internal/external gained/lost"
        " majority/minority upper/lower possible/impossible successful/unsuccessful old/new"
        " strong/weak supported/opposed hot/cold rich/poor maximum/minimum above/below"
        " inside/outside oldest/youngest longest/shortest best/worst improved/worsened"
        " known/unknown common/rare always/rarely most/least"
    ).split()
)
_VERBS = (
    "built sold bought founded destroyed wrote read opened closed defeated joined visited praised"
    " criticised accepted signed ignored protected attacked released recorded invented copied"
    " helped hired dismissed painted repaired caused prevented doubled halved started stopped"
    " moved kept lost found gave took sent received allowed described discovered developed"
    " produced published played raised ruled established created led used killed named added"
).split()
_VERB = re.compile(rf"(?<=[a-z] )\b(?:{'|'.join(_VERBS)})\b")
# "the company sued the bank", "was sued by": what did it, and to whom.
_ROLES = re.compile(
    rf"\b(?P<one>{_NOUN_PHRASE}|{NAME.pattern}) (?P<verb>(?:(?:is|are|was|were|be|been) )?"
    rf"(?:{_PLAIN}ed|{'|'.join(_VERBS)})(?: by)?) (?P<other>{_NOUN_PHRASE}{_END}|{NAME.pattern})"
)
_ORDER = (("before", "after"), ("earlier", "later"), ("first", "last"), ("until", "since"))
_AUXILIARY = re.compile(
    r"\b(is|are|was|were|has|have|had|can|could|will|would|may|should|must|does|did)\b(?! not)"
)
_SPANISH = re.compile(r"\b(es|son|fue|fueron|era|eran|tiene|tenía|está|puede|había|ha)\b")
_BASE = {
    "became": "become", "won": "win", "took": "take", "made": "make", "led": "lead",
    "began": "begin", "wrote": "write", "reached": "reach", "received": "receive",
}  # fmt: skip
_DENIAL = re.compile(r"\b(?:not|never|cannot|no)\b|n't\b|n’t\b", re.IGNORECASE)


def statement(question: str, answer: str) -> str | None:
    """A question for the subject with its answer in its place.

    >>> statement("Who wrote Dracula?", "Bram Stoker")
    'Bram Stoker wrote Dracula.'
    """
    found = re.fullmatch(
        r"(?:who (?!did|do|does|else|to\b)|what (?=(?:is|was|are|were)\b))(\S+ .+?) ?\??",
        question.strip(),
        re.IGNORECASE,
    )
    return f"{answer[:1].upper()}{answer[1:]} {found[1]}." if found else None


def _without_parenthesis(sentence: str, random: Random) -> str | None:
    shorter = re.sub(r" ?\([^()]{3,}\)", "", sentence, count=1)
    return shorter if shorter != sentence else None


def _without_clause(sentence: str, random: Random) -> str | None:
    head, comma, _ = sentence.rpartition(",")
    return f"{head.rstrip()}." if comma and len(head.split()) > 5 else None


def _other_date_form(sentence: str, random: Random) -> str | None:
    changed = re.sub(rf"\b(\d{{1,2}}) ({_MONTH}),? (\d{{4}})", r"\2 \1, \3", sentence)
    if changed == sentence:
        changed = re.sub(rf"\b({_MONTH}) (\d{{1,2}}) ?, (\d{{4}})", r"\2 \1 \3", sentence)
    return changed if changed != sentence else None


def _digits_for_words(sentence: str, random: Random) -> str | None:
    found = re.search(rf"\b(?:{'|'.join(_SMALL)})\b", sentence)
    if found is None:
        return None
    return sentence[: found.start()] + str(_SMALL.index(found[0]) + 2) + sentence[found.end() :]


def _words_for_digits(sentence: str, random: Random) -> str | None:
    found = re.search(rf"(?<=[a-z] )(?:[2-9]|1[0-2])(?= (?!{_MONTH})[a-z]{{3}})", sentence)
    if found is None:
        return None
    return sentence[: found.start()] + _SMALL[int(found[0]) - 2] + sentence[found.end() :]


def _other_number_form(sentence: str, random: Random) -> str | None:
    changed = re.sub(r"(?<=\d),(?=\d{3}\b)", random.choice(["", "\u202f"]), sentence)
    changed = re.sub(r"(?<=\d) ?%", " percent", changed)
    return changed if changed != sentence else None


def _typography(sentence: str, random: Random) -> str | None:
    changed = re.sub(r" (?=[,.;:)?!]|'s\b)", "", sentence).replace("( ", "(").replace("`` ", "“")
    changed = changed.replace(" ''", "”").replace("'", "’").replace(" - ", "-").replace("--", "–")
    changed = re.sub(r'"([^"]*)"', r"«\1»", changed).replace("fi", "ﬁ")
    return changed.replace(" ", "\u00a0", 1) if changed != sentence else None


def _line_breaks(sentence: str, random: Random) -> str | None:
    words = sentence.split(" ")
    return "".join(w + ("\n" if i % 7 == 6 else " ") for i, w in enumerate(words)).strip()


def _another_digit(sentence: str, random: Random) -> str | None:
    found = list(_DIGITS.finditer(sentence))
    if not found:
        return None
    number = random.choice(found)
    places = [i for i in range(*number.span()) if sentence[i].isdigit()]
    i = random.choice(places)
    other = random.choice([d for d in "123456789" if d != sentence[i]])
    return sentence[:i] + other + sentence[i + 1 :]


def _another_number_word(sentence: str, random: Random) -> str | None:
    found = re.search(rf"\b(?:{'|'.join(_SMALL)})\b", sentence)
    if found is None:
        return None
    other = random.choice([word for word in _SMALL if word != found[0]])
    return sentence[: found.start()] + other + sentence[found.end() :]


def _another_scale(sentence: str, random: Random) -> str | None:
    scales = ["thousand", "million", "billion"]
    found = re.search(rf"\b(?:{'|'.join(scales)})\b", sentence)
    if found is None:
        return None
    other = random.choice([scale for scale in scales if scale != found[0]])
    return sentence[: found.start()] + other + sentence[found.end() :]


def _another_share(sentence: str, random: Random) -> str | None:
    found = re.search(r"(?<![\w.,])(\d+)(?=[\d.]* ?(?:%|per ?cent))", sentence)
    if found is None:
        return None
    other = str((int(found[0]) + random.randint(1, 60)) % 100 or 1)
    if other == found[0]:
        return None
    return sentence[: found.start()] + other + sentence[found.end() :]


def _swapped_numbers(sentence: str, random: Random) -> str | None:
    found = [m for m in _DIGITS.finditer(sentence) if sentence.count(m[0]) == 1]
    if len(found) < 2 or re.search(rf"\b(?:{_MONTH})\b", sentence):  # "1954 May 26" is no error
        return None
    return _swapped(sentence, found[0], found[-1])


def _another_year(sentence: str, random: Random) -> str | None:
    found = list(_YEAR.finditer(sentence))
    if not found:
        return None
    year = random.choice(found)
    other = str(int(year[0]) + random.choice([-30, -10, -2, -1, 1, 2, 7, 10]))
    return sentence[: year.start()] + other + sentence[year.end() :]


def _another_month(sentence: str, random: Random) -> str | None:
    found = re.search(rf"\b(?:{_MONTH})\b(?= \d)|(?<=\d )(?:{_MONTH})\b", sentence)
    if found is None:
        return None
    other = random.choice([month for month in _MONTHS if month not in sentence])
    return sentence[: found.start()] + other + sentence[found.end() :]


def _swapped_names(sentence: str, random: Random) -> str | None:
    found = [m for m in NAME.finditer(sentence) if m.start() > 0 and sentence.count(m[0]) == 1]
    return _swapped(sentence, found[0], found[-1]) if len(found) > 1 else None


def _denied(sentence: str, random: Random) -> str | None:
    if _DENIAL.search(sentence):
        return None
    if re.search("[一-鿿]", sentence):
        changed = re.sub("(?<![不没])(是|会|能)", r"不\1", sentence, count=1)
    elif re.search(r"\b(?:el|la|los|las|de|en)\b", sentence):
        changed = _SPANISH.sub(r"no \1", sentence, count=1)
    elif _AUXILIARY.search(sentence):
        changed = _AUXILIARY.sub(random.choice([r"\1 not", r"\1 never"]), sentence, count=1)
        if random.random() < 0.3:
            changed = re.sub(r"(is|are|was|were|did|could|would) not", r"\1n't", changed, count=1)
    else:
        changed = re.sub(rf"\b(?:{'|'.join(_BASE)})\b", _failed, sentence, count=1)
        if changed == sentence:
            changed = re.sub(r"(?<=[a-z] )([a-z]+ed)\b", r"never \1", sentence, count=1)
    return changed if changed != sentence else None


def _failed(found: re.Match[str]) -> str:
    return f"failed to {_BASE[found[0]]}"


def _affirmed(sentence: str, random: Random) -> str | None:
    changed = re.sub(r" (?:not|never)\b(?! only)|n['’]t\b", "", sentence, count=1)
    if changed == sentence:
        changed = re.sub(r"\bwithout\b", "with", sentence, count=1)
    if changed == sentence:
        changed = re.sub(r"(?<=[a-záéíó] )no (?=[a-z])", "", sentence, count=1)
    if changed == sentence:
        changed = re.sub("(?:不(?=[是会能])|没(?=有))", "", sentence, count=1)
    return changed if changed != sentence else None


def _another_verb(sentence: str, random: Random) -> str | None:
    found = list(_VERB.finditer(sentence))
    if not found:
        return None
    verb = random.choice(found)
    other = random.choice([other for other in _VERBS if other not in sentence])
    return sentence[: verb.start()] + other + sentence[verb.end() :]


def _exchanged_roles(sentence: str, random: Random) -> str | None:
    found = _ROLES.search(sentence)
    if found is None or found["one"].lower() == found["other"].lower():
        return None
    is_first = found.start() == 0
    one = found["one"] if NAME.fullmatch(found["one"]) else found["one"].lower()
    other = found["other"][0].upper() + found["other"][1:] if is_first else found["other"]
    exchanged = f"{other} {found['verb']} {one}"
    return sentence[: found.start()] + exchanged + sentence[found.end() :]


def _opposite(sentence: str, random: Random) -> str | None:
    return _exchanged(sentence, random, _OPPOSITES)


def _other_order(sentence: str, random: Random) -> str | None:
    return _exchanged(sentence, random, _ORDER)


def _exchanged(sentence: str, random: Random, pairs: tuple[tuple[str, str], ...]) -> str | None:
    other_by_word = dict(pairs) | {b: a for a, b in pairs}
    found = [m for m in re.finditer(r"\b[a-z]+\b", sentence) if m[0] in other_by_word]
    if not found:
        return None
    word = random.choice(found)
    return sentence[: word.start()] + other_by_word[word[0]] + sentence[word.end() :]


def _swapped(sentence: str, one: re.Match[str], other: re.Match[str]) -> str:
    between = sentence[one.end() : other.start()]
    return sentence[: one.start()] + other[0] + between + one[0] + sentence[other.end() :]


ALIKE: dict[str, Change] = {
    "without a parenthesis": _without_parenthesis,
    "without a clause": _without_clause,
    "other form of date": _other_date_form,
    "digits for words": _digits_for_words,
    "words for digits": _words_for_digits,
    "other form of number": _other_number_form,
    "typography": _typography,
    "line breaks": _line_breaks,
}
CHANGED: dict[str, Change] = {
    "number: digit": _another_digit,
    "number: word": _another_number_word,
    "number: scale": _another_scale,
    "number: share": _another_share,
    "numbers swapped": _swapped_numbers,
    "date: year": _another_year,
    "date: month": _another_month,
    "names swapped": _swapped_names,
    "verb": _another_verb,
    "roles": _exchanged_roles,
    "negation added": _denied,
    "negation removed": _affirmed,
    "opposite": _opposite,
    "before/after": _other_order,
}
