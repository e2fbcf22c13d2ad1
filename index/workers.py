"""Worker processes that read files, with limits on time and memory, and that can be killed.

Parsers of office formats are large and meet hostile bytes. Each file is read in a process of
its own kind: it may not write, connect or start anything (an audit hook refuses), its memory is
limited by the system, and when it takes too long it is killed. What happens to it happens to
one file, which is then reported; the others go on.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import queue
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from multiprocessing.connection import Connection
from types import TracebackType
from typing import TYPE_CHECKING, Any

from index.documents import Seed
from index.errors import BuildError
from index.listing import Failure
from index.prepare import Prepared, Recipe, prepare
from index.processors import available_processors

if TYPE_CHECKING:
    from index.chunking import Chunker

__all__ = ["Limits", "Workers"]

logger = logging.getLogger(__name__)

_START_S = 120.0
# Files that are read while others are embedded: so many, and more while they are small.
_AHEAD = 16
_AHEAD_BYTES = 1_000_000
# A process costs 0.7 s and 160 MB: a second one is started for more than this.
_BYTES_A_WORKER = 250_000

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


class Workers:
    """A few processes that prepare seeds; started when they are first needed.

    Use it as a context manager: leaving it ends the processes.
    """

    def __init__(self, limits: Limits, count: int | None = None) -> None:
        self._count = count or available_processors()
        self._limits = limits
        self._idle: queue.LifoQueue[_Worker] = queue.LifoQueue()  # a running one first
        self._all = [_Worker(limits) for _ in range(self._count)]
        for worker in self._all:
            self._idle.put(worker)

    def __enter__(self) -> Workers:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for worker in self._all:
            worker.stop()

    @contextmanager
    def prepare(
        self, seeds: Sequence[Seed], recipe: Recipe
    ) -> Iterator[Iterator[tuple[Seed, Prepared]]]:
        """Each seed with what became of it, in the order of ``seeds``, a few read ahead.

        Reading begins when the context is entered; what is still being read when it is left, is
        given up.

        Raises:
            BuildError: (when iterating) the processes cannot be started.
        """
        count = min(self._count, 1 + sum(seed.size for seed in seeds) // _BYTES_A_WORKER)
        pool = ThreadPoolExecutor(max_workers=count, thread_name_prefix="reading")
        reading = _Reading(seeds, lambda seed: pool.submit(self._prepare, seed, recipe))
        try:
            yield reading
        finally:
            if reading.goes_on:  # the build was given up
                pool.shutdown(wait=False, cancel_futures=True)
                for worker in self._all:
                    worker.interrupt()
            pool.shutdown(wait=True)

    def _prepare(self, seed: Seed, recipe: Recipe) -> Prepared:
        worker = self._idle.get()
        try:
            return worker.prepare(seed, recipe)
        finally:
            self._idle.put(worker)


class _Reading:
    """Seeds with what became of each, in order; some are read ahead."""

    def __init__(self, seeds: Sequence[Seed], read: Callable[[Seed], Future[Prepared]]) -> None:
        self._todo = deque(seeds)
        self._read = read
        self._begun: deque[tuple[Seed, Future[Prepared]]] = deque()
        self._ahead_bytes = 0
        self._read_ahead()

    @property
    def goes_on(self) -> bool:
        """Whether files are being read that nobody has asked for yet."""
        return bool(self._begun)

    def __iter__(self) -> _Reading:
        return self

    def __next__(self) -> tuple[Seed, Prepared]:
        if not self._begun:
            raise StopIteration
        seed, future = self._begun.popleft()
        prepared = future.result()
        self._ahead_bytes -= seed.size
        self._read_ahead()
        return seed, prepared

    def _read_ahead(self) -> None:
        while self._todo and (len(self._begun) < _AHEAD or self._ahead_bytes < _AHEAD_BYTES):
            seed = self._todo.popleft()
            self._begun.append((seed, self._read(seed)))
            self._ahead_bytes += seed.size


class _Worker:
    """One process, started anew after it had to be killed."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._process: multiprocessing.process.BaseProcess | None = None
        self._pipe: Connection | None = None

    def prepare(self, seed: Seed, recipe: Recipe) -> Prepared:
        """What the process makes of a seed, or the failure that ended it."""
        if self._process is not None and not self._process.is_alive():
            self.stop()  # it died while it had nothing to do: no fault of this file
        pipe = self._pipe or self._start()
        try:
            pipe.send((seed, recipe))
            if not pipe.poll(self._limits.seconds):
                self.stop()
                return _failed(
                    seed,
                    f"reading it took longer than load_timeout_s = {self._limits.seconds:g}: "
                    "split it or raise the setting",
                )
            prepared: Prepared = pipe.recv()
        except (EOFError, OSError):
            return _failed(seed, self._cause_of_death())
        return prepared

    def interrupt(self) -> None:
        """Let whoever waits for the process wait no longer."""
        if self._process is not None:
            self._process.kill()

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
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(
            target=_serve, args=(theirs, self._limits), name="footnote-reader", daemon=True
        )
        process.start()
        theirs.close()
        self._process, self._pipe = process, ours
        try:
            if ours.poll(_START_S) and ours.recv() == "ready":
                return ours
        except (EOFError, OSError):
            pass
        self.stop()
        raise BuildError("the process that reads files cannot be started: see `footnote doctor`")

    def _cause_of_death(self) -> str:
        process = self._process
        if process is not None:
            process.join(timeout=5.0)
        code = process.exitcode if process is not None else None
        self.stop()
        if code is not None and -code == getattr(signal, "SIGXCPU", 0):
            return f"reading it took longer than load_timeout_s = {self._limits.seconds:g}"
        return (
            f"its parser ended the process that read it (exit {code}): damaged, or more than "
            f"load_memory_mb = {self._limits.memory_mb} needed"
        )


