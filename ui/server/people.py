"""Who a request comes from, and what they may do: a visitor, set by the guard.

Where nobody logs in, whoever may reach the server may do everything, and a random name in a cookie
gives each browser its own conversations. Where accounts are used, a visitor is the user of one.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any, Literal, get_args

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from index.errors import FootnoteError

__all__ = [
    "RIGHTS",
    "ROLES",
    "VISITOR",
    "NamedVisitors",
    "Right",
    "RightsError",
    "Visitor",
    "need",
    "unnamed",
    "user_of",
    "visitor_of",
]

Right = Literal["ask", "edit", "admin"]
"""Ask and read; change documents and the index; measure, choose for all, see who did what."""

RIGHTS: tuple[Right, ...] = get_args(Right)
ROLES: dict[str, frozenset[Right]] = {
    "reader": frozenset({"ask"}),
    "editor": frozenset({"ask", "edit"}),
    "admin": frozenset(RIGHTS),
}
"""What the users of each role may do."""

VISITOR = "footnote.visitor"
"""The key of the scope under which the guard says who a request comes from."""

_COOKIE = "footnote_user"
_YEARS_S = 10 * 365 * 24 * 3600


class RightsError(FootnoteError):
    """A visitor may not do this."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks: ``id`` owns conversations, ``name`` is shown and recorded.

    ``is_account``: they logged in, or came with the key of a user.
    """

    id: str
    name: str
    rights: frozenset[Right] = ROLES["admin"]
    is_account: bool = False


def unnamed(request: HTTPConnection) -> Visitor:
    """The visitor of a server where nobody logs in: a browser, by the name in its cookie.

    Ids of accounts have a colon, the names that are given here never do: a browser that calls
    itself "account:1" has no name.

    >>> scope = {"type": "http", "headers": [(b"cookie", b"footnote_user=account:1")]}
    >>> unnamed(HTTPConnection(scope)).id
    ''
    """
    name = str(request.cookies.get(_COOKIE, ""))
    return Visitor("" if ":" in name else name, "")


def visitor_of(request: Any) -> Visitor:
    """Who made a request: of Starlette, or of an event of the window.

    Without the guard in front (tests of a part), everybody is :func:`unnamed`.
    """
    request = getattr(request, "request", request)
    if request is None:
        return Visitor("", "")
    found = request.scope.get(VISITOR)
    return found if isinstance(found, Visitor) else unnamed(request)


def user_of(request: Any) -> str:
    """The id that conversations and preferences are kept for; "" for a browser without a name."""
    return visitor_of(request).id


def need(request: Any, right: Right) -> Visitor:
    """The visitor, who has the right.

    Raises:
        RightsError: they do not have it.
    """
    visitor = visitor_of(request)
    if right not in visitor.rights:
        roles = [role for role, rights in ROLES.items() if right in rights]
        raise RightsError(
            f"your account may not do this, or not with this key: it takes the right {right}"
            f" (role {' or '.join(roles)})"
        )
    return visitor


class NamedVisitors:
    """Middleware that gives a browser its name when it loads the page, where nobody logs in."""

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
