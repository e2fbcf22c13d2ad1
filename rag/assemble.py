"""The composition root: the only module that names concrete embedders and generators."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from index.builder.build import Builder
from index.builder.prepare import Recipe
from index.builder.writer import Outcomes, Tools
from index.errors import SettingsError
from index.store.home import Home
from index.types import Seed
from rag.settings import CHOICE, Settings

if TYPE_CHECKING:
    from index.builder.pictures import Pictures
    from index.builder.sandbox import Limits
    from index.embedding.embedder import Embedder
    from index.embedding.served import ModelService
    from index.search import Searcher
    from rag.assistant import Assistant
    from rag.intents import Intents
    from rag.llm.local import LocalModel
    from rag.llm.server import LanguageModel
    from rag.reader import Reader
    from rag.suggestions import Suggestions
    from rag.types import Answer

__all__ = ["Services"]

T = TypeVar("T")


class _made_once(cached_property[T]):  # noqa: N801 - used as the decorator that it extends
    """A cached property that several threads get at once: the others wait for the first.

    Python's own does so only before 3.12.
    """

    def __init__(self, make: Callable[[Any], T]) -> None:
        super().__init__(make)
        self._making = threading.RLock()

    def __get__(self, instance: Any, owner: Any = None) -> T:  # type: ignore[override]
        """See Python's."""
        with self._making:
            found: T = super().__get__(instance, owner)
        return found


class Services:
    """Everything that one process needs for one folder, each part made when first used."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        Home(settings.home).make_private()
        self._loading = threading.Lock()
        self._embedder: Embedder | None = None
        self._local: LocalModel | None = None
        self.answered: Callable[[Answer], None] = lambda _: None
        """Is called with every answer of the assistants."""

    def embedder(self) -> Embedder:
        """The embedding model; loaded once, also when several threads ask."""
        with self._loading:
            if self._embedder is None:
                self._embedder = self._loaded(self.settings.embedding)
            return self._embedder

    def _loaded(self, name: str) -> Embedder:
        if self.model_service:
            from index.embedding.served import ServedEmbedder

            return ServedEmbedder(name, self.model_service)
        from index.embedding.embedder import load_embedder

        return load_embedder(name)

    @_made_once
    def model_service(self) -> ModelService | None:
        """Where the models are, when they are not in this process."""
        from index.embedding.served import ModelService

        server = self.settings.model_service
        return ModelService(server) if server else None

    def check_models(self) -> None:
        """Look whether the model service can be asked now, where there is one, without waiting.

        Raises:
            ModelServiceError: it does not answer, or has other models.
        """
        if self.model_service:
            from index.embedding.models import vectors_name
            from rag.reader import reader_identity

            self.model_service.check([vectors_name(self.settings.embedding), reader_identity()])

    def use_embedder(self, embedder: Embedder) -> None:
        """Use a model that is loaded already (it must be the one that the settings name)."""
        self._embedder = embedder

    @_made_once
    def builder(self) -> Builder:
        """The write side."""
        if self.settings.ray:
            from index.builder.cluster import Cluster

            cluster = Cluster(self.settings, self.embedder)
            return Builder(self.settings, Tools(lambda: cluster, cluster.prepare, cluster))
        return Builder(self.settings, Tools(self.embedder, self._prepare))

    def read_pictures(self) -> None:
        """Read pictures and scanned pages from the next build on, also after a restart.

        Raises:
            SettingsError: the configuration says not to, or the extra is not installed.
            HomeError: the choice cannot be kept.
        """
        from index.choices import choose_pictures
        from index.loaders.image import MISSING, is_installed

        if not is_installed():
            raise SettingsError(MISSING)
        if self.settings.ocr:
            return
        if where := self.settings.given.get("ocr"):
            raise SettingsError(f"ocr = false stands in {where}: change it there")
        choose_pictures(self.settings.home)
        self.settings = self.settings.fixed(CHOICE, ocr=True)
        self.__dict__.pop("builder", None)  # made anew with these settings

    @_made_once
    def pictures(self) -> Pictures:
        """Pages of documents as pictures."""
        from index.builder.pictures import Pictures

        return Pictures(self.settings.seeds, self._limits)

    @_made_once
    def searcher(self) -> Searcher:
        """Search in the current generation."""
        from index.embedding.rerank import load_reranker
        from index.search import Searcher

        return Searcher(self.settings, self.embedder(), load_reranker(self.settings.reranker))

    @_made_once
    def assistant(self) -> Assistant:
        """The read side.

        Raises:
            GeneratorError: the settings of the language model do not fit together.
        """
        return self.assistant_with(self.settings)

    def assistant_with(self, settings: Settings, model: LanguageModel | None = None) -> Assistant:
        """A read side that answers by other settings; search and models are those of the services.

        ``model`` is used instead of the one that the settings name.

        Raises:
            GeneratorError: the settings of the language model do not fit together.
        """
        from index.text.tokens import load_tokenizer
        from rag.assistant import Assistant
        from rag.llm.stream import WrittenGenerator
        from rag.write import ExtractiveGenerator

        quoting = ExtractiveGenerator(settings.max_sentences)
        model = model or self.language_model(settings)
        tokens = self.settings.llm_evidence_tokens
        writing = WrittenGenerator(model, load_tokenizer(), tokens) if model else quoting
        return Assistant(
            settings,
            self.searcher,
            self.reader,
            self.intents,
            writing,
            quoting,
            rewriter=model,
            answered=self._tell,
        )

    def _tell(self, answer: Answer) -> None:
        self.answered(answer)

    def language_model(self, settings: Settings) -> LanguageModel | None:
        """The model that ``settings`` name, None for quoted sentences; one in this process is one.

        Raises:
            GeneratorError: they do not fit together, or the model is not there.
        """
        from rag.llm.local import LocalModel
        from rag.llm.server import ServerModel

        if settings.generator == "extractive":
            return None
        if settings.generator == "openai":
            return ServerModel(settings)
        with self._loading:
            self._local = self._local or LocalModel(settings)
            return self._local

    @_made_once
    def suggestions(self) -> Suggestions:
        """Questions to offer."""
        from rag.suggestions import Suggestions

        return Suggestions(self.searcher)

    @_made_once
    def reader(self) -> Reader:
        """What tells which sentences answer."""
        if self.model_service:
            from rag.served_reader import ServedReader

            return ServedReader(self.model_service)
        from rag.reader import load_reader

        return load_reader()

    @_made_once
    def intents(self) -> Intents:
        """What tells small talk and overviews; it shares the vectors of the search if it can."""
        from index.embedding.packaged import PackagedEmbedder
        from index.embedding.served import ServedEmbedder
        from rag.intents import MODEL, Intents

        embedder = self.embedder()
        if isinstance(embedder, PackagedEmbedder | ServedEmbedder) and embedder.name == MODEL:
            return Intents(self.searcher.query_vector)
        return Intents(self._loaded(MODEL).embed_query)

    @property
    def _limits(self) -> Limits:
        from index.builder.sandbox import Limits

        return Limits(self.settings.load_timeout_s, self.settings.load_memory_mb)

    @contextmanager
    def _prepare(
        self, seeds: Sequence[Seed], recipe: Recipe, waiting: Callable[[], None]
    ) -> Iterator[Outcomes]:
        from index.builder.workers import Workers

        workers = Workers(self._limits, embedding=self.settings.embedding)
        with workers, workers.prepare(seeds, recipe, waiting) as outcomes:
            yield outcomes
