"""Questions that leave out what was just asked: "And in 2007?", "Why?", "Who took part?".

The last question is the frame: a new year takes the place of the year, a name that of the name, a
question word that of the question word. Where no place is recognised, what was spoken of
last is appended in parentheses, so that the search has it. English rules; see ``other_language``
for the rest. Pronouns are :mod:`rag.antecedents`' part.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag import follow_up_forms as forms
from rag.antecedents import Exchange, topic
from rag.noun_phrases import Kind, NounPhrase, is_function_word, noun_phrases, singular

__all__ = [
    "OPENING",
    "appended",
    "completed",
    "is_elliptical",
    "other_language",
    "that_noun",
    "the_one",
]

OPENING = re.compile(r"^(?:(?:and|but|so|ok(?:ay)?|then|also|well|or)\b[\s,]*)+", re.IGNORECASE)
_MAX_NEW = 7  # words of a new part
_MAX_ALONE = 3  # words of a part that is asked for alone
_MAX_OTHER = 60  # characters of a topic in another language


def completed(question: str, before: Sequence[Exchange]) -> str | None:
    """The elliptical question in full, None when it is not elliptical.

    >>> asked = [Exchange("Who won the cup in 2019?")]
    >>> completed("And in 2020?", asked), completed("Why?", asked)
    ('Who won the cup in 2020?', 'Why was the cup won in 2019?')
    >>> completed("What is a cup?", asked)
    """
    bare = question.rstrip(" ?.!…")
    plain = OPENING.sub("", bare)
    frame = before[-1].question.rstrip(" ?.!")
    for rule in (_further, _asked_again, _with_another_part, _open_ended):
        found = rule(bare, plain, frame, before)
        if found is not None:
            return found
    return None


def is_elliptical(question: str) -> bool:
    """Whether nothing in a question says what it is about: "Why?", "And in 2007?".

    >>> is_elliptical("How much?"), is_elliptical("the second one?"), is_elliptical("Why war?")
    (True, True, False)
    """
    bare = question.rstrip(" ?.!…")
    plain = OPENING.sub("", bare)
    if any(rule.match(plain) for rule in (forms.MORE, forms.EXAMPLE, forms.ELSE, forms.WH_ONLY)):
        return True
    if forms.THE_ONE.fullmatch(plain):
        return True
    # "And Japan?", "in 2007?"
    has_lead = forms.LEAD.match(plain) is not None and question.rstrip().endswith("?")
    is_part = len(plain.split()) <= _MAX_ALONE and not forms.IS_CLAUSE.search(plain)
    return is_part and (plain != bare or has_lead)


def other_language(question: str, before: Sequence[Exchange]) -> str | None:
    """A question that is not English: unchanged, with the last question where it leans on it.

    None when it is English.

    >>> other_language("¿Y en 2007?", [Exchange("¿Quién ganó la copa?")])
    '¿Y en 2007? (Quién ganó la copa)'
    """
    leans = forms.OTHER_OPENING.search(question) is not None
    is_other = forms.CJK.search(question) or (
        forms.FOREIGN.search(question) and not forms.ENGLISH.search(question)
    )
    if not leans and not is_other:
        return None
    earlier = before[-1].question.strip(" ¿?？。.!")[:_MAX_OTHER] if before else ""
    return f"{question} ({earlier})" if leans and earlier else question


def appended(question: str, before: Sequence[Exchange]) -> str:
    """The question with what was spoken of last in parentheses, when there is something."""
    about = topic(before, question)
    return f"{question} ({about})" if about else question


def the_one(question: str, before: Sequence[Exchange]) -> str | None:
    """“The second one” with its noun, None when nothing like that is in the question.

    >>> the_one("When was the first one?", [Exchange("How many state visits were made?")])
    'When was the first state visit?'
    """
    found = forms.THE_ONE.search(question)
    if found is None:
        return None
    several = (_several(exchange) for exchange in reversed(before))
    noun = _one_of(next(filter(None, several), topic(before, question)))
    if not noun:
        return appended(question, before)
    which = found["which"] or found["only"]
    return f"{question[: found.start()]}the {which} {noun}{question[found.end() :]}"


def that_noun(question: str, before: Sequence[Exchange]) -> str | None:
    """“That office” as it was called before, or with what was spoken of last.

    >>> that_noun("When did that office open?", [Exchange("Was there a liaison office?")])
    'When did the liaison office open?'
    """
    for found in forms.THAT_NOUN.finditer(question):
        wanted = found["noun"]
        if is_function_word(wanted) or wanted.rstrip("s") in question[: found.start()].lower():
            continue
        for exchange in reversed(before):
            for phrase in (*noun_phrases(exchange.question), *noun_phrases(exchange.answer[:600])):
                if phrase.head == singular(wanted) and _tells_more(phrase):
                    return question[: found.start()] + phrase.definite + question[found.end() :]
        if found["the"] != "the":
            return appended(question, before)
    return None


def _tells_more(phrase: NounPhrase) -> bool:
    """Whether it says which one: "the liaison office", not "the office", nor half a sentence."""
    words = phrase.definite.split()
    joins = {"and", "with", "for", "on", "against"} & set(words)
    return 2 < len(words) <= 6 and not phrase.is_bare and not joins


def _further(bare: str, plain: str, frame: str, before: Sequence[Exchange]) -> str | None:
    """“Tell me more”, "an example?", "who else?"."""
    about = topic(before)
    if forms.MORE.match(plain):
        return f"Tell me more about {about}" if about else f"{frame}?"
    if forms.EXAMPLE.match(plain):
        return f"What is an example of {about}?" if about else f"{frame}?"
    again = forms.ELSE.match(plain)
    if again is None:
        return None
    asked = (again["wh"] or "").lower()
    if asked and frame.lower().startswith(f"{asked} ") and "(" not in frame:
        return f"{frame[: len(asked)]} else{frame[len(asked) :]}?"
    return f"{bare}? ({about})" if about else None


def _asked_again(bare: str, plain: str, frame: str, before: Sequence[Exchange]) -> str | None:
    """“Why?”, "When was that?" and "Which of these?" of the last question."""
    if forms.OF_THESE.match(plain) and "(" not in frame:
        return f"{plain[0].upper()}{plain[1:]}? ({frame})"
    found = forms.WH_ONLY.match(plain) or forms.OF_EVENT.match(plain)
    if found is None:
        return None
    wh = found["wh"][0].upper() + found["wh"][1:]
    about = topic(before)
    if "(" not in frame and wh.lower() not in ("who", "what", "which", "whom", "whose"):
        for pattern in (forms.ADVERBIAL, forms.YES_NO, forms.OBJECT):
            if (held := pattern.match(frame)) is not None:
                return f"{wh} {held['aux'].lower()} {held['rest']}?"
        if (held := forms.SUBJECT.match(frame)) is not None:
            phrases = noun_phrases(held["object"])
            if phrases and phrases[0].start == 0:
                rest = held["object"][phrases[0].end :]
                be = "were" if Kind.GROUP in phrases[0].kinds else "was"
                return f"{wh} {be} {phrases[0].text} {held['verb']}{rest}?"
        if (held := forms.IS_WHAT.match(frame)) is not None:
            about = held["rest"]
    return f"{bare}? ({about})" if about else None


def _with_another_part(bare: str, plain: str, frame: str, before: Sequence[Exchange]) -> str | None:
    """“And in 2007?”, "What about Japan?", "the budget?"."""
    new = forms.ABOUT.sub("", bare)
    is_about = new != bare
    new = new if is_about else plain
    opened = is_about or new != bare
    lead = forms.LEAD.match(new)
    starts = new.split(" ", 1)[0].lower() if new else ""
    is_part = bool(new) and not forms.IS_CLAUSE.search(new) and len(new.split()) <= _MAX_NEW
    if not is_part or not (opened or lead or starts in ("the", "a", "an")):
        return None
    if not opened and not lead and len(new.split()) > 4:
        return None
    part = new[lead.end() :] if lead else new
    replaced = _replaced(part, lead["lead"].lower() if lead else "", frame)
    if replaced is not None:
        return f"{replaced}?"
    if forms.OF_TOPIC.match(new) and (about := topic(before, new)):
        return f"What about {new} of {about}?"
    return appended(f"{bare}?", before)


def _replaced(part: str, lead: str, frame: str) -> str | None:
    """The frame with the new part in the place of the part of its kind."""
    if "(" in frame:
        return None
    for pattern in (forms.YEAR, forms.MONTH):
        if (new := pattern.search(part)) is not None:
            old = pattern.findall(frame)
            return pattern.sub(new.group(), frame) if len(old) == 1 else None
    if (new := forms.ORDINAL.search(part)) is not None and len(part.split()) <= 3:
        old = forms.ORDINAL.findall(frame)
        return forms.ORDINAL.sub(new.group(), frame) if len(old) == 1 else None
    if forms.NUMBER.fullmatch(part):
        old = forms.NUMBER.findall(frame)
        return forms.NUMBER.sub(part, frame) if len(old) == 1 else None
    slot = _slot(part, lead, frame)
    return None if slot is None else frame[: slot[0]] + part + frame[slot[1] :]


def _slot(part: str, lead: str, frame: str) -> tuple[int, int] | None:
    """Where in the frame the new part belongs."""
    if lead:
        places = list(re.finditer(rf"\b{lead}\s+", frame, re.IGNORECASE))
        for found in reversed(places):
            phrases = noun_phrases(frame[found.end() :])
            if phrases and phrases[0].start == 0:
                return found.end(), found.end() + phrases[0].end
    new = noun_phrases(part)
    if not new or new[0].start != 0:
        return None
    if new[0].is_name and new[0].text == part:
        names = [p for p in _names(frame) if p.text != part]
        alike = [p for p in names if p.kinds == new[0].kinds] or names
        return (alike[-1].start, alike[-1].end) if alike else None
    return _slot_before_of(new[0], frame)


def _names(frame: str) -> list[NounPhrase]:
    """The names in a frame, also those within longer phrases."""
    out = []
    for phrase in noun_phrases(frame):
        if phrase.is_name:
            out.append(phrase)
            continue
        inner = re.search(r"\s(?:of|between|with|against|for|on)\s+", phrase.text)
        if inner is not None:
            at = phrase.start + inner.end()
            rest = [p for p in noun_phrases(frame[at : phrase.end]) if p.is_name]
            out += [NounPhrase(p.text, at + p.start, p.kinds, p.lead, is_name=True) for p in rest]
    return out


def _slot_before_of(new: NounPhrase, frame: str) -> tuple[int, int] | None:
    """“The birth rate” in the place of "the population" of China."""
    if " of " in new.text or not new.text.lower().startswith("the "):
        return None
    for phrase in noun_phrases(frame):
        head, of, _ = phrase.text.partition(" of ")
        if of and phrase.text.lower().startswith("the ") and not phrase.is_name:
            return phrase.start, phrase.start + len(head)
    return None


def _open_ended(_: str, plain: str, __: str, before: Sequence[Exchange]) -> str | None:
    """“Who took part?”, "What was the outcome?"."""
    about = topic(before, plain)
    if not about:
        return None
    if forms.OF_TOPIC.match(plain):
        return f"{plain} of {about}?"
    for pattern, joint in forms.OPEN_ENDED:
        if pattern.match(plain):
            return f"{' '.join(filter(None, (plain, joint, about)))}?"
    return None


def _several(exchange: Exchange) -> str:
    """What a question counts or lists, of which there can be a second one."""
    phrases = [p for p in noun_phrases(exchange.question) if not p.is_name]
    held = [p for p in phrases if p.kinds == {Kind.GROUP} or forms.ORDINAL.search(p.text)]
    return held[0].text if held else ""


def _one_of(about: str) -> str:
    """The noun of a topic in the singular, without article, number and ordinal."""
    phrases = noun_phrases(about)
    if not phrases or phrases[0].is_name:
        return ""
    words = re.split(r"\s+(?:of|between|with|against|for|on)\s+", phrases[0].text)[0].split()
    kept = [w for w in words if not is_function_word(w.lower()) and not forms.ORDINAL.fullmatch(w)]
    return " ".join([*kept[:-1], phrases[0].head]) if kept else ""
