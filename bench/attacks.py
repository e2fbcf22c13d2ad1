"""Attacks on a running server, counted: how many were tried, and which did not hold.

A server of its own is started on this machine over a small folder. What is tried, group by group,
is what a visitor, a page of another site or a program of this machine could send; a marked file
beside the folder must never be read, taken or removed. Amounts and times are bounded.

    python bench/attacks.py [--seconds 20] [--askers 64] [--only GROUPS]

A second server has users, whom it knows by keys, sessions and a proxy (attacks_accounts.py).

Exit status 1 when one attack did not hold; the counts stand in docs/security.md. Elsewhere: pages
with hostile text (the tests of the window), hostile documents (tests/model/test_hostile.py), kills
(bench/faults.py).
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
from attacked import MARK, SLOW_S, WAIT_S, Target, Tried, Visitor, bearer
from attacks_accounts import ACCOUNT_ATTACKS
from guarded import GUARDED, Guarded, add_people

from rag.conversations.archive import Archive


def file_routes(target: Target) -> Tried:
    """Files by the routes that give files."""
    database, hidden = target.home / "conversations.db", target.home / "CURRENT"
    database.touch()
    routes = [f"/gradio_api/{name}" for name in ("file=", "file/", "stream/", "custom_component/")]
    routes += ["/static/", "/assets/", "/svelte/", "/gradio_api/proxy=http://127.0.0.1:9/"]
    for path in (target.secret, database, hidden, Path("/etc/passwd"), Path("/proc/self/environ")):
        up = "../" * 12
        spelled = [str(path), f"{up}{path}", quote(str(path), safe=""), f"{path}%00.txt"]
        spelled += [quote(f"{up}{path}", safe=""), quote(quote(f"{up}{path}", safe=""))]
        for route in routes:
            for one in spelled:
                reply = target.raw("GET", route + one)
                yield f"GET {route}{one}", not reply.leaks and reply.status != 500


def other_routes(target: Target) -> Tried:
    """Routes that the window does not need: none fails, none gives a file."""
    names = (
        "user login_check token app_id info openapi.json startup-events theme.css runs deep_link"
    )
    routes = [f"/gradio_api/{name}" for name in names.split()]
    routes += ["/config", "/monitoring", "/monitoring/summary", "/login", "/logout", "/robots.txt"]
    routes += [
        "/manifest.json",
        "/pwa_icon",
        "/favicon.ico",
        "/api/openapi.json",
        "/docs",
        "/redoc",
    ]
    routes += ["/gradio_api/vibe-code", "/gradio_api/profiling/traces", "/gradio_api/mcp/sse"]
    routes += [
        "/api/documents/..%2f..%2fsecret.txt",
        "/api/documents/%00",
        "/api/conversations/x.md",
    ]
    for route in routes:
        for method in ("GET", "POST"):
            reply = target.raw(method, route, {"Content-Length": "0"} if method == "POST" else None)
            yield f"{method} {route}", not reply.leaks and reply.status not in {0, 500}


def files_in_events(target: Target) -> Tried:
    """F1, F2: files in events that nobody uploaded, or whose path is another one."""
    visitor = Visitor(target)
    came = visitor.upload("a.txt", b"An uploaded file about the harbour.")
    meta = {"meta": {"_type": "gradio.FileData"}}
    outside = [
        {"path": str(target.secret), "orig_name": "a.txt", **meta},
        {"path": str(target.secret), "orig_name": "a.txt", "is_stream": True, **meta},
        {"path": f"{Path(came).parent}/../../../secret.txt", "orig_name": "a.txt", **meta},
        {"path": came, "is_stream": True, **meta},
        {"path": "http://127.0.0.1:9/a.txt", "orig_name": "a.txt", **meta},
        {"path": [str(target.secret)], **meta},
        {"path": "/proc/self/environ", "url": "/x", **meta},
    ]
    for file in outside:
        for event, data in (
            ("upload_documents", [[file], ["v.txt"], None]),
            ("upload_documents", [[file], ["v.exe"], None]),
            ("upload_documents", [file, ["v.txt"], None]),
            ("upload_documents", [[], [file], None]),
            ("lambda_3", [file]),
            ("ask_typed_question", [file, None, None]),
            ("start_run", [file, file, 5]),
        ):
            message = visitor.event(event, data)
            yield f"{event} {data}", message.get("status") == 403 and target.is_whole()
    kept = visitor.event(
        "upload_documents", [[{"path": came, "orig_name": "a.txt", **meta}], ["a 1.txt"], None]
    )
    yield "an uploaded file is taken", bool(kept.get("success")) and not Path(came).exists()
    for names in ([], ["a", "b"], "a", None, [["a.txt"]], [5], {"0": "a.txt"}):
        again = visitor.upload("b.txt", b"Another uploaded file.")
        visitor.event(
            "upload_documents", [[{"path": again, "orig_name": "b.txt", **meta}], names, None]
        )
        yield f"risk 24: names {names}", target.is_whole() and not (target.seeds / "b.txt").exists()


def hosts(target: Target) -> Tried:
    """Risk 4, F14: names of other servers, and headers of proxies that there are not."""
    port = target.address[1]
    for host in (
        "evil.example", f"evil.example:{port}", "127.0.0.1.evil.example", "localhost.evil.example",
        f"127.0.0.1:{port}.evil.example", "0.0.0.0", "127.1", "2130706433", "[::ffff:127.0.0.1]",
        "10.0.0.1", "localhost@evil.example", "evil.example#localhost", "", " ", "localhost:port",
    ):  # fmt: skip
        for path in ("/", "/api/ping", "/gradio_api/queue/data?session_hash=x"):
            yield f"Host {host!r} {path}", target.raw("GET", path, {"Host": host}).status == 400
    for header in (
        "X-Forwarded-Host",
        "X-Forwarded-Server",
        "X-Gradio-Server",
        "Forwarded",
        "X-Real-IP",
    ):
        for value in ("evil.example", "http://evil.example", "host=evil.example"):
            reply = target.raw("GET", "/", {header: value, "X-Forwarded-Proto": "https"})
            yield f"{header}: {value}", reply.status == 200 and b"evil.example" not in reply.body


def other_origins(target: Target) -> Tried:
    """F3, F4, F11, F13: what pages of other sites and of other ports make a browser send."""
    own, port = target.url, target.address[1]
    for origin in (
        "https://evil.example", f"http://127.0.0.1:{port + 1}", "http://127.0.0.1", "null",
        f"http://localhost:{port}", f"https://127.0.0.1:{port + 1}", f"{own}.evil.example", "file://",
    ):  # fmt: skip
        for method, path in (
            ("POST", "/gradio_api/upload"), ("POST", "/gradio_api/queue/join"),
            ("POST", "/api/ask"), ("GET", "/config"), ("GET", "/api/index"),
            ("OPTIONS", "/gradio_api/queue/join"),
        ):  # fmt: skip
            headers = {"Origin": origin, "Content-Length": "0", "Content-Type": "text/plain"}
            yield f"{method} {path} from {origin}", target.raw(method, path, headers).status == 403
    for site in ("cross-site", "same-site"):
        for dest, mode in (("iframe", "navigate"), ("image", "no-cors"), ("script", "no-cors")):
            headers = {"Sec-Fetch-Site": site, "Sec-Fetch-Dest": dest, "Sec-Fetch-Mode": mode}
            yield f"{site} {dest}", target.raw("GET", "/", headers).status == 403
    reply = target.raw("GET", "/")
    framed = reply.headers.get("x-frame-options") == "DENY"
    policy = "frame-ancestors 'none'" in reply.headers.get("content-security-policy", "")
    yield "the page in a frame", framed and policy


def bodies(target: Target) -> Tried:
    """F5, F10: malformed and odd requests are refused at once, in words."""
    client = target.client()
    odd: list[Any] = [
        {}, [], 5, "x", None, {"question": None}, {"question": 5}, {"question": []},
        {"question": "x" * 4001}, {"question": "x", "k": 0}, {"question": "x", "k": "many"},
        {"question": "x", "document": "[a" * 4000}, {"question": "x", "document": "a" * 500_000},
        {"question": "x", "folder": "a" * 2000}, {"question": "x", "formats": ["a" * 17]},
        {"question": "x", "formats": ["a"] * 51}, {"question": "x", "after": "2025"},
        {"question": "x", "history": [{"role": "system", "content": "x"}]}, {"unknown": 1},
        {"question": "x", "history": [{"role": "user", "content": "x" * 20_001}]},
    ]  # fmt: skip
    contents = [json.dumps(one).encode() for one in odd]
    contents += [
        b"",
        b"{",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"question": NaN}',
        b"a=b",
        b"\x00" * 100,
    ]
    for path in ("/api/ask", "/api/search", "/gradio_api/queue/join", "/gradio_api/cancel"):
        for content in contents:
            began = time.monotonic()
            reply = client.post(path, content=content, headers={"Content-Type": "application/json"})
            is_quick = time.monotonic() - began < SLOW_S
            yield f"{path} {content[:60]!r}", 400 <= reply.status_code < 500 and is_quick
    for document in ("[a" * 512, "*a" * 512, "?" * 1024, "[!" * 512, "[" * 1024):
        began = time.monotonic()
        reply = client.post("/api/search", json={"query": "harbour", "document": document})
        is_quick = time.monotonic() - began < SLOW_S
        yield f"document {document[:8]}…", reply.status_code == 200 and is_quick
    for cookie in ("a/b=1", "x@y=1", "a,b=1", "a(b)=1", "{x}=1", '"', "=;=;", "a=" + "b" * 4000):
        yield f"cookie {cookie[:20]}", target.raw("GET", "/", {"Cookie": cookie}).status == 200


def random_events(target: Target) -> Tried:
    """F15: every event with odd data; nothing of an error is told, the log stays short."""
    visitor = Visitor(target)
    before = target.log.stat().st_size
    chance = random.Random(0)
    odd: list[Any] = [
        None,
        "",
        "x",
        -1,
        10**30,
        True,
        [],
        {},
        [None],
        {"a": 1},
        "../x",
        "\x00",
        [[5]],
    ]
    for event in visitor.queued:
        if re.fullmatch(r"(built|pressed|drafted|begun_1|suggest|test)(_\d+)?", event["api_name"]):
            continue  # these work: what they do is tried elsewhere
        for number in range(2):
            data = [chance.choice(odd) for _ in event["inputs"]][number:]
            given = {name: chance.choice(odd) for name in ("id", "turn", "number", "answer", "on")}
            message = visitor.event(event, data, given if number else None)
            told = json.dumps(message)
            is_discreet = "Traceback" not in told and "site-packages" not in told
            yield f"{event['api_name']} {data}", is_discreet
    log = target.log.read_text(errors="replace")
    yield "no traceback in the log", "Traceback" not in log
    yield "the log is short", target.log.stat().st_size - before < 100_000
    yield "the server lives", target.is_whole()


def conversations(target: Target) -> Tried:
    """F16: what somebody else asked, by ids, cookies, words and sessions."""
    ann, eve = Visitor(target), Visitor(target)
    session = uuid.uuid4().hex
    ann.ask("When was the harbour of Lindal built?", session)
    shown = json.dumps(ann.event("list_conversations", ["", None]))
    [name, *_] = re.findall(r'data-id=\\"([\w-]+)\\"', shown)
    yield "it is kept for the one who asked", "harbour of Lindal" in shown
    for words in ("", "%", "_", "harbour", "' OR 1=1 --", "\\"):
        yield (
            f"list {words}",
            name not in json.dumps(eve.event("list_conversations", [words, None])),
        )
    for ending in ("md", "json"):
        reply = eve.client.get(f"/api/conversations/{name}.{ending}")
        yield f"export {ending}", reply.status_code == 404
    cookie = ann.client.cookies["footnote_user"]
    for forged in ("", "%", cookie[:-1], cookie + "x", cookie.swapcase(), "' OR 1=1 --"):
        headers = {"Cookie": f"footnote_user={forged}"}
        sent = target.raw("GET", f"/api/conversations/{name}.md", headers)
        yield f"cookie {forged}", sent.status == 404
    archive = Archive(target.home)
    for owner in ("account:1", "proxy:Ada"):  # of somebody who logs in elsewhere over this home
        theirs = archive.begin(owner, "What does Ada think?").id
        headers = {"Cookie": f"footnote_user={owner}"}
        sent = target.raw("GET", f"/api/conversations/{theirs}.md", headers)
        yield f"a browser that calls itself {owner}", sent.status == 404
        listed = target.raw("GET", "/api/conversations", headers)
        yield f"the list of {owner}", b"Ada" not in listed.body
    for event in ("open_conversation", "delete_conversation", "rename_conversation"):
        data: list[Any] = ["", None] if len(eve.events[event]["inputs"]) == 2 else [""]
        told = json.dumps(eve.event(event, data, {"id": name, "title": "Mine"}))
        yield f"{event} by id", "harbour of Lindal" not in told
    for event, data in (
        ("edit_question", [None, None]),
        ("show_banner", [None, None]),
        ("suggest_questions", [None]),
    ):
        message = eve.event(event, data, {"turn": 1}, session=session)
        yield f"{event} in the other's session", message.get("status") == 403
    stream = eve.client.get("/gradio_api/queue/data", params={"session_hash": session})
    yield "the other's stream", stream.status_code == 403
    yield "it is still there", ann.client.get(f"/api/conversations/{name}.md").status_code == 200


def names(target: Target) -> Tried:
    """F17, F18: paths as ids, as names of uploads, as folders; nothing outside is touched."""
    visitor = Visitor(target)
    for path in (
        "../secret.txt", str(target.secret), "..\\secret.txt", "a/../../secret.txt", ".", "", "~",
        "../home/CURRENT", "~root", "~nouser", "\x00", "//etc/passwd", "%2e%2e/secret.txt",
    ):  # fmt: skip
        session = uuid.uuid4().hex
        visitor.event("select_document", ["", 10, None, None], {"id": path, "on": True}, session)
        deleting = next(e for e in visitor.queued if e["api_name"] == "delete_documents")
        visitor.event(deleting, ["", 10, None, None], session=session)
        yield f"delete {path!r}", target.is_whole() and (target.home / "CURRENT").is_file()
        visitor.event("use_generation", ["", 10, None, None], {"id": path})
        yield f"go back to {path!r}", target.is_whole() and (target.home / "CURRENT").is_file()
        visitor.event("choose_run", [], {"run": path})
        told = json.dumps(visitor.event("start_run", ["folder", path, 5]))
        yield f"suite {path!r}", MARK not in told and "root:x:" not in told
    meta = {"meta": {"_type": "gradio.FileData"}}
    for name in (
        "../up.txt", "/tmp/up.txt", "a/b.txt", "..", ".hidden.txt", "CON.txt", "a:b.txt", "a*?.txt",
        "\u202etxt.exe", "a\nb.txt", "a" * 300 + ".txt", "x.exe", "x", "a\x00.txt", "nul.md",
    ):  # fmt: skip
        before = set(target.seeds.rglob("*"))
        came = visitor.upload("plain.txt", f"A file that is named {name!r}.".encode())
        visitor.event(
            "upload_documents", [[{"path": came, "orig_name": name, **meta}], [name], None]
        )
        yield f"upload as {name!r}", set(target.seeds.rglob("*")) == before and target.is_whole()
    for ending in ("html", "svg", "xml", "xhtml", "mhtml", "js", "css", "pdf", "htm", "shtml"):
        came = visitor.upload(f"active.{ending}", b"<script>alert(1)</script>" + ending.encode())
        reply = target.raw("GET", "/gradio_api/file=" + quote(came))
        kept = reply.headers.get("content-disposition", "").startswith("attachment")
        is_inert = kept or "html" not in reply.headers.get("content-type", "")
        is_fixed = reply.headers.get("x-content-type-options") == "nosniff"
        yield f"an uploaded {ending}", is_inert and is_fixed
        split = target.raw("GET", "/gradio_api/file=" + quote(came), {"Range": "bytes=0-1,3-4"})
        yield f"two parts of an uploaded {ending}", split.status not in {0, 500}


def questions(target: Target) -> Tried:
    """Questions of 4,000 characters, made for regular expressions to go back and forth."""
    client = target.client()
    for unit in (
        "a",
        "a ",
        "[",
        "(a",
        "what of ",
        "and ",
        "1,",
        "http://",
        "ａ",
        "\u0301",
        '"',
        "who, ",
    ):
        began = time.monotonic()
        reply = client.post("/api/ask", json={"question": (unit * 4000)[:4000]})
        is_quick = time.monotonic() - began < SLOW_S
        yield f"question of {unit!r}", reply.status_code in {200, 422} and is_quick


def big_bodies(target: Target) -> Tried:
    """F7, F11: bodies that are too long, and what the server keeps of them."""
    client = target.client()
    before = _memory_mb(target.pid)
    long = json.dumps({"data": ["a" * 30_000_000], "fn_index": 0, "session_hash": "x"})
    for path in (
        "/gradio_api/queue/join",
        "/api/ask",
        "/api/search",
        "/gradio_api/cancel",
        "/config",
    ):
        with suppress(httpx.WriteError, httpx.RemoteProtocolError):  # it hangs up before the end
            reply = client.post(path, content=long, headers={"Content-Type": "application/json"})
            yield f"30 MB to {path}", reply.status_code == 413
    pieces = (b"a" * 100_000 for _ in range(30))
    with suppress(httpx.WriteError, httpx.RemoteProtocolError):
        yield "3 MB of unknown length", client.post("/api/ask", content=pieces).status_code == 413
    reply = client.post("/gradio_api/upload", content=(b"a" for _ in range(3)))
    yield "an upload of unknown length", reply.status_code == 411
    head = {"Content-Length": str(10**12), "Content-Type": "multipart/form-data; boundary=x"}
    yield "an upload of a terabyte", target.raw("POST", "/gradio_api/upload", head).status == 413
    grown = _memory_mb(target.pid) - before
    yield f"memory grows by {grown:.0f} MB, less than 50", grown < 50


def connections(target: Target) -> Tried:
    """F8, F12: many at once; the rest is answered meanwhile, and memory comes back."""
    half = b"POST /api/ask HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\n{"
    begun = b"GET / HTTP/1.1\r\nHost: "
    with _idle(target, 100, b""), _idle(target, 50, begun), _idle(target, 50, half):
        took = _ping_s(target)
        yield f"{took:.2f} s for a ping beside 200 idle connections", took < 5
    client = target.client()
    asked = {"question": "When was the harbour of Lindal built?"}
    client.post("/api/ask", json=asked)
    before = _memory_mb(target.pid)
    pings: list[float] = []
    # In another process: Python's lock of this one would delay the pings, not the server.
    command = [sys.executable, __file__, "--ask", target.url]
    command += ["--seconds", str(target.seconds), "--askers", str(target.askers)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as asking:
        while asking.poll() is None:
            pings.append(_ping_s(target))
            time.sleep(0.2)
        counts = json.loads(asking.stdout.read() if asking.stdout else "")
    answers, failed = counts.pop("200", 0), sum(counts.values())
    yield f"{target.askers} askers, {answers} answers, {failed} errors", failed == 0
    pings.sort()
    typical, worst = pings[len(pings) // 2], pings[-1]
    # The askers share the processors with the server, so the bound is a wide one.
    yield (
        f"ping meanwhile: median {typical * 1000:.0f} ms, longest {worst * 1000:.0f} ms",
        worst < 5,
    )
    time.sleep(2)
    after = _memory_mb(target.pid)
    yield f"memory {before:.0f} MB before, {after:.0f} MB after", after < before * 1.1 + 50


def _ask_all(url: str, askers: int, seconds: float) -> list[int]:
    """The statuses of questions that nobody asked before, by so many clients for so long."""
    until = time.monotonic() + seconds

    def ask(number: int) -> list[int]:
        statuses: list[int] = []
        with httpx.Client(base_url=url, timeout=WAIT_S * 3, trust_env=False, verify=False) as own:
            while time.monotonic() < until:
                new = {"question": f"When was harbour {len(statuses)} of asker {number} built?"}
                statuses.append(own.post("/api/ask", json=new).status_code)
        return statuses

    with ThreadPoolExecutor(askers) as pool:
        return [status for found in pool.map(ask, range(askers)) for status in found]


ATTACKS: dict[str, Callable[[Target], Tried]] = {
    "file routes": file_routes,
    "other routes": other_routes,
    "files in events": files_in_events,
    "hosts": hosts,
    "other origins": other_origins,
    "malformed bodies": bodies,
    "random events": random_events,
    "conversations of others": conversations,
    "names and paths": names,
    "long questions": questions,
    "big bodies": big_bodies,
    "connections": connections,
}


def _memory_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+)", status)
    return int(found[1]) / 1000 if found else 0.0


def _ping_s(target: Target) -> float:
    began = time.monotonic()
    assert target.raw("GET", "/api/ping").status == 200
    return time.monotonic() - began


@contextmanager
def _idle(target: Target, count: int, begun: bytes) -> Iterator[None]:
    """Connections that say no more than this."""
    held = [socket.create_connection(target.address) for _ in range(count)]
    try:
        for one in held:
            one.sendall(begun)
        yield
    finally:
        for one in held:
            one.close()


@contextmanager
def server(
    place: Path, seconds: float, askers: int, keys: dict[str, str] | None = None
) -> Iterator[Target]:
    """A server over a small folder in ``place``; with ``keys``, for those who log in."""
    seeds, home, log = place / "seeds", place / "home", place / "log"
    seeds.mkdir()
    (seeds / "harbour.txt").write_text("The harbour of Lindal was built in 1974 by the town.\n")
    command = [str(Path(sys.executable).parent / "footnote"), "--seeds", str(seeds)]
    command += ["--home", str(home), "chat", "--no-browser", "--port", "0"]
    clean = {k: v for k, v in os.environ.items() if not k.startswith("FOOTNOTE_")}
    settings = GUARDED if keys is not None else {}
    clean |= {f"FOOTNOTE_{name.upper()}": value for name, value in settings.items()}
    if keys is not None:
        keys |= add_people(home)
    with log.open("w") as file:
        process = subprocess.Popen(command, env=clean, stderr=file)
    try:
        url = _answering(log, process, keys["Ada"] if keys else "")
        given = url, seeds, home, log, process.pid, seconds, askers
        yield Guarded(*given, keys=keys) if keys else Target(*given)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=60)


def _answering(log: Path, process: subprocess.Popen[bytes], key: str) -> str:
    """The address, once the index is built."""
    until = time.monotonic() + 300
    while time.monotonic() < until and process.poll() is None:
        found = re.search(r"http://\S+", log.read_text())
        with suppress(httpx.TransportError):
            headers = bearer(key)
            if found and not httpx.get(f"{found[0]}/api/ping", headers=headers).json()["building"]:
                return found[0]
        time.sleep(0.2)
    raise SystemExit(f"the server does not answer: {log.read_text()}")


def main() -> None:
    """Try all, and say what did not hold."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--seconds", type=float, default=20.0, help="how long the askers ask")
    options.add_argument("--askers", type=int, default=64)
    options.add_argument("--only", default="", help="groups whose name matches this expression")
    options.add_argument("--ask", metavar="URL", help="be the askers of a server, and no more")
    chosen = options.parse_args()
    if chosen.ask:
        print(json.dumps(Counter(_ask_all(chosen.ask, chosen.askers, chosen.seconds))))
        return
    open_ones: list[str] = []
    count = 0
    print("| attacks | tried | held |\n|---|---|---|")
    keys: dict[str, str] = {}
    for groups, given in ((ATTACKS, None), (ACCOUNT_ATTACKS, keys)):
        with (
            tempfile.TemporaryDirectory() as place,
            server(Path(place), chosen.seconds, chosen.askers, given) as target,
        ):
            for group, attack in groups.items():
                if not re.search(chosen.only, group):
                    continue
                tried = target.attacked(attack)
                failed = [f"{group}: {what}" for what, held in tried if not held]
                print(f"| {group} | {len(tried)} | {len(tried) - len(failed)} |", flush=True)
                if group in {"big bodies", "connections"}:
                    print("\n".join(f"|   {what} | | |" for what, _ in tried), flush=True)
                open_ones += failed
                count += len(tried)
    print(f"| all | {count} | {count - len(open_ones)} |")
    print("\nWhat did not hold: " + ("nothing" if not open_ones else ""))
    print("\n".join(open_ones))
    sys.exit(1 if open_ones else 0)


if __name__ == "__main__":
    main()
