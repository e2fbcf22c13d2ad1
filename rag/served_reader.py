"""The reader of a model service (:mod:`index.embedding.served`), which several servers share."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import chain

from pydantic import TypeAdapter

from index.embedding.served import MOST_TEXTS, ModelService
from rag.reader import Passage, Read, reader_identity

__all__ = ["ServedReader"]

_ANSWER = TypeAdapter(list[list[Read]])


class ServedReader:
    """The reader of a model service; safe to share between threads."""

    def __init__(self, service: ModelService) -> None:
        self._service = service
        self._model = reader_identity()

    def read(self, question: str, passages: Sequence[Passage]) -> list[list[Read]]:
        """What is said of each sentence of each passage, in their order.

        Raises:
            ModelServiceError: the service does not answer, or refuses.
        """
        parts = (passages[at : at + MOST_TEXTS] for at in range(0, len(passages), MOST_TEXTS))
        return list(chain.from_iterable(self._read(question, part) for part in parts))

    def _read(self, question: str, passages: Sequence[Passage]) -> list[list[Read]]:
        def parse(data: bytes) -> list[list[Read]]:
            found = _ANSWER.validate_json(data, strict=True)
            if not _fits(found, passages):
                raise ValueError(f"it says nothing that fits the {len(passages)} passages")
            return found

        request = {"model": self._model, "question": question, "passages": passages}
        return self._service.ask("/read", request, parse)


def _fits(found: list[list[Read]], passages: Sequence[Passage]) -> bool:
    """Whether each sentence has what is said of it, in numbers and in places within it."""
    return len(found) == len(passages) and all(
        len(reads) == len(passage.sentences) and all(map(_fits_sentence, reads, passage.sentences))
        for reads, passage in zip(found, passages, strict=True)
    )


def _fits_sentence(read: Read, sentence: str) -> bool:
    return (
        math.isfinite(read.score)
        and math.isfinite(read.certainty)
        and 0 <= read.earlier <= len(sentence)
        and 0 <= read.answer.start <= read.answer.end <= len(sentence)
    )
