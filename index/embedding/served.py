"""Models in the processes of a model service (`footnote models`), which several servers share.

Requests are JSON, vectors come back as float32 one after the other (docs/scaling.md). A request
names the model that it wants by what it makes (:func:`index.embedding.models.vectors_name`); a
service that has another one refuses. What comes back is validated here. A service that is started
anew is waited for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TypeVar

import httpx
import numpy as np
import orjson
from numpy.typing import NDArray

from index.embedding.embedder import Vectors, vectors_from
from index.embedding.models import EMBEDDING_MODELS, vectors_name
from index.embedding.scale import Scale
from index.errors import ModelServiceError, one_line
from index.servers import TIMEOUT, ask_patiently
from index.settings import Server

__all__ = ["MOST_TEXTS", "ModelService", "ServedEmbedder"]

T = TypeVar("T")

MOST_TEXTS = 32
"""Texts, or passages, that one request may have."""


class ModelService:
    """The connection to a model service; safe to share between threads."""

    def __init__(self, server: Server) -> None:
        self.url = server.url.rstrip("/")
        headers = server.headers | {"Content-Type": "application/json"}
        self._client = httpx.Client(base_url=self.url, headers=headers, timeout=TIMEOUT)

    def ask(
        self,
        route: str,
        request: Mapping[str, object],
        parse: Callable[[bytes], T],
        *,
        patience_s: float | None = None,
    ) -> T:
        """What ``parse`` makes of the answer; it raises ValueError where that is none.

        Raises:
            ModelServiceError: the service does not answer, or refuses.
        """
        body = orjson.dumps(request)
        try:
            reply = ask_patiently(
                lambda: self._client.post(route, content=body), patience_s=patience_s
            )
            if reply.status_code != httpx.codes.OK:
                raise ValueError(_reason(reply))
            return parse(reply.content)
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as exc:
            raise ModelServiceError(
                f"the model service {self.url} does not do what is asked "
                f"({one_line(exc) or type(exc).__name__}): start it, or correct models_url and "
                "FOOTNOTE_MODELS_TOKEN"
            ) from exc

    def close(self) -> None:
        """Let the connections go."""
        self._client.close()

    def check(self, models: Sequence[str]) -> None:
        """Look whether it can be asked now and has these models, without waiting.

        Raises:
            ModelServiceError: it does not answer, or has others.
        """
        self.ask("/check", {"models": models}, bool, patience_s=0)


class ServedEmbedder:
    """An embedding model of a model service."""

    def __init__(self, name: str, service: ModelService) -> None:
        self.name = name
        self._service = service
        self._packaged = EMBEDDING_MODELS.get(name)
        self._model = vectors_name(name)

    @cached_property
    def dimension(self) -> int:
        """Length of a vector."""
        if self._packaged:
            return self._packaged.dimension
        return self._asked("query", ["a probe"], lambda data: len(data) // 4)

    @property
    def scale(self) -> Scale | None:
        """How its cosines are to be read, where that is known before anything is indexed."""
        return self._packaged.scale if self._packaged else None

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit rows, one for each text to be found, in order; raises ModelServiceError."""
        parts = [texts[at : at + MOST_TEXTS] for at in range(0, len(texts), MOST_TEXTS)]
        rows = [self._vectors("passage", part) for part in parts]
        return np.concatenate([np.zeros((0, self.dimension), np.float32), *rows])

    def embed_query(self, query: str) -> Vectors:
        """The unit vector of a text to search with; raises ModelServiceError."""
        vector: NDArray[np.float32] = self._vectors("query", [query])[0]
        return vector

    def _vectors(self, kind: str, texts: Sequence[str]) -> Vectors:
        dimension = self.dimension
        return self._asked(kind, texts, lambda data: vectors_from(data, len(texts), dimension))

    def _asked(self, kind: str, texts: Sequence[str], parse: Callable[[bytes], T]) -> T:
        request = {"model": self._model, "kind": kind, "texts": texts}
        return self._service.ask("/embed", request, parse)


def _reason(reply: httpx.Response) -> str:
    """Why a service refuses, in its own words where it is one of ours."""
    try:
        return str(reply.json()["error"])
    except (ValueError, KeyError, TypeError):
        return f"{reply.status_code} {reply.reason_phrase}"
