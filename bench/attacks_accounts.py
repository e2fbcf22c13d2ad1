"""Attacks on a server with accounts: keys, roles, sessions, other people's conversations.

``ACCOUNT_ATTACKS`` are tried by ``bench/attacks.py`` on a server with the settings ``GUARDED`` and
the users of :func:`add_people`.
"""

from __future__ import annotations

import base64
import json
import re
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
from attacked import MARK, WAIT_S, Reply, Target, Tried, Visitor, bearer

from rag.conversations.archive import Archive
from rag.types import Answer
from ui.mcp.addresses import address_of
from ui.server.accounts import FREE_ATTEMPTS, Accounts
from ui.server.audit import AuditLog
from ui.server.people import RIGHTS, ROLES

__all__ = ["ACCOUNT_ATTACKS", "GUARDED", "Guarded", "add_people"]

PROXY, OTHER = "127.0.0.2", "127.0.0.3"
GUARDED = {
    "login": "true",
    "user_header": "X-Remote-User",
    "trusted_proxies": PROXY,
}
"""The settings of the server; the proxy is another address of this machine."""

PASSWORD = "correct horse staple"
PEOPLE = {"Rea": "reader", "Eve": "reader", "Ed": "editor", "Ada": "admin", "Bob": "reader"}
SECRET = "What does Rea think of the harbour?"
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
MEASURED = frozenset(
    "start_run cancel_run delete_case restore_case draft_cases accept_draft reject_draft".split()
)
"""The events of the window that take the right of an admin."""


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
        super().__init__(*given, key=keys["Ada"])
        self.keys = keys

    @cached_property
    def accounts(self) -> Accounts:
        """The users, as the command line changes them."""
        return Accounts(self.home)

    @property
    def cookie(self) -> str:
        """The name of the cookie of a session."""
        return f"footnote_session_{self.address[1]}"

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


def keys(target: Guarded) -> Tried:
    """Keys that have ended or are of others, in places where no key counts."""
    accounts, good = target.accounts, target.keys["Rea"]
    accounts.add("Gone", PASSWORD, "admin")
    accounts.add("Down", PASSWORD, "editor")
    removed = accounts.add_key("Gone", "attacks", RIGHTS)
    accounts.remove("Gone")
    lowered = accounts.add_key("Down", "attacks", ("ask", "edit"))
    accounts.set_role("Down", "reader")
    revoked = accounts.add_key("Rea", "revoked")
    accounts.revoke(next(key.id for key in accounts.issued_keys() if key.label == "revoked"))
    ended = accounts.add_key("Rea", "ended", days=0)
    basic = base64.b64encode(f"Rea:{good}".encode()).decode()
    shown: dict[str, dict[str, str]] = {
        "revoked": bearer(revoked),
        "ended": bearer(ended),
        "of a removed user": bearer(removed),
        "cut": bearer(good[:-1]),
        "longer": bearer(good + "x"),
        "other case": bearer(good.swapcase()),
        "without its beginning": bearer(good.removeprefix("fn-")),
        "its beginning": bearer(good[:9]),
        "SQL": bearer("' OR 1=1 --"),
        "a wildcard": bearer("fn-%"),
        "bytes": bearer("fn-\xff\xfe"),
        "basic": {"Authorization": f"Basic {basic}"},
        "bare": {"Authorization": good},
        "two": {"Authorization": f"Bearer {good} {good}"},
        "token": {"Authorization": f"Token {good}"},
        "x-api-key": {"X-API-Key": good},
        "a session as a key": bearer(target.session("Rea")),
        "a key as a session": {"Cookie": f"{target.cookie}={good}"},
        "a key as a pass": {"Cookie": f"footnote_pass_{target.address[1]}={good}"},
        "nothing": {},
    }
    places = (
        "GET /api/index",
        "POST /api/ask",
        "POST /v1/chat/completions",
        "POST /mcp",
        "GET /config",
        "POST /gradio_api/queue/join",
        "GET /metrics",
        "GET /",
        "POST /gradio_api/upload",
    )
    for name, headers in shown.items():
        for place in places:
            method, path = place.split()
            reply = target.raw(method, path, headers, body=b"{}" if method == "POST" else b"")
            yield f"key {name}, {place}", reply.status == 401
    for field in ("token", "key", "api_key", "access_token", "Authorization"):
        for value in (good, f"Bearer {good}"):
            for path in ("/api/index", "/", "/v1/models"):
                reply = target.raw("GET", f"{path}?{field}={quote(value)}")
                is_kept = "set-cookie" not in {name.lower() for name in reply.headers}
                yield f"key in {path}?{field}", reply.status == 401 and is_kept
    for right in RIGHTS:
        only = accounts.add_key("Ada", "attacks", (right,))
        for method, path, needed in _checked(target):
            if needed != right:
                reply = target.raw(method, _filled(path), bearer(only), body=b"{}")
                yield f"a key for {right} only, {method} {path}", reply.status == 403
    for method, path, needed in _checked(target):
        if needed == "edit":
            reply = target.raw(method, _filled(path), bearer(lowered), body=b"{}")
            yield f"key of a lowered role, {method} {path}", reply.status == 403
    log = target.log.read_text(errors="replace")
    yield "no key in the log", not any(key in log for key in (*target.keys.values(), revoked))


