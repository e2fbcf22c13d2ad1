"""For what watches over the server: ``/health``, ``/ready``, ``/metrics``, and the window's look.

The first two need no account and tell nothing but that; the numbers take the right to ask.
"""

from __future__ import annotations

import secrets
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response

from index.errors import FootnoteError, ModelServiceError, StoreError
from rag.assemble import Services
from ui.chat.work import Work
from ui.server.metrics import MEDIA_TYPE, Metrics
from ui.server.routes import described, takes

__all__ = ["watching_routes"]


def watching_routes(services: Services, work: Work, metrics: Metrics) -> APIRouter:
    """The routes of what watches over the server."""
    router = APIRouter(tags=["Watching"])
    started = secrets.token_hex(8)

    @router.head("/health", include_in_schema=False)
    @router.get("/health", responses=described({"status": "ok"}))
    async def health() -> dict[str, str]:
        """The process lives."""
        return {"status": "ok"}

    @router.head("/ready", include_in_schema=False)
    @router.get("/ready", responses=described({"status": "ready"}, (503, {"status": "building"})))
    def ready() -> JSONResponse:
        """Whether questions can be answered: 503 until there are index, vectors and models."""
        try:
            services.check_models()
            services.searcher.generation().check()
        except ModelServiceError:
            return JSONResponse({"status": "no models"}, status_code=503)
        except StoreError:
            return JSONResponse({"status": "no vectors"}, status_code=503)
        except FootnoteError:
            status = "building" if work.build.state.is_active else "no index"
            return JSONResponse({"status": status}, status_code=503)
        return JSONResponse({"status": "ready"})

    @router.get("/metrics", dependencies=[takes("ask")], response_class=Response)
    def numbers() -> Response:
        """Counters and durations in the text format of Prometheus."""
        return Response(metrics.text(), media_type=MEDIA_TYPE)

    # On the loop: it answers also while every thread is busy.
    @router.get("/api/ping", include_in_schema=False)
    async def ping() -> dict[str, Any]:
        """Whether windows have something new to show, or stand before another process."""
        state = work.build.state
        return {"started": started, "mark": work.mark(), "building": state.is_active}

    return router
