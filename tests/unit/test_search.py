"""Search: how passages are scored, ranked, filtered, and how ties fall."""

from __future__ import annotations

import gc
import math
import weakref

import numpy as np
import pytest

from index.errors import IndexMismatchError, IndexMissingError
from index.fusion import PHRASE
from index.text.names import NAME_MARK, words_of_name
from index.text.words import content_terms, stems
from index.types import Filter

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


def test_the_score_is_the_weighted_sum_of_similarity_words_and_phrases(
    searcher, make_searcher, home, embedder
):
    query = "Who signed the currency swap?"
    for weight, chosen in ((1.0, searcher), (2.0, make_searcher(home, lexical_weight=2.0))):
        for passage in chosen.search(query).passages:
            a, b = embedder.embed([query, passage.chunk.text])
            assert passage.dense == pytest.approx(float(a @ b), abs=1e-5)
            own = passage.dense + weight * passage.lexical + PHRASE * passage.phrase
            assert passage.score == pytest.approx(own)  # each is the best of its document


def test_the_lexical_score_is_bm25_as_a_share_of_what_the_query_can_reach(searcher):
    query = "the currency swap memo"
    titles = {name: searcher.generation().document(name).title for name in TEXTS}
    held = {name: stems(f"{titles[name]} {text}") for name, text in TEXTS.items()}
    for name, words in held.items():
        if of_name := stems(words_of_name(name, titles[name], "en")):
            words += [NAME_MARK, *of_name]
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
    best = searcher.search("common zebra words", k=5).passages[0]
    assert best.chunk.document_id == "rare.txt"
    assert (best.dense_rank, best.lexical_rank) == (None, 1)
    assert best.score == pytest.approx(best.dense + 5.0 * best.lexical + PHRASE * best.phrase)
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
        (Filter(folder="2025"), {"2025/memo.txt"}),
        (Filter(folder="/2025/"), {"2025/memo.txt"}),
        (Filter(folder="202"), set()),
        (Filter(formats=("TXT",)), set(TEXTS)),
        (Filter(formats=("pdf", ".txt"), folder="2024"), {"2024/bell.txt"}),
        (Filter(formats=("pdf",)), set()),
        (Filter(documents=frozenset({"undated.txt", "gone.txt"})), {"undated.txt"}),
        (Filter(after="2024", before="2024"), {"2024/bell.txt"}),
        (Filter(before="2023-12"), {"2023/swap.txt"}),
        (Filter(document="*"), set(TEXTS)),
        (Filter(), set(TEXTS)),
    ],
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
    # One of those that say the same, and always the same one.
    assert ids(make_searcher(home).search("same words", k=5)) == names[:1]


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
    path.write_text(path.read_text().replace("1571fc9827", "0000000000"))
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


def test_of_passages_that_say_the_same_the_best_is_shown(
    make_builder, make_searcher, write, seeds, home
):
    words = "The central banks of both countries renewed the currency swap on the first of November"
    write(seeds, {"a.txt": f"{words}.", "b.txt": f"{words}!", "c.txt": f"{words}, of 70 trillion."})
    write(seeds, {"d.txt": "A swap is an exchange of one currency for another."})
    make_builder(seeds, home).build()
    found = ids(make_searcher(home).search("When was the currency swap renewed?"))
    assert found[0] in ("a.txt", "b.txt")
    assert sorted(found) in (["a.txt", "c.txt", "d.txt"], ["b.txt", "c.txt", "d.txt"])
    # Those that are left out make room for others.
    assert len(ids(make_searcher(home).search("currency swap", k=2))) == 2


def test_what_was_said_before_leads_to_its_subject(make_builder, make_searcher, write, seeds, home):
    write(seeds, {"bell.txt": "The bell is heavy: its weight is many tons.",
                  "ship.txt": "The ship is heavy: its weight is many tons."})  # fmt: skip
    make_builder(seeds, home).build()
    searcher = make_searcher(home)
    for subject in ("bell", "ship"):
        found = searcher.search("What is its weight?", background=f"Tell me about the {subject}")
        assert ids(found)[0] == f"{subject}.txt"
    plain = searcher.search("What is its weight?").passages
    led = searcher.search("What is its weight?", background="the bell").passages
    similar = {p.chunk.id: p.dense for p in plain}
    assert {p.chunk.id: p.dense for p in led} == pytest.approx(similar)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("currency swap", "en.txt"),
        ("¿Cuándo se renovó el acuerdo de divisas?", "es.txt"),
        ("acuerdos divisa", "es.txt"),
        ("通貨スワップ", "ja.txt"),
        ("货币互换", "zh.txt"),
        ("통화스와프", "ko.txt"),
    ],
)
def test_words_are_found_in_the_language_of_their_document(
    make_builder, make_searcher, write, seeds, home, query, expected
):
    texts = {
        "en.txt": "The central banks of the two countries have renewed their currency swap.",
        "es.txt": "Los bancos centrales de los dos países renovaron el acuerdo de divisas ayer.",
        "ja.txt": "両国の中央銀行は通貨スワップ協定を更新することで合意したと発表した。",
        "zh.txt": "两国中央银行宣布续签双边本币货币互换协议，期限为五年，规模不变。",
        "ko.txt": "양국 중앙은행은 통화스와프 계약을 연장하기로 했다고 밝혔다.",
    }
    write(seeds, texts)
    make_builder(seeds, home).build()
    best = max(make_searcher(home).search(query).passages, key=lambda p: p.lexical)
    assert best.chunk.document_id == expected


