"""Where a draft becomes a sentence: in its own words, replaced by its quotes, or left out."""

from __future__ import annotations

import pytest

from index.types import Document, Span
from rag.types import Clock, Draft, Quote
from rag.verify import VerifiedAnswer


def quote(text: str, language: str, name: str = "a.txt") -> Quote:
    document = Document(name, "", text, "", "text/plain", language=language)
    return Quote(document, Span(0, len(text)), text)


def shown(drafts: list[tuple[str, Quote]]) -> tuple[list[str], VerifiedAnswer]:
    written = VerifiedAnswer(lambda one, other: 0.95)
    given = [Draft(text, (evidence,)) for text, evidence in drafts]
    evidence = [item for _, item in drafts]
    return [s.sentence.text for s in written.add(given, evidence, Clock())], written


MILL = {
    "en": ("The old mill by the river was sold to him in 1990.", "The mill was sold in 1990."),
    "de": ("Die alte Mühle am Fluss wurde 1990 verkauft.", "Die Mühle wurde 1990 verkauft."),
    "zh": ("河边的旧磨坊于1990年卖给了他。", "旧磨坊于1990年卖给了他。"),
}


@pytest.mark.parametrize("language", MILL)
def test_a_sentence_that_only_leaves_out_words_is_shown_as_it_is_written(language):
    text, shorter = MILL[language]
    assert shown([(shorter, quote(text, language))])[0] == [shorter]


@pytest.mark.parametrize("language", ["pl", "ru", "tr", "und"])
def test_in_a_language_without_a_figure_the_quote_stands_in(language):
    text = "Stary młyn nad rzeką sprzedano w 1990 roku."
    sentences, written = shown([("Stary młyn sprzedano w 1990 roku.", quote(text, language))])
    assert (sentences, written.replaced, written.left_out) == ([text], 1, 0)
    assert shown([(text, quote(text, language))])[1].replaced == 0


@pytest.mark.parametrize(
    "sentence",
    [
        "The bank sued the company.",
        "The company paid the bank over the contract.",
        "Over the contract the company sued the bank.",
        "The company, which is rich, sued the bank.",
    ],
)
def test_a_sentence_that_adds_or_moves_a_word_is_replaced_by_its_quote(sentence):
    text = "The company sued the bank over the contract."
    sentences, written = shown([(sentence, quote(text, "en"))])
    assert (sentences, written.replaced) == ([text], 1)
    assert written.citations[0].quote == text
    assert written.sentences[0].support == 1.0


def test_a_negation_that_is_left_out_is_not_shown():
    text = "Dogs may not use the pool of the club."
    assert (
        "Dogs may use the pool of the club."
        not in shown([("Dogs may use the pool of the club.", quote(text, "en"))])[0]
    )
    german = "Hunde dürfen das Becken des Vereins nicht benutzen."
    wrong = "Hunde dürfen das Becken des Vereins benutzen."
    assert wrong not in shown([(wrong, quote(german, "de"))])[0]


def test_a_quote_stands_in_once():
    text = "The company sued the bank over the contract."
    item = quote(text, "en")
    sentences, written = shown(
        [
            ("Over the contract the company sued the bank.", item),
            ("The bank sued the company.", item),
        ]
    )
    assert sentences == [text]
    assert (written.replaced, len(written.citations)) == (2, 1)


def test_another_number_or_date_is_left_out_in_any_language():
    for language, text, wrong in (
        ("en", "The mill was sold on 5 May 1990.", "The mill was sold on 5 June 1990."),
        ("ru", "Мельницу продали 5 мая 1990 года.", "Мельницу продали 5 июня 1990 года."),
        ("it", "Il mulino fu venduto il 5 giugno 1990.", "Il mulino fu venduto il 5 luglio 1990."),
        ("pl", "Młyn sprzedano 5 maja 1990 roku.", "Młyn sprzedano 5 lipca 1990 roku."),
        ("tr", "Değirmen 5 Mayıs 1990'da satıldı.", "Değirmen 5 Haziran 1990'da satıldı."),
        ("ko", "물방앗간은 1990년 5월 5일에 팔렸다.", "물방앗간은 1990년 6월 5일에 팔렸다."),
        ("sw", "Kinu kiliuzwa kwa 500.", "Kinu kiliuzwa kwa 900."),
    ):
        sentences, written = shown([(wrong, quote(text, language))])
        assert (sentences, written.left_out) == ([], 1), language