def roles(target: Guarded) -> Tried:
    """Every route of the description, by nobody and by each role that lacks the right."""
    before = target.held()
    known = {f"{method} {path}" for method, path in target.routes}
    yield "every right that is looked at here is a route's", set(RIGHT_OF) <= known
    for method, path, needed in _checked(target):
        for headers in ({}, {"Accept": "text/html"}):
            reply = target.raw(method, _filled(path), headers, body=b"{}")
            yield f"nobody, {method} {path}", reply.status == (303 if headers else 401)
        for name, role in (("Rea", "reader"), ("Ed", "editor")):
            if needed not in ROLES[role]:
                for odd in ("", "/", "?x=1"):
                    place = _filled(path) + odd
                    reply = target.raw(method, place, bearer(target.keys[name]), body=b"{}")
                    is_refused = reply.status == 403 or (odd == "/" and reply.status in {307, 404})
                    yield f"{role}, {method} {path}{odd}", is_refused
    for path in OPEN:
        reply = target.raw("GET", path)
        yield f"{path} tells no more than its name", len(reply.body) < 40
        for odd in (f"{path}/../api/index", f"{path}/", f"/{path}", f"{path}%2f..%2fapi%2findex"):
            yield f"nobody, GET {odd}", target.raw("GET", odd).status in {401, 404}
    for path in (
        "/API/index",
        "//api/index",
        "/api//index",
        "/./api/index",
        "/login/../api/index",
        "/api/index;/login",
        "/login%2f..%2fapi%2findex",
        "/logout",
        "/static/../config",
    ):
        yield f"nobody, GET {path}", target.raw("GET", path).status in {401, 404}
    for method in ("HEAD", "OPTIONS", "PUT", "PATCH", "TRACE", "GETX"):
        reply = target.raw(method, "/api/index")
        yield f"nobody, {method} /api/index", reply.status in {400, 401, 405}
    yield "nothing has changed", target.held() == before


def events(target: Guarded) -> Tried:
    """Every event of the window, by a reader and by an editor with plausible data."""
    join = {"data": [], "fn_index": 0, "session_hash": "x"}
    for path in ("/gradio_api/queue/join", "/gradio_api/run/predict", "/gradio_api/call/x"):
        yield f"nobody, {path}", target.client().post(path, json=join).status_code == 401
    before = target.held()
    given = {"id": "harbour.txt", "name": "cancel", "on": True, "run": "x", "answer": "replace"}
    for name in ("Rea", "Ed"):
        visitor = Visitor(target, name, PASSWORD)
        for event in visitor.queued:
            if name == "Ed" and event["api_name"] not in MEASURED:
                continue
            if re.fullmatch(
                r"(built|pressed|drafted|begun_1|suggest|test)(_\d+)?", event["api_name"]
            ):
                continue  # these follow work, or answer
            message = visitor.event(event, [None] * len(event["inputs"]), given)
            refused = event["api_name"] not in MEASURED or not message.get("success")
            yield f"{name} raises {event['api_name']}", refused
        yield f"{name} has changed nothing", target.held() == before


def other_sites(target: Guarded) -> Tried:
    """CSRF: the login, the logout and every route that changes something, from other pages."""
    session = target.session("Ada")
    cookie = {"Cookie": f"{target.cookie}={session}"}
    before = target.held()
    changing = [(m, _filled(path)) for m, path in target.routes if m != "GET"]
    changing += [
        ("POST", path)
        for path in (
            "/login",
            "/logout",
            "/mcp",
            "/gradio_api/upload",
            "/gradio_api/queue/join",
            "/gradio_api/cancel",
        )
    ]
    port = target.address[1]
    origins = (
        "https://evil.example",
        "null",
        f"http://127.0.0.1:{port + 1}",
        f"http://127.0.0.1.evil.example:{port}",
        f"https://127.0.0.1:{port + 1}",
    )
    made = [{"Origin": origin} for origin in origins]
    made += [
        {"Sec-Fetch-Site": s, "Sec-Fetch-Mode": "navigate"} for s in ("cross-site", "same-site")
    ]
    form = f"name=Ada&password={quote(PASSWORD)}".encode()
    for method, path in changing:
        for headers in made:
            kind = {"Content-Type": "application/x-www-form-urlencoded"}
            reply = target.raw(method, path, cookie | headers | kind, body=form)
            is_silent = "set-cookie" not in {name.lower() for name in reply.headers}
            yield f"{method} {path} {headers}", reply.status == 403 and is_silent
    for method, path in target.routes:
        if method == "GET":
            target.raw(method, _filled(path), cookie)
    target.raw("GET", "/logout", cookie)
    yield "reading changes nothing", target.held() == before
    yield "the session lives", target.raw("GET", "/api/index", cookie).status == 200
    for kind in (
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
    ):
        body = json.dumps({"question": "When was the harbour built?"}).encode()
        reply = target.raw("POST", "/api/ask", cookie | {"Content-Type": kind}, body=body)
        yield f"JSON that is called {kind}", reply.status == 422


