"""The log of a server: one line for each request and each step of a build, as text or JSON.

No question, answer or text of a document is in it, nor a path that a client sent: the route is its
template, and of an error in the program its kind and place are named, for its message may quote.
"""

from __future__ import annotations

import json
import logging
import re
import secrets
import time
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, TypeVar

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from index.tracing import REQUEST, Request
from ui.server.access import Access
from ui.server.people import VISITOR, Visitor

__all__ = ["RequestLog", "set_up_logging", "within"]

T = TypeVar("T")

_LOG = logging.getLogger(__name__)
_OURS = ("index", "rag", "eval", "ui")
_SEEN, _REQUEST = "footnote.seen", "footnote.request"
_PLAIN = re.compile(r"[\w.:/{}@+-]+", re.ASCII)
_ID = re.compile(r"[\w.:-]{1,128}", re.ASCII)
# Asked every few seconds by every window, or by what watches over the server.
_QUIET = frozenset({"/api/ping", "/health", "/ready", "/metrics"})


def set_up_logging(form: str) -> None:
    """Log to standard error in this form ("text" or "json"): what the server does, warnings.

    Without a form there are warnings alone, as text.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(_Lines(is_json=form == "json"))
    logging.getLogger().handlers[:] = [handler]
    if form:
        for name in _OURS:
            logging.getLogger(name).setLevel(logging.INFO)


class _Lines(logging.Formatter):
    """A record as one line; ``extra={"fields": {...}}`` are its values."""

    def __init__(self, *, is_json: bool) -> None:
        super().__init__()
        self._is_json = is_json

    def format(self, record: logging.LogRecord) -> str:
        r"""See logging.

        >>> record = logging.LogRecord("ui", 20, "", 0, "a\nb", None, None)
        >>> record.created, record.fields = 0, {"status": 200, "of": "x y"}
        >>> _Lines(is_json=False).format(record)
        '1970-01-01T00:00:00.000Z info ui "a\\nb" status=200 of="x y"'
        """
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        values: dict[str, Any] = {
            "time": at.replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if request := REQUEST.get():
            values["request_id"] = request.id
        values |= getattr(record, "fields", {})
        if record.exc_info and record.exc_info[0]:
            frames = traceback.extract_tb(record.exc_info[2])
            values["error"] = record.exc_info[0].__qualname__
            values["at"] = [f"{one.filename}:{one.lineno} {one.name}" for one in frames]
        if self._is_json:
            return json.dumps(values, ensure_ascii=False, default=str)
        told = [_told(values.pop(name)) for name in ("time", "level", "logger", "message")]
        return " ".join([*told, *(f"{name}={_told(value)}" for name, value in values.items())])


def _told(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return text if _PLAIN.fullmatch(text) else json.dumps(text, ensure_ascii=False)


def within(request: Any, events: Iterator[T]) -> Iterator[T]:
    """``events``, made as part of the request that raised an event of the window.

    Gradio answers it in a task of its own, a step at a time, each with a context of its own.
    """
    named = request.request.scope.get(_REQUEST)
    while True:
        token = REQUEST.set(named)
        try:
            one = next(events)
        except StopIteration:
            return
        finally:
            REQUEST.reset(token)
        yield one


class RequestLog:
    """Middleware in two places: :meth:`outside` of everything, :meth:`inside` of the guard."""

    def __init__(self, access: Access) -> None:
        self._access = access

    def outside(self, app: ASGIApp) -> ASGIApp:
        """Name a request, say its name in the answer, and log it when it has been answered."""

        async def logged(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
                return
            request = self._request(scope)
            seen: dict[str, Any] = {"method": scope["method"], "route": "", "status": 0}
            began = time.perf_counter()

            async def named(message: Message) -> None:
                if message["type"] == "http.response.start":
                    seen["status"] = message["status"]
                    MutableHeaders(scope=message)["X-Request-ID"] = request.id
                await send(message)

            token = REQUEST.set(request)
            try:
                await app({**scope, _SEEN: seen, _REQUEST: request}, receive, named)
            finally:
                ms = round((time.perf_counter() - began) * 1000, 1)
                level = logging.ERROR if seen["status"] >= 500 else logging.INFO
                is_quiet = seen["route"] in _QUIET and seen["status"] < 500
                if not is_quiet:
                    _LOG.log(level, "request", extra={"fields": seen | {"ms": ms}})
                REQUEST.reset(token)

        return logged

    def inside(self, app: ASGIApp) -> ASGIApp:
        """Tell it the route, which the router finds, and who the guard has let in."""

        async def seen(scope: Scope, receive: Receive, send: Send) -> None:
            try:
                await app(scope, receive, send)
            finally:
                if (told := scope.get(_SEEN)) is not None:
                    visitor = scope.get(VISITOR)
                    is_account = isinstance(visitor, Visitor) and visitor.is_account
                    told["route"] = getattr(scope.get("route"), "path", "")
                    told["visitor"] = "account" if is_account else "unnamed"

        return seen

    def _request(self, scope: Scope) -> Request:
        headers = Headers(scope=scope)
        is_believed = self._access.trusts((scope.get("client") or ("", 0))[0])
        given = headers.get("x-request-id", "") if is_believed else ""
        name = given if _ID.fullmatch(given) else secrets.token_hex(8)
        return Request(name, headers.get("traceparent", ""))
