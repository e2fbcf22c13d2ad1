"""Mailboxes by IMAP: each message is a file ``FOLDER/UID.eml``, and stays unread there.

The only room of imapclient.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from index.errors import SourceError, one_line
from index.sources.settings import MailSettings, secret
from index.sources.source import Content, Item, ItemError, Mark, needs

if TYPE_CHECKING:
    from imapclient import IMAPClient

__all__ = ["MailSource"]

# Roles that a server gives to folders (RFC 6154), and what cannot be opened.
_NO_FOLDER = {b"\\noselect", b"\\nonexistent"}
_NO_DOCUMENTS = {b"\\all", b"\\junk", b"\\trash", b"\\drafts"}
_AT_ONCE = 500
_BODY = b"BODY[]"


class MailSource:
    """The messages of a mailbox."""

    def __init__(self, name: str, settings: MailSettings) -> None:
        needs("imapclient", "imap")
        import imaplib

        self._settings, self._password = settings, secret(name, "PASSWORD")
        self._errors = (OSError, imaplib.IMAP4.error, ValueError)
        self._client: IMAPClient | None = None
        self._selected = ""
        self._places: dict[str, tuple[str, int]] = {}  # folder and UID, by key

    def items(self) -> Iterator[Item]:
        """The messages of all folders; a version is the validity of the folder's UIDs."""
        try:
            for folder, path in self._folders():
                validity = self._select(folder)
                criteria: list[Any] = ["UNDELETED"]
                if self._settings.since:
                    criteria += ["SINCE", self._settings.since]
                uids = sorted(self._connected.search(criteria))
                for start in range(0, len(uids), _AT_ONCE):
                    about = self._connected.fetch(uids[start : start + _AT_ONCE], ["RFC822.SIZE"])
                    for uid, values in sorted(about.items()):
                        key = f"{path}/{uid}"
                        self._places[key] = (folder, uid)
                        size = values.get(b"RFC822.SIZE")
                        yield Item(key, f"{key}.eml", str(validity), size)
        except self._errors as exc:
            raise self._unreachable(exc) from exc

    @contextmanager
    def fetch(self, item: Item, mark: Mark) -> Iterator[Content]:  # noqa: ARG002
        """A message as it was sent."""
        folder, uid = self._places[item.key]
        try:
            if folder != self._selected and str(self._select(folder)) != item.version:
                raise ItemError("its folder was made anew meanwhile: sync again")
            found = self._connected.fetch([uid], ["BODY.PEEK[]"])
        except self._errors as exc:
            raise self._unreachable(exc) from exc
        if not isinstance(message := found.get(uid, {}).get(_BODY), bytes):
            raise ItemError("it is gone meanwhile")
        yield Content([message], f"{item.key}.eml")

    def close(self) -> None:
        """Log out."""
        if self._client is not None:
            with suppress(*self._errors):
                self._client.logout()
            self._client = None

    @property
    def _connected(self) -> IMAPClient:
        if self._client is None:
            from imapclient import IMAPClient

            chosen = self._settings
            self._client = IMAPClient(
                chosen.host,
                chosen.port,
                ssl=chosen.tls == "tls",
                ssl_context=ssl.create_default_context(),
                timeout=chosen.timeout_s,
            )
            if chosen.tls == "starttls":
                self._client.starttls(ssl.create_default_context())
            self._client.login(chosen.user, self._password)
        return self._client

    def _folders(self) -> Iterator[tuple[str, str]]:
        """The folders by their names there, with their paths here."""
        missing = set(self._settings.folders)
        for flags, delimiter, name in self._connected.list_folders():
            roles = {flag.lower() for flag in flags}
            is_named = name in missing
            missing.discard(name)
            if roles & _NO_FOLDER or (self._settings.folders and not is_named):
                continue
            if not is_named and roles & _NO_DOCUMENTS:
                continue
            parts = name.split(delimiter.decode()) if delimiter else [name]
            yield name, "/".join(part.replace("/", "_") for part in parts)
        if missing:
            raise SourceError(f"it has no folder {min(missing)}: see `folders`")

    def _select(self, folder: str) -> Any:
        """Open a folder for reading; the validity of its UIDs."""
        about = self._connected.select_folder(folder, readonly=True)
        self._selected = folder
        return about[b"UIDVALIDITY"]

    def _unreachable(self, exc: Exception) -> SourceError:
        said = one_line(exc) or type(exc).__name__
        return SourceError(
            f"the mailbox cannot be read ({said}): check host, port, tls, user and the password"
        )
