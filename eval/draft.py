"""Draft cases from the user's own documents, for them to accept, edit or reject.

In any language, without a grammar: a sentence with a date, number or name replaced by a blank, and
what a document says about one of its headings. About a third are unanswerable: such a question,
asked with its document left out of the search, where no other document holds the words that would
answer it. A language model, where there is one, writes questions too (:mod:`eval.draft_model`).
The same generation and seed give the same drafts.
"""

from __future__ import annotations

import math
import random
import re
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from eval.draft_model import question_by_model
from eval.types import Case
from index.loaders import plain_text
from index.search import OpenGeneration
from index.text.prose import is_complete, is_list_item, is_prose, leans_back
from index.text.scripts import UNSPACED
from index.text.sentence_ends import is_month
from index.text.sentences import sentence_spans
from index.text.words import content_terms, stems
from index.types import Document, Span
from rag.errors import GeneratorError
from rag.llm.server import LanguageModel

__all__ = ["BLANK", "Draft", "Drafted", "PassedOver", "blank_in", "draft_cases"]

BLANK = "____"

_COMPLETE = {
    "de": "Ergänzen Sie", "en": "Complete", "es": "Completa", "fr": "Complétez", "it": "Completa",
    "ja": "空欄を埋めてください", "ko": "빈칸을 채우세요", "nl": "Vul aan", "pt": "Complete",
    "zh": "填空",
}  # fmt: skip
_SAYS = {  # title, heading
    "de": "Was steht in „{}“ zu „{}“?",
    "en": "What does “{}” say about “{}”?",
    "es": "¿Qué dice «{}» sobre «{}»?",
    "fr": "Que dit « {} » au sujet de « {} » ?",
    "it": "Che cosa dice «{}» su «{}»?",
    "ja": "「{}」には「{}」について何と書かれていますか。",
    "ko": "“{}”에는 “{}”에 대해 무엇이라고 쓰여 있습니까?",
    "nl": "Wat zegt “{}” over “{}”?",
    "pt": "O que diz “{}” sobre “{}”?",
    "zh": "《{}》中关于“{}”写了什么？",
}
_UNANSWERABLE = 1 / 3  # of all drafts
_BLANKS = 2 / 3  # of the answerable ones
_TRIED = 12  # questions of a document and kind that are tried with it left out
_FEWEST_READ = 40  # documents, and twice as many as drafts are wanted; more are not needed
_MOST_FAILURES = 3  # of a model, in a row, before it is given up
_MOST_SENTENCES = 1500  # of one document that are read, from its beginning
_BEST_SENTENCES = 200  # of one document that are offered
_FEWEST_TERMS = 3  # that carry meaning, beside the blank
_WORDS, _CHARACTERS = (8, 30), (15, 110)  # of a sentence; of one without spaces between words
_MOST_CHARACTERS = 400
_HEADING_WORDS, _HEADING_CHARACTERS = (2, 9), (4, 25)
_BELOW_HEADING = 3000  # characters in which its first sentence is looked for
_LARGEST_IDF = 6.2
_JITTER = 0.35

_UNSPACED = re.compile(f"[{UNSPACED}]")
_NO_PROSE = re.compile(r"[|•_<>{}\[\]\\]|…|\.\.|https?:|www\.|@|\*\*|-\s*\n|(?:\b[A-Z]\w*\b ){7}")
_QUOTES = frozenset('“”„«»"「」')  # a quotation inside one reads badly
_NUMBERING = re.compile(r"(?:\w+ )?(?:\d+(?:\.\d+)*|[IVX]+|[A-Z])[.):]\s+(?=\S)|\d[\d.]*\s+(?=\S)")
_NUMBER = re.compile(
    r"(?<![A-Za-z\d.,:/$€£¥×^–-])(?:[$€£¥]?\d[\d.,]*\d|[$€£¥]?\d(?=\s?[^\W\d]))"
    r"(?![A-Za-z\d-]|[.,:/–]\d)"
)
_DATE = re.compile(
    r"(?<![\d.,:/-])(?:\d{4}-\d{2}-\d{2}|\d{4}年(?:\d{1,2}月(?:\d{1,2}日)?)?"
    r"|\d{4}년(?: ?\d{1,2}월(?: ?\d{1,2}일)?)?)(?![\d-])"
)
_WORD = re.compile(r"[^\W_][\w’'-]*")
_NAME_WORDS = 4
_JOINED = ("-", "'", "’", " of ", " de ")  # what makes a name a part of a longer one


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
    """The drafts, the documents without any, and how many replies of a model were not usable.

    Its length and its items are those of ``drafts``.
    """

    drafts: tuple[Draft, ...]
    passed_over: tuple[PassedOver, ...] = ()
    unusable_replies: int = 0

    def __iter__(self) -> Iterator[Draft]:
        return iter(self.drafts)

    def __len__(self) -> int:
        return len(self.drafts)

    @property
    def reasons(self) -> dict[str, int]:
        """How many documents were passed over, by reason, the most common first."""
        return dict(Counter(each.reason for each in self.passed_over).most_common())


