"""``POST /v1/responses``: an answer in the form of OpenAI's responses, whole or as its events.

No response is kept: there is nothing to fetch, to continue or to delete by an id.
"""

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
from ui.server.routes import described, event, stream, takes
from ui.server.v1 import examples
from ui.server.v1.bodies import ResponseBody
from ui.server.v1.chat import events_of, written_for
from ui.server.v1.written import Written

__all__ = ["response_routes"]


def response_routes(services: Services) -> APIRouter:
    """The route of responses."""
    router = APIRouter(prefix="/v1", tags=["OpenAI"], dependencies=[takes("ask")])

    @router.post(
        "/responses",
        responses=described(examples.RESPONSE, *examples.ERRORS, streamed=examples.EVENTS),
    )
    async def responses(body: ResponseBody, request: Request) -> Response:
        """Answer the last message of the input; those before it are the conversation."""
        asked = body.asked()
        reply = _Response(body, written_for(services, asked, request))
        events = events_of(services, asked)
        if not body.stream:
            return JSONResponse(await run_in_threadpool(reply.whole, events))
        return await stream(events, reply.messages, reply.failed, services.settings)

    return router


class _Response:
    """A response in OpenAI's form."""

    def __init__(self, body: ResponseBody, written: Written) -> None:
        self._body = body
        self._written = written
        self._id, self._item = f"resp_{secrets.token_hex(24)}", f"msg_{secrets.token_hex(24)}"
        self._created = int(time.time())
        self._number = 0
        self._place = {"item_id": self._item, "output_index": 0, "content_index": 0}

    def whole(self, events: Iterator[Event]) -> dict[str, Any]:
        """The object of a response."""
        for one in events:
            self._written.add(one)
        return self._completed()

    def messages(self, events: Iterator[Event]) -> Generator[str]:
        """The events of a response, in the order that clients expect."""
        place = self._place
        yield self._event("created", response=self._object("in_progress"))
        yield self._event("in_progress", response=self._object("in_progress"))
        item = self._message("in_progress", [])
        yield self._event("output_item.added", output_index=0, item=item)
        yield self._event("content_part.added", **place, part=_part("", []))
        for one in events:
            if words := self._written.add(one):
                yield self._event("output_text.delta", **place, delta=words, logprobs=[])
        annotations = self._annotations()
        for number, annotation in enumerate(annotations):
            added = {"annotation_index": number, "annotation": annotation}
            yield self._event("output_text.annotation.added", **place, **added)
        text = self._written.text
        yield self._event("output_text.done", **place, text=text, logprobs=[])
        yield self._event("content_part.done", **place, part=_part(text, annotations))
        item = self._message("completed", [_part(text, annotations)])
        yield self._event("output_item.done", output_index=0, item=item)
        yield self._event("completed", response=self._completed())

    def failed(self, message: str) -> str:
        """The last event of a response that failed while it was sent."""
        error = {"code": "server_error", "message": message}
        return self._event("failed", response=self._object("failed") | {"error": error})

    def _completed(self) -> dict[str, Any]:
        sent, replied = self._written.tokens()
        usage = {
            "input_tokens": sent,
            "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
            "output_tokens": replied,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": sent + replied,
        }
        part = _part(self._written.text, self._annotations())
        return self._object("completed") | {
            "completed_at": int(time.time()),
            "output": [self._message("completed", [part])],
            "usage": usage,
            "footnote": self._written.footnote,
        }

    def _object(self, status: str) -> dict[str, Any]:
        return {
            "id": self._id,
            "object": "response",
            "created_at": self._created,
            "status": status,
            "background": False,
            "error": None,
            "incomplete_details": None,
            "instructions": None,
            "max_output_tokens": None,
            "metadata": self._body.metadata or {},
            "model": self._body.model,
            "output": [],
            "parallel_tool_calls": False,
            "previous_response_id": None,
            "reasoning": {"effort": None, "summary": None},
            "store": False,
            "temperature": None,
            "text": {"format": {"type": "text"}},
            "tool_choice": "none",
            "tools": [],
            "top_p": None,
            "truncation": "disabled",
            "usage": None,
            "user": None,
        }

    def _message(self, status: str, content: list[dict[str, Any]]) -> dict[str, Any]:
        head = {"id": self._item, "type": "message", "role": "assistant"}
        return {**head, "status": status, "content": content}

    def _annotations(self) -> list[dict[str, Any]]:
        return [{"type": "url_citation", **one} for one in self._written.annotations]

    def _event(self, kind: str, **values: Any) -> str:
        name = f"response.{kind}"
        numbered = {"type": name, "sequence_number": self._number, **values}
        self._number += 1
        return event(numbered, name)


def _part(text: str, annotations: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "output_text", "text": text, "annotations": annotations, "logprobs": []}
