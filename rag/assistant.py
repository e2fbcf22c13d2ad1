"""The one path from a question to an answer: rewrite, search, read, abstain or write, verify.

Chat, command line, HTTP and evaluation all call :class:`Assistant`. A sentence leaves it
only with a citation whose quote supports it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from collections.abc import Generator as Steps
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from functools import partial

from index.errors import GeneratorError, QuestionError
from index.filters import Filter
from index.search import Found, OpenGeneration, Searcher
from index.settings import Settings
from rag.answers import Answer, Message
from rag.asking_back import question_back
from rag.clock import Clock
from rag.confidence import SURE, Signals, confidence, signals
from rag.conversation import background, recent, standalone
from rag.digest import digest
from rag.evidence import Evidence, read_evidence
from rag.generation import Generator
from rag.language_model import LanguageModel
from rag.narrowing import Narrowing, narrowing
from rag.overview import Overview, overview
from rag.reader import Reader
from rag.refusal import refusal
from rag.rewriting import rewritten
from rag.small_talk import small_talk
from rag.verified import Shown, Verified

__all__ = ["Assistant", "Event", "Shown", "Step"]

MAX_QUESTION_CHARACTERS = 4000
_UNSURE = "This may not be what was asked for."


@dataclass(frozen=True, slots=True)
class Step:
    """What was just done, in words for the reader."""

    text: str


Event = Step | Shown | Answer


class Assistant:
    """Answers questions from the current generation.

    ``generator`` writes; ``stand_in`` writes when that fails before its first sentence; ``today``
    is what "since October" is counted from. ``rewriter`` makes follow-ups standalone, rules do
    where there is none.
    """

    def __init__(
        self,
        settings: Settings,
        searcher: Searcher,
        reader: Reader,
        generator: Generator,
        stand_in: Generator,
        *,
        today: Callable[[], date] = lambda: datetime.now().astimezone().date(),
        rewriter: LanguageModel | None = None,
    ) -> None:
        self._settings = settings
        self._searcher = searcher
        self._reader = reader
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
        reply = self._reply(question, history, source)
        overall = None if reply else self._overview(question, history, filter_by, source)
        if reply is not None:
            yield replace(reply, timings_ms=clock.timings())
        elif overall is not None:
            yield from self._told(question, overall, source, clock)
        else:
            yield from self._searched(question, history, k, filter_by or Filter(), clock)

    def understood(self, question: str, history: Sequence[Message]) -> tuple[str, str]:
        """What is searched for, and what was said before, which leads the search."""
        history = recent(history, self._settings.history_tokens)
        before = background(history, question)
        if self._rewriter is None:
            return standalone(question, history), before
        return rewritten(question, history, self._rewriter), before

    def _reply(
        self, question: str, history: Sequence[Message], source: OpenGeneration
    ) -> Answer | None:
        """The reply to small talk, or a question to the reader where nothing is named."""
        remark = small_talk(question, len(source.manifest.documents))
        back = None
        if remark is None:
            back = question_back(question, recent(history, self._settings.history_tokens))
        if remark is None and back is None:
            return None
        return Answer(
            question=question,
            standalone_question=" ".join(question.split()),
            sentences=(),
            citations=(),
            passages=(),
            abstention=back,
            confidence=0.0,
            generator="rules",
            generation=source.name,
            remark=remark,
        )

    def _overview(
        self,
        question: str,
        history: Sequence[Message],
        filter_by: Filter | None,
        source: OpenGeneration,
    ) -> Overview | None:
        """What is asked of the documents as such, which no search can answer."""
        passes = (filter_by or Filter()).allows
        held = source.manifest.documents
        documents = {name: entry for name, entry in held.items() if passes(name, entry.date)}
        begins = not any(message.role == "user" for message in history)
        return overview(question, documents, today=self._today(), begins=begins)

    def _told(
        self, question: str, asked: Overview, source: OpenGeneration, clock: Clock
    ) -> Iterator[Event]:
        """The answer to an overview question, from the manifest and the summaries."""
        made = digest(asked, source)
        yield Step(f"read {_counted(made.read)} for an overview")
        clock.stop("read")
        written = Verified(self._searcher.similarity)
        yield from written.add(made.lines, (), clock)
        yield Answer(
            question=question,
            standalone_question=" ".join(question.split()),
            sentences=tuple(written.sentences),
            citations=tuple(written.citations),
            passages=(),
            abstention=None if written.sentences else made.remark,
            confidence=1.0 if written.sentences else 0.0,
            generator="overview",
            generation=source.name,
            notice=made.remark if written.sentences else None,
            left_out=written.left_out,
            timings_ms=clock.timings(),
        )

    def _searched(
        self,
        question: str,
        history: Sequence[Message],
        k: int | None,
        filter_by: Filter,
        clock: Clock,
    ) -> Iterator[Event]:
        """The answer from what search finds."""
        asked, before = self.understood(question, history)
        clock.stop("rewrite")
        if asked != " ".join(question.split()):
            yield Step(f"searched for: {asked}")
        read = partial(self._read, asked, before, k, clock)
        named = self._named(asked) if filter_by.is_empty else None
        notices: list[str] = []
        if named is not None:
            count = _counted(len(named.filter_by.documents))
            notices.append(f"Searched {count} only: “{named.words}”.")
            yield Step(notices[0])
        found, evidence, seen = yield from read(named.filter_by if named else filter_by)
        if named is not None and not self._is_enough(seen):
            notices.clear()
            yield Step("nothing there answers it, so all documents are searched")
            found, evidence, seen = yield from read(filter_by)
        written = Verified(self._searcher.similarity)
        name = self._generator.name
        if evidence and self._is_enough(seen):
            sure = confidence(seen)
            trouble = yield from self._written(asked, evidence, written, sure, clock)
            if trouble is not None and not written.sentences:
                name = self._stand_in.name
                drafts = self._stand_in.write(asked, evidence)
                yield from written.add(drafts, evidence, clock)
            notices += [trouble] if trouble else []
            notices += [_UNSURE] if written.sentences and sure < SURE else []
        yield Answer(
            question=question,
            standalone_question=asked,
            sentences=tuple(written.sentences),
            citations=tuple(written.citations),
            passages=found.passages,
            abstention=None if written.sentences else refusal(asked, found, evidence),
            confidence=confidence(seen),
            generator=name,
            generation=found.generation,
            notice=" ".join(notices) or None,
            left_out=written.left_out,
            signals=asdict(seen),
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

    def _is_enough(self, seen: Signals) -> bool:
        return confidence(seen) >= self._settings.abstain_below

    def _named(self, asked: str) -> Narrowing | None:
        documents = self._searcher.generation().manifest.documents
        return narrowing(asked, documents, today=self._today())

    def _read(
        self, asked: str, before: str, k: int | None, clock: Clock, filter_by: Filter
    ) -> Steps[Step, None, tuple[Found, list[Evidence], Signals]]:
        """Search and read; what was found, the evidence in it, and its signals."""
        found = self._searcher.search(asked, background=before, k=k, filter_by=filter_by)
        clock.add("embed", found.embed_ms)
        clock.add("retrieve", found.retrieve_ms)
        clock.add("rerank", found.rerank_ms)
        yield Step(
            f"searched {found.source.manifest.chunks} passages in "
            f"{found.embed_ms + found.retrieve_ms:.0f} ms, read {len(found.passages)}"
        )
        clock.start()
        evidence = read_evidence(asked, found, self._reader, self._searcher)
        clock.stop("read")
        return found, evidence, signals(evidence, found.passages)


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


def _counted(documents: int) -> str:
    return "one document" if documents == 1 else f"{documents} documents"
