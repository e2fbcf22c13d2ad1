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
from index.text.language import language_of
from index.tracing import Trace
from index.types import Filter, Span
from rag.changes import answer_changes, compared_versions, versions_asked_for
from rag.intents import CHANGES, OVERVIEWS, SMALL_TALK, Intents
from rag.llm.server import LanguageModel
from rag.named_documents import DocumentNames, NamedDocuments, find_named_documents
from rag.named_parts import (
    MAX_DOCUMENTS,
    answer_parts,
    find_parts,
    in_language,
    most_named,
)
from rag.overview import answer_overview, recognise_overview
from rag.read import Reading, read, reading_steps, signals
from rag.reader import Reader
from rag.refusal import refusal, unread_files
from rag.replies import is_spoken, reply
from rag.settings import Settings
from rag.small_talk import reply_to_small_talk
from rag.statements import statement
from rag.superseded import Led, newest_first, quote_superseded
from rag.tables.answer import table_answer
from rag.tables.asked import Asked
from rag.tables.periods import surroundings
from rag.tables.questions import AskedTables, TableQuestions
from rag.types import SURE, UNSURE, Answer, Clock, Message, Step
from rag.understand import (
    Query,
    behind_subject,
    check_question,
    newest_messages,
    understand,
)
from rag.unsaid import unsaid_word
from rag.verify import VerifiedAnswer, VerifiedSentence
from rag.versions import Versions
from rag.write import Generator, write_answer

__all__ = ["Assistant", "Event", "Step", "VerifiedSentence"]

