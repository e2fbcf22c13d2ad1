"""What a word is by its vector alone, with the real model."""

from __future__ import annotations

import pytest

from index.embedding.packaged import PackagedEmbedder
from rag.intents import MODEL
from rag.tables.words import affirms, is_name, is_of_time


@pytest.fixture(scope="module")
def vector():
    return PackagedEmbedder(MODEL).embed_query


@pytest.mark.parametrize("word", ["salzburg", "dublin", "япония", "王芳", "القاهرة"])
def test_a_name(vector, word):
    assert is_name(vector(word))


@pytest.mark.parametrize("word", ["delivered", "zahlen", "moins", "дешёвая", "便宜", "kilograms"])
def test_no_name(vector, word):
    assert not is_name(vector(word))


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [
        ("yes", "no", True),
        ("nein", "ja", False),
        ("да", "нет", True),
        ("否", "是", False),
        ("red", "blue", None),
        ("Graz", "Linz", None),
    ],
)
def test_which_of_two_cells_denies(vector, one, other, found):
    assert affirms(vector(one), vector(other)) is found


def test_an_end_of_time(vector):
    assert all(is_of_time(vector(word)) for word in ("last", "neueste", "première"))
    assert not any(is_of_time(vector(word)) for word in ("highest", "kleinste", "дешёвый"))
