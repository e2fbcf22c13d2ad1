"""The HTTP API: the same answers as JSON, beside the chat window.

Its routes are in :mod:`ui.server.native` (``/api``), those that clients of OpenAI know in
:mod:`ui.server.v1`, those of what watches over the server in :mod:`ui.server.watching`. Here is
what they share: errors in words, and the description at ``/api/openapi.json``.
"""

from __future__ import annotations

from importlib.metadata import version

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from index.errors import FootnoteError
from rag.assemble import Services
from rag.conversations.archive import Archive
from ui.chat.work import Work
from ui.server.access import without_paths
from ui.server.errors import OPENAI, RefusedError, error_reply, status_of
from ui.server.metrics import Metrics
from ui.server.native.asking import asking_routes
from ui.server.native.conversations import conversation_routes
from ui.server.native.documents import document_routes
from ui.server.native.evaluations import evaluation_routes
from ui.server.native.indexing import index_routes
from ui.server.native.sources import source_routes
from ui.server.people import NamedVisitors
from ui.server.v1.chat import chat_routes
from ui.server.v1.embeddings import embedding_routes
from ui.server.v1.responses import response_routes
from ui.server.watching import watching_routes

__all__ = ["build_api"]

_DESCRIPTION = (
    "Answers questions about a folder of documents; every sentence cites the exact characters it"
    " rests on. Offsets are characters of a document's text, half-open."
)


def build_api(services: Services, archive: Archive, work: Work, metrics: Metrics) -> FastAPI:
    """The application; who may reach it is not looked at here (:mod:`ui.server.guard`)."""
    from ui.mcp.server import McpEndpoint

    mcp = McpEndpoint(services)
    app = FastAPI(
        title="Footnote",
        version=version("footnote-rag"),
        description=_DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        routes=[mcp.route],
        lifespan=mcp.running,
    )
    app.add_middleware(NamedVisitors)
    services.answered = metrics.answered
    _say_errors(app, services)
    app.include_router(watching_routes(services, work, metrics))
    app.include_router(asking_routes(services))
    app.include_router(document_routes(services, work))
    app.include_router(index_routes(services, work))
    app.include_router(source_routes(services, work))
    app.include_router(conversation_routes(archive))
    app.include_router(evaluation_routes(services, work))
    app.include_router(chat_routes(services))
    app.include_router(response_routes(services))
    app.include_router(embedding_routes(services))
    for prefix in ("/api", "/v1"):  # what is no route would be the window's, with its own errors
        path = f"{prefix}/{{path:path}}"
        app.add_route(path, _no_route, include_in_schema=False, methods=_METHODS)
    return app


_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def _no_route(request: Request) -> JSONResponse:
    path = request.url.path
    return error_reply(path, 404, f"there is no {request.method} {path} here: see docs/server.md")


def _say_errors(app: FastAPI, services: Services) -> None:
    """Every error in the form of the API that was asked; none of them is a page or a trace."""

    @app.exception_handler(FootnoteError)
    def expected(request: Request, exc: FootnoteError) -> JSONResponse:
        path = request.url.path
        message = without_paths(str(exc), services.settings)
        status = status_of(exc, path)
        if isinstance(exc, RefusedError):
            return error_reply(path, status, message, param=exc.param, code=exc.code)
        return error_reply(path, status, message)

    @app.exception_handler(RequestValidationError)
    def malformed(request: Request, exc: RequestValidationError) -> JSONResponse:
        problem = exc.errors()[0]
        is_json = problem["type"] != "json_invalid"  # else the place is a character
        place = ".".join(str(part) for part in problem["loc"][1:]) if is_json else ""
        path = request.url.path
        status = 400 if path.startswith(OPENAI) else 422
        message = f"{place or 'the body'}: {problem['msg']}"
        return error_reply(path, status, message, param=place or None)

    @app.exception_handler(HTTPException)
    def refused(request: Request, exc: HTTPException) -> JSONResponse:
        return error_reply(request.url.path, exc.status_code, str(exc.detail), headers=exc.headers)

    @app.exception_handler(Exception)
    def bug(request: Request, _: Exception) -> JSONResponse:
        message = "an error in the program: see the server's log"
        return error_reply(request.url.path, 500, message)
