"""The one path from a question to an answer: rewrite, search, read, abstain or write, verify.

Chat, command line, HTTP and evaluation all call :class:`Assistant`. A sentence leaves it
only with a citation whose quote supports it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Generator as Steps
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from functools import partial

from index.documents import Span
from index.errors import GeneratorError, QuestionError
from index.filters import Filter
from index.search import Found, OpenGeneration, Searcher
from index.settings import Settings
from rag.answers import ABOUT, Answer, Citation, Message, Sentence
from rag.confidence import Signals, confidence, signals
from rag.conversation import background, standalone
from rag.digest import Line, digest
from rag.evidence import Evidence, read_evidence
from rag.generation import Draft, Generator
from rag.narrowing import Narrowing, narrowing
from rag.overview import Overview, overview
from rag.verification import SUPPORTED, support

__all__ = ["Assistant", "Event", "Shown", "Step"]

MAX_QUESTION_CHARACTERS = 4000
# Evidence that holds this share of the question's idf at least mentions what it is about.
_MENTIONED = 0.5
_STAGES = ("rewrite", "embed", "retrieve", "rerank", "read", "generate", "verify", "total")


@dataclass(frozen=True, slots=True)
class Step:
    """What was just done, in words for the reader."""

    text: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A verified sentence, and the citations that it is the first to use."""

    sentence: Sentence
    citations: tuple[Citation, ...]


Event = Step | Shown | Answer