@dataclass(frozen=True, slots=True)
class _Source:
    """A document and its sentences that can be asked about, the best first, without markup."""

    document: Document
    sentences: tuple[tuple[Span, str], ...]


@dataclass(frozen=True, slots=True)
class _Offer:
    """A draft that could be made; ``asks_for`` are the words of its answer."""

    draft: Draft
    asks_for: str


Offers = dict[str, dict[str, list[_Offer]]]
"""By document and kind ("cloze", "heading"), the best first."""


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
    most = max(_FEWEST_READ, 2 * number)
    read, unread = names[:most], names[most:]
    steps = len(read) + (number if model else 0)
    sources: list[_Source] = []
    for name in read:
        sources.append(_read_source(generation, name, seed))
        progress(len(sources), steps)
    offers = _offers(sources)
    drafts = _chosen(offers, _without_their_document(generation, offers), number)
    unusable = 0
    if model is not None:
        documents = {source.document.id: source.document for source in sources}
        drafts, unusable = _by_model(
            model, drafts, documents, lambda done: progress(len(read) + done, steps)
        )
    progress(steps, steps)
    passed_over = tuple(_passed_over(sources, offers, drafts, unread, number))
    return Drafted(drafts, passed_over, unusable)


def _read_source(generation: OpenGeneration, name: str, seed: int) -> _Source:
    """The sentences that can be asked about: with rare words, of the summary, early ones first.

    The seed shifts the order a little, so that another one gives other drafts.
    """
    document = generation.document(name)
    summary = generation.summary_of(name)
    found: list[tuple[float, Span, str]] = []
    spans = sentence_spans(document.text, document.language)
    for at, span in enumerate(spans[:_MOST_SENTENCES]):
        text = _statement(document, span)
        terms = content_terms(text, document.language) if text else []
        if len(terms) <= _FEWEST_TERMS:
            continue
        rare = sum(min(_LARGEST_IDF, generation.term_weight(t)) for t in terms) / len(terms)
        rank = next((n for n, s in enumerate(summary) if s.overlaps(span)), None)
        worth = (
            rare / _LARGEST_IDF
            + 0.3 / math.sqrt(1 + at)
            + (0.3 / (1 + rank) + 0.2 if rank is not None else 0.0)
            + _JITTER * random.Random(f"{seed} {name} {span.start}").random()  # noqa: S311
        )
        found.append((worth, span, text))
    found.sort(key=lambda each: (-each[0], each[1].start))
    return _Source(document, tuple(each[1:] for each in found[:_BEST_SENTENCES]))


def _statement(document: Document, span: Span) -> str:
    """The text of a sentence on one line; empty when it is none that can be read by itself."""
    quote = span.of(document.text)
    if len(quote) > _MOST_CHARACTERS or _NO_PROSE.search(quote) or is_list_item(quote):
        return ""
    text = _flat(plain_text(document.media_type, quote))
    is_statement = (
        bool(text)
        and is_complete(text)
        and not text.endswith((":", "?", "？"))
        and text[0].isalnum()
        and not text[0].islower()
        and not leans_back(text)
        and not _QUOTES & set(text)
        and text.count("(") == text.count(")")
        and is_prose(document, span)
    )
    return text if is_statement else ""


