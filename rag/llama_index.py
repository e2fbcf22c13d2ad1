"""Footnote for users of LlamaIndex: a retriever, a query engine, and any of its LLMs as the writer.

A node is an exact span of a document: its text is ``document.text[start:end]``, its metadata say
which. The query engine answers as everywhere else: what is not supported by its quotes is not in
the response, and what the documents do not say is an abstention.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from llama_index.core.base.base_query_engine import BaseQueryEngine
from llama_index.core.base.response.schema import Response
from llama_index.core.llms import ChatMessage
from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from index.errors import one_line
from index.types import Chunk, Filter, chunk_id
from rag.errors import GeneratorError
from rag.llm.server import finish_reason
from rag.types import Answer, Citation

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

    from index.search import Searcher
    from rag.assistant import Assistant

__all__ = ["FootnoteQueryEngine", "FootnoteRetriever", "LlamaIndexModel"]

_FOR_CITATION_ONLY = ["start", "end"]  # metadata that say nothing to a language model


class FootnoteRetriever(BaseRetriever):
    """The passages of a query as nodes, best first; the score is the fused one.

    ``k`` passages, by default as the settings say, of the documents that pass ``filter_by``.
    """

    def __init__(
        self, searcher: Searcher, *, k: int | None = None, filter_by: Filter | None = None
    ) -> None:
        super().__init__()
        self._searcher = searcher
        self._k = k
        self._filter_by = filter_by

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        found = self._searcher.search(query_bundle.query_str, k=self._k, filter_by=self._filter_by)
        entries = found.source.manifest.documents
        return [
            _node(p.chunk, entries[p.chunk.document_id].title, p.chunk.text, p.score)
            for p in found.passages
        ]

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return await asyncio.to_thread(self._retrieve, query_bundle)


class FootnoteQueryEngine(BaseQueryEngine):
    """Answers of an assistant as responses.

    The source nodes are the cited spans in the order of their numbers in the text; the score of
    one is the best support of the sentences that cite it. The metadata hold ``confidence`` in
    [0, 1], ``abstained`` and, when it did, ``abstention_reason``.
    """

    def __init__(self, assistant: Assistant, *, filter_by: Filter | None = None) -> None:
        super().__init__(callback_manager=None)
        self._assistant = assistant
        self._filter_by = filter_by

    def _get_prompt_modules(self) -> dict[str, Any]:
        return {}

    def _query(self, query_bundle: QueryBundle) -> Response:
        answer = self._assistant.ask(query_bundle.query_str, filter_by=self._filter_by)
        nodes = [
            _node(cited, cited.title, cited.quote, _support(answer, cited.number))
            for cited in answer.citations
        ]
        metadata = {
            "confidence": answer.confidence,
            "abstained": answer.abstained,
            "abstention_reason": answer.abstention,
            "generator": answer.generator,
            "generation": answer.generation,
        }
        return Response(answer.text, source_nodes=nodes, metadata=metadata)

    async def _aquery(self, query_bundle: QueryBundle) -> Response:
        return await asyncio.to_thread(self._query, query_bundle)


class LlamaIndexModel:
    """An LLM of LlamaIndex as the writer: ``services.assistant_with(settings, model)``."""

    def __init__(self, llm: LLM) -> None:
        self._llm = llm
        self.name = f"llama-index:{llm.metadata.model_name}"

    def stream(self, system: str, user: str) -> Iterator[str]:
        """See :class:`rag.llm.server.LanguageModel`."""
        messages = [
            ChatMessage(role="system", content=system),
            ChatMessage(role="user", content=user),
        ]
        ended = None
        try:
            for part in self._llm.stream_chat(messages):
                yield part.delta or ""
                ended = finish_reason(part) or ended
        except Exception as exc:  # each LLM lets the errors of its own client through
            reason = one_line(exc) or type(exc).__name__
            raise GeneratorError(f"{self.name} failed ({reason})") from exc
        if ended == "length":
            raise GeneratorError(
                f"{self.name} was stopped at its limit of tokens: raise max_tokens"
            )


def _support(answer: Answer, number: int) -> float:
    """The best support of the sentences that cite this number."""
    return max(s.support for s in answer.sentences if number in s.citations)


def _node(place: Chunk | Citation, title: str, text: str, score: float) -> NodeWithScore:
    node = TextNode(
        id_=chunk_id(place.document_id, place.span),
        text=text,
        start_char_idx=place.span.start,
        end_char_idx=place.span.end,
        metadata={
            "document_id": place.document_id,
            "title": title,
            "start": place.span.start,
            "end": place.span.end,
            "page": place.page,
        },
        excluded_llm_metadata_keys=_FOR_CITATION_ONLY,
        excluded_embed_metadata_keys=_FOR_CITATION_ONLY,
    )
    return NodeWithScore(node=node, score=score)