def test_words_that_were_added_to_a_copy_score_as_if_written_anew(
    make_builder, make_searcher, write, seeds, home, tmp_path
):
    for i in range(4):
        write(seeds, {f"{i}{j}.txt": f"swap {'memo ' * (i + j)} number {i}{j}" for j in range(5)})
        make_builder(seeds, home).build()
    make_builder(seeds, tmp_path / "fresh").build()
    for query in ("swap memo", "number 12", "memo memo"):
        old, new = (
            [(p.chunk.id, p.score, p.lexical) for p in make_searcher(at).search(query).passages]
            for at in (home, tmp_path / "fresh")
        )
        assert [name for name, *_ in old] == [name for name, *_ in new]
        np.testing.assert_allclose([s for _, *s in old], [s for _, *s in new], rtol=1e-5)


@pytest.mark.slow
def test_a_filter_that_lets_many_chunks_through_finds_the_nearest_of_them(
    make_builder, make_searcher, write, seeds, home
):
    def table(name: str, count: int) -> str:
        lines = (f"{name}{i},swap {i} memo bell {i * 7} yuan won {i * 13}" for i in range(count))
        return "\n".join(["name,text", *lines])

    write(seeds, {"many.csv": table("many", 3600), "few.csv": table("few", 40)})
    make_builder(seeds, home, chunk_tokens=32).build()
    searcher = make_searcher(home)
    assert searcher.generation().manifest.documents["many.csv"].chunks > 3000
    for query in ("few7 swap 7", "many7 swap memo", "bell"):
        everywhere = searcher.search(query, k=50).passages
        for name in ("many.csv", "few.csv"):
            found = searcher.search(query, k=3, filter_by=Filter(document=name)).passages
            assert {p.chunk.document_id for p in found} == {name}
            assert len(found) == 3
            best = [p.dense for p in everywhere if p.chunk.document_id == name]
            assert not best or max(p.dense for p in found) >= max(best) - 1e-6


def test_a_search_stays_in_the_generation_that_it_is_given(
    searcher, make_builder, write, seeds, home
):
    held = searcher.generation()
    write(seeds, {"new.txt": "A new lighthouse."})
    make_builder(seeds, home).build()
    assert searcher.search("lighthouse").generation != held.name
    found = searcher.search("lighthouse", source=held)
    assert found.source is held
    assert "new.txt" not in {passage.chunk.document_id for passage in found.passages}


def test_a_generation_is_closed_as_soon_as_nobody_reads_it(
    searcher, make_builder, write, seeds, home
):
    gc.disable()  # which closes it late, after dozens of builds
    try:
        closed = weakref.ref(searcher.generation())
        searcher.search("currency swap", filter_by=Filter(after="2025"))
        write(seeds, {"new.txt": "Something else."})
        make_builder(seeds, home).build()
        searcher.search("currency swap")
        assert closed() is None
    finally:
        gc.enable()


def test_what_looks_at_all_documents_is_made_once_for_a_generation(
    searcher, make_builder, write, seeds, home
):
    made: list[int] = []

    def count(documents) -> int:
        made.append(len(documents))
        return len(documents)

    held = searcher.generation()
    assert (held.derived(count), searcher.generation().derived(count)) == (4, 4)
    assert held.chunks == held.manifest.chunks
    chosen = Filter(folder="2025")
    assert held.documents(chosen) is held.documents(Filter(folder="2025"))
    assert list(held.documents(chosen)) == ["2025/memo.txt"]
    assert held.documents(Filter()) is held.manifest.documents
    write(seeds, {"new.txt": "New."})
    make_builder(seeds, home).build()
    assert searcher.generation().derived(count) == 5
    assert made == [4, 5]
