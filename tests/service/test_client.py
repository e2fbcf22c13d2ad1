"""Footnote's own client and the examples, each against one real server."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import ModuleType

import httpx
import pytest

from rag.conversations.archive import Archive
from rag.types import Answer as OwnAnswer
from ui.client import Answer, Client, Feedback, ServerError, Step, Turn, VerifiedSentence
from ui.server.accounts import Accounts

pytestmark = pytest.mark.enable_socket

HARBOUR = "The harbour of Lindal was built in 1974 by the town. It has two piers.\n"
NAME = "a b/the harbour #1?.txt"
QUESTION = "When was the harbour of Lindal built?"
QUOTE = "The harbour of Lindal was built in 1974 by the town."


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, serve_window, write):
    place = tmp_path_factory.mktemp("client")
    write(place / "seeds", {NAME: HARBOUR})
    accounts = Accounts(place / "home")
    user = accounts.add("Ed", "correct horse staple", "editor")
    key = accounts.add_key("Ed", "tests", ("ask", "edit"))
    served = serve_window(place / "seeds", place / "home", key=key, login="true")
    served.key, served.user = key, f"account:{user.id}"
    return served


@pytest.fixture(scope="module")
def client(server):
    with Client(server.url, server.key, transport=httpx.HTTPTransport()) as made:
        yield made


def test_an_answer_has_types_and_its_quotes_are_characters_of_the_documents(client) -> None:
    answer = client.ask(QUESTION)
    assert isinstance(answer, Answer)
    (cited,) = answer.citations
    assert (cited.document, cited.quote, cited.headings) == (NAME, QUOTE, ())
    assert client.document(NAME).text[cited.start : cited.end] == cited.quote
    assert answer.short_answer.text == "1974"
    assert (answer.sentences[0].citations, answer.abstained) == ((1,), False)
    before = [Turn("user", QUESTION), Turn("assistant", answer.answer)]
    assert "two piers" in client.ask("How many piers does it have?", before).answer
    assert client.ask("Who won the world cup of 1994?").abstained
    elsewhere = client.ask(QUESTION, k=1, folder="nowhere", formats=["pdf"], after="2020-01-01")
    assert (elsewhere.abstained, elsewhere.passages) == (True, ())
    found = client.search("harbour", k=1)
    assert [passage.document for passage in found.passages] == [NAME]


def test_a_stream_gives_steps_sentences_and_the_answer(client) -> None:
    events = list(client.stream(QUESTION))
    assert [type(event) for event in events] == [Step, VerifiedSentence, Answer]
    assert events[1].citations == events[2].citations
    timed = replace(client.ask(QUESTION), timings_ms={})
    assert replace(events[2], timings_ms={}) == timed
    client.stream(QUESTION).close()


def test_documents_come_are_built_and_go(client, tmp_path) -> None:
    pier = tmp_path / "pier.txt"
    pier.write_text("The pier of Lindal is 90 m long.\n")
    strange = tmp_path / "a.exe"
    strange.write_text("x")
    done = client.upload(pier, str(strange))
    assert (done.added, done.refused[0].document) == (("pier.txt",), "a.exe")
    assert client.upload(pier).taken == ("pier.txt",)
    assert client.index().added == ("pier.txt",)
    build = client.built(60)
    assert (build.report.added, build.error, build.active) == (("pier.txt",), None, False)
    assert client.build_state() == build
    assert {one.document: one.state for one in client.documents()} == {
        NAME: "indexed",
        "pier.txt": "indexed",
    }
    gone = client.delete("pier.txt")
    assert client.restore(gone) == ("pier.txt",)
    client.delete("pier.txt")


def test_feedback_is_kept_for_the_answers_of_the_user(server, client) -> None:
    archive = Archive(server.home)
    answer = OwnAnswer(
        "When?", "When?", "extractive", "g", abstention="Nobody says.", confidence=0.1
    )
    begun = archive.begin(server.user, answer.question)
    archive.keep(server.user, begun.id, answer, number=1)
    (held,) = client.conversations("nobody")
    said = client.judge(held.id, 1, is_good=False, reason="It is in the other file.")
    assert said == Feedback(False, "It is in the other file.")
    client.take_back(held.id, 1)
    assert archive.turns(server.user, held.id)[0].feedback is None


def test_errors_are_the_servers_words_with_their_status(server, client) -> None:
    with (
        Client(server.url, "fn-wrong") as stranger,
        Client("http://127.0.0.1:9") as lost,
        Client(f"{server.url}/login?x=") as astray,
    ):
        for failing, status, words in (
            (lambda: client.ask(" "), 422, "the question is empty"),
            (lambda: list(client.stream(" ")), 422, "the question is empty"),
            (lambda: client.document("nothing #?.txt"), 404, "no document"),
            (lambda: client.judge("../x", 1, is_good=True), 404, "there is no PUT"),
            (stranger.documents, 401, "log in"),
            (lost.index, 0, "http://127.0.0.1:9 cannot be reached"),
            (astray.index, 0, "is this a Footnote"),
        ):
            with pytest.raises(ServerError, match=words) as raised:
                failing()
            assert raised.value.status == status


def test_the_client_loads_nothing_of_the_program_but_its_errors(repo) -> None:
    program = (
        "import sys, ui.client; own = {'index', 'rag', 'eval', 'ui', 'numpy', 'gradio', 'torch'};"
        "print(*sorted(m for m in sys.modules if m.split('.')[0] in own))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=repo, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["index", "index.errors", "ui", "ui.client"]


@pytest.fixture
def example(repo):
    def load(name: str) -> ModuleType:
        path = repo / "examples" / f"{name}.py"
        spec = importlib.util.spec_from_file_location(f"example_{name}", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load


def test_the_example_of_the_client(example, server, tmp_path, capsys) -> None:
    ferry = tmp_path / "ferry.txt"
    ferry.write_text("The ferry to Lindal leaves at 7:40.\n")
    question = "When does the ferry to Lindal leave?"
    example("client").main(server.url, question, str(ferry), key=server.key)
    printed = capsys.readouterr().out.splitlines()
    assert printed[0].startswith("added ferry.txt: ")
    assert printed[1].startswith("... ")
    assert printed[-1] == "[1] ferry.txt 0-35"


def test_the_example_of_openais_client_prints_the_citations(example, server, capsys) -> None:
    example("openai_citations").main(server.url, QUESTION, key=server.key)
    printed = capsys.readouterr().out
    assert "[1] at character 5: " in printed
    assert "/?document=a%20b/the%20harbour%20%231%3F.txt&start=0&end=52" in printed
    assert f"“{QUOTE}” ({NAME} 0-52)" in printed


def test_the_example_of_llama_index(example, server, tmp_path, capsys) -> None:
    main = example("llama_index_parts").main
    main(str(server.seeds), str(tmp_path / "home"), server.url, QUESTION, key=server.key)
    printed = capsys.readouterr().out
    assert f"{NAME}: {HARBOUR.strip()}" in printed
    assert f"cited: {NAME} 0-52: {QUOTE}" in printed
    assert "1974 [1]" in printed


def test_the_example_of_curl_gets_the_events(repo, server) -> None:
    done = subprocess.run(
        ["sh", str(repo / "examples" / "stream.sh"), server.url, f'{QUESTION} "\\'],
        env=os.environ | {"FOOTNOTE_KEY": server.key, "NO_PROXY": "*"},
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    events = [line for line in done.stdout.splitlines() if line.startswith("event: ")]
    assert events == ["event: step", "event: sentence", "event: answer"]


def test_the_example_of_mcp_reads_what_is_cited(example, server, capsys) -> None:
    with ThreadPoolExecutor(1) as pool:  # a browser test before may hold a loop in this thread
        main = example("mcp_client").main
        pool.submit(lambda: asyncio.run(main(server.url, QUESTION, key=server.key))).result()
    printed = capsys.readouterr().out
    assert printed.startswith("tools: ask, search, ")
    assert printed.rstrip().endswith(f"?start=0&end=52: {QUOTE}")
