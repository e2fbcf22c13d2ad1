"""The words that texts are found by: the only room of PyStemmer, and of nothing that is stored.

A text is analysed in its own language: Snowball's stemmer where there is one (Porter 2001),
English's otherwise. Scripts without spaces between words (Chinese, Japanese, Korean, Thai and
their neighbours) give every two characters in a row, as Lucene's CJKAnalyzer does, so that
no dictionary is needed. A question is analysed in every language that the folder has.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any

from index.text.scripts import UNSPACED

__all__ = [
    "ANALYSIS_VERSION",
    "DEFAULT_LANGUAGE",
    "adjacent_stems",
    "content_terms",
    "content_words",
    "languages_to_ask",
    "query_terms",
    "stems",
]

# Raise this when `stems` gives others for the same text: every index is then rebuilt.
ANALYSIS_VERSION = 2

_STEMMERS = dict(
    pair.split("/")
    for pair in (
        "ar/arabic ca/catalan cs/czech da/danish de/german el/greek en/english es/spanish"
        " et/estonian eu/basque fa/persian fi/finnish fr/french ga/irish hi/hindi hu/hungarian"
        " hy/armenian id/indonesian it/italian lt/lithuanian ne/nepali nl/dutch nb/norwegian"
        " nn/norwegian no/norwegian pl/polish pt/portuguese ro/romanian ru/russian sr/serbian"
        " sv/swedish ta/tamil tr/turkish yi/yiddish"
    ).split()
)
DEFAULT_LANGUAGE = "en"  # of the analysis, where a language has none of its own
_SCRIPT_WITHOUT_SPACES = re.compile(f"[{UNSPACED}]")
_WORD = re.compile(f"[{UNSPACED}]+|[^\\W_{UNSPACED}]+")
_STOP_WORDS = frozenset(
    "a about an and any are as at be been being but by can could did do does doing for from had has"
    " have having he her hers him his how i if in into is it its me might my no nor not of on or"
    " our ours she should so some such than that the their theirs them then there these they this"
    " those to too us very was we were what when where which who whom whose why will with would"
    " you your yours tell please".split()
)
# Past forms that no stemmer takes back, so that "What did he say?" meets "he said".
_BASE_BY_PAST = dict(
    pair.split("/")
    for pair in (
        "ate/eat became/become began/begin begun/begin born/bear bought/buy bound/bind broke/break"
        " broken/break brought/bring built/build came/come caught/catch chose/choose chosen/choose"
        " dealt/deal drank/drink drawn/draw drew/draw driven/drive drove/drive fallen/fall fed/feed"
        " fell/fall felt/feel fled/flee flew/fly flown/fly fought/fight found/find gave/give"
        " given/give gone/go got/get grew/grow grown/grow heard/hear hid/hide hidden/hide kept/keep"
        " knew/know known/know laid/lay led/lead lent/lend lost/lose made/make meant/mean met/meet"
        " overthrew/overthrow paid/pay proven/prove ran/run ridden/ride risen/rise rode/ride"
        " rose/rise said/say sang/sing sank/sink sat/sit saw/see seen/see sent/send shot/shoot"
        " shown/show slept/sleep sold/sell sought/seek spent/spend spoke/speak spoken/speak"
        " stole/steal stolen/steal stood/stand struck/strike sung/sing sunk/sink swore/swear"
        " sworn/swear taken/take taught/teach thought/think threw/throw thrown/throw told/tell"
        " took/take understood/understand went/go won/win wore/wear worn/wear written/write"
        " wrote/write men/man women/woman children/child"
    ).split()
)
# Verbs that only ask for the time, the place or the people of an event.
_HAPPENS = re.compile(
    r"\b(?:(?:take|takes|took|taken|taking)\s+(?:place|part)|happen(?:s|ed)?|occur(?:s|red)?|held"
    r"|attend(?:s|ed)?|participated?)\b",
    re.IGNORECASE,
)


def stems(text: str, language: str = DEFAULT_LANGUAGE) -> list[str]:
    """The stems of all words of ``text``, in order.

    >>> stems("Two ministers signed it"), stems("las naciones", "es"), stems("东京都")
    (['two', 'minist', 'sign', 'it'], ['las', 'nacion'], ['东京', '京都'])
    """
    units = list(_units(text))
    if _SCRIPT_WITHOUT_SPACES.search(text):
        return [stem for unit in units for stem in _stems_of(unit, language)]
    return _stems_of_words(units, language)


def content_terms(text: str, language: str = DEFAULT_LANGUAGE) -> list[str]:
    """The distinct stems of a question that carry meaning, in order of appearance.

    >>> content_terms("What did the two ministers sign?")
    ['two', 'minist', 'sign']
    """
    return list(dict.fromkeys(stem for (stem,) in query_terms(text, (language,))))


def content_words(text: str, language: str = DEFAULT_LANGUAGE) -> dict[str, str]:
    """The stem of each word that carries meaning, by the word as it is written.

    >>> content_words("What did the two Ministers sign?")
    {'two': 'two', 'Ministers': 'minist', 'sign': 'sign'}
    """
    words = (found.group() for found in _WORD.finditer(_HAPPENS.sub(" ", text)))
    return {
        word: stem
        for word in words
        if word.lower() not in _STOP_WORDS
        for stem in _stems_of(word.lower(), language)
    }


def query_terms(text: str, languages: Sequence[str]) -> list[tuple[str, ...]]:
    """What to look for: for each word that carries meaning its stems in these languages.

    >>> query_terms("What are the nations?", ("en", "es"))
    [('nation', 'nations')]
    """
    units = list(_units(_HAPPENS.sub(" ", text)))
    kept = [unit for unit in units if unit not in _STOP_WORDS] or units
    terms: list[tuple[str, ...]] = []
    for unit in kept:
        found = [_stems_of(unit, language) for language in languages]
        terms += [tuple(dict.fromkeys(stem)) for stem in zip(*found, strict=True)]
    return list(dict.fromkeys(terms))


def adjacent_stems(text: str, language: str) -> list[tuple[str, str]]:
    """The distinct pairs of stems that follow each other, with the words that carry no meaning.

    >>> adjacent_stems("sign it", "en")
    [('sign', 'it')]
    """
    found = stems(text, language)
    return list(dict.fromkeys(pairwise(found)))


def languages_to_ask(languages: Iterable[str]) -> tuple[str, ...]:
    """Those that are analysed differently, in a fixed order; English is always there.

    >>> languages_to_ask(["zh", "es", "und"])
    ('en', 'es')
    """
    known = {language for language in languages if language in _STEMMERS}
    return tuple(sorted(known | {DEFAULT_LANGUAGE}))


def _units(text: str) -> Iterator[str]:
    """The words in lower case; a run of a script without spaces is one."""
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    return (found.group().lower() for found in _WORD.finditer(plain))


def _stems_of(unit: str, language: str) -> list[str]:
    if _SCRIPT_WITHOUT_SPACES.match(unit):
        return [unit[i : i + 2] for i in range(max(1, len(unit) - 1))]
    return _stems_of_words([unit], language)


def _stems_of_words(words: Sequence[str], language: str) -> list[str]:
    language = language if language in _STEMMERS else DEFAULT_LANGUAGE
    if language == DEFAULT_LANGUAGE:
        words = [_BASE_BY_PAST.get(word, word) for word in words]
    return list(_stemmer(language).stemWords(words))


@lru_cache(maxsize=len(_STEMMERS))
def _stemmer(language: str) -> Any:
    import Stemmer

    return Stemmer.Stemmer(_STEMMERS[language])
