"""The process that speaks with a Ray cluster for a build; the only module that imports Ray.

Ray ends the process that it runs in when the machine or the server that it speaks with goes away,
and it takes over signals and standard error, so it has a process of its own. This passes requests
on as they are, as tasks of one processor each, and gives their answers back as they come. Ray runs
a task again, elsewhere, when its worker or its machine has died.
"""

from __future__ import annotations

import os
import socket
import sys
import threading
import time
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from multiprocessing.connection import Connection
from typing import Any

import orjson

from index.builder.node import Identity
from index.errors import ClusterError, FootnoteError, one_line

__all__ = ["DONE", "FAILED", "drive"]

DONE, FAILED = b"+", b"-"
_REACHED_S = 5.0
_RUNS = 10  # of a task whose worker died; then it is taken for the cause
_LOOKS_S = 5.0  # how often the processors are counted


def drive(requests: Connection, answers: Connection, address: str, wanted: Identity) -> None:
    """Pass on requests until there are none any more; the process ends with this.

    The first answer is the number of processors, or why there is none. A request is its number
    and its bytes; an answer is the number in JSON, a line end, and DONE with the bytes that were
    answered, or FAILED with a reason. A number 0 says how many processors there are now.
    """
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    os.environ |= {
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_gcs_server_request_timeout_seconds": "20",  # to find a node on this machine
    }
    tell = _Teller(answers)
    try:
        call = _connected(address)
    except ClusterError as exc:
        tell(0, FAILED + str(exc).encode())
        return
    looked, known = 0.0, -1
    with suppress(EOFError, OSError):
        while True:
            if time.monotonic() > looked + _LOOKS_S:
                looked = time.monotonic()
                if (found := _processors()) != known:
                    known = found
                    tell(0, DONE + str(known).encode())
            if requests.poll(_LOOKS_S):
                number, request = requests.recv()
                task = call.remote(wanted, request)
                task.future().add_done_callback(partial(_pass_on, tell, number))
    import ray

    ray.shutdown()  # what still runs is of no use to anybody


class _Teller:
    """Sends answers, one at a time: they come in several threads."""

    def __init__(self, answers: Connection) -> None:
        self._answers = answers
        self._sending = threading.Lock()

    def __call__(self, number: int, text: bytes) -> None:
        with self._sending, suppress(OSError):
            self._answers.send_bytes(orjson.dumps(number) + b"\n" + text)


def _pass_on(tell: _Teller, number: int, done: Future[bytes]) -> None:
    error = done.exception()
    tell(number, FAILED + _reason(error).encode() if error else DONE + done.result())


def _reason(error: BaseException) -> str:
    """Why a task has no answer, in one line."""
    cause = getattr(error, "cause", None)
    if isinstance(cause, FootnoteError):
        return str(cause)
    if isinstance(cause, ImportError):
        return f"a worker of the cluster has no Footnote like this one ({one_line(cause)})"
    name = type(error).__name__
    if name in {"WorkerCrashedError", "NodeDiedError", "OutOfMemoryError"}:
        return f"{_RUNS} workers of the cluster that had the same to do have ended ({name})"
    return f"a worker of the cluster failed ({name}: {one_line(_short(error))})"


def _connected(address: str) -> Any:
    """What runs a task on the cluster; raises ClusterError."""
    try:
        import ray
    except ImportError as exc:
        raise ClusterError("Ray is not installed: pip install 'footnote-rag[ray]'") from exc
    _reach(address)
    try:
        ray.init(address, log_to_driver=False, configure_logging=False)
    except (Exception, SystemExit) as exc:
        raise ClusterError(
            f"{address} is no Ray cluster that this machine is a node of: {one_line(_short(exc))}"
        ) from exc

    def call(wanted: Identity, request: bytes) -> bytes:
        # Sent by its value, since it is not at the top of a module: what it imports, the worker has
        # or has not. A process that reads would import what a worker was started with, all of Ray.
        vars(sys.modules["__main__"]).pop("__file__", None)
        from index.builder.node import answer

        return answer(wanted, request)

    return ray.remote(num_cpus=1, max_retries=_RUNS - 1)(call)


def _short(error: BaseException) -> Exception:
    """What Ray says of an error, without the names of its functions."""
    return Exception(str(error).rpartition("Error: ")[2])


def _reach(address: str) -> None:
    """Fail at once where nobody listens: Ray would try for two minutes."""
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), _REACHED_S).close()
    except (OSError, OverflowError) as exc:
        raise ClusterError(
            f"cannot reach the Ray cluster at {address} ({one_line(exc)}): is it running, "
            "and may this machine connect?"
        ) from exc


def _processors() -> int:
    import ray

    return int(ray.cluster_resources().get("CPU", 0))
