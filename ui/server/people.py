"""Who is at the window: a random name in a cookie, so each browser has its own conversations.

No account: whoever may reach the server (:mod:`ui.server.access`) may read the documents. The
cookie only keeps apart what several people ask.
"""

from __future__ import annotations

import secrets
from typing import Any, Protocol

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["NamedVisitors", "Visit", "user_of"]

_COOKIE = "footnote_user"
_YEARS_S = 10 * 365 * 24 * 3600


class Visit(Protocol):
    """A request with cookies: of FastAPI, or of an event of the window."""

    @property
    def cookies(self) -> Any:
        """The cookies by name."""


def user_of(request: Visit | None) -> str:
    """The name in the cookie; "" for a browser that keeps none."""
    return str(request.cookies.get(_COOKIE, "")) if request is not None else ""


class NamedVisitors:
    """Middleware that gives a browser its name when it loads the page."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer; a page for a browser without a name also sets it."""
        if scope["type"] != "http" or scope["path"] != "/" or user_of(HTTPConnection(scope)):
            await self._app(scope, receive, send)
            return
        name = secrets.token_urlsafe(18)

        async def named(message: Message) -> None:
            if message["type"] == "http.response.start":
                cookie = f"{_COOKIE}={name}; Path=/; HttpOnly; SameSite=Strict; Max-Age={_YEARS_S}"
                MutableHeaders(scope=message).append("set-cookie", cookie)
            await send(message)

        await self._app(scope, receive, named)
