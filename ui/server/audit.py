"""Who changed what: a line of JSON for each change of a document, the index or the accounts.

The file is in the home and only grows. It holds names of users and documents, and no text of them.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path

from index.errors import HomeError
from index.store.files import make_folder

__all__ = ["AuditLog", "Change"]

_APPEND = os.O_RDWR | os.O_APPEND | os.O_CREAT


@dataclass(frozen=True, slots=True)
class Change:
    """Who did what, and when (ISO 8601, UTC); ``user`` is "" where nobody logs in.

    ``subject`` is a document, a generation, or the name of a user.
    """

    at: str
    user: str
    action: str
    subject: str


class AuditLog:
    """The changes of a home.

    Raises (every method):
        HomeError: the file cannot be read or written.
    """

    def __init__(self, home: Path) -> None:
        self._path = home / "audit.jsonl"
        self._one = threading.Lock()

    def record(self, user: str, action: str, subjects: Iterable[str]) -> None:
        """Add a line for each subject; they are on the disk when this returns."""
        at = datetime.now(UTC).isoformat(timespec="seconds")
        changes = (Change(at, user, action, subject) for subject in subjects)
        lines = "".join(json.dumps(asdict(one), ensure_ascii=False) + "\n" for one in changes)
        if not lines:
            return
        try:
            make_folder(self._path.parent)
            with self._one, os.fdopen(os.open(self._path, _APPEND, 0o600), "ab+") as file:
                if file.tell() and os.pread(file.fileno(), 1, file.tell() - 1) != b"\n":
                    file.write(b"\n")  # behind a line that a crash has cut
                file.write(lines.encode(errors="backslashreplace"))
                file.flush()
                os.fsync(file.fileno())
        except OSError as exc:
            raise HomeError(f"cannot write {self._path} ({exc.strerror})") from exc

    def changes(self, subject: str = "*", limit: int = 100) -> list[Change]:
        """The last changes of subjects of that glob, the latest first."""
        try:
            lines = self._path.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []
        except OSError as exc:
            raise HomeError(f"cannot read {self._path} ({exc.strerror})") from exc
        found: list[Change] = []
        for line in reversed(lines):
            try:
                change = Change(**json.loads(line))
            except (TypeError, ValueError):
                continue  # a line that a crash has cut
            if len(found) < limit and fnmatchcase(change.subject, subject):
                found.append(change)
        return found
