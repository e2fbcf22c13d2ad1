"""What a word is by its vector alone, with the real model."""

from __future__ import annotations

import pytest

from index.embedding.packaged import PackagedEmbedder
from rag.intents import MODEL
from rag.tables.words import affirms, denies, end_of, is_name, is_of_time, measure_of


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


def test_what_a_word_measures_and_whether_much_or_little_of_it(vector):
    for word, end, measure in (
        ("dearest", "much", "price"),
        ("caro", "much", "price"),
        ("billigste", "little", "price"),
        ("старейшая", "much", "age"),
        ("最少", "little", ""),
        ("moins", "little", ""),
        ("la", "", ""),
        ("harbour", "", ""),
    ):
        assert end_of(vector(word)) == end, word
        assert not end or measure_of(vector(word)) == measure, word
    assert measure_of(vector("altitude")) == measure_of(vector("niedrigste")) == "height"


def test_what_denies(vector):
    assert all(denies(vector(word)) for word in ("niet", "не", "değil", "不在", "以外", "ilman"))
    assert not any(denies(vector(word)) for word in ("other", "небо", "不同", "harbour", "la"))