def _failed(seed: Seed, reason: str, *, exceeded: bool = True) -> Prepared:
    return Prepared(failures=(Failure(seed.id, reason),), exceeded=exceeded)


# What follows runs in the worker.


def _serve(pipe: Connection, limits: Limits) -> None:
    """Answer requests until the other side is gone."""
    from index.loaders.language import language_of

    for interrupt in (signal.SIGINT, signal.SIGTERM):
        signal.signal(interrupt, signal.SIG_IGN if interrupt == signal.SIGINT else signal.SIG_DFL)
    sys.dont_write_bytecode = True
    os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    chunker_of = _chunkers()
    # Loaded before they may not write any more.
    chunker_of(256)
    language_of("")
    _limit_memory(limits)
    sys.addaudithook(_refuse)
    pipe.send("ready")
    with suppress(EOFError, OSError):
        while True:
            seed, recipe = pipe.recv()
            _limit_processor_time(limits)
            pipe.send(_prepared(seed, recipe, chunker_of, limits))


def _prepared(
    seed: Seed, recipe: Recipe, chunker_of: Callable[[int], Chunker], limits: Limits
) -> Prepared:
    try:
        return prepare(seed, recipe, chunker_of(recipe.chunk_tokens))
    except MemoryError:
        return _failed(
            seed,
            f"reading it needs more than load_memory_mb = {limits.memory_mb}: "
            "split it or raise the setting",
        )
    except Exception as exc:  # noqa: BLE001 - whatever it is, the others go on and it is named
        reason = f"it cannot be cut into chunks ({type(exc).__name__}: {exc})"[:300]
        return _failed(seed, reason, exceeded=False)


def _chunkers() -> Callable[[int], Chunker]:
    from index.chunking import load_chunker
    from index.tokens import load_tokenizer

    tokenize = load_tokenizer()
    return lru_cache(maxsize=4)(lambda chunk_tokens: load_chunker(chunk_tokens, tokenize))


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
    """Ends a worker whose builder was killed in the middle of a file."""
    if sys.platform == "win32":
        return
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF)
    end = int(used.ru_utime + used.ru_stime + 2 * limits.seconds) + 5
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (end, hard))
