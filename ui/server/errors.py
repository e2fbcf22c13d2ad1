"""Errors as a client gets them: the status, and the body in the form of the API that was asked.

Below ``/v1/`` that is OpenAI's, ``{"error": {"message", "type", "code", "param"}}``; elsewhere it
is ``{"error": "..."}``. Each message says in words what is wrong and what to do.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import JSONResponse

from index.errors import (
    DocumentMissingError,
    FootnoteError,
    IndexMissingError,
    ModelServiceError,
    PictureError,
    QueryError,
    StoreError,
)
from rag.errors import ConversationMissingError, GeneratorError
from ui.server.people import RightsError

__all__ = ["RefusedError", "error_body", "error_reply", "status_of"]

OPENAI = "/v1/"

# The first that fits; what is none of them is 409: the index, a build or the folder is in the way.
_STATUSES: tuple[tuple[type[FootnoteError], int], ...] = (
    (RightsError, 403),
    (DocumentMissingError, 404),
    (ConversationMissingError, 404),
    (QueryError, 422),
    (PictureError, 422),
    (ModelServiceError, 503),
    (StoreError, 503),
)
# The clients of OpenAI take 422 for a bug of theirs and try again after 409 and 503.
_OPENAI_STATUSES: tuple[tuple[type[FootnoteError], int], ...] = (
    (QueryError, 400),
    (IndexMissingError, 503),
    (GeneratorError, 503),
)
_CODES = {401: "invalid_api_key", 403: "forbidden", 429: "rate_limit_exceeded"}


class RefusedError(FootnoteError):
    """A request asks for what this server does not do; ``param`` is the field that asks for it."""

    def __init__(
        self, message: str, param: str, *, code: str | None = None, status: int = 400
    ) -> None:
        super().__init__(message)
        self.param, self.code, self.status = param, code, status


def status_of(error: FootnoteError, path: str) -> int:
    """The status of an expected error, for a request of that path."""
    if isinstance(error, RefusedError):
        return error.status
    known = (*(_OPENAI_STATUSES if path.startswith(OPENAI) else ()), *_STATUSES)
    return next((status for kind, status in known if isinstance(error, kind)), 409)


def error_body(
    path: str, status: int, message: str, *, param: str | None = None, code: str | None = None
) -> dict[str, Any]:
    """The body of an error, for a request of that path.

    >>> error_body("/api/ask", 422, "the question is empty")
    {'error': 'the question is empty'}
    >>> error_body("/v1/responses", 429, "too many questions")["error"]["type"]
    'rate_limit_error'
    """
    if not path.startswith(OPENAI):
        return {"error": message}
    kind = "server_error" if status >= 500 else "invalid_request_error"
    kind = "rate_limit_error" if status == 429 else kind
    code = code or _CODES.get(status)
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def error_reply(
    path: str,
    status: int,
    message: str,
    *,
    param: str | None = None,
    code: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """The answer to a request of that path that failed."""
    body = error_body(path, status, message, param=param, code=code)
    return JSONResponse(body, status_code=status, headers=dict(headers or {}))
