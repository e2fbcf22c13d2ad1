"""The conversations of the visitor who asks: the list, exports, what they think of answers.

Nobody reaches those of somebody else: they are missing, as those are that never were.
"""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse, PlainTextResponse
from pydantic import BaseModel, ConfigDict, Field

from rag.conversations.archive import Archive, Feedback
from rag.conversations.export import conversation_json, conversation_markdown
from ui.server.native.examples import ERRORS, example
from ui.server.routes import Asker, described

__all__ = ["conversation_routes"]


class Opinion(BaseModel):
    """What the visitor thinks of an answer; ``reason`` says what is wrong with it."""

    model_config = ConfigDict(extra="forbid")
    is_good: bool
    reason: str = Field("", max_length=2000)


def conversation_routes(archive: Archive) -> APIRouter:
    """The routes of conversations."""
    router = APIRouter(prefix="/api/conversations", tags=["Conversations"])
    missing = described(None, *ERRORS)
    taken_back = described(None, *ERRORS, status=204)

    @router.get("", responses=described(example("conversations"), *ERRORS))
    def conversations(visitor: Asker, words: str = "") -> dict[str, Any]:
        """The visitor's conversations, the latest first; those that hold all words, if given."""
        held = archive.conversations(visitor.id, words) if visitor.id else []
        return {"conversations": [asdict(one) for one in held]}

    @router.get("/{conversation}.md", responses=missing, response_class=PlainTextResponse)
    def as_markdown(conversation: str, visitor: Asker) -> PlainTextResponse:
        """A conversation as Markdown with footnotes."""
        held = archive.conversation(visitor.id, conversation)
        text = conversation_markdown(held, archive.turns(visitor.id, conversation))
        return PlainTextResponse(text, headers=_download(held.title, "md"))

    @router.get("/{conversation}.json", responses=missing)
    def as_json(conversation: str, visitor: Asker) -> JSONResponse:
        """A conversation, its answers as those of `/api/ask`."""
        held = archive.conversation(visitor.id, conversation)
        content = conversation_json(held, archive.turns(visitor.id, conversation))
        return JSONResponse(content, headers=_download(held.title, "json"))

    @router.put(
        "/{conversation}/answers/{number}/feedback",
        responses=described(example("opinion"), *ERRORS),
    )
    def judge(conversation: str, number: int, body: Opinion, visitor: Asker) -> dict[str, Any]:
        """Keep what the visitor thinks of an answer; answers are counted from 1."""
        feedback = Feedback(body.is_good, body.reason)
        archive.judge(visitor.id, conversation, number, feedback)
        return asdict(feedback)

    @router.delete(
        "/{conversation}/answers/{number}/feedback", status_code=204, responses=taken_back
    )
    def take_back(conversation: str, number: int, visitor: Asker) -> None:
        """Take back what the visitor thought of an answer."""
        archive.judge(visitor.id, conversation, number, None)

    return router


def _download(title: str, ending: str) -> dict[str, str]:
    """Headers that keep the answer as a file named by the title, in letters of every system."""
    name = re.sub(r"[^A-Za-z0-9]+", "-", title).strip("-").lower() or "conversation"
    return {"Content-Disposition": f'attachment; filename="{name}.{ending}"'}
