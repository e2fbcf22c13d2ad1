"""A server with accounts that is attacked: its settings, users and routes, ways to reach it."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
from attacked import WAIT_S, Target, bearer

from ui.server.accounts import Accounts
from ui.server.audit import AuditLog
from ui.server.people import ROLES

__all__ = [
    "GUARDED",
    "OPEN",
    "OTHER",
    "PASSWORD",
    "PROXY",
    "RIGHT_OF",
    "Guarded",
    "add_people",
    "checked",
    "filled",
    "mcp",
    "sent",
]

PROXY, OTHER = "127.0.0.2", "127.0.0.3"
GUARDED = {
    "login": "true",
    "user_header": "X-Remote-User",
    "trusted_proxies": PROXY,
}
"""The settings of the server; the proxy is another address of this machine."""
PASSWORD = "correct horse staple"
PEOPLE = {"Rea": "reader", "Eve": "reader", "Ed": "editor", "Ada": "admin", "Bob": "reader"}
# What is not here takes the right to ask, but for what says that the server lives.
OPEN = frozenset({"/health", "/ready"})
RIGHT_OF = {
    **dict.fromkeys(
        (
            "POST /api/documents",
            "POST /api/documents/restore",
            "DELETE /api/documents/{document_id}",
            "POST /api/index/build",
            "POST /api/index/build/cancel",
            "POST /api/index/rollback",
            "GET /api/sources",
        ),
        "edit",
    ),
    **dict.fromkeys(
        (
            "GET /api/evaluations",
            "POST /api/evaluations",
            "GET /api/evaluations/current",
            "POST /api/evaluations/current/cancel",
            "GET /api/evaluations/{run}",
        ),
        "admin",
    ),
}


def add_people(home: Path) -> dict[str, str]:
    """Add the users; the key of each, with all rights of the role."""
    accounts = Accounts(home)
    for name, role in PEOPLE.items():
        accounts.add(name, PASSWORD, role)
    return {
        name: accounts.add_key(name, "attacks", tuple(ROLES[role])) for name, role in PEOPLE.items()
    }


class Guarded(Target):
    """A server with accounts that is attacked; ``keys`` are those of :func:`add_people`."""

    def __init__(self, *given: Any, keys: dict[str, str]) -> None:
        super().__init__(*given)
        self.key = keys["Ada"]
        self.keys = keys

    @cached_property
    def accounts(self) -> Accounts:
        """The users, as the command line changes them."""
        return Accounts(self.home)

    @property
    def cookie(self) -> str:
        """The name of the cookie of a session."""
        return f"footnote_session_{self.address[1]}"

    @property
    def host(self) -> str:
        """What a request for it names."""
        return "{}:{}".format(*self.address)

    def as_user(self, name: str) -> httpx.Client:
        """A program with the key of a user."""
        made = self.client()
        made.headers.update(bearer(self.keys[name]))
        return made

    def session(self, name: str) -> str:
        """The cookie of a new session."""
        return self.accounts.log_in(name, PASSWORD)

    def held(self) -> tuple[object, ...]:
        """What nobody without the right may change."""
        files = {p.name: p.read_bytes() for p in self.seeds.rglob("*") if p.is_file()}
        kept = [self.home / name for name in ("CURRENT", "cases/questions.jsonl")]
        return (
            files,
            [path.read_bytes() if path.exists() else b"" for path in kept],
            sorted(p.name for p in (self.home / "runs").glob("*")),
            [(change.user, change.action) for change in AuditLog(self.home).changes()],
            [(user.name, user.role) for user in self.accounts.users()],
        )

    @cached_property
    def routes(self) -> list[tuple[str, str]]:
        """Method and template of every route that the description names."""
        described = self.as_user("Ada").get("/api/openapi.json").json()["paths"]
        return [(m.upper(), path) for path, methods in described.items() for m in methods]


def checked(target: Guarded) -> Iterator[tuple[str, str, str]]:
    """Method, path and right of each route that takes one."""
    for method, path in target.routes:
        if path not in OPEN:
            yield method, path, RIGHT_OF.get(f"{method} {path}", "ask")


def filled(path: str) -> str:
    """The path of a route, its parameters filled in.

    >>> filled("/api/documents/{document_id}")
    '/api/documents/harbour.txt'
    """
    values = {"document_id": "harbour.txt", "number": "1"}
    return re.sub(r"\{(\w+)\}", lambda found: values.get(found[1], "x"), path)


def mcp(client: httpx.Client, method: str, params: dict[str, Any]) -> httpx.Response:
    """The reply to a call of the Model Context Protocol."""
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    headers = {"Accept": "application/json, text/event-stream"}
    return client.post("/mcp", json=body, headers=headers)


def sent(target: Guarded, head: str, source: str) -> bytes:
    """The beginning of what comes back for these bytes."""
    with socket.create_connection(
        target.address, timeout=WAIT_S, source_address=(source, 0)
    ) as link:
        try:
            link.sendall(head.encode("latin-1"))
            link.settimeout(2)
            return link.recv(1000)
        except OSError:  # it hung up, or waits for more
            return b""
