"""Serves the chat window and the HTTP API by uvicorn, and opens a browser when it answers."""

from __future__ import annotations

import socket
import threading
import webbrowser
from concurrent.futures import ThreadPoolExecutor

import click
import uvicorn

from index.errors import SettingsError, SuiteError
from rag.assemble import House

__all__ = ["serve"]


def serve(house: House, *, host: str, port: int, open_browser: bool) -> None:
    """Serve until interrupted; ``port`` 0 takes a free one.

    Raises:
        SettingsError: the address cannot be used.
    """
    listener = _listen(host, port)
    # The model loads while the window is built, and the window opens when it can answer.
    warm = ThreadPoolExecutor(1).submit(house.assistant.ask, "Is everything ready?")
    from rag.archive import Archive
    from ui.api import build_api
    from ui.chat.window import build_window, mount_window

    port = listener.getsockname()[1]
    archive = Archive(house.settings.home)
    app = build_api(house, archive, host=host)
    window = build_window(house, archive, suggestions(house))
    app = mount_window(app, window, host=host, port=port)
    warm.result()
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    url = f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}"  # noqa: S104
    click.echo(f"Footnote is at {url}  (Ctrl+C ends it)", err=True)
    if open_browser:
        threading.Timer(0.5, webbrowser.open, [url]).start()
    server.run(sockets=[listener])


def suggestions(house: House) -> list[str]:
    """Questions to begin with: chosen ones over the shipped seeds, else about the first titles."""
    from eval.suite import seeds_suite

    try:
        cases = seeds_suite(house.settings.seeds).cases
    except SuiteError:
        return _by_title(house)
    return [case.question for case in cases if case.suggested]


def _by_title(house: House) -> list[str]:
    manifest = house.builder.state().manifest
    titles = [entry.title for entry in manifest.documents.values()] if manifest else []
    return [f"Tell me about {title.rstrip('…')}" for title in titles[:4]]


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
