"""The names and years of a question that nothing found mentions: it may ask of something else.

A question with a name put in another's place ("in Busan", "in 2019") is otherwise found and read
like the one that the documents answer. Names are told by their capital letter, so German, whose
nouns all have one, and scripts without capitals have years only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from index.documents import Passage
from index.loaders.language import UNDECIDED, language_of
from index.search import Found
from index.words import stems

__all__ = ["quoted", "unmentioned"]

_SENTENCE = re.compile(r"(?<=[.?!:])\s+")
_WORD = re.compile(r"[^\W_][\w’'&-]*")
_YEAR = re.compile(r"1\d{3}|20\d\d")
_POSSESSIVE = re.compile(r"[’']s?\Z")
_CAPITAL_NOUNS = "de"
_MISSPELT = 0.9  # similarity of difflib: one letter of ten
_FEWEST_SHARED = 3  # letters, as of "Fed" and "Federal"
_BETWEEN = r"\w*\s+(?:(?:and|for|in|of|on|the)\s+)*"  # the initials of an abbreviation


def unmentioned(question: str, found: Found) -> list[str]:
    """The names and years that no passage found mentions, nor its title, path or date.

    A name counts as mentioned by another form of it ("Chilean"), by what it abbreviates ("UN"), and
    with a letter wrong.
    Empty for a question in another language than the documents found.
    """
    asked = _names(question)
    if not asked or not found.passages:
        return []
    documents = found.source.manifest.documents
    languages = {documents[p.chunk.document_id].language for p in found.passages}
    text = " ".join(_text_of(passage, found) for passage in found.passages)
    words = {_POSSESSIVE.sub("", word) for word in _WORD.findall(text.lower())}
    held = {stem for language in languages for stem in stems(text, language)}
    missing = [
        name
        for name in asked
        if not (
            name.lower() in words
            or any(set(own) <= held for own in (stems(name, each) for each in languages) if own)
            or _is_near(name, words)
            or _is_spelt_out(name, text)
        )
    ]
    if any(not _YEAR.fullmatch(name) for name in missing):
        if _CAPITAL_NOUNS in languages:
            return [name for name in missing if _YEAR.fullmatch(name)]
        if language_of(question) not in {*languages, UNDECIDED}:
            return []
    return missing


def quoted(names: Sequence[str]) -> str:
    """Names as they stand in a sentence.

    >>> quoted(["Busan", "2019"])
    '“Busan” or “2019”'
    """
    return " or ".join(f"“{name}”" for name in names)


def _text_of(passage: Passage, found: Found) -> str:
    """A passage with all that says where it is from: a question may name its document."""
    name = passage.chunk.document_id
    entry = found.source.manifest.documents[name]
    return " ".join(
        (name, entry.title, entry.date or "", *passage.chunk.heading_path, passage.chunk.text)
    )


def _names(question: str) -> list[str]:
    """Words with a capital that do not begin a sentence, abbreviations, and years.

    >>> _names("Which economy hosted APEC in 2023? I'd say Chile's.")
    ['APEC', '2023', 'Chile']
    """
    names: list[str] = []
    for sentence in _SENTENCE.split(question):
        for place, word in enumerate(_WORD.findall(sentence)):
            name = _POSSESSIVE.sub("", word)
            is_pronoun = re.fullmatch(r"I(?:[’'].*)?", word)
            is_name = name[:1].isupper() and (place > 0 or (name.isupper() and len(name) > 1))
            if (is_name and not is_pronoun) or _YEAR.fullmatch(name):
                names.append(name)
    return list(dict.fromkeys(names))


def _is_near(name: str, words: Iterable[str]) -> bool:
    """Whether another form of the name is there, or one that differs in a letter; years have none.

    >>> _is_near("Chilean", {"chile"}), _is_near("PDFs", {"pdf"}), _is_near("Arpnet", {"arpanet"})
    (True, True, True)
    >>> _is_near("2019", {"2018"}), _is_near("Busan", {"pusan"})
    (False, False)
    """
    lower = name.lower()
    if _YEAR.fullmatch(name):
        return any(name in word for word in words)  # "2018-2019"
    if any(_begins_with(*sorted((lower, word), key=len)) for word in words):
        return True
    return bool(get_close_matches(lower, words, 1, _MISSPELT))


def _begins_with(short: str, long: str) -> bool:
    return len(short) >= _FEWEST_SHARED and long.startswith(short)


def _is_spelt_out(name: str, text: str) -> bool:
    """Whether the words that an abbreviation stands for are there.

    >>> _is_spelt_out("UN", "They joined the United Nations."), _is_spelt_out("MOUs", "No.")
    (True, False)
    """
    letters = name.removesuffix("s")
    if not (letters.isupper() and letters.isalpha() and len(letters) > 1):
        return False
    return bool(re.search(r"\b" + _BETWEEN.join(letters), text, re.IGNORECASE))
