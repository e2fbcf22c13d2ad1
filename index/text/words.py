"""The words that texts are found by: the only room of PyStemmer, and of nothing that is stored.

A text is analysed in its own language: Snowball's stemmer where there is one (Porter 2001),
English's otherwise. Scripts without spaces between words (Chinese, Japanese, Korean, Thai and
their neighbours) give every two characters in a row, as Lucene's CJKAnalyzer does, so that
no dictionary is needed. A question is analysed in every language that the folder has; what it has
of its own language's function words is not looked for.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from importlib.util import find_spec
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

from index.errors import ModelError
from index.text.raised import apart
from index.text.scripts import UNSPACED

__all__ = [
    "ANALYSIS_VERSION",
    "DEFAULT_LANGUAGE",
    "adjacent_stems",
    "content_terms",
    "cut_out",
    "form_of",
    "function_words",
    "is_function_word",
    "languages_to_ask",
    "meaning_words",
    "own_language",
    "query_terms",
    "stems",
]

# Raise this when `stems` gives others for the same text: every index is then rebuilt.
ANALYSIS_VERSION = 5

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
# Where a word may be broken, or not: the soft hyphen, the space without width, joiners.
_UNSEEN = re.compile("[\u00ad\u200b\u2060\ufeff]")
_WORD = re.compile(f"[{UNSPACED}]+|[^\\W_{UNSPACED}]+")
_SPACED_WORD = re.compile(r"[^\W_]+")  # the same where all words have spaces between; faster
_FOLDER = ("_static", "nltk_cache", "corpora", "stopwords")  # in the package of llama-index
# The languages of NLTK's lists of function words, as llama-index ships them.
_LISTS = dict(
    pair.split("/")
    for pair in (
        "ar/arabic az/azerbaijani be/belarusian bn/bengali ca/catalan da/danish de/german el/greek"
        " en/english es/spanish eu/basque fi/finnish fr/french he/hebrew hu/hungarian id/indonesian"
        " it/italian kk/kazakh ne/nepali nl/dutch no/norwegian pt/portuguese ro/romanian ru/russian"
        " sl/slovene sq/albanian sv/swedish ta/tamil tg/tajik tr/turkish uz/uzbek"
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
    return _stems_of(_units(_compatible(text)), language)


def content_terms(text: str, language: str = DEFAULT_LANGUAGE) -> list[str]:
    """The distinct stems of a question that carry meaning, in order of appearance.

    >>> content_terms("What did the two ministers sign?")
    ['two', 'minist', 'sign']
    """
    return list(dict.fromkeys(stem for (stem,) in query_terms(text, (language,))))


def meaning_words(text: str, languages: Sequence[str]) -> list[str]:
    """The words of a question that carry meaning, in lower case, in order; see `query_terms`.

    >>> meaning_words("Which customers are in Graz?", ("en",))
    ['customers', 'graz']
    """
    asked = _HAPPENS.sub(" ", _compatible(text))
    return _without_function_words(_units(asked), languages)


def form_of(word: str, text: str) -> re.Match[str] | None:
    """Where a word in any case stands in a text; a script without spaces has no ends of words.

    >>> form_of("tower", "Is it the Tower?").span(), form_of("tow", "Is it the Tower?")
    ((10, 15), None)
    """
    edges = ("", "") if _SCRIPT_WITHOUT_SPACES.search(word) else (r"(?<![^\W_])", r"(?![^\W_])")
    return re.search(re.escape(word).join(edges), text, re.IGNORECASE)


def cut_out(text: str, start: int, end: int) -> str:
    """A text without the characters from start to end, on one line.

    >>> cut_out("Who built the tower?", 14, 19)
    'Who built the ?'
    """
    return " ".join((text[:start] + text[end:]).split())


def own_language(text: str, languages: Sequence[str]) -> str:
    """The language whose function words a question has most of, of ``languages`` if equal.

    >>> own_language("¿Qué pedidos son de marzo?", ("en",))
    'es'
    """
    return _own_language(_units(_compatible(text)), languages)


def query_terms(text: str, languages: Sequence[str]) -> list[tuple[str, ...]]:
    """What to look for: for each word that carries meaning its stems in these languages.

    >>> query_terms("What are the nations?", ("en", "es"))
    [('nation', 'nations')]
    """
    units = meaning_words(text, languages)
    found = [_stems_of(units, language) for language in languages]
    return list(dict.fromkeys(tuple(dict.fromkeys(stem)) for stem in zip(*found, strict=True)))


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


def is_function_word(word: str, language: str) -> bool:
    """Whether a word in lower case is one of a language's function words; see NLTK's lists.

    >>> is_function_word("the", "en"), is_function_word("ferry", "en")
    (True, False)
    """
    return language in function_words().get(word, ())


def _without_function_words(units: Sequence[str], languages: Sequence[str]) -> list[str]:
    """Those that carry meaning, or all where none does.

    Only one language's function words are dropped, the one that these words have most of, of
    ``languages`` if equal: a word of one language may be a function word of another, as "son" is.
    """
    known = function_words()
    own = _own_language(units, languages)
    return [unit for unit in units if own not in known.get(unit, ())] or list(units)


def _own_language(units: Sequence[str], languages: Sequence[str]) -> str:
    known = function_words()
    held = Counter(chain.from_iterable([known.get(unit, ()) for unit in units]))
    most = max(held.values(), default=0)
    return max(
        [language for language in (*languages, *held) if held[language] == most],
        key=lambda language: (language in languages, language == DEFAULT_LANGUAGE),
    )


@cache
def function_words() -> Mapping[str, Sequence[str]]:
    """The languages in which a word carries no meaning: NLTK's lists, in llama-index's package.

    The "won" of "won't" is no function word by itself.
    """
    spec = find_spec("llama_index.core")
    if spec is None or not spec.submodule_search_locations:
        raise ModelError("the package llama-index-core is not installed: pip install -e .")
    folder = Path(spec.submodule_search_locations[0], *_FOLDER)
    found = defaultdict[str, list[str]](list)
    for language, name in _LISTS.items():
        words = (folder / name).read_text(encoding="utf-8").lower().split()
        halves = {word.removesuffix("'t") for word in words if word.endswith("'t")}
        for word in {*words} - halves:
            found[word].append(language)
    return dict(found)


def _compatible(text: str) -> str:
    """The text composed, with the usual forms of its characters (NFKC), none of them unseen."""
    if text.isascii():
        return text
    return unicodedata.normalize("NFKC", _UNSEEN.sub("", apart(text)))


def _units(text: str) -> list[str]:
    """The words in lower case; a run of a script without spaces is one."""
    word = _WORD if _is_unspaced(text) else _SPACED_WORD
    return list(map(str.lower, word.findall(text)))


def _is_unspaced(text: str) -> bool:
    """Whether any of it is of a script without spaces between words."""
    return not text.isascii() and _SCRIPT_WITHOUT_SPACES.search(text) is not None


def _stems_of(units: Sequence[str], language: str) -> list[str]:
    if not _is_unspaced("".join(units)):
        return _stems_of_words(units, language)
    found: list[str] = []
    for unit in units:
        if _SCRIPT_WITHOUT_SPACES.match(unit):
            found += [unit[i : i + 2] for i in range(max(1, len(unit) - 1))]
        else:
            found += _stems_of_words([unit], language)
    return found


def _stems_of_words(words: Sequence[str], language: str) -> list[str]:
    return list(_stemmer(language if language in _STEMMERS else DEFAULT_LANGUAGE).stemWords(words))


@lru_cache(maxsize=len(_STEMMERS))
def _stemmer(language: str) -> Any:
    import Stemmer

    return Stemmer.Stemmer(_STEMMERS[language])
