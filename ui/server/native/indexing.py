"""The index: how it stands to the folder, building it, earlier generations.

There is one build in a process, and all see it: windows, this API, whoever began it.
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel

from index.errors import SeedsError
from index.store.home import Home
from rag.assemble import Services
from ui.chat.work import BuildState, Work
from ui.server.native.examples import ERRORS, example
from ui.server.routes import Editor, described, takes

__all__ = ["index_routes"]


class Rollback(BaseModel):
    """The generation to answer from; without one, that before the current one."""

    generation: str | None = None


def index_routes(services: Services, work: Work) -> APIRouter:
    """The routes of the index."""
    router = APIRouter(prefix="/api/index", tags=["Index"])
    asks = [takes("ask")]
    home = Home(services.settings.home)

    @router.get("", dependencies=asks, responses=described(example("state"), *ERRORS))
    def index() -> dict[str, Any]:
        """How the index stands to the folder."""
        look = work.folder.look()
        if look.state is None:
            raise SeedsError(look.error)
        return look.state.as_json()

    @router.get("/build", dependencies=asks, responses=described(example("build"), *ERRORS))
    async def build() -> dict[str, Any]:
        """The build that runs, or the last one."""
        return _build_json(work.build.state)

    @router.post(
        "/build", status_code=202, responses=described(example("build"), *ERRORS, status=202)
    )
    def start(visitor: Editor) -> dict[str, Any]:
        """Begin to build, unless a build runs; it goes on when the client leaves."""
        if work.build.start(services):
            work.audit.record(visitor.name, "built", ["index"])
        return _build_json(work.build.state)

    @router.post("/build/cancel", responses=described(example("build"), *ERRORS))
    async def cancel(_: Editor) -> dict[str, Any]:
        """End the build that runs, whoever began it; the index stays as it was."""
        work.build.cancel()
        return _build_json(work.build.state)

    @router.get("/history", dependencies=asks, responses=described(example("history"), *ERRORS))
    def history() -> dict[str, Any]:
        """The generations that are kept, the newest first."""
        return {"generations": home.generations_json()}

    @router.post("/rollback", responses=described(example("rolled_back"), *ERRORS))
    def rollback(body: Rollback, visitor: Editor) -> dict[str, Any]:
        """Answer from another generation until the next build; from the newest one on as before."""
        manifest = home.use(body.generation)
        work.audit.record(visitor.name, "chose", [manifest.generation])
        return {"generation": manifest.generation}

    return router


def _build_json(state: BuildState) -> dict[str, Any]:
    progress = state.progress
    return {
        "number": state.number,
        "phase": state.phase,
        "active": state.is_active,
        "cancelling": state.cancelling,
        "error": state.error or None,
        "progress": {
            "done": progress.done,
            "total": progress.total,
            "chunks": progress.chunks,
            "seconds": round(progress.seconds, 3),
            "left_s": progress.left_s,
        },
        "report": state.report.as_json() if state.report else None,
    }
