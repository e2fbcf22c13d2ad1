"""Footnote as a library: the doors of its packages, the worked example, and those of LlamaIndex."""

from __future__ import annotations

import asyncio
import importlib.util
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from llama_index.core.llms import CompletionResponse, CustomLLM, LLMMetadata
from llama_index.core.schema import MetadataMode

from index import open_index
from index.errors import IndexMissingError
from index.settings import IndexSettings
from index.text.tokens import load_tokenizer
from index.types import Filter
from rag.assistant import Assistant
from rag.errors import GeneratorError
from rag.llama_index import FootnoteQueryEngine, FootnoteRetriever, LlamaIndexModel
from rag.llm.stream import WrittenGenerator
from rag.settings import Settings
from rag.write import ExtractiveGenerator

DOCUMENTS = {
    "ferry.md": "# The ferry\n\nThe ferry to Lindal leaves at 7:40 every morning.\n",
    "harbour.txt": "The harbour of Lindal was built in 1932 by Anna Berg.\n",
    "bakery.txt": "The bakery in the old town opens at six and sells rye bread.\n",
}
QUESTION = "When does the ferry to Lindal leave?"


@pytest.fixture(scope="module")
def folders(tmp_path_factory, write) -> tuple[Path, Path]:
    base = tmp_path_factory.mktemp("library")
    write(base / "documents", DOCUMENTS)
    return base / "documents", base / "home"


@pytest.fixture(scope="module")
def assistant(folders, make_assistant) -> Assistant:
    return make_assistant(*folders)


def test_the_worked_example_finds_reads_and_answers(repo, folders, capsys):
    path = repo / "examples" / "library.py"
    spec = importlib.util.spec_from_file_location("library", path)
    example = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(example)
    answer = example.main(*folders, QUESTION)
    assert [c.document_id for c in answer.citations] == ["ferry.md"]
    assert "leaves at 7:40" in answer.text
    printed = capsys.readouterr().out
    assert "ferry.md: The ferry, " in printed
    assert "[1] The ferry: “The ferry to Lindal leaves at 7:40 every morning.”" in printed


def test_an_index_is_opened_by_its_home_and_searched_as_asked(assistant, folders):
    home = folders[1]
    index = open_index(home, IndexSettings(k=1))
    (passage,) = index.search("bread").passages
    document = index.generation().document(passage.chunk.document_id)
    assert document.id == "bakery.txt"
    assert passage.chunk.span.of(document.text) == passage.chunk.text


def test_an_index_that_is_not_there_is_said_at_once(tmp_path):
    with pytest.raises(IndexMissingError, match="no index in"):
        open_index(tmp_path / "nothing")


def _awaited(begin: Callable[[], Awaitable[Any]]) -> Any:
    """The result, in a thread of its own: a browser test before it holds a loop in this one."""

    async def run() -> Any:
        return await begin()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(run())).result()


def test_a_retriever_gives_passages_as_nodes_with_their_place(assistant):
    retriever = FootnoteRetriever(assistant.searcher, k=2)
    nodes = retriever.retrieve(QUESTION)
    assert len(nodes) == 2
    assert [n.score for n in nodes] == sorted((n.score for n in nodes), reverse=True)
    best = nodes[0]
    text = assistant.searcher.generation().document("ferry.md").text
    place = best.metadata["start"], best.metadata["end"]
    assert (best.metadata["document_id"], best.metadata["title"]) == ("ferry.md", "The ferry")
    assert best.metadata["page"] is None
    assert text[slice(*place)] == best.text
    assert (best.node.start_char_idx, best.node.end_char_idx) == place
    assert "title: The ferry" in best.node.get_content(MetadataMode.LLM)
    assert "start:" not in best.node.get_content(MetadataMode.LLM)
    again = _awaited(lambda: retriever.aretrieve(QUESTION))
    assert [n.node_id for n in again] == [n.node_id for n in nodes]


def test_a_retriever_keeps_to_its_filter(assistant):
    retriever = FootnoteRetriever(assistant.searcher, filter_by=Filter(formats=("txt",)))
    assert {n.metadata["document_id"] for n in retriever.retrieve(QUESTION)} == {
        "bakery.txt",
        "harbour.txt",
    }


def test_a_query_engine_answers_with_the_cited_spans(assistant):
    engine = FootnoteQueryEngine(assistant)
    response = engine.query(QUESTION)
    assert str(response) == assistant.ask(QUESTION).text
    (source,) = response.source_nodes
    assert source.text == "The ferry to Lindal leaves at 7:40 every morning."
    assert source.metadata["document_id"] == "ferry.md"
    assert source.score == 1.0
    assert response.metadata["confidence"] > 0.5
    assert response.metadata["abstained"] is False
    assert response.metadata["abstention_reason"] is None
    again = _awaited(lambda: engine.aquery(QUESTION))
    assert str(again) == str(response)


def test_a_query_engine_says_that_it_abstains(assistant):
    response = FootnoteQueryEngine(assistant).query("Who won the chess tournament of 1987?")
    assert response.source_nodes == []
    assert response.metadata["abstained"] is True
    assert response.metadata["abstention_reason"] == str(response)


class Scripted(CustomLLM):
    """An LLM of llama-index that writes what it is given."""

    text: str
    fails: bool = False

    @property
    def metadata(self) -> LLMMetadata:
        return LLMMetadata(model_name="scripted", is_chat_model=False)

    def complete(self, prompt, formatted=False, **_):
        assert "Answer from the evidence above: " in prompt
        return CompletionResponse(text=self.text)

    def stream_complete(self, prompt, formatted=False, **_):
        for i in range(0, len(self.text), 7):
            part = self.text[i : i + 7]
            yield CompletionResponse(text=self.text[: i + 7], delta=part)
        if self.fails:
            raise ConnectionError("the line\nis dead")


def writing(assistant: Assistant, llm: Scripted, reader, intents) -> Assistant:
    settings = Settings()
    writer = WrittenGenerator(LlamaIndexModel(llm), load_tokenizer(), settings.llm_evidence_tokens)
    quoting = ExtractiveGenerator(settings.max_sentences)
    return Assistant(settings, assistant.searcher, reader, intents, writer, quoting)


def test_any_llm_of_llama_index_writes_and_is_verified(assistant, reader, intents):
    llm = Scripted(text="The ferry to Lindal leaves at 7:40. [1] It is free for children. [1]")
    answer = writing(assistant, llm, reader, intents).ask(QUESTION)
    assert answer.generator == "llama-index:scripted"
    assert answer.text.startswith("The ferry to Lindal leaves at 7:40")
    assert "children" not in answer.text
    assert answer.left_out == 1


def test_an_llm_of_llama_index_that_fails_is_one_line(assistant, reader, intents):
    model = LlamaIndexModel(Scripted(text="The ferry", fails=True))
    with pytest.raises(GeneratorError, match=r"^llama-index:scripted failed \(the line is dead\)$"):
        list(model.stream("Rules.", "Answer from the evidence above: "))
    answer = writing(assistant, Scripted(text="", fails=True), reader, intents).ask(QUESTION)
    assert answer.generator == "extractive"
    assert "leaves at 7:40" in answer.text
