"""What attacks share: a server that is attacked, a visitor of its window, what came back."""

from __future__ import annotations

import http.client
import json
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

__all__ = ["MARK", "SLOW_S", "WAIT_S", "Reply", "Target", "Tried", "Visitor", "bearer"]

MARK = "the-secret-of-the-server"
SLOW_S = 20.0  # an attack that takes longer did not hold; the machine may be busy
WAIT_S = 60.0

Tried = Iterator[tuple[str, bool]]


@dataclass
class Target:
    """A server that is attacked; ``secret`` is a marked file that is none of its documents."""

    url: str
    seeds: Path
    home: Path
    log: Path
    pid: int
    seconds: float = 3.0
    askers: int = 16
    key: str = ""
    secret: Path = field(init=False)
    open_ones: ExitStack = field(default_factory=ExitStack)

    def __post_init__(self) -> None:
        self.secret = self.home.parent / "secret.txt"
        self.secret.write_text(MARK)

    def attacked(self, attack: Callable[[Any], Tried]) -> list[tuple[str, bool]]:
        """What was tried in a group, and whether it held."""
        with self.open_ones:
            return list(attack(self))

    def client(self) -> httpx.Client:
        """A client without cookies, closed at the end of its group; nothing here speaks TLS."""
        made = httpx.Client(base_url=self.url, timeout=WAIT_S, trust_env=False, verify=False)
        return self.open_ones.enter_context(made)

    @property
    def address(self) -> tuple[str, int]:
        """Name and port."""
        parts = urlsplit(self.url)
        return parts.hostname or "", parts.port or 80

    def is_whole(self) -> bool:
        """Whether the secret is where it was and nowhere else, and the server answers."""
        if self.secret.read_text() != MARK:
            return False
        places = [*self.seeds.rglob("*"), *(self.home / "uploads").rglob("*")]
        taken = [p for p in places if p.is_file() and MARK.encode() in p.read_bytes()]
        return not taken and self.raw("GET", "/api/ping", bearer(self.key)).status == 200

    def raw(
        self,
        method: str,
        path: str,
        headers: dict[str, str] | None = None,
        *,
        body: bytes = b"",
        source: str = "127.0.0.1",
    ) -> Reply:
        """A request whose path is sent as it is, from an address of this machine."""
        connection = http.client.HTTPConnection(
            *self.address, timeout=WAIT_S, source_address=(source, 0)
        )
        sent = {"Content-Length": str(len(body))} if body else {}
        try:
            connection.putrequest(method, path, skip_host="Host" in (headers or {}))
            for name, value in (sent | (headers or {})).items():
                connection.putheader(name, value)
            connection.endheaders(body or None)
            reply = connection.getresponse()
            with reply:
                return Reply(reply.status, reply.read(2_000_000), dict(reply.getheaders()))
        except (ValueError, http.client.HTTPException, OSError):  # it cannot even be sent
            return Reply(0, b"", {})
        finally:
            connection.close()


def bearer(key: str) -> dict[str, str]:
    """The header that shows a key."""
    return {"Authorization": f"Bearer {key}"} if key else {}


@dataclass
class Reply:
    """What came back; status 0 for nothing."""

    status: int
    body: bytes
    headers: dict[str, str]

    @property
    def leaks(self) -> bool:
        """Whether it holds what nobody may read."""
        return any(m in self.body for m in (MARK.encode(), b"root:x:", b"PATH=/", b"SQLite format"))


class Visitor:
    """A browser with its own cookie, and the events of the window by name.

    With a name and a password it has logged in.
    """

    def __init__(self, target: Target, name: str = "", password: str = "") -> None:
        self.target = target
        self.client = target.client()
        if name:
            form = {"name": name, "password": password}
            assert self.client.post("/login", data=form).status_code == 303
        self.client.get("/").raise_for_status()
        events = self.client.get("/config").json()["dependencies"]
        self.events = {e["api_name"]: e for e in reversed(events)}
        self.queued = [e for e in events if e["queue"] is not False and e["backend_fn"]]

    def event(
        self, which: str | dict[str, Any], data: list[Any], given: Any = None, session: str = ""
    ) -> dict[str, Any]:
        """The last message of an event; {"status": ...} where it was refused."""
        session = session or uuid.uuid4().hex
        number = which["id"] if isinstance(which, dict) else self.events[which]["id"]
        body = {"data": data, "fn_index": number, "session_hash": session, "event_data": given}
        content = json.dumps(body)
        headers = {"Content-Type": "application/json"}
        reply = self.client.post("/gradio_api/queue/join", content=content, headers=headers)
        if reply.status_code != 200:
            return {"status": reply.status_code}
        stream = self.client.stream(
            "GET", "/gradio_api/queue/data", params={"session_hash": session}
        )
        with stream as messages:
            for line in messages.iter_lines():
                message = json.loads(line.removeprefix("data:")) if line else {}
                if message.get("msg") in {"process_completed", "close_stream"}:
                    return message
        return {}

    def upload(self, name: str, content: bytes) -> str:
        """Where an uploaded file is for now."""
        reply = self.client.post("/gradio_api/upload", files={"files": (name, content)})
        return str(reply.json()[0]) if reply.status_code == 200 else ""

    def ask(self, question: str, session: str) -> dict[str, Any]:
        """Ask in a window."""
        return self.event("ask_typed_question", [question, None, None], session=session)
