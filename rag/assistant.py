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
from index.types import Filter
from rag.asking import Asking
from rag.doubts import doubted
from rag.intents import Intents
from rag.llm.server import LanguageModel
from rag.named_documents import named_documents
from rag.other_answers import OtherAnswers
from rag.read import Reading, read, reading_steps, signals
from rag.reader import Reader
from rag.refusal import refusal, unread_files
from rag.replies import is_spoken
from rag.settings import Settings
from rag.short_answers import whole_answer
from rag.spelling import slips
from rag.superseded import Led, newest_first, quote_superseded
from rag.tables.answer import table_answer
from rag.tables.asked import words_of
from rag.tables.questions import AskedTables, TableQuestions
from rag.tables.words import asks
from rag.types import SURE, Answer, Clock, Message, Step
from rag.understand import (
    LEANS,
    Query,
    behind_subject,
    check_question,
    newest_messages,
    understand,
    with_question_before,
)
from rag.verify import Event, VerifiedAnswer, VerifiedSentence
from rag.write import Generator, write_answer

__all__ = ["Assistant", "Event", "Step", "VerifiedSentence"]

_MOST_WORDS = 0.65  # share of a question's words by their weight
_SIGNS_ASK = 0.4  # logit, from which signs of a run without spaces ask
_LEANS = 0.95  # likely, from which a first question is read behind what the only document is about


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
        self._other = OtherAnswers(intents, searcher, today)
        self._tables = TableQuestions(intents.vector, today)
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
        asking = self._asking(question, filter_by, clock)
        unread, is_all = _unread(asking)
        if is_all:
            yield replace(asking.answer("extractive"), abstention=unread)
            return
        intent = self._intents.of(asking.question)
        other = self._other.at_once(asking, intent)
        if other is not None:
            yield from other
            return
        query = self.understand(asking.question, history)
        clock.stop("rewrite")
        if query.text != query.readings[0]:
            yield Step(asking.reply("searched_for", query=query.text))
        named = named_documents(asking, query.text, self._today())
        notices = [named.notice(asking.language)] if named else []
        yield from map(Step, notices)
        for scope in (named.filter_by, filter_by) if named else (filter_by,):
            scoped = replace(asking, filter_by=scope)
            found = self.retrieve(query, k=k, filter_by=scope, source=asking.source)
            yield _search_step(asking, found)
            tables = self._ask_tables((*query.before, query.text), found)
            reading = self._read_found(query, found, scope) if tables.is_clear else None
            if reading is not None and not _says_otherwise(reading):
                yield from table_answer(asking, tables.answers, found.passages)
                return
            other = self._other.certainly(asking, intent, history)
            if other is not None:
                yield from other
                return
            clock.start()
            reading = reading or self._read_found(query, found, scope)
            led = self._led(scoped, query, reading, tables, k, named.words if named else "")
            yield from reading_steps(led.reading, query, found, asking.language)
            clock.stop("read")
            is_shown = self._is_enough(led.reading)
            of_tables = _of_tables(asking, led, tables, is_shown=is_shown)
            if of_tables is not None:
                yield from of_tables
                return
            if scope is filter_by or self._is_enough(led.reading):
                break
            notices.clear()
            yield Step(asking.reply("searched_all"))
        if led.reading.confidence < SURE:
            is_enough = self._is_enough(led.reading)
            other = self._other.instead(asking, intent, history, is_enough=is_enough)
            if other is not None:
                yield from other
                return
        notices += [unread] if unread else []
        yield from self._written(asking, query, led, notices)

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

    def _asking(self, question: str, filter_by: Filter, clock: Clock) -> Asking:
        """The question in its language: by its words or, of a word or two, by its vector.

        Raises:
            QuestionError, IndexMissingError, IndexMismatchError: as :meth:`stream`.
        """
        check_question(question)
        question = composed(question)
        source = self._searcher.generation()
        documents = [entry.language for entry in source.manifest.documents.values()]
        language = language_of(question)
        if not is_spoken(language) and language not in documents:
            language = self._intents.language(question, documents)
        return Asking(question, source, filter_by, language, self._searcher.similarity, clock)

    def _ask_tables(self, questions: Sequence[str], found: Found) -> AskedTables:
        """The tables that are asked the last question, behind those before it."""
        *before, question = questions
        tables = self._tables.of(question, found)
        if not before or tables.is_alone:
            return tables
        asked = self._ask_tables(before, found)
        leaning = self._intents.leaning(question)
        if tables.asks_of_a_row and leaning >= LEANS and (row := asked.only_row):
            return self._tables.of(with_question_before(question, row), found)
        return tables.behind(asked, leaning)

    def _read_found(self, query: Query, found: Found, filter_by: Filter) -> Reading:
        return read(query, found, filter_by, self._reader, self._searcher)

    def _read_again(self, asking: Asking, query: Query, k: int | None) -> Reading:
        """What a query with other words finds and says."""
        scope = asking.filter_by
        found = self.retrieve(query, k=k, filter_by=scope, source=asking.source)
        return self._read_found(query, found, scope)

    def _led(
        self,
        asking: Asking,
        query: Query,
        reading: Reading,
        tables: AskedTables,
        k: int | None,
        named: str,
    ) -> Led:
        """A reading, or a surer one, led by the newest version; see :func:`newest_first`.

        The documents are ``named`` so in the question.
        """
        if reading.confidence < SURE:
            query, reading = self._read_as_spelled(asking, query, reading, k)
        if self._settings.abstain_below <= reading.confidence < SURE and not query.background:
            reading = self._read_behind_subject(asking, reading, k)
        is_alone = reading.question == query.readings[0]
        reading = doubted(
            reading, tables, self._reader, self._intents, named=named if is_alone else None
        )
        return newest_first(asking, reading, self._reader, self._searcher)

    def _read_as_spelled(
        self, asking: Asking, query: Query, as_asked: Reading, k: int | None
    ) -> tuple[Query, Reading]:
        """The surer of a reading as asked and as the documents spell it, each with its query."""
        spelled = query
        for word, meant in slips(query.readings[0], as_asked.found, self._intents.vector):
            spelled = spelled.with_word(word, meant)
        if spelled == query:
            return query, as_asked
        reading = self._read_again(asking, spelled, k)
        if reading.confidence <= as_asked.confidence:
            return query, as_asked
        return spelled, replace(reading, is_spelled=True)

    def _read_behind_subject(self, asking: Asking, alone: Reading, k: int | None) -> Reading:
        """The surer of a reading alone and behind what the only document is about."""
        subject = _subject(asking)
        if not subject or self._intents.leaning(alone.question) < _LEANS:
            return alone
        behind = self._read_again(asking, behind_subject(alone.question, subject), k)
        return max(alone, behind, key=lambda reading: reading.confidence)

    def _is_enough(self, reading: Reading) -> bool:
        """Whether there is evidence that is sure enough to be shown."""
        return bool(reading.evidence) and reading.confidence >= self._settings.abstain_below

    def _asks(self, word: str) -> bool:
        """Whether signs of a run without spaces ask ("有多少级台阶"): then it is no word."""
        pairs, vector = words_of(word), self._intents.vector
        return len(pairs) > 1 and (
            any(asks(vector(pair), _SIGNS_ASK) for pair in pairs)
            or any(map(asks, map(vector, word)))
        )

    def _written(
        self, asking: Asking, query: Query, led: Led, notices: Sequence[str]
    ) -> Iterator[Event]:
        """The answer as it is written from what was read, if that is sure enough; else why not."""
        reading, found = led.reading, led.reading.found
        verified = VerifiedAnswer(asking.similarity)
        writer = self._generator
        if self._is_enough(reading):
            best = whole_answer(reading.question, reading.evidence[0], self._intents.vector)
            reading = replace(reading, evidence=[best, *reading.evidence[1:]])
            writer, remarks = yield from write_answer(
                asking, reading, writer, self._stand_in, verified, self._intents.polar
            )
            remarks += [led.notice] if led.notice else []
            if reading.is_spelled:
                remarks.append(asking.reply("read_as", question=reading.question))
            if not self._asks(reading.unsaid):
                remarks += _unsaid(asking, reading.unsaid, verified)
            remarks += yield from quote_superseded(led.superseded, verified, asking.clock)
            notices = [*notices, *remarks]
        lacking = led.lacking
        if not verified.sentences and not lacking:
            begins = not query.background
            lacking = refusal(reading.question, found, asking.language, begins=begins)
        yield replace(
            verified.answer(asking, writer.name, "", lacking),
            standalone_question=reading.question,
            passages=found.passages,
            confidence=reading.confidence,
            notice=" ".join(notices) or None,
            signals=signals(found.passages, reading.evidence) if reading.evidence else {},
        )


