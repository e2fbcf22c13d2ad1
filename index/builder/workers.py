"""Worker processes that read files, several at a time.

Parsers of office formats are large and meet hostile bytes, so each file is read in a process with
limits (:mod:`index.builder.sandbox`). What happens to it happens to one file, which is then
reported; the others go on.
"""

from __future__ import annotations

import queue
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from functools import lru_cache, partial
from types import TracebackType
from typing import TYPE_CHECKING, TypeVar

import orjson

from index.builder.prepare import Prepared, Recipe, prepare
from index.builder.sandbox import LimitedProcess, Limits
from index.embedding.models import DEFAULT_EMBEDDING
from index.listing import Failure
from index.loaders.conversions import conversion_of
from index.processors import available_processors
from index.types import Seed

if TYPE_CHECKING:
    from pydantic import TypeAdapter

    from index.builder.conversion import Converter
    from index.chunking import Chunker

__all__ = ["Limits", "Workers", "checked", "waited_for"]

T = TypeVar("T")

# Files that are read while others are embedded: so many, and more while they are small.
_AHEAD = 16
_AHEAD_BYTES = 1_000_000
# A second process is started for more than this.
_BYTES_A_WORKER = 250_000
_WAITING_S = 0.5

_Request = tuple[Seed, Recipe, Mapping[str, bytes | str] | None, bytes | None]


