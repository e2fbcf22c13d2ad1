"""What was written last leads an answer; what it supersedes is quoted behind it, named as earlier.

That holds for the versions of a document (:mod:`rag.versions`) and the mails of a thread
(:mod:`rag.threads`). Which of them is later is theirs to say; nothing else is reordered.
"""

from __future__ import annotations

from collections.abc import Generator as Steps
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from index.loaders.mail.heads import quoted_as, read_head
from index.search import OpenGeneration, Searcher
from index.text.words import content_terms, stems
from index.types import Filter
from rag.asking import Asking
from rag.evidence import Evidence, best_first, read_evidence
from rag.features import probability
from rag.read import Reading, confidence
from rag.reader import Reader
from rag.replies import days, reply
from rag.threads import latest_of_thread
from rag.types import UNSURE, Clock, Draft, Quote
from rag.verify import VerifiedAnswer, VerifiedSentence
from rag.versions import (
    Version,
    Versions,
    counterpart,
    given_versions,
    plain_words,
    shown_label,
    versions_in_words,
)

__all__ = ["Led", "Superseded", "newest_first", "quote_superseded"]

_NEARLY = 0.75  # of the best one's probability: the newest version answers as well
_PASSAGES = 4  # that are read of the newest version
_LEADING = 3  # sentences whose earlier versions are looked for
_VERSIONS = 4  # in which they are


@dataclass(frozen=True, slots=True)
class Superseded:
    """What an earlier (or another) document says where ``newer`` leads; ``details`` name it."""

    newer: Evidence
    quote: Quote
    details: str
    notice: str


@dataclass(frozen=True, slots=True)
class Led:
    """A reading led by what is newest, and what that supersedes.

    ``notice`` says what the reader has to know of it, ``lacking`` that no version is the one which
    the question asks for, which stands for itself where nothing answers.
    """

    reading: Reading
    superseded: tuple[Superseded, ...] = ()
    notice: str = ""
    lacking: str = ""


def newest_first(asking: Asking, reading: Reading, reader: Reader, searcher: Searcher) -> Led:
    """The reading led by the version that it asks for, the newest version or the latest mail."""
    filter_by, language = asking.filter_by, asking.language
    evidence, mails, is_open = latest_of_thread(
        reading.question,
        reading.found,
        reading.evidence,
        reader,
        filter_by,
        asking.similarity,
    )
    if evidence and evidence[0].score < reading.evidence[0].score:
        sure = confidence(reading.found.passages, evidence)
        reading = replace(reading, confidence=min(reading.confidence, sure))
    sure = min(reading.confidence, UNSURE) if is_open else reading.confidence
    reading = replace(reading, evidence=evidence, confidence=sure)
    if mails or not evidence:
        superseded = (_of_thread(evidence[0], item, language, is_open=is_open) for item in mails)
        return Led(reading, tuple(superseded))
    best, source = evidence[0], reading.found.source
    index = source.derived(Versions)
    every = [
        version
        for version in index.of(best.document.id, source)
        if filter_by.allows(version.id, source.manifest.documents[version.id].date)
    ]
    if not every:
        return Led(reading)
    called = index.called(best.document.id)
    given, number = given_versions(reading.question, every, called, best.text)
    lacking = ""
    if number and not given:
        listed = versions_in_words(every, language)
        lacking = f"{asking.reply('no_version', number=number)} {listed}"
    versions = _of_same_words(reading, given or every)
    own = next((version for version in versions if version.id == best.document.id), None)
    led = None
    if versions and (own is None or own.rank != versions[0].rank):
        led = _led_by(versions, every, reading, filter_by, reader, searcher)
    if led is not None:
        reading, own = led, versions[0]
    elif own is not None:
        others = every if given else versions
        reading = replace(reading, evidence=_without_others(evidence, others, own))
    elif given:
        reading = replace(reading, confidence=min(reading.confidence, UNSURE))
        missing = asking.reply("version_lacks", name=given[0].id)
        return Led(reading, notice=missing)
    if lacking:
        reading = replace(reading, confidence=min(reading.confidence, UNSURE))
    lead = [item for item in reading.evidence if own is not None and item.document.id == own.id]
    otherwise = _otherwise(lead[:_LEADING], own, versions, reading, language) if own else ()
    missing = "" if given else _missing(best, own, every[0], source, language)
    notice = " ".join(filter(None, (lacking, missing)))
    return Led(reading, tuple(otherwise), notice, lacking)


