"""Answers written by a real language model, SmolLM2: behind a server over HTTP, and in-process.

What no good server does (silence, nonsense, a refused key) comes from a small one of our own.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from index.embedding.embedder import Embedder
from index.errors import ModelError
from rag.assemble import Services
from rag.errors import GeneratorError
from rag.llm.local import LocalModel
from rag.llm.packaged import join
from rag.llm.server import ServerModel
from rag.settings import Settings
from tests.language_model import model_path, serve_language_model

FERRY = (
    "The ferry to Lindal leaves at 7:40 from pier four. The captain of the ferry is Anna Berg.\n"
)

pytestmark = pytest.mark.enable_socket


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with serve_language_model() as (url, _):
        yield url


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
        services = Services(settings)
        services.use_embedder(real_embedder)
        services.builder.build()
        return services.assistant.ask(question)

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
    assert answer.text == "Anna Berg [1]\n\nThe captain of the ferry is Anna Berg. [1]"
    assert answer.generator == "extractive"
    assert "http://127.0.0.1:9/v1" in answer.notice


def test_a_server_without_a_model_name_is_an_error_in_words(tmp_path: Path) -> None:
    services = Services(Settings(seeds=tmp_path, home=tmp_path / "home", generator="openai"))
    with pytest.raises(GeneratorError, match="llm_model"):
        _ = services.assistant


TALE = ("You tell stories.", "Tell me a long story about a ferry, a captain and an island.")


def model_at(url: str, **flags: object) -> ServerModel:
    return ServerModel(Settings(generator="openai", llm_base_url=url, llm_model="m", **flags))


def test_a_server_that_dies_in_mid_sentence_is_told_after_what_it_wrote() -> None:
    with serve_language_model() as (url, process):
        pieces = model_at(url, llm_answer_tokens=2000).stream(*TALE)
        first = [next(pieces) for _ in range(8)]
        process.kill()
        assert any(first)
        with pytest.raises(GeneratorError, match="language model at http"):
            list(pieces)


def test_an_answer_that_is_stopped_at_its_limit_says_so(server) -> None:
    pieces = model_at(server, llm_answer_tokens=16).stream(*TALE)
    with pytest.raises(GeneratorError, match="stopped after 16 tokens: raise llm_answer_tokens"):
        list(pieces)


Handle = Callable[[BaseHTTPRequestHandler], None]


@pytest.fixture
def serve() -> Iterator[Callable[[Handle], str]]:
    """``serve(handle)``: the base URL of a server that answers each request so."""
    running: list[ThreadingHTTPServer] = []

    def start(handle: Handle) -> str:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.0"

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                handle(self)

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        running.append(server)
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        return f"http://127.0.0.1:{server.server_address[1]}/v1"

    yield start
    for server in running:
        server.shutdown()
        server.server_close()


def answering(body: str | bytes, status: int = 200, kind: str = "text/event-stream") -> Handle:
    def handle(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        request.send_header("Content-Type", kind)
        request.end_headers()
        request.wfile.write(body.encode() if isinstance(body, str) else body)

    return handle


def chunk(delta: dict[str, object] | None, finish_reason: str | None = None) -> str:
    choices = (
        [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish_reason}]
    )
    value = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    return f"data: {json.dumps(value | {'choices': choices})}\n\n"


def test_the_ways_in_which_servers_differ_do_not_show(serve) -> None:
    stream = (
        chunk({"role": "assistant", "content": ""})
        + ": keep-alive\n\n"
        + chunk({"content": "It le"})
        + chunk({"role": "assistant", "content": None, "reasoning_content": "Hm."})
        + chunk({"content": "aves."})
        + chunk({}, "stop")
        + chunk(None)
        + "data: [DONE]\n\n"
    )
    assert "".join(model_at(serve(answering(stream))).stream("", "?")) == "It leaves."


@pytest.mark.parametrize(
    ("handle", "reason"),
    [
        (answering("{}", 401, "application/json"), "refuses the key: set FOOTNOTE_LLM_API_KEY"),
        (answering("{}", 404, "application/json"), "knows no model 'm'.*check llm_model"),
        (answering("<html>hello</html>", 200, "text/html"), "broke off, or was none of an OpenAI"),
        (answering("data: {nonsense\n\n"), "failed"),
        (answering('data: {"choices": 7}\n\n'), "failed"),
        (answering('data: {"error": {"message": "no memory"}}\n\n'), "no memory"),
        (answering(b"\xff\xfe\x00"), "broke off|failed"),
        (answering(""), "broke off"),
        (answering(chunk({"content": "It leaves at"})), "broke off"),
        (answering(chunk({"content": "It leaves at"}, "length")), "raise llm_answer_tokens"),
    ],
)
def test_what_is_no_whole_answer_is_an_error_in_one_line(serve, handle, reason) -> None:
    with pytest.raises(GeneratorError, match=reason) as raised:
        list(model_at(serve(handle)).stream("", "?"))
    assert "\n" not in str(raised.value)


def test_when_the_model_overlooks_a_sure_answer_it_is_quoted(serve, ask) -> None:
    declined = answering(chunk({"content": "NOT IN THE DOCUMENTS."}, "stop"))
    answer = ask(serve(declined), "Who is the captain of the ferry?")
    assert answer.text == "Anna Berg [1]\n\nThe captain of the ferry is Anna Berg. [1]"
    assert answer.notice == "Quoted from the documents: the model found no answer in them."


def test_the_best_evidence_is_quoted_when_the_model_passes_over_it(serve, ask) -> None:
    beside = answering(chunk({"content": "The ferry leaves from pier four."}, "stop"))
    answer = ask(serve(beside), "Who is the captain of the ferry?")
    assert answer.text == (
        "The ferry leaves from pier four. [1] The captain of the ferry is Anna Berg. [2]"
    )
    assert answer.notice.startswith("The last sentence is quoted: it fits the question best")


def test_a_quote_stands_in_for_words_that_are_moved_and_the_answer_says_so(serve, ask) -> None:
    moved = "At 7:40 the ferry to Lindal leaves from pier four."
    answer = ask(
        serve(answering(chunk({"content": moved}, "stop"))), "When does the ferry to Lindal leave?"
    )
    assert answer.text == "The ferry to Lindal leaves at 7:40 from pier four. [1]"
    assert answer.notice == "Quoted where the model's own words could not be checked well enough."
    assert answer.generator != "extractive"


def test_a_server_that_is_busy_is_asked_again(serve) -> None:
    asked: list[int] = []

    def handle(request: BaseHTTPRequestHandler) -> None:
        asked.append(1)
        if len(asked) < 3:
            answering("{}", 503, "application/json")(request)
        else:
            answering(chunk({"content": "Yes."}, "stop"))(request)

    assert "".join(model_at(serve(handle)).stream("", "?")) == "Yes."
    assert len(asked) == 3


def test_a_server_that_refuses_or_is_silent_is_not_asked_again(serve) -> None:
    asked: list[int] = []
    over = threading.Event()

    def handle(request: BaseHTTPRequestHandler) -> None:
        asked.append(1)
        over.wait(10)

    began = time.monotonic()
    with pytest.raises(GeneratorError, match=r"sent nothing for 0\.3 s: raise llm_timeout_s"):
        list(model_at(serve(handle), llm_timeout_s=0.3).stream("", "?"))
    over.set()
    assert asked == [1]
    assert time.monotonic() - began < 8


def test_when_the_reader_leaves_the_server_is_let_go(serve) -> None:
    gone = threading.Event()

    def handle(request: BaseHTTPRequestHandler) -> None:
        answering("")(request)
        try:
            for _ in range(1000):
                request.wfile.write(chunk({"content": "word "}).encode())
                time.sleep(0.01)
        except OSError:
            gone.set()

    pieces = model_at(serve(handle)).stream("", "?")
    next(pieces)
    pieces.close()
    assert gone.wait(5)


@pytest.mark.parametrize("sent", [chunk({"content": ""}), ": keep-alive\n\n"])
def test_f8_an_answer_without_an_end_is_ended_after_its_time(serve, sent) -> None:
    over = threading.Event()

    def handle(request: BaseHTTPRequestHandler) -> None:
        answering("")(request)
        with suppress(OSError):
            while not over.wait(0.05):
                request.wfile.write(sent.encode())

    began = time.monotonic()
    with pytest.raises(GeneratorError, match=r"within 0\.5 s: raise llm_answer_timeout_s"):
        list(model_at(serve(handle), llm_answer_timeout_s=0.5).stream("", "?"))
    over.set()
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    ("sent", "reason"),
    [(chunk({"content": "word " * 50}), "16 tokens"), (f": {'a' * 65_536}\n", "bytes")],
)
def test_f8_an_answer_is_no_longer_than_its_tokens_and_the_bytes_around_them(
    serve, sent, reason
) -> None:
    def handle(request: BaseHTTPRequestHandler) -> None:
        answering("")(request)
        with suppress(OSError):
            for _ in range(1000):
                request.wfile.write(sent.encode())

    with pytest.raises(GeneratorError, match=reason):
        list(model_at(serve(handle), llm_answer_tokens=16).stream("", "?"))


@pytest.fixture(scope="module")
def local() -> LocalModel:
    return LocalModel(Settings(generator="local", llm_path=model_path(), llm_answer_tokens=64))


def test_a_model_in_this_process_writes_and_stops_when_the_reader_leaves(local) -> None:
    pieces = local.stream(*TALE)
    while not next(pieces):
        pass
    pieces.close()
    deadline = time.monotonic() + 30
    while any(thread.name == "language-model" for thread in threading.enumerate()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    again = local.stream("Answer with one word.", "What is the colour of the sky?")
    assert "blue" in "".join(again).lower()


def test_nobody_else_can_ask_a_model_in_this_process(local) -> None:
    next(local.stream(*TALE))
    mine = f"/proc/{os.getpid()}/net/tcp"
    listening = {
        line.split()[9] for line in Path(mine).read_text().splitlines()[1:] if " 0A " in line
    }
    inodes = {p.readlink().name for p in Path("/proc/self/fd").iterdir() if p.is_symlink()}
    assert not {i for i in listening if f"socket:[{i}]" in inodes}


def test_control_tokens_in_a_prompt_of_ours_are_plain_text_to_llama_cpp(local) -> None:
    from rag.llm.prompt import inert

    def tokens(text: str) -> int:
        request = {"messages": [{"role": "user", "content": text}], "max_tokens": 1}
        return local._loaded().handle_chat_completions(request)["usage"]["prompt_tokens"]

    assert tokens("a <|im_end|>") - tokens("a") <= 2, "llama.cpp reads them as such"
    assert tokens(inert("a <|im_end|>")) - tokens("a") > 4


def test_a_question_that_is_longer_than_the_context_is_an_error(local) -> None:
    with pytest.raises(GeneratorError, match="exceeds the available context"):
        list(local.stream("", "word " * 9000))


@pytest.mark.parametrize("content", [b"", b"no model", b"GGUF" + bytes(400)])
def test_a_file_that_is_no_model_is_an_error_with_the_remedy(tmp_path, content) -> None:
    path = tmp_path / "broken.gguf"
    path.write_bytes(content)
    model = LocalModel(Settings(generator="local", llm_path=path))
    with pytest.raises(GeneratorError, match=r"broken\.gguf cannot be loaded.*make local-llm"):
        next(model.stream("", "?"))


def test_without_a_model_the_remedy_is_told_before_any_question(tmp_path) -> None:
    with pytest.raises(GeneratorError, match="make local-llm"):
        _ = Services(Settings(home=tmp_path, generator="local")).assistant


def test_the_default_model_is_compared_with_its_pinned_sha256(tmp_path) -> None:
    path = tmp_path / "models" / "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf"
    path.parent.mkdir()
    path.write_bytes(b"GGUF")
    with pytest.raises(GeneratorError, match="is not the pinned"):
        next(LocalModel(Settings(home=tmp_path, generator="local")).stream("", "?"))


def test_parts_that_are_missing_leave_no_model_behind(tmp_path) -> None:
    with pytest.raises(ModelError, match=r"part1-0\.2\.0.*make local-llm"):
        join(tmp_path, tmp_path / "models" / "m.gguf")
    assert list((tmp_path / "models").iterdir()) == []
