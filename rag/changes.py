"""What changed between two versions of a document: the sentences and rows that differ, both cited.

Which versions are meant is said by the years, numbers and names in the question, else they are the
newest and the one before. Sentences are compared by their words; what only moved is no change.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import islice, zip_longest

from index.search import Found
from index.text.sentences import sentence_spans
from index.types import Document
from rag.named_documents import NamedDocuments
from rag.types import Answer, Clock, Draft, Quote, Step, quote_at
from rag.verify import Similarity, VerifiedAnswer, VerifiedSentence
from rag.versions import Version, Versions, likeness, plain_words

__all__ = ["answer_changes", "compared_versions", "versions_asked_for"]

_MOST_DOCUMENTS = 12  # that were found, whose versions are looked for
_MOST_SENTENCES = 4000  # of a document
_MOST_SHOWN = 24  # lines
_MOST_PAIRED = 60  # sentences of one stretch that are compared with each other
_PAIRED = 0.4  # likeness, from which two sentences are one that changed

Change = tuple[Quote | None, Quote | None]
"""A sentence before and after; one of them None where it is new or was left out."""


def versions_asked_for(found: Found, named: NamedDocuments | None) -> tuple[Version, ...]:
    """The versions of the first document that is named or found and has several; () for none."""
    source = found.source
    names = [*(sorted(named.filter_by.documents) if named else ())]
    names += [passage.chunk.document_id for passage in found.passages]
    for name in list(dict.fromkeys(names))[:_MOST_DOCUMENTS]:
        versions = source.derived(Versions).of(name, source)
        if len(versions) > 1:
            return versions
    return ()


def compared_versions(question: str, versions: Sequence[Version]) -> tuple[Version, Version]:
    """The earlier and the later one that a question asks to compare; they come newest first."""
    asked = set(plain_words(question).split())
    held = [set(plain_words(f"{v.id} {v.label}").split()) for v in versions]
    # What the names of all have in common tells none from the others.
    own = [words.difference(held[0].intersection(*held)) for words in held]
    by_number = [
        {w for w in words if any(map(str.isdigit, w))} | _years(v.label)
        for words, v in zip(own, versions, strict=True)
    ]
    meant = [v for v, words in zip(versions, by_number, strict=True) if words & asked]
    if len(meant) < 2:
        meant = [v for v, words in zip(versions, own, strict=True) if words & asked] or meant
    if len(meant) >= 2:
        return meant[-1], meant[0]
    if meant and meant[0] is not versions[0]:
        return meant[0], versions[0]
    earlier = next((v for v in versions if v.is_before(versions[0])), versions[1])
    return earlier, versions[0]


def _years(label: str) -> set[str]:
    return set(re.findall(r"\d{4}", label))


def answer_changes(
    question: str,
    pair: tuple[Version, Version],
    found: Found,
    similarity: Similarity,
    clock: Clock,
) -> Iterator[Step | VerifiedSentence | Answer]:
    """The answer that shows what differs between an earlier and a later version."""
    earlier, later = pair
    source = found.source
    changes = _changes(source.document(earlier.id), source.document(later.id))
    yield Step(f"compared {earlier.id} with {later.id}")
    clock.stop("read")
    verified = VerifiedAnswer(similarity)
    drafts = [draft for change in changes for draft in _drafts(change, earlier, later)]
    yield from verified.add(drafts[:_MOST_SHOWN], (), clock)
    remark = _remark(changes, earlier, later, left_out=len(drafts) - _MOST_SHOWN)
    yield verified.answer(question, remark, "changes", source.name, clock)


def _changes(earlier: Document, later: Document) -> list[Change]:
    """The sentences that differ, in the order of the texts."""
    before, after = _sentences(earlier), _sentences(later)
    old_words = [plain_words(quote.text) for quote in before]
    new_words = [plain_words(quote.text) for quote in after]
    moved = set(old_words) & set(new_words)
    matcher = SequenceMatcher(None, old_words, new_words, autojunk=False)
    out: list[Change] = []
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind != "equal":
            old, new = before[a:b], after[c:d]
            out += _paired(
                [quote for quote in old if plain_words(quote.text) not in moved],
                [quote for quote in new if plain_words(quote.text) not in moved],
            )
    return out


def _sentences(document: Document) -> list[Quote]:
    spans = islice(sentence_spans(document.text, document.language), _MOST_SENTENCES)
    quotes = (quote_at(document, span) for span in spans)
    return [quote for quote in quotes if plain_words(quote.text)]


def _paired(old: Sequence[Quote], new: Sequence[Quote]) -> Iterator[Change]:
    """The sentences of a stretch, each with that of the other version which is most like it."""
    if len(old) > _MOST_PAIRED or len(new) > _MOST_PAIRED:
        yield from zip_longest(old, new)
        return
    alike = sorted(
        (
            (likeness(one.text, other.text), -i, -j)
            for i, one in enumerate(old)
            for j, other in enumerate(new)
        ),
        reverse=True,
    )
    partner: dict[int, int] = {}
    for degree, i, j in alike:
        if degree >= _PAIRED and -i not in partner and -j not in partner.values():
            partner[-i] = -j
    for i, one in enumerate(old):
        yield one, new[partner[i]] if i in partner else None
    yield from ((None, other) for j, other in enumerate(new) if j not in partner.values())


def _drafts(change: Change, earlier: Version, later: Version) -> Iterator[Draft]:
    """A line each for what a version says, named by its date or its file."""
    before, after = change
    for quote, version, alone in ((before, earlier, "left out later"), (after, later, "new")):
        if quote is not None:
            other = after if quote is before else before
            named = version.label if earlier.label != later.label else ""
            named = named or version.id
            details = named if other is not None else f"{named}, {alone}"
            yield Draft(quote.text, (quote,), is_list_item=True, details=details)


def _remark(changes: Sequence[Change], earlier: Version, later: Version, *, left_out: int) -> str:
    """What was compared, and how much differs."""
    changed = sum(one is not None and other is not None for one, other in changes)
    gone = sum(other is None for _, other in changes)
    new = sum(one is None for one, _ in changes)
    named = [f"{v.id} ({v.label})" if v.label else v.id for v in (earlier, later)]
    compared = f"Compared {named[0]} with {named[1]}"
    if not changes:
        return f"{compared}: their sentences are the same."
    if not earlier.is_before(later):
        compared += "; nothing tells which is newer"
    rest = f" The first {_MOST_SHOWN} lines are shown." if left_out > 0 else ""
    return f"{compared}. Changed sentences: {changed}, new ones: {new}, left out: {gone}.{rest}"
