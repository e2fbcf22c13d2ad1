"""Servers of this machine that tests and measurements start, end and start again.

Each is a process of its own at an address that it keeps.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import httpx

__all__ = ["Served", "free_port", "model_service", "tree"]

_COMMANDS = Path(sys.executable).parent
_STARTED_S = 120.0
_ENDED_S = 60.0


class Served:
    """A server in a process of its own; ``looked_at`` is a path that it answers when ready."""

    def __init__(
        self,
        port: int,
        command: Sequence[str],
        log: Path,
        *,
        looked_at: str = "/",
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._command, self._log, self._looked_at = command, log, looked_at
        clean = {k: v for k, v in os.environ.items() if not k.startswith("FOOTNOTE_")}
        self._environment = clean | dict(environment or {})
        self.start()

    def start(self) -> None:
        """Start it, and wait until it answers."""
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                self._command, env=self._environment, stdout=log, stderr=log
            )
        end = time.monotonic() + _STARTED_S
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"{self._command} does not start: {self._log.read_text()}")
            time.sleep(0.1)

    def answers(self) -> bool:
        """Whether it is ready now."""
        try:
            reply = httpx.get(self.url + self._looked_at, timeout=5, trust_env=False)
        except httpx.TransportError:
            return False
        return reply.status_code < 500

    def end(self, by: int = signal.SIGTERM) -> None:
        """End it, and wait until it has."""
        self.process.send_signal(by)
        self.process.wait(timeout=_ENDED_S)


def tree(pid: int) -> list[int]:
    """A process and those that it started, and so on (Linux)."""
    found = [pid]
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += tree(int(child))
    return found


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def model_service(folder: Path, *, processes: int, **settings: str) -> Served:
    """`footnote models`; ``settings`` are FOOTNOTE_*."""
    port = free_port()
    command = [str(_COMMANDS / "footnote"), "models", "--port", str(port)]
    command += ["--processes", str(processes)]
    environment = {f"FOOTNOTE_{name.upper()}": value for name, value in settings.items()}
    return Served(port, command, folder / "models.log", environment=environment)
