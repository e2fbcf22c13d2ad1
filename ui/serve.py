"""Serves the chat window and the HTTP API by uvicorn, and opens a browser when it answers."""

from __future__ import annotations

import logging
import socket
import threading
import webbrowser
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import click
import uvicorn

from index.errors import IndexMissingError, SettingsError
from rag.assemble import House

__all__ = ["serve"]

_END_WITHIN_S = 2


def serve(house: House, *, host: str, port: int, open_browser: bool) -> None:
    """Serve until interrupted; ``port`` 0 takes a free one.

    Raises:
        SettingsError: the address cannot be used.
    """
    listener = _listen(host, port)
    # The model loads while the window is built, and the window opens when it can answer.
    warm = ThreadPoolExecutor(1).submit(_warm, house)
    from rag.archive import Archive
    from ui.api import build_api
    from ui.chat.window import build_window, mount_window
    from ui.chat.work import Work

    port = listener.getsockname()[1]
    archive = Archive(house.settings.home)
    app = build_api(house, archive, host=host)
    work = Work.of(house)
    window = build_window(house, archive, work)
    max_mb = house.settings.max_file_mb
    app = mount_window(app, window, work, host=host, port=port, max_file_mb=max_mb)
    warm.result()
    config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=_END_WITHIN_S)
    server = _Server(config)
    url = f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}"  # noqa: S104
    click.echo(f"Footnote is at {url}  (Ctrl+C ends it)", err=True)
    if open_browser:
        threading.Timer(0.5, webbrowser.open, [url]).start()
    server.run(sockets=[listener])


class _Server(uvicorn.Server):
    """Ends soon at Ctrl+C: an open window never closes its connection, so it is cut off."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End, without a traceback for each connection that is cut off."""
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        await super().shutdown(sockets)


def _warm(house: House) -> None:
    """Load the models, and find the questions that a window offers first."""
    with suppress(IndexMissingError):
        house.assistant.ask("Is everything ready?")
    threading.Thread(target=house.suggestions.first, daemon=True).start()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as exc:
        raise SettingsError(
            f"cannot listen on {host}:{port} ({exc.strerror}): choose another --port"
        ) from exc
    return listener
