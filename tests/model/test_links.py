"""Documents that the best evidence names are read too, with the real reader."""

from __future__ import annotations

from dataclasses import replace

import pytest

from index.types import Filter
from rag.evidence import read_evidence
from rag.links import follow_titles
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


def test_what_a_filter_leaves_out_is_not_followed(asked, reader) -> None:
    found, evidence, searcher = asked
    only = Filter(document="Leland.txt")
    assert follow_titles(QUESTION, found, evidence, only, reader, searcher) == (found, evidence)


def test_where_nothing_is_left_open_nothing_is_followed(asked, reader) -> None:
    found, evidence, searcher = asked
    whole = [replace(e, features=replace(e.features, coverage=1.0)) for e in evidence]
    assert follow_titles(QUESTION, found, whole, Filter(), reader, searcher) == (found, whole)
