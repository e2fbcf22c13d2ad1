"""One line asked of a language model, to see whether it answers and how long that takes."""

from __future__ import annotations

import time

from index.errors import GeneratorError
from rag.language_model import LanguageModel, nothing_written

__all__ = ["tried"]

_SYSTEM = "You answer in one short sentence."
_ASKED = "Say in one sentence that you are ready."
_ENOUGH = 160  # characters


def tried(model: LanguageModel) -> str:
    """What the model wrote, and when: a sentence for a person.

    Raises:
        GeneratorError: it wrote nothing; the message says why.
    """
    began = time.perf_counter()
    first = 0.0
    said = ""
    pieces = model.stream(_SYSTEM, _ASKED)
    try:
        for piece in pieces:
            first = first if said.strip() else time.perf_counter() - began
            said += piece
            if len(said) > _ENOUGH:
                break
    except GeneratorError:
        if not said.strip():
            raise
    words = " ".join(said.split())
    if not words:
        raise nothing_written()
    took = time.perf_counter() - began
    cut = words if len(words) <= _ENOUGH else words[:_ENOUGH].rstrip() + "…"
    return f"{model.name} answers: “{cut}” First words after {first:.1f} s, these in {took:.1f} s."
