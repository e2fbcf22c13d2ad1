"""Questions that nobody could answer as they stand: what to ask the reader back.

"What did he say?" as a first question names nothing. Fires only where a pronoun, an ellipsis or
"this ..." has nothing to stand for in what was said, and the question has hardly a word of its
own to be searched with. English rules.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from index.words import content_terms
from rag.answers import Message
from rag.antecedents import Pronoun, resolved
from rag.conversation import ASKED_BACK, exchanges
from rag.follow_ups import is_elliptical, other_language
from rag.noun_phrases import is_function_word, is_verb, noun_phrases, singular
from rag.small_talk import without_greeting

__all__ = ["question_back"]

_FEW_BESIDE_PRONOUN = 2  # content words
_FEW_BESIDE_NOUN = 8
_PEOPLE = frozenset(("he", "him", "his", "she", "her", "they", "them", "their"))
_THIS_NOUN = re.compile(
    r"\b(?:this|these|(?<=of )that|(?<=in )that|(?<=about )that|(?<=in )those)\s+"
    r"(?P<words>(?:[\w-]+\s+){0,2}?(?P<noun>[a-z][a-z-]{2,}))"
    r"(?=\s*[?.,]|$|\s+(?:is|was|were|are|do|does|did|has|have|had|can|in|on|at|to|for|of|from|with|by"
    r"|provide|publish|play|start|end|cost|work|take|happen)\b)",
    re.IGNORECASE,
)
_THIS = re.compile(r"th(?:is|at|ese|ose)\b", re.IGNORECASE)
# Times, and words that point at the conversation or at no one thing.
_NOT_MEANT = frozenset(
    "afternoon answer case different century chat conversation day document evening fact folder"
    " kind"
    " manner matter moment month morning point question regard respect sense sort time thing type"
    " way week weekend world year".split()
)


def question_back(question: str, history: Sequence[Message] = ()) -> str | None:
    """What to ask back, None when the question can be searched.

    >>> question_back("What did he say?")
    'Who is “he”? Please name the person, then I can look it up.'
    >>> question_back("What did the president say about his budget?")
    >>> question_back("What did he say?", [Message("user", "Who is Li Qiang?")])
    """
    asked = without_greeting(" ".join(question.split()))
    before = exchanges(history)
    if other_language(asked, before) is not None:
        return None
    if not before and is_elliptical(asked):
        return f"What is “{asked.rstrip(' ?.!')}” about? Please ask it in full, {ASKED_BACK}"
    has_name = any(p.is_name and not _THIS.match(p.text) for p in noun_phrases(asked))
    terms = len(content_terms(asked))
    left = resolved(asked, before).left
    if left and not has_name and terms <= _FEW_BESIDE_PRONOUN and not _has_own_subject(asked):
        return _who_or_what(left[0])
    return None if has_name or terms > _FEW_BESIDE_NOUN else _which(asked, history)


def _who_or_what(pronoun: Pronoun) -> str:
    word = pronoun.word.lower()
    if word in ("they", "them", "their"):
        return f"Who or what is meant by “{word}”? Please name them, {ASKED_BACK}"
    if word in _PEOPLE:
        return f"Who is “{word}”? Please name the person, {ASKED_BACK}"
    if word == "there":
        return f"Which place is “there”? Please name it, {ASKED_BACK}"
    return f"What does “{word}” stand for? Please name it, {ASKED_BACK}"


def _has_own_subject(question: str) -> bool:
    """Whether it speaks of something with an article: "the treaty that they signed"."""
    return any(not phrase.is_bare for phrase in noun_phrases(question))


def _which(question: str, history: Sequence[Message]) -> str | None:
    """Asks which one, where "this burger" was never spoken of."""
    said = {singular(w) for m in history for w in re.findall(r"[a-z-]+", m.content.lower())}
    for found in _THIS_NOUN.finditer(question):
        noun = singular(found["noun"].lower())
        own = {singular(w) for w in re.findall(r"[a-z-]+", question[: found.start()].lower())}
        if noun in _NOT_MEANT or noun in said | own or is_function_word(noun) or is_verb(noun):
            continue
        if any(is_function_word(w.lower()) for w in found["words"].split()):
            continue
        return f"Which {found['words']} do you mean? Please name it, {ASKED_BACK}"
    return None
