"""Questions with a name or a year that no passage mentions: less sure, refused or told."""

from __future__ import annotations

import pytest

from rag.unmentioned import unmentioned

TEXTS = {
    "ferry.txt": "The ferry of Lindal\n\nThe ferry from Lindal to Oslo carried 400 people in 2021. "
    "The United Nations praised the harbour master, Anna Berg of Chile.\n",
    "museum.txt": "The museum of Holm\n\nThe museum of Holm was opened in 1931 by Karin Moe.\n",
}


@pytest.fixture
def searcher(make_builder, make_searcher, write, seeds, home):
    write(seeds, TEXTS)
    make_builder(seeds, home).build()
    return make_searcher(home)


@pytest.mark.parametrize(
    ("question", "missing"),
    [
        ("How many people did the ferry to Oslo carry in 2021?", []),
        ("How many people did the ferry to Oslo carry in 2019?", ["2019"]),
        ("How many people did the ferry to Tromsø carry in 2021?", ["Tromsø"]),
        ("Who praised the harbour master in Tromsø in 2019?", ["Tromsø", "2019"]),
        ("Did the UN praise the Chilean?", []),  # spelt out; another form
        ("Did NATO praise Anna Bergg's ferry?", ["NATO"]),
        ("Where does the ferry of lindal go?", []),
        ("Museum of Holm: when was it opened? I'd like to know.", []),
        ("¿Cuántas personas llevó el barco de Noruega a Suecia en verano?", []),  # other words
        ("", []),
    ],
)
def test_names_and_years_that_nothing_found_mentions(searcher, question, missing):
    assert unmentioned(question, searcher.search(question or "ferry")) == missing


def test_german_nouns_are_no_names(make_builder, make_searcher, write, seeds, home):
    text = (
        "Die Fähre von Lindal fährt jeden Morgen nach Oslo und abends wieder zurück in den Hafen, "
        "wo die Fahrgäste ihre Karten am Schalter kaufen können.\n"
    )
    write(seeds, {"faehre.txt": text})
    make_builder(seeds, home).build()
    question = "Wann beginnt im Jahr 2019 die Überfahrt der Reisenden?"
    assert unmentioned(question, make_searcher(home).search(question)) == ["2019"]