def sessions(target: Guarded) -> Tried:
    """Fixed, changed and ended sessions; what a login sets."""
    planted = "attacker-chose-this-session"
    form = {"name": "Eve", "password": PASSWORD}
    visitor = target.client()
    visitor.cookies.set(target.cookie, planted)
    reply = visitor.post("/login", data=form)
    set_cookie = reply.headers["set-cookie"]
    own = re.search(rf"{target.cookie}=([^;]+)", set_cookie)[1]
    yield "a planted session is not taken over", own != planted
    yield "a planted session is nobody's", _is_out(target, planted)
    yield "HttpOnly", "httponly" in set_cookie.lower()
    yield "SameSite", "samesite=strict" in set_cookie.lower()
    yield "it lets in", not _is_out(target, own)
    again = target.accounts.log_in("Eve", PASSWORD)
    yield "each login has its own", again != own
    for name, value in (
        ("cut", own[:-1]),
        ("longer", own + "x"),
        ("other case", own.swapcase()),
        ("empty", ""),
        ("SQL", "' OR 1=1 --"),
        ("a wildcard", "%"),
        ("an id", "1"),
        ("an account", "account:4"),
        ("quoted", f'"{own}"x'),
        ("its hash", "0" * 64),
        ("bytes", "\xff\xfe"),
        ("long", "a" * 7000),
    ):
        yield f"session {name}", _is_out(target, value)
    for cookie in ("footnote_session", "footnote_session_1", "session", "footnote_user"):
        reply = target.raw("GET", "/api/index", {"Cookie": f"{cookie}={own}"})
        yield f"the session as {cookie}", reply.status == 401
    for path in (
        f"/?{target.cookie}={own}",
        f"/api/index?session={own}",
        f"/api/index?session_hash={own}",
    ):
        yield f"the session in the address {path[:20]}", target.raw("GET", path).status == 401
    for claimed in ("account:1", "account:4", "Ada"):
        headers = {"Cookie": f"{target.cookie}={own}; footnote_user={claimed}"}
        reply = target.raw("POST", "/api/index/build", headers, body=b"{}")
        yield f"a reader who calls themselves {claimed}", reply.status == 403
    out = {"Cookie": f"{target.cookie}={own}", "Origin": target.url}
    target.raw("POST", "/logout", out, body=b"x")
    yield "it ends at the logout", _is_out(target, own)
    yield "the other one lives", not _is_out(target, again)
    target.accounts.set_password("Eve", PASSWORD + "!")
    yield "it ends with another password", _is_out(target, again)
    target.accounts.set_password("Eve", PASSWORD)
    target.accounts.add("Brief", PASSWORD, "admin")
    gone = target.session("Brief")
    target.accounts.remove("Brief")
    yield "it ends with its user", _is_out(target, gone)
    for path in (
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "javascript:alert(1)",
        "/\r\nSet-Cookie: a=b",
        "/\t/evil.example",
        " //evil.example",
        "\\\\evil.example",
    ):
        reply = target.client().post(f"/login?next={quote(path)}", data=form)
        leads = reply.headers.get("location", "")
        is_own = leads.startswith("/") and not leads.startswith(("//", "/\\"))
        is_split = "a=b" in reply.headers.get("set-cookie", "")
        yield f"the login leads to {path!r}", reply.status_code == 303 and is_own and not is_split


