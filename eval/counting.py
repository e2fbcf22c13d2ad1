"""How many tokens a language model read and wrote for a question: what an answer costs."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from index.text.tokens import Tokenize
from rag.llm.server import LanguageModel

__all__ = ["CountingModel"]


class CountingModel:
    """A language model that counts, by thread: a question is asked in one.

    Tokens are those of tiktoken's ``cl100k_base``; the model's own may be some more or fewer.
    """

    def __init__(self, model: LanguageModel, tokenize: Tokenize) -> None:
        self._model = model
        self._tokenize = tokenize
        self._here = threading.local()
        self.name = model.name

    def stream(self, system: str, user: str) -> Iterator[str]:
        """See :class:`rag.llm.server.LanguageModel`."""
        self._here.prompt = self._prompt + len(self._tokenize(system + user))
        written = []
        try:
            for piece in self._model.stream(system, user):
                written.append(piece)
                yield piece
        finally:
            self._here.written = self._written + len(self._tokenize("".join(written)))

    def take(self) -> dict[str, int]:
        """``{"prompt", "written"}`` of this thread since it was last taken."""
        taken = {"prompt": self._prompt, "written": self._written}
        self._here.prompt = self._here.written = 0
        return taken

    @property
    def _prompt(self) -> int:
        return int(getattr(self._here, "prompt", 0))

    @property
    def _written(self) -> int:
        return int(getattr(self._here, "written", 0))
