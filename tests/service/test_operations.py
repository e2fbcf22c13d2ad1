"""What somebody who runs a server sees of it: its log, and traces at an OTLP receiver."""

from __future__ import annotations

import json
import os
import re
import signal
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import pairwise

import grpc
import httpx
import pytest
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc

from rag.conversations.archive import Archive
from tests.service.parts import GIT, committed, fields
from ui.server.accounts import Accounts
from ui.server.audit import AuditLog
from ui.server.native.examples import example

pytestmark = pytest.mark.enable_socket

TEXT = "The harbour of Lindal was built in 1974 by the town.\n"
QUESTION = "When was the harbour of Lindal built?"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE}-00f067aa0ba902b7-01"


class Receiver(trace_service_pb2_grpc.TraceServiceServicer):
    """What a collector (Jaeger, Phoenix) is for the server: it takes spans over gRPC."""

    def __init__(self) -> None:
        self.requests = []
        self._server = grpc.server(ThreadPoolExecutor(2))
        trace_service_pb2_grpc.add_TraceServiceServicer_to_server(self, self._server)
        self.port = self._server.add_insecure_port("127.0.0.1:0")
        self._server.start()

    def Export(self, request, context):  # noqa: N802 - the name of the protocol
        self.requests.append(request)
        return trace_service_pb2.ExportTraceServiceResponse()

    def spans(self) -> list:
        return [
            span
            for request in self.requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    def roots(self, name: str, count: int) -> list:
        """So many spans of that name, waited for."""
        deadline = time.monotonic() + 30
        while len(found := [s for s in self.spans() if s.name == name]) < count:
            assert time.monotonic() < deadline, [s.name for s in self.spans()]
            time.sleep(0.05)
        return found

    def close(self) -> None:
        self._server.stop(1).wait()


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


@pytest.fixture(scope="module")
def window(tmp_path_factory, serve_window, receiver):
    place = tmp_path_factory.mktemp("operations")
    (place / "seeds").mkdir()
    (place / "seeds" / "harbour of lindal.txt").write_text(TEXT)
    config = place / "footnote.toml"
    config.write_text(f"""[sources.away]
kind = "git"
url = "file://{place}/repository"
link = "https://git.example.org/oster/{{path}}"
every_minutes = 0.02
""")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{receiver.port}")
        patch.setenv("OTEL_BSP_SCHEDULE_DELAY", "100")
        return serve_window(
            place / "seeds",
            place / "home",
            config=config,
            log_format="json",
            trusted_proxies="127.0.0.1",
        )


@pytest.fixture
def client(window) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=window.url, trust_env=False, timeout=60) as made:
        yield made


def lines(window) -> list[dict]:
    """The log, but for the line that says where the server is."""
    return [json.loads(line) for line in window.log.read_text().splitlines() if line[0] == "{"]


def line_of(window, request: str) -> dict:
    """The line of a request, which is written behind its answer."""
    deadline = time.monotonic() + 10
    while True:
        for line in lines(window):
            if line.get("request_id") == request:
                return line
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_each_request_is_one_line_with_the_id_that_its_answer_names(window, client) -> None:
    reply = client.post("/api/ask", json={"question": QUESTION})
    line = line_of(window, reply.headers["x-request-id"])
    assert (line["method"], line["route"], line["status"]) == ("POST", "/api/ask", 200)
    assert (line["level"], line["message"], line["visitor"]) == ("info", "request", "unnamed")
    assert line["ms"] > 0
    given = {"X-Request-ID": "proxy-7"}
    assert client.get("/api/documents/nowhere.txt", headers=given).status_code == 404
    assert client.get("/api/ping").headers["x-request-id"] != "proxy-7"
    found = line_of(window, "proxy-7")
    assert (found["route"], found["status"]) == ("/api/documents/{document_id:path}", 404)
    wrong = client.get("/api/documents", headers={"X-Request-ID": 'a" b'})
    assert line_of(window, wrong.headers["x-request-id"])["route"] == "/api/documents"
    assert len(wrong.headers["x-request-id"]) == 16
    refused = client.get("/", headers={"Host": "evil.example"})
    assert line_of(window, refused.headers["x-request-id"])["route"] == ""
    page = client.get("/")
    assert line_of(window, page.headers["x-request-id"])["route"] == "/"
    assert "/api/ping" not in {line.get("route") for line in lines(window)}


