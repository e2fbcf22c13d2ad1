"""One evaluation from settings to report: the index of the suite, the run, the measures."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from eval.report import Report, make_report
from eval.runner import run_suite
from eval.suite import Suite, load_suite, seeds_suite
from index.embedding import Embedder
from index.progress import Progress
from index.settings import Settings
from rag.assemble import House

__all__ = ["evaluate", "evaluate_suite"]


def evaluate_suite(
    settings: Settings,
    folder: Path | None = None,
    *,
    limit: int | None = None,
    retrieval_only: bool = False,
    index_progress: Callable[[Progress], None] = lambda _: None,
    progress: Callable[[int, int], None] = lambda *_: None,
) -> Report:
    """:func:`evaluate` the suite in ``folder``.

    Without ``folder``, the cases that ship with Footnote are asked over the documents folder.

    Raises:
        SuiteError: the suite is malformed.
        FootnoteError: its documents cannot be indexed.
    """
    suite = load_suite(folder) if folder is not None else seeds_suite(settings.seeds)
    return evaluate(
        settings,
        suite.limited(limit),
        retrieval_only=retrieval_only,
        index_progress=index_progress,
        progress=progress,
    )


def evaluate(
    settings: Settings,
    suite: Suite,
    *,
    embedder: Embedder | None = None,
    retrieval_only: bool = False,
    index_progress: Callable[[Progress], None] = lambda _: None,
    progress: Callable[[int, int], None] = lambda *_: None,
) -> Report:
    """Index the suite's documents in a home of its own (reused while unchanged) and ask.

    ``embedder`` is one that is loaded already, if there is one. Either progress may raise
    ``RunCancelledError``, which ends the evaluation without a report.

    Raises:
        FootnoteError: the documents cannot be indexed.
    """
    home = settings.home / "eval" / suite.name
    settings = settings.model_copy(update={"seeds": suite.documents, "home": home})
    house = House(settings)
    if embedder is not None:
        house.use_embedder(embedder)
    house.builder.build(progress=index_progress)
    started = time.perf_counter()
    rows = run_suite(suite, house.assistant, retrieval_only=retrieval_only, progress=progress)
    return make_report(
        rows,
        suite=suite.name,
        generation=house.searcher.generation().name,
        settings=settings.model_dump(mode="json", exclude={"llm_api_key", "home", "seeds"}),
        seconds=time.perf_counter() - started,
        retrieval_only=retrieval_only,
    )
