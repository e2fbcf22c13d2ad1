"""Footnote's own API over HTTP: documents, builds, rights, feedback, numbers."""

from __future__ import annotations

import json
import socket
import time
from pathlib import Path

import httpx
import pytest

from rag.conversations.archive import Archive, Feedback
from rag.types import Answer
from tests.service.parts import fields
from ui.server.accounts import Accounts
from ui.server.audit import AuditLog
from ui.server.native.examples import example
from ui.server.people import ROLES

pytestmark = pytest.mark.enable_socket

HARBOUR = "The harbour of Lindal was built in 1974 by the town.\n"
QUESTION = {"question": "When was the harbour of Lindal built?"}
PASSWORD = "correct horse staple"
CHANGES = (
    ("POST", "/api/documents", "edit"),
    ("DELETE", "/api/documents/harbour.txt", "edit"),
    ("POST", "/api/documents/restore", "edit"),
    ("POST", "/api/index/build", "edit"),
    ("POST", "/api/index/build/cancel", "edit"),
    ("POST", "/api/index/rollback", "edit"),
    ("GET", "/api/sources", "edit"),
    ("GET", "/api/evaluations", "admin"),
    ("GET", "/api/evaluations/current", "admin"),
    ("GET", "/api/evaluations/20261130-034821123-1b2c", "admin"),
    ("POST", "/api/evaluations", "admin"),
    ("POST", "/api/evaluations/current/cancel", "admin"),
)


class Server:
    """A server with a reader, an editor and an admin; ``server("Ed")`` is a client of one."""

    def __init__(self, serve_window, place: Path) -> None:
        (place / "seeds").mkdir()
        (place / "seeds" / "harbour.txt").write_text(HARBOUR)
        self.home = place / "home"
        accounts = Accounts(self.home)
        self.keys = {}
        self.ids = {}
        for name, role in (("Rea", "reader"), ("Ed", "editor"), ("Ada", "admin")):
            user = accounts.add(name, PASSWORD, role)
            self.keys[name] = accounts.add_key(name, "tests", tuple(ROLES[role]))
            self.ids[name] = f"account:{user.id}"
        served = serve_window(place / "seeds", self.home, key=self.keys["Rea"], login="true")
        self.url, self.seeds = served.url, served.seeds

    def __call__(self, name: str = "") -> httpx.Client:
        headers = {"Authorization": f"Bearer {self.keys[name]}"} if name else {}
        return httpx.Client(base_url=self.url, headers=headers, trust_env=False, timeout=60)

    def built(self, editor: httpx.Client) -> dict[str, object]:
        """The build that is begun now, when it has ended."""
        assert editor.post("/api/index/build").status_code == 202
        deadline = time.monotonic() + 60
        while (state := editor.get("/api/index/build").json())["active"]:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        return state


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, serve_window) -> Server:
    return Server(serve_window, tmp_path_factory.mktemp("native"))


@pytest.fixture(scope="module")
def reader(server):
    with server("Rea") as client:
        yield client


@pytest.fixture(scope="module")
def editor(server):
    with server("Ed") as client:
        yield client


def test_every_change_takes_its_right_and_a_reader_reads(server, reader, editor) -> None:
    for method, path, right in CHANGES:
        for client, may in ((reader, False), (editor, right == "edit")):
            if may:
                continue
            reply = client.request(method, path)
            assert reply.status_code == 403, (method, path)
            assert "account may not" in reply.json()["error"]
        with server() as stranger:
            assert stranger.request(method, path).status_code == 401
    assert AuditLog(server.home).changes() == []
    for path in ("/api/documents", "/api/index", "/api/index/history", "/api/conversations"):
        assert reader.get(path).status_code == 200


def test_what_cannot_be_understood_is_said_in_the_form_of_every_error(reader) -> None:
    for method, path in (("GET", "/api/nothing"), ("PATCH", "/api/index"), ("PUT", "/api/a/b")):
        reply = reader.request(method, path)
        error = f"there is no {method} {path} here: see docs/server.md"
        assert (reply.status_code, reply.json()) == (404, {"error": error})
    for body in ("{", "[]"):
        reply = reader.post("/api/ask", content=body)
        assert reply.status_code == 422
        assert reply.json()["error"].startswith("the body: ")


