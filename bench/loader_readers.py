"""A reader over the documents of bench/loaders.py, in a process of its own and its environment.

    python bench/loader_readers.py READER FILE ... [, FILE ...]

The files of a format stand between commas and are read in a process of their own, forked from one
that has imported the reader. It prints a line of JSON: of each file its ``text`` and ``seconds``
(the median of three), or its ``error``; and the ``peak_mb`` of the process, or of one that it
started. The first file is read once before, so that what is loaded for it does not count. Settings
are the documented ones.
"""

from __future__ import annotations

import json
import logging
import os
import resource
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

Reader = Callable[[Path], str]


def footnote() -> Reader:
    """All documents of a file, attached ones too."""
    from index.loaders import load_seed

    def read(path: Path) -> str:
        found = load_seed(path.name, path.read_bytes(), "0" * 64)
        return "\n\n".join(document.text for document in found.documents)

    return read


def markitdown() -> Reader:
    """Markdown."""
    from markitdown import MarkItDown

    converter = MarkItDown()
    return lambda path: converter.convert(path).markdown


def unstructured() -> Reader:
    """The text of its elements; PDFs without a model (`fast`).

    It asks for a model of spaCy, which it fetches, to call a text a title or prose. That changes
    no text, so a blank one with a part that ends sentences stands in for it.
    """
    import spacy
    from unstructured.nlp import tokenize
    from unstructured.partition.auto import partition

    model = spacy.blank("en")
    model.add_pipe("sentencizer")
    tokenize._load_spacy_model = lambda: model
    return lambda path: "\n\n".join(
        element.text for element in partition(str(path), strategy="fast")
    )


def docling() -> Reader:
    """Markdown; PDFs need models, which it fetches."""
    from docling.document_converter import DocumentConverter

    converter = DocumentConverter()
    return lambda path: converter.convert(path).document.export_to_markdown()


READERS = {
    "footnote": footnote,
    "markitdown": markitdown,
    "unstructured": unstructured,
    "docling": docling,
}


def main() -> None:
    """Read the files and print what came of it."""
    logging.disable(logging.CRITICAL)
    read = READERS[sys.argv[1]]()
    for names in " ".join(sys.argv[2:]).split(" , "):
        child = os.fork()
        if not child:
            _print_group(read, [Path(name) for name in names.split()])
            os._exit(0)
        os.waitpid(child, 0)


def _print_group(read: Reader, paths: Sequence[Path]) -> None:
    _measured(read, paths[0])
    files = {path.name: _measured(read, path) for path in paths}
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    peak_mb = max(resource.getrusage(kind).ru_maxrss for kind in kinds) * 1024 / 1e6
    print(json.dumps({"files": files, "peak_mb": round(peak_mb, 1)}), flush=True)


def _measured(read: Reader, path: Path) -> dict[str, object]:
    seconds = []
    try:
        for _ in range(3):
            started = time.perf_counter()
            text = read(path)
            seconds.append(time.perf_counter() - started)
    except Exception as exc:  # noqa: BLE001 - whatever a library lets through is its result
        return {"error": f"{type(exc).__name__}: {exc}"[:200]}
    return {"text": text, "seconds": round(statistics.median(seconds), 5)}


if __name__ == "__main__":
    main()