def proxies(target: Guarded) -> Tried:
    """The header of a proxy, by others and in odd forms by the proxy itself."""
    name = "X-Remote-User"
    for user in ("Ada", "ada", "account:4", "proxy:Ada", ""):
        for header in (
            name,
            name.lower(),
            name.upper(),
            "X_Remote_User",
            "X-Remote-User ",
            "Remote-User",
        ):
            for more in (
                {},
                {"X-Forwarded-For": PROXY},
                {"X-Real-IP": PROXY},
                {"Forwarded": f"for={PROXY}"},
            ):
                reply = target.raw("GET", "/api/evaluations", {header: user, **more})
                yield f"{header!r}: {user!r} {more}", reply.status in {0, 400, 401}
    named = target.raw("GET", "/api/evaluations", {name: "Ada"}, source=PROXY)
    yield "the proxy is believed", named.status == 200
    for user in (
        "Ada, Rea",
        "Rea, Ada",
        "Ada\t",
        "Adа",
        "Ada\u200b",
        "account:4",
        "*",
        "' OR 1=1 --",
        "x" * 5000,
    ):
        value = user.encode().decode("latin-1")
        reply = target.raw("GET", "/api/evaluations", {name: value}, source=PROXY)
        yield (
            f"the proxy names {user[:20]!r}",
            reply.status in {0, 400, 401, 403} or user == "Ada\t",
        )
    yield "the proxy names nobody", target.raw("GET", "/api/index", source=PROXY).status == 401
    empty = target.raw("GET", "/api/index", {name: " "}, source=PROXY)
    yield "the proxy names a blank", empty.status == 401
    twice = _sent(
        target,
        f"GET /api/evaluations HTTP/1.1\r\nHost: {_host(target)}\r\n{name}: Rea\r\n"
        f"{name}: Ada\r\nConnection: close\r\n\r\n",
        PROXY,
    )
    yield "the proxy names two", b" 401 " in twice[:20]
    other = target.raw("GET", "/", {name: "Ada", "X-Forwarded-Host": "evil.example"}, source=PROXY)
    yield "the proxy asks for another host", other.status == 400


def passwords(target: Guarded) -> Tried:
    """Guessing: how many are looked at, spelled in other ways, from other addresses, at once."""
    free = FREE_ATTEMPTS["name"]
    spelled = ["Bob", "bob", "BOB", "bOB", "boB", "BOb"]
    for number in range(free):
        reply = _log_in(target, spelled[number], f"wrong password {number}")
        yield f"guess {number + 1}", reply.status_code == 401
    for name in spelled:
        reply = _log_in(target, name, PASSWORD)
        yield f"{name} with the right password waits too", reply.status_code == 429
        yield f"{name} is told how long", int(reply.headers.get("retry-after", 0)) > 0
    for name in ("Bob ", " Bob", "Ｂob", "Bob\x00", "Bob\u200b", "B\u00f6b", "%", "Bob' --"):
        yield f"{name!r} is not Bob", _log_in(target, name, PASSWORD).status_code != 303
    for header in ("X-Forwarded-For", "X-Real-IP", "Forwarded", "X-Client-IP"):
        reply = _log_in(target, "Bob", PASSWORD, {header: "10.1.2.3"})
        yield f"with {header}", reply.status_code == 429
    with ThreadPoolExecutor(12) as pool:
        tried = list(pool.map(lambda n: _log_in(target, "Nobody", f"guess {n}"), range(12)))
    counted = Counter(reply.status_code for reply in tried)
    yield f"12 guesses at once: {counted[401]} looked at", counted == {401: free, 429: 12 - free}
    same = {re.sub(r"\d+", "", _log_in(target, name, "x").text) for name in ("Bob", "Nobody")}
    yield "a name that there is is not told from one that there is not", len(same) == 1
    for body in (b"", b"name=Rea", b"password=x", b"name=Rea&password=", b"\xff\xfe",
                 b"name=Rea&name=Ada&password=x", b"name[]=Rea&password[]=x"):  # fmt: skip
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        reply = target.raw("POST", "/login", kind, body=body, source="127.0.0.4")
        yield f"the form {body!r}", 400 <= reply.status < 500 and reply.status != 404
    long = target.raw("POST", "/login", {"Content-Length": "5000"}, source="127.0.0.4")
    yield "a long form", long.status in {401, 413}


def belongings(target: Guarded) -> Tried:
    """Conversations, exports and opinions of others, by keys and by sessions."""
    rea = target.accounts.user("Rea")
    archive, owner = Archive(target.home), f"account:{rea.id}"
    answer = Answer(SECRET, SECRET, (), (), (), "Nobody says.", 0.1, "extractive", "g")
    held = archive.begin(owner, SECRET)
    archive.keep(owner, held.id, answer, number=1)
    own = target.as_user("Rea")
    yield "it is their own", SECRET in own.get("/api/conversations").text
    spelled = [held.id, held.id.swapcase(), held.id + "%00", held.id[:-1] + "%25", "%25", "..", "*",
               f"{held.id}%2F..%2F{held.id}", f"'%20OR%20id%3D'{held.id}"]  # fmt: skip
    for name in ("Eve", "Ed", "Ada"):
        session = {"Cookie": f"{target.cookie}={target.session(name)}"}
        for how, headers in (("key", bearer(target.keys[name])), ("session", session)):
            for words in ("", "harbour", "%", "_", "' OR 1=1 --", "\\", "*", '"'):
                reply = target.raw("GET", f"/api/conversations?words={quote(words)}", headers)
                yield f"{name} lists {words!r} by {how}", SECRET.encode() not in reply.body
            for one in spelled:
                for ending in ("md", "json"):
                    reply = target.raw("GET", f"/api/conversations/{one}.{ending}", headers)
                    held_back = SECRET.encode() not in reply.body and reply.status != 500
                    yield f"{name} exports {one}.{ending} by {how}", held_back
                place = f"/api/conversations/{one}/answers/1/feedback"
                kind = {"Content-Type": "application/json"}
                opinion = b'{"is_good": false, "reason": "by somebody else"}'
                reply = target.raw("PUT", place, headers | kind, body=opinion)
                yield f"{name} judges {one} by {how}", reply.status in {400, 401, 404}
                reply = target.raw("DELETE", place, headers)
                yield f"{name} takes back {one} by {how}", reply.status in {400, 401, 404}
    visitor = Visitor(target, "Eve", PASSWORD)
    for event in ("open_conversation", "delete_conversation", "rename_conversation"):
        data = [None] * len(visitor.events[event]["inputs"])
        told = json.dumps(visitor.event(event, data, {"id": held.id, "title": "Mine"}))
        yield f"{event} of the window", SECRET not in told
    page = visitor.client.get(f"/?c={held.id}").text
    yield "its address opened by another", SECRET not in page
    (turn,) = archive.turns(owner, held.id)
    yield "nobody judged it", turn.feedback is None
    yield "nobody renamed it", archive.conversation(owner, held.id).title == held.title


