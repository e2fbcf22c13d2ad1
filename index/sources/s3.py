"""Objects in S3-compatible storage. The only room of s3fs; nothing is written there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from index.errors import SourceError, one_line
from index.sources.settings import S3Settings, secret, variable
from index.sources.source import Content, Item, ItemError, Mark, needs

__all__ = ["S3Source"]

_CHUNK = 1_000_000


class S3Source:
    """The objects of a bucket."""

    def __init__(self, name: str, settings: S3Settings) -> None:
        needs("s3fs", "s3")
        import s3fs
        from aiohttp import ClientError as HttpError
        from botocore.exceptions import BotoCoreError, ClientError

        key, word, session = (secret(name, part) for part in settings.secrets)
        if not settings.anonymous and not (key and word):
            raise SourceError(
                f"it has no key: set {variable(name, 'KEY')} and {variable(name, 'SECRET')}, or "
                "anonymous = true for a public bucket"
            )
        self._errors = (OSError, BotoCoreError, ClientError, HttpError, ValueError)
        self._root = "/".join(filter(None, (settings.bucket, settings.prefix.strip("/"))))
        timeouts = dict.fromkeys(("connect_timeout", "read_timeout"), settings.timeout_s)
        self._system = s3fs.S3FileSystem(
            anon=settings.anonymous,
            key=key or None,
            secret=word or None,
            token=session or None,
            endpoint_url=settings.endpoint,
            client_kwargs={"region_name": settings.region} if settings.region else {},
            config_kwargs=timeouts | {"retries": {"max_attempts": 2}},
            skip_instance_cache=True,
            use_listings_cache=False,
        )

    def items(self) -> Iterator[Item]:
        """The objects below the prefix; their versions are ETags."""
        try:
            found = self._system.find(self._root, detail=True)
        except self._errors as exc:
            raise self._unreachable(exc) from exc
        for name, about in found.items():
            root, _, key = name.partition(f"{self._root}/")
            if about.get("type") == "file" and not root and key and not key.endswith("/"):
                tag, size = str(about.get("ETag", "")).strip('"'), about.get("size")
                yield Item(key, key, f"{tag} {size}", size)

    @contextmanager
    def fetch(self, item: Item, mark: Mark) -> Iterator[Content]:  # noqa: ARG002
        """The bytes of an object."""
        try:
            with self._system.open(f"{self._root}/{item.key}", "rb") as file:
                yield Content(self._chunks(file), item.key)
        except (FileNotFoundError, PermissionError, IsADirectoryError) as exc:
            raise ItemError(f"it cannot be fetched ({one_line(exc)})") from exc
        except self._errors as exc:
            raise self._unreachable(exc) from exc

    def close(self) -> None:
        """Nothing is held."""

    def _chunks(self, file: Any) -> Iterator[bytes]:
        try:
            while data := file.read(_CHUNK):
                yield data
        except self._errors as exc:
            raise self._unreachable(exc) from exc

    def _unreachable(self, exc: Exception) -> SourceError:
        said = one_line(exc) or type(exc).__name__
        return SourceError(
            f"it cannot be reached ({said}): check bucket, endpoint, region and the key"
        )
