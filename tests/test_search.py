"""Search: how passages are scored, ranked, filtered, and how ties fall."""

from __future__ import annotations

import math

import numpy as np
import pytest

from index.errors import IndexMismatchError, IndexMissingError
from index.lexical import content_terms, stems
from index.search import Filter

TEXTS = {
    "2023/swap.txt": "date 2023-10-11 The central banks renewed the currency swap.",
    "2024/bell.txt": "date 2024-05-01 The bell of King Seongdeok weighs many tons.",
    "2025/memo.txt": "date 2025-11-01 Two ministers signed a memo on the currency swap.",
    "undated.txt": "A swap is an exchange of one currency for another currency.",
}


@pytest.fixture
def searcher(make_builder, make_searcher, write, seeds, home):
    write(seeds, TEXTS)
    make_builder(seeds, home).build()
    return make_searcher(home)


def ids(found) -> list[str]:
    return [passage.chunk.document_id for passage in found.passages]


def test_the_score_is_the_cosine_plus_the_weighted_lexical_score(
    searcher, make_searcher, home, embedder
):
    query = "Who signed the currency swap?"
    for weight, chosen in ((0.7, searcher), (2.0, make_searcher(home, lexical_weight=2.0))):
        for passage in chosen.search(query).passages:
            a, b = embedder.embed([query, passage.chunk.text])
            assert passage.dense == pytest.approx(float(a @ b), abs=1e-5)
            assert passage.score == pytest.approx(passage.dense + weight * passage.lexical)


def test_the_lexical_score_is_bm25_as_a_share_of_what_the_query_can_reach(searcher):
    query = "the currency swap memo"
    titles = {name: searcher.generation().document(name).title for name in TEXTS}
    held = {name: stems(f"{titles[name]} {text}") for name, text in TEXTS.items()}
    mean_length = sum(map(len, held.values())) / len(held)

    def idf(term: str) -> float:
        n = sum(term in words for words in held.values())
        return math.log(1 + (len(held) - n + 0.5) / (n + 0.5))

    terms = content_terms(query)
    assert terms == ["currenc", "swap", "memo"]
    for passage in searcher.search(query).passages:
        words = held[passage.chunk.document_id]
        bm25 = sum(
            idf(term) * 2.2 * tf / (tf + 1.2 * (0.25 + 0.75 * len(words) / mean_length))
            for term in terms
            if (tf := words.count(term))
        )
        expected = bm25 / (2.2 * sum(map(idf, terms)))
        assert passage.lexical == pytest.approx(expected, rel=1e-4)
        assert 0 <= passage.lexical <= 1


def test_passages_are_numbered_by_score_and_carry_the_ranks_of_both_searches(searcher):
    passages = searcher.search("currency swap memo").passages
    assert [p.rank for p in passages] == [1, 2, 3, 4]
    assert [p.score for p in passages] == sorted((p.score for p in passages), reverse=True)
    by_dense = sorted(passages, key=lambda p: p.dense_rank)
    assert [p.dense_rank for p in by_dense] == [1, 2, 3, 4]
    assert [p.dense for p in by_dense] == sorted((p.dense for p in passages), reverse=True)
    by_lexical = sorted((p for p in passages if p.lexical_rank), key=lambda p: p.lexical_rank)
    assert [p.lexical_rank for p in by_lexical] == [1, 2, 3]
    assert [p.lexical for p in by_lexical] == sorted((p.lexical for p in by_lexical), reverse=True)
    (without_terms,) = [p for p in passages if p.lexical == 0]
    assert without_terms.chunk.document_id == "2024/bell.txt"
    assert without_terms.lexical_rank is None


