"""The name of a file and its folders count for what the file says."""

from __future__ import annotations

import unicodedata

import pytest

from index.text.names import words_of_name


@pytest.mark.parametrize(
    ("document", "title", "words"),
    [
        ("Staff/Ines Roth.md", "Contact", "Ines Roth, Staff"),
        ("Ines_Roth.md", "Ines Roth", ""),
        ("Ovens/warranty-oven.txt", "Warranty", "oven"),  # the folder says the same
        ("Bridges/Elbe/2024/costs.txt", "Costs", "2024, Elbe, Bridges"),
        ("mail.eml/plan.v2.txt", "Minutes", "plan v2, mail eml"),
        ("인사/연차 규정.txt", "휴가", "연차 규정, 인사"),
        ("…/---.txt", "Costs", ""),
    ],
)
def test_the_words_of_a_name_are_those_that_the_title_lacks_the_nearest_first(
    document, title, words
):
    assert words_of_name(document, title, "en") == words
    assert words_of_name(unicodedata.normalize("NFD", document), title, "en") == words


CONTACTS = {
    f"Staff/{name}.md": f"# Contact\n\nTelephone: {number}\nRoom: {room}\n"
    for name, number, room in [
        ("Ines Roth", "555 0131", "B 12"),
        ("Tomas Kral", "555 0177", "A 4"),
        ("Mila Haas", "555 0102", "C 30"),
    ]
}


@pytest.fixture
def searcher(make_builder, make_searcher, write, seeds, home):
    write(seeds, CONTACTS)
    write(seeds, {f"copies/{n}/rules.txt": "Rules\n\nThe gate is shut at ten." for n in "ab"})
    make_builder(seeds, home).build()
    return make_searcher(home)


@pytest.mark.parametrize("name", ["Ines Roth", "Tomas Kral", "Mila Haas"])
def test_a_passage_is_found_by_the_name_of_its_file(searcher, name):
    best = searcher.search(f"telephone of {name}").passages[0]
    assert best.chunk.document_id == f"Staff/{name}.md"
    assert "Roth" not in best.chunk.text


def test_what_only_differs_in_the_name_of_its_file_is_shown_once(searcher):
    found = searcher.search("When is the gate shut?").passages
    assert sum("gate" in passage.chunk.text for passage in found) == 1
