"""What could be asked of each document, by kind, and what the documents do not answer.

No sentence is offered that stands in two places, and a question that could be meant of another
document as well names its own.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from eval.drafting.cloze import cloze_from
from eval.drafting.draft import Draft
from eval.drafting.forms import facts_from
from eval.drafting.headings import headings_of
from eval.drafting.made import Made, is_clear
from eval.drafting.sources import Salient, Source, flat
from eval.drafting.swaps import Swap, swapped_headings, swaps_of, unheld
from eval.suite import Case
from index.search import OpenGeneration
from index.text.words import content_terms, content_words
from index.types import Span

__all__ = ["Offer", "answerable_offers", "case_id", "unanswerable_offers"]

_SWAPPED_OF_DOCUMENT = 12  # questions of each kind that are tried
_WHY = {
    "who": "Asks who, from a sentence that names them.",
    "when": "Asks when, from a sentence with the date.",
    "where": "Asks where, from a sentence with the place.",
    "why": "Asks for the reason that the sentence gives.",
    "how": "Asks how it is done, which the sentence says.",
    "how many": "Asks for a number that the sentence gives.",
    "how much": "Asks for an amount that the sentence gives.",
    "what to do": "Asks what the sentence says to do.",
}
_FIRST_WORD = re.compile(
    r"((?:What|When|Where|Why) (?:is|are|was|were|do|does|did) )(\w[\w’'-]*)(?! [A-Z])(.*)",
    re.DOTALL,
)
_TITLE = re.compile(r"(?=.*[a-z])(?!List of)[\w ,’'&–-]{3,60}")
_FEWEST_TERMS = 3  # of a question that other documents are looked through for


@dataclass(frozen=True, slots=True)
class Offer:
    """A draft that could be made.

    ``asks`` tells how it asks, so that not all ask alike; ``origin`` is the kind of the question
    that it is or was changed from; ``about`` what stands below a heading.
    """

    draft: Draft
    asks: str
    origin: str
    about: str = ""


Offers = dict[str, dict[str, list[Offer]]]
"""By document and kind ("fact", "cloze", "heading"), the most telling first."""


def answerable_offers(sources: Sequence[Source]) -> Offers:
    """What the sentences and headings of these documents answer."""
    texts = Counter(text for s in sources for text in {salient.text for salient in s.sentences})
    titles = Counter(source.document.title for source in sources)
    made: Offers = {}
    for source in sources:
        own = made[source.document.id] = {"fact": [], "cloze": [], "heading": []}
        is_english = source.document.language == "en"
        for salient in source.sentences:
            if texts[salient.text] > 1 or not source.is_once(salient.text):
                continue
            if is_english:
                own["fact"] += _facts(source, salient)
            own["cloze"] += _cloze(source, salient)
        if is_english and titles[source.document.title] == 1:
            own["heading"] += _headings(source)
    asked_by = Counter(
        question
        for own in made.values()
        for question in {offer.draft.case.question for offer in own["fact"]}
    )
    for source in sources:
        others = [s for s in sources if s is not source]
        own = made[source.document.id]
        own["fact"] = [_told_apart(offer, source, others, asked_by) for offer in own["fact"]]
    return made


def unanswerable_offers(
    generation: OpenGeneration, sources: Sequence[Source], offers: Offers, seed: int
) -> dict[str, list[Offer]]:
    """Questions, by the document that they were made from, that no document answers."""
    english = [source for source in sources if source.document.language == "en"]
    tried = [
        swap
        for source in english
        for swap in _swaps(source, [s for s in english if s is not source], offers, seed)
    ]
    every = (generation.document(name) for name in sorted(generation.manifest.documents))
    made: dict[str, list[Offer]] = {source.document.id: [] for source in sources}
    for swap in unheld(tried, every):
        alike = f"of {swap.new}" if swap.asks in {"heading", "title"} else "swap"
        made[swap.document].append(Offer(_of_swap(swap), alike, swap.asks))
    return made


def case_id(question: str) -> str:
    """The id of the draft of a question: the same for the same question."""
    return f"draft-{sha256(question.encode()).hexdigest()[:12]}"


def _facts(source: Source, salient: Salient) -> Iterator[Offer]:
    evidence = flat(salient.span.of(source.document.text))
    for made in facts_from(salient.text, source.is_person):
        question = _lowered(made.question, source)
        if is_clear(question):
            answer = made.answer if made.answer in evidence else ""
            asked = Made(question, answer, made.asks)
            why = _WHY.get(made.asks, "Asks what the sentence explains.")
            yield _offer(source, salient.span, "fact", asked, "template", why)


def _lowered(question: str, source: Source) -> str:
    """A word that has a capital only because its sentence begins with it: "What is surgery?"."""
    found = _FIRST_WORD.fullmatch(question)
    if found is None:
        return question
    is_common = found[2].endswith("s") and found[3].startswith(" of ")  # "Examples of ..."
    word = found[2].lower() if is_common else source.lowered(found[2])
    return f"{found[1]}{word}{found[3]}"


def _cloze(source: Source, salient: Salient) -> Iterator[Offer]:
    made = cloze_from(salient.text, source.document.language)
    if made is not None and made.answer in flat(salient.span.of(source.document.text)):
        why = f"A telling sentence with its {made.asks} taken out."
        yield _offer(source, salient.span, "cloze", made, "cloze", why)


def _headings(source: Source) -> Iterator[Offer]:
    for heading, question, about, span in headings_of(source):
        why = f"Asks what stands below the heading “{heading}”."
        made = Made(question, "", "heading")
        yield replace(_offer(source, span, "heading", made, "heading", why), about=about)


def _offer(source: Source, span: Span, kind: str, made: Made, by: str, why: str) -> Offer:
    document = source.document
    case = Case(
        id=case_id(made.question),
        question=made.question,
        answerable=True,
        answers=(made.answer,) if made.answer else (),
        sources=(document.id,),
        evidence=(span.of(document.text),),
        kind=kind,
    )
    return Offer(Draft(case, document.id, span.start, span.end, by, why), made.asks, kind)


def _told_apart(
    offer: Offer, source: Source, others: Sequence[Source], asked_by: Mapping[str, int]
) -> Offer:
    """The question with the title of its document, where another one could be meant as well."""
    question = offer.draft.case.question
    terms = frozenset(content_terms(question))
    is_named = set(content_words(source.document.title).values()) <= terms
    is_held = len(terms) >= _FEWEST_TERMS and any(
        terms <= other.stems and any(terms <= held for held in other.sentence_stems)
        for other in others
    )
    if is_named or not (is_held or asked_by[question] > 1):
        return offer
    asked = f"According to “{source.document.title}”, {question[0].lower()}{question[1:]}"
    case = replace(offer.draft.case, id=case_id(asked), question=asked)
    why = f"{offer.draft.why} The title is named because another document speaks of the same."
    return replace(offer, draft=replace(offer.draft, case=case, why=why))


def _swaps(source: Source, others: Sequence[Source], offers: Offers, seed: int) -> Iterator[Swap]:
    own = offers[source.document.id]
    for kind in ("fact", "cloze"):
        for offer in own[kind][:_SWAPPED_OF_DOCUMENT]:
            question = offer.draft.case.question
            if not question.startswith("According to"):
                yield from swaps_of(question, source, _place(offer), kind, others, seed)
    for offer in own["heading"][:_SWAPPED_OF_DOCUMENT]:
        if offer.about:
            yield from swapped_headings(offer.about, _place(offer), source, others, "heading", seed)
    if source.sentences and _TITLE.fullmatch(source.document.title):
        about = source.document.title
        yield from swapped_headings(about, source.sentences[0].span, source, others, "title", seed)


def _place(offer: Offer) -> Span:
    return Span(offer.draft.start, offer.draft.end)


def _of_swap(swap: Swap) -> Draft:
    known = f", which “{swap.home}” names," if swap.home else ""
    why = (
        f"“{swap.made_from}” with “{swap.new}”{known} for “{swap.old}”: no document that names it "
        "holds the other words of the question too, so the documents should not answer it."
    )
    if swap.asks in {"heading", "title"}:
        why = f"The {swap.asks} of “{swap.old}”: no word of it is in “{swap.new}”."
    case = Case(case_id(swap.question), swap.question, answerable=False, kind="unanswerable")
    return Draft(case, swap.document, swap.span.start, swap.span.end, "swap", why)
