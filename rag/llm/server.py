"""Language models behind a server: any that speaks OpenAI's protocol, through llama-index.

:class:`LanguageModel` is what the writing generator needs of a model, wherever it runs (in this
process: `rag/llm/local.py`). An answer that ends before the model ended it is an
error, after the words that came: nobody takes half an answer for a whole one. It has an end in
time, in bytes and in characters, whatever the server sends.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Protocol

from rag.errors import GeneratorError
from rag.settings import Settings

if TYPE_CHECKING:
    import httpx
    from llama_index.core.llms import ChatMessage, ChatResponse

__all__ = [
    "LanguageModel",
    "ServerModel",
    "finish_reason",
    "nothing_written",
    "too_long",
    "took_too_long",
    "try_model",
]

_CONNECT_TIMEOUT_S = 5.0
_ATTEMPTS = 3
_LONGEST_WAIT_S = 4.0
_BYTES = 1_000_000  # of an answer, beside those of its tokens
_BYTES_A_TOKEN = 4000  # as a server wraps it
_CHARACTERS_A_TOKEN = 32
_TRIAL = "Say in one sentence that you are ready."
_ENOUGH = 160  # characters of what a model says to that


class LanguageModel(Protocol):
    """Answers a prompt, a few characters at a time."""

    @property
    def name(self) -> str:
        """What ``Answer.generator`` says."""

    def stream(self, system: str, user: str) -> Iterator[str]:
        """The answer in pieces, as the model writes them; closing it stops the model.

        Raises:
            GeneratorError: there is no answer, or no more of it; pieces given before stay valid.
        """


class ServerModel:
    """A model of any OpenAI-compatible server (vLLM, llama.cpp, Ollama, LM Studio, cloud)."""

    def __init__(self, settings: Settings) -> None:
        if not settings.llm_model:
            raise GeneratorError(
                "generator = openai needs llm_model: set it in footnote.toml or FOOTNOTE_LLM_MODEL"
            )
        self._settings = settings
        self.name = f"openai:{settings.llm_model}"

    def stream(self, system: str, user: str) -> Iterator[str]:
        """See :class:`LanguageModel`; tried again only while nothing has come."""
        from llama_index.core.llms import ChatMessage

        messages = [
            ChatMessage(role="system", content=system),
            ChatMessage(role="user", content=user),
        ]
        ended: str | None = None
        room = self._settings.llm_answer_tokens * _CHARACTERS_A_TOKEN
        try:
            for part in self._parts(messages):
                written = part.delta or ""
                room -= len(written)
                if room < 0:
                    raise too_long(self._settings.llm_answer_tokens)
                yield written
                ended = finish_reason(part) or ended
        except Exception as exc:  # the client lets openai, httpx, json and type errors through
            raise self._error(exc) from exc
        if ended is None:
            raise GeneratorError(
                f"the answer of {self._where} broke off, or was none of an OpenAI-compatible server"
            )
        if ended == "length":
            raise too_long(self._settings.llm_answer_tokens)

    @property
    def _where(self) -> str:
        return f"the language model at {self._settings.llm_base_url}"

    def _parts(self, messages: list[ChatMessage]) -> Iterator[ChatResponse]:
        import httpx
        import tenacity

        attempts = tenacity.Retrying(
            retry=tenacity.retry_if_exception(_may_pass),
            stop=tenacity.stop_after_attempt(_ATTEMPTS),
            wait=tenacity.wait_random_exponential(multiplier=0.25, max=_LONGEST_WAIT_S),
            reraise=True,
        )
        # Closed here, so that a reader who leaves also ends the work of the server.
        with httpx.Client(event_hooks={"response": [self._limited]}) as http:
            client = self._client(http)
            for attempt in attempts:
                with attempt:
                    parts = iter(client.stream_chat(messages))
                    first = next(parts, None)
            if first is not None:
                yield first
                yield from parts

    def _limited(self, response: httpx.Response) -> None:
        """Let the body of the response end, also where its server sends nothing but comments."""
        settings = self._settings
        most = _BYTES + _BYTES_A_TOKEN * settings.llm_answer_tokens
        response.stream = _limited_stream(response.stream, settings.llm_answer_timeout_s, most)

    def _client(self, http: httpx.Client) -> Any:
        import httpx
        from llama_index.llms.openai_like import OpenAILike

        wait = httpx.Timeout(self._settings.llm_timeout_s, connect=_CONNECT_TIMEOUT_S)
        return OpenAILike(
            model=self._settings.llm_model,
            api_base=self._settings.llm_base_url,
            api_key=self._settings.llm_api_key.get_secret_value(),
            is_chat_model=True,
            # The client itself would also repeat a question that took too long.
            max_retries=0,
            temperature=0.0,
            max_tokens=self._settings.llm_answer_tokens,
            additional_kwargs={"timeout": wait},
            http_client=http,
        )

    def _error(self, exc: Exception) -> GeneratorError:
        import httpx
        import openai

        if isinstance(exc, GeneratorError):
            return exc
        if isinstance(exc, openai.AuthenticationError | openai.PermissionDeniedError):
            # The server's own words may repeat the key.
            return GeneratorError(f"{self._where} refuses the key: set FOOTNOTE_LLM_API_KEY")
        if isinstance(exc, openai.NotFoundError):
            return GeneratorError(
                f"{self._where} knows no model {self._settings.llm_model!r}, or is no "
                "OpenAI-compatible server: check llm_model and llm_base_url"
            )
        if isinstance(exc, openai.APITimeoutError | httpx.TimeoutException):
            limit = f"{self._settings.llm_timeout_s:g} s"
            return GeneratorError(f"{self._where} sent nothing for {limit}: raise llm_timeout_s")
        reason = str(exc).strip().split("\n")[0][:200] or type(exc).__name__
        return GeneratorError(f"{self._where} failed ({reason}): is it running?")


def try_model(model: LanguageModel) -> str:
    """One line asked of a model: what it wrote, and when, as a sentence for a person.

    Raises:
        GeneratorError: it wrote nothing; the message says why.
    """
    began = time.perf_counter()
    first = 0.0
    written = ""
    pieces = model.stream("You answer in one short sentence.", _TRIAL)
    try:
        for piece in pieces:
            first = first if written.strip() else time.perf_counter() - began
            written += piece
            if len(written) > _ENOUGH:
                break
    except GeneratorError:
        if not written.strip():
            raise
    words = " ".join(written.split())
    if not words:
        raise nothing_written()
    took = time.perf_counter() - began
    cut = words if len(words) <= _ENOUGH else words[:_ENOUGH].rstrip() + "…"
    return f"{model.name} answers: “{cut}” First words after {first:.1f} s, these in {took:.1f} s."


def took_too_long(seconds: float) -> GeneratorError:
    """The error of an answer that did not end."""
    return GeneratorError(
        f"the language model did not end within {seconds:g} s: raise llm_answer_timeout_s"
    )


def too_long(tokens: int) -> GeneratorError:
    """The error of an answer that was stopped at its limit."""
    return GeneratorError(
        f"the language model was stopped after {tokens} tokens: raise llm_answer_tokens"
    )


def nothing_written() -> GeneratorError:
    """The error of an answer without a word."""
    return GeneratorError("the language model wrote nothing")


def _limited_stream(stream: Any, seconds: float, most_bytes: int) -> Any:
    """The body of a response until ``seconds`` or ``most_bytes`` have passed."""
    import httpx

    class Limited(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            until = time.monotonic() + seconds
            room = most_bytes
            for part in stream:
                room -= len(part)
                if room < 0:
                    raise GeneratorError(f"the language model sent more than {most_bytes:,} bytes")
                if time.monotonic() > until:
                    raise took_too_long(seconds)
                yield part

        def close(self) -> None:
            stream.close()

    return Limited()


def _may_pass(exc: BaseException) -> bool:
    """Whether the same request may succeed in a moment."""
    import openai

    if isinstance(exc, openai.APITimeoutError):
        return False
    passing = (openai.APIConnectionError, openai.RateLimitError, openai.InternalServerError)
    return isinstance(exc, passing)


def finish_reason(part: ChatResponse) -> str | None:
    """Why a model of OpenAI's protocol ended there, where a part of its answer says so."""
    choices = getattr(part.raw, "choices", None) or ()
    return choices[0].finish_reason if choices else None
