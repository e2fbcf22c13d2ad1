"""What the routers of the server share: the right that a route takes, examples, event streams."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Generator, Iterator
from contextlib import suppress
from http import HTTPStatus
from itertools import chain
from threading import Event
from typing import Annotated, Any, TypeVar

import orjson
from anyio import to_thread
from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from index.errors import FootnoteError
from rag.llm.stream import HAS_LEFT
from rag.settings import Settings
from ui.server.access import without_paths
from ui.server.people import Right, Visitor, need

__all__ = ["Asker", "Editor", "described", "event", "stream", "takes"]

T = TypeVar("T")

_BUG = "an error in the program: see the server's log"
_UNBUFFERED = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}


def takes(right: Right) -> Any:
    """A dependency: the visitor, who has the right; without it the answer is 403."""

    async def allowed(request: Request) -> Visitor:
        return need(request, right)

    return Depends(allowed)


Asker = Annotated[Visitor, takes("ask")]
Editor = Annotated[Visitor, takes("edit")]


def described(
    example: Any, *errors: tuple[int, Any], status: int = 200, streamed: str = ""
) -> dict[int | str, Any]:
    """What the OpenAPI description says of a route's answers: an example of each status.

    ``example`` is None where the answer is no JSON; ``streamed`` is an example of an event stream.
    """
    shown: dict[int | str, Any] = {
        code: {
            "description": HTTPStatus(code).phrase,
            "content": {"application/json": {"example": body}},
        }
        for code, body in ((status, example), *errors)
    }
    if example is None:
        shown[status]["content"] = {}
    if streamed:
        shown[status]["content"]["text/event-stream"] = {"example": streamed}
    return shown


def event(data: Any, name: str = "") -> str:
    r"""A server-sent event.

    >>> event({"text": "read 4"}, "step")
    'event: step\ndata: {"text":"read 4"}\n\n'
    """
    head = f"event: {name}\n" if name else ""
    return f"{head}data: {orjson.dumps(data).decode()}\n\n"


async def stream(
    events: Generator[T],
    written: Callable[[Iterator[T]], Generator[str]],
    failed: Callable[[str], str],
    settings: Settings,
) -> StreamingResponse:
    """``events`` as ``written``, while they come; what makes them ends when the client leaves.

    What fails before the first event is raised; later ``failed`` gives the end of the stream.

    Raises:
        FootnoteError: there is no first event.
    """
    first = await run_in_threadpool(next, events)
    messages = written(chain([first], events))
    left = Event()

    def following() -> str:
        HAS_LEFT.set(left.is_set)  # in the context of this call
        return next(messages, "")

    async def sent() -> AsyncIterator[str]:
        try:
            while message := await to_thread.run_sync(following, abandon_on_cancel=True):
                yield message
        except FootnoteError as exc:
            yield failed(without_paths(str(exc), settings))
        except Exception:
            yield failed(_BUG)
            raise
        finally:
            left.set()
            with suppress(ValueError):  # it runs just now, and ends by what is set
                messages.close()
                events.close()

    return StreamingResponse(sent(), media_type="text/event-stream", headers=_UNBUFFERED)
