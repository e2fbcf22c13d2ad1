"""A language model in this process: a GGUF file run by llama.cpp (xllamacpp).

Loaded when it is first asked, once. Its pieces come from a thread of llama.cpp's caller; when the
reader of the answer stops, the model stops at its next token. llama.cpp's server always
listens somewhere: here on a socket file in a private folder, which is removed at once, so
nothing outside this process can ask it.
"""

from __future__ import annotations

import importlib.util
import queue
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from index.processors import available_processors
from rag.errors import GeneratorError
from rag.llm.packaged import PACKAGED_MODEL, is_packaged_model, packaged_path
from rag.llm.server import too_long, took_too_long
from rag.settings import Settings

__all__ = ["LocalModel"]

_REMEDY = "run `make local-llm`, or set llm_path to a GGUF file"
_PROMPT_TOKENS = 2048  # beside the evidence: the rules, the longest question, the template


class LocalModel:
    """A GGUF file, by default the one that ``make local-llm`` puts into the home."""

    def __init__(self, settings: Settings) -> None:
        self._path = settings.llm_path or packaged_path(settings.home)
        if not self._path.is_file():
            raise GeneratorError(f"generator = local, but there is no {self._path}: {_REMEDY}")
        if importlib.util.find_spec("xllamacpp") is None:
            raise GeneratorError("generator = local needs xllamacpp: run `make local-llm`")
        self._settings = settings
        self._loading = threading.Lock()
        self._writing = threading.Lock()  # it writes one answer at a time
        self._server: Any = None
        self.name = f"local:{self._path.stem}"

    def stream(self, system: str, user: str) -> Iterator[str]:
        """See :class:`rag.llm.server.LanguageModel`."""
        request = {
            "messages": [
                {"role": "system", "content": system},
                {"role": "user", "content": user},
            ],
            "temperature": 0.0,
            "max_tokens": self._settings.llm_answer_tokens,
            "stream": True,
        }
        ended: str | None = None
        server = self._loaded()
        limit = self._settings.llm_answer_timeout_s
        until = time.monotonic() + limit
        if not self._writing.acquire(timeout=limit):
            raise took_too_long(limit)
        try:
            for chunk in self._chunks(server, request):
                if "error" in chunk:
                    raise GeneratorError(f"the language model failed ({chunk['error']['message']})")
                if time.monotonic() > until:
                    raise took_too_long(limit)
                for choice in chunk["choices"]:
                    yield choice["delta"].get("content") or ""
                    ended = choice["finish_reason"] or ended
        finally:
            self._writing.release()
        if ended is None:
            raise GeneratorError("the language model broke off")
        if ended == "length":
            raise too_long(self._settings.llm_answer_tokens)

    def _chunks(self, server: Any, request: dict[str, Any]) -> Iterator[dict[str, Any]]:
        chunks: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        left = threading.Event()

        def take(chunk: dict[str, Any]) -> bool:
            chunks.put(chunk)
            return left.is_set()

        def ask() -> None:
            try:
                server.handle_chat_completions(request, take)
            finally:
                chunks.put(None)

        # Not a daemon: llama.cpp aborts the process when Python ends while it writes.
        threading.Thread(target=ask, name="language-model").start()
        try:
            while (chunk := chunks.get(timeout=self._settings.llm_timeout_s)) is not None:
                yield chunk
        except queue.Empty:
            limit = f"{self._settings.llm_timeout_s:g} s"
            raise GeneratorError(
                f"the language model wrote nothing for {limit}: raise llm_timeout_s"
            ) from None
        finally:
            left.set()

    def _loaded(self) -> Any:
        with self._loading:
            if self._server is None:
                self._server = self._load()
            return self._server

    def _load(self) -> Any:
        if self._settings.llm_path is None and not is_packaged_model(self._path):
            raise GeneratorError(f"{self._path} is not the pinned {PACKAGED_MODEL}: {_REMEDY}")
        import xllamacpp

        settings = self._settings
        with tempfile.TemporaryDirectory(prefix="footnote-") as private:
            params = xllamacpp.CommonParams()
            params.model.path = str(self._path)
            params.n_ctx = (
                _PROMPT_TOKENS + 2 * settings.llm_evidence_tokens + settings.llm_answer_tokens
            )
            params.n_parallel = 1
            params.cpuparams.n_threads = available_processors()
            params.hostnames = [str(Path(private) / "llama.sock")]
            params.verbosity = -1
            try:
                return xllamacpp.Server(params)
            except RuntimeError as exc:
                raise GeneratorError(
                    f"{self._path} cannot be loaded as a language model: {_REMEDY}"
                ) from exc
