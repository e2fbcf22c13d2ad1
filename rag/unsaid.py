"""What a question names and the best sentence does not say: the tower, over a sentence of a bridge.

A word of the question that stands neither in the sentence nor above it may be said there in other
words, or the sentence is about something else. Then it answers the question without that word
much better: the reader is asked without it (docs/decisions/0085), and the surer the answer is, the
more its logit must rise (0091). A year that stands nowhere around the sentence is not said there.
Words that only ask ("when", "may"), as a head over their vectors says, are not looked for. No word
of a language is listed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator

from index.text.scripts import HAN, HANGUL, HIRAGANA, KANA_AND_HAN, KATAKANA
from index.text.words import cut_out, form_of, meaning_words, stems
from rag.evidence import Evidence
from rag.features import probability
from rag.reader import Passage, Reader

__all__ = ["unsaid_word"]

_WEIGHS = 0.75  # the rise of the reader's logit, against the logit of the confidence
_AROUND = 3  # sentences before and behind that are read with the best one
_NUMBER = re.compile(r"(?<![\d.,])\d{3,}(?![\d.,]*\d)")  # a year, or as many digits
_UNSPACED = re.compile(f"[{KANA_AND_HAN}]")
# Runs of Han, of Katakana, of Hiragana, and of Latin letters before Hangul.
_SCRIPTS = re.compile(f"[{HAN}]+|[{KATAKANA}]+|[{HIRAGANA}]+|[A-Za-z]+(?=[{HANGUL}])")
_MOST = 6  # words that are tried, the first ones


def unsaid_word(
    question: str,
    best: Evidence,
    confidence: float,
    reader: Reader,
    asks: Callable[[str], bool],
    named: str = "",
) -> str:
    """The word of a question that its best evidence is not about, "" where there is none.

    It speaks against it by more than its ``confidence`` is above SURE. ``asks`` says whether
    a word only asks. What is ``named`` says which documents are asked, no word of it is tried.
    """
    if best.context is None:
        return ""
    passage, at = best.context
    first = max(0, at - _AROUND)
    around = Passage(passage.title, passage.sentences[first : at + _AROUND + 1])
    language = best.document.language
    held = set(stems(f"{passage.title} {best.text}", language))
    known = " ".join((*around.sentences, passage.title, best.document.id, best.document.date or ""))
    for number in _NUMBER.findall(question):
        if number not in known and number not in named:
            return str(number)  # of a number nothing is said in other words

    def score(asked: str) -> float:
        (read,) = reader.read(asked, [around])
        return read[at - first].score

    without = [
        (word, rest)
        for word, rest in _without_each(question, language, held)
        if held.isdisjoint(stems(word, language))
        and word.casefold() not in named.casefold()
        and not asks(word)
    ][:_MOST]
    if not without:
        return ""
    without_it, word = max((score(rest), word) for word, rest in without)
    rise = without_it - score(question)
    return word if confidence < probability(rise * _WEIGHS) else ""


def _without_each(question: str, language: str, held: Collection[str]) -> Iterator[tuple[str, str]]:
    """Each word that carries meaning as it stands in the question, and the question without it."""
    spaced = _SCRIPTS.sub(lambda run: f" {run.group()} ", question)  # DVD는, 朝食は何時
    for unit in dict.fromkeys(meaning_words(spaced, (language,))):
        for word in _parts(unit, held) if _UNSPACED.match(unit) else (unit,):
            form = form_of(word, question) or re.search(re.escape(word), question, re.IGNORECASE)
            if form is not None:
                yield form.group(), cut_out(question, *form.span())


def _parts(unit: str, held: Collection[str]) -> Iterator[str]:
    """The parts of a run of signs without spaces of which no two signs are held, two or more.

    >>> list(_parts("咖啡机的功率是多少", {"功率"}))
    ['咖啡机的', '是多少']
    """
    rest = list(unit)
    for at in range(len(unit) - 1):
        if unit[at : at + 2] in held:
            rest[at : at + 2] = "  "
    yield from (part for part in "".join(rest).split() if len(part) > 1)
