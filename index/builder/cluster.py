"""A Ray cluster that reads files and embeds texts for the one writer of a build.

Exactly once, whatever dies: the writer takes each seed once, in order, and a vector is kept by the
content of its text, so a task that Ray runs again changes nothing. A bounded number of files and
texts is on its way. What comes back is validated here, as what a local process answers; the bytes
of files are sent, so a worker may be on any machine.
"""

from __future__ import annotations

import logging
import multiprocessing
import pickle
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import TYPE_CHECKING

import numpy as np

from index.builder.driver import DONE, drive
from index.builder.node import Embedding, Identity, Reading, identity
from index.builder.prepare import Prepared, Recipe, unread
from index.builder.workers import Limits, checked, waited_for
from index.embedding.embedder import vectors_from
from index.embedding.models import EMBEDDING_MODELS
from index.errors import ClusterError, LoadError
from index.listing import read_seed
from index.settings import IndexSettings
from index.types import Seed

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pydantic import TypeAdapter

    from index.embedding.embedder import Embedder, Vectors
    from index.embedding.scale import Scale

__all__ = ["Cluster"]

logger = logging.getLogger(__name__)

# One task: what is repeated when its worker dies.
_FILES = 16
_FILE_BYTES = 250_000
_TEXTS = 16
# On its way: for each processor so many tasks of either kind, and of files at most so many bytes.
_TASKS_A_PROCESSOR = 3
_BYTES = 64_000_000
_WRITTEN_AT_ONCE = 256  # chunks that the writer takes at once
_STARTED_S = 60.0
_STARTS = 3
_ENDED_S = 10.0


