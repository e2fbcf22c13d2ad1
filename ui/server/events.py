"""What an event of the window may carry, looked at before Gradio reads it.

A file is one that was uploaded, by its path; nothing that is elsewhere, and no address of another
server. A session belongs to the visitor who began it: its events and its stream are nobody else's.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.server.people import user_of

__all__ = ["Events"]

_PREFIX = "/gradio_api/"
_UPLOAD = "/gradio_api/upload"
_STREAM = "/gradio_api/heartbeat/"
_SESSIONS = 10_000


class Events:
    """Middleware for the routes under ``/gradio_api/``."""

    def __init__(self, app: ASGIApp, uploads: Path) -> None:
        self._app = app
        self._uploads = uploads
        self._owners: OrderedDict[str, str] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse with 403 what is not the visitor's, with 422 what is no JSON."""
        if scope["type"] != "http" or not scope["path"].startswith(_PREFIX):
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        if "," in request.headers.get("range", ""):  # Gradio (6.31) fails on several parts
            await _refused(416, "one part of a file at a time")(scope, receive, send)
            return
        sessions = [*request.query_params.getlist("session_hash")]
        if scope["path"].startswith(_STREAM):
            sessions.append(scope["path"].removeprefix(_STREAM))
        if scope["method"] == "POST" and scope["path"].rstrip("/") != _UPLOAD:
            content = await request.body()
            receive = _again(content, receive)
            try:
                body = json.loads(content or b"null", parse_constant=_no_number)
                foreign = next((p for p in _paths(body) if not self._came(p)), None)
            except (ValueError, RecursionError):
                await _refused(422, "the body is no JSON")(scope, receive, send)
                return
            if foreign is not None:
                await _refused(403, "a file that was not uploaded here")(scope, receive, send)
                return
            if isinstance(body, dict) and "session_hash" in body:
                sessions.append(str(body["session_hash"]))
        if not all(self._owns(user_of(request), session) for session in sessions):
            await _refused(403, "a session of somebody else")(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _owns(self, user: str, session: str) -> bool:
        """Whether the session is the user's; one that nobody has is from now on."""
        owner = self._owners.setdefault(session, user)
        self._owners.move_to_end(session)
        if len(self._owners) > _SESSIONS:
            self._owners.popitem(last=False)
        return owner == user

    def _came(self, file: dict[str, Any]) -> bool:
        """Whether it is a file that was uploaded, and whole."""
        path = file["path"]
        if not isinstance(path, str) or file.get("is_stream"):
            return False
        try:
            return Path(path).resolve().is_relative_to(self._uploads)
        except (OSError, RuntimeError):  # a loop of links
            return False


def _paths(value: Any) -> Iterator[dict[str, Any]]:
    """Everything in a body that Gradio could take for a file."""
    waiting = [value]
    while waiting:
        found = waiting.pop()
        if isinstance(found, dict):
            if "path" in found:
                yield found
            waiting += found.values()
        elif isinstance(found, list):
            waiting += found


def _no_number(name: str) -> None:
    """NaN and the infinities are no JSON, and Gradio's own answer to them fails."""
    raise ValueError(name)


def _again(content: bytes, receive: Receive) -> Receive:
    """The body that was read already, then what comes after it."""
    first = [content]

    async def received() -> Message:
        if first:
            return {"type": "http.request", "body": first.pop(), "more_body": False}
        return await receive()

    return received


def _refused(status: int, message: str) -> JSONResponse:
    return JSONResponse({"error": f"refused: {message}"}, status_code=status)