class Workers:
    """A few processes that prepare seeds; started when they are first needed.

    Chunks are counted in the tokens of the model ``embedding``.

    Use it as a context manager: leaving it ends the processes.
    """

    def __init__(
        self, limits: Limits, count: int | None = None, *, embedding: str = DEFAULT_EMBEDDING
    ) -> None:
        self._count = count or available_processors()
        self._limits = limits
        self._idle: queue.LifoQueue[_Worker] = queue.LifoQueue()  # a running one first
        self._all = [_Worker(limits, embedding) for _ in range(self._count)]
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
        self, seeds: Sequence[Seed], recipe: Recipe, waiting: Callable[[], None] = lambda: None
    ) -> Iterator[Iterator[tuple[Seed, Prepared]]]:
        """Each seed with what became of it, in the order of ``seeds``, a few read ahead.

        Reading begins when the context is entered; what is still being read when it is left, is
        given up. ``waiting`` is called now and then while a file is waited for.

        Raises:
            BuildError: (when iterating) the processes cannot be started.
        """
        count = min(self._count, 1 + sum(seed.size for seed in seeds) // _BYTES_A_WORKER)
        pool = ThreadPoolExecutor(max_workers=count, thread_name_prefix="reading")
        converter = self._converter(recipe)
        reading = _Reading(
            seeds, lambda seed: pool.submit(self._prepare, seed, recipe, converter), waiting
        )
        try:
            yield reading
        finally:
            given_up = self._all if reading.goes_on else ()
            if given_up:
                pool.shutdown(wait=False, cancel_futures=True)
            if converter is not None:
                converter.stop()
            while given_up and reading.goes_on:  # again: a process may just be starting
                for worker in given_up:
                    worker.interrupt()
                time.sleep(0.05)
            pool.shutdown(wait=True)
            for worker in given_up:
                worker.stop()  # so that the next build meets none that is about to end

    def _converter(self, recipe: Recipe) -> Converter | None:
        if recipe.soffice is None:
            return None
        from index.builder.conversion import Converter

        return Converter(recipe.soffice, self._limits)

    def read(self, seed: Seed, recipe: Recipe, data: bytes) -> Prepared:
        """What becomes of a seed of these bytes.

        Raises:
            BuildError: the process cannot be started.
        """
        return self._prepare(seed, recipe, self._converter(recipe), data)

    def _prepare(
        self,
        seed: Seed,
        recipe: Recipe,
        converter: Converter | None,
        data: bytes | None = None,
    ) -> Prepared:
        worker = self._idle.get()
        try:
            if converter is None:
                return worker.prepare(seed, recipe, None, data)
            prepared = worker.prepare(seed, recipe, {}, data)
            if prepared.unconverted:
                made = converter.convert(prepared.unconverted)
                prepared = worker.prepare(seed, recipe, made, data)
            return prepared
        finally:
            self._idle.put(worker)


class _Reading:
    """Seeds with what became of each, in order; some are read ahead."""

    def __init__(
        self,
        seeds: Sequence[Seed],
        read: Callable[[Seed], Future[Prepared]],
        waiting: Callable[[], None],
    ) -> None:
        self._todo = deque(seeds)
        self._read = read
        self._waiting = waiting
        self._begun: deque[tuple[Seed, Future[Prepared]]] = deque()
        self._ahead_bytes = 0
        self._read_ahead()

    @property
    def goes_on(self) -> bool:
        """Whether files are being read that nobody has asked for yet."""
        return not all(future.done() for _, future in self._begun)

    def __iter__(self) -> _Reading:
        return self

    def __next__(self) -> tuple[Seed, Prepared]:
        if not self._begun:
            raise StopIteration
        seed, future = self._begun[0]
        prepared = waited_for(future, self._waiting)
        self._begun.popleft()
        self._ahead_bytes -= seed.size
        self._read_ahead()
        return seed, prepared

    def _read_ahead(self) -> None:
        while self._todo and (len(self._begun) < _AHEAD or self._ahead_bytes < _AHEAD_BYTES):
            seed = self._todo.popleft()
            self._begun.append((seed, self._read(seed)))
            self._ahead_bytes += seed.size


def waited_for(future: Future[T], waiting: Callable[[], None]) -> T:
    """The result of ``future``; ``waiting`` is called every half second, and may raise."""
    while not wait([future], timeout=_WAITING_S).done:
        waiting()
    return future.result()


class _Worker:
    """One process that prepares seeds."""

    def __init__(self, limits: Limits, embedding: str) -> None:
        self._limits = limits
        preparing = partial(_preparing, limits, embedding)
        self._process = LimitedProcess(limits, preparing, forked_from="index.builder.preloaded")
        self.interrupt = self._process.interrupt
        self.stop = self._process.stop

    def prepare(
        self,
        seed: Seed,
        recipe: Recipe,
        conversions: Mapping[str, bytes | str] | None,
        data: bytes | None,
    ) -> Prepared:
        """What the process makes of a seed, or the failure that ended it."""
        try:
            answer = self._process.ask((seed, recipe, conversions, data))
            return _decoded(answer, seed, conversions)
        except TimeoutError:
            return _failed(
                seed,
                f"reading it took longer than load_timeout_s = {self._limits.seconds:g}: "
                "split it or raise the setting",
            )
        except ChildProcessError as exc:
            return _failed(
                seed,
                f"its parser ended the process that read it (exit {exc}): damaged, or more than "
                f"load_memory_mb = {self._limits.memory_mb} needed",
            )
        except ValueError:
            self.stop()
            return _failed(seed, "its parser answered with something else than its text: damaged")


def _decoded(
    answer: bytes, seed: Seed, conversions: Mapping[str, bytes | str] | None = None
) -> Prepared:
    """The answer of a process that was asked with these conversions.

    Raises:
        ValueError: it is none (:func:`checked`).
    """
    return checked(_answers().validate_json(answer), seed, conversions)


def checked(
    prepared: Prepared, seed: Seed, conversions: Mapping[str, bytes | str] | None = None
) -> Prepared:
    """The answer to the question what became of this seed, with these conversions.

    Raises:
        ValueError: it speaks of another file, or asks for what it has or cannot have.
    """
    names = [item.document.id for item in prepared.documents]
    if any(name != seed.id and not name.startswith(f"{seed.id}/") for name in names):
        raise ValueError(f"an answer about {names}, not about {seed.id}")
    if prepared.unconverted and (
        conversions != {} or not all(conversion_of(one.ending) for one in prepared.unconverted)
    ):
        raise ValueError("an answer that asks for conversions which are not to be had")
    return prepared


@lru_cache(maxsize=1)
def _answers() -> TypeAdapter[Prepared]:
    """What reads answers; making it takes some time."""
    from pydantic import TypeAdapter

    return TypeAdapter(Prepared)


def _failed(seed: Seed, reason: str, *, exceeded: bool = True) -> Prepared:
    return Prepared(failures=(Failure(seed.id, reason),), exceeded=exceeded)


# What follows runs in the worker.


def _preparing(limits: Limits, embedding: str) -> Callable[[_Request], bytes]:
    """What prepares seeds; its parts are loaded before they may not write any more."""
    from index.chunking import load_chunker
    from index.embedding.embedder import load_model_tokenizer
    from index.text.language import language_of

    tokenize = load_model_tokenizer(embedding)
    chunker_of = lru_cache(maxsize=4)(lambda chunk_tokens: load_chunker(chunk_tokens, tokenize))
    language_of("")
    return lambda request: _encoded(_prepared(*request, chunker_of, limits), request[0])


def _encoded(prepared: Prepared, seed: Seed) -> bytes:
    try:
        return orjson.dumps(prepared)
    except orjson.JSONEncodeError as exc:  # half a surrogate pair
        return orjson.dumps(_failed(seed, f"it holds what is no text ({exc})", exceeded=False))


def _prepared(
    seed: Seed,
    recipe: Recipe,
    conversions: Mapping[str, bytes | str] | None,
    data: bytes | None,
    chunker_of: Callable[[int], Chunker],
    limits: Limits,
) -> Prepared:
    try:
        return prepare(seed, recipe, chunker_of(recipe.chunk_tokens), conversions, data)
    except MemoryError:
        return _failed(
            seed,
            f"reading it needs more than load_memory_mb = {limits.memory_mb}: "
            "split it or raise the setting",
        )
    except Exception as exc:  # noqa: BLE001 - whatever it is, the others go on and it is named
        reason = f"it cannot be cut into chunks ({type(exc).__name__}: {exc})"[:300]
        return _failed(seed, reason, exceeded=False)