def places(target: Guarded) -> Tried:
    """Names that lead out of the folder, wherever the API or MCP takes one."""
    up = "../" * 8
    outside = [
        "../secret.txt",
        f"{up}{target.secret}",
        str(target.secret),
        "/etc/passwd",
        "..\\secret.txt",
        "a/../../secret.txt",
        "../home/accounts.db",
        "../home/CURRENT",
        "~/.bashrc",
        "/proc/self/environ",
        "file:///etc/passwd",
        "\x00",
        ".",
        "..",
        "//etc/passwd",
        "harbour.txt/../../secret.txt",
        "harbour.txt\x00../secret.txt",
    ]
    editor, admin = bearer(target.keys["Ed"]), bearer(target.keys["Ada"])
    before = target.held()
    for path in outside:
        for spelled in {quote(path), quote(path, safe=""), quote(quote(path, safe=""), safe="")}:
            for method, route, who in (
                ("GET", f"/api/documents/{spelled}", editor),
                ("DELETE", f"/api/documents/{spelled}", editor),
                ("GET", f"/api/pages/{spelled}?page=1&start=0&end=1", editor),
                ("GET", f"/api/evaluations/{spelled}", admin),
                ("GET", f"/?document={spelled}&start=0&end=10", editor),
            ):
                reply = target.raw(method, route, who)
                is_well = not reply.leaks and reply.status < 500
                yield f"{method} {route}", is_well and "secret" not in _own_words(reply)
    client, reader = target.as_user("Ed"), target.as_user("Rea")
    for path in outside:
        for route, body in (
            ("/api/documents/restore", {"deleted": path}),
            ("/api/index/rollback", {"generation": path}),
        ):
            reply = client.post(route, json=body)
            yield (
                f"POST {route} {path!r}",
                400 <= reply.status_code < 500 and MARK not in reply.text,
            )
        came = client.post("/api/documents", files={"files": (path, b"An upload.")})
        is_kept = came.status_code >= 400 or not came.json()["added"]
        yield f"an upload that is called {path!r}", came.status_code < 500 and is_kept
        for tool, arguments in (
            ("read_document", {"document": path}),
            ("fetch", {"id": path}),
            ("fetch", {"id": f"footnote://document/{path}"}),
            ("list_documents", {"folder": path}),
        ):
            told = _mcp(reader, "tools/call", {"name": tool, "arguments": arguments})
            yield f"MCP {tool} {path!r}", told.status_code < 500 and not _leaks(told)
        for uri in (path, address_of(path), f"footnote://document/{path}", f"file://{path}"):
            told = _mcp(reader, "resources/read", {"uri": uri})
            yield f"MCP reads {uri!r}", told.status_code < 500 and not _leaks(told)
    yield "nothing has changed", target.held() == before
    yield "nothing was taken", target.is_whole()


