"""The vector cache: computed once, within its size, and never in the way."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from index.embedding.cache import VectorCache
from index.embedding.scale import COSINE, measure_scale
from tests.bag_of_words import BagOfWords


class Counted:
    """Vectors that tell their texts apart, and how many were asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, texts):
        self.asked += texts
        rows = [np.random.default_rng(abs(hash(t))).standard_normal(384) for t in texts]
        return np.array(rows, dtype=np.float32)


@pytest.fixture
def opened(tmp_path: Path) -> Callable[..., VectorCache]:
    """``opened(today=..., model=...)``: the cache of one home on a given day."""

    def make(*, today: int = 1, model: str = "m") -> VectorCache:
        return VectorCache(tmp_path / "vectors.db", model=model, dimension=384, today=today)

    return make


def texts(name: str, count: int) -> list[str]:
    return [f"{name}{i}" for i in range(count)]


def missing(cache: VectorCache, wanted: list[str]) -> int:
    return cache.vectors(wanted, Counted())[1]


def test_a_vector_is_computed_once_for_a_text_and_a_model(opened):
    cache, embed = opened(), Counted()
    first, computed = cache.vectors(["a", "b", "a"], embed)
    again, recomputed = cache.vectors(["b", "a"], embed)
    assert (computed, recomputed, embed.asked) == (2, 0, ["a", "b"])
    assert np.array_equal(first[[1, 0]], again)
    assert missing(opened(model="other"), ["a", "b"]) == 2


def test_within_its_size_nothing_is_removed(opened):
    cache = opened()
    cache.vectors(texts("a", 500), Counted())
    assert cache.prune(10_000_000, lambda: ()) == 0
    assert missing(cache, texts("a", 500)) == 0


def test_what_was_used_least_recently_goes_first_and_what_is_in_use_last(opened, tmp_path):
    opened(today=1).vectors(texts("old", 1500), Counted())
    cache = opened(today=2)
    cache.vectors(texts("new", 500), Counted())
    cache.vectors(texts("old", 200), Counted())  # used again today
    assert cache.prune(2_000_000, lambda: texts("old", 1500)[-100:]) > 0
    assert (tmp_path / "vectors.db").stat().st_size <= 2_100_000
    assert missing(cache, texts("old", 1500)[-100:]) == 0
    assert missing(cache, texts("new", 500)) == 0
    assert missing(cache, texts("old", 200)) == 0
    assert missing(cache, texts("old", 1400)[200:]) > 800


def test_a_size_of_nothing_leaves_nothing(opened):
    cache = opened()
    cache.vectors(texts("a", 300), Counted())
    cache.prune(0, lambda: texts("a", 300))
    assert missing(cache, texts("a", 300)) == 300


def test_a_cache_of_another_version_is_made_anew(opened, tmp_path):
    with sqlite3.connect(tmp_path / "vectors.db") as db:
        db.execute("CREATE TABLE vectors (key BLOB PRIMARY KEY, vector BLOB) WITHOUT ROWID")
        db.execute("INSERT INTO vectors VALUES (x'00', x'00')")
    db.close()
    cache = opened()
    assert missing(cache, ["a"]) == 1
    assert missing(cache, ["a"]) == 0


@pytest.mark.slow
def test_a_build_keeps_the_cache_within_its_setting(make_builder, write, seeds, home):
    import random

    choice = random.Random(0)
    words = ["".join(choice.choices(("ba", "ce", "di", "fo", "gu"), k=3)) for _ in range(99)]
    for _ in range(3):
        write(seeds, {f"{i}.txt": " ".join(choice.sample(words, 20)) for i in range(400)})
        make_builder(seeds, home, vector_cache_mb=1).build()
    assert (home / "vectors.db").stat().st_size < 1_200_000
    assert make_builder(seeds, home, vector_cache_mb=1).build(force=True).reused == 400


def test_a_scale_has_unlike_passages_at_0_and_a_sentence_of_ones_own_at_three_quarters():
    texts = [
        f"Place{i} has a bell{i}. The keeper{i} of place{i} rings bell{i} daily{i}."
        for i in range(9)
    ]
    embedder = BagOfWords()
    scale = measure_scale(embedder, texts)
    asked = np.stack([embedder.embed_query(text.partition(". ")[2]) for text in texts])
    found = scale.similarity(asked @ embedder.embed(texts).T)
    own = np.eye(len(texts), dtype=bool)
    assert np.median(found[own]) == pytest.approx(0.75, abs=0.01)
    assert np.median(found[~own]) == pytest.approx(0, abs=0.01)


def test_a_scale_needs_two_passages():
    assert measure_scale(BagOfWords(), ["One. Two."] * 5) == COSINE
    assert measure_scale(BagOfWords(), ["The same words here.", "here words same. The"]).spread < 50
