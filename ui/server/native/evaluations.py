"""Evaluations: begin one, follow it, its report. One runs at a time in a process."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from eval.cases import chosen_suite
from eval.store import list_runs, load_run
from rag.assemble import Services
from ui.chat.work import EvaluationJob, Work
from ui.server.native.examples import ERRORS, example
from ui.server.routes import described, takes

__all__ = ["evaluation_routes"]


class Run(BaseModel):
    """What is asked: the shipped cases, one's own, or those of a folder of the server."""

    model_config = ConfigDict(extra="forbid")
    suite: Literal["shipped", "own", "folder"] = "own"
    folder: str = Field("", max_length=1024)
    limit: int | None = Field(None, ge=1, description="so many with an answer, so many without")


def evaluation_routes(services: Services, work: Work) -> APIRouter:
    """The routes of evaluations."""
    router = APIRouter(
        prefix="/api/evaluations", tags=["Evaluation"], dependencies=[takes("admin")]
    )

    @router.get("/current", responses=described(example("running"), *ERRORS))
    async def current() -> dict[str, Any]:
        """The evaluation that runs, or the last one."""
        return _run_json(work.evaluation)

    @router.post("", status_code=202, responses=described(example("running"), *ERRORS, status=202))
    def start(body: Run) -> dict[str, Any]:
        """Begin to evaluate, unless an evaluation runs; it goes on when the client leaves."""
        suite = chosen_suite(services.settings, body.suite, body.folder).limited(body.limit)
        work.evaluation.start(services, suite)
        return _run_json(work.evaluation)

    @router.post("/current/cancel", responses=described(example("running"), *ERRORS))
    async def cancel() -> dict[str, Any]:
        """End the evaluation that runs; the next one of the suite goes on there."""
        work.evaluation.cancel()
        return _run_json(work.evaluation)

    @router.get("", responses=described(example("runs"), *ERRORS))
    def runs() -> dict[str, Any]:
        """The runs that are kept, the newest first."""
        return {"runs": [asdict(run) for run in list_runs(services.settings.home).stored]}

    @router.get("/{run}", responses=described(example("report"), *ERRORS))
    def report(run: str) -> dict[str, Any]:
        """The report of a run: measures with their intervals, and a row for each case."""
        return load_run(services.settings.home, run)

    return router


def _run_json(job: EvaluationJob) -> dict[str, Any]:
    state = job.state
    shown = asdict(state) | {"active": state.is_active}
    return shown | {"error": state.error or None, "run": state.run or None}
