"""What changed between two versions of a document: the sentences and rows that differ, both cited.

Which versions are meant is said by the years, numbers and names in the question: two of them, one
and that before it, or one and the newest ("since"); else they are the newest and the one before.
Sentences are compared by their words; what only moved is no change.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import islice, zip_longest

from index.search import Found
from index.text.sentences import sentence_spans
from index.types import Document, Span
from rag.asking import Asking
from rag.named_documents import NamedDocuments
from rag.replies import reply
from rag.types import Draft, Quote, Step, quote_at
from rag.verify import Event, VerifiedAnswer
from rag.versions import (
    Version,
    Versions,
    given_versions,
    likeness,
    plain_words,
    shown_label,
    versions_in_words,
)

__all__ = ["answer_changes", "compared_versions", "versions_asked_for"]

_MOST_DOCUMENTS = 12  # that were found, whose versions are looked for
_MOST_SENTENCES = 4000  # of a document
_MOST_SHOWN = 24  # lines
_MOST_PAIRED = 60  # sentences of one stretch that are compared with each other
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
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


def compared_versions(
    question: str,
    versions: Sequence[Version],
    called: frozenset[str],
    begins: Callable[[Span], bool],
) -> tuple[Version, Version] | str:
    """The earlier and the later one that a question asks to compare, which come newest first.

    Of one that it names it is asked what is new in it or, where the question ``begins`` there
    ("since"), what is new since. Where it gives a number that none has, that number.
    """
    given, lacking = given_versions(question, versions, called)
    if not given and lacking:
        return lacking
    meant = list(given) if len(given) > 1 else _named(question, versions) or list(given)
    if len(meant) > 1:
        return meant[-1], meant[0]
    newest = versions[0]
    years = _YEAR.findall(question)
    if years and not meant and all(_YEAR.match(version.label) for version in versions):
        return str(years[0])
    if meant:
        spans = [Span(*found.span()) for found in re.finditer(r"\d+", question)]
        newer = [version for version in versions if meant[0].is_before(version)]
        older = [version for version in versions if version.is_before(meant[0])]
        is_since = any(map(begins, spans)) if spans else True
        if older and not (is_since and newer):
            return older[0], meant[0]
        if meant[0] is not newest:
            return meant[0], newest
    earlier = next((v for v in versions if v.is_before(newest)), versions[1])
    return earlier, newest


def _named(question: str, versions: Sequence[Version]) -> list[Version]:
    """The versions of which a question holds numbers, years or words that not all names have."""
    asked = set(_words(question))
    held = [{*_words(v.id), *_words(v.label)} for v in versions]
    own = [words.difference(held[0].intersection(*held)) for words in held]
    numbers = [{word for word in words if word.isdigit()} for words in own]
    meant = [v for v, words in zip(versions, numbers, strict=True) if words & asked]
    if len(meant) < 2:
        meant = [v for v, words in zip(versions, own, strict=True) if words & asked] or meant
    return meant


def _words(text: str) -> list[str]:
    """The words of a text, and the numbers in them: "v2" has "2"."""
    words = plain_words(text.replace("_", " ")).split()
    return [*words, *(number for word in words for number in re.findall(r"\d+", word))]


def answer_changes(
    asking: Asking, pair: tuple[Version, Version] | str, versions: Sequence[Version]
) -> Iterator[Event]:
    """The answer that shows what differs between an earlier and a later version.

    In place of two comes what a question calls a version and is none.
    """
    source, language = asking.source, asking.language
    verified = VerifiedAnswer(asking.similarity)
    if isinstance(pair, str):
        listed = versions_in_words(versions, language)
        remark = f"{asking.reply('no_version', number=pair)} {listed}"
        yield verified.answer(asking, "changes", remark)
        return
    earlier, later = pair
    changes = _changes(source.document(earlier.id), source.document(later.id))
    yield Step(asking.reply("compared", earlier=earlier.id, later=later.id))
    asking.clock.stop("read")
    drafts = [draft for change in changes for draft in _drafts(change, earlier, later, language)]
    yield from verified.add(drafts[:_MOST_SHOWN], (), asking.clock)
    remark = _remark(changes, earlier, later, language, left_out=len(drafts) - _MOST_SHOWN)
    yield verified.answer(asking, "changes", remark)


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


def _drafts(change: Change, earlier: Version, later: Version, language: str) -> Iterator[Draft]:
    """A line each for what a version says, named by its date or its file."""
    before, after = change
    for quote, version, alone in ((before, earlier, "left_out"), (after, later, "new")):
        if quote is not None:
            other = after if quote is before else before
            named = shown_label(version, language) if earlier.label != later.label else ""
            named = named or version.id
            details = named if other is not None else f"{named}, {reply(alone, language)}"
            yield Draft(quote.text, (quote,), is_list_item=True, details=details)


def _remark(
    changes: Sequence[Change], earlier: Version, later: Version, language: str, *, left_out: int
) -> str:
    """What was compared, and how much differs."""
    changed = sum(one is not None and other is not None for one, other in changes)
    gone = sum(other is None for _, other in changes)
    new = sum(one is None for one, _ in changes)
    labels = [shown_label(version, language) for version in (earlier, later)]
    named = [
        f"{version.id} ({label})" if label else version.id
        for version, label in zip((earlier, later), labels, strict=True)
    ]
    said = [reply("compared", language, earlier=named[0], later=named[1])]
    if not changes:
        return " ".join([*said, reply("same", language)])
    if not earlier.is_before(later):
        said.append(reply("unordered", language))
    said.append(reply("changed", language, changed=changed, new=new, gone=gone))
    if left_out > 0:
        said.append(reply("first", language, n=_MOST_SHOWN))
    return " ".join(said)
