"""The one path from a question to an answer: understand, search, read, abstain or write, verify.

Chat, command line, HTTP and evaluation all call :class:`Assistant`. A sentence leaves it
only with a citation whose quote supports it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from collections.abc import Generator as Steps
from dataclasses import dataclass, replace
from datetime import date, datetime

from index.search import Found, OpenGeneration, Searcher
from index.types import Filter
from rag.confidence import confidence, signals
from rag.errors import GeneratorError, QuestionError
from rag.evidence import Evidence, combined, read_evidence
from rag.intents import OVERVIEWS, SMALL_TALK, Intents
from rag.links import followed
from rag.llm.server import LanguageModel
from rag.narrowing import Names, Narrowing, narrowing
from rag.overview import Overview, overview
from rag.reader import Reader
from rag.refusal import refusal
from rag.settings import Settings
from rag.types import SURE, Answer, Clock, Message, Step
from rag.understand import Understood, recent, understood
from rag.unsearched import counted_documents, reply, told
from rag.verify import Shown, Verified
from rag.write import Draft, Generator

__all__ = ["Assistant", "Event", "Shown", "Step"]

MAX_QUESTION_CHARACTERS = 4000
_POLAR = 0.5  # likely, from which a question is taken to be answered by yes or no
_REPLACED = "Quoted where the model's own words could not be checked well enough."
_ADDED = "The last sentence is quoted: it fits the question best, and the model left it out."

Event = Step | Shown | Answer


@dataclass(frozen=True, slots=True)
class _Reading:
    """What was found, the evidence in it for ``asked``, best first, and how sure that is."""

    asked: str
    found: Found
    evidence: list[Evidence]
    sure: float


class Assistant:
    """Answers questions from the current generation.

    ``generator`` writes; ``stand_in`` writes when that fails before its first sentence; ``today``
    is what "since October" is counted from. ``rewriter`` makes follow-ups standalone, where there
    is one.
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
    ) -> None:
        self._settings = settings
        self._searcher = searcher
        self._reader = reader
        self._intents = intents
        self._generator = generator
        self._stand_in = stand_in
        self._today = today
        self._rewriter = rewriter

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
        clock = Clock()
        _check(question)
        source = self._searcher.generation()
        intent = self._intents.of(question)
        if intent in SMALL_TALK:
            answer = reply(question, intent, self._intents.language(question), source)
            yield replace(answer, timings_ms=clock.timings())
            return
        if intent in OVERVIEWS:
            overall = self._overview(intent, question, history, filter_by, source)
            if overall is not None:
                yield from told(question, overall, source, self._searcher.similarity, clock)
                return
        yield from self._searched(question, history, k, filter_by or Filter(), source, clock)

    def understood(self, question: str, history: Sequence[Message]) -> Understood:
        """What is searched for, what leads the search, and how the question is read."""
        said = recent(history, self._settings.history_tokens)
        return understood(question, said, self._intents, self._rewriter)

    def found(
        self,
        meant: Understood,
        *,
        k: int | None = None,
        filter_by: Filter | None = None,
        source: OpenGeneration | None = None,
    ) -> Found:
        """The passages for a question as it is understood; see :meth:`Searcher.search`."""
        return self._searcher.search(
            meant.query,
            background=meant.background,
            words=meant.words,
            k=k or self._settings.k,
            filter_by=filter_by,
            source=source,
        )

    def _overview(
        self,
        intent: str,
        question: str,
        history: Sequence[Message],
        filter_by: Filter | None,
        source: OpenGeneration,
    ) -> Overview | None:
        """What is asked of the documents as such, which no search can answer."""
        documents = source.documents(filter_by or Filter())
        begins = not any(message.role == "user" for message in history)
        return overview(intent, question, documents, today=self._today(), begins=begins)

    def _searched(
        self,
        question: str,
        history: Sequence[Message],
        k: int | None,
        filter_by: Filter,
        source: OpenGeneration,
        clock: Clock,
    ) -> Iterator[Event]:
        """The answer from what search finds in ``source``."""
        meant = self.understood(question, history)
        clock.stop("rewrite")
        if meant.query != meant.readings[0]:
            yield Step(f"searched for: {meant.query}")
        named = self._named(meant.query, source) if filter_by.is_empty else None
        notices: list[str] = []
        if named is not None:
            count = counted_documents(len(named.filter_by.documents))
            notices.append(f"Searched {count} only: “{named.words}”.")
            yield Step(notices[0])
        among = named.filter_by if named else filter_by
        surest = yield from self._read(meant, k, clock, among, source)
        if named is not None and not self._is_enough(surest):
            notices.clear()
            yield Step("nothing there answers it, so all documents are searched")
            surest = yield from self._read(meant, k, clock, filter_by, source)
        asked, found, evidence = surest.asked, surest.found, surest.evidence
        written = Verified(self._searcher.similarity)
        name = self._generator.name
        if evidence and self._is_enough(surest):
            sure = surest.sure
            # No words by themselves lead what may not be an answer, or is one of yes or no.
            if sure < SURE or self._intents.polar(asked) >= _POLAR:
                evidence = [replace(item, certainty=0.0) for item in evidence]
            trouble = yield from self._written(asked, evidence, written, sure, clock)
            if trouble is not None and not written.sentences:
                name = self._stand_in.name
                drafts = self._stand_in.write(asked, evidence)
                yield from written.add(drafts, evidence, clock)
            elif sure >= SURE and not written.rests_on(evidence[0]):
                trouble = trouble or _ADDED
                best = Draft(evidence[0].text, (evidence[0],))
                yield from written.add([best], evidence, clock)
            notices += [trouble] if trouble else []
            if written.replaced and name != self._stand_in.name:
                notices.append(_REPLACED)
        yield Answer(
            question=question,
            standalone_question=asked,
            sentences=tuple(written.sentences),
            citations=tuple(written.citations),
            passages=found.passages,
            abstention=None
            if written.sentences
            else refusal(asked, found, evidence, begins=not meant.background),
            confidence=surest.sure,
            generator=name,
            generation=found.generation,
            notice=" ".join(notices) or None,
            left_out=written.left_out,
            signals=signals(found.passages, evidence) if evidence else {},
            timings_ms=clock.timings(),
        )

    def _written(
        self,
        asked: str,
        evidence: Sequence[Evidence],
        written: Verified,
        sure: float,
        clock: Clock,
    ) -> Steps[Shown, None, str | None]:
        """What the generator writes, as it is verified; in words what went wrong, if it did."""
        try:
            yield from written.add(self._generator.write(asked, evidence), evidence, clock)
        except GeneratorError as exc:
            if written.sentences:
                return f"The answer is incomplete: {exc}"
            return f"Quoted from the documents, because {exc}"
        if written.left_out and not written.sentences:
            return "Quoted from the documents: what the model wrote was not supported."
        if not written.sentences and sure >= SURE:
            return "Quoted from the documents: the model found no answer in them."
        return None

    def _is_enough(self, reading: _Reading) -> bool:
        return reading.sure >= self._settings.abstain_below

    def _named(self, asked: str, source: OpenGeneration) -> Narrowing | None:
        return narrowing(asked, source.derived(Names), today=self._today())

    def _read(
        self,
        meant: Understood,
        k: int | None,
        clock: Clock,
        filter_by: Filter,
        source: OpenGeneration,
    ) -> Steps[Step, None, _Reading]:
        """Search, and read what was found in each way: the surest reading, the first of equals."""
        found = self.found(meant, k=k, filter_by=filter_by, source=source)
        clock.add("embed", found.embed_ms)
        clock.add("retrieve", found.retrieve_ms)
        clock.add("rerank", found.rerank_ms)
        yield Step(
            f"searched {found.source.manifest.chunks} passages in "
            f"{found.embed_ms + found.retrieve_ms:.0f} ms, read {len(found.passages)}"
        )
        clock.start()
        surest = self._surest(meant, found, filter_by)
        if surest.asked not in (meant.readings[0], meant.query):
            yield Step(f"read as: {surest.asked}")
        more = surest.found.passages[len(found.passages) :]
        if linked := dict.fromkeys(passage.chunk.document_id for passage in more):
            titles = " and ".join(
                f"“{found.source.manifest.documents[name].title}”" for name in linked
            )
            yield Step(f"read {titles}, named there")
        clock.stop("read")
        return surest

    def _surest(self, meant: Understood, found: Found, filter_by: Filter) -> _Reading:
        """What the passages say to the question; to a follow-up by both of its readings.

        The sentences are ordered by both, and the confidence is that of the surer of the two: the
        follow-up alone, or both together.
        """
        first = self._reading(meant.readings[0], found, filter_by)
        if len(meant.readings) == 1:
            return first
        behind = self._reading(meant.readings[1], first.found, filter_by)
        evidence = combined(first.evidence, behind.evidence)
        sure = confidence(behind.found.passages, evidence)
        if sure > first.sure:
            return replace(behind, evidence=evidence, sure=sure)
        return replace(first, found=behind.found, evidence=evidence)

    def _reading(self, asked: str, found: Found, filter_by: Filter) -> _Reading:
        """What the passages say to ``asked``."""
        evidence = read_evidence(asked, found, self._reader)
        found, evidence = followed(asked, found, evidence, filter_by, self._reader, self._searcher)
        return _Reading(asked, found, evidence, confidence(found.passages, evidence))


def _check(question: str) -> None:
    if not question.strip():
        raise QuestionError("the question is empty: ask something about the documents")
    try:
        question.encode()
    except UnicodeEncodeError as exc:  # half a surrogate pair
        raise QuestionError(
            "the question holds bytes that are not text: write it in UTF-8"
        ) from exc
    if len(question) > MAX_QUESTION_CHARACTERS:
        raise QuestionError(
            f"the question has {len(question)} characters, at most "
            f"{MAX_QUESTION_CHARACTERS} are read: shorten it"
        )