class Assistant:
    """Answers questions from the current generation.

    ``generator`` writes; ``stand_in`` writes when that fails before its first sentence; ``today``
    is what "since October" is counted from.
    """

    def __init__(
        self,
        settings: Settings,
        searcher: Searcher,
        generator: Generator,
        stand_in: Generator,
        *,
        today: Callable[[], date] = lambda: datetime.now().astimezone().date(),
    ) -> None:
        self._settings = settings
        self._searcher = searcher
        self._generator = generator
        self._stand_in = stand_in
        self._today = today

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
        clock = _Clock()
        _check(question)
        source = self._searcher.generation()
        overall = self._overview(question, history, filter_by, source)
        if overall is not None:
            yield from self._told(question, overall, source, clock)
            return
        asked = standalone(question, history)
        clock.stop("rewrite")
        if asked != " ".join(question.split()):
            yield Step(f"searched for: {asked}")
        read = partial(self._read, asked, background(history), k, clock)
        notice: str | None = None
        chosen = filter_by is not None and not filter_by.is_empty
        named = None if chosen else self._named(asked)
        if named is None:
            found, evidence, seen = yield from read(filter_by)
        else:
            notice = f"Searched {_counted(named)} only: “{named.words}”."
            yield Step(notice)
            found, evidence, seen = yield from read(named.filter_by)
            if confidence(seen) < self._settings.abstain_below:
                notice = None
                yield Step("nothing there answers it, so all documents are searched")
                found, evidence, seen = yield from read(None)
        sure = confidence(seen)
        written = _Written(self._searcher)
        name = self._generator.name
        abstention: str | None = None
        if not evidence or sure < self._settings.abstain_below:
            abstention = _refusal(found, evidence)
        else:
            narrowed, notice = notice, None
            try:
                yield from written.verified(self._generator.write(asked, evidence), evidence, clock)
                if written.left_out and not written.sentences:
                    notice = "Quoted from the documents: what the model wrote was not supported."
            except GeneratorError as exc:
                notice = f"The answer is incomplete: {exc}"
                if not written.sentences:
                    notice = f"Quoted from the documents, because {exc}"
            if notice is not None and not written.sentences:
                name = self._stand_in.name
                drafts = self._stand_in.write(asked, evidence)
                yield from written.verified(drafts, evidence, clock)
            if not written.sentences:
                abstention = _refusal(found, evidence)
            notice = " ".join(filter(None, (narrowed, notice))) or None
        yield Answer(
            question=question,
            standalone_question=asked,
            sentences=tuple(written.sentences),
            citations=tuple(written.citations),
            passages=found.passages,
            abstention=abstention,
            confidence=sure,
            generator=name,
            generation=found.generation,
            notice=notice,
            left_out=written.left_out,
            signals=asdict(seen),
            timings_ms=clock.timings(),
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
        self, question: str, asked: Overview, source: OpenGeneration, clock: _Clock
    ) -> Iterator[Event]:
        """The answer to an overview question, from the manifest and the summaries."""
        made = digest(asked, source)
        yield Step(f"read {_count(made.read)} for an overview")
        clock.stop("read")
        written = _Written(self._searcher)
        yield from filter(None, map(written.quoted, made.lines))
        clock.stop("verify")
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

    def _named(self, asked: str) -> Narrowing | None:
        documents = self._searcher.generation().manifest.documents
        return narrowing(asked, documents, today=self._today())

    def _read(
        self, asked: str, before: str, k: int | None, clock: _Clock, filter_by: Filter | None
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
        evidence = read_evidence(asked, found, self._searcher)
        clock.stop("read")
        return found, evidence, signals(evidence, found.passages)


@dataclass(slots=True)
class _Written:
    """The part of an answer that has been verified so far."""

    searcher: Searcher
    sentences: list[Sentence] = field(default_factory=list)
    citations: list[Citation] = field(default_factory=list)
    left_out: int = 0
    _numbers: dict[tuple[str, Span], int] = field(default_factory=dict)

    def verified(
        self, drafts: Iterator[Draft], evidence: Sequence[Evidence], clock: _Clock
    ) -> Iterator[Shown]:
        """Each draft that its evidence supports, with numbered citations; others are counted."""
        clock.start()
        for draft in drafts:
            clock.stop("generate")
            supporting, degree = self._supported(draft, evidence)
            clock.stop("verify")
            if degree < SUPPORTED:
                self.left_out += 1
                continue
            yield self._shown(draft.text, supporting, degree, is_list_item=draft.is_list_item)
            clock.start()
        clock.stop("generate")

    def quoted(self, line: Line) -> Shown | None:
        """A line of an overview when its evidence supports what it quotes; others are counted."""
        degree = self._support(line.quoted, (line.evidence,))
        if degree < SUPPORTED:
            self.left_out += 1
            return None
        text = f"{line.quoted} ({line.details})" if line.details else line.quoted
        return self._shown(text, (line.evidence,), degree, is_list_item=line.is_list_item)

    def _shown(
        self, text: str, supporting: Sequence[Evidence], degree: float, *, is_list_item: bool
    ) -> Shown:
        before = len(self.citations)
        numbers = tuple(dict.fromkeys(self._number(item) for item in supporting))
        sentence = Sentence(text, numbers, degree, is_list_item)
        self.sentences.append(sentence)
        return Shown(sentence, tuple(self.citations[before:]))

    def _supported(
        self, draft: Draft, evidence: Sequence[Evidence]
    ) -> tuple[Sequence[Evidence], float]:
        """The evidence that supports the draft best: its own, or another when that fails."""
        if draft.evidence:
            degree = self._support(draft.text, draft.evidence)
            if degree >= SUPPORTED:
                return draft.evidence, degree
        others = [((item,), self._support(draft.text, (item,))) for item in evidence]
        return max(others, key=lambda pair: pair[1], default=((), 0.0))

    def _support(self, text: str, evidence: Sequence[Evidence]) -> float:
        return support(text, [item.text for item in evidence], self.searcher.similarity)

    def _number(self, item: Evidence) -> int:
        key = (item.document.id, item.span)
        if key not in self._numbers:
            self._numbers[key] = len(self._numbers) + 1
            self.citations.append(
                Citation(
                    number=self._numbers[key],
                    document_id=item.document.id,
                    title=item.document.title,
                    span=item.span,
                    quote=item.quote,
                    page=item.document.page_at(item.span.start),
                    heading_path=item.document.heading_path_at(item.span.start),
                    date=item.document.date,
                    place=item.document.place_at(item.span.start),
                )
            )
        return self._numbers[key]


class _Clock:
    """Milliseconds by stage."""

    def __init__(self) -> None:
        self._began = self._mark = time.perf_counter()
        self._ms = dict.fromkeys(_STAGES, 0.0)

    def start(self) -> None:
        self._mark = time.perf_counter()

    def stop(self, stage: str) -> None:
        now = time.perf_counter()
        self._ms[stage] += (now - self._mark) * 1000
        self._mark = now

    def add(self, stage: str, ms: float) -> None:
        self._ms[stage] += ms

    def timings(self) -> dict[str, float]:
        return self._ms | {"total": (time.perf_counter() - self._began) * 1000}


def _check(question: str) -> None:
    if not question.strip():
        raise QuestionError("the question is empty: ask something about the documents")
    if len(question) > MAX_QUESTION_CHARACTERS:
        raise QuestionError(
            f"the question has {len(question)} characters, at most "
            f"{MAX_QUESTION_CHARACTERS} are read: shorten it"
        )


def _counted(named: Narrowing) -> str:
    return _count(len(named.filter_by.documents))


def _count(documents: int) -> str:
    return "one document" if documents == 1 else f"{documents} documents"


def _refusal(found: Found, evidence: Sequence[Evidence]) -> str:
    """Why there is no answer, with the titles of the nearest passages."""
    documents = found.source.manifest.documents
    if not documents:
        return "The index holds no documents: put files into the folder and rebuild."
    if not found.passages:
        return "No document passes the filter, so there is nothing to answer from."
    nearest = max(passage.dense for passage in found.passages)
    covered = max((item.coverage for item in evidence), default=0.0)
    if nearest < ABOUT and covered < _MENTIONED:
        count = len(documents)
        return (
            "The documents do not answer this: nothing in "
            + ("the one document" if count == 1 else f"the {count} documents")
            + " is about it."
        )
    titles = list(dict.fromkeys(documents[p.chunk.document_id].title for p in found.passages))[:2]
    named = " and ".join(f"“{title}”" for title in titles)
    return f"The documents do not say. The nearest passages are in {named}."
