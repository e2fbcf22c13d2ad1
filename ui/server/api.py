"""The HTTP API: the same answers as JSON, beside the chat window.

``POST /api/ask``, ``POST /api/search``, ``GET /api/index``, ``GET /api/documents/{id}``; the
bodies are those of the command line. ``GET /api/pages/{id}`` is a page of a PDF as a picture, a
span of the document's text marked on it. ``GET /api/conversations/{id}.md`` and ``.json`` export a
conversation of the browser that asks. Expected errors are 4xx with ``{"error": ...}``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from index.errors import DocumentMissingError, FootnoteError, PictureError, QueryError, SeedsError
from index.types import Filter, Span
from rag.assemble import Services
from rag.conversations.archive import Archive
from rag.conversations.export import conversation_json, conversation_markdown
from rag.errors import ConversationMissingError
from rag.types import Message, passage_json
from rag.understand import MAX_QUESTION_CHARACTERS
from ui.server.access import without_paths
from ui.server.people import NamedVisitors, user_of

if TYPE_CHECKING:
    from ui.chat.work import FolderLook

__all__ = ["build_api"]

_MISSING = (DocumentMissingError, ConversationMissingError)
_UNUSABLE = (QueryError, PictureError)
_KEPT_AN_HOUR = {"Cache-Control": "private, max-age=3600"}


# Longer globs than any path cost time that grows with their square (fnmatch.translate).
_MAX_PATH = 1024
_Ending = Annotated[str, Field(max_length=16)]


class _Turn(BaseModel):
    model_config = ConfigDict(extra="forbid")
    role: str = Field(pattern="^(user|assistant)$")
    content: str = Field(max_length=20_000)


class _Query(BaseModel):
    model_config = ConfigDict(extra="forbid")
    k: int | None = Field(None, ge=1, le=50)
    document: str | None = Field(None, max_length=_MAX_PATH)
    folder: str | None = Field(None, max_length=_MAX_PATH)
    formats: list[_Ending] = Field(default_factory=list, max_length=50)
    after: str | None = Field(None, pattern=r"^\d{4}-\d{2}-\d{2}$")
    before: str | None = Field(None, pattern=r"^\d{4}-\d{2}-\d{2}$")

    def filter_by(self) -> Filter:
        """The documents to search."""
        return Filter(self.document, self.folder, tuple(self.formats), self.after, self.before)


class _Ask(_Query):
    question: str = Field(max_length=MAX_QUESTION_CHARACTERS)
    history: list[_Turn] = Field(default_factory=list, max_length=100)


class _Search(_Query):
    query: str = Field(min_length=1, max_length=MAX_QUESTION_CHARACTERS)


def build_api(services: Services, archive: Archive, folder: FolderLook) -> FastAPI:
    """The application; who may reach it is not looked at here (:mod:`ui.server.guard`)."""
    app = FastAPI(title="Footnote", docs_url=None, redoc_url=None, openapi_url="/api/openapi.json")
    app.add_middleware(NamedVisitors)

    @app.exception_handler(FootnoteError)
    def expected(_: Request, exc: FootnoteError) -> JSONResponse:
        status = 404 if isinstance(exc, _MISSING) else 409
        return JSONResponse(
            {"error": without_paths(str(exc), services.settings)},
            status_code=422 if isinstance(exc, _UNUSABLE) else status,
        )

    @app.exception_handler(RequestValidationError)
    def malformed(_: Request, exc: RequestValidationError) -> JSONResponse:
        problem = exc.errors()[0]
        place = ".".join(str(part) for part in problem["loc"][1:])
        return JSONResponse({"error": f"{place}: {problem['msg']}"}, status_code=422)

    @app.post("/api/ask")
    def ask(body: _Ask) -> dict[str, Any]:
        history = [Message(turn.role, turn.content) for turn in body.history]
        answer = services.assistant.ask(
            body.question, history, k=body.k, filter_by=body.filter_by()
        )
        return answer.as_json()

    @app.post("/api/search")
    def search(body: _Search) -> dict[str, Any]:
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
