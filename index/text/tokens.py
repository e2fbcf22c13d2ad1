"""Tokens of what a language model is given, by tiktoken's cl100k_base; texts within a limit.

tiktoken would download its vocabulary; llama-index-core carries the same file (tiktoken
checks its sha256), so nothing leaves the machine. Counts only: chunks are counted by the tokenizer
of the embedding model (:func:`index.embedding.embedder.load_model_tokenizer`).
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from index.errors import ModelError

__all__ = ["Tokenize", "load_tokenizer", "text_of", "within"]

Tokenize = Callable[[str], list[int]]


def load_tokenizer() -> Tokenize:
    """A function from text to cl100k_base token ids; special tokens are plain text to it.

    Raises:
        ModelError: llama-index-core is not installed or no longer carries the vocabulary.
    """
    # `encode` raises on "<|endoftext|>" in a user's text; `encode_ordinary` does not.
    encode: Tokenize = _encoding().encode_ordinary
    return encode


def text_of(tokens: Sequence[int]) -> str:
    """The text of cl100k_base token ids.

    Raises:
        KeyError, OverflowError: a number is no token.
        ModelError: as above.
    """
    text: str = _encoding().decode(list(tokens))
    return text


def _encoding() -> Any:
    spec = importlib.util.find_spec("llama_index.core")
    if spec is None or spec.origin is None:
        raise ModelError("llama-index-core is not installed: pip install -e .")
    cache = Path(spec.origin).parent / "_static" / "tiktoken_cache"
    if not cache.is_dir():
        raise ModelError(f"no tiktoken vocabulary in {cache}: install the pinned llama-index-core")
    os.environ["TIKTOKEN_CACHE_DIR"] = str(cache)
    import tiktoken

    return tiktoken.get_encoding("cl100k_base")


def within(pieces: Iterable[str], limit: int, tokenize: Tokenize) -> Iterator[str]:
    """The pieces, those of more than ``limit`` tokens halved at a space until they are not.

    >>> list(within(["one two three four"], 2, str.split))
    ['one two', 'three four']
    """
    for piece in pieces:
        if len(piece) < 2 or len(tokenize(piece)) <= limit:
            yield piece
            continue
        middle = piece.rfind(" ", 1, len(piece) // 2 + 1)
        middle = middle if middle > 0 else len(piece) // 2
        halves = [half for half in (piece[:middle], piece[middle:].lstrip()) if half]
        yield from within(halves, limit, tokenize)
