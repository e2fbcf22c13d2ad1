"""Draft cases from the user's own documents, for them to accept, edit or reject.

In any language, without a grammar: a sentence with a number or name replaced by a blank, or, of one
right below a heading, what its document says about that. About a third are unanswerable: such a
question, asked with its document left out of the search, where no other document holds the words
that would answer it. A language model, where there is one, writes questions too
(:mod:`eval.draft_model`). The same generation and seed give the same drafts.
"""

from __future__ import annotations

import random
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import chain, groupby, zip_longest

from eval.draft_model import question_by_model
from eval.types import Case
from index.builder.summary import is_statement
from index.loaders import plain_text
from index.search import OpenGeneration
from index.text.prose import is_list_item, is_prose
from index.text.sentences import sentence_spans
from index.text.words import content_terms, stems
from index.types import Document, Span
from rag.errors import GeneratorError
from rag.llm.server import LanguageModel
from rag.replies import reply

__all__ = ["Draft", "Drafted", "PassedOver", "blank_in", "draft_cases"]

_BLANK = "____"
_UNANSWERABLE = 1 / 3  # of all drafts
_TRIED = 12  # questions of a document that are tried with it left out
_FEWEST_READ = 40  # documents, and twice as many as drafts are wanted; more are not needed
_MOST_FAILURES = 3  # of a model, in a row, before it is given up
_MOST_SENTENCES = 1500  # of one document that are read, from its beginning
_BYTES = range(38, 300)  # of a sentence: a character of a script without spaces between words has 3
_FEWEST_TERMS = 3  # that carry meaning, beside the blank
_HEADING_CHARACTERS = 80
_ODD = frozenset('|•_<>{}[]\\@`…“”„«»"「」')  # markup, code; a quotation inside one reads badly
_NUMBER = re.compile(r"(?<![A-Za-z\d.,:/-])\d(?:[\d.,:/-]*\d)?(?![A-Za-z\d-])")
_NAME = re.compile(r"[\w’'-]+(?: [\w’'-]+){1,3}")
_NOTHING_TO_ASK = "it has no whole sentence of its own with a heading, number or name to ask for"
_NOT_NEEDED = "other documents are asked instead"