def _offers(sources: Sequence[_Source]) -> Offers:
    """What can be asked of these documents.

    Nothing is asked about a sentence that is there twice, or under a title that two have.
    """
    texts = Counter(text for source in sources for _, text in set(source.sentences))
    titles = Counter(source.document.title for source in sources)
    offers: Offers = {}
    for source in sources:
        own = offers[source.document.id] = {"cloze": [], "heading": []}
        document, flat = source.document, _flat(source.document.text)
        for span, text in source.sentences:
            quote = _flat(span.of(document.text))
            if texts[text] == 1 and flat.count(quote) == 1:
                own["cloze"] += _cloze(document, span, text)
        if titles[document.title] == 1:
            own["heading"] += _headings(document)
    return offers


def _cloze(document: Document, span: Span, text: str) -> Iterator[_Offer]:
    blank = blank_in(text, document.language)
    if blank is None or blank.of(text) not in _flat(span.of(document.text)):
        return
    rest = f"{text[: blank.start]}{BLANK}{text[blank.end :]}"
    question = f"{_COMPLETE.get(document.language, _COMPLETE['en'])}: “{rest}”"
    answer = blank.of(text)
    why = f"A sentence of the document with “{answer}” taken out."
    yield _Offer(_draft(document, span, "cloze", question, (answer,), why), answer)


def blank_in(text: str, language: str) -> Span | None:
    """The date, number or name of a sentence that it can be asked for; None where there is none.

    It occurs once, and enough is left around it to know what is asked.

    >>> text = "The old harbour of Lindal was built by the fishermen in May 1931."
    >>> blank_in(text, "en").of(text)
    'May 1931'
    """
    least, most = _CHARACTERS if _UNSPACED.search(text) else _WORDS
    if not least <= len(text if _UNSPACED.search(text) else text.split()) <= most:
        return None
    for blank in _blanks(text, language):
        rest = f"{text[: blank.start]} {text[blank.end :]}"
        if blank.of(text) not in rest and len(content_terms(rest, language)) >= _FEWEST_TERMS:
            return blank
    return None


def _blanks(text: str, language: str) -> Iterator[Span]:
    """What can be taken out, the surest first: dates, numbers, names."""
    dates = [Span(*found.span()) for found in _DATE.finditer(text)]
    months = {word for word in _WORD.findall(text) if is_month(word, language)}
    if months:
        month = "|".join(map(re.escape, sorted(months)))
        day = r"\b(?: \d{1,2}\b(?!:))"
        written = re.compile(
            rf"(?<![\w.,-])(?:\d{{1,2}}(?:\.|º)? (?:de )?(?:{month})\b(?:,? (?:de )?\d{{4}}\b)?"
            rf"|(?:{month}){day}?,? (?:de )?\d{{4}}\b|(?:{month}){day})"
        )
        dates += [Span(*found.span()) for found in written.finditer(text)]
    numbers = [Span(*found.span()) for found in _NUMBER.finditer(text)]
    yield from dates
    yield from (span for span in numbers if not any(span.overlaps(date) for date in dates))
    yield from _names(text)


def _names(text: str) -> Iterator[Span]:
    """Words with capitals inside a sentence, two to four in a row, or an abbreviation."""
    runs: list[list[re.Match[str]]] = []
    for word in list(_WORD.finditer(text))[1:]:
        if not word.group()[0].isupper():
            continue
        if runs and runs[-1][-1].end() + 1 == word.start() and text[word.start() - 1] == " ":
            runs[-1].append(word)
        else:
            runs.append([word])
    for run in runs:
        start, end = run[0].start(), run[-1].end()
        words = [word.group() for word in run]
        is_name = 2 <= len(run) <= _NAME_WORDS or (len(run) == 1 and words[0].isupper())
        others = set(_WORD.findall(text[:start] + " " + text[end:]))
        is_part = text[:start].endswith((*_JOINED, "(")) or text.startswith(_JOINED, end)
        is_short = len(words) == 1 and end - start < 2
        if is_name and not is_part and not is_short and not others & set(words):
            yield Span(start, end)