def quote_superseded(
    superseded: Sequence[Superseded], verified: VerifiedAnswer, clock: Clock
) -> Steps[VerifiedSentence, None, list[str]]:
    """Quote what the shown sentences supersede; gives what the reader sees about it."""
    shown = [item for item in superseded if verified.rests_on(item.newer)]
    for item in shown:
        draft = Draft(item.quote.text, (item.quote,), is_list_item=True, details=item.details)
        yield from verified.add([draft], (), clock)
    return list(dict.fromkeys(item.notice for item in shown))


def _of_thread(latest: Evidence, earlier: Evidence, language: str, *, is_open: bool) -> Superseded:
    day = days(earlier.document.date or "", language)
    who = read_head(earlier.document.text).sender
    who = quoted_as(earlier.document, earlier.span.start) or who
    details = ", ".join(filter(None, (reply("earlier", language), who, day, earlier.document.id)))
    notice = reply("mail_leads", language)
    if is_open:
        sent = days(latest.document.date or "", language)
        notice = f"{reply('mail_otherwise', language)} ({sent})"
    return Superseded(latest, earlier, details, notice)


def _of_same_words(reading: Reading, versions: Sequence[Version]) -> list[Version]:
    """The versions that hold all words of the question which the one that answers holds.

    What lacks one is another document of the same form: the invoice of someone else.
    """
    source, best = reading.found.source, reading.evidence[0].document
    asked = set(content_terms(reading.question, best.language))
    held = asked & _held(best.id, source) if len(versions) > 1 else asked
    return [v for v in versions if v.id == best.id or held <= _held(v.id, source)]


def _missing(
    best: Evidence, own: Version | None, newest: Version, source: OpenGeneration, language: str
) -> str:
    """What the reader sees where the newest version has no sentence like the one that answers."""
    is_newest = own is None or own.rank == newest.rank
    if is_newest or counterpart(best.text, newest.id, source) is not None:
        return ""
    return reply("newest_lacks", language, name=newest.id)


def _held(name: str, source: OpenGeneration) -> set[str]:
    """The stems of a document, its title and its name."""
    entry = source.manifest.documents[name]
    named = stems(f"{entry.title} {name.replace('_', ' ')}", entry.language)
    return {*named, *(stem for chunk in source.stems_of(name) for stem in chunk.split())}


def _led_by(
    versions: Sequence[Version],
    every: Sequence[Version],
    reading: Reading,
    filter_by: Filter,
    reader: Reader,
    searcher: Searcher,
) -> Reading | None:
    """The reading with the evidence of the first version, None where that answers less well.

    Of ``every`` version no other has evidence then.
    """
    best, found, newest = reading.evidence[0], reading.found, versions[0]
    only = replace(filter_by, documents=frozenset({newest.id}))
    more = searcher.search(reading.question, k=_PASSAGES, filter_by=only, source=found.source)
    lead = read_evidence(reading.question, more, reader)
    if not lead or probability(lead[0].score) < _NEARLY * probability(best.score):
        return None
    raised = max(0.0, best.score - lead[0].score)
    lead = [replace(item, score=item.score + raised) for item in lead]
    further = tuple(replace(p, rank=p.rank + len(found.passages)) for p in more.passages)
    found = replace(found, passages=found.passages + further)
    others = [item for item in reading.evidence if item.document.id != best.document.id]
    others = [item for item in others if item.document.id != newest.id]
    evidence = _without_others([*lead, *others], every, newest)
    sure = max(reading.confidence, confidence(found.passages, evidence))
    sure = min(sure, UNSURE) if reading.unsaid else sure
    return replace(reading, found=found, evidence=evidence, confidence=sure)


def _without_others(
    evidence: Sequence[Evidence], versions: Sequence[Version], leading: Version | None
) -> list[Evidence]:
    """The evidence without that of the other versions, best first."""
    others = {version.id for version in versions if version is not leading}
    return sorted((item for item in evidence if item.document.id not in others), key=best_first)


def _otherwise(
    lead: Sequence[Evidence],
    own: Version,
    versions: Sequence[Version],
    reading: Reading,
    language: str,
) -> Iterator[Superseded]:
    """For each sentence that leads, the next version that says the same otherwise."""
    for item in lead:
        for version in [v for v in versions if v.id != own.id][:_VERSIONS]:
            quote = counterpart(item.text, version.id, reading.found.source)
            if quote is None or plain_words(quote.text) == plain_words(item.text):
                continue
            is_before = version.is_before(own)
            kind = reply("earlier_version" if is_before else "other_version", language)
            details = filter(None, (kind, shown_label(version, language), version.id))
            notice = reply("newest_leads" if is_before else "other_differs", language)
            yield Superseded(item, quote, ", ".join(details), notice)
            break