@dataclass(frozen=True, slots=True)
class Draft:
    """A case, the place that it is from, what made it, and why, in words for its reviewer.

    ``text[start:end]`` of the document is the first evidence of an answerable case, always. An
    unanswerable one has no evidence: there it is the place that would answer the question.
    ``made_by`` is "cloze", "heading" or the name of a language model.
    """

    case: Case
    document: str
    start: int
    end: int
    made_by: str
    why: str


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A document that no draft is from, and why, in words."""

    document: str
    reason: str


@dataclass(frozen=True, slots=True)
class Drafted:
    """The drafts, the documents without any, and how many replies of a model were not usable."""

    drafts: tuple[Draft, ...]
    passed_over: tuple[PassedOver, ...] = ()
    unusable_replies: int = 0

    @property
    def reasons(self) -> dict[str, int]:
        """How many documents were passed over, by reason, the most common first."""
        return dict(Counter(each.reason for each in self.passed_over).most_common())


@dataclass(frozen=True, slots=True)
class _Offer:
    """A draft that could be made; ``asks_for`` are the words of its answer."""

    draft: Draft
    asks_for: str


def draft_cases(
    generation: OpenGeneration,
    *,
    number: int = 60,
    seed: int = 0,
    model: LanguageModel | None = None,
    progress: Callable[[int, int], None] = lambda *_: None,
) -> Drafted:
    """Up to ``number`` drafts, spread over the documents, about a third of them unanswerable.

    With a ``model`` each answerable sentence is also given to it, and its question taken where it
    is usable. What ``progress(done, all)`` raises ends the work.

    Raises:
        GeneratorError: the model did not answer, three times in a row.
    """
    names = sorted(generation.manifest.documents)
    random.Random(f"{seed} documents").shuffle(names)  # noqa: S311
    read = names[: max(_FEWEST_READ, 2 * number)]
    steps = len(read) + (number if model else 0)
    found: list[list[_Offer]] = []
    for name in read:
        found.append(list(_offers(generation, name, seed)))
        progress(len(found), steps)
    # What two sentences can be asked has no one place.
    times = Counter(offer.draft.case.id for own in found for offer in own)
    offers = [[offer for offer in own if times[offer.draft.case.id] == 1] for own in found]
    drafts = _chosen(offers, _unanswerable(generation, offers), number)
    unusable = 0
    if model is not None:
        written: list[Draft] = []
        for draft in _by_model(model, generation, drafts):
            written.append(draft)
            progress(len(read) + len(written), steps)
        drafts = written
        unusable = sum(d.case.answerable and d.made_by != model.name for d in drafts)
    progress(steps, steps)
    used = {draft.document for draft in drafts}
    empty = {name for name, own in zip(read, offers, strict=True) if not own}
    passed_over = tuple(
        PassedOver(name, _NOTHING_TO_ASK if name in empty else _NOT_NEEDED)
        for name in names
        if name not in used
    )
    return Drafted(tuple(drafts), passed_over, unusable)


def _offers(generation: OpenGeneration, name: str, seed: int) -> Iterator[_Offer]:
    """What a document can be asked, a question a sentence, in an order that the seed gives."""
    document = generation.document(name)
    language = document.language
    spans = sentence_spans(document.text, language)[:_MOST_SENTENCES]
    heading_of = _headings(document, spans)
    random.Random(f"{seed} {name}").shuffle(spans)  # noqa: S311
    for span in spans:
        text = _statement(document, span)
        heading, blank = heading_of.get(span, ""), blank_in(text, language)
        if text and heading:
            asked = reply("draft_heading", language, title=document.title, heading=heading)
            why = f"Asks what stands below the heading “{heading}”."
            yield _Offer(_draft(document, span, "heading", asked, why), heading)
        elif blank and blank in _flat(span.of(document.text)):
            asked = reply("draft_cloze", language, text=text.replace(blank, _BLANK))
            why = f"A sentence of the document with “{blank}” taken out."
            yield _Offer(_draft(document, span, "cloze", asked, why, blank), blank)


def _draft(document: Document, span: Span, kind: str, asked: str, why: str, *answers: str) -> Draft:
    case = Case(
        id=f"draft-{sha256(asked.encode()).hexdigest()[:12]}",
        question=asked,
        answerable=True,
        answers=answers,
        sources=(document.id,),
        evidence=(span.of(document.text),),
        kind=kind,
    )
    return Draft(case, document.id, span.start, span.end, kind, why)


def _headings(document: Document, spans: Sequence[Span]) -> dict[Span, str]:
    """The headings that say more than the title, by the first sentence below each."""
    title = set(content_terms(document.title, document.language))
    found: dict[Span, str] = {}
    for heading in document.headings:
        text = _flat(heading.text).rstrip(" :.?？")
        after = bisect_right(spans, heading.start, key=lambda span: span.start)
        if (
            after < len(spans)
            and len(text) <= _HEADING_CHARACTERS
            and len(stems(text, document.language)) > 1
            and set(content_terms(text, document.language)) - title
            and not _ODD & set(text + document.title)
        ):
            found[spans[after]] = text
    return found


def _statement(document: Document, span: Span) -> str:
    """The text of a sentence on one line; empty when it is none that can be read by itself."""
    quote = span.of(document.text)
    text = plain_text(document.media_type, quote)
    is_usable = (
        len(text.encode()) in _BYTES
        and text[0].isalnum()
        and not _ODD & set(quote)
        and not is_list_item(quote)
        and is_statement(text)
        and is_prose(document, span)
    )
    return text if is_usable else ""


def blank_in(text: str, language: str) -> str:
    """The longest number, or else the name, that a sentence can be asked for; empty without one.

    It occurs once, and enough is left around it to know what is asked.

    >>> blank_in("The old harbour of Lindal was built by 9 fishermen in May 1931.", "en")
    '1931'
    """
    numbers: list[str] = sorted(_NUMBER.findall(text), key=len, reverse=True)
    for blank in (*numbers, *_names(text)):
        rest = text.replace(blank, " ")
        if text.count(blank) == 1 and len(content_terms(rest, language)) >= _FEWEST_TERMS:
            return blank
    return ""


def _names(text: str) -> Iterator[str]:
    """Two to four words with capitals in a row; the first of a sentence has one anyway."""
    for part in text.split(": "):
        for is_capital, words in groupby(part.split()[1:], key=lambda word: word[0].isupper()):
            name = " ".join(words).strip("().,;:!?")
            if is_capital and _NAME.fullmatch(name):
                yield name


def _unanswerable(
    generation: OpenGeneration, offers: Sequence[Sequence[_Offer]]
) -> list[list[_Offer]]:
    """The offers that no document but their own may answer; each document is read once."""
    names = sorted(generation.manifest.documents)
    left = [own[:_TRIED] for own in offers] if len(names) > 1 else []
    for name in names:
        document = generation.document(name)
        words = frozenset(stems(f"{document.title}\n{document.text}", document.language))
        left = [
            [
                offer
                for offer in own
                if offer.draft.document == name
                or not set(content_terms(offer.asks_for, document.language)) <= words
            ]
            for own in left
        ]
    return [[_without_its_document(offer) for offer in own] for own in left]


def _without_its_document(offer: _Offer) -> _Offer:
    name, case = offer.draft.document, offer.draft.case
    case = Case(case.id, case.question, answerable=False, kind="unanswerable", without=(name,))
    why = (
        f"{offer.draft.why} It is asked with {name} left out of the search: no other document "
        f"holds “{offer.asks_for}”, so the others should not answer it."
    )
    return replace(offer, draft=replace(offer.draft, case=case, why=why))


def _chosen(
    offers: Sequence[Sequence[_Offer]], unanswerable: Sequence[Sequence[_Offer]], number: int
) -> list[Draft]:
    """Up to ``number``, of each document in turn, mixed in a fixed order; no answer comes twice."""
    answers = {offer.asks_for.casefold() for own in offers for offer in own}
    declined = round(min(number, len(answers)) * _UNANSWERABLE)
    picked: dict[str, Draft] = {}
    for some, most in ((unanswerable, declined), (offers, number)):
        used = {draft.document for draft in picked.values()}
        unused_first = sorted(filter(None, some), key=lambda own: own[0].draft.document in used)
        for offer in filter(None, chain.from_iterable(zip_longest(*unused_first))):
            if len(picked) < most:
                picked.setdefault(offer.asks_for.casefold(), offer.draft)
    return sorted(picked.values(), key=lambda d: sha256(d.case.id.encode()).digest())


def _by_model(
    model: LanguageModel, generation: OpenGeneration, drafts: Sequence[Draft]
) -> Iterator[Draft]:
    """The drafts, with the model's question where it wrote a usable one."""
    questions = {draft.case.question for draft in drafts}
    failed = 0
    for draft in drafts:
        document, span = generation.document(draft.document), Span(draft.start, draft.end)
        found: tuple[str, str] | None = None
        if draft.case.answerable:
            quote = span.of(document.text)
            try:
                found = question_by_model(model, document.title, quote, document.language)
                failed = 0
            except GeneratorError:
                failed += 1
                if failed == _MOST_FAILURES:
                    raise
        if found is None or found[0] in questions:
            yield draft
        else:
            questions.add(found[0])
            why = f"Written by {model.name} for this sentence, which holds the answer as it is."
            written = _draft(document, span, "fact", found[0], why, found[1])
            yield replace(written, made_by=model.name)


def _flat(text: str) -> str:
    """A text on one line."""
    return " ".join(text.split())