def broken_heads(target: Guarded) -> Tried:
    """Headers that are split, doubled or contradict each other."""
    host, key = _host(target), f"Authorization: Bearer {target.keys['Rea']}\r\n"
    hidden = "GET /api/evaluations HTTP/1.1\r\nHost: x\r\n\r\n"
    for name, head in {
        "two lengths": f"POST /api/ask HTTP/1.1\r\nHost: {host}\r\n{key}Content-Length: 2\r\n"
        f"Content-Length: {len(hidden)}\r\n\r\n{{}}{hidden}",
        "a length and chunks": f"POST /api/ask HTTP/1.1\r\nHost: {host}\r\n{key}"
        "Content-Length: 5\r\n"
        f"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n{hidden}",
        "a folded header": f"GET /api/index HTTP/1.1\r\nHost: {host}\r\n"
        "X-A: b\r\n X-Remote-User: Ada\r\n\r\n",
        "a blank before the colon": f"GET /api/index HTTP/1.1\r\nHost : {host}\r\n\r\n",
        "two hosts": f"GET /api/index HTTP/1.1\r\nHost: {host}\r\nHost: evil.example\r\n{key}\r\n",
        "no host": f"GET /api/index HTTP/1.1\r\n{key}\r\n",
        "a whole address": f"GET http://evil.example/api/index HTTP/1.1\r\nHost: {host}\r\n\r\n",
        "a negative length": f"POST /api/ask HTTP/1.1\r\nHost: {host}\r\n{key}"
        "Content-Length: -1\r\n\r\n",
        "a bare line feed": f"GET /api/index HTTP/1.1\nHost: {host}\n\n",
        "a null byte": f"GET /api/index HTTP/1.1\r\nHost: {host}\r\nX-A: b\x00c\r\n\r\n",
        "a long header": f"GET /api/index HTTP/1.1\r\nHost: {host}\r\nX-A: {'b' * 200_000}\r\n\r\n",
        "many headers": f"GET /api/index HTTP/1.1\r\nHost: {host}\r\n"
        + "X-A: b\r\n" * 5000
        + "\r\n",
        "another protocol": f"PRI * HTTP/2.0\r\nHost: {host}\r\n\r\n",
        "another upgrade": f"GET /api/index HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\n"
        "Upgrade: websocket\r\nSec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13\r\n\r\n",
    }.items():
        told = _sent(target, head, PROXY if "Ada" in head else "127.0.0.1")
        status = told[9:12]
        yield name, status in {b"", b"400", b"401", b"403", b"411", b"413", b"422", b"431"}
    rea = f"account:{target.accounts.user('Rea').id}"
    archive = Archive(target.home)
    for title in (
        'a"; filename="evil.exe',
        "a\r\nSet-Cookie: a=b",
        "../../x",
        "\u202etxt.exe",
        "\x00",
        "é" * 300,
    ):
        begun = archive.begin(rea, "When?")
        archive.rename(rea, begun.id, title) if title.strip("\x00") else None
        reply = target.as_user("Rea").get(f"/api/conversations/{begun.id}.md")
        named = reply.headers.get("content-disposition", "")
        is_plain = re.fullmatch(r'attachment; filename="[a-z0-9-]+\.md"', named) is not None
        yield f"an export called {title[:24]!r}", is_plain and "set-cookie" not in reply.headers


