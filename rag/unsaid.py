"""What a question names and the best sentence does not say: the tower, over a sentence of a bridge.

A word of the question that stands neither in the sentence nor above it may be said there in other
words, or the sentence is about something else. Then it answers the question without that word
much better: the reader is asked without it (docs/decisions/0085), and the surer the answer is, the
more its logit must rise (0091). So does it where a word of the sentence takes that word's place and
the question is then answered much better: "adult" for "child" (0098). A year that stands nowhere
around the sentence is not said there.
Words that only ask ("when", "may"), as a head over their vectors says, are not looked for. No word
of a language is listed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from difflib import SequenceMatcher

from index.text.language import UNDECIDED, language_of
from index.text.scripts import HAN, HANGUL, HIRAGANA, KANA_AND_HAN, KATAKANA
from index.text.words import cut_out, form_of, is_function_word, meaning_words, stems
from index.types import Span
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
_EXCHANGED = 2  # of these in whose place words of the sentence are tried, the likeliest ones
_IN_PLACE = 8  # words of the sentence that are, the first ones
_ASKS_LESS = -1.0  # how much the logit falls at most without a word that says what is asked about
_RUN = 8  # signs of a script without spaces that are exchanged at once
_WORD = re.compile(r"[^\W\d_]{3,}")


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

    places = [
        place
        for place in _places(question, language, held)
        if held.isdisjoint(stems(place.of(question), language))
        and place.of(question).casefold() not in named.casefold()
        and not asks(place.of(question))
    ][:_MOST]
    is_foreign = language_of(question) not in (UNDECIDED, language)
    if not places and (is_foreign or not _UNSPACED.search(question)):
        return ""
    as_asked = score(question)
    rises = {place: score(cut_out(question, *_ends(place))) - as_asked for place in places}
    places.sort(key=lambda place: -rises[place])

    def speaks_against(rise: float) -> bool:
        return confidence < probability(rise * _WEIGHS)

    if places and speaks_against(rises[places[0]]):
        return places[0].of(question)
    if is_foreign:
        return ""
    others = [place for place in places if rises[place] >= _ASKS_LESS][:_EXCHANGED]
    for place, words in _exchanges(question, others, best):
        exchanged = f"{question[: place.start]}{words}{question[place.end :]}"
        if speaks_against(score(exchanged) - as_asked):
            return place.of(question)
    return ""


def _exchanges(
    question: str, places: Sequence[Span], best: Evidence
) -> Iterator[tuple[Span, str]]:
    """What of a question may be another word of the sentence that is not its answer.

    In a script without spaces that is what stands between the same signs in both.
    """
    text, language = best.text, best.document.language
    asked = set(stems(question, language))
    if _UNSPACED.search(question):
        matched = SequenceMatcher(None, question, text, autojunk=False)
        for kind, start, end, first, last in matched.get_opcodes():
            is_short = max(end - start, last - first) <= _RUN
            if kind == "replace" and is_short and not Span(first, last).overlaps(best.answer):
                yield Span(start, end), text[first:last]
        return
    words = [
        found.group()
        for found in _WORD.finditer(text)
        if not Span(*found.span()).overlaps(best.answer)
        and not is_function_word(found.group().lower(), language)
        and asked.isdisjoint(stems(found.group(), language))
    ]
    for place in places:
        for word in list(dict.fromkeys(words))[:_IN_PLACE]:
            yield place, word


def _ends(span: Span) -> tuple[int, int]:
    return span.start, span.end


def _places(question: str, language: str, held: Collection[str]) -> Iterator[Span]:
    """Where each word that carries meaning stands in the question."""
    spaced = _SCRIPTS.sub(lambda run: f" {run.group()} ", question)  # DVD는, 朝食は何時
    for unit in dict.fromkeys(meaning_words(spaced, (language,))):
        for word in _parts(unit, held) if _UNSPACED.match(unit) else (unit,):
            form = form_of(word, question) or re.search(re.escape(word), question, re.IGNORECASE)
            if form is not None:
                yield Span(*form.span())


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
