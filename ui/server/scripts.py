"""The scripts of the page: those of ours run before it is painted, Gradio's are let run.

Gradio adds the scripts of its ``head`` much later, and as inline scripts that the policy of the
guard (:mod:`ui.server.guard`) forbids.
"""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.server.guard import NONCE
from ui.server.people import visitor_of

__all__ = ["PageScripts"]

_HTML, _HEAD, _SCRIPT = b"<html", b"<head>", b"<script"


class PageScripts:
    """Middleware that puts scripts first into the head of the page at ``/``.

    Every script of the page gets the nonce of the answer, and the page says what its visitor may do
    (``data-rights``), so that it hides the rest. Nothing that users wrote is in this page.
    """

    def __init__(self, app: ASGIApp, scripts: str) -> None:
        self._app = app
        self._head = _HEAD + f"<script>{scripts}</script>".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer; the page is a little longer than the application gives it."""
        if scope["type"] != "http" or scope["path"] != "/":
            await self._app(scope, receive, send)
            return
        rights = " ".join(sorted(visitor_of(HTTPConnection(scope)).rights))
        may = _HTML + f' data-rights="{rights}"'.encode()
        let_run = f'<script nonce="{scope.get(NONCE, "")}"'.encode()

        async def changed(message: Message) -> None:
            if message["type"] == "http.response.start":
                del MutableHeaders(scope=message)["content-length"]
            else:
                body = message.get("body", b"").replace(_HTML, may, 1)
                body = body.replace(_HEAD, self._head, 1)
                message["body"] = body.replace(_SCRIPT, let_run)
            await send(message)

        await self._app(scope, receive, changed)
