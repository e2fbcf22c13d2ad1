"""Servers of this machine that tests and measurements start, end, halt and start again.

Each is a process of its own at an address that it keeps: Chroma, the model service, Footnote, and
nginx with the text that docs/scaling.md prints.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import httpx

__all__ = [
    "NGINX",
    "Served",
    "chroma",
    "footnote",
    "free_port",
    "model_service",
    "nginx",
    "site_of",
    "tree",
]

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin")
_ROOT = Path(__file__).resolve().parent.parent
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

    def kill(self) -> None:
        """End it as a crash does."""
        self.end(signal.SIGKILL)

    def restart(self, by: int = signal.SIGTERM) -> None:
        """End it and start it at the same address."""
        self.end(by)
        self.start()


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


def chroma(folder: Path) -> Served:
    """Chroma's server, over a folder."""
    port = free_port()
    folder.mkdir(exist_ok=True)
    command = [str(_COMMANDS / "chroma"), "run", "--path", str(folder), "--host", "127.0.0.1"]
    log = folder / "log"
    return Served(port, [*command, "--port", str(port)], log, looked_at="/api/v2/heartbeat")


def model_service(folder: Path, *, processes: int, **settings: str) -> Served:
    """`footnote models`; ``settings`` are FOOTNOTE_*."""
    port = free_port()
    command = [str(_COMMANDS / "footnote"), "models", "--port", str(port)]
    command += ["--processes", str(processes)]
    return Served(port, command, folder / "models.log", environment=_environment(settings))


def footnote(seeds: Path, home: Path, log: Path, **settings: str) -> Served:
    """`footnote chat`; ``settings`` are FOOTNOTE_*."""
    port = free_port()
    command = [str(_COMMANDS / "footnote"), "--seeds", str(seeds), "--home", str(home)]
    command += ["chat", "--no-browser", "--port", str(port)]
    return Served(port, command, log, looked_at="/ready", environment=_environment(settings))


def nginx(folder: Path, site: str, port: int) -> Served:
    """Nginx with these servers in its configuration, of which one listens on that port."""
    assert NGINX is not None
    places = "".join(
        f"{kind}_temp_path {folder}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/pid; error_log stderr;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{places}{site}\n}}\n"
    )
    command = [NGINX, "-e", "stderr", "-c", str(folder / "nginx.conf")]
    return Served(port, command, folder / "nginx.log")


def site_of(heading: str, port: int) -> str:
    """The text for nginx below a heading of docs/scaling.md, on that port and without TLS."""
    page = (_ROOT / "docs" / "scaling.md").read_text(encoding="utf-8")
    site = page.partition(f"# {heading}\n")[2].partition("```nginx\n")[2].partition("```")[0]
    lines = (line for line in site.splitlines() if "ssl_certificate" not in line)
    ours = (f"    listen 127.0.0.1:{port};" if "listen" in line else line for line in lines)
    return "\n".join(ours)


def _environment(settings: Mapping[str, str]) -> dict[str, str]:
    return {f"FOOTNOTE_{name.upper()}": value for name, value in settings.items()}
