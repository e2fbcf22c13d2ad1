"""The users of a server: their roles, passwords, sessions and keys.

One SQLite file in the home. Passwords are hashed by argon2 (RFC 9106), sessions and keys are random
and kept as SHA-256. After some wrong passwords a name has to wait, longer each time, whether or not
there is such a user.
"""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from index.errors import FootnoteError, HomeError
from index.store.files import make_folder, make_private
from index.text.composed import composed
from ui.server.people import RIGHTS, ROLES, Right, Visitor

__all__ = ["FREE_ATTEMPTS", "KEY_PREFIX", "AccountError", "Accounts", "Key", "LoginError", "User"]

KEY_PREFIX = "fn-"
"""What a key begins with."""

MIN_PASSWORD = 10
_MAX_PASSWORD = 1000
_MAX_NAME = 100
_SESSION_S = 14 * 86_400.0  # from when it was last used
_USED_EVERY_S = 60.0  # the time of the last use is kept so exactly
FREE_ATTEMPTS = {"name": 5, "address": 50}
"""Wrong passwords before a name, an address has to wait."""

_FIRST_WAIT_S = 30.0  # doubled by each further one
_LONGEST_WAIT_S = 3600.0
_FORGOTTEN_S = 86_400.0  # wrong passwords after that time
_AT_ONCE = 2  # passwords that are hashed at a time: each takes 64 MiB
_TABLES = """
CREATE TABLE IF NOT EXISTS users (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE COLLATE NOCASE,
    role TEXT NOT NULL, password TEXT NOT NULL, added REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS sessions (
    hash TEXT PRIMARY KEY, user INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    used REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS keys (
    id INTEGER PRIMARY KEY AUTOINCREMENT, hash TEXT NOT NULL UNIQUE,
    user INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE, label TEXT NOT NULL,
    begins TEXT NOT NULL, rights TEXT NOT NULL, added REAL NOT NULL, used REAL, ends REAL
);
CREATE TABLE IF NOT EXISTS failures (
    kind TEXT NOT NULL, name TEXT NOT NULL, count INTEGER NOT NULL, last REAL NOT NULL,
    PRIMARY KEY (kind, name)
);
"""


class AccountError(FootnoteError):
    """A user or key is not there, is there already, or cannot be as asked for."""


