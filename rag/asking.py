"""One question on its way to an answer, with what every step needs to know of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from index.search import OpenGeneration
from index.types import Filter
from rag.replies import Value, reply
from rag.types import Answer, Clock

__all__ = ["Asking", "Similarity"]

Similarity = Callable[[str, str], float]
"""Cosine similarity of two texts."""


@dataclass(frozen=True, slots=True)
class Asking:
    """A question, and the documents that it is asked of: those of ``source`` that a filter allows.

    All that is said is in ``language`` (ISO 639-1), the question's. ``similarity`` compares texts,
    ``clock`` counts the time of each step.
    """

    question: str
    source: OpenGeneration
    filter_by: Filter
    language: str
    similarity: Similarity
    clock: Clock

    def reply(self, kind: str, **values: Value) -> str:
        """A message in the language of the question; see :func:`rag.replies.reply`."""
        return reply(kind, self.language, **values)

    def answer(self, generator: str) -> Answer:
        """An answer without a sentence, by this generator, after the time until now."""
        return Answer(
            question=self.question,
            standalone_question=" ".join(self.question.split()),
            generator=generator,
            generation=self.source.name,
            language=self.language,
            timings_ms=self.clock.timings(),
        )
