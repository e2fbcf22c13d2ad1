"""Questions and searches: ``/api/ask``, ``/api/ask/stream``, ``/api/search``.

The bodies of answers are those of the command line.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from rag.assemble import Services
from rag.assistant import Event, Step
from rag.types import Answer, passage_json
from ui.server.bodies import Ask, Search
from ui.server.native.examples import ERRORS, STREAM, example
from ui.server.routes import described, event, stream, takes

__all__ = ["asking_routes"]


def asking_routes(services: Services) -> APIRouter:
    """The routes of questions."""
    router = APIRouter(prefix="/api", tags=["Questions"], dependencies=[takes("ask")])

    @router.post("/ask", responses=described(example("answer"), *ERRORS))
    def ask(body: Ask) -> dict[str, Any]:
        """The whole answer."""
        answer = services.assistant.ask(
            body.question, body.said(), k=body.k, filter_by=body.filter_by()
        )
        return answer.as_json()

    @router.post("/ask/stream", responses=described(None, *ERRORS, streamed=STREAM))
    async def ask_stream(body: Ask) -> Response:
        """The answer as it comes: events `step`, `sentence`, then `answer` or `error`."""
        return await stream(_events(services, body), _messages, _failed, services.settings)

    @router.post("/search", responses=described(example("found"), *ERRORS))
    def search(body: Search) -> dict[str, Any]:
        """The passages of a query, best first."""
        found = services.searcher.search(body.query, k=body.k, filter_by=body.filter_by())
        return {
            "query": body.query,
            "generation": found.generation,
            "passages": [passage_json(p) for p in found.passages],
        }

    return router


def _events(services: Services, body: Ask) -> Generator[Event]:
    yield from services.assistant.stream(
        body.question, body.said(), k=body.k, filter_by=body.filter_by()
    )


def _messages(events: Iterator[Event]) -> Generator[str]:
    for one in events:
        if isinstance(one, Step):
            yield event({"text": one.text}, "step")
        elif isinstance(one, Answer):
            yield event(one.as_json(), "answer")
        else:
            yield event(one.as_json(), "sentence")


def _failed(message: str) -> str:
    return event({"error": message}, "error")
