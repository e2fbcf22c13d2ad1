"""The processes of a model service, one a processor, each with the models; what each is given.

A process answers one request after the other: the vector of a text, or what the reader says of a
passage, with the code of a server that has its models itself, so the answers are the same to the
bit. Nothing is batched: a text's activations are quantised by their range in this text, so texts
that are run together change each other. A process that died is started anew and asked once more.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from zlib import crc32

import orjson

from index.embedding.models import vectors_name
from index.errors import ModelError, ModelServiceError
from rag.intents import MODEL
from rag.reader import Passage, load_reader

__all__ = ["ModelProcesses", "models_of"]

_STARTED_S = 120.0
_READY, _FAILED = b"+", b"-"
# Of one request, for each process: the requests of others come between the rest.
_AT_ONCE = 2
# So many more may wait where a passage was read before; then another process reads it anew.
_MORE = 1


def models_of(embedding: str) -> dict[str, str]:
    """The embedding models of a service, by what names their vectors.

    It is the one of the settings, and the one that tells what a message is; raises ModelError.
    """
    return {vectors_name(name): name for name in (embedding, MODEL)}


class ModelProcesses:
    """So many processes; a request goes where the fewest wait.

    What a process makes of a passage is kept there (:mod:`rag.reader`), so a passage goes to the
    same one again, unless more wait there.
    """

    def __init__(self, count: int, embedding: str) -> None:
        self._processes = [_ModelProcess(embedding) for _ in range(count)]

    def start(self) -> None:
        """Start all and wait for their models; raises ModelError."""
        with ThreadPoolExecutor(len(self._processes)) as pool:
            list(pool.map(_ModelProcess.start, self._processes))

    def stop(self) -> None:
        """End all."""
        for process in self._processes:
            process.stop()

    async def vectors(self, model: str, kind: str, texts: Sequence[str]) -> bytes:
        """The rows of the texts, float32; raises ModelServiceError."""
        requests = [orjson.dumps({"model": model, "kind": kind, "text": text}) for text in texts]
        return b"".join(await self._answers([(request, None) for request in requests]))

    async def reads(self, question: str, passages: Sequence[Passage]) -> bytes:
        """What is said of each sentence of each passage, as JSON; raises ModelServiceError."""
        requests = [
            (orjson.dumps({"question": question, "passage": passage}), crc32(orjson.dumps(passage)))
            for passage in passages
        ]
        return b"[" + b",".join(await self._answers(requests)) + b"]"

    async def _answers(self, requests: Sequence[tuple[bytes, int | None]]) -> list[bytes]:
        """The answers in order; a number is that of the passage that is read."""
        turns = asyncio.Semaphore(_AT_ONCE * len(self._processes))

        async def answered(request: bytes, passage: int | None) -> bytes:
            async with turns:
                return await self._process_for(passage).ask(request)

        return await asyncio.gather(*(answered(*request) for request in requests))

    def _process_for(self, passage: int | None) -> _ModelProcess:
        least = min(self._processes, key=lambda process: process.waiting)
        if passage is None:
            return least
        own = self._processes[passage % len(self._processes)]
        return own if own.waiting <= least.waiting + _MORE else least


class _ModelProcess:
    """One process, which answers in turn; started anew when it has died."""

    def __init__(self, embedding: str) -> None:
        self._embedding = embedding
        self._thread = ThreadPoolExecutor(1)
        self._process: SpawnProcess | None = None
        self._pipe: Connection | None = None
        self.waiting = 0
        """Requests that it has, with the one that it answers."""

    async def ask(self, request: bytes) -> bytes:
        """The answer to a request; raises ModelServiceError."""
        self.waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(
                self._thread, self._ask, request
            )
        finally:
            self.waiting -= 1

    def _ask(self, request: bytes) -> bytes:
        for _ in range(2):
            pipe = self._pipe or self.start()
            try:
                pipe.send_bytes(request)
                return pipe.recv_bytes()
            except (EOFError, OSError):
                self._end()
        raise ModelServiceError("two processes ended over the same request: see its log")

    def start(self) -> Connection:
        """Start it and wait for its models; raises ModelError."""
        context = multiprocessing.get_context("spawn")
        pipe, other = context.Pipe()
        process = context.Process(target=_answer, args=(other, self._embedding), daemon=True)
        process.start()
        other.close()
        self._process, self._pipe = process, pipe
        state = b""
        with suppress(EOFError, OSError):
            state = pipe.recv_bytes() if pipe.poll(_STARTED_S) else b""
        if state != _READY:
            self._end()
            reason = state.removeprefix(_FAILED).decode()
            raise ModelError(reason or "a process of the model service does not start")
        return pipe

    def stop(self) -> None:
        """End it, and what waits for it."""
        self._thread.shutdown(cancel_futures=True)
        self._end()

    def _end(self) -> None:
        if self._pipe is not None:
            self._pipe.close()  # it ends by itself then, unless something is wrong with it
        if self._process is not None:
            self._process.kill()
            self._process.join()
        self._process = self._pipe = None


def _answer(pipe: Connection, embedding: str) -> None:
    """Be such a process: load the models, answer until nobody asks any more."""
    for ended in (signal.SIGINT, signal.SIGTERM):  # the service ends when its answers are whole
        signal.signal(ended, signal.SIG_IGN)
    os.environ["OMP_NUM_THREADS"] = "1"
    from index.embedding.embedder import load_embedder

    try:
        embedders = {
            model: load_embedder(name, threads=1) for model, name in models_of(embedding).items()
        }
        reader = load_reader(threads=1)
    except ModelError as exc:
        pipe.send_bytes(_FAILED + str(exc).encode())
        return
    pipe.send_bytes(_READY)
    with suppress(EOFError, OSError):
        while True:
            request = orjson.loads(pipe.recv_bytes())
            if "passage" in request:
                passage = Passage(**request["passage"])
                (read,) = reader.read(request["question"], [passage])
                pipe.send_bytes(orjson.dumps(read))
                continue
            embedder, text = embedders[request["model"]], request["text"]
            is_query = request["kind"] == "query"
            row = embedder.embed_query(text) if is_query else embedder.embed([text])[0]
            pipe.send_bytes(row.astype("<f4").tobytes())
