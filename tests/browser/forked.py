"""Servers that are forked from a process that has imported the program.

Gradio and the other libraries take seconds to import, and the words of the model to read, for
every server that a test starts. All else of a start is a server's own: its arguments, environment,
log, models and index.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path


class Parent:
    """The process that servers are forked from; it ends with its standard input."""

    def __init__(self) -> None:
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(
            [sys.executable, __file__], stdin=pipe, stdout=pipe, text=True
        )

    def start(self, arguments: Sequence[str], environment: Mapping[str, str], log: Path) -> Forked:
        """Fork a process that runs ``footnote`` with these arguments."""
        request = {"arguments": [*arguments], "environment": {**environment}, "log": str(log)}
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return Forked(int(self._process.stdout.readline()))

    def close(self) -> None:
        """End it; servers that run are left alone."""
        self._process.stdin.close()
        self._process.wait(timeout=30)
        self._process.stdout.close()


@cache
def started_parent() -> Parent:
    """A parent that is started once, and ends with this process."""
    started = Parent()
    atexit.register(started.close)
    return started


class Forked:
    """A forked server."""

    def __init__(self, pid: int) -> None:
        self.pid = pid

    def is_running(self) -> bool:
        """Whether it has not ended."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        return True

    def interrupt(self, *, within_s: float) -> None:
        """End it as Ctrl+C does."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGINT)
        until = time.monotonic() + within_s
        while self.is_running():
            assert time.monotonic() < until, f"the server did not end within {within_s} s"
            time.sleep(0.05)


def _serve_requests() -> None:
    """Fork a child for each line of the standard input, and print its number."""
    from index.telemetry import silence_onnxruntime

    silence_onnxruntime()
    import chromadb  # noqa: F401
    import onnxruntime  # noqa: F401
    import tantivy  # noqa: F401

    import ui.chat.window
    import ui.server.serve  # noqa: F401
    from index.embedding.models import DEFAULT_EMBEDDING
    from index.embedding.packaged import packaged_weights

    packaged_weights(DEFAULT_EMBEDDING)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for a child
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            _run(json.loads(line))
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()


def _run(request: dict[str, object]) -> None:
    """Be the command ``footnote``."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    log = os.open(str(request["log"]), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor, target in enumerate((nothing, nothing, log)):
        os.dup2(target, descriptor)
    os.environ.clear()
    os.environ.update(request["environment"])
    sys.argv = ["footnote", *request["arguments"]]
    from ui.cli.main import main

    try:
        main()
    except SystemExit as exc:
        os._exit(exc.code if isinstance(exc.code, int) else 1)
    os._exit(0)


if __name__ == "__main__":
    _serve_requests()
