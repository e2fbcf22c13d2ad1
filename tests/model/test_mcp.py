"""A program that speaks MCP gives up a question: the work for it ends, and its turn is free."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import anyio
import pytest
import uvicorn
from fastapi import FastAPI
from mcp import Client

from index.embedding.embedder import Embedder
from rag.assemble import Services
from rag.settings import Settings
from tests.apart import run_apart
from ui.mcp.server import McpEndpoint, McpServer
from ui.server.turns import TURNS, Turns

FERRY = "The ferry to Lindal leaves at 7:40 from pier four.\n"

pytestmark = pytest.mark.enable_socket


class Writer:
    """A language model that writes without end; it notices when nobody reads any more."""

    def __init__(self) -> None:
        self.begun, self.left = threading.Event(), threading.Event()
        writer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                self.end_headers()
                value = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
                delta = {"content": "The ferry to Lindal leaves at 7:40 from pier four [1]. "}
                choices = [{"index": 0, "delta": delta, "finish_reason": None}]
                line = f"data: {json.dumps(value | {'choices': choices})}\n\n".encode()
                with suppress(OSError):
                    while not writer.left.wait(0.05):
                        self.wfile.write(line)
                        writer.begun.set()
                writer.left.set()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/v1"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def writer() -> Iterator[Writer]:
    made = Writer()
    yield made
    made.close()


@pytest.fixture
def slow(tmp_path: Path, real_embedder: Embedder, writer: Writer) -> Services:
    """Services whose answers never end by themselves."""
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "ferry.txt").write_text(FERRY)
    settings = Settings(
        seeds=tmp_path / "seeds",
        home=tmp_path / "home",
        generator="openai",
        llm_base_url=writer.url,
        llm_model="m",
        llm_answer_timeout_s=60,
    )
    services = Services(settings)
    services.use_embedder(real_embedder)
    services.builder.build()
    return services


@contextmanager
def served(services: Services, turns: Turns) -> Iterator[str]:
    """The endpoint by itself, as a real server."""
    endpoint = McpEndpoint(services)
    app = FastAPI(routes=[endpoint.route], lifespan=endpoint.running)

    async def with_turns(scope, receive, send) -> None:
        await app({**scope, TURNS: turns}, receive, send)

    config = uvicorn.Config(with_turns, port=0, log_level="error", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/mcp"
    finally:
        server.should_exit = True
        thread.join()


async def give_up(client: Client, begun: threading.Event) -> None:
    """Ask, and leave when the answer is being written."""
    async with client as connected, anyio.create_task_group() as tasks:
        question = {"question": "When does the ferry to Lindal leave?"}
        tasks.start_soon(connected.call_tool, "ask", question)
        while not begun.is_set():
            await anyio.sleep(0.02)
        tasks.cancel_scope.cancel()


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_over_http_the_work_ends_with_the_request(slow, writer, mode) -> None:
    turns = Turns(running=1, waiting=0)
    with served(slow, turns) as url:
        run_apart(anyio.run, give_up, Client(url, mode=mode), writer.begun)
        assert writer.left.wait(5)
        writer.begun.clear()

        async def is_free() -> bool:
            async with Client(url, mode=mode) as client:
                for _ in range(100):
                    told = await client.call_tool("search", {"query": "ferry"})
                    if not told.is_error:
                        return True
                    assert "too many questions at a time" in told.content[0].text
                    await anyio.sleep(0.05)
            return False

        assert run_apart(anyio.run, is_free)


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_over_one_connection_the_work_ends_with_the_request(slow, writer, mode) -> None:
    run_apart(anyio.run, give_up, Client(McpServer(slow).server, mode=mode), writer.begun)
    assert writer.left.wait(5)
