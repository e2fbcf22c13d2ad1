"""What a word is by its vector alone, with the real model."""

from __future__ import annotations

import pytest

from index.embedding.packaged import PackagedEmbedder
from rag.intents import MODEL
from rag.tables.measured import ends_apart, measuring_apart
from rag.tables.words import (
    affirms,
    asks,
    asks_for_person,
    denies,
    end_of,
    gives_reason,
    is_name,
    is_of_time,
    measures_of,
)


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


def test_what_leads_a_reason(vector):
    for words in ("because", "due to", "denn", "parce que", "потому что", "因为", "ため"):
        assert gives_reason(vector(words))
    for words in ("closed", "on monday", "montags", "le pont", "стол", "价格"):
        assert not gives_reason(vector(words))


def test_an_end_of_time(vector):
    assert all(is_of_time(vector(word)) for word in ("last", "neueste", "première"))
    assert not any(is_of_time(vector(word)) for word in ("highest", "kleinste", "дешёвый"))


def test_what_a_word_measures_and_whether_much_or_little_of_it(vector):
    for word, end, measures in (
        ("dearest", "much", {"price"}),
        ("caro", "much", {"price"}),
        ("billigste", "little", {"price"}),
        ("старейшая", "much", {"age"}),
        ("古く", "much", {"age"}),
        ("最少", "little", {"number"}),
        ("moins", "little", {"number"}),
        ("高い", "much", {"price", "height"}),
        ("la", "", set()),
        ("harbour", "", set()),
        ("gekostet", "", {"price"}),
        ("salary", "", {"money"}),
    ):
        assert end_of(vector(word)) == end, word
        assert measures_of(vector(word)) == measures, word


def test_words_of_a_script_without_spaces_are_found_in_what_stands_around_them(vector):
    assert ends_apart("一番古い備品は何ですか", vector) == {"古い": (False, {"age"})}
    assert list(ends_apart("最便宜的书是哪一本", vector).values()) == [(True, {"price"})]
    assert list(measuring_apart("は何台ありますか", vector).values()) == [{"number"}]
    assert not ends_apart("大学はどこにありますか", vector)


def test_what_asks_and_what_asks_for_a_person(vector):
    assert all(asks(vector(word)) for word in ("which", "którym", "cuándo", "wer", "何"))
    assert not any(asks(vector(word)) for word in ("harbour", "preis", "lampa"))
    assert all(asks_for_person(vector(word)) for word in ("who", "kto", "是谁", "qui"))
    assert not any(asks_for_person(vector(word)) for word in ("which", "was", "quale", "harbour"))


def test_what_denies(vector):
    assert all(denies(vector(word)) for word in ("niet", "не", "değil", "不在", "以外", "ilman"))
    assert not any(denies(vector(word)) for word in ("other", "небо", "不同", "harbour", "la"))