def test_a_streamed_answer_ends_with_the_answer(reader) -> None:
    whole = reader.post("/api/ask", json=QUESTION).json()
    reply = reader.post("/api/ask/stream", json=QUESTION)
    assert reply.headers["content-type"].startswith("text/event-stream")
    events = [
        (lines[0].removeprefix("event: "), json.loads(lines[1].removeprefix("data: ")))
        for block in reply.text.strip().split("\n\n")
        if (lines := block.split("\n"))
    ]
    assert [name for name, _ in events] == ["step", "sentence", "answer"]
    assert events[1][1]["sentence"] == whole["sentences"][0]
    assert events[1][1]["citations"] == whole["citations"]
    assert events[2][1]["answer"] == whole["answer"]
    wrong = reader.post("/api/ask/stream", json={"question": " "})
    assert (wrong.status_code, list(wrong.json())) == (422, ["error"])


def test_documents_come_are_built_deleted_and_brought_back(server, reader, editor) -> None:
    pier = ("files", ("pier.txt", b"The pier of Lindal is 90 m long.\n"))
    taken = ("files", ("harbour.txt", b"The harbour was built in 1803.\n"))
    strange = ("files", ("../../a.exe", b"x"))
    came = editor.post("/api/documents", files=[pier, taken, strange]).json()
    assert (came["added"], came["taken"]) == (["pier.txt"], ["harbour.txt"])
    assert [one["document"] for one in came["refused"]] == ["../../a.exe"]
    assert (server.seeds / "harbour.txt").read_text() == HARBOUR
    assert list((server.home / "uploads").iterdir()) == []
    both = editor.post("/api/documents", files=[taken], data={"existing": "keep both"}).json()
    assert both["added"] == ["harbour (2).txt"]
    for options in ({"data": {"existing": "maybe"}, "files": [pier]}, {"data": {}}, {"json": {}}):
        assert editor.post("/api/documents", **options).status_code == 422
    assert server.built(editor)["report"]["added"] == ["harbour (2).txt", "pier.txt"]
    states = {
        one["document"]: one["state"] for one in reader.get("/api/documents").json()["documents"]
    }
    assert states == dict.fromkeys(("harbour.txt", "harbour (2).txt", "pier.txt"), "indexed")
    gone = editor.delete("/api/documents/harbour (2).txt").json()
    assert gone["documents"] == ["harbour (2).txt"]
    assert editor.delete("/api/documents/harbour (2).txt").status_code == 409
    assert editor.delete("/api/documents/..%2Fhome%2FCURRENT").status_code == 409
    for name in ("../..", "..", "", "20261130-034821-8a10", "/etc"):
        reply = editor.post("/api/documents/restore", json={"deleted": name})
        assert reply.status_code == 409, name
    back = editor.post("/api/documents/restore", json={"deleted": gone["deleted"]}).json()
    assert back == {"restored": ["harbour (2).txt"]}
    editor.delete("/api/documents/harbour (2).txt")
    assert server.built(editor)["report"]["removed"] == ["harbour (2).txt"]
    generations = reader.get("/api/index/history").json()["generations"]
    older = generations[1]["generation"]
    assert editor.post("/api/index/rollback", json={}).json() == {"generation": older}
    assert reader.get("/api/index").json()["state"] == "pinned"
    newest = {"generation": generations[0]["generation"]}
    assert editor.post("/api/index/rollback", json=newest).json() == newest
    assert reader.get("/api/index").json()["state"] == "fresh"
    assert editor.post("/api/index/rollback", json={"generation": "x"}).status_code == 409
    said = [(one.user, one.action, one.subject) for one in AuditLog(server.home).changes()]
    assert said[::-1] == [
        ("Ed", "uploaded", "pier.txt"),
        ("Ed", "uploaded", "harbour (2).txt"),
        ("Ed", "built", "index"),
        ("Ed", "deleted", "harbour (2).txt"),
        ("Ed", "restored", "harbour (2).txt"),
        ("Ed", "deleted", "harbour (2).txt"),
        ("Ed", "built", "index"),
        ("Ed", "chose", older),
        ("Ed", "chose", newest["generation"]),
    ]


