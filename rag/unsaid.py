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
from dataclasses import dataclass
from difflib import SequenceMatcher
from statistics import median

from index.text.language import UNDECIDED, language_of
from index.text.scripts import HAN, HANGUL, HIRAGANA, KANA_AND_HAN, KATAKANA, UNSPACED
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
_IN_PLACE = 6  # words of the sentence that are, at most: of many some word always fits
_WEIGHS_IN_PLACE = 0.6  # the rise with a word in its place, against the logit of the confidence
_FITS = 0.8  # by how much more than by the other words of the sentence it rises
_SAME_WORD = 0.6  # of the letters of two words are the same, where one is a form of the other
_ASKS_LESS = -1.0  # how much the logit falls at most without a word that says what is asked about
_RUN = 8  # signs of a script without spaces that are exchanged at once
_WORD = re.compile(r"[^\W\d_]{3,}")
_SHORT = re.compile(rf"[^{UNSPACED}]?[^{UNSPACED}A-Z]")  # of two letters, but for "TV"
_JOINED = re.compile(r"[^\W_]+(?:[-‐‑'’][^\W_]+)*")
_LAST = re.compile(r"([^\W_]+)[\s'’-]*\Z")
_FIRST = re.compile(r"[\s'’-]*([^\W_]+)")


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
    rises = {}
    if places:
        as_asked = score(question)
        rises = {at: score(cut_out(question, at.start, at.end)) - as_asked for at in places}
        most = max(places, key=lambda place: rises[place])
        if confidence < probability(rises[most] * _WEIGHS):
            return _whole_word(question, most)
    if language_of(question) not in (UNDECIDED, language):
        return ""
    may_be = [
        place
        for place in places
        if rises[place] >= _ASKS_LESS and not any(map(str.isdigit, place.of(question)))
    ]
    may_be = sorted(may_be, key=lambda place: -rises[place])[:_EXCHANGED]
    for exchange in _exchanges(question, may_be, best):
        if exchange.speaks_against(score, confidence):
            return _whole_word(question, exchange.place)
    return ""


@dataclass(frozen=True, slots=True)
class _Exchange:
    """A place of a question, and words of a sentence that may stand there instead."""

    question: str
    place: Span
    text: str
    words: Sequence[Span]
    language: str

    def speaks_against(self, score: Callable[[str], float], confidence: float) -> bool:
        """Whether the question is answered much better with one of the words, not with any.

        Of a word beside the same word ("full-time staff", "part-time staff") less is enough.
        """
        begin, end = self.question[: self.place.start], self.question[self.place.end :]
        as_asked = score(self.question)
        words = [word for word in self.words if not self._is_a_form_of(word)]
        rises = [score(f"{begin}{word.of(self.text)}{end}") - as_asked for word in words]
        usual = median(sorted(rises)[:-1]) if len(rises) > 1 else 0.0
        for word, rise in zip(words, rises, strict=True):
            is_alike = self._is_beside_the_same(word)
            weighs = 1.0 if is_alike else _WEIGHS_IN_PLACE
            if (is_alike or rise - usual >= _FITS) and confidence < probability(rise * weighs):
                return True
        return False

    def _is_a_form_of(self, word: Span) -> bool:
        """Whether two words are written nearly alike from their first letter: "holds", "held"."""
        ours, theirs = self.place.of(self.question).lower(), word.of(self.text).lower()
        is_alike = SequenceMatcher(None, ours, theirs, autojunk=False).ratio() >= _SAME_WORD
        return ours[0] == theirs[0] and is_alike and not _UNSPACED.search(ours)

    def _is_beside_the_same(self, word: Span) -> bool:
        """Whether a word that says something stands beside the place and beside the other word."""
        ours, theirs = _beside(self.question, self.place), _beside(self.text, word)
        return any(
            one and not is_function_word(one, self.language) and _is_same(one, two, self.language)
            for one, two in zip(ours, theirs, strict=True)
        )


def _beside(text: str, span: Span) -> tuple[str, str]:
    """The words before and behind a span in lower case, "" where there is none."""
    before, behind = _LAST.search(text[: span.start]), _FIRST.match(text[span.end :])
    return before[1].lower() if before else "", behind[1].lower() if behind else ""


def _is_same(word: str, other: str, language: str) -> bool:
    return bool(other) and stems(word, language) == stems(other, language)


def _whole_word(question: str, place: Span) -> str:
    """The word at a place with what a hyphen joins to it.

    >>> _whole_word("Do full-time staff pay?", Span(3, 7))
    'full-time'
    """
    for found in _JOINED.finditer(question):
        if found.start() <= place.start and place.end <= found.end():
            is_unspaced = _UNSPACED.search(found.group()) is not None
            return place.of(question) if is_unspaced else found.group()
    return place.of(question)


def _exchanges(question: str, places: Sequence[Span], best: Evidence) -> Iterator[_Exchange]:
    """Places of a question with the words of the sentence, not of its answer, that may stand there.

    In a script without spaces that is what stands between the same signs in both.
    """
    text, language = best.text, best.document.language
    if _UNSPACED.search(question):
        matched = SequenceMatcher(None, question, text, autojunk=False)
        for kind, start, end, first, last in matched.get_opcodes():
            is_short = max(end - start, last - first) <= _RUN
            if kind == "replace" and is_short and not Span(first, last).overlaps(best.answer):
                yield _Exchange(question, Span(start, end), text, (Span(first, last),), language)
        return
    asked = set(stems(question, language))
    words = {
        found.group().lower(): Span(*found.span())
        for found in _WORD.finditer(text)
        if not Span(*found.span()).overlaps(best.answer)
        and not is_function_word(found.group().lower(), language)
        and asked.isdisjoint(stems(found.group(), language))
    }
    if 0 < len(words) <= _IN_PLACE:
        others = list(words.values())
        yield from (_Exchange(question, place, text, others, language) for place in places)


def _places(question: str, language: str, held: Collection[str]) -> Iterator[Span]:
    """Where each word that carries meaning stands in the question."""
    spaced = _SCRIPTS.sub(lambda run: f" {run.group()} ", question)  # DVD는, 朝食は何時
    for unit in dict.fromkeys(meaning_words(spaced, (language,))):
        for word in _parts(unit, held) if _UNSPACED.match(unit) else (unit,):
            form = form_of(word, question) or re.search(re.escape(word), question, re.IGNORECASE)
            if form is not None and not _SHORT.fullmatch(form.group()):
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