def nested_bodies(target: Guarded) -> Tried:
    """Huge, deep, odd and broken bodies for the API, OpenAI's and MCP: no failure, no trace."""
    client = target.as_user("Ada")
    deep = "[" * 50_000 + "]" * 50_000
    objects = '{"a":' * 20_000 + "1" + "}" * 20_000
    message = {"role": "user", "content": "When was the harbour built?"}
    odd: list[bytes] = [
        b"",
        b"{",
        b"[]",
        b"null",
        b"5",
        b'"x"',
        b"\xff\xfe",
        b"\x00",
        deep.encode(),
        objects.encode(),
        b'{"a": NaN}',
        b'{"a": 1e999}',
        b'{"a": ' + b"9" * 5000 + b"}",
        b'{"\\ud800": 1}',
        b'{"question": "\\ud800", "query": "\\ud800", "input": "\\ud800", "model": "footnote"}',
        b'{"question": "\\u0000", "query": "\\u0000", "input": "\\u0000", "model": "footnote"}',
        b"{" + b",".join(b'"k%d": 1' % n for n in range(20_000)) + b"}",
        b'{"question": "x", "question": ["y"], "query": {}, "input": {}, "messages": {}}',
    ]
    models = ["footnote", "footnote-query", "\ud800", "x" * 50_000, None, ["footnote"], {"a": 1}]
    shapes: list[Any] = (
        [{"model": model, "messages": [message], "input": "x"} for model in models]
        + [
            {"model": "footnote", "messages": messages, "input": messages}
            for messages in (
                [],
                [None],
                [5],
                [[]],
                [{}],
                ["x"],
                [message] * 3000,
                [message | {"role": "tool"}],
                [message | {"content": None}],
                [message | {"content": []}],
                [message | {"content": {"a": 1}}],
                [message | {"content": [{"type": "text", "text": "x" * 300_000}]}],
                [message | {"content": [{"type": "text"}]}],
                [message | {"content": "\ud800"}],
                [
                    message
                    | {
                        "content": [
                            {"type": "image_url", "image_url": {"url": "http://127.0.0.1:9/"}}
                        ]
                    }
                ],
                [message | {"content": "x" * 900_000}],
                [{"role": "assistant", "content": "x"}],
                [message | {"role": "\ud800"}],
                [message | {"name": deep[:200]}],
            )
        ]
        + [
            {"model": "footnote", "messages": [message], "input": "x", name: value}
            for name in (
                "stream",
                "n",
                "tools",
                "tool_choice",
                "response_format",
                "temperature",
                "stop",
                "max_tokens",
                "stream_options",
                "metadata",
                "user",
                "dimensions",
                "encoding_format",
            )
            for value in (10**30, "\ud800", {"a": [[]]})
        ]
    )
    contents = odd + [json.dumps(one).encode() for one in shapes]
    for path in ("/v1/chat/completions", "/v1/responses", "/v1/embeddings"):
        for content in contents:
            yield f"{path} {content[:90]!r}", _holds(client, path, content)
    for path in (
        "/mcp",
        "/api/ask",
        "/api/ask/stream",
        "/api/search",
        "/api/documents/restore",
        "/api/index/rollback",
        "/api/documents",
        "/login",
    ):
        for content in odd:
            yield f"{path} {content[:60]!r}", _holds(client, path, content)
    for call in (
        {"method": "tools/call", "params": {"name": "ask", "arguments": {"question": "\ud800"}}},
        {"method": "tools/call", "params": {"name": "ask", "arguments": deep[:1000]}},
        {"method": "tools/call", "params": {"name": "\ud800"}},
        {"method": "\ud800"},
        {"method": ""},
        {"method": "tools/list", "params": []},
        {"method": "resources/read", "params": {"uri": "\ud800"}},
        {"method": "resources/read", "params": {"uri": "footnote://document/%ED%A0%80"}},
        {"method": "initialize", "params": {}},
        {"method": "ping", "id": None},
        {"id": {"a": 1}},
        {"method": "tools/list", "id": 10**40},
        {"jsonrpc": "1.0"},
        {"result": 1},
        {"error": 5},
    ):
        content = json.dumps({"jsonrpc": "2.0", "id": 1} | call).encode()
        yield f"/mcp {content[:90]!r}", _holds(client, "/mcp", content)
    batch = json.dumps([{"jsonrpc": "2.0", "id": n, "method": "ping"} for n in range(5000)])
    yield "/mcp 5000 calls at once", _holds(client, "/mcp", batch.encode())
    for path in ("/v1/chat/completions", "/v1/responses", "/v1/embeddings", "/mcp"):
        reply = client.post(path, content=b'{"a": "' + b"a" * 1_000_000 + b'"}')
        yield f"{path} 1 MB", reply.status_code == 413
    yield "no traceback in the log", "Traceback" not in target.log.read_text(errors="replace")


def other_servers(target: Guarded) -> Tried:
    """SSRF: addresses in requests, events and documents; a server of this machine counts visits."""
    with _counting() as (url, visits):
        client = target.as_user("Ada")
        asked = {"role": "user", "content": [{"type": "text", "text": "When was it built?"}]}
        for part in (
            {"type": "image_url", "image_url": {"url": f"{url}/a.png"}},
            {"type": "input_image", "image_url": f"{url}/a.png"},
            {"type": "input_file", "file_url": f"{url}/a.pdf"},
            {"type": "file", "file": {"file_data": f"{url}/a.pdf"}},
        ):
            messages = [{"role": "user", "content": [*asked["content"], part]}]
            for path, field in (("/v1/chat/completions", "messages"), ("/v1/responses", "input")):
                reply = client.post(path, json={"model": "footnote", field: messages})
                yield f"{path} {part['type']}", reply.status_code == 400 and not visits
        tools = [{"type": "mcp", "server_label": "x", "server_url": url}, {"type": "web_search"}]
        client.post("/v1/responses", json={"model": "footnote", "input": "When?", "tools": tools})
        yield "a tool that is another server", not visits
        for field in ("document", "folder"):
            client.post("/api/ask", json={"question": f"What is on {url}?", field: url})
            yield f"/api/ask {field}", not visits
        for method, params in (
            ("resources/read", {"uri": url}),
            ("resources/read", {"uri": f"footnote://document/{url}"}),
            ("tools/call", {"name": "fetch", "arguments": {"id": url}}),
            ("tools/call", {"name": "read_document", "arguments": {"document": url}}),
        ):
            _mcp(client, method, params)
            yield f"MCP {method} {params}", not visits
        client.post("/api/evaluations", json={"suite": "folder", "folder": url})
        yield "a suite elsewhere", not visits
        visitor = Visitor(target, "Ada", PASSWORD)
        file = {"path": f"{url}/a.txt", "url": f"{url}/a.txt", "meta": {"_type": "gradio.FileData"}}
        for event in visitor.queued:
            if event["inputs"] and event["api_name"] in {"upload_documents", "ask_typed_question"}:
                data = [[file], ["a.txt"], None][: len(event["inputs"])]
                yield (
                    f"a file of an event {event['api_name']}",
                    visitor.event(event, data).get("status") == 403,
                )
        for route in (
            f"/gradio_api/proxy={url}/a",
            f"/gradio_api/file={url}/a",
            f"/gradio_api/file/{url}",
        ):
            target.raw("GET", route, bearer(target.key))
            yield route.split("=")[0], not visits
        forms = {
            "page.html": f'<html><head><link rel=stylesheet href="{url}/a.css"><base href="{url}/">'
            f'<meta http-equiv="refresh" content="0;url={url}/m"></head><body>'
            f'<img src="{url}/a.png">'
            f'<iframe src="{url}/f"></iframe><script src="{url}/a.js"></script>'
            "<p>The ferry is red.</p>",
            "feed.xml": f'<!DOCTYPE x [<!ENTITY e SYSTEM "{url}/e">'
            f'<!ENTITY % p SYSTEM "{url}/p"> %p;]>'
            "<x><p>The boat is &e; blue.</p></x>",
            "picture.md": f"![a]({url}/a.png)\n\nThe pier is long.\n\n<img src='{url}/b.png'>\n",
            "mail.eml": f"Subject: Boats\nContent-Type: text/html\n\n<img src='{url}/a.png'>"
            "<p>The mast fell.</p>",
        }
        sent = [("files", (name, text.encode())) for name, text in forms.items()]
        added = client.post("/api/documents", files=sent).json()["added"]
        client.post("/api/index/build")
        while client.get("/api/index/build").json()["active"]:
            threading.Event().wait(0.2)
        for name in forms:
            yield f"a document {name}", name in added and not visits
            client.delete(f"/api/documents/{name}")
        client.post("/api/index/build")
        while client.get("/api/index/build").json()["active"]:
            threading.Event().wait(0.2)