def test_a_build_tells_how_it_began_and_what_it_did(window, client) -> None:
    built = [line for line in lines(window) if line["message"].startswith("build ")]
    assert [line["message"] for line in built][:2] == ["build begins", "build done"]
    assert (built[1]["added"], built[1]["failed"], built[1]["chunks"]) == (1, 0, 1)
    assert built[1]["generation"]


def test_an_answer_and_a_build_are_traces_of_their_parts(client, receiver) -> None:
    headers = {"traceparent": PARENT, "X-Request-ID": "traced-1"}
    client.post("/api/ask", json={"question": QUESTION}, headers=headers)
    client.post("/api/ask/stream", json={"question": "Who is the queen of Norway?"})
    answers = receiver.roots("answer", 3)
    mine = next(span for span in answers if span.trace_id.hex() == TRACE)
    assert mine.parent_span_id.hex() == "00f067aa0ba902b7"
    values = {one.key: one.value for one in mine.attributes}
    assert values["footnote.request_id"].string_value == "traced-1"
    assert values["footnote.abstained"].bool_value is False
    assert values["footnote.sentences"].int_value == 1
    parts = [span for span in receiver.spans() if span.parent_span_id == mine.span_id]
    parts.sort(key=lambda span: span.start_time_unix_nano)
    assert list(dict.fromkeys(span.name for span in parts)) == [
        "understand",
        "search",
        "read",
        "write",
        "verify",
    ]
    for before, after in pairwise(parts):
        assert before.end_time_unix_nano <= after.start_time_unix_nano + 1_000_000
    assert mine.start_time_unix_nano <= parts[0].start_time_unix_nano + 1_000_000
    assert parts[-1].end_time_unix_nano <= mine.end_time_unix_nano
    [build] = receiver.roots("build", 1)
    steps = [span.name for span in receiver.spans() if span.parent_span_id == build.span_id]
    assert steps == ["plan", "wait", "write", "publish"]


def test_no_text_is_in_the_log_or_in_a_trace(window, client, receiver) -> None:
    secret = "Zanzibarian"
    client.post("/api/ask", json={"question": f"Who is {secret}?"})
    client.post("/api/ask", json={"question": f"{secret} " * 5000})
    client.get(f"/api/documents/{secret}", params={"q": secret})
    client.get(f"/{secret}")
    last = client.post("/v1/chat/completions", json={"messages": secret})
    line_of(window, last.headers["x-request-id"])
    receiver.roots("answer", 4)
    told = window.log.read_text() + "".join(map(str, receiver.requests))
    for text in (secret, "Lindal", "1974", "harbour"):  # as a time in a trace may hold the digits
        assert re.search(rf"(?<!\d){text}(?!\d)", told) is None
    service = receiver.requests[0].resource_spans[0].resource.attributes
    assert "footnote" in {one.value.string_value for one in service}


@pytest.mark.skipif(GIT is None, reason="needs git: apt-get install git")
def test_a_source_is_synced_by_the_clock_and_its_failure_is_seen(window, client) -> None:
    def state() -> dict:
        (found,) = client.get("/api/sources").json()["sources"]
        return found

    def waited(is_there) -> None:
        deadline = time.monotonic() + 30
        while not is_there():
            assert time.monotonic() < deadline, state()
            time.sleep(0.1)

    waited(lambda: state()["error"])
    assert 'footnote_sync_failed{source="away"} 1.0' in client.get("/metrics").text
    failed = [line for line in lines(window) if line["message"] == "sync failed"]
    assert (failed[0]["level"], failed[0]["source"]) == ("error", "away")
    committed(window.home.parent / "repository", {"lantern.md": "The lantern of Oster is green."})
    waited(lambda: not state()["error"] and state()["last"])
    assert fields(state()) == fields(example("sources")["sources"][0])
    waited(lambda: client.get("/api/documents/away/lantern.md").status_code == 200)
    original = "https://git.example.org/oster/lantern.md"
    answer = client.post("/api/ask", json={"question": "Which colour has the lantern of Oster?"})
    assert [one["source_url"] for one in answer.json()["citations"]] == [original]
    assert client.get("/api/documents/away/lantern.md").json()["source_url"] == original
    assert 'footnote_sync_failed{source="away"} 0.0' in client.get("/metrics").text
    changes = AuditLog(window.home).changes("away/*")
    assert [one.action for one in changes] == ["added from away"]


