"""Mails of one thread: what was written last leads, what it supersedes is named as earlier.

A thread is the mails that answer each other, and those of one subject, with or without marks of
replies, between the same people.
All of them are read in their own words, each sentence once, as that of the mail that it was
written in. Whom the question names is asked for what that person wrote. Of the head of a mail the
whole is shown, that of the first mail where several would do. Nothing is searched here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from index.loaders import plain_text
from index.loaders.mail.heads import (
    MAILBOX,
    MAILS,
    Head,
    is_quoted,
    quoted_as,
    read_head,
    topic_of,
)
from index.search import Found, OpenGeneration
from index.store.manifest import Entry
from index.text.words import content_terms, stems
from index.types import Document, Filter, Passage, Span
from rag.asking import Similarity
from rag.evidence import Evidence, best_first, read_evidence
from rag.features import probability
from rag.reader import Passage as ReaderPassage
from rag.reader import Reader
from rag.replies import days
from rag.statements import statement
from rag.types import Quote

__all__ = ["Threads", "latest_of_thread", "said_by"]

_MOST_MAILS = 16
_MOST_CHUNKS = 3  # of a mail's own words
_MOST_COMPARED = 200  # mails of one subject whose people are looked at
_HEAD = 0.93  # of it: from which words answer rather than a line of the head
_SURELY = 0.7  # likely, from which words answer whatever the head says
_HEADS = 0.9  # of the best one's coverage: the heads of several mails do
_MOST_EARLIER = 2
_NEARLY = 0.75  # of the best one's probability: such sentences answer the same
_SAME = 0.66  # cosine of what a later mail says with what answers, from which it is of the same
_WORDS = 0.2  # certainty, from which words of a later mail may be those that are asked for
_FIELD = re.compile(r"[^\W\d_][\w .-]{0,30}[:：]\s")
_TIME = re.compile(r"(?<!\d)(\d{1,2})[:.h](\d\d)(?:\s?([AaPp])\.?[Mm])?")


class Threads:
    """The mails of a generation by subject, and by the mails that they answer."""

    def __init__(self, documents: Mapping[str, Entry]) -> None:
        self._by_topic: dict[str, list[str]] = {}
        self._by_reference: dict[str, list[str]] = {}
        self._documents = documents
        for name, entry in documents.items():
            if entry.media_type in MAILS and (topic := topic_of(entry.title)):
                self._by_topic.setdefault(topic, []).append(name)
            for reference in entry.references:
                self._by_reference.setdefault(reference, []).append(name)

    def of(self, mail: Document, source: OpenGeneration) -> list[Document]:
        """The mails of its thread, itself included, the latest first; others only share people."""
        names = self._by_topic.get(topic_of(mail.title), [])
        people = read_head(mail.text).addresses
        enough = min(2, len(people))
        answered = self._answered(mail.id)
        others = (source.document(n) for n in names[-_MOST_COMPARED:] if n not in answered)
        alike = [o for o in others if len(read_head(o.text).addresses & people) >= enough]
        thread = [*(source.document(n) for n in answered), *alike]
        return sorted(thread, key=lambda m: (read_head(m.text).sent, m.id), reverse=True)

    def _answered(self, name: str) -> list[str]:
        """A mail, and those that are linked with it by the mails that they answer."""
        names = [name]
        for found in names:
            for reference in self._documents[found].references:
                names += [n for n in self._by_reference[reference] if n not in names]
            if len(names) >= _MOST_COMPARED:
                break
        return names


def latest_of_thread(
    question: str,
    found: Found,
    evidence: Sequence[Evidence],
    reader: Reader,
    filter_by: Filter,
    similarity: Similarity,
) -> tuple[list[Evidence], list[Evidence], bool]:
    """The evidence, led by what was written last where a mail answers; what that supersedes.

    Third, whether what leads only may answer: it is about the same, and was written later, or a
    later mail has words for what is asked, which stand behind it.
    """
    evidence = _without_lists(question, evidence)
    best = evidence[0] if evidence else None
    if best is None or best.document.media_type not in MAILS:
        return list(evidence), [], False
    thread = [
        mail
        for mail in found.source.derived(Threads).of(best.document, found.source)
        if filter_by.allows(mail.id, mail.date)
    ][:_MOST_MAILS]
    names = {mail.id for mail in thread}
    outside = [item for item in evidence if item.document.id not in names]
    inside = [item for item in evidence if item.document.id in names]
    if len(thread) > 1:
        passages = tuple(_own_words(thread, found))
        inside += read_evidence(question, replace(found, passages=passages), reader)
    written = [one for item in inside if not (one := _Written(item)).repeats_head]
    ordered = sorted(written, key=lambda w: best_first(w.item))
    chosen, earlier, is_open = _by_time(question, ordered, reader, similarity)
    return sorted([*chosen, *outside], key=best_first), earlier, is_open


def _own_words(thread: Sequence[Document], found: Found) -> Iterator[Passage]:
    """The first passages of each mail that are not quoted, as if found with the best."""
    best = found.passages[0]
    for mail in thread:
        chunks = found.source.chunks_of(mail.id)
        own = [chunk for chunk in chunks if not any(map(is_quoted, chunk.heading_path))]
        yield from (replace(best, chunk=chunk) for chunk in own[:_MOST_CHUNKS])


def _without_lists(question: str, evidence: Sequence[Evidence]) -> Sequence[Evidence]:
    """The evidence without the lists of mails, where a mail in them says what is asked."""
    lists = [item for item in evidence if item.document.media_type == MAILBOX]
    inside = tuple(f"{item.document.id}/" for item in lists)
    written = [_Written(e) for e in evidence if inside and e.document.id.startswith(inside)]
    heads = [*lists, *(one.item for one in written if one.head)]
    words = [one.item for one in written if not one.head]
    if len(heads) == len(lists) and (not words or _asks_of_heads(question, heads, words)):
        return evidence
    return [item for item in evidence if item not in lists]


def _asks_of_heads(question: str, heads: Sequence[Evidence], words: Sequence[Evidence]) -> bool:
    """Whether a question is of mails as such: "Who sent the mail about the mast?".

    Their words then hold nothing of it that the heads do not, and nothing in them holds all of it.
    """
    if not heads:
        return False
    named = frozenset[str]().union(*(item.terms for item in heads))
    said = frozenset[str]().union(*(item.terms for item in words))
    mails = {item.document.id: item.document for item in heads}.values()
    held = named.union(*(stems(mail.text, mail.language) for mail in mails))
    return said <= named and not held.issuperset(
        content_terms(question, heads[0].document.language)
    )


def said_by(quote: Quote) -> str:
    """Who wrote a sentence of a mail and when, or what says that it is quoted; else ""."""
    document = quote.document
    head = read_head(document.text)
    if document.media_type not in MAILS or quote.span.end <= head.end:
        return ""
    if mark := quoted_as(document, quote.span.start):
        return "" if quote.text.startswith(mark) else mark
    day = days(head.sent.partition(" ")[0], document.language)
    return ", ".join(filter(None, (head.sender, day)))


class _Written:
    """Evidence of a mail with its author and time, also where it is quoted."""

    def __init__(self, item: Evidence) -> None:
        self.item = item
        head = read_head(item.document.text)
        self.mark = mark = quoted_as(item.document, item.span.start)
        path = item.document.heading_path_at(item.span.start)
        self.repeats_head = any(map(is_quoted, path)) and _is_below_heading(item)
        self.is_own = not mark
        self.author = mark or head.sender
        self.sent = (_time(mark, item.document.language) if mark else "") or head.sent
        self.head: Head | None = head if item.span.end <= head.end else None


def _is_below_heading(item: Evidence) -> bool:
    """Whether it is one of the header lines that a quote begins with."""
    text, start = item.document.text, item.span.start
    heading = max(h.start for h in item.document.headings if h.start <= start)
    return text.count("\n\n", heading, start) < 2 and _FIELD.match(item.quote) is not None


def _time(heading: str, language: str) -> str:
    """When a quote was written, by its heading, as the head of a mail says it; "" if unknown."""
    dates = (*statement(heading, language).dates, *statement(heading, "en").dates)
    dated = next((d for d in dates if d.day and d.year), None)
    if dated is None:
        return ""
    clock = _TIME.search(heading)
    hour, minute, half = clock.groups() if clock else ("0", "00", None)
    late = 12 * ((half or "").lower() == "p" and int(hour) < 12)
    day = f"{dated.year:04}-{dated.month:02}-{dated.day:02}"
    return f"{day} {int(hour) + late:02}:{minute}"


def _by_time(
    question: str, written: Sequence[_Written], reader: Reader, similarity: Similarity
) -> tuple[list[Evidence], list[Evidence], bool]:
    """The evidence of a thread, the latest raised to the best's score, and what that supersedes.

    Third, whether the latest answers less well, and is only about the same.
    """
    if not written:
        return [], [], False
    score = written[0].item.score
    words = [w for w in written if w.head is None]
    enough = min(_SURELY, _HEAD * probability(score))
    is_head = not words or probability(words[0].item.score) < enough
    heads = [w.item for w in written if w.head is not None]
    named = [w for w in words if _names(question, w.author)]
    if named and is_head:  # who wrote it when is said behind it
        words, is_head, score = named, False, named[0].item.score
    elif is_head and words and not _asks_of_heads(question, heads, [w.item for w in words]):
        is_head, score = False, words[0].item.score
    alike = _once([w for w in written if w.head is not None] if is_head else words)
    by_named = [w for w in alike if _names(question, w.author)]
    top = probability(alike[0].item.score)
    if by_named and not is_head and probability(by_named[0].item.score) >= _NEARLY * top:
        alike = by_named
        top = probability(alike[0].item.score)
    nearly = [w for w in alike if probability(w.item.score) >= _NEARLY * top]
    if is_head:
        enough = _HEADS * alike[0].item.coverage
        first = min((w for w in alike if w.item.coverage >= enough), key=lambda w: w.sent)
        return [replace(_whole(first), score=score)], [], False
    last = max(w.sent for w in nearly)
    first_of = {w.item.document.id: w for w in reversed(alike) if w.is_own and w.sent > last}
    later = [w for w in first_of.values() if similarity(nearly[0].item.text, w.item.text) >= _SAME]
    beside = [] if later else _with_words(question, alike, last, reader)
    last = max((w.sent for w in later), default=last)
    leading = [w.item for w in later or nearly if w.sent == last]
    raised = score - leading[0].score
    earlier = sorted((w for w in nearly if w.sent < last), key=lambda w: w.sent, reverse=True)
    behind = [replace(w.item, score=score, leans_back=True) for w in beside]
    shown = (*leading, *(w.item for w in beside))
    rest = [w.item for w in alike if w not in nearly and w.item not in shown]
    led = [*(replace(e, score=e.score + raised) for e in leading), *behind, *rest]
    return led, [w.item for w in earlier[:_MOST_EARLIER]], bool(later or beside)


def _with_words(
    question: str, written: Sequence[_Written], last: str, reader: Reader
) -> list[_Written]:
    """Of the latest mail behind the ``last`` that has words of the kind that is asked for, those.

    Its own words are read without its head, whose date and names are of every kind.
    """
    by_mail: dict[str, list[_Written]] = {}
    for one in written:
        if one.is_own and one.sent > last:
            by_mail.setdefault(one.item.document.id, []).append(one)
    mails = [sorted(mail, key=lambda w: w.item.span) for mail in by_mail.values()]
    passages = [
        ReaderPassage(mail[0].item.document.title, tuple(w.item.text for w in mail))
        for mail in mails
    ]
    found = [
        one
        for mail, read in zip(mails, reader.read(question, passages), strict=True)
        for one, judged in zip(mail, read, strict=True)
        if judged.certainty >= _WORDS
    ]
    return sorted(found, key=lambda w: w.sent)[-1:]


def _once(written: Sequence[_Written]) -> list[_Written]:
    """Each sentence once, as its author wrote it rather than as it is quoted."""
    kept: dict[str, _Written] = {}
    for one in written:
        words = " ".join(one.item.text.removeprefix(f"{one.mark}: ").lower().split())
        if words not in kept or (one.is_own and not kept[words].is_own):
            kept[words] = one
    return sorted(kept.values(), key=lambda w: best_first(w.item))


def _names(question: str, author: str) -> bool:
    """Whether a question holds a name of who wrote it."""
    asked = set(re.findall(r"\w+", question.casefold()))
    names = [word for word in re.findall(r"[^\W\d_]{2,}", author) if word[:1].isupper()]
    return any(name.casefold() in asked for name in names)


def _whole(one: _Written) -> Evidence:
    """The evidence of a line of a head as the whole head, in which the same words answer."""
    assert one.head is not None
    item = one.item
    span = Span(0, one.head.end)
    text = plain_text(item.document.media_type, span.of(item.document.text))
    at = text.find(item.text)
    answer = item.answer.shifted(at) if at >= 0 else Span(0, 0)
    return replace(item, span=span, text=text, answer=answer)
