"""A client of a running Footnote: its API as calls with typed results, for programs in Python.

It loads nothing else of the program. Offsets are characters of a document's
text, half-open: ``client.document(c.document).text[c.start : c.end] == c.quote`` for each citation.

    with Client("https://ask.example", key="fn-...") as footnote:
        answer = footnote.ask("When was the harbour built?")
        print(answer.answer, [citation.quote for citation in answer.citations])

What a newer server answers beyond the fields here is passed over.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, TypedDict, TypeVar, Unpack
from urllib.parse import quote

import httpx
from pydantic import TypeAdapter, ValidationError

from index.errors import FootnoteError

__all__ = [
    "Answer",
    "Build",
    "Citation",
    "Client",
    "Conversation",
    "Deleted",
    "Document",
    "Feedback",
    "File",
    "Found",
    "IndexState",
    "Narrowed",
    "Passage",
    "Progress",
    "Refused",
    "Report",
    "Sentence",
    "ServerError",
    "ShortAnswer",
    "Step",
    "Turn",
    "Uploaded",
    "VerifiedSentence",
]

T = TypeVar("T")

_TIMEOUT_S = 300.0  # a language model may write so long
_POLL_S = 0.5


class ServerError(FootnoteError):
    """The server refused, in its own words; ``status`` is that of HTTP, 0 where none came.

    >>> str(ServerError("the question is empty", 422))
    'the question is empty'
    """

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Turn:
    """A message of the conversation before."""

    role: Literal["user", "assistant"]
    content: str


class Narrowed(TypedDict, total=False):
    """Which documents are meant: a glob of their names, a folder, endings, days (YYYY-MM-DD)."""

    document: str
    folder: str
    formats: Sequence[str]
    after: str
    before: str


@dataclass(frozen=True, slots=True)
class Citation:
    """The exact characters ``start`` to ``end`` of a document, to which ``[number]`` leads."""

    number: int
    document: str
    title: str
    start: int
    end: int
    quote: str
    page: int | None
    place: str | None
    headings: tuple[str, ...]
    source_url: str | None


@dataclass(frozen=True, slots=True)
class ShortAnswer:
    """The words that answer by themselves, and how sure the server is of them, in [0, 1]."""

    text: str
    document: str
    start: int
    end: int
    citation: int
    confidence: float


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of an answer, the numbers that it cites, its support by them in [0, 1]."""

    text: str
    citations: tuple[int, ...]
    support: float
    short_answer: str | None


@dataclass(frozen=True, slots=True)
class Passage:
    """What a search finds, with its place and its scores; ``rank`` is counted from 1."""

    rank: int
    document: str
    start: int
    end: int
    text: str
    score: float
    dense: float
    lexical: float
    phrase: float
    dense_rank: int | None
    lexical_rank: int | None
    rerank_score: float | None
    page: int | None
    headings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer: ``answer`` is the text with its markers, or why there is none (``abstained``)."""

    question: str
    standalone_question: str
    answer: str
    short_answer: ShortAnswer | None
    abstained: bool
    abstention_reason: str | None
    confidence: float
    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]
    passages: tuple[Passage, ...]
    generator: str
    generation: str
    notice: str | None
    query: str | None
    left_out: int
    signals: dict[str, float]
    timings_ms: dict[str, float]


@dataclass(frozen=True, slots=True)
class Step:
    """What the server has just done, in words."""

    text: str


@dataclass(frozen=True, slots=True)
class VerifiedSentence:
    """A sentence as it comes, and the citations that it is the first to use."""

    sentence: Sentence
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """The passages of a query, best first."""

    query: str
    generation: str
    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class File:
    """A file of the folder; ``documents`` are those that it became in the index."""

    document: str
    state: str
    reason: str | None
    bytes: int | None
    title: str | None
    date: str | None
    language: str | None
    chunks: int
    documents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """The text that citations point into."""

    document: str
    title: str
    date: str | None
    source_url: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that was not taken, and why."""

    document: str
    reason: str


@dataclass(frozen=True, slots=True)
class Uploaded:
    """What became of uploaded files; ``taken`` are names that stand in the folder already."""

    added: tuple[str, ...]
    taken: tuple[str, ...]
    refused: tuple[Refused, ...]


