"""The base forms of English verbs, so that a statement can be asked: "conquered" is "did conquer".

By a list: a verb that is not in it is not asked about, because a wrong base form reads badly.
"""

from __future__ import annotations

from eval.drafting import english_words as english

__all__ = ["base_of", "past_of_participle"]

_MORE = (
    "abandon abolish absorb acquire act adopt advance advise advocate allocate amend analyze annex"
    " argue arrange arrest arrive assign assume attack attempt award ban base bear beat borrow"
    " burn bury calculate capture celebrate charge check circulate collapse collect combine command"
    " commission complete compose conclude conduct conquer construct consult convert cooperate"
    " criticize cross crush debut declare decline defeat defend demand demolish denote denounce"
    " depict deploy destroy determine dismiss display distinguish distribute divide dominate draw"
    " drive drop edit employ encourage ensure estimate evaluate examine exceed execute exile expel"
    " experience explore export express feature film finance flee flow fund generate govern grant"
    " guarantee guide head hire identify implement import impose incorporate inform inherit"
    " initiate inspire install introduce invade investigate issue land last lay lend lie limit"
    " list load locate maintain measure merge migrate mint monitor move name notify nominate"
    " obtain occupy order outline oversee overthrow participate pass patent persuade pioneer place"
    " plant praise prepare prescribe preserve process proclaim produce prohibit promise promote"
    " propose prove purchase ratify rebuild receive recognise recognize recommend record recover"
    " recruit reform refuse regulate reject rely renounce report rescue resist restore restrict"
    " review rule seize serve settle share shift ship show sign sing sink spend split sponsor store"
    " strengthen strike study submit succeed supply surrender surround tax test trade train"
    " transfer translate transmit unite unveil upgrade veto violate withdraw witness"
).split()
_BASES = (english.VERBS | frozenset(_MORE)) - frozenset(
    "says goes has comes makes takes gives includes means needs".split()
)
_IRREGULAR = dict(
    pair.split("/")
    for pair in (
        "ate/eat became/become began/begin bought/buy broke/break brought/bring built/build"
        " came/come chose/choose drew/draw drove/drive fell/fall felt/feel fled/flee flew/fly"
        " fought/fight found/find gave/give got/get grew/grow held/hold kept/keep knew/know"
        " laid/lay led/lead left/leave lent/lend lost/lose made/make meant/mean met/meet"
        " overthrew/overthrow paid/pay"
        " ran/run rose/rise said/say sang/sing sank/sink saw/see sent/send sold/sell spent/spend"
        " spoke/speak stood/stand struck/strike taught/teach thought/think told/tell took/take"
        " understood/understand went/go withdrew/withdraw won/win wore/wear wrote/write bore/bear"
        " had/have did/do rebuilt/rebuild oversaw/oversee has/have does/do goes/go"
    ).split()
)
_PAST_OF_PARTICIPLE = dict(
    pair.split("/")
    for pair in (
        "written/wrote chosen/chose taken/took given/gave sung/sang drawn/drew driven/drove"
        " overthrown/overthrew built/built led/led made/made won/won sold/sold held/held"
        " found/found shot/shot lost/lost paid/paid taught/taught sent/sent bought/bought"
        " begun/began told/told rebuilt/rebuilt"
    ).split()
)


def base_of(verb: str) -> tuple[str, str] | None:
    """The base form and the auxiliary that a question has; None for a verb that is not known.

    >>> base_of("conquered"), base_of("writes"), base_of("carried"), base_of("include")
    (('conquer', 'did'), ('write', 'does'), ('carry', 'did'), ('include', 'do'))
    >>> base_of("stopped"), base_of("used"), base_of("harbour") is None
    (('stop', 'did'), ('use', 'did'), True)
    """
    if verb in _IRREGULAR:
        return _IRREGULAR[verb], "does" if verb.endswith("s") else "did"
    if verb in _BASES:
        return verb, "do"
    for ending, auxiliary in (("ed", "did"), ("s", "does")):
        base = _without(verb, ending)
        if base is not None:
            return base, auxiliary
    return None


def past_of_participle(participle: str) -> str | None:
    """The past form: "written" is "wrote", "founded" is itself; None for one that is not known."""
    if participle in _PAST_OF_PARTICIPLE:
        return _PAST_OF_PARTICIPLE[participle]
    return participle if participle.endswith("ed") else None


def _without(verb: str, ending: str) -> str | None:
    if not verb.endswith(ending) or len(verb) < 4:
        return None
    stem = verb[: -len(ending)]
    tries = [stem, stem + "e"] if ending == "ed" else [stem]
    if ending == "ed" and len(stem) > 3 and stem[-1] == stem[-2]:
        tries.append(stem[:-1])
    if ending == "s" and stem.endswith("e"):
        tries.append(stem[:-1])
    if stem.endswith(("i", "ie")):
        tries.append(stem.rstrip("e")[:-1] + "y")
    return next((base for base in tries if base in _BASES), None)
