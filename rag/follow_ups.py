"""Questions that leave out what was just asked: "And in 2007?", "Why?", "Who took part?".

The last question is the frame: a new year takes the place of the year, a name that of the name, a
question word that of the question word. Where no place is recognised, what was spoken of
last is appended in parentheses, so that the search has it. English rules; see ``other_language``
for the rest. Pronouns are :mod:`rag.antecedents`' part.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

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
_ABOUT = re.compile(
    r"^(?:(?:and|but|so|ok(?:ay)?|then|or)[\s,]+)*(?:what|how)\s+about\s+(?:the\s+one\s+)?",
    re.IGNORECASE,
)
_AUXILIARY = (
    r"is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|must|isn't|aren't"
    r"|wasn't|weren't|don't|doesn't|didn't"
)
_WH = r"who|whom|whose|what|which|when|where|why|how"
_IS_CLAUSE = re.compile(
    rf"[.?!]\s|\b(?:{_AUXILIARY}|i|you|we)\b"
    rf"|^(?:{_WH}|tell|explain|give|show|list|describe|please)\b",
    re.IGNORECASE,
)
_LEAD = re.compile(
    r"^(?P<lead>in|on|at|for|by|from|to|with|of|since|until|after|before|during|under|against)\s+",
    re.IGNORECASE,
)
_MORE = re.compile(
    r"^(?:(?:can|could|would)\s+you\s+)?(?:please\s+)?(?:tell\s+me\s+(?:some\s+|a\s+bit\s+)?more|more"
    r"|go\s+on|continue|elaborate|keep\s+going|say\s+more|more\s+(?:details?|information|info)"
    r"|(?:give\s+me\s+|any\s+)(?:more|further)\s+(?:details?|information|info)"
    r"|explain(?:\s+(?:this|that|it))?(?:\s+(?:further|more|in\s+detail))?|in\s+(?:more\s+)?detail)"
    r"(?:\s+(?:about|on)\s+(?:it|this|that|them))?(?:,?\s+please)?$",
    re.IGNORECASE,
)
_EXAMPLE = re.compile(
    r"^(?:(?:can|could|would)\s+you\s+)?(?:please\s+)?(?:(?:give|provide|show)\s+(?:me\s+|us\s+)?)?"
    r"(?:an?\s+|some\s+|any\s+|for\s+|another\s+)?(?:examples?|for\s+instance|such\s+as)"
    r"(?:\s+of\s+(?:it|this|that|them))?(?:,?\s+please)?$",
    re.IGNORECASE,
)
_ELSE = re.compile(r"^(?:(?P<wh>who|what|where|when)|any(?:thing|one|body)) else$", re.IGNORECASE)
_WH_ONLY = re.compile(
    rf"^(?P<wh>(?:(?:since|until|by|from|with|for|to)\s+)?(?:{_WH})"
    r"(?:\s+(?:much|many|long|old|far|often|big|large|not|for|many\s+times))?)"
    r"(?:\s+(?:exactly|so|then|precisely))?$",
    re.IGNORECASE,
)
# "When was that?" asks of what happened, not of a thing.
_OF_EVENT = re.compile(
    r"^(?P<wh>(?:when|where|why|how)(?=\s+(?:was|is|did|does)\s+(?:that|this)\b)|when(?=\s+was\s+it$))"
    r"\s+\w+\s+\w+(?:\s+(?:happen|occur|take\s+place|so))?$",
    re.IGNORECASE,
)
_OF_THESE = re.compile(
    r"^(?:which|what|who|how\s+many)(?:\s+\w+)?\s+of\s+(?:these|those|them)\b", re.IGNORECASE
)
_IS_WHAT = re.compile(rf"^(?:{_WH})\s+(?:is|are|was|were)\s+(?P<rest>the\s.+)$", re.IGNORECASE)
_ADVERBIAL = re.compile(
    r"^(?:(?:since|until|by|from|with|for)\s+)?(?:when|where|why|how|by\s+whom)"
    rf"(?:\s+(?:much|long|far|often))?\s+(?P<aux>{_AUXILIARY})\s+(?P<rest>.+)$",
    re.IGNORECASE,
)
_YES_NO = re.compile(rf"^(?P<aux>{_AUXILIARY})\s+(?P<rest>(?!there\b).+)$", re.IGNORECASE)
_OBJECT = re.compile(r"^(?:what|who|whom)\s+(?P<aux>do|does|did)\s+(?P<rest>.+)$", re.IGNORECASE)
_SUBJECT = re.compile(
    r"^(?:who|what|which\s+\w+)\s+(?P<verb>\w{3,}ed|held|won|made|built|led|paid|sold|bought)"
    r"\s+(?P<object>.+)$",
    re.IGNORECASE,
)
_YEAR = re.compile(r"\b(?:1\d{3}|20\d{2})\b")
_MONTH = re.compile(
    r"\b(?:january|february|march|april|(?-i:May)|june|july|august|september|october|november"
    r"|december)\b",
    re.IGNORECASE,
)
_ORDINAL = re.compile(
    r"\b(?:first|second|third|fourth|fifth|sixth|last|latest|next|previous)\b", re.IGNORECASE
)
_THE_ONE = re.compile(
    r"\b(?:the\s+)?(?P<which>first|second|third|fourth|fifth|last|next|previous|other|old|new|latter"
    r"|former)\s+ones?\b|\bthe\s+(?P<only>first|second|third|fourth|fifth|last)(?=\s*[?.]*$)",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\b\d+(?:[.,]\d+)*\b")
# What ends before its object or its event: (the question so far, what joins it to the topic).
_OPEN_ENDED = [
    (re.compile(rf"^{pattern}$", re.IGNORECASE), joint)
    for pattern, joint in (
        (r"who(?:\s+(?:all|else))?\s+(?:took|takes|has\s+taken)\s+part", "in"),
        (r"(?:who|how\s+many(?:\s+\w+)?)\s+(?:else\s+)?(?:participated|participates?)", "in"),
        (r"(?:who|how\s+many(?:\s+\w+)?)\s+(?:else\s+)?attend(?:s|ed)?", ""),
        (
            r"who\s+(?:else\s+)?(?:won|lost|joined|signed|hosted|chaired|organi[sz]ed|opened|founded"
            r"|invented|wrote|built|paid|designed|directed|led|started|began|created|approved)",
            "",
        ),
        (r"who\s+(?:else\s+)?(?:spoke|performed|was\s+present|were\s+present)", "at"),
        (r"who\s+(?:else\s+)?(?:was|were)\s+invited", "to"),
        (r"who\s+(?:else\s+)?(?:is|was|were)\s+(?:involved|included)", "in"),
        (r"(?:what|how\s+much)\s+(?:was|were)\s+(?:agreed|decided|signed|discussed|said)", "at"),
        (r"what\s+(?:happened|changed|went\s+wrong)(?:\s+(?:next|then|after(?:wards)?))?", "with"),
    )
]
_OF_TOPIC = re.compile(
    r"^(?:(?:what|who|which|where|how\s+(?:big|large|high))\s+(?:is|are|was|were)\s+)?"
    r"the\s+(?:\w+\s+)?(?:advantages?|agenda|aims?|author|benefits?|budget|capital|causes?"
    r"|consequences?|costs?|date|deadline|director|disadvantages?|duration|effects?|fees?|goals?"
    r"|impact|leaders?|limits?|location|members?|names?|outcomes?|owner|population|president|price"
    r"|purpose|reasons?|requirements?|results?|risks?|size|theme|topics?|winners?)$",
    re.IGNORECASE,
)
_THAT_NOUN = re.compile(
    r"\b(?P<the>this|that|these|those|the)\s+(?P<noun>[a-z-]{3,})"
    r"(?=\s*[?.,]|$|\s+(?:\w+ed|is|was|were|are|did|do|does|has|have|had|in|on|at|to|for|from|with"
    r"|by|about|take|last|run|begin|end|start|work|apply|cost|open)\b)",
)
_OTHER_OPENING = re.compile(
    r"^(?:¿\s*y\b|y\s+(?:en|para|por|qu[eé]|el|la|los|las|cu[aá]ndo|d[oó]nde)\b|et\s+(?:en|pour|le"
    r"|la|les|au|à|pourquoi|quand|où)\b|und\s+(?:in|im|f[uü]r|der|die|das|wann|wo|warum|wer)\b"
    r"|¿\s*(?:por\s+qu[eé]|cu[aá]ndo|d[oó]nde|qui[eé]n|cu[aá]nto)\s*\?|(?:warum|wann|wo|pourquoi"
    r"|quand|où)\s*\?)|^(?:那么?|那麼|還有|还有)|^.{1,12}呢\s*[？?]?$|^(?:为什么|為什麼|什么时候|在哪里|谁)[？?]?$",
    re.IGNORECASE,
)
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_FOREIGN = re.compile(
    r"[¿¡]|\b(?:el|la|los|las|que|qué|cuál|cuándo|dónde|quién|cómo|una?|del|der|die|das|und|ist|wer"
    r"|wie|wann|welche[rs]?|le|les|des|est|une|qui|quel(?:le)?s?|où|quand|combien)\b",
    re.IGNORECASE,
)
_ENGLISH = re.compile(
    rf"\b(?:the|of|and|in|on|about|tell|for|it|they|{_WH}|{_AUXILIARY})\b", re.IGNORECASE
)
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
    if any(rule.match(plain) for rule in (_MORE, _EXAMPLE, _ELSE, _WH_ONLY)):
        return True
    if _THE_ONE.fullmatch(plain):
        return True
    # "And Japan?", "in 2007?"
    has_lead = _LEAD.match(plain) is not None and question.rstrip().endswith("?")
    is_part = len(plain.split()) <= _MAX_ALONE and not _IS_CLAUSE.search(plain)
    return is_part and (plain != bare or has_lead)


def other_language(question: str, before: Sequence[Exchange]) -> str | None:
    """A question that is not English: unchanged, with the last question where it leans on it.

    None when it is English.

    >>> other_language("¿Y en 2007?", [Exchange("¿Quién ganó la copa?")])
    '¿Y en 2007? (Quién ganó la copa)'
    """
    leans = _OTHER_OPENING.search(question) is not None
    is_other = _CJK.search(question) or (
        _FOREIGN.search(question) and not _ENGLISH.search(question)
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
    found = _THE_ONE.search(question)
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
    for found in _THAT_NOUN.finditer(question):
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
    if _MORE.match(plain):
        return f"Tell me more about {about}" if about else f"{frame}?"
    if _EXAMPLE.match(plain):
        return f"What is an example of {about}?" if about else f"{frame}?"
    again = _ELSE.match(plain)
    if again is None:
        return None
    asked = (again["wh"] or "").lower()
    if asked and frame.lower().startswith(f"{asked} ") and "(" not in frame:
        return f"{frame[: len(asked)]} else{frame[len(asked) :]}?"
    return f"{bare}? ({about})" if about else None


def _asked_again(bare: str, plain: str, frame: str, before: Sequence[Exchange]) -> str | None:
    """“Why?”, "When was that?" and "Which of these?" of the last question."""
    if _OF_THESE.match(plain) and "(" not in frame:
        return f"{plain[0].upper()}{plain[1:]}? ({frame})"
    found = _WH_ONLY.match(plain) or _OF_EVENT.match(plain)
    if found is None:
        return None
    wh = found["wh"][0].upper() + found["wh"][1:]
    about = topic(before)
    if "(" not in frame and wh.lower() not in ("who", "what", "which", "whom", "whose"):
        for pattern in (_ADVERBIAL, _YES_NO, _OBJECT):
            if (held := pattern.match(frame)) is not None:
                return f"{wh} {held['aux'].lower()} {held['rest']}?"
        if (held := _SUBJECT.match(frame)) is not None:
            phrases = noun_phrases(held["object"])
            if phrases and phrases[0].start == 0:
                rest = held["object"][phrases[0].end :]
                be = "were" if Kind.GROUP in phrases[0].kinds else "was"
                return f"{wh} {be} {phrases[0].text} {held['verb']}{rest}?"
        if (held := _IS_WHAT.match(frame)) is not None:
            about = held["rest"]
    return f"{bare}? ({about})" if about else None


def _with_another_part(bare: str, plain: str, frame: str, before: Sequence[Exchange]) -> str | None:
    """“And in 2007?”, "What about Japan?", "the budget?"."""
    new = _ABOUT.sub("", bare)
    is_about = new != bare
    new = new if is_about else plain
    opened = is_about or new != bare
    lead = _LEAD.match(new)
    starts = new.split(" ", 1)[0].lower() if new else ""
    is_part = bool(new) and not _IS_CLAUSE.search(new) and len(new.split()) <= _MAX_NEW
    if not is_part or not (opened or lead or starts in ("the", "a", "an")):
        return None
    if not opened and not lead and len(new.split()) > 4:
        return None
    part = new[lead.end() :] if lead else new
    replaced = _replaced(part, lead["lead"].lower() if lead else "", frame)
    if replaced is not None:
        return f"{replaced}?"
    if _OF_TOPIC.match(new) and (about := topic(before, new)):
        return f"What about {new} of {about}?"
    return appended(f"{bare}?", before)


def _replaced(part: str, lead: str, frame: str) -> str | None:
    """The frame with the new part in the place of the part of its kind."""
    if "(" in frame:
        return None
    for pattern in (_YEAR, _MONTH):
        if (new := pattern.search(part)) is not None:
            old = pattern.findall(frame)
            return pattern.sub(new.group(), frame) if len(old) == 1 else None
    if (new := _ORDINAL.search(part)) is not None and len(part.split()) <= 3:
        old = _ORDINAL.findall(frame)
        return _ORDINAL.sub(new.group(), frame) if len(old) == 1 else None
    if _NUMBER.fullmatch(part):
        old = _NUMBER.findall(frame)
        return _NUMBER.sub(part, frame) if len(old) == 1 else None
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
    if _OF_TOPIC.match(plain):
        return f"{plain} of {about}?"
    for pattern, joint in _OPEN_ENDED:
        if pattern.match(plain):
            return f"{' '.join(filter(None, (plain, joint, about)))}?"
    return None


def _several(exchange: Exchange) -> str:
    """What a question counts or lists, of which there can be a second one."""
    phrases = [p for p in noun_phrases(exchange.question) if not p.is_name]
    held = [p for p in phrases if p.kinds == {Kind.GROUP} or _ORDINAL.search(p.text)]
    return held[0].text if held else ""


def _one_of(about: str) -> str:
    """The noun of a topic in the singular, without article, number and ordinal."""
    phrases = noun_phrases(about)
    if not phrases or phrases[0].is_name:
        return ""
    words = re.split(r"\s+(?:of|between|with|against|for|on)\s+", phrases[0].text)[0].split()
    kept = [w for w in words if not is_function_word(w.lower()) and not _ORDINAL.fullmatch(w)]
    return " ".join([*kept[:-1], phrases[0].head]) if kept else ""