@dataclass(frozen=True, slots=True)
class Deleted:
    """A deletion; ``deleted`` names it to :meth:`Client.restore`."""

    deleted: str
    documents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a build is: files done of all, seconds so far and left."""

    done: int
    total: int
    chunks: int
    seconds: float
    left_s: float | None


@dataclass(frozen=True, slots=True)
class Report:
    """What a build has changed."""

    generation: str | None
    published: bool
    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    failed: tuple[Refused, ...]
    chunks: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Build:
    """The build that runs, or the last one; ``report`` when it has ended well."""

    number: int
    phase: str
    active: bool
    cancelling: bool
    error: str | None
    progress: Progress
    report: Report | None


@dataclass(frozen=True, slots=True)
class Conversation:
    """One of the user's conversations, as the chat window keeps them."""

    id: str
    title: str
    updated: str


@dataclass(frozen=True, slots=True)
class Feedback:
    """What the user thinks of an answer."""

    is_good: bool
    reason: str


@dataclass(frozen=True, slots=True)
class IndexState:
    """How the index stands to the folder: fresh, stale, missing or pinned, and what differs."""

    state: str
    generation: str | None
    created: str | None
    documents: int
    chunks: int
    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    failed: tuple[Refused, ...]


class Client:
    """The Footnote at ``url``; ``key`` is one of a user (``footnote keys``), or the token.

    It holds connections: close it, or use it in a ``with``. ``transport`` is for tests and
    proxies; see httpx.

    Raises (every call):
        ServerError: the server refuses, cannot be reached, or answers something else.
    """

    def __init__(
        self,
        url: str = "http://127.0.0.1:7860",
        key: str = "",
        *,
        timeout_s: float = _TIMEOUT_S,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        headers = {"Accept": "application/json"}
        if key:
            headers["Authorization"] = f"Bearer {key}"
        self._url = url
        self._http = httpx.Client(
            base_url=url, headers=headers, timeout=timeout_s, transport=transport
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def ask(
        self,
        question: str,
        history: Sequence[Turn] = (),
        *,
        k: int | None = None,
        **narrowed: Unpack[Narrowed],
    ) -> Answer:
        """The whole answer to a question, after ``history``; ``k`` passages are read.

        ``narrowed`` says which documents are meant (:class:`Narrowed`).
        """
        body = _question(question, history, k, narrowed)
        return _read(Answer, self._call("POST", "/api/ask", json=body))

    def stream(
        self,
        question: str,
        history: Sequence[Turn] = (),
        *,
        k: int | None = None,
        **narrowed: Unpack[Narrowed],
    ) -> Iterator[Step | VerifiedSentence | Answer]:
        """What :meth:`ask` gives while it is made: steps, sentences, at the end the answer.

        Closing the iterator ends the work of the server too.
        """
        body = _question(question, history, k, narrowed)
        with ExitStack() as opened:
            try:
                request = self._http.build_request("POST", "/api/ask/stream", json=body)
                reply = self._http.send(request, stream=True)
                opened.callback(reply.close)
                if not reply.is_success:
                    reply.read()
                    raise _refusal(reply)
                name = ""
                for line in reply.iter_lines():
                    field, _, value = line.partition(": ")
                    if field == "event":
                        name = value
                    elif field == "data" and name == "error":
                        raise ServerError(str(json.loads(value)["error"]), reply.status_code)
                    elif field == "data" and name in _EVENTS:
                        yield _read(_EVENTS[name], value)
            except httpx.HTTPError as exc:
                raise self._unreached(exc) from exc

    def search(self, query: str, *, k: int | None = None, **narrowed: Unpack[Narrowed]) -> Found:
        """The passages of a query, best first; ``narrowed`` as in :meth:`ask`."""
        body = {"query": query, "k": k, **narrowed}
        return _read(Found, self._call("POST", "/api/search", json=body))

    def documents(self) -> tuple[File, ...]:
        """Every file of the folder and of the index, and how the one stands to the other."""
        return _read(_Files, self._call("GET", "/api/documents")).documents

    def document(self, name: str) -> Document:
        """The text of a document."""
        return _read(Document, self._call("GET", f"/api/documents/{quote(name)}"))

    def upload(
        self, *files: Path | str, existing: Literal["", "replace", "keep both"] = ""
    ) -> Uploaded:
        """Put files into the folder; names that are taken are not, unless ``existing`` says so.

        The index follows when it is built.
        """
        with ExitStack() as opened:
            sent = [
                ("files", (Path(one).name, opened.enter_context(Path(one).open("rb"))))
                for one in files
            ]
            form = {"existing": existing} if existing else {}
            return _read(Uploaded, self._call("POST", "/api/documents", files=sent, data=form))

    def delete(self, name: str) -> Deleted:
        """Move a file of the folder to the trash of the server."""
        return _read(Deleted, self._call("DELETE", f"/api/documents/{quote(name)}"))

    def restore(self, deletion: Deleted) -> tuple[str, ...]:
        """Put back what was deleted; the names of the files."""
        body = {"deleted": deletion.deleted}
        return _read(_Restored, self._call("POST", "/api/documents/restore", json=body)).restored

    def index(self) -> IndexState:
        """How the index stands to the folder."""
        return _read(IndexState, self._call("GET", "/api/index"))

    def build(self) -> Build:
        """Begin to build the index, unless a build runs."""
        return _read(Build, self._call("POST", "/api/index/build"))

    def build_state(self) -> Build:
        """The build that runs, or the last one."""
        return _read(Build, self._call("GET", "/api/index/build"))

    def built(self, timeout_s: float = 3600.0) -> Build:
        """Begin to build the index, and give the build when it has ended.

        Raises:
            ServerError: it failed, or did not end in time.
        """
        until = time.monotonic() + timeout_s
        state = self.build()
        while state.active:
            if time.monotonic() > until:
                raise ServerError(f"the build did not end in {timeout_s:.0f} s")
            time.sleep(_POLL_S)
            state = self.build_state()
        if state.error:
            raise ServerError(state.error, httpx.codes.OK)
        return state

    def conversations(self, words: str = "") -> tuple[Conversation, ...]:
        """The user's conversations of the chat window, the latest first."""
        reply = self._call("GET", "/api/conversations", params={"words": words})
        return _read(_Conversations, reply).conversations

    def judge(self, conversation: str, number: int, *, is_good: bool, reason: str = "") -> Feedback:
        """Keep what the user thinks of answer ``number`` (from 1) of a conversation."""
        body = asdict(Feedback(is_good, reason))
        return _read(Feedback, self._call("PUT", _feedback(conversation, number), json=body))

    def take_back(self, conversation: str, number: int) -> None:
        """Take back what the user thought of an answer."""
        self._call("DELETE", _feedback(conversation, number))

    def _call(self, method: str, path: str, **sent: Any) -> str:
        try:
            reply = self._http.request(method, path, **sent)
        except httpx.HTTPError as exc:
            raise self._unreached(exc) from exc
        if not reply.is_success:
            raise _refusal(reply)
        return reply.text

    def _unreached(self, error: httpx.HTTPError) -> ServerError:
        return ServerError(f"{self._url} cannot be reached ({error or type(error).__name__})")


@dataclass(frozen=True, slots=True)
class _Files:
    documents: tuple[File, ...]


@dataclass(frozen=True, slots=True)
class _Restored:
    restored: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Conversations:
    conversations: tuple[Conversation, ...]


_EVENTS: dict[str, type[Step | VerifiedSentence | Answer]] = {
    "step": Step,
    "sentence": VerifiedSentence,
    "answer": Answer,
}


def _question(
    question: str, history: Sequence[Turn], k: int | None, narrowed: Narrowed
) -> dict[str, Any]:
    said = [asdict(turn) for turn in history]
    return {"question": question, "history": said, "k": k, **narrowed}


def _feedback(conversation: str, number: int) -> str:
    return f"/api/conversations/{quote(conversation, safe='')}/answers/{number}/feedback"


def _read(kind: type[T], content: str) -> T:
    try:
        return TypeAdapter(kind).validate_json(content)
    except ValidationError as exc:
        raise ServerError(f"no {kind.__name__.strip('_')} came: is this a Footnote?") from exc


def _refusal(reply: httpx.Response) -> ServerError:
    """The error that a reply says, in the server's words where it has any.

    >>> _refusal(httpx.Response(422, json={"error": "the question is empty"}))
    ServerError('the question is empty')
    >>> str(_refusal(httpx.Response(502, text="<html>")))
    'the server answered 502 Bad Gateway'
    """
    try:
        message = str(reply.json()["error"])
    except (ValueError, KeyError, TypeError):
        message = f"the server answered {reply.status_code} {reply.reason_phrase}"
    return ServerError(message, reply.status_code)
