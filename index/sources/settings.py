"""The settings of a source: ``[sources.NAME]`` in ``footnote.toml``, one class a kind.

Secrets are no settings: they are read from ``FOOTNOTE_SOURCE_NAME_...`` when they are needed.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, ClassVar, Literal, TypeAlias
from urllib.parse import quote

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

__all__ = [
    "ENVIRONMENT",
    "SOURCE_PREFIX",
    "AnySource",
    "GitSettings",
    "MailSettings",
    "S3Settings",
    "SourceName",
    "SourceSettings",
    "WebSettings",
    "WebdavSettings",
    "secret",
    "secret_in",
    "secret_variables",
    "variable",
]

ENVIRONMENT = threading.Lock()
"""Held while the environment lacks its secrets: a process that reads files is being started."""

SOURCE_PREFIX = "FOOTNOTE_SOURCE_"
"""Variables of the environment that begin so are secrets of sources."""

_SECRETS = frozenset({"key", "secret", "session", "password"})
_URL_CHARACTERS = "%/:?#[]@!$&'()*+,;=~"  # what stays as it is in an address
_CREDENTIALS = re.compile(r"://[^/?#]*:[^/?#]*@")
# Names of folders on every system, and of variables.
SourceName: TypeAlias = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,31}$")]


def _address(*schemes: str) -> AfterValidator:
    """A URL of one of these schemes."""

    def checked(url: str) -> str:
        if not url.startswith(tuple(f"{scheme}://" for scheme in schemes)):
            raise ValueError(f"begins with {' or '.join(f'{s}://' for s in schemes)}")
        return url

    return AfterValidator(checked)


class SourceSettings(BaseModel):
    """What all kinds have: which files are brought, and how much of them."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    secrets: ClassVar[tuple[str, ...]] = ()
    """The last words of the variables that hold its secrets."""

    include: tuple[str, ...] = Field((), description="globs; only what one of them matches")
    exclude: tuple[str, ...] = Field((), description="globs; nothing that one of them matches")
    max_files: int = Field(10_000, ge=1, le=1_000_000, description="files that it may list")
    max_mb: int = Field(10_000, ge=1, le=10_000_000, description="megabytes that a sync fetches")
    max_minutes: float = Field(60, gt=0, le=10_080, description="minutes that a sync may fetch")
    timeout_s: float = Field(30, gt=0, le=3600, description="seconds to wait for an answer")
    every_minutes: float | None = Field(
        None, gt=0, le=525_600, description="minutes from one sync by the server to the next"
    )
    link: Annotated[str, _address("http", "https")] | None = Field(
        None, description="where a browser shows a file; {path} is its path there"
    )

    def url_of(self, key: str) -> str | None:
        """Where a browser shows what has this name there; None where nothing says it.

        >>> WebdavSettings(kind="webdav", url="https://x.org/dav/").url_of("a b/ü.pdf")
        'https://x.org/dav/a%20b/%C3%BC.pdf'
        """
        link = self.link or self._link
        return link.replace("{path}", quote(key)) if link else None

    @property
    def _link(self) -> str | None:
        """``link`` where the settings give none."""
        return None


class S3Settings(SourceSettings):
    """A bucket, or what begins with a prefix there, in any storage that speaks S3."""

    secrets: ClassVar[tuple[str, ...]] = ("KEY", "SECRET", "SESSION")
    kind: Literal["s3"]
    bucket: str = Field(min_length=1, description="the bucket")
    prefix: str = Field("", description="only below this folder of it")
    endpoint: Annotated[str, _address("http", "https")] | None = Field(
        None, description="URL of the storage; that of AWS without"
    )
    region: str | None = Field(None, description="its region")
    anonymous: bool = Field(False, description="a public bucket, asked without a key")

    @property
    def _link(self) -> str:
        place = self.endpoint or "https://s3.amazonaws.com"
        parts = (place.rstrip("/"), self.bucket, quote(self.prefix.strip("/")), "{path}")
        return "/".join(filter(None, parts))


class WebdavSettings(SourceSettings):
    """A folder of Nextcloud or of another WebDAV server."""

    secrets: ClassVar[tuple[str, ...]] = ("PASSWORD",)
    kind: Literal["webdav"]
    url: Annotated[str, _address("http", "https")] = Field(description="URL of the folder")
    user: str = Field("", description="who logs in; nobody without")

    @property
    def _link(self) -> str:
        return f"{self.url.rstrip('/')}/{{path}}"


