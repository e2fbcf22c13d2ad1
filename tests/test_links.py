"""Documents that the best evidence names are read too."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.types import Filter
from rag.evidence import read_evidence
from rag.links import Titles, follow_titles, plain_title
from rag.write import ExtractiveGenerator

PAGES = {
    "Leland.txt": "Leland\n\nLeland is a town by the river Ouse. In 1986 the film Maximum Detour"
    " was shot in Leland.\n",
    "Maximum Detour.txt": "Maximum Detour\n\nMaximum Detour was directed by Ines Okafor. It ran"
    " for two weeks.\n",
    "Bread.txt": "Bread\n\nBread is baked from flour and water.\n",
}
QUESTION = "Who directed the film that was shot in Leland in 1986?"


@pytest.fixture
def asked(tmp_path, write, make_assistant, reader):
    seeds = tmp_path / "seeds"
    write(seeds, PAGES)
    searcher = make_assistant(seeds, tmp_path / "home").searcher
    found = searcher.search(QUESTION, k=1)
    return found, read_evidence(QUESTION, found, reader), searcher


def test_a_document_that_the_best_evidence_names_is_read_too(asked, reader) -> None:
    found, evidence, searcher = asked
    assert {item.document.id for item in evidence} == {"Leland.txt"}
    more, both = follow_titles(QUESTION, found, evidence, Filter(), reader, searcher)
    assert [p.chunk.document_id for p in more.passages] == ["Leland.txt", "Maximum Detour.txt"]
    assert [p.rank for p in more.passages] == [1, 2]
    drafts = [draft.text for draft in ExtractiveGenerator(2).write(QUESTION, both)]
    assert "Maximum Detour was directed by Ines Okafor." in drafts
    assert any("shot in Leland" in text for text in drafts)


def test_what_a_filter_leaves_out_is_not_follow_titles(asked, reader) -> None:
    found, evidence, searcher = asked
    only = Filter(document="Leland.txt")
    assert follow_titles(QUESTION, found, evidence, only, reader, searcher) == (found, evidence)


def test_where_nothing_is_left_open_nothing_is_follow_titles(asked, reader) -> None:
    found, evidence, searcher = asked
    whole = [replace(e, features=replace(e.features, coverage=1.0)) for e in evidence]
    assert follow_titles(QUESTION, found, whole, Filter(), reader, searcher) == (found, whole)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Bread is sold in Leland.", ["leland"]),  # the first capital is the sentence's
        ("They sell Bread.", ["bread"]),
        ("They sell bread.", []),
        ("Lelands and Leland's", ["leland"]),
        ("The Act of 1990 applies.", []),
    ],
)
def test_a_title_counts_as_a_whole_name_only(text, named) -> None:
    titles = {"leland": "Leland (town)", "bread": "Bread", "act": "Act"}
    assert Titles(titles).named(text) == named


_PARTS = st.lists(st.sampled_from(["The", "Act", "of", "1990", "Río", "東京", "“", "-", "(", " "]))
_TEXTS = _PARTS.map(" ".join) | _PARTS.map("".join)


@given(_TEXTS, st.lists(_TEXTS, max_size=6))
def test_the_titles_found_are_those_of_a_look_at_every_one(text, every) -> None:
    titles = {str(number): title for number, title in enumerate(every)}
    plain = {name: plain_title(title) for name, title in titles.items()}
    expected = [
        name
        for name in sorted(plain, key=lambda name: (-len(plain[name]), name))
        if len(plain[name]) >= 4
        and (plain[name][0].isupper() or plain[name][0].isdigit() or not plain[name][0].isascii())
        and re.search(rf"(?<!\w){re.escape(plain[name])}(?!\w)", text[" " not in plain[name] :])
    ]
    assert Titles(titles).named(text) == expected