def test_a_body_that_is_too_long_is_refused(server, editor) -> None:
    assert editor.post("/api/ask", content=b"x" * 1_000_001).status_code == 413
    host, _, port = server.url.removeprefix("http://").partition(":")
    head = (
        f"POST /api/documents HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Length: 2000000001\r\n"
        f"Authorization: Bearer {server.keys['Ed']}\r\n\r\n"
    )
    with socket.create_connection((host, int(port)), timeout=30) as link:
        link.sendall(head.encode())
        assert b" 413 " in link.recv(100)


def kept(server: Server, name: str) -> str:
    """A conversation of a user, with one answer."""
    archive = Archive(server.home)
    answer = Answer("When?", "When?", "extractive", "g", abstention="Nobody says.", confidence=0.1)
    begun = archive.begin(server.ids[name], answer.question)
    archive.keep(server.ids[name], begun.id, answer, number=1)
    return begun.id


def test_only_the_visitors_own_conversations_are_reached(server, reader, editor) -> None:
    name = kept(server, "Rea")
    listed = reader.get("/api/conversations", params={"words": "nobody"}).json()["conversations"]
    assert [one["id"] for one in listed] == [name]
    assert editor.get("/api/conversations").json() == {"conversations": []}
    place = f"/api/conversations/{name}/answers/1/feedback"
    opinion = {"is_good": False, "reason": "It is in the other file."}
    assert reader.put(place, json=opinion).json() == opinion
    turns = Archive(server.home).turns(server.ids["Rea"], name)
    assert turns[0].feedback == Feedback(False, "It is in the other file.")
    with server("Ada") as admin:
        for other in (editor, admin):
            assert other.put(place, json={"is_good": True}).status_code == 404
            assert other.delete(place).status_code == 404
            for ending in ("md", "json"):
                assert other.get(f"/api/conversations/{name}.{ending}").status_code == 404
    assert reader.put(place.replace("/1/", "/2/"), json=opinion).status_code == 404
    assert reader.put(place, json={"is_good": True, "reason": "x" * 2001}).status_code == 422
    assert reader.delete(place).status_code == 204
    assert Archive(server.home).turns(server.ids["Rea"], name)[0].feedback is None
    with server() as stranger:
        assert stranger.get("/api/conversations").status_code == 401


def test_an_admin_measures_and_reads_the_report(server) -> None:
    suite = server.home.parent / "suite"
    (suite / "documents").mkdir(parents=True)
    (suite / "documents" / "harbour.txt").write_text(HARBOUR)
    case = {"id": "1", "question": QUESTION["question"], "answers": ["1974"], "answerable": True}
    (suite / "questions.jsonl").write_text(json.dumps(case) + "\n")
    with server("Ada") as admin:
        assert admin.post("/api/evaluations", json={"suite": "own"}).status_code == 409
        begun = admin.post("/api/evaluations", json={"suite": "folder", "folder": str(suite)})
        assert begun.status_code == 202
        deadline = time.monotonic() + 60
        while (state := admin.get("/api/evaluations/current").json())["active"]:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert (state["phase"], state["suite"]) == ("done", "suite")
        assert set(state) == set(example("running"))
        runs = admin.get("/api/evaluations").json()["runs"]
        assert [one["id"] for one in runs] == [state["run"]]
        assert set(runs[0]) == set(example("runs")["runs"][0])
        report = admin.get(f"/api/evaluations/{state['run']}").json()
        assert report["measures"]["answer"]["contains"]["value"] == 1
        assert set(example("report")) <= set(report)
        assert admin.get("/api/evaluations/..%2F..%2Fusers").status_code in {404, 409}