class MailSettings(SourceSettings):
    """A mailbox, by IMAP; each message is a file."""

    secrets: ClassVar[tuple[str, ...]] = ("PASSWORD",)
    kind: Literal["imap"]
    host: str = Field(min_length=1, description="name of the server")
    port: int | None = Field(None, ge=1, le=65535, description="993 with tls, else 143")
    tls: Literal["tls", "starttls", "none"] = Field("tls", description="how it is encrypted")
    user: str = Field(min_length=1, description="who logs in")
    folders: tuple[str, ...] = Field(
        (), description="folders; without, all but trash, junk, drafts and views of all mail"
    )
    since: date | None = Field(None, description="only messages that came on this day or later")


class GitSettings(SourceSettings):
    """The files of a commit of a git repository."""

    secrets: ClassVar[tuple[str, ...]] = ("PASSWORD",)
    kind: Literal["git"]
    url: Annotated[str, _address("https", "http", "ssh", "git", "file")] = Field(
        description="URL of the repository"
    )
    ref: str = Field(
        "HEAD", pattern=r"^[A-Za-z0-9_][\w./-]*$", description="branch or tag; the default branch"
    )
    path: str = Field("", description="only below this folder of it")
    user: str = Field("", description="who logs in with the password (a token)")


class WebSettings(SourceSettings):
    """The pages that the sitemap of a web site lists."""

    kind: Literal["web"]
    url: Annotated[str, _address("https", "http")] = Field(description="URL of the site")
    sitemap: Annotated[str, _address("https", "http")] | None = Field(
        None, description="URL of the sitemap; those of robots.txt without, then /sitemap.xml"
    )
    max_files: int = Field(1000, ge=1, le=1_000_000, description="pages that it may list")
    max_mb: int = Field(1000, ge=1, le=10_000_000, description="megabytes that a sync fetches")
    delay_s: float = Field(1.0, ge=0, le=600, description="seconds between two requests")
    allow_private: bool = Field(False, description="the site is in a private network")

    def url_of(self, key: str) -> str | None:
        """The page itself.

        >>> page = WebSettings(kind="web", url="https://x.org")
        >>> page.url_of("https://x.org/a?b=<c>"), page.url_of("javascript:alert(1)")
        ('https://x.org/a?b=%3Cc%3E', None)
        """
        is_address = key.startswith(("http://", "https://"))
        return quote(key, safe=_URL_CHARACTERS) if is_address else None


AnySource: TypeAlias = Annotated[
    S3Settings | WebdavSettings | MailSettings | GitSettings | WebSettings,
    Field(discriminator="kind"),
]


def variable(name: str, word: str) -> str:
    """The variable of the environment that holds a secret of a source.

    >>> variable("team-wiki", "PASSWORD")
    'FOOTNOTE_SOURCE_TEAM_WIKI_PASSWORD'
    """
    return f"{SOURCE_PREFIX}{name.replace('-', '_').upper()}_{word}"


def secret(name: str, word: str) -> str:
    """The secret of a source, "" where the environment has none.

    >>> secret("no-such-source", "PASSWORD")
    ''
    """
    with ENVIRONMENT:
        return os.environ.get(variable(name, word), "")


def secret_variables(sources: Mapping[str, SourceSettings]) -> set[str]:
    """The variables that may hold a secret of one of these sources."""
    return {variable(name, word) for name, one in sources.items() for word in one.secrets}


def secret_in(sources: Any) -> str | None:
    """The variable for a secret that stands among settings as they were read; None without one.

    >>> secret_in({"wiki": {"kind": "webdav", "password": "x"}})
    'FOOTNOTE_SOURCE_WIKI_PASSWORD'
    """
    tables = sources.items() if isinstance(sources, dict) else ()
    for name, table in tables:
        for key, value in table.items() if isinstance(table, dict) else ():
            if key in _SECRETS:
                return variable(name, key.upper())
            if isinstance(value, str) and _CREDENTIALS.search(value):
                return variable(name, "PASSWORD")
    return None
