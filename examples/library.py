"""Footnote as a library: index a folder, search it, read a document, ask a question.

Run it with ``python examples/library.py FOLDER HOME "QUESTION"``. The home is where the index
goes; a second run finds it there and builds nothing.
"""

from __future__ import annotations

import sys
from pathlib import Path

from index import open_index
from index.types import Filter
from rag import Answer, Services, Settings


def main(folder: Path, home: Path, question: str) -> Answer:
    """Print what is found for a question, and the answer; give the answer."""
    # The folder becomes an index: one immutable generation after the other in the home.
    services = Services(Settings(seeds=folder, home=home))
    services.builder.build()

    # Search: passages with their place. The same index can be opened without the rest of it.
    index = open_index(home)
    for passage in index.search(question, k=3).passages:
        chunk = passage.chunk
        print(f"{passage.score:.2f}  {chunk.document_id} {chunk.span.start}-{chunk.span.end}")

    # Documents: their records, and one of them with its text.
    generation = index.generation()
    for name, entry in generation.documents(Filter(formats=("txt", "md"))).items():
        print(f"{name}: {entry.title}, {len(generation.document(name).text)} characters")

    # Ask: every sentence cites the characters that it rests on, or nothing is answered.
    answer = services.assistant.ask(question)
    print(answer.text)
    for citation in answer.citations:
        text = generation.document(citation.document_id).text
        assert text[citation.span.start : citation.span.end] == citation.quote
        print(f"[{citation.number}] {citation.title}: “{citation.quote}”")
    return answer


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
