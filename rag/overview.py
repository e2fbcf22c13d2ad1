"""Overviews of the documents: what they are about, which there are, a summary of one.

Its intent says that one is asked for (:mod:`rag.intents`), of which documents by what it names
(:mod:`rag.named_documents`): without a name it is asked of all. The summary of something that is no
document is an ordinary question.

No search is needed for the answer: sentences of summaries, titles, and what the manifest says,
verified like all else. Every line begins with characters of a document, which it cites; what
follows them in brackets (date, name, pages) and the remark on the whole (how many, from when) are
the manifest's.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import PurePosixPath
from typing import Literal, cast

from index.builder.summary import most_representative
from index.loaders.extract import leading_date_end
from index.search import OpenGeneration
from index.store.manifest import Entry
from index.text.words import content_terms, stems
from index.types import Document, Span
from rag.asking import Asking
from rag.named_documents import DocumentNames, by_date, by_format, name_matches, names_file
from rag.replies import days, number, reply
from rag.types import Draft, Step, quote_at
from rag.verify import Event, VerifiedAnswer
from rag.versions import Versions, versions_in_words

__all__ = ["Kind", "Overview", "answer_overview", "recognise_overview"]

_MIN_TITLE = 4  # characters
_MAX_SENTENCES = 5  # of one document's summary
_MAX_DOCUMENTS = 6  # that are quoted to say what all are about
_MAX_LISTED = 20
_MAX_COMPARED = 200  # documents whose summaries are read to find the central ones
_MAX_GROUPS = 8
_MAX_GROUPED = 12  # documents whose versions are looked for
_HEAD = 3000  # characters in which a title stands, if it stands in the text

Kind = Literal["about", "list", "count", "newest", "oldest"]


@dataclass(frozen=True, slots=True)
class Overview:
    """What is asked for, and the documents that it is asked of, in order of their ids.

    ``words`` are those that name the documents, "" when all are meant.
    """

    kind: Kind
    documents: tuple[str, ...]
    words: str = ""


def recognise_overview(
    intent: str,
    question: str,
    documents: Mapping[str, Entry],
    *,
    today: date,
    begins: bool = True,
) -> Overview | None:
    """The overview that ``question`` asks for, None when it has to be searched.

    ``intent`` is one of ``rag.intents.OVERVIEWS``. ``documents`` are those that it may speak of.
    ``begins``: nothing was asked before, so that "this" can only be the documents.

    >>> page = Entry("a.pdf", "0", "Annual report", "application/pdf", "2025-02-01", "en", 1)
    >>> documents = {"a.pdf": page, "b.pdf": page}
    >>> day = date(2025, 11, 1)
    >>> recognise_overview("about", "What are the documents about?", documents, today=day)
    Overview(kind='about', documents=('a.pdf', 'b.pdf'), words='')
    >>> recognise_overview("one", "Please summarise b.pdf.", documents, today=day)
    Overview(kind='about', documents=('b.pdf',), words='b.pdf')
    >>> recognise_overview("one", "What is the agreement about?", documents, today=day)
    """
    if not documents:
        return None
    kind = cast("Kind", "about" if intent in ("one", "this") else intent)
    every = tuple(sorted(documents))
    if intent == "this":
        return Overview(kind, every) if begins else None
    words, names = _named(question, documents, today) or ("", frozenset())
    if words and not names and intent == "one":
        return None
    if words:
        is_every = len(names) == len(documents)
        return Overview(kind, tuple(sorted(names)), "" if is_every else words)
    if intent != "one" or (len(documents) == 1 and not names_file(question)):
        return Overview(kind, every)
    return None


def _named(
    question: str, documents: Mapping[str, Entry], today: date
) -> tuple[str, frozenset[str]] | None:
    """The words that name documents or their kind, and the documents, perhaps none."""
    of_kind = by_format(question, anywhere=True)
    of_time = by_date(question, today, anywhere=True)
    titled = _titled(question, documents)
    names = next(
        (
            found
            for found in name_matches(question, DocumentNames(documents), today=today)
            if found[1]
        ),
        None,
    )
    if of_kind is None and of_time is None:
        return titled if titled and not (names and "." in names[0]) else names or titled
    forms = [form for form in (of_kind, of_time) if form]
    known = frozenset(
        name for name, entry in documents.items() if all(form[1](name, entry) for form in forms)
    )
    if names is not None and not known & names[1]:
        return names
    return " ".join(form[0] for form in forms), known & names[1] if names else known


def _titled(question: str, documents: Mapping[str, Entry]) -> tuple[str, frozenset[str]] | None:
    """The longest title, or name of a file, that the question holds word for word."""
    asked = f" {' '.join(stems(question))} "
    best: dict[str, set[str]] = {}
    for name, entry in documents.items():
        for title in (entry.title, re.sub(r"[_-]+", " ", PurePosixPath(name).stem)):
            held = " ".join(stems(title))
            if len(title) >= _MIN_TITLE and f" {held} " in asked:
                best.setdefault(title, set()).add(name)
    longest = max(best, key=len, default=None)
    return (longest, frozenset(best[longest])) if longest else None


def answer_overview(asking: Asking, asked: Overview) -> Iterator[Event]:
    """The answer to an overview question, as it is verified."""
    source, language = asking.source, asking.language
    digest = _newest_version(asking.question, asked, source, language)
    digest = digest or _digest_of(asked, source, language)
    yield Step(asking.reply("read", what=asking.reply("documents", n=digest.read)))
    asking.clock.stop("read")
    verified = VerifiedAnswer(asking.similarity)
    yield from verified.add(digest.lines, (), asking.clock)
    yield verified.answer(asking, "overview", digest.remark)


@dataclass(frozen=True, slots=True)
class _Digest:
    """The lines, a remark on the documents as a whole, and how many of them were read."""

    lines: tuple[Draft, ...]
    remark: str
    read: int


def _digest_of(asked: Overview, source: OpenGeneration, language: str) -> _Digest:
    """What answers an overview question; without lines, the remark says why."""
    entries = {name: source.manifest.documents[name] for name in asked.documents}
    if not entries:
        return _Digest((), reply("none_named", language, words=asked.words), 0)
    if asked.kind == "about" and len(entries) == 1:
        return _summary(source, next(iter(entries)), language)
    if asked.kind == "about":
        return _subjects(source, entries, language)
    if asked.kind in ("newest", "oldest"):
        return _extreme(source, entries, language, is_newest=asked.kind == "newest")
    names = list(entries)[:_MAX_LISTED]
    remark = _count_and_dates(entries, language)
    failed = source.manifest.failed
    if failed and not asked.words:
        remark += f" {reply('not_read', language, names=', '.join(list(failed)[:_MAX_LISTED]))}"
    if len(names) < len(entries):
        remark += f" {_groups(entries, language)} {reply('first', language, n=len(names))}"
    return _listed(source, names, remark, language)


def _summary(source: OpenGeneration, name: str, language: str) -> _Digest:
    document = source.document(name)
    spans = sorted(source.summary_of(name)[:_MAX_SENTENCES])
    lines = tuple(_quote(document, span, is_list_item=False) for span in spans)
    return _Digest(
        lines, reply("summary" if lines else "no_text", language, title=document.title), 1
    )


def _subjects(source: OpenGeneration, entries: Mapping[str, Entry], language: str) -> _Digest:
    """One sentence each of the documents that share most with the others."""
    newest = sorted(entries, key=lambda name: entries[name].date or "", reverse=True)
    read = [(source.document(n), source.summary_of(n)) for n in newest[:_MAX_COMPARED]]
    summaries = [(document, spans) for document, spans in read if spans]
    terms = [
        frozenset(
            term
            for span in spans
            for term in content_terms(span.of(document.text), document.language)
        )
        for document, spans in summaries
    ]
    chosen = most_representative(terms, _MAX_DOCUMENTS)
    lines = tuple(_quote(document, spans[0]) for document, spans in (summaries[i] for i in chosen))
    remark = _count_and_dates(entries, language)
    if len(lines) < len(entries):
        kind = "central_newest" if len(read) < len(entries) else "central"
        remark += f" {reply(kind, language, n=len(lines), newest=len(read))}"
    return _Digest(lines, remark, len(read))


def _extreme(
    source: OpenGeneration, entries: Mapping[str, Entry], language: str, *, is_newest: bool
) -> _Digest:
    dates = {name: entry.date for name, entry in entries.items() if entry.date}
    remark = _count_and_dates(entries, language)
    if not dates:
        return _Digest((), f"{remark} {reply('none_dated', language)}", 0)
    day = (max if is_newest else min)(dates.values())
    names = [name for name, date in dates.items() if date == day]
    if undated := len(entries) - len(dates):
        remark += f" {reply('undated', language, n=undated)}"
    listed = _listed(source, names[:_MAX_LISTED], remark, language)
    if len(names) > 1:
        return listed
    return _Digest((*listed.lines, *_summary(source, names[0], language).lines[:1]), remark, 1)


def _newest_version(
    question: str, asked: Overview, source: OpenGeneration, language: str
) -> _Digest | None:
    """The newest or oldest of the versions of one document, where those are asked for.

    They are where the question holds a word of their names, or where no document has a date.
    """
    if asked.kind not in ("newest", "oldest"):
        return None
    versions = source.derived(Versions)
    documents = source.manifest.documents
    languages = {documents[name].language for name in asked.documents}
    words = {language: set(content_terms(question, language)) for language in languages}
    names = [n for n in asked.documents if words[documents[n].language] & versions.called(n)]
    is_named = bool(names)
    groups = {
        of
        for name in (names or asked.documents)[:_MAX_GROUPED]
        for of in [versions.of(name, source)]
    }
    several = [of for of in groups if len([v for v in of if v.rank is not None]) > 1]
    is_all = len(asked.documents) <= _MAX_GROUPED and not any(
        documents[name].date for name in asked.documents
    )
    if len(several) != 1 or not (is_named or is_all):
        return None
    dated = [version for version in several[0] if version.rank is not None]
    chosen = dated[0] if asked.kind == "newest" else dated[-1]
    return _listed(source, [chosen.id], versions_in_words(several[0], language), language)


def _listed(source: OpenGeneration, names: Sequence[str], remark: str, language: str) -> _Digest:
    """A line for each document: its title, or its first sentence, and what the manifest says."""
    lines: list[Draft] = []
    without: list[str] = []
    for name in names:
        document = source.document(name)
        title = _title_span(document)
        spans = (title,) if title else source.summary_of(name)[:1]
        # A document that does not hold its title is known by its first sentence, and the title.
        details = _details(document, language)
        details = details if title else f"“{document.title}”, {details}"
        lines += [_quote(document, span, details=details) for span in spans]
        without += [] if spans else [name]
    if without:
        remark += f" {reply('nothing_to_quote', language, names=', '.join(without))}"
    return _Digest(tuple(lines), remark, len(names))


def _quote(
    document: Document, span: Span, *, details: str = "", is_list_item: bool = True
) -> Draft:
    quote = quote_at(document, span)
    return Draft(quote.text, (quote,), is_list_item=is_list_item, details=details)


def _title_span(document: Document) -> Span | None:
    """Where the title stands in the text, as a line of its own or cut from the first words."""
    start = leading_date_end(document.text)
    words = document.title.removesuffix("…").split()
    title = r"\s+".join(map(re.escape, words))
    head = document.text[start : start + _HEAD]
    if document.title.endswith("…"):
        found = re.match(rf"\W*(?P<title>{title})", head, re.IGNORECASE)
    else:
        line = rf"^[#=*\s]*(?:[\w-]+:[ \t])?(?P<title>{title})[#*\s]*$"
        found = re.search(line, head, re.IGNORECASE | re.MULTILINE)
    return Span(*found.span("title")).shifted(start) if found and words else None


def _details(document: Document, language: str) -> str:
    """What tells documents of one title apart.

    >>> pages = (Span(0, 2), Span(2, 4))
    >>> document = Document("a/b.pdf", "B", "", "", "application/pdf", pages, date="2025-11-01")
    >>> _details(document, "de")
    '01.11.2025, a/b.pdf, 2 Seiten'
    """
    count = len(document.pages)
    pages = reply("pages", language, n=count) if count else ""
    return ", ".join(filter(None, (days(document.date or "", language), document.id, pages)))


def _count_and_dates(entries: Mapping[str, Entry], language: str) -> str:
    """How many documents there are, and from when.

    >>> entry = Entry("a.txt", "0", "A", "text/plain", "2025-11-01", "en", 1)
    >>> _count_and_dates({"a.txt": entry, "b.txt": entry}, "en")
    '2 documents (Nov 1, 2025).'
    """
    dates = sorted({entry.date for entry in entries.values() if entry.date})
    count = reply("documents", language, n=len(entries))
    count = count[:1].upper() + count[1:]
    return f"{count} ({days(dates[0], language, dates[-1])})." if dates else f"{count}."


def _groups(entries: Mapping[str, Entry], language: str) -> str:
    """How many documents there are in each folder, or where there are none, of each format.

    >>> entry = Entry("", "0", "A", "text/plain", None, "en", 1)
    >>> _groups({"mail/a.eml": entry, "mail/b.eml": entry, "c.txt": entry}, "en")
    'By folder: mail/ 2, ./ 1.'
    """
    folders = Counter(PurePosixPath(name).parts[0] if "/" in name else "." for name in entries)
    formats = Counter(PurePosixPath(name).suffix.lower().lstrip(".") for name in entries)
    by_folder = len(folders) > 1
    counts = Counter({f"{f}/": n for f, n in folders.items()}) if by_folder else formats
    groups = [
        f"{name or reply('no_ending', language)} {number(n, language)}"
        for name, n in counts.most_common(_MAX_GROUPS)
    ]
    if others := len(counts) - len(groups):
        groups.append(f"{reply('others', language)} {number(others, language)}")
    kind = "by_folder" if by_folder else "by_format"
    return reply(kind, language, groups=", ".join(groups))