_CLEARLY = 0.5  # certainty of words, from which the text says by itself which is the highest
_PART = 0.5  # likely, from which what a part of a document says is asked for
_PERHAPS = 0.25  # likely, from which it is where there would be no answer
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
        with Trace("answer") as trace:
            clock = Clock(trace)
            for event in self._stream(question, history, k, filter_by or Filter(), clock):
                if isinstance(event, Answer):
                    trace.note(
                        abstained=event.abstained,
                        confidence=event.confidence,
                        sentences=len(event.sentences),
                        passages=len(event.passages),
                        generator=event.generator,
                        generation=event.generation,
                        language=event.language,
                    )
                    self._answered(event)
                yield event

    def _stream(
        self,
        question: str,
        history: Sequence[Message],
        k: int | None,
        filter_by: Filter,
        clock: Clock,
    ) -> Iterator[Event]:
        check_question(question)
        question = composed(question)
        source = self._searcher.generation()
        language = self._language(question, source)
        unread, is_all = unread_files(
            question, source.manifest.failed, source.manifest.documents, language
        )
        if is_all:
            yield VerifiedAnswer(self._searcher.similarity).answer(
                question, unread, "extractive", source.name, clock, language
            )
            return
        intent = self._intents.of(question)
        other, is_at_once = self._other(
            intent, question, history, filter_by, source, clock, language
        )
        if other is not None and is_at_once:
            yield from other
            return
        query = self.understand(question, history)
        clock.stop("rewrite")
        if query.text != query.readings[0]:
            yield Step(reply("searched_for", language, query=query.text))
        named = self._named(query, source) if filter_by.is_empty else None
        notices = [named.notice(language)] if named else []
        yield from map(Step, notices)
        for scope in (named.filter_by, filter_by) if named else (filter_by,):
            found = self.retrieve(query, k=k, filter_by=scope, source=source)
            yield _search_step(found, clock, language)
            tables = self._tables.of(query.text, found)
            if tables.answers:
                similarity = self._searcher.similarity
                yield from table_answer(
                    tables.answers, question, found, similarity, clock, language
                )
                return
            if other is not None and self._intents.is_certain(question):
                yield from other
                return
            clock.start()
            called = named.words if named else ""
            led = self._read(query, found, tables, scope, k, language, called)
            reading = led.reading
            yield from reading_steps(reading, query, found, language)
            clock.stop("read")
            of_row = self._of_a_row(question, led, tables, clock, language)
            if of_row is not None:
                yield from of_row
                return
            if scope is filter_by or self._is_enough(reading):
                break
            notices.clear()
            yield Step(reply("searched_all", language))
        if other is None and not self._is_enough(reading):
            other = self._part(question, filter_by, source, clock, language, _PERHAPS)
        if other is not None and reading.confidence < SURE:
            yield from other
            return
        notices += [unread] if unread else []
        yield from self._written(question, query, led, notices, clock, language)

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

    def _other(
        self,
        intent: str,
        question: str,
        history: Sequence[Message],
        filter_by: Filter,
        source: OpenGeneration,
        clock: Clock,
        language: str,
    ) -> tuple[Iterator[Event] | None, bool]:
        """The answer to what is no question, or asks for a part; whether nothing is to be searched.

        Of what may be an overview, the documents are asked first.
        """
        no_question = self._no_question(
            intent, question, history, filter_by, source, clock, language
        )
        is_certain = self._intents.is_certain(question)
        if intent in SMALL_TALK or (intent == CHANGES and is_certain and no_question is not None):
            return no_question, is_certain  # else the years of a change would be values of a table
        part = self._part(question, filter_by, source, clock, language, _PART)
        return part or no_question, part is not None

    def _no_question(
        self,
        intent: str,
        question: str,
        history: Sequence[Message],
        filter_by: Filter,
        source: OpenGeneration,
        clock: Clock,
        language: str,
    ) -> Iterator[Event] | None:
        """The answer to small talk, or to what is asked of the documents as such."""
        documents = source.documents(filter_by)
        if intent in SMALL_TALK:
            language = self._intents.language(question, _languages(source, filter_by))
            remark = reply_to_small_talk(question, intent, language, source)
            return iter([replace(remark, timings_ms=clock.timings())])
        if intent == CHANGES:
            return self._changes(question, filter_by, source, clock, language)
        if intent not in OVERVIEWS:
            return None
        begins = not any(message.role == "user" for message in history)
        asked = recognise_overview(intent, question, documents, today=self._today(), begins=begins)
        if asked is None:
            return None
        similarity = self._searcher.similarity
        return answer_overview(question, asked, source, similarity, clock, language)

    def _part(
        self,
        question: str,
        filter_by: Filter,
        source: OpenGeneration,
        clock: Clock,
        language: str,
        least: float,
    ) -> Iterator[Event] | None:
        """What a part of a document says, where it is so likely that a question asks for one."""
        kind, likely = self._intents.part(question)
        if likely < least:
            return None
        query = Query(question, "", "", (question,))
        named = self._named(query, source) if filter_by.is_empty else None
        scope = named.filter_by if named else filter_by
        asked = question.replace(named.words, " ") if named else question
        documents = source.documents(scope)
        nearest = most_named(asked, documents, source.derived(DocumentNames))
        is_all = len(nearest) == len(documents)
        for among in (nearest,) if is_all else (nearest, list(documents)):
            names = among
            if len(among) > MAX_DOCUMENTS:
                found = self.retrieve(query, filter_by=scope, source=source)
                names = list(dict.fromkeys(p.chunk.document_id for p in found.passages))
            read = [source.document(name) for name in names]
            if parts := find_parts(asked, kind, read, by_number=among is nearest):
                parts = in_language(parts, language)
                similarity = self._searcher.similarity
                return answer_parts(question, parts, source, similarity, clock, language)
        return None

    def _changes(
        self,
        question: str,
        filter_by: Filter,
        source: OpenGeneration,
        clock: Clock,
        language: str,
    ) -> Iterator[Event] | None:
        """What differs between versions of a document; None where none has several."""
        query = Query(question, "", "", (question,))
        named = self._named(query, source) if filter_by.is_empty else None
        found = self.retrieve(query, filter_by=filter_by, source=source)
        versions = versions_asked_for(found, named)
        if not versions:
            return None

        def begins(span: Span) -> bool:
            return Asked(self._intents.vector(surroundings(question, [span]))).begins

        similarity, called = self._searcher.similarity, source.derived(Versions).called
        pair = compared_versions(question, versions, called(versions[0].id), begins)
        return answer_changes(question, pair, versions, found, similarity, clock, language)

    def _named(self, query: Query, source: OpenGeneration) -> NamedDocuments | None:
        names = source.derived(DocumentNames)
        return find_named_documents(query.text, names, today=self._today())

    def _read(
        self,
        query: Query,
        found: Found,
        tables: AskedTables,
        scope: Filter,
        k: int | None,
        language: str,
        called: str,
    ) -> Led:
        """What the found passages say, led by the newest version; see :func:`newest_first`.

        It is not sure where a table was asked for something else. The documents are ``called`` so
        in the question.
        """
        reading = read(query, found, scope, self._reader, self._searcher)
        if self._settings.abstain_below <= reading.confidence < SURE and not query.background:
            reading = self._read_behind_subject(reading, scope, k)
        if reading.confidence >= SURE and reading.question == query.readings[0]:
            best = reading.evidence[0]
            unsaid = unsaid_word(reading.question, best, self._reader, called)
            sure = UNSURE if unsaid else reading.confidence
            reading = replace(reading, unsaid=unsaid, confidence=sure)
        if reading.evidence and tables.doubt(reading.evidence[0]):
            evidence = tables.without_other_rows(reading.evidence)
            unsure = min(reading.confidence, UNSURE)
            reading = replace(reading, evidence=evidence, confidence=unsure)
        if reading.evidence and self._is_one_of_several(reading):
            best, *others = reading.evidence
            reading = replace(reading, evidence=[replace(best, certainty=0.0), *others])
        return newest_first(reading, scope, self._reader, self._searcher, language)

    def _is_one_of_several(self, reading: Reading) -> bool:
        """Whether the words that answer hold one of several numbers, which nobody has compared."""
        best = reading.evidence[0]
        if best.certainty >= _CLEARLY:  # "The youngest is Mara, who is 17."
            return False
        texts = (best.text, best.answer.of(best.text))
        words = [statement(text, best.document.language).words for text in texts]
        of_all, of_answer = ({word.text for word in each if word.is_number} for each in words)
        is_one = len(of_all) > 1 and bool(of_answer)
        return is_one and Asked(self._intents.vector(reading.question)).compares

    def _of_a_row(
        self, question: str, led: Led, tables: AskedTables, clock: Clock, language: str
    ) -> Iterator[Event] | None:
        """What a table lacks, or the cell that is read as the answer, if that is sure."""
        reading, missing = led.reading, tables.missing
        best, found = reading.evidence[:1], reading.found
        if missing and (reading.confidence < SURE or any(map(tables.lacks, best))):
            return iter([missing.answer(question, found, clock, language)])
        cell = next(filter(None, map(tables.cell_read, best)), None)
        if cell is None or led.superseded or reading.unsaid:
            return None
        return table_answer([cell], question, found, self._searcher.similarity, clock, language)

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

    def _language(self, question: str, source: OpenGeneration) -> str:
        """The language that a question is in, by its words or, of a word or two, by its vector."""
        language, documents = language_of(question), _languages(source, Filter())
        if is_spoken(language) or language in documents:
            return language
        return self._intents.language(question, documents)

    def _is_enough(self, reading: Reading) -> bool:
        """Whether there is evidence that is sure enough to be shown."""
        return bool(reading.evidence) and reading.confidence >= self._settings.abstain_below

    def _written(
        self,
        question: str,
        query: Query,
        led: Led,
        notices: Sequence[str],
        clock: Clock,
        language: str,
    ) -> Iterator[Event]:
        """The answer as it is written from what was read, if that is sure enough."""
        verified = VerifiedAnswer(self._searcher.similarity)
        writer = self._generator
        if self._is_enough(led.reading):
            polar = self._intents.polar
            writer, remarks = yield from write_answer(
                led.reading, writer, self._stand_in, verified, clock, polar, language
            )
            remarks += [led.notice] if led.notice else []
            remarks += _unsaid(led.reading.unsaid, verified, language)
            remarks += yield from quote_superseded(led.superseded, verified, clock)
            notices = [*notices, *remarks]
        yield self._answer(question, query, led, verified, writer.name, notices, clock, language)

    def _answer(
        self,
        question: str,
        query: Query,
        led: Led,
        verified: VerifiedAnswer,
        generator: str,
        notices: Sequence[str],
        clock: Clock,
        language: str,
    ) -> Answer:
        """The verified sentences, or why there are none."""
        reading = led.reading
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
            else led.lacking or refusal(reading.question, found, language, begins=begins),
            confidence=reading.confidence,
            generator=generator,
            generation=found.generation,
            notice=" ".join(notices) or None,
            language=language,
            left_out=verified.left_out,
            signals=signals(found.passages, evidence) if evidence else {},
            timings_ms=clock.timings(),
        )


def _unsaid(word: str, verified: VerifiedAnswer, language: str) -> list[str]:
    """That a word of the question stands nowhere in what is shown, if that is so."""
    shown = " ".join(sentence.text for sentence in verified.sentences).casefold()
    is_said = not word or not shown or word.casefold() in shown
    return [] if is_said else [reply("unsaid", language, word=word)]


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


def _search_step(found: Found, clock: Clock, language: str) -> Step:
    """What was searched in which time, which the clock counts."""
    clock.searched(embed=found.embed_ms, retrieve=found.retrieve_ms, rerank=found.rerank_ms)
    searched_ms = found.embed_ms + found.retrieve_ms
    return Step(
        reply(
            "searched",
            language,
            passages=found.source.chunks,
            ms=round(searched_ms),
            read=len(found.passages),
        )
    )
