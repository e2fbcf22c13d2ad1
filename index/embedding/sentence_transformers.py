"""Any model that sentence-transformers loads: a folder, or a name in the cache of Hugging Face.

Its prompts, its tokenizer and its longest text are its own. Nothing is downloaded, and no code
that comes with a model is run.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from index.embedding.embedder import Vectors, mean
from index.embedding.models import EMBEDDING_MODELS
from index.errors import ModelError, one_line
from index.text.tokens import Tokenize, within

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

__all__ = ["SentenceTransformerEmbedder", "identity", "load_tokenizer_of", "offline"]

_BATCH = 32
_SPECIAL = 4  # tokens that begin and end a text, at most
_RECIPE = 1
"""Counts the changes of this module that change vectors."""


class SentenceTransformerEmbedder:
    """A model on torch; its cosines are read by what the build of an index measures.

    Raises:
        ModelError: there is no such model here, or it cannot be loaded.
    """

    scale = None

    def __init__(self, name: str) -> None:
        folder = model_folder(name)
        with offline(f"embedding: {folder} cannot be loaded"):
            from sentence_transformers import SentenceTransformer

            self._model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
        self._tokenize = _tokenizer_of(self._model)
        self._dimension = len(self.embed_query("a probe"))

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self._dimension

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit rows, one for each text to be found, in order."""
        parts = [self._parts(text) for text in texts]
        of_parts = iter(self._encoded([part for text in parts for part in text], is_query=False))
        out = np.zeros((len(texts), self._dimension), dtype=np.float32)
        for row, text in zip(out, parts, strict=True):
            own = np.stack([next(of_parts) for _ in text])
            row[:] = own[0] if len(text) == 1 else mean(own, [len(part) for part in text])
        return out

    def embed_query(self, query: str) -> Vectors:
        """The unit vector of a text to search with; shape (dimension,)."""
        vector: Vectors = self._encoded([query], is_query=True)[0]
        return vector

    def _encoded(self, texts: list[str], *, is_query: bool) -> Vectors:
        encode = self._model.encode_query if is_query else self._model.encode_document
        found = encode(
            texts,
            batch_size=_BATCH,
            normalize_embeddings=True,
            convert_to_numpy=True,
            show_progress_bar=False,
        )
        return np.asarray(found, dtype=np.float32)

    def _parts(self, text: str) -> list[str]:
        """The text, in parts when it has more tokens than the model reads with its prompt."""
        longest = self._model.max_seq_length
        if not longest:
            return [text]
        prompts = self._model.prompts.values()
        prompt = max((len(self._tokenize(prompt)) for prompt in prompts if prompt), default=0)
        room = max(longest - prompt - _SPECIAL, longest // 2)
        return list(within([text], room, self._tokenize))


def model_folder(name: str) -> Path:
    """The folder of a model that is no packaged one.

    Raises:
        ModelError: it is neither a folder nor in the cache of Hugging Face.
    """
    folder = Path(name).expanduser()
    if folder.is_dir():
        return folder
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError) as exc:
        packaged = ", ".join(EMBEDDING_MODELS)
        raise ModelError(
            f"embedding: {name} is no packaged model ({packaged}), no folder, and not in the cache "
            "of Hugging Face; nothing is downloaded"
        ) from exc


def identity(name: str) -> str:
    """Names the vectors of a model by the content of its files; raises ModelError."""
    folder = model_folder(name)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    state = tuple((str(p.relative_to(folder)), *_state_of(p)) for p in files)
    return f"sentence-transformers-{_RECIPE}:{_hash_of(folder, state)}"


def _state_of(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns


@lru_cache(maxsize=4)
def _hash_of(folder: Path, state: tuple[tuple[str, int, int], ...]) -> str:
    """The sha256 of the files of ``state``: it is asked for again and again."""
    whole = hashlib.sha256()
    for name, _, _ in state:
        try:
            with (folder / name).open("rb") as file:
                whole.update(f"{name}\0{hashlib.file_digest(file, 'sha256').hexdigest()}".encode())
        except OSError as exc:
            raise ModelError(f"cannot read {folder / name} ({exc.strerror})") from exc
    return whole.hexdigest()


def load_tokenizer_of(name: str) -> Tokenize:
    """A function from text to a model's token ids, without torch where the model allows it."""
    folder = model_folder(name)
    file = folder / "tokenizer.json"
    if file.is_file():
        from tokenizers import Tokenizer

        return _plain(Tokenizer.from_file(str(file)))
    with offline(f"embedding: {folder} cannot be loaded"):
        from sentence_transformers import SentenceTransformer

        return _tokenizer_of(SentenceTransformer(str(folder), device="cpu", local_files_only=True))


def _tokenizer_of(model: SentenceTransformer) -> Tokenize:
    tokenizer: Any = model.tokenizer
    if hasattr(tokenizer, "from_file"):  # tokenizers' own, of a model without attention
        return _plain(tokenizer.from_str(tokenizer.to_str()))
    return lambda text: list(tokenizer.encode(text, add_special_tokens=False, verbose=False))


def _plain(tokenizer: Any) -> Tokenize:
    """The ids by a tokenizer of the library tokenizers, which is changed: nothing is cut off."""
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return lambda text: list(tokenizer.encode(text, add_special_tokens=False).ids)


@contextmanager
def offline(failed: str) -> Iterator[None]:
    """Libraries of Hugging Face load what is here; an error of theirs is one line after ``failed``.

    Raises:
        ModelError: the body failed.
    """
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        yield
    except (OSError, ValueError, KeyError, RuntimeError, ImportError, AttributeError) as exc:
        raise ModelError(f"{failed} ({one_line(exc)})") from exc
