"""Which of the offered drafts are taken: from each document in turn, so many of each kind.

No sentence is used twice and no question asked twice. About a third is unanswerable, and never
more than half as many as are answerable.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256

from eval.drafting.draft import Draft
from eval.drafting.offers import Offer
from index.text.words import content_terms

__all__ = ["chosen"]

_SHARES = {"fact": 0.6, "heading": 0.2, "cloze": 0.2}  # of those that the documents answer
_UNANSWERABLE = 1 / 3
_NEAR = 0.7  # of these: facts with another name
# Of the facts, so many may ask in this way.
_MOST_ALIKE = {"what": 0.4, "what to do": 0.4, "what an abbreviation means": 0.1}


def chosen(
    offers: Mapping[str, Mapping[str, Sequence[Offer]]],
    unanswerable: Mapping[str, Sequence[Offer]],
    number: int,
) -> tuple[Draft, ...]:
    """Up to ``number`` drafts of what is offered by document, kinds and documents mixed."""
    swapped = round(number * _UNANSWERABLE)
    answered = number - swapped
    facts = round(answered * _SHARES["fact"])
    by_kind = {kind: [own[kind] for own in offers.values()] for kind in _SHARES}
    changed = {
        kind: [_of(kind, own) for own in unanswerable.values()] for kind in (*_SHARES, "title")
    }
    alike = {asks: max(1, round(facts * share)) for asks, share in _MOST_ALIKE.items()}
    each = 1 + swapped // (len(offers) or 1)  # headings that one document is asked in vain
    missed = (offer for kind in ("heading", "title") for own in changed[kind] for offer in own)
    in_vain = {offer.asks: each for offer in missed}
    picked = _Picked()
    # Half of the facts first, then those that are changed, so that both get good sentences.
    picked.take(by_kind["fact"], facts // 2, alike)
    picked.take(changed["fact"], round(swapped * _NEAR))
    picked.take(changed["heading"], (swapped - picked.count(answerable=False)) // 2, in_vain)
    picked.take(by_kind["fact"], facts - picked.count(), alike)
    for kind in ("heading", "cloze"):
        share = round(answered * _SHARES[kind])
        picked.take(by_kind[kind], min(share, answered - picked.count()))
    for kind in _SHARES:
        picked.take(by_kind[kind], answered - picked.count())
    wanted = min(swapped, picked.count() // 2)
    for kind in ("fact", "cloze", "heading", "title"):
        picked.take(changed[kind], wanted - picked.count(answerable=False), in_vain)
    return picked.drafts


def _of(kind: str, offers: Iterable[Offer]) -> list[Offer]:
    return [offer for offer in offers if offer.origin == kind]


class _Picked:
    """The drafts so far, and what no further one may repeat."""

    def __init__(self) -> None:
        self._drafts: list[Draft] = []
        self._places: set[tuple[str, int]] = set()
        self._keys: set[str] = set()
        self._alike: Counter[str] = Counter()
        self._of: Counter[str] = Counter()

    @property
    def drafts(self) -> tuple[Draft, ...]:
        """All of them, mixed, always in the same order."""
        return tuple(sorted(self._drafts, key=lambda d: sha256(d.case.id.encode()).digest()))

    def count(self, *, answerable: bool = True) -> int:
        """How many are answerable, or are not."""
        return sum(draft.case.answerable == answerable for draft in self._drafts)

    def take(
        self, lists: Sequence[Sequence[Offer]], count: int, most: Mapping[str, int] | None = None
    ) -> None:
        """Take up to ``count``, one of each list in turn; ``most`` of some that ask alike."""
        left = [list(own) for own in lists]
        taken = 0
        while taken < count and any(left):
            for own in sorted(left, key=self._taken_of):  # of whichever document has the fewest
                while own and taken < count:
                    offer = own.pop(0)
                    is_full = self._alike[offer.asks] >= (most or {}).get(offer.asks, count + 10**6)
                    if not is_full and self._takes(offer):
                        taken += 1
                        break

    def _taken_of(self, offers: Sequence[Offer]) -> int:
        return self._of[offers[0].draft.document] if offers else 0

    def _takes(self, offer: Offer) -> bool:
        draft = offer.draft
        place = (draft.document, draft.start)
        keys = {" ".join(content_terms(draft.case.question)) or draft.case.question}
        if offer.origin == "cloze" and draft.case.answers:  # no two blanks with the same words
            keys.add(f"blank: {draft.case.answers[0]}")
        if place in self._places or keys & self._keys:
            return False
        self._places.add(place)
        self._keys |= keys
        self._alike[offer.asks] += 1
        self._of[draft.document] += 1
        self._drafts.append(draft)
        return True
