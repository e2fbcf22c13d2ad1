"""The model service: a real one, asked by the parts of a server and by strangers."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import httpx
import numpy as np
import orjson
import pytest
from pydantic import SecretStr

from index import servers
from index.embedding.embedder import load_embedder
from index.embedding.models import DEFAULT_EMBEDDING, vectors_name
from index.embedding.served import ModelService, ServedEmbedder
from index.errors import ModelServiceError
from index.settings import Server
from rag.reader import Passage, load_reader, reader_identity
from rag.served_reader import ServedReader

sys.path.insert(0, str(Path(__file__).parents[2] / "bench"))

import served

pytestmark = pytest.mark.enable_socket

TOKEN = "correct-horse-battery"
TEXTS = ["The harbour of Lindal.", "", " \n", "x" * 900, "naïve 検索 \x00 👩‍👧", "A swap. " * 200]
FERRY = Passage("Ferries", ("The ferry to Holm leaves at 7:40.", "Its captain is Anna Berg.", ""))
LONG = Passage("", tuple(f"Pier {number} was built in {1900 + number}." for number in range(30)))


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[served.Served]:
    place = tmp_path_factory.mktemp("models")
    server = served.model_service(place, processes=2, models_token=TOKEN)
    yield server
    server.end()


@pytest.fixture(scope="module")
def service(running: served.Served) -> Iterator[ModelService]:
    with closing(ModelService(Server(running.url, SecretStr(TOKEN)))) as connected:
        yield connected


def test_vectors_are_those_of_this_process_to_the_bit(service):
    local, there = load_embedder(DEFAULT_EMBEDDING), ServedEmbedder(DEFAULT_EMBEDDING, service)
    many = [*TEXTS, *TEXTS[:3] * 10]  # more than one request has
    assert np.array_equal(there.embed(many), local.embed(many))
    assert there.embed([]).shape == (0, local.dimension)
    for text in TEXTS:
        assert np.array_equal(there.embed_query(text), local.embed_query(text))
    assert (there.dimension, there.scale) == (local.dimension, local.scale)


def test_what_is_said_of_passages_is_that_of_this_process_whoever_asks_beside(service):
    local, there = load_reader(), ServedReader(service)
    questions = ["When does the ferry leave?", "Which pier is the oldest?", "Wer ist der Kapitän?"]
    passages = [FERRY, LONG, Passage("", ()), FERRY]
    wanted = [local.read(question, passages) for question in questions]
    with ThreadPoolExecutor(6) as askers:
        for _ in range(2):  # the second time what was read is kept
            found = askers.map(lambda question: there.read(question, passages), questions * 2)
            assert list(found) == wanted * 2
    assert there.read(questions[0], []) == []
    assert there.read(questions[0], [FERRY] * 40) == [wanted[0][0]] * 40


def test_nobody_is_let_in_without_the_token(running):
    for token in ("", "another-token-of-ours"):
        with (
            closing(ModelService(Server(running.url, SecretStr(token)))) as stranger,
            pytest.raises(ModelServiceError, match="the token is missing or another one"),
        ):
            stranger.check([reader_identity()])


@pytest.mark.parametrize(
    ("route", "body", "status", "reason"),
    [
        ("/embed", b"{", 422, "the body: Invalid JSON"),
        ("/embed", b"[]", 422, "the body: Input should be an object"),
        ("/embed", {"kind": "odd"}, 422, "kind: Input should be 'query' or 'passage'"),
        ("/embed", {"texts": [1]}, 422, "texts.0: Input should be a valid string"),
        ("/embed", {"texts": ["a"] * 33}, 422, "texts: List should have at most 32 items"),
        ("/embed", {"texts": ["a" * 4_000_001]}, 413, "longer than 4,000,000 bytes"),
        ("/read", {"passages": [{"title": "a"}]}, 422, "passages.0.sentences: "),
        ("/read", {"question": None}, 422, "question: Input should be a valid string"),
        ("/nothing", {}, 404, "Not Found"),
    ],
)
def test_what_is_wrong_is_refused_in_words(running, route, body, status, reason):
    whole = {
        "/embed": {"model": vectors_name(DEFAULT_EMBEDDING), "kind": "query", "texts": ["a"]},
        "/read": {"model": reader_identity(), "question": "a", "passages": []},
    }
    sent = body if isinstance(body, bytes) else orjson.dumps(whole.get(route, {}) | body)
    headers = {"Authorization": f"Bearer {TOKEN}"}
    reply = httpx.post(running.url + route, content=sent, headers=headers, trust_env=False)
    assert (reply.status_code, reason in reply.json()["error"]) == (status, True), reply.text


def test_a_page_in_a_browser_may_not_ask(running):
    headers = {"Authorization": f"Bearer {TOKEN}", "Origin": "http://127.0.0.1:7861"}
    url = f"{running.url}/check"
    reply = httpx.post(url, json={"models": []}, headers=headers, trust_env=False)
    assert (reply.status_code, reply.json()) == (403, {"error": "a page in a browser may not ask"})


def test_another_version_is_refused_and_both_are_named(service, monkeypatch):
    monkeypatch.setattr("rag.served_reader.reader_identity", lambda: "reader-9:of-tomorrow")
    with pytest.raises(ModelServiceError, match=r"it has reader-1:.*, not reader-9:of-tomorrow"):
        ServedReader(service).read("Who?", [FERRY])
    with pytest.raises(ModelServiceError, match="not reader-9:of-tomorrow"):
        service.check([vectors_name(DEFAULT_EMBEDDING), "reader-9:of-tomorrow"])


def test_a_process_that_dies_is_replaced_and_its_answer_is_not_lost(running, service):
    wanted = load_reader().read("Which pier is the oldest?", [LONG])
    workers = [pid for pid in served.tree(running.process.pid) if _has_models(pid)]
    assert len(workers) == 2
    for worker in workers:
        os.kill(worker, signal.SIGKILL)
    assert ServedReader(service).read("Which pier is the oldest?", [LONG]) == wanted


def _has_models(pid: int) -> bool:
    return b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()


def test_a_service_that_is_started_again_is_waited_for(running, service, monkeypatch):
    monkeypatch.setattr(servers, "_PATIENCE_S", 60.0)  # a busy machine starts it slowly
    embedder = ServedEmbedder(DEFAULT_EMBEDDING, service)
    before = embedder.embed_query("harbour")
    processes = served.tree(running.process.pid)
    running.end(signal.SIGKILL)
    until = time.monotonic() + 30
    while any(Path(f"/proc/{pid}").exists() for pid in processes):  # they end with it
        assert time.monotonic() < until
        time.sleep(0.1)
    with pytest.raises(ModelServiceError, match=f"{running.url} does not do what is asked"):
        service.check([reader_identity()])
    starting = threading.Timer(0.5, running.start)
    starting.start()
    assert np.array_equal(embedder.embed_query("harbour"), before)
    starting.join()


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"null",
        b"[[]]",
        b'[[{"score":null,"answer":{"start":0,"end":1},"certainty":1.0,"earlier":0}]]',
        b'[[{"score":0.5,"answer":{"start":0,"end":99},"certainty":1.0,"earlier":0}]]',
        b'[[{"score":0.5,"answer":{"start":2,"end":1},"certainty":1.0,"earlier":0}]]',
        b'[[{"score":0.5,"answer":{"start":0,"end":1},"certainty":1.0,"earlier":-1}]]',
    ],
)
def test_an_answer_that_does_not_fit_the_question_is_none(answer):
    class Odd(ModelService):
        def ask(self, route, request, parse, **_):
            return parse(answer)

    with (
        closing(Odd(Server("http://127.0.0.1:1", SecretStr("")))) as service,
        pytest.raises(ValueError, match=r"fits|valid|EOF"),
    ):
        ServedReader(service).read("Who?", [Passage("", ("Ada.",))])


@pytest.mark.parametrize("data", [bytes(7), bytes(12), np.float32([np.nan, 0]).tobytes()])
def test_vectors_that_are_none_are_refused(data):
    from index.embedding.embedder import vectors_from

    with pytest.raises(ValueError, match="no 1 vectors of 2 numbers"):
        vectors_from(data, 1, 2)


def test_without_a_token_it_listens_to_this_machine_only(cli):
    refused = cli("models", "--host", "0.0.0.0", "--port", "0")
    assert refused.returncode == 2
    assert "set FOOTNOTE_MODELS_TOKEN to 16 characters or more" in refused.stderr
    short = cli("models", "--port", "0", env={"FOOTNOTE_MODELS_TOKEN": "short"})
    assert (short.returncode, "the token has 5 characters" in short.stderr) == (2, True)
