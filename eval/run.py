"""One evaluation from settings to report: the index of the suite, the run, the measures.

Every case goes through the one read path and becomes a row, failures included. Questions are asked
several at a time, which changes no answer. The first ones are asked alone, so that how long they
take is what somebody waits for who asks alone.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from eval.journal import Journal
from eval.judge import Judge
from eval.measures import contains, exact, f1, hit, ndcg, recall, reciprocal_rank
from eval.opinion import judge_rows
from eval.report import Report, make_report
from eval.store import code_version, documents_of, made_by
from eval.types import Case, Row, Suite
from index.embedding.embedder import Embedder
from index.processors import available_processors
from index.text.tokens import Tokenize, load_tokenizer
from index.types import Filter, Progress, Span
from rag.assemble import Services
from rag.assistant import Assistant
from rag.errors import GeneratorError
from rag.llm.server import LanguageModel
from rag.settings import Settings
from rag.types import Answer

__all__ = ["Asker", "CountingModel", "evaluate", "run_suite"]

Spans = Mapping[str, Sequence[Span]]

_DEPTH = 10
_ALONE = 20
_ANSWER_MEASURES = {"contains": contains, "f1": f1, "exact": exact}


def evaluate(
    settings: Settings,
    suite: Suite,
    *,
    embedder: Embedder | None = None,
    retrieval_only: bool = False,
    judged: bool = False,
    index_progress: Callable[[Progress], None] = lambda _: None,
    progress: Callable[[int, int], None] = lambda *_: None,
) -> Report:
    """Index the suite's documents in a home of its own (reused while unchanged) and ask.

    ``embedder`` is one that is loaded already, if there is one. A run that was ended goes on where
    it ended, if nothing that its answers rest on has changed. ``judged`` also asks the language
    model what it thinks of each answer. Either progress may raise ``RunCancelledError``, which ends
    the evaluation without a report.

    Raises:
        FootnoteError: the documents cannot be indexed, or the language model cannot be used.
    """
    home = settings.home / "eval" / suite.name
    settings = settings.model_copy(update={"seeds": suite.documents, "home": home})
    services = Services(settings)
    if embedder is not None:
        services.use_embedder(embedder)
    services.builder.build(progress=index_progress)
    started = time.perf_counter()
    model = _model(services, needed=judged)
    source = services.searcher.generation()
    shown = settings.model_dump(mode="json", exclude={"llm_api_key", "home", "seeds"})
    asker = Asker(
        services.assistant_with(settings, model),
        Judge(source),
        model,
        retrieval_only=retrieval_only,
    )
    journal = Journal(
        home,
        {
            "code": code_version(),
            "generation": source.name,
            "settings": shown,
            "retrieval_only": retrieval_only,
        },
    )
    before = journal.rows(suite)
    with journal.writing(before) as writer:
        rows = run_suite(
            suite,
            asker,
            workers=_workers(settings),
            before=before,
            keep=writer.keep,
            progress=progress,
        )
    if judged and model is not None:
        verdicts = judge_rows(rows, model)
        rows = [{**row, "judged": found} for row, found in zip(rows, verdicts, strict=True)]
    journal.end()
    return make_report(
        rows,
        suite=suite.name,
        generation=source.name,
        settings=shown,
        seconds=time.perf_counter() - started,
        made_by=made_by() | {"documents": documents_of(source)},
    )


def _model(services: Services, *, needed: bool) -> CountingModel | None:
    """The language model that writes, counted; None for quoted sentences.

    Raises:
        GeneratorError: there is none, and it is needed.
    """
    model = services.language_model(services.settings)
    if model is None:
        if needed:
            raise GeneratorError(
                "judged measures need a language model: set generator = openai or local"
            )
        return None
    return CountingModel(model, load_tokenizer())


def _workers(settings: Settings) -> int:
    """How many questions are asked at a time: the model in this process takes one."""
    return 1 if settings.generator == "local" else available_processors()


@dataclass(frozen=True, slots=True)
class Asker:
    """Asks one case; safe to share between threads. ``model`` is the language model, if any."""

    assistant: Assistant
    judge: Judge
    model: CountingModel | None = None
    retrieval_only: bool = False

    def row(self, case: Case, *, alone: bool) -> Row:
        """The row of a case; an exception becomes one that scores 0 and names itself."""
        try:
            return self._row(case, alone=alone)
        except Exception as exc:  # noqa: BLE001 - a failure is a result of the run, never its end
            return self._failed(case, exc)

    def _row(self, case: Case, *, alone: bool) -> Row:
        spans = self.judge.evidence_spans(case)
        # Before the search below, which would leave the answer less to do and make it look quicker.
        answered = {} if self.retrieval_only else self._answered(case, spans, alone=alone)
        retrieval: dict[str, float] = {}
        if case.answerable and (relevant := self.judge.chunks_over(spans)):
            meant = self.assistant.understand(case.question, case.history)
            found = self.assistant.retrieve(meant, k=_DEPTH)
            retrieval = _retrieval([p.chunk.id for p in found.passages], relevant)
        searched = {
            "retrieval": retrieval,
            "evidence_spans": [
                {"document": name, "start": span.start, "end": span.end}
                for name, found_spans in spans.items()
                for span in found_spans
                if case.evidence
            ],
        }
        return _empty(case) | searched | answered

    def _answered(self, case: Case, spans: Spans, *, alone: bool) -> dict[str, Any]:
        if self.model is not None:
            self.model.take()
        started = time.perf_counter()
        among = Filter(without=frozenset(case.without))
        given = self.assistant.ask(case.question, case.history, filter_by=among)
        latency_ms = round((time.perf_counter() - started) * 1000, 2)
        text = " ".join(sentence.text for sentence in given.sentences)
        measures: dict[str, float] = {}
        short = given.short_answer
        scored: dict[str, Any] | None = {"text": short.text} if short else None
        if case.answerable and case.answers:
            if short and scored:
                scored["exact"] = exact(short.text, case.answers)
                scored["f1"] = f1(short.text, case.answers)
            measures = {name: of(text, case.answers) for name, of in _ANSWER_MEASURES.items()}
        return {
            "sentences": len(given.sentences),
            "support": [round(sentence.support, 6) for sentence in given.sentences],
            "left_out": given.left_out,
            "standalone_question": given.standalone_question,
            "answer": given.text,
            "short_answer": scored,
            "abstained": given.abstained,
            "confidence": round(given.confidence, 6),
            "signals": given.signals,
            "generator": given.generator,
            "generation": given.generation,
            "measures": measures,
            "citations": self._cited(spans, given),
            "latency_ms": latency_ms,
            "alone": alone,
            "tokens": self.model.take() if self.model is not None else {"prompt": 0, "written": 0},
        }

    def _cited(self, spans: Spans, given: Answer) -> list[dict[str, Any]]:
        return [
            {
                "document": citation.document_id,
                "start": citation.span.start,
                "end": citation.span.end,
                "exact": self.judge.is_exact(citation),
                "relevant": _overlaps(citation.span, spans.get(citation.document_id, ())),
                "quote": citation.quote,
            }
            for citation in given.citations
        ]

    def _failed(self, case: Case, exc: Exception) -> Row:
        has_answer = case.answerable and case.answers and not self.retrieval_only
        return _empty(case) | {
            "retrieval": _retrieval([], {"missing"}) if case.answerable else {},
            "measures": dict.fromkeys(_ANSWER_MEASURES, 0.0) if has_answer else {},
            "error": f"{type(exc).__name__}: {exc}",
        }


def run_suite(
    suite: Suite,
    asker: Asker,
    *,
    workers: int = 1,
    before: Mapping[str, Row] | None = None,
    keep: Callable[[Row], None] = lambda _: None,
    progress: Callable[[int, int], None] = lambda *_: None,
) -> list[Row]:
    """Ask every case, ``workers`` at a time; the rows in the order of the cases.

    ``before`` holds rows by id that need not be asked again; ``keep`` is given each new one as it
    comes. What ``progress`` raises ends the run (``RunCancelledError``); it comes between cases.
    """
    rows = {case.id: before[case.id] for case in suite.cases if before and case.id in before}
    missing = [case for case in suite.cases if case.id not in rows]
    alone = missing if workers == 1 else missing[: max(0, _ALONE - len(rows))]
    with _rows_of(asker, alone, missing[len(alone) :], workers) as asked:
        if rows:
            progress(len(rows), len(suite.cases))
        for row in asked:
            rows[row["id"]] = row
            keep(row)
            progress(len(rows), len(suite.cases))
    return [rows[case.id] for case in suite.cases]


@contextmanager
def _rows_of(
    asker: Asker, alone: Sequence[Case], together: Sequence[Case], workers: int
) -> Iterator[Iterator[Row]]:
    """The rows as they come; a caller that leaves early waits for those being asked only."""
    with ThreadPoolExecutor(workers, thread_name_prefix="asking") as pool:

        def rows() -> Iterator[Row]:
            yield from (asker.row(case, alone=True) for case in alone)
            futures = [pool.submit(asker.row, case, alone=False) for case in together]
            yield from (future.result() for future in as_completed(futures))

        try:
            yield rows()
        finally:
            pool.shutdown(cancel_futures=True)


def _empty(case: Case) -> dict[str, Any]:
    """The row of a case that was not asked."""
    return {
        "id": case.id,
        "question": case.question,
        "kind": case.kind,
        "answerable": case.answerable,
        "answers": list(case.answers),
        "sources": list(case.sources),
        "evidence": list(case.evidence),
        "evidence_spans": [],
        "history": [{"role": m.role, "content": m.content} for m in case.history],
        "sentences": 0,
        "support": [],
        "left_out": 0,
        "standalone_question": None,
        "answer": None,
        "short_answer": None,
        "abstained": None,
        "confidence": None,
        "signals": None,
        "generator": None,
        "generation": None,
        "retrieval": {},
        "measures": {},
        "citations": [],
        "latency_ms": None,
        "alone": False,
        "tokens": None,
        "error": None,
        **({"without": list(case.without)} if case.without else {}),
    }


def _retrieval(ranking: Sequence[str], relevant: set[str]) -> dict[str, float]:
    return {
        "hit@1": hit(ranking, relevant, 1),
        "hit@5": hit(ranking, relevant, 5),
        "recall@10": recall(ranking, relevant, 10),
        "mrr@10": reciprocal_rank(ranking, relevant, 10),
        "ndcg@10": ndcg(ranking, relevant, 10),
    }


def _overlaps(span: Span, others: Sequence[Span]) -> bool:
    return any(span.overlaps(other) for other in others)


class CountingModel:
    """A language model that counts, by thread: a question is asked in one.

    Tokens are those of tiktoken's ``cl100k_base``; the model's own may be some more or fewer.
    """

    def __init__(self, model: LanguageModel, tokenize: Tokenize) -> None:
        self._model = model
        self._tokenize = tokenize
        self._here = threading.local()
        self.name = model.name

    def stream(self, system: str, user: str) -> Iterator[str]:
        """See :class:`rag.llm.server.LanguageModel`."""
        self._here.prompt = self._prompt + len(self._tokenize(system + user))
        written = []
        try:
            for piece in self._model.stream(system, user):
                written.append(piece)
                yield piece
        finally:
            self._here.written = self._written + len(self._tokenize("".join(written)))

    def take(self) -> dict[str, int]:
        """``{"prompt", "written"}`` of this thread since it was last taken."""
        taken = {"prompt": self._prompt, "written": self._written}
        self._here.prompt = self._here.written = 0
        return taken

    @property
    def _prompt(self) -> int:
        return int(getattr(self._here, "prompt", 0))

    @property
    def _written(self) -> int:
        return int(getattr(self._here, "written", 0))