def _headings(document: Document) -> Iterator[_Offer]:
    """Headings of a few words that occur once and say more than the title."""
    count = Counter(_flat(heading.text).lower() for heading in document.headings)
    title = set(content_terms(document.title, document.language))
    ends = [*(heading.start for heading in document.headings[1:]), len(document.text)]
    for heading, end in zip(document.headings, ends, strict=False):
        text = _NUMBERING.sub("", _flat(heading.text), count=1).rstrip(" :.?？")
        least, most = _HEADING_CHARACTERS if _UNSPACED.search(text) else _HEADING_WORDS
        size = len(text) if _UNSPACED.search(text) else len(text.split())
        terms = set(content_terms(text, document.language)) - title
        is_plain = not _NO_PROSE.search(text) and not _QUOTES & set(text + document.title)
        span = _first_below(document, heading.start, end)
        if not (terms and is_plain and least <= size <= most and span):
            continue
        if count[_flat(heading.text).lower()] == 1:
            says = _SAYS.get(document.language, _SAYS["en"])
            question = says.format(document.title, text)
            why = f"Asks what stands below the heading “{_flat(heading.text)}”."
            yield _Offer(_draft(document, span, "heading", question, (), why), text)


def _first_below(document: Document, start: int, end: int) -> Span | None:
    """The first sentence below a heading, where it says something by itself."""
    line = document.text.find("\n", start)
    if line < 0 or line + 1 >= end:
        return None
    begin = line + 1
    below = document.text[begin : min(end, begin + _BELOW_HEADING)]
    for local in sentence_spans(below, document.language)[:3]:
        span = local.shifted(begin)
        text = _flat(plain_text(document.media_type, span.of(document.text)))
        size = len(text) if _UNSPACED.search(text) else 2 * len(text.split())
        if is_complete(text) and size >= 12 and is_prose(document, span):
            is_usable = len(text) <= _MOST_CHARACTERS and not text.endswith(("?", "？", ":"))
            return span if is_usable and not _NO_PROSE.search(text) else None
    return None


def _draft(
    document: Document, span: Span, kind: str, question: str, answers: tuple[str, ...], why: str
) -> Draft:
    case = Case(
        id=_case_id(question),
        question=question,
        answerable=True,
        answers=answers,
        sources=(document.id,),
        evidence=(span.of(document.text),),
        kind=kind,
    )
    return Draft(case, document.id, span.start, span.end, kind, why)


def _case_id(question: str) -> str:
    """The id of the draft of a question: the same for the same question."""
    return f"draft-{sha256(question.encode()).hexdigest()[:12]}"


def _without_their_document(generation: OpenGeneration, offers: Offers) -> Offers:
    """The offers that no document but their own may answer; each document is read once."""
    left = [offer for own in offers.values() for kind in own.values() for offer in kind[:_TRIED]]
    if len(generation.manifest.documents) == 1:
        return {}
    for name in sorted(generation.manifest.documents):
        document = generation.document(name)
        words = frozenset(stems(f"{document.title}\n{document.text}", document.language))
        left = [
            offer
            for offer in left
            if offer.draft.document == name
            or not set(content_terms(offer.asks_for, document.language)) <= words
        ]
    found: Offers = {name: {kind: [] for kind in own} for name, own in offers.items()}
    for offer in left:
        found[offer.draft.document][offer.draft.made_by].append(_as_unanswerable(offer))
    return found


def _as_unanswerable(offer: _Offer) -> _Offer:
    draft = offer.draft
    case = Case(
        draft.case.id,
        draft.case.question,
        answerable=False,
        kind="unanswerable",
        without=(draft.document,),
    )
    why = (
        f"{draft.why} It is asked with {draft.document} left out of the search: no other document "
        f"holds “{offer.asks_for}”, so the others should not answer it."
    )
    return replace(offer, draft=replace(draft, case=case, why=why))