def _says_otherwise(reading: Reading) -> bool:
    """Whether a sentence that is no row surely answers, with most words of the question.

    "At most eight books may be lent" is said; it is not the most of a table.
    """
    if not reading.evidence or reading.confidence < SURE:
        return False
    best = reading.evidence[0]
    return best.coverage >= _MOST_WORDS and not best.is_row


def _unread(asking: Asking) -> tuple[str, bool]:
    """What is said of files that a question names and that were not read; see `unread_files`."""
    manifest = asking.source.manifest
    return unread_files(asking.question, manifest.failed, manifest.documents, asking.language)


def _of_tables(
    asking: Asking, led: Led, tables: AskedTables, *, is_shown: bool
) -> Iterator[Event] | None:
    """What tables answer that nothing surer does, what one lacks, or what they are read for.

    That is a cell that is surely read or, instead of evidence that ``is_shown`` and not sure, the
    rows that are named, whatever is asked of them.
    """
    reading, missing = led.reading, tables.missing
    best, passages = reading.evidence[:1], reading.found.passages
    if missing and (reading.confidence < SURE or any(map(tables.lacks, best))):
        return iter([missing.answer(asking, passages)])
    if tables.is_nearer(best, reading.confidence):
        return table_answer(asking, tables.answers, passages)
    is_open = not (led.superseded or reading.unsaid)
    found = next(filter(None, map(tables.cell_read, best)), None) if is_open else None
    if found is None and is_shown and reading.confidence < SURE:
        found = next(filter(None, map(tables.rows_chosen, best)), None)
    return table_answer(asking, [found], passages) if found else None


def _unsaid(asking: Asking, word: str, verified: VerifiedAnswer) -> list[str]:
    """That a word of the question stands nowhere in what is shown, if that is so."""
    shown = " ".join(sentence.text for sentence in verified.sentences).casefold()
    is_said = not word or not shown or word.casefold() in shown
    return [] if is_said else [asking.reply("unsaid", word=word)]


def _subject(asking: Asking) -> str:
    """What the only document that may be searched is about, "" where there are more."""
    documents = asking.source.documents(asking.filter_by)
    if len(documents) != 1:
        return ""
    document = asking.source.document(next(iter(documents)))
    spans = asking.source.summary_of(document.id)
    return " ".join((spans[0].of(document.text) if spans else document.title).split())


def _search_step(asking: Asking, found: Found) -> Step:
    """What was searched in which time, which the clock counts."""
    embed, retrieve = found.embed_ms, found.retrieve_ms
    asking.clock.searched(embed=embed, retrieve=retrieve, rerank=found.rerank_ms)
    chunks, read = found.source.chunks, len(found.passages)
    return Step(asking.reply("searched", passages=chunks, ms=round(embed + retrieve), read=read))