def test_a_passage_that_one_search_missed_has_the_scores_of_both(
    make_builder, make_searcher, write, seeds, home
):
    write(seeds, {f"{i:02}.txt": f"Common words here {'again ' * i}" for i in range(30)})
    write(seeds, {"rare.txt": f"zebra {'filler text goes on and on ' * 30}"})
    make_builder(seeds, home).build()
    searcher = make_searcher(home, candidates=10, lexical_weight=5.0)
    best = searcher.search("common words zebra", k=5).passages[0]
    assert best.chunk.document_id == "rare.txt"
    assert (best.dense_rank, best.lexical_rank) == (None, 1)
    assert best.score == pytest.approx(best.dense + 5.0 * best.lexical)
    assert best.dense > 0


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        (Filter(document="2025/*"), {"2025/memo.txt"}),
        (Filter(document="*swap*"), {"2023/swap.txt"}),
        (Filter(document="undated.txt"), {"undated.txt"}),
        (Filter(document="202[45]/*"), {"2024/bell.txt", "2025/memo.txt"}),
        (Filter(after="2024-05-01"), {"2024/bell.txt", "2025/memo.txt"}),
        (Filter(before="2024-05-01"), {"2023/swap.txt", "2024/bell.txt"}),
        (Filter(after="2023-12-31", before="2025-10-31"), {"2024/bell.txt"}),
        (Filter(document="2023/*", after="2024-01-01"), set()),
        (Filter(document="nothing"), set()),
        (Filter(document="*"), set(TEXTS)),
        (Filter(), set(TEXTS)),
    ],
    ids=str,
)
def test_a_filter_lets_through_what_it_names_and_nothing_else(searcher, chosen, expected):
    found = searcher.search("currency swap", filter_by=chosen)
    assert set(ids(found)) == expected
    assert len(found.passages) == len(expected)


def test_a_filter_changes_no_score(searcher):
    everywhere = {p.chunk.id: p.score for p in searcher.search("currency swap memo").passages}
    for passage in searcher.search("currency swap memo", filter_by=Filter("2*")).passages:
        assert passage.score == pytest.approx(everywhere[passage.chunk.id], abs=1e-6)


def test_k_larger_than_the_index_gives_everything_once(searcher):
    found = searcher.search("swap", k=50)
    assert sorted(ids(found)) == sorted(TEXTS)


def test_k_gives_the_best_and_only_as_many(searcher):
    everything = ids(searcher.search("currency swap", k=50))
    for k in (1, 2, 3):
        assert ids(searcher.search("currency swap", k=k)) == everything[:k]


def test_equal_scores_fall_by_id_whatever_the_order_of_the_builds(
    make_builder, make_searcher, write, seeds, home
):
    names = [f"{i:02}.txt" for i in range(60)]
    for some in (names[50:], names[20:50], names[:20]):
        write(seeds, dict.fromkeys(some, "date 2025-11-01 The same words in every file."))
        make_builder(seeds, home).build()
    assert ids(make_searcher(home).search("same words", k=5)) == names[:5]


@pytest.mark.parametrize("query", ["???", "the of and", "쀍", "AND OR NOT (", '"swap" -bell +*'])
def test_any_query_is_searched_as_plain_words(searcher, query):
    found = searcher.search(query)
    assert sorted(ids(found)) == sorted(TEXTS)
    assert all(np.isfinite(passage.score) for passage in found.passages)


def test_searching_before_the_first_build_is_an_error_with_a_remedy(make_searcher, home):
    with pytest.raises(IndexMissingError, match="run `footnote index`"):
        make_searcher(home).search("anything")


def test_an_index_of_another_model_is_refused(searcher, make_searcher, home):
    path = home / "generations" / searcher.generation().name / "manifest.json"
    path.write_text(path.read_text().replace("53aa51172d", "0000000000"))
    with pytest.raises(IndexMismatchError, match=r"vectors.*run `footnote index`"):
        make_searcher(home).search("swap")


def test_what_was_found_is_read_where_it_was_found_after_a_rebuild(
    make_builder, make_searcher, write, seeds, home
):
    write(seeds, {"ferry.txt": "The ferry leaves at seven."})
    make_builder(seeds, home).build()
    found = make_searcher(home).search("ferry")
    write(seeds, {"ferry.txt": "From this summer on the ferry leaves at nine."})
    make_builder(seeds, home).build()
    (passage,) = found.passages
    text = found.source.document("ferry.txt").text
    assert passage.chunk.span.of(text) == passage.chunk.text == "The ferry leaves at seven."
