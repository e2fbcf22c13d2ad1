"""Attacks by what a request holds: names, heads, bodies, addresses of other servers."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import quote

import httpx
from attacked import MARK, Reply, Tried, Visitor, bearer
from guarded import (
    PASSWORD,
    PROXY,
    Guarded,
    mcp,
    sent,
)

from rag.conversations.archive import Archive
from ui.mcp.addresses import address_of

__all__ = ["broken_heads", "nested_bodies", "other_servers", "places"]


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
            came = client.post(route, json=body)
            yield (
                f"POST {route} {path!r}",
                400 <= came.status_code < 500 and MARK not in came.text,
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
            told = mcp(reader, "tools/call", {"name": tool, "arguments": arguments})
            yield f"MCP {tool} {path!r}", told.status_code < 500 and not _leaks(told)
        for uri in (path, address_of(path), f"footnote://document/{path}", f"file://{path}"):
            told = mcp(reader, "resources/read", {"uri": uri})
            yield f"MCP reads {uri!r}", told.status_code < 500 and not _leaks(told)
    yield "nothing has changed", target.held() == before
    yield "nothing was taken", target.is_whole()


def broken_heads(target: Guarded) -> Tried:
    """Headers that are split, doubled or contradict each other."""
    host, key = target.host, f"Authorization: Bearer {target.keys['Rea']}\r\n"
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
        told = sent(target, head, PROXY if "Ada" in head else "127.0.0.1")
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
    several: list[Any] = [
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
            | {"content": [{"type": "image_url", "image_url": {"url": "http://127.0.0.1:9/"}}]}
        ],
        [message | {"content": "x" * 900_000}],
        [{"role": "assistant", "content": "x"}],
        [message | {"role": "\ud800"}],
        [message | {"name": deep[:200]}],
    ]
    values: list[Any] = [10**30, "\ud800", {"a": [[]]}]
    shapes: list[Any] = (
        [{"model": model, "messages": [message], "input": "x"} for model in models]
        + [{"model": "footnote", "messages": messages, "input": messages} for messages in several]
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
            for value in values
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
            mcp(client, method, params)
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
