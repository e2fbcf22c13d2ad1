"""The one path from a question to an answer: understand, search, read, abstain or write, verify.

Chat, command line, HTTP and evaluation all call :class:`Assistant`. A sentence leaves it
only with a citation whose quote supports it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime

from index.search import Found, OpenGeneration, Searcher
from index.text.composed import composed
from index.text.language import UNDECIDED, language_of
from index.types import Filter
from rag.changes import answer_changes, compared_versions, versions_asked_for
from rag.intents import CHANGES, OVERVIEWS, SMALL_TALK, Intents
from rag.llm.server import LanguageModel
from rag.named_documents import DocumentNames, NamedDocuments, find_named_documents
from rag.overview import answer_overview, recognise_overview
from rag.read import Reading, read, reading_steps, signals
from rag.reader import Reader
from rag.refusal import refusal, unread_files
from rag.settings import Settings
from rag.small_talk import reply_to_small_talk
from rag.superseded import Superseded, newest_first, quote_superseded
from rag.tables.questions import AskedTables, TableQuestions
from rag.types import SURE, UNSURE, Answer, Clock, Message, Step
from rag.understand import (
    Query,
    behind_subject,
    check_question,
    newest_messages,
    understand,
)
from rag.verify import VerifiedAnswer, VerifiedSentence
from rag.write import Generator, write_answer

__all__ = ["Assistant", "Event", "Step", "VerifiedSentence"]

_LEANS = 0.95  # likely, from which a first question is read behind what the only document is about

Event = Step | VerifiedSentence | Answer


class Assistant:
    """Answers questions from the current generation.

    ``generator`` writes; ``stand_in`` writes when that fails before its first sentence; ``today``
    is what "since October" is counted from. ``rewriter`` makes follow-ups standalone, where there
    is one. ``answered`` is called with every answer.
    """

    def __init__(
        self,
        settings: Settings,
        searcher: Searcher,
        reader: Reader,
        intents: Intents,
        generator: Generator,
        stand_in: Generator,
        *,
        today: Callable[[], date] = lambda: datetime.now().astimezone().date(),
        rewriter: LanguageModel | None = None,
        answered: Callable[[Answer], None] = lambda _: None,
    ) -> None:
        self._settings = settings
        self._searcher = searcher
        self._reader = reader
        self._intents = intents
        self._tables = TableQuestions(intents.vector)
        self._generator = generator
        self._stand_in = stand_in
        self._today = today
        self._rewriter = rewriter
        self._answered = answered

    @property
    def searcher(self) -> Searcher:
        """The search that answers are made from."""
        return self._searcher

    def ask(
        self,
        question: str,
        history: Sequence[Message] = (),
        *,
        k: int | None = None,
        filter_by: Filter | None = None,
    ) -> Answer:
        """The whole answer; see :meth:`stream` for what is raised."""
        answer: Answer | None = None
        for event in self.stream(question, history, k=k, filter_by=filter_by):
            if isinstance(event, Answer):
                answer = event
        assert answer is not None, "stream ends with an Answer"
        return answer

    def stream(
        self,
        question: str,
        history: Sequence[Message] = (),
        *,
        k: int | None = None,
        filter_by: Filter | None = None,
    ) -> Iterator[Event]:
        """Steps and verified sentences as they come; the last event is the Answer.

        Raises:
            QuestionError: the question is empty or too long.
            IndexMissingError, IndexMismatchError: there is no index to answer from.
        """
        for event in self._stream(question, history, k, filter_by or Filter()):
            if isinstance(event, Answer):
                self._answered(event)
            yield event

    def _stream(
        self, question: str, history: Sequence[Message], k: int | None, filter_by: Filter
    ) -> Iterator[Event]:
        clock = Clock()
        check_question(question)
        question = composed(question)
        source = self._searcher.generation()
        unread, is_all = unread_files(question, source.manifest.failed, source.manifest.documents)
        if is_all:
            yield _refused(question, unread, source, clock)
            return
        intent = self._intents.of(question)
        other = self._no_question(intent, question, history, filter_by, source, clock)
        is_certain = other is not None and self._intents.is_certain(question)
        if other is not None and is_certain and intent in SMALL_TALK:
            yield from other
            return
        query = self.understand(question, history)
        clock.stop("rewrite")
        if query.text != query.readings[0]:
            yield Step(f"searched for: {query.text}")
        named = self._named(query, source) if filter_by.is_empty else None
        notices = [named.notice] if named else []
        yield from map(Step, notices)
        for scope in (named.filter_by, filter_by) if named else (filter_by,):
            found = self.retrieve(query, k=k, filter_by=scope, source=source)
            yield _search_step(found, clock)
            tables = self._tables.of(query.text, found)
            if tables.answer is not None:
                yield from tables.answer.answer(question, found, self._searcher.similarity, clock)
                return
            if other is not None and is_certain:
                yield from other
                return
            clock.start()
            reading, superseded, missing = self._read(query, found, tables, scope, k)
            yield from reading_steps(reading, query, found)
            clock.stop("read")
            if reading.confidence < SURE and tables.missing is not None:
                yield tables.missing.answer(question, found, clock)
                return
            is_enough = reading.confidence >= self._settings.abstain_below
            if is_enough or scope is filter_by:
                break
            notices.clear()
            yield Step("nothing there answers it, so all documents are searched")
        if other is not None and reading.confidence < SURE:
            yield from other
            return
        verified = VerifiedAnswer(self._searcher.similarity)
        writer = self._generator
        if reading.evidence and is_enough:
            writer, remarks = yield from write_answer(
                reading, self._generator, self._stand_in, verified, clock, self._intents.polar
            )
            notices += [*remarks, *filter(None, (missing,))]
            notices += yield from quote_superseded(superseded, verified, clock)
        notices += [unread] if unread else []
        yield self._answer(question, query, reading, verified, writer.name, notices, clock)

    def understand(self, question: str, history: Sequence[Message]) -> Query:
        """What is searched for, what leads the search, and how the question is read."""
        newest = newest_messages(history, self._settings.history_tokens)
        return understand(question, newest, self._intents, self._rewriter)

    def retrieve(
        self,
        query: Query,
        *,
        k: int | None = None,
        filter_by: Filter | None = None,
        source: OpenGeneration | None = None,
    ) -> Found:
        """The passages for a question as it is understood; see :meth:`Searcher.search`."""
        return self._searcher.search(
            query.text,
            background=query.background,
            words=query.words,
            k=k or self._settings.k,
            filter_by=filter_by,
            source=source,
        )

    def _no_question(
        self,
        intent: str,
        question: str,
        history: Sequence[Message],
        filter_by: Filter,
        source: OpenGeneration,
        clock: Clock,
    ) -> Iterator[Event] | None:
        """The answer to small talk, or to what is asked of the documents as such."""
        documents = source.documents(filter_by)
        if intent in SMALL_TALK:
            language = self._intents.language(question, _languages(source, filter_by))
            reply = reply_to_small_talk(question, intent, language, source)
            return iter([replace(reply, timings_ms=clock.timings())])
        if intent == CHANGES:
            return self._changes(question, filter_by, source, clock)
        if intent not in OVERVIEWS:
            return None
        begins = not any(message.role == "user" for message in history)
        asked = recognise_overview(intent, question, documents, today=self._today(), begins=begins)
        if asked is None:
            return None
        return answer_overview(question, asked, source, self._searcher.similarity, clock)

    def _changes(
        self, question: str, filter_by: Filter, source: OpenGeneration, clock: Clock
    ) -> Iterator[Event] | None:
        """What differs between versions of a document; None where none has several."""
        query = Query(question, "", "", (question,))
        named = self._named(query, source) if filter_by.is_empty else None
        found = self.retrieve(query, filter_by=filter_by, source=source)
        versions = versions_asked_for(found, named)
        if not versions:
            return None
        pair = compared_versions(question, versions)
        return answer_changes(question, pair, found, self._searcher.similarity, clock)

    def _named(self, query: Query, source: OpenGeneration) -> NamedDocuments | None:
        names = source.derived(DocumentNames)
        return find_named_documents(query.text, names, today=self._today())

    def _read(
        self, query: Query, found: Found, tables: AskedTables, scope: Filter, k: int | None
    ) -> tuple[Reading, list[Superseded], str]:
        """What the found passages say, led by the newest version; see :func:`newest_first`.

        It is not sure where a table was asked for something else.
        """
        reading = read(query, found, scope, self._reader, self._searcher)
        if self._settings.abstain_below <= reading.confidence < SURE and not query.background:
            reading = self._read_behind_subject(reading, scope, k)
        if reading.evidence and tables.doubt(reading.evidence[0]):
            reading = replace(reading, confidence=min(reading.confidence, UNSURE))
        return newest_first(reading, scope, self._reader, self._searcher)

    def _read_behind_subject(self, alone: Reading, scope: Filter, k: int | None) -> Reading:
        """The surer of a reading alone and behind what the only document is about."""
        source, question = alone.found.source, alone.question
        subject = _subject(source, scope)
        if not subject or self._intents.leaning(question) < _LEANS:
            return alone
        query = behind_subject(question, subject)
        found = self.retrieve(query, k=k, filter_by=scope, source=source)
        behind = read(query, found, scope, self._reader, self._searcher)
        return max(alone, behind, key=lambda reading: reading.confidence)

    def _language(self, question: str, found: Found) -> str:
        """The language that a question is in, by its words or, of a word or two, by its vector."""
        language = language_of(question)
        if language != UNDECIDED:
            return language
        return self._intents.language(question, _languages(found.source, Filter()))

    def _answer(
        self,
        question: str,
        query: Query,
        reading: Reading,
        verified: VerifiedAnswer,
        generator: str,
        notices: Sequence[str],
        clock: Clock,
    ) -> Answer:
        """The verified sentences, or why there are none."""
        found, evidence = reading.found, reading.evidence
        begins = not query.background
        return Answer(
            question=question,
            standalone_question=reading.question,
            sentences=tuple(verified.sentences),
            citations=tuple(verified.citations),
            passages=found.passages,
            abstention=None
            if verified.sentences
            else refusal(reading.question, found, self._language(question, found), begins=begins),
            confidence=reading.confidence,
            generator=generator,
            generation=found.generation,
            notice=" ".join(notices) or None,
            left_out=verified.left_out,
            signals=signals(found.passages, evidence) if evidence else {},
            timings_ms=clock.timings(),
        )


def _languages(source: OpenGeneration, filter_by: Filter) -> list[str]:
    return [entry.language for entry in source.documents(filter_by).values()]


def _subject(source: OpenGeneration, filter_by: Filter) -> str:
    """What the only document that may be searched is about, "" where there are more."""
    documents = source.documents(filter_by)
    if len(documents) != 1:
        return ""
    document = source.document(next(iter(documents)))
    spans = source.summary_of(document.id)
    return " ".join((spans[0].of(document.text) if spans else document.title).split())


def _refused(question: str, reason: str, source: OpenGeneration, clock: Clock) -> Answer:
    """The answer to a question about a file of which nothing was read."""
    return Answer(
        question=question,
        standalone_question=question,
        sentences=(),
        citations=(),
        passages=(),
        abstention=reason,
        confidence=0.0,
        generator="extractive",
        generation=source.name,
        timings_ms=clock.timings(),
    )


def _search_step(found: Found, clock: Clock) -> Step:
    """What was searched in which time, which the clock counts."""
    clock.add("embed", found.embed_ms)
    clock.add("retrieve", found.retrieve_ms)
    clock.add("rerank", found.rerank_ms)
    searched_ms = found.embed_ms + found.retrieve_ms
    chunks = found.source.chunks
    return Step(f"searched {chunks} passages in {searched_ms:.0f} ms, read {len(found.passages)}")
