"""Footnote in LlamaIndex: the passages of an index as nodes, its answers, a served one as an LLM.

Run it with ``python examples/llama_index_parts.py FOLDER HOME URL "QUESTION"``: the folder is
indexed in this process, the URL is of a running server (its key in FOOTNOTE_KEY).
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from llama_index.core.llms import ChatMessage
from llama_index.llms.openai_like import OpenAILike

from index import open_index
from rag import Assistant, Services, Settings
from rag.llama_index import FootnoteQueryEngine, FootnoteRetriever


def main(folder: str, home: str, url: str, question: str, key: str = "none") -> None:
    """Print the nodes of a question, the cited spans of its answer, and a served answer."""
    services = Services(Settings(seeds=Path(folder), home=Path(home)))
    services.builder.build()

    # A retriever, for query engines and agents of your own.
    for found in FootnoteRetriever(open_index(home), k=2).retrieve(question):
        print(f"{found.score:.2f} {found.metadata['document_id']}: {found.text.strip()}")

    # A query engine: its source nodes are the cited characters, and no others.
    assistant: Assistant = services.assistant
    response = FootnoteQueryEngine(assistant).query(question)
    for node in response.source_nodes:
        place = f"{node.metadata['start']}-{node.metadata['end']}"
        print(f"cited: {node.metadata['document_id']} {place}: {node.text}")

    # A server, wherever LlamaIndex takes a language model.
    served = OpenAILike(model="footnote", api_base=f"{url}/v1", api_key=key, is_chat_model=True)
    print(served.chat([ChatMessage(role="user", content=question)]).message.content)


if __name__ == "__main__":
    main(*sys.argv[1:], key=os.environ.get("FOOTNOTE_KEY", "none"))
