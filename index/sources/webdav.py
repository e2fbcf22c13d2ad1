"""Folders on WebDAV servers (Nextcloud). The only room of webdav4; nothing is written there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath
from urllib.parse import quote

import httpx

from index.errors import SourceError, one_line
from index.sources.settings import WebdavSettings, secret
from index.sources.source import Content, Item, ItemError, Mark, needs

__all__ = ["WebdavSource"]

_FOLDERS = 100_000  # a server may go on for ever


class WebdavSource:
    """The files of a folder of a server."""

    def __init__(self, name: str, settings: WebdavSettings) -> None:
        needs("webdav4", "webdav")
        from webdav4.client import Client, ClientError

        self._errors = (OSError, httpx.HTTPError, httpx.InvalidURL, ClientError, ValueError)
        password = secret(name, "PASSWORD")
        url = httpx.URL(settings.url)

        def only_there(request: httpx.Request) -> None:
            """No redirect takes the password, or this program, to another server."""
            if (request.url.scheme, request.url.netloc) != (url.scheme, url.netloc):
                raise httpx.TooManyRedirects(f"it leads to {request.url.host}", request=request)

        self._client = Client(
            settings.url,
            auth=(settings.user, password) if settings.user else None,
            timeout=settings.timeout_s,
            event_hooks={"request": [only_there]},
        )

    def items(self) -> Iterator[Item]:
        """The files of the folder and those in it; their versions are ETags, or dates."""
        waiting, seen = [""], {""}
        while waiting:
            folder = waiting.pop()
            try:
                found = self._client.ls(quote(folder), allow_listing_resource=False)
            except self._errors as exc:
                raise self._unreachable(exc) from exc
            for about in found:
                name = str(about["name"]).strip("/")
                if PurePosixPath(name).parent != PurePosixPath(folder) or name in seen:
                    continue  # a server may say anything
                if about["type"] == "directory":
                    seen.add(name)
                    waiting.append(name)
                else:
                    size = about["content_length"]
                    tag = about["etag"] or about["modified"] or ""
                    yield Item(name, name, f"{tag} {size}" if tag else "", size)
            if len(seen) > _FOLDERS:
                raise SourceError(f"it has more than {_FOLDERS} folders: name one of them")

    @contextmanager
    def fetch(self, item: Item, mark: Mark) -> Iterator[Content]:  # noqa: ARG002
        """The bytes of a file."""
        http = self._client.http
        url = self._client.join_url(quote(item.key))
        try:
            with http.stream("GET", url, follow_redirects=True) as reply:
                if reply.status_code in (httpx.codes.FORBIDDEN, httpx.codes.NOT_FOUND):
                    raise ItemError(f"the server answers {reply.status_code}")
                reply.raise_for_status()
                yield Content(self._chunks(reply), item.key)
        except self._errors as exc:
            raise self._unreachable(exc) from exc

    def close(self) -> None:
        """End the connection."""
        self._client.http.close()

    def _chunks(self, reply: httpx.Response) -> Iterator[bytes]:
        try:
            yield from reply.iter_bytes()
        except httpx.HTTPError as exc:
            raise self._unreachable(exc) from exc

    def _unreachable(self, exc: Exception) -> SourceError:
        said = one_line(exc) or type(exc).__name__
        return SourceError(f"it cannot be reached ({said}): check url, user and the password")
