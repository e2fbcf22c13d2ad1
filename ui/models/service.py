"""The model service over HTTP: who is let in, what may be asked, which models it has.

Three routes, all of them POST with a body of JSON: ``/embed``, ``/read`` and ``/check``; errors are
``{"error": "..."}``. What its processes do is in :mod:`ui.models.processes`. It has no documents,
keeps nothing but what its processes read last, and writes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Literal, TypeVar

import click
import uvicorn
from pydantic import BaseModel, Field, ValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from index.embedding.served import MOST_TEXTS
from index.errors import ModelServiceError, SettingsError
from index.processors import available_processors
from rag.reader import Passage, reader_identity
from rag.settings import Settings
from ui.models.processes import ModelProcesses, models_of
from ui.server.access import MIN_TOKEN_CHARACTERS, Access, checked_token, is_loopback
from ui.server.serve import listen

__all__ = ["build_service", "serve_models"]

T = TypeVar("T", bound=BaseModel)

MAX_BODY_BYTES = 4_000_000
_CONNECTIONS = 256
_ANSWERS_END_WITHIN_S = 30
_Name = Annotated[str, Field(max_length=200)]


class _Embed(BaseModel):
    """The body of ``/embed``; answered with float32 numbers, little-endian, row after row."""

    model: _Name
    kind: Literal["query", "passage"]
    texts: list[str] = Field(max_length=MOST_TEXTS)


class _Read(BaseModel):
    """The body of ``/read``; answered with a list of :class:`rag.reader.Read` for each passage."""

    model: _Name
    question: str
    passages: list[Passage] = Field(max_length=MOST_TEXTS)


class _Check(BaseModel):
    """The body of ``/check``; answered with the number of processes."""

    models: list[_Name] = Field(max_length=MOST_TEXTS)


def serve_models(settings: Settings, *, host: str, port: int, count: int | None) -> None:
    """Serve until interrupted or terminated; ``count`` processes, by default one a processor.

    Raises:
        SettingsError: the address cannot be used, or anybody could reach it and there is no token.
        ModelError: a model is missing.
    """
    token = checked_token(settings.models_token)
    if not token and not is_loopback(host):
        raise SettingsError(
            f"--host {host} lets other machines in: set FOOTNOTE_MODELS_TOKEN to "
            f"{MIN_TOKEN_CHARACTERS} characters or more that nobody can guess, here and there"
        )
    listener = listen(host, port)
    count = count or available_processors()
    processes = ModelProcesses(count, settings.embedding)
    try:
        processes.start()
        app = build_service(processes, settings.embedding, token, count)
        config = uvicorn.Config(
            app,
            log_level="warning",
            lifespan="off",
            server_header=False,
            limit_concurrency=_CONNECTIONS,
            timeout_graceful_shutdown=_ANSWERS_END_WITHIN_S,
        )
        shown = f"{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}"
        click.echo(f"The model service is at http://{shown} ({count} processes)", err=True)
        uvicorn.Server(config).run(sockets=[listener])
    finally:
        processes.stop()


def build_service(processes: ModelProcesses, embedding: str, token: str, count: int) -> Starlette:
    """The application; ``token`` is "" where nobody needs to show one."""
    access = Access(token=token)
    reader = reader_identity()
    embeddings = models_of(embedding)

    async def asked(request: Request, kind: type[T]) -> T:
        _let_in(request, access)
        try:
            return kind.model_validate_json(await _body(request), strict=True)
        except ValidationError as exc:
            problem = exc.errors(include_url=False, include_input=False)[0]
            place = ".".join(map(str, problem["loc"])) or "the body"
            raise HTTPException(422, f"{place}: {problem['msg']}") from exc

    async def embed(request: Request) -> Response:
        body = await asked(request, _Embed)
        _refuse_others([body.model], [*embeddings])
        return Response(
            await processes.vectors(body.model, body.kind, body.texts),
            media_type="application/octet-stream",
        )

    async def read(request: Request) -> Response:
        body = await asked(request, _Read)
        _refuse_others([body.model], [reader])
        answer = await processes.reads(body.question, body.passages)
        return Response(answer, media_type="application/json")

    async def check(request: Request) -> Response:
        body = await asked(request, _Check)
        _refuse_others(body.models, [*embeddings, reader])
        return JSONResponse({"processes": count})

    routes: list[tuple[str, Callable[[Request], object]]] = [
        ("/embed", embed),
        ("/read", read),
        ("/check", check),
    ]
    return Starlette(
        routes=[Route(path, call, methods=["POST"]) for path, call in routes],
        exception_handlers={HTTPException: _refused, ModelServiceError: _failed},
    )


def _let_in(request: Request, access: Access) -> None:
    """Refuse who does not show the token, and pages in a browser."""
    shown = request.headers.get("authorization", "").removeprefix("Bearer ")
    if access.is_closed and not access.admits(shown):
        raise HTTPException(401, "the token is missing or another one")
    if "origin" in request.headers:
        raise HTTPException(403, "a page in a browser may not ask")


async def _body(request: Request) -> bytes:
    data = bytearray()
    async for part in request.stream():
        data += part
        if len(data) > MAX_BODY_BYTES:
            raise HTTPException(413, f"the body is longer than {MAX_BODY_BYTES:,} bytes")
    return bytes(data)


def _refuse_others(asked: Sequence[str], here: Sequence[str]) -> None:
    """Refuse who wants models that are not here, naming both."""
    for model in asked:
        if model not in here:
            names = " and ".join(name[:24] for name in here)
            raise HTTPException(
                409, f"it has {names}, not {model[:24]}: install the same Footnote on both sides"
            )


def _refused(_: Request, exc: Exception) -> Response:
    assert isinstance(exc, HTTPException)
    return JSONResponse({"error": exc.detail}, status_code=exc.status_code)


def _failed(_: Request, exc: Exception) -> Response:
    return JSONResponse({"error": str(exc)}, status_code=500)
