"""``POST /v1/chat/completions``, whole or streamed, and the list of models."""

from __future__ import annotations

import secrets
import time
from collections.abc import Generator, Iterator
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from starlette.concurrency import run_in_threadpool

from rag.assemble import Services
from rag.assistant import Event
from ui.server.errors import RefusedError, error_body
from ui.server.links import base_url
from ui.server.routes import described, event, stream, takes
from ui.server.v1 import examples
from ui.server.v1.bodies import CHAT_MODELS, Asked, ChatBody
from ui.server.v1.embeddings import EMBEDDING_MODELS
from ui.server.v1.written import Written

__all__ = ["chat_routes", "events_of", "written_for"]

_DONE = "data: [DONE]\n\n"


def chat_routes(services: Services) -> APIRouter:
    """The routes of models and chat completions."""
    router = APIRouter(prefix="/v1", tags=["OpenAI"], dependencies=[takes("ask")])

    @router.get("/models", responses=described(examples.MODELS, *examples.ERRORS))
    async def models() -> dict[str, Any]:
        """The models that can be asked; those of embeddings are found by their names."""
        return {"object": "list", "data": [_model(name) for name in CHAT_MODELS]}

    @router.get("/models/{name}", responses=described(_model("footnote"), *examples.ERRORS))
    async def model(name: str) -> dict[str, Any]:
        """One model."""
        if name not in CHAT_MODELS | EMBEDDING_MODELS:
            raise RefusedError("no such model", "model", code="model_not_found", status=404)
        return _model(name)

    @router.post(
        "/chat/completions",
        responses=described(examples.COMPLETION, *examples.ERRORS, streamed=examples.CHUNKS),
    )
    async def chat(body: ChatBody, request: Request) -> Response:
        """Answer the last message; those before it are the conversation."""
        asked = body.asked()
        written = written_for(services, asked, request)
        events = events_of(services, asked)
        reply = _Completion(asked.model, written)
        if not body.stream:
            return JSONResponse(await run_in_threadpool(reply.whole, events))
        counted = body.stream_options is not None and bool(body.stream_options.include_usage)
        path = request.url.path
        return await stream(
            events,
            lambda events: reply.chunks(events, counted=counted),
            lambda message: event(error_body(path, 500, message)),
            services.settings,
        )

    return router


def written_for(services: Services, asked: Asked, request: Request) -> Written:
    """The text of the answer, before it has begun."""
    settings = services.settings
    at_once = settings.generator == "extractive"
    return Written(asked, base_url(settings, request), comes_at_once=at_once)


def events_of(services: Services, asked: Asked) -> Generator[Event]:
    """The events of an answer; nothing is done before the first is asked for."""
    yield from services.assistant.stream(asked.question, asked.history)


class _Completion:
    """A completion in OpenAI's form."""

    def __init__(self, model: str, written: Written) -> None:
        self._written = written
        self._head = {
            "id": f"chatcmpl-{secrets.token_hex(12)}",
            "created": int(time.time()),
            "model": model,
        }

    def whole(self, events: Iterator[Event]) -> dict[str, Any]:
        """The object of a completion."""
        for one in events:
            self._written.add(one)
        message = {"role": "assistant", "content": self._written.text, "refusal": None}
        choice = {
            "index": 0,
            "message": message | self._sources(),
            "logprobs": None,
            "finish_reason": "stop",
        }
        return {
            **self._head,
            "object": "chat.completion",
            "choices": [choice],
            "usage": self._usage(),
        }

    def chunks(self, events: Iterator[Event], *, counted: bool) -> Generator[str]:
        """The chunks of a completion; the last one with a delta has the sources."""
        yield self._chunk({"role": "assistant", "content": "", "refusal": None})
        for one in events:
            if words := self._written.add(one):
                yield self._chunk({"content": words})
        yield self._chunk(self._sources(), "stop")
        if counted:
            head = self._head | {"object": "chat.completion.chunk"}
            yield event({**head, "choices": [], "usage": self._usage()})
        yield _DONE

    def _chunk(self, delta: dict[str, Any], finish_reason: str | None = None) -> str:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        return event({**self._head, "object": "chat.completion.chunk", "choices": [choice]})

    def _sources(self) -> dict[str, Any]:
        cited = [{"type": "url_citation", "url_citation": a} for a in self._written.annotations]
        return {"annotations": cited, "footnote": self._written.footnote}

    def _usage(self) -> dict[str, int]:
        sent, replied = self._written.tokens()
        return {
            "prompt_tokens": sent,
            "completion_tokens": replied,
            "total_tokens": sent + replied,
        }


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": examples.CREATED, "owned_by": "footnote"}
