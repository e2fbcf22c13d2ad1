"""A Chroma collection, in a directory or on a server: the only room of chromadb.

In a directory it is written by one build, at a path that is never used again, and only read
afterwards: Chroma's embedded client does not see what another process wrote. On a server the
directory holds the collection's name, which is never used again either; the server's own rights
are not relied on (docs/scaling.md).
"""

from __future__ import annotations

import json
import logging
import secrets
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Protocol, TypeVar
from urllib.parse import urlsplit

import httpx

from index.errors import HomeError, IndexMismatchError, StoreError, one_line
from index.servers import TIMEOUT, ask_patiently
from index.settings import Server
from index.store.files import COLLECTION, writable_copy

__all__ = ["Collection", "open_collection", "remove_collection"]

T = TypeVar("T")

logger = logging.getLogger(__name__)

_NAME = "vectors"  # of the one collection in a directory
# With fewer neighbours, texts that are alike are not all found again (docs/decisions/0008).
_HNSW = {"space": "cosine", "ef_construction": 400, "ef_search": 400, "max_neighbors": 64}
_PORTS = {"http": 80, "https": 443}


class Collection(Protocol):
    """A collection with what its errors mean."""

    def ask(self, call: Callable[[Any], T]) -> T:
        """What ``call`` gives for Chroma's collection.

        Raises:
            IndexMismatchError: it is damaged or gone.
            HomeError: it cannot be written.
            StoreError: its server does not answer.
        """
        ...

    @property
    def largest_batch(self) -> int:
        """How many rows one call may change."""
        ...

    def check(self) -> None:
        """Look whether it can be asked now, without waiting.

        Raises:
            StoreError: its server does not answer.
        """
        ...

    def close(self) -> None:
        """Release it."""
        ...


def open_collection(
    directory: Path, server: Server | None, *, create: bool = False, writable: bool = False
) -> Collection:
    """The collection of ``directory``; a new one is on ``server``, if one is named.

    ``create`` makes one; ``writable`` opens one to change it, in a directory of this build.
    """
    if create:
        return _Served(directory, server, create=True) if server else _Embedded(directory, "create")
    if (directory / COLLECTION).is_file():
        if server is None:
            raise IndexMismatchError(
                f"the vectors of {directory} are on a Chroma server: name it by chroma_url"
            )
        return _Served(directory, server)
    return _Embedded(directory, "write" if writable else "read")


def remove_collection(directory: Path, server: Server | None) -> None:
    """Remove from its server what ``directory`` names there, if it names anything.

    Raises:
        StoreError: the server does not answer.
    """
    if not (directory / COLLECTION).is_file():
        return
    name = _recorded(directory)
    if server is None:
        logger.warning("the collection %s stays on its Chroma server: chroma_url names none", name)
        return
    client = _client(server)
    _mapped(server, lambda: _without(client, name))


class _Embedded:
    """The collection in a directory, opened to "create", "write" or "read"."""

    def __init__(self, directory: Path, mode: str) -> None:
        from chromadb.errors import ChromaError, NotFoundError

        self._copy: tempfile.TemporaryDirectory[str] | None = None
        self._directory = directory
        self._is_written = mode != "read"
        if not self._is_written and not (directory / "chroma.sqlite3").is_file():
            raise IndexMismatchError(f"no vectors in {directory}: run `footnote index --force`")
        try:
            self._open(directory, create=mode == "create")
        except NotFoundError as exc:
            raise _unusable(directory, exc) from exc
        except (ChromaError, ValueError) as exc:
            if self._is_written:
                raise _unwritable(directory, exc) from exc
            try:
                self._copy = writable_copy(directory)
                self._open(Path(self._copy.name))
            except (ChromaError, ValueError, OSError) as again:
                raise _unusable(directory, again) from again

    def _open(self, directory: Path, *, create: bool = False) -> None:
        import chromadb
        from chromadb.config import Settings as ChromaSettings

        settings = ChromaSettings(anonymized_telemetry=False, allow_reset=False)
        # Any: chromadb's stubs ask for narrower types than it takes, and lack Client.close.
        try:
            client: Any = chromadb.PersistentClient(str(directory), settings=settings)
        except Exception:
            _forget_failed_start(str(directory))
            raise
        self._client = client
        if create:
            self._rows = client.create_collection(
                _NAME, embedding_function=None, configuration={"hnsw": _HNSW}
            )
        else:
            self._rows = client.get_collection(_NAME, embedding_function=None)

    @property
    def largest_batch(self) -> int:
        return int(self._client.get_max_batch_size())

    def ask(self, call: Callable[[Any], T]) -> T:
        from chromadb.errors import ChromaError

        try:
            return call(self._rows)
        except ChromaError as exc:
            raise (_unwritable if self._is_written else _unusable)(self._directory, exc) from exc

    def check(self) -> None:
        """A directory is there."""

    def close(self) -> None:
        self._client.close()