ACCOUNT_ATTACKS: dict[str, Callable[[Guarded], Tried]] = {
    "keys": keys,
    "roles on routes": roles,
    "roles in events": events,
    "pages of other sites, with a session": other_sites,
    "sessions": sessions,
    "headers of proxies": proxies,
    "belongings of others": belongings,
    "names that lead out": places,
    "broken heads": broken_heads,
    "nested bodies": nested_bodies,
    "addresses of other servers": other_servers,
    "guessed passwords": passwords,
}


def _checked(target: Guarded) -> Iterator[tuple[str, str, str]]:
    """Method, path and right of each route that takes one."""
    for method, path in target.routes:
        if path not in OPEN:
            yield method, path, RIGHT_OF.get(f"{method} {path}", "ask")


def _filled(path: str) -> str:
    """The path of a route, its parameters filled in.

    >>> _filled("/api/documents/{document_id}")
    '/api/documents/harbour.txt'
    """
    values = {"document_id": "harbour.txt", "number": "1"}
    return re.sub(r"\{(\w+)\}", lambda found: values.get(found[1], "x"), path)


def _is_out(target: Guarded, session: str) -> bool:
    headers = {"Cookie": f"{target.cookie}={session}"}
    return target.raw("GET", "/api/index", headers).status in {0, 400, 401}


def _log_in(
    target: Guarded, name: str, password: str, headers: dict[str, str] | None = None,
    source: str = OTHER,
) -> httpx.Response:  # fmt: skip
    with httpx.Client(
        base_url=target.url,
        timeout=WAIT_S,
        transport=httpx.HTTPTransport(local_address=source),
    ) as client:
        form = {"name": name, "password": password}
        return client.post("/login", data=form, headers=headers)


def _mcp(client: httpx.Client, method: str, params: dict[str, Any]) -> httpx.Response:
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    headers = {"Accept": "application/json, text/event-stream"}
    return client.post("/mcp", json=body, headers=headers)


def _holds(client: httpx.Client, path: str, content: bytes) -> bool:
    """Whether a body is answered or refused without a failure, a trace or a place."""
    headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
    reply = client.post(path, content=content, headers=headers)
    told = reply.text
    is_discreet = "Traceback" not in told and "site-packages" not in told
    return reply.status_code < 500 and is_discreet and '"server_error"' not in told


def _leaks(reply: httpx.Response) -> bool:
    return Reply(reply.status_code, reply.content, {}).leaks


def _own_words(reply: Reply) -> str:
    """An error without the name that was asked for, in which places would stand."""
    return "" if reply.status == 404 else reply.body.decode(errors="replace").partition("the-")[2]


def _host(target: Guarded) -> str:
    return "{}:{}".format(*target.address)


def _sent(target: Guarded, head: str, source: str) -> bytes:
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


@contextmanager
def _counting() -> Iterator[tuple[str, list[str]]]:
    """A server of this machine, and the paths that were asked of it."""
    visits: list[str] = []

    class Counting(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # what is fetched is fetched by GET
            visits.append(self.path)
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Counting)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", visits
    finally:
        server.shutdown()
        server.server_close()
