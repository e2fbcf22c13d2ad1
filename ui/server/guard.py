"""The guard in front of the window and the API: nothing reaches them that does not pass it.

It looks at the head of a request and counts its body. Refused are names that are not the server's
(DNS rebinding), requests that a page of another origin makes, visitors who do not log in, bodies
that are too long, and more questions at a time than the machine bears. Who comes in, and as whom,
says :mod:`ui.server.entrance`. It knows no route but those whose limits differ.
"""

from __future__ import annotations

import secrets
from http import HTTPStatus

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.server.access import Access
from ui.server.entrance import (
    LOG_IN,
    LOG_OUT,
    OPEN_PATHS,
    answer_login,
    answer_logout,
    visitor,
)
from ui.server.errors import error_reply
from ui.server.people import VISITOR, Visitor
from ui.server.turns import TURNS, BusyError, Turns
from ui.server.uploads import Uploads

__all__ = ["MAX_BODY_BYTES", "NONCE", "Guard"]

MAX_BODY_BYTES = 1_000_000
NONCE = "footnote.nonce"
"""The key of the scope under which an inline script of the answer finds what lets it run."""

_UPLOADS = frozenset({"/gradio_api/upload", "/api/documents"})
_ASKED = frozenset(
    {
        "/api/ask",
        "/api/ask/stream",
        "/api/search",
        "/v1/chat/completions",
        "/v1/embeddings",
        "/v1/responses",
    }
)
_RETRY_AFTER_S = 5
_LONGEST_LOGIN = 4096  # bytes of the form
_HEADERS = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    # Without a referrer, the origin of a form of ours would be "null".
    "Referrer-Policy": "same-origin",
}
_POLICY = "; ".join(
    (
        "default-src 'self'",
        # Gradio compiles templates and handlers (js=, js_on_load=) by Function(). Inline scripts
        # are those of the page itself, by a number that nobody guesses; no attribute is a script.
        "script-src 'self' 'unsafe-eval' 'nonce-{nonce}'",
        # Gradio adds <style> elements and sets style attributes.
        "style-src 'self' 'unsafe-inline'",
        # Gradio's styles hold small pictures: the marks of boxes, arrows.
        "img-src 'self' data:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
_FORWARDED = (b"x-forwarded-", b"x-gradio-server", b"forwarded", b"x-real-ip")


class Guard:
    """Middleware; questions of the API are answered in turns, by default new ones."""

    def __init__(
        self,
        app: ASGIApp,
        access: Access,
        uploads: Uploads,
        turns: Turns | None = None,
    ) -> None:
        self._app = app
        self._access = access
        self._uploads = uploads
        self._turns = turns or Turns()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse in words; the headers of every answer keep it out of other pages."""
        if scope["type"] == "websocket":  # nothing here speaks it
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope, named = _forwarded(scope, self._access)
        scope[NONCE] = secrets.token_urlsafe(16)
        scope[TURNS] = self._turns
        send = _marked(send, _POLICY.format(nonce=scope[NONCE]))
        reply = await self._reply(Request(scope, receive), named)
        if reply is not None:
            await reply(scope, receive, send)
        elif scope["method"] == "POST" and scope["path"].rstrip("/") in _UPLOADS:
            await self._uploaded(scope, receive, send)
        elif scope["method"] == "POST" and scope["path"] in _ASKED:
            await self._asked(scope, receive, send)
        else:
            await self._bounded(scope, receive, send)

    async def _reply(self, request: Request, named: str) -> Response | None:
        """What is answered here; None for what goes on, its visitor in the scope."""
        access, path = self._access, request.scope["path"]
        if refusal := _of_other_origin(request, access):
            return refusal
        if path in OPEN_PATHS:
            request.scope[VISITOR] = Visitor("", "", frozenset())
            return None
        if access.accounts is not None and path == LOG_IN and _is_short(request.scope):
            return await answer_login(request, access.accounts)
        if access.accounts is not None and path == LOG_OUT and request.method == "POST":
            return await answer_logout(request, access.accounts)
        found = visitor(request, access, named)
        if isinstance(found, Response):
            return found
        request.scope[VISITOR] = found
        return None

    async def _uploaded(self, scope: Scope, receive: Receive, send: Send) -> None:
        """An upload says how long it is, and must fit beside those that are there."""
        if "edit" not in scope[VISITOR].rights:
            await _refused(scope, 403, "your account may not change documents")(
                scope, receive, send
            )
            return
        length = _length(scope)
        if length is None:
            await _refused(scope, 411, "an upload needs a Content-Length")(scope, receive, send)
            return
        room = self._uploads.room_for(length)
        fits = await run_in_threadpool(room.__enter__)
        try:
            if fits:
                await self._app(scope, receive, send)
                return
            limit = self._uploads.limit // 1_000_000
            reason = f"{length / 1e6:.0f} MB do not fit: uploads may take {limit} MB; upload fewer"
            await _refused(scope, 413, reason)(scope, receive, send)
        finally:
            room.__exit__(None, None, None)

    async def _asked(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A question waits for its turn; where too many wait, it is to come again."""
        try:
            async with self._turns.turn():
                await self._bounded(scope, receive, send)
        except BusyError as exc:
            reply = _refused(scope, 429, str(exc))
            reply.headers["Retry-After"] = str(_RETRY_AFTER_S)
            await reply(scope, receive, send)

    async def _bounded(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request whose body is short, whatever length it names."""
        too_long = _refused(scope, 413, f"the body is longer than {MAX_BODY_BYTES:,} bytes")
        length = _length(scope)
        if length is not None and length > MAX_BODY_BYTES:
            await too_long(scope, receive, send)
            return
        body = _Body(receive, send)
        try:
            await self._app(scope, body.receive, body.send)
        except Exception:
            if not body.is_too_long:
                raise
        if body.is_too_long and not body.has_begun:
            await too_long(scope, receive, send)


class _Body:
    """A body as it comes: the application sees the client leave when it is too long."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive, self._send = receive, send
        self._came = 0
        self.has_begun = False

    @property
    def is_too_long(self) -> bool:
        return self._came > MAX_BODY_BYTES

    async def receive(self) -> Message:
        if self.is_too_long:
            return {"type": "http.disconnect"}
        message = await self._receive()
        self._came += len(message.get("body", b""))
        return {"type": "http.disconnect"} if self.is_too_long else message

    async def send(self, message: Message) -> None:
        if self.is_too_long and not self.has_begun:
            return
        self.has_begun = True
        await self._send(message)


def _of_other_origin(request: HTTPConnection, access: Access) -> Response | None:
    """The refusal of a request for another server, or made by a page of another origin."""
    host = request.headers.get("host", "").lower()
    if len(request.headers.getlist("host")) != 1 or not access.knows(host):
        reason = f"{host!r} is no name of this server: --allowed-host NAME makes it one"
        return _refused(request.scope, 400, reason)
    origin = request.headers.get("origin")
    if origin is not None and not _is_origin_of(host, origin):
        return _refused(request.scope, 403, f"a page of {origin!r} may not use {host!r}")
    if request.headers.get("sec-fetch-site", "none") in {"none", "same-origin"}:
        return None
    is_opened = (
        request.scope["method"] in {"GET", "HEAD"}
        and request.headers.get("sec-fetch-mode") == "navigate"
        and request.headers.get("sec-fetch-dest") == "document"
    )
    if not is_opened:
        return _refused(request.scope, 403, "a page of another origin may only link here")
    # Opened by a link of another page: the cookies come when the page opens itself.
    return HTMLResponse(_OPENED_AGAIN)


_OPENED_AGAIN = '<!doctype html><title>Footnote</title><meta http-equiv="refresh" content="0">'


def _forwarded(scope: Scope, access: Access) -> tuple[Scope, str]:
    """The request as its client sent it, and who it is, where a proxy that is believed says so.

    Such headers of anybody else are dropped, for nothing behind may believe them.
    """
    peer = (scope.get("client") or ("", 0))[0]
    own = access.user_header.lower().encode("latin-1")
    if not access.trusts(peer):
        dropped = (*_FORWARDED, own) if own else _FORWARDED
        kept = [(n, v) for n, v in scope["headers"] if not n.lower().startswith(dropped)]
        return {**scope, "headers": kept}, ""
    headers = Headers(scope=scope)
    changed = dict(scope)
    # A proxy appends what it saw; what stands before may be the client's invention.
    if client := headers.get("x-forwarded-for", "").rpartition(",")[2].strip():
        changed["client"] = (client, 0)
    if headers.get("x-forwarded-proto") in {"http", "https"}:
        changed["scheme"] = headers["x-forwarded-proto"]
    if host := headers.get("x-forwarded-host", ""):
        others = [(n, v) for n, v in scope["headers"] if n.lower() != b"host"]
        changed["headers"] = [*others, (b"host", host.encode("latin-1"))]
    names = headers.getlist(access.user_header) if own else []
    return changed, names[0].strip() if len(names) == 1 else ""


def _is_origin_of(host: str, origin: str) -> bool:
    """Whether a page of ``origin`` came from ``host``; a port that the scheme implies may be there.

    >>> _is_origin_of("a.example:443", "https://a.example"), _is_origin_of("a:7860", "http://a:80")
    (True, False)
    """
    scheme, _, place = origin.lower().partition("://")
    implied = {"http": ":80", "https": ":443"}.get(scheme)
    return implied is not None and place.removesuffix(implied) == host.removesuffix(implied)


def _marked(send: Send, policy: str) -> Send:
    async def marked(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers[name] = value
            headers["Content-Security-Policy"] = policy
        await send(message)

    return marked


def _refused(scope: Scope, status: int, reason: str) -> Response:
    return error_reply(scope["path"], status, f"{HTTPStatus(status).phrase}: {reason}")


def _is_short(scope: Scope) -> bool:
    """Whether a form is as short as a name and a password."""
    return scope["method"] != "POST" or (_length(scope) or _LONGEST_LOGIN + 1) <= _LONGEST_LOGIN


def _length(scope: Scope) -> int | None:
    """The length that a request names."""
    value = Headers(scope=scope).get("content-length", "")
    return int(value) if value.isascii() and value.isdigit() else None
