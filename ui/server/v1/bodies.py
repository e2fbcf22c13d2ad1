"""What clients of the OpenAI API send: the question, and the conversation before it.

What they set beside is passed over where it only shapes how a language model writes (temperature,
tools that may be called), and refused in words where the answer would not be what they ask for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, Field

from rag.types import Message
from ui.server.errors import RefusedError

__all__ = ["CHAT_MODELS", "Asked", "ChatBody", "ResponseBody"]

CHAT_MODELS = {
    "footnote": "answers with markers, the sources beside the text",
    "footnote-markdown": "the same as Markdown, with the sources as footnotes of the text",
}
_SPEAKERS = frozenset({"user", "assistant"})
_INSTRUCTIONS = frozenset({"system", "developer"})
_TEXT = frozenset({"text", "input_text", "output_text"})
_PASSED_OVER = frozenset({"function_call", "function_call_output", "reasoning"})
_NO_TOOLS = "no tools are called here: leave tool_choice out"
_NO_FORMAT = "answers are text with citations: leave the format out, or ask for text"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and what was said before it; ``texts`` are all that was sent, to be counted."""

    model: str
    question: str
    history: tuple[Message, ...]
    texts: tuple[str, ...]

    @property
    def is_markdown(self) -> bool:
        """Whether the sources are to be in the text."""
        return self.model == "footnote-markdown"


class _Body(BaseModel):
    model: str = Field(max_length=200, examples=["footnote"])
    stream: bool | None = None
    tool_choice: Any = Field(None, description='only "auto" and "none": no tool is ever called')

    def _asked(self, messages: list[Mapping[str, Any]], field: str) -> Asked:
        """The last message is the question; those before, of both sides, are the conversation.

        Instructions are no evidence and are not followed.
        """
        if self.model not in CHAT_MODELS:
            known = ", ".join(CHAT_MODELS)
            message = f"there is no model {self.model[:100]!r} to ask: take one of {known}"
            raise RefusedError(message, "model", code="model_not_found", status=404)
        if self.tool_choice not in (None, "auto", "none"):
            raise RefusedError(_NO_TOOLS, "tool_choice")
        read = [
            (str(message.get("role", "")), _text(message, f"{field}[{number}].content"))
            for number, message in enumerate(messages)
        ]
        said = [(role, text) for role, text in read if role not in _INSTRUCTIONS]
        if not said or said[-1][0] != "user":
            raise RefusedError("the last message must be the question of the user", field)
        before = (Message(role, text) for role, text in said[:-1] if role in _SPEAKERS and text)
        return Asked(self.model, said[-1][1], tuple(before), tuple(text for _, text in read))


class StreamOptions(BaseModel):
    """See OpenAI."""

    include_usage: bool | None = None


class ChatBody(_Body):
    """The body of ``POST /v1/chat/completions``; other fields are passed over."""

    messages: list[dict[str, Any]] = Field(
        min_length=1, examples=[[{"role": "user", "content": "When was the harbour built?"}]]
    )
    stream_options: StreamOptions | None = None
    n: int | None = None
    logprobs: bool | None = None
    response_format: dict[str, Any] | None = None
    modalities: list[str] | None = None
    function_call: Any = None

    def asked(self) -> Asked:
        """The question; raises RefusedError for what cannot be answered as it is asked."""
        if self.n not in (None, 1):
            raise RefusedError("there is one answer to a question: leave n out, or set 1", "n")
        if self.logprobs:
            raise RefusedError("a quoted answer has no probabilities of tokens", "logprobs")
        if (self.response_format or {}).get("type", "text") != "text":
            raise RefusedError(_NO_FORMAT, "response_format")
        if set(self.modalities or ["text"]) != {"text"}:
            raise RefusedError("answers are text", "modalities")
        if self.function_call not in (None, "auto", "none"):
            raise RefusedError(_NO_TOOLS, "function_call")
        return self._asked([*self.messages], "messages")


class ResponseBody(_Body):
    """The body of ``POST /v1/responses``; other fields are passed over."""

    input: str | list[dict[str, Any]] = Field(examples=["When was the harbour built?"])
    instructions: str | None = None
    previous_response_id: str | None = None
    conversation: Any = None
    background: bool | None = None
    text: dict[str, Any] | None = None
    metadata: dict[str, Any] | None = None

    def asked(self) -> Asked:
        """The question; raises RefusedError for what cannot be answered as it is asked."""
        for name in ("previous_response_id", "conversation"):
            if getattr(self, name):
                kept = "no response is kept: send the messages before in input"
                raise RefusedError(kept, name)
        if self.background:
            raise RefusedError("no response is kept to be fetched later", "background")
        wanted = (self.text or {}).get("format") or {}
        if not isinstance(wanted, dict) or wanted.get("type", "text") != "text":
            raise RefusedError(_NO_FORMAT, "text.format")
        if isinstance(self.input, str):
            return self._asked([{"role": "user", "content": self.input}], "input")
        return self._asked(list(_messages(self.input)), "input")


def _messages(items: Iterable[Mapping[str, Any]]) -> Iterable[Mapping[str, Any]]:
    for item in items:
        kind = item.get("type", "message")
        if kind == "message":
            yield item
        elif kind not in _PASSED_OVER:
            raise RefusedError(f"an item of type {str(kind)[:100]!r} cannot be read", "input")


def _text(message: Mapping[str, Any], field: str) -> str:
    """What a message says; of what a tool gave, nothing is read."""
    role, content = message.get("role"), message.get("content")
    if role not in _SPEAKERS | _INSTRUCTIONS or content is None:
        return ""
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else [content]
    texts = []
    for part in parts:
        kind = part.get("type") if isinstance(part, dict) else None
        if kind in _TEXT and isinstance(part.get("text"), str):
            texts.append(part["text"])
        elif role == "user":
            raise RefusedError(f"only text can be read, not {str(kind)[:100]!r}", field)
    return "\n".join(texts)
