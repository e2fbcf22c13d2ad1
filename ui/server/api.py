"""The HTTP API: the same answers as JSON, beside the chat window.

``POST /api/ask``, ``POST /api/search``, ``GET /api/index``, ``GET /api/documents/{id}``; the
bodies are those of the command line. ``GET /api/pages/{id}`` is a page of a PDF as a picture, a
span of the document's text marked on it. ``GET /api/conversations/{id}.md`` and ``.json`` export a
conversation of the browser that asks. Expected errors are 4xx with ``{"error": ...}``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse, Response

from index.errors import DocumentMissingError, FootnoteError, PictureError, QueryError, SeedsError
from index.types import Span
from rag.assemble import Services
from rag.conversations.archive import Archive
from rag.conversations.export import conversation_json, conversation_markdown
from rag.errors import ConversationMissingError
from rag.types import passage_json
from ui.server.access import without_paths
from ui.server.bodies import Ask, Search
from ui.server.people import NamedVisitors, RightsError, user_of

if TYPE_CHECKING:
    from ui.chat.work import FolderLook

__all__ = ["build_api"]

_STATUS = (
    ((DocumentMissingError, ConversationMissingError), 404),
    ((QueryError, PictureError), 422),
    (RightsError, 403),
)
_KEPT_AN_HOUR = {"Cache-Control": "private, max-age=3600"}


def build_api(services: Services, archive: Archive, folder: FolderLook) -> FastAPI:
    """The application; who may reach it is not looked at here (:mod:`ui.server.guard`)."""
    from ui.mcp.server import McpEndpoint

    mcp = McpEndpoint(services)
    app = FastAPI(
        title="Footnote",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        routes=[mcp.route],
        lifespan=mcp.running,
    )
    app.add_middleware(NamedVisitors)

    @app.exception_handler(FootnoteError)
    def expected(_: Request, exc: FootnoteError) -> JSONResponse:
        status = next((code for kinds, code in _STATUS if isinstance(exc, kinds)), 409)
        return JSONResponse(
            {"error": without_paths(str(exc), services.settings)}, status_code=status
        )

    @app.exception_handler(RequestValidationError)
    def malformed(_: Request, exc: RequestValidationError) -> JSONResponse:
        problem = exc.errors()[0]
        place = ".".join(str(part) for part in problem["loc"][1:])
        return JSONResponse({"error": f"{place}: {problem['msg']}"}, status_code=422)

    @app.post("/api/ask")
    def ask(body: Ask) -> dict[str, Any]:
        answer = services.assistant.ask(
            body.question, body.said(), k=body.k, filter_by=body.filter_by()
        )
        return answer.as_json()

    @app.post("/api/search")
    def search(body: Search) -> dict[str, Any]:
        found = services.searcher.search(body.query, k=body.k, filter_by=body.filter_by())
        return {
            "query": body.query,
            "generation": found.generation,
            "passages": [passage_json(p) for p in found.passages],
        }

    @app.get("/api/index")
    def index() -> dict[str, Any]:
        look = folder.look()
        if look.state is None:
            raise SeedsError(look.error)
        return look.state.as_json()

    @app.get("/api/documents/{document_id:path}")
    def document(document_id: str) -> dict[str, Any]:
        found = services.searcher.generation().document(document_id)
        return {
            "document": found.id,
            "title": found.title,
            "date": found.date,
            "text": found.text,
        }

    @app.get("/api/pages/{document_id:path}")
    def page(document_id: str, page: int, start: int, end: int) -> Response:
        if not 0 <= start <= end:
            raise PictureError(f"not a span: {start}:{end}")
        generation = services.searcher.generation()
        found, tables = generation.document(document_id), generation.tables_of(document_id)
        picture = services.pictures.page(found, page, Span(start, end), tables)
        return Response(picture, media_type="image/png", headers=_KEPT_AN_HOUR)

    @app.get("/api/conversations/{conversation}.md")
    def as_markdown(conversation: str, request: Request) -> PlainTextResponse:
        held = archive.conversation(user_of(request), conversation)
        text = conversation_markdown(held, archive.turns(user_of(request), conversation))
        return PlainTextResponse(text, headers=_download(held.title, "md"))

    @app.get("/api/conversations/{conversation}.json")
    def as_json(conversation: str, request: Request) -> JSONResponse:
        held = archive.conversation(user_of(request), conversation)
        content = conversation_json(held, archive.turns(user_of(request), conversation))
        return JSONResponse(content, headers=_download(held.title, "json"))

    return app


def _download(title: str, ending: str) -> dict[str, str]:
    """Headers that keep the answer as a file named by the title, in letters of every system."""
    name = re.sub(r"[^A-Za-z0-9]+", "-", title).strip("-").lower() or "conversation"
    return {"Content-Disposition": f'attachment; filename="{name}.{ending}"'}
