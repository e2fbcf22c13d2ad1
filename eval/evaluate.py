"""One evaluation from settings to report: the index of the suite, the run, the measures."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from eval.report import Report, make_report
from eval.runner import run_suite
from eval.suite import load_suite, seeds_suite
from index.progress import Progress
from index.settings import Settings
from rag.assemble import House

__all__ = ["evaluate_suite"]


def evaluate_suite(
    settings: Settings,
    folder: Path | None = None,
    *,
    limit: int | None = None,
    retrieval_only: bool = False,
    index_progress: Callable[[Progress], None] = lambda _: None,
    progress: Callable[[int, int], None] = lambda *_: None,
) -> Report:
    """Index the suite's documents in a home of its own (reused while unchanged) and ask.

    Without ``folder``, the cases that ship with Footnote are asked over the documents folder.

    Raises:
        SuiteError: the suite is malformed.
        FootnoteError: its documents cannot be indexed.
    """
    suite = load_suite(folder) if folder is not None else seeds_suite(settings.seeds)
    suite = suite.limited(limit)
    home = settings.home / "eval" / suite.name
    settings = settings.model_copy(update={"seeds": suite.documents, "home": home})
    house = House(settings)
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
