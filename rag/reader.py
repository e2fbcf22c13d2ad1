"""The reader: which sentence of a passage answers a question, and with which of its words.

Its lower layers are those of the packaged multilingual model, its upper ones and two heads lie in
``reader.npz``, made by ``training/train.py`` (docs/decisions/0025). Runs in 8 bits on
onnxruntime, one passage at a time, so that what it says of a passage depends on nothing else. What
the lower layers make of a passage is the same for every question, so it is kept for a while.
It decides nothing: what is shown is chosen from its scores elsewhere.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from itertools import accumulate, chain, pairwise
from operator import attrgetter
from pathlib import Path
from typing import Protocol

import numpy as np
from cachetools import LRUCache, cachedmethod
from numpy.typing import NDArray

from index.embedding.models import EMBEDDING_MODELS, vectors_name
from index.embedding.onnx import load_session, quantised_reader
from index.embedding.packaged import packaged_weights
from index.embedding.weights import Piece, Weights
from index.processors import available_processors
from index.text.scripts import UNSPACED
from index.types import Span

__all__ = [
    "READER_MODEL",
    "LocalReader",
    "Passage",
    "Read",
    "Reader",
    "Window",
    "load_reader",
    "question_ids",
    "reader_identity",
    "shared",
    "windows",
]

_TRAINED = Path(__file__).parent / "models" / "reader.npz"
READER_MODEL = "multilingual"
_RECIPE = 1
"""Counts the changes of this module that change what is said of a passage."""
_MODEL = EMBEDDING_MODELS[READER_MODEL]
_MAX_QUESTION = 48  # tokens
_MAX_TITLE = 24
_MAX_WINDOW = 192
_MAX_ANSWER = 24
# The number, or the rest of a word, before the likeliest words ("21 euros" for "euros"), which is
# taken where with it they are nearly as likely.
_CUT_OFF = re.compile(rf"[\d.,]*\d\s?|[^\s{UNSPACED}]+")
_WHOLE = 0.3
# What may stand between the likeliest words and others of their list: "(chair), Ben and Cleo".
_LISTED = re.compile(r"\s?(?:\([^()]*\)\s?)?[,、，;؛،和与及と]\D*")
_UNSPACED = re.compile(f"[{UNSPACED}]")
_FIGURE = re.compile(r"[\d.,:]*\d")
_WITH_UNIT = 0.1  # of how likely a figure is, from which the word behind it is taken with it
_REACH = 40  # characters
_BEFORE = 4  # words before the likeliest ones that may bound them: "no more than 7 days"
_KEPT_TOKENS = 16_000  # 1.5 KB each

States = NDArray[np.float32]
"""What the lower layers make of a text: (1, tokens, dimension)."""


@dataclass(frozen=True, slots=True)
class Passage:
    """What is read at once: the sentences of a passage, and the title that they stand under."""

    title: str
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Read:
    """What the reader says of a sentence.

    ``score`` is the logit that it answers the question. ``answer`` are the likeliest words of it,
    as characters of the sentence; ``certainty`` in [0, 1] is how sure it is of them among
    all words of the passage. ``earlier`` is where they likeliest begin if they do a few words
    before: "more than 200" for "200".
    """

    score: float
    answer: Span
    certainty: float
    earlier: int = 0


def load_reader(*, threads: int | None = None) -> Reader:
    """The shipped reader, in this process; ``threads`` by default one a processor.

    Raises:
        ModelError: the package of its lower layers is missing, or its files are not as pinned.
    """
    return LocalReader(packaged_weights(READER_MODEL), threads=threads)


@cache
def reader_identity() -> str:
    """Names what the shipped reader says: another name, other scores or words."""
    made_of = _TRAINED.read_bytes() + vectors_name(READER_MODEL).encode()
    return f"reader-{_RECIPE}:{hashlib.sha256(made_of).hexdigest()[:16]}"


class Reader(Protocol):
    """What the read side needs of a reader; safe to share between threads."""

    def read(self, question: str, passages: Sequence[Passage]) -> list[list[Read]]:
        """What is said of each sentence of each passage, in their order."""


class LocalReader:
    """The reader in this process, one passage at a time on each processor."""

    def __init__(
        self, weights: Weights, trained: Path = _TRAINED, *, threads: int | None = None
    ) -> None:
        with np.load(trained, allow_pickle=False) as stored:
            models = quantised_reader(weights.tensors(), dict(stored), heads=_MODEL.heads)
        self._lower, self._upper = map(load_session, models)
        self._weights = weights
        # The states of a text have a row for each of its tokens.
        self._kept = LRUCache[tuple[int, ...], States](
            _KEPT_TOKENS, getsizeof=lambda states: states.shape[1]
        )
        self._keeping = threading.Lock()
        self._threads = threads or available_processors()

    def read(self, question: str, passages: Sequence[Passage]) -> list[list[Read]]:
        """What is said of each sentence of each passage, in their order."""
        asked_ids = question_ids(self._weights, question)
        asked = asked_ids, self._states(tuple(asked_ids))
        cut = [list(windows(self._weights, passage)) for passage in passages]
        flat = list(chain.from_iterable(cut))
        if len(flat) < 2 or self._threads == 1:
            read = [self._read(asked, window) for window in flat]
        else:
            with ThreadPoolExecutor(self._threads) as pool:
                read = list(pool.map(lambda window: self._read(asked, window), flat))
        each = iter(read)
        return [[sentence for _ in parts for sentence in next(each)] for parts in cut]

    def _read(self, asked: tuple[list[int], States], window: Window) -> list[Read]:
        asked_ids, question = asked
        ids = tuple(window.ids)
        states = self._states(ids)
        pool = np.zeros((len(window.sentences), len(ids)), np.float32)
        for row, (start, after) in zip(pool, window.ranges, strict=True):
            row[start:after] = 1 / max(1, after - start)
        scores, edges = self._upper.run(
            None,
            {
                "question": question,
                "passage": states,
                "pool": pool[None],
                "question_shared": shared(asked_ids, ids)[None, :, None],
                "passage_shared": shared(ids, asked_ids)[None, :, None],
            },
        )
        first, last = (_log_softmax(column) for column in edges[0].T)
        return [
            _read_sentence(float(score), text, pieces, first[start:after], last[start:after])
            for score, text, pieces, (start, after) in zip(
                scores[0, :, 0], window.texts, window.sentences, window.ranges, strict=True
            )
        ]

    @cachedmethod(attrgetter("_kept"), lock=attrgetter("_keeping"))
    def _states(self, ids: tuple[int, ...]) -> States:
        """What the lower layers make of a text."""
        states: States = self._lower.run(None, {"words": self._weights.words(ids)[None]})[0]
        return states


@dataclass(frozen=True, slots=True)
class Window:
    """Whole sentences of a passage that are read at once, as pieces, under their title."""

    head: list[int]
    texts: list[str]
    sentences: list[list[Piece]]
    end: int

    @property
    def ids(self) -> list[int]:
        """What the model reads."""
        return [*self.head, *(i for pieces in self.sentences for i, _, _ in pieces), self.end]

    @property
    def ranges(self) -> list[tuple[int, int]]:
        """The first token of each sentence and the one after its last."""
        return list(pairwise(accumulate(map(len, self.sentences), initial=len(self.head))))


def question_ids(weights: Weights, question: str) -> list[int]:
    """What the model reads of a question."""
    begin, *asked, end = weights.tokenize(_MODEL.query_prefix + question)
    return [begin, *asked[: _MAX_QUESTION - 2], end]


def shared(ids: Sequence[int], others: Sequence[int]) -> NDArray[np.float32]:
    """For each token 1 where the other text has it too, but for begin and end; shape (tokens,).

    >>> shared([0, 5, 6, 2], [0, 6, 7, 2]).tolist()
    [0.0, 0.0, 1.0, 0.0]
    """
    held = set(others[1:-1])
    return np.array([0, *(i in held for i in ids[1:-1]), 0], np.float32)


def windows(weights: Weights, passage: Passage, max_tokens: int = _MAX_WINDOW) -> Iterator[Window]:
    """The passage in parts of whole sentences that the model can take at once."""
    begin, *title, end = weights.tokenize(f"{_MODEL.passage_prefix}{passage.title}.")
    head = [begin, *title[:_MAX_TITLE]]
    room = max_tokens - len(head) - 1
    texts: list[str] = []
    held: list[list[Piece]] = []
    for sentence in passage.sentences:
        pieces = weights.pieces(sentence)[:room]
        if held and sum(map(len, held)) + len(pieces) > room:
            yield Window(head, texts, held, end)
            texts, held = [], []
        texts.append(sentence)
        held.append(pieces)
    if held:
        yield Window(head, texts, held, end)


def _read_sentence(
    score: float,
    text: str,
    pieces: Sequence[Piece],
    first: NDArray[np.float32],
    last: NDArray[np.float32],
) -> Read:
    if not pieces:
        return Read(score, Span(0, 0), 0.0)
    together = np.triu(first[:, None] + last[None, :]) + np.tril(
        np.full((len(pieces), len(pieces)), -np.inf), -1
    )
    together[np.triu_indices(len(pieces), _MAX_ANSWER)] = -np.inf
    i, j = map(int, np.unravel_index(int(together.argmax()), together.shape))
    likely = np.exp(together)
    certainty = float(likely[i, j])
    i, j = _with_its_list(text, pieces, likely, i, j)
    nearly = (k for k in range(i) if likely[k, j] >= _WHOLE * certainty)
    begins = [pieces[k][1] for k in nearly if _CUT_OFF.fullmatch(text, pieces[k][1], pieces[i][1])]
    start = min(begins, default=pieces[i][1])
    end = max(start, pieces[j][2])
    if _FIGURE.fullmatch(text, start, end):
        end = max(
            (
                last
                for k, (_, _, last) in enumerate(pieces[j + 1 :], start=j + 1)
                if likely[i, k] >= _WITH_UNIT * certainty and text[end:last].strip().isalpha()
            ),
            default=end,
        )
    before = [k for k in range(i) if _begins_before(text, pieces[k][1], start)]
    earlier = pieces[max(before, key=lambda k: float(first[k]))][1] if before else start
    return Read(score, Span(start, end), certainty, earlier)


def _with_its_list(
    text: str, pieces: Sequence[Piece], likely: NDArray[np.float32], i: int, j: int
) -> tuple[int, int]:
    """The first and the last piece of the whole list whose items are nearly as likely by itself."""
    nearly = np.argwhere(likely >= _WHOLE * likely[i, j]).tolist()
    for first, last in sorted(nearly, key=lambda ends: ends[0] - ends[1]):
        if first <= i and j <= last:
            before = text[pieces[first][1] : pieces[i][1]]
            behind = text[pieces[j][2] : pieces[last][2]]
            if (not before or _LISTED.fullmatch(before[::-1])) and (
                not behind or _LISTED.fullmatch(behind)
            ):
                return first, last
    return i, j


def _begins_before(text: str, start: int, end: int) -> bool:
    """Whether a word begins at ``start``, and few words stand from there to ``end``."""
    between = text[start:end]
    is_unspaced = _UNSPACED.search(between) is not None
    begins = is_unspaced or not (start and text[start - 1].isalnum())
    return begins and len(between) <= _REACH and 0 < len(between.split()) <= _BEFORE


def _log_softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    shifted = logits - logits.max()
    return np.asarray(shifted - np.log(np.exp(shifted).sum()), dtype=np.float32)
