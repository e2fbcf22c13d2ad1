"""Questions of the headings of a document: what it says about what stands below one."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from eval.drafting import english_words as english
from eval.drafting.noun_phrases import is_verb
from eval.drafting.sources import Source, flat
from index.text.words import content_terms
from index.types import Span

__all__ = ["SAYS", "headings_of"]

SAYS = "What does “{}” say about {}?"
"""How it is asked; with the title and the heading."""

_PLAIN = frozenset(
    "abstract appendix background conclusion conclusions contact contents definitions disclaimer"
    " discussion example examples glossary history index introduction notes objective overview"
    " preface purpose references results scope settings sources summary values dates title other"
    " bibliography".split()
)
_ASKING = frozenset("how what when where who why which other".split())
_NUMBERED = re.compile(
    r"(?:(?i:chapter|section|part) (?:\d+|[IVX]+)|\d+(?:\.\d+)*|[IVX]+(?=[.)])|[A-Z](?=[.)]))"
    r"[.):]?\s+(?=\S)"
)
_WORDS = re.compile(r"[\w ,.’'&()/?:–-]+")
_FEWEST, _MOST = 2, 9  # words


def headings_of(source: Source) -> Iterator[tuple[str, str, str, Span]]:
    """The heading, the question, what it is about, and the first sentence below, of each.

    Only headings that say what is below them, that are there once, and that read well inside
    a question. What it is about is empty for a heading that is a question itself.
    """
    document = source.document
    count = Counter(flat(heading.text).lower() for heading in document.headings)
    title = set(content_terms(document.title))
    for heading, span in source.sections():
        text = flat(heading.text)
        said = _NUMBERED.sub("", text, count=1).rstrip(" :.")
        is_telling = set(content_terms(said)) - title and said.lower() not in _PLAIN
        is_short = _FEWEST <= len(said.split()) <= _MOST and _WORDS.fullmatch(said)
        if not (is_telling and is_short and _can_be_asked(said)) or count[text.lower()] > 1:
            continue
        if not source.is_once(span.of(document.text)):
            continue
        if said.endswith("?"):
            asked = f"According to “{document.title}”, {source.asked(said[:-1])}?"
            yield text, asked, "", span
        else:
            about = source.written(said)
            yield text, SAYS.format(document.title, about), about, span


def _can_be_asked(heading: str) -> bool:
    """Whether "say about ..." reads well with it: not "Before the summits", "The name decides".

    >>> _can_be_asked("How the fraud works"), _can_be_asked("The name does not decide")
    (True, False)
    """
    first, *rest = heading.lower().split()
    if first in _ASKING or heading.endswith("?"):
        return True
    is_said = any(w in english.AUXILIARIES or w in {"are", "do", "you"} for w in rest)
    return not is_said and first not in english.FUNCTION and not is_verb(first)