def test_what_watches_over_the_server_needs_no_key_but_for_the_numbers(server, reader) -> None:
    with server() as stranger:
        assert stranger.get("/health").json() == {"status": "ok"}
        assert stranger.head("/health").status_code == 200
        assert stranger.get("/ready").json() == {"status": "ready"}
        assert stranger.get("/metrics").status_code == 401
    before = numbers(reader)
    reader.post("/api/ask", json={"question": "Who won the world cup of 1994?"})
    after = numbers(reader)
    for name in ("footnote_questions_total", "footnote_refusals_total"):
        assert after[name] == before.get(name, 0) + 1
    assert after['footnote_answer_seconds_count{step="total"}'] == after["footnote_questions_total"]
    assert after['footnote_http_responses_total{status="401"}'] > 0
    assert after["footnote_building"] == 0
    text = reader.get("/metrics").text
    assert not any(word in text for word in ("harbour", "Lindal", "Rea", "cup"))


def numbers(client: httpx.Client) -> dict[str, float]:
    lines = client.get("/metrics").text.splitlines()
    pairs = (line.rpartition(" ") for line in lines if not line.startswith("#"))
    return {name: float(value) for name, _, value in pairs}


def test_a_server_without_an_index_lives_and_is_not_ready(serve_window, tmp_path) -> None:
    (tmp_path / "seeds").mkdir()
    served = serve_window(tmp_path / "seeds", tmp_path / "home")
    with httpx.Client(base_url=served.url, trust_env=False) as client:
        assert client.get("/health").status_code == 200
        assert (client.get("/ready").status_code, client.get("/ready").json()) == (
            503, {"status": "no index"},
        )  # fmt: skip
        assert numbers(client)["footnote_build_failed"] == 0
        assert client.post("/api/ask", json=QUESTION).status_code == 409
        body = {"model": "footnote", "messages": [{"role": "user", "content": "When?"}]}
        for stream in (False, True):
            reply = client.post("/v1/chat/completions", json=body | {"stream": stream})
            assert (reply.status_code, reply.json()["error"]["type"]) == (503, "server_error")
    served.close()


def test_the_description_shows_every_route_with_answers_that_are_given(reader) -> None:
    described = reader.get("/api/openapi.json").json()
    assert described["openapi"].startswith("3.")
    for path, methods in described["paths"].items():
        for method, route in methods.items():
            assert route["summary"], (path, method)
            assert any(status < "300" for status in route["responses"]), (path, method)
            if path.startswith("/v1/") or (path.startswith("/api") and method != "get"):
                refused = route["responses"]["404"]["content"]["application/json"]["example"]
                assert "error" in refused, (path, method)
                assert {"400", "413", "429"} <= route["responses"].keys(), (path, method)
    for path in ("/api/ask/stream", "/v1/chat/completions", "/v1/responses"):
        whole = described["paths"][path]["post"]["responses"]["200"]["content"]
        assert "text/event-stream" in whole, path
    given = {
        "answer": reader.post("/api/ask", json=QUESTION),
        "found": reader.post("/api/search", json={"query": "harbour", "k": 1}),
        "documents": reader.get("/api/documents"),
        "document": reader.get("/api/documents/harbour.txt"),
        "state": reader.get("/api/index"),
        "history": reader.get("/api/index/history"),
    }
    for name, reply in given.items():
        assert fields(reply.json()) == fields(example(name)), name


def test_a_key_for_changes_only_makes_them_and_reads_nothing(server) -> None:
    """What docs/server.md names as the right of a route is all that it takes."""
    key = Accounts(server.home).add_key("Ada", "a script", ("edit",))
    headers = {"Authorization": f"Bearer {key}"}
    with httpx.Client(base_url=server.url, headers=headers, trust_env=False) as script:
        for method, path, right in CHANGES:
            status = script.request(method, path).status_code
            assert (status == 403) == (right != "edit"), (method, path)
        for path in ("documents", "documents/pier.txt", "index", "index/build", "index/history"):
            reply = script.get(f"/api/{path}")
            assert (reply.status_code, "the right ask" in reply.json()["error"]) == (403, True)
        assert script.post("/api/ask", json=QUESTION).status_code == 403
