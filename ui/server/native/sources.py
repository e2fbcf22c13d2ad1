"""The sources that the server syncs by the clock: how the last sync of each went."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from rag.assemble import Services
from ui.chat.work import Work
from ui.server.access import without_paths
from ui.server.native.examples import ERRORS, example
from ui.server.routes import described, takes
from ui.server.syncing import in_utc

__all__ = ["source_routes"]


def source_routes(services: Services, work: Work) -> APIRouter:
    """The route of sources; what failed may name hosts, so it is not for everybody."""
    router = APIRouter(prefix="/api", tags=["Documents"], dependencies=[takes("edit")])

    @router.get("/sources", responses=described(example("sources"), *ERRORS))
    def sources() -> dict[str, Any]:
        """Each source that is synced by the clock, and its last sync."""
        return {
            "sources": [
                {
                    "source": name,
                    "kind": state.kind,
                    "every_minutes": state.every_minutes,
                    "active": state.is_active,
                    "succeeded": in_utc(state.succeeded),
                    "next": in_utc(state.next),
                    "error": without_paths(state.error, services.settings) or None,
                    "last": state.counts() or None,
                }
                for name, state in work.syncs.states.items()
            ]
        }

    return router
