"""What the OpenAPI description shows of the OpenAI routes; a test compares it with real answers."""

from __future__ import annotations

from typing import Any

from ui.server.errors import error_body

__all__ = [
    "CHUNKS",
    "COMPLETION",
    "CREATED",
    "EMBEDDINGS",
    "ERRORS",
    "EVENTS",
    "MODELS",
    "RESPONSE",
]

CREATED = 1_760_000_000  # a model of the API is made with the program
_PATH = "/v1/"
_TEXT = "The harbour of Lindal was built in 1974 by the town. [1]"
_URL = "https://ask.example/?document=harbour.txt&start=0&end=52"
_ANNOTATION = {"url": _URL, "title": "harbour", "start_index": 53, "end_index": 56}
_FOOTNOTE: dict[str, Any] = {
    "citations": [
        {
            "number": 1,
            "cited_text": _TEXT[:52],
            "document": "harbour.txt",
            "title": "harbour",
            "start_char_index": 0,
            "end_char_index": 52,
            "page": None,
            "place": None,
            "url": _URL,
            "source_url": None,
        }
    ],
    "confidence": 0.9712,
    "short_answer": None,
    "abstained": False,
    "generation": "20261130-033105-1b2c",
    "generator": "extractive",
    "notice": None,
}


def _named(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": CREATED, "owned_by": "footnote"}


MODELS: dict[str, Any] = {
    "object": "list",
    "data": [_named("footnote"), _named("footnote-markdown")],
}
COMPLETION: dict[str, Any] = {
    "id": "chatcmpl-0123456789abcdef01234567",
    "object": "chat.completion",
    "created": CREATED,
    "model": "footnote",
    "choices": [
        {
            "index": 0,
            "message": {
                "role": "assistant",
                "content": _TEXT,
                "refusal": None,
                "annotations": [{"type": "url_citation", "url_citation": _ANNOTATION}],
                "footnote": _FOOTNOTE,
            },
            "logprobs": None,
            "finish_reason": "stop",
        }
    ],
    "usage": {"prompt_tokens": 9, "completion_tokens": 16, "total_tokens": 25},
}
CHUNKS = """data: {"object":"chat.completion.chunk","choices":[{"delta":{"content":"The harbour"}}]}

data: [DONE]
"""
RESPONSE: dict[str, Any] = {
    "id": "resp_0123456789abcdef0123456789abcdef0123456789abcdef",
    "object": "response",
    "created_at": CREATED,
    "completed_at": CREATED,
    "status": "completed",
    "model": "footnote",
    "output": [
        {
            "id": "msg_0123456789abcdef0123456789abcdef0123456789abcdef",
            "type": "message",
            "role": "assistant",
            "status": "completed",
            "content": [
                {
                    "type": "output_text",
                    "text": _TEXT,
                    "annotations": [{"type": "url_citation", **_ANNOTATION}],
                    "logprobs": [],
                }
            ],
        }
    ],
    "usage": {
        "input_tokens": 9,
        "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "output_tokens": 16,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": 25,
    },
    "footnote": _FOOTNOTE,
}
EVENTS = """event: response.output_text.delta
data: {"type":"response.output_text.delta","sequence_number":4,"delta":"The harbour"}

event: response.completed
data: {"type":"response.completed","sequence_number":9,"response":{"object":"response"}}
"""
EMBEDDINGS: dict[str, Any] = {
    "object": "list",
    "model": "footnote-passage",
    "data": [{"object": "embedding", "index": 0, "embedding": [0.0421, -0.0317, 0.0189]}],
    "usage": {"prompt_tokens": 9, "total_tokens": 9},
}


def _error(status: int, message: str, **values: Any) -> tuple[int, dict[str, Any]]:
    return status, error_body(_PATH, status, message, **values)


ERRORS = (
    _error(400, "there is one answer to a question: leave n out, or set 1", param="n"),
    _error(401, "Unauthorized: log in, or send Authorization: Bearer KEY"),
    _error(
        403,
        "your account may not do this, or not with this key: it takes the right ask"
        " (role reader or editor or admin)",
    ),
    _error(404, "no such model", param="model", code="model_not_found"),
    _error(413, "the body is longer than 1,000,000 bytes"),
    _error(429, "Too Many Requests: too many questions at a time: ask again in a moment"),
    _error(503, "no index in the home: run `footnote index` or press Rebuild"),
)
