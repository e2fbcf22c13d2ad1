"""Draft cases from the user's own documents, for them to accept, edit or reject; no model needed.

Facts by their forms (:mod:`eval.drafting.forms`), sentences with a blank, what stands below a
heading, and about a third that the documents do not answer (:mod:`eval.drafting.swaps`). Each has
the place it was made from. The same generation and seed give the same drafts. Forms and names are
English; of documents in other languages only sentences with their number taken out are asked.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from eval.drafting.choice import chosen
from eval.drafting.draft import Draft
from eval.drafting.made import Made
from eval.drafting.model import made_by_model
from eval.drafting.offers import Offers, answerable_offers, case_id, unanswerable_offers
from eval.drafting.sources import Source, read_source
from index.search import OpenGeneration
from rag.errors import GeneratorError
from rag.llm.server import LanguageModel

__all__ = ["Draft", "Drafted", "PassedOver", "draft_cases"]

_FEWEST_READ = 40  # documents, and twice as many as drafts are wanted; more are not needed
_FAILED_IN_A_ROW = 3  # times that a model gives no answer, before it is given up


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A document that no draft is from, and why, in words."""

    document: str
    reason: str


@dataclass(frozen=True, slots=True)
class Drafted:
    """The drafts, the documents that none is from, and how many replies of a model were no use.

    It is gone through, and counted, as its drafts are.
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


def draft_cases(
    generation: OpenGeneration,
    *,
    number: int = 60,
    seed: int = 0,
    model: LanguageModel | None = None,
    progress: Callable[[int, int], None] = lambda *_: None,
) -> Drafted:
    """Up to ``number`` drafts, spread over the documents, about a third of them unanswerable.

    With a ``model`` each sentence that was chosen is also given to it, and its question taken
    where it is usable. What ``progress(done, all)`` raises ends the work.

    Raises:
        GeneratorError: the model did not answer, three times in a row.
    """
    names = sorted(generation.manifest.documents)
    random.Random(f"{seed} documents").shuffle(names)  # noqa: S311
    most = max(_FEWEST_READ, 2 * number)
    read, unread = names[:most], names[most:]
    steps = len(read) + (number if model else 0)
    sources: list[Source] = []
    for name in read:
        sources.append(read_source(generation, name, seed))
        progress(len(sources), steps)
    offers = answerable_offers(sources)
    drafts = chosen(offers, unanswerable_offers(generation, sources, offers, seed), number)
    unusable = 0
    if model is not None:
        by_name = {source.document.id: source for source in sources}
        drafts, unusable = _asked(
            model, drafts, by_name, lambda done: progress(len(read) + done, steps)
        )
    progress(steps, steps)
    passed_over = tuple(_passed_over(sources, offers, drafts, unread, number))
    return Drafted(drafts, passed_over, unusable)


def _asked(
    model: LanguageModel,
    drafts: Sequence[Draft],
    sources: Mapping[str, Source],
    told: Callable[[int], None],
) -> tuple[tuple[Draft, ...], int]:
    """The drafts with the model's question where it wrote a usable one, and how many were not."""
    kept: list[Draft] = []
    asked = {draft.case.question for draft in drafts}
    unusable = failed = 0
    for done, draft in enumerate(drafts, start=1):
        if draft.case.answerable:
            document = sources[draft.document].document
            made: Made | None = None
            try:
                made = made_by_model(
                    model, document.title, draft.case.evidence[0], document.language
                )
                failed = 0
            except GeneratorError:
                failed += 1
                if failed == _FAILED_IN_A_ROW:
                    raise
            if made is None or made.question in asked:
                unusable += 1
            else:
                draft = _of_model(draft, made, model.name)  # noqa: PLW2901
                asked.add(made.question)
        kept.append(draft)
        told(done)
    return tuple(kept), unusable


def _of_model(draft: Draft, made: Made, name: str) -> Draft:
    case = replace(
        draft.case,
        id=case_id(made.question),
        question=made.question,
        answers=(made.answer,),
        kind="fact",
    )
    why = f"Written by {name} for this sentence, which holds the answer word for word."
    return replace(draft, case=case, made_by=name, why=why)


def _passed_over(
    sources: Sequence[Source],
    offers: Offers,
    drafts: Sequence[Draft],
    unread: Sequence[str],
    number: int,
) -> Iterator[PassedOver]:
    used = {draft.document for draft in drafts}
    for source in sources:
        document = source.document
        if document.id in used:
            continue
        if any(offers[document.id].values()):
            reason = f"{number} drafts were full before it was its turn"
            if len(drafts) < number:
                reason = "what can be asked of it is asked of another document already"
        elif not source.sentences:
            reason = "no whole sentence of it can be read by itself"
        elif document.language != "en":
            reason = f"in {document.language}: only numbers are asked for, and none could be"
        else:
            reason = "no sentence of it has a form that can be asked"
        yield PassedOver(document.id, reason)
    for name in unread:
        yield PassedOver(name, f"not looked at: other documents are enough for {number} drafts")
