"""A process of its own for hostile bytes: limited in time and memory, and killed when it must be.

It may not write, connect or start anything (an audit hook refuses), and its memory is limited by
the system. It answers with bytes, which whoever asked takes for data only: a pickle of a process
that hostile bytes have taken over would be run here. It knows nothing of what it is asked;
:mod:`index.builder.workers` has seeds read by it, :mod:`index.builder.pictures` has pages drawn.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, SpawnContext
from typing import Any

from index.errors import BuildError
from index.sources.settings import ENVIRONMENT, SOURCE_PREFIX

__all__ = ["LimitedProcess", "Limits"]

_START_S = 120.0
_READY = b"ready"
# Environment that no parser needs.
# Environment that no parser needs.
_SECRETS = (
    "FOOTNOTE_CHROMA_TOKEN",
    "FOOTNOTE_LLM_API_KEY",
    "FOOTNOTE_MODELS_TOKEN",
    "FOOTNOTE_TOKEN",
    "RAY_AUTH_TOKEN",
)
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
_PR_SET_DUMPABLE = 4  # prctl(2)

# What a parser has no business doing; the names are those of Python's audit events.
_REFUSED_EVENTS = frozenset(
    "socket.bind socket.connect socket.getaddrinfo socket.sendto subprocess.Popen os.system os.exec"
    " os.fork os.forkpty os.posix_spawn os.spawn os.startfile os.remove os.rename os.rmdir os.mkdir"
    " os.link os.symlink os.truncate os.chmod os.chown shutil.rmtree shutil.move".split()
)
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


@dataclass(frozen=True, slots=True)
class Limits:
    """What the reading of one file may cost."""

    seconds: float
    memory_mb: int


class LimitedProcess:
    """Answers one request after the other; started when first asked, and anew after its end.

    ``make_service`` runs in the process, before the limits hold, and gives what answers with
    bytes; it must be a function of a module. With ``forked_from``, a module, the process is forked
    from one that has imported it and has no threads (Linux; elsewhere it imports the module
    itself, when it needs it).
    """

    def __init__(
        self,
        limits: Limits,
        make_service: Callable[[], Callable[[Any], bytes]],
        *,
        forked_from: str = "",
    ) -> None:
        self._limits = limits
        self._make_service = make_service
        self._forked_from = forked_from if sys.platform == "linux" else ""
        self._process: multiprocessing.process.BaseProcess | None = None
        self._pipe: Connection | None = None

    def ask(self, request: Any) -> bytes:
        """What the process makes of a request; nothing of it can be relied on.

        Raises:
            TimeoutError: it took too long, and the process was ended.
            ChildProcessError: the process ended meanwhile; its argument is the exit code.
            BuildError: the process cannot be started.
        """
        if self._process is not None and not self._process.is_alive():
            self.stop()  # it died while it had nothing to do: no fault of this request
        pipe = self._pipe or self._start()
        try:
            pipe.send(request)
            if pipe.poll(self._limits.seconds):
                return self._answer(pipe)
        except (EOFError, OSError) as exc:
            raise self._end() from exc
        self.stop()
        raise TimeoutError

    def _answer(self, pipe: Connection) -> bytes:
        """The answer that has begun to come; a process that does not end it is killed."""
        late = threading.Timer(self._limits.seconds, self.interrupt)
        late.start()
        try:
            return pipe.recv_bytes(self._limits.memory_mb * 1_000_000)
        finally:
            late.cancel()

    def interrupt(self) -> None:
        """Let whoever waits for the process wait no longer."""
        process = self._process
        if process is not None:
            with suppress(ValueError):  # it has ended meanwhile
                process.kill()

    def stop(self) -> None:
        """End the process at once."""
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._process.close()
        if self._pipe is not None:
            self._pipe.close()
        self._process, self._pipe = None, None

    def _start(self) -> Connection:
        context = _context(self._forked_from)
        ours, theirs = context.Pipe()
        process = context.Process(
            target=_serve,
            args=(theirs, self._limits, self._make_service),
            name="footnote-reader",
            daemon=True,
        )
        with _environment_of_parsers():
            process.start()
        theirs.close()
        self._process, self._pipe = process, ours
        try:
            if ours.poll(_START_S) and ours.recv_bytes(len(_READY)) == _READY:
                return ours
        except (EOFError, OSError):
            pass
        self.stop()
        raise BuildError("the process that reads files cannot be started: see `footnote doctor`")

    def _end(self) -> OSError:
        """The error of a process that is no more."""
        process = self._process
        if process is not None:
            process.join(timeout=5.0)
        code = process.exitcode if process is not None else None
        self.stop()
        if code is not None and -code == getattr(signal, "SIGXCPU", 0):
            return TimeoutError()
        return ChildProcessError(code)


def _context(forked_from: str) -> ForkServerContext | SpawnContext:
    """How a process is started; see :class:`LimitedProcess`."""
    if not forked_from:
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([forked_from])
    return context


@contextmanager
def _environment_of_parsers() -> Iterator[None]:
    """The environment as a new process is to have it: multiprocessing takes no other.

    Without secrets, and with one thread for each library: several processes read at once.
    """
    with ENVIRONMENT:
        before = dict(os.environ)
        secrets = [name for name in before if name in _SECRETS or name.startswith(SOURCE_PREFIX)]
        if any([os.environ.pop(name) for name in secrets]):  # noqa: C419 - all of them go
            _close_own_environment()
        os.environ.update(dict.fromkeys(_THREADS, "1"))
        try:
            yield
        finally:
            for name in _THREADS:
                os.environ.pop(name)
            os.environ.update(before)


def _close_own_environment() -> None:
    """Let no process of the same user read what this one was started with (Linux).

    ``/proc/PID/environ`` shows it to them, whatever has become of it since. A process that may not
    be dumped keeps it to itself; the superuser reads it all the same.
    """
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


# What follows runs in the process.


def _serve(
    pipe: Connection, limits: Limits, make_service: Callable[[], Callable[[Any], bytes]]
) -> None:
    """Answer requests until the other side is gone."""
    for interrupt in (signal.SIGINT, signal.SIGTERM):
        signal.signal(interrupt, signal.SIG_IGN if interrupt == signal.SIGINT else signal.SIG_DFL)
    sys.dont_write_bytecode = True
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    answer = make_service()
    _limit_memory(limits)
    sys.addaudithook(_refuse)
    pipe.send_bytes(_READY)
    with suppress(EOFError, OSError):
        while True:
            request = pipe.recv()
            _limit_processor_time(limits)
            pipe.send_bytes(answer(request))


def _end_with_parent() -> None:
    """End a process that starts, or reads, when its parent is gone: nobody waits for it."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    if event in _REFUSED_EVENTS:
        raise PermissionError(f"a parser may not do {event}")
    if event == "open" and isinstance(arguments[2], int) and arguments[2] & _WRITING:
        raise PermissionError("a parser may not write files")


def _limit_memory(limits: Limits) -> None:
    """Address space, beyond what the process has already (where the system can limit it)."""
    if sys.platform != "linux":
        return
    import resource
    from pathlib import Path

    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    size = pages * resource.getpagesize() + limits.memory_mb * 1_000_000
    resource.setrlimit(resource.RLIMIT_AS, (size, size))


def _limit_processor_time(limits: Limits) -> None:
    """Ends a process that is deep in a parser when its parent is killed."""
    if sys.platform == "win32":
        return
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF)
    end = int(used.ru_utime + used.ru_stime + 2 * limits.seconds) + 5
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (end, hard))
