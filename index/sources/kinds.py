"""The kinds of sources: which class reads which settings."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from index.errors import SourceError
from index.settings import IndexSettings
from index.sources.settings import (
    GitSettings,
    MailSettings,
    S3Settings,
    WebdavSettings,
)
from index.sources.source import Source
from index.store.home import Home

__all__ = ["open_source"]


@contextmanager
def open_source(name: str, settings: IndexSettings) -> Iterator[Source]:
    """The source of that name, until it is closed.

    Raises:
        SourceError: there is none, it lacks a secret, or what its kind needs is not installed.
    """
    if name not in settings.sources:
        known = ", ".join(sorted(settings.sources)) or "none"
        raise SourceError(
            f"no source {name!r} in footnote.toml (there are: {known}); see docs/sources.md"
        )
    source = _made(name, settings)
    try:
        yield source
    finally:
        source.close()


def _made(name: str, settings: IndexSettings) -> Source:
    chosen = settings.sources[name]
    if isinstance(chosen, GitSettings):
        from index.sources.git import GitSource

        return GitSource(name, chosen, Home(settings.home).sources_path)
    if isinstance(chosen, MailSettings):
        from index.sources.mail import MailSource

        return MailSource(name, chosen)
    if isinstance(chosen, S3Settings):
        from index.sources.s3 import S3Source

        return S3Source(name, chosen)
    if isinstance(chosen, WebdavSettings):
        from index.sources.webdav import WebdavSource

        return WebdavSource(name, chosen)
    from index.sources.web import WebSource

    return WebSource(chosen)