class _Served:
    """A collection on a server, which may be started anew meanwhile."""

    def __init__(self, directory: Path, server: Server, *, create: bool = False) -> None:
        self._directory, self._server = directory, server
        if create:
            # Written first: what a build that is killed leaves on the server is known by it.
            directory.mkdir()
            record = {"collection": f"footnote-{directory.parent.name}-{secrets.token_hex(6)}"}
            (directory / COLLECTION).write_text(json.dumps(record), encoding="utf-8")
        name = _recorded(directory)
        self._client = _client(server)
        self._rows = self._mapped(lambda: self._opened(name, create=create))

    def _opened(self, name: str, *, create: bool) -> Any:
        if create:
            return self._client.get_or_create_collection(
                name, embedding_function=None, configuration={"hnsw": _HNSW}
            )
        return self._client.get_collection(name, embedding_function=None)

    @property
    def largest_batch(self) -> int:
        return self._mapped(lambda: int(self._client.get_max_batch_size()))

    def ask(self, call: Callable[[Any], T]) -> T:
        return self._mapped(lambda: call(self._rows))

    def _mapped(self, call: Callable[[], T]) -> T:
        from chromadb.errors import NotFoundError

        try:
            return _mapped(self._server, call)
        except NotFoundError as exc:
            raise _unusable(self._directory, exc) from exc

    def check(self) -> None:
        _mapped(self._server, lambda: _reached(self._server), patience_s=0)

    def close(self) -> None:
        """Its client serves others too."""


def _recorded(directory: Path) -> str:
    """The name of the collection on its server."""
    try:
        return str(json.loads((directory / COLLECTION).read_text(encoding="utf-8"))["collection"])
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise _unusable(directory, exc) from exc


@cache
def _client(server: Server) -> Any:
    """The client of a server, once that answers: one for all collections.

    Each holds connections that its ``close`` forgets (1.5.9).
    """
    import chromadb
    from chromadb.config import Settings as ChromaSettings

    _mapped(server, lambda: _reached(server))
    url = urlsplit(server.url.rstrip("/"))
    client: Any = chromadb.HttpClient(
        host=url.hostname or "",
        port=url.port or _PORTS[url.scheme],
        ssl=url.scheme == "https",
        headers=server.headers,
        settings=ChromaSettings(
            anonymized_telemetry=False, chroma_server_api_default_path=f"{url.path}/api/v2"
        ),
    )
    client._server._session.timeout = TIMEOUT  # it waits for ever, and has no setting for it
    return client


def _reached(server: Server) -> None:
    """Ask whether a server is there and lets us in."""
    url = f"{server.url.rstrip('/')}/api/v2/heartbeat"
    httpx.get(url, headers=server.headers, timeout=TIMEOUT).raise_for_status().json()


def _mapped(server: Server, call: Callable[[], T], *, patience_s: float | None = None) -> T:
    """What ``call`` gives; a server that does not answer is asked again for a while.

    Whatever is asked may be asked twice: rows are added and removed by their numbers.
    """
    try:
        return ask_patiently(call, patience_s=patience_s)
    except Exception as exc:
        from chromadb.errors import NotFoundError

        if isinstance(exc, NotFoundError):
            raise
        reason = one_line(exc) or type(exc).__name__
        raise StoreError(
            f"the Chroma server {server.url} does not do what is asked ({reason}): start it, or "
            "correct chroma_url and FOOTNOTE_CHROMA_TOKEN"
        ) from exc


def _without(client: Any, name: str) -> None:
    from chromadb.errors import NotFoundError

    try:
        client.delete_collection(name)
    except NotFoundError:
        return


def _unwritable(directory: Path, exc: Exception) -> HomeError:
    return HomeError(
        f"cannot write {directory} ({one_line(exc)}): free space or fix permissions; "
        "the published index is unchanged"
    )


def _unusable(directory: Path, exc: Exception) -> IndexMismatchError:
    return IndexMismatchError(
        f"no usable vectors in {directory} ({one_line(exc)}): run `footnote index --force`"
    )


def _forget_failed_start(directory: str) -> None:
    """Chroma gives out again what failed to start; remove this when it does not (1.5.9 does)."""
    from chromadb.api.shared_system_client import SharedSystemClient

    if directory not in SharedSystemClient._identifier_to_refcount:
        SharedSystemClient._identifier_to_system.pop(directory, None)
