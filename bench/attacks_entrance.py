"""Attacks on the entrance: keys, passwords, sessions, headers of proxies, pages of other sites."""

from __future__ import annotations

import base64
import json
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import httpx
from attacked import WAIT_S, Tried, bearer
from guarded import (
    OTHER,
    PASSWORD,
    PROXY,
    Guarded,
    checked,
    filled,
    sent,
)

from ui.server.accounts import FREE_ATTEMPTS
from ui.server.people import RIGHTS

__all__ = ["keys", "other_sites", "passwords", "proxies", "sessions"]


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
        for method, path, needed in checked(target):
            if needed != right:
                reply = target.raw(method, filled(path), bearer(only), body=b"{}")
                yield f"a key for {right} only, {method} {path}", reply.status == 403
    for method, path, needed in checked(target):
        if needed == "edit":
            reply = target.raw(method, filled(path), bearer(lowered), body=b"{}")
            yield f"key of a lowered role, {method} {path}", reply.status == 403
    log = target.log.read_text(errors="replace")
    yield "no key in the log", not any(key in log for key in (*target.keys.values(), revoked))


def other_sites(target: Guarded) -> Tried:
    """CSRF: the login, the logout and every route that changes something, from other pages."""
    session = target.session("Ada")
    cookie = {"Cookie": f"{target.cookie}={session}"}
    before = target.held()
    changing = [(m, filled(path)) for m, path in target.routes if m != "GET"]
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
            target.raw(method, filled(path), cookie)
    target.raw("GET", "/logout", cookie)
    yield "reading changes nothing", target.held() == before
    yield "the session lives", target.raw("GET", "/api/index", cookie).status == 200
    for media_type in (
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
    ):
        body = json.dumps({"question": "When was the harbour built?"}).encode()
        reply = target.raw("POST", "/api/ask", cookie | {"Content-Type": media_type}, body=body)
        yield f"JSON that is called {media_type}", reply.status == 422


def sessions(target: Guarded) -> Tried:
    """Fixed, changed and ended sessions; what a login sets."""
    planted = "attacker-chose-this-session"
    form = {"name": "Eve", "password": PASSWORD}
    visitor = target.client()
    visitor.cookies.set(target.cookie, planted)
    reply = visitor.post("/login", data=form)
    set_cookie = reply.headers["set-cookie"]
    own = re.findall(rf"{target.cookie}=([^;]+)", set_cookie)[0]
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
        shown = target.raw("GET", "/api/index", {"Cookie": f"{cookie}={own}"})
        yield f"the session as {cookie}", shown.status == 401
    for path in (
        f"/?{target.cookie}={own}",
        f"/api/index?session={own}",
        f"/api/index?session_hash={own}",
    ):
        yield f"the session in the address {path[:20]}", target.raw("GET", path).status == 401
    for claimed in ("account:1", "account:4", "Ada"):
        headers = {"Cookie": f"{target.cookie}={own}; footnote_user={claimed}"}
        begun = target.raw("POST", "/api/index/build", headers, body=b"{}")
        yield f"a reader who calls themselves {claimed}", begun.status == 403
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
    twice = sent(
        target,
        f"GET /api/evaluations HTTP/1.1\r\nHost: {target.host}\r\n{name}: Rea\r\n"
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
        sent = target.raw("POST", "/login", kind, body=body, source="127.0.0.4")
        yield f"the form {body!r}", 400 <= sent.status < 500 and sent.status != 404
    long = target.raw("POST", "/login", {"Content-Length": "5000"}, source="127.0.0.4")
    yield "a long form", long.status in {401, 413}


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
