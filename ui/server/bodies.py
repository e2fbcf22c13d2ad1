"""What a request may ask: the same fields for the API and for a program that speaks MCP."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from index.types import Filter
from rag.types import Message
from rag.understand import MAX_QUESTION_CHARACTERS

__all__ = ["Ask", "Narrowed", "Query", "Search", "Turn"]

# Longer globs than any path cost time that grows with their square (fnmatch.translate).
_MAX_PATH = 1024
_Ending = Annotated[str, Field(max_length=16)]
_DAY = r"^\d{4}-\d{2}-\d{2}$"


class Turn(BaseModel):
    """A message of the conversation before."""

    model_config = ConfigDict(extra="forbid")
    role: str = Field(pattern="^(user|assistant)$", description='"user" or "assistant".')
    content: str = Field(max_length=20_000)


class Narrowed(BaseModel):
    """Which documents are meant; without any of these, all."""

    model_config = ConfigDict(extra="forbid")
    document: str | None = Field(
        None, max_length=_MAX_PATH, description="Only documents whose path matches this glob."
    )
    folder: str | None = Field(
        None, max_length=_MAX_PATH, description="Only documents in this folder."
    )
    formats: list[_Ending] = Field(
        default_factory=list, max_length=50, description='Only these endings, as ["pdf"].'
    )
    after: str | None = Field(
        None, pattern=_DAY, description="Only documents from this day on, YYYY-MM-DD."
    )
    before: str | None = Field(
        None, pattern=_DAY, description="Only documents up to this day, YYYY-MM-DD."
    )

    def filter_by(self) -> Filter:
        """The documents to search."""
        return Filter(self.document, self.folder, tuple(self.formats), self.after, self.before)


class Query(Narrowed):
    """What is searched, how much of it is read."""

    k: int | None = Field(None, ge=1, le=50, description="How many passages to read.")


class Ask(Query):
    """A question, and what was said before it."""

    question: str = Field(max_length=MAX_QUESTION_CHARACTERS, description="In any language.")
    history: list[Turn] = Field(
        default_factory=list,
        max_length=100,
        description="The conversation before, oldest first: a follow-up is understood by it.",
    )

    def said(self) -> list[Message]:
        """The conversation before the question."""
        return [Message(turn.role, turn.content) for turn in self.history]


class Search(Query):
    """What to search for."""

    query: str = Field(
        min_length=1, max_length=MAX_QUESTION_CHARACTERS, description="Words or a question."
    )
