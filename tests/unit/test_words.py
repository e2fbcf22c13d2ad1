"""What texts are found by: stems in their own language, or every two characters in a row."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.text.words import adjacent_stems, content_terms, languages_to_ask, query_terms, stems


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("He said that ministers signed", "en", ["he", "said", "that", "minist", "sign"]),
        ("las naciones firmaron acuerdos", "es", ["las", "nacion", "firm", "acuerd"]),
        ("die Häuser der Städte", "de", ["die", "haus", "der", "stadt"]),
        ("Zu\u00adsam\u00admen\u00adar\u200bbeit\ufeff", "de", ["zusammenarbeit"]),
        ("подписали соглашения", "ru", ["подписа", "соглашен"]),
        ("中华人民共和国", "zh", ["中华", "华人", "人民", "民共", "共和", "和国"]),
        ("猫", "zh", ["猫"]),
        ("東京でAI会議", "ja", ["東京", "京で", "ai", "会議"]),
        ("서울에서 만났다", "ko", ["서울", "울에", "에서", "만났", "났다"]),
        ("ﬁrst ＡＰＥＣ ①", "en", ["first", "apec", "1"]),
        ("24¹ euros, 10⁻⁶ m² H₂O", "en", ["24", "1", "euro", "10", "6", "m2", "h2o"]),
        ("snake_case and 3.14", "en", ["snake", "case", "and", "3", "14"]),
        ("words of no language", "xx", ["word", "of", "no", "languag"]),
        ("", "en", []),
    ],
)
def test_a_text_is_analysed_in_its_language(text, language, expected):
    assert stems(text, language) == expected


def test_a_question_is_analysed_in_every_language_of_the_folder():
    assert query_terms("naciones", languages_to_ask(["es", "fr"])) == [("nacion",)]
    assert query_terms("What are the nations?", ("en", "es")) == [("nation", "nations")]
    assert query_terms("人民的猫", ("en", "es")) == [("人民",), ("民的",), ("的猫",)]


def test_words_that_only_ask_are_left_out_unless_there_is_nothing_else():
    assert content_terms("What did they do about the swap?") == ["swap"]
    assert content_terms("who is it") == ["who", "is", "it"]


@pytest.mark.parametrize(
    ("question", "languages", "expected"),
    [
        ("¿Qué son las naciones unidas?", ("en", "es"), ["nacion", "unida"]),
        ("Who is the son of the king?", ("en", "es"), ["son", "king"]),  # "son" is Spanish for are
        ("Was geschah nach dem Krieg?", ("de",), ["geschah", "krieg"]),
        ("Was geschah nach dem Krieg?", ("en",), ["geschah", "krieg"]),  # in an English folder
        ("Who won the match?", ("en",), ["won", "match"]),  # of "won't"
        ("when was it", ("en", "es"), ["when", "was", "it"]),
    ],
)
def test_a_question_loses_the_function_words_of_its_own_language(question, languages, expected):
    assert [term[0] for term in query_terms(question, languages)] == expected


def test_pairs_keep_the_words_that_carry_no_meaning():
    assert adjacent_stems("state of the state of", "en") == [
        ("state", "of"),
        ("of", "the"),
        ("the", "state"),
    ]


@given(st.text(max_size=200), st.sampled_from(["en", "es", "zh", "ko", "und", "tr"]))
def test_a_text_is_found_by_its_own_words(text, language):
    held = set(stems(text, language))
    assert " ".join(stems(text, language)).split() == stems(text, language)
    for term in query_terms(text, languages_to_ask([language])):
        assert held & set(term) or not text.strip()
