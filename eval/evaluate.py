"""One evaluation from settings to report: the index of the suite, the run, the measures."""

from __future__ import annotations

import time
from collections.abc import Callable

from eval.counting import CountingModel
from eval.journal import Journal
from eval.judge import Judge
from eval.opinion import judge_rows
from eval.report import Report, make_report
from eval.runner import Asker, run_suite
from eval.store import code_version, documents_of, made_by
from eval.suite import Suite
from index.embedding.embedder import Embedder
from index.processors import available_processors
from index.text.tokens import load_tokenizer
from index.types import Progress
from rag.assemble import Services
from rag.errors import GeneratorError
from rag.settings import Settings

__all__ = ["evaluate"]


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