def _chosen(offers: Offers, unanswerable: Offers, number: int) -> tuple[Draft, ...]:
    """Up to ``number`` of what is offered, mixed in a fixed order."""
    places = {
        (offer.draft.document, offer.draft.start)
        for own in offers.values()
        for kind in own.values()
        for offer in kind
    }
    declined = round(min(number, len(places)) * _UNANSWERABLE)
    picked = _Picked()
    # Half of the answerable ones first, so that both get good sentences.
    picked.take(offers, (min(number, len(places)) - declined) // 2)
    picked.take(unanswerable, declined)
    picked.take(offers, number - len(picked.drafts))
    return tuple(sorted(picked.drafts, key=lambda d: sha256(d.case.id.encode()).digest()))


class _Picked:
    """The drafts so far; no place is used twice, and nothing asked for twice."""

    def __init__(self) -> None:
        self.drafts: list[Draft] = []
        self._used: set[object] = set()
        self._of: Counter[str] = Counter()

    def take(self, offers: Offers, count: int) -> None:
        """Take up to ``count``, about two thirds of them blanks, from each document in turn."""
        most = len(self.drafts) + count
        blanks, headings = (
            [deque(own[kind]) for own in offers.values()] for kind in ("cloze", "heading")
        )
        self._take(blanks, len(self.drafts) + round(count * _BLANKS))
        self._take(headings, most)
        self._take(blanks, most)

    def _take(self, left: Sequence[deque[_Offer]], most: int) -> None:
        """Take until there are ``most`` drafts, first of the document that has the fewest."""
        while len(self.drafts) < most and (left := [own for own in left if own]):
            for own in sorted(left, key=lambda own: self._of[own[0].draft.document]):
                while own and len(self.drafts) < most:
                    if self._takes(own.popleft()):
                        break

    def _takes(self, offer: _Offer) -> bool:
        draft = offer.draft
        keys = {(draft.document, draft.start), draft.case.id, offer.asks_for.casefold()}
        if keys & self._used:
            return False
        self._used |= keys
        self._of[draft.document] += 1
        self.drafts.append(draft)
        return True


def _by_model(
    model: LanguageModel,
    drafts: Sequence[Draft],
    documents: Mapping[str, Document],
    report: Callable[[int], None],
) -> tuple[tuple[Draft, ...], int]:
    """The drafts with the model's question where it wrote a usable one, and how many were not."""
    written: list[Draft] = []
    questions = {draft.case.question for draft in drafts}
    unusable = failed = 0
    for done, draft in enumerate(drafts, start=1):
        if draft.case.answerable:
            document = documents[draft.document]
            found: tuple[str, str] | None = None
            try:
                found = question_by_model(
                    model, document.title, draft.case.evidence[0], document.language
                )
                failed = 0
            except GeneratorError:
                failed += 1
                if failed == _MOST_FAILURES:
                    raise
            if found is None or found[0] in questions:
                unusable += 1
            else:
                questions.add(found[0])
                draft = _of_model(draft, *found, model.name)  # noqa: PLW2901
        written.append(draft)
        report(done)
    return tuple(written), unusable


def _of_model(draft: Draft, question: str, answer: str, name: str) -> Draft:
    case = replace(
        draft.case, id=_case_id(question), question=question, answers=(answer,), kind="fact"
    )
    why = f"Written by {name} for this sentence, which holds the answer word for word."
    return replace(draft, case=case, made_by=name, why=why)


def _passed_over(
    sources: Sequence[_Source],
    offers: Offers,
    drafts: Sequence[Draft],
    unread: Sequence[str],
    number: int,
) -> Iterator[PassedOver]:
    used = {draft.document for draft in drafts}
    for source in sources:
        name = source.document.id
        if name in used:
            continue
        if any(offers[name].values()):
            reason = f"{number} drafts were full before it was its turn"
            if len(drafts) < number:
                reason = "what can be asked of it is asked of another document already"
        elif not source.sentences:
            reason = "no whole sentence of it can be read by itself"
        else:
            reason = "no sentence of it has a date, number or name to ask for"
        yield PassedOver(name, reason)
    for name in unread:
        yield PassedOver(name, f"not looked at: other documents are enough for {number} drafts")


def _flat(text: str) -> str:
    """A text on one line."""
    return " ".join(text.split())
