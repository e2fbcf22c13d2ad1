"""A script that runs before the page is painted: Gradio adds those of its ``head`` much later."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["EarlyScript"]

_HEAD = b"<head>"


class EarlyScript:
    """Middleware that puts a script first into the head of the page at ``/``."""

    def __init__(self, app: ASGIApp, script: str) -> None:
        self._app = app
        self._head = _HEAD + f"<script>{script}</script>".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer; the page is a little longer than the application gives it."""
        if scope["type"] != "http" or scope["path"] != "/":
            await self._app(scope, receive, send)
            return

        async def changed(message: Message) -> None:
            if message["type"] == "http.response.start":
                del MutableHeaders(scope=message)["content-length"]
            else:
                message["body"] = message.get("body", b"").replace(_HEAD, self._head, 1)
            await send(message)

        await self._app(scope, receive, changed)