class LoginError(FootnoteError):
    """The name or the password is wrong, or too many were; ``wait_s`` is how long to wait."""

    def __init__(self, message: str, wait_s: float = 0.0) -> None:
        super().__init__(message)
        self.wait_s = wait_s


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who may log in."""

    id: int
    name: str
    role: str

    @property
    def rights(self) -> frozenset[Right]:
        """What the role allows."""
        return ROLES[self.role]


@dataclass(frozen=True, slots=True)
class Key:
    """A key of a user, as it is listed: ``begins`` is its beginning; times are seconds (epoch)."""

    id: int
    user: str
    label: str
    begins: str
    rights: tuple[Right, ...]
    added: float
    used: float | None
    ends: float | None


class Accounts:
    """The accounts of a home; the file is made when the first user is added.

    Raises (every method):
        HomeError: the file cannot be read or written.
    """

    def __init__(self, home: Path, clock: Callable[[], float] = time.time) -> None:
        self._path = home / "accounts.db"
        self._clock = clock
        self._one = threading.Lock()
        self._db: sqlite3.Connection | None = None
        self._hashing = threading.BoundedSemaphore(_AT_ONCE)
        self._hasher = PasswordHasher()

    def users(self) -> list[User]:
        """All of them, by name."""
        if not self._path.exists():
            return []
        with self._opened() as db:
            return [User(*row) for row in db.execute("SELECT id, name, role FROM users ORDER BY 2")]

    def user(self, name: str) -> User:
        """The user of that name, in any case.

        Raises:
            AccountError: there is none.
        """
        found = next((u for u in self.users() if u.name.casefold() == name.casefold()), None)
        if found is None:
            raise AccountError(f"there is no user {name!r}: `footnote users` lists them")
        return found

    def add(self, name: str, password: str, role: str) -> User:
        """Add a user.

        Raises:
            AccountError: the name is taken or empty, the password is short, or no such role.
        """
        name = composed(name)
        if not name.strip() or name != name.strip() or len(name) > _MAX_NAME:
            raise AccountError(f"a name has 1 to {_MAX_NAME} characters, no blanks around it")
        if not name.isprintable():
            raise AccountError("a name has no control characters")
        values = name, _known(role), self._hashed(password), self._clock()
        try:
            with self._opened() as db:
                db.execute(
                    "INSERT INTO users (name, role, password, added) VALUES (?,?,?,?)", values
                )
        except sqlite3.IntegrityError:
            raise AccountError(f"there is a user {name!r} already") from None
        return self.user(name)

    def remove(self, name: str) -> None:
        """Remove a user with all sessions and keys; conversations stay, and are nobody's."""
        user = self.user(name)
        with self._opened() as db:
            db.execute("DELETE FROM users WHERE id = ?", (user.id,))

    def set_password(self, name: str, password: str) -> None:
        """Give a user another password; who is logged in by the old one is no longer."""
        user, hashed = self.user(name), self._hashed(password)
        with self._changed() as db:
            db.execute("UPDATE users SET password = ? WHERE id = ?", (hashed, user.id))
            db.execute("DELETE FROM sessions WHERE user = ?", (user.id,))
            db.execute("DELETE FROM failures WHERE kind = 'name' AND name = ?", (_folded(name),))

    def set_role(self, name: str, role: str) -> None:
        """Give a user another role, which also holds for sessions and keys."""
        user = self.user(name)
        with self._opened() as db:
            db.execute("UPDATE users SET role = ? WHERE id = ?", (_known(role), user.id))

    def log_in(self, name: str, password: str, address: str = "") -> str:
        """A new session of a user, as its cookie holds it.

        Raises:
            LoginError: name or password are wrong, or one of too many attempts.
        """
        name = composed(name)
        self._count_attempt({"name": _folded(name), "address": address})
        with self._opened() as db:
            row = db.execute("SELECT id, password FROM users WHERE name = ?", (name,)).fetchone()
        # Who is no user takes as long as who is one.
        if not self._is_password(row[1] if row else self._nobody, password) or row is None:
            raise LoginError("the name or the password is wrong")
        token = secrets.token_urlsafe(32)
        now = self._clock()
        with self._changed() as db:
            db.execute("DELETE FROM failures WHERE kind = 'name' AND name = ?", (_folded(name),))
            db.execute(
                "UPDATE failures SET count = count - 1 WHERE kind = 'address' AND name = ?",
                (address,),
            )
            db.execute("DELETE FROM sessions WHERE used < ?", (now - _SESSION_S,))
            db.execute("INSERT INTO sessions VALUES (?,?,?)", (_sha256(token), row[0], now))
        return token

    def log_out(self, token: str) -> None:
        """End a session."""
        with self._opened() as db:
            db.execute("DELETE FROM sessions WHERE hash = ?", (_sha256(token),))

    def of_session(self, token: str) -> Visitor | None:
        """Who a session belongs to; None where it has ended."""
        query = (
            "SELECT users.id, name, role, used FROM sessions JOIN users ON users.id = user"
            " WHERE hash = ? AND used > ?"
        )
        now = self._clock()
        with self._opened() as db:
            row = db.execute(query, (_sha256(token), now - _SESSION_S)).fetchone()
            if row is not None and now - row[3] > _USED_EVERY_S:
                db.execute("UPDATE sessions SET used = ? WHERE hash = ?", (now, _sha256(token)))
        return _visitor(User(*row[:3])) if row else None

    def of_key(self, key: str) -> Visitor | None:
        """Who a key belongs to, with its rights as far as the user has them still."""
        query = (
            "SELECT users.id, name, role, rights, used FROM keys JOIN users ON users.id = user"
            " WHERE hash = ? AND (ends IS NULL OR ends > ?)"
        )
        now = self._clock()
        with self._opened() as db:
            row = db.execute(query, (_sha256(key), now)).fetchone()
            if row is not None and now - (row[4] or 0.0) > _USED_EVERY_S:
                db.execute("UPDATE keys SET used = ? WHERE hash = ?", (now, _sha256(key)))
        return _visitor(User(*row[:3]), _rights(row[3])) if row else None

    def of_name(self, name: str) -> Visitor:
        """Who a proxy says somebody is: the user of that name, else a reader."""
        found = next((u for u in self.users() if u.name.casefold() == name.casefold()), None)
        if found is not None:
            return _visitor(found)
        return Visitor(f"proxy:{name}", name, ROLES["reader"], is_account=True)

    def add_key(
        self, name: str, label: str, rights: Sequence[Right] = ("ask",), days: int | None = None
    ) -> str:
        """A new key of a user, which is shown once; it ends after ``days``.

        Raises:
            AccountError: there is no such user, or the role does not allow that.
        """
        user = self.user(name)
        beyond = sorted(set(rights) - user.rights)
        if beyond or not rights:
            raise AccountError(
                f"a {user.role} may not have a key for {', '.join(beyond) or 'nothing'}"
            )
        key = KEY_PREFIX + secrets.token_urlsafe(32)
        now = self._clock()
        ends = now + days * 86_400.0 if days is not None else None
        begins = key[: len(KEY_PREFIX) + 6]
        values = _sha256(key), user.id, label, begins, " ".join(rights), now, ends
        with self._opened() as db:
            db.execute(
                "INSERT INTO keys (hash, user, label, begins, rights, added, ends)"
                " VALUES (?,?,?,?,?,?,?)",
                values,
            )
        return key

    def issued_keys(self) -> list[Key]:
        """All keys, the oldest first."""
        if not self._path.exists():
            return []
        query = (
            "SELECT keys.id, name, label, begins, rights, keys.added, used, ends"
            " FROM keys JOIN users ON users.id = user ORDER BY keys.id"
        )
        with self._opened() as db:
            rows = db.execute(query).fetchall()
        return [
            Key(number, user, label, begins, tuple(sorted(_rights(rights))), added, used, ends)
            for number, user, label, begins, rights, added, used, ends in rows
        ]

    def revoke(self, key: int) -> None:
        """End a key, by its number.

        Raises:
            AccountError: there is none of that number.
        """
        with self._opened() as db:
            if not db.execute("DELETE FROM keys WHERE id = ?", (key,)).rowcount:
                raise AccountError(f"there is no key {key}: `footnote keys` lists them")

    @cached_property
    def _nobody(self) -> str:
        """The hash of a password that nobody has."""
        return self._hasher.hash(secrets.token_urlsafe(16))

    def _hashed(self, password: str) -> str:
        if not MIN_PASSWORD <= len(password) <= _MAX_PASSWORD:
            raise AccountError(f"a password has at least {MIN_PASSWORD} characters")
        with self._hashing:
            return self._hasher.hash(password)

    def _is_password(self, hashed: str, password: str) -> bool:
        with self._hashing:
            try:
                return self._hasher.verify(hashed, password[: _MAX_PASSWORD + 1])
            except (Argon2Error, InvalidHashError):
                return False

    def _count_attempt(self, names: dict[str, str]) -> None:
        """Count an attempt before it is looked at, so that many at once are as many.

        Raises:
            LoginError: there were too many, and the time to wait is not over.
        """
        now = self._clock()
        with self._changed() as db:
            db.execute("DELETE FROM failures WHERE last < ?", (now - _FORGOTTEN_S,))
            for kind, name in names.items():
                query = "SELECT count, last FROM failures WHERE kind = ? AND name = ?"
                count, last = db.execute(query, (kind, name)).fetchone() or (0, 0.0)
                beyond = count - FREE_ATTEMPTS[kind]
                wait = min(_FIRST_WAIT_S * 2.0 ** min(beyond, 20), _LONGEST_WAIT_S)
                left = last + wait - now
                if beyond >= 0 and left > 0:
                    raise LoginError(f"too many wrong passwords: wait {left:.0f} s", left)
            for kind, name in names.items():
                db.execute(
                    "INSERT INTO failures VALUES (?,?,1,?) ON CONFLICT (kind, name)"
                    " DO UPDATE SET count = count + 1, last = excluded.last",
                    (kind, name, now),
                )

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        """The database, each statement of it alone; :meth:`_changed` for several."""
        with self._one:
            try:
                self._db = self._db or self._open()
                yield self._db
            except sqlite3.IntegrityError:
                raise
            except (sqlite3.Error, OSError) as exc:
                raise HomeError(f"cannot use {self._path} ({exc})") from exc

    @contextmanager
    def _changed(self) -> Iterator[sqlite3.Connection]:
        """The database, for changes that are made together or not at all."""
        with self._opened() as db:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
            except BaseException:
                db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")

    def _open(self) -> sqlite3.Connection:
        make_folder(self._path.parent)
        self._path.touch(mode=0o600)
        make_private(self._path)
        db = sqlite3.connect(self._path, timeout=5.0, isolation_level=None, check_same_thread=False)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA foreign_keys = ON")
        db.executescript(_TABLES)
        return db


def _visitor(user: User, rights: frozenset[Right] | None = None) -> Visitor:
    held = user.rights if rights is None else user.rights & rights
    return Visitor(f"account:{user.id}", user.name, held, is_account=True)


def _known(role: str) -> str:
    if role not in ROLES:
        raise AccountError(f"there is no role {role!r}: take {', '.join(ROLES)}")
    return role


def _rights(text: str) -> frozenset[Right]:
    return frozenset(right for right in RIGHTS if right in text.split())


def _folded(name: str) -> str:
    return name.casefold()[:_MAX_NAME]


def _sha256(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
