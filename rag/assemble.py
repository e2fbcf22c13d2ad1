"""The composition root: the only module that names concrete embedders and generators."""

from __future__ import annotations

import threading
from functools import cached_property
from typing import TYPE_CHECKING

from index.build import Builder, Tools
from index.settings import Settings

if TYPE_CHECKING:
    from index.chunking import Chunker
    from index.embedding import Embedder
    from index.search import Searcher
    from rag.assistant import Assistant
    from rag.generation import ExtractiveGenerator, Generator

__all__ = ["House"]


class House:
    """Everything that one process needs for one folder, each part made when first used."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._loading = threading.Lock()
        self._embedder: Embedder | None = None

    def embedder(self) -> Embedder:
        """The embedding model; loaded once, also when several threads ask."""
        with self._loading:
            if self._embedder is None:
                from index.embedding import SentenceTransformerEmbedder

                self._embedder = SentenceTransformerEmbedder(self.settings.embedding)
            return self._embedder

    def use_embedder(self, embedder: Embedder) -> None:
        """Use a model that is loaded already (it must be the one that the settings name)."""
        self._embedder = embedder

    @cached_property
    def builder(self) -> Builder:
        """The write side."""
        return Builder(self.settings, Tools(self.embedder, self._chunker))

    @cached_property
    def searcher(self) -> Searcher:
        """Search in the current generation."""
        from index.search import Searcher

        return Searcher(self.settings, self.embedder())

    @cached_property
    def assistant(self) -> Assistant:
        """The read side.

        Raises:
            GeneratorError: the settings of the language model do not fit together.
        """
        from rag.assistant import Assistant
        from rag.generation import ExtractiveGenerator

        stand_in = ExtractiveGenerator(self.settings.max_sentences)
        generator = self._generator(stand_in)
        return Assistant(self.settings, self.searcher, generator, stand_in)

    def _generator(self, extractive: ExtractiveGenerator) -> Generator:
        if self.settings.generator == "extractive":
            return extractive
        from index.tokens import load_tokenizer
        from rag.generation import OpenAIGenerator

        return OpenAIGenerator(self.settings, load_tokenizer())

    def _chunker(self) -> Chunker:
        from index.chunking import load_chunker
        from index.tokens import load_tokenizer

        return load_chunker(self.settings.chunk_tokens, load_tokenizer())