class Cluster:
    """What a build gets its documents and vectors from; connected when something is to be done.

    It is the embedder of the build too: ``local`` is asked for what is not embedded there.
    """

    def __init__(self, settings: IndexSettings, local: Callable[[], Embedder]) -> None:
        self._settings = settings
        self._local = local
        self._limits = Limits(settings.load_timeout_s, settings.load_memory_mb)
        self._driver: _Driver | None = None
        self._waiting: Callable[[], None] = lambda: None
        self._held: list[str] = []  # texts that are too few for a task
        self._begun: dict[str, _Row] = {}

    @contextmanager
    def prepare(
        self, seeds: Sequence[Seed], recipe: Recipe, waiting: Callable[[], None]
    ) -> Iterator[Iterator[tuple[Seed, Prepared]]]:
        """Each seed with what became of it, in the order of ``seeds``.

        Reading begins when the context is entered; leaving it gives up what is still to be done.

        Raises:
            ClusterError: (also when iterating) the cluster cannot be reached, or failed.
        """
        self._waiting = waiting
        self._driver = _Driver(self._settings.ray, identity(self._settings))
        try:
            yield self._read(seeds, recipe)
        finally:
            self._driver.stop()
            self._driver = None
            self._held, self._begun = [], {}
            self._waiting = lambda: None

    # What the writer tells of texts that it will ask for.

    @property
    def chunks_ahead(self) -> int:
        """How many chunks are embedded ahead of those that are written."""
        return _WRITTEN_AT_ONCE + _TEXTS * _TASKS_A_PROCESSOR * self._processors

    def begin_to_embed(self, texts: Sequence[str]) -> None:
        """Embed these texts soon: as soon as there are enough for a task."""
        known = {*self._held, *self._begun}
        self._held += [text for text in dict.fromkeys(texts) if text not in known]
        while len(self._held) >= _TEXTS:
            self._send_held()

    # The embedder.

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        packaged = EMBEDDING_MODELS.get(self._settings.embedding)
        return (packaged or self._local()).dimension

    @property
    def scale(self) -> Scale | None:
        """How its cosines are to be read."""
        packaged = EMBEDDING_MODELS.get(self._settings.embedding)
        return (packaged or self._local()).scale

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit rows, one for each text, in order; raises ClusterError."""
        if self._driver is None:
            return self._local().embed(texts)
        self.begin_to_embed(texts)
        while self._held:
            self._send_held()
        rows = [self._begun[text].vector(self._waiting) for text in texts]
        for text in texts:
            self._begun.pop(text, None)
        return np.stack(rows)

    def embed_query(self, query: str) -> Vectors:
        """The unit vector of a text to search with."""
        return self._local().embed_query(query)

    @property
    def _processors(self) -> int:
        return max(2, self._driver.processors if self._driver else 0)

    def _send_held(self) -> None:
        texts, self._held = self._held[:_TEXTS], self._held[_TEXTS:]
        assert self._driver is not None
        answer = self._driver.ask(Embedding(texts))
        batch = _Batch(answer, len(texts), self.dimension)
        self._begun |= {text: _Row(batch, at) for at, text in enumerate(texts)}

    def _read(self, seeds: Sequence[Seed], recipe: Recipe) -> Iterator[tuple[Seed, Prepared]]:
        todo = deque(_tasks(seeds))
        begun: deque[_Task] = deque()
        size = 0
        while todo or begun:
            while todo and len(begun) < _TASKS_A_PROCESSOR * self._processors and size < _BYTES:
                task = self._begun_to_read(todo.popleft(), recipe)
                begun.append(task)
                size += task.size
            task = begun.popleft()
            size -= task.size
            yield from task.outcomes(self._waiting)

    def _begun_to_read(self, seeds: Sequence[Seed], recipe: Recipe) -> _Task:
        gone: dict[str, Prepared] = {}
        found: list[tuple[Seed, bytes]] = []
        for seed in seeds:
            try:
                found.append((seed, read_seed(recipe.folder, seed)))
            except LoadError as exc:
                gone[seed.id] = unread(seed, exc)
        assert self._driver is not None
        answer = self._driver.ask(Reading(found, recipe, self._limits)) if found else None
        return _Task(seeds, gone, answer)


def _tasks(seeds: Sequence[Seed]) -> Iterator[list[Seed]]:
    """Seeds by what one task reads: some small files, or a large one."""
    task: list[Seed] = []
    for seed in seeds:
        size = sum(held.size for held in task)
        if task and (len(task) == _FILES or size + seed.size > _FILE_BYTES):
            yield task
            task = []
        task.append(seed)
    if task:
        yield task


@dataclass(frozen=True, slots=True)
class _Task:
    """Files that are being read; ``gone`` are those whose bytes could not be read here."""

    seeds: Sequence[Seed]
    gone: dict[str, Prepared]
    answer: Future[bytes] | None

    @property
    def size(self) -> int:
        """Bytes that are on their way."""
        return sum(seed.size for seed in self.seeds)

    def outcomes(self, waiting: Callable[[], None]) -> Iterator[tuple[Seed, Prepared]]:
        """Each seed with what became of it, when that is known; raises ClusterError."""
        found = [seed for seed in self.seeds if seed.id not in self.gone]
        outcomes = dict(self.gone)
        if self.answer is not None:
            try:
                read = _answers().validate_json(waited_for(self.answer, waiting))
                pairs = zip(found, read, strict=True)
                outcomes |= {seed.id: checked(prepared, seed) for seed, prepared in pairs}
            except ValueError as exc:
                raise ClusterError(f"a worker of the cluster answered nonsense: {exc}") from exc
        yield from ((seed, outcomes[seed.id]) for seed in self.seeds)


@lru_cache(maxsize=1)
def _answers() -> TypeAdapter[list[Prepared]]:
    from pydantic import TypeAdapter

    return TypeAdapter(list[Prepared])


@dataclass(slots=True)
class _Batch:
    """Texts that are being embedded by one task."""

    answer: Future[bytes]
    texts: int
    dimension: int
    rows: NDArray[np.float32] | None = None

    def vectors(self, waiting: Callable[[], None]) -> NDArray[np.float32]:
        """Their rows, when they are known; raises ClusterError."""
        if self.rows is None:
            data = waited_for(self.answer, waiting)
            try:
                self.rows = vectors_from(data, self.texts, self.dimension)
            except ValueError as exc:
                raise ClusterError(f"a worker of the cluster answered {exc}") from exc
        return self.rows


@dataclass(frozen=True, slots=True)
class _Row:
    """A text of a batch."""

    batch: _Batch
    at: int

    def vector(self, waiting: Callable[[], None]) -> NDArray[np.float32]:
        row: NDArray[np.float32] = self.batch.vectors(waiting)[self.at]
        return row


class _Driver:
    """The process that speaks with the cluster; started when first asked, and anew when it dies."""

    def __init__(self, address: str, wanted: Identity) -> None:
        self._address = address
        self._wanted = wanted
        self.processors = 0
        self._thread = threading.Thread(target=self._run, name="cluster", daemon=True)
        self._changing = threading.Lock()  # of what follows
        self._process: SpawnProcess | None = None
        self._requests: Connection | None = None  # while it is connected
        self._unanswered: dict[int, tuple[bytes, Future[bytes]]] = {}
        self._asked = 0
        self._stopped = False
        self._error: ClusterError | None = None

    def ask(self, request: Reading | Embedding) -> Future[bytes]:
        """The answer of a worker, when it comes; its error is a ClusterError."""
        data = pickle.dumps(request)
        answer: Future[bytes] = Future()
        with self._changing:
            if self._error is not None:
                raise self._error
            self._asked += 1
            self._unanswered[self._asked] = (data, answer)
            if self._requests is not None:
                with suppress(OSError):  # it has died: the next one is asked
                    self._requests.send((self._asked, data))
        if self._thread.ident is None:
            self._thread.start()
        return answer

    def stop(self) -> None:
        """Give up what was not answered."""
        with self._changing:
            self._stopped = True
            if self._requests is not None:
                self._requests.close()  # so it ends by itself, and tells the cluster
                self._requests = None
            elif self._process is not None:
                self._process.kill()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        try:
            for _ in range(_STARTS):
                self._pass_on()
                if self._stopped:
                    return
                logger.warning("the connection to the Ray cluster at %s was lost", self._address)
            raise ClusterError(f"the connection to the Ray cluster at {self._address} was lost")
        except ClusterError as exc:
            with self._changing:
                self._error, unanswered, self._unanswered = exc, self._unanswered, {}
            for _, answer in unanswered.values():
                answer.set_exception(exc)

    def _pass_on(self) -> None:
        """Start the process, ask it and take its answers until it ends; raises ClusterError."""
        context = multiprocessing.get_context("spawn")
        (asked, requests), (answers, told) = context.Pipe(duplex=False), context.Pipe(duplex=False)
        process = context.Process(
            target=drive,
            args=(asked, told, self._address, self._wanted),
            name="footnote-driver",
            daemon=True,
        )
        with self._changing:
            if self._stopped:
                return
            process.start()
            self._process = process
        asked.close()
        told.close()
        try:
            if not answers.poll(_STARTED_S):
                raise ClusterError(
                    f"the Ray cluster at {self._address} does not answer within {_STARTED_S:g} s"
                )
            self._take(answers.recv_bytes())
            with self._changing:
                if self._stopped:
                    return
                self._requests = requests
                for number, (data, _) in self._unanswered.items():
                    requests.send((number, data))
            while True:
                self._take(answers.recv_bytes())
        except (EOFError, OSError):
            pass
        finally:
            with self._changing:
                self._requests = self._process = None
                requests.close()
            process.join(timeout=_ENDED_S)
            process.kill()
            process.join()
            process.close()
            answers.close()

    def _take(self, told: bytes) -> None:
        number, _, text = told.partition(b"\n")
        error = None if text[:1] == DONE else ClusterError(text[1:].decode())
        if number == b"0":
            if error:
                raise error
            self.processors = int(text[1:])
            return
        with self._changing:
            _, answer = self._unanswered.pop(int(number))
        if error:
            answer.set_exception(error)
        else:
            answer.set_result(text[1:])