def test_an_answer_of_the_window_is_traced_with_the_request_that_asked(window, receiver) -> None:
    browser = Browser(window.url)
    assert browser.ask(QUESTION)
    deadline = time.monotonic() + 30
    while browser.request not in "".join(map(str, receiver.requests)):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert line_of(window, browser.request)["status"] == 200


class Browser:
    """A window without a page: it asks by the events that the page would raise."""

    def __init__(self, url: str) -> None:
        self.client = httpx.Client(base_url=url, trust_env=False, timeout=60)
        self.client.get("/").raise_for_status()
        self.user = self.client.cookies["footnote_user"]
        events = self.client.get("/config").json()["dependencies"]
        self.event = next(e["id"] for e in events if e["api_name"] == "ask_typed_question")
        self.session = uuid.uuid4().hex

    def ask(self, question: str) -> bool:
        """Whether the answer was shown to its end."""
        body = {
            "data": [question, None, None],
            "fn_index": self.event,
            "session_hash": self.session,
        }
        joined = self.client.post("/gradio_api/queue/join", json=body).raise_for_status()
        self.request = joined.headers["x-request-id"]
        where = {"session_hash": self.session}
        with self.client.stream("GET", "/gradio_api/queue/data", params=where) as messages:
            for line in messages.iter_lines():
                message = json.loads(line.removeprefix("data:")) if line else {}
                if message.get("msg") == "process_completed":
                    return bool(message["success"])
        return False


def kept(home, user: str) -> list[str]:
    """The questions of a user whose answers are on the disk."""
    archive = Archive(home)
    found = archive.conversations(user)
    return [turn.question for one in found for turn in archive.turns(user, one.id)]


def test_a_killed_server_has_lost_no_answer_that_was_shown(window) -> None:
    shown: dict[str, list[str]] = {}

    def ask(number: int) -> None:
        browser = Browser(window.url)
        mine = shown.setdefault(browser.user, [])
        with suppress(httpx.HTTPError):
            for turn in range(1000):
                question = f"When was harbour {number}.{turn} of Lindal built?"
                if browser.ask(question):
                    mine.append(question)

    askers = [threading.Thread(target=ask, args=(n,)) for n in range(3)]
    for asker in askers:
        asker.start()
    deadline = time.monotonic() + 60
    while len(shown) < 3 or min(map(len, shown.values())) < 2:
        assert time.monotonic() < deadline, shown
        time.sleep(0.01)
    os.kill(window.process.pid, signal.SIGKILL)
    for asker in askers:
        asker.join()
    window.restart()
    for user, questions in shown.items():
        there = kept(window.home, user)
        assert there[: len(questions)] == questions
        assert len(there) <= len(questions) + 1
    browser = Browser(window.url)
    assert browser.ask(QUESTION)
    assert kept(window.home, browser.user) == [QUESTION]


def test_a_restored_server_gives_the_same_answer_to_the_same_users(
    window, client, serve_window, cli, tmp_path
) -> None:
    browser = Browser(window.url)
    assert browser.ask(QUESTION)
    accounts = Accounts(window.home)
    accounts.add("Ada", "correct horse staple", "reader")
    key = accounts.add_key("Ada", "tests", ("ask",))
    AuditLog(window.home).record("Ada", "added", ["pier.txt"])
    answer = client.post("/api/ask", json={"question": QUESTION}).json()
    file = tmp_path / "backup.tar"
    here = ("--seeds", window.seeds, "--home", window.home)
    there = ("--seeds", tmp_path / "seeds", "--home", tmp_path / "home")
    assert cli(*here, "backup", file, "--documents").returncode == 0
    refused = cli(*here, "restore", file, "--force")
    assert (refused.returncode, "stop it first" in refused.stderr) == (2, True)
    assert cli(*there, "restore", file).returncode == 0
    restored = serve_window(tmp_path / "seeds", tmp_path / "home", key=key, login="true")
    headers = {"Authorization": f"Bearer {key}"}
    reply = httpx.post(
        f"{restored.url}/api/ask", json={"question": QUESTION}, headers=headers, trust_env=False
    )
    assert without_times(reply.json()) == without_times(answer)
    assert not restored.was_building or reply.json()["generation"] == answer["generation"]
    assert kept(tmp_path / "home", browser.user) == [QUESTION]
    assert AuditLog(tmp_path / "home").changes("pier.txt")[0].user == "Ada"


def without_times(answer: dict) -> dict:
    return {name: value for name, value in answer.items() if name != "timings_ms"}
