"""Serves the chat window and the HTTP API by uvicorn, and opens a browser when it answers."""

from __future__ import annotations

import asyncio
import ctypes
import logging
import os
import socket
import threading
import time
import webbrowser
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import click
import uvicorn
from uvicorn.config import LOGGING_CONFIG

from eval.samples import is_empty
from index.errors import IndexMissingError, SettingsError
from index.store.home import Home
from rag.assemble import Services
from ui.server.access import Access
from ui.server.uploads import Uploads

__all__ = ["limit_arenas", "listen", "serve"]

_ANSWERS_END_WITHIN_S = 30
_END_WITHIN_S = 2
_M_ARENA_MAX, _ARENAS = -8, 2  # mallopt(3)
_UPLOADS_OF_FILES = 20  # so many of the largest that are read may wait to be taken


def serve(services: Services, access: Access, *, host: str, port: int, open_browser: bool) -> None:
    """Serve until interrupted or terminated; ``port`` 0 takes a free one.

    The index is brought up to date while it is served already, as a build of the window.

    Raises:
        SettingsError: the address cannot be used.
    """
    limit_arenas()
    listener = listen(host, port)
    # The model loads while the window is built, and the window opens when it can answer.
    warm = ThreadPoolExecutor(1).submit(_warm, services)
    settings = services.settings
    uploads = Uploads(settings.uploads, settings.max_file_mb * _UPLOADS_OF_FILES * 1_000_000)
    uploads.make()
    from rag.conversations.archive import Archive
    from ui.chat.window import build_window, mount_window
    from ui.chat.work import Work
    from ui.server.api import build_api
    from ui.server.events import Events
    from ui.server.guard import Guard
    from ui.server.log import RequestLog
    from ui.server.metrics import Metrics
    from ui.server.turns import Turns

    port = listener.getsockname()[1]
    archive = Archive(settings.home)
    work = Work.of(services)
    metrics = Metrics(work)
    app = build_api(services, archive, work, metrics)
    window = build_window(services, archive, work)
    max_mb = settings.max_file_mb
    app = mount_window(app, window, host=host, port=port, max_file_mb=max_mb)
    log = RequestLog(access)
    turns = Turns()
    guarded = Guard(Events(log.inside(app), settings.uploads), access, uploads, turns)
    warm.result()
    has_documents = not is_empty(settings.seeds)
    if has_documents:
        work.build.refresh(services)
    work.syncs.start()
    config = uvicorn.Config(
        log.outside(metrics.counting(guarded)),
        log_level="warning",
        log_config=None if settings.log_format else LOGGING_CONFIG,
        proxy_headers=False,  # the guard's
        server_header=False,
        timeout_graceful_shutdown=_END_WITHIN_S,
    )
    server = _Server(config, lambda: turns.is_idle and work.askers.is_idle)
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    url = f"http://{shown}:{port}"
    click.echo(f"Footnote is at {url}  (Ctrl+C ends it)", err=True)
    if access.token:
        message = "Visitors open /?token=TOKEN there once; scripts send Authorization: Bearer TOKEN"
        click.echo(message, err=True)
    if not has_documents:
        message = f"No documents in {settings.seeds} yet: add some in the window or there"
        click.echo(f"{message}; the window and `footnote samples` have samples to try", err=True)
    if open_browser:
        threading.Timer(0.5, webbrowser.open, [url]).start()
    with Home(settings.home).served():
        server.run(sockets=[listener])


def limit_arenas() -> None:
    """Let the C library take memory for all threads from two places; the environment may say more.

    glibc makes up to eight for each processor, and each keeps what was freed there. A build and
    each reopening of the index begin new threads, so the server would grow for hours
    (docs/measurements/server.md).
    """
    with suppress(AttributeError, TypeError):  # another C library, another system
        if "MALLOC_ARENA_MAX" not in os.environ:
            ctypes.CDLL(None).mallopt(_M_ARENA_MAX, _ARENAS)


class _Server(uvicorn.Server):
    """Ends at SIGTERM and Ctrl+C, when the answers that are being given are whole.

    An open window never closes its connection, so it is cut off then. A second Ctrl+C ends at once.
    """

    def __init__(self, config: uvicorn.Config, is_idle: Callable[[], bool]) -> None:
        super().__init__(config)
        self._is_idle = is_idle

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End, without a traceback for each connection that is cut off."""
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        for server in self.servers:
            server.close()  # nobody new
        until = time.monotonic() + _ANSWERS_END_WITHIN_S
        while not self._is_idle() and not self.force_exit and time.monotonic() < until:
            await asyncio.sleep(0.05)
        await super().shutdown(sockets)


def _warm(services: Services) -> None:
    """Load the models."""
    with suppress(IndexMissingError):
        services.assistant.ask("Is everything ready?")


def listen(host: str, port: int) -> socket.socket:
    """A socket of that address, on which nobody is let in yet; ``port`` 0 takes a free one.

    Raises:
        SettingsError: the address cannot be used.
    """
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
