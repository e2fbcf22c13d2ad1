"""A Ray cluster on this machine, of nodes that can be killed one by one.

A node is what `ray start` makes of a machine; here each is a session of processes of its own, of
one processor. They report nothing to anybody, and their workers are as important as others.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

__all__ = ["RayNodes"]

ROOT = Path(__file__).resolve().parents[1]
_ENVIRONMENT = {
    "PYTHONPATH": str(ROOT),
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_worker_niceness": "0",  # 15 by default: beside other work they would hardly run
}
_STARTED_S = 120.0


class RayNodes:
    """The nodes; the first is the head, without which there is no cluster. Ends with its context.

    Raises:
        RuntimeError: they do not start.
    """

    def __init__(self, count: int) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="ray-"))  # short: there are sockets in it
        self.address = f"127.0.0.1:{_free_port()}"
        self._nodes: list[subprocess.Popen[bytes]] = []
        self._begun = 0
        try:
            self._start("--head", f"--port={self.address.rpartition(':')[2]}")
            for _ in range(count - 1):
                self.add()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> RayNodes:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def add(self) -> None:
        """Start one more."""
        self._start(f"--address={self.address}")

    def kill(self, at: int, *, raylet_only: bool = False) -> None:
        """Kill a node as a power cut does: all that runs there, or what Ray sees of it."""
        node = self._nodes[at] if raylet_only else self._nodes.pop(at)
        if raylet_only:
            for pid, name in _session(node.pid):
                if name == "raylet":
                    os.kill(pid, signal.SIGKILL)
            self._nodes.remove(node)
        time.sleep(0.2 if raylet_only else 0)
        _kill_session(node)

    def workers(self) -> list[int]:
        """The processes that do something for a build now."""
        return [
            pid for node in self._nodes for pid, name in _session(node.pid) if name == "ray::call"
        ]

    def processor_seconds(self) -> dict[int, float]:
        """What each process of the nodes has used of a processor, by its number."""
        found = {}
        for node in self._nodes:
            for pid, _ in _session(node.pid):
                with suppress(OSError):
                    used = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
                    found[pid] = sum(map(int, used)) / os.sysconf("SC_CLK_TCK")
        return found

    def __len__(self) -> int:
        return len(self._nodes)

    def close(self) -> None:
        """End all."""
        while self._nodes:
            _kill_session(self._nodes.pop())
        shutil.rmtree(self._folder, ignore_errors=True)

    def _start(self, *words: str) -> None:
        command = [str(Path(sys.executable).parent / "ray"), "start", *words, "--num-cpus=1"]
        command += ["--object-store-memory=100000000", "--disable-usage-stats", "--block"]
        if "--head" in words:
            ports = [f"--ray-client-server-port={_free_port()}", "--include-dashboard=false"]
            command += [*ports, f"--temp-dir={self._folder}"]
        self._begun += 1
        log = self._folder / f"node-{self._begun}.log"
        with log.open("w") as out:
            node = subprocess.Popen(
                command,
                env=os.environ | _ENVIRONMENT,
                start_new_session=True,
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        self._nodes.append(node)
        end = time.monotonic() + _STARTED_S
        while "--block" not in log.read_text():
            if node.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"a node of Ray does not start: {log.read_text()[-2000:]}")
            time.sleep(0.1)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _session(session: int) -> Iterator[tuple[int, str]]:
    """The processes of a session, with their names (Linux)."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            before, _, after = path.read_text().rpartition(")")
        except OSError:
            continue
        state, *numbers = after.split()
        if state != "Z" and int(numbers[2]) == session:
            yield int(path.parent.name), before.partition("(")[2]


def _kill_session(node: subprocess.Popen[bytes]) -> None:
    for pid, _ in _session(node.pid):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    node.wait()
